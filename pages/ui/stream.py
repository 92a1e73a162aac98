"""What the browser reads while a network learns: a stream of messages, and single moments of the past.

    live/ID           server-sent events; each is a message of `rnn_core.training.live`, numbered. The last, where the
                      training is gone, is of the type "gone" and says why: the code of an Invalid
    live/ID/UPDATE    the probe at that update, as JSON

Both are open to whoever has the id. An owner's browser brings the token in a cookie, and its reading is what pulls the
training: where nobody reads, nothing is computed.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from rnn_core.invalid import Invalid
from rnn_core.training.service import service

LOOK = 0.04  # seconds between two looks for messages
FRESH = {"Cache-Control": "no-store"}


def cookie(id: str) -> str:
    """The name under which the owner's browser keeps the token."""
    return f"steer-{id}"


def ending() -> bool:
    """Has the server been told to stop? It first waits for its streams. What handles Ctrl-C in it, uvicorn, knows."""
    server = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return getattr(server, "should_exit", False)


async def live(request: Request) -> Response:
    id, place = request.path_params["id"], service()
    try:
        place.recent(id)
    except Invalid:
        return Response(status_code=204)  # which tells a browser not to come back
    token = request.cookies.get(cookie(id), "")
    owner = place.owns(id, token)
    last = request.headers.get("last-event-id", "")

    async def events() -> AsyncIterator[bytes]:
        seen = int(last) if last.isdecimal() and len(last) < 20 else -1
        while not ending():
            try:
                if owner:
                    place.advance(id, token)
                new = place.recent(id, seen)
                if new is None:
                    new = await asyncio.to_thread(place.history, id, seen)
            except Invalid as problem:
                if problem.code != "busy":
                    yield b"event: gone\ndata: %b\n\n" % problem.code.encode()
                    return
                new = ()
            for seen, data, _ in new:
                yield b"id: %d\ndata: %b\n\n" % (seen, data)
            await asyncio.sleep(LOOK)

    return StreamingResponse(events(), media_type="text/event-stream", headers=FRESH)


async def moment(request: Request) -> Response:
    try:
        found = await asyncio.to_thread(service().moment, request.path_params["id"], request.path_params["update"])
    except Invalid:
        return Response(status_code=404)
    return Response(found, media_type="application/json", headers=FRESH)


routes = [Route("/live/{id}", live), Route("/live/{id}/{update:int}", moment)]
