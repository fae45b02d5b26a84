"""The autoscaling of an ECS service as template resources, with the settings of a scenario."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from model.compute import task_capacity_per_s
from model.deploy.code import GetAtt, Ref, Sub, without_nothing
from model.facts import limit
from model.scaling.policy import tasks_on_target
from model.scenario import Scenario
from model.traffic import HOUR_S, traffic

HOURS_PER_DAY = 24
MINUTE_S = 60
STEPS = (0, 10, 20)  # percentage points above the target where a step policy adds more


def target_value(scenario: Scenario) -> float:
    """The target in the metric's unit: percent of the CPU, or requests a minute and task."""
    task = scenario.fargate
    if task.metric == "cpu":
        return float(task.target_percent)
    return round(float(task.target_percent) / 100 * float(task_capacity_per_s(scenario)) * MINUTE_S, 1)


def hourly_tasks(scenario: Scenario) -> list[int]:
    """Tasks for each hour of the day: what the busiest of the pattern's days needs then."""
    hourly = traffic(scenario).means(HOUR_S)
    days = (
        np.resize(hourly, (max(1, hourly.size // HOURS_PER_DAY), HOURS_PER_DAY))
        if hourly.size > 1
        else hourly
    )
    busiest = np.broadcast_to(days.max(axis=0) if days.ndim > 1 else days, (HOURS_PER_DAY,))
    return [int(tasks) for tasks in tasks_on_target(np.asarray(busiest), scenario)]


def scheduled_hours(scenario: Scenario) -> list[tuple[int, int]]:
    """Hours of the day at which the scheduled number of tasks changes, and the number from then on."""
    tasks = hourly_tasks(scenario)
    changes = [(hour, number) for hour, number in enumerate(tasks) if number != tasks[hour - 1]]
    return changes or [(0, tasks[0])]


def percent_more(scenario: Scenario, step: int) -> int:
    """By how many percent a step policy adds tasks that far above the target: back to the target, rounded up."""
    target = float(scenario.fargate.target_percent)
    return max(1, math.ceil(((target + step) / target - 1) * 100))


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
    policies = {"target_tracking": _target_tracking, "step": _step, "predictive": _predictive}
    more = policies[task.scaling](scenario) if task.scaling in policies else {}
    return {"ScalingTarget": target, **more}


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
    target = float(task.target_percent)
    steps = [
        without_nothing(
            {
                "MetricIntervalLowerBound": low,
                "MetricIntervalUpperBound": high,
                "ScalingAdjustment": percent_more(scenario, (high or low + 10)),
            }
        )
        for low, high in zip(STEPS, (*STEPS[1:], None), strict=True)
    ]
    out = {
        "AdjustmentType": "PercentChangeInCapacity",
        "MinAdjustmentMagnitude": 1,
        "Cooldown": math.ceil(task.scale_out_cooldown_s),
        "MetricAggregationType": "Average",
        "StepAdjustments": steps,
    }
    share = float(scenario.assumed("target_tracking.scale_in_step_share"))
    back = {
        "AdjustmentType": "PercentChangeInCapacity",
        "MinAdjustmentMagnitude": 1,
        "Cooldown": math.ceil(task.scale_in_cooldown_s),
        "MetricAggregationType": "Average",
        "StepAdjustments": [
            {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -max(1, round(share * 100))}
        ],
    }
    low = target * limit("target_tracking.scale_in_share")
    points = int(limit("target_tracking.datapoints_in_at_60_s"))
    return {
        "ScaleOutPolicy": _policy("out", "StepScaling", out),
        "ScaleInPolicy": _policy("in", "StepScaling", back),
        "ScaleOutAlarm": _alarm("ScaleOutPolicy", "GreaterThanThreshold", target, 1),
        "ScaleInAlarm": _alarm("ScaleInPolicy", "LessThanThreshold", low, points),
    }


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
            "ScheduledActionName": f"from-{hour:02d}",
            "Schedule": f"cron(0 {hour} * * ? *)",
            "ScalableTargetAction": {"MinCapacity": number, "MaxCapacity": most},
        }
        for hour, number in scheduled_hours(scenario)
    ]
