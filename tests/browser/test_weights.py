"""The weights as matrices: every number is the network's own or its gradient, any can be changed, marks are true."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from rnn_core.experiment import Experiment
from rnn_core.model import Model, ModelTrace, backward, build, forward
from tests.browser.conftest import Visit
from tests.browser.picture import Picture
from tests.browser.test_numbers import hover
from tests.browser.written import signed, value

PAIRS = {"weight_ih": "bias_ih", "weight_hh": "bias_hh", "weight_hy": "bias_hy"}
SMALL = {
    "lstm text": ("kind=text&text=abab&cell=lstm&hidden=2&seed=3&step=2", Experiment(text="abab", hidden=2, seed=3)),
    "rnn bits": (
        "kind=bits&text=1011&target=next&cell=rnn&hidden=5&seed=2&step=2",
        Experiment(kind="bits", text="1011", target="next", cell="rnn", hidden=5, seed=2),
    ),
    "preset": ("preset=hello&text=hello&step=2", Experiment.from_preset("hello")),
}
LARGE = "kind=text&text=banana&cell=lstm&hidden=6&seed=3&step=3"

# The numbers that stand in each map, and of those the ones inside the frames of a sort.
READ = """(root, sort) => [...root.querySelectorAll(".weights .heatmap")].map((map) => {
    const frames = [...map.querySelectorAll(`.frames.${sort} rect`)].map((rect) => rect.getBBox());
    const within = (v, from, size) => v > from && v < from + size;
    const inside = ({ x, y, width, height }) => frames.some((frame) =>
        within(x + width / 2, frame.x, frame.width) && within(y + height / 2, frame.y, frame.height));
    const cells = [...map.querySelectorAll("text.number")];
    const text = (cell) => cell.textContent;
    return { numbers: cells.map(text), framed: cells.filter((cell) => inside(cell.getBBox())).map(text) };
})"""


def worked_out(experiment: Experiment) -> tuple[Model, ModelTrace]:
    model = build(experiment)
    return model, backward(model, forward(model, experiment.reading()))


def with_bias(params: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A matrix as it is drawn: (rows, columns + 1)."""
    return np.column_stack((params[name], params[PAIRS[name]]))


def open_weights(picture: Picture) -> None:
    picture.root.locator(".weights > summary").click()
    expect(picture.root.locator(".weights .heatmap")).to_have_count(6)


def read(picture: Picture, sort: str = "marked") -> list[dict[str, Any]]:
    return picture.root.evaluate(READ, sort)


@pytest.mark.parametrize("name", SMALL)
def test_every_number_is_the_networks(name: str, visit: Visit) -> None:
    """Each matrix with its bias, and beside it ∂L/∂ each."""
    link, experiment = SMALL[name]
    model, trace = worked_out(experiment)
    picture = visit(f"/unroll?{link}")
    open_weights(picture)
    assert trace.d_params
    wanted = [with_bias(params, matrix) for matrix in PAIRS for params in (model.params, trace.d_params)]
    assert [seen["numbers"] for seen in read(picture)] == [[signed(v) for v in matrix.ravel()] for matrix in wanted]


def test_a_large_map_tells_every_digit(visit: Visit) -> None:
    """Under the pointer: the weight, its gradient, and from where to where it leads; a bias too."""
    model, trace = worked_out(Experiment(text="banana", hidden=6, seed=3))
    assert trace.d_params
    picture = visit(f"/unroll?{LARGE}", reduced_motion="reduce")
    open_weights(picture)
    canvas = picture.root.locator(".weights canvas").nth(2)
    where = picture.root.locator(".weights .heatmap").nth(2).locator(".marked rect").nth(1)  # unit 1's row, of gate f
    box, corner = where.bounding_box(), canvas.bounding_box()
    assert box
    assert corner
    y = box["y"] - corner["y"] + box["height"] / 2
    for x, column in ((24, 1), (box["width"] - 8, 6)):
        weight, gradient, meaning = hover(picture, canvas, {"x": box["x"] - corner["x"] + x, "y": y})
        row = [with_bias(params, "weight_hh")[6, column] for params in (model.params, trace.d_params)]
        assert [value(line.split(" = ")[1]) for line in (weight, gradient)] == row
        assert meaning == ("bias of f of unit 1" if column == 6 else "from unit 2 to f of unit 1")
        assert weight.startswith("bhf [1]" if column == 6 else "Whf [1, 2]")


