"""A link says exactly one Scene; and whatever a link says, there is a Scene to show and a word on what was mended."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.cells import CELLS
from rnn_core.changes import canonical
from rnn_core.descent import Descend
from rnn_core.edits import Edit, places
from rnn_core.experiment import DESCENT_STEPS, DESCENT_TIMES, FIELDS, LINK_TEXT, Choice
from rnn_core.model import sizes
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from rnn_core.scene import CURSOR, NAMED, PHASES, Scene, from_query, kept, left_out, nodes, to_query
from tests.core.draw import ANY_TEXT, changes_of, edits_of, experiments

LIMIT = 2048  # characters of a link that survive mail, chat and old proxies


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    experiment = draw(experiments())
    steps = len(experiment.reading().tokens)
    changes = canonical(draw(st.just([]) | changes_of(experiment)))
    node = draw(st.sampled_from(nodes(experiment.cell).options))
    unit = draw(st.integers(0, experiment.hidden - 1)) if node else 0  # of what is closed no unit is told
    return Scene(experiment, draw(st.sampled_from(PHASES)), draw(st.integers(0, steps)), changes, unit, node)


@given(scenes())
@example(Scene(Experiment(text="a \x01 b"), step=1))
@example(Scene(Experiment(text="e\x01\u0301"), step=1))
def test_a_link_shows_the_same_thing(scene: Scene) -> None:
    """Written and read again, a Scene has the same settings to the last bit, phase and step; nothing was mended."""
    again, notices = from_query(to_query(scene))
    assert not notices
    assert again.experiment.settings() == scene.experiment.settings()
    assert (again.phase, again.step) == (scene.phase, scene.step)
    assert (again.unit, again.node) == (scene.unit, scene.node)


@given(scenes())
@example(Scene(Experiment(kind="sine")))
@example(Scene(Experiment(kind="text", period=13)))
@example(Scene(Experiment.from_preset("hello")))
def test_a_link_is_the_same_value(scene: Scene) -> None:
    """Written and read again, a Scene equals itself, so whoever opens a link meets the trace already computed."""
    if left_out(scene):
        scene = replace(scene, changes=())
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
    if key == "changes":
        word = st.from_regex(r"\A(W_hh|W_ih|b_hy|h_0|c_0|lr_0|lr|x|_)(\.-?\d{0,3}){0,3}_(-?\d{0,5}(e\d+)?|nan|inf)\Z")
        return ANY_TEXT | st.lists(word).map(" ".join)
    return ANY_TEXT | st.floats().map(repr) | st.integers().map(str) | names


KEYS = [*FIELDS, "changes", *CURSOR, "v"]


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
        ({"changes": (Edit("c_0", (0,), 1.0),)}, "edits"),
        ({"changes": (Edit("h_0", (5,), 1.0),)}, "edits"),
        ({"changes": tuple(Descend(lr, DESCENT_TIMES) for lr in range(1, 6))}, "changes"),
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


# ---- Changes


def all_edited(experiment: Experiment, value: float) -> list[Edit]:
    """Every row of everything that can be edited, at its last column."""
    return [
        Edit(name, (row, *(size - 1 for size in shape[1:])), value)
        for name, shape in places(sizes(experiment)).items()
        for row in range(shape[0])
    ]


def test_changes_stand_in_the_link_as_one_reads_them() -> None:
    """In order, short, in plain characters, and not at all where there are none."""
    first, second = (Edit("weight_hh", (3, 2), 0.5), Edit("bias_ih", (1,), -2)), Edit("h_0", (0,), 1)
    scene = Scene(Experiment.from_preset("hello"), changes=(*first, Descend(0.1, 10), second))
    changes = "changes=b_ih.1_-2+W_hh.3.2_0.5+lr_0.1_10+h_0.0_1"
    assert urlencode(to_query(scene)) == f"v=1&preset=hello&text=hello&{changes}&phase=forward&step=3"
    assert urlencode(to_query(Scene())) == "v=1&preset=hello&text=hello&phase=forward&step=3"


@given(experiments(), st.integers(0, 300))
@example(Experiment(text="中" * 60, hidden=10, gain=1 / 3, forget_bias=-1 / 3), 300)
def test_changes_travel_as_long_as_they_fit(experiment: Experiment, most: int) -> None:
    """All of them or, past 2 KB, none, and then there is a word on it; the rest of the link is as without them."""
    scene = Scene(experiment, step=1, changes=canonical(all_edited(experiment, -1 / 3)[:most]))
    query, problem = to_query(scene), left_out(scene)
    assert len(urlencode(query)) <= LIMIT
    if problem:
        assert (problem.code, problem.field, problem.value) == ("changes-too-long", "changes", len(scene.changes))
        assert query == to_query(replace(scene, changes=()))
    else:
        assert from_query(query) == (scene, [])


def test_a_link_leaves_room_for_its_host() -> None:
    """As many changes as fit, the host and the language in front of them: 2 KB, and much of it used."""
    experiment = Experiment(hidden=30)
    edits = canonical(all_edited(experiment, -1 / 3))
    fitting = max(most for most in range(len(edits)) if not left_out(Scene(experiment, changes=edits[:most])))
    link = urlencode({**to_query(Scene(experiment, changes=edits[:fitting])), "lang": "zh_CN"})
    assert (
        0.85 * LIMIT
        < len(f"https://a-rather-long-name-of-a-host.at-some-university.example.edu:8501/unroll?{link}")
        <= LIMIT
    )


@pytest.mark.parametrize(
    "word",
    [
        *("W_hh.9.0_1", "W_hh.0_1", "c_0.0_1", "W_xx.0.0_1", "h_0.0_nan"),
        *("h_0.0_1e9", "h_0.0_", "h_0.-1_1", "h_0", "_"),
        *("lr_0_1", "lr_1e3_1", "lr_nan_1", "lr_-1_1", "lr_1..2_1", "lr_0.1_0", "lr_0.1_1001", "lr_0.1_1.0", "lr_0.1"),
    ],
)
def test_a_bad_change_is_ignored_and_the_rest_kept(word: str) -> None:
    """One notice, which quotes it."""
    scene, notices = from_query({"preset": "hello", "changes": f"h_0.4_1 {word} lr_1_2 W_hh.0.0_-2.5"})
    assert scene.changes == (Edit("h_0", (4,), 1.0), Descend(1, 2), Edit("weight_hh", (0, 0), -2.5))
    assert [(notice.code, notice.field, notice.value) for notice in notices] == [("ignored", "changes", word)]


def test_updates_that_are_too_much_work_are_dropped_and_the_rest_kept() -> None:
    """Those that make the whole too expensive, with what is possible."""
    query = {"kind": "sine", "length": "40", "changes": "lr_1_400 lr_2_101 h_0.0_1 lr_3_100"}
    scene, notices = from_query(query)
    assert DESCENT_STEPS == 40 * 500
    assert scene.changes == (Descend(1, 400), Edit("h_0", (0,), 1), Descend(3, 100))
    told = [(notice.code, notice.field, notice.value, notice.bound) for notice in notices]
    assert told == [("too-many-steps", "changes", 501, 500)]


def test_a_heap_of_bad_changes_is_no_heap_of_notices() -> None:
    """Some are named, the others counted; what is longer than any link is not read at all."""
    scene, notices = from_query({"changes": "x " * 800 + "h_0.0_1"})
    assert scene.changes == (Edit("h_0", (0,), 1.0),)
    assert [notice.code for notice in notices] == ["ignored"] * NAMED + ["changes-dropped"]
    assert notices[-1].value == 800 - NAMED
    scene, notices = from_query({"changes": "h_0.0_1 " * 100_000})
    assert (scene.changes, [notice.code for notice in notices]) == ((), ["ignored"])


@given(experiments(), experiments(), st.data())
def test_kept_changes_fit(before: Experiment, after: Experiment, data: st.DataObject) -> None:
    """Whatever changes, what is kept makes a Scene; edits that are not are counted, updates are told of."""
    changes = canonical(data.draw(changes_of(before)))
    lasting, notices = kept(changes, before, after)
    assert Scene(after, step=0, changes=lasting).changes == lasting
    told = {notice.code: notice.value for notice in notices}
    edits = [change for change in changes if isinstance(change, Edit)]
    assert ("updates-dropped" in told) == (len(edits) < len(changes) and before != after)
    assert len(lasting) <= len(changes) - told.get("changes-dropped", 0)
    assert kept(changes, before, before) == (changes, [])


@given(experiments(), experiments(), st.data())
def test_kept_and_dropped_edits_are_all_there_are(before: Experiment, after: Experiment, data: st.DataObject) -> None:
    """None is lost without a word."""
    edits = canonical(data.draw(edits_of(before)))
    lasting, notices = kept(edits, before, after)
    assert sum(notice.value for notice in notices) == len(edits) - len(lasting)


@pytest.mark.parametrize("change", [{"seed": 5}, {"gain": 2.0}, {"init": "xavier"}, {"forget_bias": 1.0}])
def test_edits_outlive_another_draw(change: dict[str, object]) -> None:
    """What was set by hand stays set, whatever the other weights are."""
    edits = canonical(all_edited(Experiment(), 0.5))
    assert kept(edits, Experiment(), replace(Experiment(), **change)) == (edits, [])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "change", [{"text": "ban"}, {"seed": 5}, {"cell": "gru"}, {"kind": "sine"}, {"kind": "bits", "target": "first"}]
)
def test_updates_do_not_outlive_what_they_learnt_from(change: dict[str, str]) -> None:
    """Their gradient was another network's or sequence's; what was set by hand before and after stays if it can."""
    text = {"sine": "", "bits": "101"}.get(change.get("kind", ""), "banana")
    before, after = Experiment(), replace(Experiment(), **{"text": text, **change})  # pyright: ignore[reportArgumentType]
    first, second = Edit("h_0", (0,), 1.0), Edit("h_0", (1,), 2.0)
    lasting, notices = kept((second, Descend(0.1, 10), first, Descend(0.2, 1)), before, after)
    stays = before.cell == after.cell and before.kind == after.kind
    assert lasting == ((first, second) if stays else ())
    told = [(notice.code, notice.value) for notice in notices]
    assert told == [("updates-dropped", None)] + [("changes-dropped", 2)] * (not stays)


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
    lasting, (notice,) = kept(edits, before, after)
    assert lasting == ()
    assert (notice.code, notice.field, notice.value) == ("changes-dropped", "changes", len(edits))


def test_edits_go_with_their_letter() -> None:
    """∎abn becomes ∎acn: n keeps its number and its edits, c takes b's place but not its edits, ∎ stays first."""
    before, after = Experiment(text="nab"), Experiment(text="canna")
    edits = [Edit("weight_ih", (5, k), k) for k in range(4)]
    edits += [Edit("weight_hy", (k, 5), k) for k in range(4)] + [Edit("bias_hy", (k,), k) for k in range(4)]
    lasting, (notice,) = kept(canonical(edits), before, after)
    assert lasting == canonical(edit for edit in edits if edit.value != 2)
    assert notice.value == 3
    moved, notices = kept((Edit("weight_ih", (5, 3), 1.0),), before, Experiment(text="banned"))
    assert (moved, notices) == ((Edit("weight_ih", (5, 5), 1.0),), [])
