"""Stages run once for the same inputs and never leave a half-made result."""

from pathlib import Path

import pytest

from tombola.chain.stages import KEEP, Stages, digest_of_code, digest_of_files


def stages(folder: Path) -> tuple[Stages, list[str]]:
    said: list[str] = []
    return Stages(folder, said.append), said


def test_a_stage_runs_once_for_the_same_inputs(tmp_path: Path) -> None:
    calls = []

    def make(folder: Path) -> None:
        calls.append(folder)
        (folder / "result").write_text("x")

    for _ in range(2):
        made, said = stages(tmp_path)
        folder = made.run("train", {"seed": 1}, make)
        assert (folder / "result").read_text() == "x"
    assert len(calls) == 1
    assert said == ["train: nothing changed"]
    assert made.made == []
    assert made.seconds["train"] >= 0


def test_another_input_makes_another_folder(tmp_path: Path) -> None:
    made, _ = stages(tmp_path)
    first = made.run("train", {"seed": 1}, lambda folder: None)
    assert made.run("train", {"seed": 2}, lambda folder: None) != first


def test_an_interrupted_stage_starts_afresh_unless_it_resumes(tmp_path: Path) -> None:
    def stop(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    found: list[bool] = []
    made, _ = stages(tmp_path)
    for name, resumes in (("corpus", False), ("train", True)):
        with pytest.raises(KeyboardInterrupt):
            made.run(name, {}, stop, resumes=resumes)
        assert [p.suffix for p in tmp_path.glob(f"{name}-*")] == [".partial"] * resumes
        made.run(
            name, {}, lambda p: found.append((p / "half").exists()), resumes=resumes
        )
    assert found == [False, True]


def test_old_results_are_pruned(tmp_path: Path) -> None:
    made, _ = stages(tmp_path)
    folders = [made.run("train", {"seed": s}, lambda f: None) for s in range(KEEP + 2)]
    assert [f.exists() for f in folders] == [False, False] + [True] * KEEP


def test_digests_see_names_and_contents(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("1")
    first = digest_of_files([file], tmp_path)
    file.write_text("2")
    second = digest_of_files([file], tmp_path)
    renamed = file.rename(tmp_path / "b.py")
    assert len({first, second, digest_of_files([renamed], tmp_path)}) == 3
    assert digest_of_code(tmp_path) != digest_of_code(tmp_path, tmp_path)
