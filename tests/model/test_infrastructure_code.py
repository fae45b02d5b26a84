"""Generated templates: nothing for cfn-lint to say, the scenario's own sizes inside, and the same again in CDK."""

from __future__ import annotations

import os
from typing import Any

import pytest
import yaml
from cfnlint import ManualArgs, lint

from model import Scenario, replace_at
from model.deploy.code import RETENTION_DAYS, Code
from model.deploy.function_cdk import RETENTION, function_cdk, preset_constant
from model.deploy.function_template import aws_runtime, function_template, schedule
from model.deploy.python_text import Name, call, literal
from model.deploy.rollouts import Plan
from model.deploy.service_cdk import service_cdk
from model.deploy.service_scaling import hourly_tasks, scheduled_changes
from model.deploy.service_template import provider_weights, service_template
from model.facts import pick_fact
from model.scenario import RUNTIMES

PRESET = "Canary10Percent5Minutes"
FUNCTIONS: dict[str, dict[str, Any]] = {
    "defaults": {},
    **{
        door: {"aws_lambda.front_door": door}
        for door in ("http_api", "rest_api", "websocket_api", "alb", "none")
    },
    "image-vpc-arm": {
        "aws_lambda.package": "image",
        "aws_lambda.vpc": True,
        "aws_lambda.architecture": "arm64",
    },
    "alb-vpc-traced": {
        "aws_lambda.front_door": "alb",
        "aws_lambda.vpc": True,
        "workload.xray_share": 0.1,
        "workload.internet_facing": False,
    },
    "provisioned": {"aws_lambda.provisioned_concurrency": 10},
    "tracked": {"aws_lambda.provisioned_target_percent": 70.0},
    "by-day": {"aws_lambda.provisioned_concurrency": 10, "aws_lambda.provisioned_hours_per_day": 10.5},
    "snapstart": {"aws_lambda.snapstart": True, "aws_lambda.runtime": "java21"},
    "limits": {
        "aws_lambda.reserved_concurrency": 50,
        "aws_lambda.ephemeral_mb": 10_240,
        "aws_lambda.streamed": True,
        "aws_lambda.memory_mb": 10_240,
    },
    "job": {"workload.kind": "job"},
    "rust": {"aws_lambda.runtime": "rust_on_provided_al2023"},
    "python": {"aws_lambda.runtime": "python313"},
}
SERVICES: dict[str, tuple[dict[str, Any], str]] = {
    **{strategy: ({}, strategy) for strategy in ("rolling", "blue_green", "canary", "linear")},
    "nlb": ({"fargate.load_balancer": "nlb"}, "canary"),
    "no-balancer": ({"fargate.load_balancer": "none"}, "rolling"),
    "windows": ({"fargate.os": "windows", "fargate.vcpu": 1.0, "fargate.memory_gb": 2.0}, "rolling"),
    "arm-spot-disk": (
        {"fargate.architecture": "arm64", "fargate.spot_share": 0.7, "fargate.ephemeral_gb": 50.0},
        "rolling",
    ),
    "step": ({"fargate.scaling": "step"}, "rolling"),
    "step-by-tasks": (
        {"fargate.scaling": "step", "fargate.step_type": "tasks", "fargate.step_bound_percent": 0.0},
        "rolling",
    ),
    "predictive": ({"fargate.scaling": "predictive"}, "rolling"),
    "scheduled": ({"fargate.scaling": "scheduled", "workload.pattern": "business_hours"}, "rolling"),
    "fixed": ({"fargate.scaling": "fixed", "fargate.tasks": 7}, "rolling"),
    "requests": ({"fargate.metric": "requests_per_target", "fargate.metric_period_s": 20}, "rolling"),
    "job": ({"workload.kind": "job", "fargate.spot_share": 1.0}, "rolling"),
    "traced": (
        {"workload.xray_share": 0.1, "fargate.container_insights": True, "workload.log_kb": 0.0},
        "rolling",
    ),
    "largest": ({"fargate.vcpu": 32.0, "fargate.memory_gb": 244.0}, "rolling"),
    "quick-checks": ({"fargate.health_check_interval_s": 5.0, "fargate.public_ip": True}, "rolling"),
}


class Loader(yaml.SafeLoader):
    """Reads the short form of intrinsic functions as plain values: {"Ref": name} is [name, …]'s last part."""


