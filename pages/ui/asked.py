"""What is asked of a scenario: every answer computed when first wanted, and then kept.

The present scenario is asked once a run, whoever wants to know: the page, its comparison with saved ones, its scenes.
"""

from __future__ import annotations

from functools import cached_property

import streamlit as st

from model import Comparison, evaluate
from model.decide.break_even import CostCurve, Crossing, break_even, total_curves
from model.decide.sweeps import spikes_by_metric_period
from model.decide.verdict import Verdict, verdict
from model.scaling.spike import Spike
from model.scenario import Scenario
from pages.ui import state

_LAST = "asked"


class Asked:
    """A plain scenario and its answers.

    Raises: ScenarioError, at once, where settings do not go together.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.comparison: Comparison = evaluate(scenario)

    @cached_property
    def decision(self) -> Verdict:
        return verdict(self.comparison)

    @cached_property
    def curve(self) -> CostCurve:
        return total_curves(self.scenario)

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        return tuple(break_even(self.scenario, self.curve))

    @cached_property
    def spikes(self) -> dict[int, Spike]:
        return spikes_by_metric_period(self.scenario)

    @property
    def is_job(self) -> bool:
        return self.scenario.workload.kind == "job"


def asked(of: Scenario | None = None) -> Asked:
    """The answers of the present scenario, or of another."""
    scenario = state.scenario() if of is None else of
    last: Asked | None = st.session_state.get(_LAST)
    if last is not None and last.scenario is scenario:
        return last
    now = Asked(scenario)
    if of is None:
        st.session_state[_LAST] = now
    return now
