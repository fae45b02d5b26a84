"""A replay adds up: requests in every window, cost to the bill, tasks to the simulation behind the month."""

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.facts import load_traces, trace_names
from model.fields import ScenarioError
from model.latency import lambda_latency
from model.replay import replay
from model.replay.waits import Waits
from model.replay.windows import MOST_WINDOWS, folded, sums, window_steps
from model.scaling.ecs import simulate_service
from model.series import Series

WEEK = {"workload.pattern": "trace"}
HOURS_A_MONTH = 730


def replayed(values=None):
    return replay(replace_at(Scenario(), WEEK | (values or {})))


def of_series(counts, period_s=60.0, **values):
    series = Series("x", "2026-11-24T10:00:00", period_s, np.asarray(counts, float))
    fields = {
        "workload.trace": "uploaded",
        "workload.series": series,
        "workload.requests_per_s": series.mean_per_s,
    }
    return replayed(fields | values)


@pytest.fixture(scope="module")
def nasa():
    return replayed()


@pytest.fixture(scope="module")
def busy():
    """Bursts for which eight tasks are too few, and an account without room."""
    rng = np.random.default_rng(3)
    counts = 3000 * (1 + 4 * (rng.random(600) > 0.9)) * rng.uniform(0.8, 1.2, 600)
    return of_series(counts, **{"fargate.max_tasks": 8, "aws_lambda.account_concurrency": 30})


@pytest.mark.parametrize("which", ["nasa", "busy"])
def test_every_request_is_in_one_window_and_comes_to_one_end(which, request):
    run = request.getfixturevalue(which)
    asked = float(run.comparison.scenario.workload.requests_per_s) * run.length_s
    assert run.requests.sum() == pytest.approx(asked, rel=1e-9)
    service, function = run.service, run.function
    ends = service.served.sum() + service.timed_out.sum() + service.rejected.sum() + service.backlog[-1]
    assert ends == pytest.approx(asked, rel=1e-9)
    assert (function.served + function.throttled).sum() == pytest.approx(asked, rel=1e-9)
    assert run.fargate.lost == pytest.approx((service.timed_out + service.rejected).sum())
    assert run.aws_lambda.lost == pytest.approx(function.throttled.sum())
    for side in (run.aws_lambda, run.fargate):
        assert np.all(side.windows.lost <= run.requests * (1 + 1e-9) + service.backlog.max())
        assert np.all(side.windows.cold <= run.requests)


def test_the_bursts_lose_requests_on_both_sides(busy):
    assert busy.fargate.lost > 1000 and busy.aws_lambda.lost > 1000


@pytest.mark.parametrize("name", trace_names())
def test_totals_are_those_of_the_month(name):
    values = {"workload.trace": name, "workload.requests_per_s": 20.0, "fargate.public_ip": True}
    run, month = replayed(values), evaluate(replace_at(Scenario(), WEEK | values))
    assert run.comparison.fargate.task_hours == pytest.approx(month.fargate.task_hours, rel=1e-12)
    for side, whole in ((run.aws_lambda, month.aws_lambda), (run.fargate, month.fargate)):
        assert side.month_usd == pytest.approx(float(whole.bill.total_usd), rel=1e-12)
        assert side.usd == pytest.approx(side.month_usd * run.length_s / 3600 / HOURS_A_MONTH)
        assert side.windows.usd.sum() == pytest.approx(side.usd)
        assert np.all(side.windows.usd >= 0)
    assert run.aws_lambda.cold == pytest.approx(float(month.aws_lambda.cold.p_cold) * run.total_requests)


