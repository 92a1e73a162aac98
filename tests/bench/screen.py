"""What a person waits for on screen: `make bench-screen`, or `make bench-screen CASE=name`.

The app in headless Chromium, a peer beside it where there is one, in turns on the same machine. Prints a table and
writes bench-screen.json in the root of the repository. Other work on the machine shows: run it at a quiet moment.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from pages.figures.packed import pack
from pages.figures.unrolled import unrolled
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gradients import GradientLab
from rnn_core.changes import traced
from rnn_core.experiment import Experiment
from rnn_core.scene import Scene, to_query
from tests.bench.harness import Row, table, timed
from tests.browser.find_browser import find_browser

ROOT = Path(__file__).parents[2]
Slider = tuple[Page, Locator, str]  # and what it changes, as a probe
COLUMNS = ("case", "ours", "peer", "ratio", "goal", "met", "unit")
SIZES = {
    "T 6, H 6": Experiment(text="banana", hidden=6),
    "T 60, H 16": Experiment(text="the quick brown fox jumps over the lazy dog, and then sleeps", hidden=16),
}

FIFTY = Experiment(text="the quick brown fox jumps over the lazy dog, again", hidden=16)

COLUMN, HOME, UNROLL = (f".unroll{kind} .column" for kind in ("", ".compact", ":not(.compact)"))
HEAT_MAP = ".heatmaplayer image"
MAPS = ".maps"

# In the page: `arm(event, probe)`, and after that event `result` holds the milliseconds from its arrival until what
# `probe()` returns has changed in the DOM, and until that was laid out. Shadow roots are watched like all else.
STOPWATCH = """(() => {
    const roots = [];
    let check = () => {};
    const observer = new MutationObserver(() => check());
    const watch = (root) => {
        roots.push(root);
        observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    };
    watch(document);
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
        const root = attach.call(this, options);
        watch(root);
        return root;
    };
    window.find = (selector) => {
        for (const root of roots) {
            const found = root.isConnected && root.querySelector(selector);
            if (found) return found;
        }
    };
    window.arm = (event, probe) => {
        const before = probe();
        window.result = new Promise((done, fail) => {
            const begin = () => {
                const start = performance.now();
                check = () => {
                    const now = probe();
                    if (!now || now === before) return;
                    check = () => {};
                    const changed = performance.now();
                    find(".unroll, .js-plotly-plot").getBoundingClientRect();
                    done([changed - start, performance.now() - start]);
                };
            };
            addEventListener(event, begin, { capture: true, once: true });
            setTimeout(() => fail(new Error("nothing changed in 20 seconds")), 20000);
        });
    };
    window.frames = (ms) => new Promise((done) => {
        const times = [];
        const tick = (now) => {
            times.push(now);
            if (now - times[0] < ms) requestAnimationFrame(tick);
            else done(times);
        };
        requestAnimationFrame(tick);
    });
})()"""

STEP = "() => find('.unroll').dataset.phase + find('.unroll').dataset.step"
NUMBERS = "() => find('.unroll .columns')?.textContent"
TOOLTIP = "() => find('.unroll .tooltip').textContent"
LIT = "() => find('.unroll .lit')"
MAPS_DRAWN = "() => find('.maps').dataset.drawn"
HEAT = "() => find('.heatmaplayer image')?.getAttribute('href')"

BARE_PAGE = """
import numpy as np
import plotly.graph_objects as go
import streamlit as st

gain = st.slider("gain", 0.0, 3.0, 1.0, 0.05)
values = np.random.default_rng(0).standard_normal({shape})
heat = go.Heatmap(z=np.tanh(gain * values), zmin=-1, zmax=1)
st.plotly_chart(go.Figure(heat, layout=dict(height={height})))
"""

LIVE = ".live"
REACHED = "() => Number(find('.live tr.model').dataset.update) > 0"
UPDATE = "() => find('.live tr.model').dataset.update"
STATE = "() => find('.live').dataset.state"
RATE = "() => find('.live tr.model').dataset.lr"
LINES = "() => find('.scatterlayer .js-line')?.getAttribute('d')"
BARE_LINES = """
import numpy as np
import plotly.graph_objects as go
import streamlit as st

