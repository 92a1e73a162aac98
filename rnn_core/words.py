"""Words for short names: settings, and everything that can be wrong. English here; the pages translate them."""

from __future__ import annotations

from collections.abc import Callable

from rnn_core.invalid import Invalid


def N_(text: str) -> str:
    """Marks a text for the catalogues of translations."""
    return text


FIELDS = {
    "preset": N_("Weights"),
    "kind": N_("Kind of input"),
    "text": N_("Sequence"),
    "length": N_("Length"),
    "period": N_("Period"),
    "target": N_("Question at each step"),
    "cell": N_("Cell"),
    "hidden": N_("Hidden units H"),
    "init": N_("Recurrent weights drawn"),
    "gain": N_("Gain: multiplies W_hh"),
    "forget_bias": N_("Forget bias (empty: as drawn)"),
    "seed": N_("Seed"),
    "phase": N_("Phase"),
    "step": N_("Time step"),
    "unit": N_("Unit"),
    "layer": N_("Layer"),
    "direction": N_("Direction"),
    "view": N_("Figure"),
    "cells": N_("Cells side by side"),
    "measure": N_("W_hh is set by"),
    "scale": N_("Gain, or spectral radius, of W_hh"),
    "keep_bias": N_("Bias of the gate that keeps (f, z)"),
    "loss": N_("Where the loss is"),
    "spectrum": N_("All singular values"),
    "example": N_("An example where ρ = 0 and yet it grows"),
    "w": N_("w to begin with"),
    "b": N_("b to begin with"),
    "quantities": N_("Maps of"),
    "of": N_("Mean, variance or likeness of"),
    "clamps": N_("Gates held"),
    "bias_gate": N_("Set the bias of a gate"),
    "bias": N_("Its bias"),
    "moment": N_("Time step to set"),
    "gate": N_("Gate"),
    "value": N_("Value"),
    "first": N_("First time step"),
    "last": N_("Last time step"),
    "variant": N_("Variant of the LSTM"),
    "quantity": N_("Quantity"),
    "order": N_("Order of the units"),
    "write": N_("Write"),
    "keep": N_("Keep"),
    "show": N_("Show"),
    "start": N_("Memory at the start"),
    "node": N_("Open box"),
    "edits": N_("Weights edited by hand"),
    "changes": N_("Changes to the network"),
    "times": N_("Updates at once"),
    "task": N_("Task"),
    "data": N_("Data"),
    "layers": N_("Layers"),
    "bidirectional": N_("Both directions"),
    "embedding": N_("Embedding size"),
    "optimizer": N_("Optimiser"),
    "lr": N_("Learning rate"),
    "schedule": N_("Schedule of the learning rate"),
    "batch": N_("Batch size"),
    "clip": N_("Clip the gradient's norm at"),
    "weight_decay": N_("Weight decay"),
    "dropout": N_("Dropout between layers"),
    "grow": N_("Updates before the sequences grow by one step"),
    "carry": N_("Carry the state from batch to batch"),
    "dtype": N_("Precision"),
    "budget": N_("Budget of updates"),
    "device": N_("Device"),
    "models": N_("Models side by side"),
    "weights": N_("Weights"),
    "update": N_("Number of the update"),
    "model": N_("Number of the model"),
    "sequence": N_("Sequence of the held-out set"),
}

