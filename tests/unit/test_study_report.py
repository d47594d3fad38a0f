"""What a report says of known rows, and that the page is up to date."""

import json
import re
import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tombola.cli.report import command
from tombola.errors import TombolaError
from tombola.training.study import findings
from tombola.training.study.headline import Headline
from tombola.training.study.page import results, write_results
from tombola.training.study.report import figures, require_names_apart, screen
from tombola.training.study.summary import Ratio, against, contrast, summarise
from tombola.training.study.table import Table

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (0, 1, 2)
CLIPS = np.linspace(0.5, 1.5, 20)
SOUNDS = [f"{number}.wav" for number in range(20)]


def network(way: str, seed: int, times: float, **more) -> dict:
    """A row whose loss is `times` the dense network's, but for 0.2 % a seed."""
    clips = (CLIPS * times * (1 + 0.002 * seed * (way != "dense"))).tolist()
    return {
        "way": way,
        "seed": seed,
        "parameters": 1000,
        "steps": 100,
        "loss": float(np.mean(clips)),
        "judgement": {"stft_clips": clips, "log_mel": 5 / times, "pitch": None},
        **more,
    }


def cell(way: str, keep: float, seed: int, times: float, **more) -> dict:
    """The same, of a network of size `keep` whose control loses a tenth more."""
    row = network(way, seed, times, method="rounds", options={}, keep=keep)
    clips = (1.1 * CLIPS * times).tolist()
    row |= {"params_ratio": keep, "bytes_ratio": keep, "macs_per_second": 1000}
    row |= {"scratch_loss": float(np.mean(clips)), "scratch_clips": clips}
    return row | {"quantised_clips": row["judgement"]["stft_clips"]} | more


def table(cells: list[dict], failed: dict[str, str] | None = None) -> Table:
    dense = {seed: network("dense", seed, 1.0, sounds=SOUNDS) for seed in SEEDS}
    return Table("some-tone", "tone", dense, cells, failed or {})


@pytest.fixture(scope="module")
def some() -> Table:
    """At 1 %: a way that keeps the sound, two that do not, and a coded one."""
    ways = (
        ("kept", 1.0, {"instr_per_second": 70e6}),
        ("heard", 0.98, {"options": {"criterion": "audible"}}),
        ("luck", 1.2, {"options": {"criterion": "random"}}),
        ("coded", 1.1, {"method": "clustered", "quantised_clips": None}),
        ("far", 1.3, {"options": {"scaling": "mean"}, "scratch_clips": CLIPS.tolist()}),
    )
    cells = [
        cell(way, keep, seed, times + keep, **more)
        for seed in SEEDS
        for way, times, more in ways
        for keep in (0.1, 0.01)
    ]
    return table(cells, {"lost, 0.01 kept, seed 0": "TombolaError: too small"})


def test_a_ratio_of_known_losses() -> None:
    seeds = (1.0, 2.0, 3.0)
    ratio = Ratio.of([((CLIPS * s).tolist(), CLIPS.tolist()) for s in seeds], SOUNDS)
    assert ratio.mean == pytest.approx(2)
    # 4.303 is t of two degrees of freedom at 97.5 %.
    assert ratio.seeds == pytest.approx((2 - 4.303 / 3**0.5, 2 + 4.303 / 3**0.5), 1e-3)
    assert ratio.sounds == pytest.approx((2, 2)), (
        "the same clips stand against each other"
    )
    one = Ratio.of([(CLIPS.tolist(), CLIPS[::-1].tolist())], SOUNDS)
    assert (one.seeds, one.high, str(one)) == (None, np.inf, "1.000")
    assert one.sounds[0] < 0.9
    assert one.sounds[1] > 1.1


def test_velocities_of_a_sound_are_drawn_together() -> None:
    pair = [(CLIPS.tolist(), CLIPS[::-1].tolist())]
    apart, doubled = Ratio.of(pair, SOUNDS), Ratio.of([_twice(pair[0])], SOUNDS * 2)
    assert doubled.sounds == pytest.approx(apart.sounds)
    one = Ratio.of(pair, ["one.wav"] * len(SOUNDS))
    assert one.sounds == pytest.approx((1, 1))


