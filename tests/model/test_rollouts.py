"""Rollouts against sums written out by hand, and the cold wave against a simulation request by request."""

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.deploy.ecs_rollout import (
    batch_s,
    ecs_rollouts,
    launch_queue_s,
    rolling_batches,
    tasks_before,
)
from model.deploy.lambda_rollout import (
    NewVersion,
    extra_provisioned_s,
    lambda_rollouts,
    preset_shares,
    provisioned_ready_s,
)
from model.deploy.rollouts import Plan, equal_steps, stepwise
from model.facts import pick_fact
from model.scaling.task_start import start_quantile_s, task_start
from model.warm_pool import simulate_pool

DRAIN_S = 300 + 30  # deregistration delay and stop timeout
FIXED = {"fargate.scaling": "fixed", "fargate.tasks": 4}


def service(**changes):
    return evaluate(replace_at(Scenario(), {**FIXED, **changes})).fargate


def of(rollouts, strategy):
    return next(rollout for rollout in rollouts if rollout.strategy == strategy)


def function(**changes):
    return evaluate(replace_at(Scenario(), changes)).aws_lambda


# --- batches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tasks", "least", "most", "launched", "stopped"),
    [
        # AWS's defaults: all four new ones beside the old ones, then the old ones go
        (4, 1.0, 2.0, [4, 0], [0, 4]),
        # half may be missing, none may be too many: two out, two in, twice
        (4, 0.5, 1.0, [2, 2], [2, 2]),
        # six at most: two more, then two out and two in, then the last two out
        (4, 1.0, 1.5, [2, 2, 0], [0, 2, 2]),
        # 0.5 x 5 is rounded up to 3, 1.5 x 5 down to 7: 7 - 3 = 4 in the first batch, 1 in the second
        (5, 0.5, 1.5, [4, 1, 0], [2, 3, 0]),
        # a lone task that may not be doubled stops first: one at least, or nothing ever starts
        (1, 0.5, 1.0, [1, 0], [0, 1]),
    ],
    ids=["defaults", "half", "half-more", "rounding", "lone"],
)
def test_batches_are_as_large_as_the_two_percentages_let_them(tasks, least, most, launched, stopped):
    batches = rolling_batches(Scenario(), tasks, Plan(least, most))
    assert [batch.launched for batch in batches if batch.launched] == [n for n in launched if n]
    assert sum(batch.stopped for batch in batches) == sum(stopped) == tasks
    width = max(int(tasks * most) - int(np.ceil(tasks * least)), 1)
    assert max(batch.launched for batch in batches) == width if width < tasks else tasks


def test_a_batch_starts_when_the_slowest_of_the_one_before_serves():
    scenario = Scenario()
    first, second, last = rolling_batches(scenario, 4, Plan(1.0, 1.5))
    # the second of two tasks sits at the 3/4 quantile of a task start within one batch (log-sd 0.06)
    slow_s = float(start_quantile_s(scenario, 0.75, log_sd=0.06))
    assert (first.start_s, second.start_s, last.start_s) == pytest.approx((0, slow_s, 2 * slow_s))


@pytest.mark.parametrize(
    ("tasks", "waits_s"),
    [(1, 0), (100, 0), (300, (300 - 100) / 20), (501, 60), (1700, 180)],
    ids=["one", "burst", "20-a-second", "next-minute", "fourth-minute"],
)
def test_launches_queue_for_the_account_and_for_the_service(tasks, waits_s):
    assert launch_queue_s(tasks) == waits_s
    slow_s = float(start_quantile_s(Scenario(), (tasks - 0.5) / tasks, log_sd=0.06))
    assert batch_s(Scenario(), tasks) == pytest.approx(waits_s + slow_s)


# --- what ECS bills and how long it takes ---------------------------------------------------------------


def test_a_rolling_deployment_pays_for_both_sets_from_the_pull_to_the_end_of_draining():
    side = service()
    rollout = of(ecs_rollouts(side, Plan()), "rolling")
    start_s, placement_s = batch_s(side.scenario, 4), float(task_start(side.scenario).placement_s)
    assert rollout.done_s == pytest.approx(start_s + DRAIN_S)
    # four new tasks are billed from their pull on, four old ones until they have drained
    assert rollout.extra_s == pytest.approx(4 * (start_s + DRAIN_S - placement_s))
    # 0.5 vCPU at 0.04048 and 1 GB at 0.004445 USD an hour, four pulls of an image cost nothing
    assert rollout.usd == pytest.approx(rollout.extra_s / 3600 * (0.5 * 0.04048 + 0.004445))
    assert rollout.usd_month == pytest.approx(20 * rollout.usd)


def test_blue_green_doubles_the_tasks_for_the_bake_time():
    side = service()
    rollout = of(ecs_rollouts(side, Plan(bake_s=1800)), "blue_green")
    start_s, placement_s = batch_s(side.scenario, 4), float(task_start(side.scenario).placement_s)
    assert rollout.done_s == pytest.approx(start_s + 1800 + DRAIN_S)
    assert rollout.extra_s == pytest.approx(4 * (start_s + 1800 + DRAIN_S - placement_s))
    assert rollout.breaks.both_s == pytest.approx(1800)


