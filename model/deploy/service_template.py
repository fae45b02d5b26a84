"""The ECS service (or the job's task) of a scenario as a CloudFormation template."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from model.deploy.code import (
    BALANCER_PARAMETERS,
    HAS_CERTIFICATE,
    VPC_PARAMETERS,
    WRITE_TRACES,
    Code,
    GetAtt,
    Ref,
    Sub,
    allow,
    balancer,
    listener,
    log_group,
    parameter,
    role,
    security_group,
    without_nothing,
    write_logs,
    yaml_text,
)
from model.deploy.ecs_rollout import BLUE_GREEN, CANARY, LINEAR, ROLLING
from model.deploy.function_template import schedule
from model.deploy.rollouts import Plan
from model.deploy.service_scaling import scaling_resources
from model.facts import limit
from model.scenario import Scenario

CPU_UNITS = 1024
MB_PER_GB = 1024
MINUTE_S = 60
CHECK_TIMEOUT_S = 5  # ELB's own; a shorter interval needs a shorter one
FEWEST_CHECKS = 2  # passing checks that ELB asks of a target that was unhealthy: the fewest it allows
WINDOWS = "WINDOWS_SERVER_2022_CORE"
WEIGHTS_OF = 20  # Spot shares are rounded to so many parts
PORT = 8080


def service_template(scenario: Scenario, strategy: str = ROLLING, plan: Plan | None = None) -> Code:
    """The service with its balancer, scaling, roles and logs; for a job its task and schedule.

    Args: scenario: plain. strategy: rolling, blue_green, canary or linear; all but rolling need an
        Application Load Balancer. plan: percentages and bake time.
    Returns: Code; cfn-lint finds no fault with it.
    Source: METHOD.md "Infrastructure code".
    Leaves out: the VPC with its NAT gateways and endpoints, the image registry, database, queue and workflow.
    """
    plan = plan or Plan()
    if scenario.fargate.load_balancer != "alb":
        strategy = ROLLING
    job = scenario.workload.kind == "job"
    notes = service_notes(scenario)
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A job on ECS with Fargate" if job else "A service on ECS with Fargate",
        "Parameters": _parameters(scenario),
    }
    if is_balanced(scenario):
        template["Conditions"] = HAS_CERTIFICATE
    template["Resources"] = {
        "Cluster": _cluster(scenario),
        **({"Logs": log_group("/ecs/${AWS::StackName}", scenario)} if has_logs(scenario) else {}),
        "PullRole": role("ecs-tasks.amazonaws.com", _pull_permissions(scenario)),
        "TaskRole": role("ecs-tasks.amazonaws.com", [WRITE_TRACES] if has_traces(scenario) else []),
        "Task": _task(scenario),
        "TaskGroup": _task_group(scenario),
        **(_job(scenario) if job else _service(scenario, strategy, plan)),
    }
    return Code("fargate-template.yaml", "yaml", yaml_text(template, scenario, notes), notes)


def is_balanced(scenario: Scenario) -> bool:
    return scenario.workload.kind == "service" and scenario.fargate.load_balancer != "none"


def has_logs(scenario: Scenario) -> bool:
    return float(scenario.workload.log_kb) > 0


def has_traces(scenario: Scenario) -> bool:
    return float(scenario.workload.xray_share) > 0


def tasks_at_first(scenario: Scenario) -> int:
    """Tasks the service starts with: the fixed number, or the fewest."""
    task = scenario.fargate
    return int(task.tasks if task.scaling == "fixed" else task.min_tasks)


def provider_weights(scenario: Scenario) -> dict[str, int]:
    """Weights of On-Demand and Spot in the capacity provider strategy; the share to the nearest twentieth."""
    spot = Fraction(round(float(scenario.fargate.spot_share) * WEIGHTS_OF), WEIGHTS_OF)
    weights = {"FARGATE": spot.denominator - spot.numerator, "FARGATE_SPOT": spot.numerator}
    return {name: weight for name, weight in weights.items() if weight}


def grace_s(scenario: Scenario) -> int:
    """How long failed health checks are forgiven after a start: the app's boot and one interval."""
    return math.ceil(float(scenario.fargate.boot_s) + float(scenario.fargate.health_check_interval_s))


