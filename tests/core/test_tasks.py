"""What every task promises, held over all there are: a file that is added brings its tests with it."""

import random

import numpy as np
import pytest

from rnn_core import Experiment, tasks
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.experiment import TRAINING
from rnn_core.model import LOSSES
from rnn_core.tasks import HELD_OUT, MSE, Task


@pytest.fixture(params=tasks.names())
def task(request: pytest.FixtureRequest) -> Task:
    return tasks.load(request.param)


def variants(task: Task) -> list[Task]:
    """The task on each of its data sets; itself where it makes its own sequences."""
    return [task.variant(name) for name in task.data] if task.variant else [task]


def draw(task: Task, length: int, size: int, seed: int = 0) -> Batch:
    return task.make(np.random.default_rng(seed), length, size)


def assert_valid(task: Task, batch: Batch, size: int) -> None:
    """The Batch is one that the task's network can read and be asked about."""
    T = len(batch.x)
    U = 1 if task.last else T
    if task.tokens:
        assert batch.x.shape == (T, size)
        assert batch.x.dtype == np.int64
        assert batch.x.min() >= 0
        assert batch.x.max() < task.inputs
    else:
        assert batch.x.shape == (T, size, task.inputs)
        assert np.issubdtype(batch.x.dtype, np.floating)
        assert np.isfinite(batch.x).all()

    assert batch.asked.shape == (U, size)
    assert batch.asked.dtype == bool
    assert batch.asked.any(axis=0).all()  # of every sequence something
    assert batch.loss in LOSSES
    if batch.loss == "cross-entropy":
        assert batch.target.shape == (U, size)
        assert np.issubdtype(batch.target.dtype, np.integer)
        assert np.isin(batch.target, range(task.outputs)).all()
    else:
        assert batch.target.shape == (U, size, task.outputs)
        assert np.isfinite(batch.target).all()
    if batch.loss == "binary":
        assert np.isin(batch.target, (0, 1)).all()

    if batch.lengths is not None:
        assert batch.lengths.shape == (size,)
        assert batch.lengths.min() >= 1
        assert batch.lengths.max() <= T
        if not task.last:
            assert not batch.asked[np.arange(T)[:, None] >= batch.lengths].any()


def assert_equal(one: Batch, other: Batch) -> None:
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)


def perfect(task: Task, batch: Batch) -> np.ndarray:
    """(U, B, O): the guess of someone who knows."""
    return np.eye(task.outputs)[batch.target] if batch.loss == "cross-entropy" else batch.target.astype(float)


def constant(task: Task, batch: Batch) -> np.ndarray:
    """(U, B, O): always what was right on average where one learns, of someone who has not looked."""
    learned = draw(task, task.length, 256)
    usual = perfect(task, learned)[learned.asked].mean(axis=0)
    return np.broadcast_to(usual, (*batch.asked.shape, task.outputs))


def solved(task: Task, guess: np.ndarray, batch: Batch) -> bool:
    return task.metric.met(task.metric.score(guess, batch), task.goal)


def test_a_task_is_found_by_its_name(task: Task) -> None:
    """And says for people what it is, where it is from, how it is scored."""
    assert tasks.load(task.name) is task
    assert task.about.endswith(".")
    assert task.source
    assert task.metric.name
    assert task.example.text


@pytest.mark.parametrize("size", [1, 7])
def test_batches_are_what_the_task_says(task: Task, size: int) -> None:
    """At the usual length and at both ends of what is allowed, on all its data."""
    for each in variants(task):
        for length in (each.length, *each.lengths):
            assert_valid(each, draw(each, length, size), size)


def test_the_usual_length_is_allowed(task: Task) -> None:
    """And lengths are such that an Experiment can have them."""
    low, high = task.lengths
    assert low <= task.length <= high
    TRAINING["length"].check("length", low)
    TRAINING["length"].check("length", high)


def test_a_price_for_one_sequence_is_a_price_for_many(task: Task) -> None:
    """Steps depend on the length alone: an Experiment is priced by a single sequence."""
    assert len({len(draw(task, task.length, size, size).x) for size in (1, 2, 64)}) == 1


def test_a_batch_depends_on_its_generator_alone(task: Task) -> None:
    """Same seed, same batch, whatever state is global; another seed, another batch."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    first = draw(task, task.length, 8)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    assert_equal(first, draw(task, task.length, 8))
    other = draw(task, task.length, 8, seed=1)
    assert first.x.shape != other.x.shape or (first.x != other.x).any()


def test_the_exam_is_always_the_same(task: Task) -> None:
    """Whatever was drawn before; large enough to tell; and at either end of the lengths there is one."""
    for each in variants(task):
        first = each.exam(each.length)
        np.random.seed(1)  # noqa: NPY002
        draw(each, each.length, 3)
        assert_equal(first, each.exam(each.length))
        if each.held_out is None:
            assert first.x.shape[1] == HELD_OUT
        for length in (each.length, *each.lengths):
            exam = each.exam(length)
            assert_valid(each, exam, exam.x.shape[1])


def test_who_knows_passes_the_exam_and_who_has_not_looked_fails(task: Task) -> None:
    """The goal lies between the perfect guess and the best that is always the same."""
    for each in variants(task):
        exam = each.exam(each.length)
        assert solved(each, perfect(each, exam), exam)
        assert not solved(each, constant(each, exam), exam)


def test_the_example_is_one_small_sequence(task: Task) -> None:
    """Scored as any other: right is right and wrong is wrong."""
    batch = task.example.batch
    assert_valid(task, batch, 1)
    assert solved(task, perfect(task, batch), batch)
    wrong = np.roll(perfect(task, batch), 1, axis=-1) if batch.loss == "cross-entropy" else 1 - batch.target
    assert not solved(task, wrong, batch)


def test_the_loss_without_memory_is_above_the_goal(task: Task) -> None:
    """Where one is known: a positive number of nats or squares at every length, and what it is in words."""
    for length in (task.length, *task.lengths) if task.baseline else ():
        assert task.baseline
        text, loss = task.baseline(length)
        assert text
        assert 0 < loss < np.inf
        assert type(loss) is float
        assert task.metric is not MSE or loss > task.goal


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_recipe_can_be_followed(task: Task, cell: str) -> None:
    """By every cell: the settings exist, go together and can be paid for."""
    assert set(task.cells) <= set(CELLS)
    for settings in (task.recipe, *task.cells.values()):
        assert set(settings) <= set(TRAINING) - {"task", "cell", "seed"}
    assert "budget" in task.recipe
    experiment = Experiment.from_task(task.name, cell)
    assert (experiment.task, experiment.cell, experiment.length) == (task.name, cell, task.length)
    for name, value in {**task.recipe, **task.cells.get(cell, {})}.items():
        assert getattr(experiment, name) == value
    if experiment.grow:
        assert task.lengths[0] <= 2


def test_a_stream_goes_on_the_same_way(task: Task) -> None:
    """Where there is one: a chunk depends on its number alone, and the next is another."""
    for each in variants(task):
        if each.stream is None:
            continue
        chunks = [each.stream(update, each.length, 3) for update in (0, 1, 0)]
        for chunk in chunks:
            assert_valid(each, chunk, 3)
        assert_equal(chunks[0], chunks[2])
        assert (chunks[0].x != chunks[1].x).any()
