"""The house keeps its rules; and each rule is shown a house that breaks it, so that it is known to be able to fail."""

from __future__ import annotations

import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest

import rnn_core
from tests import house

ROOT = Path(__file__).parents[1]

# For each rule a house that breaks it: file → text. What is called fine breaks nothing.
BROKEN: dict[str, dict[str, str]] = {
    "core_needs_numpy_alone": {
        "rnn_core/a.py": "import streamlit",
        "rnn_core/b.py": "from pages.ui import links",
        "rnn_core/c.py": "def f():\n    import torch",
        "rnn_core/d.py": "import importlib\nimportlib.import_module('plotly.express')",
        "rnn_core/training/e.py": "import torch.nn",
        "rnn_core/training/f.py": "class F:\n    import torch",
        "rnn_core/training/g.py": "def f():\n    import safetensors",
        "rnn_core/export/fine.py": "def f():\n    from safetensors import numpy\n    import torch",
        "rnn_core/fine.py": "import re\nimport numpy as np\nfrom . import cells\nfrom rnn_core.cells import CELLS",
    },
    "figures_know_no_streamlit": {
        "pages/figures/a.py": "import streamlit as st",
        "pages/figures/b.py": "from pages import ui",
        "pages/figures/c.py": "from ..ui.links import follow_links",
        "pages/figures/d.py": "def f():\n    import torch",
        "pages/figures/fine.py": "import plotly.graph_objects as go\nfrom pages.figures import a\nfrom . import b",
    },
    "no_torch_on_screen": {
        "app.py": "def f():\n    import torch",
        "pages/a.py": "import torch",
        "pages/ui/b.py": "from torch import nn",
        "pages/fine.py": "import streamlit\nfrom rnn_core import unroll",
    },
    "nobody_imports_a_page": {
        "pages/home.py": "from pages import unroll",
        "pages/unroll.py": "from pages.home import x",
        "pages/ui/a.py": "import home",
        "pages/ui/b.py": "from ui.a import x",
        "pages/ui/fine.py": "from pages.ui.a import home\nfrom rnn_core import unroll",
    },
    "pages_are_short": {
        "pages/a.py": "x = 1\n" * house.PAGE_LINES,
        "pages/fine.py": "x = 1\n",
        "pages/ui/fine.py": "x = 1\n" * house.PAGE_LINES,
    },
    "no_page_hides_the_standard_library": {"pages/code.py": "", "pages/inspect/__init__.py": "", "pages/fine.py": ""},
    "core_is_documented": {
        "rnn_core/a.py": "x = 1",
        "rnn_core/b.py": '"""B."""\nclass B:\n    x = 1',
        "rnn_core/c.py": '"""C."""\ndef f():\n    x = 1\n    return x',
        "rnn_core/fine.py": '"""Fine."""\ndef f():\n    return 1\ndef _g():\n    x = 1\n    return x',
    },
    "requirements_are_pinned": {
        "requirements.txt": "numpy",
        "requirements-a.txt": "torch>=2",
        "requirements-b.txt": "x==1.*",
        "requirements-c.txt": "-e .",
        "requirements-fine.txt": "# pins\n-r requirements.txt\npolib==1.2.0  # reads\npyright[nodejs]==1.1.414",
    },
    "components_compute_no_cell": {
        "assets/components/a/a.js": "const h = Math.tanh(x);",
        "assets/components/a/b.js": "const { tanh } = Math;",
        "assets/components/a/c.js": "const h = Math['exp'](x);",
        "assets/components/a/d.js": "const sigmoid = (x) => 1 / (1 + Math.E ** -x);",
        "assets/components/a/fine.js": "const name = 'rnn-sigmoid', formula = 'tanh(c)', y = Math.log10(norm);",
    },
    "components_call_nobody": {
        "assets/components/a/a.js": "fetch('https://example.org');",
        "assets/components/a/b.js": "import('//example.org/x.js');",
        "assets/components/a/c.css": "@import url(http://www.w3.org.example.org/2000/svg);",
        "assets/components/a/fine.js": "// a comment\nconst SVG = 'http://www.w3.org/2000/svg';",
    },
    "no_path_of_one_machine": {
        "a.md": "see " + "/home" + "/me/x",
        "b.md": "cd C:" + "\\Users\\me",
        "fine.md": "see https://example.org/home/me and ../home/x",
    },
}


@pytest.mark.parametrize("rule", [*BROKEN, "top_is_fixed"])
def test_the_house_keeps(rule: str):
    assert getattr(house, rule)(ROOT) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_house_is_noticed(rule: str, tmp_path: Path):
    build(tmp_path, BROKEN[rule])
    blamed = tuple(sentence.split()[0].rstrip(":") for sentence in getattr(house, rule)(tmp_path))
    assert [name for name in BROKEN[rule] if name.startswith(blamed)] == [n for n in BROKEN[rule] if "fine" not in n]


def test_something_new_at_the_top_is_noticed(tmp_path: Path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    build(tmp_path, {"app.py": "", "utils.py": "", "src/a.py": "", "README.zh_CN.md": ""})
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert house.top_is_fixed(tmp_path) == ["src", "utils.py"]


def build(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# ---- What only running shows


@pytest.mark.parametrize("module", ["rnn_core", "rnn_core.model", "rnn_core.scene"])
def test_importing_the_core_loads_no_screen_and_no_torch(module: str):
    code = f"import sys, {module}; print(*({{'torch', 'streamlit', 'plotly', 'pandas'}} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_what_the_pages_import_loads_no_torch():
    """Also not by way of another import, which reading the files one by one cannot see."""
    modules = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for folder in ("rnn_core", "pages/figures", "pages/ui")
        for path in (ROOT / folder).glob("[!_]*.py")
    ]
    code = f"import sys, {', '.join(modules)}; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]


def test_public_names_are_there():
    assert {"Experiment", "Invalid", "bptt", "init_params", "unroll"} <= set(rnn_core.__all__)
    for name in rnn_core.__all__:
        assert hasattr(rnn_core, name)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("init_params", "cell input_size hidden_size seed=0 dtype init=torch forget_bias=None"),
        ("unroll", "cell params x state=None"),
        ("bptt", "trace params d_h"),
    ],
)
def test_public_signatures_are_stable(name: str, parameters: str):
    """New keywords may follow; these keep their names, order and defaults."""
    promised = parameters.split()
    given = list(signature(getattr(rnn_core, name)).parameters.values())
    for parameter, text in zip(given[: len(promised)], promised, strict=True):
        wanted, _, default = text.partition("=")
        assert parameter.name == wanted
        assert not default or str(parameter.default) == default
    assert all(parameter.default is not parameter.empty for parameter in given[len(promised) :])
