"""A link says exactly one Scene; and whatever a link says, there is a Scene to show and a word on what was mended."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.cells import CELLS
from rnn_core.edits import Edit, canonical, places
from rnn_core.experiment import FIELDS, LINK_TEXT, Choice
from rnn_core.model import sizes
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from rnn_core.scene import NAMED, PHASES, Scene, from_query, kept, left_out, to_query
from tests.core.draw import ANY_TEXT, edits_of, experiments

LIMIT = 2048  # characters of a link that survive mail, chat and old proxies


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    experiment = draw(experiments())
    steps = len(experiment.reading().tokens)
    edits = draw(st.just(()) | edits_of(experiment))
    return Scene(experiment, draw(st.sampled_from(PHASES)), draw(st.integers(0, steps)), edits)


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
    if left_out(scene):
        scene = replace(scene, edits=())
    assert from_query(dict(parse_qsl(urlencode(to_query(scene)), keep_blank_values=True))) == (scene, [])


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
    known = set(KEYS)
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
    if key == "edits":
        word = st.from_regex(r"\A(W_hh|W_ih|b_hy|h_0|c_0|x|_)(\.-?\d{0,3}){0,3}_(-?\d{0,5}(e\d+)?|nan|inf)\Z")
        return ANY_TEXT | st.lists(word).map(" ".join)
    return ANY_TEXT | st.floats().map(repr) | st.integers().map(str) | names


KEYS = [*FIELDS, "edits", "phase", "step", "v"]


@given(st.fixed_dictionaries({}, optional={key: plausible(key) for key in KEYS}))
def test_any_link_gives_a_scene(query: dict[str, str]) -> None:
    """Whatever stands in the address there is a Scene to show, each repair is an Invalid, and no exception."""
    scene, notices = from_query(query)
    assert 0 <= scene.step <= scene.steps
    assert scene.phase in PHASES
    assert all(type(notice) is Invalid and notice.field in KEYS for notice in notices)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phase": "sideways"}, "phase"),
        ({"step": -1}, "step"),
        ({"step": 6}, "step"),
        ({"edits": (Edit("c_0", (0,), 1.0),)}, "edits"),
        ({"edits": (Edit("h_0", (5,), 1.0),)}, "edits"),
    ],
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


# ---- Edits


def all_edited(experiment: Experiment, value: float) -> list[Edit]:
    """Every row of everything that can be edited, at its last column."""
    return [
        Edit(name, (row, *(size - 1 for size in shape[1:])), value)
        for name, shape in places(sizes(experiment)).items()
        for row in range(shape[0])
    ]


def test_edits_stand_in_the_link_as_one_reads_them() -> None:
    """Short, in plain characters, and not at all where there are none."""
    scene = Scene(Experiment.from_preset("hello"), edits=(Edit("weight_hh", (3, 2), 0.5), Edit("bias_ih", (1,), -2)))
    assert urlencode(to_query(scene)) == "v=1&preset=hello&text=hello&edits=b_ih.1_-2+W_hh.3.2_0.5&phase=forward&step=3"
    assert urlencode(to_query(Scene())) == "v=1&preset=hello&text=hello&phase=forward&step=3"


@given(experiments(), st.integers(0, 300))
@example(Experiment(text="中" * 60, hidden=10, gain=1 / 3, forget_bias=-1 / 3), 300)
def test_edits_travel_as_long_as_they_fit(experiment: Experiment, most: int) -> None:
    """All of them or, past 2 KB, none, and then there is a word on it; the rest of the link is as without them."""
    scene = Scene(experiment, step=1, edits=canonical(all_edited(experiment, -1 / 3)[:most]))
    query, problem = to_query(scene), left_out(scene)
    assert len(urlencode(query)) <= LIMIT
    if problem:
        assert (problem.code, problem.field, problem.value) == ("edits-too-long", "edits", len(scene.edits))
        assert query == to_query(replace(scene, edits=()))
    else:
        assert from_query(query) == (scene, [])


def test_a_link_leaves_room_for_its_host() -> None:
    """As many edits as fit, the host and the language in front of them: 2 KB, and much of it used."""
    experiment = Experiment(hidden=30)
    edits = all_edited(experiment, -1 / 3)
    fitting = max(most for most in range(len(edits)) if not left_out(Scene(experiment, edits=canonical(edits[:most]))))
    link = urlencode({**to_query(Scene(experiment, edits=canonical(edits[:fitting]))), "lang": "zh_CN"})
    assert (
        0.85 * LIMIT
        < len(f"https://a-rather-long-name-of-a-host.at-some-university.example.edu:8501/unroll?{link}")
        <= LIMIT
    )


@pytest.mark.parametrize(
    "word",
    ["W_hh.9.0_1", "W_hh.0_1", "c_0.0_1", "W_xx.0.0_1", "h_0.0_nan", "h_0.0_1e9", "h_0.0_", "h_0.-1_1", "h_0", "_"],
)
def test_a_bad_edit_is_ignored_and_the_rest_kept(word: str) -> None:
    """One notice, which quotes it."""
    scene, notices = from_query({"preset": "hello", "edits": f"h_0.4_1 {word} W_hh.0.0_-2.5"})
    assert scene.edits == (Edit("h_0", (4,), 1.0), Edit("weight_hh", (0, 0), -2.5))
    assert [(notice.code, notice.field, notice.value) for notice in notices] == [("ignored", "edits", word)]


def test_a_heap_of_bad_edits_is_no_heap_of_notices() -> None:
    """Some are named, the others counted; what is longer than any link is not read at all."""
    scene, notices = from_query({"edits": "x " * 900 + "h_0.0_1"})
    assert scene.edits == (Edit("h_0", (0,), 1.0),)
    assert [notice.code for notice in notices] == ["ignored"] * NAMED + ["edits-dropped"]
    assert notices[-1].value == 900 - NAMED
    scene, notices = from_query({"edits": "h_0.0_1 " * 100_000})
    assert (scene.edits, [notice.code for notice in notices]) == ((), ["ignored"])


@given(experiments(), experiments(), st.data())
def test_kept_edits_fit(before: Experiment, after: Experiment, data: st.DataObject) -> None:
    """Whatever changes, what is kept makes a Scene, and what is not is counted."""
    edits = data.draw(edits_of(before))
    lasting, notice = kept(edits, before, after)
    assert Scene(after, step=0, edits=lasting).edits == lasting
    assert (notice.value if notice else 0) == len(edits) - len(lasting)


@pytest.mark.parametrize("change", [{"seed": 5}, {"gain": 2.0}, {"init": "xavier"}, {"forget_bias": 1.0}])
def test_edits_outlive_another_draw(change: dict[str, object]) -> None:
    """What was set by hand stays set, whatever the other weights are."""
    edits = canonical(all_edited(Experiment(), 0.5))
    assert kept(edits, Experiment(), replace(Experiment(), **change)) == (edits, None)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Experiment(cell="lstm"), Experiment(cell="gru")),
        (Experiment(hidden=6), Experiment(hidden=7)),
        (Experiment(kind="sine", target="next"), Experiment(kind="numbers", text="1 2", target="next")),
        (Experiment.from_preset("delay"), Experiment.from_preset("parity")),
        (Experiment.from_preset("hello"), Experiment(text="help", cell="rnn", hidden=5)),
    ],
)
def test_edits_go_with_their_network(before: Experiment, after: Experiment) -> None:
    """In another network the same row may belong to another gate: none stays, and their number is said."""
    edits = canonical(all_edited(before, 0.5))
    lasting, notice = kept(edits, before, after)
    assert lasting == ()
    assert notice is not None
    assert (notice.code, notice.field, notice.value) == ("edits-dropped", "edits", len(edits))


def test_edits_go_with_their_letter() -> None:
    """∎abn becomes ∎acn: n keeps its number and its edits, c takes b's place but not its edits, ∎ stays first."""
    before, after = Experiment(text="nab"), Experiment(text="canna")
    edits = [Edit("weight_ih", (5, k), k) for k in range(4)]
    edits += [Edit("weight_hy", (k, 5), k) for k in range(4)] + [Edit("bias_hy", (k,), k) for k in range(4)]
    lasting, notice = kept(canonical(edits), before, after)
    assert lasting == canonical(edit for edit in edits if edit.value != 2)
    assert notice is not None
    assert notice.value == 3
    moved, notice = kept((Edit("weight_ih", (5, 3), 1.0),), before, Experiment(text="banned"))
    assert (moved, notice) == ((Edit("weight_ih", (5, 5), 1.0),), None)
