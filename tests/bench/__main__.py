"""`python -m tests.bench [CASE]`: prints a table and writes bench.json in the root of the repository."""

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from tests.bench.harness import run

ROOT = Path(__file__).parents[2]


def main(names: list[str], path: Path = ROOT / "bench.json") -> int:
    for module in iter_modules([str(Path(__file__).parent)]):  # each file registers its cases
        if module.name != "__main__":
            import_module(f"tests.bench.{module.name}")
    return run(names, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