def any_tag(loader: Loader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    return {tag: loader.construct_sequence(node, deep=True)}


Loader.add_multi_constructor("!", any_tag)


def resources(code: Code) -> dict[str, Any]:
    return yaml.load(code.text, Loader=Loader)["Resources"]


def scenario(changes: dict[str, Any]) -> Scenario:
    return replace_at(Scenario(), changes)


# --- linted -----------------------------------------------------------------------------------------


def faults(code: Code) -> list[str]:
    return [
        f"{m.rule.id} line {m.linenumber}: {m.message}"
        for m in lint(code.text, config=ManualArgs(regions=["us-east-1"]))
    ]


@pytest.mark.parametrize("changes", FUNCTIONS.values(), ids=FUNCTIONS)
def test_cfn_lint_finds_no_fault_with_a_function(changes):
    assert faults(function_template(scenario(changes), PRESET)) == []


@pytest.mark.parametrize(("changes", "strategy"), SERVICES.values(), ids=SERVICES)
def test_cfn_lint_finds_no_fault_with_a_service(changes, strategy):
    assert faults(service_template(scenario(changes), strategy)) == []


def test_cfn_lint_would_find_one():
    text = function_template(Scenario()).text.replace("MemorySize: 1024", "MemorySize: 64")
    assert faults(Code("", "yaml", text, ()))


# --- what stands in them ------------------------------------------------------------------------------


def test_a_function_has_the_sizes_of_the_scenario():
    changes = {
        "aws_lambda.memory_mb": 1769,
        "aws_lambda.architecture": "arm64",
        "aws_lambda.ephemeral_mb": 2048,
        "aws_lambda.reserved_concurrency": 40,
        "aws_lambda.provisioned_concurrency": 12,
        "workload.timeout_s": 9.2,
    }
    function = resources(function_template(scenario(changes), PRESET))["Function"]["Properties"]
    assert function["MemorySize"] == 1769
    assert function["Architectures"] == ["arm64"]
    assert function["EphemeralStorage"] == {"Size": 2048}
    assert function["ReservedConcurrentExecutions"] == 40
    assert function["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 12}
    assert function["Timeout"] == 10  # whole seconds, never less than the caller waits
    assert function["Runtime"] == "nodejs22.x"
    assert function["DeploymentPreference"] == {"Type": PRESET}


def test_provisioned_target_tracking_reaches_from_the_fewest_to_what_the_peak_needs():
    changes = {"aws_lambda.provisioned_target_percent": 50, "aws_lambda.provisioned_concurrency": 3}
    made = resources(function_template(scenario(changes)))
    target = made["ProvisionedTarget"]["Properties"]
    # 100/s x 0.2 s are 20 busy, 40 at half use
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 40)
    policy = made["ProvisionedPolicy"]["Properties"]["TargetTrackingScalingPolicyConfiguration"]
    assert policy["TargetValue"] == 0.5


def test_provisioned_hours_become_a_schedule():
    actions = resources(function_template(scenario(FUNCTIONS["by-day"])))["ProvisionedTarget"]["Properties"][
        "ScheduledActions"
    ]
    assert [action["Schedule"] for action in actions] == ["cron(0 8 * * ? *)", "cron(30 18 * * ? *)"]
    assert [action["ScalableTargetAction"]["MinCapacity"] for action in actions] == [10, 0]


def test_a_service_has_the_sizes_and_the_autoscaling_of_the_scenario():
    changes = {
        "fargate.vcpu": 2.0,
        "fargate.memory_gb": 5.0,
        "fargate.min_tasks": 3,
        "fargate.max_tasks": 33,
        "fargate.target_percent": 55.0,
        "fargate.scale_out_cooldown_s": 45.0,
        "fargate.scale_in_cooldown_s": 400.0,
        "fargate.health_check_interval_s": 12.0,
        "fargate.spot_share": 0.25,
    }
    made = resources(service_template(scenario(changes), plan=Plan(0.5, 1.5)))
    task = made["Task"]["Properties"]
    assert (task["Cpu"], task["Memory"]) == ("2048", "5120")
    service = made["Service"]["Properties"]
    assert service["DesiredCount"] == 3
    assert service["DeploymentConfiguration"]["MinimumHealthyPercent"] == 50
    assert service["DeploymentConfiguration"]["MaximumPercent"] == 150
    assert service["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {
        "Enable": True,
        "Rollback": True,
    }
    assert service["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Weight": 3},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 1},
    ]
    assert made["TargetGroup"]["Properties"]["HealthCheckIntervalSeconds"] == 12
    target = made["ScalingTarget"]["Properties"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 33)
    policy = made["ScalingPolicy"]["Properties"]["TargetTrackingScalingPolicyConfiguration"]
    assert (policy["TargetValue"], policy["ScaleOutCooldown"], policy["ScaleInCooldown"]) == (55, 45, 400)


def test_requests_per_target_are_a_minutes_worth_of_what_a_task_can_do():
    made = resources(service_template(scenario(SERVICES["requests"][0])))
    policy = made["ScalingPolicy"]["Properties"]["TargetTrackingScalingPolicyConfiguration"]
    # a request needs 0.06 s x 1,024/1,769 vCPU of a task's 0.5: 14.4/s, and 70 % of that for a minute
    assert policy["TargetValue"] == pytest.approx(0.7 * 60 * 0.5 / (0.06 * 1024 / 1769), abs=0.06)


