"""How a Run treats the processor: one thread, and no denormal numbers.

A vanishing gradient is full of denormals, floats below 1e-38 that most processors handle 10 to 100 times more slowly.
In training they are taken for 0. Where a lesson is about the tiny numbers themselves, it computes in float64 instead.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# Where glibc's fenv_t keeps the flags, and which flush results and inputs to 0: MXCSR's FTZ and DAZ, FPCR's FZ.
FENV = {"x86_64": (28, 0x8040), "aarch64": (0, 1 << 24)}
FENV_BYTES = 64  # more than any fenv_t


@contextmanager
def training_mode() -> Iterator[None]:
    """One thread and no denormals, for as long as this lasts; then everything as before."""
    with one_thread(), no_denormals():
        yield


@contextmanager
def no_denormals() -> Iterator[None]:
    """Denormals count as 0 in this thread, where `flushes` says so; elsewhere nothing changes."""
    libc = _libc()
    if libc is None:
        with _torch_flushes():
            yield
        return
    offset, bits = FENV[platform.machine()]
    before = ctypes.create_string_buffer(FENV_BYTES)
    libc.fegetenv(before)
    flags = int.from_bytes(before[offset : offset + 4], sys.byteorder) | bits
    now = ctypes.create_string_buffer(before.raw)
    now[offset : offset + 4] = flags.to_bytes(4, sys.byteorder)
    libc.fesetenv(now)
    try:
        yield
    finally:
        libc.fesetenv(before)


def flushes() -> bool:
    """Is a way known to this system's flags? torch is one where it is there; a server would wake up slowly with it."""
    return _libc() is not None or sys.modules.get("torch") is not None


@cache
def _libc() -> ctypes.CDLL | None:
    if platform.libc_ver()[0] != "glibc" or platform.machine() not in FENV:
        return None
    return ctypes.CDLL("libm.so.6")


@contextmanager
def _torch_flushes() -> Iterator[None]:
    """The same through torch, if it is there. It cannot say what was set before."""
    torch = sys.modules.get("torch")
    if torch:
        torch.set_flush_denormal(True)
    try:
        yield
    finally:
        if torch:
            torch.set_flush_denormal(False)


@contextmanager
def one_thread() -> Iterator[None]:
    """Small products lose more by sharing than they gain; with several Runs each has a core of its own."""
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 1
    with _pools(torch is not None).limit(limits=1):
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(threads)


@cache
def _pools(with_torch: bool) -> Any:
    """A ThreadpoolController: the libraries that would share out a product, found once more when torch has brought its
    own. To find them takes as long as a small update."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
