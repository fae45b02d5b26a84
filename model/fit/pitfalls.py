"""The well-known pitfalls as checks on one scenario: does it fall in, on what evidence, what is the way out and its price?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np

from model.compute import task_capacity_per_s
from model.evaluate import Comparison, evaluate
from model.facts import limit
from model.fields import ScenarioError
from model.fit.limits import (
    environments_at_peak,
    fargate_connections,
    handler_p99_s,
    lambda_connections,
    most_tasks,
)
from model.scaling.task_start import task_start
from model.scenario import Scenario, replace_at, value_at
from model.traffic import requests_per_month

P99_SHARE = 0.01  # of the requests: what more of them suffer than this stands in the p99
WHOLE_TASK = 1.0
ONE_REQUEST = 1.0
SOONER_S = 1.0
ROUNDING = 1e-9
MOST_CONCURRENCY = 1_000_000  # as much as a scenario may hold
MOST_TRANSITIONS = 25_000  # as much as a scenario may hold


@dataclass(frozen=True)
class Evidence:
    """One number of the model that speaks for or against a pitfall. value: in `unit` ("share" is 0…1)."""

    label: str
    value: float
    unit: str


@dataclass(frozen=True)
class Remedy:
    """A way out. changes: fields to set, by path. usd_delta: what the month costs more, USD; None if a price is missing."""

    text: str
    changes: Mapping[str, Any]
    usd_delta: float | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Pitfall:
    """One pitfall. fires: whether this scenario falls in; evidence is there either way, remedies only if it does."""

    pitfall: str
    platform: str
    fires: bool
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]


def pitfalls(comparison: Comparison) -> tuple[Pitfall, ...]:
    """Every pitfall that can concern the scenario.

    Args: comparison: of a plain scenario.
    Source: METHOD.md "Pitfalls".
    Assumes: each remedy is taken alone; its price is the difference of two bills.
    """
    return tuple(found for check in _ALL if (found := check(comparison)) is not None)


def _web_framework(now: Comparison) -> Pitfall | None:
    """A framework's start-up on Lambda: in the p99, or longer than the service level by itself."""
    scenario = now.scenario
    framework, slo_s = scenario.aws_lambda.framework, float(scenario.workload.slo_p99_s)
    if framework in ("none", "sdk") or scenario.workload.kind == "job":
        return None
    plain = evaluate(replace_at(scenario, "aws_lambda.framework", "none"))
    start_s, plain_s = (float(one.aws_lambda.start.mean_s) for one in (now, plain))
    p_cold = float(now.aws_lambda.cold.p_cold)
    evidence = (
        Evidence("cold start with the framework", start_s, "s"),
        Evidence("cold start of a plain handler", plain_s, "s"),
        Evidence("share of cold requests", p_cold, "share"),
        Evidence("cold requests", p_cold * float(requests_per_month(scenario)), "requests a month"),
        Evidence("p99 on Lambda", float(now.aws_lambda.latency.p99_s), "s"),
    )
    fires = start_s > plain_s and (p_cold > P99_SHARE or (start_s > slo_s >= plain_s))
    remedies = (
        Remedy(
            "a plain handler instead of the framework",
            {"aws_lambda.framework": "none"},
            _more(plain.aws_lambda, now.aws_lambda),
            (Evidence("p99 on Lambda", float(plain.aws_lambda.latency.p99_s), "s"),),
        ),
        Remedy("the framework in a container on Fargate", {}, _more(now.fargate, now.aws_lambda)),
    )
    return Pitfall("web_framework", "aws_lambda", fires, evidence, remedies if fires else ())


