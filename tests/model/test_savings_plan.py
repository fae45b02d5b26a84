"""Savings plans: an hourly commitment, covered use at lower rates, overflow, and what nobody used."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Scenario, evaluate, replace_at
from model.cost.aws_lambda import LambdaUsage, lambda_lines
from model.cost.fargate import fargate_lines
from model.cost.lines import Bill
from model.facts import pick_price

US = "us-east-1"


def under(plan, **fields):
    """One vCPU and 2 GB tasks in a month of 100 hours."""
    changes = {
        "billing.savings_plan": plan,
        "billing.hours_per_month": 100,
        "fargate.vcpu": 1,
        "fargate.memory_gb": 2,
    }
    return replace_at(
        Scenario(), changes | {name.replace("__", "."): value for name, value in fields.items()}
    )


def usd(lines):
    return {line.item: float(line.usd) for line in lines}


def test_steady_use_is_covered_exactly_by_default():
    """10 tasks for 100 hours: 1,000 x 0.032384 + 2,000 x 0.003556 = 32.384 + 7.112, nothing over, nothing unused."""
    found = usd(fargate_lines(under("1yr_no_upfront"), 1000.0))
    assert found["vCPU (Linux/x86_64), savings plan"] == pytest.approx(32.384)
    assert found["Memory (Linux/x86_64), savings plan"] == pytest.approx(7.112)
    assert found["vCPU (Linux/x86_64)"] == found["Memory (Linux/x86_64)"] == 0
    assert found["Savings plan, commitment not used"] == pytest.approx(0, abs=1e-9)


# Half of the time 15 tasks, half of it 5; one task-hour at the plan's rates is 0.032384 + 2 x 0.003556 = 0.039496,
# On-Demand 0.04048 + 2 x 0.004445 = 0.04937.
COMMITMENTS = {
    "the mean: 10 tasks an hour": (None, 750, 250, 250),
    "nothing": (0.0, 0, 1000, 0),
    "five tasks": (5 * 0.039496, 500, 500, 0),
    "fifteen tasks": (15 * 0.039496, 1000, 0, 500),
    "twenty tasks": (20 * 0.039496, 1000, 0, 1000),
}


@pytest.mark.parametrize(("committed", "covered", "over", "unused"), COMMITMENTS.values(), ids=COMMITMENTS)
def test_each_hour_stands_for_itself(committed, covered, over, unused):
    """Task-hours covered, On-Demand, and paid for without use, of 1,000 used."""
    scenario = under("1yr_no_upfront", billing__commitment_usd_per_hour=committed)
    lines = fargate_lines(scenario, 1000.0, np.array([15.0, 5.0]))
    hours = {line.item: float(line.quantity) for line in lines}
    assert hours["vCPU (Linux/x86_64), savings plan"] == pytest.approx(covered, abs=1e-6)
    assert hours["vCPU (Linux/x86_64)"] == pytest.approx(over, abs=1e-6)
    assert hours["Savings plan, commitment not used"] == pytest.approx(unused * 0.039496, abs=1e-6)
    expected = (covered + unused) * 0.039496 + over * 0.04937
    assert Bill(lines).total_usd == pytest.approx(expected)


def test_the_whole_commitment_is_paid_for_whatever_is_used():
    scenario = under("3yr_no_upfront", billing__commitment_usd_per_hour=0.3)
    lines = fargate_lines(scenario, 1000.0, np.array([20.0, 12.0, 1.0, 0.0]))
    plan = sum(float(line.usd) for line in lines if "avings plan" in line.item)
    assert plan == pytest.approx(0.3 * 100)


@pytest.mark.parametrize(
    ("plan", "architecture", "vcpu", "memory"),
    [
        ("1yr_no_upfront", "x86_64", 0.032384, 0.003556),
        ("3yr_no_upfront", "x86_64", 0.022264, 0.00244475),
        ("3yr_all_upfront", "x86_64", 0.0194304, 0.004445 * 0.48),
        ("1yr_partial_upfront", "x86_64", 0.04048 * 0.75, 0.004445 * 0.75),
        ("1yr_no_upfront", "arm64", 0.0255, 0.0028),
    ],
)
def test_published_rates_count_and_shares_stand_in_for_the_others(plan, architecture, vcpu, memory):
    scenario = under(plan, fargate__architecture=architecture)
    rates = [line.unit_usd for line in fargate_lines(scenario, 10.0) if "savings plan" in line.item]
    assert rates == pytest.approx([vcpu, memory])


def test_elsewhere_the_share_of_us_east_1_is_assumed():
    scenario = under("1yr_no_upfront", billing__region="eu-central-1")
    (line, *_) = (line for line in fargate_lines(scenario, 10.0) if line.item.startswith("vCPU"))
    on_demand = pick_price("fargate.vcpu", "eu-central-1", "linux_x86_64").usd[0]
    assert line.unit_usd == pytest.approx(on_demand * 0.8)
    assert line.fact == "savings_plan.fargate_discount/linux_x86_64_1yr_no_upfront@eu-central-1"


@pytest.mark.parametrize(
    ("plan", "fields"),
    [
        ("1yr_all_upfront", {"fargate__architecture": "arm64"}),
        ("1yr_no_upfront", {"fargate__os": "windows"}),
    ],
)
def test_a_rate_nobody_published_leaves_no_total_unless_the_user_gives_the_share(plan, fields):
    scenario = under(plan, **fields)
    bill = Bill(fargate_lines(scenario, 10.0))
    assert bill.total_usd is None
    keys = {line.fact for line in bill.missing}
    own = replace_at(scenario, "billing.overrides", dict.fromkeys(keys, 0.1))
    found = fargate_lines(own, 10.0)
    assert Bill(found).total_usd is not None
    plain = fargate_lines(replace_at(own, "billing.savings_plan", "none"), 10.0)
    covered = [line for line in found if "savings plan" in line.item]
    assert sum(float(line.usd) for line in covered) == pytest.approx(
        0.9 * sum(float(line.usd) for line in plain if "licence" not in line.item)
    )


def test_spot_storage_and_licences_are_not_covered():
    scenario = under("1yr_no_upfront", fargate__spot_share=0.5, fargate__ephemeral_gb=30)
    covered = {line.item for line in fargate_lines(scenario, 10.0) if "savings plan" in line.item}
    assert covered == {"vCPU (Linux/x86_64), savings plan", "Memory (Linux/x86_64), savings plan"}


# --- Lambda -----------------------------------------------------------------------------------------


def function(plan, **fields):
    changes = {
        "billing.savings_plan": plan,
        "billing.free_tier": False,
        "workload.requests_per_s": 1e6 / 730 / 3600,
        "workload.duration_s": 1.0,
        "workload.duration_cv": 0,
        "aws_lambda.provisioned_concurrency": 1,
    }
    return replace_at(
        Scenario(), changes | {name.replace("__", "."): value for name, value in fields.items()}
    )


@pytest.mark.parametrize(
    ("plan", "share"),
    [("1yr_no_upfront", 0.12), ("1yr_partial_upfront", 0.15), ("3yr_all_upfront", 0.17)],
)
def test_duration_and_provisioned_concurrency_are_covered_but_not_requests_or_storage(plan, share):
    """1 M requests of 1 s at 1 GB, none of them on the one provisioned environment."""
    scenario = function(plan, aws_lambda__ephemeral_mb=1536)
    lines = lambda_lines(scenario, LambdaUsage(0.0, 0.0))
    found = usd(lines)
    assert found["Duration (x86_64), first 6 billion, savings plan"] == pytest.approx(
        1e6 * 0.0000166667 * (1 - share)
    )
    assert found["Provisioned concurrency, savings plan"] == pytest.approx(
        730 * 3600 * 0.0000041667 * (1 - share)
    )
    assert found["Requests"] == pytest.approx(0.20)
    assert found["Ephemeral storage above 512 MB"] == pytest.approx(1e6 * 0.0000000309)
    assert not [item for item in found if "Requests," in item or "Ephemeral storage above 512 MB," in item]


def test_the_shares_give_the_published_rates_to_the_digits_these_have():
    """The list's reader rounded Lambda's rates to three digits; the shares are whole percents: the better figure."""
    for architecture, plan in (
        ("x86_64", "1yr_no_upfront"),
        ("arm64", "1yr_no_upfront"),
        ("x86_64", "3yr_all_upfront"),
    ):
        rate = pick_price("savings_plan.lambda_duration", US, f"{architecture}_{plan}").usd[0]
        on_demand = pick_price("lambda.duration", US, architecture).usd[0]
        share = pick_price("savings_plan.lambda_discount", US, plan).usd[0]
        assert float(f"{on_demand * (1 - share):.2e}") == rate


# --- whole bills ------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["steady", "diurnal", "business_hours"])
def test_traffic_that_varies_leaves_part_of_a_mean_commitment_unused(pattern):
    scenario = replace_at(Scenario(), {"workload.pattern": pattern, "billing.savings_plan": "1yr_no_upfront"})
    bills = evaluate(scenario).fargate.bill, evaluate(scenario).aws_lambda.bill
    for bill in bills:
        unused = sum(float(line.usd) for line in bill.lines if line.item.endswith("not used"))
        assert (unused > 1) == (pattern != "steady")


@settings(max_examples=30)
@given(
    committed=st.floats(0, 5),
    hourly=st.lists(st.floats(0, 100), min_size=1, max_size=24).filter(lambda hours: sum(hours) > 1e-3),
    plan=st.sampled_from(["1yr_no_upfront", "3yr_partial_upfront"]),
)
def test_nothing_is_lost_between_covered_and_on_demand(committed, hourly, plan):
    scenario = under(plan, billing__commitment_usd_per_hour=committed)
    lines = fargate_lines(scenario, 1000.0, np.asarray(hourly))
    vcpu = [float(line.quantity) for line in lines if line.item.startswith("vCPU")]
    assert sum(vcpu) == pytest.approx(1000) and min(vcpu) >= -1e-9
    assert all(float(line.usd) >= 0 for line in lines)
    plan_usd = sum(float(line.usd) for line in lines if "avings plan" in line.item)
    assert plan_usd == pytest.approx(committed * 100, abs=1e-6)


def test_broadcasting_equals_looping():
    committed, hours = np.array([0.0, 0.2, 3.0]), np.array([[100.0], [900.0]])
    course = np.array([[1.0, 2.0, 9.0], [3.0, 3.0, 3.0]])[:, None, :]
    at_once = fargate_lines(
        under("1yr_no_upfront", billing__commitment_usd_per_hour=committed), hours, course
    )
    for i, j in np.ndindex(2, 3):
        scenario = under("1yr_no_upfront", billing__commitment_usd_per_hour=committed[j])
        alone = fargate_lines(scenario, hours[i, 0], course[i, 0])
        for line, one in zip(at_once, alone, strict=True):
            assert np.broadcast_to(line.usd, (2, 3))[i, j] == pytest.approx(float(one.usd), abs=1e-9), (
                line.item
            )