gain = st.slider("gain", 0.0, 3.0, 1.0, 0.05)
steps = np.arange({shape[1]})
for chart in range(2):
    lines = np.random.default_rng(chart).standard_normal({shape}).cumsum(axis=1)
    drawn = [go.Scatter(x=steps, y=np.tanh(gain * line / 9)) for line in lines]
    figure = go.Figure(drawn, layout=dict(height={height}))
    st.plotly_chart(figure, key=str(chart))
"""


# ---- The cases: each yields rows


def stepping(browser: Browser) -> Iterator[Row]:
    """Frames per second while a key is pressed ten times a second, there and back, and while it plays at 4×."""
    with opened(browser, "about:blank", "body") as page:
        most = rate(frames(page))
    with served("run", "app.py") as url:
        for size, experiment in SIZES.items():
            with opened(browser, link(url, experiment)) as page:
                T = len(experiment.reading().tokens)
                right, left = ["ArrowRight"] * T, ["ArrowLeft"] * T
                for phase, walk in (("forward", right + left), ("backward", left + right)):
                    enter(page, phase)
                    yield smooth(f"frames, keys, {phase}, {size}", frames(page, walk), most)
                enter(page, "forward")
                page.locator(".playbar select").select_option("4")
                page.locator(".playbar .play").click()
                yield smooth(f"frames, playing at 4×, {size}", frames(page), most)


def fold(browser: Browser) -> Iterator[Row]:
    """Frames per second while the network folds and unfolds, over and over, without a rest between."""
    with opened(browser, "about:blank", "body") as page:
        most = rate(frames(page))
    with served("run", "app.py") as url:
        for cell in ("rnn", "lstm"):
            with opened(browser, link(url, replace(FIFTY, cell=cell), step=25)) as page:
                idle(page)
                page.evaluate("() => void (window.counted = frames(4000))")
                for _ in range(9):
                    page.locator("button.fold").click()
                    page.wait_for_timeout(400)
                yield smooth(f"frames, fold, {cell}, T 50, H 16", page.evaluate("counted"), most)


def keys(browser: Browser) -> Iterator[Row]:
    """A key press → the DOM, and → laid out: the first walk through a fresh picture, which draws as it goes."""
    with served("run", "app.py") as url:
        for size, experiment in SIZES.items():
            T = len(experiment.reading().tokens)
            for phase, key in (("forward", "ArrowRight"), ("backward", "ArrowLeft")):
                times = []
                for _ in range(60 // T):
                    with opened(browser, link(url, experiment)) as page:
                        enter(page, phase)
                        press = partial(page.keyboard.press, key)
                        times += [after(page, "keydown", STEP, press) for _ in range(T)]
                changed, laid_out = zip(*times, strict=True)
                more = {"p95": p95(changed), "laid_out_p50": median(laid_out), "laid_out_p95": p95(laid_out)}
                yield row(f"key → DOM, {phase}, {size}", "ms p50", median(changed), at_most=2) | more


def hover(browser: Browser, repeats: int = 60) -> Iterator[Row]:
    """The pointer comes onto a square or a symbol → its number, or what it stands for, in the DOM; with a step open."""
    with served("run", "app.py") as url, opened(browser, link(url, replace(FIFTY, cell="lstm"), step=25)) as page:
        page.locator(".inside summary").click()
        squares, symbols = page.locator(".column.current .square"), page.locator(".panels .symbol:has(i[class^=q])")
        for name, spots, probe in (("a square", squares, TOOLTIP), ("a symbol", symbols, LIT)):
            times = []
            for k in range(repeats):
                page.mouse.move(2, 2)
                spot = spots.nth(k % spots.count())
                spot.evaluate("(node) => node.scrollIntoView({ block: 'center', behavior: 'instant' })")
                box = spot.bounding_box()
                assert box
                middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
                times.append(after(page, "pointermove", probe, partial(page.mouse.move, *middle))[0])
            yield row(f"hover → DOM, {name}, T 50, H 16", "ms p50", median(times), at_most=2) | {"p95": p95(times)}


def edit(browser: Browser, repeats: int = 30) -> Iterator[Row]:
    """A weight typed over, Enter → the picture's new numbers."""
    for cell in ("rnn", "lstm"):
        with served("run", "app.py") as url, opened(browser, link(url, replace(FIFTY, cell=cell), step=25)) as page:
            page.locator(".inside summary").click()
            page.locator(f'.node[data-node="pre_{"h" if cell == "rnn" else "i"}"]').click()
            times = []
            for k in range(repeats + 2):
                idle(page)
                page.locator(".products .weight").nth(3).click()
                field = page.locator(".products input")
                field.fill(str((-1) ** k * (50 + k) / 100))
                times.append(after(page, "keydown", NUMBERS, partial(field.press, "Enter"))[0])
        yield row(f"edit → picture, {cell}, T 50, H 16", "ms p95", p95(times[2:]), at_most=150) | {
            "p50": median(times[2:])
        }


