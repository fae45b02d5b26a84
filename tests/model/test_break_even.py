"""Crossings of the two bills against closed forms and against a brute-force scan."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.decide.break_even import AS_MANY_AS_NEEDED, break_even, cost_curve, lifted, total_curves
from model.decide.capacity import full_at_per_s
from model.scenario import replace_at
from model.traffic import traffic

SECONDS_A_MONTH = 730 * 3600

# A world whose bills are two straight formulas: no free tier, no init, logs, egress or balancer, constant times.
# One request is one vCPU-second; a Lambda environment has one vCPU (1,769 MB), a task a quarter of one.
PLAIN = {
    "workload.duration_s": 1.0,
    "workload.duration_cv": 0.0,
    "workload.cpu_share": 1.0,
    "workload.measured_at_mb": 1769.0,
    "workload.log_kb": 0.0,
    "workload.response_kb": 0.0,
    "workload.timeout_s": 900.0,
    "aws_lambda.memory_mb": 1769,
    "aws_lambda.keep_alive_s": 86_400.0,
    "fargate.vcpu": 0.25,
    "fargate.memory_gb": 0.5,
    "fargate.load_balancer": "none",
    "fargate.min_tasks": 1,
    "billing.free_tier": False,
    "billing.init_billed": False,
}
LAMBDA_USD_PER_RATE = SECONDS_A_MONTH * (
    0.20e-6 + 1769 / 1024 * 0.0000166667
)  # a month of one request a second
TASK_USD = 730 * (0.25 * 0.04048 + 0.5 * 0.004445)


def plain_world(**changes):
    return replace_at(Scenario(), PLAIN | {name.replace("__", "."): value for name, value in changes.items()})


def task_rate(target_percent):
    """Requests a second that one task takes at its target: a quarter of a vCPU, one vCPU-second each."""
    return 0.25 * target_percent / 100


def test_the_plain_world_has_the_bills_of_the_formulas():
    for rate in (0.05, 0.3, 7.0):
        comparison = evaluate(plain_world(workload__requests_per_s=rate, fargate__max_tasks=100))
        tasks = np.ceil(rate / task_rate(70))
        assert comparison.aws_lambda.bill.total_usd == pytest.approx(rate * LAMBDA_USD_PER_RATE, rel=1e-6)
        assert comparison.fargate.bill.total_usd == pytest.approx(tasks * TASK_USD, rel=1e-9)


def test_five_crossings_where_tasks_come_one_by_one():
    """At a target of 64 % a full task's worth of requests costs 1.353 tasks on Lambda (r = 1 task's rate):

    1.353 r meets 1 task at 0.739, 2 tasks come at 1 and are met at 1.478, 3 come at 2 and are met at 2.217;
    when the fourth comes, at 3, Lambda already costs 4.06 tasks. Meeting and jumping take turns.
    """
    share = task_rate(64) * LAMBDA_USD_PER_RATE / TASK_USD
    assert 4 / 3 < share < 1.5
    crossings = break_even(plain_world(fargate__target_percent=64.0))
    expected = np.array([1 / share, 1, 2 / share, 2, 3 / share]) * task_rate(64)
    assert [crossing.value for crossing in crossings] == pytest.approx(expected, rel=1e-4)
    assert [crossing.jump for crossing in crossings] == [False, True, False, True, False]
    assert [crossing.below for crossing in crossings] == ["aws_lambda", "fargate"] * 2 + ["aws_lambda"]
    assert [crossing.above for crossing in crossings] == ["fargate", "aws_lambda"] * 2 + ["fargate"]
    met = [crossing.usd for crossing in crossings if not crossing.jump]
    assert met == pytest.approx([TASK_USD, 2 * TASK_USD, 3 * TASK_USD], rel=1e-4)
    assert all(crossing.path == "workload.requests_per_s" for crossing in crossings)


def test_no_crossing_where_lambda_is_cheaper_per_task_and_tasks_are_never_idle():
    """At a target of 20 % a task's worth of requests costs less than half a task on Lambda, at any traffic."""
    assert task_rate(20) * LAMBDA_USD_PER_RATE / TASK_USD < 0.5
    assert break_even(plain_world(fargate__target_percent=20.0)) == ()


