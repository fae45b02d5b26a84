"""Single requests of a scenario: arrivals, pools, and the closed form held against them."""

import numpy as np
import pytest

from model.evaluate import evaluate
from model.facts import load_measured
from model.scenario import Scenario, replace_at
from model.traffic import traffic
from model.warm_pool import drawn_arrivals, simulate_pool, simulate_scenario_pool

MEASURED = [c for c in load_measured("warm_pool_cases")["cases"] if "measured_on_aws" in c]


def scenario(**changes):
    return replace_at(Scenario(), {path.replace("__", "."): value for path, value in changes.items()})


def drawn(one, seed=1, **options):
    arriving = traffic(one)
    start = evaluate(one).aws_lambda.start.mean_s
    options = {"cold_start_s": float(start)} | options
    return simulate_scenario_pool(
        one, arriving.per_s, arriving.step_s, np.random.default_rng(seed), **options
    )


def test_evenly_spaced_requests_follow_the_rate():
    """Two a second for ten seconds, then one a second: half a gap after the start, then gap by gap."""
    times = drawn_arrivals(np.array([2.0, 1.0]), 10.0, np.random.default_rng(0), evenly_spaced=True)
    assert times[:3] == pytest.approx([0.25, 0.75, 1.25])
    assert times[-2:] == pytest.approx([18.5, 19.5])
    assert times.size == 30


def test_random_requests_have_the_rate_and_spread_of_poisson():
    counts = [
        drawn_arrivals(np.array([3.0, 1.0]), 50.0, rng).size for rng in np.random.default_rng(1).spawn(400)
    ]
    assert np.mean(counts) == pytest.approx(200, abs=4 * 200**0.5 / 20)
    assert np.var(counts) == pytest.approx(200, rel=0.3)


def test_your_own_list_of_arrivals_by_hand():
    """Requests at 0, 100 and 500 s with a keep-alive of 300 s: the first and the last are cold."""
    one = scenario(aws_lambda__keep_alive_s=300, workload__duration_cv=0)
    run = simulate_scenario_pool(
        one, np.ones(1), 1.0, np.random.default_rng(0), arrival_s=np.array([0.0, 100.0, 500.0])
    )
    assert (run.p_cold, run.environments_max, run.requests) == (pytest.approx(2 / 3), 1, 3)


@pytest.mark.parametrize(
    ("gap_s", "keep_alive_s", "cold"), [(400, 330, 1.0), (300, 330, 0.0), (331, 330, 0.0), (333, 330, 1.0)]
)
def test_a_ticking_clock_is_cold_when_its_idle_gap_outlasts_the_keep_alive(gap_s, keep_alive_s, cold):
    """Requests of 2 s: idle for gap - 2 s."""
    one = scenario(
        workload__requests_per_s=1 / gap_s,
        workload__duration_s=2,
        workload__duration_cv=0,
        workload__arrivals="evenly_spaced",
        aws_lambda__keep_alive_s=keep_alive_s,
    )
    pool = evaluate(one).aws_lambda.cold
    assert float(pool.p_cold) == cold
    assert float(pool.environments_max) == 1


def test_a_ticking_clock_meets_the_measured_keep_alive_curve():
    """Every 315 s: 43 % of environments were gone after so long."""
    one = scenario(workload__requests_per_s=1 / 315.2, workload__arrivals="evenly_spaced")
    assert float(evaluate(one).aws_lambda.cold.p_cold) == pytest.approx(0.43, abs=0.07)


def test_evenly_spaced_requests_of_random_duration_agree_with_a_longer_draw():
    """Three a second of 2 s: cold only where durations pile up; 500,000 requests of another draw."""
    one = scenario(
        workload__requests_per_s=3,
        workload__duration_s=2,
        workload__duration_cv=1,
        workload__arrivals="evenly_spaced",
        aws_lambda__keep_alive_s=600,
        aws_lambda__cold_start_s=0.3,
    )
    log_sd = np.log(2) ** 0.5
    warm_s = 2 * np.random.default_rng(8).lognormal(-(log_sd**2) / 2, log_sd, 500_000)
    other = simulate_pool(np.arange(500_000) / 3, warm_s, 600.0, warm_s + 0.3, from_s=600.0)
    pool = evaluate(one).aws_lambda.cold
    error = np.sqrt(other.p_cold / 100_000 + other.p_cold / 500_000)
    assert float(pool.p_cold) == pytest.approx(other.p_cold, abs=4 * error)
    assert float(pool.environments_mean) == pytest.approx(other.environments_mean, rel=0.02)


