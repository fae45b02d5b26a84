"""Does it fit? What is missed and why, each pitfall with its way out, the list of reasons."""

import numpy as np
import pytest

from model import Scenario, evaluate
from model.decide.endpoints import EXAMPLE
from model.fit import Evidence, Remedy, fit, pitfalls, quotas
from model.scenario import replace_at
from pages.ui.answers import fit as answers
from pages.ui.chart import figures_shown
from pages.ui.figures.fit import LEFT, LONGEST, margins
from tests.pages.test_pages import answer, opened, ran, to_page


def checks(**changes):
    scenario = replace_at(Scenario(), {k.replace("__", "."): v for k, v in changes.items()})
    traffic = evaluate(scenario).aws_lambda.traffic
    return fit(scenario, traffic), quotas(scenario, traffic)


# --- words ----------------------------------------------------------------------------------------


def test_what_fits_is_said_with_its_tightest_margin():
    """100/s of 20 tasks x 14.4/s each."""
    said = answers.fit(checks()[0])
    assert said == (
        "Both fit. The tightest margin is Fargate's capacity at most tasks: 35 % of it is used (100/s of 288/s)."
    )


def test_what_does_not_fit_is_named_with_both_numbers_and_the_other_side():
    said = answers.fit(checks(aws_lambda__package_mb=100)[0])
    assert said == (
        "Lambda does not fit: package, unzipped is 300 MB where 250 MB are allowed. Fargate fits."
    )


def test_a_need_is_said_with_its_reason():
    said = answers.fit(checks(workload__needs=("gpu",))[0])
    assert said.count("gpu (neither Lambda nor Fargate offers GPUs; ECS on EC2 does)") == 2


def test_a_quota_to_raise_is_a_line_of_its_own():
    hard, defaults = checks()
    assert "vCPU of a new account (10 vCPU needed, 6 vCPU granted at first)" in answers.quotas(defaults)
    assert answers.quotas(checks(fargate__max_tasks=2)[1]) == ""
    assert "vCPU of a new account" not in answers.fit(hard)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Evidence("start", 0.41, "s"), "start: 410 ms"),
        (Evidence("full capacity after", np.inf, "s"), "full capacity after: never"),
        (Evidence("share of cold requests", 0.25, "share"), "share of cold requests: 25 %"),
        (Evidence("chunks", 3, ""), "chunks: 3"),
        (Evidence("requests lost", 1200.0, "requests"), "requests lost: 1,200"),
        (Evidence("environments", 0.5, "tasks"), "environments: 0.5 tasks"),
        (Evidence("difference", -12.5, "USD a month"), "difference: $12.50 a month less"),
    ],
)
def test_evidence_is_said_in_its_unit(one, said):
    assert answers.evidence(one) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (21.9, "$21.90 a month more"),
        (-360.4, "$360 a month less"),
        (0.0, "at no extra cost"),
        (None, "no published figure for its price"),
    ],
)
def test_a_remedy_is_said_with_its_price(usd, said):
    assert answers.remedy(Remedy("a way", {}, usd)) == f"A way: {said}."


# --- figure ---------------------------------------------------------------------------------------


def test_a_bar_ends_at_the_share_in_use_and_no_bar_is_endless():
    hard, _ = checks(aws_lambda__reserved_concurrency=0)
    figure = margins(hard, "")
    ends = {
        name: base + x for bar in figure.data for name, base, x in zip(bar.y, bar.base, bar.x, strict=True)
    }
    assert ends["Memory · Lambda"] == pytest.approx(170 / 1024)
    assert ends["Concurrency at peak · Lambda"] == pytest.approx(LONGEST), "infinitely over"
    assert min(ends.values()) > LEFT
    assert figure.layout.xaxis.type == "log"


def test_the_default_quotas_are_paler_than_the_limits():
    hard, defaults = checks()
    colours = {bar.name: bar.marker.color for bar in margins([*hard, *defaults], "").data}
    assert colours["Fargate, default quota"] != colours["Fargate, hard limit"]


# --- page -----------------------------------------------------------------------------------------


def test_the_page_says_what_is_missed():
    app = opened("fit", {"workload.db_connections_limit": 40})
    assert "database connections" in answer(app) and "46 connections where 40" in answer(app)
    assert any("RDS Proxy" in text.value for text in app.main.markdown)


def test_a_remedy_is_taken_by_its_button_and_the_pitfall_is_gone():
    app = opened("fit", {"workload.spike_factor": 1.3, "fargate.scaling": "fixed", "fargate.tasks": 30})
    assert any("More tasks than the traffic needs" in text.value for text in app.main.markdown)
    ran(app.button(key="remedy over_provisioned 0").click().run())
    assert app.session_state["scenario"].fargate.scaling == "target_tracking"
    assert not any(text.value.startswith("**More tasks") for text in app.main.markdown)


def test_a_database_limit_typed_into_the_sidebar_moves_the_answer():
    app = opened("fit")
    before = answer(app)
    app.session_state["workload.db_connections_limit"] = 30
    ran(app.run())
    assert answer(app) != before and "30 connections" in answer(app)


def test_the_reasons_for_both_are_open_until_there_is_a_table_of_endpoints():
    app = opened("fit")
    open_before = sum(text.value.startswith("- **open**") for text in app.main.markdown)
    to_page(app, "split")
    to_page(app, "fit")
    open_after = sum(text.value.startswith("- **open**") for text in app.main.markdown)
    assert open_before - open_after == 3
    assert app.session_state["good endpoint rows"][0]["name"] == EXAMPLE[0]["name"]


@pytest.mark.parametrize("changes", [{}, {"workload.kind": "job", "workload.runs_per_day": 0}], ids=str)
def test_every_pitfall_and_reason_has_words(changes):
    scenario = replace_at(Scenario(), changes)
    for one in pitfalls(evaluate(scenario)):
        assert answers.TITLES[one.pitfall] and answers.pitfall(one).endswith(".")
    assert set(figures_shown(opened("fit", changes))) == {"fit_margins"}
