"""What decides the number of tasks: the alarms, size rules and cooldowns of target tracking and step scaling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model.compute import fargate_cpu_s, task_capacity_per_s
from model.facts import limit
from model.fields import Number
from model.scaling.task_start import task_start
from model.scenario import Scenario

Array = NDArray[np.float64]

NEVER = -1e18
MINUTE_S = 60.0
ROUNDING = 1e-9  # a metric this close to the target is on it
WHOLE = (
    1e-3  # tasks; in a long step what runs is a mean, and tasks that start or stop within it count in part
)


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
    """Metric periods and lags on a time grid, all shape (N,).

    period: steps of one; age: steps from its end until its datapoint is seen; wait: further steps until an alarm
    that begins to ring acts; out, back: datapoints until the alarms ring; delay_s: what of the reaction time did
    not fit into whole steps (launches are put off by it).
    """

    period: Array
    age: Array
    wait: Array
    out: Array
    back: Array
    delay_s: Array

    @property
    def lag(self) -> Array:
        """Steps from the end of the last period that breaches until the first action."""
        return self.age + self.wait

    @cached_property
    def uniform(self) -> bool:
        """Whether all services keep the same time."""
        return all(bool((part == part[0]).all()) for part in (self.period, self.age, self.wait))


def metric_lag_s(scenario: Scenario) -> Array:
    """From the end of the last breaching period to the alarm's first action, s: yours, or calibrated to AWS's benchmark.

    A step policy's own alarm acts as soon as its datapoint is seen.
    Source: METHOD.md "Scaling"; facts target_tracking.metric_lag_at_60_s, metric_lag_at_20_s, datapoint_age_s.
    """
    task = scenario.fargate
    if task.metric_lag_s is not None:
        return np.asarray(task.metric_lag_s, dtype=np.float64)
    slow, fast = (scenario.assumed(f"target_tracking.metric_lag_at_{period}_s") for period in (60, 20))
    lag_s = np.where(_slow(scenario), slow, fast)
    return np.minimum(lag_s, _datapoint_age_s(scenario)) if task.scaling == "step" else lag_s


def _datapoint_age_s(scenario: Scenario) -> Array:
    return np.asarray(scenario.assumed("target_tracking.datapoint_age_s"), dtype=np.float64)


def datapoints_out(scenario: Scenario) -> Number:
    """Datapoints above target that raise the alarm: your own number for a step policy's own alarm."""
    if scenario.fargate.scaling == "step":
        return scenario.fargate.step_datapoints
    return limit("target_tracking.datapoints_out")


def _slow(scenario: Scenario) -> NDArray[np.bool_]:
    return np.asarray(scenario.fargate.metric_period_s) >= limit("target_tracking.metric_period_s")


def clock(scenario: Scenario, shape: tuple[int, ...], step_s: float) -> Clock:
    """The alarm's clock on a time grid; steps longer than the metric's period keep the same reaction time."""
    period_s, lag_s = np.asarray(scenario.fargate.metric_period_s), metric_lag_s(scenario)
    slow, fast = (limit(f"target_tracking.datapoints_in_at_{period}_s") for period in (60, 20))
    out_s = np.asarray(datapoints_out(scenario)) * period_s
    back_s = np.where(_slow(scenario), slow, fast) * period_s
    period = np.maximum(1.0, np.round(period_s / step_s))
    out = np.ceil(out_s / (period * step_s) - ROUNDING)
    rest_s = np.maximum(out_s + lag_s - out * period * step_s, 0.0)
    lag = np.floor(rest_s / step_s + ROUNDING)
    age = np.minimum(np.floor(_datapoint_age_s(scenario) / step_s + ROUNDING), lag)
    back = np.maximum(1.0, np.round((back_s + lag_s - lag * step_s) / (period * step_s)))
    parts = (period, age, lag - age, out, back, np.maximum(rest_s - lag * step_s, 0.0))
    return Clock(*(np.broadcast_to(part, shape).reshape(-1).astype(np.float64) for part in parts))


class Alarm:
    """One alarm of N services: how many datapoints in a row breach, and when its policy runs next."""

    def __init__(self, needed: Array) -> None:
        self.needed, self.row = needed, np.zeros(needed.shape)
        self.due_at = np.full(needed.shape, np.inf)
        self.next_due = np.inf

    def sees(self, breach: NDArray[np.bool_], new: NDArray[np.bool_] | bool, first_run: Array) -> None:
        """A datapoint for the services where there is a new one; an alarm that begins to ring runs at first_run."""
        row = (self.row + 1) * breach
        self.row = row if new is True else np.where(new, row, self.row)
        rings = (self.row == self.needed) & new
        if rings.any():
            self.due_at = np.where(rings, first_run, self.due_at)
            self.next_due = self.due_at.min()

    def runs(self, step: int, again: float) -> NDArray[np.bool_] | None:
        """Where the policy runs at this step, None for nowhere; while the alarm rings it runs again after `again` steps."""
        if step < self.next_due:
            return None
        due = self.due_at <= step
        self.due_at = np.where(due, np.where(self.row >= self.needed, step + again, np.inf), self.due_at)
        self.next_due = self.due_at.min()
        return due


