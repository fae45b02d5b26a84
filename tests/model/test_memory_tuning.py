"""The function over its memory: every point is a scenario, and the cheapest is the cheapest of those that fit."""

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.decide.memory_tuning import memory_tuning
from model.decide.verdict import verdict
from model.scenario import value_at
from model.serialise import from_dict

MEMORY = "aws_lambda.memory_mb"
DURATIONS = {"128": 2.05, "256": 1.03, "512": 0.54, "1024": 0.42, "2048": 0.233, "3008": 0.228}
MEASURED = from_dict({"workload": {"measured_durations": DURATIONS}})


@pytest.mark.parametrize(
    "scenario",
    [Scenario(), MEASURED, replace_at(Scenario(), {"workload.kind": "job", "workload.runs_per_day": 1e5})],
    ids=["default", "measured", "job"],
)
def test_every_point_is_the_bill_and_the_wait_of_that_size(scenario):
    found = memory_tuning(scenario)
    for place in (0, found.cheapest, found.memory_mb.size // 2, -1):
        alone = verdict(evaluate(replace_at(scenario, MEMORY, float(found.memory_mb[place]))))
        assert found.per_million_usd[place] == pytest.approx(alone.per_million_usd["aws_lambda"])
        assert found.p99_s[place] == pytest.approx(alone.p99_s["aws_lambda"], rel=0.005)
        fits = alone.meets_slo["aws_lambda"] and not alone.unmet["aws_lambda"]
        assert bool(found.fits[place]) == fits


def test_no_size_that_fits_is_cheaper_by_more_than_the_grid_is_coarse():
    found = memory_tuning(MEASURED)
    best = found.per_million_usd[found.cheapest]
    assert found.fits[found.cheapest]
    for size in np.linspace(128, 3008, 25):
        alone = verdict(evaluate(replace_at(MEASURED, MEMORY, round(size))))
        if alone.meets_slo["aws_lambda"] and not alone.unmet["aws_lambda"]:
            assert alone.per_million_usd["aws_lambda"] >= best * 0.99


def test_a_tighter_service_level_asks_for_more_memory():
    loose, tight = (memory_tuning(replace_at(MEASURED, "workload.slo_p99_s", slo)) for slo in (4.0, 0.9))
    assert tight.memory_mb[tight.cheapest] > loose.memory_mb[loose.cheapest]


def test_where_nothing_is_fast_enough_there_is_no_cheapest():
    found = memory_tuning(replace_at(Scenario(), "workload.slo_p99_s", 0.05))
    assert found.cheapest is None and not found.fits.any()


def test_measured_sizes_are_among_the_points_and_shown_as_measured():
    found = memory_tuning(MEASURED)
    assert dict(zip(found.measured_mb, found.measured_s, strict=True)) == {
        float(size): seconds for size, seconds in DURATIONS.items()
    }
    at = np.searchsorted(found.memory_mb, found.measured_mb)
    assert found.handler_s[at] == pytest.approx(found.measured_s)
    assert np.all(np.diff(found.memory_mb) > 0) and found.memory_mb[[0, -1]].tolist() == [128, 10_240]


def test_todays_memory_does_not_count():
    here, there = (memory_tuning(replace_at(Scenario(), MEMORY, size)) for size in (512.0, 4096.0))
    assert np.array_equal(here.memory_mb, there.memory_mb) and here.cheapest == there.cheapest
    assert value_at(Scenario(), MEMORY) == 1024


def test_the_cpu_share_is_memory_over_1769_up_to_six():
    found = memory_tuning(Scenario())
    assert found.vcpu == pytest.approx(np.minimum(found.memory_mb / 1769, 6))


@pytest.mark.parametrize(
    "changes",
    [{"billing.region": "mx-central-1"}, {"workload.kind": "job", "workload.runs_per_day": 0}],
    ids=["a price is missing", "nothing runs"],
)
def test_without_a_price_or_a_request_there_is_no_cost_and_no_cheapest(changes):
    found = memory_tuning(replace_at(Scenario(), changes))
    assert found.per_million_usd is None and found.cheapest is None
    assert np.all(found.handler_s > 0)
