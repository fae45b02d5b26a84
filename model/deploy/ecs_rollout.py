"""Rollouts of an ECS service: rolling, blue/green, canary and linear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import task_capacity_per_s
from model.deploy.rollouts import (
    Breaks,
    Course,
    Plan,
    Rollout,
    course_times,
    equal_steps,
    rate_per_s,
    shift_starts,
    stepwise,
)
from model.evaluate import FargateSide
from model.facts import limit
from model.scaling.launches import draining_s
from model.scaling.policy import tasks_on_target
from model.scaling.task_start import health_check_interval_s, start_probability, start_quantile_s, task_start
from model.scenario import Scenario

Array = NDArray[np.float64]

ROLLING, BLUE_GREEN, CANARY, LINEAR = "rolling", "blue_green", "canary", "linear"
MINUTE_S, HOUR_S = 60.0, 3600.0
QUEUE_PARTS = 8  # moments among which the launches of a batch that has to queue are spread
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Batch:
    """Tasks launched together, and old ones that stop at the same moment."""

    start_s: float
    launched: int
    stopped: int


def ecs_rollouts(side: FargateSide, plan: Plan) -> tuple[Rollout, ...]:
    """Every strategy ECS itself offers for this service.

    Args: side: of a plain scenario.
    Returns: rolling; with a load balancer also blue/green, canary and linear. None for a job: its next run simply
        uses the new version.
    Source: METHOD.md "Rollouts"; facts deployment.*, elb.deregistration_delay_s, fargate.stop_timeout_s,
        fargate.launch_*.
    Assumes: traffic and the number of wanted tasks stay as they are while the rollout goes on.
    """
    scenario = side.scenario
    if scenario.workload.kind == "job":
        return ()
    found = [_rolling(side, plan)]
    if scenario.fargate.load_balancer != "none":
        bake_s, canary = limit("deployment.canary_bake_s"), limit("deployment.ecs_canary_share")
        found += [
            _two_sets(side, plan, BLUE_GREEN, [1.0], 0.0),
            _two_sets(side, plan, CANARY, [canary, 1.0], bake_s),
            _two_sets(
                side,
                plan,
                LINEAR,
                equal_steps(limit("deployment.ecs_linear_step_share")),
                limit("deployment.ecs_linear_bake_s"),
            ),
        ]
    return tuple(found)


def tasks_before(scenario: Scenario, per_s: float) -> int:
    """Tasks that run before the rollout: the fixed number, or what autoscaling settles on at this rate."""
    if scenario.fargate.scaling == "fixed":
        return int(scenario.fargate.tasks)
    return int(tasks_on_target(np.array([per_s]), scenario)[0])


def launch_queue_s(tasks: int) -> float:
    """How long the last of `tasks` launches waits for the account's and the service's launch rate, s."""
    account_s = (tasks - limit("fargate.launch_burst")) / limit("fargate.launch_per_s")
    service_s = (np.ceil(tasks / limit("fargate.service_tasks_per_min")) - 1) * MINUTE_S
    return float(max(account_s, service_s, 0.0))


def batch_s(scenario: Scenario, tasks: int) -> float:
    """From the launch of a batch until the slowest of its tasks serves, s: queue, start, first health check."""
    slowest = (tasks - 0.5) / tasks
    start_s = start_quantile_s(scenario, slowest, log_sd=limit("task_start.batch_log_sd"))
    return launch_queue_s(tasks) + float(start_s)


def rolling_batches(scenario: Scenario, tasks: int, plan: Plan) -> tuple[Batch, ...]:
    """Batches of a rolling deployment, in order; the last stops what is left and launches nothing.

    Source: METHOD.md "Rollouts": batch = floor(tasks x maximum) - ceil(tasks x minimum), one at least.
    """
    least = int(np.ceil(tasks * plan.minimum_healthy_share - _ROUNDING))
    most = max(int(np.floor(tasks * plan.maximum_share + _ROUNDING)), least + 1)
    batches, now_s, old, new = [], 0.0, tasks, 0
    while old or new < tasks:
        stopped = min(old, old + new - least)
        launched = min(tasks - new, most - (old - stopped) - new)
        batches.append(Batch(now_s, launched, stopped))
        old, new = old - stopped, new + launched
        now_s += batch_s(scenario, launched) if launched else 0.0
    return tuple(batches)


def _rolling(side: FargateSide, plan: Plan) -> Rollout:
    scenario = side.scenario
    tasks = tasks_before(scenario, rate_per_s(scenario, plan))
    batches = rolling_batches(scenario, tasks, plan)
    return _rollout(side, plan, ROLLING, tasks, batches, None, 0.0)


def _two_sets(side: FargateSide, plan: Plan, strategy: str, shares: list[float], wait_s: float) -> Rollout:
    """All new tasks beside the old ones, then traffic in shares, then the bake time, then the old ones stop."""
    scenario = side.scenario
    tasks = tasks_before(scenario, rate_per_s(scenario, plan))
    shifts = shift_starts(batch_s(scenario, tasks) if tasks else 0.0, shares, wait_s)
    end_s = shifts[-1][0] + plan.bake_s
    batches = (Batch(0.0, tasks, 0), Batch(end_s, 0, tasks))
    return _rollout(side, plan, strategy, tasks, batches, shifts, plan.bake_s)


def _rollout(
    side: FargateSide,
    plan: Plan,
    strategy: str,
    tasks: int,
    batches: tuple[Batch, ...],
    shifts: list[tuple[float, float]] | None,
    bake_s: float,
) -> Rollout:
    scenario = side.scenario
    placement_s, drain_s = float(task_start(scenario).placement_s), draining_s(scenario)
    launches = [batch for batch in batches if batch.launched]
    stops = [batch for batch in batches if batch.stopped]
    over_s = max((batch.start_s for batch in stops), default=0.0)
    done_s = over_s + drain_s if stops else 0.0
    extra_s = sum(batch.stopped * (batch.start_s + drain_s) for batch in stops)
    extra_s -= sum(batch.launched * (batch.start_s + placement_s) for batch in launches)
    ready_s = batch_s(scenario, launches[0].launched) if launches else 0.0
    shifted_s = over_s if shifts is None else shifts[-1][0]
    course = _course(scenario, batches, shifts, done_s, placement_s, drain_s)
    usd, usd_month = _cost_usd(side, extra_s, tasks, plan.rollouts_per_month)
    first_batch = launches[0].launched if launches else 0
    return Rollout(
        platform="fargate",
        strategy=strategy,
        rounds=len(launches) if shifts is None else len(shifts),
        ready_s=ready_s,
        shifted_s=shifted_s,
        done_s=done_s,
        extra_s=extra_s,
        usd=usd,
        usd_month=usd_month,
        course=course,
        breaks=_breaks(scenario, plan, course, tasks, over_s, over_s - ready_s, first_batch),
    )


def _cost_usd(
    side: FargateSide, extra_s: float, tasks: int, per_month: float
) -> tuple[float | None, float | None]:
    """What one rollout and a month's rollouts add to the bill."""
    before = side.bill.total_usd
    if before is None:
        return None, None
    one, month = (
        side.bill_beside(count * extra_s / HOUR_S, count * float(tasks)).total_usd
        for count in (1.0, per_month)
    )
    if one is None or month is None:
        return None, None
    return float(one - before), float(month - before)


