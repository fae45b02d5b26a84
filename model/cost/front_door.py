"""What callers talk to: API Gateway and load balancers."""

from __future__ import annotations

import numpy as np

from model.cost.lines import Line, lines_for, price
from model.facts import limit
from model.fields import Number
from model.scenario import Scenario
from model.traffic import HOUR_S, Traffic, requests_per_month

GROUP = "Front door"
DECIMAL_KB_PER_GB = 1e6  # AWS's capacity-unit example counts a GB of 10^9 bytes
MINUTES_PER_HOUR = 60
_ROUNDING = 1e-9
_CAPACITY_UNIT = {
    "alb": ("elb.lcu_new_connections_per_s", "elb.lcu_active_connections", "elb.lcu_gb"),
    "nlb": ("elb.nlcu_tcp_new_flows_per_s", "elb.nlcu_tcp_active_flows", "elb.nlcu_tcp_gb"),
    "nlb_tls": ("elb.nlcu_tls_new_flows_per_s", "elb.nlcu_tls_active_flows", "elb.nlcu_tls_gb"),
}


def lambda_front_door_lines(scenario: Scenario, traffic: Traffic) -> tuple[Line, ...]:
    """The API front door of the function, or its balancer; a function URL costs nothing more, a job has none."""
    door, requests = scenario.aws_lambda.front_door, requests_per_month(scenario)
    if scenario.workload.kind == "job":
        return ()
    if door == "http_api":
        metered = requests * _parts(scenario, "api_gateway.http_metering_kb")
        return _api_lines(scenario, "HTTP API requests", "http_request", metered)
    if door == "rest_api":
        return _api_lines(scenario, "REST API requests", "rest_request", requests)
    if door == "websocket_api":
        return _websocket_lines(scenario, requests)
    if door == "alb":
        return balancer_lines(scenario, traffic, "alb", "elb.lcu_gb_lambda")
    return ()


def fargate_front_door_lines(scenario: Scenario, traffic: Traffic) -> tuple[Line, ...]:
    """The balancer in front of the tasks."""
    kind = scenario.fargate.load_balancer
    if kind == "none" or scenario.workload.kind == "job":
        return ()
    return balancer_lines(scenario, traffic, kind, _CAPACITY_UNIT[_dimensions(scenario, kind)][2])


def balancer_lines(scenario: Scenario, traffic: Traffic, kind: str, gb_fact: str) -> tuple[Line, ...]:
    """Hours and capacity units of one load balancer.

    Args: kind: "alb" or "nlb". gb_fact: fact of the GB an hour one capacity unit processes for this kind of target.
    """
    billing = scenario.billing
    hours = balancer_hours(scenario)
    units = capacity_units(scenario, traffic, kind, gb_fact) * hours
    name = kind.upper()
    return (
        *lines_for(f"{name} hours", GROUP, hours, price(billing, f"elb.{kind}_hour"), billing),
        *lines_for(f"{name} capacity units", GROUP, units, price(billing, f"elb.{kind}_lcu"), billing),
    )


def balancer_hours(scenario: Scenario) -> Number:
    """Billed hours of a balancer that is there all month: a started hour counts whole."""
    step = limit("elb.lcu_hour_rounding_h")
    hours = np.ceil(np.asarray(scenario.billing.hours_per_month) / step - _ROUNDING) * step
    return hours + np.zeros(scenario.shape)


def capacity_units(scenario: Scenario, traffic: Traffic, kind: str, gb_fact: str) -> Number:
    """Mean capacity units an hour: each hour counts its largest dimension.

    Returns: units, scenario shape.
    Source: METHOD.md "Around both"; facts elb.*.
    Assumes: connections are reused, and listener rules processed, as assumed in the facts.
    """
    per_s = traffic.means(HOUR_S)
    connections = per_s / np.asarray(scenario.assumed("elb.requests_per_connection"))[..., None]
    open_s = np.asarray(scenario.assumed("elb.connection_duration_s"))[..., None]
    new_fact, active_fact, _ = _CAPACITY_UNIT[_dimensions(scenario, kind)]
    workload = scenario.workload
    kb = np.asarray(workload.request_kb + workload.response_kb)[..., None]
    dimensions = (
        connections / limit(new_fact),
        connections * open_s / limit(active_fact),
        per_s * HOUR_S * kb / DECIMAL_KB_PER_GB / limit(gb_fact),
        _rule_evaluations_per_s(scenario, per_s) / limit("elb.lcu_rule_evaluations_per_s")
        if kind == "alb"
        else 0.0,
    )
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*dimensions)).mean(axis=-1))


def _dimensions(scenario: Scenario, kind: str) -> str:
    return "nlb_tls" if kind == "nlb" and scenario.fargate.nlb_tls else kind


def _rule_evaluations_per_s(scenario: Scenario, per_s: Number) -> Number:
    paid_rules = np.maximum(np.asarray(scenario.assumed("elb.rules")) - limit("elb.lcu_free_rules"), 0.0)
    return per_s * paid_rules[..., None]


def _api_lines(scenario: Scenario, item: str, id: str, metered: Number) -> tuple[Line, ...]:
    tiers = price(scenario.billing, f"api_gateway.{id}")
    return lines_for(item, GROUP, metered, tiers, scenario.billing)


def _websocket_lines(scenario: Scenario, requests: Number) -> tuple[Line, ...]:
    """A message in and a message out for each request, by started 32 KB, and the minutes of open connections."""
    size = limit("api_gateway.websocket_metering_kb")
    workload = scenario.workload
    each = sum(np.maximum(_started(kb, size), 1.0) for kb in (workload.request_kb, workload.response_kb))
    minutes = np.asarray(workload.open_connections) * np.asarray(scenario.billing.hours_per_month)
    minutes = minutes * MINUTES_PER_HOUR + np.zeros(scenario.shape)
    return (
        *_api_lines(scenario, "WebSocket API messages", "websocket_message", requests * each),
        *_api_lines(scenario, "WebSocket API connection minutes", "websocket_minute", minutes),
    )


def _parts(scenario: Scenario, fact: str) -> Number:
    """How often one request is metered: once for each started part of the larger of request and response."""
    kb = np.maximum(scenario.workload.request_kb, scenario.workload.response_kb)
    return np.maximum(_started(kb, limit(fact)), 1.0)


def _started(kb: Number, size: float) -> Number:
    return np.ceil(np.asarray(kb) / size - _ROUNDING)
