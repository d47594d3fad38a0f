"""Changes a .tflite in the fields of its schema.

Changed bytes test the reader; what the converter does with a whole file is reached
only by files that are whole, and in which one thing is odd.
"""

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

Bytes = Callable[[bytes, int], bytes]
TELLING = [0, 1, 2, 3, 4, 5, 8, 127, 128, 255, 256, 16384, 32768, 65536, 2**31 - 1]
TELLING += [-n for n in TELLING]
REALS = [0.0, -1.0, 1.0, 2.0**-15, 2.0**-31, 1e-38, 3e38, float("inf"), float("nan")]
KINDS = [v for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")]


def mutate(content: bytes, max_size: int, seed: int, change_bytes: Bytes) -> bytes:
    """Return another .tflite, or other bytes by `change_bytes(content, max_size)`."""
    draw = random.Random(seed)
    if draw.random() < 0.2:
        return change_bytes(content, max_size)
    try:
        model = schema.ModelT.InitFromPackedBuf(bytearray(content), 0)
        slots = list(_slots(model))
        for _ in range(draw.choice([1, 1, 2, 3])):
            _change(*draw.choice(slots), draw, change_bytes)
        builder = flatbuffers.Builder(len(content))
        builder.Finish(model.Pack(builder), b"TFL3")
        packed = bytes(builder.Output())
    # The schema's classes trip over damaged files, and over fields out of range.
    except Exception:
        return change_bytes(content, max_size)
    return packed if len(packed) <= max_size else change_bytes(content, max_size)


def _slots(table: Any) -> Iterator[tuple[Any, str]]:
    """Every field that is set, of a table and of those in it."""
    for name, value in vars(table).items():
        if value is None:
            continue
        yield table, name
        for item in value if isinstance(value, list) else [value]:
            if hasattr(item, "__dict__"):
                yield from _slots(item)


def _change(table: Any, name: str, draw: random.Random, change_bytes: Bytes) -> None:
    value = getattr(table, name)
    if name == "builtinCode":
        table.deprecatedBuiltinCode = 0
        setattr(table, name, draw.choice(KINDS))
    elif isinstance(value, np.ndarray) and len(value):
        setattr(table, name, _array(value, draw, change_bytes))
    elif isinstance(value, list) and value:
        setattr(table, name, _list(value, draw))
    elif isinstance(value, bytes | str):
        text = value if isinstance(value, bytes) else value.encode()
        setattr(table, name, change_bytes(text, len(text) + 4))
    else:
        setattr(table, name, _number(value, draw))


def _number(value: Any, draw: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | np.integer):
        number = int(value) + draw.randint(-4, 4)
        return draw.choice([number, number, draw.choice(TELLING), draw.randint(0, 9)])
    if isinstance(value, float | np.floating):
        near = float(value) * draw.choice([-1, 0.5, 0.999, 2, 2.0**15])
        return draw.choice([near, draw.choice(REALS)])
    return value


def _array(value: Any, draw: random.Random, change_bytes: Bytes) -> Any:
    if value.dtype == np.uint8 and draw.random() < 0.5:
        changed = change_bytes(value.tobytes(), len(value) + 8)
        return np.frombuffer(changed, np.uint8)
    return np.array(_list(value.tolist(), draw)).astype(value.dtype)


def _list(values: list[Any], draw: random.Random) -> list[Any]:
    values = list(values)
    at = draw.randrange(len(values))
    match draw.randrange(5):
        case 0:
            values.insert(at, deepcopy(values[at]))
        case 1:
            del values[at]
        case 2:
            other = draw.randrange(len(values))
            values[at], values[other] = values[other], values[at]
        case _:
            values[at] = _number(values[at], draw)
    return values
