"""What the unrolled picture tells: at each step of each phase, and of the updates."""

from __future__ import annotations

from pages.ui.language import _, sentence_space
from rnn_core.architecture import Architecture
from rnn_core.levels import FIRST, Level
from rnn_core.readers import Reading


def story(
    network: Architecture, level: Level, reading: Reading, question: str, start_set: bool = False
) -> dict[str, str]:
    """By the names the picture has for them. Places in {braces} are filled in the browser.

    question: what is asked of a typed sequence, or the name of the task. start_set: was the initial state set by hand?
    """
    told = _forward(level, question, start_set and level == FIRST) | _loss(reading) | _backward(network, level)
    return {**told, **_unasked(question), **_updates(), "space": sentence_space()}


def _forward(level: Level, question: str, start_set: bool) -> dict[str, str]:
    zeros = _("Before the first step the state h₀ is all zeros: nothing has been read. Step right to begin.")
    by_hand = _("Before the first step nothing has been read; the state was set by hand.")
    may_come = _("Which may come next? It says {guess}; right is {target}.")
    guesses = {
        "next": _("Its guess for what comes next: {guess}. Really next: {target}."),
        "parity": _("Is the number of ones so far odd? It says {guess}; right is {target}."),
        "first": _("Which bit came first? It says {guess}; right is {target}."),
        "previous": _("What came just before? It says {guess}; right is {target}."),
        "sum": _("The sum so far? It says {guess}; right is {target}."),
        "adding": _("The sum of the two marked numbers? It says {guess}; right is {target}."),
        "adding-1997": _("½ plus a quarter of the sum of the two marked numbers? It says {guess}; right is {target}."),
        "copy": _("What is to be said now? It says {guess}; right is {target}."),
        "digits": _("Which digit is it? It says {guess}; right is {target}."),
        "flip-flop": _("Which way did each channel's last pulse go? It says {guess}; right is {target}."),
        "sentiment": _("Is the sentence kind (1) or not (0)? It says {guess}; right is {target}."),
    }
    guesses |= dict.fromkeys(("anbn", "brackets", "embedded-reber", "reber"), may_come)
    guesses |= dict.fromkeys(("forecast", "next-char", "sine", "sines"), guesses["next"])
    guesses["parity-last"] = guesses["parity"]
    return {
        "beforeFirst": by_hand if start_set else zeros,
        "reads": _reads(level),
        "waits": _("What it guesses here waits for both directions."),
        "guesses": guesses.get(question) or _("It says {guess}; right is {target}."),
    }


def _reads(level: Level) -> str:
    if level.layer and level.direction:
        return _(
            "Step {t} of {T} from the end, at {token}: from what the layer below makes of it and the old state "
            "{before} it makes {h}."
        )
    if level.layer:
        return _(
            "Step {t} of {T}, at {token}: from what the layer below makes of it and the old state {before} "
            "it makes {h}."
        )
    if level.direction:
        return _(
            "Step {t} of {T} from the end: this direction reads {token}. From this and the old state {before} it makes "
            "{h}."
        )
    return _("Step {t} of {T}: the network reads {token}. From this and the old state {before} it makes {h}.")


def _unasked(question: str) -> dict[str, str]:
    """Of a step at which nothing is asked: yet, or any more."""
    if question in ("next", "previous"):
        neighbour = _("Nothing is asked at this step: its neighbour lies outside the sequence.")
        return {"notAskedYet": neighbour, "notAskedAnyMore": neighbour}
    return {
        "notAskedYet": _("Nothing is asked yet."),
        "notAskedAnyMore": _("Nothing is asked any more: the sequence is complete."),
    }


def _loss(reading: Reading) -> dict[str, str]:
    if reading.loss == "squared" and reading.several:
        scored = _(
            "Step {t}: guess {guess}, target {target}. Loss, the sum of (guess − target)²: {loss}. So far: {total}."
        )
    elif reading.loss == "squared":
        scored = _("Step {t}: guess {guess}, target {target}. Loss (guess − target)²: {loss}. So far: {total}.")
    elif reading.several:
        scored = _(
            "Step {t}: {right} of {n} answers are right. Loss, the sum of −ln of what each right answer got: "
            "{loss} nats. So far: {total}."
        )
    else:
        scored = _(
            "Step {t}: the target {target} got probability {chance}. Loss, −ln of it: {loss} nats. So far: {total}."
        )
    once = _("The loss measures the one guess that is asked for against its target, at step {T}.")
    often = _("The loss measures each guess against its target. Step right to add up all {n}.")
    return {
        "lossStart": once if reading.asked.sum() == 1 else often,
        "scored": scored,
        "notScored": _("Step {t}: nothing was asked here, so nothing is lost. So far: {total}."),
    }


def _backward(network: Architecture, level: Level) -> dict[str, str]:
    on = _("Its share of the gradient of W_hh is {share}. To {before} flows {flow}.")
    if network.cell == "lstm":
        on = _("Its share of the gradient of W_hh is {share}. To {before} flows {flow}, along the memory c {flowC}.")
    return {
        "nothingToLearn": _("Every guess is exactly right: the loss is 0, so there is no gradient to send back."),
        **(_back_from_above() if level.layer < network.layers - 1 else _back_from_its_loss()),
        "backOn": on,
        "backAtStart": _("The gradient has reached the initial state: ‖∂L/∂h₀‖ = {norm}. The walk back is done."),
    }


def _back_from_its_loss() -> dict[str, str]:
    return {
        "backFirst": _("The walk back begins at step {t}. Only its own loss reaches {h}: ‖∂L/∂{h}‖ = {norm}."),
        "backNotAsked": _("The walk back begins at step {t}. Nothing is asked there, so no gradient enters yet."),
        "back": _("Step {t}: its own loss and all later ones add up, as vectors, to ‖∂L/∂{h}‖ = {norm}."),
        "backLater": _("Step {t}: it has no loss of its own. What comes from later steps is ‖∂L/∂{h}‖ = {norm}."),
    }


def _back_from_above() -> dict[str, str]:
    """Of a layer with others above: what these send down has passed many steps already."""
    first = _("The walk back begins at step {t}. Only what the layer above sends down reaches {h}: ‖∂L/∂{h}‖ = {norm}.")
    back = _(
        "Step {t}: what the layer above sends down and what comes from later steps add up, as vectors, to "
        "‖∂L/∂{h}‖ = {norm}."
    )
    return {"backFirst": first, "backNotAsked": first, "back": back, "backLater": back}


def _updates() -> dict[str, str]:
    """What is told of the updates that were made, and of the next."""
    return {
        "updating": _(
            "Every weight knows from the way back which way lowers L = {loss}. An update goes a little that way."
        ),
        "working": _("Working …"),
        "learned": _("Updates so far: {n}. L went from {first} to {last}. The last one changed it by {step}."),
        "foretold": _("Foretold: {fall}."),
        "since": _("Since then the network was changed by hand: L = {loss}."),
        "tooFar": _("At {lr} a straight line would lower L by {fall}, more than there is: far too large a step."),
        "exploded": _(
            "The loss left the range of numbers: this learning rate is too large. Start over with a smaller one."
        ),
        "ahead": _("At {lr} the next update should lower L by about lr·‖∂L/∂w‖² = {fall}: true while steps are small."),
    }