def _fifteen_minutes(now: Comparison) -> Pitfall:
    """Work that a function is stopped in: cut into chunks by a workflow, or moved to a container."""
    scenario = now.scenario
    p99_s, most_s = float(handler_p99_s(scenario)), limit("lambda.max_duration_s")
    fires = p99_s > most_s or "over_15_minutes" in scenario.workload.needs
    evidence = (
        Evidence("handler time, p99", p99_s, "s"),
        Evidence("longest run of a function", most_s, "s"),
    )
    if not fires:
        return Pitfall("fifteen_minutes", "aws_lambda", False, evidence, ())
    chunks = max(2, ceil(p99_s / most_s - ROUNDING))
    each = float(np.asarray(scenario.assumed("step_functions.transitions_per_chunk")))
    path = "workload.step_functions_transitions"
    transitions = min(float(value_at(scenario, path)) + chunks * each, MOST_TRANSITIONS)
    cut_up: dict[str, object] = {path: transitions}
    if scenario.workload.step_functions_type == "express":  # an express workflow does not run so long
        cut_up["workload.step_functions_type"] = "standard"
    cut = evaluate(replace_at(scenario, cut_up))
    remedies = (
        Remedy(
            "a Step Functions workflow that cuts the work into chunks",
            cut_up,
            _more(cut.aws_lambda, now.aws_lambda),
            (Evidence("chunks", chunks, ""), Evidence("state transitions of one run", transitions, "")),
        ),
        Remedy("a container on Fargate, which has no such limit", {}, _more(now.fargate, now.aws_lambda)),
    )
    return Pitfall("fifteen_minutes", "aws_lambda", True, evidence, remedies)


def _connections_of_lambda(now: Comparison) -> Pitfall | None:
    """One database connection for each environment, at the peak."""
    scenario, traffic = now.scenario, now.aws_lambda.traffic
    allowed = scenario.workload.db_connections_limit
    if allowed is None:
        return None
    wanted = float(lambda_connections(scenario, traffic))
    evidence = (
        Evidence("environments at the peak", float(environments_at_peak(scenario, traffic)), "environments"),
        Evidence("connections they take", wanted, "connections"),
        Evidence("connections the database allows", float(allowed), "connections"),
    )
    if wanted <= float(allowed):
        return Pitfall("connections_of_lambda", "aws_lambda", False, evidence, ())
    remedies = []
    if scenario.workload.rds_proxy == "none":
        proxied = replace_at(scenario, "workload.rds_proxy", "aws_lambda")
        shared = float(lambda_connections(proxied, traffic))
        remedies.append(
            Remedy(
                "RDS Proxy, through which environments share connections",
                {"workload.rds_proxy": "aws_lambda"},
                _more(evaluate(proxied).aws_lambda, now.aws_lambda),
                (Evidence("connections in use at the peak", shared, "connections"),),
            )
        )
    cap = {"aws_lambda.reserved_concurrency": floor(float(allowed))}
    text = "reserved concurrency of as many; callers beyond it are rejected with status 429"
    remedies.append(Remedy(text, cap, _on_lambda(now, cap)))
    return Pitfall("connections_of_lambda", "aws_lambda", True, evidence, tuple(remedies))


def _connections_of_fargate(now: Comparison) -> Pitfall | None:
    """The pools of all tasks, of which there are twice as many during a rolling deployment."""
    scenario, traffic = now.scenario, now.fargate.traffic
    allowed = scenario.workload.db_connections_limit
    if allowed is None or scenario.workload.kind == "job":
        return None
    running = float(fargate_connections(scenario, traffic))
    rolling = running * limit("deployment.maximum_share")
    evidence = (
        Evidence("connections of all pools at most tasks", running, "connections"),
        Evidence("the same during a rolling deployment", rolling, "connections"),
        Evidence("connections the database allows", float(allowed), "connections"),
    )
    fires = rolling > float(allowed) and scenario.workload.rds_proxy != "both"
    if not fires:
        return Pitfall("connections_of_fargate", "fargate", False, evidence, ())
    proxied = evaluate(replace_at(scenario, "workload.rds_proxy", "both"))
    remedies = [
        Remedy(
            "RDS Proxy for both platforms",
            {"workload.rds_proxy": "both"},
            _more(proxied.fargate, now.fargate),
        )
    ]
    tasks = float(most_tasks(scenario, traffic)) * limit("deployment.maximum_share")
    pool = floor(float(allowed) / tasks)
    if pool >= 1:
        remedies.insert(
            0,
            Remedy(
                "smaller pools",
                {"assumptions": {**scenario.assumptions, "fargate.db_pool_per_task": pool}},
                0.0,
                (Evidence("connections in each task's pool", pool, "connections"),),
            ),
        )
    return Pitfall("connections_of_fargate", "fargate", True, evidence, tuple(remedies))


