"""The autoscaling of an ECS service as template resources, with the settings of a scenario."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from model.compute import task_capacity_per_s
from model.deploy.code import GetAtt, Ref, Sub, without_nothing
from model.facts import limit
from model.scaling.policy import target_share, tasks_on_target
from model.scaling.task_start import start_quantile_s
from model.scenario import Scenario
from model.traffic import HOUR_S, traffic

HOURS_PER_DAY = 24
MINUTE_S = 60
DAY_MINUTES = 1440


def target_value(scenario: Scenario) -> float:
    """The target in the metric's unit: percent of the CPU, or requests a minute and task."""
    if scenario.fargate.metric == "cpu":
        return float(scenario.fargate.target_percent)
    return round(float(target_share(scenario)) * float(task_capacity_per_s(scenario)) * MINUTE_S, 1)


def hourly_tasks(scenario: Scenario) -> list[int]:
    """The schedule's fewest tasks for each hour of the day: what the busiest of the pattern's days needs then.

    With scheduled_min_tasks: that number in hours above the mean, min_tasks in the others.
    """
    hourly = traffic(scenario).means(HOUR_S)
    days = hourly.size // HOURS_PER_DAY
    busiest = (
        hourly[: days * HOURS_PER_DAY].reshape(days, HOURS_PER_DAY).max(axis=0) if days else hourly.max()
    )
    needed = tasks_on_target(np.broadcast_to(busiest, (HOURS_PER_DAY,)), scenario)
    own = scenario.fargate.scheduled_min_tasks
    if own is not None:
        usual = tasks_on_target(hourly.mean(keepdims=True), scenario)
        needed = np.where(
            needed > usual, np.maximum(own, scenario.fargate.min_tasks), scenario.fargate.min_tasks
        )
    return [int(tasks) for tasks in needed]


def lead_min(scenario: Scenario) -> int:
    """How many whole minutes ahead of its hour the schedule acts: as set, or one task start and a minute."""
    lead_s = scenario.fargate.schedule_lead_s
    if lead_s is None:
        lead_s = start_quantile_s(scenario, 0.99, log_sd=limit("task_start.batch_log_sd")) + MINUTE_S
    return int(math.ceil(float(lead_s) / MINUTE_S))


def scheduled_changes(scenario: Scenario) -> list[tuple[int, int, int]]:
    """Hour and minute of the day at which the schedule changes the fewest tasks, and their number from then on."""
    tasks = hourly_tasks(scenario)
    changes = [(hour, number) for hour, number in enumerate(tasks) if number != tasks[hour - 1]]
    ahead = lead_min(scenario)
    found = []
    for hour, number in changes or [(0, tasks[0])]:
        early = ahead if number >= tasks[hour - 1] else 0  # tasks go when their hour is over, not before
        minute = (hour * MINUTE_S - early) % DAY_MINUTES
        found.append((minute // MINUTE_S, minute % MINUTE_S, number))
    return found


def step_adjustment(scenario: Scenario) -> str:
    """AWS's word for how a step policy changes the number of tasks."""
    return "PercentChangeInCapacity" if scenario.fargate.step_type == "percent" else "ChangeInCapacity"


def out_steps(scenario: Scenario) -> list[tuple[float, float | None, int]]:
    """Scale-out steps: from and to how far above the target, in points, and by how much."""
    task = scenario.fargate
    bound = float(task.step_bound_percent)
    small, large = round(float(task.step_small)), round(float(task.step_large))
    return [(0.0, bound, small), (bound, None, large)] if bound > 0 else [(0.0, None, large)]


def scaling_resources(scenario: Scenario) -> dict[str, Any]:
    """The scalable target and its policies; nothing for a fixed number of tasks."""
    task = scenario.fargate
    if task.scaling == "fixed":
        return {}
    actions = _scheduled_actions(scenario) if task.scaling == "scheduled" else []
    target = {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": without_nothing(
            {
                "ServiceNamespace": "ecs",
                "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": Sub("service/${Cluster}/${Service.Name}"),
                "MinCapacity": int(task.min_tasks),
                "MaxCapacity": int(task.max_tasks),
                "ScheduledActions": actions,
            }
        ),
    }
    policies = {"step": _step, "predictive": _predictive}
    return {"ScalingTarget": target, **policies.get(task.scaling, _target_tracking)(scenario)}


def _policy(name: str, type: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "PolicyName": name,
            "PolicyType": type,
            "ScalingTargetId": Ref("ScalingTarget"),
            f"{type}PolicyConfiguration": settings,
        },
    }


