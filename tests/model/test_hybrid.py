"""Endpoints under one roof: one bill with shared things once, never dearer than a pure choice that works."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import Scenario, evaluate
from model.decide import hybrid
from model.decide.endpoints import EXAMPLE, Endpoint, endpoints
from model.decide.hybrid import portfolio, split
from model.scenario import replace_at

QUIET = {"workload.response_kb": 0.0, "workload.log_kb": 0.0, "billing.free_tier": False}


def placed(rows, **base):
    found, bad = endpoints(replace_at(Scenario(), {k.replace("__", "."): v for k, v in base.items()}), rows)
    assert not bad
    return split(found)


def bill(changes, side):
    return float(getattr(evaluate(replace_at(Scenario(), changes)), side).bill.total_usd)


# --- one bill -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"billing.free_tier": False},
        {"workload.requests_per_s": 20_000.0},
        {"billing.savings_plan": "1yr_no_upfront"},
        {"billing.other_lambda_gb_s": 7e9, "billing.other_lambda_requests": 5e5},
        {"billing.overrides": {"lambda.request/x86_64@us-east-1": 3e-7}},
        {"workload.queue": True, "workload.custom_metrics": 12, "workload.xray_share": 0.5},
        {"fargate.nat": True, "fargate.public_ip": True, "fargate.spot_share": 0.5},
    ],
    ids=str,
)
def test_one_endpoint_costs_what_its_own_bills_say(changes):
    scenario = replace_at(Scenario(), changes)
    found = split((Endpoint("alone", scenario),))
    both = evaluate(scenario)
    assert found.all_lambda.usd == pytest.approx(float(both.aws_lambda.bill.total_usd), abs=1e-6)
    assert found.all_fargate.usd == pytest.approx(float(both.fargate.bill.total_usd), abs=1e-6)


def test_the_balancer_and_its_addresses_are_paid_once():
    """Two services alike: twice each bill, less one balancer (730 h x 0.0225) and two addresses (2 x 730 h x 0.005)."""
    two = placed([{"name": "a"}, {"name": "b"}], **{k.replace(".", "__"): v for k, v in QUIET.items()})
    once = 730 * 0.0225 + 2 * 730 * 0.005
    assert two.all_fargate.usd == pytest.approx(2 * bill(QUIET, "fargate") - once)
    assert two.all_fargate.shared_usd == pytest.approx(once)


def test_the_free_requests_and_gb_seconds_are_deducted_once():
    """Two functions alike: twice the bill, and the allowances of the second are paid: 1 million requests at 0.20 and
    400,000 GB-s at 0.0000166667."""
    base = {"workload.internet_facing": False, "workload.log_kb": 0.0}
    two = placed([{"name": "a"}, {"name": "b"}], **{k.replace(".", "__"): v for k, v in base.items()})
    second = 1e6 * 0.20 / 1e6 + 400_000 * 0.0000166667
    assert two.all_lambda.usd == pytest.approx(2 * bill(base, "aws_lambda") + second)


def test_two_functions_fill_the_slices_together():
    """Half the traffic each costs what one function with all of it costs, slices and allowances included."""
    halves = placed([{"name": n, "requests_per_s": 9_000.0} for n in "ab"])
    whole = bill({"workload.requests_per_s": 18_000.0}, "aws_lambda")
    # cold starts differ a little between one pool and two
    assert halves.all_lambda.usd == pytest.approx(whole, rel=1e-4)


def test_the_parts_of_a_mix_are_its_bill():
    found = placed(EXAMPLE)
    for mix in (found.all_lambda, found.all_fargate, found.best):
        assert sum(mix.own_usd) + mix.shared_usd == pytest.approx(mix.usd)


def test_endpoints_are_evaluated_together_as_they_are_alone():
    found = placed(EXAMPLE)
    for endpoint, both in zip(found.endpoints, found.sides, strict=True):
        alone = evaluate(endpoint.scenario)
        for name in ("aws_lambda", "fargate"):
            side = getattr(alone, name)
            assert both[name].usd == pytest.approx(float(side.bill.total_usd), rel=1e-9, abs=1e-9)
            assert both[name].p99_s == pytest.approx(float(side.latency.p99_s), rel=1e-6)


# --- the better side ------------------------------------------------------------------------------


def test_the_example_goes_to_both_platforms_and_saves():
    found = placed(EXAMPLE)
    assert set(found.best.on) == {"aws_lambda", "fargate"} and found.best.works
    assert found.saved_usd > 0


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "requests_per_s": st.sampled_from([0.001, 0.1, 5.0, 80.0, 900.0]),
            "duration_s": st.sampled_from([0.01, 0.2, 3.0]),
            "pattern": st.sampled_from(["steady", "diurnal", "on_off"]),
            "memory_mb": st.sampled_from([256.0, 2048.0]),
            "slo_p99_s": st.sampled_from([0.3, 20.0]),
            "invocation": st.sampled_from(["sync", "async"]),
            "db_connections_limit": st.sampled_from([None, 60.0, 5000.0]),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, st.booleans())
def test_a_mix_is_never_dearer_than_a_pure_choice_that_works(rows, step_by_step):
    exhaustive = hybrid.EXHAUSTIVE
    hybrid.EXHAUSTIVE = 0 if step_by_step else exhaustive
    try:
        found = placed([{"name": f"e{i}", **row} for i, row in enumerate(rows)])
    finally:
        hybrid.EXHAUSTIVE = exhaustive
    pure = found.better_pure
    if pure is not None:
        assert found.best.works
        assert found.best.usd <= pure.usd + hybrid.CENT
    assert len(found.best.misses) <= min(len(found.all_lambda.misses), len(found.all_fargate.misses)) + (
        found.all_lambda.over_connections or found.all_fargate.over_connections
    )


def test_no_assignment_of_the_example_is_cheaper():
    found = placed(EXAMPLE)
    placing = hybrid._Placing(found.endpoints, tuple(hybrid._evaluated(found.endpoints)), found.sides)
    every = (np.arange(32)[:, None] >> np.arange(5) & 1).astype(bool)
    assert found.best.usd == pytest.approx(float(placing.usd(every).min()))


def test_twenty_endpoints_are_placed_one_by_one_as_well_as_alone():
    """Without anything shared, each endpoint's better side is the best placement."""
    rows = [{"name": f"e{i}", "requests_per_s": float(10 ** (i / 5 - 2))} for i in range(20)]
    apart = {**QUIET, "fargate.load_balancer": "none", "workload.slo_p99_s": 3.0}
    found = placed(rows, **{k.replace(".", "__"): v for k, v in apart.items()})
    better = [min(both, key=lambda name: both[name].usd) for both in found.sides]
    assert list(found.best.on) == better


