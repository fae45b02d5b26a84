"""What leaves the model as JSON and Markdown: the promised layout, strict values, the same again when fed back."""

import json
import re

import numpy as np
import pytest

from model import Scenario, evaluate
from model.cost.lines import used
from model.facts import find_price, load_sources
from model.report import MODELLED, OWN_PRICE, as_dict, as_markdown, plain
from model.scenario import replace_at
from model.serialise import from_dict, to_dict


def asked(**changes):
    return evaluate(
        replace_at(Scenario(), {name.replace("__", "."): value for name, value in changes.items()})
    )


def reported(**changes):
    return as_dict(asked(**changes))


def strict(tree):
    """Through JSON and back, as a strict reader sees it."""

    def refused(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(json.dumps(tree, allow_nan=False), parse_constant=refused)


# --- layout -----------------------------------------------------------------------------------------

LATENCY = ["p50_s", "p90_s", "p95_s", "p99_s", "p999_s", "mean_s", "within_slo"]
LINE = {"item", "quantity", "unit", "unit_usd", "usd", "fact", "source", "valid_from", "checked"}
SPIKE = {"needed", "half_s", "most_s", "full_s", "lost", "lost_share", "worst_wait_s"}


def test_the_layout_is_the_promised_one():
    tree = strict(reported())
    assert list(tree) == ["scenario", "aws_lambda", "fargate", "break_even", "fit", "early_prices", "note"]
    for name in ("aws_lambda", "fargate"):
        side = tree[name]
        assert list(side)[:3] == ["bill", "latency", "cold"] and "scaling" in side
        assert {"lines", "total_usd"} <= side["bill"].keys()
        assert side["bill"]["lines"] and all(line.keys() >= LINE for line in side["bill"]["lines"])
        assert list(side["latency"]) == LATENCY
        assert {"p_cold", "environments_mean"} <= side["cold"].keys()
        assert side["scaling"].keys() >= SPIKE
    assert tree["fargate"]["scaling"].keys() >= {"first_scale_out_s", "lag_parts_s"}
    assert isinstance(tree["break_even"], list) and isinstance(tree["fit"], list)
    assert tree["break_even"][0].keys() == {"field", "value", "usd", "cheaper_below", "cheaper_above", "jump"}
    assert tree["fit"][0].keys() == {"platform", "check", "ok", "value", "limit", "unit", "fact", "text"}
    assert tree["note"] == MODELLED


def test_the_scenario_is_written_out_in_full_and_gives_the_same_report_again():
    first = reported(workload__pattern="diurnal", aws_lambda__runtime="java21", fargate__max_tasks=30)
    again = as_dict(evaluate(from_dict(strict(first)["scenario"])))
    whole = as_dict(evaluate(from_dict(strict(first))))
    assert strict(again) == strict(whole) == strict(first)
    assert first["scenario"]["workload"]["requests_per_s"] == 100
    assert first["scenario"]["aws_lambda"]["reserved_concurrency"] is None


def test_own_prices_assumptions_and_the_day_come_back_as_well():
    key = "fargate.vcpu/linux_x86_64@us-east-1"
    scenario = replace_at(
        Scenario(),
        {
            "billing.overrides": {key: 0.03},
            "billing.on": "2025-11-30",
            "assumptions": {"elb.requests_per_connection": 1.0},
        },
    )
    tree = strict(as_dict(evaluate(scenario)))
    assert from_dict(tree) == scenario
    assert {line["fact"]: line["overridden"] for line in tree["fargate"]["bill"]["lines"]}[key] is True


def test_lines_are_those_of_the_bill_and_add_up():
    comparison = asked(fargate__spot_share=0.3, aws_lambda__provisioned_concurrency=5)
    tree = strict(as_dict(comparison))
    for name in ("aws_lambda", "fargate"):
        bill, told = getattr(comparison, name).bill, tree[name]["bill"]
        assert [line["item"] for line in told["lines"]] == [line.item for line in used(bill.lines)]
        assert sum(line["usd"] for line in told["lines"]) == pytest.approx(told["total_usd"], rel=1e-12)
        assert told["total_usd"] == told["known_usd"] == pytest.approx(float(bill.total_usd))
        for line in told["lines"]:
            assert line["usd"] == pytest.approx(line["quantity"] * line["unit_usd"], rel=1e-12)


def row_of(comparison, platform, item):
    lines = strict(as_dict(comparison))[platform]["bill"]["lines"]
    return next(line for line in lines if line["item"] == item)


def test_a_line_says_who_published_its_price_since_when_and_when_it_was_checked():
    """The Fargate price of 2021-01-09, as the price file has it; a free tier is a rule without a first day."""
    vcpu = row_of(asked(), "fargate", "vCPU (Linux/x86_64)")
    price = find_price("fargate.vcpu/linux_x86_64@us-east-1")
    assert (vcpu["valid_from"], vcpu["checked"]) == (str(price.valid_from), str(price.checked))
    assert vcpu["source"] == load_sources()[price.source].publisher
    free = row_of(asked(), "aws_lambda", "Requests, free tier")
    assert free["valid_from"] is None and free["source"] and free["checked"]
    own = row_of(asked(billing__overrides={price.key: 0.03}), "fargate", "vCPU (Linux/x86_64)")
    assert own["source"] == OWN_PRICE and own["valid_from"] is own["checked"] is None


def test_the_day_picks_the_row_whose_dates_are_told():
    lines = strict(reported(fargate__spot_share=1, billing__on="2024-06-01"))["fargate"]["bill"]["lines"]
    spot = next(line for line in lines if line["item"] == "vCPU Spot (Linux/x86_64)")
    assert spot["valid_from"] == "2024-01-01"


def test_a_day_before_the_oldest_known_price_is_said():
    """Lambda's price is known since 2025-10-01: on the day before it stands in, on the day itself it does not."""
    key = "lambda.duration/x86_64@us-east-1"
    before, since = (
        strict(reported(billing__on=day))["early_prices"] for day in ("2025-09-30", "2025-10-01")
    )
    assert {"fact": key, "valid_from": "2025-10-01"} in before
    assert key not in {row["fact"] for row in since}
    assert strict(reported())["early_prices"] == []
    own = reported(billing__on="2025-09-30", billing__overrides={key: 1e-5})["early_prices"]
    assert key not in {row["fact"] for row in own}
    assert "no figure as old as that is known" in as_markdown(asked(billing__on="2025-09-30"))
    assert "no figure as old" not in as_markdown(asked())


# --- values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param(np.float64(1.5), 1.5, id="a number"),
        pytest.param(np.inf, None, id="never"),
        pytest.param(-np.inf, None, id="before ever"),
        pytest.param(np.nan, None, id="undefined"),
        pytest.param(None, None, id="unknown"),
        pytest.param(np.array([1.0, np.inf]), [1.0, None], id="an array"),
        pytest.param(np.array([[1], [2]]), [[1.0], [2.0]], id="a table"),
        pytest.param(np.bool_(True), True, id="a flag"),
        pytest.param(np.array([True, False]), [True, False], id="flags"),
        pytest.param(np.array(3.0), 3.0, id="an array without axes"),
        pytest.param("word", "word", id="a word"),
    ],
)
def test_plain_values(value, written):
    assert plain(value) == written
    json.dumps(plain(value), allow_nan=False)


