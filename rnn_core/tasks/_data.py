"""The shipped data, read only if they are what assets/data/README.md says they are."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from rnn_core.invalid import Invalid

FOLDER = Path(__file__).parents[2] / "assets" / "data"
ROW = re.compile(r"^\| `(?P<name>[^`]+)` \|.*\| `(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)


def listed(folder: Path = FOLDER) -> dict[str, str]:
    """The SHA-256 of every file, by name, from the table in README.md."""
    return {row["name"]: row["sha256"] for row in ROW.finditer((folder / "README.md").read_text(encoding="utf-8"))}


@cache
def read(name: str, folder: Path = FOLDER) -> bytes:
    """The bytes of a file. Raises Invalid where it is missing or its SHA-256 is another."""
    try:
        data = (folder / name).read_bytes()
    except OSError:
        raise Invalid("damaged-data", "data", name) from None
    if hashlib.sha256(data).hexdigest() != listed(folder).get(name):
        raise Invalid("damaged-data", "data", name)
    return data
