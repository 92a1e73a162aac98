"""Custom components: the JavaScript and CSS of one folder under assets/components, and what all of them share."""

from __future__ import annotations

from pathlib import Path

from streamlit.components import v2
from streamlit.components.v2.types import ComponentRenderer

from pages.figures.palette import variables

COMPONENTS = Path(__file__).parents[2] / "assets" / "components"


def component(name: str, isolate_styles: bool = True) -> ComponentRenderer:
    """Register the component; its scripts are joined in the order of their names into one module."""
    folder = COMPONENTS / name
    scripts = [*sorted((COMPONENTS / "shared").glob("*.js")), *sorted(folder.glob("*.js"))]
    js = "\n".join(path.read_text("utf-8") for path in scripts)
    css = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.css")))
    css = variables() + css if css else None
    return v2.component(f"unrolled.{name}", js=js, css=css, isolate_styles=isolate_styles)
