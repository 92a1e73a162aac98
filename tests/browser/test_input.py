"""What a person types, picks and follows: the picture changes in place, and nothing they made is lost."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote_plus, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from rnn_core.scene import from_query
from rnn_core.words import PROBLEMS
from tests.browser.conftest import Visit
from tests.browser.picture import Picture
from tests.browser.test_numbers import Truth, compare
from tests.browser.words import LANGUAGES, say

RANDOM = "/unroll?kind=text&text=banana&cell=lstm&hidden=4&seed=1"
MARKUP = ("<b><img/src=x/onerror=document.title=1>", "$x^2$**x**`x`{t}")


def sentences(picture: Picture) -> Locator:
    return picture.page.get_by_test_id("stText")


# ---- The field


def test_your_own_word_is_read_in_place(visit: Visit) -> None:
    """No reload; the address follows, and the picture begins at the start."""
    picture = visit("/unroll?preset=hello&text=hello&phase=backward&step=2")
    picture.mark()
    picture.type("hole")
    picture.reads(*"hole")
    picture.until(lambda: picture.query().get("text") == "hole")
    assert picture.query()["preset"] == "hello"
    picture.was_not_reloaded()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_unknown_to_weights_by_hand_brings_random_ones(visit: Visit, language: str) -> None:
    """Said in one sentence; an emoji of several parts is one letter."""
    picture = visit("/unroll", language)
    picture.type("你好👩‍👩‍👧")
    picture.reads("你", "好", "👩‍👩‍👧")
    expect(sentences(picture)).to_have_text([say(language, PROBLEMS["alphabet"], value="你", bound="e h l o")])
    expect(picture.page.locator(".st-key-preset input")).to_have_value(say(language, "Random weights"))


REFUSED = {
    "text": [("", "empty", {}), ("a" * 61, "too-long", {"value": 61, "bound": 60})],
    "bits": [("1021", "not-bits", {"value": "2"}), (" ", "empty", {})],
    "numbers": [
        ("3, x, 4", "not-numbers", {"value": "x"}),
        ("1e999", "not-finite", {"value": "1e999"}),
        ("inf", "not-finite", {"value": "inf"}),
        ("2000001", "too-large", {"value": "2000001", "bound": "1,000,000"}),
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_read_is_said_and_changes_nothing(
    visit: Visit, language: str, subtests: pytest.Subtests
) -> None:
    """One sentence beside the field, in the page's language; the last good picture stays until the text is mended."""
    picture = visit("/unroll", language)
    for kind in REFUSED:
        with subtests.test(kind):
            refuses(picture, kind, language)


def refuses(picture: Picture, kind: str, language: str) -> None:
    tokens = ("1", "0", "1")
    text = quote_plus(" ".join(tokens) if kind == "numbers" else "".join(tokens))
    picture.open(f"/unroll?kind={kind}&text={text}&hidden=3&cell=rnn", language)
    before = picture.numbers()["squares"]
    for typed, code, places in REFUSED[kind]:
        picture.type(typed)
        expect(sentences(picture)).to_have_text([say(language, PROBLEMS[code], **places)])
        assert gap(picture.field, sentences(picture)) < 80
        picture.reads(*tokens)
        assert picture.numbers()["squares"] == before
        picture.settle()
        expect(picture.field).to_have_value(typed)
    picture.type("0110" if kind != "numbers" else "0 1 1 0")
    picture.reads(*"0110")
    expect(sentences(picture)).to_have_count(0)


def gap(above: Locator, below: Locator) -> float:
    upper, lower = above.bounding_box(), below.bounding_box()
    assert upper
    assert lower
    return lower["y"] - upper["y"] - upper["height"]


def test_markup_stays_text(visit: Visit) -> None:
    """In the picture, in the sentences that quote it, in a link: HTML, Markdown and formulas are not carried out."""
    picture = visit("/unroll?preset=hello")
    title = picture.page.title()
    for typed in MARKUP:
        picture.type(typed)
        picture.reads(*typed)
        shows_only_text(picture, title)
    picture.open("/unroll?kind=numbers&text=1 2")
    for typed in MARKUP:
        picture.type(typed)
        expect(sentences(picture)).to_have_text([say("en", PROBLEMS["not-numbers"], value=typed)])
        shows_only_text(picture, title)
    picture.open("/unroll?kind=numbers&text=" + quote_plus(MARKUP[0]))
    expect(sentences(picture)).to_have_text([say("en", PROBLEMS["not-numbers"], value=MARKUP[0])])
    shows_only_text(picture, title)


def shows_only_text(picture: Picture, title: str) -> None:
    picture.settle()
    assert picture.page.title() == title
    carried_out = "[data-testid=stText] :is(img, a, b, em, strong, code, .katex)"
    made = f".unroll :is(img, a:not(.large)), .unroll .token *, {carried_out}"
    expect(picture.page.locator(made)).to_have_count(0)