def _over_provisioned(now: Comparison) -> Pitfall | None:
    """More tasks all month than target tracking would run, from one task per zone upwards."""
    scenario = now.scenario
    if scenario.workload.kind == "job":
        return None
    task = scenario.fargate
    most = max(int(np.asarray(task.max_tasks)), int(np.asarray(task.tasks)))
    least = min(int(np.asarray(task.availability_zones)), most)
    changes = {"fargate.scaling": "target_tracking", "fargate.min_tasks": least, "fargate.max_tasks": most}
    tracked = evaluate(replace_at(scenario, changes))
    tasks, needed = (float(one.fargate.task_hours) / _hours(scenario) for one in (now, tracked))
    same_service = float(tracked.fargate.latency.p99_s) <= max(
        float(scenario.workload.slo_p99_s), float(now.fargate.latency.p99_s)
    )
    fires = tasks - needed >= WHOLE_TASK and same_service
    evidence = (
        Evidence("tasks on average", tasks, "tasks"),
        Evidence("tasks on average with target tracking", needed, "tasks"),
        Evidence("CPU in use of the CPU paid for", float(now.fargate.utilisation), "share"),
        Evidence("requests lost in the spike", float(now.spike.fargate.lost), "requests"),
    )
    remedy = Remedy(
        "target tracking, from one task in each zone upwards",
        changes,
        _more(tracked.fargate, now.fargate),
        (
            Evidence("p99 on Fargate", float(tracked.fargate.latency.p99_s), "s"),
            Evidence("CPU in use of the CPU paid for", float(tracked.fargate.utilisation), "share"),
            Evidence("requests lost in the spike", float(tracked.spike.fargate.lost), "requests"),
        ),
    )
    return Pitfall("over_provisioned", "fargate", fires, evidence, (remedy,) if fires else ())


def _long_cooldown(now: Comparison) -> Pitfall | None:
    """A scale-out cooldown longer than a task's start or the scale-in cooldown, and what it costs in a spike."""
    scenario, task = now.scenario, now.scenario.fargate
    if scenario.workload.kind == "job" or task.scaling not in ("target_tracking", "step"):
        return None
    start = task_start(scenario)
    start_s = float(np.asarray(sum(np.asarray(seconds) for _, seconds in start.parts)))
    cooldown_s, in_s = float(task.scale_out_cooldown_s), float(task.scale_in_cooldown_s)
    shorter_s = float(min(ceil(start_s), cooldown_s, in_s))
    quicker = evaluate(replace_at(scenario, "fargate.scale_out_cooldown_s", shorter_s))
    slow, quick = now.spike.fargate, quicker.spike.fargate
    long = cooldown_s > start_s or cooldown_s > in_s
    gains = float(slow.lost) - float(quick.lost) >= ONE_REQUEST or _sooner(
        float(slow.full_s), float(quick.full_s)
    )
    evidence = (
        Evidence("scale-out cooldown", cooldown_s, "s"),
        Evidence("scale-in cooldown", in_s, "s"),
        Evidence("start of a task", start_s, "s"),
        Evidence("requests lost in the spike", float(slow.lost), "requests"),
        Evidence("full capacity after", float(slow.full_s), "s"),
    )
    remedy = Remedy(
        "a scale-out cooldown no longer than a task takes to start",
        {"fargate.scale_out_cooldown_s": shorter_s},
        _more(quicker.fargate, now.fargate),
        (
            Evidence("scale-out cooldown", shorter_s, "s"),
            Evidence("requests lost in the spike", float(quick.lost), "requests"),
            Evidence("full capacity after", float(quick.full_s), "s"),
        ),
    )
    return Pitfall("long_cooldown", "fargate", long and gains, evidence, (remedy,) if long and gains else ())


