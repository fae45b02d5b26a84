"""One place on every page to take the scenario out of the room, and to bring one in."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from model import evaluate
from model.decide.verdict import verdict
from model.fields import ScenarioError
from pages.ui import words
from pages.ui.at_hand import NAME, address
from pages.ui.exports.document import Document, default_name, document
from pages.ui.exports.scenario_file import opened
from pages.ui.exports.text import LONGEST_NAME, file_name
from pages.ui.state import load, scenario

_BOX, _FILE, _SAID = "take_away_box", "take_away_file", "take_away_said"
FILES: dict[str, tuple[str, str, str]] = {
    "PowerPoint": ("powerpoint", ".pptx", "Slides whose charts you can edit"),
    "Excel": ("excel", ".xlsx", "Both bills as live formulas"),
    "Report": (
        "html_report",
        ".html",
        "One page with charts to point at, for a browser or two sheets of paper",
    ),
    "Decision record": ("decision_record", ".md", "Markdown, the outcome left to sign"),
    "Infrastructure code": ("infrastructure", ".zip", "CloudFormation, SAM and CDK"),
    "Scenario": ("scenario_file", ".json", "Opens again below, or on the command line"),
}
"""Label -> module of `exports` and its function of the same name, ending, what it is. Loaded when asked for."""
_ROWS = list(FILES.items())
_PAIRS = [_ROWS[place : place + 2] for place in range(0, len(_ROWS), 2)]


def take_away() -> None:
    """A button that opens the documents of this scenario; nothing is built before it is asked for."""
    place = st.popover("Take it away", key="take_away", on_change="rerun")
    if place.open:
        with place:
            _documents()
            _open_file()


def _documents() -> None:
    now = scenario()
    try:
        suggested = default_name(verdict(evaluate(now)), now)
    except ScenarioError as error:
        st.error(words.as_typed(words.with_labels(str(error))))
        return
    kept = st.session_state.get(NAME, "")
    st.text_input(
        "Name of the scenario",
        value=kept,
        placeholder=suggested,
        max_chars=LONGEST_NAME,
        key=_BOX,
        on_change=_keep_name,
    )
    asked = document(now, kept or suggested, address())
    for pair in _PAIRS:
        for column, (label, (module, ending, what)) in zip(st.columns(2), pair, strict=True):
            column.download_button(
                label,
                data=_builder(module, asked),
                file_name=file_name(asked.origin.name, ending),
                help=what,
                key=f"take_away {module}",
                on_click="ignore",
                width="stretch",
            )
    st.caption("Link to this view")
    st.code(asked.origin.link, language=None, wrap_lines=True)


def _builder(module: str, asked: Document) -> Callable[[], str | bytes]:
    """Builds a file at the click; only then the library that writes it is loaded."""

    def build() -> str | bytes:
        write = getattr(import_module(f"pages.ui.exports.{module}"), module)
        built: str | bytes = write(asked)
        return built

    return build


def _open_file() -> None:
    st.file_uploader("Open a scenario file", type="json", key=_FILE, on_change=_take_file, max_upload_size=5)
    error = st.session_state.get(_SAID)
    if error:
        st.error(words.as_typed(words.with_labels(f"{error} What was shown before stays.")))


def _keep_name() -> None:
    st.session_state[NAME] = st.session_state[_BOX]


def _take_file() -> None:
    """Set every control to the file just dropped; if it cannot be used, say why and leave everything as it is."""
    file = st.session_state[_FILE]
    st.session_state[_SAID] = None
    if file is None:
        return
    try:
        found, name = opened(file.getvalue())
    except ScenarioError as error:
        st.session_state[_SAID] = f"{error}."
        return
    if found.shape:
        st.session_state[_SAID] = "The file holds lists of numbers, a scenario on screen one of each."
        return
    load(found)
    st.session_state[NAME] = name
