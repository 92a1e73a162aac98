"""Tasks on data, waves and sentences, each against another way to the same answer."""

import hashlib
import math
import re
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from rnn_core import Experiment, Invalid, tasks
from rnn_core.experiment import fingerprint, load_task
from rnn_core.readers import clean, letters
from rnn_core.tasks import Task, _data, digits, forecast, next_char, sentiment, sine, sines

ROOT = Path(__file__).parents[2]
DATA = ROOT / "assets" / "data"


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- Shipped data


def test_every_file_is_listed_with_licence_and_sha_256():
    table = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("| `")]
    files = {path.name for path in DATA.iterdir() if path.name not in ("README.md", ".gitattributes")}
    assert {row[0].strip("`") for row in rows} == files
    for name, what, source, licence, sha256 in rows:
        assert what
        assert source
        assert re.search("public domain|MIT|CC BY", licence)
        assert sha256.strip("`") == hashlib.sha256((DATA / name.strip("`")).read_bytes()).hexdigest()


def test_shipped_data_stay_small():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 500_000


@pytest.mark.parametrize("damage", [b"month,ppm\n1958-03,316.11\n", b"", None])
def test_a_changed_file_is_never_used(tmp_path: Path, damage: bytes | None):
    (tmp_path / "README.md").write_bytes((DATA / "README.md").read_bytes())
    if damage is not None:
        (tmp_path / "co2.csv").write_bytes(damage)
    with pytest.raises(Invalid) as caught:
        _data.read("co2.csv", tmp_path)
    assert (caught.value.code, caught.value.value) == ("damaged-data", "co2.csv")


def test_an_unlisted_file_is_never_used(tmp_path: Path):
    (tmp_path / "README.md").write_text("", encoding="utf-8")
    (tmp_path / "nile.csv").write_bytes((DATA / "nile.csv").read_bytes())
    with pytest.raises(Invalid, match="damaged-data"):
        _data.read("nile.csv", tmp_path)


def test_importing_the_tasks_reads_no_data():
    code = "import rnn_core.tasks, rnn_core.experiment, sys; print('rnn_core.tasks._data' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]


@pytest.mark.parametrize("name", ["next-char", "sentiment", "forecast"])
def test_a_data_set_that_there_is_not_is_refused(name: str):
    task = tasks.load(name)
    assert task.variant is not None
    with pytest.raises(Invalid, match="choice"):
        task.variant("nowhere")


def test_a_data_set_brings_its_own_recipe():
    assert Experiment.from_task("forecast").weight_decay == 0
    assert Experiment.from_task("forecast", data="nile").weight_decay > 0
    assert Experiment.from_task("forecast", data="nile", weight_decay=0.5).weight_decay == 0.5


# ---- Waves


def test_a_sine_goes_on_by_its_recurrence():
    batch = sine.make(rng(), 50, 20)
    before, now, then = batch.x[:-1], batch.x[1:], batch.target[1:]
    np.testing.assert_allclose(then, 2 * math.cos(2 * math.pi / 25) * now - before, atol=1e-12)
    assert batch.asked[1:].all()
    assert not batch.asked[0].any()


def test_sines_begin_anywhere():
    first = sine.make(rng(), 2, 20_000).x[0, :, 0]
    np.testing.assert_allclose([first.mean(), (first**2).mean()], [0, 1 / 2], atol=0.02)


def test_two_sines_need_four_values_and_no_more():
    batch = sines.make(rng(), 60, 4000)
    past = batch.x[40 - np.arange(5), :, 0].T  # the newest first
    (error3, error4) = (
        np.mean((past[:, :n] @ np.linalg.lstsq(past[:, :n], batch.target[40, :, 0])[0] - batch.target[40, :, 0]) ** 2)
        for n in (3, 4)
    )
    assert error4 < 1e-20
    assert error3 > 5 * sines.TASK.goal
    assert batch.asked[3:].all()
    assert not batch.asked[:3].any()


