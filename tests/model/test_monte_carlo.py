"""Monte Carlo and tornado against closed forms, single evaluations and the exact model."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.decide.break_even import break_even
from model.decide.monte_carlo import (
    break_evens,
    interval,
    monte_carlo,
    running_share,
    share_and_error,
    variance_shares,
)
from model.decide.ranges import Range, default_ranges, with_values
from model.decide.tornado import tornado
from model.decide.verdict import PLATFORMS, verdict
from model.decide.worlds import cold_table, quick
from model.responses import Responses
from model.scenario import replace_at
from tests.model.test_break_even import LAMBDA_USD_PER_RATE, TASK_USD, plain_world

DRAWS = 4000


def rng(seed=1):
    return np.random.default_rng(seed)


def linear_world():
    """One task for any of the traffic drawn, so that only Lambda's bill moves, and in a straight line."""
    return plain_world(workload__requests_per_s=0.1, fargate__target_percent=100.0)


def test_one_uniform_thing_with_a_straight_effect_has_the_exact_share_and_quantiles():
    """Lambda is cheaper below TASK_USD / LAMBDA_USD_PER_RATE requests/s; traffic is uniform from 0.04 to 0.2."""
    worlds = monte_carlo(
        linear_world(), [Range("workload.requests_per_s", 0.1, 0.04, 0.2, "uniform")], rng(), DRAWS
    )
    exact = (TASK_USD / LAMBDA_USD_PER_RATE - 0.04) / 0.16
    share, error = share_and_error(worlds.lambda_cheaper)
    assert 0.2 < exact < 0.8
    assert share == pytest.approx(exact, abs=4 * error)
    assert error == pytest.approx(np.sqrt(exact * (1 - exact) / DRAWS), rel=0.1)
    low, high = interval(worlds.usd["aws_lambda"])
    spread = 4 * 0.16 * LAMBDA_USD_PER_RATE * np.sqrt(0.05 * 0.95 / DRAWS)
    assert low == pytest.approx((0.04 + 0.05 * 0.16) * LAMBDA_USD_PER_RATE, abs=spread)
    assert high == pytest.approx((0.04 + 0.95 * 0.16) * LAMBDA_USD_PER_RATE, abs=spread)
    assert interval(worlds.usd["fargate"]) == pytest.approx((TASK_USD, TASK_USD))


def test_a_level_is_met_in_the_share_of_worlds_that_the_formula_says():
    """Constant times of d seconds that only compute, on one vCPU: Lambda meets 1 s exactly where d is below it."""
    world = replace_at(linear_world(), "workload.slo_p99_s", 1.0)
    worlds = monte_carlo(world, [Range("workload.duration_s", 1.0, 0.8, 1.6, "uniform")], rng(), DRAWS)
    share, error = share_and_error(worlds.meets_slo["aws_lambda"])
    assert share == pytest.approx(0.25, abs=4 * error)
    assert worlds.p99_s["aws_lambda"] == pytest.approx(worlds.values["workload.duration_s"], rel=2e-3)


def test_the_same_seed_gives_the_same_worlds():
    scenario = Scenario()
    ranges = default_ranges(scenario)[:6]
    first, again, other = (monte_carlo(scenario, ranges, rng(seed), 300) for seed in (3, 3, 4))
    for name in PLATFORMS:
        assert np.array_equal(first.usd[name], again.usd[name])
        assert np.array_equal(first.p99_s[name], again.p99_s[name])
    assert not np.array_equal(first.usd["aws_lambda"], other.usd["aws_lambda"])


def test_chunks_leave_no_seam_and_progress_rises_to_one():
    told = []
    scenario = replace_at(Scenario(), "workload.pattern", "diurnal")
    ranges = [Range("workload.requests_per_s", 100.0, 50.0, 200.0)]
    worlds = monte_carlo(scenario, ranges, rng(), 2100, told.append)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) >= 2
    assert all(
        values.shape == (2100,) for values in (*worlds.usd.values(), *worlds.p99_s.values(), worlds.choice)
    )
    last = float(worlds.values["workload.requests_per_s"][-1])
    alone = evaluate(replace_at(scenario, "workload.requests_per_s", last))
    assert worlds.usd["fargate"][-1] == pytest.approx(alone.fargate.bill.total_usd, rel=1e-6)


