"""Figures from small hand-made results: what is drawn, in which colour, on which axes, under which title."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from model.cost.lines import Bill, Line
from model.decide.break_even import CostCurve, Crossing
from model.decide.cost_bands import CostBand, CostBands
from model.decide.sweeps import MAP_FIELDS, CostMap, RegionTotals, UtilisationCurve, map_values
from model.scenario import Scenario
from pages.ui import palette
from pages.ui.figures.bill import bill_bars
from pages.ui.figures.cost import cost_curves, utilisation_curves
from pages.ui.figures.cost_map import cost_map
from pages.ui.figures.latency import (
    cold_start_parts,
    percentile_dots,
    runtime_dots,
    survival_curves,
)
from pages.ui.figures.regions import region_dots
from pages.ui.figures.spike import MOST_POINTS, lag_bars, spike_timeline

RATE = "workload.requests_per_s"
TITLE = "What we found"


def trace(figure: go.Figure, name: str, index: int = 0) -> Any:
    return [trace for trace in figure.data if trace.name == name][index]


def notes(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def lines_at_x(figure: go.Figure) -> list[float]:
    return [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1]


# --- money ----------------------------------------------------------------------------------------

CURVE = CostCurve(RATE, np.array([1.0, 10.0, 100.0]), np.array([2.0, 20, 200]), np.array([50.0, 50, 60]))
CROSSING = Crossing(RATE, 24.96, 49.9, "aws_lambda", "fargate", False)


def test_cost_curves_are_the_two_bills_in_the_colours_of_their_platforms() -> None:
    figure = cost_curves(CURVE, (CROSSING,), 30.0, 80.0, TITLE)
    assert figure.layout.title.text == TITLE
    for name, usd, colour in (
        ("Lambda", CURVE.lambda_usd, palette.LAMBDA),
        ("Fargate", CURVE.fargate_usd, palette.FARGATE),
    ):
        assert trace(figure, name).x.tolist() == [1, 10, 100]
        assert trace(figure, name).y.tolist() == usd.tolist()  # type: ignore[union-attr]
        assert trace(figure, name).line.color == colour


def test_cost_curves_name_both_axes_and_write_powers_of_ten_out() -> None:
    axes = cost_curves(CURVE, (), 30.0, 80.0, TITLE).layout
    assert (axes.xaxis.title.text, axes.xaxis.type) == ("Requests per second", "log")
    assert (axes.yaxis.title.text, axes.yaxis.type, axes.yaxis.tickprefix) == ("USD a month", "log", "$")
    assert list(axes.xaxis.tickvals) == [1, 10, 100]
    wide = cost_curves(CostCurve(RATE, np.array([0.001, 1e4]), np.ones(2), np.ones(2)), (), 1, 1, TITLE)
    assert list(wide.layout.xaxis.ticktext) == ["0.001", "0.01", "0.1", "1", "10", "100", "1,000", "10,000"]


def test_break_even_points_stand_at_their_traffic_and_bill() -> None:
    points = trace(cost_curves(CURVE, (CROSSING,), 30.0, 80.0, TITLE), "Break-even")
    assert (list(points.x), list(points.y), list(points.text)) == ([24.96], [49.9], ["25/s"])
    assert points.showlegend


def test_without_a_crossing_there_is_no_break_even_in_the_legend() -> None:
    points = trace(cost_curves(CURVE, (), 30.0, 80.0, TITLE), "Break-even")
    assert (len(points.x), points.showlegend) == (0, False)


@pytest.mark.parametrize(
    ("full_at", "marked"),
    [
        pytest.param(80.0, [30, 80], id="inside"),
        pytest.param(5000.0, [30], id="beyond the axis"),
        pytest.param(np.inf, [30], id="a job has none"),
    ],
)
def test_todays_traffic_and_full_tasks_are_marked(full_at: float, marked: list[float]) -> None:
    figure = cost_curves(CURVE, (), 30.0, full_at, TITLE)
    assert lines_at_x(figure) == marked
    assert notes(figure)[0] == "now"
    assert len(notes(figure)) == len(marked)
    assert figure.layout.annotations[0].x == pytest.approx(np.log10(30))  # annotations want the exponent


def test_a_platform_without_a_total_is_left_out_of_the_cost_curves() -> None:
    figure = cost_curves(CostCurve(RATE, CURVE.values, CURVE.lambda_usd, None), (), 30.0, 80.0, TITLE)
    assert [trace.name for trace in figure.data] == ["Lambda", "Break-even"]


def line(item: str, quantity: float, unit_usd: float | None) -> Line:
    usd = None if unit_usd is None else np.float64(quantity * unit_usd)
    return Line(
        item, "compute", np.float64(quantity), "GB-s", unit_usd, usd, "lambda.duration/x86_64@us-east-1"
    )


BANDS = CostBands(
    RATE,
    np.array([1.0, 100.0]),
    CostBand(np.array([0.0, 150.0]), np.array([3.0, 250.0])),
    CostBand(np.array([40.0, 45.0]), np.array([60.0, 80.0])),
)


def test_bands_lie_behind_the_curves_silent_and_in_the_colour_of_their_platform() -> None:
    figure = cost_curves(CURVE, (CROSSING,), 30.0, 80.0, TITLE, BANDS)
    names = [trace.name for trace in figure.data]
    assert names == ["Lambda, range", "Fargate, range", "Lambda", "Fargate", "Break-even"]
    area = trace(figure, "Fargate, range")
    assert (list(area.x), list(area.y)) == ([1, 100, 100, 1], [60, 80, 45, 40])
    assert (area.fill, area.hoverinfo, area.showlegend) == ("toself", "skip", False)
    assert area.fillcolor.startswith(palette.FARGATE)
    assert min(trace(figure, "Lambda, range").y) > 0  # a free month has no logarithm


def test_a_platform_without_a_total_has_no_band() -> None:
    figure = cost_curves(CURVE, (), 30.0, 80.0, TITLE, dataclasses.replace(BANDS, aws_lambda=None))
    assert "Lambda, range" not in [trace.name for trace in figure.data]


def test_managed_instances_are_a_point_at_todays_traffic() -> None:
    point = trace(cost_curves(CURVE, (), 30.0, 80.0, TITLE, None, 75.0), "Managed Instances")
    assert (list(point.x), list(point.y), point.marker.color) == ([30], [75], palette.NEUTRAL)


UTILISATION = UtilisationCurve(
    RATE,
    np.array([0.001, 1.0, 10.0]),
    np.array([0.0, 0.05, 0.5]),
    {"aws_lambda": np.array([9.0, 3.0, 3.5]), "fargate": np.array([900.0, 20.0, 2.0])},
)


def test_a_million_requests_are_drawn_over_utilisation_one_curve_for_each_platform() -> None:
    figure = utilisation_curves(UTILISATION, 0.2, TITLE)
    assert [trace.name for trace in figure.data] == ["Lambda", "Fargate"]
    assert list(trace(figure, "Fargate").x) == [0.05, 0.5]  # nothing paid for is no utilisation
    assert list(trace(figure, "Fargate").y) == [20, 2]
    assert list(trace(figure, "Lambda").customdata) == ["1/s", "10/s"]
    axes = figure.layout
    assert (axes.xaxis.type, axes.yaxis.type) == ("log", "log")
    assert axes.xaxis.title.text == "Fargate's CPU utilisation, mean over the month"
    assert axes.yaxis.title.text == "USD a million requests"
    assert dict(zip(axes.xaxis.tickvals, axes.xaxis.ticktext, strict=True)) == {
        0.01: "1 %",
        0.1: "10 %",
        1.0: "100 %",
    }
    assert lines_at_x(figure) == [0.2]
    assert "yaxis2" not in figure.layout


def test_a_million_runs_of_a_job_are_called_runs_and_a_platform_without_a_price_is_left_out() -> None:
    job = UtilisationCurve(
        "workload.runs_per_day",
        UTILISATION.traffic,
        UTILISATION.utilisation,
        {"aws_lambda": None, "fargate": np.ones(3)},
    )
    figure = utilisation_curves(job, 0.0, TITLE)
    assert [trace.name for trace in figure.data] == ["Fargate"]
    assert figure.layout.yaxis.title.text == "USD a million runs"
    assert lines_at_x(figure) == []


TIME = "workload.duration_s"
MAP = CostMap(
    RATE,
    np.array([1.0, 10.0, 100.0]),
    TIME,
    np.array([0.01, 0.1]),
    np.array([[0.1, 1.0, np.nan], [0.0, 10.0, 100.0]]),
)


def test_the_map_has_the_logarithm_of_the_ratio_as_its_colour_with_equal_in_the_middle() -> None:
    figure = cost_map(MAP, (10.0, 0.1), TITLE)
    heat = figure.data[0]
    assert heat.type == "heatmap"
    expected = [[-1, 0, np.nan], [-1, 1, 2]]  # a free function is as orange as ten times cheaper
    assert np.asarray(heat.z) == pytest.approx(np.array(expected), nan_ok=True)
    assert (list(heat.x), list(heat.y)) == ([1, 10, 100], [0.01, 0.1])
    assert (heat.zmin, heat.zmax) == (-1, 1)
    assert [colour for _, colour in heat.colorscale] == [palette.LAMBDA, palette.SURFACE, palette.FARGATE]
    bar = dict(zip(heat.colorbar.tickvals, heat.colorbar.ticktext, strict=True))
    assert bar[0] == "equal" and "Lambda" in bar[-1] and "Fargate" in bar[1]


def test_the_map_draws_break_even_in_ink_and_marks_today() -> None:
    figure = cost_map(MAP, (10.0, 0.1), TITLE)
    line = trace(figure, "Break-even")
    assert (line.type, line.line.color, line.contours.start, line.contours.end) == (
        "contour",
        palette.INK,
        0,
        0,
    )
    assert (trace(figure, "now").x[0], trace(figure, "now").y[0]) == (10, 0.1)
    one_sided = dataclasses.replace(MAP, ratio=np.full((2, 3), 3.0))
    assert "Break-even" not in [trace.name for trace in cost_map(one_sided, (10.0, 0.1), TITLE).data]


def test_the_axes_of_the_map_are_those_of_its_fields() -> None:
    layout = cost_map(MAP, (10.0, 0.1), TITLE).layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("Requests per second", "Handler time")
    assert (layout.xaxis.type, layout.yaxis.type) == ("log", "log")
    assert list(layout.xaxis.ticktext) == ["1", "2", "5", "10", "20", "50", "100"]
    share = CostMap("workload.cpu_share", np.array([0.0, 1.0]), RATE, np.array([1.0, 10]), np.ones((2, 2)))
    axis = cost_map(share, (0.3, 5.0), TITLE).layout.xaxis
    assert (axis.type, axis.tickformat, axis.title.text) == ("linear", ".0%", "CPU share of handler time")


@pytest.mark.parametrize("path", MAP_FIELDS)
def test_every_field_of_the_map_has_ticks_in_words_and_a_name(path: str) -> None:
    values = map_values(Scenario(), path)
    other = next(field for field in MAP_FIELDS if field != path)
    map_ = CostMap(path, values, other, np.array([1.0, 2.0]), np.ones((2, values.size)))
    axis = cost_map(map_, (values[0], 1.0), TITLE).layout.xaxis
    assert axis.title.text and "." not in axis.title.text
    if axis.type == "log":
        assert 2 <= len(axis.tickvals) <= 12
        assert not [text for text in axis.ticktext if "e-" in text or "e+" in text]


REGIONS = (
    RegionTotals("us-east-1", {"aws_lambda": 20.0, "fargate": 10.0}, ()),
    RegionTotals("eu-central-1", {"aws_lambda": 24.0, "fargate": 12.0}, ()),
    RegionTotals("eu-north-1", {"aws_lambda": 21.0, "fargate": None}, ("ALB hours",)),
)


def test_regions_are_dots_from_the_cheapest_on_top_with_the_present_one_picked_out() -> None:
    figure = region_dots(REGIONS, "eu-central-1", TITLE)
    upwards = list(figure.layout.yaxis.categoryarray)
    assert upwards == ["Stockholm (eu-north-1)", "<b>Frankfurt (eu-central-1)</b>", "N. Virginia (us-east-1)"]
    fargate = trace(figure, "Fargate")
    assert (list(fargate.x), list(fargate.y)) == ([10, 12], upwards[:0:-1])
    assert fargate.marker.color == palette.FARGATE
    assert fargate.marker.size[1] > fargate.marker.size[0]
    assert figure.layout.xaxis.title.text == "USD a month"


def test_a_region_with_a_missing_price_has_a_cross_beside_the_dollars_not_a_dot_at_zero() -> None:
    figure = region_dots(REGIONS, "us-east-1", TITLE)
    assert list(trace(figure, "Lambda").x) == [20, 24, 21]
    crosses = trace(figure, "Fargate, no published figure")
    assert (list(crosses.y), crosses.xaxis) == (["Stockholm (eu-north-1)"], "x2")
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    assert trace(figure, "no published figure").showlegend is None
    complete = region_dots(REGIONS[:2], "us-east-1", TITLE)
    assert not [trace.name for trace in complete.data if "no published" in trace.name]


BILLS = {
    "aws_lambda": Bill(
        (line("Requests", 10, 0.2), line("Duration", 100, 0.05), line("Free", 5, 0.0), line("Idle", 0, 9))
    ),
    "fargate": Bill((line("vCPU", 2, 1.5), line("Windows", 3, None))),
}


def test_bill_bars_have_one_segment_for_each_paid_line_largest_first() -> None:
    figure = bill_bars(BILLS, TITLE)
    segments = [(bar.name, bar.y[0], bar.x[0]) for bar in figure.data]
    # 100 * 0.05, 10 * 0.2, 2 * 1.5; a free, an unused and an unpriced line have no length
    assert segments == [("Duration", "Lambda", 5.0), ("Requests", "Lambda", 2.0), ("vCPU", "Fargate", 3.0)]
    assert (figure.layout.barmode, figure.layout.xaxis.title.text) == ("stack", "USD a month")
    assert figure.layout.title.text == TITLE


def test_bill_bars_are_shades_of_their_platform() -> None:
    shades = [bar.marker.color for bar in bill_bars(BILLS, TITLE).data]
    assert [shade[:7] for shade in shades] == [palette.LAMBDA, palette.LAMBDA, palette.FARGATE]
    assert len(set(shades)) == 3


def test_managed_instances_are_a_third_bar_in_a_colour_of_their_own() -> None:
    bars = bill_bars({**BILLS, "managed_instances": Bill((line("EC2", 3, 2.0),))}, TITLE).data
    assert (bars[-1].y[0], bars[-1].x[0]) == ("Managed Instances", 6)
    assert bars[-1].marker.color.startswith(palette.NEUTRAL)


def test_bill_bars_tell_quantity_and_amount_on_hover() -> None:
    assert "100 GB-s<br>$5.00 a month" in bill_bars(BILLS, TITLE).data[0].hovertemplate


# --- waiting --------------------------------------------------------------------------------------


def latency(p50: float, p90: float, p95: float, p99: float, p999: float, slow: float = 0.0) -> Any:
    """Percentiles in s; a survival curve that falls from 1 to `slow` at the median."""
    return SimpleNamespace(
        p50_s=np.float64(p50),
        p90_s=np.float64(p90),
        p95_s=np.float64(p95),
        p99_s=np.float64(p99),
        p999_s=np.float64(p999),
        survival=lambda t_s: np.where(np.asarray(t_s) < p50, 1.0, slow),
    )


WAITING = {
    "aws_lambda": latency(0.1, 0.2, 0.3, 0.4, 2.0, slow=0.001),
    "fargate": latency(0.05, 0.1, 0.2, 0.8, 0.9, slow=1e-9),
}


def test_percentiles_are_dots_labelled_with_their_seconds() -> None:
    figure = percentile_dots(WAITING, 0.5, TITLE)
    assert list(trace(figure, "Lambda").x) == ["p50", "p90", "p95", "p99", "p99.9"]
    assert list(trace(figure, "Lambda").y) == [0.1, 0.2, 0.3, 0.4, 2.0]
    assert list(trace(figure, "Fargate").text) == ["50 ms", "100 ms", "200 ms", "800 ms", "900 ms"]
    assert trace(figure, "Lambda").line.color == palette.LAMBDA
    assert trace(figure, "Fargate").line.color == palette.FARGATE
    assert (figure.layout.title.text, figure.layout.yaxis.title.text) == (TITLE, "Response time")
    assert figure.layout.yaxis.type == "log"


def test_of_two_percentile_labels_the_slower_is_above_and_the_faster_below() -> None:
    figure = percentile_dots(WAITING, 0.5, TITLE)
    for name, slower in (
        ("Lambda", [True, True, True, False, True]),
        ("Fargate", [False, False, False, True, False]),
    ):
        above = ["top" in place for place in trace(figure, name).textposition]
        assert above == slower


def test_the_wanted_level_is_a_line_across_the_percentiles() -> None:
    figure = percentile_dots(WAITING, 0.5, TITLE)
    (level,) = figure.layout.shapes
    assert (level.y0, level.y1, level.line.color) == (0.5, 0.5, palette.SLO)
    assert figure.layout.annotations[0].y == pytest.approx(np.log10(0.5))
    assert "500 ms" in notes(figure)[0]


@pytest.mark.parametrize("draw", [percentile_dots, survival_curves])
def test_a_job_has_no_line_of_a_wanted_level(draw: Any) -> None:
    figure = draw(WAITING, None, TITLE)
    assert not figure.layout.shapes and not notes(figure)
    assert len(figure.data) == 2


def test_time_axes_are_logarithmic_with_ticks_in_words() -> None:
    for axis in (
        percentile_dots(WAITING, 0.5, TITLE).layout.yaxis,
        survival_curves(WAITING, 0.5, TITLE).layout.xaxis,
        runtime_dots([("A", 0.1, 0.2, 0.3)], "A", TITLE).layout.xaxis,
    ):
        assert axis.type == "log"
        words = dict(zip(axis.tickvals, axis.ticktext, strict=True))
        said = {round(value, 6): text for value, text in words.items()}
        assert (said[0.001], said[0.05], said[2.0], said[200.0]) == ("1 ms", "50 ms", "2 s", "3 min 20 s")


def test_survival_is_drawn_until_one_in_a_hundred_thousand() -> None:
    figure = survival_curves(WAITING, 0.5, TITLE)
    assert set(trace(figure, "Lambda").y) == {1.0, 0.001}
    assert set(trace(figure, "Fargate").y) == {1.0}  # 1e-9 is below the axis
    assert max(trace(figure, "Fargate").x) < 0.05 <= max(trace(figure, "Lambda").x)
    axis = figure.layout.yaxis
    assert (axis.title.text, axis.type) == ("Share of requests slower than t", "log")
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True))[0.01] == "1 %"
    assert lines_at_x(figure) == [0.5]


def test_the_survival_axis_reaches_beyond_the_wanted_level() -> None:
    assert max(trace(survival_curves(WAITING, 60.0, TITLE), "Lambda").x) > 60


PARTS = [("Placement", 0.1, "published"), ("Init", 0.2, "assumed"), ("VPC", 0.0, "measured")]


def test_cold_start_parts_are_hatched_where_assumed_and_absent_where_zero() -> None:
    figure = cold_start_parts(PARTS, TITLE)
    assert [(bar.name, bar.x[0]) for bar in figure.data] == [
        ("Placement (published)", 0.1),
        ("Init (assumed)", 0.2),
    ]
    assert [bar.marker.pattern.shape for bar in figure.data] == ["", "/"]
    assert [bar.text[0] for bar in figure.data] == ["Placement<br>100 ms", "Init<br>200 ms"]
    assert all(bar.marker.color.startswith(palette.LAMBDA) for bar in figure.data)
    assert (figure.layout.barmode, figure.layout.xaxis.ticksuffix) == ("stack", " s")
    assert figure.layout.xaxis.title.text == "Seconds, mean"


def test_each_of_eight_parts_has_a_shade_that_can_be_seen() -> None:
    figure = cold_start_parts([(str(i), 0.1, "measured") for i in range(8)], TITLE)  # no start has more
    for bar in figure.data:
        assert int(bar.marker.color[7:] or "ff", 16) > 25  # at least a tenth of the colour
    assert len({bar.marker.color for bar in figure.data}) == 8


def test_runtimes_are_sorted_with_the_fastest_on_top_and_the_chosen_one_picked_out() -> None:
    rows = [("Java", 0.2, 0.3, 0.9), ("Rust", 0.01, 0.02, 0.05), ("Node.js", 0.1, 0.15, 0.2)]
    figure = runtime_dots(rows, "Node.js", TITLE)
    medians = trace(figure, "median")
    assert list(medians.y) == ["Java", "Node.js", "Rust"]  # the axis runs upwards
    assert list(medians.x) == [0.3, 0.15, 0.02]
    large = [
        name
        for name, size in zip(medians.y, medians.marker.size, strict=True)
        if size == max(medians.marker.size)
    ]
    assert large == ["Node.js"]
    spans = trace(figure, "p5 to p99")
    assert list(spans.x) == [0.2, 0.9, None, 0.1, 0.2, None, 0.01, 0.05, None]
    assert medians.customdata[0] == ["200 ms", "900 ms"] or list(medians.customdata[0]) == [
        "200 ms",
        "900 ms",
    ]


# --- spike ----------------------------------------------------------------------------------------


def small_spike(steps: int = 4, step_s: float = 2.0) -> Any:
    run = {name: np.zeros(steps) for name in ("throttled", "lost", "wait_s")}
    return SimpleNamespace(
        step_s=step_s,
        time_s=np.arange(steps) * step_s - step_s,
        arrivals_per_s=np.full(steps, 10.0),
        function=SimpleNamespace(**{**run, "served": np.full(steps, 20.0)}),
        service=SimpleNamespace(
            **{
                **run,
                "served": np.full(steps, 8.0),
                "lost": np.full(steps, 6.0),
                "wait_s": np.full(steps, 7.0),
            }
        ),
    )


def test_the_timeline_draws_rates_per_second_whatever_the_step() -> None:
    figure = spike_timeline(small_spike(), TITLE)
    assert figure.layout.title.text == TITLE
    # 20 requests in 2 s, 8 in 2 s, 6 lost in 2 s
    assert trace(figure, "Arriving").y.tolist() == [10] * 4
    assert trace(figure, "Lambda").y.tolist() == [10] * 4
    assert [trace(figure, "Fargate", row).y[0] for row in range(3)] == [4, 3, 7]
    assert trace(figure, "Lambda").x.tolist() == [-2, 0, 2, 4]


def test_the_timeline_has_a_named_row_for_requests_losses_and_waits() -> None:
    figure = spike_timeline(small_spike(), TITLE)
    assert notes(figure) == ["Requests per second", "Lost per second", "Longest wait"]
    assert figure.layout.xaxis.title.text == "Time since the spike began"
    assert [trace(figure, "Fargate", row).yaxis for row in range(3)] == ["y", "y2", "y3"]
    rows = [figure.layout[axis].domain for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert rows[0][0] > rows[1][1] and rows[1][0] > rows[2][1]
    assert figure.layout.yaxis3.ticksuffix.strip() == "s"


def test_a_platform_has_one_colour_and_one_legend_entry_in_all_rows() -> None:
    figure = spike_timeline(small_spike(), TITLE)
    for name, colour in (("Lambda", palette.LAMBDA), ("Fargate", palette.FARGATE)):
        rows = [trace for trace in figure.data if trace.name == name]
        assert {row.line.color for row in rows} == {colour}
        assert [row.showlegend for row in rows] == [True, False, False]


def test_a_long_spike_is_thinned_out() -> None:
    figure = spike_timeline(small_spike(steps=10_000), TITLE)
    assert 0.5 * MOST_POINTS < len(figure.data[0].x) <= 2 * MOST_POINTS


def test_lag_bars_have_a_bar_for_each_metric_and_a_segment_for_each_part() -> None:
    lags = [
        ("60-second metrics", [("Datapoints", 180.0), ("Publishing", 60.0), ("App boot", 5.0)]),
        ("20-second metrics", [("Datapoints", 60.0), ("Publishing", 20.0), ("App boot", 5.0)]),
    ]
    figure = lag_bars(lags, TITLE)
    assert [bar.name for bar in figure.data] == ["Datapoints", "Publishing", "App boot"]
    assert list(figure.data[0].x) == [180, 60]
    assert list(figure.data[0].y) == ["60-second metrics", "20-second metrics"]
    assert list(figure.data[0].text) == ["Datapoints<br>3 min", "Datapoints<br>60 s"]
    assert all(bar.marker.color.startswith(palette.FARGATE) for bar in figure.data)
    assert figure.layout.barmode == "stack"
    assert figure.layout.xaxis.title.text.startswith("Time from ")
    assert figure.layout.title.text == TITLE