def _course(
    scenario: Scenario,
    batches: tuple[Batch, ...],
    shifts: list[tuple[float, float]] | None,
    done_s: float,
    placement_s: float,
    drain_s: float,
) -> Course:
    time_s = course_times(done_s)
    launched = sum(batch.launched for batch in batches)
    old, new, billed = np.full(time_s.shape, float(launched)), np.zeros(time_s.shape), np.zeros(time_s.shape)
    billed += launched
    for batch in batches:
        old -= batch.stopped * (time_s >= batch.start_s)
        billed -= batch.stopped * (time_s >= batch.start_s + drain_s)
        billed += batch.launched * (time_s >= batch.start_s + placement_s)
        new += batch.launched * _serving_share(scenario, batch, time_s)
    serving = old + new
    rolled = np.divide(new, serving, out=np.zeros_like(new), where=serving > 0)
    shifted = rolled if shifts is None else stepwise(time_s, shifts)
    return Course(time_s, old, new, billed, shifted)


def _serving_share(scenario: Scenario, batch: Batch, time_s: Array) -> Array:
    """Share of a batch's tasks that serve at each moment."""
    if not batch.launched:
        return np.zeros(time_s.shape)
    queue_s = launch_queue_s(batch.launched)
    parts = QUEUE_PARTS if queue_s > 0 else 1
    after_s = time_s[:, None] - batch.start_s - queue_s * (np.arange(parts) + 0.5) / parts
    interval, log_sd = health_check_interval_s(scenario), limit("task_start.batch_log_sd")
    share = start_probability(after_s, task_start(scenario), interval, log_sd).mean(axis=-1)
    return np.where(time_s >= batch.start_s + batch_s(scenario, batch.launched), 1.0, share)


def _breaks(
    scenario: Scenario, plan: Plan, course: Course, tasks: int, over_s: float, both_s: float, batch: int
) -> Breaks:
    per_s = rate_per_s(scenario, plan)
    needed = per_s / float(task_capacity_per_s(scenario))
    least = float((course.old + course.new).min())
    failures = np.ceil(limit("deployment.circuit_breaker_share") * tasks)
    fewest, most = (limit(f"deployment.circuit_breaker_{end}_failures") for end in ("min", "max"))
    breaker = float(np.clip(failures, fewest, most))
    scales = scenario.fargate.scaling != "fixed"
    return Breaks(
        least=least,
        needed=needed,
        lost_share=max(1 - least / needed, 0.0) if needed > 0 else 0.0,
        both_s=max(both_s, 0.0),
        frozen_s=over_s if scales else 0.0,
        drained_s=limit("elb.deregistration_delay_s")
        if scenario.fargate.load_balancer != "none"
        else limit("fargate.stop_timeout_s"),
        most_vcpu=float(course.billed.max()) * float(scenario.fargate.vcpu),
        breaker_tasks=breaker,
        breaker_s=np.ceil(breaker / batch) * batch_s(scenario, batch) if batch else 0.0,
    )
