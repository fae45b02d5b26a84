"""Scenes and saved scenarios: through a link, through a file, and what hostile ones lead to."""

import base64
import json
import zlib
from typing import Any

import plotly.graph_objects as go
import pytest

from model import Scenario, ScenarioError, replace_at
from pages.ui import saved
from pages.ui.answers.saved import Figure, difference, settings_apart
from pages.ui.asked import Asked
from pages.ui.figures.overlay import ghosts, overlay
from pages.ui.packed import LARGEST, Unreadable, packed, unpacked
from pages.ui.pages import PAGES
from pages.ui.pictures import OFFERS
from pages.ui.presentation import read_file
from pages.ui.scenes import (
    MOST_SCENES,
    Scene,
    as_text,
    default_scenes,
    from_json,
    from_text,
    to_json,
)

BUSY = replace_at(
    Scenario(), {"workload.requests_per_s": 137.5, "workload.needs": ("gpu",), "aws_lambda.vpc": True}
)
SCENES = (
    Scene("Busy “<b>” & co", "cost_curves", BUSY, "Look here. 100 % = all?", "workload.requests_per_s"),
    Scene("Plain", "spike_timeline", Scenario()),
)


# --- there and back -------------------------------------------------------------------------------


def test_scenes_come_back_from_a_link() -> None:
    assert from_text(as_text(SCENES)) == (SCENES, ())
    assert (as_text(()), from_text("")) == ("", ((), ()))


def test_scenes_come_back_from_a_file_which_names_their_pages() -> None:
    text = to_json(SCENES)
    assert from_json(text) == SCENES
    assert read_file(("\ufeff" + text).encode()) == SCENES
    assert [row["page"] for row in json.loads(text)["scenes"]] == ["cost", "spike"]
    assert json.loads(text)["scenes"][1]["scenario"] == {"version": 1}  # nothing differs from the defaults


def test_a_link_stays_short_and_needs_no_escapes() -> None:
    text = as_text(default_scenes())
    assert len(text) < 700
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert text.startswith("1.")


def test_saved_scenarios_come_back_from_a_link() -> None:
    both = {"A": Scenario(), "C": BUSY}
    assert saved.from_text(saved.as_text(both)) == (both, ())


def test_a_scene_moves_its_slider_and_sets_right_what_no_longer_goes_with_it() -> None:
    scene = Scene("", "cost_curves", Scenario(), "", "fargate.vcpu")
    moved = scene.moved(4.0)
    # 4 vCPU come with 8 GB at least.
    assert (moved.fargate.vcpu, moved.fargate.memory_gb) == (4.0, 8.0)
    assert scene.scenario == Scenario()


# --- hostile links --------------------------------------------------------------------------------


def bomb() -> str:
    raw = b'["' + b"a" * (30 * LARGEST) + b'"]'
    return "1." + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "does not start with its version"),
        ("2.abc", "version 2, and only version 1"),
        ("1.<script>", "signs that do not belong"),
        ("1.abcd", "damaged or cut off"),
        (as_text(SCENES)[:60], "cut off"),
        ("1." + "A" * 30_000, "longer than 20,000"),
        (bomb()[:19_000], "cut off or too large"),
    ],
)
def test_an_unreadable_text_is_said_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        unpacked(text)
    for (found, notices), none in ((from_text(text), ()), (saved.from_text(text), {})):
        assert found == none
        assert len(notices) == 1 and notices[0].endswith(".") and why in notices[0]


@pytest.mark.parametrize(
    ("row", "kept", "said"),
    [
        (7, False, "Scene 1 of the link cannot be read"),
        (["a", "b"], False, "Scene 1 of the link cannot be read"),
        (["a", "no_chart", "", "", {}], False, "'no_chart', which is not there"),
        (["a", "cost_curves", "", "billing.region", {}], True, "a slider for 'billing.region'"),
        (["a", "cost_curves", "", "", 3], True, "no settings that can be read"),
        (["a", "cost_curves", "", "", {"workload.requests_per_s": "1e99"}], True, "not a number from"),
        (["a", "cost_curves", "", "", {"fargate.vcpu": "nan"}], True, "Scene 1 of the link: fargate.vcpu"),
        (["a", "cost_curves", "", "", {"x.y": "1"}], True, "'x.y', which is not a field"),
    ],
)
def test_a_bad_scene_is_left_out_or_set_right_with_a_notice(row: Any, kept: bool, said: str) -> None:
    scenes, notices = from_text(packed([row]))
    assert bool(scenes) == kept
    assert any(said in notice for notice in notices)


def test_a_link_holds_only_so_many_scenes_and_so_long_names() -> None:
    many, notices = from_text(packed([["n" * 500, "cost_curves", "s" * 999, "", {}]] * (MOST_SCENES + 3)))
    assert len(many) == MOST_SCENES and f"has {MOST_SCENES + 3} scenes" in notices[0]
    assert (len(many[0].name), len(many[0].sentence)) == (80, 240)


def test_a_saved_scenario_under_another_letter_is_left_out() -> None:
    found, notices = saved.from_text(packed({"A": {"workload.requests_per_s": "5"}, "Z": {}}))
    assert found["A"].workload.requests_per_s == 5
    assert list(found) == ["A"] and "'Z'" in notices[0]


