"""Claims about scaling, deployment and monitoring."""

from __future__ import annotations

import numpy as np

from model.article.finding import Outcome, Step, one
from model.deploy.ecs_rollout import ecs_rollouts
from model.deploy.lambda_rollout import lambda_rollouts
from model.deploy.observe import PLATFORMS, SET_UP, SWITCH, monitoring
from model.deploy.rollouts import Plan
from model.evaluate import evaluate
from model.facts import limit
from model.fit import fit
from model.scaling.function import simulate_function
from model.scaling.policy import datapoints_out
from model.scaling.spike import Spike, spike
from model.scaling.task_start import task_start
from model.scenario import Scenario, replace_at
from model.traffic import spike_traffic, traffic

RISES = np.concatenate([np.arange(1.5, 10, 0.5), np.arange(10, 52, 2), np.arange(60, 210, 10)])
RUSH_S = 120.0
SLOW_S, QUICK_S = 300.0, 60.0


def ecs_delay(base: Scenario) -> Outcome:
    fast, slow = (int(limit(f"target_tracking.{name}metric_period_s")) for name in ("fast_", ""))
    rushes = {period: spike(replace_at(base, "fargate.metric_period_s", period)) for period in (fast, slow)}
    delays = {period: float(sum(part for _, part in rush.lag_parts)) for period, rush in rushes.items()}
    start_s = float(task_start(base).total_s)
    left_s, least_s = 60 - start_s, datapoints_out(base) * fast
    steps = (
        *(Step(name.replace("_", " "), float(part), "s") for name, part in rushes[slow].lag_parts),
        Step("shortest time in which the alarm can see it", float(least_s), "s"),
    )
    at = left_s if left_s >= least_s else None
    return Outcome(delays[fast], delays[slow], {}, steps, at, "s")


def lambda_instant(base: Scenario) -> Outcome:
    rush = spike(base)
    steps = (
        Step("environments needed", float(rush.aws_lambda.needed), "environments"),
        Step("environments before", float(rush.function.environments[..., 0]), "environments"),
    )
    return one(rush.aws_lambda.full_s, {}, *steps, at=_largest_rise(base), at_unit="times")


def lambda_no_drops(base: Scenario) -> Outcome:
    most = _largest_rise(base)
    steps = (
        Step("environments at once", limit("lambda.burst_environments"), "environments"),
        Step("more each second", limit("lambda.refill_environments_per_s"), "environments"),
        Step("concurrency of the account", float(base.aws_lambda.account_concurrency), "environments"),
    )
    return one(most or 1.0, {"workload.spike_factor": 100.0}, *steps, at=most, at_unit="times")


def ecs_needs_headroom(base: Scenario) -> Outcome:
    rush = spike(base)
    needed = float(np.ceil(rush.fargate.needed))
    ready = replace_at(
        base, {"fargate.min_tasks": needed, "fargate.max_tasks": max(needed, float(base.fargate.max_tasks))}
    )
    steps = (
        Step("requests lost", float(rush.fargate.lost), "requests"),
        Step(
            "share lost with all the tasks there from the start",
            float(spike(ready).fargate.lost_share),
            "share",
        ),
        Step("tasks for that", needed, "tasks"),
    )
    return one(rush.fargate.lost_share, {}, *steps)


def cooldown_order(base: Scenario) -> Outcome:
    gained = {}
    for factor in (2.5, 5.0, 10.0):
        full = [_with_cooldown(base, factor, cooldown_s) for cooldown_s in (SLOW_S, QUICK_S)]
        gained[factor] = (full[0] - full[1], *full)
    first = gained[2.5]
    helps = next((factor for factor, values in gained.items() if values[0] >= 1), None)
    steps = (Step("full capacity with 300 s", first[1], "s"), Step("full capacity with 60 s", first[2], "s"))
    changes = {"fargate.scale_out_cooldown_s": SLOW_S}
    return one(first[0], changes, *steps, at=helps, at_unit="times")


def scheduled_scaling(base: Scenario) -> Outcome:
    changes = {"fargate.scaling": "scheduled"}
    rush = spike(replace_at(base, changes))
    steps = (
        Step("share lost with target tracking", float(spike(base).fargate.lost_share), "share"),
        Step("tasks serving when the rise begins", _running_at(rush), "tasks"),
    )
    return one(rush.fargate.lost_share, changes, *steps)


def websockets(base: Scenario) -> Outcome:
    wanted = {"workload.needs": ("websockets",)}
    missed = []
    for door in ("websocket_api", base.aws_lambda.front_door):
        scenario = replace_at(base, {**wanted, "aws_lambda.front_door": door})
        checks = fit(scenario, traffic(scenario))
        missed.append(sum(one.platform == "aws_lambda" and not np.all(one.ok) for one in checks))
    at = float(missed[1]) if missed[1] > missed[0] else None
    steps = (Step("with a WebSocket API", missed[0], "limits"), Step("without", missed[1], "limits"))
    return Outcome(min(missed), max(missed), wanted, steps, at, "limits")


def deploy_faster(base: Scenario) -> Outcome:
    comparison = evaluate(base)
    rolling = ecs_rollouts(comparison.fargate, Plan())[0]
    at_once = lambda_rollouts(comparison.aws_lambda, Plan())[0]
    publish_s = float(base.assumed("deployment.lambda_publish_s"))
    at = rolling.shifted_s - (at_once.shifted_s - publish_s)
    steps = (
        Step("Lambda, all at once", at_once.shifted_s, "s"),
        Step("ECS, rolling", rolling.shifted_s, "s"),
    )
    return one(at_once.shifted_s / rolling.shifted_s, {}, *steps, at=at if at > 0 else None, at_unit="s")


def monitoring_setup(base: Scenario) -> Outcome:
    signals = monitoring(evaluate(base))
    work = {name: sum(signal.effort[name] in (SWITCH, SET_UP) for signal in signals) for name in PLATFORMS}
    steps = (Step("on Lambda", work["aws_lambda"], "signals"), Step("on Fargate", work["fargate"], "signals"))
    return one(work["fargate"] - work["aws_lambda"], {}, *steps)


def _largest_rise(base: Scenario) -> float | None:
    """Largest of some sudden rises in which Lambda refuses nothing; None if it refuses in each."""
    scenario = replace_at(base, {"workload.spike_factor": RISES, "workload.spike_duration_s": RUSH_S})
    rush = spike_traffic(scenario, 10.0, RUSH_S)
    refused = simulate_function(rush.per_s, rush.step_s, scenario).throttled.sum(axis=-1)
    kept = RISES[refused < 0.5]
    return float(kept[-1]) if kept.size else None


def _with_cooldown(base: Scenario, factor: float, cooldown_s: float) -> float:
    """Until full capacity; where that never comes, until the end of the time simulated."""
    changes = {
        "workload.spike_factor": factor,
        "fargate.scale_out_cooldown_s": cooldown_s,
        "fargate.max_tasks": 1000,
    }
    rush = spike(replace_at(base, changes))
    return float(min(rush.fargate.full_s, rush.time_s[-1]))


def _running_at(rush: Spike) -> float:
    return float(rush.service.running[..., int(np.argmax(rush.time_s >= 0))])
