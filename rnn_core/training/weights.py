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

HEADER = 1 << 16  # bytes of a file's header at most
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
    if len(data) > most_bytes(architecture):
        raise Invalid("weights-too-large", "weights", len(data), most_bytes(architecture))
    shapes = {torch_name(name): shape for name, shape in architecture.shapes().items()}
    arrays, note = unpack(data, shapes)
    return {name: arrays[torch_name(name)] for name in architecture.shapes()}, note


def fitting(params: Params, architecture: Architecture, dtype: str) -> Params:
    """The parameters in their order and as dtype. Raises Invalid where they are not just those of such a network."""
    shapes = architecture.shapes()
    compare({name: value.shape for name, value in params.items()}, shapes)
    return {name: cast(params[name], dtype) for name in shapes}


def cast(values: np.ndarray, dtype: str | np.dtype) -> np.ndarray:
    """As dtype. Raises Invalid where that, or what was given, is not finite."""
    with np.errstate(over="ignore"):
        out = values.astype(dtype)
    if not np.isfinite(out).all():
        raise Invalid("weights-not-finite", "weights")
    return out


def compare(found: Mapping[str, tuple[int, ...]], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raises Invalid at the first name or shape that differs."""
    if found.keys() != shapes.keys():
        raise Invalid("weights-names", "weights", min(found.keys() ^ shapes.keys()), ", ".join(shapes))
    for name, shape in shapes.items():
        if tuple(found[name]) != tuple(shape):
            raise Invalid("weights-shape", name, tuple(found[name]), tuple(shape))


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
    compare({name: entry["shape"] for name, entry in header.items()}, shapes)
    for name, entry in header.items():
        if entry["dtype"] not in TYPES:
            raise Invalid("weights-type", name, entry["dtype"], ", ".join(TYPES))
    try:
        arrays = load(data)
    except SafetensorError:
        raise Invalid("not-weights", "weights") from None
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise Invalid("weights-not-finite", "weights", name)
    return {name: arrays[name] for name in shapes}, note


def read_header(data: bytes) -> dict:
    """The header of a safetensors file: names, types and shapes. Raises Invalid where it is none."""
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


def load_file(path: Path, architecture: Architecture) -> bytes:
    """The bytes of a file, of one too large only so many as show it. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return file.read(most_bytes(architecture) + 1)


def most_bytes(architecture: Architecture) -> int:
    """Of the file of such a network."""
    return 8 + HEADER + 8 * architecture.size
