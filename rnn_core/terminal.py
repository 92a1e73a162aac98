"""A Run told in a terminal: as a bar, or as JSON for other programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from rnn_core.training import Report, Run
from rnn_core.training.run import DIVERGED, EXAM_EVERY, PAUSED, RUNNING, SOLVED

SLICE = 0.1  # seconds of work between two drawings of the bar
WIDTH = 10  # of the bar
LINE_SECONDS = 1.0  # between two lines where the output is no terminal
BLOCKS = "█░"


class Json:
    """One object per report."""

    def __init__(self, run: Run):
        self.run, self.began = run, perf_counter()

    def pull(self) -> Report:
        return self.run.take(EXAM_EVERY - self.run.made % EXAM_EVERY)

    def begin(self) -> None:
        """The settings are the first object."""
        run = self.run
        guess = run.baseline()
        self.say(
            experiment=run.experiment.settings(),
            engine=run.choice.engine,
            device=run.choice.device,
            why=run.choice.why,
            parameters=run.architecture.size,
            baseline=guess[1] if guess else None,
            metric=run.task.metric.name,
            goal=run.task.goal,
        )

    def report(self, report: Report) -> None:
        """Means over the report's updates."""
        fresh = len(report.losses) > 0
        self.say(
            update=report.stop,
            loss=float(report.losses.mean()) if fresh else None,
            norm=float(report.norms.mean()) if fresh else None,
            clipped=float(report.clipped.mean()) if fresh else None,
            score=report.exams[-1].score if report.exams else None,
            updates_per_second=len(report.losses) / report.seconds,
            state=report.state,
        )

    def end(self, saved: Path | None) -> None:
        run = self.run
        self.say(
            state="interrupted" if run.state == PAUSED else run.state,
            updates=run.made,
            solved_at=run.solved_at,
            diverged_at=run.diverged_at,
            seconds=perf_counter() - self.began,
            saved=str(saved) if saved else None,
        )

    @staticmethod
    def say(**fields: Any) -> None:
        print(json.dumps(fields, ensure_ascii=False), flush=True)


class Bar:
    """A bar that fills up with the budget, on one line where the output is a terminal."""

    def __init__(self, run: Run, changed: Mapping[str, Any]):
        """changed: the settings that are not the recipe's."""
        self.run, self.changed, self.began = run, changed, perf_counter()
        self.live = sys.stdout.isatty()
        self.full, self.empty = BLOCKS if writable(BLOCKS) else "#-"
        self.said = -np.inf
        guess = run.baseline()
        self.baseline = f" (baseline {guess[1]:.4f})" if guess else ""

    def pull(self) -> Report:
        return self.run.advance(SLICE)

    def begin(self) -> None:
        run, e, metric = self.run, self.run.experiment, self.run.task.metric
        engine = {"numpy": "NumPy", "torch": "PyTorch"}[run.choice.engine]
        why = {"asked": "as asked", "gpu": "so much work pays there", "fastest": "the fastest at this size"}
        print(f"{e.task}: {run.task.about}")
        print(
            f"{e.cell}, {e.hidden} hidden units, {run.architecture.size:,} parameters; {e.optimizer}, learning rate "
            f"{e.lr:g}, {e.batch} sequences an update; {engine} on {run.choice.device}, {why[run.choice.why]}."
        )
        if self.changed:
            print(f"Set by you: {', '.join(f'{name} {value}' for name, value in self.changed.items())}.")
        print(
            f"Exam every {EXAM_EVERY} updates, on sequences not trained on: {metric.name}; the goal is "
            f"{'at least' if metric.high_is_good else 'at most'} {run.task.goal:.4g}."
        )
        guess = run.baseline()
        if guess:
            print(f"Baseline, without any memory: {guess[0]}, a loss of {guess[1]:.4f}.")

    def report(self, report: Report) -> None:
        """The bar, what the last updates' mean loss is, and the last exam; what does not fit is left out."""
        now, run = perf_counter(), self.run
        if not self.live and now - self.said < LINE_SECONDS and run.state == RUNNING:
            return
        self.said = now
        budget, losses = run.experiment.budget, run.history.losses[-EXAM_EVERY:]
        filled = WIDTH * run.made // budget
        parts = [f"{self.full * filled}{self.empty * (WIDTH - filled)} {run.made}/{budget}"]
        if losses:
            parts.append(f"loss {np.mean(losses):.4f}{self.baseline}")
        if run.history.exams:
            parts.append(f"exam {run.history.exams[-1].score:.4g} (goal {run.task.goal:.4g})")
        parts.append(f"{run.made / (now - self.began):.0f} updates/s")
        room = shutil.get_terminal_size().columns - 1
        while self.live and len(parts) > 1 and len("  ".join(parts)) > room:
            parts.pop()
        line = "  ".join(parts)
        print(f"\r\x1b[K{line[:room]}" if self.live else line, end="" if self.live else "\n", flush=True)

    def end(self, saved: Path | None) -> None:
        run, seconds = self.run, perf_counter() - self.began
        if self.live:
            print()
        if run.state == SOLVED:
            said = f"Solved after {run.solved_at} updates"
        elif run.state == PAUSED:
            said = f"Stopped after {run.made} updates"
        elif run.state == DIVERGED:
            said = f"Stopped at update {run.diverged_at}, whose loss or gradient is no longer finite: try a lower --lr"
        else:
            said = f"Not solved: the budget of {run.made} updates is spent"
        if run.history.exams:
            score = run.history.exams[-1].score
            said += f"; {run.task.metric.name} {score:.4g} on sequences not trained on, the goal is {run.task.goal:.4g}"
        print(f"{said}. {seconds:.1f} s.")
        if saved:
            print(f"Weights are in {saved}.")


def writable(text: str) -> bool:
    """Can standard output write these characters?"""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