def check_timeout_s(scenario: Scenario) -> int:
    """The health check's timeout, shorter than its interval."""
    return min(CHECK_TIMEOUT_S, int(scenario.fargate.health_check_interval_s) - 1)


def service_notes(scenario: Scenario) -> tuple[str, ...]:
    """What the code cannot hold, one sentence each."""
    workload, task = scenario.workload, scenario.fargate
    notes = ["The VPC, its subnets, NAT gateways and endpoints are yours; give them as parameters."]
    if float(task.metric_period_s) < limit("target_tracking.metric_period_s") and task.scaling != "fixed":
        notes.append("20-second metrics are switched on at the service once it is there.")
    if float(task.spot_share) > 0:
        notes.append("Spot tasks get two minutes' warning and are not replaced by On-Demand ones.")
    if task.metric == "requests_per_target" and task.load_balancer != "alb":
        notes.append(
            "Requests per target need an Application Load Balancer; the policy follows the CPU instead."
        )
    if task.scaling == "scheduled":
        notes.append("The schedule is that of the modelled traffic's busiest day, in UTC.")
    workflow = workload.step_functions_type == "express" or float(workload.step_functions_transitions) > 0
    if workload.queue or workload.rds_proxy == "both" or workflow:
        notes.append("Queue, workflow, database and proxy are not in here.")
    return tuple(notes)


def _parameters(scenario: Scenario) -> dict[str, Any]:
    image = {
        "Repository": parameter("Name of the ECR repository that holds the image"),
        "ImageTag": parameter("Tag of the image", Default="latest"),
    }
    if scenario.workload.kind == "job":
        return {**image, **VPC_PARAMETERS}
    app = {
        "ContainerPort": parameter(
            "Port the app listens on", "Number", Default=PORT, MinValue=1, MaxValue=65535
        ),
        "HealthPath": parameter("Path of the health check", Default="/health"),
    }
    if not is_balanced(scenario):
        app.pop("HealthPath")
    return {**image, **app, **VPC_PARAMETERS, **(BALANCER_PARAMETERS if is_balanced(scenario) else {})}


def _cluster(scenario: Scenario) -> dict[str, Any]:
    insights = "enhanced" if scenario.fargate.container_insights else "disabled"
    return {
        "Type": "AWS::ECS::Cluster",
        "Properties": {
            "ClusterSettings": [{"Name": "containerInsights", "Value": insights}],
            "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
        },
    }


def _pull_permissions(scenario: Scenario) -> list[dict[str, Any]]:
    repository = Sub("arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Repository}")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    statements = [allow(["ecr:GetAuthorizationToken"], "*"), allow(pull, repository)]
    return [*statements, write_logs("Logs")] if has_logs(scenario) else statements


def _task(scenario: Scenario) -> dict[str, Any]:
    task = scenario.fargate
    windows = task.os == "windows"
    extra = float(task.ephemeral_gb) > limit("fargate.ephemeral_free_gb")
    app = without_nothing(
        {
            "Name": "app",
            "Image": Sub(
                "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repository}:${ImageTag}"
            ),
            "Essential": True,
            "PortMappings": [{"ContainerPort": Ref("ContainerPort")}]
            if scenario.workload.kind == "service"
            else None,
            "StopTimeout": int(limit("fargate.stop_timeout_s")),
            "LogConfiguration": _log_driver("app") if has_logs(scenario) else None,
        }
    )
    tracer = without_nothing(
        {
            "Name": "xray",
            "Image": "public.ecr.aws/xray/aws-xray-daemon:latest",
            "Essential": False,
            "LogConfiguration": _log_driver("xray") if has_logs(scenario) else None,
        }
    )
    return {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": without_nothing(
            {
                "Family": Sub("${AWS::StackName}"),
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "Cpu": str(round(float(task.vcpu) * CPU_UNITS)),
                "Memory": str(round(float(task.memory_gb) * MB_PER_GB)),
                "EphemeralStorage": {"SizeInGiB": math.ceil(task.ephemeral_gb)}
                if extra and not windows
                else None,
                "RuntimePlatform": {
                    "CpuArchitecture": task.architecture.upper(),
                    "OperatingSystemFamily": WINDOWS if windows else "LINUX",
                },
                "ExecutionRoleArn": GetAtt("PullRole.Arn"),
                "TaskRoleArn": GetAtt("TaskRole.Arn"),
                "ContainerDefinitions": [app, tracer] if has_traces(scenario) else [app],
            }
        ),
    }


