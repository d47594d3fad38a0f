"""Patches in TOML: what is read, and how mistakes are told."""

import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tombola.errors import TombolaError
from tombola.generated.panel import CVS, KNOBS, Part
from tombola.play.patch import (
    GATE_NAMES,
    Lfo,
    Note,
    Patch,
    Points,
    panel_track,
)
from tombola.play.patch_files import load
from tombola.play.patch_toml import parse, pitch_of
from tombola.play.words import (
    CV_INDEX,
    KNOB_INDEX,
    cv_volts,
    cv_words,
    knob_positions,
    knob_words,
    patched_pitch,
)

NOTE = '[score]\nnotes = [[0, 1, "C4"]]\n'


def test_notes_drive_v_oct_level_and_gate() -> None:
    text = '[patch]\nseconds = 3\n[score]\nnotes = [[0.5, 0.5, "A4", 2], [2, 0.25, 40]]'
    track = panel_track(parse(text, "x"))
    pitch = patched_pitch(track)
    level = cv_volts(CVS[CV_INDEX["LEVEL"]], track.cv[:, CV_INDEX["LEVEL"]])
    assert track.blocks == 3000
    assert np.flatnonzero(np.diff(track.gates.astype(int))).tolist() == [
        499,
        999,
        1999,
        2249,
    ]
    assert pitch[[500, 1999]] == pytest.approx([69, 69], abs=0.001)
    assert pitch[2000] == pytest.approx(40, abs=0.001)
    assert level[[600, 2100]] == pytest.approx([2, 0], abs=0.001)


def test_touching_notes_are_legato_and_others_are_not() -> None:
    text = (
        "[patch]\ntempo = 90\n[score]\n"
        "notes = [[0, 0.7, 50], [0.7, 0.3, 52], [1.1, 1, 53]]"
    )
    gates = panel_track(parse(text, "x")).gates
    assert (np.diff(gates.astype(int)) == 1).sum() == 1


def test_tempo_counts_beats() -> None:
    text = "[patch]\ntempo = 120\n" + NOTE + '[[cv]]\njack = "X"\npoints = [[4, 1]]'
    patch = parse(text, "x")
    assert patch.notes[0].length == 0.5
    assert patch.cvs[0][1] == Points((2.0,), (1.0,))


def test_curves_on_one_jack_add_up() -> None:
    text = (
        '[patch]\nseconds = 2\n[[cv]]\njack = "X"\npoints = [[0, -1], [2, 1]]\n'
        '[[cv]]\njack = "X"\nshape = "step"\npoints = [[0, 0], [1, 3]]\n'
    )
    track = panel_track(parse(text, "x"))
    volts = cv_volts(CVS[CV_INDEX["X"]], track.cv[:, CV_INDEX["X"]])
    assert volts[[500, 999, 1000, 1500]] == pytest.approx([-0.5, 0, 3, 3.5], abs=0.002)


def test_an_lfo_swings_within_its_time_only() -> None:
    lfo = Lfo(hertz=1, volts=2, centre=0.5, start=1, length=1)
    assert lfo.at(np.array([0.9, 1.0, 1.25, 1.75, 2.0])) == pytest.approx(
        [0, 0.5, 2.5, -1.5, 0]
    )


def test_gates_set_their_bits() -> None:
    text = "".join(
        f'[[gate]]\njack = "{name}"\ntimes = [[{bit}, 1]]\n'
        for bit, name in enumerate(GATE_NAMES)
    )
    gates = panel_track(parse(text, "x")).gates
    assert [int(gates[b * 1000 + 500]) for b in range(3)] == [1, 2, 4]


def test_turned_knobs_move_and_others_stay() -> None:
    text = '[patch]\nseconds=2\n[[turn]]\nknob = "PITCH"\npoints = [[0, -24], [2, 24]]'
    track = panel_track(parse(text, "x"))
    pitch = KNOB_INDEX["PITCH"]
    places = knob_positions(KNOBS[pitch], track.knobs[:, pitch])
    assert places[[0, 1000, 1999]] == pytest.approx([-24, 0, 24], abs=0.03)
    assert np.ptp(np.delete(track.knobs, pitch, axis=1), axis=0).max() == 0


@given(st.floats(-3, 7))
def test_a_word_is_within_a_tenth_of_a_cent(volts: float) -> None:
    jack = CVS[CV_INDEX["V/OCT"]]
    assert abs(cv_volts(jack, cv_words(jack, volts)) - volts) * 1200 < 0.1


@given(st.sampled_from(KNOBS), st.floats(0, 1))
def test_knob_words_turn_back(knob: Part, turn: float) -> None:
    low, high = knob.range
    place = low + (high - low) * turn
    back = knob_positions(knob, knob_words(knob, place))
    assert back == pytest.approx(place, abs=(high - low) / 65535)


