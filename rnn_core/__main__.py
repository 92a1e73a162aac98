"""Unrolled without a screen: `python -m rnn_core tasks`, `python -m rnn_core train --task adding --cell gru`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any, NoReturn

from rnn_core import tasks
from rnn_core.analysis.reference import REFERENCE
from rnn_core.experiment import OWN_TABLE, TRAINING, Experiment, Flag, Real, Whole, fingerprint
from rnn_core.invalid import Invalid
from rnn_core.own_data import table_of, text_of
from rnn_core.terminal import Bar, Json
from rnn_core.training import Run
from rnn_core.training.engine import DEVICES
from rnn_core.training.processor import one_thread
from rnn_core.training.run import PAUSED, RUNNING, SOLVED
from rnn_core.training.weights import load_file, load_weights
from rnn_core.words import sentence

EXIT_SOLVED, EXIT_REFUSED, EXIT_NOT_SOLVED, EXIT_INTERRUPTED = 0, 2, 3, 130
EXIT_REPRODUCED, EXIT_NOT_REPRODUCED = 0, 1
EXIT_UNREAD = 141  # as of a program that SIGPIPE ends

# What each setting is, for --help.
SETTINGS = {
    "task": "what to learn",
    "data": "one of the task's own data sets, or a file with your text or series",
    "length": "of the sequences, as the task counts it",
    "cell": "the recurrent cell (default: the first that solves the task)",
    "hidden": "hidden units in each layer and direction",
    "layers": "recurrent layers, one above the other",
    "bidirectional": "read the sequence backwards too",
    "embedding": "numbers that stand for a token, 0 for one-hot",
    "init": "how the recurrent weights are drawn",
    "gain": "what these are multiplied with",
    "forget_bias": "of an LSTM at the start",
    "seed": "of weights and data",
    "optimizer": "how a gradient becomes an update",
    "lr": "learning rate",
    "schedule": "how the learning rate goes down over the budget",
    "batch": "sequences in an update",
    "clip": "the gradient's norm is cut down to this",
    "weight_decay": "so much of each weight is added to its gradient",
    "dropout": "share of h silenced between layers",
    "grow": "updates before the sequences grow by a step, 0: full length at once",
    "carry": "carry the state on from batch to batch, where the task reads a stream",
    "dtype": "precision",
    "budget": "updates at most",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_REFUSED, f"{message[0].upper()}{message[1:]}. See {self.prog} --help.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # what an old terminal cannot write is a "?" there
    given = vars(read(arguments))
    command = given.pop("command")
    try:
        status = {"tasks": show_tasks, "train": train, "reproduce": reproduce}[command](**given)
        sys.stdout.flush()
        return status
    except Invalid as problem:
        print(sentence(problem, called=option), file=sys.stderr)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # nobody reads on, as after `| head`; Python would try once more on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_UNREAD
    except OSError as problem:
        print(f"{problem.filename or 'Writing'}: {problem.strerror}.", file=sys.stderr)
    return EXIT_REFUSED


def read(arguments: list[str] | None) -> argparse.Namespace:
    """The arguments; what the command does not know is refused with that command's own help in mind."""
    top, commands = parsers()
    given, unknown = top.parse_known_args(arguments)
    if unknown:
        commands[given.command].error(f"there is no {' '.join(unknown)}")
    return given


def option(setting: str) -> str | None:
    """What a setting is called on the command line."""
    known = setting in TRAINING or setting in ("device", "update", "weights")
    return "--" + setting.replace("_", "-") if known else None


