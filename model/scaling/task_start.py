"""From "launch a task" to "it serves": the parts of a Fargate task start, their mean and their spread."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from model.distribution import normal_cdf, normal_quantile
from model.facts import limit
from model.fields import Number
from model.scenario import Scenario

Array = NDArray[np.float64]

_NORMAL = NormalDist()


@dataclass(frozen=True)
class TaskStart:
    """Mean parts of one task start in order, s, scenario shape; `ORIGIN` tells where each comes from."""

    placement_s: Number
    pull_s: Number
    container_start_s: Number
    boot_s: Number
    health_check_s: Number

    @property
    def parts(self) -> tuple[tuple[str, Number], ...]:
        """Name and seconds of every part, in order."""
        return tuple((name, getattr(self, f"{name}_s")) for name in ORIGIN)

    def each(self, change: Callable[[Number], Array]) -> TaskStart:
        """The same parts, each changed by a function."""
        return TaskStart(*(change(value) for _, value in self.parts))

    def at_speed(self, factor: Array) -> TaskStart:
        """The same task where Fargate's own parts take `factor` times as long."""
        placement, pull, start = (
            factor * part for part in (self.placement_s, self.pull_s, self.container_start_s)
        )
        return TaskStart(placement, pull, start, self.boot_s, self.health_check_s)

    @property
    def fargate_s(self) -> Number:
        """What Fargate itself needs: placement, pull and container start, s."""
        return self.placement_s + self.pull_s + self.container_start_s

    @property
    def total_s(self) -> Number:
        """Mean time from launch to the first request, s."""
        return self.fargate_s + self.boot_s + self.health_check_s


ORIGIN = {
    "placement": "measured as a whole, split in the proportions of a recorded task",
    "pull": "measured as a whole, split in the proportions of a recorded task",
    "container_start": "measured as a whole, split in the proportions of a recorded task",
    "boot": "yours",
    "health_check": "rule: the first passing check, half an interval away on average",
}


def task_start(scenario: Scenario) -> TaskStart:
    """Mean parts of a Fargate task start.

    Returns: TaskStart; placement + pull + container start = task_start.fit_s + fit_s_per_mb * image_mb.
    Source: METHOD.md "Scaling"; facts task_start.*, elb.initial_healthy_checks.
    Assumes: the fixed part of the fit splits as in the recorded task; all of the rest is pulling.
    """
    task = scenario.fargate
    recorded = [
        np.asarray(scenario.assumed(f"task_start.{part}_s")) for part in ("provision", "pull", "start")
    ]
    placement, pull, start = (limit("task_start.fit_s") * part / sum(recorded) for part in recorded)
    return TaskStart(
        placement_s=placement,
        pull_s=pull + limit("task_start.fit_s_per_mb") * np.asarray(task.image_mb),
        container_start_s=start,
        boot_s=task.boot_s,
        health_check_s=health_check_interval_s(scenario) / 2,
    )


def health_check_interval_s(scenario: Scenario) -> Array:
    """Longest wait for the first passing check, s; 0 for a job or without a load balancer."""
    checked = scenario.workload.kind == "service" and scenario.fargate.load_balancer != "none"
    interval = limit("elb.initial_healthy_checks") * np.asarray(scenario.fargate.health_check_interval_s)
    return np.asarray(interval * checked, dtype=np.float64)


def start_quantile_s(scenario: Scenario, probability: Number, *, log_sd: float | None = None) -> Array:
    """Time within which a launched task serves with the given probability.

    Args: probability: 0…1 exclusive, scenario shape or broadcasting with it; log_sd: spread of the Fargate
        part, by default that between setups (a task of a setup nobody has timed yet).
    Returns: s, broadcast shape, within 1e-6 of the interval searched.
    Source: METHOD.md "Scaling"; facts task_start.fit_log_sd, task_start.batch_log_sd.
    """
    wanted = np.asarray(probability, dtype=np.float64)
    spread = limit("task_start.fit_log_sd") if log_sd is None else log_sd
    start, interval = task_start(scenario), health_check_interval_s(scenario)
    shape = np.broadcast_shapes(wanted.shape, np.shape(start.total_s))
    if np.all(interval == 0):  # nothing is uniform: the lognormal's own quantile
        factor = np.exp(spread * normal_quantile(wanted) - spread**2 / 2)
        return np.broadcast_to(np.asarray(start.fargate_s) * factor + np.asarray(start.boot_s), shape)
    low, high = np.zeros(shape), np.broadcast_to(longest_start_s(start, interval, spread), shape)
    for _ in range(40):
        middle = (low + high) / 2
        below = start_probability(middle, start, interval, spread) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(high, dtype=np.float64)


def start_probability(after_s: Array, start: TaskStart, interval_s: Array, log_sd: float) -> Array:
    """Probability that a task serves `after_s` after its launch.

    A lognormal Fargate part with the mean of the fit, plus the boot, plus a wait that is uniform over the
    check interval: P = (H(x) - H(x - interval)) / interval with H the integral of the lognormal's
    distribution function and x = after_s - boot.
    Returns: 0…1, broadcast shape; within 1e-5.
    """
    x = after_s - np.asarray(start.boot_s)
    mean = np.asarray(start.fargate_s)
    spread_out = (_lognormal_h(x, mean, log_sd) - _lognormal_h(x - interval_s, mean, log_sd)) / np.maximum(
        interval_s, 1e-9
    )
    at_once = _lognormal_cdf(x, mean, log_sd, 0.0)
    return np.clip(np.where(interval_s > 0, spread_out, at_once), 0.0, 1.0)


def longest_start_s(start: TaskStart, interval_s: Array, log_sd: float) -> Number:
    """A time by which practically every task serves (1 in 100,000 takes longer), s."""
    tail = math.exp(_NORMAL.inv_cdf(1 - 1e-5) * log_sd)
    return start.fargate_s * tail + start.boot_s + interval_s


def drawn_factor(shape: tuple[int, ...], log_sd: float, rng: np.random.Generator) -> Array:
    """Lognormal factors with mean 1, for what Fargate's part of a start takes beside its mean."""
    return np.asarray(np.exp(log_sd * rng.standard_normal(shape) - log_sd**2 / 2))


def drawn_start_s(start: TaskStart, interval_s: Array, log_sd: float, rng: np.random.Generator) -> Array:
    """Start times drawn at random, one for each element of the arguments' broadcast shape, s."""
    shape = np.broadcast_shapes(np.shape(start.total_s), interval_s.shape)
    fargate = start.fargate_s * drawn_factor(shape, log_sd, rng)
    return np.asarray(fargate + start.boot_s + interval_s * rng.random(shape))


def _lognormal_cdf(x: Array, mean: Array, log_sd: float, tilt: float) -> Array:
    """P(L <= x) for tilt = 0, E[L; L <= x] / mean for tilt = log_sd."""
    mu = np.log(mean) - log_sd**2 / 2
    z = (np.log(np.maximum(x, 1e-12)) - mu) / log_sd - tilt
    return normal_cdf(z)


def _lognormal_h(x: Array, mean: Array, log_sd: float) -> Array:
    """Integral of P(L <= v) over v from 0 to x: x P(L <= x) - E[L; L <= x]."""
    inside = x * _lognormal_cdf(x, mean, log_sd, 0.0) - mean * _lognormal_cdf(x, mean, log_sd, log_sd)
    return np.where(x > 0, inside, 0.0)
