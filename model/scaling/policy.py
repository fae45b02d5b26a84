"""What decides the number of tasks: target tracking and step alarms, or capacity known in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model.compute import fargate_cpu_s, task_capacity_per_s
from model.facts import limit
from model.scaling.task_start import start_quantile_s
from model.scenario import Scenario

Array = NDArray[np.float64]

NEVER = -1e18
ROUNDING = 1e-9  # a metric this close to the target is on it


@dataclass(frozen=True)
class Load:
    """What the metric is made of, cumulative, (steps + 1, N): requests done (or offered) less wasted ones, task-steps."""

    done: Array
    wasted: Array | None
    task_steps: Array

    def per_task(self, begin: Any, end: Any) -> Array:
        """Requests per task and step between two moments; NaN without a task."""
        work = self.done[end] - self.done[begin]
        if self.wasted is not None:
            work = work - (self.wasted[end] - self.wasted[begin])
        return np.asarray(work / (self.task_steps[end] - self.task_steps[begin]))


class Policy(Protocol):
    """Says at which steps it decides and what it wants."""

    delay_s: Array

    def decision_steps(self, steps: int) -> Array: ...

    def desired(self, step: int, load: Load, running: Array, desired: Array) -> Array: ...


@dataclass(frozen=True)
class Clock:
    """Metric periods and lag on a time grid, all shape (N,).

    period, lag: steps; out, back: datapoints until the alarm; delay_s: what of the reaction time did not
    fit into whole steps (launches are put off by it).
    """

    period: Array
    lag: Array
    out: Array
    back: Array
    delay_s: Array


def metric_lag_s(scenario: Scenario) -> Array:
    """From the end of a metric's period to the action, s: yours, or calibrated to AWS's benchmark.

    Source: METHOD.md "Scaling"; facts target_tracking.metric_lag_at_60_s, metric_lag_at_20_s.
    """
    task = scenario.fargate
    if task.metric_lag_s is not None:
        return np.asarray(task.metric_lag_s, dtype=np.float64)
    slow, fast = (scenario.assumed(f"target_tracking.metric_lag_at_{period}_s") for period in (60, 20))
    return np.where(_slow(scenario), slow, fast)


def datapoints_out(scenario: Scenario) -> float:
    """Datapoints above target that raise the alarm: one for a step policy's own alarm."""
    return 1.0 if scenario.fargate.scaling == "step" else limit("target_tracking.datapoints_out")


def _slow(scenario: Scenario) -> NDArray[np.bool_]:
    return np.asarray(scenario.fargate.metric_period_s) >= limit("target_tracking.metric_period_s")


def clock(scenario: Scenario, shape: tuple[int, ...], step_s: float) -> Clock:
    """The alarm's clock on a time grid; steps longer than the metric's period keep the same reaction time."""
    period_s, lag_s = np.asarray(scenario.fargate.metric_period_s), metric_lag_s(scenario)
    slow, fast = (limit(f"target_tracking.datapoints_in_at_{period}_s") for period in (60, 20))
    out_s = datapoints_out(scenario) * period_s
    back_s = np.where(_slow(scenario), slow, fast) * period_s
    period = np.maximum(1.0, np.round(period_s / step_s))
    out = np.ceil(out_s / (period * step_s) - ROUNDING)
    rest_s = np.maximum(out_s + lag_s - out * period * step_s, 0.0)
    lag = np.floor(rest_s / step_s + ROUNDING)
    back = np.maximum(1.0, np.round((back_s + lag_s - lag * step_s) / (period * step_s)))
    parts = (period, lag, out, back, np.maximum(rest_s - lag * step_s, 0.0))
    return Clock(*(np.broadcast_to(part, shape).reshape(-1).astype(np.float64) for part in parts))


