"""Hard limits of both platforms against what the workload needs, each with its margin."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from model.compute import fargate_handler_s, lambda_handler_s, task_capacity_per_s
from model.distribution import lognormal_quantile
from model.evaluate import LambdaSide
from model.facts import limit
from model.fields import Number
from model.fit.check import Check, against, at_most
from model.scaling.function import concurrency_limit
from model.scenario import Scenario
from model.traffic import Traffic

KB_PER_MB = 1024.0
MB_PER_GB = 1024.0
LAMBDA, FARGATE = "aws_lambda", "fargate"
NEEDS_A_CONTAINER = {
    "websockets": "a function cannot hold a web socket open itself; an API Gateway in front of it can",
    "grpc_streams": "a function answers one request and returns; it cannot keep a stream open",
    "gpu": "neither Lambda nor Fargate offers GPUs; ECS on EC2 does",
    "over_15_minutes": "a function is stopped after 15 minutes",
    "custom_os_packages": "a zip package brings no operating system packages; a container image does",
    "persistent_connections": "each environment opens its own connections and loses them when it goes",
    "in_memory_state": "environments come and go, and share no memory",
}


def fit(scenario: Scenario, traffic: Traffic) -> tuple[Check, ...]:
    """Every hard limit of both platforms that concerns this scenario, met or not.

    Source: facts lambda.*, fargate.*, api_gateway.*, elb.*; METHOD.md "Fit".
    Assumes: a package unpacks to lambda.unzip_ratio times its size; a task's pool holds fargate.db_pool_per_task.
    """
    return (*_lambda_checks(scenario, traffic), *_fargate_checks(scenario, traffic), *_need_checks(scenario))


def handler_p99_s(scenario: Scenario) -> Number:
    """The warm handler time on Lambda that one request in a hundred exceeds, s."""
    return lognormal_quantile(
        0.99, np.asarray(lambda_handler_s(scenario)), np.asarray(scenario.workload.duration_cv)
    )


def environments_at_peak(scenario: Scenario, traffic: Traffic) -> Number:
    """Execution environments alive in the busiest time, provisioned ones among them."""
    side = LambdaSide(scenario, traffic)
    return side.cold.environments_max + side.provisioned.environments.max(axis=-1)


def most_tasks(scenario: Scenario, traffic: Traffic) -> Number:
    """Tasks that run at once at most: the fixed number, max_tasks, or the runs of a job in work at the peak."""
    task = scenario.fargate
    if scenario.workload.kind == "job":
        return np.ceil(traffic.peak_per_s * np.asarray(fargate_handler_s(scenario)))
    return np.asarray(task.tasks if task.scaling == "fixed" else task.max_tasks, np.float64)


def lambda_connections(scenario: Scenario, traffic: Traffic) -> Number:
    """Database connections at the peak: one for each environment; behind RDS Proxy one for each request that waits.

    Assumes: all waiting is for the database, so that this is the most that a proxy's shared connections serve.
    """
    if scenario.workload.rds_proxy == "none":
        return environments_at_peak(scenario, traffic)
    waiting = np.asarray(scenario.workload.duration_s) * (1 - np.asarray(scenario.workload.cpu_share))
    return traffic.peak_per_s * waiting


def fargate_connections(scenario: Scenario, traffic: Traffic) -> Number:
    """Database connections of all tasks' pools together (one connection for each run of a job)."""
    pool = 1.0 if scenario.workload.kind == "job" else scenario.assumed("fargate.db_pool_per_task")
    return most_tasks(scenario, traffic) * np.asarray(pool)


# --- Lambda ---------------------------------------------------------------------------------------


