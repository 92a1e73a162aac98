"""Short links, for a lecture hall.

    POST go          a link of this app, as text: "unroll?text=banana&step=3". The answer is JSON: `id`, and `host`, by
                     which others in the same network reach this machine, or null where it lets in nobody from outside
    GET go/ID        leads there; to the first page, where the link is not known any more
    GET go/ID/qr     its QR code as SVG; ?origin=http://192.168.1.7:8501 says how the app is reached

A link is its own name, so that two hundred who share one have one. Only links within this app are taken.
"""

from __future__ import annotations

import hashlib
import io
import re
import socket
from collections import OrderedDict
from threading import Lock

import segno
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

LINK = re.compile(r"(unroll|gates|gradients|train)?\?[!-~]{0,4000}")  # what a browser has escaped is ASCII
ORIGIN = re.compile(r"https?://[\w.:\[\]-]{1,200}")
KEPT = 10_000  # links; who asks for an older one comes to the first page
LETTERS = 7

_links: OrderedDict[str, str] = OrderedDict()
_lock = Lock()


def shorten(link: str) -> str:
    """The name that leads to this link from now on. Raises ValueError for what is no link of this app."""
    if not LINK.fullmatch(link):
        raise ValueError(link)
    name = hashlib.sha256(link.encode()).hexdigest()
    with _lock:
        id = next(name[:n] for n in range(LETTERS, len(name)) if _links.get(name[:n], link) == link)
        _links[id] = link
        _links.move_to_end(id)
        while len(_links) > KEPT:
            _links.popitem(last=False)
    return id


def host() -> str | None:
    """This machine's address in its network, where the app listens there."""
    listens = st.get_option("server.address")
    if listens not in (None, "0.0.0.0", "::"):
        return None if listens in ("127.0.0.1", "localhost", "::1") else listens
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # an address for examples: nothing is sent, only the way there is looked up
        except OSError:
            return None
        return way.getsockname()[0]


async def shared(request: Request) -> Response:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > 5000:
            return Response(status_code=413)
    try:
        return JSONResponse({"id": shorten(body.decode("ascii")), "host": host()})
    except ValueError:  # UnicodeDecodeError too
        return Response(status_code=400)


async def go(request: Request) -> Response:
    return RedirectResponse("/" + _links.get(request.path_params["id"], ""), 302)


async def qr(request: Request) -> Response:
    id, origin = request.path_params["id"], request.query_params.get("origin", "")
    if id not in _links or not ORIGIN.fullmatch(origin):
        return Response(status_code=404)
    drawn = io.BytesIO()
    segno.make(f"{origin}/go/{id}", error="m", micro=False).save(drawn, kind="svg", border=2, light="white", scale=1)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


routes = [
    Route("/go", shared, methods=["POST"]),
    Route("/go/{id}", go),
    Route("/go/{id}/qr", qr),
]
