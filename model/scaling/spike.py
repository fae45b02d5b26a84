"""One spike, both platforms: when enough capacity serves, what was lost meanwhile, and why Fargate lags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import task_capacity_per_s
from model.concurrency import environment_s
from model.fields import Number
from model.scaling.ecs import ServiceRun, longest_wait_s, simulate_service
from model.scaling.function import FunctionRun, simulate_function
from model.scaling.policy import metric_lag_s
from model.scaling.task_start import task_start
from model.scenario import Scenario
from model.traffic import spike_traffic

Array = NDArray[np.float64]

RECOVERY_S = 600.0
LONGEST_S = 3600.0
ROUNDING = 1e-9


@dataclass(frozen=True)
class Reaction:
    """How one platform took the spike; arrays of the scenario's shape, seconds from the spike's start.

    needed: tasks or environments that serve the spike's arrivals without a growing backlog (may be a fraction).
    half_s, most_s, full_s: until 50, 90 and 100 % of it serves; 0 if it did before, infinite (`None` in JSON)
        if it never does in the time simulated.
    lost: requests that timed out, were rejected or throttled from the spike's start until the last of its
        requests is served or gone; lost_share: of those that arrived in that time; worst_wait_s: the longest
        wait of one of them before it was taken or gave up.
    """

    needed: Array
    half_s: Array
    most_s: Array
    full_s: Array
    lost: Array
    lost_share: Array
    worst_wait_s: Array


@dataclass(frozen=True)
class Spike:
    """Both runs and their key figures; series have time last, time 0 is the start of the spike.

    fargate_capacity_per_s, lambda_capacity_per_s: requests per second that the serving tasks, the initialised
        environments, can take up.
    first_scale_out_s: first action of the scaling policy, s; infinite if there is none, negative if it came
        before the spike.
    lag_parts: name and seconds, in order, of what lies between the spike and the first new serving task; empty
        unless alarms drive the scaling. Their sum is the time of that task; all infinite sums mean it never came.
    """

    step_s: float
    time_s: Array
    arrivals_per_s: Array
    service: ServiceRun
    function: FunctionRun
    fargate: Reaction
    aws_lambda: Reaction
    fargate_capacity_per_s: Array
    lambda_capacity_per_s: Array
    first_scale_out_s: Array
    lag_parts: tuple[tuple[str, Array], ...]


def spike(
    scenario: Scenario,
    before_s: float = 300.0,
    step_s: float = 1.0,
    *,
    cold_start_s: Number | None = None,
    rng: np.random.Generator | None = None,
) -> Spike:
    """Both platforms through the scenario's spike: requests_per_s, then spike_factor times that, then back.

    Args: before_s: time before the minute in which the spike comes, s; spike_at_s moves it inside that minute.
        cold_start_s: wait for a new environment, s, by default the mean cold start; rng: draws task starts.
    Returns: Spike over before_s + spike_duration_s + ten minutes, at most an hour after the spike's start.
    Source: METHOD.md "Scaling".
    """
    workload = scenario.workload
    duration_s = np.asarray(workload.spike_duration_s, dtype=np.float64)
    after_s = min(float(duration_s.max()) + RECOVERY_S, LONGEST_S)
    before = before_s + np.asarray(workload.spike_at_s, dtype=np.float64)
    traffic = spike_traffic(scenario, before, after_s, step_s)
    taken_back_s = before + np.asarray(scenario.fargate.spot_interruption_at_s)
    service = simulate_service(traffic.per_s, step_s, scenario, rng=rng, interrupted_at_s=taken_back_s)
    function = simulate_function(traffic.per_s, step_s, scenario, cold_start_s=cold_start_s)
    time_s = service.time_s - before[..., None]
    rate = np.asarray(workload.requests_per_s) * np.asarray(workload.spike_factor)
    task_per_s, hold_s = np.asarray(task_capacity_per_s(scenario)), np.asarray(environment_s(scenario))
    tasks, environments = rate / task_per_s, rate * hold_s
    until_s = duration_s + np.asarray(longest_wait_s(scenario))
    concerned = (time_s >= 0) & (time_s < until_s[..., None])
    first_scale_out_s = _first_scale_out_s(service, time_s, scenario)
    return Spike(
        step_s=step_s,
        time_s=time_s,
        arrivals_per_s=traffic.per_s,
        service=service,
        function=function,
        fargate=_reaction(service, service.running, time_s, 0.0, tasks, concerned),
        aws_lambda=_reaction(function, function.ready, time_s, step_s, environments, concerned),
        fargate_capacity_per_s=service.running * task_per_s[..., None],
        lambda_capacity_per_s=function.ready / hold_s[..., None],
        first_scale_out_s=first_scale_out_s,
        lag_parts=_lag_parts(scenario, service, time_s, first_scale_out_s),
    )


def finite_or_none(seconds: Number) -> float | list[object] | None:
    """A plain number, or nested lists of them, for JSON; None for infinite ("never")."""
    if np.ndim(seconds):
        return [finite_or_none(part) for part in np.asarray(seconds)]
    return float(seconds) if np.isfinite(seconds) else None


def _reaction(
    run: ServiceRun | FunctionRun,
    capacity: Array,
    time_s: Array,
    there_after_s: float,
    needed: Number,
    concerned: NDArray[np.bool_],
) -> Reaction:
    """Key figures of one run; the capacity of each step is there `there_after_s` after its start."""
    at_s = np.broadcast_to(time_s + there_after_s, capacity.shape)
    before = at_s < 0
    last_before = before & ~np.roll(before, -1, axis=-1)  # its capacity counts as there at time 0

    def reached_s(share: float) -> Array:
        enough = capacity >= share * np.asarray(needed)[..., None] * (1 - ROUNDING)
        return _first_s(enough & (~before | last_before), np.where(before, 0.0, at_s))

    lost = np.sum(run.lost * concerned, axis=-1)
    arrived = np.sum(run.arrivals * concerned, axis=-1)
    return Reaction(
        needed=np.asarray(needed, dtype=np.float64),
        half_s=reached_s(0.5),
        most_s=reached_s(0.9),
        full_s=reached_s(1.0),
        lost=lost,
        lost_share=lost / arrived,
        worst_wait_s=np.max(run.wait_s * concerned, axis=-1),
    )


def _first_scale_out_s(service: ServiceRun, time_s: Array, scenario: Scenario) -> Array:
    known_ahead = scenario.fargate.scaling in ("scheduled", "predictive")
    return _first_s((service.scaled_out > 0) & ((time_s >= 0) | known_ahead), time_s)


def _first_s(happens: NDArray[np.bool_], time_s: Array) -> Array:
    """Time of the first step in which it happens; infinite if it does not."""
    first = np.argmax(happens, axis=-1)[..., None]
    at_s = np.take_along_axis(np.broadcast_to(time_s, happens.shape), first, axis=-1)[..., 0]
    return np.where(happens.any(axis=-1), at_s, np.inf)


def _lag_parts(
    scenario: Scenario, service: ServiceRun, time_s: Array, action_s: Array
) -> tuple[tuple[str, Array], ...]:
    """Parts up to the first new serving task: Fargate's at their mean unless the task came sooner."""
    if scenario.fargate.scaling not in ("target_tracking", "step"):
        return ()
    start, since = task_start(scenario), np.broadcast_to(time_s >= 0, service.running.shape)
    at_spike = np.take_along_axis(service.running, np.argmax(since, axis=-1)[..., None], axis=-1)
    more = (service.running > at_spike) & (time_s >= action_s[..., None])
    came = np.isfinite(action_s) & more.any(axis=-1)
    serving_s = np.where(came, _first_s(more, time_s), 0.0)
    rest_s = serving_s - np.where(came, action_s + start.boot_s, 0.0)
    factor = np.where(came, np.clip(rest_s / np.asarray(start.fargate_s), 0.0, 1.0), 1.0)
    published = np.minimum(metric_lag_s(scenario), action_s)
    found_s = np.where(came, action_s - np.where(came, published, 0.0), np.inf)
    check_s = np.where(came, rest_s - factor * start.fargate_s, start.health_check_s)
    own = start.at_speed(factor).parts[:-1]
    parts = (("datapoints", found_s), ("publishing", published), *own, ("health_check", check_s))
    return tuple((name, np.asarray(np.broadcast_to(part, action_s.shape))) for name, part in parts)