def parsers() -> tuple[Parser, dict[str, Parser]]:
    """The whole, and each command's. Every setting of a training is an option."""
    top = Parser(prog="python -m rnn_core", description="Recurrent networks, trained and told about without a screen.")
    commands = top.add_subparsers(dest="command", required=True)
    listed = commands.add_parser("tasks", help="what there is to learn")
    listed.add_argument("name", nargs="?", help="a task, to see it in full")
    learn = commands.add_parser(
        "train",
        help="train a network on a task",
        description="What is not given is as the task's recipe for the cell has it.",
        epilog=f"Exit status: {EXIT_SOLVED} solved, {EXIT_NOT_SOLVED} not solved, {EXIT_REFUSED} refused, "
        f"{EXIT_INTERRUPTED} interrupted.",
    )
    for name, rule in TRAINING.items():
        flag, told = "--" + name.replace("_", "-"), SETTINGS[name] + limits(rule)
        if isinstance(rule, Flag):
            learn.add_argument(flag, action=argparse.BooleanOptionalAction, help=told)
        else:
            learn.add_argument(flag, required=name == "task", metavar=name.upper(), help=told)
    learn.add_argument("--device", default="auto", help="what computes: " + ", ".join(DEVICES))
    learn.add_argument("--json", action="store_true", help="one JSON object per report in place of the bar")
    learn.add_argument("--save", type=Path, metavar="FILE", help="write the last weights there, as safetensors")
    learn.add_argument("--load", type=Path, metavar="FILE", help="begin with these weights")
    known = commands.add_parser(
        "reproduce",
        help="known results on gradients, computed anew",
        description="Known results on gradients, computed anew: does each come out as it should?",
        epilog=f"Exit status: {EXIT_REPRODUCED} all do, {EXIT_NOT_REPRODUCED} some do not.",
    )
    known.add_argument("--json", action="store_true", help="one JSON object per result in place of the table")
    return top, {"tasks": listed, "train": learn, "reproduce": known}


def limits(rule: Any) -> str:
    """What a setting can be."""
    if isinstance(rule, Whole | Real):
        none = ", or none" if isinstance(rule, Real) and rule.optional else ""
        return f": {rule.low:,.9g} to {rule.high:,.9g}{none}"
    options = ", ".join(filter(None, getattr(rule, "options", ())))
    return f": {options}" if options else ""


def show_tasks(name: str | None) -> int:
    """All tasks, a line each; or one in full."""
    if name is None:
        shown = [tasks.load(each) for each in tasks.names()]
        width = max(len(task.name) for task in shown)
        for task in shown:
            print(f"{task.name:{width}}  {task.about}")
        return 0
    task = tasks.load(name)
    guess = task.baseline(task.length) if task.baseline else None
    lines = {
        "from": task.source,
        "example": task.example.text,
        "length": f"{task.length} {task.length_is}, {task.lengths[0]} to {task.lengths[1]}",
        "data": ", ".join(task.data) + (" or a file of your own" if task.own else ""),
        "baseline": f"{guess[0]}: a loss of {guess[1]:.4g}" if guess else "",
        "cells": f"{', '.join(task.solved_by)}: their recipes are known to solve it",
        "solved": f"{task.metric.name} {'at least' if task.metric.high_is_good else 'at most'} {task.goal:g}",
        "recipe": ", ".join(f"{key} {value}" for key, value in task.recipe.items()),
        **{
            f"  {cell}": ", ".join(f"{key} {value}" for key, value in more.items()) for cell, more in task.cells.items()
        },
    }
    print(f"{task.name}: {task.about}")
    for key, value in lines.items():
        if value:
            print(f"  {key:9}" + value.replace("\n", "\n" + " " * 11))
    return 0


def reproduce(json: bool) -> int:
    """Compute each known result anew, a line each; see the exit statuses above."""
    began, missed, width = perf_counter(), 0, max(len(row.result) for row in REFERENCE)
    if not json:
        print(f"{'':4}{'result':{width}}  {'got':10}  expected")
    with one_thread():
        for row in REFERENCE:
            got = row.compute()
            ok = row.holds(got)
            missed += not ok
            if json:
                Json.say(result=row.result, expected=row.expected, got=got if isfinite(got) else None, ok=ok)
                continue
            within = f" ± {row.tolerance:g}" if row.tolerance else ""
            print(f"{'ok' if ok else 'NO':4}{row.result:{width}}  {got:<10.5g}  {row.expected:g}{within}", flush=True)
            if not ok:
                print(f"    {'tolerance' if row.tolerance else 'expected'}: {row.why}")
    if not json:
        said = f"{missed} of {len(REFERENCE)} do not come out" if missed else f"All {len(REFERENCE)} come out"
        print(f"{said} as they should. {perf_counter() - began:.1f} s.")
    return EXIT_NOT_REPRODUCED if missed else EXIT_REPRODUCED


