"""Requests turned away: against Erlang, single requests, the second-by-second simulation and hand sums."""

import math

import numpy as np
import pytest

from model.decide.verdict import verdict
from model.evaluate import evaluate
from model.facts import load_measured
from model.scaling.function import simulate_function
from model.scenario import Scenario, replace_at
from model.traffic import traffic
from model.warm_pool import simulate_pool_events, steady_pool


def function(**changes):
    named = {path.replace("__", "."): value for path, value in changes.items()}
    return evaluate(replace_at(Scenario(), named)).aws_lambda


def erlang(servers, load):
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def test_random_requests_below_the_limit_lose_erlangs_share():
    """10 requests a second of a second each on 12 environments; with so few cold starts they hardly add load."""
    side = function(
        workload__requests_per_s=10,
        workload__duration_s=1,
        aws_lambda__reserved_concurrency=12,
        aws_lambda__cold_start_s=0,
    )
    assert float(side.throttles.share) == pytest.approx(erlang(12, 10.0), rel=1e-6)
    assert float(side.latency.throttled) == pytest.approx(erlang(12, 10.0), rel=1e-6)


def test_evenly_spaced_requests_lose_only_what_is_beyond_the_limit():
    common = {"workload__arrivals": "evenly_spaced", "workload__duration_s": 1, "workload__duration_cv": 0}
    below = function(workload__requests_per_s=10, aws_lambda__reserved_concurrency=12, **common)
    above = function(workload__requests_per_s=20, aws_lambda__reserved_concurrency=15, **common)
    assert float(below.throttles.share) == 0
    assert float(above.throttles.share) == pytest.approx(1 - 15 / 20, abs=0.01)


def test_ten_requests_a_second_for_each_environment():
    """1,000 requests a second of 10 ms need 10 environments' time but 100 environments' rate."""
    fast = {"workload__requests_per_s": 1000, "workload__duration_s": 0.01}
    assert float(function(**fast, aws_lambda__reserved_concurrency=50).throttles.share) > 0.45
    events = function(**fast, aws_lambda__reserved_concurrency=50, aws_lambda__invocation="async")
    assert float(events.throttles.share) < 1e-6


def test_a_function_without_concurrency_answers_nobody():
    side = function(aws_lambda__reserved_concurrency=0)
    assert (float(side.throttles.share), float(side.latency.within_slo)) == (1, 0)
    assert float(side.cold.environments_mean) == 0


def test_published_simulation_at_the_concurrency_limit():
    case = next(c for c in load_measured("warm_pool_cases")["cases"] if c["id"] == "simfaas_max_concurrency")
    side = function(
        workload__requests_per_s=case["lam"],
        workload__duration_s=case["sw"],
        workload__duration_cv=1,
        aws_lambda__keep_alive_s=case["T"],
        aws_lambda__account_concurrency=case["max_concurrency"],
        aws_lambda__cold_start_s=case["sc"] - case["sw"],
    )
    tolerance = case["suggested_tolerance"]["p_reject_abs"]
    assert float(side.throttles.share) == pytest.approx(case["published"]["p_reject"], abs=tolerance)
    assert float(side.cold.environments_mean) == pytest.approx(case["published"]["avg_instances"], rel=1e-3)


@pytest.mark.parametrize(("load", "life", "most"), [(5.0, 20.0, 12), (5.0, 20.0, 8), (5.0, 3.0, 5)])
def test_a_limited_pool_agrees_with_single_requests(load, life, most):
    """M/M/c/c keeps the passages below the limit of M/M/inf."""
    colds, lost = [], []
    for rng in np.random.default_rng(8).spawn(4):
        arrival = np.cumsum(rng.exponential(1 / load, 60_000))
        run = simulate_pool_events(arrival, rng.exponential(1.0, arrival.size), life, most=most, from_s=200.0)
        colds.append(run.p_cold)
        lost.append(run.lost / run.cold.size)
    pool = steady_pool(load, 1.0, [life], most=most)
    for found, said in ((colds, pool.p_cold), (lost, erlang(most, load))):
        assert abs(np.mean(found) - said) < 4 * np.std(found, ddof=1) / 2 + 0.005 * said
    assert pool.environments_max <= most


@pytest.mark.parametrize(("rate", "duration_s"), [(2000, 0.2), (5000, 1.0), (20_000, 0.2)])
def test_a_jump_outruns_the_scaling_rate_as_in_the_second_by_second_simulation(rate, duration_s):
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": rate,
            "workload.duration_s": duration_s,
            "workload.pattern": "on_off",
            "aws_lambda.account_concurrency": 100_000,
        },
    )
    quarter_s = np.repeat(traffic(scenario, 1.0).per_s[:720], 4)
    run = simulate_function(quarter_s, 0.25, scenario, before_per_s=0.0)
    stepped = run.throttled.sum() / run.arrivals.sum()
    side = evaluate(scenario).aws_lambda
    assert float(side.throttles.by_scaling_rate) == pytest.approx(stepped, rel=0.02)
    assert float(side.throttles.by_concurrency) == 0


def test_who_is_turned_away_is_outside_the_level():
    side = function(workload__requests_per_s=100, aws_lambda__reserved_concurrency=20)
    free = function(workload__requests_per_s=100)
    share = float(side.throttles.share)
    assert share > 0.1
    assert float(side.latency.within_slo) == pytest.approx(
        (1 - share) * float(free.latency.within_slo), rel=1e-3
    )
    assert float(side.latency.timed_out) == pytest.approx(0, abs=1e-9)
    assert float(side.latency.mean_s) == pytest.approx(float(free.latency.mean_s), rel=1e-3)


@pytest.mark.parametrize(("reserved", "met"), [(20, False), (40, True)])
def test_a_function_that_turns_one_in_a_hundred_away_misses_the_level(reserved, met):
    comparison = evaluate(replace_at(Scenario(), "aws_lambda.reserved_concurrency", reserved))
    assert verdict(comparison).meets_slo["aws_lambda"] is met


def test_shares_fall_with_the_limit_and_stay_between_zero_and_one():
    limits = np.array([0, 1, 5, 20, 25, 40, 99, 100, 101, 1000])
    share = function(aws_lambda__reserved_concurrency=limits).throttles.share
    assert np.all(np.diff(share) <= 1e-12) and share[0] == 1 and share[-1] == 0


def test_many_limits_at_once_are_each_limit_alone():
    limits = np.array([18, 25, 120])
    together = function(aws_lambda__reserved_concurrency=limits)
    for i, most in enumerate(limits):
        alone = function(aws_lambda__reserved_concurrency=int(most))
        assert together.throttles.share[i] == pytest.approx(float(alone.throttles.share), rel=1e-9)
        assert together.latency.p99_s[i] == pytest.approx(float(alone.latency.p99_s), rel=1e-3)