def _lambda_checks(scenario: Scenario, traffic: Traffic) -> Iterator[Check]:
    function, workload = scenario.aws_lambda, scenario.workload
    yield at_most(
        LAMBDA,
        "Handler time, p99",
        handler_p99_s(scenario),
        "lambda.max_duration_s",
        "s",
        "A function is stopped there.",
    )
    needed_mb = np.asarray(workload.memory_base_mb) + np.asarray(workload.memory_per_request_mb)
    yield against(LAMBDA, "Memory", needed_mb, function.memory_mb, "MB", "", "Process and one request.")
    text = "Files of one request; an environment works on one at a time."
    yield against(LAMBDA, "/tmp", workload.scratch_mb, function.ephemeral_mb, "MB", "", text)
    text = "Files and sockets of one request; the limit cannot be raised."
    yield at_most(LAMBDA, "Open files", workload.open_files, "lambda.file_descriptors", "files", text)
    yield from _payload_checks(scenario)
    yield from _front_door_checks(scenario)
    yield from _package_checks(scenario)
    yield from _concurrency_checks(scenario, traffic)
    if workload.db_connections_limit is not None:
        yield against(
            LAMBDA,
            "Database connections at peak",
            lambda_connections(scenario, traffic),
            workload.db_connections_limit,
            "connections",
            "",
            "Each environment opens its own; RDS Proxy lets them share.",
        )


def _payload_checks(scenario: Scenario) -> Iterator[Check]:
    """Request and response in one when answered at once; apart when responses stream or nobody waits for one."""
    workload, function = scenario.workload, scenario.aws_lambda
    request_mb, response_mb = (
        np.asarray(kb) / KB_PER_MB for kb in (workload.request_kb, workload.response_kb)
    )
    if function.invocation == "async":
        text = "Larger goes through S3."
        yield at_most(LAMBDA, "Event size", request_mb, "lambda.payload_async_mb", "MB", text)
        return
    text = "Larger needs streaming or S3."
    if not function.streamed:
        largest = np.maximum(request_mb, response_mb)
        yield at_most(LAMBDA, "Payload", largest, "lambda.payload_sync_mb", "MB", text)
        return
    yield at_most(LAMBDA, "Payload", request_mb, "lambda.payload_sync_mb", "MB", text)
    text = "Larger goes through S3."
    yield at_most(LAMBDA, "Streamed response", response_mb, "lambda.payload_stream_mb", "MB", text)


def _front_door_checks(scenario: Scenario) -> Iterator[Check]:
    """What the front door lets through, in size and in time; a job and an event have none."""
    workload, door = scenario.workload, scenario.aws_lambda.front_door
    if workload.kind == "job" or scenario.aws_lambda.invocation == "async":
        return
    largest_kb = np.maximum(np.asarray(workload.request_kb), np.asarray(workload.response_kb))
    sizes = {
        "http_api": ("HTTP API payload", "api_gateway.http_payload_max_mb"),
        "rest_api": ("REST API payload", "api_gateway.rest_payload_max_mb"),
        "alb": ("Load balancer payload", "elb.lambda_payload_mb"),
    }
    waits = {
        "http_api": ("HTTP API wait, p99", "api_gateway.http_timeout_s"),
        "websocket_api": ("WebSocket API wait, p99", "api_gateway.websocket_timeout_s"),
    }
    if door in sizes:
        name, fact = sizes[door]
        text = "Request or response; larger goes through S3, or past this front door."
        yield at_most(LAMBDA, name, largest_kb / KB_PER_MB, fact, "MB", text)
    if door in waits:
        name, fact = waits[door]
        text = "The front door gives up there; a function URL waits as long as the function runs."
        yield at_most(LAMBDA, name, handler_p99_s(scenario), fact, "s", text)
    if door == "websocket_api":
        text = "Larger goes in several messages, or through S3."
        yield at_most(LAMBDA, "WebSocket message", largest_kb, "api_gateway.websocket_message_kb", "KB", text)


def _package_checks(scenario: Scenario) -> Iterator[Check]:
    function = scenario.aws_lambda
    if function.package == "image":
        text = "The image as the registry holds it."
        yield at_most(LAMBDA, "Image", function.package_mb, "lambda.package_image_mb", "MB", text)
        return
    unzipped = np.asarray(function.package_mb) * np.asarray(scenario.assumed("lambda.unzip_ratio"))
    text = "Code and layers unzipped, estimated from the zip; a container image may hold 10 GB."
    yield at_most(LAMBDA, "Package, unzipped", unzipped, "lambda.package_zip_mb", "MB", text)


