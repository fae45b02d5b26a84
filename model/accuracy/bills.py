"""Bills that others published, as what a FinOps engineer would type in to get the same sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from model.accuracy.compared import Compared, figure
from model.cost.aws_lambda import LambdaUsage, lambda_lines
from model.cost.fargate import fargate_lines
from model.cost.lines import Bill, lines_for, price
from model.cost.managed_instances import managed_instances_lines
from model.cost.monitoring import log_lines
from model.cost.network import egress_lines, nat_lines
from model.evaluate import evaluate
from model.facts import load_measured
from model.scenario import Scenario, replace_at

Sums = dict[str, float]

BARE: Mapping[str, Any] = {
    "workload.log_kb": 0,
    "workload.response_kb": 0,
    "workload.duration_cv": 0,
    "workload.cpu_share": 0,
    "billing.init_billed": False,  # the examples bill no init phase
    "billing.free_tier": False,
}
CENT = 0.01
_GB_KB = 1024.0**2
_HOURS = 730
_HOUR_S = 3600


def bills() -> tuple[Compared, ...]:
    """Every line of a published bill that a workload here has, in USD, in the order of the file.

    Source: METHOD.md "Accuracy"; measured/worked_examples.json.
    """
    return tuple(
        figure(
            id,
            item.replace("_", " "),
            "USD",
            float(known["line_items"][item]["published"]),
            usd,
            source=known["source"],
            note=f"{known['title']}. {known['note'] or ''}".strip(),
        )
        for id, known in examples().items()
        for item, usd in BILLS[id]().items()
    )


def to_the_digit(row: Compared) -> bool:
    """Whether our sum, rounded to the digits of the published one, is the published one: mostly to the cent."""
    printed = -int(Decimal(str(row.published_low)).normalize().as_tuple().exponent)
    digits = printed if row.published_low < CENT else max(printed, 2)
    return round(row.ours, digits) == row.published_low


@cache
def examples() -> Mapping[str, Any]:
    """The published bills by id."""
    return MappingProxyType({bill["id"]: bill for bill in load_measured("worked_examples")["examples"]})


# --- one function per bill: line as published -> our USD --------------------------------------------


def _mobile_backend() -> Sums:
    bill = _function(3e6, 0.12, 1536, {"billing.free_tier": True})
    return {"compute": _part(bill, "Duration"), "requests": _part(bill, "Requests"), "total": _total(bill)}


def _telemetry() -> Sums:
    bill = _function(7.44e6, 2.0, 1024, hours=744)
    return {"requests": _part(bill, "Requests"), "compute": _part(bill, "Duration"), "total": _total(bill)}


def _launch_day() -> Sums:
    """A month of one day. The other 2.5 M requests take 120 ms: the 20 ms more enter as init of every one of them."""
    changes = {
        "aws_lambda.provisioned_concurrency": 100,
        "aws_lambda.provisioned_hours_per_day": 8,
        "aws_lambda.free_tier_with_provisioned": True,
        "billing.free_tier": True,
        "billing.init_billed": True,
    }
    scenario = _function_scenario(3e6, 0.1, 1536, changes, hours=24)
    usage = LambdaUsage(p_cold=2.5 / 3, billed_init_s=0.02, provisioned_share=0.5 / 3)
    bill = Bill(lambda_lines(scenario, usage))
    on_provisioned = _part(bill, "Duration on provisioned")
    return {
        "pc": _part(bill, "Provisioned concurrency"),
        "requests": _part(bill, "Requests"),
        "compute_pc": on_provisioned,
        "compute_on_demand": _part(bill, "Duration") - on_provisioned,
        "total": _total(bill),
    }


def _snapstart() -> Sums:
    """A hundredth of the requests restores: the share is given, since the model would find its own."""
    changes = {"aws_lambda.runtime": "python313", "aws_lambda.snapstart": True}
    scenario = _function_scenario(7.44e6, 2.0, 1024, changes, hours=744)
    bill = Bill(lambda_lines(scenario, LambdaUsage(p_cold=0.01, billed_init_s=0.0)))
    return {
        "requests": _part(bill, "Requests"),
        "compute": _part(bill, "Duration"),
        "snapstart_cache": _part(bill, "SnapStart cache"),
        "snapstart_restore": _part(bill, "SnapStart restore"),
        "total": _total(bill),
    }


def _managed_instances() -> Sums:
    """The hours are given; the fee stays a share of On-Demand, though a plan makes the instances cheaper."""
    known = examples()["aws-lambda-managed-instances"]["inputs"]
    changes = {
        "workload.requests_per_s": known["requests"] / _HOURS / _HOUR_S,
        "aws_lambda.managed_instances": True,
        "billing.overrides": {f"ec2.instance_hour/{known['instance']}@us-east-1": known["ec2_sp"]},
    }
    lines = managed_instances_lines(replace_at(Scenario(), changes), known["instance_hours"])
    names = ("requests", "ec2", "management_fee")
    return dict(zip(names, (_total(Bill((line,))) for line in lines), strict=True)) | {
        "total": _total(Bill(lines))
    }


def _five_tasks() -> Sums:
    """Runs of a job that needs no image; 720 hours are 30 days."""
    job = {
        "workload.kind": "job",
        "workload.runs_per_day": 5,
        "workload.duration_s": 600,
        "fargate.image_mb": 0,
        "fargate.boot_s": 0,
        "fargate.vcpu": 1,
        "fargate.memory_gb": 2,
        "fargate.ephemeral_gb": 30,
    }
    bill = evaluate(_month(1000, job, hours=720)).fargate.bill
    parts = {"cpu": "vCPU", "memory": "Memory", "ephemeral": "Ephemeral"}
    return {item: _part(bill, start) for item, start in parts.items()} | {"total": _total(bill)}


def _load_balancer() -> Sums:
    changes = {
        "workload.request_kb": 10,
        "workload.response_kb": 50,
        "assumptions": {
            "elb.requests_per_connection": 5,
            "elb.connection_duration_s": 120,
            "elb.rules": 60,
        },
    }
    bill = evaluate(_month(5 * 720 * _HOUR_S, changes, hours=720)).fargate.bill
    hours, units = _part(bill, "ALB hours"), _part(bill, "ALB cap")
    return {"alb_hours": hours, "lcu": units, "total": hours + units}


def _traces() -> Sums:
    """Reading traces back and Insights are not billed to a workload here; Insights by its price."""
    changes = {"workload.xray_share": 0.1, "billing.free_tier": True}
    bill = evaluate(_month(2000 * 744, changes, hours=744)).fargate.bill
    plain = Scenario().billing
    insights = Bill(lines_for("Insights", "X", 2000 * 0.1 * 744, price(plain, "xray.insights_trace"), plain))
    recorded = _part(bill, "X-Ray")
    return {"recorded": recorded, "insights": _total(insights), "total": recorded + _total(insights)}


def _http_api() -> Sums:
    changes = {"aws_lambda.front_door": "http_api"}
    return {"total": _part(evaluate(_month(216e6, changes)).aws_lambda.bill, "HTTP API")}


def _rest_api() -> Sums:
    bill = evaluate(_month(21e9, {"aws_lambda.front_door": "rest_api"})).aws_lambda.bill
    return _slices(bill, "REST API", "t") | {"total": _part(bill, "REST API")}


def _logs() -> Sums:
    """Our terabyte has 1,024 GB, in amounts and slices alike."""
    gb = 60 * 1024
    scenario = _month(gb * _GB_KB / 1e6, {"workload.log_kb": 1e6})
    flat = log_lines(scenario, "cloudwatch.logs_standard_gb", 0.0)
    return {
        "flat": _total(Bill(flat)),
        "tiered": _total(Bill(log_lines(scenario, "cloudwatch.logs_lambda_gb", 0.0))),
    }


def _fifteen_billion() -> Sums:
    bill = _function(15e9, 1.024, 4096)
    return {"requests": _part(bill, "Requests")} | _slices(bill, "Duration (x86_64), ", "tier")


def _workflows() -> Sums:
    """Standard workflows from a scenario; express workflows by their prices."""
    bill = evaluate(_month(1000, {"workload.step_functions_transitions": 10})).fargate.bill
    plain = Scenario().billing
    known = examples()["infracost-sfn"]["inputs"]
    duration = price(plain, "step_functions.express_duration")
    asked = price(plain, "step_functions.express_request")
    express = Bill(lines_for("Express", "S", known["gb_hours"], duration, plain))
    requests = Bill(lines_for("Express", "S", known["express_requests"], asked, plain))
    return {
        "requests": _total(requests),
        **_slices(express, "Express", "t"),
        "standard": _part(bill, "Step Functions"),
    }


def _egress() -> Sums:
    changes = {
        "workload.response_kb": _GB_KB,
        "workload.internet_facing": True,
        "billing.region": "ap-northeast-1",
        "fargate.load_balancer": "none",
        "assumptions": {"network.overhead_kb_per_request": 0.0, "network.public_egress_share": 1.0},
    }
    return _slices(Bill(egress_lines(_month(157_000, changes))), "", "t")


def _spot() -> Sums:
    """The total holds other lines, which its source does not name."""
    known = examples()["regimes-fargate-spot-x86"]
    changes = {
        "fargate.vcpu": known["inputs"]["vcpu"],
        "fargate.memory_gb": known["inputs"]["memory_gb"],
        "fargate.spot_share": 1,
        "billing.on": known["date"],
    }
    scenario = replace_at(Scenario(), dict(BARE) | changes)
    return {"compute": _total(Bill(fargate_lines(scenario, known["inputs"]["task_hours"])))}


def _small_function() -> Sums:
    """The total holds a block that the source shares between its options."""
    changes = {
        "billing.free_tier": True,
        "aws_lambda.front_door": "http_api",
        "workload.rds_proxy": "aws_lambda",
    }
    bill = _function(5e4, 0.2, 512, changes)
    return {
        "compute_before_free_tier": _total(_function(5e4, 0.2, 512)),
        "http_api": _part(bill, "HTTP API"),
        "rds_proxy": _part(bill, "RDS Proxy"),
        "total": _total(bill) + examples()["demo-option-b-lambda"]["inputs"]["shared_block"],
    }


def _express() -> Sums:
    """The page rounds the three prices per GB-hour of the list."""
    key = "step_functions.express_duration@us-east-1"
    changes = {
        "workload.step_functions_type": "express",
        "workload.express_duration_s": 10,
        "billing.overrides": dict(
            zip((key, f"{key}#1000", f"{key}#5000"), _assumed("aws-sfn-express", "gb_hour"), strict=True)
        ),
    }
    bill = evaluate(_month(1e8, changes)).fargate.bill
    duration = "Step Functions express duration"
    return {
        "requests": _part(bill, "Step Functions express requests"),
        **_slices(bill, duration, "t"),
        "duration": _part(bill, duration),
    }


def _old_function() -> Sums:
    """At the price per GB-s that the page had then."""
    own = {"lambda.duration/x86_64@us-east-1": _assumed("aws-lambda-512mb-old", "gb_s")}
    bill = _function(3e6, 1.0, 512, {"billing.free_tier": True, "billing.overrides": own})
    return {
        "compute": _part(bill, "Duration"),
        "requests": _part(bill, "Requests"),
        "total": _total(bill),
    }


def _assumed(id: str, name: str) -> Any:
    return examples()[id]["prices_assumed"][name]


def _nat(id: str) -> Sums:
    inputs = examples()[id]["inputs"]
    scenario = replace_at(Scenario(), {"fargate.availability_zones": inputs.get("gateways", 1)})
    hours, data = nat_lines(scenario, inputs["gb"], True)
    return {
        "hours": _total(Bill((hours,))),
        "data": _total(Bill((data,))),
        "total": _total(Bill((hours, data))),
    }


def _three_tasks() -> Sums:
    fixed = {
        "fargate.scaling": "fixed",
        "fargate.tasks": 3,
        "fargate.vcpu": 2,
        "fargate.memory_gb": 4,
        "fargate.load_balancer": "none",
    }
    total = _total(evaluate(_month(3e8, fixed, hours=720)).fargate.bill)
    on_lambda = _total(_function(3e8, 0.2, 256, hours=720))
    return {"lambda_total": on_lambda, "fargate_day": total / 30, "fargate_total": total}


def _one_call() -> Sums:
    million = _function(1e6, 0.2, 1024)
    request, compute = (_part(million, start) / 1e6 for start in ("Requests", "Duration"))
    return {"request": request, "compute": compute, "total": request + compute}


BILLS: Mapping[str, Callable[[], Sums]] = {
    "aws-lambda-1-mobile-backend": _mobile_backend,
    "aws-lambda-2-telemetry": _telemetry,
    "aws-lambda-pc-1-launch": _launch_day,
    "aws-lambda-snapstart": _snapstart,
    "aws-lambda-managed-instances": _managed_instances,
    "aws-fargate-1-x86": _five_tasks,
    "aws-alb-1": _load_balancer,
    "aws-xray-1": _traces,
    "apigw-http-216m": _http_api,
    "lambda-logs-60tb": _logs,
    "infracost-lambda-61b-x86": _fifteen_billion,
    "infracost-rest-21b": _rest_api,
    "infracost-sfn": _workflows,
    "infracost-dto-tokyo": _egress,
    "regimes-fargate-spot-x86": _spot,
    "demo-option-b-lambda": _small_function,
    **{id: partial(_nat, id) for id in ("demo-nat", "basavytix-nat-1", "basavytix-nat-2", "basavytix-nat-3")},
    "aws-sfn-express": _express,
    "aws-lambda-512mb-old": _old_function,
    "sysdesign-s2": _three_tasks,
    "furybee-lambda-call": _one_call,
}


# --- scenarios and sums ----------------------------------------------------------------------------


def _month(requests: float, changes: Mapping[str, Any], hours: float = _HOURS) -> Scenario:
    """So many requests in a month of so many hours, with nothing around them."""
    rate = {"workload.requests_per_s": requests / hours / _HOUR_S, "billing.hours_per_month": hours}
    return replace_at(Scenario(), dict(BARE) | rate | dict(changes))


def _function_scenario(
    requests: float, duration_s: float, memory_mb: float, changes: Mapping[str, Any], hours: float = _HOURS
) -> Scenario:
    size = {
        "workload.duration_s": duration_s,
        "workload.measured_at_mb": memory_mb,
        "aws_lambda.memory_mb": memory_mb,
    }
    return _month(requests, size | dict(changes), hours)


def _function(
    requests: float,
    duration_s: float,
    memory_mb: float,
    changes: Mapping[str, Any] = MappingProxyType({}),
    hours: float = _HOURS,
) -> Bill:
    scenario = _function_scenario(requests, duration_s, memory_mb, changes, hours)
    return evaluate(scenario).aws_lambda.bill


def _part(bill: Bill, start: str) -> float:
    return _total(Bill(tuple(line for line in bill.lines if line.item.startswith(start))))


def _slices(bill: Bill, start: str, name: str) -> Sums:
    """The slices of a tiered price that cost something, numbered from 1."""
    found = [_total(Bill((line,))) for line in bill.lines if line.item.startswith(start)]
    return {f"{name}{number}": usd for number, usd in enumerate((x for x in found if x > 0), start=1)}


def _total(bill: Bill) -> float:
    return float(bill.known_usd)
