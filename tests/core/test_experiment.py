"""Experiment: what the strict constructor refuses, and what an Experiment that stands decides."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from rnn_core import Experiment, Invalid
from rnn_core.experiment import FIELDS, WORK, Choice, Flag, Real, Whole
from rnn_core.model import build
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import MARKS
from tests.core.draw import experiments

NOT_NUMBERS = [math.nan, math.inf, -math.inf, True, "3", [3]]


def bad_values(field: str) -> list[Any]:
    """Wrong types, out of range, NaN, infinities, bools: whatever the field's rule must not let through."""
    rule = FIELDS[field]
    if isinstance(rule, Choice):
        return ["nonsense", 3, True, None, math.nan, []]
    if isinstance(rule, Whole):
        return [rule.low - 1, rule.high + 1, 10**400, float(rule.low), None, *NOT_NUMBERS]
    if isinstance(rule, Real):
        none = [] if rule.optional else [None]
        return [rule.low - 1e-9, rule.high + 1e-9, 10**400, *none, *NOT_NUMBERS]
    not_text = [3, None, math.nan, b"banana", ["b"]]
    return not_text if isinstance(rule, Flag) else [*not_text, True]


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in FIELDS for value in bad_values(field)])
def test_a_bad_value_is_refused_by_its_fields_name(field: str, value: Any) -> None:
    """One Invalid that names the field and holds the value, for every field there is."""
    with pytest.raises(Invalid) as caught:
        Experiment(**{field: value})
    assert caught.value.code in ("choice", "type", "range")
    assert caught.value.field == field
    assert caught.value.value is value
    assert field in str(caught.value)


@pytest.mark.parametrize("field", [field for field, rule in FIELDS.items() if isinstance(rule, Whole | Real)])
def test_the_ends_of_a_range_belong_to_it(field: str) -> None:
    """`low` and `high` themselves are allowed."""
    rule = FIELDS[field]
    assert isinstance(rule, Whole | Real)
    for end in (rule.low, rule.high):
        given: dict[str, Any] = {"kind": "sine", field: end}  # the one kind that every number matters to
        assert getattr(Experiment(**given), field) == end


CONTRADICTIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "text", "target": "sum"}, "target", "target"),
    ({"kind": "bits", "text": "01", "target": "sum"}, "target", "target"),
    ({"kind": "sine", "target": "parity"}, "target", "target"),
    ({"cell": "gru", "forget_bias": 1.0}, "no-forget-gate", "forget_bias"),
    ({"cell": "rnn", "forget_bias": 0.0}, "no-forget-gate", "forget_bias"),
    ({"kind": "bits", "target": "next", "text": "012"}, "not-bits", "text"),
    ({"text": " \t\n"}, "empty", "text"),
    ({"text": "x" * 61}, "too-long", "text"),
    ({"text": ("x" + "\u0323" * MARKS) * 9}, "too-long-for-link", "text"),
    ({"text": "abcdefghij" * 6, "hidden": 64}, "too-much-work", "hidden"),
]


@pytest.mark.parametrize(("given", "code", "field"), CONTRADICTIONS)
def test_a_contradiction_is_refused_by_the_field_to_change(given: dict[str, Any], code: str, field: str) -> None:
    """Values that are each allowed and do not go together."""
    with pytest.raises(Invalid) as caught:
        Experiment(**given)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("field", "value"), [("kind", "sine"), ("target", "next"), ("cell", "gru"), ("hidden", 7)])
def test_a_preset_fixes_its_network(name: str, field: str, value: Any) -> None:
    """Weights set by hand fit one kind, target, cell and size."""
    preset = PRESETS[name]
    fixed = {field: getattr(preset, field) for field in ("kind", "target", "cell", "hidden")}
    if fixed[field] == value:  # the one preset that does ask for what comes next
        value = "parity"
    with pytest.raises(Invalid) as caught:
        Experiment(**{"preset": name, "text": preset.text, **fixed, field: value})
    assert caught.value.field in (field, "target")


def test_an_unknown_preset_is_refused() -> None:
    """`from_preset` is as strict as the constructor."""
    with pytest.raises(Invalid) as caught:
        Experiment.from_preset("nonsense")
    assert (caught.value.code, caught.value.field, caught.value.value) == ("choice", "preset", "nonsense")


@given(experiments())
def test_experiments_are_values(experiment: Experiment) -> None:
    """Equal by value and hashable: the key under which a trace is computed once."""
    again = Experiment(**vars(experiment))
    assert again is not experiment
    assert again == experiment
    assert hash(again) == hash(experiment)
    with pytest.raises(AttributeError):
        experiment.seed = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_the_same_text_is_the_same_experiment() -> None:
    """However it was typed: accents composed or not, spaces doubled or not."""
    assert Experiment(text=" cafe\u0301  au lait") == Experiment(text="café au lait")


@given(experiments())
def test_work_counts_three_products_a_step(experiment: Experiment) -> None:
    """The price is the weights (the biases are not multiplied), three times a step, and what stands is affordable."""
    params = build(experiment).params
    weights = sum(value.size for name, value in params.items() if name.startswith(("weight_ih", "weight_hh")))
    assert experiment.work == 3 * len(experiment.reading().tokens) * weights <= WORK


@given(experiments())
def test_the_same_experiment_is_the_same_network(experiment: Experiment) -> None:
    """Weights depend on the Experiment alone: neither on the text's letters nor on what was built before."""
    first, second = build(experiment), build(Experiment(**vars(experiment)))
    assert first.cell == second.cell == experiment.cell
    for name, value in first.params.items():
        np.testing.assert_array_equal(value, second.params[name])


# Recorded once, with NumPy 2.4. First of weight_ih and weight_hh, last of the readout: since one generator draws all,
# in order, the last value moves when anything before it does. (LAPACK may round an orthogonal matrix elsewhere.)
RECORDED = {
    "torch": (0.2236841769704, -0.1128295310105, -0.140849281852),
    "xavier": (0.42441088546, -0.1954264803043, -0.2828234785048),
    "orthogonal": (0.2236841769704, -0.6157676348388, -0.2656541265566),
    "gaussian": (0.2236841769704, -0.6888513981042, -0.2656541265566),
    "identity": (0.2236841769704, 1.0, -0.0687429682671),
}


@pytest.mark.parametrize("init", INITS)
def test_a_link_means_the_same_network_next_year(init: str) -> None:
    """A link holds a seed and no weights, so if a draw ever changes, every link and printed exercise goes wrong."""
    params = build(Experiment(init=init, seed=42)).params
    drawn = [params["weight_ih"][0, 0], params["weight_hh"][0, 0], params["bias_hy"][-1]]
    np.testing.assert_allclose(drawn, RECORDED[init], rtol=0, atol=1e-12)
