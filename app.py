"""The server. Pages are in pages/, the subject itself in rnn_core/.

`streamlit run app.py` serves `app`; `pages/main.py` is the script every visit runs.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from pages.ui import short, stream
from rnn_core.training.service import close


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Import what the first page needs before anyone waits for it."""
    import pages.ui.stepper  # noqa: F401

    # Streamlit collects all garbage after every script run; what will never be garbage need not be walked each time.
    gc.collect()
    gc.freeze()
    yield
    close()


app = st.App("pages/main.py", lifespan=lifespan, routes=[*stream.routes, *short.routes])
