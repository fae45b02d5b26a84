"""Split it? The table in and out, the last good one kept, what the mixes say."""

import numpy as np
import pytest

from model import Scenario
from model.decide.endpoints import EXAMPLE, endpoints
from model.decide.hybrid import split
from model.decide.overflow import overflow
from model.scenario import replace_at
from pages.ui import endpoint_table
from pages.ui.answers import split as answers
from pages.ui.chart import figures_shown
from pages.ui.figures.split import mix_bars, overflow_curve
from tests.pages.test_pages import answer, opened, ran, to_page


def placed(*rows, **base):
    scenario = replace_at(Scenario(), {k.replace("__", "."): v for k, v in base.items()})
    return split(endpoints(scenario, rows or EXAMPLE)[0])


def pasted(app, text):
    app.text_area(key="endpoint text").set_value(text)
    return ran(next(b for b in app.main.button if b.label == "Use the pasted table").click().run())


# --- words ----------------------------------------------------------------------------------------


def test_a_split_is_said_with_where_each_goes_and_what_it_saves():
    found = placed()
    said = answers.split(found)
    assert said.startswith("Split: ") and "users" in said
    pure = found.better_pure
    assert f"${pure.usd:,.0f}" in said and f"${found.best.usd:,.0f}" in said


def test_nothing_to_split_says_so():
    said = answers.split(placed({"name": "a", "requests_per_s": 0.01, "slo_p99_s": 5}))
    assert said.startswith("Do not split: all on Lambda costs")


def test_what_fits_nowhere_is_said():
    said = answers.split(placed({"name": "g*p*u", "needs": "gpu"}, {"name": "plain"}))
    assert "Neither platform alone works" in said and r"On neither side g\*p\*u meets what is wanted" in said


def test_a_missing_price_is_said():
    assert answers.split(placed({"name": "a"}, fargate__metric_period_s=20)).startswith("A price is missing")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"workload.requests_per_s": 0.01, "workload.slo_p99_s": 5},
            "the best baseline is none: all on Lambda",
        ),
        ({}, "carries the peak"),
        ({"workload.pattern": "diurnal", "workload.peak_to_mean": 4}, "of the requests on Lambda"),
        ({"workload.slo_p99_s": 0.1}, "No baseline of tasks"),
        ({"billing.region": "mx-central-1"}, "a price is missing"),
    ],
)
def test_a_baseline_is_said_in_a_sentence(changes, said):
    found = overflow(replace_at(Scenario(), changes))
    assert said in answers.overflow("a", found) and answers.overflow("a", found).endswith(".")


# --- figures --------------------------------------------------------------------------------------


def test_the_segments_of_a_bar_add_up_to_its_mix():
    found = placed()
    mixes = answers.mixes(found)
    figure = mix_bars(tuple(one.name for one in found.endpoints), mixes, "")
    for index, mix in enumerate(mixes.values()):
        assert sum(bar.x[index] for bar in figure.data) == pytest.approx(mix.usd)
    assert len(figure.data) == len(found.endpoints) + 1
    assert figure.layout.barmode == "stack"


def test_a_name_is_text_in_the_chart_and_no_tag():
    found = placed({"name": "<b>%{x}</b>"})
    (bar, _) = mix_bars(("<b>%{x}</b>",), answers.mixes(found), "").data
    assert "<b>" not in bar.hovertemplate.split("<br>")[0] and "<b>" not in bar.text[0]


def test_the_curve_rings_the_best_level():
    found = overflow(replace_at(Scenario(), {"workload.pattern": "diurnal", "workload.peak_to_mean": 4}))
    figure = overflow_curve(found, "")
    ring = next(trace for trace in figure.data if trace.name == "Best level")
    assert ring.x[0] == found.tasks[found.best] and ring.y[0] == found.usd.min()
    assert np.array_equal(figure.data[0].y, found.usd)


# --- page -----------------------------------------------------------------------------------------


def test_a_pasted_table_takes_the_place_of_the_example_and_outlives_a_change_of_page():
    app = opened("split")
    pasted(app, "name\trequests_per_s\tduration_s\nsearch\t20\t0.15\nmail\t0.5\t1")
    assert "search" in answer(app) and "users" not in answer(app)
    to_page(app, "cost")
    to_page(app, "split")
    assert "search" in answer(app)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("name,duration_s\nsearch,fast", "Row 1 (search), duration_s: 'fast' is not allowed"),
        ("name,duration_s\nsearch,-1", "a number from 0.001"),
        ("name,price\nsearch,1", "no such column"),
        ("<script>alert(1)</script>", "The first line must name columns"),
    ],
)
def test_a_bad_paste_says_why_and_the_table_stays(text, said):
    app = opened("split")
    before = answer(app)
    pasted(app, text)
    plain = " ".join(one.value for one in app.error).replace("\\", "").replace("\u2060", "")
    assert said in plain and "stays as it" in plain
    assert answer(app) == before


def test_the_last_good_table_counts_while_a_row_is_wrong():
    app = opened("split")
    before = answer(app)
    app.session_state["endpoint rows"] = [{"name": "search", "requests_per_s": -5.0}]
    app.session_state["endpoint round"] = 1
    ran(app.run())
    plain = app.error[0].value.replace("\\", "").replace("\u2060", "")
    assert "Row 1 (search), requests_per_s: '-5.0' is not allowed" in plain
    assert answer(app) == before and figures_shown(app)


def test_an_empty_table_waits_for_a_row():
    app = opened("split")
    app.session_state["endpoint rows"] = []
    app.session_state["endpoint round"] = 1
    ran(app.run())
    assert app.warning and figures_shown(app)


def test_the_example_comes_back_at_a_click():
    app = opened("split")
    before = answer(app)
    pasted(app, "name,requests_per_s\nsearch,20")
    ran(next(b for b in app.main.button if b.label == "The example again").click().run())
    assert answer(app) == before


def test_a_hostile_name_is_shown_as_typed():
    app = opened("split")
    pasted(app, "name,requests_per_s\n[x](http://evil) $a$ **b**,20")
    assert "[x](" not in app.main.markdown[0].value


def test_a_row_follows_the_controls_where_its_cell_is_empty():
    app = opened("split")
    pasted(app, "name,requests_per_s\nsearch,20")
    before = answer(app)
    app.session_state["workload.duration_s"] = 2.0
    ran(app.run())
    assert answer(app) != before


@pytest.mark.parametrize("size", [0, 1, 3])
def test_every_column_of_the_table_has_one_type_however_many_rows(size):
    frame = endpoint_table._frame([{"name": f"e{i}"} for i in range(size)])
    assert frame["requests_per_s"].dtype == "float64" and len(frame) == size
    assert endpoint_table._rows(frame) == [{"name": f"e{i}"} for i in range(size)]
