"""Settings and calibration: the module's C++ and the tools' Python, bit for bit."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola import _core
from tombola.fields import Record
from tombola.generated.settings import Calibration, Settings

Validated = Callable[[bytes], tuple[bytes, str | None]]
RECORDS: tuple[tuple[type[Record], Validated], ...] = (
    (Settings, _core.validated_settings),
    (Calibration, _core.validated_calibration),
)
# Numbers about the limits, among any: random bits alone are nearly all far away.
NUMBERS = st.floats(width=32) | st.floats(-120, 120, width=32) | st.sampled_from([0.0])


@st.composite
def contents(draw: st.DrawFn, kind: type[Record]) -> bytes:
    """Bytes of a record, of any length, with numbers that may be out of range."""
    parts = []
    for field in kind.FIELDS:
        number = NUMBERS if field.format == "f" else st.integers(0, 255)
        if draw(st.booleans()):
            number = st.sampled_from(field.defaults)
        numbers = draw(
            st.lists(number, min_size=len(field.defaults), max_size=len(field.defaults))
        )
        parts.append(struct.pack(f"<{len(numbers)}{field.format}", *numbers))
    content = b"".join(parts) + draw(st.binary(max_size=8))
    return content[: draw(st.integers(0, len(content)))]


@pytest.mark.parametrize(("kind", "validated"), RECORDS)
@given(data=st.data())
def test_both_read_the_same(
    kind: type[Record], validated: Validated, data: st.DataObject
) -> None:
    content = data.draw(contents(kind))
    record, wrong = kind.unpack(content).clamped()
    assert validated(content) == (record.pack(), wrong[0] if wrong else None)


@pytest.mark.parametrize(("kind", "validated"), RECORDS)
def test_defaults_are_the_same_and_within_limits(
    kind: type[Record], validated: Validated
) -> None:
    assert validated(b"") == (kind().pack(), None)
    assert kind().clamped()[1] == ()


@pytest.mark.parametrize(("kind", "validated"), RECORDS)
def test_fields_behind_an_older_records_end_get_their_default(
    kind: type[Record], validated: Validated
) -> None:
    content = bytes(len(kind().pack()))
    for end in range(len(content) + 1):
        read = validated(content[:end])[0]
        assert read == kind.unpack(content[:end]).clamped()[0].pack()
    assert kind.unpack(kind().pack() + b"\xff" * 9) == kind.unpack(kind().pack())


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("slot", 200, 8),
        ("pitch_steps", 2, 0),
        ("audio_in", 255, 1),
        ("tuning_cents", -1e30, -100.0),
        ("tuning_cents", float("nan"), 0.0),
        ("order", (0, 1, 2, 3, 4, 5, 6, 6), tuple(range(8))),
        ("order", (7, 6, 5, 4, 3, 2, 1, 0), (7, 6, 5, 4, 3, 2, 1, 0)),
    ],
)
def test_a_value_out_of_range_is_named_and_mended(
    field: str, value: object, kept: object
) -> None:
    settings = Settings(**{field: value})  # type: ignore[arg-type]
    content, named = _core.validated_settings(settings.pack())
    assert getattr(Settings.unpack(content), field) == kept
    assert named == (None if value == kept else field)
