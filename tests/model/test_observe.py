"""Prices of monitoring against sums written out by hand."""

import pytest

from model import Scenario, evaluate, replace_at
from model.deploy.observe import BUILT_IN, SET_UP, SWITCH, monitoring, monitoring_usd, traced_share

MONTH_S = 730 * 3600
PAID = {"billing.free_tier": False}


def signals(**changes):
    return {
        signal.name: signal for signal in monitoring(evaluate(replace_at(Scenario(), {**PAID, **changes})))
    }


def test_container_insights_cost_so_many_metrics_for_service_and_tasks():
    scenario = replace_at(Scenario(), {**PAID, "fargate.scaling": "fixed", "fargate.tasks": 4})
    metrics = scenario.assumed("container_insights.metrics_per_service") + 4 * scenario.assumed(
        "container_insights.metrics_per_task"
    )
    found = signals(**{"fargate.scaling": "fixed", "fargate.tasks": 4})["each_task"]
    assert found.usd["fargate"] == pytest.approx(metrics * 0.07)
    assert found.effort == {"aws_lambda": "not_needed", "fargate": SWITCH}


def test_a_switch_that_is_on_costs_what_it_would():
    off, on = (signals(**{"fargate.container_insights": on})["each_task"] for on in (False, True))
    assert off.usd == on.usd
    assert (off.on["fargate"], on.on["fargate"]) == (False, True)


def test_traces_follow_the_default_rule_or_the_share_that_is_set():
    scenario = Scenario()  # 100/s: the first of each second, and 5 % of the other 99
    assert traced_share(scenario) == pytest.approx((1 + 0.05 * 99) / 100)
    assert traced_share(replace_at(scenario, "workload.requests_per_s", 0.5)) == 1.0
    assert traced_share(replace_at(scenario, "workload.xray_share", 0.3)) == 0.3
    found = signals()["traces"].usd
    # 5 USD per million traces, on either side
    assert found["aws_lambda"] == pytest.approx((1 + 0.05 * 99) * MONTH_S * 5e-6)
    assert found["aws_lambda"] == found["fargate"]


def test_logs_cost_what_the_bills_say():
    comparison = evaluate(replace_at(Scenario(), PAID))
    logs = {signal.name: signal for signal in monitoring(comparison)}["logs"]
    for name in ("aws_lambda", "fargate"):
        lines = getattr(comparison, name).bill.lines
        assert logs.usd[name] == pytest.approx(sum(float(line.usd) for line in lines if line.group == "Logs"))
    assert logs.effort == {"aws_lambda": BUILT_IN, "fargate": SET_UP}


def test_three_metrics_and_three_alarms_have_their_list_price():
    found = signals()
    assert found["own_metrics"].usd["aws_lambda"] == pytest.approx(3 * 0.30)
    assert found["alarms"].usd["fargate"] == pytest.approx(3 * 0.10)
    assert signals(**{"workload.custom_metrics": 50})["own_metrics"].usd["fargate"] == pytest.approx(
        50 * 0.30
    )


def test_the_free_tier_covers_three_metrics_and_three_alarms():
    found = signals(**{"billing.free_tier": True})
    assert found["own_metrics"].usd["aws_lambda"] == 0
    assert found["alarms"].usd["aws_lambda"] == 0


@pytest.mark.parametrize(
    ("balancer", "effort"), [("alb", BUILT_IN), ("nlb", SET_UP), ("none", SET_UP)], ids=str
)
def test_requests_are_counted_by_an_application_load_balancer_only(balancer, effort):
    found = signals(**{"fargate.load_balancer": balancer})["requests"]
    assert found.effort["fargate"] == effort
    assert found.usd["fargate"] == pytest.approx(0 if effort == BUILT_IN else 3 * 0.30)


def test_common_costs_left_out_of_the_bills_are_still_priced_here():
    assert signals(**{"billing.common_costs": False})["traces"].usd["fargate"] > 0


def test_the_sum_over_efforts_is_the_sum_of_the_signals():
    found = tuple(signals().values())
    parts = [monitoring_usd(found, "fargate", (effort,)) for effort in (BUILT_IN, SWITCH, SET_UP)]
    assert sum(parts) == pytest.approx(monitoring_usd(found, "fargate", (BUILT_IN, SWITCH, SET_UP)))
