"""`tombola module tickets`: what is in the slots."""

from pathlib import Path

import click

from tombola.cli.module.options import port_option

SLOT = click.IntRange(1, 8)


@click.group()
def command() -> None:
    """Put tickets into the module's slots, and get them out.

    \b
      tombola module tickets list
      tombola module tickets put harp.ticket
      tombola module tickets put harp.ticket --slot 3

    Slots are counted as their lights are, 1 to 8.
    """


@command.command("list")
@port_option
def list_(port: str | None) -> None:
    """Show what is in the slots, and what plays."""
    from rich.console import Console
    from rich.table import Table

    from tombola.generated.protocol import Slot, SlotState, Voice
    from tombola.module import tickets, words
    from tombola.module.link import open_link

    def state(slot: Slot, plays: bool) -> str:
        if slot.state == SlotState.PARTIAL:
            return f"{slot.there:,} of {slot.size:,} B are there; put it again to go on"
        if slot.state == SlotState.BROKEN:
            return "damaged; put it again"
        if plays and slot.state == SlotState.EMPTY:
            return "what was there plays on, until another ticket does"
        return "plays" if plays else ""

    def voice(slot: Slot) -> str:
        if slot.voice == Voice.NONE:
            return ""
        known = slot.voice in list(Voice)
        return Voice(slot.voice).name.lower() if known else f"{slot.voice}, unknown"

    with open_link(port) as link:
        found, playing = tickets.slots(link), link.info()
    columns = ("slot", "ticket", "voice", "bytes", "")
    table = Table(*columns, box=None, padding=(0, 2, 0, 0))
    table.columns[3].justify = "right"
    for number, slot in enumerate(found.slots, 1):
        size = f"{slot.size:,}" if slot.state != SlotState.EMPTY else ""
        empty = "empty" if slot.state == SlotState.EMPTY else slot.name
        plays = playing.slot == number - 1
        table.add_row(str(number), empty, voice(slot), size, state(slot, plays))
    Console().print(table)
    if playing.slot == words.BUILT_IN:
        click.echo(f"The built-in ticket plays: {playing.ticket}")
    order = " ".join(str(slot + 1) for slot in found.order)
    click.echo(f"The button goes through them in this order: {order}")


@command.command()
@click.argument("ticket", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--slot", type=SLOT, help="[default: the first empty one]")
@click.option("--play", is_flag=True, help="Play it as soon as it is there.")
@port_option
def put(ticket: Path, slot: int | None, play: bool, port: str | None) -> None:
    """Put TICKET into a slot.

    \b
      tombola module tickets put harp.ticket
      tombola module tickets put harp.ticket --slot 3 --play

    It is checked here and again in the module; until then the slot keeps what it had.
    After a hang-up, the same command goes on where it stopped.
    """
    import sys

    from tombola.module import tickets
    from tombola.module.link import open_link
    from tombola.play.ticket_file import read_ticket
    from tombola.progress import bar

    checked = tickets.check(read_ticket(ticket), str(ticket))
    with open_link(port) as link:
        place = slot or tickets.free_slot(checked, tickets.slots(link).slots)
        try:
            with bar(f"{ticket.name} to slot {place}", len(checked.content)) as shown:
                tickets.put(link, checked, place, shown.advance)
        except KeyboardInterrupt:
            click.echo(
                f"Stopped. Slot {place} keeps what it had; with --slot {place} the "
                "same command goes on where it stopped.",
                err=True,
            )
            sys.exit(1)
        if play:
            tickets.play(link, place)
    click.echo(f"{ticket.name} is in slot {place}{' and plays' if play else ''}")


@command.command()
@click.argument("slot", type=SLOT)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="[default: the ticket's name, in this folder]",
)
@port_option
def get(slot: int, output: Path | None, port: str | None) -> None:
    """Get the ticket of SLOT as a file.

    \b
      tombola module tickets get 3 -o copy.ticket
    """
    from tombola.files import require_place, whole
    from tombola.module import tickets
    from tombola.module.link import open_link
    from tombola.progress import bar

    with open_link(port) as link:
        found = tickets.slots(link).slots[slot - 1]
        tickets.require(found, slot)
        path = output or Path(f"{tickets.file_name(found.name) or 'slot'}.ticket")
        require_place(path)
        with bar(f"slot {slot} to {path.name}", found.size) as progress:
            content = tickets.get(link, slot, found.size, progress.advance)
    with whole(path) as temporary:
        temporary.write_bytes(content)
    click.echo(f"{path}: {len(content):,} B")


@command.command()
@click.argument("slot", type=SLOT)
@port_option
def remove(slot: int, port: str | None) -> None:
    """Empty SLOT."""
    from tombola.module import tickets
    from tombola.module.link import open_link

    with open_link(port) as link:
        tickets.remove(link, slot)
    click.echo(f"slot {slot} is empty")


@command.command()
@click.argument("slots", type=SLOT, nargs=-1, required=True)
@port_option
def order(slots: tuple[int, ...], port: str | None) -> None:
    """Set the order in which the button goes through the slots.

    \b
      tombola module tickets order 3 1 2

    SLOTS come first, in this order; those that are not named follow.
    """
    from tombola.module import tickets
    from tombola.module.link import open_link

    with open_link(port) as link:
        old = tuple(slot + 1 for slot in tickets.slots(link).order)
        new = tickets.whole_order(slots, old)
        tickets.set_order(link, new)
    click.echo("The order is " + " ".join(map(str, new)))
