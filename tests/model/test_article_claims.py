"""The article's claims: results against sums written out here, and verdicts that follow prices and assumptions."""

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.article import CLAIMS, FAILS, HOLDS, ONLY_IF, OPEN, article_scenario, check_claim
from model.article.check import COMPUTED
from model.article.finding import Outcome, finding
from model.decide.break_even import break_even
from model.facts import Claim, load_claims, load_init_quantiles
from model.fit import fit
from model.serialise import from_params, to_params
from model.traffic import traffic

LAMBDA_DURATION = "lambda.duration/x86_64@us-east-1"


def at_prices(**prices):
    return replace_at(Scenario(), "billing.overrides", prices)


def assuming(**values):
    return replace_at(
        Scenario(), "assumptions", {name.replace("__", "."): value for name, value in values.items()}
    )


@pytest.fixture(scope="module")
def findings():
    return {id: check_claim(id, Scenario()) for id in CLAIMS}


# --- all of them ------------------------------------------------------------------------------------


def test_there_are_at_least_twenty_claims_each_with_a_function_of_its_own():
    assert len(CLAIMS) >= 20
    assert tuple(COMPUTED) == CLAIMS


def test_every_claim_names_a_section_a_measure_and_at_least_one_end():
    for claim in load_claims().values():
        assert claim.section and claim.claim and claim.measure and claim.unit, claim.id
        assert np.isfinite(claim.low) or np.isfinite(claim.high), claim.id
        assert claim.low <= claim.high, claim.id


def test_every_claims_scenario_evaluates_and_travels_in_a_link(findings):
    for one in findings.values():
        evaluate(one.scenario).aws_lambda.bill  # noqa: B018
        back, notices = from_params(to_params(one.scenario))
        assert (back, notices) == (one.scenario, ()), one.claim.id


def test_a_condition_in_words_has_a_value_and_a_value_has_its_words(findings):
    for one in findings.values():
        if one.verdict == ONLY_IF:
            assert one.claim.only_if and np.isfinite(one.outcome.at), one.claim.id
        if "{at}" in one.claim.only_if and one.outcome.at is not None:
            assert one.outcome.at_unit, one.claim.id


def test_the_users_traffic_does_not_count_but_the_users_prices_and_assumptions_do():
    other = replace_at(Scenario(), {"workload.requests_per_s": 3.0, "billing.region": "eu-west-1"})
    base = article_scenario(other)
    assert base.workload == Scenario().workload
    assert base.billing.region == "eu-west-1"


# --- the rule ---------------------------------------------------------------------------------------

BETWEEN = Claim("c", "s", "c", "m", "s", 30, 60, only_if="it is {at}")


@pytest.mark.parametrize(
    ("low", "high", "at", "verdict"),
    [
        (30, 60, None, HOLDS),
        (35, 50, 1.0, HOLDS),
        (29, 50, None, FAILS),
        (35, 61, 40.0, ONLY_IF),
        (float("nan"), 50, None, OPEN),
    ],
    ids=["at-its-ends", "inside", "below", "above-with-condition", "price-missing"],
)
def test_a_claim_holds_if_all_of_the_result_lies_in_its_range(low, high, at, verdict):
    assert finding(BETWEEN, Outcome(low, high, {}, (), at, "s"), Scenario()).verdict == verdict


def test_without_words_for_the_condition_there_is_none():
    silent = Claim("c", "s", "c", "m", "s", 30, 60)
    assert finding(silent, Outcome(1, 1, {}, (), 5.0, "s"), Scenario()).verdict == FAILS


# --- numbers ----------------------------------------------------------------------------------------


def test_init_medians_are_those_measured(findings):
    medians = [
        np.interp(0.5, measured.probabilities, measured.seconds)
        for key, measured in load_init_quantiles().items()
        if key.runtime.startswith(("nodejs", "python")) and key[1:] == ("x86_64", "zip", False)
    ]
    outcome = findings["node_python_init"].outcome
    assert (outcome.low, outcome.high) == (min(medians), max(medians))
    assert outcome.at == sum(median <= 0.1 for median in medians) / len(medians)


def test_fewest_provisioned_environments_without_cold_starts(findings):
    outcome = findings["provisioned_eliminates"].outcome
    for number, cold in ((outcome.at, False), (outcome.at - 1, True)):
        side = evaluate(replace_at(Scenario(), "aws_lambda.provisioned_concurrency", number)).aws_lambda
        assert (float(side.cold.p_cold) > 1e-6) == cold


def test_break_even_claims_rest_on_the_break_even(findings):
    (crossing,) = break_even(Scenario())
    assert findings["equal_at_100"].outcome.at == pytest.approx(crossing.value)
    assert findings["lambda_cheaper_below"].outcome.low == pytest.approx(crossing.value)
    bills = evaluate(Scenario())
    ratio = float(bills.aws_lambda.bill.total_usd) / float(bills.fargate.bill.total_usd)
    assert findings["equal_at_100"].outcome.low == pytest.approx(ratio)


