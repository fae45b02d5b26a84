"""The ECS service (or the job's task) of a scenario as a CDK app in Python."""

from __future__ import annotations

import math

from model.deploy.code import HEAD, Code, retention_days
from model.deploy.ecs_rollout import CANARY, LINEAR, ROLLING
from model.deploy.function_cdk import RETENTION, vpc, vpc_constants
from model.deploy.function_template import schedule
from model.deploy.python_text import Name, call, program
from model.deploy.rollouts import Plan
from model.deploy.service_scaling import STEPS, percent_more, scheduled_hours, target_value
from model.deploy.service_template import (
    CPU_UNITS,
    FEWEST_CHECKS,
    MB_PER_GB,
    PORT,
    check_timeout_s,
    grace_s,
    has_logs,
    has_traces,
    is_balanced,
    provider_weights,
    service_notes,
    tasks_at_first,
)
from model.facts import limit
from model.scenario import Scenario

ELB = "aws_elasticloadbalancingv2"
SELF = Name("self")


def service_cdk(scenario: Scenario, strategy: str = ROLLING, plan: Plan | None = None) -> Code:
    """The same service as `service_template`, as CDK.

    Source: METHOD.md "Infrastructure code".
    """
    plan = plan or Plan()
    shifting = strategy != ROLLING and is_balanced(scenario) and scenario.fargate.load_balancer == "alb"
    job = scenario.workload.kind == "job"
    imports = {"aws_ec2", "aws_ecr", "aws_ecs"}
    constants: dict[str, object] = {**vpc_constants(), "REPOSITORY": "my-service", "IMAGE_TAG": "latest"}
    if not job:
        constants["CONTAINER_PORT"] = PORT
    body = [f"vpc = {vpc()}", f"cluster = {_cluster(scenario)}", *_task(scenario, imports)]
    if job:
        imports |= {"aws_scheduler", "aws_scheduler_targets"}
        body.append(_run(scenario))
    else:
        body += _service(scenario, strategy if shifting else ROLLING, plan)
        if is_balanced(scenario):
            imports.add(ELB)
            constants["HEALTH_PATH"] = "/health"
            body += _balancer(scenario, shifting)
        body += _scaling(scenario, imports)
    notes = service_notes(scenario)
    text = program((HEAD, *notes), imports, constants, "FargateStack", body, scenario.billing.region)
    return Code("fargate_stack.py", "python", text, notes)


def _cluster(scenario: Scenario) -> Name:
    insights = "ENHANCED" if scenario.fargate.container_insights else "DISABLED"
    return call(
        "aws_ecs.Cluster",
        SELF,
        "Cluster",
        vpc=Name("vpc"),
        container_insights_v2=Name(f"aws_ecs.ContainerInsights.{insights}"),
        enable_fargate_capacity_providers=True,
    )