# --- hostile files --------------------------------------------------------------------------------


def file_with(**changes: Any) -> str:
    tree = json.loads(to_json(SCENES[:1]))
    tree["scenes"][0] |= changes
    return json.dumps(tree)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "JSON; this is not"),
        ("[]", 'an object with a list of "scenes"'),
        ('{"version": 9, "scenes": [{}]}', "version = 9"),
        ('{"version": 1, "scenes": []}', "a list of 1 to 20"),
        ('{"version": 1, "scenes": [5]}', "scene 1 = 5"),
        (file_with(chart="x"), "scene 1, chart = 'x' is not allowed: one of which_cost"),
        (file_with(name=[]), "scene 1, name"),
        (file_with(slider="billing.region"), "scene 1, slider"),
        (file_with(scenario={"workload": {"requests_per_s": -1}}), "scene 1, workload.requests_per_s = -1"),
        (file_with(scenario={"workload": {"requests_per_s": [1, 2]}}), "scene 1, scenario"),
        (file_with(scenario=None), "scene 1, scenario"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_reason(text: str, why: str) -> None:
    with pytest.raises(ScenarioError) as error:
        from_json(text)
    assert why in str(error.value)


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(ScenarioError, match="JSON in UTF-8"):
        read_file(b"\xff\xfe\x00")


# --- charts by key --------------------------------------------------------------------------------


def test_offers_belong_to_pages_and_default_scenes_to_offers() -> None:
    stems = {stem for titles in PAGES.values() for stem in titles}
    of_no_scenario = {"present", "estate", "sources", "accuracy"}
    assert {offer.page for offer in OFFERS.values()} == stems - of_no_scenario
    for scene in default_scenes():
        # The slider must move what is said.
        value = {"workload.requests_per_s": 2.0, "aws_lambda.package_mb": 200.0}.get(scene.slider)
        value = value or {"workload.spike_factor": 1.5, "workload.duration_s": 1.0}[scene.slider]
        before = OFFERS[scene.chart].for_stage(Asked(scene.scenario))
        after = OFFERS[scene.chart].for_stage(Asked(scene.moved(value)))
        assert before.answer != after.answer
        assert before.figure is not None and before.figure.to_json() != after.figure.to_json()  # type: ignore[union-attr]


# --- one scenario in the chart of another ---------------------------------------------------------


def test_a_saved_curve_is_dashed_and_named_and_marks_stay_out() -> None:
    other = go.Figure(
        [
            go.Scatter(x=[1, 2], y=[3, 4], name="Lambda", mode="lines", line={"color": "#b84a00"}),
            go.Scatter(x=[1], y=[3], name="Break-even", mode="markers"),
            go.Scatter(x=[1, 2], y=[3, 4], name="range", mode="lines", fill="toself"),
        ]
    )
    (ghost,) = ghosts(other, "B")
    assert (ghost.name, ghost.line.dash, ghost.line.color) == ("Lambda in B", "dot", "#b84a00")
    assert (list(ghost.x), list(ghost.y)) == ([1, 2], [3, 4])


def test_a_saved_bill_gets_bars_and_room_of_its_own() -> None:
    figure = go.Figure(
        [go.Bar(x=[5], y=["Lambda"], orientation="h"), go.Bar(x=[7], y=["Fargate"], orientation="h")]
    )
    assert overlay(figure, ghosts(figure, "A")) == 120
    assert [row for trace in figure.data for row in trace.y] == [
        "Lambda",
        "Fargate",
        "Lambda in A",
        "Fargate in A",
    ]


def test_where_there_are_many_bars_none_are_added() -> None:
    figure = go.Figure([go.Bar(x=[1], y=[str(n)], orientation="h") for n in range(9)])
    assert ghosts(figure, "A") == []


# --- the difference in a sentence -----------------------------------------------------------------


def test_the_sentence_names_settings_what_moved_and_what_did_not() -> None:
    now = [Figure("Lambda’s month", "$10"), Figure("Fargate’s month", "$20"), Figure("the lag", None)]
    then = [Figure("Lambda’s month", "$5"), Figure("Fargate’s month", "$20"), Figure("the lag", "9 s")]
    assert difference("A", "Requests per second 50/s", now, then) == (
        "Beside A (Requests per second 50/s) Lambda’s month is $10 instead of $5; Fargate’s month is the same."
    )
    assert (
        difference("B", "Package size 7 MB", now, now) == "Beside B (Package size 7 MB) nothing here changes."
    )
    assert difference("C", "", now, now) == "C is what you see."


def test_settings_apart_are_the_saved_ones_and_many_are_counted() -> None:
    assert settings_apart(Scenario(), Scenario()) == ""
    assert settings_apart(Scenario(), replace_at(Scenario(), "workload.requests_per_s", 50)) == (
        "Requests per second 50/s"
    )
    many = replace_at(
        Scenario(),
        {
            "workload.requests_per_s": 50,
            "workload.cpu_share": 0.5,
            "aws_lambda.memory_mb": 512,
            "fargate.max_tasks": 9,
        },
    )
    assert settings_apart(Scenario(), many).endswith(" and 2 more settings")