# ---- The controls


def test_the_networks_settings_change_the_picture_and_keep_the_text(visit: Visit) -> None:
    """Cell, size, gain, seed and forget bias: the numbers are the new network's, the word stays."""
    picture = visit(RANDOM)
    picture.mark()
    page = picture.page
    picture.field.fill("cab")  # not confirmed with Enter: going on to another control must not lose it
    page.get_by_role("button", name="Network", exact=True).click()
    picture.reads(*"cab")

    def change(field: str, setting: str) -> None:
        picture.until(lambda: picture.query().get(field) == setting)
        picture.settle()
        picture.reads(*"cab")
        expect(picture.field).to_have_value("cab")
        truth = Truth.of_link(picture.query())
        picture.until(lambda: len(picture.numbers()["squares"]) == 4 * truth.H * len(truth.cell.states))
        step = int(picture.root.get_attribute("data-step") or 0)
        compare(picture.numbers(), truth, "forward", step)

    for field, setting in (("hidden", "3"), ("seed", "12"), ("forget_bias", "2")):
        page.locator(f".st-key-{field} input").fill(setting)
        page.locator(f".st-key-{field} input").press("Enter")
        change(field, setting)
    page.locator(".st-key-gain input[type=range]").press("ArrowRight")
    change("gain", "1.05")
    for name, setting in (("GRU", "gru"), ("RNN (ReLU)", "rnn-relu")):
        page.locator(".st-key-cell input").click()
        page.get_by_role("option", name=name, exact=True).click()
        change("cell", setting)
    picture.was_not_reloaded()


def test_every_kind_of_input_and_every_preset_can_be_picked(visit: Visit) -> None:
    """Each brings a sequence of its own, and the picture shows the network that the address names."""
    picture = visit("/unroll")
    picture.mark()
    for kind, word in (("bits", "Bits"), ("numbers", "Numbers"), ("sine", "Sine"), ("text", "Word or sentence")):
        picture.page.locator(".st-key-kind").get_by_role("radio", name=word).click()
        picture.until(lambda kind=kind: picture.query().get("kind") == kind)
        shows_its_address(picture)
    for preset in ("parity", "latch", "delay", "sum", "hello"):
        picture.page.locator(".st-key-preset input").click()
        name = {"parity": "running parity", "latch": "keeps the first", "delay": "delay", "sum": "running sum"}
        picture.page.get_by_role("option", name=name.get(preset, "spells hello")).click()
        picture.until(lambda preset=preset: picture.query().get("preset") == preset)
        shows_its_address(picture)
    picture.was_not_reloaded()


def shows_its_address(picture: Picture) -> None:
    picture.settle()
    truth = Truth.of_link(picture.query())
    expect(picture.columns).to_have_count(truth.T + 1)
    step = int(picture.root.get_attribute("data-step") or 0)
    compare(picture.numbers(), truth, picture.root.get_attribute("data-phase") or "", step)


# ---- Language, links, Share, Back


def test_another_language_keeps_everything(visit: Visit) -> None:
    """Scene, phase and step stay; the words change, both ways."""
    picture = visit(RANDOM + "&phase=backward&step=2")
    picture.type("abba")
    picture.reads(*"abba")
    picture.go("backward", 3)
    before = picture.numbers()["squares"]
    for language, name in (("zh_CN", "中文"), ("en", "English")):
        picture.page.locator(".st-key-language_switch").get_by_text(name, exact=True).click()
        expect(picture.root.locator("button.backward")).to_have_text(say(language, "Backward"))
        expect(picture.page.get_by_role("heading", level=1)).to_have_text(say(language, "Unroll"))
        picture.is_at("backward", 3)
        picture.reads(*"abba")
        assert picture.numbers()["squares"] == before
        assert picture.query()["lang"] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shared_link_opens_exactly_what_was_on_screen(visit: Visit, language: str) -> None:
    """The field holds it selected, and the clipboard too: same phase, step, language and every number."""
    mine = visit("/unroll", language, permissions=["clipboard-read", "clipboard-write"])
    mine.type("a&b <c> 猫=?")
    mine.reads(*"a&b␣<c>␣猫=?")
    mine.go("backward", 4)
    mine.root.locator("button.share").click()
    field = mine.root.locator(".sharebox input")
    expect(field).to_be_focused()
    link = field.input_value()
    assert mine.page.evaluate("navigator.clipboard.readText()") == link
    assert field.evaluate("(field) => field.value.slice(field.selectionStart, field.selectionEnd)") == link
    theirs = visit(link, language=None)
    theirs.is_at("backward", 4)
    assert theirs.numbers() == mine.numbers()
    expect(theirs.root.locator("button.share")).to_have_text(say(language, "Share"))


