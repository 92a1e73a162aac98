"""The words of the unrolled picture: its labels, and what is told at each step of each phase."""

from __future__ import annotations

from typing import Any

from pages.ui.language import _, language
from rnn_core.edits import Edit
from rnn_core.experiment import Experiment
from rnn_core.readers import LOSSES
from rnn_core.scene import Scene


def words(scene: Scene) -> dict[str, Any]:
    """Every word the picture shows. Places in {braces} are filled in the browser."""
    is_value = LOSSES[scene.experiment.kind] == "squared"
    return {
        "picture": _("The unrolled network. Arrow keys step through time, space plays."),
        "phases": _("Phase"),
        "phase": {"forward": _("Forward"), "loss": _("Loss"), "backward": _("Backward"), "update": _("Update")},
        "loss": _("loss"),
        "play": _("Play"),
        "pause": _("Pause"),
        "first": _("To the start"),
        "previous": _("One step left"),
        "next": _("One step right"),
        "last": _("To the end"),
        "step": _("Time step"),
        "speed": _("Speed"),
        "fold": _("Fold"),
        "unfold": _("Unfold"),
        "stepOf": _("t = {t} of {T}"),
        "shared": _("There is one cell, used at every step, always with the same W_ih, W_hh and W_hy."),
        "sameWeight": _("{W}: the same numbers at every step"),
        "shareButton": _("Share"),
        "link": _("Link to this picture"),
        "copied": _("Copied. The link opens this network at this step."),
        "copyByHand": _("Copy this link: it opens this network at this step."),
        "target": _("target"),
        "guess": _("guess"),
        "error": _("2 · (guess − target)") if is_value else _("guess − target"),
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
            "later, path": _("from t+1, by the memory"),
            "on, matrix": _("to t−1, through W_hh"),
            "from h": _("into c, from h"),
            "on, path": _("to t−1, by the memory"),
        },
        "wayNotes": {
            "own loss": _("What the guess at this very step asks of h."),
            "later, matrix": _("What all later steps ask of h, sent back through the weights that read it there."),
            "later, path": _("What comes back along the memory's own path: no matrix, only the gate's factor."),
            "from h": _("What h_t asks of c_t, through the tanh that shows it."),
            "on, matrix": _("What goes on to the step before, through the weights that read its h."),
            "on, path": _("What goes on along the memory's own path: no matrix, only the gate's factor."),
        },
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
        "flowUp": _("gradient that guess − target sends down into h, length:"),
        "totalSoFar": _("total so far"),
        "total": _("total"),
        "space": "" if language().startswith("zh") else " ",  # between two sentences
        "scaleStates": _("value of a state"),
        "scaleGradients": _("gradient ∂L/∂state"),
        "beyondScale": _("beyond the scale"),
        "widths": _("arrow width = length of the gradient, on a log scale:"),
        "weights": _("W_hh, the same at every step (row: to unit, column: from unit)"),
        "gradient": _("∂L/∂W_hh, gathered from the last step back to here"),
        "where": _("y_t is the guess at step t, k_t the target."),
        "rate": _("Learning rate"),
        "updates": {1: _("1 update"), 10: _("10 updates"), 100: _("100 updates")},
        "working": _("Working …"),
        "startOver": _("Start over"),
        "learned": _("Updates so far: {n}. L went from {first} to {last}. The last one changed it by {step}."),
        "foretold": _("Foretold: {fall}."),
        "since": _("Since then the network was changed by hand: L = {loss}."),
        "tooFar": _("At {lr} a straight line would lower L by {fall}, more than there is: far too large a step."),
        "exploded": _(
            "The loss left the range of numbers: this learning rate is too large. Start over with a smaller one."
        ),
        "ahead": _("At {lr} the next update should lower L by about lr·‖∂L/∂w‖² = {fall}: true while steps are small."),
        "descentChart": _("L before the first update and after each"),
        "change": _("What all updates together added to W_hh"),
        "gradientNow": _("∂L/∂W_hh as it is now"),
        "lossChart": _("Loss at each time step"),
        "shareChart": _("How much each step adds to ∂L/∂W_hh, along its final direction (all steps: 100%)"),
        "normChart": _("‖∂L/∂{s}‖ at each time step, log scale"),
        **_weights(scene.experiment),
        **_story(scene.experiment, is_value),
        **_start(scene),
    }


