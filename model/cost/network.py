"""Bytes and addresses: egress, NAT, public addresses, interface endpoints, traffic between zones."""

from __future__ import annotations

import numpy as np

from model.cost.lines import Line, as_common, lines_after_free, lines_for, price
from model.fields import Number
from model.scenario import Scenario
from model.traffic import requests_per_month

GROUP = "Network"
KB_PER_GB = 1024.0**2  # AWS counts transfer and logs in GB of 1024^3 bytes
MB_PER_GB = 1024.0
DIRECTIONS = 2  # data between zones is charged going out and coming in


def egress_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Responses sent to the internet with their headers; nothing inside the Region or if there are none."""
    sent = np.asarray(scenario.workload.response_kb)
    kb = np.where(sent > 0, sent + scenario.assumed("network.overhead_kb_per_request"), 0.0)
    share = scenario.assumed("network.public_egress_share") * scenario.workload.internet_facing
    gb = requests_per_month(scenario) * kb * share / KB_PER_GB
    tiers = price(scenario.billing, "network.egress_gb")
    lines = lines_after_free(
        "Data out to internet", GROUP, gb, tiers, "network.free_egress_gb", scenario.billing
    )
    return as_common(lines)


def fargate_network_lines(scenario: Scenario, task_hours: Number, image_pulls: Number) -> tuple[Line, ...]:
    """What the tasks' VPC costs: NAT, addresses of tasks and balancer, interface endpoints, other zones.

    Args: task_hours: billed task-hours. image_pulls: tasks started in the month. Both scenario shape.
    Source: METHOD.md "Around both"; facts network.*.
    Assumes: without interface endpoints logs and image layers pass the NAT gateways; with them logs pass the
        endpoints, and layers the free gateway endpoint of S3.
    """
    task = scenario.fargate
    by_endpoint = np.asarray(task.interface_endpoints) > 0
    logs_gb = _gb(scenario, scenario.workload.log_kb)
    pulled_gb = np.asarray(image_pulls) * np.asarray(task.image_mb) / MB_PER_GB
    own_gb = np.where(by_endpoint, 0.0, logs_gb + pulled_gb)
    balanced = task.load_balancer != "none" and scenario.workload.kind == "service"
    return (
        *nat_lines(scenario, own_gb + _gb(scenario, scenario.workload.outbound_kb), task.nat),
        *_endpoint_lines(scenario, np.where(by_endpoint, logs_gb, 0.0)),
        *address_lines(scenario, task_hours),
        *balancer_address_lines(scenario, balanced),
        *cross_zone_lines(scenario),
    )


def lambda_network_lines(scenario: Scenario) -> tuple[Line, ...]:
    """What the function's network costs: NAT and other zones in a VPC, the balancer's addresses.

    Assumes: code, logs and answers to callers take Lambda's own way and pass no gateway.
    """
    function = scenario.aws_lambda
    balanced = function.front_door == "alb" and scenario.workload.kind == "service"
    in_vpc = cross_zone_lines(scenario) if function.vpc else ()
    outbound_gb = _gb(scenario, scenario.workload.outbound_kb)
    return (
        *nat_lines(scenario, outbound_gb, function.vpc and function.nat),
        *balancer_address_lines(scenario, balanced),
        *in_vpc,
    )


def nat_lines(scenario: Scenario, gb: Number, present: bool) -> tuple[Line, ...]:
    """Hours of one NAT gateway per zone, and the GB they process."""
    if not present:
        return ()
    billing = scenario.billing
    hours, processed = _zone_hours(scenario), np.asarray(gb) + np.zeros(scenario.shape)
    return (
        *lines_for("NAT gateway hours", GROUP, hours, price(billing, "network.nat_hour"), billing),
        *lines_for("NAT gateway data", GROUP, processed, price(billing, "network.nat_gb"), billing),
    )


def address_lines(scenario: Scenario, task_hours: Number) -> tuple[Line, ...]:
    """Public IPv4 addresses of the tasks."""
    if not scenario.fargate.public_ip:
        return ()
    tiers = price(scenario.billing, "network.public_ipv4_hour")
    return lines_for("Public IPv4 addresses of tasks", GROUP, task_hours, tiers, scenario.billing)


def balancer_address_lines(scenario: Scenario, present: bool) -> tuple[Line, ...]:
    """Public IPv4 addresses of an internet-facing load balancer: one per zone."""
    if not present or not scenario.workload.internet_facing:
        return ()
    tiers = price(scenario.billing, "network.public_ipv4_hour")
    name = "Public IPv4 addresses of the load balancer"
    return lines_for(name, GROUP, _zone_hours(scenario), tiers, scenario.billing)


def cross_zone_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Data exchanged with another zone, paid in both directions."""
    gb = DIRECTIONS * _gb(scenario, scenario.workload.cross_zone_kb)
    tiers = price(scenario.billing, "network.cross_az_gb")
    return lines_for("Data between Availability Zones", GROUP, gb, tiers, scenario.billing)


def _endpoint_lines(scenario: Scenario, gb: Number) -> tuple[Line, ...]:
    billing = scenario.billing
    hours = np.asarray(scenario.fargate.interface_endpoints) * _zone_hours(scenario)
    by_hour, by_gb = (
        price(billing, "network.interface_endpoint_hour"),
        price(billing, "network.interface_endpoint_gb"),
    )
    return (
        *lines_for("Interface endpoint hours", GROUP, hours, by_hour, billing),
        *lines_for("Interface endpoint data", GROUP, gb + np.zeros(scenario.shape), by_gb, billing),
    )


def _zone_hours(scenario: Scenario) -> Number:
    hours = np.asarray(scenario.fargate.availability_zones) * np.asarray(scenario.billing.hours_per_month)
    return hours + np.zeros(scenario.shape)


def _gb(scenario: Scenario, kb: Number) -> Number:
    """A month of so many KB per request, GB."""
    return requests_per_month(scenario) * np.asarray(kb) / KB_PER_GB
