"""Answers that take longer than a blink, kept for the next run: the same question is not computed twice."""

from __future__ import annotations

from typing import Any

import streamlit as st

from model import evaluate
from model.decide import cost_bands, sweeps
from model.decide import hybrid as placing
from model.decide import overflow as baseline
from model.decide.break_even import TRAFFIC, CostCurve
from model.decide.cost_bands import CostBands, band_now
from model.replay import Replay, replay
from model.replay.run import as_recorded
from model.decide.endpoints import endpoints
from model.decide.hybrid import Split, portfolio
from model.decide.overflow import Overflow
from model.decide.sweeps import CostMap, RegionTotals
from model.fit import Pitfall, Point
from model.fit import checklist as reasons
from model.fit import pitfalls as looked_for
from model.scenario import Scenario, replace_at, value_at
from model.serialise import cache_key

_MOST = 100
Rows = list[dict[str, Any]]
_DEFAULTS = Scenario()


def curve_bands(scenario: Scenario, curve: CostCurve) -> CostBands:
    """The bands around a curve over traffic, whatever today's traffic is."""
    path = TRAFFIC[scenario.workload.kind][0]
    anywhere = replace_at(scenario, path, value_at(_DEFAULTS, path))
    return _curve_bands(anywhere, " ".join(f"{end:.9g}" for end in curve.values[[0, -1]]), curve)


def cost_map(scenario: Scenario, x_path: str, y_path: str) -> CostMap:
    """The map over two fields, whatever their values are today."""
    now = {path: value_at(_DEFAULTS, path) for path in (x_path, y_path) if not path.startswith("fargate.")}
    return _cost_map(replace_at(scenario, now), x_path, y_path)


@st.cache_data(max_entries=_MOST, show_spinner=False, hash_funcs={Scenario: cache_key})
def _curve_bands(scenario: Scenario, ends: str, _curve: CostCurve) -> CostBands:
    return cost_bands.curve_bands(scenario, _curve)


@st.cache_data(max_entries=_MOST, show_spinner="Drawing the map", hash_funcs={Scenario: cache_key})
def _cost_map(scenario: Scenario, x_path: str, y_path: str) -> CostMap:
    points = sweeps.map_points(scenario)
    x, y = (sweeps.map_values(scenario, path, points) for path in (x_path, y_path))
    return sweeps.cost_ratio_map(scenario, x_path, x, y_path, y)


@st.cache_data(max_entries=_MOST, show_spinner="Pricing every Region", hash_funcs={Scenario: cache_key})
def region_totals(scenario: Scenario) -> tuple[RegionTotals, ...]:
    """Both bills in every Region."""
    return sweeps.region_totals(scenario)


def replayed(scenario: Scenario) -> tuple[Replay, CostBands]:
    """The scenario's recording on both platforms, and the range of a month of it, whatever its pattern is today."""
    return _replayed(as_recorded(scenario))


# Nothing in them changes, so every visitor may get the same objects, without a copy.
@st.cache_resource(
    max_entries=_MOST // 5, show_spinner="Replaying the traffic", hash_funcs={Scenario: cache_key}
)
def _replayed(scenario: Scenario) -> tuple[Replay, CostBands]:
    return replay(scenario), band_now(scenario)
@st.cache_data(max_entries=_MOST, show_spinner="Looking for pitfalls", hash_funcs={Scenario: cache_key})
def pitfalls(scenario: Scenario) -> tuple[Pitfall, ...]:
    """Every pitfall, with its remedies priced."""
    return looked_for(evaluate(scenario))


@st.cache_data(max_entries=_MOST, show_spinner="Placing the endpoints", hash_funcs={Scenario: cache_key})
def split(scenario: Scenario, rows: Rows) -> Split | None:
    """The endpoints of a table on their better sides; None without a usable row."""
    found, _ = endpoints(scenario, rows)
    return placing.split(found) if found else None


@st.cache_data(max_entries=_MOST, show_spinner=False, hash_funcs={Scenario: cache_key})
def checklist(scenario: Scenario, rows: Rows | None) -> tuple[Point, ...]:
    """The reasons for each choice; those for both from the table of endpoints, if there is one."""
    found = split(scenario, rows) if rows else None
    return reasons(evaluate(scenario), None if found is None else portfolio(found))


@st.cache_data(max_entries=_MOST, show_spinner="Trying every baseline", hash_funcs={Scenario: cache_key})
def overflow(scenario: Scenario) -> Overflow:
    """One workload over all levels of its baseline."""
    return baseline.overflow(scenario)
