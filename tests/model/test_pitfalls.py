"""Every pitfall fires on a scenario built for it and stays silent on a clean one; the checklist fills itself in."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.facts import limit
from model.fit import Portfolio, checklist, pitfalls
from model.scenario import replace_at

CLEAN = {"workload.spike_factor": 1.3, "fargate.min_tasks": 2, "workload.db_connections_limit": 1000}
ROOM = {"workload.spike_factor": 1.3}
SPRING = {"aws_lambda.runtime": "java21", "aws_lambda.framework": "spring_boot"}
BUILT_FOR = {
    "web_framework": SPRING | ROOM,
    "fifteen_minutes": {"workload.kind": "job", "workload.duration_s": 1800.0, "workload.duration_cv": 0.0},
    "connections_of_lambda": ROOM | {"workload.db_connections_limit": 40, "workload.rds_proxy": "none"},
    "connections_of_fargate": ROOM | {"workload.db_connections_limit": 399},
    "over_provisioned": ROOM | {"fargate.scaling": "fixed", "fargate.tasks": 30},
    "long_cooldown": {
        "workload.spike_factor": 8.0,
        "fargate.scale_out_cooldown_s": 900.0,
        "fargate.max_tasks": 200,
    },
    "no_headroom": {"workload.spike_factor": 5.0},
    "throttled": {"workload.spike_factor": 60.0},
}


def found(changes):
    return {one.pitfall: one for one in pitfalls(evaluate(replace_at(Scenario(), changes)))}


def fired(changes):
    return {name for name, one in found(changes).items() if one.fires}


def number(one, label):
    (evidence,) = (e for e in one.evidence if e.label == label)
    return evidence.value


def remedy(one, words):
    (way,) = (r for r in one.remedies if words in r.text)
    return way


def usd(changes, side):
    return float(getattr(evaluate(replace_at(Scenario(), changes)), side).bill.total_usd)


def test_a_clean_scenario_falls_into_none_though_all_are_looked_at():
    all_asked = found(CLEAN | SPRING | {"workload.slo_p99_s": 6.0})
    assert set(all_asked) == set(BUILT_FOR)
    assert not any(one.fires or one.remedies for one in all_asked.values())
    assert all(one.evidence for one in all_asked.values())


@pytest.mark.parametrize("name", BUILT_FOR)
def test_a_pitfall_fires_on_the_scenario_built_for_it(name):
    one = found(BUILT_FOR[name])[name]
    assert one.fires and one.remedies and one.evidence


@pytest.mark.parametrize("name", ["web_framework", "fifteen_minutes", "over_provisioned"])
def test_nothing_else_fires_there(name):
    assert fired(BUILT_FOR[name]) == {name}


@pytest.mark.parametrize("name", BUILT_FOR)
def test_the_price_of_a_remedy_is_the_difference_of_the_two_bills(name):
    changes = BUILT_FOR[name]
    one = found(changes)[name]
    for way in one.remedies:
        if way.usd_delta is None or not way.changes:
            continue
        expected = usd(changes | dict(way.changes), one.platform) - usd(changes, one.platform)
        assert way.usd_delta == pytest.approx(expected, abs=1e-6)


# --- one by one -----------------------------------------------------------------------------------


def test_a_framework_is_harmless_while_its_start_keeps_the_service_level_and_few_requests_see_it():
    assert not found(SPRING | {"workload.slo_p99_s": 6.0})["web_framework"].fires


def test_a_framework_bites_when_more_than_one_request_in_a_hundred_is_cold():
    rare = SPRING | {"workload.slo_p99_s": 6.0, "workload.requests_per_s": 0.001}
    one = found(rare)["web_framework"]
    assert one.fires and number(one, "share of cold requests") > 0.01
    plain = remedy(one, "plain handler")
    assert plain.evidence[0].value < number(one, "p99 on Lambda")


def test_two_runs_of_half_an_hour_are_cut_into_two_chunks_each():
    """1,800 s in chunks of 900 s: 2 chunks x 2 transitions x 24 runs x 365/12 days, less 4,000 free ones: nothing to pay."""
    one = found(BUILT_FOR["fifteen_minutes"])["fifteen_minutes"]
    way = remedy(one, "Step Functions")
    assert {e.label: e.value for e in way.evidence} == {"chunks": 2, "state transitions of one run": 4}
    assert way.usd_delta == pytest.approx(0)


def test_chunks_are_paid_by_their_transitions():
    """1,000 runs a day x 730/24 days x 2 chunks x 2 transitions - 4,000 free, at 0.025 USD a thousand."""
    often = BUILT_FOR["fifteen_minutes"] | {"workload.runs_per_day": 1000.0}
    way = remedy(found(often)["fifteen_minutes"], "Step Functions")
    assert way.usd_delta == pytest.approx((1000 * 730 / 24 * 4 - 4000) * 0.000025)


def test_the_proxy_costs_two_vcpu_hours_each_hour():
    """0.015 USD a vCPU hour x 2 vCPU x 730 h."""
    way = remedy(found(BUILT_FOR["connections_of_lambda"])["connections_of_lambda"], "RDS Proxy")
    assert way.usd_delta == pytest.approx(0.015 * 2 * 730)


def test_pools_are_made_small_enough_for_a_rolling_deployment():
    """399 connections for 2 x 20 tasks: 9 each."""
    one = found(BUILT_FOR["connections_of_fargate"])["connections_of_fargate"]
    assert number(one, "the same during a rolling deployment") == 2 * 20 * 10
    assert remedy(one, "smaller pools").evidence[0].value == 9


def test_without_a_database_nobody_asks_for_connections():
    assert not {name for name in found(ROOM) if name.startswith("connections")}


def test_thirty_fixed_tasks_for_the_work_of_seven_are_three_times_too_many():
    """At a target of 70 % the load of 6.95 tasks takes 10; 20 tasks fewer x 730 h x (0.02024 + 0.004445) USD."""
    one = found(BUILT_FOR["over_provisioned"])["over_provisioned"]
    assert number(one, "tasks on average") == 30
    assert number(one, "tasks on average with target tracking") == pytest.approx(10, abs=0.01)
    assert one.remedies[0].usd_delta == pytest.approx(-20 * 730 * (0.5 * 0.04048 + 0.004445), rel=1e-3)


def test_fixed_tasks_that_are_all_needed_are_not_too_many():
    assert not found(ROOM | {"fargate.scaling": "fixed", "fargate.tasks": 10})["over_provisioned"].fires


def test_a_short_cooldown_is_no_pitfall_however_much_a_spike_costs():
    quick = BUILT_FOR["long_cooldown"] | {"fargate.scale_out_cooldown_s": 30.0}
    assert not found(quick)["long_cooldown"].fires


def test_a_shorter_cooldown_loses_fewer_requests():
    one = found(BUILT_FOR["long_cooldown"])["long_cooldown"]
    after = {e.label: e.value for e in one.remedies[0].evidence}
    assert after["requests lost in the spike"] < number(one, "requests lost in the spike")
    assert after["scale-out cooldown"] <= np.ceil(number(one, "start of a task"))


def test_tasks_kept_ready_lose_nothing_in_the_spike():
    way = remedy(found(BUILT_FOR["no_headroom"])["no_headroom"], "kept ready")
    assert {e.label: e.value for e in way.evidence}["requests lost in the spike"] == 0
    assert way.usd_delta > 0


def test_a_job_has_no_front_no_spike_and_no_framework_to_look_at():
    job = {"workload.kind": "job", "workload.db_connections_limit": 5, **SPRING}
    assert set(found(job)) == {"fifteen_minutes", "connections_of_lambda"}


def test_a_missing_price_leaves_the_price_of_a_remedy_open():
    """Nobody published what a 20-second metric costs."""
    way = remedy(found(BUILT_FOR["no_headroom"])["no_headroom"], "20 seconds")
    assert way.usd_delta is None


# --- checklist ------------------------------------------------------------------------------------


def points(changes=None, portfolio=None):
    listed = checklist(evaluate(replace_at(Scenario(), changes or {})), portfolio)
    return {(one.choice, one.point): one for one in listed}


def holds(changes=None, portfolio=None):
    return {key: one.holds for key, one in points(changes, portfolio).items()}


def test_the_list_has_five_reasons_for_each_platform_and_three_for_both():
    choices = [choice for choice, _ in points()]
    assert [choices.count(name) for name in ("aws_lambda", "fargate", "both")] == [5, 5, 3]


def test_what_one_scenario_cannot_tell_stays_open():
    undecided = {key for key, answer in holds().items() if answer is None}
    assert undecided == {
        ("aws_lambda", "least_operation"),
        ("fargate", "lives_long"),
        ("both", "different_traffic"),
        ("both", "waiting_and_events"),
        ("both", "best_of_each"),
    }


@pytest.mark.parametrize(
    ("changes", "point"),
    [
        ({"workload.pattern": "on_off"}, ("aws_lambda", "bursts_and_pauses")),
        ({"workload.requests_per_s": 0.1}, ("aws_lambda", "no_idle_costs")),
        ({"workload.queue": True}, ("aws_lambda", "event_driven")),
        ({"workload.kind": "job"}, ("aws_lambda", "event_driven")),
        ({"workload.needs": ("websockets",)}, ("fargate", "lasting_connections")),
        ({"workload.db_connections_limit": 20}, ("fargate", "lasting_connections")),
        ({"workload.needs": ("over_15_minutes",)}, ("fargate", "over_15_minutes")),
        ({"workload.needs": ("custom_os_packages",)}, ("fargate", "own_runtime")),
        ({"workload.needs": ("in_memory_state",)}, ("fargate", "lives_long")),
        (SPRING, ("fargate", "lives_long")),
    ],
)
def test_a_reason_holds_where_it_did_not_by_default(changes, point):
    assert not holds()[point]
    assert holds(changes)[point]


def test_on_and_off_for_a_fifth_of_the_hour_rests_four_fifths():
    """Twelve steps of five minutes, 12 minutes on: two whole steps and part of a third have traffic."""
    rests = points({"workload.pattern": "on_off"})["aws_lambda", "bursts_and_pauses"].evidence[0]
    assert rests.value == pytest.approx(9 / 12)


def test_fifteen_minutes_are_a_reason_for_exactly_one_side():
    for seconds in (10.0, 2 * limit("lambda.max_duration_s")):
        answers = holds({"workload.kind": "job", "workload.duration_s": seconds})
        assert answers["aws_lambda", "under_15_minutes"] != answers["fargate", "over_15_minutes"]


def test_a_missing_price_leaves_the_money_open():
    answers = holds({"fargate.metric_period_s": 20})
    assert answers["aws_lambda", "no_idle_costs"] is None and answers["fargate", "steady_enough"] is None


def test_a_table_of_endpoints_answers_the_reasons_for_both():
    mixed = Portfolio(peaks=(1.0, 5.0), waited_for=2, events=1, saved_usd=12.0)
    alike = Portfolio(peaks=(2.0, 2.0), waited_for=3, events=0, saved_usd=0.0)
    both = [key for key in holds() if key[0] == "both"]
    assert [holds(portfolio=mixed)[key] for key in both] == [True, True, True]
    assert [holds(portfolio=alike)[key] for key in both] == [False, False, False]
