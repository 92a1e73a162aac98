"""The figures of a page as it was sent to the browser, read back into numbers."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.pages.unpack import unpack

PAINTED = ("unrolled.maps", "unrolled.bars")  # components with a figure each


def charts(app: AppTest) -> dict[str, dict[str, Any]]:
    """Each figure by its name, its arrays as NumPy's."""
    return {
        node.proto.id.split("figure.")[-1]: json.loads(node.proto.spec, object_hook=_array)
        for node in app.get("plotly_chart")
    }


def painted(app: AppTest) -> dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Of each figure that a component draws, by its name: header and arrays."""
    sent = [node.proto for node in app.get("bidi_component") if node.proto.component_name in PAINTED]
    return {header["name"]: (header, arrays) for header, arrays in (unpack(proto.bytes) for proto in sent)}


def figures(app: AppTest) -> set[str]:
    """The names of all of them."""
    return {*charts(app), *painted(app)}


def lines(figure: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The figure's traces of one kind, "heatmap" say, in the order they were added."""
    return [trace for trace in figure["data"] if trace["type"] == kind]


def _array(found: dict[str, Any]) -> Any:
    if "bdata" not in found:
        return found
    values = np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"])
    return values.reshape([int(size) for size in found["shape"].split(",")]) if "shape" in found else values
