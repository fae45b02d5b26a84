"""Services beside the compute that the workload uses: database proxy, queue, workflow, image registry."""

from __future__ import annotations

import numpy as np

from model.cost.lines import Line, as_common, lines_after_free, lines_for, price
from model.facts import limit
from model.fields import Number
from model.scenario import Scenario
from model.traffic import requests_per_month

GROUP = "Services"
MB_PER_GB = 1024.0
_ROUNDING = 1e-9


def common_service_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Queue and workflow, and the proxy where both platforms use it."""
    proxy = proxy_lines(scenario) if scenario.workload.rds_proxy == "both" else ()
    return as_common((*queue_lines(scenario), *workflow_lines(scenario), *proxy))


def lambda_service_lines(scenario: Scenario) -> tuple[Line, ...]:
    """The proxy where only the function needs it, and its image in the registry."""
    function = scenario.aws_lambda
    proxy = proxy_lines(scenario) if scenario.workload.rds_proxy == "aws_lambda" else ()
    kept = np.asarray(scenario.fargate.images_kept)
    image = _registry_lines(scenario, function.package_mb * kept) if function.package == "image" else ()
    return (*proxy, *image)


def fargate_service_lines(scenario: Scenario) -> tuple[Line, ...]:
    """The task's images in the registry."""
    return _registry_lines(
        scenario, np.asarray(scenario.fargate.image_mb) * np.asarray(scenario.fargate.images_kept)
    )


def proxy_lines(scenario: Scenario) -> tuple[Line, ...]:
    """RDS Proxy, by the hour and vCPU of the database, two at least."""
    vcpu = np.maximum(np.asarray(scenario.workload.database_vcpu), limit("rds_proxy.min_vcpu"))
    hours = vcpu * np.asarray(scenario.billing.hours_per_month) + np.zeros(scenario.shape)
    return lines_for(
        "RDS Proxy", GROUP, hours, price(scenario.billing, "rds_proxy.vcpu_hour"), scenario.billing
    )


def queue_lines(scenario: Scenario) -> tuple[Line, ...]:
    """SQS requests: some for each message, by started 64 KB."""
    if not scenario.workload.queue:
        return ()
    chunks = np.ceil(np.asarray(scenario.workload.request_kb) / limit("sqs.chunk_kb") - _ROUNDING)
    calls = requests_per_month(scenario) * scenario.assumed("sqs.calls_per_message") * np.maximum(chunks, 1.0)
    tiers = price(scenario.billing, "sqs.request", "standard")
    return lines_after_free("SQS requests", GROUP, calls, tiers, "sqs.free_requests", scenario.billing)


def workflow_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Step Functions, standard workflows."""
    transitions = requests_per_month(scenario) * np.asarray(scenario.workload.step_functions_transitions)
    tiers = price(scenario.billing, "step_functions.transition")
    name, free = "Step Functions state transitions", "step_functions.free_transitions"
    return lines_after_free(name, GROUP, transitions, tiers, free, scenario.billing)


def _registry_lines(scenario: Scenario, stored_mb: Number) -> tuple[Line, ...]:
    gb = stored_mb / MB_PER_GB + np.zeros(scenario.shape)
    return lines_for(
        "ECR storage", GROUP, gb, price(scenario.billing, "ecr.storage_gb_month"), scenario.billing
    )
