"""Answers that take longer than a blink, kept for the next run: the same question is not computed twice."""

from __future__ import annotations

import streamlit as st

from model.decide import cost_bands, sweeps
from model.decide.break_even import TRAFFIC, CostCurve
from model.decide.cost_bands import CostBands, band_now
from model.decide.sweeps import CostMap, RegionTotals
from model.replay import Replay, replay
from model.replay.run import as_recorded
from model.scenario import Scenario, replace_at, value_at
from model.serialise import cache_key

_MOST = 100
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
