"""What `pip install` brings: every package, under the one name `tombola`."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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


def test_a_players_install_brings_no_training() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = " ".join(project["dependencies"])
    for heavy in ("torch", "tensorflow", "ray", "litert"):
        assert heavy not in needed
