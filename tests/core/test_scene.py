"""A link says exactly one Scene; and whatever a link says, there is a Scene to show and a word on what was mended."""

from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.cells import CELLS
from rnn_core.experiment import FIELDS, LINK_TEXT, Choice
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from rnn_core.scene import PHASES, Scene, from_query, to_query
from tests.core.draw import ANY_TEXT, experiments

LIMIT = 2048  # characters of a link that survive mail, chat and old proxies


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    experiment = draw(experiments())
    steps = len(experiment.reading().tokens)
    return Scene(experiment, draw(st.sampled_from(PHASES)), draw(st.integers(0, steps)))


@given(scenes())
@example(Scene(Experiment(text="a \x01 b"), step=1))
@example(Scene(Experiment(text="e\x01\u0301"), step=1))
def test_a_link_shows_the_same_thing(scene: Scene) -> None:
    """Written and read again, a Scene has the same settings to the last bit, phase and step; nothing was mended."""
    again, notices = from_query(to_query(scene))
    assert not notices
    assert again.experiment.settings() == scene.experiment.settings()
    assert (again.phase, again.step) == (scene.phase, scene.step)


@given(scenes())
@example(Scene(Experiment(kind="sine")))
@example(Scene(Experiment(kind="text", period=13)))
@example(Scene(Experiment.from_preset("hello")))
def test_a_link_is_the_same_value(scene: Scene) -> None:
    """Written and read again, a Scene equals itself, so whoever opens a link meets the trace already computed."""
    assert from_query(to_query(scene)) == (scene, [])


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, 2.9999999999999996, 5e-324, 1e-7])
def test_a_link_keeps_every_bit_of_a_number(value: float) -> None:
    """The shortest decimal that reads back as the same float is what a link writes."""
    scene = Scene(Experiment(gain=value, forget_bias=-value))
    again = from_query(to_query(scene))[0].experiment
    assert (again.gain, again.forget_bias) == (value, -value)


@given(scenes())
def test_a_link_is_short(scene: Scene) -> None:
    """Under 2 KB once encoded."""
    assert len(urlencode(to_query(scene))) <= LIMIT


LONGEST = [
    ("text", "\u0323" * (LINK_TEXT // 6)),
    ("text", "👩🏽" * 60),
    ("text", "中" * 60),
    ("numbers", " ".join(["-1.00000000000000000000001"] * 59)),
    ("bits", ",".join("01" * 30)),
]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("kind", "text"), LONGEST)
def test_the_longest_link_is_short(cell: str, kind: str, text: str) -> None:
    """The longest texts a Scene allows, the longest names and the most digits, together, still fit."""
    experiment = Experiment(
        kind=kind,
        text=text,
        target=max(TARGETS[kind], key=len),
        cell=cell,
        hidden=10,
        init=max(INITS, key=len),
        gain=1.2345678901234567e-100,
        forget_bias=-1.2345678901234567e-100 if "f" in CELLS[cell].blocks else None,
        seed=9999,
    )
    assert len(urlencode(to_query(Scene(experiment, "backward", 1)))) <= LIMIT


def test_an_empty_link_is_the_opening_scene() -> None:
    """No link: hello, forwards, in the middle; nothing to report."""
    assert from_query({}) == (Scene(), [])


@given(scenes(), st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=5))
def test_unknown_keys_are_ignored(scene: Scene, extra: dict[str, str]) -> None:
    """What a newer version, or a mailer, added to a link does no harm."""
    known = {*FIELDS, "v", "phase", "step"}
    query = to_query(scene)
    assert from_query({**{k: v for k, v in extra.items() if k not in known}, **query}) == from_query(query)


# In a link otherwise empty: key, text → what is taken, and the code of the notice.
MENDED = [
    ("hidden", "1000", 64, "clamped"),
    ("hidden", "-3", 1, "clamped"),
    ("hidden", "7.6", 8, "clamped"),
    ("hidden", "1e300", 64, "clamped"),
    ("hidden", "many", 6, "ignored"),
    ("hidden", "", 6, "ignored"),
    ("seed", "10000", 9999, "clamped"),
    ("gain", "-5", 0, "clamped"),
    ("gain", "nan", 1, "ignored"),
    ("gain", "1e999", 1, "ignored"),
    ("gain", "\ud800", 1, "ignored"),
    ("forget_bias", "99", 10, "clamped"),
    ("cell", "LSTM", "lstm", "ignored"),
    ("init", "zeros", "torch", "ignored"),
    ("kind", "image", "text", "ignored"),
    ("preset", "goodbye", "", "ignored"),
    ("target", "sum", "next", "target"),
    ("text", "", "banana", "empty"),
    ("text", "x" * 61, "banana", "too-long"),
]


