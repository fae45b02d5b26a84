"""The pages of the app, and how one of them is run."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar

import streamlit as st
from streamlit.errors import FragmentHandledException
from streamlit.navigation.page import StreamlitPage

from model.fields import ScenarioError
from pages.ui import state, words
from pages.ui.hand import followed_by_the_hand
from pages.ui.take_away import take_away

PAGES: dict[str, dict[str, str]] = {
    "Decide": {
        "which_one": "Which one?",
        "cost": "What does it cost?",
        "cold_start": "How slow is a cold start?",
        "spike": "What happens in a spike?",
        "replay": "Replay real traffic",
        "split": "Split it?",
        "estate": "Which services should move?",
        "fit": "Does it fit?",
        "sure": "How sure are we?",
        "rollout": "Roll it out",
        "present": "Present",
    },
    "Evidence": {
        "article": "The article, checked",
        "sources": "Numbers and sources",
        "accuracy": "How good is the model?",
    },
}
"""Section -> file in pages/ (which is also the address) -> title; the first page has the bare address, too."""
FIRST, BARE = next(iter(PAGES["Decide"])), "home"

_inside_app: ContextVar[bool] = ContextVar("inside_app", default=False)


def navigation() -> StreamlitPage:
    """Draw the menu; the page asked for."""
    menu = {
        section: [
            st.Page(f"pages/{stem}.py", title=title, url_path=BARE if stem == FIRST else stem)
            for stem, title in titles.items()
        ]
        for section, titles in PAGES.items()
    }
    # Streamlit knows the first page by the bare address only; here it is again, by its name.
    title = PAGES["Decide"][FIRST]
    menu["Decide"].append(st.Page(f"pages/{FIRST}.py", title=title, url_path=FIRST, visibility="hidden"))
    return st.navigation(menu, position="top")


def run(page: StreamlitPage) -> None:
    """Show a page under its title."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(page.title)
        take_away()
    with suppress(FragmentHandledException):  # said on the page; the sidebar must be drawn all the same
        _body(page)


@st.fragment
def _body(page: StreamlitPage) -> None:
    """The page below its title: run on its own while a slider is held, and by its own widgets.

    Settings that do not go together are said in a sentence instead of its content.
    """
    state.start_over_if_changed()
    page._can_be_called = True  # Streamlit lets it run once; every rerun of this fragment is another time
    token = _inside_app.set(True)
    try:
        with followed_by_the_hand():
            try:
                page.run()
            except ScenarioError as error:
                st.error(words.as_typed(words.with_labels(str(error))))
    finally:
        _inside_app.reset(token)


def inside_app() -> None:
    """First line of every page: start over through app.py if Streamlit runs the page file on its own.

    It does so, because there is a folder called pages, for whoever opens an address such as /cost before anybody
    has opened the app since the server started. Naming the pages once tells it better.
    """
    if not _inside_app.get():
        navigation()
        st.rerun()
