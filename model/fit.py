"""Does the workload fit each platform's hard limits, and with what margin?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import fargate_handler_s, lambda_handler_s, task_capacity_per_s
from model.distribution import lognormal_quantile
from model.facts import limit
from model.fields import Number
from model.scaling.function import concurrency_limit
from model.scenario import Scenario
from model.traffic import Traffic

KB_PER_MB = 1024.0
MB_PER_GB = 1024.0
NEEDS_A_CONTAINER = {
    "websockets": "a function cannot hold a web socket open itself; an API Gateway in front of it can",
    "grpc_streams": "a function answers one request and returns; it cannot keep a stream open",
    "gpu": "neither Lambda nor Fargate offers GPUs; ECS on EC2 does",
    "over_15_minutes": "a function is stopped after 15 minutes",
    "custom_os_packages": "a zip package brings no operating system packages; a container image does",
    "persistent_connections": "each environment opens its own connections and loses them when it goes",
    "in_memory_state": "environments come and go, and share no memory",
}


@dataclass(frozen=True)
class Check:
    """One limit: what the scenario needs, what the platform gives.

    value, limit: in `unit`, scenario shape; None for a yes-or-no need. ok: scenario shape.
    """

    platform: str
    check: str
    ok: NDArray[np.bool_] | bool
    value: Number | None
    limit: Number | None
    unit: str
    fact: str
    text: str


def fit(scenario: Scenario, traffic: Traffic) -> tuple[Check, ...]:
    """Every limit of both platforms that this first model knows, met or not.

    Source: facts lambda.*, fargate.*; METHOD.md "Fit".
    Leaves out: file handles, connections, quotas other than concurrency.
    """
    return (*_lambda_checks(scenario, traffic), *_fargate_checks(scenario, traffic), *_need_checks(scenario))


def _lambda_checks(scenario: Scenario, traffic: Traffic) -> tuple[Check, ...]:
    workload, function = scenario.workload, scenario.aws_lambda
    handler_s = np.asarray(lambda_handler_s(scenario))
    slow_s = lognormal_quantile(0.99, handler_s, np.asarray(workload.duration_cv))
    concurrency = traffic.peak_per_s * handler_s
    allowed = concurrency_limit(scenario)
    needed_mb = np.asarray(workload.memory_base_mb) + np.asarray(workload.memory_per_request_mb)
    package = "lambda.package_zip_mb" if function.package == "zip" else "lambda.package_image_mb"
    per_environment = limit("lambda.requests_per_s_per_environment")
    return (
        _at_most(
            "aws_lambda", "Handler time, p99", slow_s, "lambda.max_duration_s", "A function is stopped there."
        ),
        _check("aws_lambda", "Memory", needed_mb, function.memory_mb, "MB", "", "Process and one request."),
        *_payload_checks(scenario),
        _at_most("aws_lambda", "Package", function.package_mb, package, "Unzipped size of code and layers."),
        _check(
            "aws_lambda",
            "Concurrency at peak",
            concurrency,
            allowed,
            "environments",
            "lambda.account_concurrency",
            "Beyond it callers get 429; the quota can be raised.",
        ),
        _check(
            "aws_lambda",
            "Requests per second",
            traffic.peak_per_s,
            allowed * per_environment,
            "1/s",
            "lambda.requests_per_s_per_environment",
            "Synchronous requests are limited to ten a second per unit of concurrency.",
        ),
    )


def _payload_checks(scenario: Scenario) -> tuple[Check, ...]:
    """Request and response in one when answered at once; apart when responses stream or nobody waits for one."""
    workload, function = scenario.workload, scenario.aws_lambda
    request_mb, response_mb = (
        np.asarray(kb) / KB_PER_MB for kb in (workload.request_kb, workload.response_kb)
    )
    if function.invocation == "async":
        return (
            _at_most(
                "aws_lambda", "Event size", request_mb, "lambda.payload_async_mb", "Larger goes through S3."
            ),
        )
    text = "Larger needs streaming or S3."
    if not function.streamed:
        largest = np.maximum(request_mb, response_mb)
        return (_at_most("aws_lambda", "Payload", largest, "lambda.payload_sync_mb", text),)
    streamed = "Larger goes through S3."
    return (
        _at_most("aws_lambda", "Payload", request_mb, "lambda.payload_sync_mb", text),
        _at_most("aws_lambda", "Streamed response", response_mb, "lambda.payload_stream_mb", streamed),
    )


def _fargate_checks(scenario: Scenario, traffic: Traffic) -> tuple[Check, ...]:
    workload, task = scenario.workload, scenario.fargate
    in_flight = _in_flight_per_task(scenario)
    needed_mb = np.asarray(workload.memory_base_mb) + np.asarray(workload.memory_per_request_mb) * in_flight
    tasks = task.tasks if task.scaling == "fixed" else task.max_tasks
    capacity = np.asarray(tasks) * task_capacity_per_s(scenario)
    memory = _check(
        "fargate",
        "Memory",
        needed_mb,
        np.asarray(task.memory_gb) * MB_PER_GB,
        "MB",
        "",
        "Process and requests in flight.",
    )
    if workload.kind == "job":
        return (memory,)
    text = "More cannot be served, however long the autoscaling has time."
    return (
        memory,
        _check("fargate", "Capacity at most tasks", traffic.peak_per_s, capacity, "1/s", "", text),
    )


def _need_checks(scenario: Scenario) -> tuple[Check, ...]:
    image = scenario.aws_lambda.package == "image"
    websocket = scenario.aws_lambda.front_door == "websocket_api"
    checks = []
    for need in scenario.workload.needs:
        lambda_ok = (need == "custom_os_packages" and image) or (need == "websockets" and websocket)
        text = NEEDS_A_CONTAINER[need].capitalize() + "."
        checks.append(Check("aws_lambda", need.replace("_", " "), lambda_ok, None, None, "", "", text))
        if need == "gpu":
            checks.append(Check("fargate", need, False, None, None, "", "", text))
    return tuple(checks)


def _in_flight_per_task(scenario: Scenario) -> Number:
    """Requests one task works on at full CPU, up to its limit (Little's law); 1 for a job."""
    if scenario.workload.kind == "job":
        return 1.0
    busy = task_capacity_per_s(scenario) * fargate_handler_s(scenario)
    return np.minimum(np.maximum(busy, 1.0), scenario.fargate.requests_in_flight_per_task)


def _at_most(platform: str, name: str, value: Number, fact: str, text: str) -> Check:
    unit = {"lambda.max_duration_s": "s"}.get(fact, "MB")
    return _check(platform, name, value, limit(fact), unit, fact, text)


def _check(platform: str, name: str, value: Number, most: Number, unit: str, fact: str, text: str) -> Check:
    return Check(platform, name, np.asarray(value) <= np.asarray(most), value, most, unit, fact, text)
