"""Where what is on screen comes from: the lines that go into pictures, and the link that goes into documents."""

from __future__ import annotations

import streamlit as st

from model.scenario import Scenario
from pages.ui.exports.origin import origin
from pages.ui.state import link

NAME = "take_away_name"


def origin_lines(of: Scenario | None = None) -> list[str]:
    """Scenario and source for the foot of a picture; nothing where a page shows no scenario."""
    shown: Scenario | None = st.session_state.get("scenario") if of is None else of
    if shown is None:
        return []
    said = origin(shown, st.session_state.get(NAME, ""))
    return [said.scenario, said.source]


def address() -> str:
    """The whole address of this page with the scenario, to put into a document."""
    page = (st.context.url or "").partition("?")[0]
    return (page if page.count("/") > 2 else f"{page}/") + link()
