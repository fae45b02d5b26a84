"""Fargate bills against published examples and hand sums. Prices of us-east-1 are written out in the tests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cost.fargate import billed_job_hours, fargate_lines
from model.cost.lines import Bill
from model.facts import load_measured
from model.scenario import Scenario, replace_at

EXAMPLES = {example["id"]: example for example in load_measured("worked_examples")["examples"]}


def task(**fields):
    at = {
        f"billing.{name}" if name in ("region", "on", "overrides") else f"fargate.{name}": v
        for name, v in fields.items()
    }
    return replace_at(Scenario(), at)


def amounts(scenario, task_hours):
    return {line.item: line.usd for line in fargate_lines(scenario, task_hours)}


def total(scenario, task_hours):
    return Bill(fargate_lines(scenario, task_hours)).total_usd


def cents(usd):
    return round(float(usd), 2)


# --- published bills ------------------------------------------------------------------------------


def test_aws_example_five_tasks_ten_minutes_a_day():
    """5 tasks x 600 s x 30 days = 25 task-hours of 1 vCPU, 2 GB, 30 GB: 1.01 + 0.22 + 0.03 = 1.26 USD."""
    published = {
        item: known["published"] for item, known in EXAMPLES["aws-fargate-1-x86"]["line_items"].items()
    }
    scenario = task(vcpu=1, memory_gb=2, ephemeral_gb=30)
    usd = amounts(scenario, 5 * 600 * 30 / 3600)
    assert cents(usd["vCPU (Linux/x86_64)"]) == published["cpu"] == 1.01
    assert cents(usd["Memory (Linux/x86_64)"]) == published["memory"] == 0.22
    assert cents(usd["Ephemeral storage above 20 GB"]) == published["ephemeral"] == 0.03
    assert cents(total(scenario, 25)) == published["total"] == 1.26


def test_the_same_example_as_a_job():
    """150 runs a month of 600 s each."""
    hours = billed_job_hours(task(vcpu=1, memory_gb=2), runs=5 * 30, run_s=600)
    assert hours == pytest.approx(25)
    assert cents(total(task(vcpu=1, memory_gb=2, ephemeral_gb=30), hours)) == 1.26


def test_published_spot_bill():
    """8,800 task-hours of 4 vCPU and 8 GB at the Spot prices of 2026-09-28."""
    known = EXAMPLES["regimes-fargate-spot-x86"]
    scenario = task(vcpu=4, memory_gb=8, spot_share=1, on="2026-09-28")
    usd = total(scenario, known["inputs"]["task_hours"])
    assert cents(usd) == known["line_items"]["compute"]["published"] == 553.32


def test_a_published_bill_that_contradicts_its_own_formula():
    """3 tasks x 720 h of 2 vCPU and 4 GB: 2,160 x (2 x 0.04048 + 4 x 0.004445) = 213.28; the source says 265."""
    known = EXAMPLES["sysdesign-s2"]
    assert not known["consistent"] and known["line_items"]["fargate_total"]["published"] == 265
    assert cents(total(task(vcpu=2, memory_gb=4), 3 * 720)) == 213.28


# --- hand sums, 100 task-hours of 1 vCPU and 2 GB -------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "usd"),
    [
        pytest.param({}, 100 * 0.04048 + 200 * 0.004445, id="x86_64: 4.048 + 0.889"),
        pytest.param({"architecture": "arm64"}, 100 * 0.03238 + 200 * 0.00356, id="arm64: 3.238 + 0.712"),
        pytest.param(
            {"os": "windows"},
            100 * 0.046552 + 200 * 0.00511175 + 100 * 0.046,
            id="Windows: 4.6552 + 1.02235 + 4.60 licence",
        ),
        pytest.param(
            {"spot_share": 1}, 100 * 0.01288871 + 200 * 0.00141527, id="all on Spot: 1.288871 + 0.283054"
        ),
        pytest.param(
            {"spot_share": 0.25},
            75 * 0.04048 + 150 * 0.004445 + 25 * 0.01288871 + 50 * 0.00141527,
            id="a quarter on Spot",
        ),
        pytest.param(
            {"spot_share": 1, "architecture": "arm64"}, 100 * 0.01030969 + 200 * 0.00113349, id="arm64 Spot"
        ),
        pytest.param(
            {"spot_share": 1, "on": "2021-06-01"}, 100 * 0.01264355 + 200 * 0.00138835, id="Spot of 2021"
        ),
        pytest.param(
            {"ephemeral_gb": 20}, 100 * 0.04048 + 200 * 0.004445, id="20 GB of storage are included"
        ),
        pytest.param({"ephemeral_gb": 21}, 100 * 0.04048 + 200 * 0.004445 + 100 * 0.000111, id="one GB more"),
        pytest.param(
            {"ephemeral_gb": 200, "spot_share": 1},
            100 * 0.01288871 + 200 * 0.00141527 + 100 * 180 * 0.000111,
            id="Spot has no cheaper storage",
        ),
    ],
)
def test_a_bill_by_hand(fields, usd):
    assert total(task(vcpu=1, memory_gb=2, **fields), 100) == pytest.approx(usd, rel=1e-12)


@pytest.mark.parametrize(
    ("os", "licensed"),
    [pytest.param("linux", False, id="Linux"), pytest.param("windows", True, id="Windows")],
)
def test_only_windows_pays_a_licence(os, licensed):
    assert ("Windows licence" in amounts(task(vcpu=1, memory_gb=2, os=os), 100)) is licensed


def test_no_tasks_cost_nothing():
    assert total(task(), 0) == 0


def test_every_line_says_where_its_price_is_from():
    for line in fargate_lines(task(vcpu=1, memory_gb=2, os="windows"), 100):
        assert line.fact.startswith("fargate.") and line.fact.endswith("@us-east-1")
        assert line.usd == pytest.approx(line.quantity * line.unit_usd)


# --- own and missing prices -----------------------------------------------------------------------


def test_an_own_price_marks_its_line_only():
    scenario = task(overrides={"fargate.vcpu/linux_x86_64@us-east-1": 0.03}, vcpu=1, memory_gb=2)
    lines = fargate_lines(scenario, 100)
    assert [line.item for line in lines if line.overridden] == ["vCPU (Linux/x86_64)"]
    assert Bill(lines).total_usd == pytest.approx(100 * 0.03 + 200 * 0.004445)


def test_windows_where_nobody_published_its_price_has_no_total():
    """Taipei: no Windows figures."""
    bill = Bill(fargate_lines(task(os="windows", vcpu=1, memory_gb=2, region="ap-east-2"), 100))
    assert bill.total_usd is None
    assert "vCPU (Windows/x86_64)" in {line.item for line in bill.missing}
    assert all(line.usd is None for line in bill.missing)


def test_spot_where_nobody_published_its_price_is_an_assumed_discount_unless_the_user_gives_one():
    """Oregon, arm64: On-Demand 0.03238 and 0.00356 less 68 %, half of the time, and as the line says so."""
    region = {"region": "us-west-2", "architecture": "arm64", "vcpu": 1, "memory_gb": 2}
    on_demand = 100 * 0.03238 + 200 * 0.00356
    assert total(task(spot_share=0.5, **region), 100) == pytest.approx(on_demand * (0.5 + 0.5 * 0.32))
    lines = [line for line in fargate_lines(task(spot_share=0.5, **region), 100) if "Spot" in line.item]
    assert len(lines) == 2 and all("assumed discount" in line.item for line in lines)
    assert {line.fact for line in lines} == {"fargate.spot_discount"}
    moved = replace_at(task(spot_share=1, **region), "assumptions", {"fargate.spot_discount": 0.5})
    assert total(moved, 100) == pytest.approx(on_demand * 0.5)
    own = {
        "fargate_spot.vcpu/linux_arm64@us-west-2": 0.01,
        "fargate_spot.memory/linux_arm64@us-west-2": 0.001,
    }
    assert total(task(spot_share=1, overrides=own, **region), 100) == pytest.approx(1.0 + 0.2)


def test_an_array_of_assumed_spot_discounts_broadcasts():
    discounts = np.array([0.5, 0.6, 0.7])
    scenario = task(region="us-west-2", architecture="arm64", spot_share=1, vcpu=1, memory_gb=2)
    several = replace_at(scenario, "assumptions", {"fargate.spot_discount": discounts})
    on_demand = 100 * 0.03238 + 200 * 0.00356
    np.testing.assert_allclose(total(several, 100), on_demand * (1 - discounts))


def test_all_on_spot_needs_no_on_demand_price():
    """Nothing runs On-Demand, so a missing On-Demand price must not void the bill."""
    on_demand = [
        line
        for line in fargate_lines(task(spot_share=1, vcpu=1, memory_gb=2), 100)
        if line.fact.startswith("fargate.") and "storage" not in line.item
    ]
    assert all(line.quantity == 0 and line.usd == 0 and not line.missing for line in on_demand)


# --- jobs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("os", "run_s", "billed_s"),
    [
        pytest.param("linux", 1, 60, id="a second is billed as a minute"),
        pytest.param("linux", 59.9, 60, id="just below the minimum"),
        pytest.param("linux", 60, 60, id="the minimum"),
        pytest.param("linux", 60.001, 61, id="then every started second"),
        pytest.param("linux", 61, 61, id="whole seconds stay"),
        pytest.param("linux", 0.1 + 0.2 + 99.7, 100, id="100 s in binary fractions are 100 s"),
        pytest.param("windows", 61, 300, id="Windows: five minutes"),
        pytest.param("windows", 300.5, 301, id="Windows: then every started second"),
    ],
)
def test_a_run_is_billed_to_the_second_with_a_minimum(os, run_s, billed_s):
    scenario = task(os=os, vcpu=1, memory_gb=2)
    assert billed_job_hours(scenario, runs=3600, run_s=run_s) == pytest.approx(billed_s, rel=1e-12)


def test_runs_broadcast_with_their_lengths():
    hours = billed_job_hours(task(), runs=np.array([[60], [120]]), run_s=np.array([10, 90]))
    np.testing.assert_allclose(hours, [[1, 1.5], [2, 3]])


# --- properties -----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1))
def test_more_task_hours_never_cost_less_and_spot_never_more(one, other, spot_share):
    less, more = sorted((one, other))
    scenario = task(spot_share=spot_share)
    assert total(scenario, less) <= total(scenario, more) * (1 + 1e-12)
    assert total(scenario, more) <= total(task(), more) * (1 + 1e-12)


@pytest.mark.parametrize("field", ["memory_gb", "ephemeral_gb", "vcpu"])
def test_a_bigger_task_never_costs_less(field):
    size = {
        "memory_gb": {"vcpu": 8, "memory_gb": np.arange(16, 61, 4)},
        "ephemeral_gb": {"ephemeral_gb": np.arange(20, 201)},
        "vcpu": {"vcpu": np.array([0.25, 0.5, 1]), "memory_gb": 2},
    }[field]
    assert np.all(np.diff(total(task(**size), 100)) > 0)


def test_broadcasting_equals_looping():
    vcpu, memory_gb = np.array([0.5, 1, 4]), np.array([1, 4, 30])
    spot, storage = np.array([[0.0], [0.4]]), np.array([20, 25, 200])
    hours = np.array([[1000.0], [7.0]])
    at_once = fargate_lines(
        task(vcpu=vcpu, memory_gb=memory_gb, spot_share=spot, ephemeral_gb=storage), hours
    )
    for i, j in np.ndindex(2, 3):
        one = task(vcpu=vcpu[j], memory_gb=memory_gb[j], spot_share=spot[i, 0], ephemeral_gb=storage[j])
        alone = amounts(one, hours[i, 0])
        for line in at_once:
            usd = np.broadcast_to(line.usd, (2, 3))[i, j]
            assert usd == pytest.approx(alone.get(line.item, 0.0), rel=1e-12), line.item
