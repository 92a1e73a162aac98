"""Changes: what a learner did to a network, in order: weights set by hand, and updates down the gradient.

traced(experiment, changes) = the Experiment's network, changed so, reading its sequence
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnn_core import edits
from rnn_core.batch import Batch
from rnn_core.descent import Descend, descend
from rnn_core.edits import Edit, Place
from rnn_core.experiment import DESCENT_STEPS, DESCENT_TIMES, Experiment
from rnn_core.invalid import Invalid
from rnn_core.model import Model, ModelTrace, backward, build, forward, sizes
from rnn_core.params import Params
from rnn_core.readers import Reading
from rnn_core.unroll import freeze

Change = Edit | Descend
Changes = tuple[Change, ...]  # as `canonical` orders them, so that equal histories are equal values


def from_text(text: str) -> Change:
    """What `str` wrote. Raises ValueError where it is no change."""
    return (Descend if text.startswith("lr_") else Edit).from_text(text)


def canonical(changes: Iterable[Change]) -> Changes:
    """The same history in its one form.

    Between two Descends, edits in order of name and place, and of several at one place the last. Descends that follow
    each other at one learning rate become one, as far as DESCENT_TIMES allows.
    """
    done: list[Change] = []
    edited: dict[tuple[str, Place], Edit] = {}  # since the last Descend
    for change in changes:
        if isinstance(change, Edit):
            edited[change.place] = change
            continue
        done += sorted(edited.values())
        edited.clear()
        last = done[-1] if done else None
        if isinstance(last, Descend) and last.lr == change.lr and last.times + change.times <= DESCENT_TIMES:
            done.pop()
            change = Descend(last.lr, last.times + change.times)
        done.append(change)
    return (*done, *sorted(edited.values()))


def check(experiment: Experiment, changes: Iterable[Change]) -> None:
    """Raises Invalid where the network has no place for an edit, or all updates together are too much work."""
    net, T = sizes(experiment), len(experiment.reading().x)
    updates = 0
    for change in changes:
        if isinstance(change, Edit):
            edits.check(net, change)
        else:
            updates += change.times
    if updates * T > DESCENT_STEPS:
        raise Invalid("too-many-steps", "changes", updates, DESCENT_STEPS // T)


@dataclass(frozen=True, eq=False)
class Replay:
    """Where a history of changes led. All arrays are read-only.

    model   the network after all of them
    state   where it starts, as `unroll` wants it: (1, H) by name
    losses  (updates + 1,): L, the sum over the sequence, before the first update and after each; empty without one.
            Edits in between make it jump; updates that an explosion cut off are not there
    last    (2,): L right before the last update and after it; empty without one
    change  by name, like the parameters: what all Descends together added to each; None without one
    """

    model: Model
    state: dict[str, np.ndarray]
    losses: np.ndarray
    last: np.ndarray
    change: Params | None


def replay(model: Model, reading: Batch, changes: Iterable[Change]) -> Replay:
    """Change the network by one after another. The given model stays as it is.

    Raises Invalid where the network has no place for an edit, or one Descend is too much work.
    """
    model, state = edits.apply(model, ())
    losses: list[float] = []
    last = np.empty(0)
    change: Params | None = None
    for each in changes:
        if isinstance(each, Edit):
            model, state = edits.apply(model, [each], state)
        else:
            before, descent = model.params, descend(model, reading, each, state)
            model = descent.model
            losses += descent.losses[1 if losses else 0 :].tolist()
            last = descent.losses[[max(len(descent.losses) - 2, 0), -1]]  # an explosion may leave one alone
            with np.errstate(over="ignore", invalid="ignore"):  # after an explosion
                added = {name: value - before[name] for name, value in model.params.items()}
                change = {name: change[name] + value for name, value in added.items()} if change else added
    done = Replay(model, state, np.array(losses), last, change)
    freeze(done.losses, done.last, change or {})
    return done


def traced(experiment: Experiment, changes: Iterable[Change] = ()) -> tuple[Replay, Reading, ModelTrace]:
    """Everything an Experiment gives: its network after these changes, its sequence, and the full trace of the one
    reading the other, with gradients.

    Raises Invalid as `replay` does.
    """
    reading = experiment.reading()
    done = replay(build(experiment), reading, changes)
    with np.errstate(over="ignore", invalid="ignore"):  # infinities are shown to the learner, not warned about
        return done, reading, backward(done.model, forward(done.model, reading, done.state))
