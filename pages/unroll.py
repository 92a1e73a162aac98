"""Unroll: a network reads a sequence, forwards and backwards through time, with every number in view."""

from pages.ui.controls import controls
from pages.ui.lesson import lesson
from pages.ui.session import current_scene
from pages.ui.stepper import current_stepper

scene, _ = current_scene()
lesson("unroll", "intro")
controls()
current_stepper()
if scene.experiment.preset:
    lesson("presets", scene.experiment.preset)
lesson("unroll", "look")
lesson("unroll", "try")
