"""The Present page, examples and saved scenarios in the app, without a browser."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from model import Scenario, replace_at
from model.presets import load_presets
from pages.ui import saved
from pages.ui.chart import figures_shown
from pages.ui.scenes import LONGEST_SENTENCE, MOST_SCENES, Scene, as_text, default_scenes, from_text
from pages.ui.start import list_key
from pages.ui.state import LONGEST_LINK

APP = Path(__file__).parents[2] / "app.py"
HALF = replace_at(Scenario(), "workload.requests_per_s", 50.0)


def opened(stem: str, **params: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, text in params.items():
        app.query_params[name] = text
    return ran(app.switch_page(f"pages/{stem}.py").run())


def ran(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def to_page(app: AppTest, stem: str) -> AppTest:
    app.query_params.clear()
    return ran(app.switch_page(f"pages/{stem}.py").run())


def texts(app: AppTest) -> list[str]:
    return [text.value.replace("\\", "") for text in app.main.markdown]


def address(app: AppTest) -> str:
    shown = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "address_bar"]
    return json.loads(shown[0].json)["search"]


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


# --- the presentation -----------------------------------------------------------------------------


def test_without_scenes_the_example_is_shown_in_four_steps() -> None:
    app = opened("present")
    assert [app.text_input(key=f"scene {n} name").value for n in range(4)] == [
        scene.name for scene in default_scenes()
    ]
    assert address(app) == ""
    ran(button(app, "Present").click().run())
    assert address(app) == "?show=1"
    assert len(figures_shown(app)) == 1
    for _ in range(3):
        ran(button(app, "Next").click().run())
    assert address(app) == "?show=4" and button(app, "Next").disabled
    ran(button(app, "Leave").click().run())
    assert address(app) == ""


def test_the_sentence_on_stage_follows_the_slider_and_the_controls_stay() -> None:
    app = opened("present", show="1")
    said = next(text for text in texts(app) if text.startswith("## "))
    ran(app.select_slider(key="stage_slider_1").set_value(1.0).run())
    now = next(text for text in texts(app) if text.startswith("## "))
    assert said != now and "Lambda costs" in now
    assert app.session_state["scenario"] == Scenario()


def test_scenes_are_renamed_reordered_and_removed_and_the_link_follows() -> None:
    first, second = Scene("One", "cost_curves", HALF), Scene("Two", "which_latency", Scenario())
    app = opened("present", scenes=as_text((first, second)))

    def scenes() -> tuple[Scene, ...]:
        return from_text(re.search(r"scenes=([^&]*)", address(app))[1])[0]  # type: ignore[index]

    assert scenes() == (first, second)
    ran(app.text_input(key="scene 0 name").set_value("Uno").run())
    assert [one.name for one in scenes()] == ["Uno", "Two"]
    ran(app.button(key="scene 0 Down").click().run())
    assert [one.name for one in scenes()] == ["Two", "Uno"]
    assert app.text_input(key="scene 0 name").value == "Two"
    ran(app.selectbox(key="scene 1 slider").set_value("workload.duration_s").run())
    assert scenes()[1].slider == "workload.duration_s" and scenes()[1].scenario == HALF
    ran(app.button(key="scene 0 remove").click().run())
    assert [one.name for one in scenes()] == ["Uno"]


def test_scenes_too_long_for_a_link_are_said_to_be_in_this_tab_only() -> None:
    """One of 20,000 signs drawn at random cannot be packed into less than 14 bits."""
    random = Random(0)
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 20_000)]
    sentences = ["".join(random.choices(signs, k=LONGEST_SENTENCE)) for _ in range(MOST_SCENES)]
    assert MOST_SCENES * LONGEST_SENTENCE * 14 / 6 > LONGEST_LINK
    few, many = (
        opened("present", scenes=as_text(tuple(Scene("One", "cost_curves", HALF, said) for said in some)))
        for some in (sentences[:1], sentences)
    )
    assert not few.warning and "scenes=" in address(few)
    assert "Download them" in many.warning[0].value and "scenes=" not in address(many)
    assert many.text_input(key=f"scene {MOST_SCENES - 1} name").value == "One"


def test_a_scene_is_collected_on_a_page_and_outlives_the_way_to_another() -> None:
    app = opened("cost", **{"workload.requests_per_s": "50"})
    app.session_state["add cost"] = True
    ran(app.run())
    ran(app.text_input(key="add cost name").set_value("Ours").run())
    ran(app.button(key="add cost now").click().run())
    app.session_state["add cost"] = False
    to_page(app, "present")
    assert app.text_input(key="scene 0 name").value == "Ours"
    scenes, _ = from_text(re.search(r"scenes=([^&]*)", address(app))[1])  # type: ignore[index]
    assert scenes == (Scene("Ours", "cost_curves", HALF, "", "workload.requests_per_s"),)


@pytest.mark.parametrize("show", ["0", "99", "-1", "x", "²", "1e9"])
def test_a_stage_number_out_of_range_leads_nowhere_bad(show: str) -> None:
    app = opened("present", show=show)
    assert any(text.startswith("## ") for text in texts(app))


@pytest.mark.parametrize("name", ["scenes", "compare"])
def test_a_hostile_link_is_said_once_in_a_notice(name: str) -> None:
    app = opened("present", **{name: "1.<img onerror=x>"})
    assert len(app.toast) == 1 and "cannot be read" in app.toast[0].value
    assert "<img" not in app.toast[0].value
    assert len(ran(app.run()).toast) == 0


# --- saved scenarios ------------------------------------------------------------------------------


def test_a_saved_scenario_is_said_and_drawn_on_the_next_page_too() -> None:
    app = opened("which_one", compare=saved.as_text({"A": HALF}))
    (sentence,) = [text for text in texts(app) if text.startswith("Beside A")]
    assert sentence.startswith("Beside A (Requests per second 50/s) Lambda’s month is $")
    names = [trace["name"] for trace in figures_shown(app)["which_cost"]["data"]]
    assert "Lambda in A" in names and "Break-even in A" not in names
    to_page(app, "cold_start")
    assert any(text.startswith("Beside A (Requests per second 50/s)") for text in texts(app))
    assert "compare=1." in address(app)
    for key in ("survival", "cold_share"):
        assert "Lambda in A" in [trace["name"] for trace in figures_shown(app)[key]["data"]]


def test_what_a_says_is_what_the_page_says_under_its_settings() -> None:
    beside = next(
        text
        for text in texts(opened("cost", compare=saved.as_text({"B": HALF})))
        if text.startswith("Beside B")
    )
    alone = opened("cost", **{"workload.requests_per_s": "50"})
    totals = {metric.label: metric.value.replace("\\", "") for metric in alone.metric}
    assert f"instead of {totals['Lambda, a month']}" in beside
    assert f"instead of {totals['Fargate, a month']}" in beside


def test_a_saved_spike_and_bill_are_in_their_charts() -> None:
    app = opened("spike", compare=saved.as_text({"C": HALF}))
    assert "Fargate in C" in [trace["name"] for trace in figures_shown(app)["spike_timeline"]["data"]]
    to_page(app, "cost")
    rows = {row for trace in figures_shown(app)["cost_lines"]["data"] for row in trace["y"]}
    assert rows == {"Lambda", "Fargate", "Lambda in C", "Fargate in C"}


def open_box(app: AppTest) -> None:
    """As a click on the box does, which AppTest cannot do."""
    app.session_state["compare"] = True
    ran(app.run())


def test_scenarios_are_saved_opened_and_forgotten() -> None:
    app = opened("which_one", **{"workload.requests_per_s": "50"})
    open_box(app)
    ran(app.button(key="save A").click().run())
    assert any(text == "A is what you see." for text in texts(app))
    ran(app.select_slider(key="workload.requests_per_s").set_value(200.0).run())
    assert any(text.startswith("Beside A (Requests per second 50/s)") for text in texts(app))
    open_box(app)
    ran(app.button(key="open A").click().run())
    assert app.session_state["scenario"] == HALF
    open_box(app)
    ran(app.button(key="forget A").click().run())
    assert "compare" not in address(app)


# --- examples -------------------------------------------------------------------------------------


def test_an_example_sets_everything_shows_itself_and_stands_in_the_link() -> None:
    app = opened("which_one", **{"billing.region": "eu-central-1"})
    assert app.selectbox(key=list_key("article")).value == "article"
    ran(app.selectbox(key=list_key("article")).select("webhooks").run())
    now = app.session_state["scenario"]
    assert now.workload == load_presets()["webhooks"].scenario.workload
    assert now.billing.region == "eu-central-1"
    assert "workload.requests_per_s=0.58" in address(app)
    assert any(caption.value.startswith("**Webhooks.**") for caption in app.main.caption)
    ran(app.select_slider(key="workload.requests_per_s").set_value(2.0).run())
    assert app.selectbox(key=list_key(None)).value == "own"
    assert any(caption.value == "Webhooks, with settings of your own." for caption in app.main.caption)


@pytest.mark.parametrize("id", load_presets())
def test_every_example_answers_on_the_first_page(id: str) -> None:
    app = opened("which_one")
    ran(app.selectbox(key=list_key("article")).select(id).run())
    assert not app.warning and not app.error and not app.toast
    assert app.selectbox(key=list_key(id)).value == id