PATTERNS = {
    "steady": ({}, 1e-4, 1e-9),
    "hardly any traffic": ({"workload.requests_per_s": 0.05}, 1e-2, 1e-9),
    "diurnal": ({"workload.pattern": "diurnal", "workload.requests_per_s": 2.0}, 1e-3, 1e-6),
    "on and off": ({"workload.pattern": "on_off", "fargate.max_tasks": 200}, 1e-3, 1e-6),
    "a week": ({"workload.pattern": "business_hours", "fargate.max_tasks": 200}, 1e-3, 2e-2),
    "a job": (
        {"workload.kind": "job", "workload.runs_per_day": 5000.0, "workload.duration_s": 30.0},
        1e-3,
        1e-9,
    ),
}


@pytest.mark.parametrize(("changes", "of_lambda", "of_fargate"), PATTERNS.values(), ids=PATTERNS)
def test_the_quick_evaluation_is_the_exact_one_within_what_the_method_says(changes, of_lambda, of_fargate):
    scenario = replace_at(Scenario(), changes)
    worlds = monte_carlo(scenario, default_ranges(scenario), rng(), 60)
    exact = evaluate(with_values(scenario, worlds.values))
    assert worlds.usd["aws_lambda"] == pytest.approx(exact.aws_lambda.bill.total_usd, rel=of_lambda, abs=1e-6)
    assert worlds.usd["fargate"] == pytest.approx(exact.fargate.bill.total_usd, rel=of_fargate)


def test_cold_shares_from_the_table_are_those_of_the_pool():
    for changes in (
        {"workload.requests_per_s": 0.03},
        {"workload.pattern": "diurnal", "workload.requests_per_s": 0.3},
    ):
        scenario = replace_at(Scenario(), changes)
        worlds = monte_carlo(scenario, default_ranges(scenario), rng(), 60)
        varied = with_values(scenario, worlds.values)
        read = quick(varied, cold_table(scenario, varied)).aws_lambda.cold.p_cold
        assert read == pytest.approx(evaluate(varied).aws_lambda.cold.p_cold, rel=0.04)


def test_worlds_agree_with_the_verdict_of_each():
    scenario = Scenario()
    worlds = monte_carlo(scenario, default_ranges(scenario), rng(), 30)
    for i in range(0, 30, 3):
        one = verdict(
            evaluate(with_values(scenario, {name: float(v[i]) for name, v in worlds.values.items()}))
        )
        assert one.choice == (None if worlds.choice[i] < 0 else PLATFORMS[worlds.choice[i]])
        for name in PLATFORMS:
            assert worlds.usd[name][i] == pytest.approx(one.usd[name], rel=1e-4)
            assert worlds.p99_s[name][i] == pytest.approx(one.p99_s[name], rel=1e-2)
            assert worlds.meets_slo[name][i] == one.meets_slo[name]


def test_the_running_share_ends_at_the_share_and_its_error_falls_with_the_root_of_the_draws():
    flags = rng().random(10_000) < 0.3
    run = running_share(flags)
    assert run.draws[-1] == 10_000
    assert (run.share[-1], run.error[-1]) == pytest.approx(share_and_error(flags))
    quarter = int(np.searchsorted(run.draws, 2500))
    assert run.error[quarter] / run.error[-1] == pytest.approx(2.0, rel=0.1)


def test_intervals_are_those_of_the_draws():
    assert interval(np.arange(101.0)) == (5.0, 95.0)
    assert interval(np.array([1.0, np.inf])) == (1.0, np.inf)
    assert all(np.isnan(end) for end in interval(np.array([np.nan])))


def test_shares_of_variance_are_those_of_a_sum():
    """In the linear world the difference is traffic times a price per request. Two uniform things that add up: a price
    of Fargate's CPU speed changes nothing while one task serves all, so traffic explains everything."""
    ranges = [
        Range("workload.requests_per_s", 0.1, 0.04, 0.2, "uniform"),
        Range("logs.stored_share", 0.15, 0.05, 0.5, "uniform"),
    ]
    shares = variance_shares(monte_carlo(linear_world(), ranges, rng(), DRAWS))
    assert list(shares) == ["workload.requests_per_s", "logs.stored_share"]
    assert shares["workload.requests_per_s"] == pytest.approx(1.0, abs=0.01)
    assert shares["logs.stored_share"] == pytest.approx(0.0, abs=0.02)


def test_two_things_with_equal_effect_share_the_variance_in_halves():
    """Handler time and traffic enter Lambda's bill as a product: on their logarithms the same effect."""
    world = replace_at(linear_world(), "workload.slo_p99_s", 20.0)
    ranges = [
        Range("workload.requests_per_s", 0.05, 0.04, 0.0625, "uniform", log=True),
        Range("workload.duration_s", 1.0, 0.8, 1.25, "uniform", log=True),
    ]
    shares = variance_shares(monte_carlo(world, ranges, rng(), DRAWS))
    assert list(shares.values()) == pytest.approx([0.5, 0.5], abs=0.05)


