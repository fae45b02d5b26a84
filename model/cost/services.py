"""Services beside the compute that the workload uses: database proxy, queue, workflow, image registry."""

from __future__ import annotations

import numpy as np

from model.cost.lines import Line, as_common, lines_after_free, lines_for, price
from model.facts import limit
from model.fields import Number
from model.scenario import Scenario
from model.traffic import HOUR_S, requests_per_month

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
    """Step Functions: transitions of standard workflows, or requests and duration of express ones."""
    if scenario.workload.step_functions_type == "express":
        return _express_lines(scenario)
    transitions = requests_per_month(scenario) * np.asarray(scenario.workload.step_functions_transitions)
    tiers = price(scenario.billing, "step_functions.transition")
    name, free = "Step Functions state transitions", "step_functions.free_transitions"
    return lines_after_free(name, GROUP, transitions, tiers, free, scenario.billing)


def _express_lines(scenario: Scenario) -> tuple[Line, ...]:
    """One express workflow per request: itself, and its time by started 100 ms and 64 MB."""
    workload, billing = scenario.workload, scenario.billing
    runs = requests_per_month(scenario)
    lasting_s = workload.duration_s if workload.express_duration_s is None else workload.express_duration_s
    billed_s = _rounded_up(lasting_s, limit("step_functions.express_rounding_s"))
    billed_mb = _rounded_up(workload.express_memory_mb, limit("step_functions.express_rounding_mb"))
    gb_hours = runs * billed_s * billed_mb / MB_PER_GB / HOUR_S + np.zeros(scenario.shape)
    return (
        *lines_for(
            "Step Functions express requests",
            GROUP,
            runs + np.zeros(scenario.shape),
            price(billing, "step_functions.express_request"),
            billing,
        ),
        *lines_for(
            "Step Functions express duration",
            GROUP,
            gb_hours,
            price(billing, "step_functions.express_duration"),
            billing,
        ),
    )


def _rounded_up(value: Number, step: float) -> Number:
    """To whole steps; 0.3 / 0.1 is 3, whatever binary fractions say."""
    return np.asarray(np.ceil(np.asarray(value) / step - _ROUNDING) * step)


def _registry_lines(scenario: Scenario, stored_mb: Number) -> tuple[Line, ...]:
    gb = stored_mb / MB_PER_GB + np.zeros(scenario.shape)
    return lines_for(
        "ECR storage", GROUP, gb, price(scenario.billing, "ecr.storage_gb_month"), scenario.billing
    )
