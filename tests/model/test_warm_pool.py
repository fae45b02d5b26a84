"""The warm pool: request by request against published cases, closed form against simulation and algebra."""

import numpy as np
import pytest

from model.facts import load_measured
from model.scenario import Scenario, replace_at
from model.traffic import traffic
from model.warm_pool import (
    keep_alive_sample_s,
    keep_alive_survival,
    periodic_p_cold,
    simulate_pool,
    simulate_pool_events,
    steady,
    steady_pool,
    warm_pool,
)

CASES = {case["id"]: case for case in load_measured("warm_pool_cases")["cases"] if "exact_sim" in case}
LIMITS = load_measured("warm_pool_cases")["closed_form_limits"]["checks"]


def poisson(rng, rate, n):
    return np.cumsum(rng.exponential(1 / rate, n))


def exact_pool(load, life):
    """Second method: p_cold and mean pool from the eigenvalues of every killed generator of M/M/inf."""
    p_cold = mean = 0.0
    for top in range(int(load + 9 * load**0.5 + 20) + 1):
        n = np.arange(top + 1)
        logs = n * np.log(load) - load - np.concatenate(([0.0], np.cumsum(np.log(n[1:]))))
        beside = -np.sqrt(load * n[1:])
        values, vectors = np.linalg.eigh(np.diag(load + n) + np.diag(beside, 1) + np.diag(beside, -1))
        root = np.exp(logs / 2)
        p_cold += root[top] * (vectors[top] * np.exp(-values * life)) @ (vectors.T @ root)
        mean += 1 - (root @ vectors) ** 2 @ np.exp(-values * life)
    return p_cold, mean


# --- request by request -----------------------------------------------------------------------------


@pytest.mark.parametrize("cold_s", [None, 2.0], ids=["same service", "longer cold service"])
def test_running_maximum_and_event_by_event_find_the_same_cold_requests(cold_s):
    rng = np.random.default_rng(11)
    arrival, warm = poisson(rng, 3.0, 30_000), rng.exponential(0.5, 30_000)
    cold = None if cold_s is None else warm / 0.5 * cold_s
    fast = simulate_pool(arrival, warm, 20.0, cold)
    slow = simulate_pool_events(arrival, warm, 20.0, cold)
    assert np.array_equal(fast.cold, slow.cold)
    assert fast.environments_mean == pytest.approx(slow.environments_mean, rel=1e-3)


@pytest.mark.parametrize("id", ["aws2020_experiment_17", "aws2020_experiment_0", "W3_T60"])
def test_simulation_agrees_with_the_published_exact_one_within_four_standard_errors(id):
    case = CASES[id]
    shares = []
    for rng in np.random.default_rng(5).spawn(6):
        arrival, size = poisson(rng, case["lam"], 120_000), rng.exponential(1.0, 120_000)
        run = simulate_pool(arrival, size * case["sw"], case["T"], size * case["sc"])
        shares.append(run.p_cold)
    error = np.hypot(np.std(shares, ddof=1) / 6**0.5, case["exact_sim"]["p_cold_se"])
    assert abs(np.mean(shares) - case["exact_sim"]["p_cold"]) < 4 * error


def test_the_published_case_with_long_requests_reuses_the_newest_environment():
    """W4 and its like come from SimFaaS's rule (youngest idle first), 5 % below most-recently-used first."""
    case = CASES["W4_T60"]
    found = {}
    for newest in (True, False):
        shares = []
        for rng in np.random.default_rng(6).spawn(4):
            arrival, size = poisson(rng, case["lam"], 100_000), rng.exponential(1.0, 100_000)
            run = simulate_pool_events(
                arrival, size * case["sw"], case["T"], size * case["sc"], newest_first=newest
            )
            shares.append(run.p_cold)
        found[newest] = np.mean(shares), np.std(shares, ddof=1) / 2
    mean, error = found[True]
    assert abs(mean - case["exact_sim"]["p_cold"]) < 4 * np.hypot(error, case["exact_sim"]["p_cold_se"])
    assert found[False][0] > 1.03 * mean


def test_evenly_spaced_requests_are_cold_exactly_when_the_gap_outlasts_the_keep_alive():
    for gap, cold in ((300.0, 1), (331.0, 50)):
        assert simulate_pool(np.arange(50) * gap, 0.5, 330.0).cold.sum() == cold


def test_share_of_time_at_each_size_by_hand():
    """Two at once at 0 s, busy 1 s, alive 10 s longer; a lone request ends the run at 20 s."""
    run = simulate_pool(np.array([0.0, 0.0, 20.0]), 1.0, 10.0)
    assert run.cold.tolist() == [True, True, True]
    assert run.size_share == pytest.approx([9 / 20, 0, 11 / 20])
    assert (run.environments_mean, run.environments_max) == (pytest.approx(22 / 20), 2)


