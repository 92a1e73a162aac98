"""Which devices this machine has, found out without torch, whose import takes a second and 200 MB."""

from __future__ import annotations

import ctypes
import platform
from functools import cache
from importlib.util import find_spec

CUDA = {"Linux": "libcuda.so.1", "Windows": "nvcuda.dll"}  # NVIDIA's driver


@cache
def present() -> tuple[str, ...]:
    """As an engine knows them: "numpy", and "cuda" or "mps" where there is such a GPU and torch to use it."""
    found = ["numpy"]
    if find_spec("torch") is not None:
        found += ["cuda"] if _nvidia() else []
        found += ["mps"] if (platform.system(), platform.machine()) == ("Darwin", "arm64") else []
    return tuple(found)


def _nvidia() -> bool:
    """Does NVIDIA's driver know of a GPU?"""
    try:
        driver = ctypes.CDLL(CUDA[platform.system()])
    except (KeyError, OSError):
        return False
    count = ctypes.c_int()
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
