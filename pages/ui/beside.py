"""What stands beside a page's own answer and charts: saved scenarios, and the way into the presentation."""

from __future__ import annotations

import streamlit as st

from pages.ui import saved, state, words
from pages.ui.asked import Asked, asked
from pages.ui.chart import chart
from pages.ui.figures import objects as go
from pages.ui.figures.overlay import overlay
from pages.ui.pictures import OFFERS, Picture
from pages.ui.presentation import add_box


def below_the_answer() -> None:
    """Differences from saved scenarios, a sentence each, and the button that collects a scene."""
    page = state.present_page()
    for sentence in saved.sentences(page):
        st.markdown(words.in_markdown(sentence))
    add_box(page)


def show(key: str, of: Asked | None = None, *, height: int | None = None) -> Picture:
    """Show a chart that this page offers, with the saved scenarios in it."""
    picture = OFFERS[key].picture(asked() if of is None else of)
    if picture.figure is None:
        st.info(words.in_markdown(picture.finding))
    else:
        draw(picture.figure, key, height or picture.height, picture.finding, of)
    return picture


def draw(figure: go.Figure, key: str, height: int, description: str, of: Asked | None = None) -> None:
    """Show a figure of an offer that the page has made itself, with the saved scenarios in it."""
    more = overlay(figure, saved.drawn_ghosts(key))
    shown = None if of is None else of.scenario
    chart(figure, key=key, height=height + more, description=description, of=shown)
