"""Bounds that move with the clock, Spot tasks that are taken back, and the age of datapoints: counted by hand."""

import numpy as np
import pytest

from model.facts import limit
from model.scaling.ecs import simulate_service
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
    "fargate.max_tasks": 100,
    "fargate.image_mb": 0.0,
    "fargate.boot_s": 0.0,
    "fargate.health_check_interval_s": 5.0,
}


def one_per_s(**fargate):
    return replace_at(Scenario(), ONE_PER_S | {f"fargate.{name}": value for name, value in fargate.items()})


def series(*pieces):
    return np.concatenate([np.full(seconds, float(rate)) for rate, seconds in pieces])


def actions(run):
    changes = np.flatnonzero(np.diff(run.desired)) + 1
    return [(int(step), int(run.desired[step])) for step in changes]


def unaccounted(run):
    growth = np.diff(run.backlog, axis=-1, prepend=0.0)
    return run.arrivals - run.served - run.timed_out - run.rejected - growth


# --- schedules --------------------------------------------------------------------------------------


def test_a_schedule_acts_its_lead_before_the_traffic():
    # 9/s at 50 % are 18 tasks, wanted from 600 s on, ten minutes ahead of 1,200 s.
    run = simulate_service(
        series((1, 1200), (9, 300)), 1.0, one_per_s(scaling="scheduled", schedule_lead_s=600.0)
    )
    assert actions(run)[0] == (600, 18) and run.lost.sum() == 0


def test_a_schedule_may_come_too_late():
    late = one_per_s(scaling="scheduled", schedule_lead_s=-120.0, metric_lag_s=600.0)
    run = simulate_service(series((1, 600), (9, 600)), 1.0, late)
    assert actions(run)[0] == (720, 18)
    assert run.lost[600:720].sum() == pytest.approx(120 * (9 - 2), abs=0.1)


def test_a_scheduled_number_of_tasks_may_be_too_few_and_target_tracking_adds_the_rest():
    # Six tasks from 600 s on, for 9/s. All are busy, twice the target: 12 tasks after three minutes, 18 or 19 later.
    scenario = one_per_s(
        scaling="scheduled", schedule_lead_s=0.0, scheduled_min_tasks=6, scale_out_cooldown_s=60.0
    )
    run = simulate_service(series((1, 600), (9, 600)), 1.0, scenario)
    assert actions(run)[:2] == [(600, 6), (780, 12)]
    assert run.desired[-1] >= 18


def test_a_schedule_lets_go_when_the_traffic_does():
    scenario = one_per_s(
        scaling="scheduled", schedule_lead_s=0.0, scheduled_min_tasks=30, scale_in_cooldown_s=0.0
    )
    run = simulate_service(series((1, 600), (9, 600), (1, 7200)), 1.0, scenario)
    assert run.desired[1199] == 30 and run.desired[-1] == 2


def test_a_schedule_may_set_more_tasks_than_the_usual_bound():
    scenario = one_per_s(scaling="scheduled", schedule_lead_s=0.0, scheduled_min_tasks=40, max_tasks=10)
    run = simulate_service(series((1, 600), (9, 60)), 1.0, scenario)
    assert run.desired[-1] == 40


# --- forecasts --------------------------------------------------------------------------------------


def days(*rates_by_hour):
    """Hourly rates of whole days at one-minute steps."""
    return np.concatenate([np.repeat(np.asarray(hours, float), 60) for hours in rates_by_hour])


HOURS = np.where((np.arange(24) >= 12) & (np.arange(24) < 14), 9.0, 1.0)


def test_a_forecast_needs_a_day_of_history():
    tracking = simulate_service(days(HOURS, HOURS), 60.0, one_per_s())
    forecast = simulate_service(days(HOURS, HOURS), 60.0, one_per_s(scaling="predictive"))
    assert (forecast.desired[:1440] == tracking.desired[:1440]).all()
    # On the second day 18 tasks are wanted five minutes before noon, and nothing is lost.
    noon = 1440 + 12 * 60
    assert forecast.desired[noon - 6] == 2 and forecast.desired[noon - 5] == 18
    assert forecast.lost[noon:].sum() == 0 < tracking.lost[noon:].sum()


def test_a_lone_spike_is_never_forecast():
    rates = series((1, 300), (9, 900))
    tracking = simulate_service(rates, 1.0, one_per_s())
    forecast = simulate_service(rates, 1.0, one_per_s(scaling="predictive"))
    assert (forecast.desired == tracking.desired).all()


def test_a_forecast_knows_the_mean_of_an_hour_not_its_peak():
    minutes = np.where(np.arange(60) < 6, 9.0, 1.0)  # 1.8/s on average: four tasks at 50 %
    rates = np.tile(minutes, 48)
    run = simulate_service(rates, 60.0, one_per_s(scaling="predictive", metric_lag_s=600.0))
    assert run.desired[1440 + 200] >= 4 and run.lost[1440:].sum() > 0


def test_a_representative_day_has_its_history():
    run = simulate_service(days(HOURS), 60.0, one_per_s(scaling="predictive"), repeats=True)
    assert run.desired[12 * 60 - 5] == 18 and run.lost.sum() == 0


def test_a_forecast_only_adds():
    # The forecast of one task never takes away what target tracking has.
    quiet = np.full(24, 1.0)
    busy = np.full(24, 9.0)
    forecast = simulate_service(days(quiet, busy), 60.0, one_per_s(scaling="predictive"))
    assert forecast.desired[-1] == 18


# --- Spot -------------------------------------------------------------------------------------------