class TargetTracking:
    """The alarms, size rule and cooldowns of N services.

    Source: METHOD.md "Scaling"; facts target_tracking.*.
    Assumes: gradual scale-in by target_tracking.scale_in_step_share of the running tasks, at least one; in a
        scale-out cooldown the size rule counts from the tasks that ran when it began.
    """

    def __init__(self, scenario: Scenario, shape: tuple[int, ...], step_s: float) -> None:
        def flat(value: object) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

        task, self.step_s, self.clock = scenario.fargate, step_s, clock(scenario, shape, step_s)
        self.delay_s = self.clock.delay_s
        self.least, self.most = flat(task.min_tasks), flat(task.max_tasks)
        self.weight = flat(metric_weight(scenario)) / step_s
        self.out_cooldown, self.in_cooldown = (
            flat(cooldown) / step_s - ROUNDING
            for cooldown in (task.scale_out_cooldown_s, task.scale_in_cooldown_s)
        )
        self.in_step_share = flat(scenario.assumed("target_tracking.scale_in_step_share"))
        self.in_step_tasks = flat(scenario.assumed("target_tracking.scale_in_step_min_tasks"))
        self.again = limit("target_tracking.reevaluation_s") / step_s - ROUNDING
        self.in_share = limit("target_tracking.scale_in_share")
        between_s = np.maximum(flat(task.scale_in_cooldown_s), limit("target_tracking.reevaluation_s"))
        self.steps_at_once = np.maximum(1.0, np.floor(step_s / between_s))
        zero, never = np.zeros(self.least.shape), np.full(self.least.shape, NEVER)
        self.above, self.below = zero, zero
        self.ran_at, self.out_at, self.in_at, self.credited = never, never, never, zero
        self.uniform = all(bool((part == part[0]).all()) for part in (self.clock.period, self.clock.lag))

    def decision_steps(self, steps: int) -> Array:
        """Steps at whose start some service has a new datapoint, ascending."""
        pairs = np.unique(np.stack((self.clock.period, self.clock.lag)), axis=1).T
        return np.unique(np.concatenate([np.arange(lag + period, steps, period) for period, lag in pairs]))

    def desired(self, step: int, load: Load, running: Array, desired: Array) -> Array:
        """Desired tasks after the alarms have seen the datapoint that arrives at this step."""
        ratio = self._datapoint(step, load)
        above = (self.above + 1) * (ratio > 1 + ROUNDING)
        below = (self.below + 1) * (ratio < self.in_share - ROUNDING)
        due: NDArray[np.bool_] | bool = True if self.uniform else self._due(step)
        self.above = above if self.uniform else np.where(due, above, self.above)
        self.below = below if self.uniform else np.where(due, below, self.below)
        scale_out, scale_in = self.above >= self.clock.out, self.below >= self.clock.back
        alarm = scale_out | scale_in
        if not alarm.any():
            return desired
        runs = alarm & due & ((step - self.ran_at >= self.again) | (self.above == self.clock.out))
        self.ran_at = np.where(runs, step, self.ran_at)
        bigger = self._scale_out(step, ratio, running, desired, runs & scale_out)
        return self._scale_in(step, ratio, running, bigger, runs & scale_in)

    def _scale_out(
        self, step: int, ratio: Array, running: Array, desired: Array, runs: NDArray[np.bool_]
    ) -> Array:
        cooling = step - self.out_at < self.out_cooldown
        counted = np.where(cooling, np.minimum(running, self.credited), running)
        wanted = np.minimum(np.ceil(counted * ratio - ROUNDING), self.most)
        grows = runs & (wanted > desired)
        self.credited = np.where(grows & ~cooling, running, self.credited)
        self.out_at = np.where(grows, step, self.out_at)
        self.in_at = np.where(grows, NEVER, self.in_at)
        return np.where(grows, wanted, desired)

    def _scale_in(
        self, step: int, ratio: Array, running: Array, desired: Array, runs: NDArray[np.bool_]
    ) -> Array:
        at_once = np.maximum(self.in_step_tasks, np.ceil(self.in_step_share * running))
        wanted = np.maximum(np.ceil(running * ratio - ROUNDING), running - at_once * self.steps_at_once)
        wanted = np.maximum(wanted, self.least)
        shrinks = runs & (wanted < desired) & (step - self.in_at >= self.in_cooldown)
        self.in_at = np.where(shrinks, step, self.in_at)
        return np.where(shrinks, wanted, desired)

    def _due(self, step: int) -> NDArray[np.bool_]:
        since = step - self.clock.lag
        return np.asarray((since >= self.clock.period) & (since % self.clock.period == 0))

    def _datapoint(self, step: int, load: Load) -> Array:
        """Metric / target of the period whose datapoint arrives at this step; NaN without a running task."""
        if self.uniform:
            end = step - int(self.clock.lag[0])
            return np.asarray(self.weight * load.per_task(end - int(self.clock.period[0]), end))
        ends = np.maximum(step - self.clock.lag, self.clock.period).astype(np.intp)
        services = np.arange(len(ends))
        begins = ends - self.clock.period.astype(np.intp)
        return np.asarray(self.weight * load.per_task((begins, services), (ends, services)))


