"""The memory tab: a pasted result becomes the scenario, a bad one changes nothing, and the figure shows what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model.decide.memory_tuning import memory_tuning
from model.scenario import Scenario, replace_at
from model.serialise import from_dict, from_params, to_params
from pages.ui import palette
from pages.ui.answers import memory
from pages.ui.chart import figures_shown
from pages.ui.figures.memory import memory_rows

APP = Path(__file__).parents[2] / "app.py"
# a published result: 2,050.78 ms at 128 MB … 228.07 ms at 3,008 MB
ADDRESS = (
    "https://lambda-power-tuning.show/#gAAAAQACAAQACMAL;cSwARe92gERmEgdE6IzTQ+VXaUOPEmRD;"
    "tYWQNuffkDYZfJg20gPvNsDoAzcSmj03"
)
DURATIONS = {"128": 2.05, "512": 0.54, "3008": 0.228}


def opened(changes: dict[str, Any] | None = None) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state["cost_tab"] = "Memory"
    for name, text in to_params(replace_at(Scenario(), changes or {})).items():
        app.query_params[name] = text
    return ran(app.switch_page("pages/cost.py").run())


def ran(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def pasted(app: AppTest, text: str) -> AppTest:
    return ran(app.text_area(key="power_tuning").set_value(text).run())


def now(app: AppTest) -> Scenario:
    return app.session_state["scenario"]


def test_a_pasted_address_becomes_the_scenario_and_its_link_and_can_be_forgotten() -> None:
    app = pasted(opened({"aws_lambda.memory_mb": 128}), ADDRESS)
    assert now(app).workload.measured_durations["128"] == 2.050778
    assert from_params(to_params(now(app))) == (now(app), ())
    drawn = {trace["name"]: trace for trace in figures_shown(app)["cost_memory"]["data"]}
    assert {"Measured", "Today"} <= set(drawn)
    said = [caption.value for caption in app.main.caption if "In use" in caption.value]
    assert "128 MB" in said[0] and "3,008 MB" in said[0]
    ran(app.button(key="power_tuning_forget").click().run())
    assert now(app) == replace_at(Scenario(), "aws_lambda.memory_mb", 128)


def test_a_bad_paste_says_why_and_the_last_good_one_stays() -> None:
    app = pasted(opened(), ADDRESS)
    good = now(app)
    for text in ("https://example.com/#a;b;c", "{", json.dumps({"a": "<b>*x*</b>"}), ADDRESS[:60]):
        pasted(app, text)
        assert len(app.error) == 1 and "What was shown before stays" in app.error[0].value
        assert now(app) == good
    pasted(app, ADDRESS)
    assert not app.error and now(app) == good


@pytest.mark.parametrize(
    "changes",
    [{}, {"workload.slo_p99_s": 0.05}, {"workload.kind": "job"}, {"billing.region": "mx-central-1"}],
    ids=str,
)
def test_the_figure_is_small_multiples_on_one_memory_axis(changes: dict[str, Any]) -> None:
    scenario = replace_at(from_dict({"workload": {"measured_durations": DURATIONS}}), changes)
    tuning = memory_tuning(scenario)
    figure = memory_rows(tuning, scenario, "Title")
    rows = 3 if tuning.per_million_usd is None else 4
    axes = [figure.layout[name] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")[:rows]]
    spans = sorted(tuple(axis.domain) for axis in axes)
    assert all(below[1] < above[0] for below, above in zip(spans, spans[1:], strict=False))
    assert all(axis.overlaying is None for axis in axes)
    assert len([trace for trace in figure.data if trace.name == "Today"]) == rows
    best = [trace for trace in figure.data if trace.name.startswith("Cheapest")]
    assert len(best) == (0 if tuning.cheapest is None else rows)
    for trace in best:
        assert trace.x[0] == tuning.memory_mb[tuning.cheapest] and trace.marker.color == palette.LAMBDA
    measured = next(trace for trace in figure.data if trace.name == "Measured")
    assert dict(zip(measured.x, measured.y, strict=True)) == {float(k): v for k, v in DURATIONS.items()}


def test_the_words_are_those_of_the_points() -> None:
    scenario = Scenario()
    tuning = memory_tuning(scenario)
    assert f"{tuning.memory_mb[tuning.cheapest]:.0f} MB" in memory.finding(tuning, scenario)
    assert "within 2 s" in memory.finding(tuning, scenario)
    assert memory.at(tuning, tuning.vcpu, 1769.0) == pytest.approx(1.0)
    assert memory.at(tuning, np.zeros_like(tuning.vcpu), 1769.0) == 0
    assert "200 ms" in memory.description(tuning, scenario)
    tight = replace_at(scenario, "workload.slo_p99_s", 0.05)
    assert "No memory size" in memory.finding(memory_tuning(tight), tight)
