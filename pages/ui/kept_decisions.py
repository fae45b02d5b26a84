"""Right sizes, flips and plausible worlds, kept for the next run: the same question is not computed twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from model.decide import crossings, flips, monte_carlo, right_size, tornado
from model.decide.break_even import CostCurve, Crossing, lifted
from model.decide.flips import Flip
from model.decide.monte_carlo import Worlds
from model.decide.ranges import Range, default_ranges
from model.decide.right_size import RightSized
from model.decide.tornado import Swing
from model.scenario import Scenario, replace_at, value_at
from model.serialise import cache_key
from pages.ui.hand import at_rest

_MOST = 100
GLANCE_DRAWS = 500
_DEFAULTS = Scenario()


@st.cache_data(
    max_entries=_MOST, show_spinner="Sizing both for the service level", hash_funcs={Scenario: cache_key}
)
def right_sized(scenario: Scenario) -> RightSized:
    """Both platforms sized for the service level."""
    return right_size.right_size(scenario)


def turned_round(scenario: Scenario) -> tuple[Flip, ...]:
    """The nearest flips of the verdict, searched when nothing moves."""
    at_rest(cache_key(scenario))
    return _turned_round(scenario)


@st.cache_data(max_entries=_MOST, show_spinner=False, hash_funcs={Scenario: cache_key})
def _turned_round(scenario: Scenario) -> tuple[Flip, ...]:
    return flips.flips(scenario)


def crossings_over(scenario: Scenario, path: str, sized: bool) -> tuple[CostCurve, tuple[Crossing, ...]]:
    """Both totals over one field, and where they are equal, whatever the field is today."""
    now = {} if path.startswith("fargate.") else {path: value_at(_DEFAULTS, path)}
    return _crossings(replace_at(scenario, now), path, sized)


@st.cache_data(max_entries=_MOST, show_spinner="Searching break-evens", hash_funcs={Scenario: cache_key})
def _crossings(scenario: Scenario, path: str, sized: bool) -> tuple[CostCurve, tuple[Crossing, ...]]:
    points = crossings.SIZED_POINTS if sized else crossings.FIELD_POINTS
    lifted_ = lifted(scenario)
    curve = crossings.curve_over(lifted_, path, crossings.field_values(lifted_, path, points), sized=sized)
    return curve, crossings.crossings(scenario, path, sized=sized)


@st.cache_data(max_entries=_MOST, show_spinner=False, hash_funcs={Scenario: cache_key})
def swings(scenario: Scenario, ranges: tuple[Range, ...]) -> tuple[Swing, ...]:
    """What each range does on its own."""
    return tornado.tornado(scenario, ranges)


def worlds(scenario: Scenario, ranges: Sequence[Range], seed: int, draws: int) -> tuple[Worlds, np.ndarray]:
    """All draws and the break-evens of some, with their progress on screen; this browser tab keeps the last ones.

    Not in Streamlit's cache: that would replay the progress bar.
    """
    asked = (cache_key(scenario), tuple(ranges), seed, draws)
    last = st.session_state.get("last worlds")
    if last is None or last[0] != asked:
        bar = st.progress(0.0, f"Drawing {draws:,} plausible worlds")
        found = monte_carlo.monte_carlo(scenario, ranges, np.random.default_rng(seed), draws, bar.progress)
        bar.progress(1.0, "Searching the break-even in some of them")
        last = st.session_state["last worlds"] = (asked, found, monte_carlo.break_evens(scenario, found))
        bar.empty()
    return last[1], last[2]


@st.cache_data(max_entries=_MOST, show_spinner=False, hash_funcs={Scenario: cache_key})
def glance(scenario: Scenario, draws: int = GLANCE_DRAWS) -> tuple[float, float, int]:
    """In which share of some worlds Lambda is cheaper, its standard error, and how many; NaN without all prices."""
    every = default_ranges(scenario)
    ranges = [swing.range for swing in swings(scenario, every)] or every
    found = monte_carlo.monte_carlo(scenario, ranges, np.random.default_rng(1), draws)
    if np.isnan(found.difference_usd).any():
        return np.nan, np.nan, draws
    return *monte_carlo.share_and_error(found.lambda_cheaper), draws