def _twice(pair: tuple[list[float], list[float]]) -> tuple[list[float], list[float]]:
    ours, theirs = pair
    return ours * 2, theirs * 2


@given(st.lists(st.lists(st.floats(0.1, 10), min_size=4, max_size=4), min_size=2))
def test_a_ratio_lies_in_its_intervals_and_turns_over(losses) -> None:
    other = [CLIPS[:4].tolist()] * len(losses)
    ratio = Ratio.of(list(zip(losses, other, strict=True)), SOUNDS[:4])
    assert ratio.low <= ratio.mean <= ratio.high
    same = Ratio.of(list(zip(losses, losses, strict=True)), SOUNDS[:4])
    assert (same.mean, same.low, same.high) == pytest.approx((1, 1, 1))


def test_rows_become_figures(some: Table) -> None:
    rows = figures([some])["voices"]["tone"]
    assert len(rows) == 10
    row = rows["some: kept 0.01"]
    assert row["method"] == "rounds"
    assert (row["params_ratio"], row["bytes_ratio"]) == (0.01, 0.01)
    assert row["instr_per_second"] == 70e6
    assert row["seeds"] == [0, 1, 2]
    assert row["loss_ratio_to_dense"] == pytest.approx(1.01 * 1.002)
    assert row["loss_ratio_to_scratch"] == pytest.approx(1.002 / 1.1)
    assert row["deployed_loss_ratio_to_dense"] == pytest.approx(1.01 * 1.002)
    assert rows["some: heard 0.01"]["instr_per_second"] is None
    assert rows["some: coded 0.01"]["deployed_loss_ratio_to_dense"] is None
    assert rows["some: luck 0.01"]["control"]
    json.dumps(rows, allow_nan=False)
    one_seed = table([row for row in some.rows if row["seed"] == 0])
    json.dumps(figures([one_seed]), allow_nan=False)


def test_the_table_fits_into_80_columns(some: Table) -> None:
    console = Console(width=80, file=StringIO())
    console.print(screen(summarise(some)))
    for summary in summarise(some):
        assert f"{summary.to_scratch}" in console.file.getvalue()


def test_the_headline_holds_where_it_does(some: Table) -> None:
    found = Headline.of(summarise(some))
    assert found.holds
    assert found.best.name == "heard 0.01"
    assert "**tone: yes.** `some: heard 0.01` has 1.00 % of the" in found.sentence(
        "tone"
    )


def test_the_headline_says_where_it_breaks() -> None:
    cells = [
        cell("way", keep, seed, times)
        for seed in SEEDS
        for keep, times in ((0.1, 1.0), (0.03, 1.03), (0.01, 1.08))
    ]
    cells += [  # close, but its control is as good
        cell("even", 0.005, s, 1.0, scratch_clips=CLIPS.tolist()) for s in SEEDS
    ]
    cells += [cell("plain", 0.005, s, 1.25, method="scratch") for s in SEEDS]
    found = Headline.of(summarise(table(cells)))
    assert not found.holds
    assert found.tried == (2, 1, 1)
    assert found.from_size.name == "way 0.03"
    assert found.close_from.name == "even 0.005"
    assert found.wins_from.name == "way 0.01"
    assert found.below.name == "way 0.01"
    assert found.to_proportions.mean == pytest.approx(1.0 / 1.25)
    said = found.sentence("tone")
    assert "Both hold down to 3.00 % of the parameters (`some: way 0.03`" in said
    assert "One size below, `some: way 0.01` has 1.00 % of the parameters" in said
    nothing = Headline.of(summarise(table([c for c in cells if c["keep"] == 0.1])))
    assert nothing.sentence("tone").startswith("**tone: not tried.**")
    one = Headline.of(summarise(table([c for c in cells if c["seed"] == 0])))
    assert one.wins_from is None, "one seed has no interval to lie outside of"


