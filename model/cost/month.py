"""The whole month: which lines stand on which bill."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.cost.aws_lambda import LambdaUsage, lambda_lines
from model.cost.fargate import fargate_lines
from model.cost.front_door import fargate_front_door_lines, lambda_front_door_lines
from model.cost.lines import Bill, Line
from model.cost.managed_instances import instance_hours, managed_instances_lines
from model.cost.monitoring import (
    fargate_log_lines,
    fargate_metric_lines,
    lambda_log_lines,
    metric_lines,
    trace_lines,
)
from model.cost.network import egress_lines, fargate_network_lines, lambda_network_lines
from model.cost.services import common_service_lines, fargate_service_lines, lambda_service_lines
from model.fields import Number
from model.scenario import Scenario
from model.traffic import Traffic

Array = NDArray[np.float64]


def lambda_bill(scenario: Scenario, arriving: Traffic, usage: LambdaUsage) -> Bill:
    """The function and what it needs around it."""
    return _bill(scenario, (*lambda_lines(scenario, usage), *_around_lambda(scenario, arriving)))


def managed_instances_bill(scenario: Scenario, arriving: Traffic) -> Bill:
    """The function on Managed Instances and what it needs around it."""
    lines = managed_instances_lines(scenario, instance_hours(scenario, arriving))
    return _bill(scenario, (*lines, *_around_lambda(scenario, arriving)))


def fargate_bill(
    scenario: Scenario, arriving: Traffic, task_hours: Number, image_pulls: Number, hourly: Array
) -> Bill:
    """The tasks and what they need around them.

    Args: task_hours, image_pulls: a month's; hourly: course of the task-hours, any scale, time last.
    """
    tasks_mean = task_hours / np.asarray(scenario.billing.hours_per_month)
    lines = (
        *fargate_lines(scenario, task_hours, hourly),
        *fargate_front_door_lines(scenario, arriving),
        *fargate_network_lines(scenario, task_hours, image_pulls),
        *fargate_log_lines(scenario),
        *fargate_metric_lines(scenario, tasks_mean),
        *fargate_service_lines(scenario),
    )
    return _bill(scenario, lines)


def _around_lambda(scenario: Scenario, arriving: Traffic) -> tuple[Line, ...]:
    return (
        *lambda_front_door_lines(scenario, arriving),
        *lambda_network_lines(scenario),
        *lambda_log_lines(scenario),
        *lambda_service_lines(scenario),
    )


def _bill(scenario: Scenario, own: tuple[Line, ...]) -> Bill:
    """A platform's lines and the common ones, or without all that is common."""
    lines = (
        *own,
        *egress_lines(scenario),
        *metric_lines(scenario),
        *trace_lines(scenario),
        *common_service_lines(scenario),
    )
    wanted = scenario.billing.common_costs
    return Bill(tuple(line for line in lines if wanted or not line.common))
