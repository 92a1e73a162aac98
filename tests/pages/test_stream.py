"""The stream of a training: who reads it misses nothing, only its owner asks by reading, and it ends when it must."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from pages.ui import stream
from pages.ui.stream import cookie, routes
from rnn_core import Invalid
from rnn_core.training import service as service_module
from rnn_core.training.run import RUNNING
from rnn_core.training.service import Inline, Ticket
from rnn_core.words import sentence
from tests.browser.words import ROOT
from tests.core.trainings import Watcher, a_round, small

ENDLESS = small("rnn", budget=1_000_000, lr=1e-6)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inline]:
    monkeypatch.setattr(service_module, "ASKED", 0.3)
    monkeypatch.setattr(service_module, "SLICE", 0.02)
    made = Inline()
    monkeypatch.setattr(stream, "service", lambda: made)
    yield made
    made.close()


class Reply:
    """What the app sends to one request, and the request's end."""

    def __init__(self) -> None:
        self.status, self.headers, self.body, self.over = 0, {}, b"", False
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]
            self.over = not message.get("more_body")

    @property
    def events(self) -> list[dict[str, str]]:
        """As a browser parts them."""
        parts = self.body.decode().split("\n\n")
        assert parts[-1] == ""
        return [dict(line.split(": ", 1) for line in part.split("\n")) for part in parts[:-1]]

    @property
    def numbers(self) -> list[int]:
        return [int(event["id"]) for event in self.events]


@asynccontextmanager
async def opened(path: str, **headers: str) -> AsyncIterator[Reply]:
    """A request, and at the end of the block a browser that goes away."""
    reply = Reply()
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "asgi": {"spec_version": "2.3"},
        "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
    }  # fmt: skip
    task = asyncio.create_task(Starlette(routes=routes)(scope, reply.receive, reply.send))
    try:
        yield reply
    finally:
        reply.left.set()
        await asyncio.wait_for(task, 20)


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.005)


def steering(ticket: Ticket) -> str:
    """The cookie of its owner's browser."""
    return f"other=1; {cookie(ticket.id)}={ticket.token}"


def get(path: str, **headers: str) -> Reply:
    async def ask() -> Reply:
        async with opened(path, **headers) as reply:
            await until(lambda: reply.status)
        return reply

    return asyncio.run(ask())


# ---- What is read


def test_events_are_the_messages(place: Inline) -> None:
    """Numbered, in order and without a gap, until a browser knows all that the Runs know."""
    ticket, watcher = place.start(small()), Watcher()

    async def read() -> Reply:
        async with opened(f"/live/{ticket.id}", cookie=steering(ticket)) as reply:
            await until(lambda: b'"state":"ended","speed"' in reply.body)
        return reply

    reply = asyncio.run(read())
    assert reply.headers[b"content-type"].startswith(b"text/event-stream")
    assert reply.headers[b"cache-control"] == b"no-store"
    assert reply.numbers == [*range(1, len(reply.events) + 1)]
    for event in reply.events:
        watcher.take(json.loads(event["data"]))
    group = place.slots[ticket.id].group
    assert group is not None
    watcher.knows(group)


def test_a_browser_that_comes_back_goes_on_where_it_was(place: Inline) -> None:
    """By the number it has seen last; what is no such number is as if there were none."""
    ticket = place.start(ENDLESS)
    place.steer(*ticket, "pause")
    for _ in range(5):
        place.steer(*ticket, "single")
    last = place.slots[ticket.id].number

    async def read(seen: str) -> Reply:
        async with opened(f"/live/{ticket.id}", last_event_id=seen) as reply:
            await until(lambda: reply.events)
        return reply

    assert asyncio.run(read(str(last - 3))).numbers == [last - 2, last - 1, last]
    for junk in ("", "-3", "x", "1.5", "²", "9" * 5000):
        assert asyncio.run(read(junk)).numbers[-1] == last


@pytest.mark.parametrize("path", ["/live/nothing", "/live/\ud83d\ude00", "/live/..", "/live/%00"])
def test_an_unknown_training_is_said_to_be_no_more(path: str, place: Inline) -> None:
    """204: a browser does not come back for it."""
    reply = get(path)
    assert (reply.status, reply.body) == (204, b"")


def test_a_moment_is_json(place: Inline) -> None:
    """As the service says; of an unknown training 404."""
    ticket = place.start(ENDLESS)
    place.steer(*ticket, "pause")
    place.steer(*ticket, "single")
    reply = get(f"/live/{ticket.id}/1")
    assert reply.headers[b"content-type"] == b"application/json"
    assert reply.body == place.moment(ticket.id, 1)
    for path in ("/live/nothing/1", f"/live/{ticket.id}/x", f"/live/{ticket.id}/-1", f"/live/{ticket.id}/1/2"):
        assert get(path).status == 404


# ---- Who asks


