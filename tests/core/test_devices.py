"""Devices are found without torch, on whatever machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnn_core.training import devices
from rnn_core.training.engine import DEVICES

ROOT = Path(__file__).parents[2]


class Driver:
    """NVIDIA's, on a machine with so many GPUs; or one that cannot be started."""

    def __init__(self, gpus: int, status: int = 0):
        self.gpus, self.status = gpus, status

    def cuInit(self, _flags: int) -> int:
        return self.status

    def cuDeviceGetCount(self, count: Any) -> int:
        count._obj.value = self.gpus
        return 0


@pytest.mark.parametrize(
    ("system", "machine", "torch", "driver", "found"),
    [
        ("Linux", "x86_64", True, Driver(2), ("numpy", "cuda")),
        ("Windows", "AMD64", True, Driver(1), ("numpy", "cuda")),
        ("Linux", "x86_64", True, Driver(0), ("numpy",)),
        ("Linux", "x86_64", True, Driver(1, status=100), ("numpy",)),  # a driver without its device
        ("Linux", "x86_64", True, None, ("numpy",)),
        ("Linux", "x86_64", False, Driver(1), ("numpy",)),
        ("Darwin", "arm64", True, None, ("numpy", "mps")),
        ("Darwin", "arm64", False, None, ("numpy",)),
        ("Darwin", "x86_64", True, None, ("numpy",)),
        ("Plan 9", "", True, Driver(1), ("numpy",)),
    ],
)
def test_what_is_there_is_found(
    system: str,
    machine: str,
    torch: bool,
    driver: Driver | None,
    found: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(_name: str) -> Driver:
        if driver is None:
            raise OSError
        return driver

    monkeypatch.setattr(devices.platform, "system", lambda: system)
    monkeypatch.setattr(devices.platform, "machine", lambda: machine)
    monkeypatch.setattr(devices, "find_spec", lambda name: torch or None)
    monkeypatch.setattr(devices.ctypes, "CDLL", load)
    assert devices.present.__wrapped__() == found
    assert set(found) <= set(DEVICES)


def test_torch_is_not_imported_to_find_out() -> None:
    code = "import sys; from rnn_core.training.devices import present; print(present()[0], 'torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["numpy", "False"]
