"""Say what the firmware's memory goes to, from the linker's map.

    python firmware/sizes.py tombola.map sizes.json

Prints a table, writes the same as JSON, and exits with 2 when the image is larger than
the chip's flash.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

# Bytes. STM32H750 data sheet (DS12556), memories that stm32h750.ld uses.
LIMITS = {"flash": 131072, "dtcm": 131072, "axi": 524288, "dma": 32768}

# Output sections that lie in flash; .data lies there too, to be copied from.
FLASH = (
    ".vectors",
    ".text",
    ".rodata",
    ".ARM.exidx",
    ".init_array",
    ".ticket",
    ".data",
)
RAM = {
    ".stack": "dtcm",
    ".data": "dtcm",
    ".bss": "dtcm",
    ".dtcm": "dtcm",
    ".axi": "axi",
    ".dma": "dma",
}

OUTPUT_SECTION = re.compile(r"^(\.[\w.]+)(?:\s|$)")
INPUT_SECTION = re.compile(r"^ (\S+)?\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$")
SIZE = re.compile(r"^(?:\.[\w.]+)?\s+0x[0-9a-f]+\s+0x([0-9a-f]+)")
IMAGE = re.compile(r"0x([0-9a-f]+)\s+image_bytes = ")


def folder(section: str, path: str) -> str:
    """Return whose bytes these are: core/nn, core/dsp, ..., daisy, ticket or libs."""
    if section == ".ticket":
        return "ticket"
    found = re.search(r"/(core/\w+|module|daisy)/\w+\.o$", path)
    return found[1] if found else "libs"


def read_map(
    text: str, owner: Callable[[str, str], str] = folder
) -> tuple[dict[str, int], Counter[str]]:
    """Return bytes by output section, and bytes of flash by their owner."""
    lines = iter(text.split("Linker script and memory map", 1)[1].splitlines())
    sections: dict[str, int] = {}
    owners: Counter[str] = Counter()
    current = ""
    for line in lines:
        if found := OUTPUT_SECTION.match(line):
            current = found[1]
        if current not in {*FLASH, *RAM}:
            continue
        if current not in sections and (found := SIZE.match(line)):
            sections[current] = int(found[1], 16)
        elif current in FLASH and (found := INPUT_SECTION.match(line)):
            owners[owner(current, found[3])] += int(found[2], 16)
    return sections, owners


def report(text: str) -> dict[str, dict[str, int]]:
    """Return bytes used of each memory, and bytes of flash by folder."""
    sections, folders = read_map(text)
    image = IMAGE.search(text)
    if image is None:
        raise ValueError("the map has no image_bytes; was stm32h750.ld used?")
    regions = {**dict.fromkeys(LIMITS, 0), "flash": int(image[1], 16)}
    for section, region in RAM.items():
        regions[region] += sections.get(section, 0)
    folders["padding"] = regions["flash"] - folders.total()
    return {"regions": regions, "flash_by_folder": dict(sorted(folders.items()))}


def print_table(sizes: dict[str, dict[str, int]]) -> None:
    """Print memories with their limits, then what is in flash."""
    for region, limit in LIMITS.items():
        used = sizes["regions"][region]
        print(f"{region:14}{used:>9,} B of {limit:>7,} B {used / limit:>6.1%}")
    for name, used in sizes["flash_by_folder"].items():
        print(f"  {name:12}{used:>9,} B")


def main() -> int:
    """Read the map, print, write, and judge."""
    source, target = map(Path, sys.argv[1:])
    sizes = report(source.read_text(encoding="utf-8"))
    target.write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")
    print_table(sizes)
    used, ticket = sizes["regions"]["flash"], sizes["flash_by_folder"].get("ticket", 0)
    if used > LIMITS["flash"]:
        print(
            f"the firmware needs {used:,} B of flash, the chip has"
            f" {LIMITS['flash']:,} B: the ticket takes {ticket:,} B, trim it further",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
