"""What `pip install` brings: every package, under the one name `tombola`."""

import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "tensorflow", "keras", "ray", "ai_edge_litert", "librosa")


def test_the_wheel_holds_every_module_under_one_name(tmp_path: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    folders = {name.partition("/")[0] for name in names}
    assert folders - {"tombola"} == {f for f in folders if f.endswith(".dist-info")}
    for source, package in (
        ("tombola", "tombola"),
        ("training", "tombola/training"),
        ("converter", "tombola/converter"),
    ):
        for path in (ROOT / source).rglob("*.py"):
            name = f"{package}/{path.relative_to(ROOT / source)}"
            assert name in names, f"the wheel lacks {name}"
    for data in ("tombola/patches/scale.toml", "tombola/py.typed", "tombola/_core.pyi"):
        assert data in names, f"the wheel lacks {data}"


def needed_by(names: set[str]) -> set[str]:
    """Names, and all that pip would install for them, by what is installed here."""
    known: set[str] = set()
    open_ = {canonicalize_name(name) for name in names}
    while open_:
        name = open_.pop()
        known.add(name)
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                open_ |= {canonicalize_name(requirement.name)} - known
    return known


def test_a_players_install_brings_no_training() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = {Requirement(line).name for line in project["dependencies"]}
    needed = needed_by(direct)
    assert len(needed) > len(direct)
    heavy = {"torch", "tensorflow", "tensorflow-cpu", "keras", "ray", "ai-edge-litert"}
    assert not needed & heavy


def test_what_a_player_runs_imports_no_training() -> None:
    """Every module of the tools and of playing, where what is heavy cannot be had."""
    folders = ("tombola/module", "tombola/play", "tombola/cli", "tombola/virtual")
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    ]
    script = (
        "import importlib, sys\n"
        f"for heavy in {HEAVY!r}: sys.modules[heavy] = None\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert len(names) > 40
    assert done.returncode == 0, done.stderr
