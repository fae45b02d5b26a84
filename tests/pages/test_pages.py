"""Every page through AppTest: what it shows, what moves it, and what it does with odd settings.

Expected values are the test's own inputs, sums written out here, or two places on screen that must agree.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from model.facts import load_prices
from model.fields import ChoiceField, FlagField, NumberField
from model.scenario import PATTERNS, Scenario, replace_at, vocabulary
from model.serialise import repaired, to_params
from pages.ui import control_steps, controls, page, words
from pages.ui.chart import figures_shown
from pages.ui.fold import fold_key
from pages.ui.pages import PAGES
from tests.pages.sidebar import unfold

APP = Path(__file__).parents[2] / "app.py"
TITLES = {stem: title for titles in PAGES.values() for stem, title in titles.items()}
CHARTS: dict[str, tuple[str, ...]] = {
    "which_one": ("which_cost", "which_latency", "which_spike"),
    "cost": ("cost_curves", "cost_lines"),
    "cold_start": ("start_parts", "survival", "first_request", "cold_share", "cold_p99", "runtimes"),
    "spike": ("spike_timeline", "spike_lags"),
    "replay": ("replay_timeline", "replay_worst"),
    "split": ("split_mixes", "split_overflow"),
    "estate": ("estate_sums", "estate_savings", "estate_scatter"),
    "fit": ("fit_margins",),
    "sure": ("sure_spread", "sure_converged", "sure_tornado", "sure_first"),
    "rollout": ("rollout_fargate", "rollout_aws_lambda"),
    "present": (),
    "article": ("claims",),
    "sources": (),
    "accuracy": ("accuracy_pool", "accuracy_times"),
}
MODELLED = [stem for stem in TITLES if stem not in ("sources", "present", "accuracy")]
BAD_WORD = re.compile(r"\b(nan|NaN|inf|None|NaT|True|False)\b|e[+-]\d\d\b|[{}]|\.\d{7,}")
AN_HOUR = "azure_llm_code_2023_hour"
"""The shortest recording. A week takes a hundred times as long to play, and is played where the week is the matter."""
EVIDENCE = ("How this is computed", "Numbers used")
RUNTIMES = ("java21", "nodejs22x", "python313", "rust_on_provided_al2023")


def opened(stem: str, settings: Mapping[str, Any] | None = None) -> AppTest:
    """A page under a link to the article's example with other settings, its evidence unfolded."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    for title in EVIDENCE:
        app.session_state[fold_key(title)] = True
    for name, text in to_params(replace_at(Scenario(), settings or {})).items():
        app.query_params[name] = text
    return ran(app.switch_page(f"pages/{stem}.py").run())


def visit(settings: Mapping[str, Any]) -> Iterator[tuple[str, AppTest]]:
    """Page after page under the same settings, with what only takes longer cut short: the recording, the draws."""
    app = opened("which_one", {"workload.trace": AN_HOUR, **settings})
    app.session_state["last range_draws"] = 1_000
    for stem in MODELLED:
        yield stem, to_page(app, stem)


def to_page(app: AppTest, stem: str) -> AppTest:
    """Another page of the same visit, by the menu, which leads to bare addresses."""
    app.query_params.clear()
    return ran(app.switch_page(f"pages/{stem}.py").run())


