"""Response times on Fargate: closed forms, direct simulation, backlogs counted by hand, bounds."""

import numpy as np
import pytest

from model.compute import computing_s, fargate_handler_s, fargate_speed, task_capacity_per_s, waiting_s
from model.distribution import lognormal_quantile
from model.fargate_latency import fargate_latency, fargate_responses
from model.scaling.ecs import simulate_service
from model.scenario import Fargate, Scenario, Workload, replace_at
from tests.model.simulated_container import response_s

P = (0.5, 0.9, 0.95, 0.99, 0.999)


def percentiles(latency):
    return np.stack([latency.p50_s, latency.p90_s, latency.p95_s, latency.p99_s, latency.p999_s], axis=-1)


def one_task(cv=0.5, cpu_share=1.0, vcpu=1, places=1000, **assumed):
    return Scenario(
        workload=Workload(cpu_share=cpu_share, duration_cv=cv, duration_s=0.05, timeout_s=900),
        fargate=Fargate(
            scaling="fixed",
            tasks=1,
            vcpu=vcpu,
            memory_gb=2 * vcpu,
            requests_in_flight_per_task=places,
        ),
        assumptions={"fargate.task_imbalance": 0.0} | assumed,
    )


def at(scenario, utilisation):
    """Steady traffic for an hour that keeps the tasks this busy."""
    tasks = np.asarray(scenario.fargate.tasks)
    per_s = np.asarray(utilisation) * np.asarray(task_capacity_per_s(scenario)) * tasks
    return simulate_service(per_s[..., None] * np.ones(12), 300.0, scenario)


def steady(scenario, utilisation):
    return fargate_latency(scenario, at(scenario, utilisation))


# --- in balance -------------------------------------------------------------------------------------


def test_an_idle_task_answers_in_the_handler_s_time():
    scenario = replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 1})
    handler = float(fargate_handler_s(scenario))
    latency = steady(scenario, 1e-6)
    assert percentiles(latency) == pytest.approx(lognormal_quantile(np.array(P), handler, 0.5), rel=3e-3)
    assert latency.mean_s == pytest.approx(handler, rel=1e-4)