def test_break_evens_of_certain_worlds_are_the_break_even():
    scenario = linear_world()
    worlds = monte_carlo(scenario, [Range("logs.stored_share", 0.15, 0.05, 0.5)], rng(), 50)
    found = break_evens(scenario, worlds)
    (expected, *_) = break_even(scenario)
    assert found == pytest.approx(np.full(found.size, expected.value), rel=0.02)


def test_where_fargate_never_gets_cheaper_the_break_even_is_infinite():
    never = plain_world(workload__requests_per_s=0.1, fargate__target_percent=20.0)
    worlds = monte_carlo(never, [Range("logs.stored_share", 0.15, 0.05, 0.5)], rng(), 50)
    assert np.all(np.isinf(break_evens(never, worlds)))


def test_missing_prices_leave_totals_and_break_evens_open_but_not_the_waiting():
    scenario = replace_at(Scenario(), "billing.region", "ap-east-2")
    worlds = monte_carlo(scenario, default_ranges(scenario), rng(), 50)
    assert np.isnan(worlds.usd["fargate"]).all() and np.isnan(break_evens(scenario, worlds)).all()
    assert np.isfinite(worlds.p99_s["fargate"]).all()
    assert tornado(scenario, default_ranges(scenario)) == ()


@pytest.mark.parametrize("changes", [{}, {"workload.pattern": "diurnal"}, {"workload.kind": "job"}])
def test_ends_of_the_tornado_are_single_evaluations(changes):
    scenario = replace_at(Scenario(), changes)
    swings = tornado(scenario, default_ranges(scenario))
    assert len(swings) >= 5
    assert [swing.width_usd for swing in swings] == sorted(
        (swing.width_usd for swing in swings), reverse=True
    )
    for swing in (*swings[:3], swings[-1]):
        for end, value in enumerate((swing.range.low, swing.range.high)):
            alone = evaluate(with_values(scenario, {swing.range.name: value}))
            for name in PLATFORMS:
                side = getattr(alone, name)
                assert swing.usd[name][end] == pytest.approx(side.bill.total_usd, rel=1e-9)
                assert swing.p99_s[name][end] == pytest.approx(side.latency.p99_s, rel=3e-3)
            assert swing.difference_usd[end] == pytest.approx(
                swing.usd["aws_lambda"][end] - swing.usd["fargate"][end]
            )


def test_what_changes_nothing_has_no_bar():
    names = {swing.range.name for swing in tornado(Scenario(), default_ranges(Scenario()))}
    assert "compute.fargate_vcpu_speed" in names
    assert not names & {
        "compute.arm64_speed",
        "sqs.calls_per_message",
        "managed_instances.target_utilisation",
    }
    assert tornado(Scenario(), ()) == ()


@pytest.mark.parametrize(
    ("changes", "shortest_s"),
    [({}, 0.01), ({"workload.requests_per_s": 0.01}, 0.01), ({"workload.kind": "job"}, 10.0)],
)
def test_one_percentile_of_many_is_that_of_the_whole_distribution(changes, shortest_s):
    """Quantile and late share of the mixture against the bisected percentiles and their share within the level.

    Jobs much shorter than a task start stand on the 32 points of the start: there a percentile is a step.
    """
    durations = np.geomspace(shortest_s, 20.0, 40)
    scenario = replace_at(Scenario(), changes | {"workload.duration_s": durations, "fargate.max_tasks": 5000})
    comparison = evaluate(scenario)
    for name in PLATFORMS:
        side = getattr(comparison, name)
        for p, bisected in ((0.5, side.latency.p50_s), (0.99, side.latency.p99_s)):
            assert side.responses.quantile_s(p) == pytest.approx(bisected, rel=5e-3)
        late = side.responses.later_than(scenario.workload.slo_p99_s)
        assert 1 - late == pytest.approx(side.latency.within_slo, abs=1e-9)


def test_a_quantile_of_a_mixture_with_one_shift_is_the_lognormals():
    """exp(mu + 2.326 sigma) of a lognormal with mean 1 and cv 0.5, one second later; and the timeout where many give up."""
    ones = np.ones(2)
    sigma = np.sqrt(np.log(1.25))
    made = Responses(ones[:, None], ones[:, None], ones, ones * 0.5, np.array([100.0, 1.2]))
    expected = 1 + np.exp(2.3263479 * sigma - sigma**2 / 2)
    assert made.quantile_s(0.99) == pytest.approx([expected, 1.2], rel=1e-3)
    assert made.later_than(expected)[0] == pytest.approx(0.01, rel=1e-4)
