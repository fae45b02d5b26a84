"""Provisioned concurrency: kept by the clock or behind the traffic, and what it leaves to on-demand environments."""

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.provisioned import (
    allocation_s,
    overflow_share,
    provisioned,
    tracked_environments,
    tracked_pool,
)
from model.queueing import erlang_b
from model.traffic import Traffic


def function(**fields):
    """Requests of one second, so that the load in erlangs is the rate."""
    changes = {"workload.duration_s": 1.0, "workload.cpu_share": 0, "workload.duration_cv": 0}
    return replace_at(Scenario(), changes | {f"aws_lambda.{name}": value for name, value in fields.items()})


@pytest.mark.parametrize(
    ("load", "target", "least", "kept"),
    [(70, 70, 0, 100), (70.1, 70, 0, 101), (0.5, 70, 0, 1), (0, 70, 0, 1), (10, 50, 30, 30), (45, 90, 0, 50)],
)
def test_tracking_keeps_the_load_over_the_target_rounded_up(load, target, least, kept):
    scenario = function(provisioned_target_percent=target, provisioned_concurrency=least)
    assert tracked_environments(scenario.aws_lambda, np.array([load * 1.0])) == [kept]


def test_tracking_is_late_up_by_three_datapoints_and_the_allocation_and_down_by_fifteen():
    """An hour of 7 and an hour of 14 erlangs at 70 %: 10 and 20 environments.

    Up 3 · 60 + 32 + 90 s late and ten at 6,000 a minute; down 15 · 60 + 32 s late: 15 + 10 · (932 - 302) / 7,200.
    """
    scenario = function(provisioned_target_percent=70)
    found = provisioned(scenario, Traffic(np.repeat([7.0, 14.0], 12), 300.0))
    assert found.environments.shape == (24,)
    assert found.environments[11:13].tolist() == [10, 10]
    assert found.environments[[13, 14, 0, 2]] == pytest.approx([20, 20, 20, 20], rel=0.01)
    assert found.environments[5] == 10
    assert found.environment_s == pytest.approx((15 + 10 * (932 - 302) / 7200) * 730 * 3600, rel=0.01)
    by_minute = provisioned(scenario, Traffic(np.repeat([7.0, 14.0], 60), 60.0))
    assert by_minute.environments.tolist() == found.environments.tolist()


def test_late_tracking_starts_what_is_missing_on_demand():
    """A jump from 7 to 700 erlangs every hour: some 690 environments that nobody provisioned in time, for 353.5 · 7,200
    requests in two hours, come on top of the few cold starts of chance."""
    scenario = function(provisioned_target_percent=70, keep_alive_s=300, account_concurrency=100_000)
    jump = tracked_pool(scenario, Traffic(np.repeat([7.0, 700.0], 12), 300.0), 0.0)
    alone = tracked_pool(scenario, Traffic(np.repeat([7.0, 700.0], 1), 36_000.0), 0.0)
    assert jump.p_cold == pytest.approx(690 / (353.5 * 7200), rel=0.1)
    assert alone.p_cold < jump.p_cold / 5


def test_allocation_takes_the_start_and_a_minute_for_6000():
    assert allocation_s(Scenario(), 6000) == 90 + 60
    slow = Scenario(assumptions={"lambda.pc_start_delay_s": 120.0})
    assert allocation_s(slow, 0) == 120


def test_a_fixed_number_is_on_in_the_busiest_hours():
    """Four steps, half a day: the two busy ones, which bring 80 of 100 requests; ten environments lose nearly none."""
    scenario = function(provisioned_concurrency=1000, provisioned_hours_per_day=12)
    found = provisioned(scenario, Traffic(np.array([10.0, 40.0, 40.0, 10.0]), 300.0))
    assert found.environments.tolist() == [0, 1000, 1000, 0]
    assert found.share == pytest.approx(0.8)
    assert found.environment_s == pytest.approx(1000 * 12 * 3600 * 730 / 24)


def test_a_part_of_a_step_counts_as_that_part():
    scenario = function(provisioned_concurrency=1000, provisioned_hours_per_day=6)
    found = provisioned(scenario, Traffic(np.array([10.0, 10.0]), 300.0))
    assert found.share == pytest.approx(0.25)


def test_without_provisioned_environments_nothing_is_found():
    found = provisioned(Scenario(), Traffic(np.array([10.0, 1.0]), 300.0))
    assert found.share == 0 and found.environment_s == 0


@pytest.mark.parametrize("servers", [1, 20, 99, 100, 300, 2000])
@pytest.mark.parametrize("load_share", [0.3, 0.7, 0.95, 1.0, 1.1, 2.0, 5.0])
def test_overflow_is_erlangs_loss(servers, load_share):
    load = servers * load_share
    assert overflow_share(servers, load) == pytest.approx(float(erlang_b(servers, load)), rel=0.02, abs=1e-6)


def test_tracking_leaves_few_cold_starts_and_pays_for_spare_environments():
    plain = {"workload.pattern": "diurnal", "workload.requests_per_s": 200}
    without = evaluate(replace_at(Scenario(), plain)).aws_lambda
    tracked = replace_at(Scenario(), plain | {"aws_lambda.provisioned_target_percent": 50})
    with_it = evaluate(tracked).aws_lambda
    assert with_it.cold.p_cold < without.cold.p_cold
    assert with_it.provisioned.share > 0.99
    kept = next(line for line in with_it.bill.lines if line.item == "Provisioned concurrency")
    # Twice the mean load of 200/s x 0.2 s, at least: rounded up in every step, and released late.
    assert kept.quantity / (730 * 3600) == pytest.approx(2 * 200 * 0.2, rel=0.04)
    assert kept.quantity / (730 * 3600) >= 2 * 200 * 0.2


def test_steady_tracking_equals_the_same_fixed_number():
    """100 requests/s of 0.2 s at 50 %: 40 environments, all day."""
    tracked = evaluate(replace_at(Scenario(), {"aws_lambda.provisioned_target_percent": 50})).aws_lambda
    fixed = evaluate(replace_at(Scenario(), {"aws_lambda.provisioned_concurrency": 40})).aws_lambda
    assert tracked.bill.total_usd == pytest.approx(float(fixed.bill.total_usd), rel=1e-6)
    assert tracked.cold.p_cold == pytest.approx(float(fixed.cold.p_cold), rel=0.2, abs=1e-9)


def test_tracking_broadcasts():
    rates = np.array([1.0, 30.0, 400.0])
    changes = {
        "workload.pattern": "business_hours",
        "aws_lambda.provisioned_target_percent": np.array([[50.0], [80.0]]),
    }
    together = evaluate(replace_at(Scenario(), changes | {"workload.requests_per_s": rates})).aws_lambda
    for i, j in np.ndindex(2, 3):
        single = {
            "aws_lambda.provisioned_target_percent": [50.0, 80.0][i],
            "workload.requests_per_s": rates[j],
        }
        alone = evaluate(replace_at(Scenario(), changes | single)).aws_lambda
        assert together.bill.total_usd[i, j] == pytest.approx(float(alone.bill.total_usd), rel=1e-9)
        assert together.cold.p_cold[i, j] == pytest.approx(float(alone.cold.p_cold), rel=1e-9)