def test_tasks_are_paid_for_when_they_run_and_requests_when_they_come(nasa):
    billed = sums(nasa.service.billed_tasks, 60)
    size = nasa.comparison.scenario.fargate
    bill = nasa.comparison.fargate.bill
    of_tasks = float(bill.group_usd("Fargate")) * nasa.length_s / 3600 / HOURS_A_MONTH
    assert float(size.vcpu) == 0.5
    busiest, quietest = int(np.argmax(billed)), int(np.argmin(billed))
    apart = nasa.fargate.windows.usd[busiest] - nasa.fargate.windows.usd[quietest]
    by_tasks = of_tasks * (billed[busiest] - billed[quietest]) / billed.sum()
    by_requests_at_most = (
        (float(bill.total_usd) - float(bill.group_usd("Fargate"))) * nasa.length_s / 3600 / HOURS_A_MONTH
    )
    assert by_tasks <= apart <= by_tasks + by_requests_at_most * np.ptp(nasa.requests) / nasa.requests.sum()


def test_without_a_price_there_is_no_cost_but_everything_else():
    run = replayed(
        {
            "workload.trace": "azure_llm_code_2023_hour",
            "billing.region": "me-central-1",
            "aws_lambda.architecture": "arm64",
        }
    )
    sides = (run.aws_lambda, run.fargate)
    missing = [bool(side.bill.missing) for side in (run.comparison.aws_lambda, run.comparison.fargate)]
    assert [side.usd is None for side in sides] == missing
    assert all(np.isfinite(side.p99_s) for side in sides)


def test_steady_traffic_replays_as_the_steady_model_says():
    run = of_series(np.full(600, 6000.0), **{"fargate.scaling": "fixed", "fargate.tasks": 12})
    month = evaluate(replace_at(Scenario(), {"fargate.scaling": "fixed", "fargate.tasks": 12}))
    assert run.fargate.lost == run.aws_lambda.lost == 0
    assert run.fargate.windows.p99_s == pytest.approx(float(month.fargate.latency.p99_s), rel=0.005)
    assert run.fargate.p99_s == pytest.approx(float(month.fargate.latency.p99_s), rel=0.005)
    assert run.aws_lambda.p99_s == pytest.approx(float(month.aws_lambda.latency.p99_s), rel=0.005)
    assert run.fargate.month_usd == pytest.approx(float(month.fargate.bill.total_usd))
    assert run.fargate.windows.capacity == pytest.approx(12)


def test_a_window_of_lost_requests_waits_until_the_timeout():
    run = of_series(
        [600] * 60 + [60_000] * 60 + [600] * 60,
        **{"fargate.scaling": "fixed", "fargate.tasks": 2, "workload.timeout_s": 5},
    )
    # 1,000 a second on two tasks for an hour: nearly all of that hour's callers give up after five seconds.
    p99 = run.fargate.windows.p99_s
    overload = (run.starts_s >= 3600) & (run.starts_s < 7200)
    assert p99[overload] == pytest.approx(5)
    assert np.all(p99[run.starts_s < 3600] < 1)


def test_callers_in_a_short_backlog_wait_as_long_as_the_queue_is():
    capacity = 100.0
    run = of_series(
        [600] * 30 + [9000] + [600] * 30,
        **{"fargate.scaling": "fixed", "fargate.tasks": 6, "workload.cpu_share": 0.3},
    )
    waited = run.service.wait_s.max()
    assert capacity > 0 and 1 < waited < 29 and run.fargate.lost == 0
    # Behind the line a request shares its task's CPU with all the others inside, so the largest take much longer.
    assert waited * 0.5 < np.nanmax(run.fargate.windows.p99_s) <= 29


def test_a_window_without_a_request_has_no_percentile():
    run = of_series([60] * 30 + [0] * 30 + [60] * 30)
    assert run.window_s == 60
    assert np.isnan(run.fargate.windows.p99_s[30:60]).all()
    assert np.isfinite(run.fargate.windows.p99_s[:30]).all()
    assert np.isfinite(run.fargate.p99_s)


def test_cold_starts_come_where_traffic_begins():
    run = of_series([0] * 60 + [600] * 60 + [0] * 60, **{"aws_lambda.keep_alive_s": 300})
    colds = run.aws_lambda.windows.cold
    first = int(np.argmax(run.requests > 0))
    assert colds[:first].sum() == 0
    assert colds[first : first + 5].sum() > 0.5 * colds.sum()
    waits = lambda_latency(
        run.comparison.scenario, float(colds[first] / run.requests[first]), run.comparison.aws_lambda.start
    )
    assert run.aws_lambda.windows.p99_s[first] == pytest.approx(float(waits.p99_s), rel=0.01)


