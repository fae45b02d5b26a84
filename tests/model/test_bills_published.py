"""Bills that others published, as whole scenarios: what a FinOps engineer would type in to get the same sum.

Examples whose single lines are checked elsewhere are listed at the end, so that none is forgotten.
"""

from pathlib import Path

import pytest

from model import Scenario, evaluate, replace_at
from model.cost.aws_lambda import LambdaUsage, lambda_lines
from model.cost.lines import Bill, lines_for, price
from model.cost.managed_instances import managed_instances_lines
from model.facts import load_measured

EXAMPLES = {example["id"]: example for example in load_measured("worked_examples")["examples"]}
BARE = {
    "workload.log_kb": 0,
    "workload.response_kb": 0,
    "workload.duration_cv": 0,
    "workload.cpu_share": 0,
    "billing.init_billed": False,  # the examples bill no init phase
    "billing.free_tier": False,
}


def published(id, *items):
    known = EXAMPLES[id]["line_items"]
    return [known[item]["published"] for item in items]


def month(requests, hours=730, **changes):
    """So many requests in a month of so many hours, with nothing around them; __ stands for the dot."""
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    rate = {"workload.requests_per_s": requests / hours / 3600, "billing.hours_per_month": hours}
    return evaluate(replace_at(Scenario(), BARE | rate | dotted))


def function(requests, duration_s, memory_mb, **changes):
    return month(
        requests,
        workload__duration_s=duration_s,
        workload__measured_at_mb=memory_mb,
        aws_lambda__memory_mb=memory_mb,
        **changes,
    ).aws_lambda.bill


def part(bill, start):
    return cents(sum(float(line.usd) for line in bill.lines if line.item.startswith(start)))


def cents(usd):
    return round(float(usd), 2)


def test_mobile_backend():
    bill = function(3e6, 0.12, 1536, billing__free_tier=True)
    found = [part(bill, "Duration"), part(bill, "Requests"), cents(bill.total_usd)]
    assert found == published("aws-lambda-1-mobile-backend", "compute", "requests", "total")


def test_telemetry():
    bill = function(7.44e6, 2.0, 1024, hours=744)
    found = [part(bill, "Duration"), part(bill, "Requests"), cents(bill.total_usd)]
    assert found == published("aws-lambda-2-telemetry", "compute", "requests", "total")


def test_15_billion_requests():
    bill = function(15e9, 1.024, 4096)
    slices = [
        cents(line.usd) for line in bill.lines if line.item.startswith("Duration (x86_64), ") if line.usd > 0
    ]
    assert slices == published("infracost-lambda-61b-x86", "tier1", "tier2", "tier3")
    assert [part(bill, "Requests")] == published("infracost-lambda-61b-x86", "requests")


def test_the_other_usage_of_the_organisation_takes_the_lower_slices():
    """The published three slices again: a quarter of the requests, three quarters as the organisation's others."""
    bill = function(15e9 / 4, 1.024, 4096, billing__other_lambda_gb_s=61.44e9 * 3 / 4)
    assert part(bill, "Duration") == cents(61.44e9 / 4 * 0.0000133334)
    others = function(15e9 * 3 / 4, 1.024, 4096)
    whole = sum(published("infracost-lambda-61b-x86", "tier1", "tier2", "tier3"))
    assert part(bill, "Duration") + part(others, "Duration") == pytest.approx(whole, abs=0.02)


def test_a_small_function_with_a_proxy():
    """HTTP API 0.05 and RDS Proxy for two vCPU 21.90; with the source's shared block of 14.01 they are 35.96."""
    bill = function(
        5e4,
        0.2,
        512,
        billing__free_tier=True,
        aws_lambda__front_door="http_api",
        workload__rds_proxy="aws_lambda",
    )
    found = [part(bill, "HTTP API"), part(bill, "RDS Proxy")]
    assert found == published("demo-option-b-lambda", "http_api", "rds_proxy")
    shared = EXAMPLES["demo-option-b-lambda"]["inputs"]["shared_block"]
    assert [cents(bill.total_usd + shared)] == published("demo-option-b-lambda", "total")


