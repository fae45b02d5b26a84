"""Response times on both platforms: closed forms, direct simulation, bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cold_start import cold_start
from model.compute import lambda_handler_s
from model.distribution import lognormal_quantile
from model.fargate_latency import fargate_latency
from model.latency import lambda_latency
from model.scaling.ecs import simulate_service
from model.scenario import Scenario, replace_at

P = (0.5, 0.9, 0.95, 0.99, 0.999)


def percentiles(latency):
    return np.stack([latency.p50_s, latency.p90_s, latency.p95_s, latency.p99_s, latency.p999_s], axis=-1)


# --- Lambda -----------------------------------------------------------------------------------------


def test_without_cold_starts_latency_is_the_handler():
    scenario = Scenario()
    latency = lambda_latency(scenario, 0.0, cold_start(scenario))
    assert percentiles(latency) == pytest.approx(lognormal_quantile(np.array(P), 0.2, 0.5), rel=2e-3)
    assert latency.mean_s == pytest.approx(0.2, rel=1e-6)


def test_without_spread_every_warm_request_takes_the_same():
    scenario = replace_at(Scenario(), "workload.duration_cv", 0)
    latency = lambda_latency(scenario, 0.0, cold_start(scenario))
    assert percentiles(latency) == pytest.approx([0.2] * 5, rel=2e-3)
    assert latency.survival(np.array([0.19, 0.21])).tolist() == [1, 0]


def test_where_nobody_is_answered_the_mean_is_the_timeout_as_every_percentile():
    scenario = replace_at(Scenario(), "workload.timeout_s", 7.0)
    latency = lambda_latency(scenario, 0.0, cold_start(scenario), throttled=1.0)
    assert latency.mean_s == pytest.approx(7) and percentiles(latency) == pytest.approx([7] * 5)


def test_mean_latency_is_handler_plus_its_share_of_cold_starts():
    scenario = Scenario()
    start = cold_start(scenario)
    latency = lambda_latency(scenario, 0.3, start)
    assert latency.mean_s == pytest.approx(0.2 + 0.3 * float(start.mean_s), rel=1e-6)


@pytest.mark.parametrize("p_cold", [0.003, 0.05, 0.6])
def test_percentiles_agree_with_drawn_requests(p_cold):
    scenario = Scenario()
    start = cold_start(scenario)
    rng = np.random.default_rng(8)
    n, blocks = 200_000, 10
    handler = np.exp(rng.normal(np.log(0.2) - np.log(1.25) / 2, np.log(1.25) ** 0.5, (blocks, n)))
    cold = rng.random((blocks, n)) < p_cold
    drawn = handler + cold * rng.choice(start.samples_s, (blocks, n))
    found = np.quantile(drawn, P, axis=1)
    error = 4 * found.std(axis=1, ddof=1) / blocks**0.5
    ours = percentiles(lambda_latency(scenario, p_cold, start))
    assert np.all(np.abs(ours - found.mean(axis=1)) < error + 2e-3 * ours)


def test_a_cold_start_longer_than_the_timeout_times_out():
    scenario = replace_at(
        Scenario(), {"aws_lambda.loaded_mb": 200, "workload.timeout_s": 2.0, "workload.slo_p99_s": 1.0}
    )
    latency = lambda_latency(scenario, 0.25, cold_start(scenario))
    assert latency.timed_out == pytest.approx(0.25, abs=1e-4)
    assert latency.p99_s == latency.timeout_s == 2.0
    assert latency.within_slo == pytest.approx(0.75, abs=2e-3)


# --- both -------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1e-6, 1.0, 1e6]),
    st.sampled_from([0.001, 0.2, 900.0]),
    st.floats(0, 10),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0, 5e4]),
)
def test_percentiles_are_ordered_and_end_at_the_timeout(rate, duration_s, cv, cpu_share, p_cold, tasks):
    changes = {"requests_per_s": rate, "duration_s": duration_s, "duration_cv": cv, "cpu_share": cpu_share}
    scenario = replace_at(Scenario(), {f"workload.{name}": value for name, value in changes.items()})
    fixed = replace_at(scenario, {"fargate.scaling": "fixed", "fargate.tasks": tasks})
    for latency in (
        lambda_latency(scenario, p_cold, cold_start(scenario)),
        fargate_latency(scenario, simulate_service(np.array([rate, 0.0]), 300.0, fixed)),
    ):
        found = percentiles(latency)
        assert np.all(np.diff(found) >= 0)
        assert np.all((found > 0) & (found <= scenario.workload.timeout_s * (1 + 1e-9)))
        assert 0 <= latency.timed_out <= 1
        assert 0 <= latency.within_slo <= 1 - latency.timed_out + 1e-12
        assert 0 < latency.mean_s <= scenario.workload.timeout_s * (1 + 1e-9)


def test_within_slo_is_one_minus_the_survival_at_the_slo():
    scenario = replace_at(Scenario(), "workload.slo_p99_s", 0.4)
    latency = lambda_latency(scenario, 0.1, cold_start(scenario))
    assert latency.within_slo == pytest.approx(1 - float(latency.survival(0.4)), abs=1e-9)


def test_one_call_for_many_scenarios_is_many_calls_for_one():
    many = replace_at(Scenario(), "workload.requests_per_s", np.array([10.0, 60.0, 200.0]))
    warm = lambda_latency(many, np.full(3, 0.1), cold_start(many))
    one = lambda_latency(Scenario(), 0.1, cold_start(Scenario()))
    assert percentiles(warm) == pytest.approx(np.tile(percentiles(one), (3, 1)), rel=1e-9)


def test_lambda_handler_scales_with_memory():
    small = replace_at(Scenario(), "aws_lambda.memory_mb", 256)
    latency = lambda_latency(small, 0.0, cold_start(small))
    assert latency.mean_s == pytest.approx(float(lambda_handler_s(small)), rel=1e-6)
