"""A button that shares the page as it is set: its link, and for a lecture hall a short one with its QR code."""

from __future__ import annotations

from pages.ui.component import component
from pages.ui.labels import player_labels
from pages.ui.language import _

_component = component("share", "player")


def share() -> None:
    words = {
        **player_labels(),
        "link": _("Link to this page"),
        "copied": _("Copied. The link opens this page as it is set."),
        "copyByHand": _("Copy this link: it opens this page as it is set."),
    }
    _component(key="share", data={"words": words}, width="content")
