"""The function of a scenario as a CDK app in Python."""

from __future__ import annotations

import re

from model.deploy.code import HEAD, Code, retention_days
from model.deploy.function_template import (
    FIRST_HOUR,
    aws_runtime,
    function_notes,
    handler_name,
    has_balancer,
    is_scheduled,
    keeps_provisioned,
    schedule,
    timeout_s,
    tracked_ends,
    uses_snapstart,
)
from model.deploy.python_text import Name, call, program
from model.scenario import Scenario

SUBNETS = ["subnet-aaaaaaaa", "subnet-bbbbbbbb"]
MINUTES_PER_DAY = 1440


def function_cdk(scenario: Scenario, preset: str = "AllAtOnce") -> Code:
    """The same function as `function_template`, as CDK.

    Source: METHOD.md "Infrastructure code".
    """
    function = scenario.aws_lambda
    imports = {"aws_codedeploy", "aws_iam", "aws_lambda", "aws_logs"}
    constants: dict[str, object] = {}
    body = [
        f"logs = {_logs(scenario)}",
        f"role = {call('aws_iam.Role', Name('self'), 'FunctionRole', assumed_by=call('aws_iam.ServicePrincipal', 'lambda.amazonaws.com'))}",
        "logs.grant_write(role)",
    ]
    if function.vpc or has_balancer(scenario):
        imports.add("aws_ec2")
        constants |= vpc_constants()
        body.append(f"vpc = {vpc()}")
    if function.vpc:
        body.append(f"role.add_to_policy({_interfaces()})")
    code, code_constants, code_imports = _code(scenario)
    constants |= code_constants
    imports |= code_imports
    body += [*code, *_alias(scenario, preset)]
    door, door_imports = _front_door(scenario)
    imports |= door_imports
    body += [*door, *_scaling(scenario, imports)]
    notes = function_notes(scenario)
    text = program((HEAD, *notes), imports, constants, "LambdaStack", body, scenario.billing.region)
    return Code("lambda_stack.py", "python", text, notes)


def vpc_constants() -> dict[str, object]:
    return {
        "VPC_ID": "vpc-aaaaaaaa",
        "ZONES": [Name('"us-east-1a"'), Name('"us-east-1b"')],
        "SUBNET_IDS": SUBNETS,
        "BALANCER_SUBNET_IDS": ["subnet-cccccccc", "subnet-dddddddd"],
    }


def vpc() -> Name:
    return call(
        "aws_ec2.Vpc.from_vpc_attributes",
        Name("self"),
        "Vpc",
        vpc_id=Name("VPC_ID"),
        availability_zones=Name("ZONES"),
        private_subnet_ids=Name("SUBNET_IDS"),
        public_subnet_ids=Name("BALANCER_SUBNET_IDS"),
    )


def _logs(scenario: Scenario) -> Name:
    days = retention_days(scenario)
    return call(
        "aws_logs.LogGroup",
        Name("self"),
        "FunctionLogs",
        retention=Name(f"aws_logs.RetentionDays.{RETENTION[days]}"),
        removal_policy=Name("cdk.RemovalPolicy.DESTROY"),
    )


RETENTION = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    120: "FOUR_MONTHS",
    150: "FIVE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    400: "THIRTEEN_MONTHS",
    545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS",
    1096: "THREE_YEARS",
    1827: "FIVE_YEARS",
    2192: "SIX_YEARS",
    2557: "SEVEN_YEARS",
    2922: "EIGHT_YEARS",
    3288: "NINE_YEARS",
}
"""Days -> CDK's word for them."""


def _interfaces() -> Name:
    actions = [
        f"ec2:{action}"
        for action in ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
    ]
    return call("aws_iam.PolicyStatement", actions=actions, resources=["*"])


def _code(scenario: Scenario) -> tuple[list[str], dict[str, object], set[str]]:
    function = scenario.aws_lambda
    reserved = function.reserved_concurrency
    arm = function.architecture == "arm64"
    common: dict[str, object] = {
        "memory_size": int(function.memory_mb),
        "timeout": call("cdk.Duration.seconds", timeout_s(scenario)),
        "architecture": Name(f"aws_lambda.Architecture.{'ARM_64' if arm else 'X86_64'}"),
        "ephemeral_storage_size": call("cdk.Size.mebibytes", int(function.ephemeral_mb)),
        "reserved_concurrent_executions": None if reserved is None else int(reserved),
        "role": Name("role"),
        "log_group": Name("logs"),
        "tracing": Name("aws_lambda.Tracing.ACTIVE") if float(scenario.workload.xray_share) > 0 else None,
        "vpc": Name("vpc") if function.vpc else None,
    }
    if function.package == "image":
        repository = call(
            "aws_ecr.Repository.from_repository_name", Name("self"), "Repository", Name("REPOSITORY")
        )
        image = call("aws_lambda.DockerImageCode.from_ecr", repository, tag_or_digest=Name("IMAGE_TAG"))
        made = call("aws_lambda.DockerImageFunction", Name("self"), "Function", code=image, **common)
        return [f"function = {made}"], {"REPOSITORY": "my-function", "IMAGE_TAG": "latest"}, {"aws_ecr"}
    bucket = call("aws_s3.Bucket.from_bucket_name", Name("self"), "CodeBucket", Name("CODE_BUCKET"))
    made = call(
        "aws_lambda.Function",
        Name("self"),
        "Function",
        runtime=call(
            "aws_lambda.Runtime",
            aws_runtime(function.runtime),
            supports_snap_start=uses_snapstart(scenario) or None,
        ),
        handler=Name("HANDLER"),
        code=call("aws_lambda.Code.from_bucket", bucket, Name("CODE_KEY")),
        snap_start=Name("aws_lambda.SnapStartConf.ON_PUBLISHED_VERSIONS")
        if uses_snapstart(scenario)
        else None,
        **common,
    )
    constants: dict[str, object] = {
        "CODE_BUCKET": "my-bucket",
        "CODE_KEY": "function.zip",
        "HANDLER": handler_name(function.runtime),
    }
    return [f"function = {made}"], constants, {"aws_s3"}


