"""Numbers for a component, and what is said of them, as one block of bytes.

A 4-byte length, a JSON header of that length padded to 8 bytes, and the arrays as little-endian float64, where and in
which shape the header says.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def pack(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Header and arrays as one block of bytes. What several names share is there once."""
    at, index = 0, {}
    sent: dict[Any, tuple[int, np.ndarray]] = {}
    for name, array in arrays.items():
        where, shared = sent.setdefault((array.ctypes.data, array.shape, array.strides), (at, array))
        index[name] = [where, list(array.shape)]
        at += array.size if shared is array else 0
    head = json.dumps({**header, "arrays": index}, ensure_ascii=False).encode()
    head += b" " * (-(len(head) + 4) % 8)
    body = b"".join(np.ascontiguousarray(array, "<f8").tobytes() for _, array in sent.values())
    return len(head).to_bytes(4, "little") + head + body
