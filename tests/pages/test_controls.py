"""The controls in the sidebar: complete, clearly named, and able to show every value."""

import random

import pytest
from streamlit.testing.v1 import AppTest

from model.fields import NumberField
from model.scenario import Scenario, replace_at, vocabulary
from pages.ui import control_order, control_steps, controls, words
from pages.ui.fold import fold_key
from tests.pages.sidebar import unfold

APP = """
from types import SimpleNamespace

from pages.ui import state
from pages.ui.controls import sidebar

state.restore(SimpleNamespace(url_path="here"))
sidebar()
"""


@pytest.fixture
def app() -> AppTest:
    return ran(unfold(AppTest.from_string(APP, default_timeout=60)))


def ran(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def drawn(app: AppTest) -> list:
    kinds = (app.select_slider, app.selectbox, app.multiselect, app.toggle, app.number_input, app.text_input)
    return [widget for kind in kinds for widget in kind if not widget.key.startswith("exact")]


def test_every_field_has_one_control_with_a_label_of_its_own_and_help(app: AppTest) -> None:
    fields = sorted([path for path, _, _ in vocabulary()] + ["billing.on"])
    assert sorted(widget.key for widget in drawn(app)) == fields
    labels = [widget.label for widget in drawn(app)]
    assert len(set(labels)) == len(labels)
    assert all(widget.proto.help for widget in drawn(app))


def test_what_matters_most_is_in_sight_and_the_rest_folded(app: AppTest) -> None:
    folded = {widget.key for box in app.expander for widget in drawn(box)}
    assert {widget.key for widget in drawn(app)} - folded == set(control_order.IN_SIGHT)
    assert [box.label for box in app.expander] == [*control_order.FOLDED, controls.EXACT]


def test_a_group_is_folded_at_first_and_drawn_only_while_it_is_open() -> None:
    app = ran(AppTest.from_string(APP, default_timeout=60).run())
    assert {widget.key for widget in drawn(app)} == set(control_order.IN_SIGHT)
    assert len(app.expander) == len(control_order.FOLDED) + 1
    app.session_state[fold_key("Billing")] = True
    ran(app.run())
    seen = {widget.key for widget in drawn(app)}
    assert seen == {*control_order.IN_SIGHT, *control_order.FOLDED["Billing"]}


def test_what_was_set_in_a_group_outlives_its_folding(app: AppTest) -> None:
    app.number_input(key="workload.db_connections_limit").set_value(90)
    app.select_slider(key="workload.duration_cv").set_value(2.0)
    app.multiselect(key="workload.needs").set_value(["gpu"])
    ran(app.run())
    with_them = app.session_state["scenario"]
    fold = fold_key("One request")
    for is_open in (False, False, True, True, False):
        app.session_state[fold] = is_open
        ran(app.select_slider(key="workload.requests_per_s").set_value(500.0).run())
        assert app.session_state["scenario"] == replace_at(with_them, "workload.requests_per_s", 500.0)
        if is_open:
            assert app.number_input(key="workload.db_connections_limit").value == 90
            assert app.select_slider(key="workload.duration_cv").value == 2
            assert app.multiselect(key="workload.needs").value == ["gpu"]


def test_a_browser_is_told_the_values_of_a_group_that_opens(app: AppTest) -> None:
    ran(app.number_input(key="workload.db_connections_limit").set_value(90).run())
    fold = fold_key("One request")
    for is_open in (False, False, True):
        app.session_state[fold] = is_open
        ran(app.run())
    limit = app.number_input(key="workload.db_connections_limit").proto
    told = (limit.set_value, limit.value)
    assert told == (True, 90), "its own value is none, so a browser that builds it anew would show none"


@pytest.mark.parametrize("path", control_steps.STEPS)
def test_a_sliders_stops_are_legal_and_read_differently(path: str) -> None:
    spec = next(spec for known, spec, _ in vocabulary() if known == path)
    stops = sorted(controls._round_steps(path))
    assert all(spec.accepts(stop) for stop in stops)
    assert controls._DEFAULTS[path] in stops
    said = [words.setting(path, stop) for stop in stops]
    assert len(set(said)) == len(said)
    assert not [text for text in said if "e-" in text or "e+" in text]


def test_there_are_stops_for_every_number_but_those_read_from_tables() -> None:
    numbers = {path for path, spec, _ in vocabulary() if isinstance(spec, NumberField) and not spec.when_none}
    assert set(control_steps.STEPS) == numbers - {"fargate.vcpu", "fargate.memory_gb"}


def test_an_odd_value_stays_reachable_after_the_slider_has_left_it(app: AppTest) -> None:
    other = AppTest.from_string(APP, default_timeout=60)
    other.query_params["workload.requests_per_s"] = "137.5"
    slider = "workload.requests_per_s"
    ran(other.run())
    ran(other.select_slider(key=slider).set_value(500.0).run())
    assert "137.5/s" in other.select_slider(key=slider).options
    ran(other.select_slider(key=slider).set_value(137.5).run())
    assert other.session_state["scenario"].workload.requests_per_s == 137.5
    assert "137.5/s" not in app.select_slider(key=slider).options


def test_an_exact_value_can_be_typed(app: AppTest) -> None:
    ran(app.selectbox(key="exact").set_value("workload.duration_s").run())
    ran(app.number_input(key="exact.workload.duration_s").set_value(0.1375).run())
    assert app.select_slider(key="workload.duration_s").value == 0.1375
    assert app.number_input(key="exact.workload.duration_s").value is None


def test_a_number_may_be_left_out_again(app: AppTest) -> None:
    ran(app.number_input(key="workload.db_connections_limit").set_value(90).run())
    assert app.session_state["scenario"].workload.db_connections_limit == 90
    ran(app.number_input(key="workload.db_connections_limit").set_value(None).run())
    assert app.session_state["scenario"].workload.db_connections_limit is None


def test_fargate_memory_offers_what_goes_with_the_vcpu(app: AppTest) -> None:
    ran(app.select_slider(key="fargate.vcpu").set_value(0.25).run())
    assert app.select_slider(key="fargate.memory_gb").options == ["0.5 GB", "1 GB", "2 GB"]


def test_what_plays_no_part_is_greyed_out(app: AppTest) -> None:
    def greyed() -> set[str]:
        return {widget.key for widget in drawn(app) if widget.disabled}

    assert "workload.runs_per_day" in greyed()
    assert "workload.spike_factor" not in greyed()
    ran(app.selectbox(key="workload.kind").set_value("job").run())
    assert "workload.runs_per_day" not in greyed()
    assert "workload.requests_per_s" in greyed()


def test_the_example_comes_back_with_one_click(app: AppTest) -> None:
    ran(app.select_slider(key="workload.requests_per_s").set_value(500.0).run())
    ran(app.sidebar.button[0].click().run())
    assert app.session_state["scenario"] == Scenario()


def test_any_mixture_of_settings_leaves_a_legal_scenario(app: AppTest) -> None:
    pick = random.Random(7)
    for _ in range(15):
        for widget in pick.sample(drawn(app), 8):
            spec = next((spec for path, spec, _ in vocabulary() if path == widget.key), None)
            match widget:
                case _ if widget.disabled:
                    continue
                case _ if widget.key in control_steps.STEPS:
                    widget.set_value(pick.choice(sorted(controls._round_steps(widget.key))))
                case _ if widget.type == "select_slider":
                    now = app.session_state["scenario"]
                    widget.set_value(pick.choice(controls.steps_of_table(widget.key, now)))
                case _ if widget.type == "selectbox":
                    widget.set_value(pick.choice(spec.options))
                case _ if widget.type == "toggle":
                    widget.set_value(pick.random() < 0.5)
        ran(app.run())
        now = app.session_state["scenario"]
        assert replace_at(now, {}) == now


def test_a_regions_name_fits_the_sidebar() -> None:
    spec = next(spec for path, spec, _ in vocabulary() if path == "billing.region")
    assert max(len(words.option("billing.region", code)) for code in spec.options) <= 30
