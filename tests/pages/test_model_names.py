"""What tells models apart, in the words of the menus."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.browser.words import say

NAMES: dict[str, list[str]] = {  # of a link's settings
    "cell=rnn+gru&hidden=8+16": ["RNN (tanh)", "GRU"],
    "cell=gru&lr=0.1+0.01": ["GRU", "GRU"],
    "cell=lstm+lstm+gru&forget_bias=-2+None": ["LSTM · Forget bias: −2", "LSTM · forget bias as drawn", "GRU"],
    "cell=gru&bidirectional=False+True": ["GRU · one direction", "GRU · both directions"],
    "cell=gru&clip=0.5+None": ["GRU · clipping at 0.5", "GRU · no clipping"],
    "cell=gru&optimizer=sgd+momentum": ["GRU · Optimiser: SGD", "GRU · Optimiser: SGD with momentum"],
    "cell=rnn&init=identity+torch": [
        "RNN (tanh) · Recurrent weights drawn: identity",
        "RNN (tanh) · Recurrent weights drawn: uniform ±1/√H (PyTorch)",
    ],
    "cell=gru&schedule=cosine+constant&gain=0.5+1": [
        "GRU · Gain: 0.5 · Schedule of the learning rate: falls along a cosine to 0",
        "GRU · Gain: 1 · Schedule of the learning rate: stays",
    ],
    "cell=gru&weight_decay=0+0.03&grow=0+10": [
        "GRU · no weight decay · full length from the start",
        "GRU · Weight decay: 0.03 · Updates before the sequences grow by one step: 10",
    ],
    "cell=gru&layers=1+2&dropout=0+0.1": ["GRU · Layers: 1", "GRU · Layers: 2 · Dropout between layers: 0.1"],
}


def named(query: str, language: str) -> list[str]:
    """In an app of nothing else."""

    def page(query: dict[str, str]) -> None:
        import streamlit as st

        from pages.ui.model_names import model_names
        from rnn_core.training.plan import Plan

        for name in model_names(Plan.from_query(query)[0]):
            st.text(name)

    settings = dict(setting.split("=") for setting in f"task=adding&{query}".split("&"))
    query_of = {name: value.replace("+", " ") for name, value in settings.items()}
    app = AppTest.from_function(page, args=(query_of,))
    app.session_state["language"] = language
    app.run()
    assert not app.exception
    return [text.value for text in app.text]


@pytest.mark.parametrize("query", NAMES)
def test_models_are_told_apart(query: str) -> None:
    """By their cells; else by what they differ in, but for what a cell has not, and for what the table says."""
    assert named(query, "en") == NAMES[query]


def test_names_are_in_the_pages_language() -> None:
    first, second = named("cell=gru&optimizer=sgd+momentum&clip=None+1", "zh_CN")
    zh = "zh_CN"
    momentum, optimizer = say(zh, "SGD with momentum"), say(zh, "Optimiser")
    assert first == f"GRU · {say(zh, '{setting}: {value}', setting=optimizer, value='SGD')} · {say(zh, 'no clipping')}"
    assert momentum in second
    assert say(zh, "clipping at {value}", value=1) in second
