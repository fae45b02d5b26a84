"""An uploaded series travels in files and on the command line, not in links, and replaces a shipped trace."""

import json

import numpy as np
import pytest

from model import Scenario, evaluate, replace_at
from model.__main__ import main
from model.facts import load_traces
from model.fields import ScenarioError
from model.serialise import NO_SERIES, cache_key, from_dict, from_json, from_params, to_json, to_params
from model.series import Series
from model.traffic import FEW, LONGEST_STEP_S, MOST_STEPS, traffic, usual_step_s

COUNTS = np.array([30.0, 90.0, 60.0, 0.0, 120.0, 60.0])  # 360 in six minutes: 1 a second
SERIES = Series("Tuesday", "2026-11-24T10:00:00+01:00", 60, COUNTS)


def uploaded(series=SERIES, **more):
    values = {"workload.pattern": "trace", "workload.trace": "uploaded", "workload.series": series}
    return replace_at(Scenario(), values | {f"workload.{name}": value for name, value in more.items()})


def test_its_own_mean_is_counts_over_length():
    assert SERIES.length_s == 360
    assert SERIES.mean_per_s == 1.0  # 360 / 360


def test_a_file_brings_it_back():
    scenario = uploaded(requests_per_s=7.0)
    assert from_json(to_json(scenario)) == scenario
    assert json.loads(to_json(scenario))["workload"]["series"]["counts"] == [30, 90, 60, 0, 120, 60]
    assert "counts of the series" not in to_json(scenario)


def test_a_file_keeps_its_counts_on_one_line():
    assert any(
        line.strip().startswith('"counts": [30, 90, 60, 0, 120, 60]')
        for line in to_json(uploaded()).splitlines()
    )


def test_a_file_without_a_rate_takes_the_series_own():
    tree = {"workload": {"series": SERIES.as_dict()}}
    scenario = from_dict(tree)
    assert (scenario.workload.requests_per_s, scenario.workload.pattern) == (1.0, "trace")
    assert scenario.workload.trace == "uploaded"
    assert from_dict({"workload": {**tree["workload"], "requests_per_s": 100}}).workload.requests_per_s == 100
    assert (
        from_json(to_json(uploaded())).workload.requests_per_s == 100
    )  # the default's, written because it differs


