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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

import numpy as np

from rnn_core.experiment import EXAM_PART, TRAINING, Experiment, load_task
from rnn_core.invalid import Invalid
from rnn_core.model import Model, ModelTrace, backward, draw, forward
from rnn_core.params import Params
from rnn_core.training.engine import Engine, Update, choose, make, views
from rnn_core.training.optimizers import rate
from rnn_core.training.processor import training_mode
from rnn_core.training.source import Source
from rnn_core.training.weights import pack, read_header, save_weights, unpack

EXAM_EVERY = 50  # updates between two looks at the held-out set
MOMENTS, MOMENT_BYTES = 64, 1 << 26  # kept at most
PROBE_SECONDS = 0.1  # between two traces of the probe sequence

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


class Report(NamedTuple):
    """What happened in updates start … stop−1; arrays (stop−start,)."""

    start: int
    stop: int
    losses: np.ndarray
    norms: np.ndarray
    clipped: np.ndarray
    exams: tuple[Exam, ...]
    seconds: float
    state: str
    probe: ModelTrace | None = None


class Run:
    """One Experiment's training.

    state      "running"; "paused"; "solved", "spent" (the budget) and "diverged" (loss or gradient no longer finite):
               in all but the first, asking for work does none. `resume` goes on, also after "solved" and "diverged"
    made       updates made; `history` of all of them
    solved_at, diverged_at   the update, or None
    choice     engine, device, and why

    own: the text of a person's own data. start: weights to begin with in place of drawn ones.
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
        self.first = draw(self.architecture, experiment).params if start is None else start
        self.source = Source(experiment, self.task)
        self.exam_set = self.source.cast(self.task.exam(experiment.length))
        self.probe_set = self.exam_set.part(0, 1)
        self.lr = experiment.lr
        self.rewind()

    # ---- Working

    def advance(self, seconds: float, watch: bool = False) -> Report:
        """Updates for about so long, at least one; with `watch` also the probe's trace, ten times a second."""
        end = perf_counter() + seconds
        return self._work(lambda: perf_counter() >= end, watch)

    def take(self, updates: int, watch: bool = False) -> Report:
        """So many updates, fewer where the Run ends on the way; `watch` as in `advance`."""
        end = self.made + updates
        return self._work(lambda: self.made >= end, watch)

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
        self.solved_at: int | None = None
        self.diverged_at: int | None = None
        self.history = History(rates=[(0, self.lr)])
        self.moments = {0: self.engine.snapshot()}
        self.interval = 1
        self.probed = -math.inf

    # ---- Looking

    def model(self, update: int | None = None) -> Model:
        """The network after so many updates, 0 … made; now, where None."""
        at = self.made if update is None else update
        if not 0 <= at <= self.made:
            raise Invalid("range", "update", update, (0, self.made))
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

    def weights(self) -> bytes:
        """The network as it is now, as a safetensors file that names its Experiment."""
        return save_weights(self.model().params, {"experiment": json.dumps(self.experiment.settings())})

    def checkpoint(self) -> bytes:
        """All that is needed to go on from here, or back to an earlier moment; see `restore`."""
        moments = [*self.moments.values(), self.engine.snapshot()]
        history = {f"history.{name}": values for name, values in vars(self.history).items()}
        kept = {f"moments.{name}": [moment[name] for moment in moments] for name in moments[0]}
        note = {
            "experiment": self.experiment.settings(),
            **{name: getattr(self, name) for name in ("state", "lr", "interval", "solved_at", "diverged_at")},
        }
        arrays = {name: np.array(values) for name, values in {**history, **kept}.items()}
        as_floats = {name: a if a.dtype.kind == "f" else a.astype(float) for name, a in arrays.items()}
        return pack(as_floats, {"run": json.dumps(note)})

    @classmethod
    def restore(cls, data: bytes, device: str = "auto", own: str | None = None) -> Run:
        """The Run of a checkpoint, where it was left. Raises Invalid where the bytes are not a checkpoint."""
        header = read_header(data)
        try:
            note = json.loads(header["__metadata__"]["run"])
            run = cls(Experiment(**note["experiment"]), device, own)
            made, moments = header["history.losses"]["shape"][0], header["moments.made"]["shape"][0]
            exams, rates = header["history.exams"]["shape"][0], header["history.rates"]["shape"][0]
            fine = note["state"] in STATES and made <= run.experiment.budget and moments <= MOMENTS + 2
        except (KeyError, IndexError, TypeError, json.JSONDecodeError):
            raise Invalid("not-a-checkpoint", "checkpoint") from None
        if not fine:
            raise Invalid("not-a-checkpoint", "checkpoint")
        pairs = {"exams": (exams, 2) if exams else (0,), "rates": (rates, 2)}
        shapes = {f"history.{name}": pairs.get(name, (made,)) for name in vars(run.history)}
        now = run.engine.snapshot()
        shapes |= {f"moments.{name}": (moments, *value.shape) for name, value in now.items()}
        arrays, _ = unpack(data, shapes)

        snapshots = [
            {name: arrays[f"moments.{name}"][k].astype(value.dtype) for name, value in now.items()}
            for k in range(moments)
        ]
        run.engine.restore(snapshots[-1])
        run.made = int(snapshots[-1]["made"])
        run.moments = {int(snapshot["made"]): snapshot for snapshot in snapshots[:-1]}
        run.state, run.lr, run.interval = note["state"], float(note["lr"]), int(note["interval"])
        run.solved_at, run.diverged_at = note["solved_at"], note["diverged_at"]
        for name in ("losses", "norms", "clipped"):
            setattr(run.history, name, arrays[f"history.{name}"].tolist())
        run.history.exams = [Exam(int(at), float(score)) for at, score in arrays["history.exams"]]
        run.history.rates = [(int(at), float(lr)) for at, lr in arrays["history.rates"]]
        return run

    # ---- One update, and what goes with it

    def _engine(self) -> Engine:
        return make(self.choice, self.architecture, self.first, self.experiment)

    def _work(self, done: Callable[[], bool], watch: bool = False) -> Report:
        start, exams, began, probe = self.made, len(self.history.exams), perf_counter(), None
        if self.state == RUNNING:
            with training_mode():
                self._update()
                while self.state == RUNNING and not done():
                    self._update()
                if watch and perf_counter() - self.probed >= PROBE_SECONDS:
                    self.probed = perf_counter()
                    probe = self.probe()
        history, new = self.history, slice(start, self.made)
        return Report(
            start=start,
            stop=self.made,
            losses=np.array(history.losses[new]),
            norms=np.array(history.norms[new]),
            clipped=np.array(history.clipped[new]),
            exams=tuple(history.exams[exams:]),
            seconds=perf_counter() - began,
            state=self.state,
            probe=probe,
        )

    def _update(self) -> None:
        result = self._step(self.engine, self.source, self.made)
        if not result.finite:
            return self._diverge(result)
        self.history.losses.append(result.loss)
        self.history.norms.append(result.norm)
        self.history.clipped.append(result.clipped)
        self.made += 1
        if self.made % self.interval == 0:
            self._keep()
        if self.made % EXAM_EVERY == 0 or self.made == self.experiment.budget:
            self._examine()
        if self.made == self.experiment.budget and self.state == RUNNING:
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

    def _examine(self) -> None:
        exam, size = self.exam_set, max(EXAM_PART, self.experiment.batch)
        parts = [exam.part(at, at + size) for at in range(0, exam.x.shape[1], size)]
        guess = np.concatenate([self.engine.guess(part) for part in parts], axis=1)
        score = self.task.metric.score(guess, exam)
        self.history.exams.append(Exam(self.made, score))
        if self.solved_at is None and self.task.metric.met(score, self.task.goal):
            self.solved_at, self.state = self.made, SOLVED

    def _diverge(self, result: Update) -> None:
        """Stop, with the last weights that gave a finite loss: where this one is not, those before the last update."""
        self.diverged_at, self.state = self.made, DIVERGED
        if not math.isfinite(result.loss) and self.made:
            self.made -= 1
            self.engine.restore(self._again(self.made))
            for values in (self.history.losses, self.history.norms, self.history.clipped):
                values.pop()

    def _again(self, update: int) -> dict[str, np.ndarray]:
        """The engine's state after so many updates: the same updates, from the nearest moment kept before."""
        near = max(at for at in self.moments if at <= update)
        engine, source = self._engine(), Source(self.experiment, self.task)
        engine.restore(self.moments[near])
        with training_mode():
            for number in range(near, update):
                self._step(engine, source, number)
        return engine.snapshot()