def test_what_a_study_says_surprised_and_failed(some: Table) -> None:
    summaries = summarise(some)
    said = findings.claims(summaries)
    assert "From 10.00 % of the parameters (`kept 0.1`) to 1.00 %" in said[-1]
    assert any("the best of ours, `heard`, has 0.980" in s for s in said)
    changes = [
        (option, one.name, other.name)
        for option, one, other, _ in findings.one_change(summaries)
    ]
    assert ("criterion", "heard 0.01", "kept 0.01") in changes
    assert ("criterion", "heard 0.01", "far 0.01") not in changes
    surprised = findings.surprises(summaries)
    assert any("do not beat random units" in s and "`far 0.1`" in s for s in surprised)
    assert any("The log-mel distance ranks the rows otherwise" in s for s in surprised)
    assert any("`kept 0.01` has 0.918" in s and "is larger" in s for s in surprised)
    failed = findings.failures(some, summaries)
    assert failed[0] == "lost, 0.01 kept, seed 0: no result, TombolaError: too small."
    worse = next(
        s for s in failed if "do worse than their own widths from scratch" in s
    )
    assert worse.startswith("2 of 8 rows")
    assert "`far 0.01`" in worse
    tiny = next(s for s in failed if "lose more than 5 %" in s)
    assert tiny.startswith("1 of 4 rows")
    assert any("in float only" in s and "`coded 0.01`" in s for s in failed)


def test_each_way_stands_beside_its_controls(some: Table) -> None:
    rows = {s.name: s for s in summarise(some)}
    ratio = against("random", rows["kept 0.01"], list(rows.values()))
    assert ratio == contrast(rows["kept 0.01"], rows["luck 0.01"])
    assert ratio.mean == pytest.approx(1.01 / 1.21)
    assert against("fresh", rows["kept 0.01"], list(rows.values())) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dense,0", "dense,9", "has no dense network of seed 0"),
        ("dense,0", "dense,x", "cannot be read"),
        ("dense,0", "dense,[0]", r"has \[0\] as seed of 'dense'"),
        ("rounds", "", "has 'nothing' as method"),
        ("judgement.stft_clips", "clips", "as judgement.stft_clips of 'dense'"),
        ("kept,", "kept,1,2,3,4,5,6,7,8,9,10,", "more fields"),
    ],
)
def test_what_is_no_table_is_said(some: Table, tmp_path, old, new, message) -> None:
    path = tmp_path / "some-tone.csv"
    some.save(path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(TombolaError, match=message):
        Table.load(path)


def test_a_page_is_written_over_between_its_marks(some: Table, tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- results -->\nold\n<!-- end -->\nafter\n")
    for _ in range(2):
        write_results(page, results([some]))
    lines = page.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "old" not in lines
    assert sum(line.startswith("| *luck 0.01* |") for line in lines) == 1
    page.write_text("nothing")
    with pytest.raises(TombolaError, match="has no '<!-- results -->'"):
        write_results(page, "")


def test_the_same_table_makes_the_same_files(
    some: Table, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    some.save(tmp_path / "some-tone.csv")
    made = []
    for _ in range(2):
        done = CliRunner().invoke(command, ["some-tone.csv"])
        assert done.exit_code == 0, done.output
        made.append({p.name: p.read_bytes() for p in Path("build/reports").iterdir()})
    assert made[0] == made[1]
    pictures = ("study-some-tone-size.png", "study-some-tone-ways.png")
    assert made[0].keys() == {"study.json", *pictures}
    for name in pictures:
        assert made[0][name].startswith(b"\x89PNG")


def test_a_table_is_reported_once(some: Table) -> None:
    with pytest.raises(TombolaError, match="2 tables are called 'some-tone'"):
        require_names_apart([some, some])


def test_the_committed_tables_make_the_page(tmp_path, monkeypatch) -> None:
    """And build/reports/study.json; `make study` does the same."""
    tables = [str(path) for path in sorted(ROOT.glob("studies/results/*.csv"))]
    assert sum(Path(path).stat().st_size for path in tables) < 1e6
    committed = ROOT / "docs" / "research" / "reduction.md"
    if not tables:
        assert results([]) in committed.read_text()
        return
    monkeypatch.chdir(ROOT)
    page = tmp_path / "reduction.md"
    shutil.copy(committed, page)
    done = CliRunner().invoke(command, [*tables, "--page", str(page)])
    assert done.exit_code == 0, done.output
    assert page.read_text() == committed.read_text(), "run make study"
    for name in re.findall(r"\((study-[^)]+)\)", page.read_text()):
        assert (committed.parent / name).stat().st_size < 100_000
        assert (page.parent / name).exists()