# By the code of the Invalid. {value}, {bound} and {field} are filled in.
PROBLEMS = {
    "empty": N_("Type something for the network to read."),
    "too-long": N_("That is {value} long; the network reads at most {bound} at a time."),
    "too-long-for-link": N_("These letters are too many for one link: shorten the text."),
    "not-bits": N_("“{value}” is not a bit: type only 0 and 1."),
    "not-numbers": N_("“{value}” is not a number. Separate numbers with commas or spaces, as in 3, -1.5, 4."),
    "not-finite": N_("“{value}” is not a finite number."),
    "too-large": N_("{value} is too large: numbers up to {bound} can be read."),
    "alphabet": N_("These weights know only {bound}, not “{value}”. Random weights read your text instead."),
    "preset": N_("The link said {field} = {value}, but the weights set by hand bring their own: {bound}."),
    "target": N_("That question does not fit this input; the usual one is asked."),
    "no-forget-gate": N_("Only an LSTM has a forget bias."),
    "no-gate": N_("This cell has no gate {value}."),
    "too-much-work": N_("That is too much to draw at once: choose fewer hidden units or a shorter sequence."),
    "too-large-to-draw": N_("This network is too large to draw: it has {value} weights, {bound} are possible."),
    "too-large-to-trace": N_("With {value} units and {bound} time steps this network is too large for these figures."),
    "range": N_("{field}: choose a value from {bound}."),
    "type": N_("{field}: “{value}” cannot be used."),
    "choice": N_("{field}: “{value}” is not one of {bound}."),
    "not-whole": N_("{field}: “{value}” is not a whole number."),
    "not-a-number": N_("{field}: “{value}” is not a number."),
    "no-data": N_("There is no file “{value}”, and the data that come with this task are {bound}."),
    "columns": N_("Each line of that file holds {value} numbers: give one series, a number a line."),
    "too-much-text": N_("That is {value} letters long; at most {bound} can be learnt."),
    "too-many": N_("Those are {value} numbers; at most {bound} can be learnt."),
    "not-a-file": N_("{value} is not a file that weights can be written to."),
    "clamped": N_("The link said {field} = {value}; the nearest possible value is {bound}."),
    "lowered": N_("{field} is now {value}."),
    "ignored": N_("The link said {field} = “{value}”, which cannot be used; the usual value is taken."),
    "setting": N_("There is no setting “{value}”; there are {bound}."),
    "not-shared": N_("{field}: models side by side read the same, so all have {bound}."),
    "no-run": N_("This training is no longer kept here: start it again."),
    "failed": N_("A fault of this app ended the training; its log says more. Start it again."),
    "busy": N_("All places to train on this machine are taken: try again in a minute."),
    "no-task": N_("Choose a task to train on."),
    "no-tokens": N_("This task reads numbers, not tokens: it has nothing to embed."),
    "sees-the-future": N_("What comes next is asked for: reading backwards would give the answer away."),
    "no-stream": N_("Only a task that reads an endless stream can carry its state on."),
    "carry-backwards": N_("A state can be carried on in one direction only."),
    "no-own-data": N_("This task makes its own data."),
    "not-text": N_("That is not a text file in UTF-8, UTF-16 or GB 18030 (a spreadsheet can be saved as CSV)."),
    "file-too-large": N_("That file is too large: {value} MB, at most {bound} MB."),
    "empty-file": N_("There is nothing in it to learn from."),
    "too-many-rows": N_("That is more than {bound} rows or numbers."),
    "too-many-columns": N_("That table has {value} columns; at most {bound} can be read."),
    "ragged": N_("Row {value} has more cells than the first, which has {bound}."),
    "gaps-filled": N_("Without a number: {bound} (row {value}); filled on the line between their neighbours."),
    "gaps-dropped": N_("Without a number, before the first or after the last: {bound} (row {value}); left out."),
    "cell": N_("Row {bound} of {field} holds “{value}”, which is not a number."),
    "too-short": N_("That is {value} letters long; a text to learn from has {bound} or more."),
    "too-few": N_("Those are {value} numbers; a series to learn from has {bound} or more."),
    "constant": N_("There is nothing to learn where all is “{value}”."),
    "data-missing": N_("These are somebody's own data: give the file again."),
    "other-data": N_("That is another file than the one these settings were made for."),
    "too-much-an-update": N_("One update would be too much work: at this size a batch can hold {bound} sequences."),
    "too-much-memory": N_("That would need too much memory: at this length and batch {bound} units are possible."),
    "too-much-training": N_(
        "That is more than an hour's work for one core: at this size {bound} updates are possible."
    ),
    "scheduled": N_(
        "The learning rate goes down over the budget, so this training cannot go on with another: Start begins anew."
    ),
    "shape": N_("{field} has the shape {value}; {bound} is needed."),
    "dtype": N_("{field} is of type {value}, the other parameters are {bound}."),
    "one-at-a-time": N_("{field}: such networks are trained one at a time."),
    "no-device": N_("This machine has no {value}."),
    "no-float64": N_("MPS computes in float32 only: choose that, or the CPU."),
    "no-weight": N_("This network has no {value}; it has {bound}."),
    "outside-shape": N_("This network has no {value}: the shape is {bound}, counted from 0."),
    "changes-too-long": N_("{value} changes are too many for one link: it opens without them."),
    "changes-dropped": N_("{value} of the changes do not fit this network and were dropped."),
    "updates-dropped": N_("The updates belonged to the old setting and were taken back."),
    "too-many-steps": N_(
        "That would be {value} updates; with this sequence {bound} are possible. “Start over” takes them back."
    ),
    "weights-names": N_("These are not the weights of such a network: “{value}” is missing or too many."),
    "weights-shape": N_("These are not the weights of such a network: {field} is {value} in place of {bound}."),
    "weights-type": N_("{field} holds {value}: weights are one of {bound}."),
    "weights-not-finite": N_("These weights are not all finite numbers."),
    "weights-too-large": N_("That file is too large for weights: {value} bytes, at most {bound}."),
    "not-weights": N_("That is not a file of weights (safetensors)."),
    "weights-unnamed": N_("That file does not say what its network has learnt."),
    "weights-dropped": N_("The weights from {value} are of another network: this one begins with its own."),
    "not-a-checkpoint": N_("That is not the checkpoint of a training."),
    "damaged-data": N_("A data set that comes with the app is damaged: {value}."),
}


def sentence(
    problem: Invalid, translate: Callable[[str], str] = str, called: Callable[[str], str | None] = FIELDS.get
) -> str:
    """One clear sentence. It may quote what was typed, so it is to be shown as plain text.

    called: what a setting's field is called where the sentence is read; None: as it is.
    """
    bound = problem.bound
    if isinstance(bound, tuple):
        shape = problem.code.endswith("shape")
        bound = " × ".join(map(str, bound)) if shape else " … ".join(f"{number:,.9g}" for number in bound)
    elif isinstance(bound, float):
        bound = f"{bound:,.0f}" if bound.is_integer() else f"{bound:g}"
    value = " × ".join(map(str, problem.value)) if isinstance(problem.value, tuple) else str(problem.value)
    return translate(PROBLEMS[problem.code]).format(
        field=translate(called(problem.field) or problem.field),
        value=value if len(value) <= 40 else value[:39] + "…",
        bound=bound,
    )
