"""An ECS service on Fargate through time: arrivals, alarms, launches, task starts, backlog and losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import task_capacity_per_s
from model.facts import limit
from model.fields import Number
from model.scaling.bounds import predictive, scheduled
from model.scaling.fluid_queue import FluidQueue
from model.scaling.launches import LaunchRates, Tasks, draining_s, start_table
from model.scaling.policy import (
    Load,
    Policy,
    StepScaling,
    TargetTracking,
    metric_per_request,
    tasks_on_target,
)
from model.scenario import Scenario

Array = NDArray[np.float64]

UNLIMITED = 1e15  # requests a step that no traffic reaches; keeps infinite capacity out of sums


@dataclass(frozen=True)
class ServiceRun:
    """What happened to a service, step by step; every array has shape scenario shape + (steps,).

    arrivals, served, timed_out, rejected: requests in the step; backlog: requests waiting at its end, so
        arrivals = served + timed_out + rejected + growth of the backlog.
    running: tasks that serve; desired: tasks wanted; billed_tasks: tasks that are billed, from the start of
        their image pull to their end; in steps longer than a second, means over the step.
    metric: datapoint of the metric period around the step, 1 = all that a task can do; NaN without a task.
    wait_s: how long the request whose turn it is at the end of the step has waited.
    """

    step_s: float
    arrivals: Array
    served: Array
    backlog: Array
    timed_out: Array
    rejected: Array
    running: Array
    desired: Array
    billed_tasks: Array
    metric: Array
    wait_s: Array

    @property
    def time_s(self) -> Array:
        """Start of each step, s, shape (steps,)."""
        return np.arange(self.arrivals.shape[-1], dtype=np.float64) * self.step_s

    @property
    def lost(self) -> Array:
        """Requests lost in the step: timed out or rejected."""
        return self.timed_out + self.rejected

    @property
    def scaled_out(self) -> Array:
        """Tasks added to desired at the start of each step; a scale-out action wherever it is above 0."""
        return np.maximum(np.diff(self.desired, axis=-1, prepend=self.desired[..., :1]), 0.0)


def simulate_service(
    arrivals_per_s: Array,
    step_s: float,
    scenario: Scenario,
    *,
    start_tasks: Number | None = None,
    rng: np.random.Generator | None = None,
    repeats: bool = False,
    interrupted_at_s: Number | None = None,
    rates: LaunchRates | None = None,
) -> ServiceRun:
    """Run a service through a series of arrivals.

    Args:
        arrivals_per_s: 1/s, time last; the leading axes broadcast with the scenario.
        step_s: length of a step, s; 1 for a spike, up to 300 for a day or a week.
        start_tasks: tasks that run at the start; by default what the first step's rate needs.
        rng: draws task starts; by default they sit at the quantiles of their distribution.
        repeats: the series is one of many alike, so that a forecast has a history on its first day.
        interrupted_at_s: when AWS takes back spot_interrupted_share of the Spot tasks, s from the start of the
            series; rates: launch rates, by default today's.
    Returns: ServiceRun.
    Source: METHOD.md "Scaling"; facts target_tracking.*, task_start.*, fargate.launch_*, elb.*, sqs.retention_s.
    Assumes: requests flow like a fluid, first come first served; a request that has waited timeout_s (a message:
        the queue's retention) is lost, as is one that finds no serving task and no queue; serving tasks are
        evenly loaded.
    """
    arrivals_per_s = np.asarray(arrivals_per_s, dtype=np.float64)
    start_shape = () if start_tasks is None else np.shape(start_tasks)
    shape = np.broadcast_shapes(scenario.shape, arrivals_per_s.shape[:-1], start_shape)
    run = _Run(arrivals_per_s, step_s, scenario, shape, start_tasks, rng, repeats, rates)
    run.interruption = _interruption(scenario, shape, step_s, interrupted_at_s)
    with np.errstate(divide="ignore", invalid="ignore"):  # no running task: no datapoint
        run.simulate()
        return run.result(shape)


class _Run:
    """The state of N services while time passes."""

    def __init__(
        self,
        arrivals_per_s: Array,
        step_s: float,
        scenario: Scenario,
        shape: tuple[int, ...],
        start_tasks: Number | None,
        rng: np.random.Generator | None,
        repeats: bool,
        rates: LaunchRates | None,
    ) -> None:
        def flat(value: object) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

        self.step_s, self.steps = step_s, arrivals_per_s.shape[-1]
        series = np.broadcast_to(arrivals_per_s, shape + (self.steps,)).reshape(-1, self.steps)
        self.policy = _policy(arrivals_per_s, step_s, scenario, shape, repeats)
        self.interruption: _Interruption | None = None
        if start_tasks is None:
            start_tasks = _steady_tasks(arrivals_per_s[..., :1], scenario)
        tasks = flat(start_tasks)
        self.desired_now = (
            tasks if self.policy is None else np.maximum(tasks, flat(scenario.fargate.min_tasks))
        )
        delay_s = np.zeros(len(tasks)) if self.policy is None else self.policy.delay_s
        table = start_table(scenario, shape, step_s, delay_s, rng)
        spot_share = flat(scenario.fargate.spot_share)
        self.tasks = Tasks(self.steps, step_s, tasks, table, draining_s(scenario), spot_share, rates)
        self.queue = FluidQueue(
            series.T * step_s, flat(longest_wait_s(scenario)) / step_s, keeps=scenario.workload.queue
        )
        self.capacity = np.minimum(flat(task_capacity_per_s(scenario)) * step_s, UNLIMITED)
        self.running, self.desired = np.empty(series.T.shape), np.empty(series.T.shape)
        self.task_steps = np.zeros_like(self.queue.arrived)
        by_cpu, queue = scenario.fargate.metric == "cpu", self.queue
        done, wasted = (queue.departed, queue.lost) if by_cpu else (queue.arrived, None)
        self.load = Load(done, wasted, self.task_steps)
        self.metric_weight = flat(metric_per_request(scenario)) / step_s
        self.metric_steps = np.maximum(1, np.round(flat(scenario.fargate.metric_period_s) / step_s)).astype(
            np.intp
        )

    def simulate(self) -> None:
        """Go from decision to decision; what happens between two of them is known at the first."""
        decisions = [] if self.policy is None else self.policy.decision_steps(self.steps).astype(int).tolist()
        stops = self.interruption.steps if self.interruption else ()
        now = 0
        waiting = self.tasks.follow(0, self.desired_now)
        decides = set(decisions)
        for stop in sorted({*decisions, *(step for step in stops if step < self.steps), self.steps}):
            while now < stop:
                end = now + 1 if waiting else stop
                self._serve(now, end)
                now = end
                if waiting and now < self.steps:
                    waiting = self.tasks.follow(now, self.desired_now)
            if now >= self.steps:
                break
            if self.interruption:
                self.interruption.happen(now, self.tasks)
            if self.policy is not None and now in decides:
                self.desired_now = self.policy.desired(now, self.load, self.tasks.serving, self.desired_now)
            waiting = self.tasks.follow(now, self.desired_now)

    def _serve(self, start: int, end: int) -> None:
        running = self.tasks.serving_in(start, end)
        self.running[start:end], self.desired[start:end] = running, self.desired_now
        task_steps = self.task_steps[start + 1 : end + 1]
        np.add.accumulate(running, axis=0, out=task_steps)
        task_steps += self.task_steps[start]
        self.queue.advance(start, end, running * self.capacity)

    def result(self, shape: tuple[int, ...]) -> ServiceRun:
        def shaped(series: Array) -> Array:
            return np.ascontiguousarray(series.T).reshape(shape + (self.steps,))

        queue = self.queue
        timed_out = np.diff(queue.lost, axis=0)
        return ServiceRun(
            step_s=self.step_s,
            arrivals=shaped(queue.arrivals),
            served=shaped(np.diff(queue.departed, axis=0) - timed_out),
            backlog=shaped((queue.arrived - queue.departed)[1:]),
            timed_out=shaped(timed_out),
            rejected=shaped(np.where((self.running > 0) | queue.keeps, 0.0, queue.arrivals)),
            running=shaped(self.running),
            desired=shaped(self.desired),
            billed_tasks=shaped(self.tasks.billed),
            metric=shaped(self._metric()),
            wait_s=shaped(queue.waited_steps * self.step_s),
        )

    def _metric(self) -> Array:
        """Mean of the metric over the clock-aligned period around each step, (steps, N)."""
        steps = np.arange(self.steps)[:, None]
        before = steps - steps % self.metric_steps
        after = np.minimum(before + self.metric_steps, self.steps)
        services = np.arange(len(self.metric_steps))
        return self.metric_weight * self.load.per_task((before, services), (after, services))


@dataclass(frozen=True)
class _Interruption:
    """Spot tasks that AWS takes back: at which step, which share of the serving tasks, when there are others, (N,)."""

    at: NDArray[np.intp]
    share: Array
    notice_steps: int
    replaced_at: NDArray[np.intp]

    @property
    def steps(self) -> list[int]:
        """When something happens."""
        return [int(step) for step in np.union1d(self.at, self.replaced_at) if step >= 0]

    def happen(self, step: int, tasks: Tasks) -> None:
        """Withdraw the tasks of the services whose moment it is, and let those whose shortage is over replace them."""
        now, again = np.equal(self.at, step), np.equal(self.replaced_at, step)
        if now.any():
            withdrawn = np.floor(self.share * tasks.serving + 0.5)
            tasks.withdraw(step, np.where(now, withdrawn, 0.0), self.notice_steps)
        if again.any():
            tasks.replace_withdrawn(again)


def _interruption(
    scenario: Scenario, shape: tuple[int, ...], step_s: float, at_s: Number | None
) -> _Interruption | None:
    def steps(value: object) -> NDArray[np.intp]:
        in_steps = np.round(np.asarray(value, dtype=np.float64) / step_s).astype(np.intp)
        return np.broadcast_to(in_steps, shape).reshape(-1)

    task = scenario.fargate
    share = np.asarray(task.spot_share) * np.asarray(task.spot_interrupted_share)
    if at_s is None or not np.any(share):
        return None
    shares = np.broadcast_to(share, shape).reshape(-1)
    return _Interruption(
        steps(at_s),
        shares,
        round(limit("fargate.spot_notice_s") / step_s),
        steps(at_s) + steps(task.spot_shortage_s),
    )


def longest_wait_s(scenario: Scenario) -> Number:
    """How long a request waits before it is lost, s: the caller's patience, or a queue's retention."""
    return limit("sqs.retention_s") if scenario.workload.queue else scenario.workload.timeout_s


def _policy(
    arrivals_per_s: Array, step_s: float, scenario: Scenario, shape: tuple[int, ...], repeats: bool
) -> Policy | None:
    match scenario.fargate.scaling:
        case "fixed":
            return None
        case "step":
            return StepScaling(scenario, shape, step_s)
        case "scheduled":
            return scheduled(arrivals_per_s, scenario, shape, step_s)
        case "predictive":
            return predictive(arrivals_per_s, scenario, shape, step_s, repeats)
    return TargetTracking(scenario, shape, step_s)


def _steady_tasks(first_per_s: Array, scenario: Scenario) -> Array:
    """Tasks at the start: the fixed number, or what autoscaling settles on at the first step's rate."""
    if scenario.fargate.scaling == "fixed":
        return np.asarray(scenario.fargate.tasks, dtype=np.float64)
    return tasks_on_target(first_per_s, scenario)[..., 0]
