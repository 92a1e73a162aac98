"""Unroll: a network reads a sequence, forwards and backwards through time, with every number in view."""

import streamlit as st

from pages.ui.controls import controls
from pages.ui.exam import draw_exam
from pages.ui.lesson import lesson
from pages.ui.session import current_scene
from pages.ui.stepper import current_stepper

scene, visit = current_scene()
if exam := st.session_state.exam:
    draw_exam(exam, visit)
else:
    lesson("unroll", "intro")
    controls()
    current_stepper()
    if scene.experiment.preset:
        lesson("presets", scene.experiment.preset)
    lesson("unroll", "look")
lesson("unroll", "try")
