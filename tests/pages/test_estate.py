"""Which services should move? The example, an upload, a table that cannot be used, and what the page says."""

import pytest

from model.fleet.estate import savings, totals
from model.fleet.generate import example_estate
from model.fleet.judge import blocks, judge
from model.fleet.mapping import suggested
from model.fleet.read import services
from model.fleet.services import estate_base
from model.scenario import Scenario
from model.serialise import from_params, to_params
from pages.ui import estate_run
from pages.ui.answers import estate as answers
from pages.ui.chart import figures_shown
from pages.ui.estate_list import as_link
from pages.ui.estate_table import _TABLE, Table
from tests.pages.test_pages import answer, opened, ran


def judged(table):
    import pandas as pd

    found = services(table, suggested(list(table.columns)), estate_base(Scenario()))
    return found, pd.concat([judge(found, rows) for rows in blocks(found)], ignore_index=True)


def test_the_example_is_marked_and_answers_at_once():
    app = opened("estate")
    assert "Of 300 services these should move:" in answer(app)
    assert any("nobody runs them" in caption.value for caption in app.main.caption)
    assert set(figures_shown(app)) == {"estate_sums", "estate_savings", "estate_scatter"}
    assert len(app.main.dataframe[0].value) == 300


def test_filters_leave_what_they_say():
    app = opened("estate")
    app.selectbox(key="estate best").select("Fargate")
    ran(app.run())
    assert set(app.main.dataframe[0].value["Best"]) == {"Fargate"}


def test_an_upload_is_judged_and_its_bad_row_listed():
    app = opened("estate")
    app.session_state[_TABLE] = Table(b"name,requests_per_s,slo_p99_s\n=a,0.01,5\nb,many,5\n", "mine.csv")
    ran(app.run())
    assert answer(app).startswith("Best placed is 1 service on Lambda.")
    assert any("1 row could not be used" in one.label for one in app.main.expander)


def test_a_large_table_goes_on_block_by_block_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr(estate_run, "AT_ONCE", 10)
    app = opened("estate")
    assert any(button.label == "Stop" for button in app.main.button)
    ran(next(button for button in app.main.button if button.label == "Stop").click().run())
    assert any("Stopped:" in warning.value for warning in app.main.warning)


def test_a_link_holds_the_service():
    found, _ = judged(example_estate(5))
    back, notices = from_params(to_params(as_link(found, 2)))
    assert back == found.one(2) and not notices


def test_the_answer_names_the_moves_and_both_totals():
    _, table = judged(example_estate(60))
    found = totals(table)
    said = answers.moving(found)
    assert f"{found.to_lambda:,} to Lambda" in said and f"today it is ${found.today_usd:,.0f}" in said
    assert answers.savings_title(savings(table)).startswith(f"The first {savings(table).first(0.8)} of")


@pytest.mark.parametrize(("best", "said"), [("aws_lambda", "Lambda"), ("fargate", "Fargate")])
def test_one_side_for_all_is_said(best, said):
    _, table = judged(example_estate(10))
    table["best"] = best
    assert answers.scatter_title(totals(table)) == f"Every service that fits is best on {said}"
