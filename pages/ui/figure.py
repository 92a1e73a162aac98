"""A figure on a page: drawn in the visitor's theme, with its data to take away."""

from __future__ import annotations

import streamlit as st

from pages.figures.drawing import Drawing
from pages.ui.address import presented
from pages.ui.language import _

# For a hall.
LARGE = {"height": 680, "font": {"size": 20}, "legend": {"font": {"size": 20}}, "margin": {"l": 100, "b": 80, "t": 70}}


def is_dark() -> bool:
    """Does the visitor read on a dark background? Known from the browser; light where it does not say."""
    return st.context.theme.type == "dark"


def draw(drawing: Drawing) -> None:
    """A figure with its name, what to look for, and a sentence for each thing that is no number.

    A camera in its corner saves the picture; its numbers are to be had as CSV.
    """
    if drawing.figure is None:
        st.markdown(f"**{drawing.title}**  \n{drawing.look}")
        return
    image = {"format": heading(drawing), "filename": drawing.name, "scale": 2}
    config = {
        "toImageButtonOptions": image,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "displayModeBar": True,
    }
    if presented():
        drawing.figure.update_layout(LARGE)
    st.plotly_chart(drawing.figure, key=f"figure.{drawing.name}", config=config, theme="streamlit")
    say_notes(drawing)


def heading(drawing: Drawing) -> str:
    """Its name, what to look for, its numbers as CSV; and, chosen here, how its camera saves: "svg" or "png"."""
    name, data = drawing.name, drawing.data
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{drawing.title}**  \n:small[:gray[{drawing.look}]]", width="stretch")
        save = st.session_state.get("save", "SVG")
        st.session_state[f"save.{name}"] = save
        st.segmented_control(
            _("What the camera in the figure's corner saves"), ["SVG", "PNG"], key=f"save.{name}",
            on_change=_save_as, args=(name,), label_visibility="collapsed", width="content",
        )  # fmt: skip
        st.download_button(
            "CSV", data=lambda: data.to_csv(index=False).encode(), file_name=f"{name}.csv", mime="text/csv",
            icon=":material/download:", help=_("The figure's numbers"), key=f"csv.{name}", on_click="ignore",
        )  # fmt: skip
    return save.lower()


def say_notes(drawing: Drawing) -> None:
    for note in drawing.notes:
        st.markdown(f":small[:material/info: {note}]")  # a caption is too pale to read


def _save_as(name: str) -> None:
    st.session_state.save = st.session_state[f"save.{name}"] or "SVG"