def test_provisioned_environments_serve_first():
    run = simulate_pool_events(np.array([0.0, 0.1, 0.2, 5.0]), 1.0, 10.0, provisioned=2)
    assert run.cold.tolist() == [False, False, True, False]


def test_unsorted_arrivals_are_refused():
    with pytest.raises(ValueError, match="sorted ascending"):
        simulate_pool(np.array([2.0, 1.0]), 1.0, 10.0)


# --- closed form, steady ------------------------------------------------------------------------------


@pytest.mark.parametrize("check", LIMITS, ids=lambda check: f"lam{check['lam']}_T{check['T']}")
def test_without_service_time_only_the_gap_counts(check):
    pool = steady_pool(check["lam"], 1e-6, [check["T"]])
    alone = np.exp(-check["lam"] * check["T"])
    assert pool.p_cold == pytest.approx(alone, rel=1e-4)
    assert pool.environments_mean == pytest.approx(1 - alone, rel=1e-4)


@pytest.mark.parametrize("load", [0.01, 0.3, 2.0, 10.0, 50.0])
@pytest.mark.parametrize("life", [1.0, 3.0, 10.0, 300.0])
def test_closed_form_agrees_with_the_killed_generator_within_half_a_percent(load, life):
    p_cold, mean = exact_pool(load, life)
    pool = steady_pool(load, 1.0, [life])
    assert pool.p_cold == pytest.approx(p_cold, rel=5e-3)
    assert pool.environments_mean == pytest.approx(mean, rel=5e-4)


@pytest.mark.parametrize("load", [2.0, 20.0])
def test_even_a_keep_alive_shorter_than_a_request_stays_within_three_percent(load):
    assert steady_pool(load, 1.0, [0.3]).p_cold == pytest.approx(exact_pool(load, 0.3)[0], rel=0.03)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_closed_form_is_within_five_percent_of_the_exact_simulation(case):
    """The cases reuse the newest environment first, which holds the topmost one for about a service longer."""
    pool = steady_pool(case["lam"], case["sw"], [case["T"] + case["sw"]], case["sc"])
    assert pool.p_cold == pytest.approx(case["exact_sim"]["p_cold"], rel=0.05)
    assert pool.environments_mean == pytest.approx(case["exact_sim"]["avg_instances"], rel=0.015)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_closed_form_beats_the_literature_where_that_is_off_by_more_than_five_percent(case):
    truth = case["exact_sim"]["p_cold"]
    ours = abs(steady_pool(case["lam"], case["sw"], [case["T"]], case["sc"]).p_cold / truth - 1)
    theirs = abs(case["analytic"]["p_cold"] / truth - 1)
    assert ours < 0.06
    assert ours < theirs or theirs < 0.05


@pytest.mark.parametrize(
    ("rate", "warm_s", "cold_s", "life_s"),
    [
        pytest.param(1.0, 2.0, 4.0, 60.0, id="twice"),
        pytest.param(1.0, 0.3, 10.0, 60.0, id="33 times"),
        pytest.param(5.0, 2.0, 10.0, 20.0, id="busy"),
        pytest.param(0.005, 0.2, 10.0, 320.0, id="rare"),
    ],
)
def test_long_cold_requests_are_accounted_for_within_five_percent(rate, warm_s, cold_s, life_s):
    runs = []
    for rng in np.random.default_rng(9).spawn(4):
        arrival, size = poisson(rng, rate, 100_000), rng.exponential(1.0, 100_000)
        runs.append(simulate_pool_events(arrival, size * warm_s, life_s, size * cold_s))
    found = [run.p_cold for run in runs]
    pool = steady_pool(rate, warm_s, [life_s], cold_s)
    error = 4 * np.std(found, ddof=1) / 2 / np.mean(found)
    assert pool.p_cold == pytest.approx(np.mean(found), rel=0.05 + error)
    assert pool.environments_mean == pytest.approx(np.mean([run.environments_mean for run in runs]), rel=0.03)


@pytest.mark.parametrize("provisioned", [1, 10, 14])
def test_provisioned_concurrency_leaves_the_spill_over_cold(provisioned):
    runs = []
    for rng in np.random.default_rng(3).spawn(4):
        arrival, service = poisson(rng, 5.0, 60_000), rng.exponential(2.0, 60_000)
        runs.append(simulate_pool_events(arrival, service, 40.0, provisioned=provisioned))
    found = [run.p_cold for run in runs]
    pool = steady_pool(5.0, 2.0, [40.0], provisioned=provisioned)
    error = 4 * np.std(found, ddof=1) / 2
    assert abs(pool.p_cold - np.mean(found)) < 0.03 * np.mean(found) + error
    assert pool.environments_mean == pytest.approx(np.mean([run.environments_mean for run in runs]), rel=0.05)


