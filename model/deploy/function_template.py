"""The function of a scenario as a SAM template."""

from __future__ import annotations

import math
import re
from typing import Any

from model.compute import lambda_handler_s
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
from model.facts import limit
from model.scenario import Scenario
from model.traffic import traffic

HANDLERS = {
    "nodejs": "index.handler",
    "python": "app.handler",
    "java": "example.Handler::handleRequest",
    "dotnet": "Example::Example.Function::Handler",
    "ruby": "app.handler",
    "provided": "bootstrap",
}
ALIAS = "FunctionAliaslive"  # SAM's name for the alias it makes
MINUTES_PER_DAY = 1440
HOURS_PER_DAY = 24
FIRST_HOUR = 8  # a working day's provisioned hours begin here until the user says otherwise


def function_template(scenario: Scenario, preset: str = "AllAtOnce") -> Code:
    """The function with its front door, its scaling and its logs.

    Args: scenario: plain. preset: one of deployment.lambda_presets, for shifting traffic to a new version.
    Returns: Code; cfn-lint finds no fault with it.
    Source: METHOD.md "Infrastructure code".
    Leaves out: the VPC with its NAT gateways, database and proxy, queue and workflow.
    """
    notes = function_notes(scenario)
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "A function on AWS Lambda",
        "Parameters": _parameters(scenario),
    }
    if has_balancer(scenario):
        template["Conditions"] = HAS_CERTIFICATE
    template["Resources"] = {
        "Function": {"Type": "AWS::Serverless::Function", "Properties": _function(scenario, preset)},
        "FunctionRole": role("lambda.amazonaws.com", _permissions(scenario)),
        "FunctionLogs": log_group("/aws/lambda/${AWS::StackName}", scenario),
        **_network(scenario),
        **_front_door(scenario),
        **_provisioned_scaling(scenario),
    }
    template["Outputs"] = {"FunctionAlias": {"Value": Ref("Function.Alias"), "Description": "What to call"}}
    return Code("lambda-template.yaml", "yaml", yaml_text(template, scenario, notes), notes)


def aws_runtime(runtime: str) -> str:
    """AWS's name of the runtime: the managed one, or today's bare operating system for all others."""
    managed = re.fullmatch(
        r"(python|ruby)3(\d{1,2})|(ruby)(\d)(\d)|nodejs(\d\d)x|(java|dotnet)(\d+)|java8_al2", runtime
    )
    if runtime == "java8_al2":
        return "java8.al2"
    if managed is None:
        return "provided.al2023"
    if runtime.startswith("nodejs"):
        return f"nodejs{managed[6]}.x"
    if runtime.startswith(("python", "ruby")):
        return f"{managed[1] or managed[3]}3.{managed[2] or managed[5]}"
    return runtime


def handler_name(runtime: str) -> str:
    """A handler to start from, by the language's custom."""
    name = aws_runtime(runtime)
    return next(handler for start, handler in HANDLERS.items() if name.startswith(start))


def timeout_s(scenario: Scenario) -> int:
    """When the function is stopped: when its caller gives up, at most the limit; a job may use the limit."""
    longest = limit("lambda.max_duration_s")
    wanted = longest if scenario.workload.kind == "job" else float(scenario.workload.timeout_s)
    return max(1, math.ceil(min(wanted, longest)))


def tracked_ends(scenario: Scenario) -> tuple[int, int]:
    """Fewest and most provisioned environments of target tracking: as set, and what the peak needs."""
    function = scenario.aws_lambda
    least = max(int(function.provisioned_concurrency), 1)
    target = float(function.provisioned_target_percent or 100) / 100
    peak = float(traffic(scenario).peak_per_s) * float(lambda_handler_s(scenario))
    return least, max(least, math.ceil(peak / target))


def is_scheduled(scenario: Scenario) -> bool:
    """Whether a fixed number of provisioned environments is there for some hours of the day only."""
    function = scenario.aws_lambda
    hours = float(function.provisioned_hours_per_day)
    return (
        function.provisioned_target_percent is None
        and float(function.provisioned_concurrency) > 0
        and hours < HOURS_PER_DAY
    )


def keeps_provisioned(scenario: Scenario) -> int:
    """Provisioned environments that the alias itself keeps; 0 where something switches them."""
    function = scenario.aws_lambda
    if function.provisioned_target_percent is not None:
        return tracked_ends(scenario)[0]
    return 0 if is_scheduled(scenario) else int(function.provisioned_concurrency)


def uses_snapstart(scenario: Scenario) -> bool:
    """SnapStart goes with neither provisioned concurrency nor more /tmp."""
    function = scenario.aws_lambda
    provisioned = (
        float(function.provisioned_concurrency) > 0 or function.provisioned_target_percent is not None
    )
    extra = float(function.ephemeral_mb) > limit("lambda.ephemeral_free_mb")
    return function.snapstart and not provisioned and not extra


def has_balancer(scenario: Scenario) -> bool:
    return scenario.workload.kind == "service" and scenario.aws_lambda.front_door == "alb"