def test_five_tasks_of_ten_minutes_a_day():
    """Runs of a job that needs no image; 720 hours are 30 days."""
    job = month(
        1000,
        hours=720,
        workload__kind="job",
        workload__runs_per_day=5,
        workload__duration_s=600,
        fargate__image_mb=0,
        fargate__boot_s=0,
        fargate__vcpu=1,
        fargate__memory_gb=2,
        fargate__ephemeral_gb=30,
    )
    bill = job.fargate.bill
    found = [part(bill, "vCPU"), part(bill, "Memory"), part(bill, "Ephemeral"), cents(bill.total_usd)]
    assert found == published("aws-fargate-1-x86", "cpu", "memory", "ephemeral", "total")


def test_a_service_of_fixed_size_by_the_formula_of_the_source():
    """3 tasks of 2 vCPU and 4 GB for 720 hours are 213.28; the source's own 265 contradicts its formula."""
    service = month(
        3e8,
        hours=720,
        fargate__scaling="fixed",
        fargate__tasks=3,
        fargate__vcpu=2,
        fargate__memory_gb=4,
        fargate__load_balancer="none",
    )
    assert cents(service.fargate.bill.total_usd) == 213.28
    assert not EXAMPLES["sysdesign-s2"]["consistent"]
    assert published("sysdesign-s2", "fargate_total") == [265]


def test_http_and_rest_apis():
    http = month(216e6, aws_lambda__front_door="http_api").aws_lambda.bill
    assert [part(http, "HTTP API")] == published("apigw-http-216m", "total")
    rest = month(21e9, aws_lambda__front_door="rest_api").aws_lambda.bill
    assert [part(rest, "REST API")] == published("infracost-rest-21b", "total")


def test_a_load_balancer():
    bill = month(
        5 * 720 * 3600,
        hours=720,
        workload__request_kb=10,
        workload__response_kb=50,
        assumptions={
            "elb.requests_per_connection": 5,
            "elb.connection_duration_s": 120,
            "elb.rules": 60,
        },
    ).fargate.bill
    assert [part(bill, "ALB hours"), part(bill, "ALB cap")] == published("aws-alb-1", "alb_hours", "lcu")


def test_traces():
    """2,000 requests an hour, a tenth recorded, 744 hours, 100,000 free: 48,800 at 0.000005.

    Reading traces back and Insights are not billed to a workload here; their prices give the other lines.
    """
    bill = month(2000 * 744, hours=744, workload__xray_share=0.1, billing__free_tier=True).fargate.bill
    assert [part(bill, "X-Ray")] == published("aws-xray-1", "recorded")
    plain = Scenario().billing
    insights = Bill(lines_for("Insights", "X", 2000 * 0.1 * 744, price(plain, "xray.insights_trace"), plain))
    assert [cents(insights.total_usd)] == published("aws-xray-1", "insights")
    assert [cents(part(bill, "X-Ray") + insights.total_usd)] == published("aws-xray-1", "total")


def test_workflows():
    """10,000 transitions of standard workflows; 29,687.5 GB-hours of express ones, here 576 MB for 1.9 s each."""
    bill = month(1000, workload__step_functions_transitions=10).fargate.bill
    assert [part(bill, "Step Functions")] == published("infracost-sfn", "standard")
    assert EXAMPLES["infracost-sfn"]["inputs"]["gb_hours"] == 1e8 * 1.9 * 576 / 1024 / 3600
    express = month(
        1e8,
        workload__step_functions_type="express",
        workload__express_duration_s=1.83,
        workload__express_memory_mb=570,
    ).fargate.bill
    assert [part(express, "Step Functions express requests")] == published("infracost-sfn", "requests")
    duration = [float(line.usd) for line in express.lines if "express duration" in line.item]
    assert round(duration[0], 2) == published("infracost-sfn", "t1")[0]
    # The source multiplies rounded rates per GB-s; the list's rate per GB-hour is a fifth of a cent apart.
    assert duration == pytest.approx(published("infracost-sfn", "t1", "t2", "t3"), abs=0.005)


