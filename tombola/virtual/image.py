"""A firmware image: what an ELF file puts where, and what its parts are called."""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from tombola.errors import TombolaError


@dataclass(frozen=True)
class Image:
    """Bytes at physical addresses, and symbols.

    segments: (address, bytes) as the flash programmer would write them.
    symbols: name -> address; functions without the Thumb bit.
    functions: (address, name), by address.
    """

    segments: tuple[tuple[int, bytes], ...]
    symbols: dict[str, int]
    functions: tuple[tuple[int, str], ...]

    def where(self, pc: int) -> str:
        """Say which function `pc` lies in: `0x08000123 in main`."""
        index = bisect_right(self.functions, (pc, "\U0010ffff")) - 1
        name = f" in {self.functions[index][1]}" if index >= 0 else ""
        return f"0x{pc:08X}{name}"


def load(path: Path) -> Image:
    """Read the PT_LOAD segments and symbols of an ARM ELF file."""
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            machine = elf["e_machine"]
            if machine != "EM_ARM":
                raise TombolaError(
                    f"firmware {path} is for {machine}, the module is an ARM; "
                    "build it with make firmware"
                )
            return _read(elf)
    except (OSError, ELFError) as error:
        raise TombolaError(
            f"firmware {path} cannot be read ({error}); build it with make firmware"
        ) from error


def _read(elf: ELFFile) -> Image:
    segments = tuple(
        (segment["p_paddr"], segment.data())
        for segment in elf.iter_segments("PT_LOAD")
        if segment["p_filesz"]
    )
    symbols: dict[str, int] = {}
    functions: list[tuple[int, str]] = []
    for table in elf.iter_sections():
        if not isinstance(table, SymbolTableSection):
            continue
        for symbol in table.iter_symbols():
            kind, address = symbol["st_info"]["type"], symbol["st_value"]
            if kind == "STT_FUNC":
                address &= ~1
                functions.append((address, symbol.name))
            if kind in {"STT_FUNC", "STT_OBJECT", "STT_NOTYPE"}:
                symbols[symbol.name] = address
    return Image(segments, symbols, tuple(sorted(functions)))