def test_a_weight_is_dragged(visit: Visit) -> None:
    """A hundredth for every pixel, shown at once and sent once; then it is marked, and the card is as it was."""
    picture = visit(f"/unroll?{LARGE}")
    open_weights(picture)
    choose(picture, 1, "ArrowDown", "ArrowDown", "ArrowRight")
    number = picture.root.locator(".chosenline .weight")
    before = float(worked_out(Experiment(text="banana", hidden=6, seed=3))[0].params["weight_hh"][2, 1])
    after = round(before, 2) + 0.5
    box, mouse = number.bounding_box(), picture.page.mouse
    assert box
    x, y = box["x"] + 10, box["y"] + box["height"] / 2
    sent = len(picture.sent)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 80, y)
    picture.press("Escape")  # thought better of it
    expect(number).to_have_text(signed(before))
    mouse.up()
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 20, y)
    mouse.move(x + 50, y)
    expect(number).to_have_text(signed(after))
    assert len(picture.sent) == sent
    mouse.up()
    expect(picture.root.locator(".chosenline .edited")).to_have_text(signed(after))
    picture.settle()
    assert len(picture.sent) == sent + 1
    assert picture.query()["changes"] == f"W_hh.2.1_{after:.2f}".rstrip("0")
    expect(picture.root.locator(".weights .frames.edited rect")).to_have_count(1 + 1)  # and the one that says so
    picture.root.locator(".chosenline .reset").click()
    expect(number).to_have_text(signed(before))
    expect(picture.root.locator(".weights .frames.edited rect")).to_have_count(0)


def choose(picture: Picture, pair: int, *keys: str) -> None:
    """An entry of a matrix, from its first one by arrow keys; time stands still meanwhile."""
    step = picture.root.get_attribute("data-step")
    picture.root.locator(".weights .pair").nth(pair).focus()
    picture.press("ArrowUp", *keys)
    expect(picture.root).to_have_attribute("data-step", step or "")


def test_a_bias_of_the_readout_is_typed(visit: Visit) -> None:
    """By keyboard alone; the number that stands there follows, and so does the loss."""
    picture = visit("/unroll?kind=text&text=abab&cell=lstm&hidden=2&seed=3&step=2")
    open_weights(picture)
    loss = picture.columns.nth(1).locator(".lossnumber").text_content() or ""
    choose(picture, 2, "ArrowDown", "ArrowRight", "ArrowRight")
    expect(picture.root.locator(".chosenline .entry").first).to_contain_text("bhy [2]")
    picture.press("Enter")
    picture.root.locator(".chosenline input").fill("0.75")
    picture.press("Enter")
    expect(picture.root.locator(".chosenline .edited")).to_have_text("+0.750")
    assert picture.query()["changes"] == "b_hy.1_0.75"
    assert read(picture, "edited")[4]["framed"] == ["+0.750"]
    picture.press("ArrowUp")  # and on from there
    expect(picture.root.locator(".chosenline .entry").first).to_contain_text("bhy [1]")
    expect(picture.columns.nth(1).locator(".lossnumber")).not_to_have_text(loss)


def test_marks_follow_the_unit(visit: Visit) -> None:
    """Its row in every block, of the readout its column; chosen in the picture or in a map."""
    link, experiment = SMALL["lstm text"]
    params = build(experiment).params
    picture = visit(f"/unroll?{link}")
    open_weights(picture)
    for unit in (0, 1):
        picture.current.locator("rect.square").nth(unit).click()
        rows = [with_bias(params, name)[unit::2] for name in ("weight_ih", "weight_hh")]
        wanted = [*rows, params["weight_hy"][:, unit]]
        assert [seen["framed"] for seen in read(picture)[::2]] == [[signed(v) for v in part.ravel()] for part in wanted]
    choose(picture, 1)  # an entry of unit 1
    assert read(picture)[2]["framed"] == [signed(v) for v in with_bias(params, "weight_hh")[::2].ravel()]


def test_a_closed_card_costs_nothing_and_a_step_leaves_it_alone(visit: Visit) -> None:
    """Nothing is drawn before it is opened, and nothing again when time goes on."""
    picture = visit(f"/unroll?{LARGE}")
    expect(picture.root.locator(".weights .heatmap")).to_have_count(0)
    open_weights(picture)
    picture.root.locator(".weights").evaluate(
        "(card) => new MutationObserver((seen) => (window.redrawn = seen.length))"
        ".observe(card, { subtree: true, childList: true, attributes: true })"
    )
    picture.stage.focus()
    for before, after in pairwise(("3", "4", "5")):
        expect(picture.root).to_have_attribute("data-step", before)
        picture.press("ArrowRight")
        expect(picture.root).to_have_attribute("data-step", after)
    assert picture.page.evaluate("window.redrawn") is None