def _task(scenario: Scenario, imports: set[str]) -> list[str]:
    task = scenario.fargate
    windows = task.os == "windows"
    extra = float(task.ephemeral_gb) > limit("fargate.ephemeral_free_gb") and not windows
    system = "WINDOWS_SERVER_2022_CORE" if windows else "LINUX"
    platform = call(
        "aws_ecs.RuntimePlatform",
        cpu_architecture=Name(f"aws_ecs.CpuArchitecture.{task.architecture.upper()}"),
        operating_system_family=Name(f"aws_ecs.OperatingSystemFamily.{system}"),
    )
    definition = call(
        "aws_ecs.FargateTaskDefinition",
        SELF,
        "Task",
        cpu=round(float(task.vcpu) * CPU_UNITS),
        memory_limit_mib=round(float(task.memory_gb) * MB_PER_GB),
        ephemeral_storage_gib=math.ceil(task.ephemeral_gb) if extra else None,
        runtime_platform=platform,
    )
    lines = [
        f"repository = {call('aws_ecr.Repository.from_repository_name', SELF, 'Repository', Name('REPOSITORY'))}"
    ]
    if has_logs(scenario):
        imports.add("aws_logs")
        lines.append(f"logs = {_logs(scenario)}")
    lines.append(f"task = {definition}")
    port = None
    if scenario.workload.kind == "service":
        port = [call("aws_ecs.PortMapping", container_port=Name("CONTAINER_PORT"))]
    lines.append(
        call(
            "task.add_container",
            "app",
            image=call("aws_ecs.ContainerImage.from_ecr_repository", Name("repository"), Name("IMAGE_TAG")),
            logging=_driver(scenario, "app"),
            stop_timeout=call("cdk.Duration.seconds", int(limit("fargate.stop_timeout_s"))),
            port_mappings=port,
        )
    )
    if has_traces(scenario):
        imports.add("aws_iam")
        image = call("aws_ecs.ContainerImage.from_registry", "public.ecr.aws/xray/aws-xray-daemon:latest")
        actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        statement = call("aws_iam.PolicyStatement", actions=actions, resources=["*"])
        lines += [
            call(
                "task.add_container", "xray", image=image, essential=False, logging=_driver(scenario, "xray")
            ),
            call("task.task_role.add_to_principal_policy", statement),
        ]
    return lines


def _logs(scenario: Scenario) -> Name:
    return call(
        "aws_logs.LogGroup",
        SELF,
        "Logs",
        retention=Name(f"aws_logs.RetentionDays.{RETENTION[retention_days(scenario)]}"),
        removal_policy=Name("cdk.RemovalPolicy.DESTROY"),
    )


def _driver(scenario: Scenario, prefix: str) -> Name | None:
    if not has_logs(scenario):
        return None
    return call("aws_ecs.LogDrivers.aws_logs", log_group=Name("logs"), stream_prefix=prefix)


def _providers(scenario: Scenario) -> list[Name]:
    return [
        call("aws_ecs.CapacityProviderStrategy", capacity_provider=name, weight=weight)
        for name, weight in provider_weights(scenario).items()
    ]


def _service(scenario: Scenario, strategy: str, plan: Plan) -> list[str]:
    task = scenario.fargate
    balanced = is_balanced(scenario)
    rolling = strategy == ROLLING
    canary = call(
        "aws_ecs.TrafficShiftConfig",
        step_percent=limit("deployment.ecs_canary_share") * 100,
        step_bake_time=call("cdk.Duration.seconds", int(limit("deployment.canary_bake_s"))),
    )
    linear = call(
        "aws_ecs.TrafficShiftConfig",
        step_percent=limit("deployment.ecs_linear_step_share") * 100,
        step_bake_time=call("cdk.Duration.seconds", int(limit("deployment.ecs_linear_bake_s"))),
    )
    made = call(
        "aws_ecs.FargateService",
        SELF,
        "Service",
        cluster=Name("cluster"),
        task_definition=Name("task"),
        desired_count=tasks_at_first(scenario),
        capacity_provider_strategies=_providers(scenario),
        min_healthy_percent=round(plan.minimum_healthy_share * 100) if rolling else 100,
        max_healthy_percent=round(plan.maximum_share * 100) if rolling else 200,
        circuit_breaker=call("aws_ecs.DeploymentCircuitBreaker", rollback=True) if rolling else None,
        deployment_strategy=None if rolling else Name(f"aws_ecs.DeploymentStrategy.{strategy.upper()}"),
        bake_time=None if rolling else call("cdk.Duration.minutes", round(plan.bake_s / 60)),
        canary_configuration=canary if strategy == CANARY else None,
        linear_configuration=linear if strategy == LINEAR else None,
        health_check_grace_period=call("cdk.Duration.seconds", grace_s(scenario)) if balanced else None,
        assign_public_ip=task.public_ip,
        vpc_subnets=_subnets(),
    )
    return [f"service = {made}"]


def _subnets() -> Name:
    kind = Name("aws_ec2.SubnetType.PRIVATE_WITH_EGRESS")
    return call("aws_ec2.SubnetSelection", subnet_type=kind)