def function_notes(scenario: Scenario) -> tuple[str, ...]:
    """What the code cannot hold, one sentence each."""
    workload, function = scenario.workload, scenario.aws_lambda
    notes = []
    if function.snapstart and not uses_snapstart(scenario):
        notes.append(
            "SnapStart is left out: it goes with neither provisioned concurrency nor more than 512 MB of /tmp."
        )
    if aws_runtime(function.runtime).startswith("provided") and function.package == "zip":
        notes.append(f"Runtime {function.runtime}: bring an executable called bootstrap.")
    if function.vpc:
        notes.append("The VPC, its subnets and NAT gateways are yours; give them as parameters.")
    if workload.kind == "service" and function.front_door == "function_url":
        notes.append(
            "The function URL asks for signed requests (AWS_IAM); AuthType NONE opens it to everyone."
        )
    if workload.queue:
        notes.append("The SQS queue is not in here.")
    if workload.rds_proxy != "none":
        notes.append("RDS Proxy and the database are not in here.")
    if workload.step_functions_type == "express" or float(workload.step_functions_transitions) > 0:
        notes.append("The Step Functions workflow is not in here.")
    if function.managed_instances:
        notes.append("This is Lambda on demand; Managed Instances need a capacity provider of their own.")
    return tuple(notes)


def schedule(runs_per_day: float) -> str:
    """The rate of a schedule that comes nearest to so many runs a day."""
    minutes = max(1, round(MINUTES_PER_DAY / runs_per_day)) if runs_per_day > 0 else MINUTES_PER_DAY
    return f"rate({minutes} minute{'' if minutes == 1 else 's'})"


def _parameters(scenario: Scenario) -> dict[str, Any]:
    function = scenario.aws_lambda
    if function.package == "image":
        code = {"ImageUri": parameter("Image of the function in ECR, with tag or digest")}
    else:
        code = {
            "CodeBucket": parameter("Bucket that holds the package"),
            "CodeKey": parameter("Key of the package in the bucket"),
            "Handler": parameter("Where the code begins", Default=handler_name(function.runtime)),
        }
    network = (
        VPC_PARAMETERS
        if function.vpc
        else {"VpcId": VPC_PARAMETERS["VpcId"]}
        if has_balancer(scenario)
        else {}
    )
    return {**code, **network, **(BALANCER_PARAMETERS if has_balancer(scenario) else {})}


def _function(scenario: Scenario, preset: str) -> dict[str, Any]:
    function = scenario.aws_lambda
    if function.package == "image":
        package: dict[str, Any] = {"PackageType": "Image", "ImageUri": Ref("ImageUri")}
    else:
        package = {
            "PackageType": "Zip",
            "Runtime": aws_runtime(function.runtime),
            "Handler": Ref("Handler"),
            "CodeUri": {"Bucket": Ref("CodeBucket"), "Key": Ref("CodeKey")},
        }
    kept = keeps_provisioned(scenario)
    reserved = function.reserved_concurrency
    return without_nothing(
        {
            **package,
            "MemorySize": int(function.memory_mb),
            "Timeout": timeout_s(scenario),
            "Architectures": [function.architecture],
            "EphemeralStorage": {"Size": int(function.ephemeral_mb)},
            "ReservedConcurrentExecutions": None if reserved is None else int(reserved),
            "SnapStart": {"ApplyOn": "PublishedVersions"} if uses_snapstart(scenario) else None,
            "Role": GetAtt("FunctionRole.Arn"),
            "LoggingConfig": {"LogGroup": Ref("FunctionLogs")},
            "Tracing": "Active" if float(scenario.workload.xray_share) > 0 else None,
            "VpcConfig": {
                "SubnetIds": Ref("SubnetIds"),
                "SecurityGroupIds": [GetAtt("FunctionGroup.GroupId")],
            }
            if function.vpc
            else None,
            "AutoPublishAlias": "live",
            "DeploymentPreference": {"Type": preset},
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": kept} if kept else None,
            **_entrance(scenario),
        }
    )


def _entrance(scenario: Scenario) -> dict[str, Any]:
    """The part of the front door that belongs to the function."""
    if scenario.workload.kind == "job":
        rate = schedule(float(scenario.workload.runs_per_day))
        event = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": rate}}
        return {"Events": {"Run": event}}
    door = scenario.aws_lambda.front_door
    if door == "function_url":
        mode = "RESPONSE_STREAM" if scenario.aws_lambda.streamed else "BUFFERED"
        return {"FunctionUrlConfig": {"AuthType": "AWS_IAM", "InvokeMode": mode}}
    if door == "http_api":
        every = {"ApiId": Ref("HttpApi"), "Path": "/{proxy+}", "Method": "ANY"}
        return {"Events": {"Call": {"Type": "HttpApi", "Properties": every}}}
    if door == "rest_api":
        every = {"RestApiId": Ref("RestApi"), "Path": "/{proxy+}", "Method": "ANY"}
        return {"Events": {"Call": {"Type": "Api", "Properties": every}}}
    return {}


