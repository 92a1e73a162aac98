"""What the browser does with a packed picture, said in Python."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays; every byte must be accounted for, and lie there once."""
    size = int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4 : 4 + size])
    numbers = np.frombuffer(packed, "<f8", offset=4 + size)
    arrays = {
        name: numbers[at : at + int(np.prod(shape))].reshape(shape) for name, (at, shape) in header["arrays"].items()
    }
    ranges = {(at, int(np.prod(shape))) for at, shape in header["arrays"].values()}
    assert sum(length for _, length in ranges) == len(numbers)
    return header, arrays
