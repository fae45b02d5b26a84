"""The page follows the hand: while a slider is held, it is shown with the slider's present value.

Streamlit's sliders speak on release only. A small component looks at the slider under the pointer and reports its
place, one message at a time; each report runs the page alone, without sidebar and address. On release the slider
itself speaks, and everything is settled as ever.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui import state
from pages.ui.control_steps import STEPS
from pages.ui.controls import steps

_KEY, _SEEN = "hand", "hand_seen"
_OF_CLASS = {
    f"st-key-{path.replace('.', '-')}": path for path in (*STEPS, "fargate.vcpu", "fargate.memory_gb")
}
"""The class Streamlit gives a widget by its key -> the field it sets."""

_component = st.components.v2.component(
    "what_if_hand", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def follow_the_hand() -> None:
    """At the end of a page: take reports about the slider in hand; tells the browser which one was the last."""
    _component(key=_KEY, data={"seen": st.session_state.get(_SEEN, 0)}, on_moved_change=_take)


def _take() -> None:
    report = st.session_state[_KEY]["moved"]
    st.session_state[_SEEN] = report["number"]
    state.hold(_change(report))


def _change(report: dict[str, Any]) -> dict[str, float] | None:
    """What a report changes: nothing once the slider is let go where it was."""
    path, place = _OF_CLASS.get(report["slider"]), report["place"]
    if path is None or place is None:
        return None
    stops = steps(path, state.settled())
    return {path: stops[place]} if 0 <= place < len(stops) else None
