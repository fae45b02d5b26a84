"""The scenario between controls, session and address, without a browser (tests/browser/test_state.py has one)."""

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from model.scenario import Scenario, replace_at, value_at, vocabulary
from model.serialise import from_params, to_params
from pages.ui.pages import PAGES
from pages.ui.state import link
from tests.pages.sidebar import unfold

APP = Path(__file__).parents[2] / "app.py"
TITLES = {stem: title for titles in PAGES.values() for stem, title in titles.items()}
STEMS = list(TITLES)

HARNESS = """
from types import SimpleNamespace

import streamlit as st

from model.scenario import Scenario
from model.scenario import replace_at
from pages.ui import state
from pages.ui.controls import sidebar

page = SimpleNamespace(url_path="here")
state.restore(page)
sidebar()
state.address_bar(page)
preset = replace_at(Scenario(), {"workload.requests_per_s": 137.5, "workload.needs": ("gpu",), "aws_lambda.vpc": True})
st.button("Preset", key="preset", on_click=state.load, args=(preset,))
vcpu = "fargate.vcpu/linux_x86_64@us-east-1"
st.button("Own price", key="own", on_click=state.override, args=(vcpu, 0.05))
st.button("Our price", key="our", on_click=state.override, args=(vcpu, None))
"""
"""The controls without a page: what a page computes is not the matter here."""


def opened(link: str = "") -> AppTest:
    app = AppTest.from_string(HARNESS, default_timeout=60)
    for name, text in parse_qsl(link.removeprefix("?"), keep_blank_values=True):
        app.query_params[name] = text
    return ran(unfold(app))