def _target_tracking(scenario: Scenario) -> dict[str, Any]:
    task = scenario.fargate
    if task.metric == "cpu" or task.load_balancer != "alb":
        metric: dict[str, Any] = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        value = float(task.target_percent)
    else:
        label = Sub("${Balancer.LoadBalancerFullName}/${TargetGroup.TargetGroupFullName}")
        metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
        value = target_value(scenario)
    settings = {
        "PredefinedMetricSpecification": metric,
        "TargetValue": value,
        "ScaleOutCooldown": math.ceil(task.scale_out_cooldown_s),
        "ScaleInCooldown": math.ceil(task.scale_in_cooldown_s),
    }
    return {"ScalingPolicy": _policy("on-target", "TargetTrackingScaling", settings)}


def _step(scenario: Scenario) -> dict[str, Any]:
    task = scenario.fargate
    steps = [
        without_nothing(
            {"MetricIntervalLowerBound": low, "MetricIntervalUpperBound": high, "ScalingAdjustment": change}
        )
        for low, high, change in out_steps(scenario)
    ]
    back = [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -round(float(task.step_in))}]
    points = int(limit("target_tracking.datapoints_in_at_60_s"))
    below, target = float(task.step_in_below_percent), float(task.target_percent)
    return {
        "ScaleOutPolicy": _policy(
            "out", "StepScaling", _step_settings(scenario, steps, task.scale_out_cooldown_s)
        ),
        "ScaleInPolicy": _policy(
            "in", "StepScaling", _step_settings(scenario, back, task.scale_in_cooldown_s)
        ),
        "ScaleOutAlarm": _alarm("ScaleOutPolicy", "GreaterThanThreshold", target, int(task.step_datapoints)),
        "ScaleInAlarm": _alarm("ScaleInPolicy", "LessThanThreshold", below, points),
    }


def _step_settings(scenario: Scenario, steps: list[dict[str, Any]], cooldown_s: Any) -> dict[str, Any]:
    percent = scenario.fargate.step_type == "percent"
    return without_nothing(
        {
            "AdjustmentType": step_adjustment(scenario),
            "MinAdjustmentMagnitude": 1 if percent else None,
            "Cooldown": math.ceil(cooldown_s),
            "MetricAggregationType": "Average",
            "StepAdjustments": steps,
        }
    )


def _alarm(policy: str, comparison: str, threshold: float, points: int) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Dimensions": [
                {"Name": "ClusterName", "Value": Ref("Cluster")},
                {"Name": "ServiceName", "Value": GetAtt("Service.Name")},
            ],
            "Statistic": "Average",
            "Period": MINUTE_S,
            "EvaluationPeriods": points,
            "ComparisonOperator": comparison,
            "Threshold": round(threshold, 2),
            "AlarmActions": [Ref(policy)],
        },
    }


def _predictive(scenario: Scenario) -> dict[str, Any]:
    settings = {
        "MetricSpecifications": [
            {
                "TargetValue": float(scenario.fargate.target_percent),
                "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"},
            }
        ],
        "Mode": "ForecastAndScale",
    }
    return {
        "ForecastPolicy": _policy("forecast", "PredictiveScaling", settings),
        **_target_tracking(scenario),
    }


def _scheduled_actions(scenario: Scenario) -> list[dict[str, Any]]:
    most = int(scenario.fargate.max_tasks)
    return [
        {
            "ScheduledActionName": f"from-{hour:02d}-{minute:02d}",
            "Schedule": f"cron({minute} {hour} * * ? *)",
            "ScalableTargetAction": {"MinCapacity": tasks, "MaxCapacity": max(most, tasks)},
        }
        for hour, minute, tasks in scheduled_changes(scenario)
    ]