@pytest.mark.parametrize(
    ("text", "note"),
    [("C4", 60), ("A4", 69), ("C2", 36), ("F#3", 54), ("Bb2", 46), ("c-1", 0)],
)
def test_note_names(text: str, note: int) -> None:
    assert pitch_of(text, "x") == note


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[patch", "not TOML"),
        ("knobs = 3", "must be a table"),
        ("[patch]\ncolour = 1", "colour"),
        ("[knobs]\nx = 0.5", 'did you mean "X"'),
        ("[knobs]\nX = 2", "number from 0 to 1"),
        ("[knobs]\nX = nan", "number from 0 to 1"),
        ("[knobs]\nX = true", "number from 0 to 1"),
        ("[knobs]\nX = " + "9" * 400, "number from 0 to 1"),
        ("[knobs]\nX = " + "9" * 5000, "not TOML"),
        ("[patch]\nseconds = 36000", "number from 0.001 to 600"),
        ("[patch]\ntempo = 0", "number from 10 to 400"),
        ("[patch]\nname = 3", "write a text"),
        ("[score]\nnotes = []", "with something in it"),
        ("[score]\nnotes = [[0, 1]]", "3 or 4 values"),
        ('[score]\nnotes = [[0, 1, "H4"]]', "write a note as"),
        ('[score]\nnotes = [[0, 1, "C#9"]]', "number from 0 to 120"),
        ('[score]\nnotes = [[0, 1, "C#9"]]', "notes, entry 1 "),
        ('[score]\nnotes = [[0, 0, "C4"]]', "length of"),
        ('[score]\nnotes = [[-1, 1, "C4"]]', "start of"),
        ('[score]\nnotes = [[0, 1, "C4", 6]]', "number from -5 to 5"),
        ('[score]\nnotes = [[0, 2, "C4"], [1, 1, "D4"]]', "one note at a time"),
        ('[score]\nnotes = [[500, 200, "C4"]]', "lasts 701.5 s"),
        ("[patch]\nseconds = 0.5\n" + NOTE, "ends at 0.5 s"),
        ('[[cv]]\njack = "Z"\npoints = [[0, 1]]', "use one of V/OCT"),
        ('[[cv]]\njack = "v/oct"\npoints = [[0, 1]]', 'did you mean "V/OCT"'),
        ('[[cv]]\njack = "X"', "says no points"),
        ('[[cv]]\njack = "X"\npoints = [[0, 6]]', "number from -5 to 5"),
        ('[[cv]]\njack = "X"\npoints = [[1, 0], [1, 2]]', "does not come after"),
        ('[[cv]]\njack = "X"\nshape = "round"\npoints = [[1, 0]]', "linear"),
        ('[cv]\njack = "X"', "[[cv]]"),
        ('[[lfo]]\njack = "X"\nhertz = 0\nvolts = 1', "from 0.001"),
        ('[[gate]]\njack = "GATE"\ntimes = [[0, 1]]\n' + NOTE, "keep one"),
        ('[[gate]]\njack = "DRAW"\ntimes = [[0, 2], [1, 2]]', "still high"),
        ('[knobs]\nX = 0\n[[turn]]\nknob = "X"\npoints = [[0, 1]]', "elsewhere"),
    ],
)
def test_mistakes_are_told_in_words(text: str, words: str) -> None:
    with pytest.raises(TombolaError, match=re.escape(words)):
        panel_track(parse(text, "x"))


def test_curves_that_add_up_to_too_much_are_told() -> None:
    patch = Patch(
        name="x",
        notes=(Note(0, 1, 60, level=4),),
        cvs=(("LEVEL", Points((0, 1), (0, 3))),),
    )
    with pytest.raises(TombolaError, match=r"LEVEL gets 7 V at 1 s"):
        panel_track(patch)


@settings(max_examples=150, deadline=None)
@given(st.text("[]=\"'{}.,#\n xX0123456789-enapotschrlkvgfj/", max_size=80))
def test_any_text_is_a_patch_or_a_sentence(text: str) -> None:
    with suppress(TombolaError):
        panel_track(parse(text, "x"))


def test_ours_are_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scale = load(Path("patches/scale.toml"))
    track = panel_track(scale)
    assert [note.pitch for note in scale.notes] == list(range(36, 97))
    assert track.seconds < 15
    assert len(np.unique(track.knobs, axis=0)) == 1
    for name in ("tour", "knobs"):
        assert 15 < panel_track(load(Path(f"patches/{name}.toml"))).seconds < 25


def test_files_that_are_no_patches_are_told(tmp_path: Path) -> None:
    cases = {
        "absent.toml": (None, r"patches/scale\.toml"),
        "binary.toml": (b"\xff\xfe\x00", "is no text"),
        "large.toml": (b"#" * (1 << 20) + b"\n", "1,048,577 bytes"),
        "empty.mid": (b"", "not a MIDI file"),
    }
    for name, (data, words) in cases.items():
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(TombolaError, match=words) as caught:
            load(path)
        assert name in str(caught.value)


def test_the_manual_s_patches_play() -> None:
    page = Path(__file__).parents[2] / "docs" / "play" / "patches.md"
    examples = re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.M | re.S)
    assert len(examples) >= 6
    for example in examples:
        panel_track(parse(example, "x"))
