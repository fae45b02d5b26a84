"""What both platforms need around the compute: front door, addresses, NAT, logs, egress."""

from __future__ import annotations

import numpy as np

from model.cost.lines import Line, lines_after_free, lines_for, price
from model.facts import limit
from model.fields import Number
from model.scenario import Scenario
from model.traffic import HOUR_S, Traffic, requests_per_month

KB_PER_GB = 1024.0**2  # AWS counts transfer and logs in GB of 1024^3 bytes,
DECIMAL_KB_PER_GB = 1e6  # but its own capacity-unit example in GB of 10^9
_CAPACITY_UNIT = {
    "alb": ("elb.lcu_new_connections_per_s", "elb.lcu_active_connections", "elb.lcu_gb"),
    "nlb": ("elb.nlcu_tcp_new_flows_per_s", "elb.nlcu_tcp_active_flows", "elb.nlcu_tcp_gb"),
}
FRONT, LOGS, NETWORK = "Front door", "Logs", "Network"


def lambda_front_door_lines(scenario: Scenario, traffic: Traffic) -> tuple[Line, ...]:
    """The API front door of the function: HTTP API, REST API or a balancer; a function URL costs nothing more."""
    door = scenario.aws_lambda.front_door
    if door == "http_api":
        return _api_lines(
            scenario, "HTTP API requests", "api_gateway.http_request", _metered_requests(scenario)
        )
    if door == "rest_api":
        return _api_lines(
            scenario, "REST API requests", "api_gateway.rest_request", requests_per_month(scenario)
        )
    if door == "alb" and scenario.workload.kind != "job":
        return balancer_lines(scenario, traffic, "alb", "elb.lcu_gb_lambda")
    return ()


def fargate_front_door_lines(scenario: Scenario, traffic: Traffic) -> tuple[Line, ...]:
    """The balancer in front of the tasks."""
    kind = scenario.fargate.load_balancer
    if kind == "none" or scenario.workload.kind == "job":
        return ()
    return balancer_lines(scenario, traffic, kind, _CAPACITY_UNIT[kind][2])


def balancer_lines(scenario: Scenario, traffic: Traffic, kind: str, gb_fact: str) -> tuple[Line, ...]:
    """Hours and capacity units of one load balancer.

    Args: kind: "alb" or "nlb". gb_fact: fact of the GB an hour one capacity unit processes for this kind of target.
    """
    billing = scenario.billing
    hours = np.asarray(billing.hours_per_month) + np.zeros(scenario.shape)
    units = capacity_units(scenario, traffic, kind, gb_fact) * hours
    name = kind.upper()
    return (
        *lines_for(f"{name} hours", FRONT, hours, price(billing, f"elb.{kind}_hour"), billing),
        *lines_for(f"{name} capacity units", FRONT, units, price(billing, f"elb.{kind}_lcu"), billing),
    )


def capacity_units(scenario: Scenario, traffic: Traffic, kind: str, gb_fact: str) -> Number:
    """Mean capacity units an hour: each hour counts its largest dimension.

    Returns: units, scenario shape.
    Source: METHOD.md "Around both"; facts elb.*.
    Assumes: connections are reused, and listener rules processed, as assumed in the facts.
    """
    per_s = _hourly(traffic)
    connections = per_s / np.asarray(scenario.assumed("elb.requests_per_connection"))[..., None]
    open_s = np.asarray(scenario.assumed("elb.connection_duration_s"))[..., None]
    new_fact, active_fact, _ = _CAPACITY_UNIT[kind]
    workload = scenario.workload
    gb = (
        per_s * HOUR_S * np.asarray(workload.request_kb + workload.response_kb)[..., None] / DECIMAL_KB_PER_GB
    )
    dimensions = (
        connections / limit(new_fact),
        connections * open_s / limit(active_fact),
        gb / limit(gb_fact),
        _rule_evaluations_per_s(scenario, per_s) / limit("elb.lcu_rule_evaluations_per_s")
        if kind == "alb"
        else 0.0,
    )
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*dimensions)).mean(axis=-1))


def _rule_evaluations_per_s(scenario: Scenario, per_s: Number) -> Number:
    paid_rules = np.maximum(np.asarray(scenario.assumed("elb.rules")) - limit("elb.lcu_free_rules"), 0.0)
    return per_s * paid_rules[..., None]


def log_lines(scenario: Scenario, price_id: str, extra_kb: Number) -> tuple[Line, ...]:
    """Log ingestion: what the handler writes plus what the platform adds; nothing if logging is off (log_kb = 0)."""
    written = np.asarray(scenario.workload.log_kb)
    kb = np.where(written > 0, written + extra_kb, 0.0)
    gb = requests_per_month(scenario) * kb / KB_PER_GB
    tiers = price(scenario.billing, price_id)
    return lines_after_free("Log ingestion", LOGS, gb, tiers, "cloudwatch.free_log_gb", scenario.billing)


def egress_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Responses sent to the internet with their headers; nothing if there are none (response_kb = 0)."""
    sent = np.asarray(scenario.workload.response_kb)
    kb = np.where(sent > 0, sent + scenario.assumed("network.overhead_kb_per_request"), 0.0)
    gb = requests_per_month(scenario) * kb * scenario.assumed("network.public_egress_share") / KB_PER_GB
    tiers = price(scenario.billing, "network.egress_gb")
    return lines_after_free(
        "Data out to internet", NETWORK, gb, tiers, "network.free_egress_gb", scenario.billing
    )


def nat_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Hours of one NAT gateway per zone."""
    if not scenario.fargate.nat:
        return ()
    billing = scenario.billing
    hours = np.asarray(scenario.fargate.availability_zones) * np.asarray(billing.hours_per_month)
    tiers = price(billing, "network.nat_hour")
    return lines_for("NAT gateway hours", NETWORK, hours + np.zeros(scenario.shape), tiers, billing)


def address_lines(scenario: Scenario, task_hours: Number) -> tuple[Line, ...]:
    """Public IPv4 addresses of the tasks."""
    if not scenario.fargate.public_ip:
        return ()
    tiers = price(scenario.billing, "network.public_ipv4_hour")
    return lines_for("Public IPv4 addresses of tasks", NETWORK, task_hours, tiers, scenario.billing)


def _api_lines(scenario: Scenario, item: str, price_id: str, metered: Number) -> tuple[Line, ...]:
    return lines_for(item, FRONT, metered, price(scenario.billing, price_id), scenario.billing)


def _metered_requests(scenario: Scenario) -> Number:
    """HTTP API requests as metered: one for each started 512 KB of the larger of request and response."""
    workload = scenario.workload
    kb = np.maximum(workload.request_kb, workload.response_kb)
    return requests_per_month(scenario) * np.maximum(np.ceil(kb / limit("api_gateway.http_metering_kb")), 1.0)


def _hourly(traffic: Traffic) -> Number:
    """Arrival rates averaged over whole hours, 1/s, time last."""
    steps = max(1, round(HOUR_S / traffic.step_s))
    starts = np.arange(0, traffic.per_s.shape[-1], steps)
    sizes = np.diff(np.append(starts, traffic.per_s.shape[-1]))
    return np.asarray(np.add.reduceat(traffic.per_s, starts, axis=-1) / sizes)
