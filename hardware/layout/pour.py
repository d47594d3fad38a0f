"""Fills a board's zones with KiCad itself and writes it as KiCad would.

Runs under the Python that KiCad's own module belongs to, which need not be this one:
/usr/bin/python3 pour.py BOARD
"""

import sys

import pcbnew


def main(path: str) -> None:
    """Fill and save."""
    board = pcbnew.LoadBoard(path)
    pcbnew.ZONE_FILLER(board).Fill(board.Zones())
    pcbnew.SaveBoard(path, board)


if __name__ == "__main__":
    main(sys.argv[1])
