"""Weights in and out: torch takes them as they are, and no file, however made, does more than be refused."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Invalid
from rnn_core.architecture import Architecture
from rnn_core.params import Params
from rnn_core.training.weights import (
    HEADER,
    fitting,
    load_file,
    load_weights,
    most_bytes,
    pack,
    save_weights,
    torch_name,
)

NET = Architecture("gru", 3, 4, 2)
NETS = [
    NET,
    Architecture("lstm", 5, 4, 3, layers=2, bidirectional=True, embedding=6),
    Architecture("rnn", 7, 3, 1, layers=3, last=True),
    Architecture("gru", 2, 1, 1, bidirectional=True, last=True),
    Architecture("rnn-relu", 9, 2, 9, embedding=1),
]


def drawn(net: Architecture = NET, dtype: type = np.float32, seed: int = 0) -> Params:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in net.shapes().items()}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("net", NETS)
def test_what_is_saved_is_loaded(net: Architecture, dtype: type) -> None:
    """Every bit, and the note beside it."""
    params, note = drawn(net, dtype), {"experiment": "½ “quoted” \n"}
    again, kept = load_weights(save_weights(params, note), net)
    assert kept == note
    assert list(again) == list(net.shapes())
    for name, value in params.items():
        assert again[name].dtype == dtype
        np.testing.assert_array_equal(again[name], value)


def test_no_note_is_none() -> None:
    assert load_weights(save_weights(drawn()), NET)[1] == {}


@pytest.mark.parametrize("net", NETS)
def test_torch_takes_them_by_their_names(net: Architecture) -> None:
    """A module with the parts embedding, rnn and readout loads the file with nothing missing and nothing left, and
    gives back ours."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import load, save

    kind: dict[str, Any] = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
    more = {"nonlinearity": "relu"} if net.cell == "rnn-relu" else {}
    parts: dict[str, Any] = {
        "rnn": kind.get(net.cell, torch.nn.RNN)(
            net.reads(0), net.hidden, net.layers, bidirectional=net.bidirectional, **more
        ),
        "readout": torch.nn.Linear(net.width, net.outputs),
    }
    if net.embedding:
        parts["embedding"] = torch.nn.Embedding(net.inputs, net.embedding)
    module = torch.nn.ModuleDict(parts)
    module.load_state_dict(load(save_weights(drawn(net))), strict=True)
    again, _ = load_weights(save(dict(module.state_dict())), net)
    for name, value in drawn(net).items():
        np.testing.assert_array_equal(again[name], value)


# ---- Refused


def refusal(data: bytes, net: Architecture = NET) -> Invalid:
    """The Invalid; any other exception is a failure."""
    with pytest.raises(Invalid) as caught:
        load_weights(data, net)
    return caught.value