def test_only_its_owners_reading_is_asking(place: Inline) -> None:
    """Others read along: the same bytes; alone with them it rests."""
    ticket, wrong = place.start(ENDLESS), place.start(ENDLESS)
    slot, path = place.slots[ticket.id], f"/live/{ticket.id}"

    async def read() -> None:
        other = f"{cookie(ticket.id)}={wrong.token}; {cookie(wrong.id)}={ticket.token}"
        async with opened(path, cookie=other) as watching, opened(path, cookie=f"{cookie(ticket.id)}=\xe9") as also:
            await until(lambda: time.monotonic() - slot.asked > 0.5)
            await asyncio.to_thread(a_round, place)
            at = slot.number
            await asyncio.sleep(0.3)
            assert slot.number == at
            async with opened(path, cookie=steering(ticket)) as owning:
                await until(lambda: slot.number > at + 10)
            await until(lambda: len(watching.events) >= slot.number)
            await until(lambda: len(also.events) >= slot.number)
            assert watching.body[: len(owning.body)] == owning.body
            assert time.monotonic() - slot.asked < 10

    asyncio.run(read())
    assert place.state(ticket.id) == RUNNING


# ---- How it ends


def test_a_browser_that_goes_away_leaves_nothing(place: Inline) -> None:
    """Twenty of them; also where there is nothing more to say. No task is left, and nobody asks any more."""
    ticket = place.start(ENDLESS)
    place.steer(*ticket, "pause")

    async def read() -> int:
        for _ in range(20):
            async with opened(f"/live/{ticket.id}", cookie=steering(ticket)) as reply:
                await until(lambda: reply.events)
        return len(asyncio.all_tasks())

    assert asyncio.run(read()) == 1
    asked = place.slots[ticket.id].asked
    time.sleep(0.2)
    assert place.slots[ticket.id].asked == asked


@pytest.mark.parametrize("why", ["no-run", "failed"])
def test_when_the_training_is_gone_its_readers_are_told(
    why: str, place: Inline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped, or ended by a fault: why, by a code for which there is a sentence. Then the stream ends."""
    ticket = place.start(ENDLESS)
    group = place.slots[ticket.id].group
    assert group is not None

    async def read() -> Reply:
        async with opened(f"/live/{ticket.id}", cookie=steering(ticket)) as reply:
            await until(lambda: reply.events)
            if why == "no-run":
                place.stop(*ticket)
            else:
                monkeypatch.setattr(group.runs[0], "take", None)
            await until(lambda: reply.over)
        return reply

    assert asyncio.run(read()).events[-1] == {"event": "gone", "data": why}
    assert sentence(Invalid(why, "run"))
    assert get(f"/live/{ticket.id}").status == 204


def test_one_without_room_waits(place: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stream stays open."""
    ticket = place.start(ENDLESS)

    def busy(*_: Any) -> None:
        raise Invalid("busy", "models", 24)

    async def read() -> None:
        async with opened(f"/live/{ticket.id}") as reply:
            await until(lambda: reply.events)
            with monkeypatch.context() as now:
                now.setattr(place, "recent", busy)
                await asyncio.sleep(0.2)
            place.steer(*ticket, "pause")
            await until(lambda: reply.numbers[-1] == place.slots[ticket.id].number)

    asyncio.run(read())


def test_putting_all_of_it_together_holds_up_nobody(place: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody comes late to a training that is being worked on: others go on reading meanwhile."""
    monkeypatch.setattr(service_module, "MESSAGES", 3)
    held, other = place.start(ENDLESS), place.start(ENDLESS)
    for _ in range(5):
        place.steer(*held, "single")

    async def read() -> None:
        async with opened(f"/live/{other.id}", cookie=steering(other)) as reading:
            lock = place.slots[held.id].lock
            holds, done = threading.Event(), threading.Event()

            def hold() -> None:
                with lock:
                    holds.set()
                    done.wait(30)

            thread = threading.Thread(target=hold)
            thread.start()
            await asyncio.to_thread(holds.wait)
            async with opened(f"/live/{held.id}") as late, opened(f"/live/{held.id}/1") as looking:
                at = len(reading.events)
                await until(lambda: len(reading.events) > at + 3)
                assert not late.events
                assert not looking.status
                done.set()
                await until(lambda: late.events and looking.status)
            thread.join()

    asyncio.run(read())


SERVER = """
import socket, threading, uvicorn
from starlette.applications import Starlette
from pages.ui.stream import routes
from rnn_core.training.service import service
from tests.core.trainings import small

ticket = service().start(small("rnn", budget=1_000_000, lr=1e-6))
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], ticket.id, flush=True)
uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning")).run(sockets=[listening])
"""


def test_a_server_can_be_stopped_while_somebody_reads() -> None:
    """Ctrl-C ends it at once, though the stream has no end of its own."""
    import socket

    pytest.importorskip("uvicorn")
    process = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port, id = process.stdout.readline().split()
        with socket.create_connection(("127.0.0.1", int(port)), timeout=30) as browser:
            browser.sendall(f"GET /live/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            while b"data:" not in browser.recv(1 << 20):
                pass
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        process.kill()
        process.wait()