@pytest.mark.parametrize("cv", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("rho", [0.3, 0.8, 0.95])
def test_a_shared_cpu_slows_the_mean_by_its_idle_share_whatever_the_spread(rho, cv):
    """M/G/1 with processor sharing: service / (1 - rho)."""
    scenario = one_task(cv)
    expected = float(fargate_handler_s(scenario)) / (1 - rho)
    assert steady(scenario, rho).mean_s == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_one_request_at_a_time_waits_as_pollaczek_and_khinchine_say(rho, cv):
    """One place is M/G/1, first come first served: rho/(1 - rho) service (1 + cv^2)/2 of waiting."""
    scenario = one_task(cv, cpu_share=0.4, places=1)
    handler = float(fargate_handler_s(scenario))
    wait = rho / (1 - rho) * handler * (1 + cv**2) / 2
    assert steady(scenario, rho).mean_s == pytest.approx(handler + wait, rel=0.01)


@pytest.mark.parametrize(
    ("utilisation", "cv", "cpu_share", "vcpu", "places"),
    [
        pytest.param(0.8, 0.5, 1.0, 1, 1000, id="computing"),
        pytest.param(0.8, 2.0, 0.3, 1, 1000, id="wide spread"),
        pytest.param(0.9, 1.0, 0.3, 4, 1000, id="four vCPU, busy"),
        pytest.param(0.8, 0.5, 0.3, 1, 10, id="few places"),
    ],
)
def test_percentiles_agree_with_simulated_requests(utilisation, cv, cpu_share, vcpu, places):
    """Event by event, 4 x 60,000 requests: mean within 3 %, p50 to p99.9 within 10 %, and 4 standard errors."""
    scenario = one_task(cv, cpu_share, vcpu, places)
    per_s = utilisation * float(task_capacity_per_s(scenario))
    blocks = [
        response_s(
            rng,
            per_s=per_s,
            servers=float(vcpu),
            computing_s=float(computing_s(scenario.workload, vcpu, fargate_speed(scenario))),
            waiting_s=float(waiting_s(scenario.workload)),
            places=places,
            cv=cv,
            requests=60_000,
        )[6_000:]
        for rng in np.random.default_rng(2).spawn(4)
    ]
    latency = steady(scenario, utilisation)
    found = np.array([[block.mean(), *np.quantile(block, P)] for block in blocks])
    error = 4 * found.std(axis=0, ddof=1) / 2
    ours = np.array([float(latency.mean_s), *percentiles(latency)])
    allowed = np.array([0.03, *[0.1] * 5]) * found.mean(axis=0)
    assert np.all(np.abs(ours - found.mean(axis=0)) < allowed + error)


def test_too_few_places_make_requests_wait_though_the_cpu_is_free():
    """One place of 0.2 s at 4.5 requests/s is M/G/1 at 0.9: 0.9/0.1 x 0.2 x 1.25/2 of waiting."""
    base = replace_at(
        one_task(0.5), {"workload.duration_s": 0.2, "workload.cpu_share": 0.0, "fargate.tasks": 1}
    )
    tight = replace_at(base, "fargate.requests_in_flight_per_task", 1)
    assert steady(base, 4.5 * 0.2 / 1000).mean_s == pytest.approx(0.2, rel=1e-4)
    assert steady(tight, 0.9).mean_s == pytest.approx(0.2 + 9 * 0.2 * 1.25 / 2, rel=0.01)


def test_more_load_never_answers_sooner():
    utilisation = np.linspace(0.01, 0.99, 60)
    assert np.all(np.diff(percentiles(steady(one_task(), utilisation)), axis=0) >= -1e-9)


def test_tasks_that_are_unevenly_busy_are_slower_on_average():
    even = steady(one_task(), 0.8)
    uneven = steady(one_task(**{"fargate.task_imbalance": 0.1}), 0.8)
    service = float(fargate_handler_s(one_task()))
    assert even.mean_s == pytest.approx(service / 0.2, rel=0.01)
    assert uneven.mean_s == pytest.approx(service * (0.5 / 0.12 + 0.5 / 0.28), rel=0.01)


# --- backlog and losses -----------------------------------------------------------------------------


def test_a_backlog_s_waits_are_those_of_the_simulation():
    """5 requests/s served, 10 come for a minute: who comes after t s waits t s; half of all more than 30 s."""
    scenario = replace_at(
        one_task(0.0), {"workload.cpu_share": 0.0, "workload.duration_s": 0.2, "workload.timeout_s": 300.0}
    )
    scenario = replace_at(scenario, "fargate.requests_in_flight_per_task", 1)
    per_s = np.where(np.arange(180) < 60, 10.0, 0.0)
    latency = fargate_latency(scenario, simulate_service(per_s, 1.0, scenario))
    assert latency.p50_s == pytest.approx(30.2, rel=0.05)
    assert latency.p99_s == pytest.approx(59.6, rel=0.05)
    assert latency.mean_s == pytest.approx(30.2, rel=0.02)
    assert latency.timed_out < 1e-6


def test_a_minute_of_overload_agrees_with_simulated_requests():
    """Event by event, five draws of twenty minutes: mean within 5 %, p50 to p99.9 within 10 %, and 4 standard errors."""
    scenario = replace_at(one_task(0.5, 0.3, 1, 20), "workload.timeout_s", 300.0)
    capacity = float(task_capacity_per_s(scenario))
    per_s = np.where((np.arange(1200) >= 300) & (np.arange(1200) < 360), 1.5, 0.6) * capacity
    latency = fargate_latency(scenario, simulate_service(per_s, 1.0, scenario))
    found = []
    for rng in np.random.default_rng(4).spawn(5):
        count = rng.poisson(per_s)
        arrive = np.sort(np.repeat(np.arange(1200), count) + rng.uniform(size=count.sum()))
        responses = response_s(
            rng,
            per_s=1.0,
            servers=1.0,
            computing_s=float(computing_s(scenario.workload, 1, fargate_speed(scenario))),
            waiting_s=float(waiting_s(scenario.workload)),
            places=20,
            cv=0.5,
            requests=0,
            arrive=arrive,
        )
        found.append([responses.mean(), *np.quantile(responses, P)])
    mean, error = np.mean(found, axis=0), 4 * np.std(found, axis=0, ddof=1) / 5**0.5
    ours = np.array([float(latency.mean_s), *percentiles(latency)])
    assert np.all(np.abs(ours - mean) < np.array([0.05, *[0.1] * 5]) * mean + error)


def test_who_is_lost_in_the_simulation_is_lost_here():
    """100 requests/s to five tasks: what is timed out is what the run counts as lost, not everybody."""
    scenario = replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 5})
    run = simulate_service(np.full(60, 100.0), 60.0, scenario)
    latency = fargate_latency(scenario, run)
    lost = run.lost.sum() / (run.lost.sum() + run.served.sum())
    assert 0.2 < lost < 0.3
    assert latency.timed_out == pytest.approx(lost, rel=1e-6)
    assert latency.p999_s == latency.timeout_s


