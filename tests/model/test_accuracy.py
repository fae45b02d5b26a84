"""Our figures beside published ones: how far off, and that nothing published is left out."""

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.accuracy import ENVIRONMENTS, P_COLD, accuracy, mean_error
from model.accuracy.compared import figure
from model.accuracy.pools import special_pools
from model.facts import load_measured

CASES = {case["id"]: case for case in load_measured("warm_pool_cases")["cases"]}
ON_AWS = [case for case in CASES.values() if "measured_on_aws" in case]


@pytest.fixture(scope="module")
def found():
    return accuracy(np.random.default_rng(0))


def of(rows, quantity):
    return [row for row in rows if row.quantity == quantity]


def test_an_error_counts_from_the_published_figure():
    row = figure("c", "q", "s", 8.0, 10.0, literature=4.0, standard_error=2.0)
    assert (row.error, row.literature_error, row.chance) == (0.25, -0.5, 0.25)
    assert mean_error([row, figure("c", "q", "s", 4.0, 3.0)]) == 0.25
    assert figure("c", "q", "s", 0.0, 0.0).error == 0 and np.isinf(figure("c", "q", "s", 0.0, 1.0).error)


def test_every_published_pool_is_compared(found):
    """One README holds the literature's formula only: nothing to be measured against."""
    compared = {row.case for row in (*found.measured, *found.exact, *found.special)}
    assert set(CASES) - compared == {"pacsltk_readme"}


def test_every_published_time_is_compared(found):
    """Of the tuned quota nobody published the value."""
    cases = {case["id"] for case in load_measured("timelines")["cases"]}
    assert cases - {row.case for row in found.times} == {"vlad2020_ecs_fargate_tuned"}


@pytest.mark.parametrize(
    ("quantity", "name"), [(P_COLD, "p_cold"), (ENVIRONMENTS, "avg_instances")], ids=["cold", "environments"]
)
def test_on_aws_we_are_within_half_a_point_of_an_exact_simulation(found, quantity, name):
    exact = np.mean([abs(case["exact_sim"][name] / case["measured_on_aws"][name] - 1) for case in ON_AWS])
    rows = of(found.measured, quantity)
    assert len(rows) == len(ON_AWS) == 6
    assert mean_error(rows) < exact + 0.005
    assert mean_error(rows) < mean_error(rows, literature=True)


@pytest.mark.parametrize("case", ON_AWS[::3], ids=lambda case: case["id"])
def test_a_scenario_gives_the_figure_of_the_page(found, case):
    """The keep-alive of 2020, exponential-like times, an own cold start: what anybody may type in."""
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": case["lam"],
            "workload.duration_s": case["sw"],
            "workload.duration_cv": 1,
            "aws_lambda.keep_alive_s": case["T"],
            "aws_lambda.cold_start_s": case["sc"] - case["sw"],
        },
    )
    pool = evaluate(scenario).aws_lambda.cold
    cold, environments = (
        next(row.ours for row in of(found.measured, quantity) if row.case == case["id"])
        for quantity in (P_COLD, ENVIRONMENTS)
    )
    assert pool.p_cold == pytest.approx(cold, rel=1e-3)
    assert pool.environments_mean == pytest.approx(environments, rel=1e-3)


def test_a_pool_from_a_given_state_is_within_its_standard_errors(found):
    """Some 270,000 requests, 110 of them cold."""
    row = next(row for row in found.special if row.case == "simfaas_temporal")
    ours = (row.ours / 270_000) ** 0.5
    assert row.ours == pytest.approx(row.published_low, abs=4 * np.hypot(row.standard_error, ours))


def test_without_duration_and_at_the_limit_theory_is_met(found):
    rest = [row for row in found.special if row.case != "simfaas_temporal"]
    assert len(rest) == 7 and max(abs(row.error) for row in rest) < 0.002


def test_waiting_is_that_of_queueing_theory(found):
    """Beyond 1,000 places the container is scaled down."""
    assert len({row.source for row in found.waiting}) == 4
    for row in found.waiting:
        assert abs(row.error) < (0.05 if row.case.startswith("4,000") else 0.005), row


def test_figures_the_lag_was_taken_from_are_marked(found):
    marked = {row.case for row in found.times if row.calibrated}
    assert marked == {"aws_bench_ecs_tt_60s", "aws_bench_ecs_tt_20s", "alarm_timing_180s_buckets"}


def test_the_literature_s_simulator_says_how_good_it_is(found):
    """12.2 % in the cold share, 3.05 % in the environments."""
    assert found.simfaas == (0.122, 0.0305) and "SimFaaS" in found.simfaas_source


def test_the_same_draw_gives_the_same_figures(found):
    assert special_pools(np.random.default_rng(0)) == found.special
