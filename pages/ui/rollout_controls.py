"""How a rollout goes: settings that belong to the rollout page alone, and outlive a visit to another page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from model.deploy.rollouts import Plan, Rollout
from model.scenario import Scenario
from model.traffic import traffic
from pages.ui.answers.rollout import strategy
from pages.ui.words import PLATFORMS, as_typed

WHEN = ("In a mean hour", "At the peak")
MINUTE_S = 60


def ask_plan(scenario: Scenario) -> Plan | None:
    """The two percentages, the bake time, how often and when; None, with the reason on screen, if they cannot be."""
    if scenario.workload.kind == "job":
        return Plan()
    columns = st.columns(5)
    with columns[0]:
        least = _slider("Tasks that must serve (%)", 0, 100, 100, 10, "rollout_least")
    with columns[1]:
        most = _slider("Tasks at most (%)", 100, 200, 200, 10, "rollout_most")
    with columns[2]:
        bake = _slider("Bake time (min)", 0, 60, 10, 1, "rollout_bake")
    with columns[3]:
        often = _slider("Rollouts a month", 0, 200, 20, 1, "rollout_often")
    with columns[4]:
        when = _remembered(st.selectbox, "When", "rollout_when", WHEN[0], options=WHEN)
    arriving = traffic(scenario)
    peak = float(arriving.peak_per_s / arriving.per_s.mean(axis=-1))
    try:
        return Plan(least / 100, most / 100, bake * MINUTE_S, often, peak if when == WHEN[1] else 1.0)
    except ValueError as error:
        sentence = str(error).replace("minimum_healthy_share 1", "must serve: 100 %")
        st.error(as_typed(sentence.replace("maximum_share 1", "at most: 100 %")))
        return None


def ask_strategies(rollouts: Sequence[Rollout]) -> dict[str, str]:
    """One strategy for each platform."""
    chosen = {}
    for column, platform in zip(st.columns(2), ("fargate", "aws_lambda"), strict=True):
        names = [one.strategy for one in rollouts if one.platform == platform]
        with column:
            key = f"rollout_{platform}_strategy"
            chosen[platform] = _remembered(
                st.selectbox,
                f"Strategy on {PLATFORMS[platform]}",
                key,
                names[0],
                options=names,
                format_func=strategy,
            )
    return chosen


def _slider(label: str, low: int, high: int, default: int, step: int, key: str) -> int:
    return st.slider(label, low, high, int(_last(key, default)), step, key=key, on_change=_keep, args=(key,))


def _remembered(
    widget: Any, label: str, key: str, default: str, *, options: Sequence[str], **more: Any
) -> str:
    last = _last(key, default)
    index = list(options).index(last) if last in options else 0
    return widget(label, options, index=index, key=key, on_change=_keep, args=(key,), **more)


def _last(key: str, default: Any) -> Any:
    return st.session_state.get(f"last {key}", default)


def _keep(key: str) -> None:
    st.session_state[f"last {key}"] = st.session_state[key]
