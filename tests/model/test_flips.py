"""What turns the verdict round, checked by asking on both sides of the value."""

import pytest

from model import Scenario, evaluate
from model.decide.break_even import break_even
from model.decide.crossings import memory_beside, stepped
from model.decide.flips import FIELDS, MOST_FLIPS, PRICES, WIDEST, flip_fields, flips
from model.decide.verdict import verdict
from model.facts import load_prices
from model.scenario import replace_at

CASES = {
    "default": {},
    "cost decides": {"workload.requests_per_s": 1.0, "workload.slo_p99_s": 5.0},
    "the level decides": {"workload.slo_p99_s": 0.7},
    "nobody meets it": {"workload.slo_p99_s": 0.3},
    "day and night": {"workload.pattern": "diurnal", "fargate.max_tasks": 50},
    "fixed tasks": {"fargate.scaling": "fixed", "fargate.tasks": 10},
    "a job": {"workload.kind": "job", "workload.duration_s": 600.0},
    "a short job": {"workload.kind": "job", "workload.duration_s": 60.0},
}


def choice(scenario):
    return verdict(evaluate(scenario)).choice


def around(scenario, flip):
    """The scenario just before a flip and just after it."""
    if flip.price:
        keys = {
            price.key: price.usd for price in load_prices() if price.id == flip.path and price.usd is not None
        }
        for step in (-1, 1):
            times = flip.value * (1 + step * 2e-3 * (1 if flip.rises else -1))
            yield replace_at(scenario, "billing.overrides", {key: usd * times for key, usd in keys.items()})
        return
    if stepped(flip.path):
        step = 1 if flip.rises else -1
        before, after = flip.value - step, flip.value
        if flip.path == "fargate.vcpu":
            before = scenario.fargate.vcpu
    else:
        share = 1.003 if flip.rises else 1 / 1.003
        before, after = flip.value / share, flip.value * share
    for value in (before, after):
        changes = {flip.path: value}
        if flip.path == "fargate.vcpu":
            changes["fargate.memory_gb"] = memory_beside(scenario, value)
        yield replace_at(scenario, changes)


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_on_one_side_of_a_flip_the_verdict_is_as_now_and_on_the_other_as_told(changes):
    scenario = replace_at(Scenario(), changes)
    found = flips(scenario)
    assert 0 < len(found) <= MOST_FLIPS
    for flip in found:
        before, after = around(scenario, flip)
        assert choice(before) == choice(scenario) != choice(after) == flip.choice
        assert flip.rises == (flip.value > flip.present)


def test_flips_come_nearest_first_and_are_of_different_things():
    for changes in CASES.values():
        found = flips(replace_at(Scenario(), changes))
        assert [flip.distance for flip in found] == sorted(flip.distance for flip in found)
        assert len({(flip.path, flip.price) for flip in found}) == len(found)


def test_where_money_decides_over_traffic_it_is_the_break_even():
    scenario = replace_at(Scenario(), CASES["cost decides"])
    flip = next(flip for flip in flips(scenario) if flip.path == "workload.requests_per_s")
    (crossing,) = break_even(scenario)
    assert flip.value == pytest.approx(crossing.value, rel=2e-3)
    assert (flip.reason, flip.platform, flip.rises, flip.choice) == ("cost", "", True, "fargate")


def test_a_price_flips_where_its_line_makes_up_the_gap():
    """Default: Lambda is dearer by the gap. Fargate's vCPU line has to grow by it."""
    scenario = replace_at(Scenario(), {"workload.slo_p99_s": 20.0, "workload.cpu_share": 0.3})
    decided = evaluate(scenario)
    gap = decided.aws_lambda.bill.total_usd - decided.fargate.bill.total_usd
    spent = sum(line.usd for line in decided.fargate.bill.lines if line.fact.startswith("fargate.vcpu/"))
    prices = [flip for flip in flips(scenario) if flip.price and flip.path == "fargate.vcpu"]
    for flip in prices:
        assert flip.value == pytest.approx(1 + gap / spent)


def test_a_level_that_is_missed_names_whose():
    flip = next(flip for flip in flips(Scenario()) if flip.reason == "level")
    assert flip.platform == "fargate" and flip.choice == "aws_lambda"


def test_a_limit_can_flip_it():
    found = flips(replace_at(Scenario(), CASES["a short job"]))
    assert any((flip.reason, flip.platform) == ("limit", "aws_lambda") for flip in found)


def test_nothing_flips_what_no_number_can_change():
    assert flips(replace_at(Scenario(), "workload.needs", ("gpu",))) == ()


def test_without_all_prices_there_is_nothing_to_flip():
    assert flips(replace_at(Scenario(), "billing.region", "ap-east-2")) == ()


def test_the_fields_tried_are_those_that_play_a_part():
    assert "workload.peak_to_mean" not in flip_fields(Scenario())
    assert "workload.peak_to_mean" in flip_fields(replace_at(Scenario(), "workload.pattern", "diurnal"))
    assert "fargate.tasks" in flip_fields(replace_at(Scenario(), "fargate.scaling", "fixed"))
    assert "workload.slo_p99_s" not in flip_fields(replace_at(Scenario(), "workload.kind", "job"))
    assert set(FIELDS) <= set(flip_fields(Scenario())) and WIDEST > 1 and PRICES