@pytest.mark.parametrize(
    ("strategy", "shifting_s", "rounds"), [("canary", 600, 2), ("linear", 9 * 360, 10)], ids=str
)
def test_shifting_traffic_takes_its_steps_and_then_bakes(strategy, shifting_s, rounds):
    side = service()
    rollout = of(ecs_rollouts(side, Plan(bake_s=60)), strategy)
    start_s = batch_s(side.scenario, 4)
    assert rollout.shifted_s == pytest.approx(start_s + shifting_s)
    assert rollout.done_s == pytest.approx(start_s + shifting_s + 60 + DRAIN_S)
    assert rollout.rounds == rounds


def test_what_is_billed_over_time_adds_up_to_what_is_paid():
    side = service(**{"fargate.tasks": 7})
    for rollout in ecs_rollouts(side, Plan(0.5, 1.5, bake_s=300)):
        course = rollout.course
        step_s = course.time_s[1]
        beyond = ((course.billed - 7) * step_s)[course.time_s <= rollout.done_s].sum()
        # the grid misses at most one step of every task's beginning and end
        assert beyond == pytest.approx(rollout.extra_s, abs=2 * 7 * step_s)
        assert course.new[-1] == 7 and course.old[-1] == 0


def test_capacity_dips_below_the_need_only_if_tasks_may_be_missing():
    busy = {"workload.requests_per_s": 57.0}  # of four tasks that can do 14.4/s each
    usual, thin = (
        of(ecs_rollouts(service(**busy), plan), "rolling").breaks for plan in (Plan(), Plan(0.5, 1.0))
    )
    assert usual.least == 4 and usual.lost_share == 0
    assert thin.least == 2
    assert thin.lost_share == pytest.approx(1 - 2 / thin.needed) and thin.lost_share > 0.4


@pytest.mark.parametrize(("tasks", "failures"), [(1, 10), (20, 10), (50, 25), (1000, 200)], ids=str)
def test_the_circuit_breaker_waits_for_half_of_the_tasks_within_bounds(tasks, failures):
    rollout = ecs_rollouts(service(**{"fargate.tasks": tasks}), Plan())[0]
    assert rollout.breaks.breaker_tasks == failures


def test_without_a_load_balancer_only_rolling_is_left_and_nothing_has_to_be_deregistered():
    (rollout,) = ecs_rollouts(service(**{"fargate.load_balancer": "none"}), Plan())
    assert rollout.strategy == "rolling" and rollout.breaks.drained_s == 30


def test_a_months_rollouts_cost_as_many_times_one():
    side = service()
    for strategy in range(4):
        one, many = (ecs_rollouts(side, Plan(rollouts_per_month=n))[strategy].usd_month for n in (1, 30))
        assert many == pytest.approx(30 * one)
    assert ecs_rollouts(side, Plan(rollouts_per_month=0))[0].usd_month == 0


def test_a_rollout_at_the_peak_moves_more_tasks():
    scenario = Scenario()
    assert tasks_before(scenario, 100.0) == 10  # 100/s at 70 % of 14.4/s a task
    assert tasks_before(scenario, 200.0) == 20
    assert tasks_before(scenario, 1e6) == 20  # max_tasks


# --- Lambda -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", pick_fact("deployment.lambda_presets").value, ids=lambda p: p["name"])
def test_a_preset_takes_the_time_its_name_says(preset):
    rollout = of(lambda_rollouts(function(), Plan()), preset["name"])
    publish_s = 15  # deployment.lambda_publish_s
    minutes = int("".join(c for c in preset["name"].partition("Percent")[2] if c.isdigit()) or 0)
    shifts = 9 if preset["name"].startswith("Linear") else 1
    assert rollout.shifted_s == publish_s + shifts * minutes * 60
    assert preset_shares(preset)[-1] == 1 and len(preset_shares(preset)) == preset["steps"]


def test_provisioned_concurrency_is_paid_on_both_versions_in_started_five_minutes():
    assert provisioned_ready_s(0) == 0
    assert provisioned_ready_s(100) == 90 + 100 / 6000 * 60
    assert extra_provisioned_s(10, 301) == 10 * 600
    side = function(**{"aws_lambda.provisioned_concurrency": 100, "workload.requests_per_s": 1.0})
    rollout = of(lambda_rollouts(side, Plan()), "Canary10Percent5Minutes")
    # 91 s until ready and 300 s of canary are two started five minutes
    assert rollout.extra_s == 100 * 600
    # 1 GB at 0.0000041667 USD a GB-s; a hundred environments leave nobody cold
    assert rollout.usd == pytest.approx(100 * 600 * 0.0000041667, rel=1e-3)


def test_provisioned_concurrency_that_follows_the_traffic_follows_it_here_too():
    side = function(**{"aws_lambda.provisioned_target_percent": 50})
    # 100/s x 0.2 s are 20 busy, and twice as many at 50 %
    assert NewVersion(side, 100.0).provisioned == 40


