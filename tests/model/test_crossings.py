"""Crossings of the two bills over any field, against formulas and against scans."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.decide.break_even import break_even, cost_curve, lifted
from model.decide.crossings import (
    at_values,
    crossings,
    curve_over,
    field_values,
    moves_money,
    span_of,
    stepped,
    utilisation_at,
)
from model.decide.right_size import right_size
from model.decide.sweeps import cost_ratio_map, map_values
from model.scenario import replace_at
from tests.model.test_break_even import LAMBDA_USD_PER_RATE, TASK_USD, plain_world

LITTLE = {"workload.requests_per_s": 6.0}
CASES = [
    pytest.param(path, changes, id=f"{path.partition('.')[2]} {number}")
    for number, (path, changes) in enumerate(
        [
            ("workload.duration_s", LITTLE),
            (
                "workload.cpu_share",
                LITTLE | {"workload.duration_s": 0.25, "fargate.vcpu": 0.25, "fargate.memory_gb": 0.5},
            ),
            ("aws_lambda.memory_mb", LITTLE),
            ("fargate.target_percent", {}),
            ("fargate.min_tasks", {}),
            ("fargate.vcpu", {}),
            (
                "fargate.memory_gb",
                {"fargate.vcpu": 4.0, "fargate.memory_gb": 8.0, "workload.requests_per_s": 30.0},
            ),
            ("workload.response_kb", {}),
            ("aws_lambda.provisioned_concurrency", LITTLE),
            ("workload.log_kb", LITTLE),
        ]
    )
]


@pytest.mark.parametrize(("path", "changes"), CASES)
def test_a_scan_many_times_finer_finds_the_same_crossings(path, changes):
    scenario = replace_at(Scenario(), changes)
    fine = field_values(scenario, path, 2001)
    curve = (
        cost_curve(lifted(scenario), path, fine)
        if path != "fargate.vcpu"
        else curve_over(lifted(scenario), path, fine)
    )
    dearer = curve.lambda_usd > curve.fargate_usd
    at = np.flatnonzero(dearer[:-1] != dearer[1:])
    found = crossings(scenario, path)
    assert len(found) == len(at)
    for crossing, i in zip(found, at, strict=True):
        assert fine[i] <= crossing.value <= fine[i + 1] * (1 + 1e-9)
        assert crossing.above == ("fargate" if dearer[i + 1] else "aws_lambda") != crossing.below


def test_the_cases_are_not_all_empty():
    found = [crossings(replace_at(Scenario(), case.values[1]), case.values[0]) for case in CASES]
    assert sum(map(bool, found)) >= 7


@pytest.mark.parametrize(("path", "changes"), CASES)
def test_either_side_of_a_crossing_the_other_platform_is_cheaper(path, changes):
    scenario = replace_at(Scenario(), changes)
    for crossing in crossings(scenario, path):
        step = 1 if stepped(path) else crossing.value * 1e-3
        before = crossing.value - step
        if path in ("fargate.vcpu", "fargate.memory_gb"):
            sizes = field_values(scenario, path)
            before = sizes[np.searchsorted(sizes, crossing.value) - 1]
        after = crossing.value if stepped(path) else crossing.value + step
        varied = evaluate(at_values(lifted(scenario), path, np.array([before, after])))
        gap = varied.aws_lambda.bill.total_usd - varied.fargate.bill.total_usd
        assert ["aws_lambda" if g < 0 else "fargate" for g in gap] == [crossing.below, crossing.above]


def test_break_even_memory_is_the_price_of_a_task_over_that_of_a_mb():
    """One thread computing on one vCPU and waiting none: time falls as memory grows up to 1,769 MB, so only above is
    Lambda dearer with memory. There a request a second for a month costs its GB; a task costs TASK_USD."""
    scenario = plain_world(workload__requests_per_s=0.1, fargate__target_percent=100.0)
    (crossing,) = crossings(scenario, "aws_lambda.memory_mb")
    per_mb = 0.1 * 730 * 3600 * 0.0000166667 / 1024
    expected = (TASK_USD - 0.1 * 730 * 3600 * 0.20e-6) / per_mb
    assert expected > 1769
    assert crossing.value == np.ceil(expected)
    assert crossing.jump and (crossing.below, crossing.above) == ("aws_lambda", "fargate")


def test_none_in_the_range_is_an_empty_answer():
    assert crossings(Scenario(), "workload.duration_s") == ()
    assert crossings(Scenario(), "workload.slo_p99_s") == ()


def test_over_traffic_it_is_the_break_even_itself():
    assert crossings(Scenario(), "workload.requests_per_s") == break_even(Scenario())


def test_a_missing_price_leaves_no_crossing():
    assert crossings(replace_at(Scenario(), "billing.region", "ap-east-2"), "workload.duration_s") == ()


def test_where_the_function_would_run_too_long_nothing_crosses():
    """Half-speed memory makes a function of 600 s run for more than 900: those values are blank."""
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": 0.01,
            "workload.timeout_s": 2000.0,
            "workload.cpu_share": 1.0,
            "aws_lambda.memory_mb": 512,
        },
    )
    curve = curve_over(scenario, "workload.duration_s", np.array([400.0, 449.0, 451.0, 800.0]))
    assert np.isfinite(curve.lambda_usd).tolist() == [True, True, False, False]
    assert np.isfinite(curve.fargate_usd).all()


def test_utilisation_at_break_even_is_the_work_over_what_one_task_can_do():
    """In the plain world one task breaks even at its price over Lambda's, and a vCPU-second a request keeps it busy."""
    scenario = plain_world()
    first = break_even(scenario)[0]
    assert utilisation_at(scenario, first) == pytest.approx(TASK_USD / LAMBDA_USD_PER_RATE / 0.25, rel=1e-3)