def _weights(experiment: Experiment) -> dict[str, Any]:
    """What the entries of the weight matrices are called."""
    is_text = experiment.kind == "text"
    return {
        "weightsTitle": _("The weights: the same at every step"),
        "weightsNote": _("Each matrix has its bias as last column; beside it, the gradient of the whole loss."),
        "changedByHand": _("changed by hand"),
        "chooseWeight": _("Choose a weight to read and change it: click it, or move there with the arrow keys."),
        "carries": {
            "weight_ih": _("From what is read"),
            "weight_hh": _("From the state before"),
            "weight_hy": _("From the state to the guess"),
        },
        "fromTo": _("from {from} to {to}"),
        "biasOf": _("bias of {to}"),
        "gateOf": _("{gate} of {unit}"),
        "unitNamed": _("unit {unit}"),
        "fromInput": _("the letter {name}") if is_text else _("the input x"),
        "toGuess": _("the guess {name}") if is_text else _("the guess y"),
    }


def _story(experiment: Experiment, is_value: bool) -> dict[str, str]:
    """What is told at each step of each phase."""
    guesses = {
        "next": _("Its guess for what comes next: {guess}. Really next: {target}."),
        "parity": _("Is the number of ones so far odd? It says {guess}; right is {target}."),
        "first": _("Which bit came first? It says {guess}; right is {target}."),
        "previous": _("What came just before? It says {guess}; right is {target}."),
        "sum": _("The sum so far? It says {guess}; right is {target}."),
    }
    scores = {
        "chance": _(
            "Step {t}: the target {target} got probability {chance}. Loss, −ln of it: {loss} nats. So far: {total}."
        ),
        "squared": _("Step {t}: guess {guess}, target {target}. Loss (guess − target)²: {loss}. So far: {total}."),
    }
    return {
        "reads": _("Step {t} of {T}: the network reads {token}. From this and the old state {before} it makes {h}."),
        "guesses": guesses[experiment.target],
        "notAsked": _("Nothing is asked at this step: its neighbour lies outside the sequence."),
        "lossStart": _("The loss measures each guess against its target. Step right to add up all {T}."),
        "scored": scores["squared" if is_value else "chance"],
        "notScored": _("Step {t}: nothing was asked here, so nothing is lost. So far: {total}."),
        "nothingToLearn": _("Every guess is exactly right: the loss is 0, so there is no gradient to send back."),
        "backFirst": _("The walk back begins at step {t}. Only its own loss reaches {h}: ‖∂L/∂{h}‖ = {norm}."),
        "backNotAsked": _("The walk back begins at step {t}. Nothing is asked there, so no gradient enters yet."),
        "back": _("Step {t}: its own loss and all later ones add up, as vectors, to ‖∂L/∂{h}‖ = {norm}."),
        "backOn": (
            _("Its share of the gradient of W_hh is {share}. To {before} flows {flow}, along the memory c {flowC}.")
            if experiment.cell == "lstm"
            else _("Its share of the gradient of W_hh is {share}. To {before} flows {flow}.")
        ),
        "updating": _(
            "Every weight knows from the way back which way lowers L = {loss}. An update goes a little that way."
        ),
        "backAtStart": _("The gradient has reached the initial state: ‖∂L/∂h₀‖ = {norm}. The walk back is done."),
    }


def _start(scene: Scene) -> dict[str, str]:
    """What is told before the first step."""
    if any(isinstance(change, Edit) and change.name.endswith("_0") for change in scene.changes):
        return {"beforeFirst": _("Before the first step nothing has been read; the state was set by hand.")}
    zeros = _("Before the first step the state h₀ is all zeros: nothing has been read. Step right to begin.")
    return {"beforeFirst": zeros}
