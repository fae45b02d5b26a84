"""Tasks that start and stop: launch rates, start times, draining; who serves and who is billed when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.scaling.task_start import (
    TaskStart,
    drawn_factor,
    drawn_start_s,
    health_check_interval_s,
    longest_start_s,
    start_probability,
    task_start,
)
from model.scenario import Scenario

Array = NDArray[np.float64]

FINEST_S = 5.0  # within a long step, starts are placed this exactly
MINUTE_S = 60.0


@dataclass(frozen=True)
class StartTable:
    """When tasks launched together serve, seen from their launch.

    share: P(serves by the middle of slot j), shape (slots, N), or (slots, 1) if all services are alike.
    """

    share: Array
    slots_per_step: int
    slot_s: float
    start: TaskStart
    interval_s: Array
    delay_s: Array
    rng: np.random.Generator | None

    def joining(self, tasks: Array) -> Array:
        """Change of the mean number of serving tasks in each step from the launch of `tasks` on, (steps, N)."""
        serving = self._drawn(tasks) if self.rng else np.floor(self.share * tasks + 0.5)
        if self.slots_per_step > 1:
            serving = serving.reshape(-1, self.slots_per_step, serving.shape[1]).mean(axis=1)
        serving[1:] -= serving[:-1].copy()
        return np.asarray(serving)

    def _drawn(self, tasks: Array) -> Array:
        """Number of tasks that serve by the middle of each slot, drawn task by task."""
        assert self.rng is not None
        service = np.repeat(np.arange(len(tasks)), tasks.astype(np.intp))
        log_sd = limit("task_start.batch_log_sd")
        starts = self.start.each(lambda part: np.asarray(part)[service])
        after_s = self.delay_s[service] + drawn_start_s(starts, self.interval_s[service], log_sd, self.rng)
        slot = np.clip(np.ceil(after_s / self.slot_s - 0.5), 0, len(self.share) - 1).astype(np.intp)
        joined = np.zeros((len(self.share), len(tasks)))
        np.add.at(joined, (slot, service), 1.0)
        return np.cumsum(joined, axis=0)


def start_table(
    scenario: Scenario, shape: tuple[int, ...], step_s: float, delay_s: Array, rng: np.random.Generator | None
) -> StartTable:
    """The start table of N services on a time grid.

    Args: shape: of the services, N elements; delay_s: extra delay of every launch, s, shape (N,).
        rng: draws a factor per service (spread between setups) and a time per task (spread within a batch);
        without it the i-th of n tasks launched together starts at the (i - 1/2)/n quantile.
    Source: METHOD.md "Scaling"; facts task_start.batch_log_sd, task_start.fit_log_sd.
    """

    def flat(value: object) -> Array:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

    start, interval = task_start(scenario).each(flat), flat(health_check_interval_s(scenario))
    if rng is not None:
        start = start.at_speed(drawn_factor(delay_s.shape, limit("task_start.fit_log_sd"), rng))
    log_sd = limit("task_start.batch_log_sd")
    slots_per_step = max(1, round(step_s / FINEST_S))
    slot_s = step_s / slots_per_step
    longest_s = float(np.max(longest_start_s(start, interval, log_sd) + delay_s))
    slots = slots_per_step * (int(longest_s / step_s) + 2)
    middle_s = (np.arange(slots)[:, None] + 0.5) * slot_s
    first = slice(1) if _alike(start, interval, delay_s) else slice(None)
    few = start.each(lambda part: np.asarray(part)[first])
    share = start_probability(middle_s - delay_s[first], few, interval[first], log_sd)
    share[-1] = 1.0
    return StartTable(share, slots_per_step, slot_s, start, interval, delay_s, rng)


def _alike(start: TaskStart, *more: Array) -> bool:
    parts = [np.asarray(part) for _, part in start.parts]
    return all(bool((part == part[0]).all()) for part in (*parts, *more))


def draining_s(scenario: Scenario) -> float:
    """How long a task is still billed after it was taken out of service, s.

    Source: facts elb.deregistration_delay_s, fargate.stop_timeout_s.
    Assumes: connections keep the target draining for the whole delay, and the process uses its stop timeout.
    """
    balanced = scenario.fargate.load_balancer != "none"
    return limit("fargate.stop_timeout_s") + balanced * limit("elb.deregistration_delay_s")


@dataclass(frozen=True)
class LaunchRates:
    """How fast Fargate launches tasks: `burst` at once, then `per_s`, and `service_per_min` of one service."""

    burst: float = limit("fargate.launch_burst")
    per_s: float = limit("fargate.launch_per_s")
    service_per_min: float = limit("fargate.service_tasks_per_min")


class Tasks:
    """The tasks of N services over time.

    Args: start_tasks: serving and billed when the series starts, shape (N,). rates: of On-Demand and of Spot alike;
        spot_share: of the launches, which draw on two buckets then, shape (N,).
    Attributes: `committed` tasks launched and not stopped; `serving` tasks that take requests; `billed`
        mean billed tasks per step, (steps, N), right up to the present step.
    """

    def __init__(
        self,
        steps: int,
        step_s: float,
        start_tasks: Array,
        table: StartTable,
        drain_s: float,
        spot_share: Array | float = 0.0,
        rates: LaunchRates | None = None,
    ) -> None:
        self.step_s, self.table = step_s, table
        self.committed, self.serving = start_tasks.copy(), start_tasks.copy()
        self._joining = np.zeros((steps, len(start_tasks)))
        self._billing = np.zeros((steps, len(start_tasks)))
        self._billing[0] = start_tasks
        self._pull_steps = (table.delay_s + np.asarray(table.start.placement_s)) / step_s
        self._drain_steps = np.full(len(start_tasks), drain_s / step_s)
        rates = rates or LaunchRates()
        buckets = 1 / np.maximum(spot_share, 1 - np.asarray(spot_share))  # the fuller one decides
        self._launch_per_step = rates.per_s * step_s * buckets
        self._per_minute = rates.service_per_min * max(1.0, step_s / MINUTE_S)
        # A long step may use, at its start, what the bucket gains in its course.
        self._tokens_at = 0
        self._bucket = rates.burst * buckets + np.maximum(0.0, self._launch_per_step * (1 - 1 / step_s))
        self._tokens = np.broadcast_to(self._bucket, start_tasks.shape).astype(np.float64)
        self._leaving, self._gone_at = np.zeros_like(start_tasks), np.zeros(start_tasks.shape, np.intp)
        self._minute, self._minute_left = -1, self._tokens

    @property
    def billed(self) -> Array:
        return np.cumsum(self._billing, axis=0)

    def serving_in(self, start: int, end: int) -> Array:
        """Mean number of serving tasks in each step of a block, (steps, N); moves on to its end."""
        serving = np.add.accumulate(self._joining[start:end], axis=0)
        serving += self.serving
        self.serving = serving[-1]
        return np.asarray(serving)

    def follow(self, step: int, desired: Array) -> bool:
        """Launch or stop tasks at the start of a step; True while launches wait for the launch rate."""
        missing = desired - self.committed
        if not missing.any():
            return False
        if (missing < 0).any():
            staying = self.serving - np.where(step < self._gone_at, self._leaving, 0.0)
            self._stop(step, np.minimum(np.maximum(-missing, 0.0), np.floor(np.maximum(staying, 0.0))))
        waiting = bool((missing > 0).any())
        return waiting and self._launch(step, np.maximum(missing, 0.0))

    def _launch(self, step: int, missing: Array) -> bool:
        self._refill(step)
        tasks = np.minimum(missing, np.floor(np.minimum(self._tokens, self._minute_left)))
        self._tokens = self._tokens - tasks
        self._minute_left = self._minute_left - tasks
        self.committed = self.committed + tasks
        joining = self.table.joining(tasks)[: len(self._joining) - step]
        self._joining[step : step + len(joining)] += joining
        self._bill(step + self._pull_steps, tasks)
        return bool((tasks < missing).any())

    def _stop(self, step: int, tasks: Array) -> None:
        self.committed = self.committed - tasks
        self.serving = self.serving - tasks
        self._bill(step + self._drain_steps, -tasks)

    def withdraw(self, step: int, tasks: Array, notice_steps: int) -> None:
        """Take tasks back, once per service: they serve until the notice is over."""
        gone_at = step + notice_steps
        self._leaving = self._leaving + tasks
        self._gone_at = np.where(tasks > 0, gone_at, self._gone_at)
        if gone_at < len(self._joining):
            self._joining[gone_at] -= tasks
        self._bill(np.full(tasks.shape, float(gone_at)), -tasks)

    def replace_withdrawn(self, where: NDArray[np.bool_]) -> None:
        """From now on the withdrawn tasks count as gone, and others are launched in their place."""
        self.committed = self.committed - np.where(where, self._leaving, 0.0)

    def _refill(self, step: int) -> None:
        gained = (step - self._tokens_at) * self._launch_per_step
        self._tokens, self._tokens_at = np.minimum(self._bucket, self._tokens + gained), step
        minute = int(step * self.step_s // MINUTE_S)
        if minute != self._minute:
            self._minute, self._minute_left = minute, np.full_like(self._tokens, self._per_minute)

    def _bill(self, at_step: Array, tasks: Array) -> None:
        """Change the billed tasks from a moment inside a step on."""
        whole = at_step.astype(np.intp)
        later = at_step - whole
        for row, amount in ((whole, tasks * (1 - later)), (whole + 1, tasks * later)):
            inside = np.flatnonzero(row < len(self._billing))
            self._billing[row[inside], inside] += amount[inside]