@pytest.mark.parametrize(("per_s", "after_s"), [(2.0, 30.0), (20.0, 60.0), (20.0, 5.0)], ids=str)
def test_cold_requests_of_a_new_version_are_those_of_a_simulation(per_s, after_s):
    side = function(**{"workload.requests_per_s": per_s, "workload.duration_cv": 1.0})
    version = NewVersion(side, per_s)
    rng, runs = np.random.default_rng(1), 400
    colds = []
    for _ in range(runs):
        arrivals = np.cumsum(rng.exponential(1 / per_s, int(per_s * after_s * 2) + 50))
        arrivals = arrivals[arrivals < after_s]
        service_s = rng.exponential(version.service_s, arrivals.size)
        cold_s = service_s + version.cold_service_s - version.service_s
        colds.append(simulate_pool(arrivals, service_s, 1e9, cold_s).cold.sum())
    standard_error = np.std(colds) / np.sqrt(runs)
    found = float(version.pool(1.0, after_s).environments_mean)
    # Left out: nothing is in work at the start. One handler time of after_s is the most that can matter.
    slack = found * 2 * version.cold_service_s / after_s
    assert abs(found - np.mean(colds)) < 4 * standard_error + 0.1 * np.mean(colds) + min(slack, 0.5)


def test_colds_of_a_rollout_are_the_pool_less_those_that_come_anyway():
    side = function(**{"aws_lambda.keep_alive_s": 300.0})
    version = NewVersion(side, 100.0)
    filled = version.pool(1.0, 300.0)
    usual = 100 * float(version.pool(1.0, np.inf).p_cold) * 300
    assert version.colds([(0.0, 1.0)]) == pytest.approx(float(filled.environments_mean) - usual, rel=1e-6)


def test_a_rush_beyond_the_scaling_rate_is_refused_and_a_slow_shift_is_not():
    side = function(**{"workload.requests_per_s": 1e4, "aws_lambda.account_concurrency": 10_000})
    at_once, slowly = (
        of(lambda_rollouts(side, Plan()), name).breaks.throttled
        for name in ("AllAtOnce", "Linear10PercentEvery1Minute")
    )
    # 1e4/s x 0.2 s need 2,000 environments: 1,000 at once, then 100 a second
    assert at_once > 0 and slowly == 0


def test_the_new_version_fills_up_while_the_old_one_empties():
    for rollout in lambda_rollouts(function(), Plan()):
        course = rollout.course
        assert np.all(np.diff(course.new_share) >= 0) and course.new_share[-1] == 1
        assert np.all(np.diff(course.new) >= -1e-9) and course.old[-1] < 0.1 * course.old[0]
        assert rollout.breaks.least > 0


# --- what has no answer, and what cannot be -----------------------------------------------------------


def test_a_job_has_nothing_to_roll_out():
    comparison = evaluate(replace_at(Scenario(), "workload.kind", "job"))
    assert ecs_rollouts(comparison.fargate, Plan()) == ()
    assert lambda_rollouts(comparison.aws_lambda, Plan()) == ()


def test_a_missing_price_leaves_the_cost_open():
    missing = {"billing.region": "ca-central-1", "aws_lambda.front_door": "alb"}
    comparison = evaluate(replace_at(Scenario(), missing))
    if comparison.fargate.bill.total_usd is not None:
        pytest.fail("choose a Region in which a price is missing")
    assert ecs_rollouts(comparison.fargate, Plan())[0].usd is None
    assert ecs_rollouts(comparison.fargate, Plan())[0].done_s > 0


def test_no_traffic_and_no_tasks_are_no_trouble():
    nothing = evaluate(replace_at(Scenario(), {**FIXED, "fargate.tasks": 0}))
    for rollout in ecs_rollouts(nothing.fargate, Plan()):
        assert rollout.extra_s == 0 and rollout.usd == 0
    for rollout in lambda_rollouts(function(), Plan(at_share=0.0)):
        assert rollout.breaks.colds == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minimum_healthy_share": 1.0, "maximum_share": 1.0}, "cannot begin"),
        ({"maximum_share": 0.5}, "maximum_share is 0.5"),
        ({"bake_s": -1}, "bake_s is -1"),
        ({"rollouts_per_month": float("nan")}, "rollouts_per_month is nan"),
    ],
    ids=["stuck", "maximum", "bake", "nan"],
)
def test_a_plan_that_cannot_be_is_refused_in_a_sentence(wrong, message):
    with pytest.raises(ValueError, match=message):
        Plan(**wrong)


def test_equal_steps_end_at_all_and_traffic_follows_them():
    assert equal_steps(0.3) == pytest.approx([0.3, 0.6, 0.9, 1.0])
    shares = stepwise(np.array([0.0, 10.0, 15.0, 20.0]), [(10.0, 0.1), (20.0, 1.0)])
    assert shares.tolist() == [0.0, 0.1, 0.1, 1.0]