def test_never_is_null():
    """A fixed service of too few tasks never serves all of the spike."""
    scaling = strict(reported(fargate__scaling="fixed", fargate__tasks=10))["fargate"]["scaling"]
    assert scaling["full_s"] is None and scaling["first_scale_out_s"] is None
    assert scaling["half_s"] == 0
    assert scaling["lag_parts_s"] == {}


def test_a_job_has_no_spike_and_no_mean_of_tasks():
    tree = strict(reported(workload__kind="job", workload__duration_s=60.0))
    assert tree["aws_lambda"]["scaling"] == tree["fargate"]["scaling"] == {}
    assert tree["fargate"]["cold"] == {"p_cold": 0, "environments_mean": None}
    assert tree["fargate"]["tasks"].keys() == {"task_hours"}
    assert all(crossing["field"] == "workload.runs_per_day" for crossing in tree["break_even"])


def test_a_missing_price_is_null_and_named_and_never_zero():
    tree = strict(reported(billing__region="ap-east-2", aws_lambda__front_door="http_api"))
    for name in ("aws_lambda", "fargate"):
        bill = tree[name]["bill"]
        assert bill["total_usd"] is None and bill["known_usd"] > 0
        unpriced = [line for line in bill["lines"] if line["usd"] is None]
        assert bill["missing"] == [line["fact"] for line in unpriced] != []
        assert all(line["unit_usd"] is None and line["quantity"] > 0 for line in unpriced)
    assert tree["break_even"] == []


