"""Whole bills: what stands on them, that they add up, that every line says where its price is from."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import Scenario, ScenarioError, evaluate, replace_at
from model.decide.break_even import break_even
from model.decide.verdict import verdict
from model.facts import find_price, pick_fact
from model.fit import fit, pitfalls
from model.report import as_dict
from model.scaling.task_start import task_start
from model.scenario import PATTERNS, SAVINGS_PLANS, adjustable_assumptions
from model.traffic import traffic

EVERYTHING = {
    "workload.internet_facing": True,
    "workload.outbound_kb": 3,
    "workload.cross_zone_kb": 2,
    "workload.rds_proxy": "both",
    "workload.queue": True,
    "workload.step_functions_transitions": 2,
    "workload.custom_metrics": 50,
    "workload.xray_share": 0.1,
    "workload.response_kb": 8000,
    "workload.pattern": "diurnal",
    "aws_lambda.front_door": "alb",
    "aws_lambda.vpc": True,
    "aws_lambda.nat": True,
    "aws_lambda.streamed": True,
    "aws_lambda.runtime": "python313",
    "aws_lambda.snapstart": True,
    "aws_lambda.provisioned_concurrency": 5,
    "aws_lambda.ephemeral_mb": 1024,
    "aws_lambda.managed_instances": True,
    "fargate.spot_share": 0.3,
    "fargate.ephemeral_gb": 30,
    "fargate.nat": True,
    "fargate.public_ip": True,
    "fargate.interface_endpoints": 2,
    "fargate.container_insights": True,
    "fargate.images_kept": 10,
    "billing.savings_plan": "1yr_no_upfront",
}


def at(**changes):
    return replace_at(Scenario(), {name.replace("__", "."): value for name, value in changes.items()})


def bills(scenario):
    found = evaluate(scenario)
    managed = found.aws_lambda.managed_bill
    return (found.aws_lambda.bill, found.fargate.bill, *([managed] if managed else []))


def names(bill, common=None):
    return {line.item for line in bill.lines if line.quantity > 0 and common in (None, line.common)}


def line(bill, start):
    return next(one for one in bill.lines if one.item.startswith(start))


# --- every line -----------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["the default", "everything at once"])
def test_every_line_says_where_its_price_is_from(changes):
    for bill in bills(replace_at(Scenario(), changes)):
        assert bill.total_usd > 0
        for one in bill.lines:
            row = find_price(one.fact) if "@" in one.fact else pick_fact(one.fact)
            assert row.source and row.checked, one.item
            assert one.item and one.unit and one.group
            assert one.usd == pytest.approx(one.quantity * one.unit_usd, abs=1e-9), one.item


def test_no_two_lines_of_a_bill_have_one_name():
    for bill in bills(replace_at(Scenario(), EVERYTHING)):
        items = [one.item for one in bill.lines]
        assert len(set(items)) == len(items)


def test_everything_that_is_asked_for_is_billed():
    of_lambda, of_fargate, managed = bills(replace_at(Scenario(), EVERYTHING))
    both = {"ALB hours", "Public IPv4 addresses of the load balancer", "NAT gateway data"}
    assert names(of_lambda) >= both | {"SnapStart cache", "Provisioned concurrency, savings plan"}
    assert names(of_fargate) >= both | {
        "Interface endpoint hours",
        "Interface endpoint data, first 1,048,576",
        "Container Insights metrics",
        "ECR storage",
        "vCPU Spot (Linux/x86_64)",
    }
    shared = {"SQS requests", "Step Functions state transitions", "RDS Proxy", "Custom metrics, first 10,000"}
    assert all(shared <= names(bill, common=True) for bill in (of_lambda, of_fargate, managed))


# --- common to both -------------------------------------------------------------------------------


def test_common_lines_are_the_same_on_both_bills():
    for changes in ({}, EVERYTHING):
        first, *others = (
            {one.item.split(",")[0]: 0.0 for one in bill.lines if one.common}
            | {"all": float(bill.common_usd)}
            for bill in bills(replace_at(Scenario(), changes))
        )
        for other in others:
            assert other.keys() == first.keys()
            assert other["all"] == pytest.approx(first["all"])


def test_a_total_is_own_and_common():
    for bill in bills(replace_at(Scenario(), EVERYTHING)):
        assert bill.total_usd == pytest.approx(bill.own_usd + bill.common_usd)


def test_common_costs_can_be_left_out():
    with_all, without = bills(at()), bills(at(billing__common_costs=False))
    for whole, part in zip(with_all, without, strict=True):
        assert part.total_usd == pytest.approx(whole.own_usd)
        assert not names(part, common=True)


def test_leaving_out_what_is_common_changes_no_difference():
    whole, part = bills(at()), bills(at(billing__common_costs=False))
    gap = [float(b[0].total_usd - b[1].total_usd) for b in (whole, part)]
    assert gap[0] == pytest.approx(gap[1])


def test_the_handlers_logs_are_common_until_lambdas_slices_get_cheaper():
    """10,240 GB of paid log text is the end of the first slice; beyond it the function pays 0.25 a GB, not 0.50."""
    requests = 100 * 730 * 3600
    for gb, beyond in ((10_005, 0.0), (10_505, 260.0)):
        scenario = at(workload__log_kb=gb * 1024**2 / requests)
        for bill, usd_per_gb in zip(bills(scenario), (0.25, 0.50), strict=True):
            common, own = (paid_logs(bill, common) for common in (True, False))
            assert math.fsum(one.usd for one in common) == pytest.approx((gb - 5 - beyond) * 0.50)
            assert math.fsum(one.usd for one in own) == pytest.approx(beyond * usd_per_gb)


def paid_logs(bill, common):
    lines = [one for one in bill.lines if one.item.startswith("Log ingestion") and one.unit_usd]
    return [one for one in lines if one.common == common and "platform" not in one.item]


def test_leaving_out_what_is_common_is_the_same_for_an_array_and_a_loop():
    """At 20,000 requests a second the function is in its second slice of logs, at one it is not."""
    rates = np.array([1.0, 20_000.0])
    together = bills(at(workload__requests_per_s=rates, billing__common_costs=False))
    for i, rate in enumerate(rates):
        alone = bills(at(workload__requests_per_s=float(rate), billing__common_costs=False))
        for array, one in zip(together, alone, strict=True):
            assert array.total_usd[i] == pytest.approx(one.total_usd, rel=1e-9)


@pytest.mark.parametrize("id", adjustable_assumptions())
def test_bills_of_an_array_of_an_assumption_are_those_of_a_loop(id):
    fact = pick_fact(id)
    ends = np.array([fact.low, fact.high], float)
    base = replace_at(Scenario(), EVERYTHING)
    together = bills(replace_at(base, "assumptions", {id: ends}))
    for i, end in enumerate(ends):
        alone = bills(replace_at(base, "assumptions", {id: float(end)}))
        for array, one in zip(together, alone, strict=True):
            assert np.broadcast_to(array.total_usd, 2)[i] == pytest.approx(one.total_usd, rel=1e-9)


# --- what surrounds the compute -------------------------------------------------------------------


def test_an_internet_facing_balancer_has_an_address_in_each_zone():
    """3 zones x 730 h x 0.005 = 10.95; inside the Region there is none, and nothing leaves it."""
    outside = at(fargate__availability_zones=3)
    assert line(bills(outside)[1], "Public IPv4").usd == pytest.approx(10.95)
    inside = bills(at(workload__internet_facing=False))
    assert not [item for bill in inside for item in names(bill) if "IPv4" in item or "internet" in item]


def test_log_storage_is_what_is_kept_of_a_month():
    """100 GB a month, kept for 3 months at 20 %: 60 GB, 5 of them free, at 0.03."""
    requests = 100 * 730 * 3600
    scenario = at(
        workload__log_kb=100 * 1024**2 / requests,
        assumptions={"logs.retention_months": 3, "logs.stored_share": 0.2, "logs.lambda_platform_kb": 0},
    )
    for bill in bills(scenario):
        stored = [one for one in bill.lines if one.item == "Log storage"]
        assert stored[0].usd == pytest.approx(55 * 0.03)


@pytest.mark.parametrize(("metrics", "usd"), [(0, 0), (10, 0), (11, 0.30), (110, 30)])
def test_ten_custom_metrics_are_free(metrics, usd):
    assert line(bills(at(workload__custom_metrics=metrics))[0], "Custom metrics, first").usd == pytest.approx(
        usd
    )


def test_container_insights_counts_service_and_tasks():
    """30 + 10 x 10 tasks = 130 metrics at 0.07."""
    scenario = at(fargate__container_insights=True, fargate__scaling="fixed", fargate__tasks=10)
    assert line(bills(scenario)[1], "Container Insights").usd == pytest.approx(130 * 0.07)


def test_twenty_second_metrics_have_no_published_price():
    bill = bills(at(fargate__metric_period_s=20))[1]
    assert bill.total_usd is None and [one.item for one in bill.missing] == ["20-second metrics"]
    own = {"cloudwatch.ecs_20_second_metric@us-east-1": 0.3}
    priced = bills(at(fargate__metric_period_s=20, billing__overrides=own))[1]
    assert line(priced, "20-second").usd == pytest.approx(0.3)
    fixed = bills(at(fargate__metric_period_s=20, fargate__scaling="fixed"))[1]
    assert fixed.total_usd is not None


@pytest.mark.parametrize(("who", "platforms"), [("none", [0, 0]), ("aws_lambda", [1, 0]), ("both", [1, 1])])
def test_rds_proxy_is_billed_to_who_uses_it(who, platforms):
    """8 vCPU x 730 h x 0.015 = 87.60."""
    found = bills(at(workload__rds_proxy=who, workload__database_vcpu=8))
    assert ["RDS Proxy" in names(bill) for bill in found] == platforms
    for bill in found:
        if "RDS Proxy" in names(bill):
            assert line(bill, "RDS Proxy").usd == pytest.approx(87.60)
            assert line(bill, "RDS Proxy").common == (who == "both")


def test_rds_proxy_is_billed_for_two_vcpu_at_least():
    scenario = at(workload__rds_proxy="aws_lambda", workload__database_vcpu=1)
    assert line(bills(scenario)[0], "RDS Proxy").usd == pytest.approx(21.90)


@pytest.mark.parametrize(("request_kb", "chunks"), [(1, 1), (64, 1), (64.5, 2), (200, 4)])
def test_a_queue_takes_three_calls_a_message_by_started_64_kb(request_kb, chunks):
    """10 M messages: 30 M calls, a million free, at 0.0000004."""
    rate = 1e7 / 730 / 3600
    bill = bills(at(workload__queue=True, workload__requests_per_s=rate, workload__request_kb=request_kb))[0]
    priced = next(one for one in bill.lines if one.item == "SQS requests")
    assert priced.usd == pytest.approx((3e7 * chunks - 1e6) * 4e-7)


def test_images_kept_are_stored_in_gigabytes():
    """20 images of 512 MB = 10 GB at 0.10; a zip function keeps none, an image function its own."""
    changes = {"fargate__images_kept": 20, "fargate__image_mb": 512}
    of_lambda, of_fargate = bills(at(**changes))
    assert line(of_fargate, "ECR").usd == pytest.approx(1.0) and "ECR storage" not in names(of_lambda)
    image = bills(at(**changes, aws_lambda__package="image", aws_lambda__package_mb=256))[0]
    assert line(image, "ECR").usd == pytest.approx(0.5)


def test_web_sockets_pay_messages_and_minutes():
    """10 M requests of 40 KB in and 1 KB out: 3 messages each at 0.000001; 1,000 connections x 43,800 min."""
    scenario = at(
        workload__requests_per_s=1e7 / 730 / 3600,
        workload__request_kb=40,
        workload__response_kb=1,
        workload__open_connections=1000,
        aws_lambda__front_door="websocket_api",
    )
    bill = bills(scenario)[0]
    assert line(bill, "WebSocket API messages").usd == pytest.approx(30.0)
    assert line(bill, "WebSocket API connection").usd == pytest.approx(1000 * 43_800 * 0.25e-6)


def test_a_tls_listener_of_a_network_balancer_takes_fewer_connections():
    """100 connections/s: 100 / 800 = 0.125 units of TCP, 100 / 50 = 2 of TLS; bytes 100 x 3,600 x 1 KB = 0.36."""
    changes = {
        "fargate__load_balancer": "nlb",
        "workload__request_kb": 1,
        "workload__response_kb": 0,
        "assumptions": {"elb.requests_per_connection": 1, "elb.connection_duration_s": 1},
    }
    plain, tls = (line(bills(at(**changes, fargate__nlb_tls=on))[1], "NLB capacity") for on in (False, True))
    assert plain.quantity == pytest.approx(0.36 * 730)
    assert tls.quantity == pytest.approx(2 * 730)


def test_a_started_balancer_hour_counts_whole():
    assert line(bills(at(billing__hours_per_month=100.5))[1], "ALB hours").quantity == 101


def test_image_pulls_of_a_job_pass_the_nat_gateway_unless_there_are_endpoints():
    """240 runs a day x 30 days x 1,024 MB = 7,200 GB at 0.045."""
    job = {
        "workload__kind": "job",
        "workload__runs_per_day": 240,
        "workload__log_kb": 0,
        "billing__hours_per_month": 720,
        "fargate__image_mb": 1024,
        "fargate__nat": True,
    }
    assert line(bills(at(**job))[1], "NAT gateway data").usd == pytest.approx(7200 * 0.045)
    assert line(bills(at(**job, fargate__interface_endpoints=2))[1], "NAT gateway data").usd == 0


def test_a_function_pays_nat_only_in_a_vpc():
    """100 requests/s x 4 KB."""
    gb = 100 * 730 * 3600 * 4 / 1024**2
    there = bills(at(workload__outbound_kb=4, aws_lambda__vpc=True, aws_lambda__nat=True))[0]
    assert line(there, "NAT gateway data").usd == pytest.approx(gb * 0.045)
    assert "NAT gateway hours" not in names(bills(at(workload__outbound_kb=4, aws_lambda__nat=True))[0])


def test_data_between_zones_is_paid_in_both_directions():
    """100 requests/s x 4 KB x 2 directions at 0.01; the function pays it only in a VPC."""
    gb = 100 * 730 * 3600 * 4 / 1024**2
    outside, task = bills(at(workload__cross_zone_kb=4))
    inside, _ = bills(at(workload__cross_zone_kb=4, aws_lambda__vpc=True))
    assert line(task, "Data between").usd == line(inside, "Data between").usd == pytest.approx(gb * 0.02)
    assert "Data between Availability Zones" not in names(outside)


def test_lambda_logs_were_flat_before_may_2025():
    """30,000 GB: 15,000 flat; in slices 5,120 + 19,760 x 0.25."""
    kb = 30_000 * 1024**2 / (100 * 730 * 3600)
    plain = {
        "workload__log_kb": kb,
        "billing__free_tier": False,
        "assumptions": {"logs.lambda_platform_kb": 0},
    }
    before, after = (bills(at(**plain, billing__on=on))[0] for on in ("2025-04-30", "2025-05-01"))
    cost = [sum(one.usd for one in bill.lines if one.item.startswith("Log ing")) for bill in (before, after)]
    assert cost == pytest.approx([15_000, 5120 + 19_760 * 0.25])


# --- jobs -----------------------------------------------------------------------------------------


def test_a_jobs_cold_starts_follow_its_runs_and_not_the_services_rate():
    """A run a day finds no warm environment; 100,000 a day of a tenth of a second do."""
    rare = evaluate(at(workload__kind="job", workload__runs_per_day=1, workload__requests_per_s=1000))
    often = evaluate(at(workload__kind="job", workload__runs_per_day=1e5, workload__duration_s=0.1))
    assert rare.aws_lambda.cold.p_cold > 0.99
    assert often.aws_lambda.cold.p_cold < 0.01


def test_a_job_that_never_runs_costs_nothing():
    scenario = at(workload__kind="job", workload__runs_per_day=0)
    for bill in bills(scenario):
        assert bill.total_usd == 0
    assert verdict(evaluate(scenario)).per_million_usd == {"aws_lambda": None, "fargate": None}


def test_a_job_beyond_15_minutes_has_no_break_even_and_does_not_win():
    scenario = at(workload__kind="job", workload__duration_s=7200, workload__runs_per_day=1)
    found = evaluate(scenario)
    assert found.aws_lambda.bill.total_usd < found.fargate.bill.total_usd
    assert verdict(found).choice == "fargate"
    assert break_even(scenario) == ()


# --- properties -----------------------------------------------------------------------------------

scenarios = st.fixed_dictionaries(
    {
        "workload.requests_per_s": st.floats(1e-4, 1e4),
        "workload.duration_s": st.floats(0.001, 20),
        "workload.pattern": st.sampled_from(PATTERNS),
        "workload.kind": st.sampled_from(["service", "job"]),
        "workload.request_kb": st.floats(0, 1e4),
        "workload.response_kb": st.floats(0, 1e5),
        "workload.xray_share": st.floats(0, 1),
        "workload.queue": st.booleans(),
        "workload.rds_proxy": st.sampled_from(["none", "aws_lambda", "both"]),
        "workload.outbound_kb": st.floats(0, 100),
        "aws_lambda.memory_mb": st.integers(128, 10_240),
        "aws_lambda.front_door": st.sampled_from(["none", "http_api", "rest_api", "websocket_api", "alb"]),
        "aws_lambda.invocation": st.sampled_from(["sync", "async"]),
        "aws_lambda.streamed": st.booleans(),
        "aws_lambda.provisioned_concurrency": st.integers(0, 50),
        "aws_lambda.provisioned_target_percent": st.none() | st.floats(10, 90),
        "aws_lambda.managed_instances": st.booleans(),
        "fargate.load_balancer": st.sampled_from(["alb", "nlb", "none"]),
        "fargate.spot_share": st.floats(0, 1),
        "fargate.nat": st.booleans(),
        "fargate.interface_endpoints": st.integers(0, 3),
        "billing.free_tier": st.booleans(),
        "billing.other_lambda_gb_s": st.floats(0, 1e11),
        "billing.savings_plan": st.sampled_from(SAVINGS_PLANS),
        "billing.commitment_usd_per_hour": st.none() | st.floats(0, 100),
    }
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios)
def test_a_total_is_the_sum_of_its_lines_and_no_line_is_negative(changes):
    for bill in bills(replace_at(Scenario(), changes)):
        assert bill.total_usd == pytest.approx(sum(float(one.usd) for one in bill.lines))
        assert all(one.usd >= 0 and one.quantity >= 0 for one in bill.lines)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios)
def test_broadcasting_equals_looping(changes):
    """Every line of an array of two rates, one bill at a time."""
    pair = np.array([changes["workload.requests_per_s"], 3.0])
    together = bills(replace_at(Scenario(), changes | {"workload.requests_per_s": pair}))
    for index, rate in enumerate(pair):
        alone = bills(replace_at(Scenario(), changes | {"workload.requests_per_s": rate}))
        for several, one in zip(together, alone, strict=True):
            total = np.broadcast_to(several.total_usd, (2,))[index]
            assert total == pytest.approx(float(one.total_usd), rel=1e-9, abs=1e-9)


GROWING = {
    "requests": ("workload.requests_per_s", np.geomspace(1e-3, 1e4, 60)),
    "Lambda memory of waiting requests": ("aws_lambda.memory_mb", np.linspace(128, 10_240, 40).round()),
    "duration": ("workload.duration_s", np.geomspace(0.001, 60, 40)),
    "commitment beyond the use": ("billing.commitment_usd_per_hour", np.linspace(50, 100, 5)),
    "zones": ("fargate.availability_zones", np.arange(1, 7)),
    "log text": ("workload.log_kb", np.linspace(0, 50, 20)),
}


@pytest.mark.parametrize("plan", ["none", "1yr_no_upfront"])
@pytest.mark.parametrize(("path", "grid"), GROWING.values(), ids=GROWING)
def test_more_never_costs_less(path, grid, plan):
    """Init left out: cold starts need not rise with traffic."""
    changes = {
        "workload.cpu_share": 0,
        "workload.duration_cv": 0,
        "billing.init_billed": False,
        "billing.savings_plan": plan,
        "fargate.max_tasks": 50_000,
        path: grid,
    }
    for bill in bills(replace_at(Scenario(), changes)):
        total = np.broadcast_to(bill.total_usd, grid.shape)
        assert np.all(np.diff(total) >= -1e-9 * total[:-1])


def test_the_json_of_a_bill_tells_own_from_common():
    tree = as_dict(evaluate(at(aws_lambda__managed_instances=True)))
    for bill in (
        tree["aws_lambda"]["bill"],
        tree["fargate"]["bill"],
        tree["aws_lambda"]["managed_instances"]["bill"],
    ):
        common = sum(one["usd"] for one in bill["lines"] if one["common"])
        assert bill["common_usd"] == pytest.approx(common)
        assert bill["total_usd"] == pytest.approx(bill["own_usd"] + common)


# --- assumptions ----------------------------------------------------------------------------------

NOT_READ = {
    "lambda.pc_start_delay_s": "a published range of the minutes until provisioned environments stand; bills and "
    "pools look at them once they do",
    "deployment.lambda_publish_s": "rollouts read it, bills do not",
    **{
        f"uncertainty.{name}_factor": "the width of the ranges that Monte Carlo draws from, not a number of the model"
        for name in ("requests", "duration", "cpu_share", "size", "shape")
    },
    "cold_start.snapstart_restore_java_log_sd": "restores of Java are drawn from measured quantiles instead",
}


def test_every_adjustable_number_is_read_by_the_model_or_left_out_for_a_reason(monkeypatch):
    read = set()
    plain = Scenario.assumed
    monkeypatch.setattr(Scenario, "assumed", lambda self, id: read.add(id) or plain(self, id))
    starts = [
        {"aws_lambda.package": "image", "fargate.metric_period_s": 20},
        {"aws_lambda.framework": "sdk"},
        {"aws_lambda.snapstart": True, "aws_lambda.runtime": "python313"},
        {"aws_lambda.snapstart": True, "aws_lambda.runtime": "dotnet8"},
        {"aws_lambda.snapstart": True, "aws_lambda.runtime": "java21"},
        {"aws_lambda.architecture": "arm64", "billing.region": "us-west-2", "fargate.spot_share": 1},
        {"fargate.architecture": "arm64"},
    ]
    for changes in starts:
        found = evaluate(replace_at(Scenario(), EVERYTHING | {"aws_lambda.snapstart": False} | changes))
        for side in (found.aws_lambda, found.fargate):
            side.bill, side.latency  # noqa: B018
        found.aws_lambda.managed_bill, found.spike  # noqa: B018
    zipped = replace_at(
        Scenario(), {"workload.db_connections_limit": 9, "workload.needs": ("over_15_minutes",)}
    )
    fit(zipped, traffic(zipped))
    pitfalls(evaluate(zipped))
    assert set(NOT_READ) == set(adjustable_assumptions()) - read


def test_a_number_that_is_a_fields_default_is_moved_by_the_field():
    assert Scenario().billing.hours_per_month == pick_fact("billing.hours_per_month").value
    assert Scenario().fargate.boot_s == pick_fact("fargate.boot_s").value
    assert Scenario().workload.duration_cv == pick_fact("compute.service_cv").value
    with pytest.raises(
        ScenarioError, match=r"compute.service_cv.* set the field workload.duration_cv instead"
    ):
        Scenario(assumptions={"compute.service_cv": 1.0})


def test_the_users_own_lag_and_start_times_reach_the_scaling_simulation():
    scenario = at(assumptions={"target_tracking.metric_lag_at_60_s": 20, "task_start.pull_s": 21})
    quick, plain = evaluate(scenario).spike, evaluate(Scenario()).spike
    assert plain.first_scale_out_s - quick.first_scale_out_s == pytest.approx(160, abs=60)
    assert task_start(scenario).pull_s > task_start(Scenario()).pull_s
    assert task_start(scenario).fargate_s == pytest.approx(task_start(Scenario()).fargate_s)


def test_arrays_of_scaling_assumptions_broadcast():
    shares = np.array([0.02, 0.5])
    changes = {"workload.pattern": "diurnal", "workload.requests_per_s": 500, "fargate.max_tasks": 500}
    together = evaluate(
        replace_at(Scenario(), changes | {"assumptions": {"target_tracking.scale_in_step_share": shares}})
    )
    for share, hours in zip(shares, together.fargate.task_hours, strict=True):
        alone = {"assumptions": {"target_tracking.scale_in_step_share": float(share)}}
        assert hours == pytest.approx(
            float(evaluate(replace_at(Scenario(), changes | alone)).fargate.task_hours)
        )


# --- what the new ways of calling a function allow --------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        pytest.param({}, False, id="10 MB at once"),
        pytest.param({"aws_lambda.streamed": True}, True, id="10 MB streamed"),
        pytest.param({"aws_lambda.invocation": "async"}, True, id="nobody waits for the 10 MB"),
        pytest.param(
            {"aws_lambda.invocation": "async", "workload.request_kb": 2000}, False, id="an event of 2 MB"
        ),
        pytest.param(
            {"aws_lambda.streamed": True, "workload.request_kb": 7000}, False, id="a request of 7 MB"
        ),
    ],
)
def test_what_fits_into_a_call(changes, met):
    scenario = replace_at(Scenario(), {"workload.response_kb": 10 * 1024} | changes)
    sizes = ("Payload", "Streamed response", "Event size")
    assert all(check.ok for check in fit(scenario, traffic(scenario)) if check.check in sizes) == met


def test_a_web_socket_api_holds_the_connection_for_the_function():
    for door, met in (("function_url", False), ("websocket_api", True)):
        scenario = replace_at(Scenario(), {"workload.needs": ("websockets",), "aws_lambda.front_door": door})
        (check,) = (check for check in fit(scenario, traffic(scenario)) if check.check == "websockets")
        assert check.ok == met
