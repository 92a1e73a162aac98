"""A learner's own data: named by their SHA-256, and kept for this visit alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from pages.ui.language import _
from rnn_core import tasks
from rnn_core.experiment import OWN, OWN_KEPT, Experiment, fingerprint, own_task
from rnn_core.invalid import Invalid
from rnn_core.own_data import Series
from rnn_core.tasks import Task


class Own(NamedTuple):
    """The text that the task reads, what the learner calls it, and of a table's column what it was made from."""

    task: str
    text: str
    called: str
    series: Series | None = None


def given(name: str) -> str | None:
    """The text of that name, where it was given in this visit."""
    return next((own.text for (_task, each), own in kept().items() if each == name), None)


def kept() -> dict[tuple[str, str], Own]:
    """By task and name."""
    return st.session_state.setdefault("own", {})


def own_names(experiment: Experiment) -> dict[str, str]:
    """What there is besides the data that come with the task: names, and what the learner knows them by."""
    here = {name: own.called or _("your own") for (task, name), own in kept().items() if task == experiment.task}
    return {**{problem.value: _("not here") for problem in missing(experiment)}, **here}


def missing(experiment: Experiment) -> list[Invalid]:
    """Says so, where the data are somebody's own and were not given in this visit."""
    lacks = experiment.data.startswith(OWN) and (experiment.task, experiment.data) not in kept()
    return [Invalid("data-missing", "data", experiment.data)] if lacks else []


def recall(experiment: Experiment, own: str | None) -> None:
    """The data of a training that goes on are here again after the page was loaded anew."""
    if own is not None and missing(experiment):
        values = None if tasks.load(experiment.task).tokens else np.array([float(line) for line in own.split("\n")])
        keep(Own(experiment.task, own, "", None if values is None else Series(values)))


def task_of(experiment: Experiment) -> Task:
    """The task on its data; where they are not here, as it is on its usual ones."""
    task, own = tasks.load(experiment.task), kept().get((experiment.task, experiment.data))
    if own:
        return own_task(own.task, own.text)
    return task.variant(experiment.data) if task.variant and experiment.data in task.data else task


def keep(own: Own) -> str:
    """Its name from now on. Of many that were given the last are kept."""
    here, name = kept(), fingerprint(own.text)
    here.pop((own.task, name), None)
    here[own.task, name] = own
    for old in [*here][:-OWN_KEPT]:
        del here[old]
    return name
