"""What importing the core costs a fresh process: time, interpreter included, and the memory it adds."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.bench.harness import Row, Sides, case

ROOT = Path(__file__).parents[2]

# Resident memory from Linux's /proc; elsewhere null. (ru_maxrss won't do: a child's starts at its parent's.)
PROBE = """
import os
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
before = resident() if os.path.exists("/proc/self/statm") else None
import {module}
print(None if before is None else resident() - before)
"""


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def added_memory() -> Row:
    return {f"{side}_mib": added(module) for side, module in (("ours", "rnn_core"), ("peer", "torch"))}


def added(module: str) -> float | None:
    mib = python(PROBE.format(module=module)).strip()
    return None if mib == "None" else float(mib)


def agree(ours: str, peer: str) -> None:
    assert (ours, peer) == ("False\n", "True\n"), "only the peer may load torch"


@case("import", "import torch", pairs=5, extra=added_memory, limits={"ours_ms": 300, "ours_mib": 60})
def imports() -> Sides:
    code = "import sys, {}; print('torch' in sys.modules)"
    return Sides(partial(python, code.format("rnn_core")), partial(python, code.format("torch")), agree)