def _log_driver(prefix: str) -> dict[str, Any]:
    options = {
        "awslogs-group": Ref("Logs"),
        "awslogs-region": Ref("AWS::Region"),
        "awslogs-stream-prefix": prefix,
    }
    return {"LogDriver": "awslogs", "Options": options}


def _task_group(scenario: Scenario) -> dict[str, Any]:
    if not is_balanced(scenario):
        return security_group("The tasks", [])
    from_balancer = {
        "IpProtocol": "tcp",
        "FromPort": Ref("ContainerPort"),
        "ToPort": Ref("ContainerPort"),
        "SourceSecurityGroupId": GetAtt("BalancerGroup.GroupId"),
        "Description": "from the load balancer",
    }
    return security_group("The tasks", [from_balancer])


def _service(scenario: Scenario, strategy: str, plan: Plan) -> dict[str, Any]:
    task = scenario.fargate
    balanced = is_balanced(scenario)
    shifting = balanced and strategy != ROLLING
    service = {
        "Type": "AWS::ECS::Service",
        **({"DependsOn": "Listener"} if balanced and not shifting else {}),
        "Properties": without_nothing(
            {
                "Cluster": Ref("Cluster"),
                "TaskDefinition": Ref("Task"),
                "DesiredCount": tasks_at_first(scenario),
                "CapacityProviderStrategy": _providers(scenario),
                "DeploymentConfiguration": _deployment(strategy if shifting else ROLLING, plan),
                "HealthCheckGracePeriodSeconds": grace_s(scenario) if balanced else None,
                "NetworkConfiguration": _network_configuration(scenario),
                "LoadBalancers": [_target(shifting)] if balanced else None,
            }
        ),
    }
    around: dict[str, Any] = {}
    if balanced:
        around = {
            **balancer(
                "application" if task.load_balancer == "alb" else "network", scenario.workload.internet_facing
            ),
            "TargetGroup": _target_group(scenario),
            "Listener": listener(
                ("HTTPS", "HTTP") if task.load_balancer == "alb" else ("TLS", "TCP"), "TargetGroup"
            ),
        }
    if shifting:
        around |= _shifting(scenario)
    return {**around, "Service": service, **scaling_resources(scenario)}


def _providers(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        {"CapacityProvider": name, "Weight": weight} for name, weight in provider_weights(scenario).items()
    ]


def _network_configuration(scenario: Scenario) -> dict[str, Any]:
    return {
        "AwsvpcConfiguration": {
            "AssignPublicIp": "ENABLED" if scenario.fargate.public_ip else "DISABLED",
            "Subnets": Ref("SubnetIds"),
            "SecurityGroups": [GetAtt("TaskGroup.GroupId")],
        }
    }