def slider(browser: Browser, repeats: int = 30) -> Iterator[Row]:
    """The gain's slider → the picture's numbers, beside a bare page with a slider and a heat map of as many squares."""
    for size, experiment in SIZES.items():
        T = len(experiment.reading().tokens)
        with served("run", "app.py") as url, opened(browser, link(url, experiment, step=T // 2)) as page:
            page.get_by_test_id("stPopover").get_by_role("button").click()
            squares = page.locator(".unroll rect.square").count()
            height = page.locator(".unroll").evaluate("(root) => root.clientHeight")
            with bare(squares // (T + 1), T + 1, height) as bare_url, opened(browser, bare_url, HEAT_MAP) as bare_page:
                pairs = [(moved(page, NUMBERS), moved(bare_page, HEAT)) for _ in range(repeats)][2:]
        mine, theirs = zip(*pairs, strict=True)
        ratio = p95(mine) / p95(theirs)
        more = {"p50": median(mine), "peer_p50": median(theirs), "against": "bare Streamlit page with a heat map"}
        yield row(f"slider → picture, {size}", "ms p95", p95(mine), p95(theirs), ratio, at_most=1.3) | more


def figures(browser: Browser, repeats: int = 25) -> Iterator[Row]:
    """The gain's slider on Gradients → its lines redrawn, beside a bare page with two figures of as many lines."""
    lab = GradientLab(length=200, hidden=64)
    where = "?" + urlencode(lab.to_query())
    with served("run", "app.py") as url, opened(browser, f"{url}/gradients{where}", ".js-line") as page:
        lines = page.locator(".js-plotly-plot").first.locator(".js-line").count()
        with (
            bare(lines, lab.length + 1, 380, BARE_LINES) as bare_url,
            opened(browser, bare_url, ".js-line") as bare_page,
        ):
            own = page.locator(".st-key-GradientLab-scale input[type=range]")
            theirs = bare_page.locator("[data-testid=stSlider] input")
            sides = (page, own, LINES), (bare_page, theirs, LINES)
            yield beside("slider → figures, T 200, H 64", *sides, repeats) | {
                "against": "bare Streamlit page with the same lines"
            }


def switch(browser: Browser, repeats: int = 30) -> Iterator[Row]:
    """A click in the top navigation → the other page's picture."""
    with served("run", "app.py") as url, opened(browser, url) as page:
        times = []
        for k in range(repeats):
            there = page.get_by_test_id("stTopNavLink").nth(1 - k % 2)
            probe = f"() => find('{UNROLL if k % 2 == 0 else HOME}') && 'there'"
            times.append(after(page, "click", probe, there.click)[0])
    yield row("page switch", "ms p95", p95(times[2:]), at_most=250) | {"p50": median(times[2:])}


def cold(browser: Browser, repeats: int = 7) -> Iterator[Row]:
    """A new process → heading and picture of the first page, in a fresh visit; beside Streamlit's own hello page."""

    def start(*command: str, picture: str) -> None:
        with served(*command) as url, opened(browser, url, picture) as page:
            page.locator("h1").first.wait_for()

    sides = (lambda: start("run", "app.py", picture=COLUMN), lambda: start("hello", picture="h1"))
    pairs = [[timed(side) for side in sides] for _ in range(repeats + 1)][1:]  # the first fills the disk's cache
    mine, theirs = (median(times) for times in zip(*pairs, strict=True))
    ratio = median(left / right for left, right in pairs)
    yield row("cold start → first page", "s p50", mine, theirs, ratio, at_most=1.3) | {"against": "streamlit hello"}


def data(_: Browser) -> Iterator[Row]:
    """What is sent for one picture, and how long Python takes to make it from a trace."""
    for size, experiment in SIZES.items():
        replay, *trace = traced(experiment)
        make = partial(packed, replay.model, *trace)
        times = [1e3 * timed(make) for _ in range(200)]
        yield row(f"data made, {size}", "ms p50", median(times)) | {"p95": p95(times), "sent_KiB": len(make()) / 1024}


def maps(browser: Browser, repeats: int = 25) -> Iterator[Row]:
    """The gain's slider on Gates → its maps redrawn, beside a bare page with one map of as many squares."""
    lab = GateLab(length=200, hidden=64, gain=1.0)
    where = "?" + urlencode(lab.to_query())
    with served("run", "app.py") as url, opened(browser, f"{url}/gates{where}", MAPS) as page:
        page.get_by_test_id("stPopover").get_by_role("button").first.click()
        rows = lab.hidden * page.locator(f"{MAPS} .map").count()
        height = page.locator(f"{MAPS} .stage").evaluate("(node) => node.clientHeight")
        with bare(rows, lab.length, height) as bare_url, opened(browser, bare_url, HEAT_MAP) as bare_page:
            own = page.locator(".st-key-GateLab-gain input[type=range]")
            theirs = bare_page.locator("[data-testid=stSlider] input")
            sides = (page, own, MAPS_DRAWN), (bare_page, theirs, HEAT)
            yield beside("slider → maps, T 200, H 64", *sides, repeats) | {
                "against": "bare Streamlit page with a heat map"
            }


def beside(case: str, ours: Slider, theirs: Slider, repeats: int) -> Row:
    """A slider pressed once → what its probe sees has changed, in turns with another's."""
    pairs = []
    for _ in range(repeats + 2):
        pairs.append(
            [
                after(page, "keydown", probe, partial(slider.press, "ArrowRight"))[0]
                for page, slider, probe in (ours, theirs)
            ]
        )
    mine, others = zip(*pairs[2:], strict=True)
    ratio = p95(mine) / p95(others)
    found = row(case, "ms p95", p95(mine), p95(others), ratio, at_most=1.3)
    return found | {"p50": median(mine), "peer_p50": median(others)}


def train(browser: Browser, repeats: int = 15) -> Iterator[Row]:
    """A press → the first point, and → pause, one update, rewind, another rate; the frames while two models learn."""
    link = "/train?task=adding&cell=rnn+lstm&hidden=64&budget=100000"  # the RNN learns on and on
    with served("run", "app.py") as url, opened(browser, url + link, LIVE) as page:
        button = {name: page.get_by_role("button", name=name).first for name in ("Start", "Pause", "One", "Rewind")}
        button["Go"] = page.get_by_role("button", name="Go on").first
        took: dict[str, list[float]] = {name: [] for name in (*button, "rate")}

        def press(name: str, probe: str) -> None:
            took[name].append(after(page, "click", probe, button[name].click)[0])

        press("Start", REACHED)
        gaps = [later - sooner for sooner, later in pairwise(frames(page))]
        yield row("training: frame", "ms p95", p95(gaps), at_most=20) | {"p50": median(gaps)}
        for _ in range(repeats):
            press("Pause", STATE)
            press("One", UPDATE)
            press("Go", STATE)
            page.wait_for_timeout(300)
        for k in range(repeats):
            field = page.get_by_label("Learning rate").first
            field.fill(f"{0.002 + 0.001 * k:.3f}")
            took["rate"].append(after(page, "keydown", RATE, partial(field.press, "Enter"))[0])
            page.wait_for_timeout(300)
        press("Pause", STATE)
        for _ in range(repeats):
            press("Rewind", UPDATE)
            press("One", UPDATE)
        for _ in range(repeats):
            page.goto(url + link)
            page.locator(LIVE).first.wait_for()
            press("Start", REACHED)
    yield row("Start → first point", "ms p95", p95(took["Start"]), at_most=700) | {"p50": median(took["Start"])}
    steered = {
        "Pause": "pause",
        "One": "one update",
        "Rewind": "rewind",
        "Go": "go on",
        "rate": "another learning rate",
    }
    for name, called in steered.items():
        yield row(f"{called} → seen", "ms p95", p95(took[name]), at_most=150) | {"p50": median(took[name])}


def packed(*trace: Any) -> bytes:
    return pack(*unrolled(*trace))


CASES: dict[str, Callable[[Browser], Iterator[Row]]] = {
    case.__name__: case
    for case in (stepping, fold, keys, hover, edit, slider, figures, maps, train, switch, cold, data)
}


# ---- Servers and pages


@contextmanager
def served(*command: str, cwd: Path = ROOT) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = free.getsockname()
    flags = (f"--server.port={where[1]}", "--server.address=127.0.0.1", "--server.headless=true")
    line = [sys.executable, "-m", "streamlit", *command, *flags, "--browser.gatherUsageStats=false"]
    server = subprocess.Popen(line, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(where):
            assert server.poll() is None, f"{' '.join(command)} did not come up"
            sleep(0.01)
        yield f"http://127.0.0.1:{where[1]}"
    finally:
        server.kill()
        server.wait()


def answers(where: tuple[str, int]) -> bool:
    with socket.socket() as client:
        return client.connect_ex(where) == 0


@contextmanager
def bare(rows: int, columns: int, height: float, page: str = BARE_PAGE) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bare.py").write_text(page.format(shape=(rows, columns), height=height), "utf-8")
        with served("run", "bare.py", cwd=Path(folder)) as url:
            yield url


@contextmanager
def opened(browser: Browser, url: str, picture: str = COLUMN) -> Iterator[Page]:
    """A new visitor's page, once `picture` is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.add_init_script(STOPWATCH)
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.locator(picture).first.wait_for()
    yield page
    context.close()


def link(url: str, experiment: Experiment, step: int = 0) -> str:
    return f"{url}/unroll?{urlencode(to_query(Scene(experiment, step=step)))}"


# ---- In the page


def idle(page: Page) -> None:
    """The server has nothing more to say, and what was drawn is on screen."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def enter(page: Page, phase: str) -> None:
    idle(page)
    page.locator(f"button.phase.{phase}").click()
    page.locator(".unroll").focus()


def after(page: Page, event: str, probe: str, act: Callable[[], object]) -> list[float]:
    """Milliseconds from the event that `act` causes to the change in the DOM, and to its layout."""
    idle(page)
    page.evaluate(f"arm('{event}', {probe})")
    act()
    return page.evaluate("result")


def moved(page: Page, probe: str) -> float:
    control = page.locator("[data-testid=stSlider] input")
    return after(page, "keydown", probe, lambda: control.press("ArrowRight"))[0]


def frames(page: Page, walk: Sequence[str] = ()) -> list[float]:
    """When each frame of four seconds began, while the keys of `walk` are pressed in turn, ten a second."""
    page.evaluate("() => void (window.counted = frames(4000))")
    start = perf_counter()
    for k in range(40 if walk else 0):
        page.keyboard.press(walk[k % len(walk)])
        page.wait_for_timeout(max(0, 1e3 * (start + 0.1 * (k + 1) - perf_counter())))
    return page.evaluate("counted")


# ---- Figures


def row(
    case: str,
    unit: str,
    ours: float,
    peer: float | None = None,
    ratio: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """A line of the table. A goal is for ours ÷ peer where there is a ratio, else for ours."""
    judged = ours if ratio is None else ratio
    goal, met = None, None
    if at_least is not None:
        goal, met = f"≥ {at_least:g}", judged >= at_least
    if at_most is not None:
        goal, met = f"≤ {at_most:g}", judged <= at_most
    return {"case": case, "ours": ours, "unit": unit, "peer": peer, "ratio": ratio, "goal": goal, "met": met}


def smooth(case: str, times: list[float], most: float) -> Row:
    """Frames per second, beside those of an empty page."""
    gaps = [later - sooner for sooner, later in pairwise(times)]
    return row(case, "a second", rate(times), at_least=55) | {"gap_p95_ms": p95(gaps), "empty_page": most}


def rate(times: list[float]) -> float:
    return 1e3 * (len(times) - 1) / (times[-1] - times[0])


def p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[-1]


def main(names: list[str], path: Path = ROOT / "bench-screen.json") -> int:
    """Measure the named cases, or all; 1 if a goal was missed, 2 for an unknown name."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"There is no case {unknown[0]!r}; the cases are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    print("Load of the machine before: {:.1f} (1 min), {:.1f} (5 min).".format(*os.getloadavg()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        rows = [each for name in names or CASES for each in CASES[name](browser)]
        browser.close()
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(rows, COLUMNS))
    return 1 if any(each["met"] is False for each in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