@pytest.mark.parametrize("task", [sine.TASK, sines.TASK], ids=lambda task: task.name)
def test_the_baseline_of_a_wave_is_the_best_multiple_of_the_last_value(task: Task):
    batch = task.make(rng(), 30, 40_000)
    x, y = batch.x[20:].ravel(), batch.target[20:].ravel()
    error = np.mean((y - (x @ y) / (x @ x) * x) ** 2)
    assert task.baseline is not None
    assert task.baseline(30)[1] == pytest.approx(error, rel=0.02)


# ---- Digits


def test_digits_are_read_from_the_top_and_the_held_out_are_others():
    batch = digits.rows(np.array([0]))  # in the file the first is a zero: its topmost row is 0 0 5 13 9 1 0 0
    np.testing.assert_array_equal(batch.x[0, 0] * 16, [0, 0, 5, 13, 9, 1, 0, 0])
    assert batch.target.tolist() == [[0]]
    pictures, _ = digits.images()
    assert pictures.shape == (1797, 8, 8)
    assert (pictures.min(), pictures.max()) == (0, 1)
    trained = {picture.tobytes() for picture in pictures[: digits.TRAINED]}
    exam = digits.TASK.exam(8)
    assert exam.x.shape == (8, 297, 8)
    assert not trained & {np.ascontiguousarray(picture).tobytes() for picture in exam.x.transpose(1, 0, 2)}
    drawn = digits.make(rng(), 8, 500).x.transpose(1, 0, 2)
    assert {np.ascontiguousarray(picture).tobytes() for picture in drawn} <= trained


# ---- Sentences

BY_HAND = {
    "en": {
        "the film is good": True,
        "the cast is not very funny": False,
        "the plot is never boring": True,
        "i do not really hate the ending": True,
        "i despise the script": False,
        "the film is good but the plot is dull": False,
        "the plot is dull but the film is good": True,
        "although the film is good , i dislike the music": False,
        "the film is good although i dislike the music": True,
        "the camera is not bad but i did not like the story": False,
    },
    "zh": {
        "电影很好": True,
        "演员不有趣": False,
        "情节一点也不无聊": True,
        "我没那么讨厌结局": True,
        "我厌恶对白": False,
        "电影很好，但是情节很乏味": False,
        "情节很乏味，但是电影很好": True,
        "虽然电影很好，但是我反感音乐": False,
        "电影很好，尽管我反感音乐": True,
        "画面并不差，但是我不喜欢故事": False,
    },
}
# The same grammar, written down a second time: what is unkind, what denies, where the second clause begins.
UNKIND = {
    "en": "bad|dull|boring|weak|silly|ugly|dislike|hate|despise",
    "zh": "差|糟糕|无聊|乏味|平庸|俗气|讨厌|反感|厌恶",
}
DENIES = {"en": r"\bnot\b|\bnever\b", "zh": "不|没"}


def kind(language: str, sentence: str) -> bool:
    """Slowly, from the text alone: the clause that decides, then whether it has an even number of turns."""
    if language == "en":
        sentence = sentence.split(" but ")[-1]
        sentence = sentence.split(" , ")[1] if sentence.startswith("although") else sentence.split(" although ")[0]
    else:
        sentence = sentence.split("，但是")[-1].split("，尽管")[0]
    turns = len(re.findall(UNKIND[language], sentence)) + len(re.findall(DENIES[language], sentence))
    return turns % 2 == 0


LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@LANGUAGES
def test_the_slow_reader_agrees_with_a_person(language: str):
    assert {sentence: kind(language, sentence) for sentence in BY_HAND[language]} == BY_HAND[language]


@LANGUAGES
def test_sentences_by_hand_are_of_the_grammar(language: str):
    grammar = sentiment.GRAMMARS[language]
    for sentence in BY_HAND[language]:
        tokens = grammar.read(sentence)
        assert sentiment.UNKNOWN not in tokens
        assert grammar.write(tokens) == sentence


@LANGUAGES
def test_every_verdict_is_the_slow_readers_and_survives_reading(language: str):
    grammar = sentiment.GRAMMARS[language]
    batch = sentiment.variant(language).make(rng(), sentiment.LONGEST, 2000)
    assert batch.lengths is not None
    for tokens, length, target in zip(batch.x.T, batch.lengths, batch.target[0, :, 0], strict=True):
        sentence = grammar.write(tokens)
        assert kind(language, sentence) == target, sentence
        assert (tokens[length:] == sentiment.PAD).all()
        np.testing.assert_array_equal(grammar.read(sentence), tokens[:length])
    assert 0.45 < batch.target.mean() < 0.55


