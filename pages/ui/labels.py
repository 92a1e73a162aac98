"""What stands written on the unrolled picture and in the panels under it."""

from __future__ import annotations

from typing import Any

from pages.ui.language import _
from rnn_core.architecture import Architecture
from rnn_core.levels import Level
from rnn_core.readers import END, Reading


def player_labels() -> dict[str, str]:
    """Of what steps through time, and of the link to a step."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "first": _("To the start"),
        "previous": _("One step left"),
        "next": _("One step right"),
        "last": _("To the end"),
        "step": _("Time step"),
        "speed": _("Speed"),
        "shareButton": _("Share"),
        "link": _("Link to this picture"),
        "copied": _("Copied. The link opens this network at this step."),
        "copyByHand": _("Copy this link: it opens this network at this step."),
        "qrCode": _("QR code of the short link"),
        "forTheHall": _("Short, to be typed or scanned by all who are in the same network."),
        "present": _("Show it large, for a projector (Escape leaves)"),
        "onlyHere": _("Only this computer can open it. For a class, start the app with: make run HOST=0.0.0.0"),
    }


def labels(network: Architecture, level: Level, reading: Reading) -> dict[str, Any]:
    """By the names the picture has for them. Places in {braces} are filled in the browser."""
    reads_out = network.directions == 1 and level.layer == network.layers - 1
    return player_labels() | {
        "picture": _("The unrolled network. Arrow keys step through time, space plays."),
        "phases": _("Phase"),
        "phase": {"forward": _("Forward"), "loss": _("Loss"), "backward": _("Backward"), "update": _("Update")},
        "loss": _("loss"),
        "fold": _("Fold"),
        "unfold": _("Unfold"),
        "stepOf": _("t = {t} of {T}"),
        "shared": (
            _("There is one cell, used at every step, always with the same W_ih, W_hh and W_hy.")
            if reads_out and not network.last
            else _("There is one cell, used at every step, always with the same W_ih and W_hh.")
        ),
        "sameWeight": _("{W}: the same numbers at every step"),
        "target": _("target"),
        "guess": _("guess"),
        "error": _("2 · (guess − target)") if reading.loss == "squared" else _("guess − target"),
        "nothing": _("nothing"),
        "input": _("input"),
        "gates": _("gates (mean)"),
        "inside": _("Inside step {t}: how each number came about when {token} was read"),
        "insideBack": _("Inside step {t}, on the way back: where the gradient comes from and where it goes"),
        "insideStart": _("The initial state: what the memory holds before anything is read"),
        "initial": _("Each number can be set by hand."),
        "graph": _("The cell's operations, from what comes in to h"),
        "graphBack": _("The gradient's way through the step, from right to left"),
        "ways": {
            "own loss": _("from its own loss"),
            "later, matrix": _("from t+1, through W_hh"),
            "later, reset": _("from t+1, through W_hn and r"),
            "later, path": _("from t+1, by the memory"),
            "on, matrix": _("to t−1, through W_hh"),
            "on, reset": _("to t−1, through W_hn and r"),
            "from h": _("into c, from h"),
            "on, path": _("to t−1, by the memory"),
            "above": _("from above"),
        },
        "wayNotes": {
            "own loss": _("What the guess at this very step asks of h."),
            "later, matrix": _("What all later steps ask of h, sent back through the weights that read it there."),
            "later, reset": _("What the next candidate asks of h: back through W_hn, then cut by the reset gate."),
            "later, path": _("What comes back along the memory's own path: no matrix, only the gate's factor."),
            "from h": _("What h_t asks of c_t, through the tanh that shows it."),
            "on, matrix": _("What goes on to the step before, through the weights that read its h."),
            "on, reset": _("What the candidate asks of the h before: back through W_hn, then cut by the reset gate."),
            "on, path": _("What goes on along the memory's own path: no matrix, only the gate's factor."),
            "above": _("What the layer above asks of h, or the readout of both directions: all of it at once."),
        },
        "levels": _("Layer and direction drawn in full"),
        "fromLayerAbove": _("gradient that the layer above sends down, length:"),
        "level": _("Layer {layer}"),
        "forwards": _("forwards"),
        "backwards": _("backwards"),
        "lookAt": _("Look at this one in detail"),
        "joined": _("both directions, side by side"),
        "initialElsewhere": _("It begins at zero."),
        "pin": _("Follow through time"),
        "unpin": _("Follow no longer"),
        "pinned": _("Followed through time, from the first step to the last"),
        "unit": _("Unit"),
        "openNode": _("Open a box to see how its number is made. Another unit: click one above, or ↑ and ↓."),
        "weight": _("weight"),
        "weighed": _("what it weighs"),
        "product": _("product"),
        "sum": _("sum"),
        "predict": _("Predict first"),
        "yourGuess": _("Your guess"),
        "reveal": _("Show"),
        "offBy": _("You said {guess}. That is off by {off}."),
        "edit": _("Drag or type to change this weight"),
        "reset": _("Take back all changes"),
        "share": _("share"),
        "meanOf": _("mean of {H} units"),
        "flowBack": _("gradient flowing back along it, length:"),
        "flowUp": (
            _("gradient that guess − target sends down into h, length:")
            if level.layer == network.layers - 1
            else _("gradient that the layer above sends down into h, length:")
        ),
        "totalSoFar": _("total so far"),
        "total": _("total"),
        "scaleStates": _("value of a state"),
        "scaleGradients": _("gradient ∂L/∂state"),
        "beyondScale": _("beyond the scale"),
        "widths": _("arrow width = length of the gradient, on a log scale:"),
        "weights": _("W_hh, the same at every step (row: to unit, column: from unit)"),
        "gradient": _("∂L/∂W_hh, gathered from the last step back to here"),
        "wholeGradient": _("∂L/∂W_hh, of the whole sequence"),
        "where": (
            _("y_t is the guess at step t, k_t the target; Σ adds up the outputs.")
            if reading.several
            else _("y_t is the guess at step t, k_t the target.")
        ),
        "rate": _("Learning rate"),
        "updates": {1: _("1 update"), 10: _("10 updates"), 100: _("100 updates")},
        "startOver": _("Start over"),
        "descentChart": _("L before the first update and after each"),
        "change": _("What all updates together added to W_hh"),
        "gradientNow": _("∂L/∂W_hh as it is now"),
        "lossChart": _("Loss at each time step"),
        "shareChart": _("How much each step adds to ∂L/∂W_hh, along its final direction (all steps: 100%)"),
        "normChart": _("‖∂L/∂{s}‖ at each time step, log scale"),
        **_weights(level, reading),
    }


def _weights(level: Level, reading: Reading) -> dict[str, Any]:
    """What the entries of the weight matrices are called."""
    if level.layer:
        read = _("unit {name} of the layer below")
    elif END in reading.letters:  # a text
        read = _("the letter {name}")
    else:
        read = _("the input {name}") if reading.letters else _("the input x{name}")
    return {
        "weightsTitle": _("The weights: the same at every step"),
        "weightsNote": _("Each matrix has its bias as last column; beside it, the gradient of the whole loss."),
        "changedByHand": _("changed by hand"),
        "chooseWeight": _("Choose a weight to read and change it: click it, or move there with the arrow keys."),
        "carries": {
            "weight_ih": _("From the layer below") if level.layer else _("From what is read"),
            "weight_hh": _("From the state before"),
            "weight_hy": _("From the state to the guess"),
        },
        "fromTo": _("from {from} to {to}"),
        "biasOf": _("bias of {to}"),
        "gateOf": _("{gate} of {unit}"),
        "unitNamed": _("unit {unit}"),
        "fromInput": read,
        "toGuess": _("the guess {name}") if reading.symbols else _("the guess y{name}"),
    }