def test_the_search_ends_where_the_most_tasks_of_all_are_full():
    """50,000 tasks at 0.05/s each carry 2,500/s; beyond, Fargate's bill would stand still and its load would not."""
    curve = total_curves(plain_world(fargate__target_percent=20.0))
    assert curve.values[-1] == pytest.approx(AS_MANY_AS_NEEDED * task_rate(20), rel=1e-6)
    assert curve.fargate_usd[-1] == pytest.approx(AS_MANY_AS_NEEDED * TASK_USD, rel=1e-4)


def test_no_crossing_where_provisioned_environments_cost_more_than_the_least_tasks():
    kept_usd = 50 * 730 * 3600 * 1769 / 1024 * 4.1667e-6
    assert kept_usd > TASK_USD
    assert break_even(plain_world(aws_lambda__provisioned_concurrency=50)) == ()


@pytest.mark.parametrize("min_tasks", [1, 2, 10])
def test_break_even_with_the_least_tasks_is_their_price_over_lambdas(min_tasks):
    """As long as the least tasks can carry it: they cost the same for any traffic."""
    first = break_even(plain_world(fargate__min_tasks=min_tasks))[0]
    assert first.value == pytest.approx(min_tasks * TASK_USD / LAMBDA_USD_PER_RATE, rel=1e-5)
    assert not first.jump and first.usd == pytest.approx(min_tasks * TASK_USD, rel=1e-4)


def test_break_even_of_a_job_is_a_number_of_runs_a_day():
    """On Fargate an hour-long run costs an hour of a task, on Lambda nothing of the sort exists: so 600 s.

    600 s of 1,769 MB: 0.0172754 USD and a request. A quarter-vCPU task takes four times as long, 2,400 s.
    Both grow with the runs: no crossing, Fargate cheaper everywhere.
    """
    job = plain_world(
        workload__kind="job", workload__duration_s=600.0, fargate__image_mb=0.0, fargate__boot_s=0.0
    )
    lambda_usd = 0.20e-6 + 600 * 1769 / 1024 * 0.0000166667
    fargate_usd = 2400 / 3600 * TASK_USD / 730
    assert lambda_usd > fargate_usd
    assert break_even(job) == ()
    # With the free tier Lambda is free up to 400,000 GB-s a month; then each run costs more than Fargate's.
    free = replace_at(job, "billing.free_tier", True)
    runs = 400_000 * 0.0000166667 / (lambda_usd - 0.20e-6 - fargate_usd)
    (crossing,) = break_even(free)
    assert crossing.path == "workload.runs_per_day"
    assert crossing.value == pytest.approx(runs / (730 / 24), rel=1e-4)
    assert (crossing.below, crossing.above) == ("aws_lambda", "fargate")


SCENARIOS = {
    "default": {},
    "scheduled": {"fargate.scaling": "scheduled"},
    "small tasks, no balancer": {
        "fargate.load_balancer": "none",
        "fargate.vcpu": 0.25,
        "fargate.memory_gb": 0.5,
        "fargate.min_tasks": 1,
        "workload.cpu_share": 0.8,
    },
    "REST API": {"aws_lambda.front_door": "rest_api"},
}