def test_without_a_task_nobody_is_answered():
    scenario = replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 0})
    latency = fargate_latency(scenario, simulate_service(np.full(12, 10.0), 300.0, scenario))
    assert (latency.timed_out, latency.within_slo) == (1, 0)
    assert latency.p50_s == latency.timeout_s


def test_more_tasks_never_slow_anybody():
    scenario = replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": np.arange(1, 60)})
    latency = fargate_latency(scenario, simulate_service(np.full((59, 60), 100.0), 60.0, scenario))
    assert np.all(np.diff(percentiles(latency), axis=0) <= 1e-9)


def test_a_long_series_is_the_mixture_of_its_levels():
    scenario = replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 20})
    runs = [
        simulate_service(rates, 60.0, scenario)
        for rates in (np.full(100, 20.0), np.full(100, 80.0), np.repeat([20.0, 80.0], 100))
    ]
    low, high, both = (fargate_latency(scenario, run) for run in runs)
    t = np.array([0.1, 0.3, 0.5, 1.0])
    mixed = 0.2 * low.survival(t) + 0.8 * high.survival(t)
    assert both.survival(t) == pytest.approx(mixed, rel=0.01)


# --- many scenarios at once -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"workload.requests_per_s": np.array([5.0, 60.0, 150.0])}, id="only the traffic differs"
        ),
        pytest.param(
            {
                "workload.requests_per_s": np.array([5.0, 60.0, 150.0]),
                "workload.duration_s": np.array([0.05, 0.2, 1.0]),
            },
            id="the work differs, too",
        ),
    ],
)
def test_one_call_for_many_scenarios_is_many_calls_for_one(changes):
    fixed = {"fargate.scaling": "fixed", "fargate.tasks": 12}
    many = replace_at(Scenario(), changes | fixed)

    def found(scenario):
        per_s = np.asarray(scenario.workload.requests_per_s)[..., None] * np.ones(12)
        return fargate_latency(scenario, simulate_service(per_s, 60.0, scenario))

    alone = [
        found(replace_at(Scenario(), {name: values[i] for name, values in changes.items()} | fixed))
        for i in range(3)
    ]
    together = found(many)
    assert percentiles(together) == pytest.approx(np.array([percentiles(one) for one in alone]), rel=1e-4)
    assert together.survival(np.ones((3, 1)) * np.array([0.1, 0.5])).shape == (3, 2)


def test_one_percentile_is_that_of_the_whole_distribution():
    scenario = replace_at(one_task(), {"workload.duration_s": np.array([0.01, 0.05, 0.3])})
    run = at(scenario, 0.7)
    latency, responses = fargate_latency(scenario, run), fargate_responses(scenario, run)
    assert responses.quantile_s(0.99) == pytest.approx(latency.p99_s, rel=5e-3)
    late = responses.later_than(scenario.workload.slo_p99_s)
    assert late == pytest.approx(1 - latency.within_slo, abs=1e-9)