def _deployment(strategy: str, plan: Plan) -> dict[str, Any]:
    percent = {
        "MinimumHealthyPercent": round(plan.minimum_healthy_share * 100),
        "MaximumPercent": round(plan.maximum_share * 100),
    }
    if strategy == ROLLING:
        return {**percent, "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}
    bake = {"BakeTimeInMinutes": round(plan.bake_s / MINUTE_S)}
    canary = {
        "CanaryPercent": limit("deployment.ecs_canary_share") * 100,
        "CanaryBakeTimeInMinutes": round(limit("deployment.canary_bake_s") / MINUTE_S),
    }
    linear = {
        "StepPercent": limit("deployment.ecs_linear_step_share") * 100,
        "StepBakeTimeInMinutes": round(limit("deployment.ecs_linear_bake_s") / MINUTE_S),
    }
    more: dict[str, dict[str, Any]] = {
        BLUE_GREEN: {},
        CANARY: {"CanaryConfiguration": canary},
        LINEAR: {"LinearConfiguration": linear},
    }
    return {
        "Strategy": strategy.upper(),
        **bake,
        **more[strategy],
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
    }


def _target(shifting: bool) -> dict[str, Any]:
    target = {
        "ContainerName": "app",
        "ContainerPort": Ref("ContainerPort"),
        "TargetGroupArn": Ref("TargetGroup"),
    }
    if not shifting:
        return target
    other = {
        "AlternateTargetGroupArn": Ref("OtherTargetGroup"),
        "ProductionListenerRule": Ref("ListenerRule"),
        "RoleArn": GetAtt("ShiftRole.Arn"),
    }
    return {**target, "AdvancedConfiguration": other}


def _target_group(scenario: Scenario) -> dict[str, Any]:
    task = scenario.fargate
    delay = str(int(limit("elb.deregistration_delay_s")))
    return {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {
            "TargetType": "ip",
            "VpcId": Ref("VpcId"),
            "Port": Ref("ContainerPort"),
            "Protocol": "HTTP" if task.load_balancer == "alb" else "TCP",
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPath": Ref("HealthPath"),
            "HealthCheckIntervalSeconds": int(task.health_check_interval_s),
            "HealthCheckTimeoutSeconds": check_timeout_s(scenario),
            "HealthyThresholdCount": FEWEST_CHECKS,
            "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": delay}],
        },
    }


def _shifting(scenario: Scenario) -> dict[str, Any]:
    """The second target group, the rule whose weights move, and the role that moves them."""
    groups = [
        {"TargetGroupArn": Ref("TargetGroup"), "Weight": 1},
        {"TargetGroupArn": Ref("OtherTargetGroup"), "Weight": 0},
    ]
    rule = {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Properties": {
            "ListenerArn": Ref("Listener"),
            "Priority": 1,
            "Conditions": [{"Field": "path-pattern", "Values": ["/*"]}],
            "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        },
    }
    look = [
        f"elasticloadbalancing:Describe{what}"
        for what in ("Listeners", "Rules", "TargetGroups", "TargetHealth")
    ]
    targets = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
    either = [Ref("TargetGroup"), Ref("OtherTargetGroup")]
    moves = [
        allow(look, "*"),
        allow(["elasticloadbalancing:ModifyRule"], Ref("ListenerRule")),
        allow(["elasticloadbalancing:ModifyListener"], Ref("Listener")),
        allow(targets, either),
    ]
    return {
        "OtherTargetGroup": _target_group(scenario),
        "ListenerRule": rule,
        "ShiftRole": role("ecs.amazonaws.com", moves),
    }


def _job(scenario: Scenario) -> dict[str, Any]:
    run = {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": schedule(float(scenario.workload.runs_per_day)),
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": GetAtt("Cluster.Arn"),
                "RoleArn": GetAtt("ScheduleRole.Arn"),
                "EcsParameters": {
                    "TaskDefinitionArn": Ref("Task"),
                    "TaskCount": 1,
                    "CapacityProviderStrategy": [
                        {"CapacityProvider": name, "Weight": weight}
                        for name, weight in provider_weights(scenario).items()
                    ],
                    "NetworkConfiguration": _network_configuration(scenario),
                },
            },
        },
    }
    may = [
        allow(["ecs:RunTask"], Ref("Task")),
        allow(["iam:PassRole"], [GetAtt("PullRole.Arn"), GetAtt("TaskRole.Arn")]),
    ]
    return {"ScheduleRole": role("scheduler.amazonaws.com", may), "Run": run}
