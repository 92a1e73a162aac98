"""What tells the models of a training apart, in the words of the menus."""

from __future__ import annotations

import re
from typing import Any

from pages.ui.language import _
from pages.ui.words import CELLS, INITS, OPTIMIZERS, SCHEDULES
from rnn_core.cells import CELLS as RULES_OF_CELLS
from rnn_core.experiment import Experiment
from rnn_core.link import written
from rnn_core.training.plan import Plan
from rnn_core.words import FIELDS, N_

OPTIONS = {"init": INITS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
PHRASES = {  # in place of a setting's name and its value
    ("bidirectional", False): N_("one direction"),
    ("bidirectional", True): N_("both directions"),
    ("clip", None): N_("no clipping"),
    ("dropout", 0): N_("no dropout"),
    ("embedding", 0): N_("no embedding"),
    ("forget_bias", None): N_("forget bias as drawn"),
    ("grow", 0): N_("full length from the start"),
    ("weight_decay", 0): N_("no weight decay"),
}


def model_names(plan: Plan) -> list[str]:
    """Their cells; where some are the same, also what else they differ in, but for learning rates: a table has them."""
    cells = [_(CELLS[each.cell]) for each in plan.experiments]
    if len({*cells}) == len(cells):
        return cells
    fields = [field for field in plan.differing if field not in ("cell", "lr")]
    return [
        " · ".join([cell, *(_said(field, getattr(each, field)) for field in fields if _has(each, field))])
        for cell, each in zip(cells, plan.experiments, strict=True)
    ]


def _has(experiment: Experiment, field: str) -> bool:
    """Is it a setting of this network at all?"""
    if field == "forget_bias":
        return "f" in RULES_OF_CELLS[experiment.cell].blocks
    return field != "dropout" or experiment.layers > 1


def _said(field: str, value: Any) -> str:
    if (field, value) in PHRASES:
        return _(PHRASES[field, value])
    said = _(OPTIONS[field][value]) if field in OPTIONS else written(value).replace("-", "−")
    template = _("clipping at {value}") if field == "clip" else _("{setting}: {value}")
    return template.format(setting=_called(field), value=said)


def _called(field: str) -> str:
    """A setting's name without what it explains: "Forget bias (empty: as drawn)" is a forget bias."""
    return re.split("[(（:：]", _(FIELDS[field]))[0].strip()