def _balancer(scenario: Scenario, shifting: bool) -> list[str]:
    task, public = scenario.fargate, scenario.workload.internet_facing
    kind = "Application" if task.load_balancer == "alb" else "Network"
    made = call(f"{ELB}.{kind}LoadBalancer", SELF, "Balancer", vpc=Name("vpc"), internet_facing=public)
    lines = [f"balancer = {made}", f"targets = {_target_group(scenario, kind, 'Targets')}"]
    port = {"port": 80, "open": public} if kind == "Application" else {"port": 80}
    listen = call("balancer.add_listener", "Listener", **port, default_target_groups=[Name("targets")])
    lines.append(f"listener = {listen}")
    if not shifting:
        target = call(
            "service.load_balancer_target", container_name="app", container_port=Name("CONTAINER_PORT")
        )
        return [*lines, call("targets.add_target", target)]
    forward = call(
        f"{ELB}.ListenerAction.weighted_forward",
        [
            call(f"{ELB}.WeightedTargetGroup", target_group=Name("targets"), weight=1),
            call(f"{ELB}.WeightedTargetGroup", target_group=Name("other_targets"), weight=0),
        ],
    )
    rule = call(
        f"{ELB}.ApplicationListenerRule",
        SELF,
        "ListenerRule",
        listener=Name("listener"),
        priority=1,
        conditions=[call(f"{ELB}.ListenerCondition.path_patterns", ["/*"])],
        action=forward,
    )
    alternate = call(
        "aws_ecs.AlternateTarget",
        "Other",
        alternate_target_group=Name("other_targets"),
        production_listener=call("aws_ecs.ListenerRuleConfiguration.application_listener_rule", Name("rule")),
    )
    target = call(
        "service.load_balancer_target",
        container_name="app",
        container_port=Name("CONTAINER_PORT"),
        alternate_target=alternate,
    )
    return [
        *lines,
        f"other_targets = {_target_group(scenario, kind, 'OtherTargets')}",
        f"rule = {rule}",
        call("targets.add_target", target),
    ]


def _target_group(scenario: Scenario, kind: str, id: str) -> Name:
    check = call(
        f"{ELB}.HealthCheck",
        path=Name("HEALTH_PATH"),
        protocol=Name(f"{ELB}.Protocol.HTTP"),
        interval=call("cdk.Duration.seconds", int(scenario.fargate.health_check_interval_s)),
        timeout=call("cdk.Duration.seconds", check_timeout_s(scenario)),
        healthy_threshold_count=FEWEST_CHECKS,
    )
    return call(
        f"{ELB}.{kind}TargetGroup",
        SELF,
        id,
        vpc=Name("vpc"),
        port=Name("CONTAINER_PORT"),
        protocol=Name(f"{ELB}.{'ApplicationProtocol.HTTP' if kind == 'Application' else 'Protocol.TCP'}"),
        target_type=Name(f"{ELB}.TargetType.IP"),
        deregistration_delay=call("cdk.Duration.seconds", int(limit("elb.deregistration_delay_s"))),
        health_check=check,
    )


def _scaling(scenario: Scenario, imports: set[str]) -> list[str]:
    task = scenario.fargate
    if task.scaling == "fixed":
        return []
    ends = call(
        "service.auto_scale_task_count", min_capacity=int(task.min_tasks), max_capacity=int(task.max_tasks)
    )
    lines = [f"scaling = {ends}"]
    if task.scaling == "scheduled":
        imports.add("aws_applicationautoscaling")
        return [*lines, *_schedule(scenario)]
    if task.scaling == "step":
        imports.add("aws_applicationautoscaling")
        return [*lines, _steps(scenario)]
    if task.scaling == "predictive":
        imports.add("aws_applicationautoscaling")
        lines.append(_forecast(scenario))
    return [*lines, _tracking(scenario)]


