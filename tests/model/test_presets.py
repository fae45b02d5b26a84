"""Example workloads: each sets everything, is complete in N. Virginia and says something of its own."""

import pytest

from model import Scenario, evaluate, replace_at
from model.decide.verdict import verdict
from model.presets import chosen_preset, load_presets

PRESETS = load_presets()


def test_the_six_workloads_are_there_the_article_first() -> None:
    assert list(PRESETS) == ["article", "webhooks", "nightly_reports", "thumbnails", "chat", "campaign"]
    assert PRESETS["article"].scenario == Scenario()
    assert all(preset.title and preset.says.endswith(".") for preset in PRESETS.values())


@pytest.mark.parametrize("id", PRESETS)
def test_a_preset_has_every_price_and_a_choice_in_us_east_1(id: str) -> None:
    comparison = evaluate(PRESETS[id].scenario)
    assert not comparison.aws_lambda.bill.missing and not comparison.fargate.bill.missing
    assert verdict(comparison).choice is not None


def test_presets_answer_differently() -> None:
    """What one knows of each: calls in between favour a function, steady load and open connections tasks."""
    found = {id: verdict(evaluate(preset.scenario)) for id, preset in PRESETS.items()}
    assert {id: one.choice for id, one in found.items()} == {
        "article": "fargate",
        "webhooks": "aws_lambda",
        "nightly_reports": "fargate",
        "thumbnails": "fargate",
        "chat": "fargate",
        "campaign": "aws_lambda",
    }
    assert found["webhooks"].usd["aws_lambda"] < 10  # type: ignore[operator]
    assert found["nightly_reports"].unmet["aws_lambda"]  # a slow report takes longer than 15 minutes
    assert not found["campaign"].meets_slo["fargate"]  # tasks come too late, although they are cheaper
    assert found["campaign"].cheaper == "fargate"
    assert len({tuple(one.usd.values()) for one in found.values()}) == len(PRESETS)


@pytest.mark.parametrize("id", PRESETS)
def test_a_preset_leaves_region_prices_and_assumptions_alone_and_is_recognised(id: str) -> None:
    own = replace_at(
        Scenario(),
        {
            "billing.region": "eu-central-1",
            "billing.free_tier": False,
            "assumptions": {"task_start.provision_s": 12.0},
            "workload.requests_per_s": 7.0,
        },
    )
    applied = PRESETS[id].applied_to(own)
    assert (applied.billing, applied.assumptions) == (own.billing, own.assumptions)
    assert applied.workload == PRESETS[id].scenario.workload
    assert chosen_preset(applied) is PRESETS[id]


def test_a_changed_preset_is_none_any_more() -> None:
    changed = replace_at(PRESETS["chat"].scenario, "workload.requests_per_s", 201.0)
    assert chosen_preset(changed) is None
