"""Short links: they lead where they were made from, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from pages.ui import short
from rnn_core import Experiment
from rnn_core.scene import Scene, to_query


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def id(self) -> str:
        return json.loads(self.text)["id"]


def ask(path: str, body: bytes | str | None = None, query: str = "") -> Reply:
    """A GET, or with a body a POST."""
    sent: list[dict[str, Any]] = []
    content = body.encode() if isinstance(body, str) else body or b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET" if body is None else "POST", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": [], "root_path": "",
    }  # fmt: skip
    asyncio.run(Starlette(routes=short.routes)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]).decode())


@pytest.mark.parametrize(
    "link",
    [
        "unroll?" + urlencode(to_query(Scene(Experiment(text="你好 banana"), step=1))),
        "gates?", "gradients?view=cliff", "train?task=adding&cell=rnn+gru", "?lang=zh_CN",
    ],
)  # fmt: skip
def test_it_leads_to_what_was_shared(link: str) -> None:
    """Exactly; and the same link has one name, however many share it."""
    id = ask("/go", link).id
    assert len(id) <= 12
    assert ask(f"/go/{id}").headers["location"] == "/" + link
    assert ask("/go", link).id == id


@pytest.mark.parametrize(
    "link",
    [
        "", "https://example.org/?a", "//example.org?", "unroll", "elsewhere?a=1", "unroll?a b",
        "unroll?\r\nSet-Cookie: a",
        "unroll?" + "a" * 4001, "javascript:alert(1)?", "unroll/../x?", "train?é",
    ],
)  # fmt: skip
def test_no_other_link_is_taken(link: str) -> None:
    """Of another site, of no page, with what no browser leaves unescaped, or too long."""
    assert ask("/go", link).status == 400
    assert ask("/go", b"a" * 6000).status == 413


@given(st.text(max_size=40))
def test_any_text_is_a_link_of_this_app_or_refused(text: str) -> None:
    try:
        id = short.shorten(text)
    except ValueError:
        return
    assert short._links[id] == text
    assert text.split("?")[0] in ("", "unroll", "gates", "gradients", "train")
    assert text.isascii()


def test_what_is_not_known_leads_home() -> None:
    assert ask("/go/0000000").headers["location"] == "/"
    assert ask("/go/0000000/qr", query="origin=http://a").status == 404


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short, "KEPT", 2)
    first, second = short.shorten("unroll?a=1"), short.shorten("unroll?a=2")
    assert short.shorten("unroll?a=1") == first  # used again: now the newer
    third = short.shorten("unroll?a=3")
    assert [id in short._links for id in (first, second, third)] == [True, False, True]


def test_names_that_begin_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short, "LETTERS", 1)
    ids = {short.shorten(f"unroll?n={n}") for n in range(40)}
    assert len(ids) == 40


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://192.168.1.7:8501", 200), ("https://class.example.org", 200), ("http://[::1]:8501", 200),
        ("javascript:alert(1)", 404), ("http://a/b", 404), ("", 404), ("http://" + "a" * 300, 404),
        ("http://a\"><b", 404),
    ],
)  # fmt: skip
def test_a_qr_code_is_drawn_for_an_address_alone(origin: str, status: int) -> None:
    id = ask("/go", "unroll?text=a").id
    answer = ask(f"/go/{id}/qr", query="origin=" + quote(origin))
    assert answer.status == status
    if status == 200:
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "<svg" in answer.text


@pytest.mark.parametrize(("listens", "known"), [("127.0.0.1", False), ("localhost", False), ("10.1.2.3", True)])
def test_others_reach_it_only_where_it_listens(monkeypatch: pytest.MonkeyPatch, listens: str, known: bool) -> None:
    monkeypatch.setattr(short.st, "get_option", lambda _: listens)
    assert short.host() == (listens if known else None)
