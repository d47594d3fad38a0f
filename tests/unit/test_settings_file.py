"""Settings as people write them: there and back, and every mistake in a sentence."""

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import TombolaError
from tombola.fields import Field
from tombola.generated.settings import Calibration, Settings
from tombola.module import settings_file


def between(low: float, high: float, share: float) -> float:
    """As the module keeps it."""
    return float(np.float32(low + (high - low) * share))


def numbers(field: Field) -> st.SearchStrategy[tuple[float, ...]]:
    if field.distinct:
        return st.permutations(range(len(field.defaults))).map(tuple)
    each = [
        st.floats(0.0, 1.0).map(partial(between, low, high))
        if field.format == "f"
        else st.integers(int(low), int(high))
        for low, high in field.limits
    ]
    return st.tuples(*each)


@st.composite
def records(draw: st.DrawFn, kind: type) -> Settings | Calibration:
    record = kind()
    for field in kind.FIELDS:
        drawn = draw(numbers(field))
        value = drawn if field.array else drawn[0]
        record = dataclasses.replace(record, **{field.name: value})
    return record


@given(settings=records(Settings), calibration=records(Calibration))
def test_a_backup_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    settings: Settings,
    calibration: Calibration,
) -> None:
    path = tmp_path_factory.getbasetemp() / "backup.toml"
    path.write_text(settings_file.write_text(settings, calibration))
    read = settings_file.read(path, Settings(), Calibration())
    assert read[0].pack() == settings.pack()
    assert read[1].pack() == calibration.pack()


def test_what_a_file_leaves_out_stays(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text('[settings]\ncv_out = "pitch"\n')
    old = Settings(tuning_cents=3.0)
    read, calibration = settings_file.read(path, old, Calibration())
    assert read == Settings(tuning_cents=3.0, cv_out=1)
    assert calibration == Calibration()


def test_slots_are_counted_as_people_do(tmp_path: Path) -> None:
    path = tmp_path / "slots.toml"
    path.write_text("[settings]\nslot = 1\norder = [8, 7, 6, 5, 4, 3, 2, 1]\n")
    read, _ = settings_file.read(path, Settings(), Calibration())
    assert read.slot == 0
    assert read.order == (7, 6, 5, 4, 3, 2, 1, 0)
    assert 'slot = "built-in"' in settings_file.write_text(Settings(), Calibration())


MISTAKES = {
    "[settings": "is not valid TOML",
    "slot = 1": "'slot', which does not exist",
    "[settings]\nvolume = 3": "a setting is 'volume', which does not exist; use one of",
    "[settings]\ncv_uot = 3": 'did you mean "cv_out"',
    "[settings]\ntuning_cents = 101": "tuning_cents is 101; write a number from -100 t",
    "[settings]\ntuning_cents = nan": "tuning_cents is nan; write a number",
    '[settings]\ncv_out = "loud"': "cv_out is 'loud', which does not exist; did you",
    "[settings]\nslot = 0": "slot is 0; write 1 to 8, or built-in",
    "[settings]\nslot = 2.5": "slot is 2.5; write 1 to 8, or built-in",
    "[settings]\nslot = true": "slot is True; write 1 to 8, or built-in",
    "[settings]\norder = [1, 2]": "order is [1, 2]; write 8 numbers: the slots",
    "[settings]\norder = [1, 2, 3, 4, 5, 6, 7, 7]": "the slots 1 to 8, each once",
    "[settings]\norder = 3": "order is 3; write 8 numbers in brackets",
    "[calibration]\nout_zero_volts = 5": "out_zero_volts is 5; write a number from",
    "settings = 3": "[settings] is 3; it must be a table",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(TombolaError) as caught:
        settings_file.read(path, Settings(), Calibration())
    assert MISTAKES[text] in str(caught.value)


WRONG_CHANGES = {
    "cv_out": "write NAME=VALUE, such as cv_out=pitch",
    "slot=9": "slot is 9; write 1 to 8, or built-in",
    "order=3": "order is [3]; write 8 numbers: the slots 1 to 8, each once",
    "tuning_cents=a": "tuning_cents is 'a'; write a number from -100 to 100",
}


def test_changes_from_the_command_line() -> None:
    changed = Settings()
    for change in (
        "tuning_cents=-4",
        "cv_out=pitch",
        "slot=3",
        "order=2,1,3,4,5,6,7,8",
    ):
        changed = settings_file.changed(changed, change)
    assert changed == Settings(
        tuning_cents=-4.0, cv_out=1, slot=2, order=(1, 0, 2, 3, 4, 5, 6, 7)
    )
    for field in Settings.FIELDS:
        shown = settings_file.as_words(settings_file.shown(field, changed))
        again = settings_file.changed(Settings(), f"{field.name}={shown}")
        assert again.numbers(field) == changed.numbers(field)
    for change, told in WRONG_CHANGES.items():
        with pytest.raises(TombolaError) as caught:
            settings_file.changed(Settings(), change)
        assert told in str(caught.value), change


def test_a_section_that_is_to_be_restored_has_to_be_there(tmp_path: Path) -> None:
    path = tmp_path / "half.toml"
    path.write_text("[settings]\nslot = 1\n")
    with pytest.raises(TombolaError, match=r"has no \[calibration\]; `tombola module"):
        settings_file.read(path, Settings(), Calibration(), "calibration")
    path.write_text("")
    with pytest.raises(TombolaError, match=r"has no \[settings\]"):
        settings_file.read(path, Settings(), Calibration())