class TargetTracking:
    """The alarms, size rule and cooldowns of N services.

    Attributes: `least`, `most`: bounds of the number of tasks, shape (N,); a schedule or a forecast moves them.
    Source: METHOD.md "Scaling"; facts target_tracking.*.
    Assumes: the policy computes with the newest datapoint that is seen; gradual scale-in by
        target_tracking.scale_in_step_share of the running tasks, at least one; a scale-out cooldown begins when the
        change is fulfilled, after Fargate's mean part of a task start; until it ends the size rule counts from the
        tasks that ran at the action.
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
        # The cooldown begins when the change is fulfilled: the new tasks are RUNNING.
        self.fulfilled = flat(task_start(scenario).fargate_s) / step_s
        self.in_step_share = flat(scenario.assumed("target_tracking.scale_in_step_share"))
        self.in_step_tasks = flat(scenario.assumed("target_tracking.scale_in_step_min_tasks"))
        self.again = max(1.0, float(np.round(limit("target_tracking.reevaluation_s") / step_s)))
        self.in_share: Number = limit("target_tracking.scale_in_share")
        between_s = np.maximum(flat(task.scale_in_cooldown_s), limit("target_tracking.reevaluation_s"))
        self.steps_at_once = np.maximum(1.0, np.floor(step_s / between_s))
        self.high, self.low = Alarm(self.clock.out), Alarm(self.clock.back)
        zero, never = np.zeros(self.least.shape), np.full(self.least.shape, NEVER)
        self.out_at, self.in_at, self.credited = never, never, zero
        self.ratio = np.full(self.least.shape, np.nan)

    def decision_steps(self, steps: int) -> Array:
        """Steps at whose start some service has a new datapoint or its policy may run, ascending."""
        clock = self.clock
        kinds = np.unique(np.stack((clock.period, clock.age, clock.wait)), axis=1).T
        grids = [
            np.arange(first + period, steps, period)
            for period, age, wait in kinds
            for first in {age, age + wait}
        ]
        return np.unique(np.concatenate(grids))

    def desired(self, step: int, load: Load, running: Array, desired: Array) -> Array:
        """Desired tasks after the alarms have seen the datapoint that arrives at this step."""
        desired = np.maximum(desired, self.least)
        new = self._new(step)
        if np.any(new):
            self.ratio = np.where(new, self._datapoint(step, load), self.ratio)
            first_run = step + self.clock.wait
            self.high.sees(self.ratio > 1 + ROUNDING, new, first_run)
            self.low.sees(self.ratio < self.in_share - ROUNDING, new, first_run)
        out, back = self.high.runs(step, self.again), self.low.runs(step, self.again)
        if out is not None:
            desired = self._scale_out(step, running, desired, out)
        if back is not None:
            desired = self._scale_in(step, running, desired, back if out is None else back & ~out)
        return desired

    def larger(self, counted: Array) -> Array:
        """Tasks that the size rule wants, given those that count."""
        return np.asarray(np.ceil(counted * self.ratio - ROUNDING))

    def smaller(self, running: Array) -> Array:
        """Tasks that are left after one gradual step towards the size rule's result."""
        at_once = np.maximum(self.in_step_tasks, np.ceil(self.in_step_share * running))
        return np.maximum(self.larger(running), running - at_once * self.steps_at_once)

    def _scale_out(self, step: int, running: Array, desired: Array, runs: NDArray[np.bool_]) -> Array:
        cooling = step - self.out_at < self.out_cooldown
        counted = np.where(cooling, np.minimum(running, self.credited), running)
        wanted = np.minimum(np.ceil(self.larger(counted) - WHOLE), self.most)
        grows = runs & (wanted > desired)
        self.credited = np.where(grows & ~cooling, running, self.credited)
        self.out_at = np.where(grows, step + self.fulfilled, self.out_at)
        self.in_at = np.where(grows, NEVER, self.in_at)
        return np.where(grows, wanted, desired)

    def _scale_in(self, step: int, running: Array, desired: Array, runs: NDArray[np.bool_]) -> Array:
        wanted = np.maximum(np.ceil(self.smaller(running) - WHOLE), self.least)
        shrinks = runs & (wanted < desired) & (step - self.in_at >= self.in_cooldown)
        self.in_at = np.where(shrinks, step, self.in_at)
        return np.where(shrinks, wanted, desired)

    def _new(self, step: int) -> NDArray[np.bool_] | bool:
        """Where a datapoint arrives at this step."""
        if self.clock.uniform:
            since, period = step - int(self.clock.age[0]), int(self.clock.period[0])
            return since >= period and since % period == 0
        ago = step - self.clock.age
        return np.asarray((ago >= self.clock.period) & (ago % self.clock.period == 0))

    def _datapoint(self, step: int, load: Load) -> Array:
        """Metric / target of the period whose datapoint arrives at this step; NaN without a running task."""
        if self.clock.uniform:
            end = step - int(self.clock.age[0])
            return np.asarray(self.weight * load.per_task(end - int(self.clock.period[0]), end))
        ends = np.maximum(step - self.clock.age, self.clock.period).astype(np.intp)
        services = np.arange(len(ends))
        begins = ends - self.clock.period.astype(np.intp)
        return np.asarray(self.weight * load.per_task((begins, services), (ends, services)))