def test_tasks_taken_back_serve_two_minutes_longer_and_are_replaced_meanwhile():
    scenario = one_per_s(spot_share=1.0, spot_interrupted_share=0.5)
    run = simulate_service(np.full(900, 5.0), 1.0, scenario, interrupted_at_s=300.0)
    notice = 300 + int(limit("fargate.spot_notice_s"))
    # Ten tasks; five are told at 300 s, five others come before they go: 15 serve, then 10.
    assert run.running[299] == 10 and run.running[notice - 1] == 15 and run.running[notice] == 10
    assert run.lost.sum() == 0 and run.running[-1] == 10


def test_without_spot_capacity_the_tasks_are_missing():
    scenario = one_per_s(
        spot_share=1.0, spot_interrupted_share=0.8, spot_shortage_s=600.0, metric_lag_s=600.0
    )
    run = simulate_service(np.full(1500, 5.0), 1.0, scenario, interrupted_at_s=300.0)
    assert run.running[420] == 2 and run.running[890] == 2  # eight of ten are gone
    assert run.lost[421:890] == pytest.approx(3.0)  # 5/s on two tasks
    assert run.running[-1] == 10


def test_on_demand_tasks_are_not_taken_back():
    scenario = one_per_s(spot_share=0.4, spot_interrupted_share=1.0, spot_shortage_s=1e4)
    run = simulate_service(np.full(900, 5.0), 1.0, scenario, interrupted_at_s=300.0)
    assert run.running[500] == 6  # four of ten were on Spot
    none = simulate_service(
        np.full(900, 5.0), 1.0, one_per_s(spot_interrupted_share=1.0), interrupted_at_s=300.0
    )
    assert (none.running == 10).all()


def test_every_request_adds_up_through_an_interruption():
    scenario = replace_at(
        one_per_s(spot_share=1.0, spot_interrupted_share=1.0, spot_shortage_s=300.0),
        "workload.timeout_s",
        20.0,
    )
    run = simulate_service(series((5, 600), (1, 900)), 1.0, scenario, interrupted_at_s=100.0)
    assert np.abs(unaccounted(run)).max() < 1e-9 * run.arrivals.sum()
    assert run.running.min() >= 0 and run.rejected.sum() > 0


# --- datapoints and queues --------------------------------------------------------------------------


def test_only_the_first_action_waits_for_the_whole_lag():
    # Load step at 60 s; minutes 1 to 3 breach; the action is 180 s after the third, at 420 s: 2 -> 4 tasks, running
    # at 452.5 s, credited for 60 s more. At 540 s the newest datapoint seen (32 s old) is minute 7, 420 to 480 s: all
    # busy, 4 x 2 = 8, enough. Credited until 632.5 s; at 660 s the newest one is minute 9, 540 to 600 s: four tasks for
    # some 35 s of it and then eight, so 4 / (4 x 35 + 8 x 25) x 60 / 50 % = 1.4 times the target: 8 x 1.4 = 12.
    # At 780 s the datapoint of 660 to 720 s: 4/s on 8 to 12 tasks is below the target, and nothing more happens.
    scenario = one_per_s(metric_lag_s=None, max_tasks=20, scale_out_cooldown_s=60.0)
    run = simulate_service(series((1, 60), (4, 900)), 1.0, scenario)
    assert actions(run)[:3] == [(420, 4), (540, 8), (660, 12)]
    assert run.desired.max() == 12


def test_an_own_alarm_acts_when_its_datapoint_is_seen():
    run = simulate_service(series((1, 60), (4, 200)), 1.0, one_per_s(scaling="step", metric_lag_s=None))
    assert actions(run)[0][0] == 120 + limit("target_tracking.datapoint_age_s")


def test_a_burst_over_before_the_alarm_acts_is_left_alone():
    # Three breaching minutes, then quiet: at the first action the newest datapoint is back below the target.
    run = simulate_service(series((1, 60), (4, 180), (1, 600)), 1.0, one_per_s(metric_lag_s=180.0))
    assert actions(run) == []


def test_messages_wait_for_tasks_instead_of_being_lost():
    # 5/s on two tasks for 300 s leave 900; at 1/s one a second is worked off.
    scenario = replace_at(one_per_s(scaling="fixed", tasks=2), "workload.queue", True)
    run = simulate_service(series((5, 300), (1, 1000)), 1.0, scenario)
    assert run.lost.sum() == 0 and run.backlog[299] == pytest.approx(900)
    assert run.backlog[799] == pytest.approx(400)
    none = simulate_service(
        np.full(60, 3.0), 1.0, replace_at(one_per_s(scaling="fixed", tasks=0), "workload.queue", True)
    )
    assert none.rejected.sum() == 0 and none.backlog[-1] == pytest.approx(180)


def test_the_load_balancers_target_is_requests_a_minute_and_task():
    # A target of 30 a minute is half of what a task can do, as 50 % is.
    rates = series((1, 60), (4, 600))
    own = simulate_service(rates, 1.0, one_per_s(metric="requests_per_target", target_requests_per_min=30.0))
    share = simulate_service(rates, 1.0, one_per_s(metric="requests_per_target"))
    assert (own.desired == share.desired).all() and own.desired[-1] >= 8
    assert own.metric == pytest.approx(share.metric)


def test_two_launch_buckets_launch_faster_than_one():
    def billed(spot_share):
        scenario = one_per_s(min_tasks=401, max_tasks=401, spot_share=spot_share)
        return simulate_service(np.full(60, 1.0), 1.0, scenario, start_tasks=1).billed_tasks

    # Half of the tasks draw on each bucket, so twice as many start at once.
    assert billed(0.5)[25] == pytest.approx(2 * (billed(0.0)[25] - 1) + 1, abs=25)
    assert billed(1.0)[25] == billed(0.0)[25]
