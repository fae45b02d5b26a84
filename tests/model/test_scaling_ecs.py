"""The ECS loop: counted by hand, held against AWS's benchmark and against its own laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.evaluate import evaluate
from model.facts import limit, load_measured
from model.scaling.ecs import simulate_service
from model.scaling.fluid_queue import FluidQueue
from model.scaling.task_start import task_start
from model.scenario import Scenario, replace_at

# One request is half a vCPU-second and a task has half a vCPU: a task serves one request per second.
ONE_PER_S = {
    "workload.duration_s": 0.5,
    "workload.cpu_share": 1.0,
    "workload.measured_at_mb": 1769.0,
    "workload.timeout_s": 0.01,
    "fargate.vcpu": 0.5,
    "fargate.target_percent": 50.0,
    "fargate.metric_lag_s": 0.0,
    "fargate.min_tasks": 2,
    "fargate.max_tasks": 20,
    "fargate.scale_out_cooldown_s": 300.0,
    "fargate.image_mb": 0.0,
    "fargate.boot_s": 0.0,
    "fargate.health_check_interval_s": 5.0,
}


def one_per_s(**fargate):
    return replace_at(Scenario(), ONE_PER_S | {f"fargate.{name}": value for name, value in fargate.items()})


def series(*pieces):
    """Rates as (rate, seconds) pieces at one-second steps."""
    return np.concatenate([np.full(seconds, float(rate)) for rate, seconds in pieces])


def actions(run):
    """(step, desired tasks) at each change of the desired number."""
    changes = np.flatnonzero(np.diff(run.desired)) + 1
    return [(int(step), int(run.desired[step])) for step in changes]


def unaccounted(run):
    """Requests that arrived and are neither served, lost nor added to the backlog, per step."""
    growth = np.diff(run.backlog, axis=-1, prepend=0.0)
    return run.arrivals - run.served - run.timed_out - run.rejected - growth


def test_minute_by_minute_with_a_long_cooldown():
    # 1/s on 2 tasks is 50 %, the target. From 60 s on 4/s: 100 % in minutes 1, 2, 3, so the third datapoint
    # above target closes at 240 s: ceil(2 x 100/50) = 4. They run 32.5 s later (no image), then the cooldown of 300 s
    # credits those 2 -> 4 until 572.5 s, so the next action is at 600 s: 4 tasks at 100 % -> 8. They bring 4/s to
    # 50 %, and nothing happens.
    # From 660 s on 1/s, 12.5 %: the fifteenth datapoint below 45 % closes at 660 + 900 s; then one task less
    # (a tenth of 8, rounded up) every 300 s.
    run = simulate_service(series((1, 60), (4, 600), (1, 1600)), 1.0, one_per_s())
    assert actions(run) == [(240, 4), (600, 8), (1560, 7), (1860, 6), (2160, 5)]


def test_minute_by_minute_with_a_short_cooldown():
    # As above, but the cooldown is over at 332.5 s: minute 5 was at 100 % too and 4 tasks run by then -> 8 at 360 s.
    run = simulate_service(series((1, 60), (4, 360)), 1.0, one_per_s(scale_out_cooldown_s=60.0))
    assert actions(run)[:2] == [(240, 4), (360, 8)]


def test_a_running_cooldown_lets_a_larger_result_through_and_credits_what_was_added():
    # Requests per target, 4/s on 2 tasks: four times the target, 8 tasks at 240 s. Minute 4 brings 22/s, on 2 tasks
    # for some 35 s and then on 8: 22 x 60 / (2 x 35 + 8 x 25) / 0.5 = 9.8 times the target. Counted from the
    # 2 tasks of the running cooldown that is 20; without credit it would be 8 x 9.8 = 79.
    scenario = one_per_s(metric="requests_per_target", scale_out_cooldown_s=3600.0, max_tasks=100)
    run = simulate_service(series((1, 60), (4, 180), (22, 61)), 1.0, scenario)
    assert actions(run) == [(240, 8), (300, 20)]


def test_cpu_cannot_show_more_than_all_of_it_so_a_large_step_takes_several_actions():
    by_cpu = simulate_service(series((1, 60), (10, 400)), 1.0, one_per_s())
    by_requests = simulate_service(series((1, 60), (10, 400)), 1.0, one_per_s(metric="requests_per_target"))
    assert actions(by_cpu)[0] == (240, 4)
    assert actions(by_requests)[0] == (240, 20)


def test_a_step_policy_acts_on_one_datapoint_by_the_size_of_the_breach():
    # 4/s on 2 tasks: 100 %, fifty points above target, so the large step: 50 % of 2 is 1 task.
    large = simulate_service(series((1, 60), (4, 200)), 1.0, one_per_s(scaling="step"))
    assert actions(large)[0] == (120, 3)
    # 1.1/s on 2 tasks: 55 %, five points above: the small step, 20 % of 2 = 0.4, which AWS rounds up to 1 task;
    # three tasks are at 37 %.
    small = simulate_service(series((1, 60), (1.1, 240)), 1.0, one_per_s(scaling="step", step_large=500.0))
    assert actions(small) == [(120, 3)]


@pytest.mark.parametrize(
    ("change", "tasks"),
    [
        # 8/s on 10 tasks: 80 %, thirty points above the target of 50.
        pytest.param({"step_large": 39.0}, 13, id="3.9 tasks are rounded down to 3"),
        pytest.param({"step_large": 4.0}, 11, id="0.4 tasks are rounded up to 1"),
        pytest.param({"step_large": 7.0, "step_type": "tasks"}, 17, id="tasks are added as they are"),
        pytest.param({"step_bound_percent": 31.0, "step_small": 20.0}, 12, id="small step below the bound"),
        pytest.param({"step_large": 0.0}, 10, id="a step of nothing changes nothing"),
        pytest.param({"step_datapoints": 4}, 10, id="four datapoints are not there yet"),
    ],
)
def test_step_adjustments_are_rounded_as_aws_does(change, tasks):
    run = simulate_service(series((5, 60), (8, 61)), 1.0, one_per_s(scaling="step", max_tasks=50, **change))
    assert run.desired[0] == 10 and run.desired[-1] == tasks


def test_a_step_policy_credits_what_it_added_during_its_cooldown():
    # AWS's rule: within the cooldown a larger step adds what it has more than the one before. At 120 s 55 % on 10
    # tasks: 20 % are 2 tasks; at 180 s the metric is 30 points above: 50 % of the 10 counted tasks are 15 in all.
    scenario = one_per_s(scaling="step", max_tasks=50, step_bound_percent=20.0)
    run = simulate_service(series((5, 60), (5.5, 60), (9.6, 61)), 1.0, scenario)
    assert actions(run) == [(120, 12), (180, 15)]


def test_a_step_policy_scales_in_by_its_own_threshold():
    # 2/s on 10 tasks is 20 %, below 30 %: fifteen datapoints, then 25 % of 10 = 2.5, rounded down to 2.
    scenario = one_per_s(scaling="step", step_in=25.0, step_in_below_percent=30.0)
    run = simulate_service(series((5, 60), (2, 1000)), 1.0, scenario)
    assert actions(run) == [(960, 8)]


def test_20_second_metrics_scale_in_after_30_datapoints():
    # 8 tasks for 1/s: 12.5 % from the start; datapoint 30 closes at 600 s.
    run = simulate_service(series((1, 700)), 1.0, one_per_s(metric_period_s=20), start_tasks=8)
    assert actions(run) == [(600, 7)]


@pytest.mark.parametrize(("case", "period"), [("aws_bench_ecs_tt_60s", 60), ("aws_bench_ecs_tt_20s", 20)])
def test_reaction_times_of_the_aws_benchmark(case, period):
    observed = next(c for c in load_measured("timelines")["cases"] if c["id"] == case)["observed"]
    scenario = replace_at(one_per_s(metric_period_s=period), "fargate.metric_lag_s", None)
    run = simulate_service(series((1, 300), (4, 600)), 1.0, scenario)
    action_s = actions(run)[0][0] - 300
    assert action_s == pytest.approx(observed["trigger_scale_out_s"], rel=0.10)
    provisioned_s = action_s + task_start(scenario).fargate_s
    assert provisioned_s == pytest.approx(observed["tasks_provisioned_s"], rel=0.10)


def test_launch_rates_100_at_once_then_20_per_second_but_500_per_minute():
    scenario = one_per_s(min_tasks=1001, max_tasks=1001)
    run = simulate_service(np.full(160, 1.0), 1.0, scenario, start_tasks=1)
    pulling = int(np.ceil(task_start(scenario).placement_s))  # billed from then on
    assert run.billed_tasks[pulling - 2] == 1
    assert run.billed_tasks[pulling] == pytest.approx(101, abs=20)
    assert np.diff(run.billed_tasks[pulling:]).max() <= 100 + 20
    assert run.billed_tasks[pulling + 10] - run.billed_tasks[pulling + 5] == pytest.approx(5 * 20)
    assert run.billed_tasks[pulling + 21 : pulling + 58] == pytest.approx(501)  # 100 + 20 x 20, then wait
    assert run.billed_tasks[pulling + 82] == pytest.approx(1001)  # 60 s: again 100 + 20/s


def test_a_stopped_task_is_billed_until_it_has_drained():
    run = simulate_service(series((1, 1000)), 1.0, one_per_s(metric_period_s=20), start_tasks=8)
    drained = 600 + int(limit("elb.deregistration_delay_s") + limit("fargate.stop_timeout_s"))
    assert run.running[599:601] == pytest.approx([8, 7])
    assert run.billed_tasks[drained - 1 : drained + 1] == pytest.approx([8, 7])


def test_constant_traffic_at_target_stays_put():
    run = simulate_service(np.full(7200, 5.0), 1.0, one_per_s())  # 5/s at 50 %: ten tasks
    assert (run.running == 10).all() and (run.desired == 10).all() and (run.billed_tasks == 10).all()
    assert run.metric == pytest.approx(0.5)
    assert run.lost.sum() == 0


def test_no_traffic_goes_down_to_the_minimum_and_loses_nothing():
    run = simulate_service(np.zeros(7200), 1.0, one_per_s(), start_tasks=6)
    assert run.running[-1] == 2 and run.lost.sum() == 0 and run.backlog.max() == 0


def test_without_a_task_requests_are_rejected_not_queued():
    run = simulate_service(np.full(60, 3.0), 1.0, one_per_s(scaling="fixed", tasks=0))
    assert run.rejected == pytest.approx(run.arrivals) and run.backlog.max() == 0


def test_a_fixed_service_in_overload_loses_what_it_cannot_serve():
    # 5/s on 2 tasks: 2/s served, 3/s lost; once the first give up, those of the last 30 s wait: 150.
    scenario = replace_at(one_per_s(scaling="fixed", tasks=2), "workload.timeout_s", 30.0)
    run = simulate_service(np.full(300, 5.0), 1.0, scenario)
    assert run.served == pytest.approx(2.0)
    assert run.backlog[100:] == pytest.approx(150.0)
    assert run.timed_out[100:] == pytest.approx(3.0)
    assert run.wait_s[100:] == pytest.approx(30.0)


def test_a_backlog_is_worked_off_at_the_spare_capacity():
    # 20 s at 5/s on 3 tasks leave 40 waiting; at 1/s two a second go away.
    scenario = replace_at(one_per_s(scaling="fixed", tasks=3), "workload.timeout_s", 1000.0)
    run = simulate_service(series((5, 20), (1, 40)), 1.0, scenario)
    assert run.backlog[19:45:5] == pytest.approx([40, 30, 20, 10, 0, 0])
    assert run.lost.sum() == 0


def test_a_schedule_has_the_tasks_there_when_the_traffic_comes():
    run = simulate_service(series((1, 600), (9, 600)), 1.0, one_per_s(scaling="scheduled"))
    assert run.running[600] == 18 and run.lost.sum() == 0


def test_drawn_starts_average_to_the_deterministic_ones():
    rates, scenario, runs = series((1, 60), (4, 400)), one_per_s(), 400
    sure = simulate_service(rates, 1.0, scenario)
    drawn = simulate_service(np.broadcast_to(rates, (runs, 460)), 1.0, scenario, rng=np.random.default_rng(3))
    serving_s = (drawn.running[:, 240:320] - 2).sum(axis=1)  # until the next action
    error = serving_s.std() / np.sqrt(runs)
    assert serving_s.mean() == pytest.approx((sure.running[240:320] - 2).sum(), abs=4 * error + 1)


RATES = st.lists(st.tuples(st.floats(0, 40), st.integers(30, 400)), min_size=1, max_size=5)


@given(
    RATES,
    st.sampled_from(["cpu", "requests_per_target"]),
    st.sampled_from([20, 60]),
    st.floats(0.01, 60),
    st.integers(0, 5),
)
@settings(max_examples=40)
def test_every_request_is_served_waiting_or_lost(pieces, metric, period, timeout_s, least):
    scenario = one_per_s(metric=metric, metric_period_s=period, min_tasks=least)
    scenario = replace_at(scenario, "workload.timeout_s", timeout_s)
    run = simulate_service(series(*pieces), 1.0, scenario)
    assert np.abs(unaccounted(run)).max() < 1e-9 * (1 + run.arrivals.sum())
    for part in (run.served, run.backlog, run.timed_out, run.rejected, run.running, run.billed_tasks):
        assert part.min() > -1e-6
    assert run.desired.max() <= 20 and run.desired[-1] >= least
    assert (run.wait_s <= timeout_s + 1e-6).all()


@given(st.floats(1, 20), st.floats(1, 10), st.sampled_from([20, 60]))
@settings(max_examples=20)
def test_more_minimum_tasks_never_lose_more(base, factor, period):
    scenario = one_per_s(min_tasks=np.arange(1.0, 21.0), metric_period_s=period)
    run = simulate_service(series((base, 120), (base * factor, 600)), 1.0, scenario)
    assert (np.diff(run.lost.sum(axis=-1)) <= 1e-6).all()


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=80), st.floats(0.2, 12))
@settings(max_examples=60)
def test_the_queue_agrees_with_its_recursion_written_out(steps, timeout):
    arrivals, capacity = np.array(steps).T
    queue = FluidQueue(arrivals[:, None], np.array([timeout]))
    for start in range(0, len(steps), 7):
        queue.advance(start, min(start + 7, len(steps)), capacity[start : start + 7, None])
    arrived, departed, lost = [0.0], 0.0, 0.0
    for t in range(len(steps)):
        arrived.append(arrived[-1] + arrivals[t] * (capacity[t] > 0))
        departed = min(departed + capacity[t], arrived[-1])
        too_old = np.interp(t + 1 - timeout, np.arange(t + 2), arrived)
        lost += max(too_old - departed, 0.0)
        departed = max(departed, too_old)
        assert queue.departed[t + 1, 0] == pytest.approx(departed, abs=1e-9)
        assert queue.lost[t + 1, 0] == pytest.approx(lost, abs=1e-9)


def test_broadcasting_equals_looping():
    rates = series((3, 200), (12, 900))
    changes = {
        "fargate.min_tasks": np.array([[2.0], [4.0]]),
        "fargate.metric_period_s": np.array([20.0, 60.0, 60.0]),
        "fargate.metric_lag_s": np.array([26.0, 180.0, 33.0]),
        "fargate.image_mb": np.array([50.0, 200.0, 900.0]),
        "workload.timeout_s": np.array([1.5, 10.0, 30.0]),
    }
    together = simulate_service(rates, 1.0, replace_at(one_per_s(), changes))
    assert together.running.shape == (2, 3, 1100)
    for i, j in np.ndindex(2, 3):
        single = {path: float(np.broadcast_to(value, (2, 3))[i, j]) for path, value in changes.items()}
        alone = simulate_service(rates, 1.0, replace_at(one_per_s(), single))
        for name in ("running", "desired", "billed_tasks", "served", "timed_out", "wait_s", "metric"):
            assert getattr(together, name)[i, j] == pytest.approx(getattr(alone, name), abs=1e-6), name


@pytest.mark.parametrize(
    ("step_s", "within"),
    [pytest.param(5, 0.01, id="5 s"), pytest.param(60, 0.03, id="60 s"), pytest.param(300, 0.06, id="300 s")],
)
def test_long_steps_agree_with_short_ones_on_the_task_hours_of_a_day(step_s, within):
    day = np.arange(0, 86_400, 300)
    rates = 5 * (1 + 0.7 * np.sin(2 * np.pi * day / 86_400))
    short = simulate_service(np.repeat(rates, 300), 1.0, one_per_s())
    long = simulate_service(np.repeat(rates, 300 // step_s), float(step_s), one_per_s())
    assert long.billed_tasks.mean() == pytest.approx(short.billed_tasks.mean(), rel=within)
    assert long.running.mean() == pytest.approx(short.running.mean(), rel=within)


@pytest.mark.parametrize("step_s", [5, 20, 60])
def test_step_sizes_agree_on_what_a_spike_loses(step_s):
    rates = [(5, 600), (25, 1800)]
    scenario = replace_at(one_per_s(max_tasks=60), "fargate.metric_lag_s", None)
    short = simulate_service(series(*rates), 1.0, scenario)
    long = simulate_service(series(*rates)[::step_s], float(step_s), scenario)
    assert long.lost.sum() == pytest.approx(short.lost.sum(), rel=0.08)


@pytest.mark.parametrize("scaling", ["target_tracking", "step"])
def test_a_service_that_follows_a_recording_wants_whole_tasks(scaling):
    changes = {
        "workload.pattern": "trace",
        "workload.trace": "aws_elb_request_count_2014_week",
        "fargate.scaling": scaling,
        "fargate.max_tasks": 200,
    }
    run = evaluate(replace_at(Scenario(), changes), 60.0).fargate.run
    assert np.array_equal(run.desired, np.round(run.desired))
    assert run.lost.sum() < 0.1 * run.arrivals.sum()


def test_a_recording_costs_the_same_in_minutes_and_in_five_minutes():
    changes = {
        "workload.pattern": "trace",
        "workload.trace": "aws_elb_request_count_2014_week",
        "fargate.max_tasks": 200,
    }
    fine, coarse = (evaluate(replace_at(Scenario(), changes), step_s).fargate.run for step_s in (60.0, 300.0))
    assert coarse.billed_tasks.mean() == pytest.approx(fine.billed_tasks.mean(), rel=0.1)
