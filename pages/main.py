"""What every visit runs: page settings, language, and the table of pages."""

import streamlit as st

from pages.ui import failure
from pages.ui.frame import frame
from pages.ui.language import _, choose_language, language_switch
from pages.ui.share import share

# The icon comes first: a page's own icon would be fetched from a font server for the tab.
st.set_page_config(page_icon="assets/icon.svg", layout="wide")
choose_language()

pages = [
    st.Page("home.py", title=_("Home"), icon=":material/home:", default=True),
    st.Page("unroll.py", title=_("Unroll"), icon=":material/view_column:", url_path="unroll"),
    st.Page("gates.py", title=_("Gates"), icon=":material/tune:", url_path="gates"),
    st.Page("gradients.py", title=_("Gradients"), icon=":material/trending_down:", url_path="gradients"),
    st.Page("train.py", title=_("Train"), icon=":material/model_training:", url_path="train"),
]
page = st.navigation(pages, position="top")
is_home = page is pages[0]
st.set_page_config(page_title="Unrolled" if is_home else f"{page.title} · Unrolled")
frame({each.url_path: each for each in pages})
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Unrolled" if is_home else page.title, anchor=False)
    if page.url_path in ("gates", "gradients", "train"):  # Unroll's picture has its own, which knows the step
        share()
    language_switch()
if st.session_state.get("page") != page.url_path:  # what was said of the last page is not said of this one
    st.session_state.update(page=page.url_path, notices=[], arrived=True)
with failure.guarded():
    page.run()
    failure.succeeded()