def made(header: Any, body: bytes = b"") -> bytes:
    """A file by hand: the header's length, the header as JSON or bytes, the numbers."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def apart(data: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


SAVED = save_weights(drawn())


def changed(**change: Any) -> bytes:
    """The file with something else said of one of its arrays."""
    header, body = apart(SAVED)
    header["readout.bias"] |= change
    return made(header, body)


def renamed(old: str, new: str) -> bytes:
    header, body = apart(SAVED)
    return made({new if name == old else name: entry for name, entry in header.items()}, body)


def arrays(**change: Any) -> bytes:
    """Sound, with other arrays: dots are written as double underscores; None takes one out."""
    whole: dict[str, Any] = {torch_name(name): value for name, value in drawn().items()}
    whole |= {name.replace("__", "."): value for name, value in change.items()}
    return pack({name: value for name, value in whole.items() if value is not None})


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not-weights"),
    "a length alone": (SAVED[:8], "not-weights"),
    "half a header": (SAVED[:50], "not-weights"),
    "half the numbers": (SAVED[:-20], "not-weights"),
    "a number too many": (SAVED + b"\0\0\0\0", "not-weights"),
    "an endless header": (struct.pack("<Q", 2**64 - 1) + SAVED[8:], "not-weights"),
    "a long header": (made(b"{" + b" " * HEADER + b"}"), "not-weights"),
    "an empty header": (struct.pack("<Q", 0) + b"{}", "not-weights"),
    "no object": (made([]), "not-weights"),
    "null": (made(b"null"), "not-weights"),
    "no JSON": (made(b"{nonsense}"), "not-weights"),
    "no UTF-8": (made(b'{"\xff": 1}'), "not-weights"),
    "UTF-16": (made("{}".encode("utf-16")), "weights-names"),
    "deep nesting": (made(b"[" * 60_000), "not-weights"),
    "deep objects": (made(b'{"a":' * 12_000), "not-weights"),
    "deep entry": (made(b'{"a": {"dtype": "F32", "shape": ' + b"[" * 30_000 + b"]" * 30_000 + b"}}"), "not-weights"),
    "a long number": (made(b'{"a": ' + b"9" * 60_000 + b"}"), "not-weights"),
    "NaN as JSON": (made(b'{"a": NaN}'), "not-weights"),
    "entries that are numbers": (made({"readout.bias": 3}), "not-weights"),
    "a note of numbers": (made({"__metadata__": {"a": 3}}), "not-weights"),
    "a note that is none": (made({"__metadata__": None}), "not-weights"),
    "no shape": (changed(shape=None), "not-weights"),
    "a shape of text": (changed(shape="2"), "not-weights"),
    "a shape of fractions": (changed(shape=[2.0]), "not-weights"),
    "a shape of yes": (changed(shape=[True]), "not-weights"),
    "no type": (changed(dtype=None), "not-weights"),
    "a shape turned": (arrays(rnn__weight_ih_l0=np.zeros((3, 12), np.float32)), "weights-shape"),
    "a shape below 0": (changed(shape=[-2]), "weights-shape"),
    "a shape of 10^400": (changed(shape=[10**400]), "weights-shape"),
    "a shape flattened": (arrays(readout__weight=np.zeros(8, np.float32)), "weights-shape"),
    "an array too many": (arrays(readout__scale=np.zeros(1, np.float32)), "weights-names"),
    "an array too few": (arrays(readout__bias=None), "weights-names"),
    "a name of ours": (renamed("readout.bias", "bias_hy"), "weights-names"),
    "a name out of a path": (renamed("readout.bias", "../../readout.bias"), "weights-names"),
    "half a letter": (renamed("readout.bias", "\ud800"), "weights-names"),
    "no array": (pack({}, {"a": "b"}), "weights-names"),
    "float16": (arrays(readout__bias=np.zeros(2, np.float16)), "weights-type"),
    "whole numbers": (arrays(readout__bias=np.zeros(2, np.int64)), "weights-type"),
    "an unknown type": (changed(dtype="F128"), "weights-type"),
    "a wider type than there are bytes": (changed(dtype="F64"), "not-weights"),
    "NaN": (arrays(readout__bias=np.array([0, np.nan], np.float32)), "weights-not-finite"),
    "infinity": (arrays(readout__bias=np.array([-np.inf, 0], np.float32)), "weights-not-finite"),
    "no place": (changed(data_offsets=None), "not-weights"),
    "one place for two": (changed(data_offsets=[8, 16]), "not-weights"),
    "a place beyond the end": (changed(data_offsets=[10**6, 10**6 + 8]), "not-weights"),
    "a place before the beginning": (changed(data_offsets=[-8, 0]), "not-weights"),
    "a place backwards": (changed(data_offsets=[8, 0]), "not-weights"),
    "a place far beyond": (changed(data_offsets=[2**63, 2**63 + 8]), "not-weights"),
    "too large": (SAVED + b"\0" * most_bytes(NET), "weights-too-large"),
    "a zip file": (b"PK\x03\x04" + b"\0" * 100, "not-weights"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused(name: str) -> None:
    """By what is wrong with it."""
    load_weights(SAVED, NET)
    data, code = REFUSED[name]
    assert refusal(data).code == code


def test_a_name_said_twice_is_refused_or_checked() -> None:
    """Two readers of JSON may differ in which one counts: the array that comes out is of the right shape at least."""
    header, body = apart(SAVED)
    bias = header.pop("readout.bias")
    twice = [json.dumps({"readout.bias": {**bias, "shape": shape}})[1:-1] for shape in ([1, 2], [2])]
    for first, second in (twice, twice[::-1]):
        data = made(json.dumps(header)[:-1].encode() + f", {first}, {second}}}".encode(), body)
        try:
            loaded, _ = load_weights(data, NET)
        except Invalid:
            continue
        assert {name: value.shape for name, value in loaded.items()} == NET.shapes()


@pytest.mark.parametrize("other", [net for net in NETS if net is not NET])
def test_weights_of_another_network_are_refused(other: Architecture) -> None:
    """By the first name or shape that differs."""
    refused = refusal(save_weights(drawn(other)), NET)
    assert refused.code in ("weights-names", "weights-shape")


@given(st.binary(max_size=500), st.booleans())
@example(b"\x02\0\0\0\0\0\0\0{}", False)
def test_random_bytes_are_refused(data: bytes, headed: bool) -> None:
    refusal(made(data) if headed else data)


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.none() | st.integers() | st.text(), st.lists), max_size=5))
def test_a_random_header_is_refused(header: dict[str, Any]) -> None:
    refusal(made(header, b"\0" * 40))


@given(st.integers(0, 10**9), st.integers(1, 255), st.booleans())
def test_a_flipped_byte_is_refused_or_a_number(at: int, by: int, in_header: bool) -> None:
    """In the header most of all: nothing but Invalid, and what is let through is finite and of the right shape."""
    data = bytearray(SAVED)
    end = 8 + int.from_bytes(data[:8], "little") if in_header else len(data)
    data[at % end] ^= by
    try:
        params, _ = load_weights(bytes(data), NET)
    except Invalid:
        return
    assert {name: value.shape for name, value in params.items()} == NET.shapes()
    assert all(np.isfinite(value).all() for value in params.values())


@given(st.integers(0, len(SAVED) - 1))
def test_every_truncated_file_is_refused(length: int) -> None:
    refusal(SAVED[:length])


SPRUNG: list[str] = []


def spring(name: str) -> None:
    SPRUNG.append(name)


class Trap:
    """What a pickle runs when it is opened."""

    def __reduce__(self) -> tuple[Any, ...]:
        return spring, ("sprung",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_unopened(protocol: int) -> None:
    """Also where it follows a header, or is the whole body."""
    data = pickle.dumps(Trap(), protocol)
    for file in (data, made(data), made(apart(SAVED)[0], data), SAVED[:-8] + data[:8]):
        try:
            load_weights(file, NET)  # the last is a sound file whose last numbers are odd
        except Invalid:
            pass
        else:
            assert file == SAVED[:-8] + data[:8]
    assert SPRUNG == []
    pickle.loads(data)  # the trap does work
    assert SPRUNG.pop() == "sprung"


def test_pytorchs_own_file_is_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"readout.bias": torch.zeros(2)}, tmp_path / "a.pt")
    assert refusal((tmp_path / "a.pt").read_bytes()).code in ("not-weights", "weights-too-large")


# ---- Files, and weights that are there already


def test_of_a_file_too_large_only_so_much_is_read(tmp_path: Path) -> None:
    """Enough to say so."""
    file = tmp_path / "a.safetensors"
    file.write_bytes(SAVED)
    assert load_file(file, NET) == SAVED
    file.write_bytes(SAVED + b"\0" * 3 * most_bytes(NET))
    data = load_file(file, NET)
    assert len(data) == most_bytes(NET) + 1
    assert refusal(data).code == "weights-too-large"


@pytest.mark.parametrize("net", [*NETS, Architecture("lstm", 2, 512, 1, 3, True)])
def test_no_network_is_too_large_for_its_own_file(net: Architecture) -> None:
    """In float64, with a long note."""
    wide = {name: np.zeros(shape) for name, shape in net.shapes().items()}
    assert len(save_weights(wide, {"experiment": "x" * 50_000})) <= most_bytes(net)


def test_fitting_weights_come_in_order_and_type() -> None:
    """Whatever order and width they had."""
    params = fitting(dict(reversed(drawn(dtype=np.float64).items())), NET, "float32")
    assert list(params) == list(NET.shapes())
    for name, value in drawn(dtype=np.float64).items():
        assert params[name].dtype == np.float32
        np.testing.assert_array_equal(params[name], value.astype(np.float32))


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e300])
def test_weights_that_do_not_fit_their_type_are_refused(value: float) -> None:
    """1e300 is no float32."""
    with pytest.raises(Invalid) as caught:
        fitting({**drawn(), "bias_hy": np.array([0, value])}, NET, "float32")
    assert caught.value.code == "weights-not-finite"
