"""Lambda's scaling rules: the token bucket, the limits, and what a cold start does to a spike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cold_start import cold_start
from model.facts import load_measured
from model.scaling.function import (
    concurrency_limit,
    environment_s,
    keep_alive_s,
    simulate_function,
)
from model.scenario import Scenario, replace_at


def function(duration_s=0.2, **aws_lambda):
    changes = {f"aws_lambda.{name}": value for name, value in aws_lambda.items()}
    return replace_at(Scenario(), {"workload.duration_s": duration_s} | changes)


def series(*pieces):
    return np.concatenate([np.full(seconds, float(rate)) for rate, seconds in pieces])


def test_environments_grow_by_1000_at_once_and_then_100_per_second():
    case = next(c for c in load_measured("timelines")["cases"] if c["id"] == "lambda_rule_7000")
    scenario = function(duration_s=900.0, account_concurrency=case["config"]["account_concurrency"])
    run = simulate_function(np.full(71, 1e6), 1.0, scenario, before_per_s=0.0)
    for second, environments in case["points"]:
        assert run.environments[second] == pytest.approx(environments)
    # Each environment took one request; all others got a 429.
    assert run.served.sum() == pytest.approx(7000)


def test_steady_traffic_keeps_rate_times_duration_environments_and_nothing_is_cold():
    run = simulate_function(np.full(600, 100.0), 1.0, function(duration_s=0.2))
    assert run.environments == pytest.approx(20.0) and run.busy == pytest.approx(20.0)
    assert run.cold.sum() == pytest.approx(0) and run.throttled.sum() == 0
    assert run.bucket == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("duration_s", "cold_s", "added"),
    [
        # The 150/s without a warm environment each need a new one until the first new ones come free.
        pytest.param(0.2, 0.5, 150 * 0.7, id="cold start and handler within a second"),
        pytest.param(3.0, 0.0, 150 * 3.0, id="long handler"),
    ],
)
def test_a_step_adds_excess_rate_times_cold_start_plus_handler(duration_s, cold_s, added):
    run = simulate_function(series((100, 10), (250, 60)), 1.0, function(duration_s), cold_start_s=cold_s)
    assert run.environments[-1] - run.environments[0] == pytest.approx(added, rel=1e-6)
    assert run.cold.sum() == pytest.approx(added, rel=1e-6)
    assert run.throttled.sum() == pytest.approx(0, abs=1e-6)


def test_finer_steps_converge_when_the_cold_start_lasts_several_seconds():
    # 150/s x (3.0 + 0.2) s = 480 new environments.
    rates = series((100, 10), (250, 60))
    scenario = function(0.2)
    fine = simulate_function(np.repeat(rates, 20), 0.05, scenario, cold_start_s=3.0)
    coarse = simulate_function(rates, 1.0, scenario, cold_start_s=3.0)
    assert fine.cold.sum() == pytest.approx(480, rel=0.02)
    assert coarse.cold.sum() == pytest.approx(480, rel=0.35)


def test_a_new_environment_is_not_ready_before_its_cold_start_is_over():
    run = simulate_function(series((0, 5), (10, 10)), 1.0, function(2.0), cold_start_s=3.0)
    # Ten a second start; those of second 5 are all ready at the end of second 8.
    assert run.environments[5:8] == pytest.approx([10, 20, 30])
    assert run.ready[5:10] == pytest.approx([0, 0, 0, 10, 20])


def test_the_account_limit_caps_the_rate():
    run = simulate_function(series((100, 10), (6000, 60)), 1.0, function(0.2))
    assert run.served[-1] == pytest.approx(1000 / 0.2)
    assert run.throttled[-1] == pytest.approx(6000 - 5000)


def test_an_environment_takes_ten_synchronous_requests_a_second_at_most():
    # 20 ms would let 1,000 environments serve 50,000/s; AWS stops at 10,000/s.
    run = simulate_function(series((100, 10), (20_000, 60)), 1.0, function(0.02))
    assert run.served[-1] == pytest.approx(10_000)
    assert environment_s(function(0.02)) == pytest.approx(0.1)


def test_reserved_concurrency_is_a_ceiling():
    run = simulate_function(np.full(30, 100.0), 1.0, function(0.2, reserved_concurrency=10))
    assert run.served == pytest.approx(50.0) and run.environments.max() == pytest.approx(10)
    assert concurrency_limit(function(reserved_concurrency=2000)) == 1000
    assert simulate_function(np.full(3, 1.0), 1.0, function(reserved_concurrency=0)).served.sum() == 0


def test_provisioned_environments_are_never_cold():
    run = simulate_function(series((10, 10), (100, 30)), 1.0, function(0.2, provisioned_concurrency=20))
    assert run.cold.sum() == 0
    more = series((10, 10), (200, 30))
    spill = simulate_function(more, 1.0, function(0.2, provisioned_concurrency=20), cold_start_s=0.5)
    assert spill.cold.sum() == pytest.approx((200 - 100) * (0.2 + 0.5))


def test_the_wait_for_a_new_environment_is_the_mean_cold_start():
    run = simulate_function(series((100, 10), (250, 10)), 1.0, function(0.2))
    assert run.wait_s.max() == pytest.approx(cold_start(function(0.2)).mean_s)


def test_idle_environments_expire_after_the_keep_alive_time():
    run = simulate_function(series((100, 60), (0, 600)), 1.0, function(0.2, keep_alive_s=120.0))
    assert run.environments[60 + 100] == pytest.approx(20)
    assert run.environments[60 + 120 + 30] == pytest.approx(0)  # expiry comes in groups of 30 s


def test_the_measured_keep_alive_time_has_its_mean_near_its_median():
    assert keep_alive_s(function()) == pytest.approx(320, rel=0.03)


@given(
    st.lists(st.tuples(st.floats(0, 9000), st.integers(1, 90)), min_size=1, max_size=6),
    st.floats(0.005, 20),
    st.floats(0, 8),
    st.integers(10, 3000),
    st.sampled_from([0.5, 1.0, 60.0]),
)
@settings(max_examples=60)
def test_every_request_is_served_or_throttled_within_the_limits(pieces, duration_s, cold_s, limit, step_s):
    scenario = function(duration_s, account_concurrency=limit)
    run = simulate_function(series(*pieces), step_s, scenario, cold_start_s=cold_s)
    assert run.served + run.throttled == pytest.approx(run.arrivals)
    assert run.throttled.min() >= 0 and run.served.min() > -1e-6
    assert run.environments.max() <= limit * (1 + 1e-9)
    assert (run.busy <= run.environments * (1 + 1e-9)).all() and (run.ready <= run.environments).all()
    assert run.bucket.min() > -1e-6 and run.bucket.max() <= 1000
    assert (np.diff(run.environments) <= 1000 + 1e-6).all()
    assert (run.cold <= run.served + 1e-6).all()


@given(st.floats(10, 4000), st.floats(0.01, 3))
@settings(max_examples=20)
def test_a_higher_limit_never_throttles_more(rate, duration_s):
    scenario = function(duration_s, account_concurrency=np.arange(100.0, 3001.0, 100.0))
    run = simulate_function(series((10, 5), (rate, 60)), 1.0, scenario, cold_start_s=0.4)
    assert (np.diff(run.throttled.sum(axis=-1)) <= 1e-6).all()


def test_broadcasting_equals_looping():
    rates = series((50, 30), (2000, 90), (50, 300))
    changes = {
        "workload.duration_s": np.array([[0.05], [1.7]]),
        "aws_lambda.account_concurrency": np.array([200.0, 1000.0, 5000.0]),
        "aws_lambda.keep_alive_s": np.array([60.0, 100.0, 300.0]),
    }
    cold_s = np.array([0.2, 1.4, 3.0])
    together = simulate_function(rates, 1.0, replace_at(Scenario(), changes), cold_start_s=cold_s)
    for i, j in np.ndindex(2, 3):
        single = {path: float(np.broadcast_to(value, (2, 3))[i, j]) for path, value in changes.items()}
        alone = simulate_function(rates, 1.0, replace_at(Scenario(), single), cold_start_s=cold_s[j])
        for name in ("served", "throttled", "cold", "environments", "ready", "busy", "bucket"):
            assert getattr(together, name)[i, j] == pytest.approx(getattr(alone, name), abs=1e-5), name
