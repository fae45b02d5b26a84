"""A size for every service at once: cheaper to find than the right size of one, and checked by the exact model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.cold_start import cold_start
from model.compute import fargate_handler_s, task_capacity_per_s
from model.cost.month import fargate_bill
from model.decide.right_size import MOST_TASKS, Settings, least_tasks, task_sizes, with_axis
from model.decide.verdict import MOST_LATE
from model.distribution import lognormal_quantile
from model.facts import limit
from model.fields import Number
from model.latency import lambda_responses
from model.scenario import Scenario, replace_at
from model.traffic import HOUR_S, Traffic, means

Array = NDArray[np.float64]

LADDER_MB = np.array([128, 256, 384, 512, 768, 1024, 1536, 1769, 2560, 3538, 5307, 7076, 10240], np.float64)
"""Memory sizes tried: the usual ones, and whole vCPUs."""
NEAR = 0.01  # misses that differ by no more count as equally near
ROOM = 0.9  # of the service level, for a handler alone on a task: the rest is for those who share it


def ladder_memory(scenario: Scenario, p_cold: Number, throttled: Number) -> Settings:
    """The smallest memory of a ladder that holds the process and meets the service level.

    Args: scenario: one axis. p_cold, throttled: as it is set now, which memory changes in second order only.
    Returns: aws_lambda.memory_mb, scenario shape; where none meets the level, the smallest that misses it hardly more
        than any.
    Source: METHOD.md "Estate".
    """
    workload = scenario.workload
    needed = np.asarray(workload.memory_base_mb) + np.asarray(workload.memory_per_request_mb)
    least = np.clip(np.ceil(needed), limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb"))
    least = np.broadcast_to(least, scenario.shape)[..., None]
    wide = replace_at(with_axis(scenario), "aws_lambda.memory_mb", np.maximum(LADDER_MB, least))
    if workload.kind == "job":
        return {"aws_lambda.memory_mb": np.asarray(wide.aws_lambda.memory_mb)[..., 0]}
    p, refused = (np.broadcast_to(x, scenario.shape)[..., None] for x in (p_cold, throttled))
    late = lambda_responses(wide, p, cold_start(wide), refused).later_than(wide.workload.slo_p99_s)
    wanted = np.maximum(MOST_LATE, late.min(axis=-1, keepdims=True) + NEAR)
    first = np.argmax(
        late <= np.where(late.min(axis=-1, keepdims=True) <= MOST_LATE, MOST_LATE, wanted), axis=-1
    )
    memory = np.broadcast_to(np.asarray(wide.aws_lambda.memory_mb), wide.shape)
    return {"aws_lambda.memory_mb": np.take_along_axis(memory, first[..., None], axis=-1)[..., 0]}


def estimated_tasks(scenario: Scenario, traffic: Traffic, room: float = ROOM) -> Settings:
    """The task size whose tasks would cost least if they followed the traffic, with room for the peak.

    Args: scenario: one axis; traffic: its own; room: share of slo_p99_s that the p99 of the handler alone may take.
    Returns: fargate.vcpu, memory_gb and, of a service, tasks or min_tasks and max_tasks; scenario shape.
    Source: METHOD.md "Estate".
    Assumes: tasks = rate / (what a task can do at its target), least tasks as now or one in each zone if fewer.
    """
    sizes = task_sizes(with_axis(scenario))
    wide = replace_at(with_axis(scenario), sizes)
    slow = lognormal_quantile(
        0.99, np.asarray(fargate_handler_s(wide)), np.asarray(wide.workload.duration_cv)
    )
    in_time = np.broadcast_to(slow <= room * np.asarray(wide.workload.slo_p99_s), wide.shape)
    job = scenario.workload.kind == "job"
    share = np.asarray(wide.fargate.target_percent) / 100
    capacity = np.broadcast_to(np.asarray(task_capacity_per_s(wide)), wide.shape)
    least = np.broadcast_to(least_tasks(wide), wide.shape)
    hourly = Traffic(means(traffic.per_s, traffic.step_s, HOUR_S)[..., None, :], HOUR_S)
    peak = np.ceil(traffic.peak_per_s[..., None] / capacity / share)
    if job:
        busy_s = np.asarray(fargate_handler_s(wide))[..., None] * hourly.per_s
        tasks = np.broadcast_to(busy_s, (*wide.shape, busy_s.shape[-1]))
        in_time = np.full(wide.shape, True)
    elif scenario.fargate.scaling == "fixed":
        fixed = np.clip(np.maximum(peak, least), 0, MOST_TASKS)
        tasks = fixed[..., None]
    else:
        needed = np.ceil(hourly.per_s / capacity[..., None] / share[..., None])
        tasks = np.clip(np.maximum(needed, least[..., None]), 0, MOST_TASKS)
    hours = tasks.mean(axis=-1) * np.asarray(wide.billing.hours_per_month)
    usd = fargate_bill(wide, hourly, hours, 0.0, tasks).total_usd
    rank = np.broadcast_to(hours * (1 + np.asarray(wide.fargate.vcpu)) if usd is None else usd, wide.shape)
    slow = np.broadcast_to(slow, wide.shape)
    nearest = slow <= slow.min(axis=-1, keepdims=True) * (1 + NEAR)
    rank = np.where(np.where(in_time.any(axis=-1, keepdims=True), in_time, nearest), rank, np.inf)
    best = np.argmin(rank, axis=-1)[..., None]

    def at_best(values: Number) -> Array:
        return np.take_along_axis(np.broadcast_to(values, wide.shape), best, axis=-1)[..., 0]

    found = {"fargate.vcpu": at_best(wide.fargate.vcpu), "fargate.memory_gb": at_best(wide.fargate.memory_gb)}
    if job:
        return found
    if scenario.fargate.scaling == "fixed":
        return {**found, "fargate.tasks": at_best(fixed)}
    floor = at_best(least)
    most = np.clip(np.maximum(at_best(2 * peak), np.maximum(floor, 1)), 1, MOST_TASKS)
    return {**found, "fargate.min_tasks": floor, "fargate.max_tasks": most}


def for_the_peak(scenario: Scenario, traffic: Traffic) -> Settings:
    """As many tasks all the time as the peak needs at its target: the way out where scaling comes too late."""
    if scenario.workload.kind == "job":
        return {}
    capacity, share = (
        np.asarray(task_capacity_per_s(scenario)),
        np.asarray(scenario.fargate.target_percent) / 100,
    )
    peak = np.clip(np.ceil(traffic.peak_per_s / capacity / share), 1, MOST_TASKS)
    peak = np.broadcast_to(peak, scenario.shape)
    if scenario.fargate.scaling == "fixed":
        return {"fargate.tasks": np.minimum(2 * peak, MOST_TASKS)}
    most = np.maximum(np.asarray(scenario.fargate.max_tasks), peak)
    return {
        "fargate.min_tasks": np.maximum(np.asarray(scenario.fargate.min_tasks), peak),
        "fargate.max_tasks": most,
    }
