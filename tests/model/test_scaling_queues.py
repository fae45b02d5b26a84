"""Lambda's callers, queues and provisioned concurrency through time: hand sums, and requests that add up exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.scaling.function import environment_s, simulate_function
from model.scenario import Scenario, replace_at


def function(duration_s=1.0, **changes):
    paths = {name.replace("__", "."): value for name, value in changes.items()}
    return replace_at(Scenario(), {"workload.duration_s": duration_s} | paths)


def series(*pieces):
    return np.concatenate([np.full(seconds, float(rate)) for rate, seconds in pieces])


def unaccounted(run):
    growth = np.diff(run.waiting, axis=-1, prepend=0.0)
    return run.arrivals - run.served - run.throttled - run.expired - growth


# --- callers who try again ------------------------------------------------------------------------


def test_without_retries_every_429_is_a_lost_request():
    run = simulate_function(np.full(10, 15.0), 1.0, function(aws_lambda__reserved_concurrency=10))
    assert run.throttled == pytest.approx(5.0) and run.refusals == pytest.approx(5.0)
    assert run.waiting.max() == 0


def test_a_retry_after_the_burst_is_served():
    # Ten environments serve 10/s. Second 5 brings 15: five get a 429, come back two seconds later and are served.
    scenario = function(
        aws_lambda__reserved_concurrency=10, workload__client_retries=1, workload__retry_backoff_s=2.0
    )
    run = simulate_function(series((2, 5), (15, 1), (2, 10)), 1.0, scenario, cold_start_s=0.0)
    assert run.refusals.sum() == pytest.approx(5.0) and run.lost.sum() == 0
    assert run.waiting[4:9] == pytest.approx([0, 5, 5, 0, 0])
    assert run.served[6:8] == pytest.approx([2, 7])
    assert run.queued_s[7] == pytest.approx(2.0)


def test_each_further_retry_waits_twice_as_long_and_then_gives_up():
    # Nothing is ever served: 8 requests in second 0, tries after 1, 1 + 2 and 1 + 2 + 4 seconds, all refused.
    scenario = function(
        aws_lambda__reserved_concurrency=0, workload__client_retries=3, workload__retry_backoff_s=1.0
    )
    run = simulate_function(series((8, 1), (0, 12)), 1.0, scenario, before_per_s=0.0)
    assert np.flatnonzero(run.refusals).tolist() == [0, 1, 3, 7]
    assert run.refusals[[0, 1, 3, 7]] == pytest.approx(8.0)
    assert np.flatnonzero(run.throttled).tolist() == [7]
    assert run.waiting[:8] == pytest.approx([8] * 7 + [0])


def test_a_caller_does_not_try_again_after_its_timeout():
    # The third try would come 3 s after the first, later than the 2 s the caller waits.
    scenario = function(
        aws_lambda__reserved_concurrency=0, workload__client_retries=3, workload__timeout_s=2.0
    )
    run = simulate_function(series((8, 1), (0, 12)), 1.0, scenario, before_per_s=0.0)
    assert np.flatnonzero(run.throttled).tolist() == [1]


def test_retries_make_a_throttled_function_busier():
    # 15/s on ten environments: of 5 + retries a second, all the more 429s, while 10/s are served as before.
    scenario = function(aws_lambda__reserved_concurrency=10, workload__client_retries=np.array([0.0, 3.0]))
    run = simulate_function(np.full(120, 15.0), 1.0, scenario)
    assert run.served[:, -1] == pytest.approx(10.0)
    assert run.refusals[1, -1] > 2 * run.refusals[0, -1]
    assert run.throttled[:, 60:].sum(axis=-1) == pytest.approx(5.0 * 60, rel=0.02)


# --- events ---------------------------------------------------------------------------------------


def test_asynchronous_events_wait_instead_of_being_lost():
    # 30/s on ten environments for 20 s leave 400; afterwards 2/s arrive and 8/s are worked off: 50 s.
    scenario = function(aws_lambda__reserved_concurrency=10, aws_lambda__invocation="async")
    run = simulate_function(series((2, 10), (30, 20), (2, 60)), 1.0, scenario, cold_start_s=0.0)
    assert run.lost.sum() == 0
    assert run.waiting[29] == pytest.approx(400, abs=1)
    assert run.waiting[29 + 25] == pytest.approx(200, abs=1)
    assert run.waiting[29 + 51] == pytest.approx(0, abs=1e-6)
    assert run.queued_s.max() == pytest.approx(40, rel=0.05)  # 400 waiting, ten a second


def test_events_older_than_six_hours_are_given_up():
    # Ten environments, 11/s, one-minute steps: the backlog grows by 1/s. At time t the event whose turn it is came
    # at 10/11 t, so the first is six hours old after 66 hours.
    scenario = function(aws_lambda__reserved_concurrency=10, aws_lambda__invocation="async")
    run = simulate_function(np.full(80 * 60, 11.0), 60.0, scenario, cold_start_s=0.0)
    first = np.flatnonzero(run.expired > 1e-6)[0] / 60
    assert first == pytest.approx(66, abs=0.5)
    assert run.queued_s.max() == pytest.approx(6 * 3600, rel=0.01)
    assert run.expired[-1] == pytest.approx(60, rel=0.01)


def test_asynchronous_events_are_not_held_to_ten_a_second():
    assert environment_s(function(0.02)) == pytest.approx(0.1)
    assert environment_s(function(0.02, aws_lambda__invocation="async")) == pytest.approx(0.02)
    assert environment_s(function(0.02, workload__queue=True)) == pytest.approx(0.02)


def test_a_queue_starts_with_five_batches_and_adds_300_a_minute_up_to_1250():
    # Endless messages of a minute each: five in use at once, five more each second.
    scenario = function(60.0, workload__queue=True, aws_lambda__account_concurrency=5000)
    run = simulate_function(np.full(400, 1e5), 1.0, scenario, before_per_s=0.0, cold_start_s=0.0)
    assert run.busy[[0, 1, 60, 120]] == pytest.approx([5, 10, 305, 605])
    assert run.busy.max() == pytest.approx(1250) and run.lost.sum() == 0


def test_after_a_quiet_time_a_queue_begins_again():
    scenario = function(1.0, workload__queue=True)
    run = simulate_function(
        series((500, 120), (1, 900), (500, 60)), 1.0, scenario, before_per_s=0.0, cold_start_s=0.0
    )
    assert run.busy[1021] < 20 and run.waiting[1021] > 400


# --- provisioned concurrency that follows -----------------------------------------------------------


def tracked(**changes):
    return function(1.0, aws_lambda__provisioned_target_percent=70.0, **changes)


def test_tracked_environments_begin_on_target():
    run = simulate_function(np.full(600, 7.0), 1.0, tracked())
    assert run.provisioned == pytest.approx(10.0) and run.cold.sum() == 0


def test_tracked_environments_come_after_three_datapoints_and_their_allocation():
    # 10/s on the ten kept for 7/s: all in use, 1 / 0.7 of the target. Minutes 1, 2 and 3 are above it; the third
    # datapoint is seen 32 s after it ends: 240 + 32 s. ceil(10 / 0.7) = 15; five more take 90 s + 5 / 100 s.
    run = simulate_function(series((7, 60), (10, 540)), 1.0, tracked())
    assert np.flatnonzero(np.diff(run.provisioned))[0] + 1 == 240 + 32 + 90 + 1
    assert run.provisioned[-1] == pytest.approx(15)  # 10 / 15 is below the target, and above 0.9 of it


def test_what_does_not_fit_meanwhile_starts_cold():
    run = simulate_function(series((7, 60), (20, 540)), 1.0, tracked(), cold_start_s=0.5)
    assert run.cold.sum() == pytest.approx(10 * 1.5, rel=0.2)
    assert run.lost.sum() == 0


def test_tracked_environments_go_after_fifteen_quiet_minutes():
    run = simulate_function(series((7, 60), (2, 1200)), 1.0, tracked())
    assert np.flatnonzero(np.diff(run.provisioned))[0] + 1 == 16 * 60 + 32
    assert run.provisioned[-1] == pytest.approx(3)  # 2 / 0.7


def test_at_least_the_configured_number_is_kept():
    run = simulate_function(
        series((7, 60), (0, 1800)), 1.0, tracked(aws_lambda__provisioned_concurrency=np.array([0.0, 4.0]))
    )
    assert run.provisioned[:, -1] == pytest.approx([1, 4])


# --- laws -------------------------------------------------------------------------------------------

CONFIGURATIONS = st.sampled_from(
    [
        {"workload.client_retries": 3, "workload.retry_backoff_s": 0.7},
        {"workload.client_retries": 10, "workload.retry_backoff_s": 0.1, "workload.timeout_s": 20.0},
        {"aws_lambda.invocation": "async"},
        {"workload.queue": True},
        {"aws_lambda.provisioned_target_percent": 60.0},
        {"aws_lambda.provisioned_target_percent": 80.0, "aws_lambda.invocation": "async"},
    ]
)


@given(
    st.lists(st.tuples(st.floats(0, 3000), st.integers(1, 200)), min_size=1, max_size=5),
    st.floats(0.01, 5),
    st.integers(10, 1500),
    st.sampled_from([1.0, 20.0, 60.0]),
    CONFIGURATIONS,
)
@settings(max_examples=80)
def test_every_request_is_served_waiting_or_lost(pieces, duration_s, limit, step_s, changes):
    scenario = replace_at(function(duration_s), changes | {"aws_lambda.account_concurrency": limit})
    run = simulate_function(series(*pieces), step_s, scenario, cold_start_s=0.4)
    assert np.abs(unaccounted(run)).max() < 1e-9 * (1 + run.arrivals.sum())
    for part in (run.served, run.throttled, run.expired, run.waiting, run.cold, run.refusals, run.queued_s):
        assert part.min() > -1e-6 * (1 + run.arrivals.max())
    assert run.environments.max() <= limit * (1 + 1e-9)
    assert (run.provisioned <= limit + 1e-9).all()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aws_lambda.invocation": "async"}, id="events"),
        pytest.param({"workload.queue": True}, id="queue"),
        pytest.param({"workload.client_retries": 2}, id="retries"),
        pytest.param({"aws_lambda.provisioned_target_percent": 70.0}, id="tracked"),
    ],
)
def test_broadcasting_equals_looping(changes):
    rates = series((5, 60), (60, 200), (5, 600))
    many = {
        "workload.duration_s": np.array([[0.2], [1.3]]),
        "aws_lambda.account_concurrency": np.array([20.0, 200.0]),
    }
    together = simulate_function(rates, 1.0, replace_at(Scenario(), changes | many), cold_start_s=0.4)
    for i, j in np.ndindex(2, 2):
        single = {path: float(np.broadcast_to(value, (2, 2))[i, j]) for path, value in many.items()}
        alone = simulate_function(rates, 1.0, replace_at(Scenario(), changes | single), cold_start_s=0.4)
        for name in ("served", "throttled", "waiting", "expired", "environments", "provisioned", "queued_s"):
            assert getattr(together, name)[i, j] == pytest.approx(getattr(alone, name), abs=1e-5), name


@pytest.mark.parametrize("step_s", [5, 20])
def test_step_sizes_agree_on_what_waits_in_a_queue(step_s):
    rates = [(5, 300), (400, 300), (5, 600)]
    scenario = function(1.0, workload__queue=True)
    short = simulate_function(series(*rates), 1.0, scenario, cold_start_s=0.2)
    long = simulate_function(series(*rates)[::step_s], float(step_s), scenario, cold_start_s=0.2)
    assert long.waiting.max() == pytest.approx(short.waiting.max(), rel=0.1)
