"""Weights in and out as safetensors, under PyTorch's names; and whatever else a Run keeps, in the same form.

The file of a network is the state_dict of a module with the parts `embedding`, `rnn` and `readout`. Nothing here can
run code that a file brings: size, header, names, types and shapes are checked before any value is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rnn_core.architecture import Architecture
from rnn_core.invalid import Invalid
from rnn_core.params import Params

BYTES = 1 << 26  # of a file: more than the largest network an Experiment allows
HEADER = 1 << 16  # of its header
TYPES = {"F32": np.float32, "F64": np.float64}


def torch_name(name: str) -> str:
    """PyTorch's name of one of our parameters: weight_ih → rnn.weight_ih_l0, weight_hy → readout.weight."""
    if name == "embedding":
        return "embedding.weight"
    if name.endswith("_hy"):
        return "readout." + name.removesuffix("_hy")
    stem = name.removesuffix("_reverse")
    return f"rnn.{stem}{'' if '_l' in stem else '_l0'}{'_reverse' if stem != name else ''}"


def save_weights(params: Params, note: Mapping[str, str] | None = None) -> bytes:
    """The file of a network; `note`: text to keep with it."""
    return pack({torch_name(name): value for name, value in params.items()}, note)


def load_weights(data: bytes, architecture: Architecture) -> tuple[Params, dict[str, str]]:
    """Parameters and note of a file. Raises Invalid where it is not the file of such a network."""
    shapes = {torch_name(name): shape for name, shape in architecture.shapes().items()}
    arrays, note = unpack(data, shapes)
    return {name: arrays[torch_name(name)] for name in architecture.shapes()}, note


def pack(arrays: Mapping[str, np.ndarray], note: Mapping[str, str] | None = None) -> bytes:
    """Arrays and text as the bytes of a safetensors file."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, dict(note or {}))


def unpack(data: bytes, shapes: Mapping[str, tuple[int, ...]]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays of just these names and shapes, all finite, and the text kept with them. Raises Invalid otherwise."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    header = read_header(data)
    note = header.pop("__metadata__", {})
    if header.keys() != shapes.keys():
        wrong = sorted(header.keys() ^ shapes.keys())[0]
        raise Invalid("weights-names", "weights", wrong, ", ".join(shapes))
    for name, entry in header.items():
        if entry["dtype"] not in TYPES or tuple(entry["shape"]) != tuple(shapes[name]):
            raise Invalid("weights-shape", name, tuple(entry["shape"]), tuple(shapes[name]))
    try:
        arrays = load(data)
    except SafetensorError:
        raise Invalid("not-weights", "weights") from None
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise Invalid("weights-not-finite", "weights", name)
    return {name: arrays[name] for name in shapes}, note


def read_header(data: bytes) -> dict:
    """The header of a safetensors file: names, types and shapes. Raises Invalid where it is none, or too large."""
    if len(data) > BYTES:
        raise Invalid("weights-too-large", "weights", len(data), BYTES)
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 2 <= length <= min(HEADER, len(data) - 8):
        raise Invalid("not-weights", "weights")
    header = {}
    try:
        header = json.loads(data[8 : 8 + length])
        note = header.get("__metadata__", {})
        fine = all(isinstance(key, str) and isinstance(value, str) for key, value in note.items()) and all(
            isinstance(entry["dtype"], str) and all(type(size) is int for size in entry["shape"])
            for name, entry in header.items()
            if name != "__metadata__"
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        fine = False
    if not fine:
        raise Invalid("not-weights", "weights")
    return header


def load_file(path: Path) -> bytes:
    """The bytes of a file that is not too large. Raises Invalid where it is, and OSError where it cannot be read."""
    if path.stat().st_size > BYTES:
        raise Invalid("weights-too-large", "weights", path.stat().st_size, BYTES)
    return path.read_bytes()