def test_a_hall_types_or_scans_a_short_link(visit: Visit) -> None:
    """It opens the same picture at the same step; its code is drawn; that it is for this machine alone is said."""
    mine = visit("/unroll?text=abba")
    mine.go("backward", 3)
    mine.root.locator("button.share").click()
    hall = mine.root.locator(".hall")
    expect(hall).to_contain_text("HOST=0.0.0.0")
    code = hall.locator("img")
    mine.until(lambda: code.evaluate("(image) => image.complete && image.naturalWidth > 0"))
    short = hall.locator(".short").inner_text()
    assert re.fullmatch(r"127\.0\.0\.1:\d+/go/\w{7,12}", short)
    theirs = visit("/" + short.split("/", 1)[1], language=None)
    theirs.is_at("backward", 3)
    assert theirs.numbers() == mine.numbers()


@pytest.mark.parametrize("page", ["gates", "gradients", "train"])
def test_every_page_can_be_shared(visit: Visit, page: str) -> None:
    """From its head; the short link opens the page as it is set."""
    mine = visit(
        {"gates": "/gates?layer=2&view=cells", "gradients": "/gradients?layer=2", "train": "/train?task=parity"}[page]
    )
    mine.page.locator(".page-share button.share").click()
    box = mine.page.locator(".page-share .sharebox")
    assert box.locator("input").input_value() == mine.page.url
    short = box.locator(".short").inner_text()
    there = visit("/" + short.split("/", 1)[1], language=None)
    assert there.page.url.split("/")[-1] == mine.page.url.split("/")[-1]
    mine.press("Escape")
    expect(box).to_be_hidden()


def test_links_in_the_prose_set_the_picture_in_place(visit: Visit) -> None:
    """Each goes to its sequence, phase and step: no new tab, no reload; and again after the learner has walked on."""
    picture = visit("/unroll")
    picture.mark()
    prose = picture.page.locator('[data-testid=stMarkdown] a[href*="unroll?"]')
    links = [link.get_attribute("href") or "" for link in prose.all()]
    assert len(links) >= 4
    for href in [*links, links[0]]:
        scene, _ = from_query(dict(parse_qsl(urlsplit(href).query)))
        link = picture.page.locator(f'[data-testid=stMarkdown] a[href="{href}"]').first
        for _ in range(2):
            link.click()
            expect(picture.columns).to_have_count(scene.steps + 1)
            picture.is_at(scene.phase, scene.step)
            picture.go("loss", 1)
        expect(picture.field).to_have_value(scene.experiment.text)
    picture.was_not_reloaded()


def test_reload_and_back_keep_the_work(visit: Visit) -> None:
    """A reload shows what was typed; Back from a followed link shows what was there before."""
    picture = visit(RANDOM)
    picture.type("cab")
    picture.reads(*"cab")
    picture.until(lambda: picture.query().get("text") == "cab")
    picture.page.reload()
    picture.settle()
    picture.reads(*"cab")
    picture.page.locator('[data-testid=stMarkdown] a[href*="preset=hello"]').first.click()
    picture.reads(*"hello")
    picture.page.go_back()
    picture.reads(*"cab")
    picture.settle()
    shows_its_address(picture)


def test_a_visit_to_another_page_keeps_the_work(visit: Visit) -> None:
    """Home and back again by the menu: the typed word, the phase and the step are still there."""
    picture = visit(RANDOM)
    picture.type("cab")
    picture.reads(*"cab")
    picture.go("backward", 2)
    for name in ("Home", "Unroll"):
        picture.page.get_by_test_id("stTopNav").get_by_role("link", name=name).click()
        expect(picture.page.get_by_role("heading", level=1)).to_have_text(name.replace("Home", "Unrolled"))
    picture.reads(*"cab")
    picture.is_at("backward", 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_with_junk_is_mended_and_said(visit: Visit, language: str) -> None:
    """Every repair in one sentence of the page's language, and a picture all the same."""
    junk = "cell=foo&hidden=999&step=99&gain=nan&seed=1e99&kind=text&text=cab&phase=%00&v=9&utm=<b>"
    picture = visit(f"/unroll?{junk}", language)
    picture.reads(*"cab")

    def sentence(code: str, field: str, **places: object) -> str:
        return say(language, PROBLEMS[code], field=say(language, field), **places)

    texts = sentences(picture).all_inner_texts()
    assert sentence("ignored", "Cell", value="foo") in texts
    assert sentence("clamped", "Hidden units H", value="999", bound="64") in texts
    assert sentence("clamped", "Time step", value="99", bound="3") in texts
    assert len(texts) >= 5
    picture.is_at("forward", 3)
    empty = visit("/unroll?text=" + "x" * 3000 + "&preset=hello", language)
    expect(sentences(empty)).to_have_count(1)