def test_time_before_the_start_only_warms_the_pool():
    arrival = np.arange(100.0)
    whole, later = (simulate_pool(arrival, 0.5, 10.0, from_s=start) for start in (-np.inf, 50.0))
    assert whole.cold.sum() == 1 and later.cold.sum() == 0
    assert later.cold.size == 50
    assert later.size_share == pytest.approx([0, 1])


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case["id"])
def test_a_measured_case_written_as_a_scenario_gives_what_the_exact_simulation_gives(case):
    one = scenario(
        workload__requests_per_s=case["lam"],
        workload__duration_s=case["sw"],
        workload__duration_cv=1,
        aws_lambda__keep_alive_s=case["T"],
        aws_lambda__cold_start_s=case["sc"] - case["sw"],
    )
    pool, exact = evaluate(one).aws_lambda.cold, case["exact_sim"]
    assert float(pool.p_cold) == pytest.approx(exact["p_cold"], abs=4 * exact["p_cold_se"])
    assert float(pool.environments_mean) == pytest.approx(exact["avg_instances"], rel=2e-3)


def test_on_the_given_measurements_the_mean_error_is_half_a_point_from_the_exact_simulations():
    ours, exact = [], []
    for case in MEASURED:
        one = scenario(
            workload__requests_per_s=case["lam"],
            workload__duration_s=case["sw"],
            workload__duration_cv=1,
            aws_lambda__keep_alive_s=case["T"],
            aws_lambda__cold_start_s=case["sc"] - case["sw"],
        )
        pool, aws = evaluate(one).aws_lambda.cold, case["measured_on_aws"]
        ours.append(
            [abs(pool.p_cold / aws["p_cold"] - 1), abs(pool.environments_mean / aws["avg_instances"] - 1)]
        )
        sim = case["exact_sim"]
        exact.append(
            [abs(sim["p_cold"] / aws["p_cold"] - 1), abs(sim["avg_instances"] / aws["avg_instances"] - 1)]
        )
    assert np.all(np.mean(ours, axis=0) < np.mean(exact, axis=0) + 0.005)


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize(("load", "life"), [(0.2, 100.0), (5.0, 20.0), (20.0, 20.0), (5.0, 5.0)])
def test_the_closed_form_follows_the_spread_of_service_times(load, life, cv):
    """Where p_cold is above 1e-4: within 5 %, beside the simulation's own error."""
    one = scenario(
        workload__requests_per_s=load,
        workload__duration_s=1,
        workload__duration_cv=cv,
        aws_lambda__keep_alive_s=life,
        aws_lambda__cold_start_s=0,
    )
    run = drawn(one, requests=400_000)
    pool = evaluate(one).aws_lambda.cold
    assert abs(pool.p_cold - run.p_cold) < 0.05 * run.p_cold + 3 * run.p_cold_se
    assert float(pool.environments_mean) == pytest.approx(run.environments_mean, rel=0.08)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"workload__pattern": "diurnal", "workload__requests_per_s": 0.5}, id="day and night"),
        pytest.param({"workload__pattern": "on_off", "workload__requests_per_s": 0.3}, id="on and off"),
        pytest.param({"workload__requests_per_s": 1e-3}, id="rare"),
        pytest.param(
            {
                "workload__requests_per_s": 2,
                "workload__duration_s": 5,
                "aws_lambda__provisioned_concurrency": 8,
            },
            id="provisioned",
        ),
        pytest.param(
            {
                "workload__requests_per_s": 2,
                "workload__duration_s": 5,
                "aws_lambda__reserved_concurrency": 12,
            },
            id="limited",
        ),
    ],
)
def test_the_closed_form_of_a_scenario_agrees_with_its_single_requests(changes):
    one = scenario(**changes)
    run, side = drawn(one, requests=60_000), evaluate(one).aws_lambda
    assert abs(side.cold.p_cold - run.p_cold) < 0.08 * run.p_cold + 4 * run.p_cold_se + 1e-9
    assert float(side.cold.environments_mean) == pytest.approx(run.environments_mean, rel=0.05)
    assert float(side.throttles.share) == pytest.approx(run.lost, rel=0.1, abs=1e-4)
    assert run.size_share.sum() == pytest.approx(1)


def test_requests_in_work_follow_littles_law():
    """Pool and busy count agree when nothing is kept alive: rate · service environments, each request cold."""
    one = scenario(
        workload__requests_per_s=4,
        workload__duration_s=2,
        aws_lambda__keep_alive_s=0,
        aws_lambda__cold_start_s=0,
    )
    run = drawn(one, requests=200_000)
    assert run.p_cold == 1
    assert run.environments_mean == pytest.approx(8, rel=0.02)


def test_too_heavy_traffic_and_arrays_are_refused():
    with pytest.raises(ValueError, match="too many to be drawn"):
        drawn(scenario(workload__requests_per_s=100_000))
    with pytest.raises(ValueError, match="plain numbers"):
        many = scenario(workload__requests_per_s=np.array([1.0, 2.0]))
        simulate_scenario_pool(many, np.ones(1), 1.0, np.random.default_rng(0))