@LANGUAGES
def test_no_sentence_is_cut_off(language: str):
    clauses, before = sentiment.GRAMMARS[language].tables
    longest = (clauses != sentiment.PAD).sum(axis=-1).max()
    links = (before != sentiment.PAD).sum(axis=(1, 2)).max()
    assert 2 * longest + links <= sentiment.LONGEST


@LANGUAGES
def test_held_out_sentences_are_never_trained_on(language: str):
    task = sentiment.variant(language)
    exam = {row.tobytes() for row in np.ascontiguousarray(task.exam(sentiment.LONGEST).x.T)}
    assert len(exam) > 200
    drawn = np.ascontiguousarray(task.make(rng(), sentiment.LONGEST, 100_000).x.T)
    assert not exam & {row.tobytes() for row in drawn}


@LANGUAGES
def test_about_one_sentence_in_eight_is_held_out(language: str):
    rows, _ = sentiment.draw(sentiment.GRAMMARS[language], rng(), 40_000)
    assert sentiment.is_held_out(np.unique(rows, axis=0)).mean() == pytest.approx(1 / 8, abs=0.01)


@LANGUAGES
def test_what_words_alone_can_tell(language: str):
    """All pairs of clauses, grouped by the words they hold: how often the best guess in a group is right, its loss."""
    grammar, task = sentiment.GRAMMARS[language], sentiment.variant(language)
    clauses, _ = grammar.tables
    things = np.repeat(np.arange(len(clauses)), clauses[0, ..., 0].size)
    is_kind = np.tile(grammar.kind.ravel(), len(clauses))
    bag = (clauses.reshape(len(things), -1)[..., None] == np.arange(2, len(grammar.words))).sum(axis=1)
    number = bag @ rng().integers(1, 2**40, bag.shape[1])  # one number a bag, so that bags add as numbers do
    pairs = things[:, None] != things
    _, group = np.unique((number[:, None] + number)[pairs], return_inverse=True)
    total = np.bincount(group)
    share = np.bincount(group, np.broadcast_to(is_kind, pairs.shape)[pairs]) / total
    inside = share * (1 - share) > 0
    loss = np.where(inside, -share * np.log(share + ~inside) - (1 - share) * np.log(1 - share + ~inside), 0)
    contrasts = (len(grammar.links) - 1) / len(grammar.links)  # a clause that stands alone is plain from its words
    right = 1 - contrasts * (1 - np.average(np.maximum(share, 1 - share), weights=total))
    assert 0.7 < right < 0.76 < task.goal
    assert task.baseline is not None
    assert task.baseline(1)[1] == pytest.approx(contrasts * np.average(loss, weights=total), abs=5e-5)


@pytest.mark.parametrize(
    ("language", "typed", "words"),
    [
        ("en", "The film isn’t GOOD, but...", ["the", "film", "is", "not", "good", ",", "but", ".", ".", "."]),
        ("en", "i don't like the cat", ["i", "do", "not", "like", "the", "cat"]),
        ("zh", "电影一点也不好看", ["电影", "一点", "也", "不", "好", "看"]),
        ("zh", "我喜欢音乐，但是…", ["我", "喜欢", "音乐", "，", "但是", "…"]),
    ],
)
def test_typed_sentences_are_cut_into_words(language: str, typed: str, words: list[str]):
    grammar = sentiment.GRAMMARS[language]
    assert grammar.cut(typed) == words
    unknown = [word for word in words if word not in grammar.words]
    assert (grammar.read(typed) == sentiment.UNKNOWN).sum() == len(unknown)


# ---- Texts

PANGRAM = "the quick brown fox jumps over the lazy dog. "


def shipped(name: str) -> tuple[str, ...]:
    return letters(clean((DATA / next_char.SHIPPED[name][0]).read_text(encoding="utf-8")))


