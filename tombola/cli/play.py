"""`tombola play`."""

from pathlib import Path
from typing import Any

import click

from tombola.generated.sound import SAMPLE_RATE


@click.command()
@click.argument("ticket", type=click.Path(path_type=Path))
@click.option(
    "--patch",
    "patch_path",
    type=click.Path(path_type=Path),
    default=Path("patches/tour.toml"),
    show_default=True,
    help="What is played: a TOML patch or a MIDI file. Tombola's own: "
    "patches/scale.toml, patches/tour.toml, patches/knobs.toml.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="WAV to write, 48 kHz, 24 bits; a .png and a .json go beside it. "
    "Without it: TICKET-PATCH.wav in this folder.",
)
@click.option(
    "--on",
    "where",
    type=click.Choice(["host", "module"]),
    default="host",
    show_default=True,
    help="host: the module's code compiled for this computer. module: the firmware "
    "itself on the virtual module. Both give the same samples.",
)
@click.option(
    "--firmware",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The firmware image (ELF) to run, with a ticket in it already; with --on "
    "module. Without it, one is built with TICKET in it.",
)
def command(
    ticket: Path,
    patch_path: Path,
    output: Path | None,
    where: str,
    firmware: Path | None,
) -> None:
    """Play TICKET from a patch, and show and measure what comes out.

    \b
    Examples:
      tombola play harp.ticket
      tombola play harp.ticket --patch patches/scale.toml -o out.wav
      tombola play harp.ticket --patch song.mid --on module

    docs/play/patches.md tells how to write a patch.
    """
    from tombola.errors import TombolaError
    from tombola.files import require_place
    from tombola.play import render
    from tombola.play.patch import panel_track
    from tombola.play.patch_files import load
    from tombola.play.record import record
    from tombola.play.ticket_file import read_ticket, voice_of

    if firmware is not None and where != "module":
        raise TombolaError("--firmware is for the module; add --on module")
    if output is None:
        output = Path(f"{ticket.stem}-{patch_path.stem}.wav")
    if output.suffix.lower() != ".wav":
        raise TombolaError(f"{output}: the output is a WAV file; let it end in .wav")
    for suffix in (".wav", ".png", ".json"):
        require_place(output.with_suffix(suffix))
    patch = load(patch_path)
    track = panel_track(patch)
    image = read_ticket(ticket)
    if where == "host":
        performance = render.play_on_host(image, track)
    else:
        elf = firmware or render.build_firmware(image)
        performance = render.play_on_module(elf, track)
    about = {
        "patch": patch.name,
        "ticket": ticket.name,
        "voice": voice_of(image),
        "on": where,
    }
    _print(record(output, patch, track, performance, about), output)


def _print(figures: dict[str, Any], output: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in _rows(figures):
        table.add_row(name, value)
    Console().print(table)
    click.echo(f"{output}, {output.with_suffix('.png')}, {output.with_suffix('.json')}")


def _rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    def level(key: str, unit: str) -> str:
        value = figures[key]
        return "not measurable" if value is None else f"{value:.1f} {unit}"

    rows = [
        ("length", f"{figures['seconds']:.1f} s"),
        ("loudness", f"{level('loudness_lufs', 'LUFS')}"),
        (
            "peak",
            f"{level('peak_dbfs', 'dBFS')}, "
            f"{figures['clipped_samples']} samples clipped",
        ),
        ("after the last gate", level("silence_dbfs", "dBFS")),
        ("DC", level("dc_dbfs", "dBFS")),
        ("clicks", _clicks(figures["clicks"])),
        *([("tuning", _tuning(figures))] if figures["voice"] == "tone" else []),
        ("network", f"{figures['frames']} frames, {figures['late_frames']} late"),
    ]
    if figures["instr_per_second"] is not None:
        rows.append(
            (
                "work",
                f"{figures['instr_per_second'] / 1e6:.1f} M instructions for a second "
                f"of sound, {figures['instr_share_of_480m']:.1%} of 480 M "
                "(instructions, not cycles)",
            )
        )
    return rows


def _clicks(clicks: dict[str, Any]) -> str:
    if clicks["clean"]:
        return "none"
    if clicks["count"] == 0:
        return "small ones at the edges of all blocks"
    return f"{clicks['count']}, the first at {clicks['first'] / SAMPLE_RATE:.3f} s"


def _tuning(figures: dict[str, Any]) -> str:
    missing = figures["notes_without_pitch"]
    if figures["pitch_error_cents_max"] is None:
        return f"none of {missing} steady notes has a clear pitch"
    text = (
        f"within {figures['pitch_error_cents_max']:.2f} cents over "
        f"{figures['notes_measured']} note"
        f"{'' if figures['notes_measured'] == 1 else 's'}"
    )
    return text + (f", {missing} without a clear pitch" if missing else "")
