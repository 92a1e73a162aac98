"""Custom components: the JavaScript and CSS of one folder under assets/components, and of those it is made with."""

from __future__ import annotations

from pathlib import Path

from streamlit.components import v2
from streamlit.components.v2.types import ComponentRenderer

from pages.figures.palette import variables

COMPONENTS = Path(__file__).parents[2] / "assets" / "components"


def component(name: str, *parts: str, isolate_styles: bool = True) -> ComponentRenderer:
    """Register the component. Its scripts are joined into one module, folder by folder and each in the order of their
    names: first what all share, then the `parts` that several are made with, then its own; so are its style sheets."""
    folders = ("shared", *parts, name)
    return v2.component(
        f"unrolled.{name}",
        js=_joined(folders, "js"),
        css=variables() + _joined(folders, "css"),
        isolate_styles=isolate_styles,
    )


def _joined(folders: tuple[str, ...], ending: str) -> str:
    paths = (path for folder in folders for path in sorted((COMPONENTS / folder).glob(f"*.{ending}")))
    return "\n".join(path.read_text("utf-8") for path in paths)