@pytest.mark.parametrize("path", ["workload.requests_per_s", "workload.duration_s", "aws_lambda.memory_mb"])
def test_the_zero_line_of_the_map_runs_through_the_crossings(path):
    """Along the row of the map at the present CPU share the ratio passes 1 where the break-even says."""
    scenario = replace_at(Scenario(), LITTLE)
    values = map_values(scenario, path)
    ratios = cost_ratio_map(scenario, path, values, "workload.cpu_share", np.array([0.3, 0.6])).ratio[0]
    changes = np.flatnonzero((ratios[:-1] < 1) != (ratios[1:] < 1))
    found = crossings(scenario, path)
    assert len(found) == len(changes) > 0
    for crossing, i in zip(found, changes, strict=True):
        assert values[i] <= crossing.value <= values[i + 1]


def test_sized_for_the_level_both_sides_cross_where_their_cheapest_sizes_do():
    found = crossings(Scenario(), "workload.requests_per_s", sized=True)
    assert found
    for crossing in found:
        sides = []
        for factor in (0.97, 1.03):
            sized = right_size(lifted(replace_at(Scenario(), crossing.path, crossing.value * factor)))
            assert sized.aws_lambda.fits and sized.fargate.fits
            sides.append("aws_lambda" if sized.aws_lambda.usd < sized.fargate.usd else "fargate")
        assert sides == [crossing.below, crossing.above]


def test_sized_for_a_level_nobody_meets_there_is_no_crossing():
    strict = replace_at(Scenario(), "workload.slo_p99_s", 0.1)
    curve = curve_over(strict, "workload.requests_per_s", np.array([1.0, 10.0]), sized=True)
    assert np.isnan(curve.lambda_usd).all() and np.isnan(curve.fargate_usd).all()
    assert crossings(strict, "workload.requests_per_s", sized=True) == ()


def test_which_fields_move_money():
    assert moves_money(Scenario(), "workload.response_kb")
    assert not moves_money(Scenario(), "workload.slo_p99_s")


@pytest.mark.parametrize(
    "path", ["fargate.max_tasks", "billing.other_lambda_gb_s", "workload.custom_metrics"]
)
def test_fields_without_a_map_are_searched_over_all_that_is_allowed(path):
    values = field_values(Scenario(), path)
    span = span_of(path)
    assert values[-1] == span.high and values[0] >= span.low and np.all(np.diff(values) > 0)
    assert isinstance(crossings(Scenario(), path), tuple)
