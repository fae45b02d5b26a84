"""A moment on a time axis, moved by hand or playing by itself."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

TICK_S = 0.5
TICKS = 60  # from one end to the other while it plays


def scrub(
    label: str, first_s: float, last_s: float, start_s: float, key: str, show: Callable[[float], None]
) -> None:
    """Draw a slider and what belongs to its moment; while “Play” is on, the moment moves by itself.

    Only this part of the page is drawn anew, and a chart in it is changed in place.
    """
    playing = st.toggle("Play", key=f"{key}_plays")
    stride_s = max(1.0, round((last_s - first_s) / TICKS))
    name = f"{key}_moment"

    @st.fragment(run_every=TICK_S if playing else None)
    def part() -> None:
        now_s = min(max(float(st.session_state.get(name, start_s)), first_s), last_s)
        if playing:
            now_s = now_s + stride_s if now_s + stride_s <= last_s else first_s
        st.session_state[name] = now_s
        show(float(st.slider(label, first_s, last_s, step=1.0, format="%d s", key=name)))

    part()