def metric_weight(scenario: Scenario) -> Array:
    """Metric / target of one request per second and task.

    metric cpu: CPU seconds of a request / (vCPUs of a task x target); requests_per_target: 1 / (what a task
    can do x target).
    """
    task = scenario.fargate
    target = np.asarray(task.target_percent) / 100
    if task.metric == "cpu":
        return np.asarray(fargate_cpu_s(scenario) / np.asarray(task.vcpu) / target)
    return np.asarray(1 / (task_capacity_per_s(scenario) * target))


def tasks_on_target(arrivals_per_s: Array, scenario: Scenario) -> Array:
    """Tasks that bring the metric to its target and can do the work, within min and max, series shape."""
    task = scenario.fargate
    by_metric = arrivals_per_s * metric_weight(scenario)[..., None]
    by_work = arrivals_per_s / np.asarray(task_capacity_per_s(scenario))[..., None]
    tasks = np.ceil(np.maximum(by_metric, by_work) - ROUNDING)
    return np.asarray(
        np.clip(tasks, np.asarray(task.min_tasks)[..., None], np.asarray(task.max_tasks)[..., None])
    )


class KnownAhead:
    """Tasks follow traffic known in advance (a schedule, or a forecast that comes true), N services.

    Each minute it wants what the next minute and one task start (its 99 % quantile) call for at most.
    Assumes: the schedule is right; forecast errors and predictive scaling's rule of never scaling in are
        left out.
    """

    def __init__(
        self, arrivals_per_s: Array, scenario: Scenario, shape: tuple[int, ...], step_s: float
    ) -> None:
        wanted = tasks_on_target(arrivals_per_s, scenario)
        wanted = np.broadcast_to(wanted, shape + wanted.shape[-1:]).reshape(-1, wanted.shape[-1]).T
        self.every = max(1, round(limit("target_tracking.reevaluation_s") / step_s))
        ahead_s = start_quantile_s(scenario, 0.99, log_sd=limit("task_start.batch_log_sd"))
        ahead = np.broadcast_to(np.ceil(ahead_s / step_s).astype(np.intp), shape).reshape(-1) + self.every
        self.wanted = np.empty_like(wanted)
        for steps in np.unique(ahead):  # each service looks as far ahead as its own tasks take to start
            alike = ahead == steps
            self.wanted[:, alike] = _largest_ahead(wanted[:, alike], int(steps))
        self.delay_s = np.zeros(self.wanted.shape[1])

    def decision_steps(self, steps: int) -> Array:
        return np.arange(0, steps, self.every, dtype=np.float64)

    def desired(self, step: int, load: Load, running: Array, desired: Array) -> Array:
        return np.asarray(self.wanted[step])


def _largest_ahead(series: Array, steps: int) -> Array:
    """Maximum of the next `steps` values at each step, time first; doubling windows."""
    largest, width = series.copy(), 1
    while width < steps:
        shift = min(width, steps - width)
        if shift < len(series):
            largest[:-shift] = np.maximum(largest[:-shift], largest[shift:])
        width += shift
    return largest