def test_a_side_that_misses_the_service_level_is_not_taken_however_cheap():
    cheap_but_cold = {"name": "a", "requests_per_s": 0.001, "slo_p99_s": 0.7}
    found = placed([cheap_but_cold])
    both = found.sides[0]
    assert both["aws_lambda"].usd < both["fargate"].usd and not both["aws_lambda"].meets_slo
    assert found.best.on == ("fargate",)


def test_endpoints_that_fit_nowhere_are_named():
    found = placed([{"name": "gpu", "needs": ["gpu"]}, {"name": "plain"}])
    assert found.best.misses == ("gpu",) and found.better_pure is None and found.saved_usd is None


def test_connections_of_all_endpoints_count_together():
    """Each service's 20 tasks x 10 fit 300 connections, two services' 400 do not: one goes to Lambda (46 environments)."""
    rows = [{"name": n, "db_connections_limit": 300.0} for n in "ab"]
    found = placed(rows, workload__slo_p99_s=3.0)
    assert found.all_fargate.connections == 400 and found.all_fargate.over_connections
    assert sorted(found.best.on) == ["aws_lambda", "fargate"] and not found.best.over_connections
    assert found.best.connections == pytest.approx(200 + 46)


def test_a_missing_price_leaves_the_mixes_without_a_sum():
    found = placed([{"name": "a"}, {"name": "b"}], fargate__metric_period_s=20)
    assert found.all_fargate.usd is None and found.best.usd is None and found.saved_usd is None


def test_what_the_checklist_learns_from_the_table():
    seen = portfolio(placed(EXAMPLE))
    assert (seen.waited_for, seen.events) == (3, 2)
    assert seen.peaks[0] == pytest.approx(1) and seen.peaks[1] > 4
