"""The replay page: a recording chosen or uploaded, hostile files, what survives a change of page, what is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model import Scenario, replace_at
from model.replay import Replay, replay
from model.serialise import from_json, to_json
from model.series import Series
from pages.ui import palette
from pages.ui.answers import replay as answers
from pages.ui.chart import figures_shown
from pages.ui.figures.replay import replay_timeline, worst_timeline
from tests.pages.sidebar import unfold
from tests.pages.test_pages import APP, answer, assert_reads_well, data, of_metric, opened, ran, to_page

# Six minutes of 30, 90, 60, 0, 120 and 60 requests: one a second.
FILE = "time,requests\n" + "".join(
    f"2026-11-24 10:0{i},{n}\n" for i, n in enumerate((30, 90, 60, 0, 120, 60))
)
HOSTILE = {
    "binary": bytes(range(256)) * 40,
    "empty": b"",
    "one line": b"x" * 1_000_000,
    "formula": FILE.replace("90", "=HYPERLINK(1)").encode(),
    "negative": FILE.replace("90", "-90").encode(),
    "markdown": b"![x](http://example.org/x.png),<script>alert(1)</script>\n**a**,$b$\n",
}


def upload(app: AppTest, content: bytes | str, name: str = "week.csv") -> AppTest:
    raw = content.encode() if isinstance(content, str) else content
    return ran(app.file_uploader(key="replay_file").set_value((name, raw, "text/csv")).run())


def series_of(app: AppTest) -> Series | None:
    series: Series | None = app.session_state["scenario"].workload.series
    return series


@pytest.fixture
def app() -> AppTest:
    return opened("replay")


def test_an_upload_is_replayed_at_its_own_rate(app: AppTest) -> None:
    upload(app, FILE)
    workload = app.session_state["scenario"].workload
    assert (workload.pattern, workload.trace, workload.requests_per_s) == ("trace", "uploaded", 1.0)
    assert answer(app).startswith("Over 6 min at a mean of 1 request/s, ")
    arriving = figures_shown(app)["replay_timeline"]["data"][0]
    assert arriving["name"] == "Arriving"
    assert data(arriving["y"])[:6] == pytest.approx([0.5, 1.5, 1, 0, 2, 1])  # counts / 60
    assert_reads_well(app)


def test_an_upload_survives_a_change_of_page_and_moves_the_other_pages(app: AppTest) -> None:
    upload(app, FILE)
    kept = series_of(app)
    to_page(app, "cost")
    assert series_of(app) == kept is not None
    to_page(app, "replay")
    assert answer(app).startswith("Over 6 min ")
    month = [of_metric(to_page(app, "cost"), f"{name}, a month") for name in ("Lambda", "Fargate")]
    assert all(usd in answer(to_page(app, "replay")) for usd in month)


def test_the_upload_can_be_scaled(app: AppTest) -> None:
    upload(app, FILE)
    ran(app.select_slider(key="workload.requests_per_s").set_value(10.0).run())
    assert answer(app).startswith("Over 6 min at a mean of 10 requests/s, ")


def test_what_was_decided_is_told(app: AppTest) -> None:
    upload(app, "t,n\n2026-11-24 10:01,5\n2026-11-24 10:00,3\n2026-11-24 10:04,2\n2026-11-24 10:02,2\n")
    said = app.main.info[0].value
    assert "sorted" in said and "filled with zero" in said


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_gets_a_sentence_and_the_last_good_state_stays(app: AppTest, kind: str) -> None:
    upload(app, FILE)
    before, kept = answer(app), series_of(app)
    upload(app, HOSTILE[kind], "bad.csv")
    (error,) = app.main.error
    assert error.value.replace("\\", "").endswith("What was shown before stays.")
    assert "<script" not in error.value and "](http" not in error.value
    assert (answer(app), series_of(app)) == (before, kept)


def test_the_error_goes_with_the_next_good_file(app: AppTest) -> None:
    upload(app, HOSTILE["formula"])
    assert app.main.error
    upload(app, FILE)
    assert not app.main.error and answer(app).startswith("Over 6 min ")


def test_a_file_with_a_strange_name_is_shown_as_text(app: AppTest) -> None:
    upload(app, FILE, "**week** <b>$x$.csv")
    box = app.main.selectbox(key="replay_choice")
    assert box.value == "uploaded"
    assert series_of(app).name == "**week** <b>$x$.csv"  # type: ignore[union-attr]


def test_another_recording_can_be_chosen_and_the_upload_chosen_again(app: AppTest) -> None:
    upload(app, FILE)
    ran(app.main.selectbox(key="replay_choice").set_value("azure_llm_code_2023_hour").run())
    assert answer(app).startswith("Over 58 min ")
    ran(app.main.selectbox(key="replay_choice").set_value("uploaded").run())
    assert answer(app).startswith("Over 6 min ")


def test_without_an_upload_nobody_is_offered_one(app: AppTest) -> None:
    unfold(app)
    for box in (app.main.selectbox(key="replay_choice"), app.sidebar.selectbox(key="workload.trace")):
        assert len(box.options) == 4


def test_the_link_says_that_it_leaves_the_upload_out(app: AppTest) -> None:
    upload(app, FILE)
    assert any("leaves your upload out" in caption.value for caption in app.main.caption)
    other = AppTest.from_file(str(APP), default_timeout=60)
    other.query_params["v"], other.query_params["workload.trace"] = "1", "uploaded"
    ran(other.switch_page("pages/replay.py").run())
    assert "too long for a link" in other.toast[0].value
    assert answer(other).startswith("Over 7 days ")


def test_the_scenario_file_takes_the_upload_along(app: AppTest) -> None:
    upload(app, FILE)
    scenario = app.session_state["scenario"]
    assert from_json(to_json(scenario)) == scenario


def test_one_click_takes_the_recording_to_every_page(app: AppTest) -> None:
    assert app.session_state["scenario"].workload.pattern == "steady"
    button = next(b for b in app.main.button if b.label == "Use this traffic on every page")
    ran(button.click().run())
    assert app.session_state["scenario"].workload.pattern == "trace"
    assert not [b for b in app.main.button if b.label == "Use this traffic on every page"]


def test_a_job_has_nothing_to_replay() -> None:
    assert answer(opened("replay", {"workload.kind": "job"})) == answers.NO_REPLAY


# --- figures and words ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run() -> Replay:
    series = Series(
        "x", "2026-11-24T10:00:00+01:00", 60, np.array([600.0] * 30 + [30_000.0] * 10 + [600.0] * 20)
    )
    fields: dict[str, Any] = {"workload.trace": "uploaded", "workload.series": series, "fargate.max_tasks": 4}
    return replay(replace_at(Scenario(), fields | {"workload.requests_per_s": series.mean_per_s}))


def test_the_timeline_draws_both_platforms_on_one_axis_of_time(run: Replay) -> None:
    figure = replay_timeline(run, "Found", "minute")
    assert figure.layout.title.text == "Found"
    assert figure.layout.xaxis.title.text == "Time (UTC+01:00)"
    assert all(trace.x[0] == "2026-11-24T10:00:00" and len(trace.x) == 61 for trace in figure.data)
    rows = [note.text for note in figure.layout.annotations]
    assert rows == [
        "Requests per second, by minute",
        "Fargate tasks serving",
        "Lambda environments",
        "Requests lost per second",
        "p99 response time",
        "Cost per hour",
    ]
    lost = [t for t in figure.data if t.yaxis == "y4" and t.name == "Fargate"][0]
    assert lost.line.color == palette.FARGATE
    assert np.sum(lost.y[:-1] * 60) == pytest.approx(run.fargate.lost)
    cost = [t for t in figure.data if t.yaxis == "y6" and t.name == "Lambda"][0]
    assert np.sum(cost.y[:-1] * run.hours) == pytest.approx(run.aws_lambda.usd)


def test_the_rows_do_not_overlap(run: Replay) -> None:
    for figure in (replay_timeline(run, "", "minute"), worst_timeline(run, "")):
        axes = [figure.layout[name].domain for name in figure.to_dict()["layout"] if name.startswith("yaxis")]
        assert all(low >= 0 and high <= 1 for low, high in axes)
        assert all(below[1] < above[0] for above, below in zip(axes[:-1], axes[1:], strict=True))


def test_the_timeline_marks_the_worst_ten_minutes(run: Replay) -> None:
    (mark,) = replay_timeline(run, "", "minute").layout.shapes
    assert (mark.x0, mark.x1) == (
        "2026-11-24T10:30:00",
        "2026-11-24T10:40:00",
    )  # where the 30,000 a minute are


def test_the_worst_ten_minutes_are_drawn_by_the_second(run: Replay) -> None:
    figure = worst_timeline(run, "Worst")
    arriving = figure.data[0]
    assert len(arriving.y) == 600
    assert arriving.y == pytest.approx(500, rel=1e-5)  # 30,000 a minute
    assert figure.layout.xaxis.title.text == "Time since these ten minutes began"


def test_the_titles_name_who_loses_and_when(run: Replay) -> None:
    assert answers.timeline_title(run).startswith("Fargate loses requests in ")
    assert answers.timeline_title(run).endswith(" of 60 minutes")
    assert answers.worst_title(run).startswith(
        "The worst ten minutes, from Tue 24 November 2026, 10:30: Fargate loses "
    )


def test_the_table_adds_up_to_the_sentence(run: Replay) -> None:
    rows = answers.rows(run)
    assert sum(rows["Requests"]) == pytest.approx(run.total_requests)  # type: ignore[arg-type]
    assert sum(rows["Fargate (USD)"]) == pytest.approx(run.fargate.usd)  # type: ignore[arg-type]
    assert {len(column) for column in rows.values()} == {60}
