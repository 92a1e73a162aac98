"""Inside: one thread and no denormals. After it, whatever happened inside, all as before."""

from __future__ import annotations

import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from rnn_core import Experiment
from rnn_core.training import Run, processor
from rnn_core.training.processor import FENV, flushes, no_denormals, one_thread, training_mode

KNOWN = platform.libc_ver()[0] == "glibc" and platform.machine() in FENV
needs_flags = pytest.mark.skipif(not KNOWN, reason="this system's flags are not known")

TINY = {np.float32: np.float32(1e-38), np.float64: np.float64(1e-307)}  # normal; a tenth of a tenth is not


def keeps_denormals(dtype: Any = np.float32) -> bool:
    """Is a result below the smallest normal number kept? In a product long enough for vector instructions."""
    tiny = np.full(67, TINY[dtype])
    return bool((tiny * dtype(0.01)).all())


def reads_denormals() -> bool:
    """Is a denormal that is there already more than 0? (Large enough that the product is normal.)"""
    return bool((np.full(67, np.float32(1e-40)) * np.float32(1e10)).all())


@needs_flags
@pytest.mark.parametrize("dtype", TINY)
def test_denormals_are_zero_inside_alone(dtype: Any) -> None:
    """What would be one is 0, and what is one counts as 0."""
    assert keeps_denormals(dtype)
    assert reads_denormals()
    with no_denormals():
        assert not keeps_denormals(dtype)
        if platform.machine() == "x86_64":
            assert not reads_denormals()
    assert keeps_denormals(dtype)
    assert reads_denormals()


@needs_flags
def test_products_of_matrices_flush_too() -> None:
    """BLAS runs with the same flags."""
    tiny, other = np.full((16, 16), np.float32(1e-30)), np.full((16, 16), np.float32(1e-10))
    with training_mode():
        assert not (tiny @ other).any()
    assert (tiny @ other).all()
    assert keeps_denormals()


@needs_flags
def test_all_is_as_before_after_an_exception() -> None:
    inside = []
    with pytest.raises(ZeroDivisionError), training_mode():
        inside.append(1 / keeps_denormals())
    assert inside == []
    assert keeps_denormals()


@needs_flags
def test_one_inside_another() -> None:
    """The inner one ends and the outer one holds on."""
    with training_mode():
        with training_mode():
            assert not keeps_denormals()
        assert not keeps_denormals()
    assert keeps_denormals()


@needs_flags
def test_another_thread_is_left_alone() -> None:
    """A lesson beside a training still sees the tiny numbers it is about."""
    inside, end, seen = threading.Event(), threading.Event(), []

    def work() -> None:
        with no_denormals():
            inside.set()
            end.wait(10)
            seen.append(keeps_denormals())

    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(10)
    assert keeps_denormals()
    end.set()
    worker.join()
    assert seen == [False]


def test_errors_of_arithmetic_are_told_as_before() -> None:
    """The flags that NumPy reads its warnings from work inside and after."""
    with training_mode(), np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        np.divide(np.ones(1), np.zeros(1))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        np.square(np.full(3, np.float32(1e30)))
    with np.errstate(all="raise"):
        np.divide(np.ones(3), 4)


# ---- Threads


def threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info()]


def test_numpy_has_one_thread_inside() -> None:
    """And as many as before after it, also after an exception."""
    with threadpool_limits(2):
        before = threads()
        with one_thread():
            assert set(threads()) <= {1}
            with one_thread():
                pass
            assert set(threads()) <= {1}
        assert threads() == before
        with pytest.raises(ZeroDivisionError), one_thread():
            raise ZeroDivisionError
        assert threads() == before


def test_torch_has_one_thread_inside() -> None:
    """Where it is there at all; nothing here imports it."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with pytest.raises(ZeroDivisionError), one_thread():
            raise ZeroDivisionError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# ---- Other systems


def test_a_system_it_does_not_know_asks_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """There torch flushes, in the same places, if it is there."""
    asked = []

    class Torch:
        @staticmethod
        def set_flush_denormal(on: bool) -> None:
            asked.append(on)

    monkeypatch.setitem(sys.modules, "torch", Torch)
    monkeypatch.setattr(processor, "_libc", lambda: None)
    with no_denormals():
        assert asked == [True]
    with pytest.raises(ZeroDivisionError), no_denormals():
        raise ZeroDivisionError
    assert asked == [True, False, True, False]


def test_a_system_without_either_trains_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """More slowly where numbers vanish, that is all."""
    monkeypatch.setitem(sys.modules, "torch", None)  # an import raises ImportError
    monkeypatch.setattr(processor, "_libc", lambda: None)
    assert not flushes()
    entered = False
    with training_mode():
        entered = keeps_denormals()
    assert entered


def test_torch_is_never_imported_for_this(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page and a training do without, if more slowly."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for libc in (processor._libc, lambda: None):
        monkeypatch.setattr(processor, "_libc", libc)
        with training_mode(), no_denormals():
            pass
        assert "torch" not in sys.modules


# ---- In a training


@needs_flags
def test_a_vanishing_gradient_becomes_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """A linear network that forgets by a factor of about a third at each of 200 steps: without flushing its state is
    full of denormals, in a Run they are 0."""
    from rnn_core.training.numpy_engine import NumpyEngine

    experiment = Experiment.from_task(
        "adding", "rnn-linear", hidden=8, length=200, batch=4, budget=2, init="orthogonal", gain=0.3
    )
    tiny = []
    forward = NumpyEngine._forward

    def noted(engine: Any, *given: Any) -> Any:
        out = forward(engine, *given)
        tiny.append(sum(denormals(value) for both in engine.layers for one in both for value in kept(one)))
        return out

    def backward(engine: Any, *given: Any) -> Any:
        back(engine, *given)
        tiny.append(sum(denormals(value) for both in engine.layers for one in both for value in kept(one)))

    back = NumpyEngine._backward
    monkeypatch.setattr(NumpyEngine, "_forward", noted)
    monkeypatch.setattr(NumpyEngine, "_backward", backward)
    Run(experiment, "numpy").take(1)
    flushed, tiny = tiny, []
    monkeypatch.setattr("rnn_core.training.run.training_mode", nothing)
    Run(experiment, "numpy").take(1)
    assert sum(flushed) == 0 < sum(tiny)


@contextmanager
def nothing() -> Iterator[None]:
    yield


def kept(layer: Any) -> Iterator[np.ndarray]:
    """All arrays a layer holds on to."""
    for value in vars(layer).values():
        for array in value.values() if isinstance(value, dict) else [value]:
            if isinstance(array, np.ndarray) and array.dtype.kind == "f":
                yield array


def denormals(array: np.ndarray) -> int:
    return int(((array != 0) & (abs(array) < np.finfo(array.dtype).tiny)).sum())
