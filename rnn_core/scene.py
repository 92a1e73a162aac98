"""Scene: an Experiment, what was changed in it and where one looks at it; and the link that carries a Scene.

A link is written exactly and read leniently: unknown keys are ignored, bad values clamped or dropped, and each such
repair is reported as an `Invalid` for the page to put into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from rnn_core.architecture import Architecture
from rnn_core.changes import Change, Changes, canonical, check, from_text
from rnn_core.descent import Descend
from rnn_core.edits import Edit
from rnn_core.experiment import FIELDS, LINK, SHAPE, Choice, Experiment, Whole
from rnn_core.inside import backward_nodes, forward_nodes
from rnn_core.invalid import Invalid
from rnn_core.levels import FIRST, Level, level_from, levels
from rnn_core.link import lenient, written
from rnn_core.model import sizes
from rnn_core.readers import TARGETS

PHASES = ("forward", "loss", "backward", "update")
CURSOR = ("phase", "step", "unit", "node")  # of a link: where one looks; the rest is what is computed
VERSION = "1"
NAMED = 4  # changes in a link that cannot be used: so many are named, the rest are counted
# What stands in the field when the learner picks a kind of input; a sine needs no text.
SAMPLES = {"text": "banana", "bits": "10110100", "numbers": "3, -1, 4, 1, -5, 9", "sine": ""}


class Cursor(NamedTuple):
    """Where one looks: phase, one of PHASES; step, 0 … T; unit and node: the box that is open inside the step, "" where
    it is closed; level: of a deeper network."""

    phase: str = "forward"
    step: int = 0
    unit: int = 0
    node: str = ""
    level: Level = FIRST


@dataclass(frozen=True)
class Scene:
    """experiment; phase, one of PHASES; step, the time step looked at: 0 (before the first) … T; changes, if any;
    unit, 0 … H−1, and node, by its name in `inside`: the box that is open inside the step, "" where it is closed;
    level, the layer and direction that is looked at, and whose time `step` counts.

    Raises Invalid where these do not fit the experiment.
    """

    experiment: Experiment = field(default_factory=lambda: Experiment.from_preset("hello"))
    phase: str = "forward"
    step: int = 3
    changes: Changes = ()
    unit: int = 0
    node: str = ""
    level: Level = FIRST

    def __post_init__(self) -> None:
        Choice(PHASES).check("phase", self.phase)
        Whole(0, self.steps).check("step", self.step)
        Whole(0, self.experiment.hidden - 1).check("unit", self.unit)
        nodes(self.experiment.cell).check("node", self.node)
        if self.level not in levels(sizes(self.experiment)):
            raise Invalid("range", "layer", self.level.layer + 1, (1, self.experiment.layers))
        object.__setattr__(self, "changes", canonical(self.changes))
        check(self.experiment, self.changes)

    @property
    def steps(self) -> int:
        """T, the number of time steps."""
        return len(self.experiment.reading().tokens)

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.phase, self.step, self.unit, self.node, self.level)


def nodes(cell: str) -> Choice:
    """What can be open inside a step."""
    return Choice(("", *(node.name for of in (forward_nodes, backward_nodes) for node in of(cell))))


def to_query(scene: Scene) -> dict[str, str]:
    """The link of a Scene, as query parameters; under 2 KB when encoded, for every valid Scene.

    Changes that make it longer stay out of it; `left_out` says so.
    """
    return _query(scene, () if left_out(scene) else scene.changes)


def left_out(scene: Scene) -> Invalid | None:
    """What to tell the learner where the changes no longer fit into the link; None where the link says everything."""
    if scene.changes and len(urlencode(_query(scene, scene.changes))) > LINK:
        return Invalid("changes-too-long", "changes", len(scene.changes))
    return None


def _query(scene: Scene, changes: Changes) -> dict[str, str]:
    settings = {name: written(value) for name, value in scene.experiment.settings().items()}
    history = {"changes": " ".join(map(str, changes))} if changes else {}
    cursor = {**scene.level.to_query(), "phase": scene.phase, "step": str(scene.step)}
    if scene.node:
        cursor |= {"unit": str(scene.unit), "node": scene.node}
    return {"v": VERSION, **settings, **history, **cursor}


def from_query(query: Mapping[str, str]) -> tuple[Scene, list[Invalid]]:
    """Read a link, whatever it holds: a Scene, and what had to be mended to get it."""
    notices: list[Invalid] = []
    given: dict[str, Any] = {}
    for name, rule in FIELDS.items():
        if name in query:
            given[name] = lenient(name, rule, query[name], notices)
    given = {name: value for name, value in given.items() if value is not None}
    experiment = _experiment(given, notices) if given else Scene().experiment

    changes = _changes(query.get("changes", ""), experiment, notices)
    steps = Scene(experiment, step=0).steps
    cursor = cursor_from(query, sizes(experiment), steps, notices)
    return Scene(experiment, changes=changes, **cursor._asdict()), notices


def cursor_from(
    query: Mapping[str, str], network: Architecture, steps: int, notices: list[Invalid], phases: Sequence[str] = PHASES
) -> Cursor:
    """Where a link looks, of a network that reads so many steps."""
    usual = (steps + 1) // 2
    phase = lenient("phase", Choice(tuple(phases)), query.get("phase", "forward"), notices) or "forward"
    step = lenient("step", Whole(0, steps), query.get("step", str(usual)), notices)
    node = lenient("node", nodes(network.cell), query.get("node", ""), notices) or ""
    unit = lenient("unit", Whole(0, network.hidden - 1), query.get("unit", "0"), notices) or 0
    return Cursor(
        phase, usual if step is None else step, unit if node else 0, node, level_from(query, network, notices)
    )


def _changes(text: str, experiment: Experiment, notices: list[Invalid]) -> Changes:
    """The changes that can be read, fit and are not too much work; each other is noted, and many are counted."""
    if len(text) > LINK:
        notices.append(Invalid("ignored", "changes", text))
        return ()
    good: list[Change] = []
    bad: list[Invalid] = []
    for word in text.split():
        try:
            change = from_text(word)
            check(experiment, [*(one for one in good if isinstance(one, Descend)), change])
            good.append(change)
        except ValueError as problem:
            if isinstance(problem, Invalid) and problem.code == "too-many-steps":
                bad.append(problem)
            else:
                bad.append(Invalid("ignored", "changes", word))
    notices += bad[:NAMED]
    if bad[NAMED:]:
        notices.append(Invalid("changes-dropped", "changes", len(bad[NAMED:])))
    return canonical(good)


def _experiment(given: dict[str, Any], notices: list[Invalid]) -> Experiment:
    """Build the Experiment, giving up one setting at a time where they contradict each other."""
    if given.get("preset"):
        experiment = Experiment.from_preset(given["preset"])
        for name in SHAPE:
            own = getattr(experiment, name)
            if given.get(name, own) != own:
                notices.append(Invalid("preset", name, given[name], own))
        try:
            experiment, notice = changed(experiment, "text", given.get("text", experiment.text))
        except Invalid as problem:
            notice = problem
        notices += [notice] if notice else []
        return experiment
    kind = given.get("kind", "text")
    given = {"kind": kind, "text": SAMPLES[kind], "target": TARGETS[kind][0], **given}
    usual = Experiment(kind=kind, text=SAMPLES[kind], target=TARGETS[kind][0])
    while True:
        try:
            return Experiment(**given)
        except Invalid as problem:
            notices.append(problem)
            given[problem.field] = getattr(usual, problem.field)


def changed(experiment: Experiment, field: str, value: Any) -> tuple[Experiment, Invalid | None]:
    """The Experiment after the learner changes one setting, and what is worth saying about it.

    Other settings give way where they must: another kind of input brings its own sample and question; another cell,
    or a letter that weights set by hand do not know, brings random weights. Raises Invalid where the value itself
    cannot be used.
    """
    if field == "preset" and value:
        return Experiment.from_preset(value), None
    if field == "kind" and value in SAMPLES and value != experiment.kind:
        return replace(experiment, preset="", kind=value, text=SAMPLES[value], target=TARGETS[value][0]), None
    if field == "cell" and value != "lstm":
        experiment = replace(experiment, forget_bias=None) if experiment.forget_bias is not None else experiment
    try:
        return replace(experiment, **{field: value}), None
    except Invalid as problem:
        if problem.code == "preset":
            return replace(experiment, preset="", **{field: value}), None
        if problem.code == "alphabet":
            return replace(experiment, preset="", **{field: value}), problem
        raise


def kept(changes: Changes, before: Experiment, after: Experiment) -> tuple[Changes, list[Invalid]]:
    """The changes that outlive a changed setting, and what to tell the learner of the others.

    Updates go: their gradient was that of one network reading one sequence. Edits stay while the network's shape, the
    kind of input and the preset do, since other numbers of units put other gates in a row. Where the text has
    other letters, what belongs to a letter goes with it: to its new column or row, or away.
    """
    if before == after:
        return changes, []
    edits = [change for change in changes if isinstance(change, Edit)]
    lasting: list[Edit] = []
    if all(getattr(before, name) == getattr(after, name) for name in (*SHAPE, "preset") if name != "target"):
        old, new = before.reading().symbols, after.reading().symbols
        # Where letters are counted.
        axes = {"weight_ih": 1, "weight_ih_reverse": 1, "weight_hy": 0, "bias_hy": 0} if old else {}
        for edit in edits:
            axis = axes.get(edit.name)
            if axis is None:
                lasting.append(edit)
            elif old[edit.at[axis]] in new:
                at = (*edit.at[:axis], new.index(old[edit.at[axis]]), *edit.at[axis + 1 :])
                lasting.append(replace(edit, at=at))
    notices = [Invalid("updates-dropped", "changes")] if len(edits) < len(changes) else []
    if len(lasting) < len(edits):
        notices.append(Invalid("changes-dropped", "changes", len(edits) - len(lasting)))
    return canonical(lasting), notices