def _tracking(scenario: Scenario) -> Name:
    task = scenario.fargate
    cooldowns: dict[str, object] = {
        "scale_out_cooldown": call("cdk.Duration.seconds", math.ceil(task.scale_out_cooldown_s)),
        "scale_in_cooldown": call("cdk.Duration.seconds", math.ceil(task.scale_in_cooldown_s)),
    }
    if task.metric == "cpu" or task.load_balancer != "alb":
        percent = float(task.target_percent)
        return call(
            "scaling.scale_on_cpu_utilization", "OnTarget", target_utilization_percent=percent, **cooldowns
        )
    return call(
        "scaling.scale_on_request_count",
        "OnTarget",
        requests_per_target=round(target_value(scenario)),
        target_group=Name("targets"),
        **cooldowns,
    )


def _steps(scenario: Scenario) -> Name:
    task = scenario.fargate
    target = float(task.target_percent)
    back = -max(1, round(float(scenario.assumed("target_tracking.scale_in_step_share")) * 100))
    low = round(target * limit("target_tracking.scale_in_share"), 2)
    out = [
        call(
            "aws_applicationautoscaling.ScalingInterval",
            lower=target + step,
            change=percent_more(scenario, step + 10),
        )
        for step in STEPS
    ]
    return call(
        "scaling.scale_on_metric",
        "Steps",
        metric=Name("service.metric_cpu_utilization(period=cdk.Duration.minutes(1))"),
        adjustment_type=Name("aws_applicationautoscaling.AdjustmentType.PERCENT_CHANGE_IN_CAPACITY"),
        min_adjustment_magnitude=1,
        cooldown=call("cdk.Duration.seconds", math.ceil(task.scale_out_cooldown_s)),
        scaling_steps=[call("aws_applicationautoscaling.ScalingInterval", upper=low, change=back), *out],
    )


def _schedule(scenario: Scenario) -> list[Name]:
    most = int(scenario.fargate.max_tasks)
    return [
        call(
            "scaling.scale_on_schedule",
            f"From{hour:02d}",
            schedule=call("aws_applicationautoscaling.Schedule.cron", hour=str(hour), minute="0"),
            min_capacity=tasks,
            max_capacity=most,
        )
        for hour, tasks in scheduled_hours(scenario)
    ]


def _forecast(scenario: Scenario) -> Name:
    pair = "CfnScalingPolicy.PredictiveScalingPredefinedMetricPairProperty"
    named = f"aws_applicationautoscaling.{pair}"
    specification = call(
        "aws_applicationautoscaling.CfnScalingPolicy.PredictiveScalingMetricSpecificationProperty",
        target_value=float(scenario.fargate.target_percent),
        predefined_metric_pair_specification=call(named, predefined_metric_type="ECSServiceCPUUtilization"),
    )
    settings = call(
        "aws_applicationautoscaling.CfnScalingPolicy.PredictiveScalingPolicyConfigurationProperty",
        metric_specifications=[specification],
        mode="ForecastAndScale",
    )
    resource = 'cdk.Fn.join("/", ["service", cluster.cluster_name, service.service_name])'
    return call(
        "aws_applicationautoscaling.CfnScalingPolicy",
        SELF,
        "Forecast",
        policy_name="forecast",
        policy_type="PredictiveScaling",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=Name(resource),
        predictive_scaling_policy_configuration=settings,
    )


def _run(scenario: Scenario) -> Name:
    rate = call(
        "aws_scheduler.ScheduleExpression.expression", schedule(float(scenario.workload.runs_per_day))
    )
    target = call(
        "aws_scheduler_targets.EcsRunFargateTask",
        Name("cluster"),
        task_definition=Name("task"),
        assign_public_ip=scenario.fargate.public_ip,
        vpc_subnets=_subnets(),
        capacity_provider_strategies=_providers(scenario),
    )
    return call("aws_scheduler.Schedule", SELF, "Run", schedule=rate, target=target)