@pytest.mark.parametrize("changes", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scan_five_times_finer_finds_the_same_crossings(changes):
    scenario = replace_at(Scenario(), changes)
    fine = np.geomspace(1e-3, 1e4, 1201)
    curve = cost_curve(lifted(scenario), "workload.requests_per_s", fine)
    dearer = curve.lambda_usd > curve.fargate_usd
    at = np.flatnonzero(dearer[:-1] != dearer[1:])
    found = break_even(scenario)
    # A pair of crossings within one of the coarse grid's steps may be one or none there: compare what is apart.
    apart = [i for i in at if not any(j != i and abs(int(j) - int(i)) <= 5 for j in at)]
    for i in apart:
        inside = [c for c in found if fine[i] * (1 - 1e-4) <= c.value <= fine[i + 1] * (1 + 1e-4)]
        assert len(inside) == 1
        assert inside[0].above == ("fargate" if dearer[i + 1] else "aws_lambda")
    assert len(found) >= len(apart) > 0


@pytest.mark.parametrize("changes", [*SCENARIOS.values(), {"workload.pattern": "diurnal"}])
def test_both_bills_are_equal_where_they_meet_and_change_places_where_they_jump(changes):
    scenario = lifted(replace_at(Scenario(), changes))
    for crossing in break_even(scenario):
        around = crossing.value * np.array([1 - 1e-4, 1, 1 + 1e-4])
        curve = cost_curve(scenario, crossing.path, around)
        gap = curve.lambda_usd - curve.fargate_usd
        assert gap[0] * gap[2] < 0
        assert ("aws_lambda" if gap[0] < 0 else "fargate") == crossing.below != crossing.above
        if not crossing.jump:
            assert abs(gap[1]) < 1e-3 * crossing.usd
        assert crossing.usd == pytest.approx(curve.lambda_usd[1], rel=1e-4)


def test_crossings_are_plain_values_in_ascending_order():
    crossings = break_even(plain_world(fargate__target_percent=64.0))
    assert [c.value for c in crossings] == sorted(c.value for c in crossings)
    for crossing in crossings:
        assert type(crossing.value) is type(crossing.usd) is float
        assert type(crossing.jump) is bool  # a NumPy flag is no JSON


def test_the_allowed_number_of_tasks_does_not_move_the_break_even():
    few, many = (break_even(replace_at(Scenario(), "fargate.max_tasks", most)) for most in (2, 5000))
    assert few == many
    assert lifted(Scenario()).fargate.max_tasks == AS_MANY_AS_NEEDED


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"billing.region": "ap-east-2", "aws_lambda.front_door": "http_api"}, id="no price of an API call"
        ),
        pytest.param({"billing.region": "ap-east-2"}, id="no price of a balancer"),
    ],
)
def test_a_missing_price_leaves_no_crossing_and_no_curve(changes):
    scenario = replace_at(Scenario(), changes)
    assert break_even(scenario) == ()
    curve = total_curves(scenario)
    assert curve.fargate_usd is None


def test_your_own_price_brings_the_break_even_back():
    scenario = replace_at(Scenario(), "billing.region", "ap-east-2")
    missing = evaluate(replace_at(scenario, "workload.requests_per_s", 10.0))
    keys = {line.fact for side in (missing.aws_lambda, missing.fargate) for line in side.bill.missing}
    assert keys
    own = dict.fromkeys(keys | {line.fact for line in evaluate(scenario).aws_lambda.bill.missing}, 0.01)
    assert len(break_even(replace_at(scenario, "billing.overrides", own))) >= 1


def test_total_curves_are_the_grid_of_the_search():
    curve = total_curves(Scenario())
    assert curve.values[[0, -1]] == pytest.approx([1e-3, 1e4])
    at_100 = evaluate(lifted(Scenario()))
    near = int(np.argmin(np.abs(curve.values - 100)))
    there = evaluate(replace_at(lifted(Scenario()), "workload.requests_per_s", float(curve.values[near])))
    assert curve.lambda_usd[near] == pytest.approx(there.aws_lambda.bill.total_usd, rel=1e-9)
    assert curve.fargate_usd[near] == pytest.approx(there.fargate.bill.total_usd, rel=1e-9)
    assert curve.lambda_usd[near] == pytest.approx(at_100.aws_lambda.bill.total_usd, rel=0.07)


@pytest.mark.parametrize(
    ("changes", "full_at"),
    [
        pytest.param({}, 20 * 0.25, id="20 tasks of a quarter of a request a second"),
        pytest.param({"fargate.scaling": "fixed", "fargate.tasks": 8}, 8 * 0.25, id="8 fixed ones"),
        pytest.param(
            {"workload.pattern": "diurnal", "workload.peak_to_mean": 4.0},
            20 * 0.25 / 4,
            id="a peak of four means",
        ),
        pytest.param(
            {"workload.pattern": "cron", "workload.timeout_s": 5.0}, 20 * 0.25 / 60, id="one minute in 60"
        ),
    ],
)
def test_tasks_are_full_at_the_rate_whose_peak_they_carry(changes, full_at):
    scenario = replace_at(plain_world(), changes)
    assert full_at_per_s(scenario, traffic(scenario)) == pytest.approx(full_at, rel=1e-3)
