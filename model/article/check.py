"""Every claim of the article by the function that computes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.article import money, scaling, starts
from model.article.finding import Finding, Outcome, article_scenario, finding, one
from model.cost.fargate import billed_job_hours
from model.facts import limit, load_claims
from model.scenario import Scenario, replace_at

HOUR_S = 3600.0


def minimum_fargate(base: Scenario) -> Outcome:
    linux, windows = (
        float(np.asarray(billed_job_hours(replace_at(base, changes), 1, 1.0))) * HOUR_S
        for changes in ({}, {"fargate.os": "windows", "fargate.vcpu": 1.0, "fargate.memory_gb": 2.0})
    )
    return Outcome(min(linux, windows), max(linux, windows), {"workload.kind": "job"}, (), windows, "s")


def of_fact(id: str) -> Callable[[Scenario], Outcome]:
    """An outcome that is a published limit."""
    return lambda base: one(limit(id))


COMPUTED: dict[str, Callable[[Scenario], Outcome]] = {
    "node_python_init": starts.node_python_init,
    "java_dotnet_init": starts.java_dotnet_init,
    "package_size": starts.package_size,
    "vpc": starts.vpc,
    "memory_init": starts.memory_init,
    "provisioned_eliminates": starts.provisioned_eliminates,
    "containers_never_cold": starts.containers_never_cold,
    "one_request": starts.one_request,
    "task_start": starts.task_start_s,
    "ecs_delay": scaling.ecs_delay,
    "lambda_instant": scaling.lambda_instant,
    "lambda_no_drops": scaling.lambda_no_drops,
    "ecs_needs_headroom": scaling.ecs_needs_headroom,
    "cooldown_order": scaling.cooldown_order,
    "scheduled_scaling": scaling.scheduled_scaling,
    "equal_at_100": money.equal_at_100,
    "lambda_cheaper_below": money.lambda_cheaper_below,
    "fargate_cheaper_above": money.fargate_cheaper_above,
    "utilisation": money.utilisation,
    "idle_lambda": money.idle_lambda,
    "idle_fargate": money.idle_fargate,
    "free_requests": money.free_requests,
    "free_gb_s": money.free_gb_s,
    "minimum_lambda": money.minimum_lambda,
    "minimum_fargate": minimum_fargate,
    "same_network": money.same_network,
    "provisioned_costs": money.provisioned_costs,
    "peak_sizing": money.peak_sizing,
    "hybrid": money.hybrid,
    "tmp_least": of_fact("lambda.ephemeral_free_mb"),
    "tmp_most": of_fact("lambda.ephemeral_max_mb"),
    "default_concurrency": of_fact("lambda.account_concurrency"),
    "fifteen_minutes": of_fact("lambda.max_duration_s"),
    "websockets": scaling.websockets,
    "db_connections": starts.db_connections,
    "framework": starts.framework,
    "deploy_faster": scaling.deploy_faster,
    "monitoring": scaling.monitoring_setup,
}
CLAIMS = tuple(load_claims())


def check_claim(id: str, scenario: Scenario) -> Finding:
    """One claim, computed on the article's example at the prices and with the assumptions of a scenario.

    Args: id: one of CLAIMS. scenario: plain; only its billing and its assumptions count.
    Source: METHOD.md "The article's claims".
    """
    base = article_scenario(scenario)
    return finding(load_claims()[id], COMPUTED[id](base), base)
