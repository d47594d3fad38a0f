"""A study's file, its cells and its report; the grid itself is a system test."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_corpus import CONFIG, small_corpus

from tombola.errors import TombolaError
from tombola.training.study.cell import cell_row, dense_row
from tombola.training.study.plan import Cell, Way, load_studies
from tombola.training.study.run import StudyResults
from tombola.training.study.table import Table
from tombola.training.train.checkpoint import load_model

ROOT = Path(__file__).resolve().parents[2]
GOOD = """
seeds = [0, 1]
[ways.taylor]
method = "rounds"
[voices.tone]
corpus = "build/corpus"
keep = [0.2, 0.1]
[voices.tone.training]
steps = 40
rewind_step = 4
widths = { hidden = 32 }
[voices.tone.ways.clustered]
keep = [0.25]
"""


def study(folder: Path, text: str):
    path = folder / "study.toml"
    path.write_text(text)
    return load_studies(path)


def test_the_cells_of_a_study(tmp_path) -> None:
    (read,) = study(tmp_path, GOOD)
    assert read.training.widths.hidden == 32
    cells = [(c.way.name, c.keep, c.training.seed) for c in read.cells()]
    one_seed = [("taylor", 0.2), ("taylor", 0.1), ("clustered", 0.25)]
    assert cells == [(*cell, seed) for seed in (0, 1) for cell in one_seed]
    keys = [cell.key("corpus") for cell in read.cells()]
    assert len(set(keys)) == 6
    (changed,) = study(tmp_path, GOOD.replace('"rounds"', '"rounds"\nrounds = 2'))
    again = [cell.key("corpus") for cell in changed.cells()]
    assert [a == b for a, b in zip(keys, again, strict=True)] == 2 * [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("path", sorted(ROOT.glob("studies/*.toml")), ids=str)
def test_tombolas_own_studies_can_be_read(path: Path) -> None:
    assert all(list(study.cells()) for study in load_studies(path))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = [0, 1]", "", "seeds is missing"),
        ("[0.2, 0.1]", "[2.0]", "choose 0.001 to 1.0"),
        ("ways.taylor", "ways.dense", "leave 'dense' to the network"),
        ('"rounds"', '"magic"', "asks for the method 'magic'"),
        ('"rounds"', '"rounds"\nluck = 1', "does not know 'luck'"),
        ("steps = 40", "epochs = 4", "does not know 'epochs'"),
        ("steps = 40", "steps = '40'", "without quotes"),
        ("keep = [0.2", "keep = [[0.2", "cannot be read"),
        ('corpus = "build/corpus"', "", "tone has no corpus"),
        ("voices.tone", "voices.drone", "'drone'"),
    ],
)
def test_what_a_study_cannot_be_is_said(tmp_path, old, new, message) -> None:
    with pytest.raises(TombolaError, match=message):
        study(tmp_path, GOOD.replace(old, new))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The rows of a dense network and of two cells."""
    folder = tmp_path_factory.mktemp("study")
    small_corpus().save(folder / "corpus")
    dense = dense_row(CONFIG, folder / "corpus", folder / "dense")
    rows = [
        cell_row(
            Cell(way, 0.5, CONFIG),
            folder / "corpus",
            folder / "dense",
            folder / way.name,
            folder / "controls",
        )
        for way in (
            Way("trimmed", "once", (0.5,), {"criterion": "l2"}),
            Way("clustered", "clustered", (0.5,), {}),
        )
    ]
    return folder, dense, rows


def test_a_cell_is_judged_beside_its_control(made) -> None:
    folder, dense, (trimmed, clustered) = made
    assert trimmed["loss_ratio_to_dense"] == trimmed["loss"] / dense["loss"]
    assert trimmed["loss_ratio_to_scratch"] == trimmed["loss"] / trimmed["scratch_loss"]
    for loss, clips in (
        (trimmed["loss"], trimmed["judgement"]["stft_clips"]),
        (trimmed["scratch_loss"], trimmed["scratch_clips"]),
    ):
        assert loss == pytest.approx(np.mean(clips))
    assert trimmed["params_ratio"] <= 0.5
    names = {path.stem for path in (folder / "controls").iterdir()}
    size = "-".join(map(str, trimmed["widths"]))
    assert f"scratch-{size}-{trimmed['steps']}" in names, "the control has other steps"
    assert trimmed["steps"] == 2 * CONFIG.steps - CONFIG.rewind_step
    assert trimmed["loss_quantised"] == pytest.approx(trimmed["loss"], rel=0.05)
    assert trimmed["loss_quantised"] != trimmed["loss"]
    assert trimmed["loss_quantised"] == pytest.approx(
        np.mean(trimmed["quantised_clips"])
    )
    assert clustered["loss_quantised"] is None, "shared values were exported as others"
    assert trimmed["scratch_bytes"] == trimmed["bytes"], "the control has another size"
    assert clustered["params_ratio"] > 1, "the values come on top"
    assert clustered["bytes_ratio"] < 1
    assert clustered["scratch_bytes"] <= clustered["bytes"]
    model = load_model(folder / "trimmed" / "final.safetensors")
    widths = model.decoder.widths
    assert [widths.input, widths.hidden, widths.output] == trimmed["widths"]
    assert json.loads(json.dumps(trimmed)) == trimmed


def test_a_table_keeps_what_the_rows_say(made, tmp_path) -> None:
    _, dense, rows = made
    diverged = {**rows[0], "seed": 1, "loss": math.nan}
    sounds = [f"{n}.wav" for n in range(len(dense["judgement"]["stft_clips"]))]
    some = dict(enumerate([*rows, diverged]))
    results = StudyResults([dense], some, {"x": "y"}, missing=1, sounds=sounds)
    results.table("small", "tone").save(tmp_path / "small.csv")
    table = Table.load(tmp_path / "small.csv")
    assert (table.name, table.voice) == ("small", "tone")
    assert table.failed == {"x": "y", "trimmed, 0.5 kept, seed 1": "its loss is nan"}
    assert table.sounds == sounds
    loaded = [*table.dense.values(), *table.rows]
    for kept, row in zip(loaded, [dense | {"sounds": sounds}, *rows], strict=True):
        assert kept.pop("voice") == "tone"
        known = {name: value for name, value in row.items() if value is not None}
        mine, theirs = ({**r, **r["judgement"]} for r in (kept, known))
        assert mine.keys() == theirs.keys()
        for name in mine.keys() - {"judgement"}:
            value = theirs[name]
            numbers = isinstance(value, float | list) and name != "sounds"
            assert mine[name] == (pytest.approx(value, rel=1e-4) if numbers else value)


def test_another_seed_is_another_cell() -> None:
    way = Way("once", "once", (0.5,), {})
    seeds = (replace(CONFIG, seed=seed) for seed in (0, 1))
    assert len({Cell(way, 0.5, training).key("corpus") for training in seeds}) == 2
