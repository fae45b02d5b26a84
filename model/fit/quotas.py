"""Defaults that AWS raises on request, or a setting lifts: to be looked at before going live, no obstacle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from model.compute import fargate_handler_s, lambda_handler_s
from model.distribution import lognormal_quantile
from model.facts import limit
from model.fit.check import Check, at_most
from model.fit.limits import FARGATE, LAMBDA, handler_p99_s, most_tasks
from model.scenario import Scenario
from model.traffic import Traffic


def quotas(scenario: Scenario, traffic: Traffic) -> tuple[Check, ...]:
    """Every default quota of both platforms that concerns this scenario, met or not; all raisable.

    Source: METHOD.md "Fit"; facts lambda.sqs_max_concurrency, fargate.vcpu_quota, fargate.tasks_per_service,
        api_gateway.*, elb.idle_timeout_s.
    """
    found = (*_lambda_quotas(scenario, traffic), *_fargate_quotas(scenario, traffic))
    return tuple(replace(check, raisable=True) for check in found)


def _lambda_quotas(scenario: Scenario, traffic: Traffic) -> Iterator[Check]:
    workload, function = scenario.workload, scenario.aws_lambda
    if function.package == "zip":
        text = "A larger zip goes through S3."
        yield at_most(
            LAMBDA, "Zip, uploaded directly", function.package_mb, "lambda.package_upload_mb", "MB", text
        )
    if workload.queue:
        concurrency = traffic.peak_per_s * np.asarray(lambda_handler_s(scenario))
        text = "The queue waits beyond it; the event source's provisioned mode goes further."
        fact, unit = "lambda.sqs_max_concurrency", "environments"
        yield at_most(LAMBDA, "Concurrency from one queue", concurrency, fact, unit, text)
    if workload.kind == "job" or function.invocation == "async":
        return
    door = function.front_door
    if door in ("http_api", "rest_api", "websocket_api"):
        text = "All APIs of the account and Region together; newer Regions begin lower."
        fact = "api_gateway.requests_per_s"
        yield at_most(LAMBDA, "API Gateway requests", traffic.peak_per_s, fact, "1/s", text)
    if door == "rest_api":
        text = "Regional and private APIs may be given more, at the price of a lower request rate."
        p99_s, fact = handler_p99_s(scenario), "api_gateway.rest_timeout_s"
        yield at_most(LAMBDA, "REST API wait, p99", p99_s, fact, "s", text)
    if door == "websocket_api":
        renewed = np.asarray(workload.open_connections) / limit("api_gateway.websocket_connection_s")
        text = "At least: connections end after two hours and come back."
        fact = "api_gateway.websocket_new_per_s"
        yield at_most(LAMBDA, "New WebSocket connections", renewed, fact, "1/s", text)


def _fargate_quotas(scenario: Scenario, traffic: Traffic) -> Iterator[Check]:
    workload, task = scenario.workload, scenario.fargate
    tasks = most_tasks(scenario, traffic)
    text = "What a new account begins with; it grows with use and on request."
    vcpu = tasks * np.asarray(task.vcpu)
    yield at_most(FARGATE, "vCPU of a new account", vcpu, "fargate.vcpu_quota", "vCPU", text)
    if workload.kind == "job":
        return
    text = "Tasks of one service; more on request, or in a second service."
    yield at_most(FARGATE, "Tasks of the service", tasks, "fargate.tasks_per_service", "tasks", text)
    if task.load_balancer == "alb":
        cv = np.asarray(workload.duration_cv)
        slow_s = lognormal_quantile(0.99, np.asarray(fargate_handler_s(scenario)), cv)
        text = "A silent connection is closed there; the balancer's idle timeout is a setting."
        yield at_most(FARGATE, "Load balancer wait, p99", slow_s, "elb.idle_timeout_s", "s", text)
