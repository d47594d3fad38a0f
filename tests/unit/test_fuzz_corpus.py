"""What `make fuzz` starts from and `make realtime` runs."""

import re
import runpy
import struct
import tarfile
from pathlib import Path

from tombola._core import Instrument, Network
from tombola.converter.pack import HEADER_BYTES, MAGIC, VERSION, VOICES, checksum
from tombola.play.ticket_file import voice_of

ROOT = Path(__file__).resolve().parents[2]
PLAN_SECTION = 24 + 3 * 8


def sound_tickets() -> list[bytes]:
    """Return the corpus's tickets that load, with the header put right."""
    tickets = []
    with tarfile.open(ROOT / "tests/fuzz/corpus/ticket.tar.xz") as corpus:
        for entry in corpus:
            content = corpus.extractfile(entry)
            assert content is not None
            image = bytearray(content.read())
            if len(image) < HEADER_BYTES or len(image) % 4:
                continue
            image[:6] = struct.pack("<4sH", MAGIC, VERSION)
            struct.pack_into("<I", image, 16, len(image))
            struct.pack_into("<Q", image, 8, checksum(bytes(image[16:])))
            try:
                Network(bytes(image))
            except ValueError:
                continue
            tickets.append(bytes(image))
    return tickets


def kinds(ticket: bytes) -> set[int]:
    """Return the kinds of operator in a ticket's plan."""
    at, size = struct.unpack_from("<II", ticket, PLAN_SECTION)
    end, found = at + size, set()
    while at < end:
        kind, _, record = struct.unpack_from("<HHI", ticket, at)
        found.add(kind)
        at += record
    return found


def test_every_operator_of_the_firmware_is_in_the_corpus():
    listed = (ROOT / "firmware/core/nn/operator_list.h").read_text()
    names = re.findall(r"^OPERATOR\((\w+),", listed, re.MULTILINE)
    numbers = (ROOT / "firmware/core/nn/operators.h").read_text()
    known = {name: int(re.search(rf"\b{name} = (\d+)", numbers)[1]) for name in names}
    seen = set().union(*map(kinds, sound_tickets()))
    missing = [name for name, number in known.items() if number not in seen]
    assert len(known) > 20
    assert not missing, f"{missing}: see 'a new family' in tests/fuzz/README.md"


def test_the_tickets_of_the_tests_bring_every_voice_to_the_fuzzer():
    fuzzers = runpy.run_path(str(ROOT / "tests/fuzz/fuzz.py"))["FUZZERS"]
    tickets = next(fuzzer for fuzzer in fuzzers if fuzzer.name == "ticket")
    seeds = [path.read_bytes() for path in tickets.seeds]
    for seed in seeds:
        Instrument(seed)  # which refuses what it cannot play
    assert {voice_of(seed) for seed in seeds} == VOICES.keys()