def test_nothing_is_provisioned_means_nothing_changes_and_plenty_means_no_cold_start():
    none, plenty = (steady_pool(10.0, 1.0, [300.0], provisioned=m) for m in (0, 200))
    assert none.p_cold == steady_pool(10.0, 1.0, [300.0]).p_cold
    assert (plenty.p_cold, plenty.environments_mean) == (
        pytest.approx(0, abs=1e-12),
        pytest.approx(0, abs=1e-9),
    )


def test_strided_levels_join_the_full_sum():
    """Between offered loads of 140 and 170 the sum over every busy count gives way to every other one."""
    load = np.linspace(130, 180, 51)
    pool = steady_pool(load, 1.0, np.full((51, 1), 100.0))
    for values in (pool.p_cold, pool.environments_mean):
        assert np.all(np.abs(np.diff(np.log(values), 2)) < 1e-3)


def test_heavy_traffic_scales_with_the_root_of_the_load():
    loads = np.array([1e6, 1e8])
    scaled = steady_pool(loads, 1.0, [[300.0]] * 2).p_cold * np.sqrt(loads)
    assert scaled[0] == pytest.approx(scaled[1], rel=0.01)


def test_one_call_for_many_rates_is_many_calls_for_one_rate():
    rates = np.geomspace(1e-4, 1e3, 7)
    together = steady_pool(rates, 0.2, keep_alive_sample_s(), 1.0)
    alone = [float(steady_pool(rate, 0.2, keep_alive_sample_s(), 1.0).p_cold) for rate in rates]
    assert together.p_cold == pytest.approx(alone, rel=2e-3)


def test_scenarios_evaluated_in_tiers_of_similar_load_give_what_one_evaluation_gives(monkeypatch):
    rates = np.random.default_rng(1).permutation(np.geomspace(1e-4, 1e5, 240)).reshape(2, 120)
    provisioned = np.array([[0.0], [3.0]])

    def evaluated():
        return steady_pool(rates, 0.2, keep_alive_sample_s(), 2.0, provisioned)

    tiers = evaluated()
    monkeypatch.setattr(steady, "TIER_LOADS", rates.size)
    at_once = evaluated()
    for field in ("p_cold", "environments_mean", "environments_max"):
        assert getattr(tiers, field) == pytest.approx(getattr(at_once, field), rel=1e-12, abs=1e-12)


def test_cold_share_falls_with_keep_alive_and_the_pool_grows():
    pool = steady_pool(1.0, 0.2, np.geomspace(1, 8e4, 60)[:, None])
    assert np.all(np.diff(pool.p_cold) < 0)
    assert np.all(np.diff(pool.environments_mean) > 0)


def test_cold_share_does_not_fall_with_traffic_everywhere():
    """Between 0.03 and 0.1 requests/s a second environment comes into use: more requests meet each other."""
    quiet, busier = (steady_pool(rate, 0.2, [320.0]).p_cold for rate in (0.03, 0.08))
    assert busier > quiet
    assert [exact_pool(rate * 0.2, 1600.0)[0] for rate in (0.03, 0.08)] == pytest.approx(
        [quiet, busier], rel=1e-3
    )


def test_environments_alive_are_births_times_life():
    """d mean pool / d keep-alive is the birth rate: every new environment lasts that much longer."""
    rate, life, step = 5.0, 60.0, 0.01
    longer, shorter = (steady_pool(rate, 2.0, [life + d]).environments_mean for d in (step, -step))
    births = rate * steady_pool(rate, 2.0, [life]).p_cold
    assert (longer - shorter) / (2 * step) == pytest.approx(births, rel=1e-3)


# --- keep-alive and changing traffic ------------------------------------------------------------------


def test_keep_alive_sample_follows_the_measured_curve():
    sample = keep_alive_sample_s(1000)
    assert 310 < np.median(sample) < 325
    assert keep_alive_survival(np.array([0.0, 360.0, 1e6])).tolist() == [1, 0, 0]
    assert np.all(np.diff(sample) >= 0)


def test_a_ticking_clock_is_cold_when_its_gap_outlasts_the_keep_alive():
    assert periodic_p_cold(np.array([200.0, 400.0]), 0.2, 320.0).tolist() == [0, 1]
    scenario = replace_at(
        Scenario(),
        {"workload.pattern": "cron", "workload.requests_per_s": 1 / 3600, "aws_lambda.keep_alive_s": 320},
    )
    arrivals = traffic(scenario)
    assert warm_pool(scenario, arrivals.per_s, arrivals.step_s).p_cold == 1