class StepScaling(TargetTracking):
    """A step policy with its own alarms: the change depends on how far the metric is beyond the threshold.

    Source: METHOD.md "Scaling"; AWS's rounding: above 1 down, between 0 and 1 up to 1, both towards and away from 0.
    Assumes: the scale-in alarm needs as many datapoints as target tracking's; one scale-in step.
    """

    def __init__(self, scenario: Scenario, shape: tuple[int, ...], step_s: float) -> None:
        super().__init__(scenario, shape, step_s)

        def flat(value: object) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

        task = scenario.fargate
        share = flat(target_share(scenario))
        self.large_from = 1 + flat(task.step_bound_percent) / 100 / share
        self.small, self.large, self.back = flat(task.step_small), flat(task.step_large), flat(task.step_in)
        self.in_share = flat(task.step_in_below_percent) / 100 / share
        self.by_percent = task.step_type == "percent"

    def larger(self, counted: Array) -> Array:
        """Tasks after the step that the breach calls for; none for a metric back below its threshold."""
        step = np.where(self.ratio >= self.large_from - ROUNDING, self.large, self.small)
        return np.where(self.ratio > 1 + ROUNDING, counted + self._tasks(step, counted), counted)

    def smaller(self, running: Array) -> Array:
        """Tasks after one scale-in step."""
        below = self.ratio < self.in_share - ROUNDING
        return running - np.where(below, self._tasks(self.back, running), 0.0) * self.steps_at_once

    def _tasks(self, step: Array, running: Array) -> Array:
        change = step / 100 * running if self.by_percent else step
        return np.where(change > 0, np.maximum(np.floor(change + ROUNDING), 1.0), 0.0)


def metric_weight(scenario: Scenario) -> Array:
    """Metric / target of one request per second and task."""
    return np.asarray(metric_per_request(scenario) / target_share(scenario))


def metric_per_request(scenario: Scenario) -> Array:
    """Metric of one request per second and task, as a share of all that a task can do.

    metric cpu: CPU seconds of a request / vCPUs of a task; requests_per_target: 1 / what a task can do.
    """
    task = scenario.fargate
    if task.metric == "cpu":
        return np.asarray(fargate_cpu_s(scenario) / np.asarray(task.vcpu))
    return np.asarray(1 / task_capacity_per_s(scenario))


def target_share(scenario: Scenario) -> Array:
    """Target of the metric as a share of all that a task can do.

    Source: METHOD.md "Scaling": the load balancer's metric is a sum of requests per minute and target.
    """
    task = scenario.fargate
    if task.metric == "requests_per_target" and task.target_requests_per_min is not None:
        per_s = np.asarray(task.target_requests_per_min) / MINUTE_S
        return np.asarray(per_s / task_capacity_per_s(scenario))
    return np.asarray(task.target_percent) / 100


def tasks_on_target(arrivals_per_s: Array, scenario: Scenario) -> Array:
    """Tasks that bring the metric to its target and can do the work, within min and max, series shape."""
    task = scenario.fargate
    by_metric = arrivals_per_s * metric_weight(scenario)[..., None]
    by_work = arrivals_per_s / np.asarray(task_capacity_per_s(scenario))[..., None]
    tasks = np.ceil(np.maximum(by_metric, by_work) - ROUNDING)
    return np.asarray(
        np.clip(tasks, np.asarray(task.min_tasks)[..., None], np.asarray(task.max_tasks)[..., None])
    )
