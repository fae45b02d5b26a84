"""Response times on both platforms: closed forms, direct simulation, bounds."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cold_start import cold_start
from model.compute import fargate_handler_s, lambda_handler_s
from model.distribution import lognormal_quantile
from model.latency import fargate_latency, lambda_latency
from model.queueing import mean_wait_s
from model.scenario import Fargate, Scenario, Workload, replace_at

P = (0.5, 0.9, 0.95, 0.99, 0.999)


def percentiles(latency):
    return np.stack([latency.p50_s, latency.p90_s, latency.p95_s, latency.p99_s, latency.p999_s], axis=-1)


def cpu_bound(rho, cv=0.5, vcpu=1, memory_gb=2, in_flight=100_000):
    """A scenario that only computes, and the rate that keeps one task's CPU busy for the share rho."""
    scenario = Scenario(
        workload=Workload(cpu_share=1.0, duration_cv=cv, duration_s=0.05),
        fargate=Fargate(vcpu=vcpu, memory_gb=memory_gb, requests_in_flight_per_task=in_flight),
        assumptions={"fargate.task_imbalance": 0.0},
    )
    return scenario, np.array([rho * vcpu / float(fargate_handler_s(scenario))])


ONE = np.ones(1)


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


# --- Fargate ----------------------------------------------------------------------------------------


def test_an_idle_task_answers_in_the_handler_s_time():
    scenario = Scenario()
    latency = fargate_latency(scenario, np.array([1e-6]), ONE)
    handler = float(fargate_handler_s(scenario))
    assert percentiles(latency) == pytest.approx(lognormal_quantile(np.array(P), handler, 0.5), rel=2e-3)


@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_mean_wait_on_one_vcpu_is_pollaczek_khinchine_s(rho, cv):
    scenario, rate = cpu_bound(rho, cv)
    handler = float(fargate_handler_s(scenario))
    wait = float(fargate_latency(scenario, rate, ONE).mean_s) - handler
    assert wait == pytest.approx(float(mean_wait_s(1, rho, handler, cv)), rel=0.03)


@pytest.mark.parametrize(("vcpu", "memory_gb"), [(1, 2), (2, 4)])
def test_percentiles_agree_with_a_simulated_line_within_twelve_percent(vcpu, memory_gb):
    """First come first served with lognormal service, 200,000 requests; the wait is taken as exponential."""
    scenario, rate = cpu_bound(0.7, 0.5, vcpu, memory_gb)
    rng, n = np.random.default_rng(4), 200_000
    handler = float(fargate_handler_s(scenario))
    service = handler * np.exp(rng.normal(-np.log(1.25) / 2, np.log(1.25) ** 0.5, n))
    free, took = [0.0] * vcpu, []
    for arrival, work in zip(
        np.cumsum(rng.exponential(1 / rate[0], n)).tolist(), service.tolist(), strict=True
    ):
        end = max(heapq.heappop(free), arrival) + work
        heapq.heappush(free, end)
        took.append(end - arrival)
    assert percentiles(fargate_latency(scenario, rate, ONE)) == pytest.approx(np.quantile(took, P), rel=0.12)


def test_more_tasks_than_load_needs_time_nobody_out_and_too_few_time_everybody_out():
    scenario = Scenario()
    enough, few, none = (fargate_latency(scenario, np.array([100.0]), np.array([n])) for n in (40, 5, 0))
    assert enough.timed_out < 1e-6
    assert (few.timed_out, none.timed_out) == (1, 1)
    assert few.p50_s == few.timeout_s


def test_overload_counts_by_the_requests_that_meet_it():
    """Half the time 10 requests/s, half 1,000 requests/s on 10 tasks: 1,000 of 1,010 requests time out."""
    scenario = Scenario()
    latency = fargate_latency(scenario, np.array([10.0, 1000.0]), np.array([10.0, 10.0]))
    assert latency.timed_out == pytest.approx(1000 / 1010, rel=1e-6)


def test_more_tasks_never_slow_anybody():
    tasks = np.arange(10, 60)[:, None] * 1.0
    latency = fargate_latency(Scenario(), np.full((50, 1), 100.0), tasks)
    assert np.all(np.diff(percentiles(latency), axis=0) <= 1e-9)


def test_too_few_slots_make_requests_wait_though_the_cpu_is_free():
    base = replace_at(Scenario(), "workload.cpu_share", 0.0)
    free, tight = (
        fargate_latency(replace_at(base, "fargate.requests_in_flight_per_task", n), np.array([4.5]), ONE)
        for n in (100, 1)
    )
    assert free.mean_s == pytest.approx(0.2, rel=1e-6)
    assert tight.mean_s > 2 * free.mean_s


def test_a_long_series_is_the_mixture_of_its_levels():
    scenario = Scenario()
    levels = [fargate_latency(scenario, np.array([rate]), np.array([20.0])) for rate in (20.0, 80.0)]
    both = fargate_latency(scenario, np.repeat([20.0, 80.0], 500), np.full(1000, 20.0))
    t = np.array([0.1, 0.3, 0.5, 1.0])
    mixed = 0.2 * levels[0].survival(t) + 0.8 * levels[1].survival(t)
    assert both.survival(t) == pytest.approx(mixed, rel=0.02)


# --- both -------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1e-6, 1.0, 1e6]),
    st.sampled_from([0.001, 0.2, 900.0]),
    st.floats(0, 10),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0, 1e5]),
)
def test_percentiles_are_ordered_and_end_at_the_timeout(rate, duration_s, cv, cpu_share, p_cold, tasks):
    changes = {"requests_per_s": rate, "duration_s": duration_s, "duration_cv": cv, "cpu_share": cpu_share}
    scenario = replace_at(Scenario(), {f"workload.{name}": value for name, value in changes.items()})
    for latency in (
        lambda_latency(scenario, p_cold, cold_start(scenario)),
        fargate_latency(scenario, np.array([rate, 0.0]), np.array([tasks, tasks])),
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
    rates = np.array([10.0, 60.0, 200.0])
    many = replace_at(Scenario(), "workload.requests_per_s", rates)
    together = fargate_latency(many, rates[:, None], np.full((3, 1), 20.0))
    alone = [percentiles(fargate_latency(Scenario(), np.array([r]), np.array([20.0]))) for r in rates]
    assert percentiles(together) == pytest.approx(np.array(alone), rel=1e-6)
    curve = together.survival(np.ones((3, 1)) * np.array([0.1, 0.5]))
    assert curve.shape == (3, 2)
    warm = lambda_latency(many, np.full(3, 0.1), cold_start(many))
    one = lambda_latency(Scenario(), 0.1, cold_start(Scenario()))
    assert percentiles(warm) == pytest.approx(np.tile(percentiles(one), (3, 1)), rel=1e-9)


def test_lambda_handler_scales_with_memory():
    small = replace_at(Scenario(), "aws_lambda.memory_mb", 256)
    latency = lambda_latency(small, 0.0, cold_start(small))
    assert latency.mean_s == pytest.approx(float(lambda_handler_s(small)), rel=1e-6)
