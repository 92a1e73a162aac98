"""A training in progress, pulled by whoever watches it: ask for the next slice of work, get back what happened.

    run = Run(Experiment.from_task("adding", "gru"))
    for report in run:
        print(report.stop, report.losses.mean())

Everything is decided by the Experiment and the changes of the learning rate, so a Run can go back: from the nearest
kept moment it makes the same updates again.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

import numpy as np

from rnn_core.experiment import EXAM_PART, TRAINING, Experiment, Whole, load_task
from rnn_core.invalid import Invalid
from rnn_core.model import Model, ModelTrace, backward, draw, forward
from rnn_core.params import Params
from rnn_core.training.engine import Engine, Update, choose, make, views
from rnn_core.training.optimizers import rate
from rnn_core.training.processor import training_mode
from rnn_core.training.saved import save
from rnn_core.training.source import Source
from rnn_core.training.weights import cast, fitting, pack, read_header, unpack

EXAM_EVERY = 50  # updates between two looks at the held-out set
MOMENTS, MOMENT_BYTES = 64, 1 << 26  # kept at most

STATES = RUNNING, PAUSED, SOLVED, SPENT, DIVERGED = "running", "paused", "solved", "spent", "diverged"


class Exam(NamedTuple):
    """What the held-out set gave after `update` updates."""

    update: int
    score: float


@dataclass
class History:
    """By update: mean loss, the gradient's norm before and after clipping. Exams; and the learning rates, each with
    the update it holds from."""

    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    clipped: list[float] = field(default_factory=list)
    exams: list[Exam] = field(default_factory=list)
    rates: list[tuple[int, float]] = field(default_factory=list)

    def rows(self, model: int) -> list[dict[str, float]]:
        """A row for each update, as a table wants it; `score` where there was an exam after it; `lr` as it was set,
        before its schedule."""
        scores, starts = dict(self.exams), [at for at, _ in self.rates]
        each = enumerate(zip(self.losses, self.norms, self.clipped, strict=True), 1)
        return [
            {
                "model": model,
                "update": at,
                "loss": loss,
                "norm": norm,
                "clipped": after,
                "lr": self.rates[bisect_left(starts, at) - 1][1],
                "score": scores.get(at, math.nan),
            }
            for at, (loss, norm, after) in each
        ]


PAIRS = {"exams": (2,), "rates": (2,)}  # what of the History are pairs of numbers


class Report(NamedTuple):
    """What happened in updates start … stop−1; arrays (stop−start,).

    Where the Run diverges at once, the update before may be taken back: then stop is start−1.
    """

    start: int
    stop: int
    losses: np.ndarray
    norms: np.ndarray
    clipped: np.ndarray
    exams: tuple[Exam, ...]
    seconds: float
    state: str


class Run:
    """One Experiment's training.

    state      "running"; "paused"; "solved", "spent" (the budget) and "diverged" (loss or gradient no longer finite):
               in all but the first, asking for work does none. `resume` goes on, also after "solved" and "diverged"
    made       updates made; `history` of all of them
    solved_at, diverged_at   the update of the first exam that met the goal, of the last divergence, or None
    choice     engine, device, and why

    own: the text of a person's own data. start: weights to begin with in place of drawn ones, by the architecture's
    names.
    Raises Invalid for a device this machine lacks, and where data or weights do not fit.
    """

    def __init__(
        self, experiment: Experiment, device: str = "auto", own: str | None = None, start: Params | None = None
    ):
        if not experiment.task:
            raise Invalid("no-task", "task", experiment.task)
        self.experiment, self.own = experiment, own
        self.task = load_task(experiment, own)
        self.architecture = experiment.architecture(self.task)
        self.choice = choose(experiment, self.task, device)
        self.first = draw(self.architecture, experiment).params
        if start is not None:
            self.first = fitting(start, self.architecture, experiment.dtype)
        self.source = Source(experiment, self.task)
        self.exam_set = self.source.cast(self.task.exam(experiment.length))
        self.probe_set = self.exam_set.one(self.exam_set.telling)
        self.lr = experiment.lr
        self.rewind()

    # ---- Working

    def advance(self, seconds: float) -> Report:
        """Updates for about so long, at least one."""
        start, end = self.made, perf_counter() + seconds
        return self._work(lambda: self.made > start and perf_counter() >= end)

    def take(self, updates: int) -> Report:
        """So many updates, fewer where the Run ends on the way."""
        end = self.made + updates
        return self._work(lambda: self.made >= end)

    def single(self) -> Report:
        """One update, also where the Run is paused."""
        if self.state != PAUSED:
            return self.take(1)
        self.state = RUNNING
        report = self.take(1)
        if self.state == RUNNING:
            self.state = PAUSED
        return report._replace(state=self.state)

    def __iter__(self) -> Iterator[Report]:
        """From exam to exam until the Run stops."""
        while self.state == RUNNING:
            yield self.take(EXAM_EVERY - self.made % EXAM_EVERY)

    def pause(self) -> None:
        """No more work until `resume`."""
        if self.state == RUNNING:
            self.state = PAUSED

    def resume(self) -> None:
        """Work again, unless the budget is spent."""
        self.state = RUNNING if self.made < self.experiment.budget else SPENT

    def set_lr(self, lr: float) -> None:
        """Another learning rate from the next update on, its schedule included. Raises Invalid as Experiment does."""
        TRAINING["lr"].check("lr", lr)
        self.lr = float(lr)
        self.history.rates.append((self.made, self.lr))

    def rewind(self) -> None:
        """Back to the same first weights; the learning rate stays as it was last set."""
        self.engine = self._engine()
        self.made, self.state = 0, RUNNING
        self.diverged_at: int | None = None
        self.history = History(rates=[(0, self.lr)])
        self.moments = {0: self.engine.snapshot()}
        self.interval = 1

    # ---- Looking

    def since(self, start: int, seconds: float) -> Report:
        """What has happened since so many updates were made, in so long a time."""
        history, new = self.history, slice(start, self.made)
        return Report(
            start=start,
            stop=self.made,
            losses=np.array(history.losses[new]),
            norms=np.array(history.norms[new]),
            clipped=np.array(history.clipped[new]),
            exams=tuple(history.exams[bisect_right(history.exams, start, key=lambda exam: exam.update) :]),
            seconds=seconds,
            state=self.state,
        )

    @property
    def solved_at(self) -> int | None:
        """The update of the first exam that met the goal."""
        met = (at for at, score in self.history.exams if self.task.metric.met(score, self.task.goal))
        return next(met, None)

    def model(self, update: int | None = None) -> Model:
        """The network after so many updates, 0 … made; now, where None."""
        at = self.made if update is None else update
        Whole(0, self.made).check("update", at)
        snapshot = self.engine.snapshot() if at == self.made else self._again(at)
        return Model(self.architecture, views(snapshot["weights"], self.architecture))

    def probe(self, update: int | None = None) -> ModelTrace:
        """The probe sequence's trace with all gradients, at that moment. Its loss is the sum over what is asked."""
        model = self.model(update)
        return backward(model, forward(model, self.probe_set))

    def baseline(self) -> tuple[str, float] | None:
        """What a guess without memory is, and its loss."""
        return self.task.baseline(self.experiment.length) if self.task.baseline else None

    # ---- Keeping

    def weights(self, update: int | None = None) -> bytes:
        """The network after so many updates, or now, as a safetensors file that names its Experiment."""
        return save(self.experiment, self.model(update).params)

    def checkpoint(self) -> bytes:
        """All that is needed to go on from here, or back to an earlier moment; see `restore`."""
        moments = [*self.moments.values(), self.engine.snapshot()]
        arrays = {f"moments.{name}": np.array([moment[name] for moment in moments]) for name in moments[0]}
        for name, values in vars(self.history).items():
            arrays[f"history.{name}"] = np.array(values, float).reshape(len(values), *PAIRS.get(name, ()))
        note = {name: getattr(self, name) for name in ("state", "interval", "diverged_at")}
        note["experiment"] = self.experiment.settings()
        as_floats = {name: a if a.dtype.kind == "f" else a.astype(float) for name, a in arrays.items()}
        return pack(as_floats, {"run": json.dumps(note)})

    @classmethod
    def restore(cls, data: bytes, device: str = "auto", own: str | None = None) -> Run:
        """The Run of a checkpoint, where it was left. Raises Invalid where it is not such as a Run writes."""
        header = read_header(data)
        try:
            note = json.loads(header.pop("__metadata__")["run"])
            sizes = {name: entry["shape"][0] for name, entry in header.items()}
            run = cls(Experiment(**note["experiment"]), device, own)
            now = run.engine.snapshot()
            shapes = {
                **{f"history.{name}": PAIRS.get(name, ()) for name in vars(run.history)},
                **{f"moments.{name}": value.shape for name, value in now.items()},
            }
            arrays, _ = unpack(data, {name: (sizes[name], *shape) for name, shape in shapes.items()})
            run._fill(note, arrays)
        except Invalid:
            raise
        except (LookupError, TypeError, ValueError, RecursionError):
            raise Invalid("not-a-checkpoint", "checkpoint") from None
        return run

    def _fill(self, note: dict, arrays: dict[str, np.ndarray]) -> None:
        """Be the Run that a checkpoint tells of. Raises ValueError or TypeError where there can be none."""
        history = {name: arrays[f"history.{name}"] for name in vars(self.history)}
        made, budget = len(history["losses"]), self.experiment.budget
        moments = [*range(0, made + 1, note["interval"]), made]
        times = np.append(history["exams"][:, 0], history["rates"][:, 0])
        fine = (
            note["state"] in STATES
            and (made < budget or (made == budget and note["state"] in (SOLVED, SPENT)))
            and (note["diverged_at"] is None or note["diverged_at"] in range(budget + 1))
            and arrays["moments.made"].tolist() == moments
            and history["rates"][:1, 0].tolist() == [0]
            and np.isin(times, np.arange(made + 1)).all()
        )
        if not fine:
            raise ValueError
        for lr in history["rates"][:, 1].tolist():
            TRAINING["lr"].check("lr", lr)
        now = self.engine.snapshot()
        snapshots = [
            {name: cast(arrays[f"moments.{name}"][k], value.dtype) for name, value in now.items()}
            for k in range(len(moments))
        ]
        self.engine.restore(snapshots[-1])
        self.moments = dict(zip(moments[:-1], snapshots[:-1], strict=True))
        self.first = views(self.moments[0]["weights"], self.architecture)
        self.made, self.state = made, note["state"]
        self.interval, self.diverged_at = note["interval"], note["diverged_at"]
        for name in ("losses", "norms", "clipped"):
            setattr(self.history, name, history[name].tolist())
        self.history.exams = [Exam(int(at), score) for at, score in history["exams"].tolist()]
        self.history.rates = [(int(at), lr) for at, lr in history["rates"].tolist()]
        self.lr = self.history.rates[-1][1]

    # ---- One update, and what goes with it

    def _engine(self) -> Engine:
        return make(self.choice, self.architecture, self.first, self.experiment)

    def _work(self, done: Callable[[], bool]) -> Report:
        start, began = self.made, perf_counter()
        if self.state == RUNNING:
            with training_mode():
                while self.state == RUNNING and not done():
                    self._update()
        return self.since(start, perf_counter() - began)

    def _update(self) -> None:
        result = self._step(self.engine, self.source, self.made)
        if not result.finite:
            return self._diverge(back=not math.isfinite(result.loss))
        self.history.losses.append(result.loss)
        self.history.norms.append(result.norm)
        self.history.clipped.append(result.clipped)
        self.made += 1
        if self.made % self.interval == 0:
            self._keep()
        if self.made % EXAM_EVERY == 0 or self.made == self.experiment.budget:
            self._examine()
        if self.made == self.experiment.budget and self.state != SOLVED:
            self.state = SPENT

    def _step(self, engine: Engine, source: Source, update: int) -> Update:
        batch = source.batch(update)
        base = next(lr for at, lr in reversed(self.history.rates) if at <= update)
        lr = base * rate(self.experiment.schedule, update, self.experiment.budget)
        return engine.update(batch, lr, source.dropout(update, batch))

    def _keep(self) -> None:
        """Keep this moment; where there are too many, every second one goes and the next are kept half as often."""
        moment = self.engine.snapshot()
        self.moments[self.made] = moment
        most = min(MOMENTS, max(2, MOMENT_BYTES // sum(value.nbytes for value in moment.values())))
        if len(self.moments) > most:
            self.interval *= 2
            self.moments = {at: kept for at, kept in self.moments.items() if at % self.interval == 0}

    @np.errstate(over="ignore", invalid="ignore")
    def _examine(self) -> None:
        exam, size = self.exam_set, max(EXAM_PART, self.experiment.batch)
        parts = [exam.part(at, at + size) for at in range(0, exam.x.shape[1], size)]
        guess = np.concatenate([self.engine.guess(part) for part in parts], axis=1)
        score = self.task.metric.score(guess, exam)
        if not (math.isfinite(score) and np.isfinite(guess).all()):
            return self._diverge(back=True)
        if self.task.metric.met(score, self.task.goal) and self.solved_at is None:
            self.state = SOLVED
        self.history.exams.append(Exam(self.made, score))

    def _diverge(self, back: bool) -> None:
        """Stop, with the last weights that were good; `back`: where these are not, take the last update back."""
        self.diverged_at, self.state = self.made, DIVERGED
        if not back or not self.made:
            return
        self.made -= 1
        history, self.moments = self.history, {at: kept for at, kept in self.moments.items() if at <= self.made}
        self.engine.restore(self._again(self.made))
        for values in (history.losses, history.norms, history.clipped):
            values.pop()
        history.exams = [exam for exam in history.exams if exam.update <= self.made]
        history.rates = [(min(at, self.made), lr) for at, lr in history.rates]

    def _again(self, update: int) -> dict[str, np.ndarray]:
        """The engine's state after so many updates: the same updates, from the nearest moment kept before."""
        near = max(at for at in self.moments if at <= update)
        engine, source = self._engine(), Source(self.experiment, self.task)
        engine.restore(self.moments[near])
        with training_mode():
            for number in range(near, update):
                self._step(engine, source, number)
        return engine.snapshot()
