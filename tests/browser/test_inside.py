"""The cell from inside: every number on screen is what a hand works out from weights and inputs alone."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from rnn_core import Experiment
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.edits import Edit
from rnn_core.inside import Node, backward_nodes, forward_nodes
from rnn_core.model import build
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from rnn_core.scene import Scene, from_query, to_query
from tests.browser.conftest import Visit
from tests.browser.picture import Picture
from tests.browser.written import signed, value
from tests.core.test_inside import by_autograd, by_hand

SCENES = 200 if os.environ.get("UNROLLED_FULL") else 20
TEXTS = {
    "text": ("banana", "你好 é👩‍👩‍👧", "aa"),
    "bits": ("10110", "1"),
    "numbers": ("3, -1.5, 1e5, 0", "7"),
    "sine": ("",),
}

# What stands in the boxes, and in the open one: its line with numbers, and its table.
READ = """(root) => ({
    boxes: Object.fromEntries([...root.querySelectorAll(".inside .node")]
        .map((node) => [node.dataset.node, node.querySelector("text.number").textContent])),
    line: root.querySelector(".nodedetail .numbers")?.textContent ?? null,
    table: [...root.querySelectorAll(".products tbody tr")]
        .map((row) => [...row.children].map((cell) => cell.textContent)),
})"""


def any_scene(seed: int) -> Scene:
    """A network and a sequence of any sort, looked at in any of its steps."""
    rng = np.random.default_rng(seed)
    if rng.random() < 0.3:
        plain = [name for name, preset in PRESETS.items() if preset.layers == 1]
        experiment = Experiment.from_preset(str(rng.choice(plain)))
    else:
        kind = str(rng.choice(list(TEXTS)))
        cell = list(CELLS)[seed % len(CELLS)]
        experiment = Experiment(
            kind=kind,
            text=str(rng.choice(TEXTS[kind])),
            length=int(rng.integers(2, 7)),
            target=TARGETS[kind][0],
            cell=cell,
            hidden=int(rng.integers(1, 9)),
            init=str(rng.choice(INITS)),
            gain=float(rng.choice([0.1, 1.0, 3.0])),
            forget_bias=2.0 if cell == "lstm" and rng.random() < 0.5 else None,
            seed=int(rng.integers(100)),
        )
    phase = ("forward", "backward")[seed // len(CELLS) % 2]
    return Scene(experiment, phase, int(rng.integers(1, len(experiment.reading().tokens) + 1)))


@pytest.mark.parametrize("seed", range(SCENES))
def test_every_number_is_what_a_hand_works_out(seed: int, visit: Visit) -> None:
    """Values, the line that makes each of them, and every product of every dot product, there and back."""
    scene = any_scene(seed)
    model, reading = build(scene.experiment), scene.experiment.reading()
    hand = by_hand(model.cell, model.params, reading.x) | by_autograd(model, reading)
    nodes = {node.name: node for node in (*forward_nodes(model.cell), *backward_nodes(model.cell))}
    unit = seed % scene.experiment.hidden
    page = Opened(visit("/unroll?" + urlencode(to_query(scene))), Hand(hand, scene.step, unit), nodes)
    page.picture.root.locator(".inside .unit select").select_option(index=unit)

    ours = forward_nodes(model.cell) if scene.phase == "forward" else backward_nodes(model.cell)
    boxes = page.picture.root.evaluate(READ)["boxes"]
    gradients = {node.name for node in ours if node.quantity == "gradient"}
    used = {name for node in ours for name in node.of}
    whole = {node.name for node in ours} | (used & {"x_t", "h_{t−1}", "c_{t−1}"})
    assert set(boxes) == (whole if scene.phase == "forward" else gradients)
    for name, text in boxes.items():
        if name == "x_t":  # a letter is no single number
            assert text == ("" if reading.symbols else signed(page.hand.vector("x_t")[0]))
        else:
            page.hand.agrees(text, name)
    for node in ours:
        page.open(node)
        seen = page.picture.root.evaluate(READ)
        if node.rule == "dot":
            check_products(node, seen["table"], model.params, page.hand, bool(reading.symbols))
        else:
            check_line(node, seen["line"], page.hand)


class Hand:
    """The numbers of one step, worked out a second way."""

    def __init__(self, values: dict[str, np.ndarray], t: int, unit: int) -> None:
        self.values, self.t, self.unit = values, t, unit

    def vector(self, name: str) -> np.ndarray:
        return self.values[name][self.t - 1, 0]

    def agrees(self, text: str, name: str, entry: int | None = None, times: float = 1) -> None:
        """Is this how the number is written? The two ways may differ by their last bits."""
        value = times * self.vector(name)[self.unit if entry is None else entry]
        slack = 1e-12 * abs(times) * np.abs(self.values[name]).max()
        low, high = signed(value - slack), signed(value + slack)
        assert text in (low, signed(value), high) or decimal(low) <= decimal(text) <= decimal(high), name


class Opened:
    """The page with a step's inside open."""

    def __init__(self, picture: Picture, hand: Hand, nodes: dict[str, Node]) -> None:
        self.picture, self.hand, self.nodes = picture, hand, nodes
        picture.root.locator(".inside summary").click()
        expect(picture.root.locator(".node .number").last).not_to_be_empty()

    def open(self, node: Node) -> None:
        """By its box; a slope by the number it is in the line of what it goes into."""
        box = self.picture.root.locator(f'.node[data-node="{node.name}"]')
        if box.count():
            return box.click()
        self.open(next(user for user in self.nodes.values() if node.name in user.of and user.way != "own loss"))
        title = node.name.replace("_{t−1}", f"_{self.hand.t - 1}").replace("_t", f"_{self.hand.t}")
        title = re.sub(r"_(\d+)", lambda found: "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in found[1]), title)
        self.picture.root.locator(f'.nodedetail .operand[title="{title}"]').first.click()


def check_products(node: Node, table: list[list[str]], params: dict[str, np.ndarray], hand: Hand, hot: bool) -> None:
    """Each weight, what it weighs and the two multiplied, then their sum; of a one-hot letter only its own."""
    *rows, (_, _, _, sign, total) = table
    left, operands = iter(rows), iter(node.of)
    H = params["weight_hh"].shape[1]
    for matrix, block in node.dots:
        weights = params[matrix.removesuffix("ᵀ")]
        first = 0 if block == "y" else block_row(params, block, H)
        if matrix.startswith("bias"):
            row = next(left)
            bias = signed(weights[first + hand.unit])
            assert (row[1], row[3], row[4]) == (bias, "", bias)
            continue
        of = next(operands)
        for k, v in enumerate(hand.vector(of)):
            if hot and matrix == "weight_ih" and not v:
                continue
            w = weights[first + k, hand.unit] if matrix.endswith("ᵀ") else weights[first + hand.unit, k]
            row = next(left)
            at = (k, hand.unit) if matrix.endswith("ᵀ") else (hand.unit, k)
            assert row[0].endswith(f" [{at[0] + 1}, {at[1] + 1}]")
            assert row[1] == signed(w)
            hand.agrees(row[3], of, k)
            hand.agrees(row[4], of, k, times=w)
    assert next(left, None) is None
    hand.agrees(total, node.name)
    assert sign == ("=" if decimal(total) == sum(decimal(row[4]) for row in rows) else "≈")


def block_row(params: dict[str, np.ndarray], block: str, H: int) -> int:
    blocks = next(
        cell.blocks
        for cell in CELLS.values()
        if block in cell.blocks and len(cell.blocks) * H == len(params["bias_ih"])
    )
    return blocks.index(block) * H


def check_line(node: Node, line: str, hand: Hand) -> None:
    """The operands' numbers in place of their symbols, and = only where the written numbers come out even."""
    found = re.fullmatch(LINES.get(node.rule, re.escape(node.rule) + r"\((.*)\)") + " ([=≈]) (.*)", line)
    assert found, line
    *parts, sign, result = found.groups()
    parts = [part.replace(" ", "") for part in parts if part is not None]
    hand.agrees(result, node.name)
    if node.rule == "1−":  # written without its plus
        parts = [part if part[0] in "−0" else f"+{part}" for part in parts]
    for part, name in zip(parts, node.of, strict=True):
        hand.agrees(part, name)
    exact = EXACT.get(node.rule)
    assert sign == ("=" if exact and exact(*map(decimal, parts)) == decimal(result) else "≈")


# How a line with numbers is written, by its rule; and the rules that written numbers can follow to the last digit.
LINES = {
    "×": r"(\S+) × (\S+)",
    "+": r"(\S+) ([+−]? ?\S+)" + 2 * r"(?: ([+−]? ?\S+))?",
    "−": r"(\S+) − \((\S+)\)",
    "1−": r"1 − (\S+)",
    ">0": r"\[(\S+) > 0\]",
    "identity": r"(\S+)",
}
EXACT = {
    "×": lambda a, b: a * b,
    "+": lambda *of: sum(of),
    "−": lambda a, b: a - b,
    "1−": lambda a: 1 - a,
    ">0": lambda a: Decimal(a > 0),
    "identity": lambda a: a,
}


def decimal(text: str) -> Decimal:
    """A number as it is written."""
    return Decimal(text.replace("−", "-").replace("∞", "Infinity"))


def open_inside(picture: Picture) -> None:
    picture.root.locator(".inside summary").click()
    expect(picture.root.locator('.node[data-node="h_t"] .number')).not_to_be_empty()


def test_one_product_is_three_clicks_away(visit: Visit) -> None:
    """From the page as it opens: into the cell, onto a box, and there it stands."""
    picture = visit()
    open_inside(picture)
    picture.root.locator('.node[data-node="pre_h"]').click()
    expect(picture.root.locator(".products tbody tr").first).to_be_visible()


def test_a_unit_is_chosen_by_click_and_by_key(visit: Visit) -> None:
    """On a square of the picture, or with ↑ and ↓; stepping keeps unit and box; nothing asks the server."""
    picture = visit("/unroll?text=banana&cell=lstm&hidden=4&step=2")
    open_inside(picture)
    picture.root.locator('.node[data-node="c_t"]').click()
    before = len(picture.sent)
    unit = picture.root.locator(".inside select")
    picture.current.locator("rect.square").nth(2).click()
    expect(unit).to_have_value("2")
    picture.stage.focus()
    picture.page.keyboard.press("ArrowUp")
    expect(unit).to_have_value("1")
    picture.page.keyboard.press("ArrowRight")
    expect(picture.root).to_have_attribute("data-step", "3")
    expect(unit).to_have_value("1")
    expect(picture.root.locator(".node.opened")).to_have_attribute("data-node", "c_t")
    assert len(picture.sent) == before


def test_where_no_cell_worked_there_is_no_inside(visit: Visit) -> None:
    """While losses are told, and where the way back has ended."""
    picture = visit("/unroll?text=banana&cell=gru&hidden=4&step=1")
    inside = picture.root.locator(".inside")
    expect(inside).to_be_visible()
    picture.root.locator(".phase.loss").click()
    expect(inside).to_be_hidden()
    picture.root.locator(".phase.backward").click()
    expect(inside).to_be_visible()
    picture.stage.focus()
    picture.page.keyboard.press("Home")
    expect(inside).to_be_hidden()


def change(picture: Picture, place: int, typed: str) -> None:
    """Type another value over one of the weights in the open table."""
    picture.root.locator(".products .weight").nth(place).click()
    field = picture.root.locator(".products input")
    field.fill(typed)
    field.press("Enter")
    picture.settle()


def test_a_weight_is_changed_by_hand_and_taken_back(visit: Visit) -> None:
    """The numbers follow, the weight is marked, the link tells it, and all can be undone."""
    link = "/unroll?text=banana&cell=lstm&hidden=4&seed=3&step=3"
    picture = visit(link)
    open_inside(picture)
    picture.root.locator('.node[data-node="pre_i"]').click()
    box = picture.root.locator('.node[data-node="pre_i"] .number')
    before = box.text_content()
    change(picture, 2, "2.5")  # after the letter's weight and the bias: W_hi[1, 1]
    expect(picture.root.locator(".products .edited")).to_have_text("+2.500")

    scene, notices = from_query(dict(parse_qsl(urlsplit(picture.page.url).query)))
    assert not notices
    assert scene.changes == (Edit("weight_hh", (0, 0), 2.5),)
    model = traced(scene.experiment, scene.changes)[0].model
    hand = by_hand(model.cell, model.params, scene.experiment.reading().x)
    expect(box).to_have_text(signed(hand["pre_i"][2, 0, 0]))
    expect(picture.root).to_have_attribute("data-step", "3")

    again = visit(f"/unroll?{urlsplit(picture.page.url).query}&step=3", language=None)
    open_inside(again)
    expect(again.root.locator('.node[data-node="pre_i"] .number')).to_have_text(signed(hand["pre_i"][2, 0, 0]))

    picture.root.locator(".inside .reset").click()
    expect(box).to_have_text(before or "")
    expect(picture.root.locator(".products .edited")).to_have_count(0)
    expect(picture.root.locator(".inside .reset")).to_have_count(0)


def test_what_cannot_be_a_weight_changes_nothing(visit: Visit) -> None:
    """Nothing typed, or given up with Escape: as before. Too large: a sentence, and as before."""
    picture = visit("/unroll?text=banana&cell=gru&hidden=3&step=2")
    open_inside(picture)
    picture.root.locator('.node[data-node="pre_r"]').click()
    box = picture.root.locator('.node[data-node="pre_r"] .number')
    before = box.text_content() or ""
    for typed in ("", "1e99"):
        change(picture, 1, typed)
        expect(box).to_have_text(before)
        expect(picture.root.locator(".products .edited")).to_have_count(0)
    expect(picture.page.get_by_text("choose a value from")).to_be_visible()
    picture.root.locator(".products .weight").nth(1).click()
    picture.root.locator(".products input").fill("3")
    picture.root.locator(".products input").press("Escape")
    expect(picture.root.locator(".products .weight").nth(1)).to_be_visible()
    expect(box).to_have_text(before)


def test_edits_outlive_another_text(visit: Visit) -> None:
    """Where the network stays the same."""
    picture = visit("/unroll?text=banana&cell=lstm&hidden=4&step=2&changes=W_hh.0.0_2.5")
    picture.type("nab")
    picture.settle()
    assert picture.query()["changes"] == "W_hh.0.0_2.5"


def test_predict_first_hides_a_number_until_it_is_asked_for(visit: Visit) -> None:
    """A box shows a question mark; a guess is told how far off it is; other steps and units stay hidden."""
    picture = visit("/unroll?text=banana&cell=lstm&hidden=4&seed=3&step=3")
    open_inside(picture)
    box = picture.root.locator('.node[data-node="c_t"] .number')
    true = box.text_content() or ""
    picture.root.locator(".inside input[type=checkbox]").check()
    numbers = picture.root.locator(".node:not(.outside) .number")
    expect(numbers).to_have_text(["?"] * numbers.count())
    picture.root.locator('.node[data-node="c_t"]').click()
    expect(picture.root.locator(".nodedetail .numbers")).to_have_text("? + ? = ?")
    picture.root.locator(".guessing input").fill("0.25")
    picture.root.locator(".guessing input").press("Enter")
    expect(box).to_have_text(true)
    off = signed(abs(0.25 - by_hand_value(picture, "c_t", 3, 0))).removeprefix("+")
    expect(picture.root.locator(".nodedetail .note")).to_have_text(f"You said +0.250. That is off by {off}.")
    picture.root.locator('.node[data-node="h_t"]').click()
    picture.root.get_by_role("button", name="Show", exact=True).click()  # without a guess
    expect(picture.root.locator(".nodedetail .note")).to_have_count(0)
    picture.stage.focus()
    picture.page.keyboard.press("ArrowRight")
    expect(numbers).to_have_text(["?"] * numbers.count())
    picture.root.locator(".inside input[type=checkbox]").uncheck()
    expect(box).not_to_have_text("?")


def by_hand_value(picture: Picture, name: str, t: int, unit: int) -> float:
    scene, _ = from_query(picture.query())
    model = build(scene.experiment)
    return float(by_hand(model.cell, model.params, scene.experiment.reading().x)[name][t - 1, 0, unit])


# ---- What is followed, lit up, opened by a link, and set before the first step


def test_a_pinned_number_stays_in_view(visit: Visit) -> None:
    """A line of its values over all steps, the current one marked; through steps, phases and another text."""
    picture = visit("/unroll?text=banana&cell=lstm&hidden=4&seed=3&step=3&unit=1&node=f_t")
    picture.root.locator(".made .pin").click()
    line = picture.root.locator(".pinned")
    expect(line.locator(".pinname")).to_have_text("ft [2]")
    values = [by_hand_value(picture, "f_t", t, 1) for t in range(1, 7)]
    told = line.locator("rect.hit").evaluate_all("(all) => all.map((rect) => rect.tip.text)")
    assert [value(text.split("=")[1]) for text in told] == pytest.approx(values, abs=1e-15)
    heights = line.locator(".pinpoint").evaluate_all("(all) => all.map((dot) => -dot.getAttribute('cy'))")
    assert np.argsort(heights).tolist() == np.argsort(values).tolist()
    picture.stage.focus()
    picture.page.keyboard.press("ArrowRight")
    expect(line.locator(".pinnumber")).to_have_text(signed(values[3]))
    picture.root.locator(".phase.backward").click()
    expect(line).to_be_visible()
    picture.root.locator('.node[data-node="∂L/∂c_t"]').click()
    picture.root.locator(".made .pin").click()
    expect(line).to_have_count(2)
    picture.type("nab")
    picture.settle()
    expect(line.first.locator(".pinpoint")).to_have_count(3)
    line.first.locator(".unpin").click()
    expect(line).to_have_count(1)
    assert line.get_attribute("data-pin") == "∂L/∂c_t 1"


@pytest.mark.parametrize(
    ("phase", "symbol", "boxes", "squares"),
    [
        ("forward", "f_t", ["f_t"], ("gate", "f", 3)),
        ("forward", "h_{t−1}", ["h_{t−1}"], ("state", "h", 2)),
        ("forward", "c_t", ["c_t"], ("state", "c", 3)),
        ("forward", "x_t", ["x_t"], ("input", None, 3)),
        ("forward", "W_hf", ["pre_f"], None),
        ("forward", "b_io", ["pre_o"], None),
        ("backward", "∂L/∂c_t", ["∂L/∂c_t"], ("state", "c", 3)),
    ],
)
def test_a_symbol_lights_up_what_it_stands_for(
    phase: str, symbol: str, boxes: list[str], squares: tuple[str, str | None, int] | None, visit: Visit
) -> None:
    """Its box, its squares at its own step, or its rows of the weight matrix; and nothing when the pointer leaves."""
    picture = visit(f"/unroll?text=banana&cell=lstm&hidden=4&step=3&phase={phase}&node=c_t")
    picture.root.locator(".weights summary").click()
    spots = picture.root.locator(".panels .symbol")
    texts = spots.evaluate_all("(all) => all.map((spot) => spot.textContent)")
    spots.nth(texts.index(re.sub("[_{}]", "", symbol))).hover()
    lit = picture.root.locator(".node.lit")
    expect(lit).to_have_count(len(boxes))
    assert lit.evaluate_all("(all) => all.map((box) => box.dataset.node)") == boxes
    seen = picture.root.locator(".columns .lit").evaluate_all("(all) => all.map(({ tip }) => tip)")
    if squares:
        kind, name, t = squares
        assert len(seen) == {"state": 4, "gate": 2, "input": 1}[kind]  # a gate is a bar in its track
        assert all((tip["kind"], tip.get("name"), tip["t"]) == (kind, name, t) for tip in seen)
        expect(picture.root.locator(".weights .light rect")).to_have_count(0)
    else:
        expect(picture.root.locator(".weights .light rect")).not_to_have_count(0)
    picture.root.locator(".story").hover()
    expect(picture.root.locator(".lit")).to_have_count(0)
    expect(picture.root.locator(".weights .light rect")).to_have_count(0)


@pytest.mark.parametrize(("phase", "node"), [("forward", "f_t⊙c_{t−1}"), ("backward", "∂L/∂c_t"), ("update", "pre_i")])
def test_a_link_opens_a_box(phase: str, node: str, visit: Visit) -> None:
    """For its unit; and the Share button writes such a link for what is open now."""
    link = "/unroll?" + urlencode(
        {"text": "banana", "cell": "lstm", "step": 3, "phase": phase, "unit": 2, "node": node}
    )
    picture = visit(link)
    expect(picture.root.locator(".node.opened")).to_have_attribute("data-node", node)
    expect(picture.root.locator(".inside .unit select")).to_have_value("2")
    picture.stage.focus()
    picture.page.keyboard.press("ArrowDown")
    query = shared(picture)
    assert (query["unit"], query["node"]) == ("3", node)
    picture.root.locator(".inside summary").click()
    assert "node" not in shared(picture)


def shared(picture: Picture) -> dict[str, str]:
    """What the Share button writes."""
    picture.root.locator("button.share").click()
    link = picture.root.locator(".sharebox input").input_value()
    picture.page.keyboard.press("Escape")
    return dict(parse_qsl(urlsplit(link).query))


def test_the_initial_state_is_set_by_hand(visit: Visit) -> None:
    """Before the first step each of its numbers can be changed; the network starts from there."""
    picture = visit("/unroll?text=banana&cell=lstm&hidden=4&seed=3&step=0")
    picture.root.locator(".inside summary").click()
    picture.root.locator(".initial").nth(1).locator(".weight").nth(2).click()
    field = picture.root.locator(".initial input")
    field.fill("0.5")
    field.press("Enter")
    picture.settle()
    expect(picture.root.locator(".initial .edited")).to_have_text("+0.500")
    assert picture.query()["changes"] == "c_0.2_0.5"
    picture.stage.focus()
    picture.page.keyboard.press("ArrowRight")
    expect(picture.root.locator('.node[data-node="c_{t−1}"] .number')).to_have_text("0")
    picture.page.keyboard.press("ArrowDown")
    picture.page.keyboard.press("ArrowDown")
    expect(picture.root.locator('.node[data-node="c_{t−1}"] .number')).to_have_text("+0.500")


def test_a_square_opens_what_made_its_number(visit: Visit) -> None:
    """Clicked in the picture: its step, its unit, its box; then the keyboard goes on from there."""
    picture = visit("/unroll?text=banana&cell=gru&hidden=3&step=1")
    picture.columns.nth(4).locator("rect.square").nth(1).click()
    expect(picture.root).to_have_attribute("data-step", "4")
    expect(picture.root.locator(".node.opened")).to_have_attribute("data-node", "h_t")
    expect(picture.root.locator(".inside .unit select")).to_have_value("1")


def test_the_keyboard_passes_through_the_picture(visit: Visit) -> None:
    """Past Share to the play bar; and after a weight is typed the focus is back on it."""
    picture = visit("/unroll?text=banana&cell=rnn&hidden=3&step=2&node=pre_h")
    picture.root.locator("button.share").focus()
    for _ in range(12):
        picture.page.keyboard.press("Tab")
        if picture.root.locator(".playbar :focus").count():
            break
    expect(picture.root.locator(".playbar :focus")).to_have_count(1)
    change(picture, 2, "0,5")  # a comma will do
    focused = picture.root.locator(".products .weight:focus")
    expect(focused).to_have_text("+0.500")
    picture.page.keyboard.press("Enter")
    picture.page.keyboard.type("1/3")
    picture.page.keyboard.press("Enter")
    expect(picture.root.locator(".products input[aria-invalid]")).to_be_focused()