def test_arrays_are_lists_in_the_report():
    tree = strict(reported(workload__requests_per_s=np.array([1.0, 100.0])))
    assert tree["scenario"]["workload"]["requests_per_s"] == [1, 100]
    assert len(tree["aws_lambda"]["bill"]["total_usd"]) == 2
    assert len(tree["fargate"]["latency"]["p99_s"]) == 2
    assert len(tree["fargate"]["scaling"]["full_s"]) == 2
    assert tree["break_even"] == []
    alone = strict(reported(workload__requests_per_s=100.0))
    assert tree["aws_lambda"]["bill"]["total_usd"][1] == pytest.approx(
        alone["aws_lambda"]["bill"]["total_usd"]
    )
    assert from_dict(tree).shape == (2,)


@pytest.mark.parametrize(
    "changes",
    [
        {"workload__pattern": "bursty"},
        {"workload__pattern": "cron", "fargate__min_tasks": 0},
        {"workload__needs": ("gpu", "websockets")},
        {"aws_lambda__reserved_concurrency": 0},
        {"fargate__scaling": "fixed", "fargate__tasks": 0},
        {"workload__kind": "job", "workload__runs_per_day": 0.0},
        {"workload__requests_per_s": 1e6},
        {"fargate__os": "windows", "fargate__vcpu": 1.0, "fargate__memory_gb": 4.0},
    ],
    ids=lambda changes: ", ".join(f"{name.split('__')[1]} {value}" for name, value in changes.items()),
)
def test_reports_of_odd_scenarios_are_strict_json_and_come_back(changes):
    first = strict(reported(**changes))
    assert strict(as_dict(evaluate(from_dict(first)))) == first
    assert as_markdown(asked(**changes))


# --- Markdown ---------------------------------------------------------------------------------------


def tables(text):
    """Rows of cells of every table, in order."""
    rows = [line.strip("| ").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows]


def test_markdown_holds_both_bills_and_their_totals():
    comparison = asked()
    text = as_markdown(comparison)
    assert text.startswith("# ") and MODELLED in text
    assert text.index("## Lambda: the month's bill") < text.index("## Fargate: the month's bill")
    totals = [row[-1].strip("*") for row in tables(text) if "Total" in row[0] and "*" in row[0]]
    expected = [f"{float(side.bill.total_usd):,.2f}" for side in (comparison.aws_lambda, comparison.fargate)]
    assert totals == expected
    for side in (comparison.aws_lambda, comparison.fargate):
        for line in used(side.bill.lines):
            assert f"| {line.item} |" in text
    first = next(row for row in tables(text) if row[0] == "Total, USD a month")
    assert first[1:] == expected
    (crossing,) = as_dict(comparison)["break_even"]
    assert f"workload.requests_per_s = {crossing['value']:.4g}" in text
    assert "Every limit known to the model is met." in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    for block in re.split(r"\n\n+", as_markdown(asked())):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1


def test_markdown_says_what_is_not_known():
    text = as_markdown(asked(billing__region="ap-east-2", aws_lambda__front_door="http_api"))
    assert "| **Total** |  |  |  | **no published figure** |" in text
    assert "None in the range searched." not in text  # nothing was searched: one bill is unknown
    assert "a price is missing" in text


def test_markdown_names_limits_that_are_not_met():
    text = as_markdown(asked(workload__needs=("websockets",)))
    assert "- Lambda: websockets." in text and "Every limit" not in text


def test_markdown_without_a_crossing_says_so():
    assert "None in the range searched." in as_markdown(asked(aws_lambda__provisioned_concurrency=200))


def test_markdown_is_for_one_scenario():
    with pytest.raises(ValueError, match="one scenario; give plain numbers"):
        as_markdown(asked(workload__requests_per_s=np.array([1.0, 2.0])))


def test_a_report_does_not_change_what_it_reports():
    comparison = asked()
    before = to_dict(comparison.scenario, all_fields=True)
    as_dict(comparison)
    as_markdown(comparison)
    assert to_dict(comparison.scenario, all_fields=True) == before
