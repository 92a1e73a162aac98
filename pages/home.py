"""Home: what the lab is, a small network reading a word, and the way in."""

import streamlit as st

from pages.ui.language import _
from pages.ui.lesson import lesson
from pages.ui.stepper import stepper
from rnn_core.experiment import Experiment
from rnn_core.scene import Scene

lesson("home", "intro")
stepper(Scene(Experiment.from_preset("hello"), step=1), compact=True)
lesson("home", "lab")
ROOMS = (
    ("unroll", _("Unroll: walk through it, step by step"), ":material/view_column:"),
    ("gates", _("Gates: watch a memory being written, kept and shown"), ":material/tune:"),
    ("gradients", _("Gradients: watch one die on its way back, and cure it"), ":material/trending_down:"),
    ("train", _("Train: start a network and watch it learn"), ":material/model_training:"),
)
for page, label, icon in ROOMS:
    with st.container(border=True):
        st.page_link(f"{page}.py", label=label, icon=icon)
        lesson("home", page)
