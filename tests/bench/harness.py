"""How a case is registered, measured and written down."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

Row = dict[str, Any]


class Sides(NamedTuple):
    """What a case returns: two callables to time, and how to tell that they do the same work."""

    ours: Callable[[], Any]
    peer: Callable[[], Any]
    agree: Callable[[Any, Any], None]  # raises AssertionError; given what each side returned
    peer_is: float = 1.0  # the share of the work that the peer's call does, where all of it would take too long


@dataclass(frozen=True)
class Case:
    """floor: the least ratio; pairs: how often both sides run; extra: more fields of the row; limits: ceilings."""

    name: str
    peer: str
    sides: Callable[[], Sides]
    floor: float | None = None
    pairs: int = 100
    extra: Callable[[], Row] = dict
    limits: dict[str, float] = field(default_factory=dict)


CASES: dict[str, Case] = {}


def case(name: str, peer: str, **settings: Any) -> Callable[[Callable[[], Sides]], Callable[[], Sides]]:
    """Register a function that returns Sides; `settings` as in Case."""

    def register(sides: Callable[[], Sides]) -> Callable[[], Sides]:
        CASES[name] = Case(name, peer, sides, **settings)
        return sides

    return register


def measure(case: Case) -> Row:
    """One row of bench.json. The ratio is the median over pairs of peer ÷ ours, each pair run back to back."""
    ours, peer, agree, share = case.sides()
    agree(ours(), peer())  # warms up, and a wrong answer is never timed
    agree(ours(), peer())
    times = []
    with no_collection():
        for k in range(case.pairs):
            if k % 2:  # neither side always runs in the other's wake
                times.append((timed(ours), timed(peer) / share))
            else:
                times.append((timed(peer) / share, timed(ours))[::-1])
    return {
        "case": case.name,
        "ours_ms": 1e3 * median(mine for mine, _ in times),
        "peer": case.peer,
        "peer_ms": 1e3 * median(theirs for _, theirs in times),
        "ratio": median(theirs / mine for mine, theirs in times),
        "floor": case.floor,
        **case.extra(),
    }


def timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


@contextmanager
def no_collection() -> Iterator[None]:
    """With torch loaded one garbage collection takes longer than most cases."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def misses(case: Case, row: Row) -> list[str]:
    """A sentence for each figure that is worse than promised."""
    out = []
    if case.floor is not None and row["ratio"] < case.floor:
        out.append(f"{case.name}: ratio {row['ratio']:.2f} is below its floor {case.floor:g}.")
    for name, limit in case.limits.items():
        if row[name] is not None and row[name] > limit:
            out.append(f"{case.name}: {name} {row[name]:.1f} is above its limit {limit:g}.")
    return out


def table(rows: list[Row], fixed: tuple[str, ...] = ("case", "ours_ms", "peer_ms", "ratio", "floor", "peer")) -> str:
    """Aligned columns, text first and last, the row's further fields at its end."""
    lines: list[tuple[str, ...]] = [fixed]
    for row in rows:
        more = [f"{name} {shown(value)}" for name, value in row.items() if name not in fixed]
        lines.append((*(shown(row[name]) for name in fixed[:-1]), ", ".join([row[fixed[-1]], *more])))
    width = [max(len(line[k]) for line in lines) for k in range(len(fixed))]
    return "\n".join(
        "  ".join(
            text.rjust(width[k]) if 0 < k < len(fixed) - 1 else text.ljust(width[k]) for k, text in enumerate(line)
        ).rstrip()
        for line in lines
    )


def shown(value: Any) -> str:
    return "–" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def run(names: list[str], path: Path) -> int:
    """Measure the named cases, or all; print and write them. Returns 1 if a floor was missed, 2 for an unknown name.

    "trace" names every case that begins with "trace-".
    """
    meant = {name: [case for case in CASES if case == name or case.startswith(f"{name}-")] for name in names or CASES}
    for name, cases in meant.items():
        if not cases:
            print(f"There is no case {name!r}; the cases are {', '.join(CASES)}.", file=sys.stderr)
            return 2
    chosen = [CASES[name] for name in dict.fromkeys(name for cases in meant.values() for name in cases)]
    rows = [measure(case) for case in chosen]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    missed = [line for case, row in zip(chosen, rows, strict=True) for line in misses(case, row)]
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0
