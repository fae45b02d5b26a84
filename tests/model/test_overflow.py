"""A baseline of tasks with Lambda for the rest: its ends are the pure choices, its best level is the cheapest that works."""

import numpy as np
import pytest

from model import Scenario, ScenarioError, evaluate
from model.decide.overflow import MOST_LEVELS, overflow
from model.scenario import replace_at

DAY = {"workload.pattern": "diurnal", "workload.peak_to_mean": 4.0}


def of(**changes):
    return overflow(replace_at(Scenario(), {k.replace("__", "."): v for k, v in changes.items()}))


def test_no_task_at_all_is_all_on_lambda():
    for changes in ({}, DAY):
        scenario = replace_at(Scenario(), changes)
        found = overflow(scenario)
        function = evaluate(scenario).aws_lambda
        assert found.tasks[0] == 0 and found.overflow_share[0] == pytest.approx(1)
        assert found.usd[0] == pytest.approx(float(function.bill.total_usd), rel=1e-3)
        assert found.p99_s[0] == pytest.approx(float(function.latency.p99_s), rel=0.02)


def test_enough_tasks_for_the_peak_are_fargate_with_that_many():
    """A task at its target of 70 % does 0.7 x 0.5 vCPU / (0.06 s x 1,024/1,769 vCPU) = 10.08/s: ten carry 100/s."""
    found = of()
    assert found.tasks.tolist() == list(range(11))
    fixed = evaluate(replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 10})).fargate
    assert found.overflow_share[-1] == 0
    assert found.usd[-1] == pytest.approx(float(fixed.bill.total_usd))
    assert found.p99_s[-1] == pytest.approx(float(fixed.latency.p99_s), rel=1e-3)


def test_one_task_takes_what_one_task_can():
    per_task = 0.7 * 0.5 / (0.2 * 0.3 * 1024 / 1769)
    assert of().overflow_share[1] == pytest.approx(1 - per_task / 100)


def test_more_tasks_leave_less_to_lambda():
    for changes in ({}, DAY, {"workload.pattern": "trace"}):
        share = overflow(replace_at(Scenario(), changes)).overflow_share
        assert np.all(np.diff(share) <= 1e-12) and np.all((share >= 0) & (share <= 1))


def test_the_best_level_is_the_cheapest_that_works():
    found = overflow(replace_at(Scenario(), DAY))
    works = found.meets_slo & found.fits
    assert found.usd[found.best] == min(found.usd[works])
    assert 0 < found.best < len(found.tasks) - 1, "in between: cheaper than both ends"


def test_a_level_that_misses_the_service_level_is_not_the_best():
    assert of(workload__slo_p99_s=0.1).best is None
    tight = of(workload__slo_p99_s=0.6)
    assert tight.best is not None and tight.p99_s[tight.best] <= 0.6


def test_connections_of_both_sides_add_up():
    """14 tasks... ten tasks of ten connections beside no environment at all fit 100; one connection fewer does not."""
    fits = of(workload__db_connections_limit=100).fits
    assert fits[-1] and not of(workload__db_connections_limit=99).fits[-1]


def test_many_tasks_are_thinned_out_with_both_ends_kept():
    found = of(workload__requests_per_s=50_000.0)
    assert len(found.tasks) == MOST_LEVELS and found.tasks[0] == 0
    assert found.overflow_share[-1] == 0 and np.all(np.diff(found.tasks) >= 1)


def test_a_missing_price_leaves_no_best_level():
    found = of(billing__region="mx-central-1")
    assert found.usd is None and found.best is None


def test_a_job_has_no_stream_to_divide():
    with pytest.raises(ScenarioError, match="workload.kind = 'job'"):
        of(workload__kind="job")


@pytest.mark.parametrize(
    "changes",
    [
        {"workload__requests_per_s": 1e-6},
        {"workload__cpu_share": 0.0},
        {"workload__cpu_share": 1.0, "workload__duration_s": 900.0},
        {"workload__pattern": "on_off", "workload__on_share": 0.001},
        {"workload__duration_cv": 0.0},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_have_finite_figures(changes):
    found = of(**changes)
    assert np.isfinite(found.usd).all() and np.isfinite(found.p99_s).all()
