"""The cell from inside: every number on screen is what a hand works out from weights and inputs alone."""

from __future__ import annotations

import os
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from rnn_core import Experiment
from rnn_core.cells import CELLS
from rnn_core.edits import Edit, apply
from rnn_core.inside import Node, forward_nodes
from rnn_core.model import build
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from rnn_core.scene import Scene, from_query, to_query
from tests.browser.conftest import Visit
from tests.browser.picture import Picture
from tests.browser.written import signed
from tests.core.test_inside import by_hand

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
        experiment = Experiment.from_preset(str(rng.choice(list(PRESETS))))
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
    return Scene(experiment, "forward", int(rng.integers(1, len(experiment.reading().tokens) + 1)))


@pytest.mark.parametrize("seed", range(SCENES))
def test_every_number_is_what_a_hand_works_out(seed: int, visit: Visit) -> None:
    """Values, the line that makes each of them, and every product of every dot product."""
    scene = any_scene(seed)
    model, reading = build(scene.experiment), scene.experiment.reading()
    hand = by_hand(model.cell, model.params, reading.x)
    unit = seed % scene.experiment.hidden
    picture = visit("/unroll?" + urlencode(to_query(scene)))
    open_inside(picture)
    picture.root.locator(".inside select").select_option(index=unit)

    here = {name: value[scene.step - 1, 0] for name, value in hand.items()}
    boxes = picture.root.evaluate(READ)["boxes"]
    nodes = forward_nodes(model.cell)
    used = {name for node in nodes for name in node.of}
    assert set(boxes) == {node.name for node in nodes} | (used & {"x_t", "h_{t−1}", "c_{t−1}"})
    for name, text in boxes.items():
        single = name != "x_t" or reading.x.shape[2] == 1  # a letter is no single number
        at = 0 if name == "x_t" else unit
        assert text == (signed(here[name][at]) if single else ""), name
    for node in nodes:
        picture.root.locator(f'.node[data-node="{node.name}"]').click()
        seen = picture.root.evaluate(READ)
        if node.rule == "dot":
            check_products(node, seen["table"], model.params, here, unit, bool(reading.symbols))
        else:
            check_line(node, seen["line"], here, unit)


def check_products(
    node: Node, table: list[list[str]], params: dict[str, np.ndarray], here: dict[str, np.ndarray], unit: int, hot: bool
) -> None:
    """Each weight, what it weighs and the two multiplied, then their sum; of a one-hot letter only its own."""
    wanted, operands = [], iter(node.of)
    H = params["weight_hh"].shape[1]
    for matrix, block in node.dots:
        row = params[matrix][block_row(node, params, block, H) + unit]
        if matrix.startswith("bias"):
            wanted.append((signed(row), "", signed(row)))
            continue
        given = here[next(operands)]
        letters = hot and matrix == "weight_ih"
        wanted += [(signed(w), signed(v), signed(w * v)) for w, v in zip(row, given, strict=True) if v or not letters]
    *rows, (_, _, _, sign, total) = table
    assert [(row[1], row[3], row[4]) for row in rows] == wanted
    assert total == signed(here[node.name][unit])
    assert sign == ("=" if decimal(total) == sum(decimal(product) for _, _, product in wanted) else "≈")


def block_row(node: Node, params: dict[str, np.ndarray], block: str, H: int) -> int:
    blocks = next(
        cell.blocks
        for cell in CELLS.values()
        if block in cell.blocks and len(cell.blocks) * H == len(params["bias_ih"])
    )
    return blocks.index(block) * H


def check_line(node: Node, line: str, here: dict[str, np.ndarray], unit: int) -> None:
    """The operands' numbers in place of their symbols, and = only where the written numbers come out even."""
    parts = [signed(here[name][unit]) for name in node.of]
    result = signed(here[node.name][unit])
    written = {
        "×": " × ".join(parts),
        "+": " ".join([parts[0], *(part[0] + " " + part[1:] if part[0] in "+−" else part for part in parts[1:])]),
        "1−": f"1 − {parts[0].removeprefix('+')}",
        "identity": parts[0],
    }.get(node.rule, f"{node.rule}({parts[0]})")
    exact = {"×": lambda a, b: a * b, "+": lambda a, b: a + b}.get(node.rule)
    even = exact is not None and exact(*map(decimal, parts)) == decimal(result)
    assert line == f"{written} {'=' if even else '≈'} {result}"


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


def test_before_the_first_step_and_backwards_there_is_no_inside(visit: Visit) -> None:
    """Nothing was computed there, or not yet drawn."""
    picture = visit("/unroll?text=banana&cell=gru&hidden=4&step=1")
    inside = picture.root.locator(".inside")
    expect(inside).to_be_visible()
    picture.stage.focus()
    picture.page.keyboard.press("ArrowLeft")
    expect(inside).to_be_hidden()
    picture.root.locator(".phase.backward").click()
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
    assert scene.edits == (Edit("weight_hh", (0, 0), 2.5),)
    model, _ = apply(build(scene.experiment), scene.edits)
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
    picture = visit("/unroll?text=banana&cell=lstm&hidden=4&step=2&edits=W_hh.0.0_2.5")
    picture.type("nab")
    picture.settle()
    assert picture.query()["edits"] == "W_hh.0.0_2.5"


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
    expect(picture.root.locator(".nodedetail .numbers")).to_have_text("? ? = ?")
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
