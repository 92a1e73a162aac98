"""Learning by hand: the gradient is taken off the weights, and the picture follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rnn_core.changes import traced
from rnn_core.descent import Descend
from rnn_core.edits import Edit
from rnn_core.experiment import Experiment
from rnn_core.scene import from_query
from tests.browser.conftest import Visit
from tests.browser.picture import Picture
from tests.browser.words import LANGUAGES, say
from tests.browser.written import magnitude, signed

WORD = Experiment(text="banana", cell="rnn", hidden=4)
LINK = "/unroll?text=banana&cell=rnn&hidden=4&step=3&phase=update"


def press(picture: Picture, text: str) -> None:
    """And wait for the answer: until then the note says that work is going on."""
    picture.root.get_by_role("button", name=text, exact=True).click()
    expect(picture.root.locator(".update .note")).not_to_contain_text("…")
    picture.settle()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_update_changes_weights_loss_and_link(language: str, visit: Visit) -> None:
    """Once, then ten times more: the losses told are the core's, and the link leads back here."""
    picture = visit(LINK, language=language)
    before, _, trace = traced(WORD)
    assert before.change is None
    told = picture.root.locator(".update .note b")
    fall = 0.1 * sum((gradient**2).sum() for gradient in (trace.d_params or {}).values())
    expect(told).to_have_text(["0.1", magnitude(fall)])
    press(picture, say(language, "1 update"))
    press(picture, say(language, "10 updates"))
    assert from_query(picture.query())[0].changes == (Descend(0.1, 11),)
    after = traced(WORD, [Descend(0.1, 11)])[0]
    numbers = [magnitude(after.losses[0]), magnitude(after.losses[-1]), signed(after.losses[-1] - after.losses[-2])]
    expect(told.nth(3)).to_have_text(numbers[2])
    assert told.all_text_contents()[:4] == ["11", *numbers]
    expect(picture.root.locator(".losspoint")).to_have_count(12)
    expect(picture.root).to_have_attribute("data-step", "3")
    # The picture is the changed network's.
    first = after.model.params["weight_hh"][0, 0]
    picture.root.locator(".weights summary").click()
    assert signed(first) != signed(before.model.params["weight_hh"][0, 0])
    expect(picture.root.locator(".weights figure").nth(2).locator("text.number").first).to_have_text(signed(first))
    press(picture, say(language, "Start over"))
    assert "changes" not in picture.query()
    expect(picture.root.locator(".losspoint")).to_have_count(0)


def test_an_edit_and_updates_keep_their_order(visit: Visit) -> None:
    """A weight set by hand after an update has the value that was typed."""
    picture = visit(LINK + "&changes=lr_0.3_5&node=pre_h")
    picture.root.locator(".products .weight").nth(2).click()
    field = picture.root.locator(".products input")
    field.fill("2")
    field.press("Enter")
    picture.settle()
    expect(picture.root.locator(".products .edited")).to_have_text("+2.000")
    press(picture, "1 update")
    scene = from_query(picture.query())[0]
    assert scene.changes == (Descend(0.3, 5), Edit("weight_hh", (0, 0), 2.0), Descend(0.1, 1))


def test_an_explosion_is_told_in_words(visit: Visit) -> None:
    """The losses end where the numbers do; starting over brings everything back."""
    picture = visit("/unroll?kind=numbers&text=9,8,7,6&target=sum&cell=rnn-linear&hidden=3&phase=update")
    picture.root.locator(".update select").select_option("1")
    press(picture, "100 updates")
    expect(picture.page.get_by_text("this learning rate is too large")).to_be_visible()
    expect(picture.root.locator(".update select")).to_have_value("1")
    press(picture, "Start over")
    expect(picture.page.get_by_text("this learning rate is too large")).to_have_count(0)
    expect(picture.root.locator(".update .note b")).to_have_count(2)


def test_too_many_updates_are_refused_in_a_sentence(visit: Visit) -> None:
    """What has been done stays, and the picture answers."""
    picture = visit("/unroll?kind=sine&length=40&hidden=2&phase=update&changes=lr_0.01_450")
    press(picture, "100 updates")
    expect(picture.page.get_by_text("That would be 550 updates; with this sequence 500 are possible.")).to_be_visible()
    expect(picture.root.locator(".update .note b").first).to_have_text("450")
    assert picture.query()["changes"] == "lr_0.01_450"


def test_another_text_takes_the_updates_back_and_says_so(visit: Visit) -> None:
    """They were learned from the old one."""
    picture = visit(LINK + "&changes=lr_0.3_5")
    picture.type("nab")
    picture.settle()
    expect(picture.page.get_by_text("The updates belonged to the old setting")).to_be_visible()
    assert "changes" not in picture.query()