def symbols(name: str) -> list[str]:
    """The vocabulary, made a second time."""
    counts = Counter(shipped(name))
    if len(counts) > 512:
        counts = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:511]) | {next_char.OTHER: 0}
    return sorted(counts)


TEXTS = pytest.mark.parametrize("name", list(next_char.SHIPPED))


def read_back(tokens: np.ndarray, known: list[str]) -> str:
    return "".join(known[token] for token in tokens)


def as_known(text: tuple[str, ...], known: list[str]) -> str:
    return "".join(letter if letter in known else next_char.OTHER for letter in text)


@TEXTS
def test_windows_are_of_the_text_and_the_last_tenth_is_kept_apart(name: str):
    task, known, text = next_char.variant(name), symbols(name), shipped(name)
    assert task.inputs == task.outputs == len(known) <= 512
    learnt, held_out = as_known(text[: len(text) * 9 // 10], known), as_known(text[len(text) * 9 // 10 :], known)
    batch = task.make(rng(), 40, 30)
    for x, target in zip(batch.x.T, batch.target.T, strict=True):
        assert read_back(np.append(x, target[-1]), known) in learnt
        np.testing.assert_array_equal(x[1:], target[:-1])
    exam = task.exam(40)
    whole = "".join(read_back(x, known) for x in exam.x.T)
    assert whole == held_out[: len(whole)]
    assert "".join(read_back(x, known) for x in exam.target.T) == held_out[1 : len(whole) + 1]


@TEXTS
def test_the_stream_is_the_text_chunk_after_chunk_and_begins_again(name: str):
    task, known, text = next_char.variant(name), symbols(name), shipped(name)
    learnt = as_known(text[: len(text) * 9 // 10], known)
    length, size = 500, 7
    assert task.stream is not None
    chunks = [task.stream(update, length, size) for update in range(len(learnt) // length + 2)]
    for b in range(size):
        begin = b * len(learnt) // size
        x = "".join(read_back(chunk.x[:, b], known) for chunk in chunks)
        target = "".join(read_back(chunk.target[:, b], known) for chunk in chunks)
        endless = (learnt[begin:] + 2 * learnt)[: len(x) + 1]
        assert (x, target) == (endless[:-1], endless[1:])


@TEXTS
def test_the_baseline_is_the_letters_frequencies(name: str):
    task, known, text = next_char.variant(name), symbols(name), shipped(name)
    learnt = as_known(text[: len(text) * 9 // 10], known)
    held_out = as_known(text[len(text) * 9 // 10 :], known)
    count = Counter(learnt)
    loss = -sum(math.log((count[ch] + 1) / (len(learnt) + len(known))) for ch in held_out) / len(held_out)
    assert task.baseline is not None
    assert task.baseline(64)[1] == pytest.approx(loss, rel=1e-9)


@TEXTS
def test_no_guess_from_the_last_letter_alone_reaches_the_goal(name: str):
    """Counts of pairs, mixed with frequencies in the share that suits what is held out best."""
    task, known, text = next_char.variant(name), symbols(name), shipped(name)
    numbers = np.array([known.index(ch) for ch in as_known(text, known)])
    learnt, held_out = np.split(numbers, [len(numbers) * 9 // 10])
    single = (np.bincount(learnt, minlength=len(known)) + 1) / (len(learnt) + len(known))
    pairs = np.zeros((len(known), len(known)))
    np.add.at(pairs, (learnt[:-1], learnt[1:]), 1)
    a, b = held_out[:-1], held_out[1:]
    best = min(
        np.exp(-np.mean(np.log((pairs[a, b] + k * single[b]) / (pairs[a].sum(axis=1) + k)))) for k in (1, 10, 30, 100)
    )
    ours = next_char.Text("".join(shipped(name))).pairs_alone()
    assert task.goal < ours < best < 1.15 * ours


def test_pairs_alone_is_a_distribution():
    """Of a text whose pairs are all seen, the guesses after each letter sum to 1: perplexity is at least 1."""
    text = next_char.Text("abacabad" * 40)
    numbers = np.concatenate((text.learnt, text.held_out))
    total = np.zeros(len(text.symbols))
    for follower in range(len(text.symbols)):
        text.held_out = np.array([0, follower])
        total[follower] = 1 / text.pairs_alone()
    assert total.sum() == pytest.approx(1)
    assert set(numbers) == {0, 1, 2, 3}


def test_perplexity_of_not_knowing_is_the_number_of_symbols():
    batch = next_char.TASK.exam(64)
    V = next_char.TASK.outputs
    guess = np.full((*batch.target.shape, V), 1 / V)
    assert next_char.TASK.metric.score(guess, batch) == pytest.approx(V)
    assert math.isfinite(next_char.TASK.metric.score(np.eye(V)[(batch.target + 1) % V], batch))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "too-short"),
        (PANGRAM * 4, "too-short"),
        (" \n" * 5000 + "a", "too-short"),
        ("a" + "\u0301\u0316" * 400_000, "too-short"),  # one letter, however many accents
        ("\x00\ud800" * 300, "too-short"),  # controls and halves of a surrogate pair are no letters
        ("a" * 1_000_001, "too-much-text"),
        ("a" * 300, "constant"),
    ],
    ids=["empty", "short", "blank", "accents", "controls", "long", "one-letter"],
)
def test_a_text_that_cannot_be_used_is_refused(text: str, code: str):
    began = time.perf_counter()
    with pytest.raises(Invalid) as caught:
        next_char.own(text)
    assert (caught.value.code, caught.value.field) == (code, "data")
    assert time.perf_counter() - began < 10


def test_letters_stay_whole_and_have_one_form():
    family, e = "👩‍👩‍👧", "e\u0301"
    task = next_char.own(f"caf{e} {family} 中文 🇨🇳 " * 40)
    assert task.inputs == len({"c", "a", "f", "é", " ", family, "中", "文", "🇨🇳"})
    same = next_char.own(f"café {family}\n中文\t🇨🇳 " * 40)
    np.testing.assert_array_equal(task.make(rng(), 5, 9).x, same.make(rng(), 5, 9).x)


def test_the_rarest_letters_become_one():
    often = "".join(chr(0x4E00 + k) for k in range(511)) * 3
    task = next_char.own(often + "".join(chr(0x7000 + k) for k in range(150)) + often)
    assert task.inputs == 512
    text = next_char.Text(often + "".join(chr(0x7000 + k) for k in range(150)) + often)
    other = text.symbols.index(next_char.OTHER)
    assert (np.concatenate((text.learnt, text.held_out)) == other).sum() == 150


def test_ones_own_text_trains_by_its_fingerprint():
    text = PANGRAM * 40
    experiment = Experiment.from_task("next-char", data=fingerprint(text), length=50)
    task = load_task(experiment, text)
    assert task.exam(50).x.shape[0] == 50
    longer = Experiment.from_task("next-char", data=fingerprint(text), length=500)
    with pytest.raises(Invalid) as caught:
        load_task(longer, text)
    assert (caught.value.code, caught.value.field, caught.value.bound) == ("range", "length", task.lengths)


# ---- Series


def values(name: str) -> np.ndarray:
    lines = (DATA / f"{name}.csv").read_text().splitlines()[1:]
    return np.array([float(line.split(",")[1]) for line in lines])


SERIES = pytest.mark.parametrize("name", list(forecast.SHIPPED))


@SERIES
def test_windows_are_changes_of_the_first_three_quarters(name: str):
    series = values(name)
    known = series[: len(series) * 3 // 4]
    unit = math.sqrt(sum((b - a) ** 2 for a, b in pairwise(known)) / (len(known) - 1))
    changes = np.diff(known) / unit
    places = {round(value, 9) for value in changes}
    batch = forecast.variant(name).make(rng(), 10, 200)
    assert {round(value, 9) for value in batch.x.ravel()} <= places
    np.testing.assert_array_equal(batch.x[1:], batch.target[:-1])
    start = np.flatnonzero(np.isclose(changes, batch.x[0, 0, 0]))
    assert any(np.allclose(changes[s : s + 11], [*batch.x[:, 0, 0], batch.target[-1, 0, 0]]) for s in start)


@SERIES
def test_each_value_held_out_is_asked_once_and_the_baseline_is_standing_still(name: str):
    series, task = values(name), forecast.variant(name)
    cut = len(series) * 3 // 4
    unit = np.sqrt(np.mean(np.diff(series[:cut]) ** 2))
    errors = [(series[t] - series[t - 1]) ** 2 / unit**2 for t in range(cut, len(series))]
    exam = task.exam(12)
    assert exam.asked.sum() == len(errors)
    np.testing.assert_allclose(exam.target[exam.asked][:, 0] ** 2, errors)
    assert task.baseline is not None
    assert task.baseline(12)[1] == pytest.approx(np.mean(errors))
    assert task.metric.score(np.zeros_like(exam.target), exam) == pytest.approx(1)
    context = np.diff(series[cut - 13 : cut]) / unit  # the twelve changes before the first value held out
    np.testing.assert_allclose(exam.x[:, 0, 0], context)


@SERIES
def test_goals_are_in_reach_of_a_line_and_out_of_reach_of_a_constant(name: str):
    """Least squares on the values' changes, with the normal equations instead of windows."""
    series, task = values(name), forecast.variant(name)
    cut, memory = len(series) * 3 // 4, 12
    changes = np.diff(series)
    rows = np.array([changes[t - memory : t] for t in range(memory, len(changes))])
    learnt = cut - 1 - memory
    weights = np.linalg.solve(rows[:learnt].T @ rows[:learnt], rows[:learnt].T @ changes[memory : cut - 1])
    held_out = changes[cut - 1 :]
    attained = np.mean((rows[learnt:] @ weights - held_out) ** 2) / np.mean(held_out**2)
    constant = np.var(held_out) / np.mean(held_out**2)  # the best there is, known only afterwards
    assert attained < task.goal < 0.9 < constant
    assert forecast.Series(series).weighted_sum(memory) == pytest.approx(attained)


def test_co2_months_are_complete():
    months = [line.split(",")[0] for line in (DATA / "co2.csv").read_text().splitlines()[1:]]
    assert months == [f"{1958 + k // 12}-{k % 12 + 1:02}" for k in range(2, 2 + len(months))]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "too-few"),
        ("1 2 3", "too-few"),
        (" ".join(map(str, range(49))), "too-few"),
        ("1 2 three " * 30, "not-numbers"),
        ("1, nan, 2, " * 30, "not-finite"),
        ("1e400 2 " * 30, "not-finite"),
        ("1 2 1e7 " * 30, "too-large"),
        ("1 2 " * 10_001, "too-many"),
        ("1700, 5\n1701, 11\n1702, 16\n" * 50, "columns"),
        ("7 " * 60, "constant"),
        (" ".join(map(str, [*range(45), *[44] * 15])), "constant"),  # the exam stands still
        (" ".join(["5"] * 45 + ["1e-200"] * 15), "constant"),
        ("1 2 ٣ \ud800 " * 30, "not-numbers"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(text: str, code: str):
    with pytest.raises(Invalid) as caught:
        forecast.own(text)
    assert caught.value.code == code


@pytest.mark.parametrize("parted", [", ", "\n", "\t", ";", "，"])
def test_ones_own_series_however_it_is_pasted(parted: str):
    series = np.round(10 * np.sin(np.arange(80) / 3) + rng().normal(size=80), 2)
    task = forecast.own(parted.join(f"{value:.2f}" for value in series))
    batch = task.exam(8)
    unit = np.sqrt(np.mean(np.diff(series[:60]) ** 2))
    np.testing.assert_allclose(batch.target[-1, :, 0] * unit, np.diff(series)[59:])
    assert 0 < task.goal <= 0.9


def test_a_long_series_is_examined_in_part_and_evenly():
    series = rng().normal(size=20_000).cumsum()
    exam = forecast.own(" ".join(f"{value:.6f}" for value in series)).exam(24)
    assert exam.x.shape == (24, 256, 1)
    unit = np.sqrt(np.mean(np.diff(series[:15_000]) ** 2))
    expected = np.diff(series)[14_999 + np.arange(256) * 5000 // 256]
    np.testing.assert_allclose(exam.target[-1, :, 0] * unit, expected, atol=1e-4)