def ran(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def answer(app: AppTest) -> str:
    """The answer under the title, without Markdown."""
    found = [text.value for text in app.main.markdown if text.value.startswith("## ")]
    assert len(found) == 1
    return found[0].removeprefix("## ").replace("\\", "")


def tables(app: AppTest) -> list[pd.DataFrame]:
    return [table.value for table in (*app.main.table, *app.main.dataframe)]


def said(app: AppTest) -> list[str]:
    """All that the page says outside of its tables of facts: answer, key figures, side by side, chart words."""
    texts = [answer(app), *(f"{metric.label} {metric.value}" for metric in app.metric)]
    texts += [str(cell) for table in app.main.table for cell in table.value.to_numpy().ravel()]
    for figure in figures_shown(app).values():
        layout = figure["layout"]
        texts += [layout["title"]["text"], *(note["text"] for note in layout.get("annotations", ()))]
        texts += [
            axis["title"]["text"]
            for name, axis in layout.items()
            if re.match("[xy]axis", name) and axis.get("title", {}).get("text")
        ]
        texts += [label for trace in figure["data"] for label in trace.get("text", ()) if label]
        texts += [trace["name"] for trace in figure["data"]]
    return texts


def assert_reads_well(app: AppTest) -> None:
    odd = [text for text in said(app) if BAD_WORD.search(text)]
    assert not odd
    assert all(said(app))


def data(values: Any) -> np.ndarray:
    """A trace's values, as Plotly sends them."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    return np.array(values, dtype=float)


def dollars(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))


def of_metric(app: AppTest, label: str) -> str:
    return next(metric.value.replace("\\", "") for metric in app.metric if metric.label == label)


# --- what every page has --------------------------------------------------------------------------


def test_every_page_has_its_charts_listed_here() -> None:
    assert CHARTS.keys() == TITLES.keys()


@pytest.mark.parametrize("stem", TITLES)
def test_a_page_has_question_answer_charts_and_evidence(stem: str) -> None:
    app = opened(stem)
    assert [title.value for title in app.title] == [TITLES[stem]]
    assert re.search(r"\d", answer(app)) and answer(app).endswith(".")
    assert set(figures_shown(app)) == set(CHARTS[stem])
    assert_reads_well(app)
    assert not (app.warning or app.error or app.toast)
    if stem not in ("sources", "present"):
        evidence = {box.label: box for box in app.main.expander}
        assert tuple(evidence)[-2:] == EVIDENCE
        assert evidence["How this is computed"].markdown[0].value.startswith("##### ")
        numbers = evidence["Numbers used"].dataframe[0].value
        assert {"Source", "Checked", "Kind"} <= set(numbers.columns) and len(numbers)


@pytest.mark.parametrize("stem", [*MODELLED, "accuracy"])
def test_every_chart_says_its_finding_and_names_its_axes(stem: str) -> None:
    for key, figure in figures_shown(opened(stem)).items():
        layout = figure["layout"]
        assert layout["title"]["text"], key
        assert any(
            axis.get("title", {}).get("text") for name, axis in layout.items() if name.startswith("xaxis")
        ), key
        assert len(figure["data"]) >= 1


def test_sources_says_as_many_prices_as_the_book_has() -> None:
    app = opened("sources")
    known = sum(price.usd is not None for price in load_prices())
    assert answer(app).startswith(f"{known:,} prices in 34 Regions")
    assert [tab.label for tab in app.tabs] == [
        "Prices",
        "Limits and rules",
        "Assumptions",
        "Disagreements",
        "Sources",
    ]
    assert all(len(table) for table in tables(app))
    shown = app.tabs[3].dataframe[0].value
    assert list(shown.columns) == ["About", "Figures", "Used here"]


def test_the_price_table_follows_the_region() -> None:
    app = opened("sources")
    before = app.tabs[0].dataframe[0].value
    ran(app.selectbox(key="billing.region").set_value("eu-central-1").run())
    after = app.tabs[0].dataframe[0].value
    vcpu = "fargate.vcpu (linux_x86_64)"
    # AWS's price lists: 0.04048 in N. Virginia, 0.04656 in Frankfurt.
    amounts = [table.set_index("Price").loc[vcpu, "Amount"] for table in (before, after)]
    assert amounts == ["$0.04048", "$0.04656"]


# --- a slider moves an answer ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stem", "path", "value"),
    [
        ("which_one", "workload.requests_per_s", 2.0),
        ("cost", "workload.duration_s", 0.5),
        ("cold_start", "workload.requests_per_s", 0.1),
        ("spike", "fargate.max_tasks", 10),
        ("replay", "fargate.max_tasks", 10),
    ],
)
def test_one_slider_moves_answer_and_charts(stem: str, path: str, value: float) -> None:
    app = opened(stem)
    before, figures = answer(app), figures_shown(app)
    ran(app.select_slider(key=path).set_value(value).run())
    assert answer(app) != before
    moved = [key for key, figure in figures_shown(app).items() if figure != figures[key]]
    assert (
        set(moved)
        >= {
            "which_one": {"which_cost", "which_latency", "which_spike"},
            "cost": {"cost_curves", "cost_lines"},
            "cold_start": {"survival", "cold_share"},
            "spike": {"spike_timeline"},
            "replay": {"replay_timeline"},
        }[stem]
    )
    ran(app.select_slider(key=path).set_value(controls._DEFAULTS[path]).run())
    assert (answer(app), figures_shown(app)) == (before, figures)


def test_the_cost_chart_marks_the_traffic_of_the_slider() -> None:
    app = opened("cost")
    ran(app.select_slider(key="workload.requests_per_s").set_value(500.0).run())
    lines = {shape["x0"] for shape in figures_shown(app)["cost_curves"]["layout"]["shapes"]}
    assert 500 in lines


def test_the_bars_of_a_bill_add_up_to_its_total_and_to_the_lines_below() -> None:
    app = opened("cost", {"workload.requests_per_s": 37, "aws_lambda.front_door": "http_api"})
    bars = figures_shown(app)["cost_lines"]["data"]
    for name, table in zip(("Lambda", "Fargate"), app.main.dataframe, strict=False):
        *lines, own, common, total = [dollars(text) for text in table.value["A month"]]
        assert table.value["Item"].tolist()[-1] == "Total"
        assert own == pytest.approx(sum(lines), abs=0.005 * len(lines) + 0.005)
        assert total == pytest.approx(own + common, abs=0.011)
        *shared, sum_ = [dollars(text) for text in app.main.dataframe[2].value["A month"]]
        assert common == sum_ == pytest.approx(sum(shared), abs=0.005 * len(shared) + 0.005)
        bar = sum(data(trace["x"]).sum() for trace in bars if list(trace["y"]) == [name])
        assert bar == pytest.approx(total, abs=0.005)
        assert dollars(of_metric(app, f"{name}, a month")) == pytest.approx(total, abs=0.5)
        # 37 requests/s for 730 hours are 97.236 million requests.
        millions = dollars(of_metric(app, f"{name}, a million requests"))
        assert millions == pytest.approx(total / 97.236, abs=0.005)


def test_break_even_in_the_answer_is_where_the_curves_of_the_chart_cross() -> None:
    app = opened("cost")
    drawn = {trace["name"]: trace for trace in figures_shown(app)["cost_curves"]["data"]}
    of_lambda, of_fargate, points = (drawn[name] for name in ("Lambda", "Fargate", "Break-even"))
    at = float(re.search(r"cross at ([\d.]+) requests/s", answer(app))[1])  # type: ignore[index]
    x = data(of_lambda["x"])
    cheaper = data(of_lambda["y"]) < data(of_fargate["y"])
    assert cheaper[x < at * 0.99].all() and not cheaper[x > at * 1.01].any()
    assert data(points["x"]) == pytest.approx([at], rel=0.005)
    assert data(points["y"]) == pytest.approx(np.interp([at], x, data(of_fargate["y"])), rel=0.02)


def test_the_spike_chart_peaks_at_rate_times_factor() -> None:
    app = opened("spike", {"workload.requests_per_s": 40, "workload.spike_factor": 3})
    arriving = figures_shown(app)["spike_timeline"]["data"][0]
    assert arriving["name"] == "Arriving"
    assert data(arriving["y"]).max() == pytest.approx(120)  # 40 * 3
    assert answer(app).startswith("When 40 requests/s become 120 requests/s, ")


def test_the_spike_page_plays_the_chosen_metric_period_and_tells_of_both() -> None:
    slow, fast = (opened("spike", {"fargate.metric_period_s": period}) for period in (60, 20))
    assert answer(slow) == answer(fast)
    for app, period in ((slow, 60), (fast, 20)):
        after = of_metric(app, "Fargate has enough after")
        assert re.search(rf"with {period}-second metrics [^;]*after {after} ", answer(app))


def test_parts_of_the_cold_start_add_up_to_the_sum_in_the_title() -> None:
    app = opened("cold_start", {"aws_lambda.vpc": True, "aws_lambda.package_mb": 100})
    parts = figures_shown(app)["start_parts"]
    total_s = sum(data(trace["x"]).sum() for trace in parts["data"])
    assert parts["layout"]["title"]["text"].endswith(f" of {words.seconds(total_s)}")


def test_the_chosen_runtime_is_picked_out_among_all() -> None:
    app = opened("cold_start", {"aws_lambda.runtime": "java21"})
    medians = figures_shown(app)["runtimes"]["data"][1]
    large = [name for name, size in zip(medians["y"], medians["marker"]["size"], strict=True) if size > 10]
    assert large == ["Java 21"]


def test_side_by_side_repeats_the_answer() -> None:
    app = opened("which_one")
    table = app.main.table[0].value
    assert list(table.columns) == ["Lambda", "Fargate"]
    for name in table.columns:
        assert table.loc["Bill a month", name] in answer(app)


# --- the cost page's other views ------------------------------------------------------------------

TABS = {
    "The bill": ("cost_lines",),
    "A million requests": ("cost_busy",),
    "Memory": ("cost_memory",),
    "Over two settings": ("cost_map",),
    "Regions": ("cost_regions",),
}


COLD_TABS = {
    "Traffic": ("cold_share", "cold_p99"),
    "Memory": ("cold_share", "cold_p99"),
    "Package size": ("cold_share", "cold_p99"),
    "Keep-alive": ("cold_share", "cold_p99"),
    "Provisioned concurrency": ("provisioned_cost", "provisioned_colds"),
    "Size of the pool": ("pool_sizes",),
}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"workload.kind": "job"},
        {"workload.requests_per_s": 0.01, "aws_lambda.keep_alive_s": 600},
        {"aws_lambda.reserved_concurrency": 5, "workload.slo_p99_s": 0.1},
        {"workload.pattern": "on_off", "aws_lambda.invocation": "async", "aws_lambda.package": "image"},
    ],
    ids=str,
)
def test_only_the_open_tab_of_the_cold_start_page_is_computed(settings: Mapping[str, Any]) -> None:
    app = opened("cold_start", settings)
    always = {"start_parts", "survival", "first_request", "runtimes"}
    for tab, charts in COLD_TABS.items():
        app.session_state["cold_tab"] = tab
        ran(app.run())
        assert set(figures_shown(app)) == always | set(charts), tab
        assert_reads_well(app)


def test_throttles_are_told_on_the_cold_start_page() -> None:
    assert not opened("cold_start").warning
    text = opened("cold_start", {"aws_lambda.reserved_concurrency": 5}).warning[0].value
    assert "429" in text and "5 environments" in text


def in_tab(tab: str, settings: Mapping[str, Any] | None = None) -> AppTest:
    """The cost page with one of its tabs open."""
    app = opened("cost", settings)
    app.session_state["cost_tab"] = tab
    return ran(app.run())


@pytest.mark.parametrize(
    "settings", [{}, {"workload.kind": "job"}, {"billing.region": "mx-central-1"}], ids=str
)
def test_only_the_open_tab_is_computed_and_it_reads_well(settings: Mapping[str, Any]) -> None:
    app = opened("cost", settings)
    for tab, charts in TABS.items():
        app.session_state["cost_tab"] = tab
        ran(app.run())
        priceless = tab == "Over two settings" and "billing.region" in settings
        assert set(figures_shown(app)) == {"cost_curves", *(() if priceless else charts)}, tab
        assert bool(app.info) == priceless
        assert_reads_well(app)


def test_the_map_follows_the_two_fields_chosen_and_remembers_them() -> None:
    app = in_tab("Over two settings")
    axes = figures_shown(app)["cost_map"]["layout"]
    assert (axes["xaxis"]["title"]["text"], axes["yaxis"]["title"]["text"]) == (
        "Requests per second",
        "Handler time",
    )
    ran(app.selectbox(key="map_x").set_value("fargate.vcpu").run())
    ran(app.selectbox(key="map_y").set_value("aws_lambda.memory_mb").run())
    axes = figures_shown(app)["cost_map"]["layout"]
    assert (axes["xaxis"]["title"]["text"], axes["yaxis"]["title"]["text"]) == (
        "Fargate vCPU",
        "Lambda memory",
    )
    for tab in ("The bill", "Over two settings"):
        app.session_state["cost_tab"] = tab
        ran(app.run())
    assert figures_shown(app)["cost_map"]["layout"]["xaxis"]["title"]["text"] == "Fargate vCPU"


def test_fields_that_play_no_part_are_not_offered_for_the_map() -> None:
    offered = in_tab("Over two settings").selectbox(key="map_x").options
    assert "Requests per second" in offered and "Job runs per day" not in offered
    assert "Burstiness" not in offered
    offered = in_tab("Over two settings", {"workload.kind": "job"}).selectbox(key="map_x").options
    assert "Job runs per day" in offered and "Requests per second" not in offered


def test_the_map_marks_the_sliders_values() -> None:
    app = in_tab("Over two settings", {"workload.requests_per_s": 30, "workload.duration_s": 0.5})
    now = next(trace for trace in figures_shown(app)["cost_map"]["data"] if trace["name"] == "now")
    assert (data(now["x"])[0], data(now["y"])[0]) == (30, 0.5)


def test_regions_repeat_the_totals_of_the_answer_and_list_all_34() -> None:
    app = in_tab("Regions", {"billing.region": "eu-central-1"})
    table = app.main.dataframe[0].value.set_index("Region")
    assert len(table) == 34
    here = table.loc["Frankfurt (eu-central-1)"]
    for name in ("Lambda", "Fargate"):
        assert dollars(of_metric(app, f"{name}, a month")) == pytest.approx(dollars(here[name]), abs=0.5)
    assert any("lack a total" in caption.value for caption in app.caption)


def test_totals_are_said_with_their_range() -> None:
    app = opened("cost")
    for metric in app.metric[:2]:
        low, high = (dollars(text) for text in metric.delta.replace("\\", "").split(" to "))
        assert low < dollars(metric.value.replace("\\", "")) < high
        assert metric.delta.replace("\\", "") in answer(app)


def test_managed_instances_are_a_third_bill_when_switched_on() -> None:
    app = opened("cost", {"aws_lambda.managed_instances": True})
    assert_reads_well(app)
    total = dollars(re.search(r"Managed Instances Lambda would cost (\$[\d,.]+?)\.", answer(app))[1])  # type: ignore[index]
    headings = [heading.value for heading in app.main.subheader]
    assert "Managed Instances: the month's bill" in headings
    table = app.main.dataframe[2].value
    assert dollars(table["A month"].iloc[-1]) == pytest.approx(total, abs=0.5)
    figures = figures_shown(app)
    bars = [trace for trace in figures["cost_lines"]["data"] if list(trace["y"]) == ["Managed Instances"]]
    assert sum(data(trace["x"]).sum() for trace in bars) == pytest.approx(total, abs=0.5)
    point = next(trace for trace in figures["cost_curves"]["data"] if trace["name"] == "Managed Instances")
    assert data(point["y"])[0] == pytest.approx(total, abs=0.5)
    assert not [h.value for h in opened("cost").main.subheader if "Managed" in h.value]


def test_a_savings_plan_shows_covered_uncovered_and_lost() -> None:
    app = opened("cost", {"billing.savings_plan": "1yr_no_upfront", "workload.pattern": "diurnal"})
    for table in app.main.dataframe[:2]:
        items = table.value["Item"]
        assert items.str.endswith(", savings plan").any()
        assert (items == "Savings plan, commitment not used").any()


def test_the_day_in_the_control_changes_prices_and_what_is_said_of_them() -> None:
    app = unfold(opened("cost", {"fargate.spot_share": 1}))
    spot = "vCPU Spot (Linux/x86_64)"
    now = app.main.dataframe[1].value.set_index("Item").loc[spot]
    ran(app.text_input(key="billing.on").set_value("2024-06-01").run())
    then = app.main.dataframe[1].value.set_index("Item").loc[spot]
    # one reader's notes of AWS's Spot prices in N. Virginia: 2024-01-01 and 2026-09-28
    assert (then["Unit price"], now["Unit price"]) == ("$0.01246287", "$0.01288871")
    assert app.session_state["scenario"].billing.on == "2024-06-01"


def test_a_day_that_is_none_is_set_right_with_a_notice() -> None:
    app = unfold(opened("cost"))
    ran(app.text_input(key="billing.on").set_value("tomorrow").run())
    assert app.session_state["scenario"].billing.on == "" and len(app.toast) == 1


def test_any_price_can_be_overridden_and_the_bill_marks_it() -> None:
    key = "fargate.vcpu/linux_x86_64@us-east-1"
    app = opened("cost", {"billing.overrides": {key: 1.25}})
    line = app.main.dataframe[1].value.set_index("Item").loc["vCPU (Linux/x86_64)"]
    assert (line["Unit price"], line["Price from"]) == ("$1.25", "your own price")
    evidence = next(box for box in app.main.expander if box.label == "Numbers used")
    yours = evidence.dataframe[0].value.set_index("Price")["Yours"].dropna()
    assert yours.to_dict() == {"fargate.vcpu (linux_x86_64)": 1.25}


def test_old_prices_are_pointed_out_quietly() -> None:
    """On a day far ahead every price is old; on the day the first was checked none is."""
    app = opened("cost", {"billing.on": "2100-01-01"})
    text = next(caption.value for caption in app.caption if "last checked" in caption.value)
    count, used = re.search(r"(\d+) of the (\d+) prices used here", text).groups()  # type: ignore[union-attr]
    assert count == used and "over a year ago" in text
    assert not [c for c in opened("cost", {"billing.on": "2020-01-01"}).caption if "last checked" in c.value]


def test_a_day_before_the_oldest_known_price_is_said_on_the_cost_page() -> None:
    said = [c.value for c in opened("cost", {"billing.on": "2020-01-01"}).caption if "as old as" in c.value]
    assert len(said) == 1 and "1 January 2020" in said[0]
    assert not [c for c in opened("cost").caption if "as old as" in c.value]


def test_every_segment_of_the_bill_is_named_below_the_bars() -> None:
    """A segment too thin for a label stands in the words below, with its amount."""
    app = opened("cost")
    said = [c.value for c in app.caption if "strongest shade" in c.value]
    assert len(said) == 2
    for name in ("Requests", "Log storage", "ALB capacity units", "Memory (Linux/x86"):
        assert any(name in text.replace("\\", "") for text in said), name


# --- settings -------------------------------------------------------------------------------------

WINDOWS = {"fargate.os": "windows", "fargate.vcpu": 1, "fargate.memory_gb": 2}
JOB = {"workload.kind": "job"}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_page_works_with_every_traffic_pattern(pattern: str) -> None:
    app = opened("which_one", {"workload.pattern": pattern})
    for stem in MODELLED:
        to_page(app, stem)
        assert set(figures_shown(app)) == set(CHARTS[stem])
        assert_reads_well(app)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(WINDOWS, id="windows"),
        pytest.param({"fargate.architecture": "arm64", "aws_lambda.architecture": "arm64"}, id="arm"),
        pytest.param({"aws_lambda.package": "image"}, id="image"),
        pytest.param({"aws_lambda.runtime": "java21", "aws_lambda.snapstart": True}, id="SnapStart"),
        pytest.param({"aws_lambda.framework": "sdk"}, id="SDK client"),
        pytest.param({"aws_lambda.provisioned_concurrency": 30}, id="provisioned"),
        pytest.param(
            {"fargate.spot_share": 0.5, "fargate.nat": True, "fargate.public_ip": True}, id="Spot, NAT"
        ),
        pytest.param({"billing.savings_plan": "3yr_all_upfront"}, id="savings plan"),
        pytest.param({"billing.free_tier": False}, id="no free tier"),
        pytest.param({"workload.needs": ("gpu",)}, id="fits neither"),
    ],
)
def test_every_page_works_with(settings: Mapping[str, Any]) -> None:
    for stem, app in visit(settings):
        assert set(figures_shown(app)) == set(CHARTS[stem])
        assert_reads_well(app)


@pytest.mark.parametrize("door", ["http_api", "rest_api", "alb", "none"])
def test_a_front_door_is_a_line_of_lambdas_bill(door: str) -> None:
    item = {"http_api": "HTTP API", "rest_api": "REST API", "alb": "ALB"}.get(door)
    app = opened("cost", {"aws_lambda.front_door": door})
    assert_reads_well(app)
    items = app.main.dataframe[0].value["Item"]
    assert items.str.contains(item or "API|ALB").any() == bool(item)


@pytest.mark.parametrize("scaling", ["fixed", "step", "scheduled", "predictive"])
def test_every_way_of_scaling_can_be_shown(scaling: str) -> None:
    app = opened("spike", {"fargate.scaling": scaling, "fargate.tasks": 20})
    driven_by_alarms = scaling == "step"
    assert ("spike_lags" in figures_shown(app)) == driven_by_alarms
    assert_reads_well(app)
    assert not [metric.value for metric in app.metric if metric.value.startswith("-")]
    to_page(app, "which_one")
    assert_reads_well(app)


@pytest.mark.parametrize("runs_per_day", [24, 1e6])
def test_a_job_is_told_in_runs_not_in_requests(runs_per_day: float) -> None:
    seen: list[str] = []
    for stem, app in visit({**JOB, "workload.runs_per_day": runs_per_day}):
        seen += figures_shown(app)
        assert not app.error
        assert "p99 within" not in answer(app)
        wrong = [text for text in said(app) if "request" in text.lower()] if stem == "cost" else []
        assert not [text for text in wrong if "requests/s" in text]
    assert {"which_cost", "which_latency", "cost_curves", "start_parts", "survival"} <= set(seen)
    assert not {"which_spike", "spike_timeline"} & set(seen)


def test_the_job_pages_mark_the_runs_of_the_slider() -> None:
    app = opened("cost", {**JOB, "workload.runs_per_day": 500})
    figure = figures_shown(app)["cost_curves"]
    assert 500 in {shape["x0"] for shape in figure["layout"]["shapes"]}
    assert figure["layout"]["xaxis"]["title"]["text"] == "Job runs per day"


# --- what nobody measured, sells or can have -----------------------------------------------------

UNMEASURED = {
    "SnapStart for Node.js": ({"aws_lambda.snapstart": True}, "SnapStart"),
    "SnapStart of an image": (
        {"aws_lambda.snapstart": True, "aws_lambda.runtime": "java21", "aws_lambda.package": "image"},
        "SnapStart",
    ),
    "SDK client in Java": ({"aws_lambda.framework": "sdk", "aws_lambda.runtime": "java21"}, "Framework"),
    "a framework of another language": ({"aws_lambda.framework": "spring_boot"}, "Framework"),
    "an image of a runtime timed as a zip only": (
        {"aws_lambda.package": "image", "aws_lambda.runtime": "bun_layer"},
        "Package type",
    ),
}


# The article's claims have scenarios of their own: what is set in the sidebar cannot stop them.
STOPPED = [stem for stem in MODELLED if stem != "article"]


@pytest.mark.parametrize("name", UNMEASURED)
def test_what_nobody_measured_is_said_in_a_sentence_on_every_page(name: str) -> None:
    settings, label = UNMEASURED[name]
    app = opened("which_one", settings)
    for stem in STOPPED:
        to_page(app, stem)
        assert [title.value for title in app.title] == [TITLES[stem]]
        (sentence,) = (error.value.replace("\\", "") for error in app.error)
        assert sentence.startswith(f"{label} = ") and "not allowed" in sentence
        assert not re.search(r"aws_lambda\.|Traceback|ScenarioError", sentence)
        assert not re.search(r"\b[a-z]+_[a-z_]+\b", sentence), "a word of links and files, not of the screen"
        assert app.select_slider(key="workload.requests_per_s").value == 100


@pytest.mark.parametrize("stem", STOPPED)
def test_what_nobody_measured_is_mended_in_the_sidebar(stem: str) -> None:
    app = opened(stem, {"aws_lambda.snapstart": True})
    assert app.error
    ran(app.sidebar.button[0].click().run())  # back to the article's example
    assert not app.error and figures_shown(app)


REGION = "mx-central-1"


def test_a_region_without_prices_has_a_notice_on_every_page_that_shows_money() -> None:
    app = opened("which_one", {"billing.region": REGION})
    assert "no published figure" in answer(app)
    assert app.main.table[0].value.loc["Bill a month"].tolist().count(words.NO_PRICE) >= 1
    assert set(figures_shown(app)) == set(CHARTS["which_one"])


def test_an_own_price_makes_the_totals_appear_and_is_marked_as_own() -> None:
    app = opened("cost", {"billing.region": REGION})
    assert len(app.warning) == 1 and "enter yours" in app.warning[0].value
    totals = ("Lambda, a month", "Fargate, a month")
    assert words.NO_PRICE in [of_metric(app, label) for label in totals]
    asked = [box.key for box in app.main.number_input]
    assert asked and all(REGION in key for key in asked)
    assert all(box.value is None for box in app.main.number_input)
    for key in asked:
        ran(app.number_input(key=key).set_value(0.05).run())
    assert not app.warning
    assert len(app.session_state["scenario"].billing.overrides) == len(asked)
    own = 0
    for name, table in zip(("Lambda", "Fargate"), app.main.dataframe, strict=False):
        bill = table.value
        total = dollars(bill["A month"].iloc[-1])
        assert dollars(of_metric(app, f"{name}, a month")) == pytest.approx(total, abs=0.5)
        for _, line in bill[bill["Price from"] == "your own price"].iterrows():
            own += 1
            assert line["Unit price"] == "$0.05"
            assert dollars(line["A month"]) == pytest.approx(
                0.05 * dollars(line["Quantity"]), rel=1e-3, abs=0.03
            )
    assert own >= 1
    assert "no published figure" not in answer(app)
    to_page(app, "which_one")
    assert "No verdict" not in answer(app)


def test_a_missing_price_is_not_told_as_bills_that_never_cross() -> None:
    for stem in ("which_one", "cost"):
        app = opened(stem, {"billing.region": REGION})
        assert "do not cross" not in answer(app)
        titles = [figure["layout"]["title"]["text"] for figure in figures_shown(app).values()]
        assert "One platform is cheaper at any traffic shown" not in titles


def test_many_crossings_stay_a_sentence_that_can_be_read_aloud() -> None:
    app = opened("cost", {"workload.pattern": "on_off"})
    assert len(answer(app)) < 260


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"workload.requests_per_s": 1e-6}, id="hardly any requests"),
        pytest.param({"workload.requests_per_s": 1e6, "workload.duration_s": 0.001}, id="a million a second"),
        pytest.param({**JOB, "workload.runs_per_day": 0}, id="a job that never runs"),
        pytest.param({**JOB, "workload.runs_per_day": 1e7, "workload.duration_s": 1_209_600}, id="huge jobs"),
        pytest.param({"workload.duration_s": 0.001, "workload.cpu_share": 0}, id="1 ms of waiting"),
        pytest.param({"workload.duration_s": 900, "workload.cpu_share": 1}, id="15 min of computing"),
        pytest.param({"workload.duration_cv": 0, "workload.slo_p99_s": 0.001}, id="no spread, 1 ms wanted"),
        pytest.param(
            {"workload.duration_cv": 10, "workload.timeout_s": 0.01}, id="wide spread, 10 ms patience"
        ),
        pytest.param(
            {"aws_lambda.memory_mb": 128, "workload.request_kb": 1e7, "workload.log_kb": 1e6},
            id="small, loud",
        ),
        pytest.param({"fargate.min_tasks": 0, "fargate.max_tasks": 1}, id="no task to begin with"),
        pytest.param({"fargate.scaling": "fixed", "fargate.tasks": 0}, id="no task at all"),
        pytest.param({"fargate.min_tasks": 50_000, "fargate.max_tasks": 50_000}, id="50,000 tasks"),
        pytest.param({"fargate.vcpu": 32, "fargate.memory_gb": 244}, id="the largest task"),
        pytest.param(
            {"fargate.vcpu": 0.25, "fargate.memory_gb": 0.5, "fargate.boot_s": 3600}, id="the smallest task"
        ),
        pytest.param({"workload.spike_factor": 1, "workload.spike_duration_s": 10}, id="no spike"),
        pytest.param(
            {"workload.spike_factor": 1000, "workload.spike_duration_s": 86_400}, id="all day, 1,000-fold"
        ),
        pytest.param({"aws_lambda.reserved_concurrency": 0}, id="function switched off"),
        pytest.param({"aws_lambda.keep_alive_s": 0}, id="always cold"),
        pytest.param({"billing.hours_per_month": 1}, id="one hour"),
    ],
)
def test_the_ends_of_the_ranges_give_sentences_too(settings: Mapping[str, Any]) -> None:
    for _, app in visit(settings):
        assert not app.error
        assert_reads_well(app)


def random_settings(pick: random.Random) -> Scenario:
    """Any value of half the fields, from their whole range; what does not go together is set right."""
    values: dict[str, Any] = {}
    for path, spec, _ in vocabulary():
        if pick.random() < 0.5 or path in ("workload.pattern", "aws_lambda.provisioned_concurrency"):
            continue  # patterns have a test of their own, and these take long
        match spec:
            case NumberField() if path in control_steps.STEPS:
                values[path] = pick.choice(sorted(controls._round_steps(path)))
            case ChoiceField() if path == "aws_lambda.runtime":
                values[path] = pick.choice(RUNTIMES)
            case ChoiceField():
                values[path] = pick.choice(spec.options)
            case FlagField():
                values[path] = pick.random() < 0.5
    return repaired(values)[0]


@pytest.mark.parametrize("seed", range(20))
def test_any_settings_give_an_answer_or_a_reason(seed: int) -> None:
    scenario = random_settings(random.Random(seed))
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, text in to_params(scenario).items():
        app.query_params[name] = text
    for stem in random.Random(seed).sample(MODELLED, 2):
        ran(app.switch_page(f"pages/{stem}.py").run())
        assert app.session_state["scenario"] == scenario
        if app.error:
            assert "is not allowed" in app.error[0].value and not figures_shown(app)
        else:
            assert_reads_well(app)


def test_what_is_typed_into_the_price_table_becomes_an_own_price(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: dict[str, float | None] = {}
    edits = {"edited_rows": {1: {"Yours": 0.5}, 2: {"Yours": None}, 0: {}}}
    monkeypatch.setattr(page.st, "session_state", {"editor": edits})
    monkeypatch.setattr(page, "override", taken.__setitem__)
    page._take_prices("editor", ("a", "b", "c"))
    assert taken == {"b": 0.5, "c": None}  # an emptied cell takes ours again