def test_express_workflows_at_the_prices_of_the_page_and_at_those_of_the_list():
    """100 million workflows of 10 s in 64 MB are 17,361.11 GB-hours; the page rounds the three prices of the list."""
    key = "step_functions.express_duration@us-east-1"
    rounded = {key: 0.06, f"{key}#1000": 0.03, f"{key}#5000": 0.01642}
    ten_seconds = {"workload__step_functions_type": "express", "workload__express_duration_s": 10}
    page = month(1e8, billing__overrides=rounded, **ten_seconds).fargate.bill
    slices = [cents(line.usd) for line in page.lines if "express duration" in line.item]
    assert slices == published("aws-sfn-express", "t1", "t2", "t3")
    assert [part(page, "Step Functions express requests")] == published("aws-sfn-express", "requests")
    assert [part(page, "Step Functions express duration")] == published("aws-sfn-express", "duration")
    ours = month(1e8, **ten_seconds).fargate.bill
    # 1,000 x 0.060012 + 4,000 x 0.0299875 + 12,361.11 x 0.016416
    assert part(ours, "Step Functions express duration") == 382.88


def test_an_old_example_at_its_own_price_per_gb_second():
    """The page of before December 2020 had 0.00001667; today's list has 0.0000166667, which is 18.33."""
    own = {"lambda.duration/x86_64@us-east-1": 0.00001667}
    bill = function(3e6, 1.0, 512, billing__free_tier=True, billing__overrides=own)
    found = [part(bill, "Duration"), part(bill, "Requests"), cents(bill.total_usd)]
    assert found == published("aws-lambda-512mb-old", "compute", "requests", "total")
    assert part(function(3e6, 1.0, 512, billing__free_tier=True), "Duration") == 18.33


@pytest.mark.parametrize("id", ["basavytix-nat-1", "basavytix-nat-2", "basavytix-nat-3"])
def test_nat_gateways(id):
    inputs = EXAMPLES[id]["inputs"]
    bill = month(
        1e6,
        workload__outbound_kb=inputs["gb"] * 1024**2 / 1e6,
        fargate__scaling="fixed",
        fargate__nat=True,
        fargate__availability_zones=inputs["gateways"],
    ).fargate.bill
    found = [part(bill, "NAT gateway hours"), part(bill, "NAT gateway data"), part(bill, "NAT gateway")]
    assert found == published(id, "hours", "data", "total")


def test_managed_instances():
    """2,000 hours of m7g.xlarge at a plan's 0.0457: 91.40; the fee stays 15 % of On-Demand: 48.96; requests 20.00."""
    hours = EXAMPLES["aws-lambda-managed-instances"]["inputs"]["instance_hours"]
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": 1e8 / 730 / 3600,
            "aws_lambda.managed_instances": True,
            "billing.overrides": {"ec2.instance_hour/m7g.xlarge@us-east-1": 0.0457},
        },
    )
    lines = managed_instances_lines(scenario, hours)
    found = [cents(line.usd) for line in lines] + [cents(Bill(lines).total_usd)]
    assert found == published("aws-lambda-managed-instances", "requests", "ec2", "management_fee", "total")


def test_snapstart():
    """A hundredth of the requests restores: the share is given here, since the model would find its own."""
    scenario = replace_at(
        Scenario(),
        BARE
        | {
            "workload.requests_per_s": 7.44e6 / 744 / 3600,
            "billing.hours_per_month": 744,
            "workload.duration_s": 2.0,
            "aws_lambda.runtime": "python313",
            "aws_lambda.snapstart": True,
        },
    )
    lines = lambda_lines(scenario, LambdaUsage(p_cold=0.01, billed_init_s=0.0))
    bill = Bill(lines)
    found = [part(bill, "SnapStart cache"), part(bill, "SnapStart restore"), cents(bill.total_usd)]
    assert found == published("aws-lambda-snapstart", "snapstart_cache", "snapstart_restore", "total")


ELSEWHERE = {
    "aws-lambda-pc-1-launch": "test_lambda_bill",
    "lambda-logs-60tb": "test_around_bill",
    "infracost-dto-tokyo": "test_around_bill",
    "demo-nat": "test_around_bill",
    "regimes-fargate-spot-x86": "test_fargate_bill",
    "furybee-lambda-call": "test_lambda_bill",
}


def test_no_published_example_is_left_out():
    here = Path(__file__).read_text(encoding="utf-8")
    assert [id for id in EXAMPLES if id not in here] == []
    for id, file in ELSEWHERE.items():
        assert id in Path(__file__).with_name(f"{file}.py").read_text(encoding="utf-8")


def test_examples_that_contradict_themselves_are_known():
    assert {id for id, example in EXAMPLES.items() if not example["consistent"]} == {
        "sysdesign-s2",
        "furybee-lambda-call",
    }