def test_a_schedule_has_the_tasks_that_the_busiest_day_needs():
    busy = scenario({**SERVICES["scheduled"][0], "fargate.schedule_lead_s": 600.0})
    tasks, changes = hourly_tasks(busy), scheduled_changes(busy)
    assert len(tasks) == 24 and tasks[13] == max(tasks) > min(tasks) == tasks[3]
    assert [number for *_, number in changes] == [
        now for hour, now in enumerate(tasks) if now != tasks[hour - 1]
    ]
    first = next(hour for hour in range(24) if tasks[hour] > tasks[hour - 1])
    assert (first - 1, 50, tasks[first]) in changes  # ten minutes ahead of its hour
    last = max(hour for hour in range(24) if tasks[hour] < tasks[hour - 1])
    assert (last, 0, tasks[last]) in changes  # but not before the hour that still needed more


def test_a_steady_schedule_is_one_number_and_your_own_minimum_counts_above_the_mean():
    steady = scenario({"fargate.scaling": "scheduled", "fargate.schedule_lead_s": 0.0})
    assert scheduled_changes(steady) == [(0, 0, 10)]  # 100/s at 70 % of 14.4/s
    own = {**SERVICES["scheduled"][0], "fargate.scheduled_min_tasks": 17}
    assert set(hourly_tasks(scenario(own))) == {17, 2}


def test_a_step_policy_has_your_steps():
    changes = {
        "fargate.scaling": "step",
        "fargate.step_type": "tasks",
        "fargate.step_bound_percent": 15.0,
        "fargate.step_small": 2.0,
        "fargate.step_large": 6.0,
        "fargate.step_in": 1.0,
        "fargate.step_in_below_percent": 40.0,
        "fargate.step_datapoints": 2,
    }
    made = resources(service_template(scenario(changes)))
    policy = made["ScaleOutPolicy"]["Properties"]["StepScalingPolicyConfiguration"]
    assert policy["AdjustmentType"] == "ChangeInCapacity"
    assert policy["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 15.0, "ScalingAdjustment": 2},
        {"MetricIntervalLowerBound": 15.0, "ScalingAdjustment": 6},
    ]
    back = made["ScaleInPolicy"]["Properties"]["StepScalingPolicyConfiguration"]
    assert back["StepAdjustments"][0]["ScalingAdjustment"] == -1
    assert made["ScaleInAlarm"]["Properties"]["Threshold"] == 40
    assert made["ScaleOutAlarm"]["Properties"]["EvaluationPeriods"] == 2


@pytest.mark.parametrize(
    ("share", "weights"),
    [(0.0, {"FARGATE": 1}), (1.0, {"FARGATE_SPOT": 1}), (0.7, {"FARGATE": 3, "FARGATE_SPOT": 7})],
    ids=str,
)
def test_spot_shares_become_the_smallest_whole_weights(share, weights):
    assert provider_weights(scenario({"fargate.spot_share": share})) == weights


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("nodejs22x", "nodejs22.x"),
        ("python313", "python3.13"),
        ("python39", "python3.9"),
        ("java8_al2", "java8.al2"),
        ("java25", "java25"),
        ("dotnet10", "dotnet10"),
        ("dotnet8_aot_on_provided_al2023", "provided.al2023"),
        ("ruby34", "ruby3.4"),
        ("go_on_provided_al2", "provided.al2023"),
        ("bun", "provided.al2023"),
    ],
)
def test_a_runtime_is_called_what_aws_calls_it(ours, theirs):
    assert aws_runtime(ours) == theirs


def test_every_runtime_that_is_measured_can_be_deployed():
    for runtime in RUNTIMES:
        made = function_template(replace_at(Scenario(), "aws_lambda.runtime", runtime))
        assert resources(made)["Function"]["Properties"]["Runtime"] == aws_runtime(runtime)


@pytest.mark.parametrize(
    ("per_day", "rate"),
    [(24, "rate(60 minutes)"), (1440, "rate(1 minute)"), (1e6, "rate(1 minute)"), (0, "rate(1440 minutes)")],
)
def test_runs_a_day_become_a_rate(per_day, rate):
    assert schedule(per_day) == rate