def _permissions(scenario: Scenario) -> list[dict[str, Any]]:
    statements = [write_logs("FunctionLogs")]
    if scenario.aws_lambda.vpc:
        interfaces = ["Create", "Describe", "Delete"]
        actions = [f"ec2:{verb}NetworkInterface{'s' if verb == 'Describe' else ''}" for verb in interfaces]
        statements.append(allow(actions, "*"))
    if float(scenario.workload.xray_share) > 0:
        statements.append(WRITE_TRACES)
    if scenario.workload.kind == "service" and scenario.aws_lambda.front_door == "websocket_api":
        connections = Sub(
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/live/*"
        )
        statements.append(allow(["execute-api:ManageConnections"], connections))
    return statements


def _network(scenario: Scenario) -> dict[str, Any]:
    return {"FunctionGroup": security_group("The function", [])} if scenario.aws_lambda.vpc else {}


def _front_door(scenario: Scenario) -> dict[str, Any]:
    door = "none" if scenario.workload.kind == "job" else scenario.aws_lambda.front_door
    if door == "http_api":
        return {"HttpApi": {"Type": "AWS::Serverless::HttpApi", "Properties": {"StageName": "$default"}}}
    if door == "rest_api":
        return {"RestApi": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "live"}}}
    if door == "websocket_api":
        return _websocket_api()
    return _behind_balancer(scenario) if door == "alb" else {}


def _behind_balancer(scenario: Scenario) -> dict[str, Any]:
    return {
        **balancer("application", scenario.workload.internet_facing),
        "TargetGroup": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "DependsOn": "MayCall",
            "Properties": {"TargetType": "lambda", "Targets": [{"Id": Ref("Function.Alias")}]},
        },
        "Listener": listener(("HTTPS", "HTTP"), "TargetGroup"),
        "MayCall": _may_call("elasticloadbalancing.amazonaws.com"),
    }


def _websocket_api() -> dict[str, Any]:
    path = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Alias}/invocations"
    uri = {"Fn::Sub": [path, {"Alias": Ref("Function.Alias")}]}
    routes = {
        f"{name}Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": Ref("WebSocketApi"),
                "RouteKey": f"${name.lower()}",
                "Target": Sub("integrations/${WebSocketIntegration}"),
            },
        }
        for name in ("Connect", "Disconnect", "Default")
    }
    return {
        "WebSocketApi": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": Sub("${AWS::StackName}"),
                "ProtocolType": "WEBSOCKET",
                "RouteSelectionExpression": "$request.body.action",
            },
        },
        "WebSocketIntegration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": Ref("WebSocketApi"),
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": uri,
            },
        },
        **routes,
        "WebSocketStage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "DependsOn": list(routes),
            "Properties": {"ApiId": Ref("WebSocketApi"), "StageName": "live", "AutoDeploy": True},
        },
        "MayCall": _may_call("apigateway.amazonaws.com"),
    }


def _may_call(service: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": Ref("Function.Alias"),
            "Principal": service,
        },
    }


def _provisioned_scaling(scenario: Scenario) -> dict[str, Any]:
    """Target tracking, or a schedule, of provisioned concurrency."""
    function = scenario.aws_lambda
    if function.provisioned_target_percent is not None:
        least, most = tracked_ends(scenario)
        policy = {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": "provisioned-in-use",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": Ref("ProvisionedTarget"),
                "TargetTrackingScalingPolicyConfiguration": {
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"
                    },
                    "TargetValue": float(function.provisioned_target_percent) / 100,
                },
            },
        }
        return {"ProvisionedTarget": _provisioned_target(least, most, []), "ProvisionedPolicy": policy}
    if is_scheduled(scenario):
        number = int(function.provisioned_concurrency)
        hours = float(function.provisioned_hours_per_day)
        if hours == 0:
            return {}
        actions = [
            _provisioned_action("on", FIRST_HOUR, number),
            _provisioned_action("off", FIRST_HOUR + hours, 0),
        ]
        return {"ProvisionedTarget": _provisioned_target(0, number, actions)}
    return {}


def _provisioned_action(name: str, hour: float, number: int) -> dict[str, Any]:
    minutes = round(hour * 60) % MINUTES_PER_DAY
    return {
        "ScheduledActionName": name,
        "Schedule": f"cron({minutes % 60} {minutes // 60} * * ? *)",
        "ScalableTargetAction": {"MinCapacity": number, "MaxCapacity": number},
    }


def _provisioned_target(least: int, most: int, actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "DependsOn": ALIAS,
        "Properties": without_nothing(
            {
                "ServiceNamespace": "lambda",
                "ScalableDimension": "lambda:function:ProvisionedConcurrency",
                "ResourceId": Sub("function:${Function}:live"),
                "MinCapacity": least,
                "MaxCapacity": most,
                "ScheduledActions": actions,
            }
        ),
    }
