"""How much provisioned concurrency: the cheapest level that meets the service level, against every whole number."""

import numpy as np
import pytest

from model.decide.provisioned_levels import provisioned_levels
from model.evaluate import evaluate
from model.scenario import Scenario, replace_at

SLOW_START = {
    "workload.requests_per_s": 0.05,
    "workload.duration_s": 1,
    "workload.slo_p99_s": 4,
    "aws_lambda.keep_alive_s": 5,
    "aws_lambda.cold_start_s": 6,
}


def test_the_cheapest_level_that_is_fast_enough_is_that_of_a_full_search():
    scenario = replace_at(Scenario(), SLOW_START)
    found = provisioned_levels(scenario)
    meeting = {}
    for level in range(int(found.levels[-1]) + 1):
        side = evaluate(replace_at(scenario, "aws_lambda.provisioned_concurrency", level)).aws_lambda
        if float(side.latency.within_slo) >= 0.99:
            meeting[level] = float(side.bill.total_usd)
    assert found.levels[found.cheapest] == min(meeting, key=meeting.get) > 0
    assert found.usd[found.cheapest] == pytest.approx(min(meeting.values()))


def test_none_does_where_even_warm_requests_are_too_slow():
    assert provisioned_levels(replace_at(Scenario(), "workload.slo_p99_s", 0.1)).cheapest is None


def test_nothing_is_needed_where_cold_starts_are_rare_and_cost_counts():
    """At 0.05 requests/s of 0.2 s the measured keep-alive leaves under 1 % cold, and provisioned ones cost money."""
    found = provisioned_levels(replace_at(Scenario(), "workload.requests_per_s", 0.05))
    assert found.levels[found.cheapest] == 0


def test_more_levels_mean_fewer_cold_starts_and_faster_answers():
    found = provisioned_levels(replace_at(Scenario(), SLOW_START | {"workload.requests_per_s": 3}))
    assert np.all(np.diff(found.levels) > 0)
    assert np.all(np.diff(found.cold_per_month) <= 1e-9)
    assert np.all(np.diff(found.within_slo) >= -1e-9)


def test_levels_stay_within_the_concurrency_limit():
    found = provisioned_levels(replace_at(Scenario(), "aws_lambda.reserved_concurrency", 7))
    assert found.levels[-1] == 7