def test_the_worst_ten_minutes_are_those_that_lose_most(busy):
    lost = busy.service.lost + busy.function.lost
    by_hand = [lost[i : i + 10].sum() for i in range(lost.size - 9)]
    assert busy.worst.start_s == 60 * int(np.argmax(by_hand))
    assert busy.worst.by_loss
    assert busy.worst.time_s.size == 600
    assert busy.worst.lost["fargate"] > 0


def test_without_losses_they_are_the_busiest():
    counts = [600] * 100
    counts[50:60] = [660] * 10
    run = of_series(counts, **{"fargate.scaling": "fixed", "fargate.tasks": 20})
    assert not run.worst.by_loss
    assert run.worst.start_s == 50 * 60
    assert run.worst.arrivals_per_s[run.worst.shown] == pytest.approx(660 / 60, rel=1e-5)


def test_by_the_second_arrive_as_many_as_by_the_minute(busy):
    first = round(busy.worst.start_s / busy.step_s)
    shown = busy.worst.service.arrivals[busy.worst.shown]
    assert shown.sum() == pytest.approx(busy.service.arrivals[first : first + 10].sum(), rel=1e-6)
    assert busy.worst.arrivals_per_s.sum() == pytest.approx(busy.worst.function.arrivals.sum())


def test_seconds_of_a_recording_by_the_second_are_its_own():
    counts = np.arange(1.0, 901.0)
    run = of_series(counts, 1.0)
    at = int(run.worst.start_s)
    assert run.step_s == 1
    assert run.worst.arrivals_per_s[run.worst.shown] == pytest.approx(counts[at : at + 600], rel=1e-5)


def test_a_recording_shorter_than_ten_minutes_is_shown_whole():
    run = of_series([5, 9, 7])
    assert (run.worst.start_s, run.worst.time_s.size) == (0, 180)


def test_a_week_of_tasks_is_the_simulation_of_scaling(nasa):
    direct = simulate_service(nasa.comparison.fargate.traffic.per_s, 60.0, nasa.comparison.scenario)
    assert nasa.step_s == 60
    assert nasa.fargate.capacity_mean == pytest.approx(direct.running.mean())
    assert nasa.fargate.capacity_max == direct.running.max()
    assert nasa.begins == load_traces()["nasa_http_1995_week"].start


@pytest.mark.parametrize("steps", [1, 2, 58, 180, 600, 10_080, 20_160])
def test_windows_are_whole_minutes_hours_or_days_and_never_too_many(steps):
    n = window_steps(steps, 60.0)
    assert n in (1, 5, 60, 360, 1440)
    assert steps / n <= MOST_WINDOWS


def test_sums_and_rows_keep_what_is_left_over():
    series = np.arange(7.0)
    assert sums(series, 3).tolist() == [3, 12, 6]
    assert folded(series, 3, -1.0).tolist() == [[0, 1, 2], [3, 4, 5], [6, -1, -1]]


def test_percentiles_of_windows_and_of_all_against_counting():
    """A constant handler of 1 s; waits 0 for 98 of 100 and 3 s for two; then 0 for all 900."""
    shift, share = np.array([[0.0, 3.0], [0.0, 3.0]]), np.array([[0.98, 0.02], [1.0, 0.0]])
    waits = Waits(shift, share, 1.0, 0.0, 29.0, np.array([100.0, 900.0]))
    assert waits.p99_s == pytest.approx([4.0, 1.0], rel=1e-4)
    assert waits.overall_p99_s == pytest.approx(1.0, rel=1e-4)  # two of a thousand wait longer


@pytest.mark.parametrize(
    "values", [{"workload.kind": "job"}, {"workload.requests_per_s": np.array([1.0, 2.0])}]
)
def test_only_one_service_can_be_replayed(values):
    with pytest.raises(ScenarioError, match="one service at a time"):
        replayed(values)
