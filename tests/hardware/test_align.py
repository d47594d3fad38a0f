"""The command that mends an open board, on a real KiCad whose screen no one sees."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hardware.circuit.panel import Panel, read_panel
from hardware.circuit.sheets import build
from hardware.fit.align import Found, Target, missing, offsets, part_targets
from hardware.kicad import LIBRARIES, TABLES
from hardware.layout.footprints import Place
from hardware.make import BOARD_FILE
from hardware.panel.draw import hole_targets
from hardware.panel.write import PANEL_BOARD
from hardware.sexpr import Node, find, parse

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv/kicad/bin/python"
PATIENCE_S = 60.0
# What KiCad asks when it starts for the first time.
ASKED = ("data_collection_prompt", "update_check_prompt", "zone_fill_warning")


@dataclass(frozen=True)
class Desk:
    """A person's computer: settings, a folder for sockets, and what KiCad has open."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        names = {"KICAD_CONFIG_HOME": self.folder / "home", "TMPDIR": self.folder}
        return os.environ | {name: str(path) for name, path in names.items()}

    def allow(self, is_allowed: bool) -> None:
        """Switch KiCad's API on or off, as its preferences do."""
        home = self.folder / "home/9.0"
        home.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            shutil.copy(LIBRARIES / table, home / table)
        settings = {
            "api": {"enable_server": is_allowed},
            "do_not_show_again": dict.fromkeys(ASKED, True),
        }
        (home / "kicad_common.json").write_text(json.dumps(settings), "utf-8")

    def align(self, *options: str, **more: str) -> tuple[int, str]:
        """Run the command; return its exit status and all that it says."""
        done = subprocess.run(
            [PYTHON, "-m", "hardware.align", *options],
            cwd=ROOT,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def tell(self, words: str) -> None:
        """Have KiCad do something, in kicad-python's words, `kicad` and `board`."""
        head = "from kipy import KiCad; kicad = KiCad(timeout_ms=20000); "
        script = f"{head}board = kicad.get_board(); {words}"
        socket = {"KICAD_API_SOCKET": f"ipc://{self.folder}/kicad/api.sock"}
        environment = self.environment | socket
        subprocess.run([PYTHON, "-c", script], env=environment, check=True)


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A display of its own."""
    readable, writable = os.pipe()
    command = ["Xvfb", "-displayfd", str(writable), "-screen", "0", "1024x768x24"]
    with subprocess.Popen(
        command, pass_fds=[writable], stderr=subprocess.DEVNULL
    ) as server:
        os.close(writable)
        with os.fdopen(readable) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
        server.terminate()


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk without KiCad; its path is short, as a socket's has to be."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        yield Desk(Path(folder))


@pytest.fixture
def kicad(desk: Desk, screen: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk with a board open in KiCad, which the test's parameter makes."""
    name, text = request.param()
    desk.allow(True)
    board = desk.folder / name
    board.write_text(text, "utf-8")
    environment = desk.environment | {"DISPLAY": screen}
    with subprocess.Popen(
        ["pcbnew", board], env=environment, stderr=subprocess.DEVNULL
    ) as running:
        until = time.monotonic() + PATIENCE_S
        said = "not running"
        while "not running" in said or "answers" in said or "does not do" in said:
            assert time.monotonic() < until, said
            time.sleep(0.5)
            if (desk.folder / "kicad/api.sock").exists():
                _, said = desk.align()
        yield desk
        running.kill()


def moved(text: str, reference: str, panel: Panel, right: float, down: float) -> str:
    """Return a board's text with one hole moved."""
    (target,) = (t for t in hole_targets(panel) if t.reference == reference)
    x, y = target.wanted
    at = f"(at {x:g} {y:g})"
    head, tail = text.split(at)
    return f"{head}(at {x + right:g} {y + down:g}){tail}"


def crooked_panel() -> tuple[str, str]:
    """Two holes beside their places, one by less than what counts."""
    panel = read_panel()
    text = PANEL_BOARD.read_text("utf-8")
    text = moved(text, "H5", panel, 0.3, 0.0)
    text = moved(text, "H13", panel, -0.02, 0.05)
    return PANEL_BOARD.name, moved(text, "H14", panel, 0.009, 0.0)


MOVE = """
import pcbnew, sys
board = pcbnew.LoadBoard(sys.argv[1])
for reference, right in (("{jack}", 1.0), ("{knob}", -0.25)):
    way = pcbnew.VECTOR2I(pcbnew.FromMM(right), 0)
    board.FindFootprintByReference(reference).Move(way)
pcbnew.SaveBoard(sys.argv[1], board)
"""


def crooked_board() -> tuple[str, str]:
    """A jack and a knob beside their places, with all that belongs to them."""
    panel = read_panel()
    named = {t.name: t.reference for t in part_targets(build(panel), panel)}
    script = MOVE.format(jack=named["jack V/OCT"], knob=named["knob ANSWER"])
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(BOARD_FILE, folder)
        subprocess.run(["/usr/bin/python3", "-c", script, copy], check=True)
        return BOARD_FILE.name, Path(copy).read_text("utf-8")


def other_board() -> tuple[str, str]:
    return "other.kicad_pcb", PANEL_BOARD.read_text("utf-8")


def drawn(text: str) -> list[Node]:
    """Return a board's footprints in the order of their UUIDs.

    Of a keep-out only its outline: KiCad's API rounds widths that mean nothing there.
    """
    found = sorted(
        find(parse(text), "footprint"), key=lambda node: str(find(node, "uuid")[0][1])
    )
    for footprint in found:
        for zone in find(footprint, "zone"):
            zone[:] = find(zone, "polygon")
    return found


@pytest.mark.parametrize("kicad", [crooked_panel], indirect=True)
def test_a_crooked_panel_is_mended_in_one_step(kicad: Desk) -> None:
    status, said = kicad.align()
    assert status == 1
    assert "hole of knob PITCH (H5) lies 0.300 mm right\n" in said
    assert "(H13) lies 0.020 mm left and 0.050 mm below\n" in said
    assert "H14" not in said

    status, said = kicad.align("--mend")
    assert (status, "2 moved;" in said) == (0, True)
    status, said = kicad.align()
    assert (status, "all 34" in said) == (0, True)

    saved = kicad.folder / "saved.kicad_pcb"
    kicad.tell(f"board.save_as({str(saved)!r}, include_project=False)")
    mended = saved.read_text("utf-8")
    wanted = moved(PANEL_BOARD.read_text("utf-8"), "H14", read_panel(), 0.009, 0.0)
    assert drawn(mended) == drawn(wanted), "mending changed more than places"

    kicad.tell("kicad.run_action('common.Interactive.undo')")
    status, said = kicad.align()
    assert (status, "2 beside their places" in said) == (1, True), (
        "undo takes two steps"
    )


@pytest.mark.parametrize("kicad", [crooked_board], indirect=True)
def test_parts_of_the_board_are_mended(kicad: Desk) -> None:
    status, said = kicad.align()
    assert status == 1
    assert "jack V/OCT (J201) lies 1.000 mm right\n" in said
    assert "knob ANSWER (RV408) lies 0.250 mm left\n" in said
    assert said.count("lies") == 2

    status, said = kicad.align("--mend")
    assert (status, "2 moved;" in said) == (0, True)
    saved = kicad.folder / "saved.kicad_pcb"
    kicad.tell(f"board.save_as({str(saved)!r}, include_project=False)")
    mended, wanted = saved.read_text("utf-8"), BOARD_FILE.read_text("utf-8")
    assert drawn(mended) == drawn(wanted), "mending changed more than places"


@pytest.mark.parametrize("kicad", [other_board], indirect=True)
def test_another_board_is_not_touched(kicad: Desk) -> None:
    status, said = kicad.align("--mend")
    assert status == 2
    assert "'other.kicad_pcb' is open in KiCad; open tombola" in said


def test_each_way_of_having_no_kicad_is_said(desk: Desk) -> None:
    said = [desk.align()]
    desk.allow(False)
    said.append(desk.align())
    desk.allow(True)
    said.append(desk.align())
    said.append(desk.align(KICAD_API_SOCKET="ipc:///nowhere/api.sock"))
    (desk.folder / "kicad").mkdir()
    (desk.folder / "kicad/api.sock").touch()
    said.append(desk.align())
    assert [status for status, _ in said] == [2] * 5
    texts = [text for _, text in said]
    assert all(text.count("\n") == 1 for text in texts)
    assert "KiCad's API is off" in texts[0]
    assert texts[0] == texts[1]
    assert "KiCad is not running" in texts[2]
    assert "'/nowhere/api.sock', which is not there" in texts[3]
    assert "nothing answers" in texts[4]


def test_a_part_turned_round_its_own_hole_is_in_place() -> None:
    """And one that is turned round its footprint's origin is not."""
    target = Target("J1", "jack X", (0.0, 6.0), (20.0, 30.0))
    lying = Found("J1", Place(14.0, 30.0, 90.0, "F"))
    assert offsets([target], [lying]) == []
    (offset,) = offsets([target], [Found("J1", Place(20.0, 24.0, 90.0, "F"))])
    assert (offset.right, offset.down) == pytest.approx((6.0, -6.0))
    assert str(offset) == "jack X (J1) lies 6.000 mm right and 6.000 mm above"


def test_a_part_that_is_missing_doubled_or_flipped_is_said() -> None:
    target = Target("J1", "jack X", (0.0, 0.0), (20.0, 30.0))
    front, back = (Found("J1", Place(20.0, 30.0, 0.0, side)) for side in "FB")
    assert missing([target], [front]) == []
    (absent,) = missing([target], [])
    (doubled,) = missing([target], [front, front])
    (flipped,) = missing([target], [back])
    assert absent.startswith("jack X (J1) is not on the board")
    assert doubled.startswith("jack X (J1) is 2 times on the board")
    assert flipped == "jack X (J1) lies on the back; flip it"
