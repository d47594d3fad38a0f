"""Reads the matrices of a ticket back, as docs/formats/ticket.md lays them out."""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array
from tombola.converter.matrix import COLUMN_ORDER, INTEGER_SCALING, deinterleave
from tombola.converter.operators.dense import Dense
from tombola.converter.pack import MAGIC, TYPES, VERSION
from tombola.converter.program import LANES, lanes
from tombola.errors import TombolaError


@dataclass(frozen=True)
class DenseMatrix:
    """The matrix of one dense operator of a ticket.

    Attributes:
        operator: Its place in the plan.
        weights: [rows, columns] real weights, a scale for each row.
    """

    operator: int
    weights: Array


def dense_matrices(ticket: bytes) -> list[DenseMatrix]:
    """Return the matrices of a ticket's dense operators, in the plan's order.

    `ticket` has to be sound: `tombola._core.Network` says whether one is.

    Raises:
        TombolaError: It is no ticket of this version.
    """
    if ticket[:4] != MAGIC or struct.unpack_from("<H", ticket, 4)[0] != VERSION:
        raise TombolaError(
            f"this is no ticket of version {VERSION}; make one with: tombola convert"
        )
    sections = struct.unpack_from("<10I", ticket, 24)
    tensors, (at, size) = sections[2], sections[6:8]
    end, found, place = at + size, [], 0
    while at < end:
        kind, _, length = struct.unpack_from("<HHI", ticket, at)
        if kind == Dense.KIND:
            found.append(DenseMatrix(place, _weights(ticket, at, tensors)))
        at, place = at + length, place + 1
    return found


def _weights(ticket: bytes, at: int, tensors: int) -> Array:
    """Real weights of the dense operator at byte `at`: its scale is in/out's times."""
    taken, given = struct.unpack_from("<HH", ticket, at + 8)
    (scale_in, kind), (scale_out, _) = (
        struct.unpack_from("<fB", ticket, tensors + 16 * number + 8)
        for number in (taken, given)
    )
    rows, columns, scaling = struct.unpack_from("<HHB", ticket, at + 24)
    tail = 16 * LANES if scaling == INTEGER_SCALING else 12 * LANES
    count, width = lanes(rows) // LANES, LANES * lanes(columns)
    blocks = np.frombuffer(ticket, np.uint8, count * (width + tail), at + 32)
    blocks = blocks.reshape(count, width + tail)
    order = COLUMN_ORDER["int8" if kind == TYPES["int8"] else "int16"]
    weights = deinterleave(blocks[:, :width], order)[:rows, :columns]
    scales = _scales(blocks[:, width:].tobytes(), scaling)[:rows]
    real: Array = weights * (scales * scale_out / scale_in)[:, None]
    return real


def _scales(tails: bytes, scaling: int) -> Array:
    """What a row's sum is multiplied by, of all rows."""
    if scaling == INTEGER_SCALING:
        record = np.dtype(
            [("constant", "<i8"), ("multiplier", "<i4"), ("shift", "<u4")]
        )
        rows = np.frombuffer(tails, record)
        scales: Array = np.ldexp(
            rows["multiplier"].astype(np.float64), -32 - rows["shift"].astype(int)
        )
        return scales
    block = np.dtype([("bias", "<i4", LANES), ("scale", "<f8", LANES)])
    return np.frombuffer(tails, block)["scale"].ravel()
