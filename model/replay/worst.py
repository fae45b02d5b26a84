"""The worst ten minutes of a replay, simulated again second by second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import task_capacity_per_s
from model.scaling.ecs import ServiceRun, simulate_service
from model.scaling.function import FunctionRun, simulate_function
from model.scenario import Scenario
from model.traffic import mean_per_s, recording

Array = NDArray[np.float64]

LENGTH_S = 600
LEAD_S = 1800
"""Simulated before what is shown: fills alarms, cooldowns and warm environments."""


@dataclass(frozen=True)
class Worst:
    """Ten minutes of both platforms in steps of a second, or less if the recording is shorter.

    start_s: from the start of the recording, s. by_loss: chosen for the most lost requests; else for the busiest
    tasks. service, function: the runs with their lead; shown: the steps that count. seconds of the recording
    within one period arrive evenly.
    """

    start_s: float
    by_loss: bool
    arrivals_per_s: Array
    service: ServiceRun
    function: FunctionRun
    shown: slice

    @property
    def time_s(self) -> Array:
        """From the start of the ten minutes, s."""
        return np.arange(self.shown.stop - self.shown.start, dtype=np.float64)

    @property
    def lost(self) -> dict[str, float]:
        """Requests lost in the ten minutes, by platform."""
        lost = {"aws_lambda": self.function.lost, "fargate": self.service.lost}
        return {name: float(series[self.shown].sum()) for name, series in lost.items()}


def worst_ten_minutes(scenario: Scenario, service: ServiceRun, function: FunctionRun) -> Worst:
    """Find and simulate them.

    Args: service, function: both runs over the whole recording, in the same steps.
    Source: METHOD.md "Replay".
    Assumes: the service has, half an hour before, as many tasks as the coarse run had then.
    """
    step_s = service.step_s
    n = max(1, round(LENGTH_S / step_s))
    lost = _rolling(service.lost + function.lost, n)
    by_loss = bool(lost.max() >= 1)
    first = int(np.argmax(lost if by_loss else _rolling(_load(scenario, service), n)))
    start = round(first * step_s)
    lead = min(LEAD_S, start)
    seconds = round(min(LENGTH_S, service.arrivals.size * step_s - start)) + lead
    per_s = _by_second(scenario, start - lead, max(seconds, 1))
    at = int((start - lead) / step_s)
    tasks = float(np.ceil(service.running[at])) if lead else None
    before = float(function.arrivals[max(at - 1, 0)] / step_s)
    return Worst(
        start_s=float(start),
        by_loss=by_loss,
        arrivals_per_s=per_s,
        service=simulate_service(per_s, 1.0, scenario, start_tasks=tasks),
        function=simulate_function(per_s, 1.0, scenario, before_per_s=before if lead else None),
        shown=slice(lead, per_s.size),
    )


def _rolling(series: Array, n: int) -> Array:
    """Sums of n steps from each step on; shorter series have one."""
    total = np.concatenate(([0.0], np.cumsum(series)))
    n = min(n, series.size)
    return np.asarray(total[n:] - total[:-n])


def _load(scenario: Scenario, service: ServiceRun) -> Array:
    """Arrivals over what the serving tasks can do."""
    capacity = np.maximum(service.running, 1e-9) * np.asarray(task_capacity_per_s(scenario)) * service.step_s
    return np.asarray(service.arrivals / capacity)


def _by_second(scenario: Scenario, start_s: int, seconds: int) -> Array:
    """Rate in each second, 1/s, scaled as the whole recording is."""
    counts, period_s = recording(scenario.workload)
    period = ((start_s + np.arange(seconds) + 0.5) / period_s).astype(np.int64)
    return np.asarray(
        counts[np.minimum(period, counts.size - 1)] * (mean_per_s(scenario.workload) / counts.mean())
    )
