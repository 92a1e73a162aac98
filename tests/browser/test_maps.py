"""The maps of the page Gates: stepping, pointing and saving, all in the browser."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from pages.figures.palette import LIGHT, LOST
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.order import ORDERS, order
from rnn_core.analysis.side_by_side import run
from tests.browser.conftest import Visit, served
from tests.browser.laboratory import follow, look_everywhere
from tests.browser.picture import Picture

LAB = GateLab(quantities=("c", "f"), hidden=9, length=30, step=7)
LINK = "/gates?quantities=c+f&hidden=9&length=30&step=7"
T = 30

# Where the maps begin and end on their canvas, as assets/components has it.
LEFT, RIGHT, TOP, PAD, TALL = 54, 46, 2, 7, 81

PIXEL = """(canvas, [x, y]) => {
    const fine = canvas.width / canvas.clientWidth;
    return [...canvas.getContext("2d").getImageData(x * fine, y * fine, 1, 1).data].slice(0, 3);
}"""
ROW = """(canvas, y) => {
    const { data } = canvas.getContext("2d").getImageData(0, y, canvas.width, 1);
    return Array.from({ length: canvas.width }, (_, x) => [...data.slice(4 * x, 4 * x + 3)]);
}"""
# A picture as it was saved, painted; so large is a pixel of the screen in it.
SAVED = """async ([kind, data, spots]) => {
    const image = new Image();
    image.src = `data:image/${kind};base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const fine = kind === "png" ? 2 : 1;
    const colours = spots.map(([x, y]) => [...pen.getImageData(fine * x, fine * y, 1, 1).data].slice(0, 3));
    return [image.width / fine, image.height / fine, colours];
}"""


def values_of(lab: GateLab) -> dict[str, np.ndarray]:
    """(T, rows): as the maps have them, from top to bottom."""
    trace = run(lab, "lstm").trace
    rows = order(trace, *lab.sorted_by)
    return {"c": trace.states["c"][1:, 0][:, rows], "f": trace.gates["f"][:, 0][:, rows]}


def canvas(page: Picture, kind: str, k: int = 0) -> Locator:
    return page.page.locator(f".maps .{kind} canvas").nth(k)


def place(page: Picture, t: int, row: int, k: int = 0) -> tuple[float, float]:
    """On screen, the middle of what unit row `row`, counted from 0, has at time step t."""
    box = canvas(page, "map", k).bounding_box()
    assert box
    wide = (box["width"] - LEFT - RIGHT) / T
    return box["x"] + LEFT + (t - 0.5) * wide, box["y"] + TOP + (row + 0.5) * TALL / LAB.hidden


def is_at(page: Picture, step: int) -> None:
    expect(page.page.locator(".maps")).to_have_attribute("data-step", str(step))
    expect(page.page.locator(".maps .playbar input")).to_have_value(str(step))
    expect(page.page.locator(".maps .values")).to_contain_text(f"time step {step}")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_the_cursor_asks_nothing_of_the_server(visit: Visit) -> None:
    """Keys, buttons, slider, a click into a map and play; what is told are the numbers of that step."""
    page = visit(LINK)
    is_at(page, 7)
    before = len(page.sent)
    page.press("ArrowRight", "ArrowRight")  # before anything was clicked
    is_at(page, 9)
    stage = page.page.locator(".maps .stage")
    for key, step in (("Home", 1), ("ArrowLeft", 1), ("End", T), ("ArrowLeft", T - 1)):
        stage.press(key)
        is_at(page, step)
    page.page.locator(".maps").get_by_role("button", name="To the start").click()
    is_at(page, 1)
    page.page.locator(".maps .playbar input").fill("20")
    is_at(page, 20)
    page.page.mouse.click(*place(page, 12, 4))
    is_at(page, 12)
    expect(page.page.locator(".maps .values span").first).to_have_text(
        f"c {values_of(LAB)['c'][11, 4]:+.3f}".replace("-", "−")
    )
    stage.press("ArrowDown")
    expect(page.page.locator(".maps .values span").first).to_have_text(
        f"c {values_of(LAB)['c'][11, 5]:+.3f}".replace("-", "−")
    )
    expect(page.page.locator(".maps .said")).to_contain_text("time step 12")  # for those who listen
    stage.press(" ")
    page.until(lambda: int(page.page.locator(".maps").get_attribute("data-step") or 0) > 13)
    stage.press(" ")
    page.page.wait_for_timeout(700)
    assert len(page.sent) == before


def test_the_cursor_stays_until_another_link_is_followed(visit: Visit) -> None:
    """Another setting, another view and back leave it where it is; a link has a step of its own; Share has this one."""
    page = visit(LINK)
    page.page.mouse.click(*place(page, 23, 2))
    is_at(page, 23)
    page.page.locator(".st-key-GateLab-quantities").get_by_role("button", name="h", exact=True).click()
    expect(page.page.locator(".maps figcaption b")).to_have_text(["h", "c", "f"])
    is_at(page, 23)
    for view, count in (("Hold a gate", 0), ("Maps", 1)):
        page.page.get_by_role("radio", name=view, exact=True).click()
        expect(page.page.locator(".maps")).to_have_count(count, timeout=20_000)
    is_at(page, 23)
    page.page.locator(".page-share button.share").click()
    address = page.page.locator(".page-share .sharebox input").input_value()
    follow(page, "Give the forget gate a bias of 5", keep_bias="5")
    is_at(page, GateLab.step)
    page.page.goto(address)
    is_at(page, 23)


def test_pointing_tells_the_number_to_its_last_digit(visit: Visit) -> None:
    """With what it is, its unit and time step; from the map, and from the bar beside it; nothing is asked."""
    page = visit(LINK)
    found, rows = values_of(LAB), order(run(LAB, "lstm").trace, *LAB.sorted_by)
    before, tip = len(page.sent), page.page.locator(".maps .tooltip div")
    for k, (name, meaning) in enumerate(
        (("c", "cell state: the memory"), ("f", "forget gate: how much of the memory is kept"))
    ):
        for t, row in ((1, 0), (14, 3), (T, 8)):
            page.page.mouse.move(*place(page, t, row, k))
            expect(tip.nth(2)).to_have_text(f"unit {rows[row] + 1}, time step {t}")
            symbol, told = tip.first.inner_text().split(" = ")
            assert (symbol, number(told)) == (name, found[name][t - 1, row])
            expect(tip.nth(1)).to_have_text(meaning)
    bars = canvas(page, "bars").bounding_box()
    assert bars
    page.page.mouse.move(bars["x"] + 60, place(page, 1, 5)[1])
    expect(tip.nth(2)).to_have_text(f"unit {rows[5] + 1}, time step 7")
    assert number(tip.first.inner_text().split(" = ")[1]) == found["c"][6, 5]
    assert len(page.sent) == before


@pytest.mark.parametrize("by", ORDERS)
def test_a_bar_stands_beside_its_row(visit: Visit, by: str) -> None:
    """At the height of each row: the unit's value at the step, as long as its share of the scale."""
    page = visit(f"{LINK}&order={by}")
    is_at(page, 7)
    bars = canvas(page, "bars", 1)  # of f, from 0 to 1
    hue = [int(LIGHT["f"][k : k + 2], 16) for k in (1, 3, 5)]
    for row, value in enumerate(values_of(replace(LAB, order=by))["f"][6]):
        colours = bars.evaluate(ROW, round(TOP + (row + 0.5) * TALL / LAB.hidden))
        lit = [x for x, colour in enumerate(colours) if colour == hue]
        assert abs(lit[-1] + 1 - PAD - value * (len(colours) - 2 * PAD)) <= 1.5


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_what_is_saved_is_what_is_seen(visit: Visit, kind: str, tmp_path: Path) -> None:
    """The file is called after the figure, opens, and has the map's colours in their places; in SVG words are words."""
    page = visit(LINK)
    if kind == "PNG":
        page.page.locator(".st-key-save-gates").get_by_role("radio", name=kind).click()
        page.settle()
    cells = [(t, row) for t in (2, 11, 29) for row in (0, 4, 8)]
    seen, box = canvas(page, "map"), canvas(page, "map").bounding_box()
    assert box
    spots = [(x - box["x"], y - box["y"]) for x, y in (place(page, *cell) for cell in cells)]
    drawn = [seen.evaluate(PIXEL, spot) for spot in spots]
    with page.page.expect_download() as download:
        page.page.locator(".maps .camera").click()
    assert download.value.suggested_filename == f"gates.{kind.lower()}"
    download.value.save_as(saved := tmp_path / "saved")
    as_url = {"SVG": "svg+xml", "PNG": "png"}[kind]
    inside = [(x, y + 22) for x, y in spots]  # below the map's name
    data = base64.b64encode(saved.read_bytes()).decode()
    width, height, colours = page.page.evaluate(SAVED, [as_url, data, inside])
    assert width == pytest.approx(box["width"] + 150, abs=1)
    assert height > 2 * TALL
    np.testing.assert_allclose(colours, drawn, atol=2)
    assert len({tuple(colour) for colour in colours}) > 3
    if kind == "SVG":
        written = saved.read_text("utf-8")
        assert "forget gate: how much of the memory is kept" in written
        assert "time step t" in written


OWN = """
from dataclasses import replace
import numpy as np
from pages.ui.maps import maps
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.side_by_side import run

lab = GateLab(quantities=("c",), hidden=9, length=30, order="number")
trace = run(lab, "lstm").trace
c = trace.states["c"].copy()
c[11:, 0, 3] = np.inf
maps(lab, replace(trace, states={**trace.states, "c": c}))
"""


def test_a_lost_number_is_seen_and_told(browser: Browser, tmp_path: Path) -> None:
    """Grey in its map and as a bar, ∞ under the pointer, a sentence beneath."""
    (script := tmp_path / "lost.py").write_text(OWN, "utf-8")
    with served(script, tmp_path / "log") as server:
        page = Picture(browser.new_page(viewport={"width": 1280, "height": 900}), [])
        page.open(server.url, language=None)
        is_at(page, 20)
        grey = [int(LOST[k : k + 2], 16) for k in (1, 3, 5)]
        box = canvas(page, "map").bounding_box()
        assert box
        for t, row, is_lost in ((10, 3, False), (11, 3, True), (30, 3, True), (30, 2, False), (30, 4, False)):
            x, y = place(page, t, row)
            colour = canvas(page, "map").evaluate(PIXEL, [x - box["x"], y - box["y"]])
            assert (colour == grey) == is_lost, (t, row)
        page.page.mouse.move(*place(page, 15, 3))
        expect(page.page.locator(".maps .tooltip")).to_contain_text("c = +∞")
        assert canvas(page, "bars").evaluate(PIXEL, [20, TOP + 3.5 * TALL / 9]) == grey
        expect(page.page.get_by_text("c has left the range of numbers from time step 11 on")).to_be_visible()


def test_a_tap_shows_unit_and_step(visit: Visit) -> None:
    """At 390 px with a finger, where nothing can be pointed at."""
    page = visit(LINK, width=390, has_touch=True, is_mobile=True)
    canvas(page, "map").scroll_into_view_if_needed()
    page.page.touchscreen.tap(*place(page, 17, 6))
    is_at(page, 17)
    unit = order(run(LAB, "lstm").trace, *LAB.sorted_by)[6] + 1
    expect(page.page.locator(".maps .values")).to_contain_text(f"unit {unit}, time step 17")


def test_what_is_read_stands_above_its_steps(visit: Visit) -> None:
    """As letters; told with the step; and no barrier in it."""
    page = visit("/gates?data=text&text=a+bee&step=2")
    expect(page.page.locator(".maps .values")).to_contain_text("time step 2 · reads ␣")
    expect(page.page.locator(".maps .reads canvas")).to_have_attribute("aria-label", "reads: a   b e e")
    look_everywhere(page, "gates-maps-text")