def train(device: str, json: bool, save: Path | None, load: Path | None, **given: Any) -> int:
    """Train and show it; see the exit statuses above."""
    own = own_data(given)
    settings = {name: parse(name, text) for name, text in given.items() if text is not None}
    experiment = Experiment.from_task(settings.pop("task"), **settings)
    for name, value in settings.items():
        if getattr(experiment, name) != value:
            print(f"{option(name)} has no effect here.", file=sys.stderr)
    run = Run(experiment, device, own)
    if load:
        start, _ = load_weights(load_file(load, run.architecture), run.architecture)
        run = Run(experiment, device, own, start)
    save = save.resolve() if save else None  # of a link, what it points to
    part = beside(save) if save else None
    show = Json(run) if json else Bar(run, {name: settings[name] for name in settings if name not in ("cell", "data")})
    with interruptible(run):
        try:
            show.begin()
            while run.state == RUNNING:
                show.report(show.pull())
        except BrokenPipeError:
            run.pause()
    if save and part:
        part.write_bytes(run.weights())
        part.replace(save)
    show.end(save)
    if run.state == PAUSED:
        return EXIT_INTERRUPTED
    return EXIT_SOLVED if run.state == SOLVED else EXIT_NOT_SOLVED


def beside(save: Path) -> Path:
    """A new file beside the one to be written, which takes its place when it is whole.

    Raises Invalid or OSError where there can be none: said before the work, not after it.
    """
    if save.exists() and not save.is_file():  # a folder, or a device, which would be a file from then on
        raise Invalid("not-a-file", "save", str(save))
    part = save.with_name(save.name + ".part")
    part.touch()
    return part


def own_data(given: dict[str, Any]) -> str | None:
    """The text or series of --data where that is a file of the user's own; the setting then names it by its SHA-256."""
    name, task = given["data"], tasks.load(given["task"])
    if name is None or name in task.data:
        return None
    if task.own is None and task.data:
        raise Invalid("choice", "data", name, ", ".join(task.data))
    if task.own is None:
        raise Invalid("no-own-data", "data", name)
    if not Path(name).exists():
        raise Invalid("no-data", "data", name, ", ".join(task.data))
    own = text_of(Path(name).read_bytes(), OWN_TABLE)
    if not task.tokens:
        columns = table_of(own)
        if columns.width > 1:
            raise Invalid("columns", "data", columns.width)
        series = columns.series(0)
        for notice in series.notices:
            print(sentence(notice), file=sys.stderr)
        own = series.text
    given["data"] = fingerprint(own)
    return own


def parse(name: str, text: Any) -> Any:
    """An option's text as its setting wants it. Raises Invalid where it cannot be read so."""
    rule = TRAINING[name]
    if isinstance(rule, Real) and rule.optional and str(text).lower() == "none":
        return None
    try:
        return int(text) if isinstance(rule, Whole) else float(text) if isinstance(rule, Real) else text
    except ValueError:
        if isinstance(rule, Whole):
            raise Invalid("not-whole", name, text) from None
        raise Invalid("not-a-number", name, text) from None


@contextmanager
def interruptible(run: Run) -> Iterator[None]:
    """Ctrl-C pauses the Run after the update it is making, so that its weights are whole; a second one ends at once."""

    def pause(number: int, frame: Any) -> None:
        run.pause()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, pause)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main())
