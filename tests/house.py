"""The rules of the house: who may import whom, what lies where. Each takes the root and returns what breaks it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

STANDARD = sys.stdlib_module_names
PAGE_LINES = 150

# What may lie at the top; a new kind of thing there is a decision, so it is added here on purpose.
TOP = (
    *("app.py", "pages", "rnn_core", "assets", "tests", "requirements.txt", "requirements-dev.txt", "pyproject.toml"),
    *("README*.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile"),
    *(".ci", ".streamlit", ".gitignore", ".gitattributes"),
)

# ---- Reading imports


class Import(NamedTuple):
    path: str  # of the file, from the root
    module: str  # "a.b" for `import a.b`; "a.b" and "a.b.c" for `from a.b import c`
    lazy: bool  # inside a function

    @property
    def top(self) -> str:
        return self.module.split(".")[0]


def imports(root: Path, folder: str) -> Iterator[Import]:
    for path in sorted(root.glob(folder)):
        tree = ast.parse(path.read_text("utf-8"))
        name = path.relative_to(root)
        for node, lazy in walk(tree):
            for module in named(node, name.parent.parts):
                yield Import(name.as_posix(), module, lazy)


def walk(node: ast.AST, lazy: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, inside
        yield from walk(child, inside)


def named(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    """The modules a statement may load, import_module("…") and __import__("…") included."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            parts = [*package[: len(package) - level + 1], module] if level else [module]
            base = ".".join(part for part in parts if part)
            return [base, *(f"{base}.{alias.name}" for alias in names)]
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            return [module]
    return []


# ---- Rules


def core_needs_numpy_alone(root: Path) -> list[str]:
    """torch and the like: inside functions of training/ and export/, each but torch in one file."""
    broken, homes = [], {}
    for use in imports(root, "rnn_core/**/*.py"):
        if use.top in {"rnn_core", "numpy", "__future__"} or use.top in STANDARD:
            continue
        at_home = use.lazy and use.path.startswith(("rnn_core/training/", "rnn_core/export/"))
        if not (at_home and use.top in {"torch", "safetensors", "threadpoolctl", "distributed"}):
            broken.append(f"{use.path} imports {use.module}")
        elif use.top != "torch" and homes.setdefault(use.top, use.path) != use.path:
            broken.append(f"{use.path} imports {use.module}, which is {homes[use.top]}'s")
    return broken


def figures_know_no_streamlit(root: Path) -> list[str]:
    allowed = {"numpy", "plotly", "pandas", "rnn_core", "__future__"}
    return [
        f"{use.path} imports {use.module}"
        for use in imports(root, "pages/figures/**/*.py")
        if not (use.top in allowed or use.top in STANDARD or f"{use.module}.".startswith("pages.figures."))
        and use.module != "pages"
    ]


def no_torch_on_screen(root: Path) -> list[str]:
    return [
        f"{use.path} imports {use.module}"
        for folder in ("app.py", "pages/**/*.py")
        for use in imports(root, folder)
        if use.top in {"torch", "safetensors", "distributed", "dask"}
    ]


def nobody_imports_a_page(root: Path) -> list[str]:
    """Of pages/ only the packages may be imported, and by their full name: the folder itself is on sys.path."""
    pages = {path.stem for path in root.glob("pages/*.py")} - {"__init__"}
    packages = {path.name for path in root.glob("pages/*/")} - {"__pycache__"}
    return [
        f"{use.path} imports {use.module}"
        for folder in ("app.py", "pages/**/*.py")
        for use in imports(root, folder)
        if use.top in pages | packages or (use.top == "pages" and use.module.split(".")[1:2] in [[p] for p in pages])
    ]


def pages_are_short(root: Path) -> list[str]:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in root.glob("pages/*.py")}
    return [f"pages/{name} has {lines} lines" for name, lines in lengths.items() if lines >= PAGE_LINES]


def no_page_hides_the_standard_library(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.glob("pages/*") if path.stem in STANDARD]


def core_is_documented(root: Path) -> list[str]:
    """Every module, public class and public function, but those of a single line."""
    broken = []
    for path in sorted(root.glob("rnn_core/**/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in (tree, *tree.body):
            match node:
                case ast.Module():
                    name = path.stem
                case ast.ClassDef(name=name):
                    pass
                case ast.FunctionDef(name=name, body=body) if len(body) > 1 or not isinstance(body[0], ast.Return):
                    pass
                case _:
                    continue
            if (name == "__init__" or not name.startswith("_")) and not ast.get_docstring(node):
                broken.append(f"{path.relative_to(root).as_posix()}: {name} has no docstring")
    return broken


def requirements_are_pinned(root: Path) -> list[str]:
    broken = []
    for path in root.glob("requirements*.txt"):
        for line in path.read_text("utf-8").splitlines():
            text = line.split("#")[0].strip()
            if text and not re.fullmatch(r"-r requirements[\w-]*\.txt|[\w.-]+(\[[\w,-]+\])?==[\w.+]+(\s*;.*)?", text):
                broken.append(f"{path.name}: {text}")
    return broken


def components_compute_no_cell(root: Path) -> list[str]:
    """Numbers are looked up in what the core sent. `= Math` or `Math[` would be a way round the names."""
    equation = re.compile(
        r"Math\.(tanh|exp|expm1|sinh|cosh)\b|=\s*Math\b(?!\.)|Math\s*\[|(?<!rnn-)\bsigmoid\b|Math\.E\b"
    )
    return found(root, root.glob("assets/components/**/*"), equation)


def components_call_nobody(root: Path) -> list[str]:
    """No address but the names of XML's vocabularies, which are never fetched."""
    address = re.compile(r"""\b(?:https?|wss?)://(?!www\.w3\.org/(?:2000/svg|1999/xhtml)["'`])|["'`(]//\w""")
    return found(root, root.glob("assets/components/**/*"), address)


def no_path_of_one_machine(root: Path) -> list[str]:
    local = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|mnt|tmp|opt)/\w|\b[A-Z]:\\\\?Users")
    return found(root, (root / name for name in kept(root)), local)


def top_is_fixed(root: Path) -> list[str]:
    top = {name.split("/")[0] for name in kept(root)}
    return sorted(name for name in top if not any(fnmatch(name, allowed) for allowed in TOP))


# ---- Reading files


def found(root: Path, files: Iterable[Path], pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands in these files."""
    return [
        f"{path.relative_to(root).as_posix()}: {match[0]}"
        for path in sorted(files)
        if path.is_file()
        for match in pattern.finditer(path.read_text("utf-8", errors="ignore"))
    ]


def kept(root: Path) -> list[str]:
    """The files of the project: what git tracks, or where there is no git, all that is not hidden."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    try:
        out = subprocess.run(command, cwd=root, capture_output=True, check=True, encoding="utf-8").stdout
        return sorted(filter(None, out.split("\0")))
    except (OSError, subprocess.CalledProcessError):
        names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(name for name in names if not name.startswith(".") and "__pycache__" not in name)