def test_a_series_that_does_not_change_is_steady():
    scenario = Scenario()
    one = warm_pool(scenario, np.array([100.0]), 300.0)
    many = warm_pool(scenario, np.full(288, 100.0), 300.0)
    assert one == many


def test_a_series_that_hardly_changes_is_nearly_steady():
    scenario = replace_at(Scenario(), {"workload.duration_s": 2.0, "aws_lambda.keep_alive_s": 320})
    wave = 1 + 1e-3 * np.sin(np.arange(288) / 288 * 2 * np.pi)
    steady = warm_pool(scenario, np.array([5.0]), 300.0)
    changing = warm_pool(scenario, 5.0 * wave, 300.0)
    assert changing.p_cold == pytest.approx(steady.p_cold, rel=0.02)
    assert changing.environments_mean == pytest.approx(steady.environments_mean, rel=0.01)


@pytest.mark.parametrize(
    ("pattern", "rate", "duration_s", "allowed"),
    [
        pytest.param("diurnal", 0.02, 0.2, 0.05, id="quiet day"),
        pytest.param("diurnal", 1.0, 5.0, 0.05, id="busy day"),
        pytest.param("spike", 1.0, 5.0, 0.05, id="spike"),
        pytest.param("on_off", 0.3, 0.2, 0.05, id="mostly off"),
        pytest.param("on_off", 1.0, 5.0, 0.05, id="long requests, mostly off"),
        pytest.param("trace", 0.3, 0.2, 0.05, id="recorded week"),
        pytest.param("bursty", 1.0, 5.0, 0.15, id="random minutes"),
        pytest.param("bursty", 0.3, 0.2, 0.15, id="random quiet minutes"),
    ],
)
def test_changing_traffic_agrees_with_simulated_requests(pattern, rate, duration_s, allowed):
    changes = {
        "workload.pattern": pattern,
        "workload.requests_per_s": rate,
        "workload.duration_s": duration_s,
        "workload.duration_cv": 1,
        "aws_lambda.keep_alive_s": 320,
    }
    scenario = replace_at(Scenario(), changes)
    arrivals = traffic(scenario)
    period = arrivals.per_s.size * arrivals.step_s
    cycles = max(round(2e5 / (rate * period)), 1)
    found = []
    for rng in np.random.default_rng(2).spawn(3):
        counts = rng.poisson(np.tile(arrivals.per_s * arrivals.step_s, cycles))
        arrival = np.sort(
            (np.repeat(np.arange(counts.size), counts) + rng.random(counts.sum())) * arrivals.step_s
        )
        found.append(simulate_pool(arrival, rng.exponential(duration_s, arrival.size), 320.0).p_cold)
    error = 4 * np.std(found, ddof=1) / 3**0.5
    pool = warm_pool(scenario, arrivals.per_s, arrivals.step_s)
    assert abs(pool.p_cold - np.mean(found)) < allowed * np.mean(found) + error


def test_provisioned_hours_lie_between_never_and_always():
    base = {"workload.pattern": "diurnal", "aws_lambda.provisioned_concurrency": 30}
    arrivals = traffic(replace_at(Scenario(), base))
    shares = [
        float(
            warm_pool(
                replace_at(Scenario(), base | {"aws_lambda.provisioned_hours_per_day": hours}),
                arrivals.per_s,
                arrivals.step_s,
            ).p_cold
        )
        for hours in (0, 16, 24)
    ]
    assert shares[2] < shares[1] < shares[0]


def test_extremes_stay_finite():
    scenario = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": np.array([1e-6, 1e-6, 1e6, 1e6]),
            "workload.duration_s": np.array([0.001, 900.0, 0.001, 900.0]),
        },
    )
    for series in (np.ones(1), np.array([0.0, 0.0, 3.0, 1.0]), np.zeros(4)):
        rates = np.asarray(scenario.workload.requests_per_s)[:, None] * series
        pool = warm_pool(scenario, rates, 300.0, 1.0)
        assert np.all((pool.p_cold >= 0) & (pool.p_cold <= 1))
        assert np.all(np.isfinite(pool.environments_mean) & np.isfinite(pool.environments_max))


@pytest.mark.parametrize(("load", "most", "keep_alive"), [(5.0, 6, 2.0), (3.0, 3, 1.0)])
def test_a_limit_loses_requests_and_its_colds_are_those_of_the_simulation(load, most, keep_alive):
    rng, requests = np.random.default_rng(0), 300_000
    arrival = np.cumsum(rng.exponential(1 / load, requests))
    run = simulate_pool_events(arrival, rng.exponential(1.0, requests), keep_alive, most=most)
    pool = steady_pool(load, 1.0, np.array([keep_alive]), most=most)
    assert pool.p_cold == pytest.approx(run.p_cold, rel=0.05)
    assert pool.environments_mean == pytest.approx(run.environments_mean, rel=0.02)