def test_no_role_may_do_everything():
    for changes in FUNCTIONS.values():
        found = function_template(scenario(changes)).text
        assert "Action: '*'" not in found and ":*'\n" not in found and "AdministratorAccess" not in found
    for changes, strategy in SERVICES.values():
        for name, made in resources(service_template(scenario(changes), strategy)).items():
            for policy in made["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    assert all("*" not in action for action in statement["Action"]), name


def test_what_does_not_go_together_is_left_out_and_said():
    changes = {**FUNCTIONS["snapstart"], "aws_lambda.provisioned_concurrency": 5}
    made = function_template(scenario(changes))
    assert "SnapStart" not in resources(made)["Function"]["Properties"]
    assert any("SnapStart is left out" in note for note in made.notes)


def test_a_value_cannot_break_out_of_its_quotes():
    nasty = 'x"); import os #\n\\'
    source = call("f", nasty, key=[nasty])
    seen = []
    exec(source, {"f": lambda *values, **named: seen.append((values, named))})  # noqa: S102
    assert seen == [((nasty,), {"key": [nasty]})]
    assert literal(Name("self")) == "self"


# --- CDK --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def synthesised():
    """Templates out of CDK code, all by one Node process, started once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
        patch.setitem(os.environ, "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
        import aws_cdk
        from aws_cdk.assertions import Template

        def synth(code: Code) -> dict[str, Any]:
            names: dict[str, Any] = {"__name__": "generated"}
            exec(compile(code.text, code.file_name, "exec"), names)  # noqa: S102
            stack = names["LambdaStack" if "LambdaStack" in names else "FargateStack"]
            return Template.from_stack(stack(aws_cdk.App(), "Stack")).to_json()["Resources"]

        yield synth


def of_type(made: dict[str, Any], type: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in made.values() if one["Type"] == type]


@pytest.mark.parametrize("changes", FUNCTIONS.values(), ids=FUNCTIONS)
def test_cdk_makes_the_same_function_as_the_template(synthesised, changes):
    wanted = scenario(changes)
    (made,) = of_type(synthesised(function_cdk(wanted, PRESET)), "AWS::Lambda::Function")
    ours = resources(function_template(wanted, PRESET))["Function"]["Properties"]
    for name in ("MemorySize", "Timeout", "Architectures", "EphemeralStorage", "Runtime", "SnapStart"):
        assert made.get(name) == ours.get(name), name
    assert made.get("ReservedConcurrentExecutions") == ours.get("ReservedConcurrentExecutions")
    assert ("VpcConfig" in made) == ("VpcConfig" in ours)


@pytest.mark.parametrize(("changes", "strategy"), SERVICES.values(), ids=SERVICES)
def test_cdk_makes_the_same_service_as_the_template(synthesised, changes, strategy):
    wanted = scenario(changes)
    made, ours = synthesised(service_cdk(wanted, strategy)), resources(service_template(wanted, strategy))
    (task,) = of_type(made, "AWS::ECS::TaskDefinition")
    for name in ("Cpu", "Memory", "RuntimePlatform", "EphemeralStorage"):
        assert task.get(name) == ours["Task"]["Properties"].get(name), name
    for service in of_type(made, "AWS::ECS::Service"):
        mine = ours["Service"]["Properties"]
        assert service["DesiredCount"] == mine["DesiredCount"]
        assert service["CapacityProviderStrategy"] == mine["CapacityProviderStrategy"]
        for name in (
            "MinimumHealthyPercent",
            "MaximumPercent",
            "DeploymentCircuitBreaker",
            "Strategy",
            "BakeTimeInMinutes",
        ):
            assert service["DeploymentConfiguration"].get(name) == mine["DeploymentConfiguration"].get(
                name
            ), name
    targets = of_type(made, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert [(t["MinCapacity"], t["MaxCapacity"]) for t in targets] == [
        (t["MinCapacity"], t["MaxCapacity"])
        for t in of_type(ours, "AWS::ApplicationAutoScaling::ScalableTarget")
    ]
    settings = "TargetTrackingScalingPolicyConfiguration"
    mine = [p[settings] for p in of_type(ours, "AWS::ApplicationAutoScaling::ScalingPolicy") if settings in p]
    theirs = [
        p[settings] for p in of_type(made, "AWS::ApplicationAutoScaling::ScalingPolicy") if settings in p
    ]
    for one, other in zip(mine, theirs, strict=True):
        assert other["TargetValue"] == pytest.approx(one["TargetValue"], abs=0.5)
        assert (other["ScaleOutCooldown"], other["ScaleInCooldown"]) == (
            one["ScaleOutCooldown"],
            one["ScaleInCooldown"],
        )


def test_every_preset_has_a_name_in_cdk():
    from aws_cdk.aws_codedeploy import LambdaDeploymentConfig

    for preset in pick_fact("deployment.lambda_presets").value:
        assert hasattr(LambdaDeploymentConfig, preset_constant(preset["name"]))


def test_every_retention_has_a_name_in_cdk():
    assert tuple(RETENTION) == RETENTION_DAYS