@pytest.mark.parametrize(("key", "text", "taken", "code"), MENDED)
def test_a_bad_value_is_mended_and_reported(key: str, text: str, taken: object, code: str) -> None:
    """The nearest value that is allowed, or the usual one, and one notice that says which field it was."""
    scene, notices = from_query({"kind": "text", key: text})
    assert getattr(scene.experiment, key) == taken
    assert [(notice.field, notice.code) for notice in notices] == [(key, code)]


@pytest.mark.parametrize(
    ("query", "phase", "step", "codes"),
    [
        ({"step": "2", "phase": "loss"}, "loss", 2, []),
        ({"step": "99"}, "forward", 5, ["clamped"]),
        ({"step": "-1"}, "forward", 0, ["clamped"]),
        ({"step": "last"}, "forward", 3, ["ignored"]),
        ({"phase": "sideways"}, "forward", 3, ["ignored"]),
    ],
)
def test_the_cursor_stays_within_the_sequence(query: dict[str, str], phase: str, step: int, codes: list[str]) -> None:
    """A step from 0 to T and a known phase, mended like any other value."""
    scene, notices = from_query({"preset": "hello", **query})
    assert (scene.phase, scene.step, [notice.code for notice in notices]) == (phase, step, codes)


GIVEN_UP = [
    ({"cell": "gru", "forget_bias": "1"}, "forget_bias"),
    ({"kind": "sine", "target": "parity"}, "target"),
    ({"text": "abcdefghij" * 6, "hidden": "64"}, "hidden"),
    ({"preset": "parity", "text": "012"}, "text"),
]


@pytest.mark.parametrize(("given", "field"), GIVEN_UP)
def test_a_contradiction_gives_up_one_setting(given: dict[str, str], field: str) -> None:
    """Settings that do not go together lose the one at fault, and keep the rest."""
    scene, notices = from_query(given)
    assert [notice.field for notice in notices] == [field]
    for name, text in given.items():
        assert (str(getattr(scene.experiment, name)) == text) == (name != field)


def test_an_unknown_letter_gives_up_the_preset() -> None:
    """What was typed is kept; the weights set by hand, which do not know the letter, are not."""
    scene, notices = from_query({"preset": "hello", "text": "help"})
    assert (scene.experiment.preset, scene.experiment.text) == ("", "help")
    assert [(notice.field, notice.code) for notice in notices] == [("text", "alphabet")]


def plausible(key: str) -> st.SearchStrategy[str]:
    """Junk, numbers, and values that some field or other would take."""
    rule = Choice(PHASES) if key == "phase" else FIELDS.get(key)
    names = st.sampled_from(rule.options) if isinstance(rule, Choice) else st.sampled_from(["0110", "3, 4", "hello"])
    return ANY_TEXT | st.floats().map(repr) | st.integers().map(str) | names


KEYS = [*FIELDS, "phase", "step", "v"]


@given(st.fixed_dictionaries({}, optional={key: plausible(key) for key in KEYS}))
def test_any_link_gives_a_scene(query: dict[str, str]) -> None:
    """Whatever stands in the address there is a Scene to show, each repair is an Invalid, and no exception."""
    scene, notices = from_query(query)
    assert 0 <= scene.step <= scene.steps
    assert scene.phase in PHASES
    assert all(type(notice) is Invalid and notice.field in KEYS for notice in notices)


@pytest.mark.parametrize(
    ("given", "field"), [({"phase": "sideways"}, "phase"), ({"step": -1}, "step"), ({"step": 6}, "step")]
)
def test_a_scene_itself_is_strict(given: dict[str, object], field: str) -> None:
    """Only links are lenient."""
    with pytest.raises(Invalid) as caught:
        Scene(Experiment.from_preset("hello"), **given)  # pyright: ignore[reportArgumentType]
    assert caught.value.field == field


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_named_by_its_name_alone(name: str) -> None:
    """preset=… in an address is enough; the preset brings its own text."""
    assert from_query({"preset": name})[0].experiment == Experiment.from_preset(name)