def test_the_use_at_which_provisioned_concurrency_pays_follows_from_three_prices(findings):
    # 0.0000041667 to keep, 0.0000097222 to run, 0.0000166667 on demand: 60 %
    assert findings["provisioned_costs"].outcome.at == pytest.approx(0.6, abs=0.001)


def test_an_idle_service_pays_for_two_tasks_a_balancer_and_its_addresses(findings):
    # 730 h: two tasks of 0.5 vCPU at 0.04048 and 1 GB at 0.004445, an ALB at 0.0225, two addresses at 0.005
    wanted = 730 * (2 * (0.5 * 0.04048 + 0.004445) + 0.0225 + 2 * 0.005)
    assert findings["idle_fargate"].outcome.low == pytest.approx(wanted, abs=0.01)
    assert findings["idle_lambda"].outcome.low == pytest.approx(0, abs=0.01)


def test_the_largest_rise_loses_nothing_and_a_larger_one_does(findings):
    most = findings["lambda_no_drops"].outcome.at
    brief = {"workload.spike_duration_s": 120.0}
    kept, lost = (
        float(
            evaluate(replace_at(Scenario(), {**brief, "workload.spike_factor": factor})).spike.aws_lambda.lost
        )
        for factor in (most, 2 * most)
    )
    assert kept < 1 < lost


def test_a_websocket_server_misses_a_limit_only_without_a_websocket_api(findings):
    for door, missed in (("function_url", 1), ("websocket_api", 0)):
        scenario = replace_at(Scenario(), {"workload.needs": ("websockets",), "aws_lambda.front_door": door})
        checks = fit(scenario, traffic(scenario))
        assert sum(check.platform == "aws_lambda" and not np.all(check.ok) for check in checks) == missed
    assert findings["websockets"].verdict == ONLY_IF


# --- verdicts move with what they rest on ---------------------------------------------------------------


def test_with_cheap_duration_both_cost_the_same_at_100_requests_per_second(findings):
    assert findings["equal_at_100"].verdict == ONLY_IF
    # The two bills are equal at some price of a GB-second: found here by halving, as the bill is linear in it.
    low, high = 0.0, 0.0000166667
    for _ in range(40):
        middle = (low + high) / 2
        bills = evaluate(at_prices(**{LAMBDA_DURATION: middle}))
        dearer = float(bills.aws_lambda.bill.total_usd) > float(bills.fargate.bill.total_usd)
        low, high = (low, middle) if dearer else (middle, high)
    assert check_claim("equal_at_100", at_prices(**{LAMBDA_DURATION: high})).verdict == HOLDS


def test_free_duration_makes_lambda_cheaper_below_100_requests_per_second():
    cheap = at_prices(**{LAMBDA_DURATION: 0.0})
    assert check_claim("lambda_cheaper_below", cheap).verdict == HOLDS


def test_dear_environments_make_provisioned_concurrency_cost_more(findings):
    assert findings["provisioned_costs"].verdict == ONLY_IF
    dear = at_prices(**{"lambda.provisioned_concurrency/x86_64@us-east-1": 0.00002})
    assert check_claim("provisioned_costs", dear).verdict == HOLDS


@pytest.mark.parametrize(
    ("claim", "scenario", "verdict"),
    [
        ("vpc", assuming(cold_start__vpc_s=5.0), FAILS),
        ("deploy_faster", assuming(deployment__lambda_publish_s=600.0), ONLY_IF),
        ("idle_fargate", at_prices(**{"fargate.vcpu/linux_x86_64@us-east-1": 1.0}), HOLDS),
        ("free_requests", replace_at(Scenario(), "billing.free_tier", False), FAILS),
        ("free_gb_s", replace_at(Scenario(), "billing.other_lambda_gb_s", 300_000.0), FAILS),
        ("same_network", at_prices(**{"network.public_ipv4_hour@us-east-1": 0.0}), HOLDS),
        ("utilisation", at_prices(**{LAMBDA_DURATION: 0.0001}), FAILS),
    ],
    ids=["vpc", "deploy", "idle", "no-free-tier", "shared-free-tier", "free-addresses", "dear-lambda"],
)
def test_a_verdict_follows_prices_and_assumptions(claim, scenario, verdict):
    found = check_claim(claim, scenario).verdict
    assert found == verdict or (verdict == FAILS and found == ONLY_IF and claim == "utilisation")


def test_a_missing_price_leaves_claims_about_bills_open():
    missing = replace_at(Scenario(), "billing.region", "ca-central-1")
    assert evaluate(missing).fargate.bill.total_usd is None
    assert check_claim("equal_at_100", missing).verdict == OPEN
    assert check_claim("idle_fargate", missing).verdict == OPEN
    assert check_claim("fifteen_minutes", missing).verdict == HOLDS
    for id in CLAIMS:
        check_claim(id, missing)
