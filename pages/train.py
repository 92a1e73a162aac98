"""Train: choose a task and one to four models, and watch them learn."""

from pages.ui.lesson import lesson
from pages.ui.live import live
from pages.ui.plan import current_plan
from pages.ui.plan_controls import plan_controls

plan = current_plan()
lesson("train", "intro")
plan_controls(plan)
live(plan)
lesson("train", plan.first.task)
lesson("train", "look")
