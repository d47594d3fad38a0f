"""The rounds from a dense run to a ticket, on a corpus of a few short notes."""

import json
from dataclasses import replace
from io import StringIO

import pytest
import torch
from click.testing import CliRunner
from rich.console import Console
from small_corpus import small_corpus, small_run

from tombola.cli.reduce import command
from tombola.errors import TombolaError
from tombola.training.analysis.narrowing import losses_narrowed
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction import lottery
from tombola.training.reduction.criteria import CRITERIA
from tombola.training.reduction.figures import measure
from tombola.training.reduction.lottery import ReduceConfig
from tombola.training.reduction.ticket import reduce
from tombola.training.train.run import Run, TrainConfig, evaluate
from tombola.training.voices import VOICES
from tombola.training.voices.tone import ToneModel, ToneWidths

CONFIG = ReduceConfig(keep=0.2, rounds=2, round_length=0.7, batches=2)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return small_corpus()


@pytest.fixture(scope="module")
def dense(corpus, tmp_path_factory) -> Run:
    return small_run(tmp_path_factory.mktemp("dense"), corpus)


@pytest.fixture(scope="module")
def reduced(corpus, dense, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reduced") / "ticket"
    return reduce(corpus, dense, CONFIG, folder), folder


def test_the_ticket_is_a_run_that_is_small_enough(corpus, dense, reduced) -> None:
    reduction, folder = reduced
    model = Run.open(folder).load_model()
    assert measure("dense", dense.load_model(), 0, 0).parameters == (
        reduction.dense.parameters
    )
    left = sum(p.numel() for p in model.decoder.parameters())
    assert left == reduction.ticket.parameters <= 0.2 * reduction.dense.parameters
    assert evaluate(corpus, model) == pytest.approx(reduction.ticket.loss, rel=1e-6)
    assert reduction.rounds[0].parameters <= 0.2**0.5 * reduction.dense.parameters


def test_units_stand_by_what_they_are_worth(corpus, dense, reduced) -> None:
    model = Run.open(reduced[1]).load_model()
    worth = lottery.rank(corpus, model, dense.config, CONFIG, "")
    assert worth
    for values in worth.values():
        assert (values.diff() <= 1e-4 * values.max()).all()


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_ranks_the_voice(name, corpus, dense) -> None:
    model = dense.load_model()
    config = replace(CONFIG, criterion=name)
    worth = lottery.rank(corpus, model, dense.config, config, "")
    assert {len(values) for values in worth.values()} == {12, 16, 14}
    assert all(values.isfinite().all() for values in worth.values())
    again = lottery.rank(corpus, model, dense.config, config, "")
    assert all(torch.equal(again[group], worth[group]) for group in worth)


def test_the_control_differs_only_in_its_weights(corpus, dense, reduced) -> None:
    reduction, folder = reduced
    assert reduction.scratch.widths == reduction.ticket.widths
    assert reduction.scratch.steps == dense.config.steps
    assert reduction.scratch.loss != reduction.ticket.loss
    control = Run.open(folder / "scratch").load_model()
    assert control.decoder.widths == Run.open(folder).load_model().decoder.widths
    assert evaluate(corpus, control) == pytest.approx(reduction.scratch.loss, rel=1e-6)
    before = dense.load_model().encoder.state_dict()
    for name, value in Run.open(folder).load_model().encoder.state_dict().items():
        assert torch.equal(value, before[name]), f"{name} of the encoder moved"


def test_figures_are_saved_beside_the_ticket(reduced) -> None:
    reduction, folder = reduced
    content = json.loads((folder / "reduce.json").read_text())
    for name in ("dense", "ticket", "scratch"):
        figures = getattr(reduction, name)
        assert content[name]["loss"] == figures.loss
        assert content[name]["parameters"] == figures.parameters
    assert len(content["rounds"]) == 2
    assert (folder / "reduce.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("widths", [(96, 192, 128), (96, 320, 128, 96, 48)])
def test_the_table_fits_a_terminal_of_80_columns(reduced, widths) -> None:
    wide = replace(
        reduced[0].dense,
        widths=widths,
        parameters=208994,
        macs_per_second=107_000_000,
        bytes_int8=213512,
        steps=1500,
    )
    console = Console(width=80, file=StringIO())
    console.print(replace(reduced[0], dense=wide).table())
    text = console.file.getvalue()
    units = "-".join(map(str, widths))
    figures = ("208,994", "213,512", "107.0 M", "1,500", "+0.0%")
    for part in (units, *figures, "ticket", "scratch"):
        assert part in text


def test_stopped_and_started_again_it_ends_at_the_same_ticket(
    corpus, dense, reduced, tmp_path, monkeypatch
) -> None:
    def interrupted(*args, label, **kwargs):
        if label == "round-2":
            raise KeyboardInterrupt
        return train(*args, label=label, **kwargs)

    train = lottery.train
    with monkeypatch.context() as patch:
        patch.setattr(lottery, "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reduce(corpus, dense, CONFIG, tmp_path)
    assert not (tmp_path / "final.safetensors").exists()
    first_round = (tmp_path / "round-1.safetensors").stat().st_mtime_ns
    again = reduce(corpus, dense, CONFIG, tmp_path)
    assert again == reduced[0]
    assert (tmp_path / "round-1.safetensors").stat().st_mtime_ns == first_round


def test_a_nested_ticket_keeps_more_of_its_sound_at_half_its_widths(
    corpus, dense, reduced, tmp_path
) -> None:
    reduction = reduce(corpus, dense, replace(CONFIG, nested=True), tmp_path)
    assert [figures.name for figures in reduction.rounds][-1] == "nested"
    more = dense.config.steps - dense.config.rewind_step
    assert reduction.ticket.steps == reduced[0].ticket.steps + more
    assert reduction.ticket.widths == reduced[0].ticket.widths
    nested, plain = (
        losses_narrowed(corpus, Run.open(folder).load_model())
        for folder in (tmp_path, reduced[1])
    )
    assert nested[1.0] == pytest.approx(reduction.ticket.loss, rel=1e-6)
    assert nested[0.5] < plain[0.5]


@pytest.mark.parametrize("rewind", ["rate", "weights", "initial"])
def test_a_round_goes_on_with_the_weights_that_it_should(rewind, dense) -> None:
    model = dense.load_model("final")
    early = dense.load_model("initial" if rewind == "initial" else "rewind").decoder
    # The worth of a unit is its number: the last ones stay.
    worth = {
        g.name: torch.arange(float(g.units))
        for g in lottery.decoder_groups(model.decoder)
    }
    total = sum(p.numel() for p in model.decoder.parameters())
    smaller, small_early = lottery.cut(model, early, worth, total // 2, rewind)
    kept = smaller.decoder.widths.output
    assert kept < early.widths.output
    source = model.decoder if rewind == "rate" else early
    assert torch.equal(smaller.decoder.head.weight, source.head.weight[:, -kept:])
    assert torch.equal(small_early.head.weight, early.head.weight[:, -kept:])


def test_steps_behind_the_weights_are_counted(corpus, dense, reduced, tmp_path) -> None:
    # Dense 6; each round begins at step 2 of 4, the last one at 2 of 6.
    assert [f.steps for f in reduced[0].rounds] == [6 + 2, 6 + 2 + 4]
    early = reduce(corpus, dense, replace(CONFIG, rewind="weights"), tmp_path)
    assert [f.steps for f in early.rounds] == [4, 6]


@pytest.mark.parametrize("rewind", ["initial", "fresh"])
def test_rewound_to_the_beginning_all_steps_are_gone_through_again(
    rewind, corpus, dense, tmp_path
) -> None:
    config = replace(CONFIG, keep=0.4, rewind=rewind, rounds=1)
    again = reduce(corpus, dense, config, tmp_path)
    assert [f.steps for f in again.rounds] == [dense.config.steps]
    assert again.ticket.loss != again.scratch.loss


def test_macs_and_bytes_of_a_decoder_counted_by_hand() -> None:
    figures = measure("hand", ToneModel(ToneWidths(2, 3, 5)), 1.0, 0)
    weights = 4 * 2 + 9 * 2 + 9 * 3 + 3 * 5 + 5 * 130
    biases = 2 + 9 + 9 + 5 + 130
    assert figures.parameters == weights + biases
    assert figures.macs_per_second == weights * 250
    assert figures.bytes_int8 == weights + 4 * biases


def test_another_corpus_is_refused(corpus, dense, tmp_path) -> None:
    other = replace(corpus, clips=corpus.clips[:5])
    with pytest.raises(TombolaError, match="give the corpus that the run was trained"):
        reduce(other, dense, CONFIG, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_reduction_in_the_folder_is_refused(corpus, dense, reduced) -> None:
    with pytest.raises(TombolaError, match="choose another folder"):
        reduce(corpus, dense, replace(CONFIG, rounds=3), reduced[1])


def test_a_round_that_ends_before_it_begins_is_refused(corpus, dense, tmp_path) -> None:
    with pytest.raises(TombolaError, match="take longer ones"):
        reduce(corpus, dense, replace(CONFIG, round_length=0.1), tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("keep", 1.5, "share to keep is 1.5"),
        ("rounds", 0, "number of rounds is 0"),
        ("criterion", "luck", "no criterion is called 'luck'"),
        ("rewind", "tape", "what to rewind is 'tape'"),
    ],
)
def test_configurations_that_make_no_sense(field, value, message) -> None:
    with pytest.raises(TombolaError, match=message):
        ReduceConfig(**{field: value})


@pytest.mark.parametrize("voice", VOICES)
def test_a_voice_is_reduced_in_its_own_way_where_nothing_is_said(voice) -> None:
    usual = ReduceConfig.of_voice(voice)
    for name, value in VOICES[voice].reduction.items():
        assert getattr(usual, name) == value
    assert ReduceConfig.of_voice(voice, rewind="fresh").rewind == "fresh"
    training = TrainConfig.of_voice(voice)
    assert usual.start_step(training) < usual.round_length * training.steps


def test_a_voice_that_there_is_not_is_refused() -> None:
    with pytest.raises(TombolaError, match="no voice is called 'organ'"):
        ReduceConfig.of_voice("organ")


def test_the_command_reduces_and_prints_what_it_cost(corpus, tmp_path) -> None:
    corpus.save(tmp_path / "corpus")
    config = TrainConfig(
        steps=8, rewind_step=1, batch=2, frames=25, widths=ToneWidths(12, 16, 14)
    )
    run = Run.create(tmp_path / "run", corpus, config, tmp_path / "corpus")
    run.train(corpus)
    options = ["--keep", "0.3", "--rounds", "1", "--criterion", "magnitude"]
    result = CliRunner().invoke(command, [str(tmp_path / "run"), *options])
    assert result.exit_code == 0, result.output
    for word in ("dense", "ticket", "scratch", "MAC/s", "run-ticket"):
        assert word in result.output
    assert Run.open(tmp_path / "run-ticket").load_model() is not None


def test_help_teaches() -> None:
    text = CliRunner().invoke(command, ["--help"]).output
    assert "tombola reduce build/run -o build/run-ticket" in text
    usual = ReduceConfig.of_voice("tone")
    options = {option.name: option for option in command.params}
    assert f"[tone: {usual.keep}]" in options["keep"].help
    assert options["rewind"].default == usual.rewind