def test_the_command_line_replays_it(tmp_path, capsys):
    file = tmp_path / "scenario.json"
    file.write_text(to_json(uploaded(requests_per_s=1.0)), encoding="utf-8")
    assert main([str(file)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["scenario"]["workload"]["series"]["name"] == "Tuesday"
    expected = evaluate(uploaded(requests_per_s=1.0)).fargate.bill.total_usd
    assert printed["fargate"]["bill"]["total_usd"] == pytest.approx(float(expected))


def test_a_link_leaves_it_out_and_says_so():
    params = to_params(uploaded())
    assert params["workload.trace"] == "uploaded" and not any("series" in name for name in params)
    scenario, notices = from_params(params)
    assert scenario.workload.series is None and scenario.workload.trace == Scenario().workload.trace
    assert notices == (NO_SERIES,)


def test_a_link_within_the_visit_keeps_the_upload():
    scenario = uploaded(requests_per_s=3.0)
    assert from_params(to_params(scenario), SERIES) == (scenario, ())


def test_a_link_cannot_bring_one():
    scenario, notices = from_params({"workload.series": json.dumps(SERIES.as_dict())})
    assert scenario == Scenario() and "not a field" in notices[0]


def test_traffic_is_the_series_scaled_to_the_rate():
    # Mean count 60: relative 0.5, 1.5, 1, 0, 2, 1, at 10 a second.
    arriving = traffic(uploaded(requests_per_s=10.0), 60)
    assert arriving.step_s == 60
    assert arriving.per_s.tolist() == pytest.approx([5, 15, 10, 0, 20, 10])


@pytest.mark.parametrize(
    ("period_s", "wanted_s", "step_s", "steps"),
    [
        (3600, 300, 300, 24),
        (3600, 60, 60, 120),
        (300, 60, 60, 10),
        (900, 300, 300, 6),
        (90, 60, 45, 4),
        (1, 60, 60, 1),
    ],
)
def test_long_periods_are_split_evenly_and_short_ones_put_together(period_s, wanted_s, step_s, steps):
    counts = [1, 3] if period_s > 1 else [1, 3] * 30
    arriving = traffic(
        uploaded(Series("x", "2026-11-24", period_s, np.array(counts, float)), requests_per_s=2.0), wanted_s
    )
    assert (arriving.step_s, arriving.per_s.size) == (step_s, steps)
    half = steps // 2
    expected = [1.0] * half + [3.0] * half if period_s > 1 else [2.0]
    assert arriving.per_s.tolist() == pytest.approx(expected)


def test_a_recording_is_stepped_by_its_own_minutes_but_never_in_too_many_steps():
    week = load_traces()["nasa_http_1995_week"]
    shipped = replace_at(Scenario(), "workload.pattern", "trace")
    assert usual_step_s(shipped) == week.period_s == 60
    assert usual_step_s(Scenario()) == LONGEST_STEP_S
    assert usual_step_s(replace_at(shipped, "workload.requests_per_s", np.ones(FEW + 1))) == LONGEST_STEP_S
    hour = replace_at(shipped, "workload.trace", "azure_llm_code_2023_hour")
    assert usual_step_s(replace_at(hour, "workload.requests_per_s", np.ones(FEW + 1))) == 60
    month = Series("x", "2026-11-01", 60, np.ones(31 * 1440))
    assert usual_step_s(uploaded(month)) == pytest.approx(31 * 86_400 / MOST_STEPS)
    assert usual_step_s(uploaded(Series("x", "2026-11-01", 1, np.ones(600)))) == 1
    seconds = Series("x", "2026-11-01", 1, np.ones(7 * 86_400))
    assert traffic(uploaded(seconds), usual_step_s(uploaded(seconds))).per_s.size <= MOST_STEPS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1, 2], r"workload.series = .* is not allowed: an object of name"),
        ({}, r"workload.series\[counts\]"),
        ({"counts": [1, 2], "unit": "x"}, r"workload.series\[unit\] = 'x' is not allowed: only name"),
        ({"counts": [1]}, "from 2 to 700,000"),
        ({"counts": [1, "x"]}, "a list of numbers"),
        ({"counts": [1, None]}, "a list of numbers"),
        ({"counts": [[1, 2], [3, 4]]}, "a list of numbers"),
        ({"counts": [True, False]}, "a list of numbers"),
        ({"counts": [1, -2]}, r"= -2.0 is not allowed: counts from 0"),
        ({"counts": [1, float("nan")]}, "= nan is not allowed: counts from 0"),
        ({"counts": [0, 0]}, "a mean from 0.000001"),
        ({"counts": [1e12, 1e12], "period_s": 1}, "a mean from 0.000001 to 1,000,000"),
        ({"counts": [1, 2], "period_s": 0.5}, "from 1 to 3,600"),
        ({"counts": [1, 2], "period_s": True}, "from 1 to 3,600"),
        ({"counts": [1, 2], "start": "yesterday"}, "ISO 8601"),
        ({"counts": [1, 2], "name": 3}, "a text"),
        ({"counts": [1] * 1000, "period_s": 3600}, "at most 31 days"),
    ],
)  # fmt: skip
def test_a_series_that_cannot_be_replayed_is_refused_in_a_sentence(given, said):
    with pytest.raises(ScenarioError, match=said):
        from_dict({"workload": {"series": given}})


def test_uploaded_without_a_series_is_refused():
    with pytest.raises(
        ScenarioError, match=r"workload.trace = 'uploaded' is not allowed: one of .* beside workload.series"
    ):
        replace_at(Scenario(), "workload.trace", "uploaded")


def test_two_series_are_one_only_if_every_count_is():
    same, other = (
        Series("Tuesday", SERIES.start, 60, COUNTS.copy()),
        Series("Tuesday", SERIES.start, 60, COUNTS + 1),
    )
    assert same == SERIES and hash(same) == hash(SERIES) and other != SERIES
    assert cache_key(uploaded(same)) == cache_key(uploaded()) != cache_key(uploaded(other))
    assert cache_key(uploaded()) != cache_key(replace_at(uploaded(), "workload.trace", "nasa_http_1995_week"))
    assert len(cache_key(uploaded(Series("x", "2026-11-01", 1, np.ones(100_000))))) < 2000


def test_counts_cannot_be_changed_from_outside():
    counts = COUNTS.copy()
    series = Series("x", "2026-11-24", 60, counts)
    counts[0] = 1e9
    assert series.counts[0] == 30
    with pytest.raises(ValueError, match="read-only"):
        series.counts[0] = 5
