"""The words of the picture of a training. Places in {braces} are filled in the browser."""

from __future__ import annotations

from typing import Any

from pages.figures.units import MEANINGS
from pages.ui.language import _


def live_words() -> dict[str, Any]:
    """By the name the component knows them under."""
    return {
        "loss": _("loss"),
        "update": _("update"),
        "updatesASecond": _("{n} updates a second"),
        "baseline": _("baseline: {name}"),
        "goal": _("goal"),
        "score": _("score"),
        "rate": _("learning rate"),
        "heldOut": _("held-out set"),
        "logScale": _("log scale"),
        "scoreIs": _("score: {name}"),
        "lossNote": _("of the last update alone"),
        "meanOf": _("mean of updates {from} … {to}"),
        "spread": _("spread"),
        "spreadNote": _(
            "A point of the curve may be the mean of several values: the light band goes from the least to the largest."
        ),
        "states": {
            "running": _("learning"),
            "paused": _("paused"),
            "solved": _("solved"),
            "spent": _("all updates made"),
            "diverged": _("exploded"),
        },
        "before": _("before the rewind"),
        "norm": _("gradient norm"),
        "beforeClipping": _("before clipping"),
        "afterClipping": _("after clipping"),
        "solved": _("{model} solved it after {update} updates."),
        "spent": _("{model} has not solved it within its budget: {update} updates made."),
        "diverged": _("{model} exploded at update {update}: loss or gradient left the range of numbers."),
        "probe": _("One sequence of the held-out set"),
        "reads": _("reads"),
        "target": _("target"),
        "guess": _("guess"),
        "answers": _("Its answers"),
        "chance": _("probability of what is right"),
        "wrong": _("wrong guess"),
        "notAsked": _("nothing is asked here"),
        "maps": _("States and gates"),
        "allUnits": _("{n} units, one under another"),
        "someUnits": _("the first {n} of {of} units, one under another"),
        "timeStep": _("time step t"),
        "unit": _("unit"),
        "flow": _("‖∂L/∂s_t‖ on this sequence"),
        "weights": _("How the weights are distributed"),
        "embedding": _("embedding"),
        "meanings": {name: _(meaning) for name, meaning in MEANINGS.items()},
        "matrices": {
            "ih": _("from what is read to the cell"),
            "hh": _("from h of the step before to the cell"),
            "hy": _("from h to the answer"),
            "embedding": _("the numbers that stand for each token"),
        },
        "count": _("{n} weights between {low} and {high}"),
        "shownModel": _("Model shown"),
        "moment": _("Update looked at"),
        "now": _("now"),
        "open": _("Open this moment in"),
        "unroll": _("Unroll"),
        "gates": _("Gates"),
        "gradients": _("Gradients"),
        "lost": _("The connection is lost; it is being restored."),
        "empty": _("Press Start, and watch it learn."),
    }
