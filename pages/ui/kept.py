"""Answers that take longer than a blink, kept for the next run: the same question is not computed twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from model import accuracy as evidence
from model import article, evaluate
from model.accuracy import Accuracy
from model.article import CLAIMS, Finding, article_scenario
from model.decide import cost_bands, spike_lab, sweeps
from model.decide import hybrid as placing
from model.decide import overflow as baseline
from model.decide.break_even import TRAFFIC, CostCurve
from model.decide.cold_curves import ColdCurve
from model.decide.cold_curves import cold_curve as found_curve
from model.decide.cost_bands import CostBands, band_now
from model.decide.endpoints import endpoints
from model.decide.hybrid import Split, portfolio
from model.decide.memory_tuning import MEMORY, MemoryTuning
from model.decide.memory_tuning import memory_tuning as tuned
from model.decide.overflow import Overflow
from model.decide.provisioned_levels import ProvisionedLevels, provisioned_levels
from model.decide.spike_lab import Alternative, SpikeMap
from model.decide.sweeps import CostMap, RegionTotals
from model.deploy.ecs_rollout import ecs_rollouts
from model.deploy.lambda_rollout import lambda_rollouts
from model.deploy.rollouts import Plan, Rollout
from model.fit import Pitfall, Point
from model.fit import checklist as reasons
from model.fit import pitfalls as looked_for
from model.replay import Replay, replay
from model.replay.run import as_recorded
from model.scenario import Scenario, replace_at, value_at
from model.serialise import cache_key
from model.warm_pool import DrawnPool, simulate_scenario_pool

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


@st.cache_data(max_entries=_MOST, show_spinner="Trying what would help", hash_funcs={Scenario: cache_key})
def spike_alternatives(scenario: Scenario) -> tuple[Alternative, ...]:
    """The service as it is, and single changes that might help in the spike."""
    return spike_lab.alternatives(scenario)


@st.cache_data(max_entries=_MOST, show_spinner="Playing many spikes", hash_funcs={Scenario: cache_key})
def spike_map(scenario: Scenario, name: str) -> SpikeMap:
    """A map of spikes: height, alarm or start."""
    return {"height": spike_lab.height_map, "alarm": spike_lab.alarm_map, "start": spike_lab.start_map}[name](
        scenario
    )


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


def cold_curve(scenario: Scenario, path: str) -> ColdCurve:
    """Cold share and p99 over a field, whatever its value is today."""
    curve = _cold_curve(replace_at(scenario, path, value_at(_DEFAULTS, path)), path)
    now = value_at(scenario, path)
    return replace(curve, now=None if now is None else float(now))


@st.cache_data(max_entries=_MOST, show_spinner=False, hash_funcs={Scenario: cache_key})
def _cold_curve(scenario: Scenario, path: str) -> ColdCurve:
    return found_curve(scenario, path)


def memory_tuning(scenario: Scenario) -> MemoryTuning:
    """Lambda at every memory size, whatever its memory is today."""
    return _memory_tuning(replace_at(scenario, MEMORY, value_at(_DEFAULTS, MEMORY)))


@st.cache_data(max_entries=_MOST, show_spinner="Trying every memory size", hash_funcs={Scenario: cache_key})
def _memory_tuning(scenario: Scenario) -> MemoryTuning:
    return tuned(scenario)


@st.cache_data(max_entries=_MOST, show_spinner="Trying every level", hash_funcs={Scenario: cache_key})
def levels(scenario: Scenario) -> ProvisionedLevels:
    """Lambda at every sensible number of provisioned environments."""
    return provisioned_levels(scenario)


@st.cache_data(
    max_entries=_MOST, show_spinner="Drawing requests one by one", hash_funcs={Scenario: cache_key}
)
def drawn_pool(scenario: Scenario) -> DrawnPool | str:
    """The pool request by request, the same draw every time; or why it cannot be drawn."""
    side = evaluate(scenario).aws_lambda
    try:
        return simulate_scenario_pool(
            scenario,
            side.traffic.per_s,
            side.traffic.step_s,
            np.random.default_rng(0),
            cold_start_s=side.start.samples_s,
            lives=4,
            requests=250_000,
        )
    except ValueError as reason:
        return str(reason)


def findings(scenario: Scenario) -> tuple[Finding, ...]:
    """Every claim of the article, at the scenario's prices and with its assumptions."""
    return _findings(article_scenario(scenario))


@st.cache_resource(
    max_entries=_MOST // 5, show_spinner="Checking every claim", hash_funcs={Scenario: cache_key}
)
def _findings(base: Scenario) -> tuple[Finding, ...]:
    return tuple(article.check_claim(claim, base) for claim in CLAIMS)


@st.cache_resource(max_entries=_MOST // 5, show_spinner="Rolling it out", hash_funcs={Scenario: cache_key})
def rollouts(scenario: Scenario, plan: Plan) -> tuple[Rollout, ...]:
    """Every strategy on both platforms; none for a job."""
    comparison = evaluate(scenario)
    return (*ecs_rollouts(comparison.fargate, plan), *lambda_rollouts(comparison.aws_lambda, plan))


@st.cache_resource(show_spinner="Holding the model against published figures")
def accuracy() -> Accuracy:
    """Our figures beside the published ones; the same for everybody."""
    return evidence.accuracy(np.random.default_rng(0))