def _no_headroom(now: Comparison) -> Pitfall | None:
    """Requests lost on Fargate before new tasks serve; what tasks kept in advance would cost."""
    scenario, reaction = now.scenario, None if now.scenario.workload.kind == "job" else now.spike.fargate
    if reaction is None:
        return None
    lost = float(reaction.lost)
    evidence = (
        Evidence("requests lost in the spike", lost, "requests"),
        Evidence("share of the spike's requests lost", float(reaction.lost_share), "share"),
        Evidence("full capacity after", float(reaction.full_s), "s"),
    )
    if lost < ONE_REQUEST:
        return Pitfall("no_headroom", "fargate", False, evidence, ())
    workload = scenario.workload
    peak_per_s = float(workload.requests_per_s) * float(workload.spike_factor)
    tasks = ceil(peak_per_s / float(task_capacity_per_s(scenario)) - ROUNDING) + 1
    name = "tasks" if scenario.fargate.scaling == "fixed" else "min_tasks"
    changes = {
        f"fargate.{name}": max(tasks, int(np.asarray(getattr(scenario.fargate, name)))),
        "fargate.max_tasks": max(tasks, int(np.asarray(scenario.fargate.max_tasks))),
    }
    ways = [("tasks kept ready for the spike all month", changes)]
    fast = {"fargate.metric_period_s": 20}
    if (
        scenario.fargate.scaling in ("target_tracking", "step")
        and float(scenario.fargate.metric_period_s) > 20
    ):
        ways.append(("metrics every 20 seconds", fast))
    remedies = (_spike_remedy(now, *way) for way in ways)
    return Pitfall("no_headroom", "fargate", True, evidence, tuple(filter(None, remedies)))


def _spike_remedy(now: Comparison, text: str, changes: Mapping[str, Any]) -> Remedy | None:
    """A remedy tried in the spike; None if it takes more than a scenario may have."""
    try:
        then = evaluate(replace_at(now.scenario, changes))
    except ScenarioError:
        return None
    kept = [
        Evidence("tasks at least", float(value), "tasks")
        for path, value in changes.items()
        if path.endswith("n_tasks")
    ]
    lost = Evidence("requests lost in the spike", float(then.spike.fargate.lost), "requests")
    return Remedy(text, changes, _more(then.fargate, now.fargate), (*kept, lost))


def _throttled(now: Comparison) -> Pitfall | None:
    """Callers rejected by Lambda in the spike."""
    if now.scenario.workload.kind == "job":
        return None
    reaction, function = now.spike.aws_lambda, now.scenario.aws_lambda
    lost, needed = float(reaction.lost), ceil(float(reaction.needed))
    evidence = (
        Evidence("requests rejected in the spike", lost, "requests"),
        Evidence("environments the spike needs", float(reaction.needed), "environments"),
    )
    remedies = []
    if lost >= ONE_REQUEST and float(function.account_concurrency) < needed:
        quota = {"aws_lambda.account_concurrency": needed + 1} if needed < MOST_CONCURRENCY else {}
        remedies.append(Remedy("a higher concurrency quota, on request", quota, _on_lambda(now, quota)))
    if lost >= ONE_REQUEST and function.reserved_concurrency is not None:
        free = {"aws_lambda.reserved_concurrency": None}
        remedies.append(
            Remedy("no reserved concurrency, which caps the function", free, _on_lambda(now, free))
        )
    if lost >= ONE_REQUEST:
        remedies.append(Remedy("callers that retry, or a queue between them and the function", {}, None))
    return Pitfall("throttled", "aws_lambda", lost >= ONE_REQUEST, evidence, tuple(remedies))


_ALL: tuple[Callable[[Comparison], Pitfall | None], ...] = (
    _web_framework,
    _fifteen_minutes,
    _connections_of_lambda,
    _connections_of_fargate,
    _over_provisioned,
    _long_cooldown,
    _no_headroom,
    _throttled,
)


def _more(then: Any, now: Any) -> float | None:
    """What the month costs more on one side than on another, USD; None where a price is missing."""
    totals = (then.bill.total_usd, now.bill.total_usd)
    if totals[0] is None or totals[1] is None:
        return None
    return float(totals[0]) - float(totals[1])


def _on_lambda(now: Comparison, changes: Mapping[str, Any]) -> float | None:
    """What some changes do to Lambda's bill: requests that are rejected are not paid for."""
    return _more(evaluate(replace_at(now.scenario, changes)).aws_lambda, now.aws_lambda)


def _sooner(slow_s: float, quick_s: float) -> bool:
    return quick_s < slow_s and not slow_s - quick_s < SOONER_S


def _hours(scenario: Scenario) -> float:
    return float(np.asarray(scenario.billing.hours_per_month))