def _alias(scenario: Scenario, preset: str) -> list[str]:
    kept = keeps_provisioned(scenario)
    alias = call(
        "aws_lambda.Alias",
        Name("self"),
        "Live",
        alias_name="live",
        version=Name("function.current_version"),
        provisioned_concurrent_executions=kept or None,
    )
    shift = call(
        "aws_codedeploy.LambdaDeploymentGroup",
        Name("self"),
        "Shift",
        alias=Name("live"),
        deployment_config=Name(f"aws_codedeploy.LambdaDeploymentConfig.{preset_constant(preset)}"),
    )
    return [f"live = {alias}", shift]


def preset_constant(preset: str) -> str:
    """CDK's name of a preset: Canary10Percent5Minutes is CANARY_10_PERCENT_5_MINUTES."""
    return "_".join(re.findall(r"[A-Z][a-z]*|\d+", preset)).upper()


def _front_door(scenario: Scenario) -> tuple[list[str], set[str]]:
    if scenario.workload.kind == "job":
        rate = call(
            "aws_scheduler.ScheduleExpression.expression", schedule(float(scenario.workload.runs_per_day))
        )
        target = call("aws_scheduler_targets.LambdaInvoke", Name("live"))
        made = call("aws_scheduler.Schedule", Name("self"), "Run", schedule=rate, target=target)
        return [made], {"aws_scheduler", "aws_scheduler_targets"}
    door = scenario.aws_lambda.front_door
    if door == "function_url":
        mode = "RESPONSE_STREAM" if scenario.aws_lambda.streamed else "BUFFERED"
        return [
            call(
                "live.add_function_url",
                auth_type=Name("aws_lambda.FunctionUrlAuthType.AWS_IAM"),
                invoke_mode=Name(f"aws_lambda.InvokeMode.{mode}"),
            )
        ], set()
    if door == "http_api":
        made = call("aws_apigatewayv2_integrations.HttpLambdaIntegration", "Call", Name("live"))
        return [call("aws_apigatewayv2.HttpApi", Name("self"), "HttpApi", default_integration=made)], {
            "aws_apigatewayv2",
            "aws_apigatewayv2_integrations",
        }
    if door == "rest_api":
        return [call("aws_apigateway.LambdaRestApi", Name("self"), "RestApi", handler=Name("live"))], {
            "aws_apigateway"
        }
    if door == "websocket_api":
        return _websocket_api(), {"aws_apigatewayv2", "aws_apigatewayv2_integrations"}
    return (
        (_balancer(scenario), {"aws_elasticloadbalancingv2", "aws_elasticloadbalancingv2_targets"})
        if door == "alb"
        else ([], set())
    )


def _websocket_api() -> list[str]:
    routes: dict[str, object] = {
        f"{name.lower()}_route_options": call(
            "aws_apigatewayv2.WebSocketRouteOptions",
            integration=call(
                "aws_apigatewayv2_integrations.WebSocketLambdaIntegration", f"{name}Call", Name("live")
            ),
        )
        for name in ("Connect", "Disconnect", "Default")
    }
    return [
        f"api = {call('aws_apigatewayv2.WebSocketApi', Name('self'), 'WebSocketApi', **routes)}",
        call(
            "aws_apigatewayv2.WebSocketStage",
            Name("self"),
            "Stage",
            web_socket_api=Name("api"),
            stage_name="live",
            auto_deploy=True,
        ),
        "api.grant_manage_connections(role)",
    ]


def _balancer(scenario: Scenario) -> list[str]:
    made = call(
        "aws_elasticloadbalancingv2.ApplicationLoadBalancer",
        Name("self"),
        "Balancer",
        vpc=Name("vpc"),
        internet_facing=scenario.workload.internet_facing,
    )
    target = call("aws_elasticloadbalancingv2_targets.LambdaTarget", Name("live"))
    return [
        f"balancer = {made}",
        f"listener = {call('balancer.add_listener', 'Listener', port=80)}",
        call("listener.add_targets", "Function", targets=[target]),
    ]


def _scaling(scenario: Scenario, imports: set[str]) -> list[str]:
    function = scenario.aws_lambda
    if function.provisioned_target_percent is not None:
        least, most = tracked_ends(scenario)
        return [
            f"scaling = {call('live.add_auto_scaling', min_capacity=least, max_capacity=most)}",
            call(
                "scaling.scale_on_utilization",
                utilization_target=float(function.provisioned_target_percent) / 100,
            ),
        ]
    if not is_scheduled(scenario) or float(function.provisioned_hours_per_day) == 0:
        return []
    imports.add("aws_applicationautoscaling")
    number, hours = int(function.provisioned_concurrency), float(function.provisioned_hours_per_day)
    lines = [f"scaling = {call('live.add_auto_scaling', min_capacity=0, max_capacity=number)}"]
    for name, hour, kept in (("On", float(FIRST_HOUR), number), ("Off", FIRST_HOUR + hours, 0)):
        minutes = round(hour * 60) % MINUTES_PER_DAY
        at = call(
            "aws_applicationautoscaling.Schedule.cron", hour=str(minutes // 60), minute=str(minutes % 60)
        )
        lines.append(
            call("scaling.scale_on_schedule", name, schedule=at, min_capacity=kept, max_capacity=kept)
        )
    return lines