def _concurrency_checks(scenario: Scenario, traffic: Traffic) -> Iterator[Check]:
    function = scenario.aws_lambda
    allowed = concurrency_limit(scenario)
    concurrency = traffic.peak_per_s * np.asarray(lambda_handler_s(scenario))
    fact = "lambda.account_concurrency"
    text = "Beyond it callers get 429; the quota can be raised."
    yield against(LAMBDA, "Concurrency at peak", concurrency, allowed, "environments", fact, text)
    reservable = np.asarray(function.account_concurrency) - limit("lambda.unreserved_concurrency")
    if function.reserved_concurrency is not None:
        text = "The rest of the account keeps 100 unreserved."
        fact, reserved = "lambda.unreserved_concurrency", function.reserved_concurrency
        yield against(LAMBDA, "Reserved concurrency", reserved, reservable, "environments", fact, text)
    if np.any(np.asarray(function.provisioned_concurrency) > 0):
        most = reservable if function.reserved_concurrency is None else function.reserved_concurrency
        text, kept = "It comes out of what is reserved.", function.provisioned_concurrency
        yield against(LAMBDA, "Provisioned concurrency", kept, most, "environments", "", text)
    if function.invocation == "sync":
        fact = "lambda.requests_per_s_per_environment"
        text = "Synchronous requests are limited to ten a second per unit of concurrency."
        yield against(
            LAMBDA, "Requests per second", traffic.peak_per_s, allowed * limit(fact), "1/s", fact, text
        )


# --- Fargate --------------------------------------------------------------------------------------


def _fargate_checks(scenario: Scenario, traffic: Traffic) -> Iterator[Check]:
    workload, task = scenario.workload, scenario.fargate
    in_flight = _in_flight_per_task(scenario)
    needed_mb = np.asarray(workload.memory_base_mb) + np.asarray(workload.memory_per_request_mb) * in_flight
    memory_mb = np.asarray(task.memory_gb) * MB_PER_GB
    yield against(FARGATE, "Memory", needed_mb, memory_mb, "MB", "", "Process and requests in flight.")
    stored_gb = (np.asarray(workload.scratch_mb) * in_flight + np.asarray(task.image_mb)) / MB_PER_GB
    text = "Image and files of the requests in flight; 20 GB come with a task, up to 200 GB can be had."
    yield against(FARGATE, "Task storage", stored_gb, task.ephemeral_gb, "GB", "", text)
    files = np.asarray(workload.open_files) * in_flight
    text = "Files and sockets of all requests in flight."
    yield at_most(FARGATE, "Open files", files, "fargate.file_descriptors", "files", text)
    if workload.kind == "service":
        capacity = most_tasks(scenario, traffic) * np.asarray(task_capacity_per_s(scenario))
        text = "More cannot be served, however long the autoscaling has time."
        yield against(FARGATE, "Capacity at most tasks", traffic.peak_per_s, capacity, "1/s", "", text)
    if workload.db_connections_limit is not None:
        yield against(
            FARGATE,
            "Database connections at most tasks",
            fargate_connections(scenario, traffic),
            workload.db_connections_limit,
            "connections",
            "",
            "Every task opens a pool of its own; during a rolling deployment there are up to twice as many.",
        )


def _in_flight_per_task(scenario: Scenario) -> Number:
    """Requests one task works on at full CPU, up to its limit (Little's law); 1 for a job."""
    if scenario.workload.kind == "job":
        return 1.0
    busy = task_capacity_per_s(scenario) * fargate_handler_s(scenario)
    return np.minimum(np.maximum(busy, 1.0), scenario.fargate.requests_in_flight_per_task)


# --- needs ----------------------------------------------------------------------------------------


def _need_checks(scenario: Scenario) -> Iterator[Check]:
    image = scenario.aws_lambda.package == "image"
    websocket = scenario.aws_lambda.front_door == "websocket_api"
    for need in scenario.workload.needs:
        lambda_ok = (need == "custom_os_packages" and image) or (need == "websockets" and websocket)
        text = NEEDS_A_CONTAINER[need].capitalize() + "."
        yield Check(LAMBDA, need.replace("_", " "), lambda_ok, None, None, "", "", text)
        if need == "gpu":
            yield Check(FARGATE, need, False, None, None, "", "", text)
