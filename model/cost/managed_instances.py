"""Lambda Managed Instances: the same function on EC2 instances that Lambda runs for you, several requests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.compute import computing_s, cpu_work_vcpu_s, waiting_s
from model.cost.lines import Line, lines_for, price
from model.facts import InstanceSize, limit, load_instance_sizes
from model.fields import Number
from model.scenario import Scenario
from model.traffic import Traffic, requests_per_month

Array = NDArray[np.float64]

GROUP = "Lambda Managed Instances"
GB_MB = 1024.0
_ROUNDING = 1e-9


def instances_needed(scenario: Scenario, traffic: Traffic) -> Array:
    """Instances in each step of the traffic: by CPU at the target utilisation, by environments' memory, three at least.

    Returns: instances, traffic's shape.
    Source: METHOD.md "Lambda Managed Instances"; facts lambda.managed_instances_*, managed_instances.*.
    Assumes: instances follow the traffic within a step; an environment has the function's memory (2 GB at least)
        and its share of the instance's vCPUs (one at least).
    """
    size = load_instance_sizes()[scenario.aws_lambda.managed_instance_type]
    speed = np.asarray(scenario.assumed("compute.arm64_speed") if size.architecture == "arm64" else 1.0)
    target = np.asarray(scenario.assumed("managed_instances.target_utilisation"))
    cpu = traffic.per_s * (cpu_work_vcpu_s(scenario.workload) / speed / size.vcpu / target)[..., None]
    memory_gb = _environment_gb(scenario)
    per_instance = np.minimum(
        np.floor(size.memory_gb / memory_gb), size.vcpu / limit("lambda.managed_instances_min_vcpu")
    )
    at_once = np.asarray(scenario.assumed("managed_instances.requests_per_environment"))
    busy = traffic.per_s * np.asarray(_handler_s(scenario, size, speed))[..., None]
    environments = np.ceil(busy / at_once[..., None] - _ROUNDING)
    by_memory = np.ceil(environments / np.maximum(per_instance, 1.0)[..., None] - _ROUNDING)
    least = limit("lambda.managed_instances_min")
    return np.maximum(np.maximum(np.ceil(cpu - _ROUNDING), by_memory), least)


def instance_hours(scenario: Scenario, traffic: Traffic) -> Number:
    """Instance-hours a month, scenario shape."""
    mean = instances_needed(scenario, traffic).mean(axis=-1)
    return np.asarray(mean * np.asarray(scenario.billing.hours_per_month))


def managed_instances_lines(scenario: Scenario, hours: Number) -> tuple[Line, ...]:
    """Requests, EC2 instances and the management fee; there is no charge for duration.

    Args: hours: instance-hours a month, scenario shape.
    Returns: lines of scenario shape, USD a month; prices are known for us-east-1 only.
    Source: METHOD.md "Lambda Managed Instances"; facts lambda.managed_instances_*, ec2.instance_hour.
    """
    billing, kind = scenario.billing, scenario.aws_lambda.managed_instance_type
    by_request = price(billing, "lambda.managed_instances_request")
    by_hour, fee = (
        price(billing, "ec2.instance_hour", kind),
        price(billing, "lambda.managed_instances_fee_hour", kind),
    )
    requests = requests_per_month(scenario) + np.zeros(scenario.shape)
    return (
        *lines_for("Requests (Managed Instances)", GROUP, requests, by_request, billing),
        *lines_for(f"EC2 instances ({kind})", GROUP, hours, by_hour, billing),
        *lines_for(f"Management fee, 15 % of EC2 On-Demand ({kind})", GROUP, hours, fee, billing),
    )


def _environment_gb(scenario: Scenario) -> Array:
    least = limit("lambda.managed_instances_memory_min_mb")
    return np.asarray(np.maximum(np.asarray(scenario.aws_lambda.memory_mb), least) / GB_MB)


def _handler_s(scenario: Scenario, size: InstanceSize, speed: Array) -> Number:
    """A request alone on an environment that may use the whole instance, s."""
    return waiting_s(scenario.workload) + computing_s(scenario.workload, size.vcpu, speed)
