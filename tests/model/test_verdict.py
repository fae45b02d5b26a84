"""Who is chosen: service level first, then hard limits, then money; and nothing is chosen on half a bill."""

import pytest

from model import Scenario, evaluate
from model.decide.verdict import verdict
from model.scenario import replace_at


def asked(**changes):
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return verdict(evaluate(replace_at(Scenario(), named)))


def test_the_cheaper_of_two_that_fit_is_chosen():
    found = asked()
    assert all(found.meets_slo.values()) and not any(found.unmet.values())
    assert found.usd["fargate"] < found.usd["aws_lambda"]
    assert (found.choice, found.cheaper, found.dearer) == ("fargate", "fargate", "aws_lambda")
    assert found.times == pytest.approx(found.usd["aws_lambda"] / found.usd["fargate"])
    assert found.saved_usd == pytest.approx(found.usd["aws_lambda"] - found.usd["fargate"])


def test_a_little_traffic_turns_it_round():
    found = asked(workload__requests_per_s=0.1)
    assert (found.choice, found.cheaper) == ("aws_lambda", "aws_lambda")


def test_the_service_level_goes_before_the_money():
    """The default tasks answer 99 % within 0.90 s, Lambda within 0.54 s: at 0.7 s the dearer one is left."""
    found = asked(workload__slo_p99_s=0.7)
    assert found.meets_slo == {"aws_lambda": True, "fargate": False}
    assert found.cheaper == "fargate" and found.choice == "aws_lambda"


def test_hard_limits_go_before_the_money():
    found = asked(workload__requests_per_s=0.1, workload__needs=("websockets",))
    assert found.cheaper == "aws_lambda" and found.choice == "fargate"
    assert [check.check for check in found.unmet["aws_lambda"]] == ["websockets"]


def test_nobody_is_chosen_where_nobody_fits():
    assert asked(workload__needs=("gpu",)).choice is None
    assert asked(workload__slo_p99_s=0.001).choice is None
    none = asked(workload__slo_p99_s=0.001)
    assert none.cheaper == "fargate"  # who is cheaper is still said


MISSING = {"billing__region": "ap-east-2", "aws_lambda__front_door": "http_api"}


def test_on_half_a_bill_nobody_is_cheaper():
    found = asked(**MISSING)
    assert found.usd == {"aws_lambda": None, "fargate": None}
    assert found.choice is found.cheaper is found.dearer is found.times is found.saved_usd is None
    assert found.per_million_usd == {"aws_lambda": None, "fargate": None}


def test_one_missing_total_is_enough_to_leave_the_money_open():
    found = asked(billing__region="ap-east-2", workload__response_kb=0.0)
    assert found.usd["aws_lambda"] is not None and found.usd["fargate"] is None
    assert found.choice is found.cheaper is None
    assert found.per_million_usd["aws_lambda"] == pytest.approx(found.usd["aws_lambda"] / 262.8)


def test_the_only_one_that_fits_is_chosen_whatever_it_costs():
    assert asked(**MISSING, workload__needs=("websockets",)).choice == "fargate"
    assert asked(**MISSING, workload__slo_p99_s=0.7).choice == "aws_lambda"


def test_price_of_a_million_requests():
    """100/s are 262.8 million in 730 hours."""
    found = asked()
    for name, usd in found.usd.items():
        assert found.per_million_usd[name] == pytest.approx(usd / 262.8)


def test_a_job_has_no_service_level_to_miss():
    found = asked(workload__kind="job", workload__duration_s=600.0, workload__slo_p99_s=1.0)
    assert all(found.meets_slo.values()) and found.choice is not None


def test_a_job_longer_than_a_function_may_run_goes_to_fargate():
    found = asked(workload__kind="job", workload__duration_s=3600.0, workload__runs_per_day=1.0)
    assert [check.check for check in found.unmet["aws_lambda"]] == ["Handler time, p99"]
    assert found.choice == "fargate"


def test_a_job_that_never_runs_has_no_price_per_million():
    found = asked(workload__kind="job", workload__runs_per_day=0.0)
    assert found.usd == {"aws_lambda": 0, "fargate": 0}
    assert found.per_million_usd == {"aws_lambda": None, "fargate": None}
    assert found.times is None and found.saved_usd == 0


def test_who_gave_up_was_not_answered_in_time():
    """A caller who leaves after a second never waits longer, but a service level of two is not met by that."""
    comparison = evaluate(
        replace_at(
            Scenario(),
            {
                "workload.slo_p99_s": 2.0,
                "workload.timeout_s": 1.0,
                "fargate.scaling": "fixed",
                "fargate.tasks": 2,
            },
        )
    )
    fargate = comparison.fargate.latency
    # 2 tasks of 0.5 vCPU, a request computes 0.2 s x 0.3 x 1024 / 1769 = 0.0347 vCPU-s: 28.8 of 100 a second are served
    served = 2 * 0.5 / (0.2 * 0.3 * 1024 / 1769) / 100
    assert fargate.p99_s == pytest.approx(1.0)
    assert fargate.timed_out == pytest.approx(1 - served, rel=0.01)
    assert fargate.within_slo == pytest.approx(served, rel=0.05)
    assert verdict(comparison).meets_slo == {"aws_lambda": True, "fargate": False}


def test_the_tie_is_broken_the_same_way_every_time():
    nothing = asked(workload__kind="job", workload__runs_per_day=0.0)
    assert nothing.cheaper == nothing.choice == "aws_lambda"
