"""The page follows the hand: while a slider is held, it is shown with the slider's present value.

Streamlit's sliders speak on release only. A small component looks at the slider under the pointer and reports its
place, one message at a time; each report runs the page alone, without sidebar and address. On release the slider
itself speaks, and everything is settled as ever.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import state
from pages.ui.control_steps import STEPS
from pages.ui.controls import steps

REST_S = 0.2
_KEY, _SEEN, _RESTED, _REPORT = "hand", "hand_seen", "hand_rested", "hand_report"
_place: ContextVar[DeltaGenerator | None] = ContextVar("place", default=None)
_OF_CLASS = {
    f"st-key-{path.replace('.', '-')}": path for path in (*STEPS, "fargate.vcpu", "fargate.memory_gb")
}
"""The class Streamlit gives a widget by its key -> the field it sets."""

_component = st.components.v2.component(
    "what_if_hand", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


@contextmanager
def followed_by_the_hand() -> Iterator[None]:
    """Around a page: take reports about the slider in hand, and tell the browser when one has been followed."""
    content, place = st.container(), st.container()
    token = _place.set(place)
    try:
        with content:
            yield
        _answer()
    finally:
        _place.reset(token)


def at_rest(question: str) -> None:
    """Before something slow, below what matters: unless it is what was asked last, go on only when all is quiet.

    Every look at session state lets Streamlit abandon this run for a newer one. What stood below stays meanwhile.
    """
    _answer()
    if st.session_state.get(_RESTED) == question:
        return
    until = time.monotonic() + REST_S
    while time.monotonic() < until:
        time.sleep(0.02)
        st.session_state.get(_SEEN)
    st.session_state[_RESTED] = question


def in_hand(key: str, stops: Sequence[Any], value: Any) -> Any:
    """What a slider of the page's own shows: the stop under the hand while it is held, else its value."""
    report = st.session_state.get(_REPORT)
    if not report or report["slider"] != f"st-key-{key}" or report["place"] not in range(len(stops)):
        return value
    return stops[report["place"]]


def let_go() -> None:
    """A slider of the page's own has spoken for itself; for callbacks."""
    st.session_state[_REPORT] = None


def _answer() -> None:
    place = _place.get()
    if place is not None:
        _place.set(None)
        with place:
            _component(
                key=_KEY, data={"seen": st.session_state.get(_SEEN, 0)}, on_moved_change=_take, height=1
            )


def _take() -> None:
    report = st.session_state[_KEY]["moved"]
    st.session_state[_SEEN] = report["number"]
    st.session_state[_REPORT] = report
    state.hold(_change(report))


def _change(report: dict[str, Any]) -> dict[str, float] | None:
    """What a report changes: nothing once the slider is let go where it was."""
    path, place = _OF_CLASS.get(report["slider"]), report["place"]
    if path is None or place is None:
        return None
    stops = steps(path, state.settled())
    return {path: stops[place]} if 0 <= place < len(stops) else None