def ran(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def now(app: AppTest) -> Scenario:
    return app.session_state["scenario"]


def address(app: AppTest) -> str:
    """What the app asks the browser to show behind the question mark."""
    shown = [
        element.proto
        for element in app.get("bidi_component")
        if element.proto.component_name == "address_bar"
    ]
    assert len(shown) == 1
    return json.loads(shown[0].json)["search"]


def test_without_a_link_the_scenario_is_the_default_and_the_address_is_bare() -> None:
    app = opened()
    assert (now(app), address(app), len(app.toast)) == (Scenario(), "", 0)


OTHER_VALUES: dict[str, Any] = {
    "workload.requests_per_s": 137.5,
    "workload.cpu_share": 0.123,
    "workload.kind": "job",
    "workload.needs": ("websockets", "gpu"),
    "workload.db_connections_limit": 90,
    "aws_lambda.memory_mb": 1769,
    "aws_lambda.runtime": "python313",
    "aws_lambda.snapstart": True,
    "aws_lambda.keep_alive_s": 300.0,
    "fargate.vcpu": 0.25,
    "fargate.tasks": 7,
    "billing.free_tier": False,
    "billing.region": "eu-central-1",
    "billing.on": "2026-01-01",
}


@pytest.mark.parametrize(("path", "value"), OTHER_VALUES.items(), ids=str)
def test_a_link_sets_the_control_and_the_control_keeps_the_address(path: str, value: Any) -> None:
    wanted = replace_at(Scenario(), path, value)
    app = opened(link(wanted))
    assert value_at(now(app), path) == value
    assert now(app) == wanted
    shown = app.session_state[path]
    assert (tuple(shown) if isinstance(shown, list) else shown) == value
    assert address(app) == link(wanted)
    assert not app.toast
    again = ran(app.run())
    assert now(again) == wanted


def test_a_moved_control_moves_scenario_and_address() -> None:
    app = opened()
    ran(app.select_slider(key="workload.duration_s").set_value(0.5).run())
    ran(app.selectbox(key="aws_lambda.runtime").set_value("java21").run())
    ran(app.toggle(key="aws_lambda.vpc").set_value(True).run())
    ran(app.multiselect(key="workload.needs").set_value(["gpu", "websockets"]).run())
    assert address(app) == (
        "?v=1&workload.duration_s=0.5&workload.needs=websockets,gpu"
        "&aws_lambda.runtime=java21&aws_lambda.vpc=true"
    )
    assert link(now(app)) == address(app)


def test_a_control_back_at_its_default_leaves_the_address() -> None:
    app = opened("?workload.duration_s=0.5")
    ran(app.select_slider(key="workload.duration_s").set_value(0.2).run())
    assert address(app) == ""


def test_a_link_read_again_is_the_same_scenario_for_every_field_at_once() -> None:
    wanted = replace_at(Scenario(), OTHER_VALUES | {"workload.kind": "service"})
    params = dict(parse_qsl(link(wanted).removeprefix("?"), keep_blank_values=True))
    assert params == to_params(wanted)
    assert from_params(params) == (wanted, ())


def test_memory_that_does_not_go_with_the_vcpu_moves_to_the_next_legal_size_and_says_so_once() -> None:
    app = opened()
    ran(app.select_slider(key="fargate.vcpu").set_value(2.0).run())
    assert now(app).fargate.memory_gb == 4
    assert app.select_slider(key="fargate.memory_gb").value == 4
    assert "Fargate memory" in app.toast[0].value
    ran(app.run())
    assert not app.toast


def test_more_tasks_at_least_than_at_most_are_set_right() -> None:
    app = opened()
    ran(app.select_slider(key="fargate.min_tasks").set_value(50).run())
    assert (now(app).fargate.min_tasks, app.select_slider(key="fargate.min_tasks").value) == (20, 20)
    assert "Fewest tasks" in app.toast[0].value


HOSTILE = {
    "not a number": "nan",
    "infinite": "inf",
    "too large for a float": "1e999",
    "below all ranges": "-1e30",
    "a script": "<script>alert(1)</script>",
    "a picture": "<img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE prices; --",
    "Markdown": "[click](http://example.com) **x** $x$ :material/home: ![](http://example.com/a.png)",
    "other scripts": "١٢٣ ½ 一 \u202e\u0000\ud7ff",
    "long": "9" * 3000,
    "empty": "",
    "a list": "[1, 2]",
    "deep JSON": "[" * 900,  # in every parameter; Streamlit reads no query string above 512 KB
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_value_in_every_parameter_is_set_right_with_one_notice(text: str) -> None:
    app = AppTest.from_string(HARNESS, default_timeout=60)
    for path in (
        *(path for path, _, _ in vocabulary()),
        "billing.on",
        "billing.overrides",
        "unknown",
        text[:50] or "x",
    ):
        app.query_params[path] = text
    ran(app.run())
    assert len(app.toast) == 1
    assert len(app.toast[0].value) < 4000
    _, _, said = app.toast[0].value.partition("**\n\n")
    assert not re.search(r"(?<!\\)[*_`<>\[\]()$#|&~:]", said)
    ran(app.run())
    assert not app.toast
    assert replace_at(now(app), {}) == now(app)  # still a scenario that the model accepts


def test_a_parameter_given_twice_counts_once() -> None:
    app = AppTest.from_string(HARNESS, default_timeout=60)
    app.query_params["workload.requests_per_s"] = ["5", "7"]
    assert now(ran(app.run())).workload.requests_per_s == 7


def test_a_preset_sets_all_controls_at_once() -> None:
    app = opened("?workload.duration_s=0.5")
    ran(app.button(key="preset").click().run())
    assert address(app) == "?v=1&workload.requests_per_s=137.5&workload.needs=gpu&aws_lambda.vpc=true"
    assert app.select_slider(key="workload.requests_per_s").value == 137.5
    assert app.select_slider(key="workload.duration_s").value == 0.2


def test_an_own_price_is_part_of_the_link_until_it_is_taken_back() -> None:
    app = opened()
    ran(app.button(key="own").click().run())
    assert dict(now(app).billing.overrides) == {"fargate.vcpu/linux_x86_64@us-east-1": 0.05}
    with_price = now(app)
    assert now(opened(address(app))) == with_price
    ran(app.button(key="our").click().run())
    assert address(app) == ""


def test_two_sessions_do_not_know_of_each_other() -> None:
    one, other = opened(), opened()
    ran(one.select_slider(key="workload.requests_per_s").set_value(500.0).run())
    assert (now(one).workload.requests_per_s, now(ran(other.run())).workload.requests_per_s) == (500, 100)


def test_values_outlive_a_run_without_controls() -> None:
    app = AppTest.from_string(
        HARNESS.replace("sidebar()\nstate", "if not st.toggle('Hide', key='hide'):\n    sidebar()\nstate"),
        default_timeout=60,
    )
    ran(app.run())
    ran(app.select_slider(key="workload.requests_per_s").set_value(500.0).run())
    ran(app.toggle(key="hide").set_value(True).run())
    ran(app.run())
    assert address(app) == "?v=1&workload.requests_per_s=500"
    ran(app.toggle(key="hide").set_value(False).run())
    assert app.select_slider(key="workload.requests_per_s").value == 500


@pytest.fixture
def app_with_bare_pages(tmp_path: Path) -> Path:
    """app.py with empty pages under their titles: what they compute is tested elsewhere."""
    (tmp_path / "pages").mkdir()
    for stem in STEMS:
        body = "from pages.ui.pages import inside_app\ninside_app()\n"
        (tmp_path / "pages" / f"{stem}.py").write_text(body, encoding="utf-8")
    return Path(shutil.copy(APP, tmp_path))


@pytest.mark.parametrize("stem", STEMS)
def test_the_first_visitor_after_a_start_may_enter_by_any_page(
    stem: str, app_with_bare_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)  # as in a new process
    app = AppTest.from_file(app_with_bare_pages, default_timeout=60)
    app.query_params["workload.requests_per_s"] = "250"
    ran(app.switch_page(f"pages/{stem}.py").run())
    assert [title.value for title in app.title] == [TITLES[stem]]
    assert app.select_slider(key="workload.requests_per_s").value == 250
    assert address(app) == "?v=1&workload.requests_per_s=250"


def test_controls_stand_where_they_stood_after_a_change_of_page(app_with_bare_pages: Path) -> None:
    app = ran(AppTest.from_file(app_with_bare_pages, default_timeout=60).run())
    ran(app.select_slider(key="workload.requests_per_s").set_value(500.0).run())
    app.query_params.clear()  # the menu leads to bare addresses
    for stem in STEMS:
        ran(app.switch_page(f"pages/{stem}.py").run())
        assert [title.value for title in app.title] == [TITLES[stem]]
        assert app.select_slider(key="workload.requests_per_s").value == 500


def test_every_page_begins_with_the_way_back_into_the_app() -> None:
    for stem in STEMS:
        body = (APP.parent / "pages" / f"{stem}.py").read_text(encoding="utf-8").split('"""')[2]
        code = [
            line for line in body.splitlines() if line and not line.startswith(("import ", "from ", " ", ")"))
        ]
        assert code[0] == "inside_app()", stem
