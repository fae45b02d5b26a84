"""The user's own ranges: an editor, kept for this browser tab."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from model.decide.ranges import SHAPES, Range, default_ranges, with_own
from model.scenario import Scenario
from pages.ui import kept_decisions as kept
from pages.ui.answers import sure

_OWN = "own ranges"
DRAWS = (1_000, 10_000, 30_000)


def ranges_of(scenario: Scenario) -> tuple[Range, ...]:
    """Every range that moves a result, with the user's own ends and shape."""
    every = with_own(default_ranges(scenario), own_ends())
    shape = st.session_state.get("last range_shape", SHAPES[0])
    moving = {swing.range.name for swing in kept.swings(scenario, every)}
    chosen = [one for one in every if not moving or one.name in moving or one.name in own_ends()]
    return tuple(Range(one.name, one.now, one.low, one.high, shape, one.log) for one in chosen)


def own_ends() -> dict[str, tuple[float | None, float | None]]:
    """The user's own ends by name."""
    return st.session_state.setdefault(_OWN, {})


def settings() -> tuple[int, int]:
    """Draws and seed, from the controls of the editor as they stood last."""
    return st.session_state.get("last range_draws", DRAWS[1]), st.session_state.get("last range_seed", 1)


def range_editor(ranges: Sequence[Range]) -> None:
    """Both ends of every range, the shape, the draws and the seed."""
    st.caption("Type your own ends: everything on this page follows. An empty cell takes ours again.")
    shape, draws, seed = st.columns(3)
    with shape:
        _choice("How values are drawn", SHAPES, "range_shape", SHAPES[0])
    with draws:
        _choice("Draws", DRAWS, "range_draws", DRAWS[1])
    with seed:
        st.number_input(
            "Seed",
            min_value=0,
            max_value=999_999,
            value=st.session_state.get("last range_seed", 1),
            key="range_seed",
            on_change=_keep,
            args=("range_seed",),
            help="The same seed draws the same worlds.",
        )
    editor = f"ranges {hash((tuple(ranges), *own_ends().items()))}"
    frame: pd.DataFrame = sure.drawn_from(ranges, own_ends())
    st.data_editor(
        frame,
        hide_index=True,
        width="stretch",
        disabled=["What", "Now", "Unit", "Drawn", "Whose"],
        column_config={
            name: st.column_config.NumberColumn(format="%.4g", min_value=0) for name in ("Low", "High")
        },
        key=editor,
        on_change=_take,
        args=(editor, tuple(one.name for one in ranges)),
    )
    if own_ends():
        st.button("Take all of our ranges again", on_click=own_ends().clear)


def _choice(label: str, options: Sequence, key: str, default: object) -> None:
    st.segmented_control(
        label,
        options,
        default=st.session_state.get(f"last {key}", default),
        format_func=lambda option: f"{option:,}" if isinstance(option, int) else option,
        required=True,
        key=key,
        on_change=_keep,
        args=(key,),
    )


def _keep(key: str) -> None:
    st.session_state[f"last {key}"] = st.session_state[key]


def _take(editor: str, names: tuple[str, ...]) -> None:
    own = own_ends()
    for row, cells in st.session_state[editor]["edited_rows"].items():
        low, high = own.get(names[row], (None, None))
        ends = (cells.get("Low", low), cells.get("High", high))
        if ends == (None, None):
            own.pop(names[row], None)
        else:
            own[names[row]] = ends
