"""Putting a new version into service: how long it takes, what it costs, what it breaks, by strategy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.scenario import Scenario

Array = NDArray[np.float64]

POINTS = 481  # of a course
AFTER_S = 120.0  # shown after the rollout is over


@dataclass(frozen=True)
class Plan:
    """How versions are rolled out; what AWS leaves to the user.

    minimum_healthy_share, maximum_share: of the tasks, during a rolling deployment. bake_s: how long both sets of
    tasks stay after all traffic has moved (blue/green, canary, linear). rollouts_per_month: any number >= 0.
    at_share: traffic during a rollout, relative to the mean (the peak's share, for a rollout at the peak).
    Raises: ValueError naming what cannot be.
    """

    minimum_healthy_share: float = limit("deployment.minimum_healthy_share")
    maximum_share: float = limit("deployment.maximum_share")
    bake_s: float = limit("deployment.canary_bake_s")
    rollouts_per_month: float = 20.0
    at_share: float = 1.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("minimum_healthy_share", 0.0, 1.0),
            ("maximum_share", 1.0, 2.0),
            ("bake_s", 0.0, 86_400.0),
            ("rollouts_per_month", 0.0, 1e5),
            ("at_share", 0.0, 1e3),
        ):
            value = getattr(self, name)
            if not (np.isfinite(value) and low <= value <= high):
                raise ValueError(f"{name} is {value}; use a number from {low:g} to {high:,g}")
        if self.minimum_healthy_share == 1 and self.maximum_share == 1:
            raise ValueError(
                "no task may stop (minimum_healthy_share 1) and none may start (maximum_share 1), so a rolling "
                "deployment cannot begin; lower the first or raise the second"
            )


@dataclass(frozen=True)
class Course:
    """What serves while a rollout goes on, time last.

    old, new: tasks that serve, or environments that are alive, of each version; billed: tasks on the bill, or
    provisioned environments; new_share: share of the traffic on the new version.
    """

    time_s: Array
    old: Array
    new: Array
    billed: Array
    new_share: Array


@dataclass(frozen=True)
class Breaks:
    """What a rollout disturbs; 0 where it does not.

    least: fewest tasks (or environments) that serve; needed: what the traffic needs at full use. lost_share: of
        the traffic at that moment, as far as it exceeds what serves.
    both_s: how long both versions answer requests. frozen_s: how long scale-in is off. drained_s: longest time an
        open connection gets to finish. most_vcpu: vCPU of all tasks at once.
    breaker_tasks, breaker_s: failed tasks after which the circuit breaker stops, and how long that takes at least.
    colds: cold requests more than without the rollout. first_minute_cold: share of requests that are cold in the
        first minute of all traffic on the new version. throttled: requests refused meanwhile.
    """

    least: float = 0.0
    needed: float = 0.0
    lost_share: float = 0.0
    both_s: float = 0.0
    frozen_s: float = 0.0
    drained_s: float = 0.0
    most_vcpu: float = 0.0
    breaker_tasks: float = 0.0
    breaker_s: float = 0.0
    colds: float = 0.0
    first_minute_cold: float = 0.0
    throttled: float = 0.0


@dataclass(frozen=True)
class Rollout:
    """One strategy on one platform.

    rounds: batches of tasks, or shifts of traffic. ready_s: until the new version answers its first request;
    shifted_s: until it answers all; done_s: until the old version costs nothing any more; all from the start, s.
    extra_s: task-seconds, or provisioned environment-seconds, on top of those without the rollout.
    usd, usd_month: what one rollout, and those of a month, add to the bill; None while a price is missing.
    """

    platform: str
    strategy: str
    rounds: int
    ready_s: float
    shifted_s: float
    done_s: float
    extra_s: float
    usd: float | None
    usd_month: float | None
    course: Course
    breaks: Breaks


def shift_starts(first_s: float, shares: Sequence[float], wait_s: float) -> list[tuple[float, float]]:
    """When each share of the traffic moves: the first at first_s, each further one wait_s later."""
    return [(first_s + index * wait_s, share) for index, share in enumerate(shares)]


def equal_steps(step_share: float) -> list[float]:
    """Shares of the traffic after each of several equal steps; the last is 1."""
    steps = int(np.ceil(1 / step_share - 1e-9))
    return [min((index + 1) * step_share, 1.0) for index in range(steps - 1)] + [1.0]


def course_times(done_s: float) -> Array:
    """Evenly spread moments from the start of a rollout until a little after its end, s."""
    return np.linspace(0.0, done_s + AFTER_S, POINTS)


def stepwise(time_s: Array, shifts: Sequence[tuple[float, float]]) -> Array:
    """The share of the traffic on the new version at each moment."""
    starts, shares = (np.array(column) for column in zip(*shifts, strict=True))
    index = np.searchsorted(starts, time_s, side="right")
    return np.concatenate(([0.0], shares))[index]


def rate_per_s(scenario: Scenario, plan: Plan) -> float:
    """Requests per second during a rollout."""
    return float(scenario.workload.requests_per_s) * plan.at_share
