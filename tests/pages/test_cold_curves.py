"""Figures of the cold-start page: data, axes, marks."""

from __future__ import annotations

import numpy as np
import pytest

from model.decide.cold_curves import ColdCurve
from model.decide.provisioned_levels import ProvisionedLevels
from pages.ui.figures.cold_curves import (
    cold_share_over,
    p99_over,
    pool_sizes,
    provisioned_colds,
    provisioned_cost,
)

CURVE = ColdCurve(
    "workload.requests_per_s",
    np.array([0.1, 1, 10]),
    np.array([0.5, 0.1, 0.01]),
    {"aws_lambda": np.array([2.0, 1.0, 0.5]), "fargate": np.array([0.3, 0.3, 9.0])},
    1.0,
)
LEVELS = ProvisionedLevels(
    np.array([0.0, 1.0, 2.0]),
    np.array([10.0, 15.0, 20.0]),
    np.array([900.0, 90.0, 9.0]),
    np.array([3.0, 0.9, 0.8]),
    np.array([0.9, 0.995, 0.999]),
    1,
)


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_cold_share_is_drawn_with_today_marked() -> None:
    figure = cold_share_over(CURVE, "Requests per second", "Title")
    assert named(figure, "Lambda").y.tolist() == [0.5, 0.1, 0.01]
    assert (named(figure, "now").x[0], named(figure, "now").y[0]) == (1.0, pytest.approx(0.1))
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert figure.layout.xaxis.title.text == "Requests per second"


def test_a_flat_cold_share_is_drawn_flat_with_ticks_beside_it() -> None:
    curve = ColdCurve(
        "aws_lambda.memory_mb", CURVE.values, np.array([4e-5, 3.9e-5, 3.8e-5]), CURVE.p99_s, 1.0
    )
    axis = cold_share_over(curve, "", "").layout.yaxis
    assert list(axis.range) == [-5, 0]  # 0.001 % to 100 %
    assert sum(1e-5 <= tick <= 1 for tick in axis.tickvals) == 6


def test_p99_has_both_platforms_and_the_level() -> None:
    figure = p99_over(CURVE, 1.5, "Requests per second", "Title")
    assert named(figure, "Fargate").y.tolist() == [0.3, 0.3, 9.0]
    assert figure.layout.shapes[0].y0 == 1.5
    assert not p99_over(CURVE, None, "", "Title").layout.shapes


def test_nothing_is_marked_where_the_keep_alive_is_the_measured_curve() -> None:
    curve = ColdCurve("aws_lambda.keep_alive_s", CURVE.values, np.zeros(3), {"aws_lambda": np.ones(3)}, None)
    assert [trace.name for trace in cold_share_over(curve, "", "").data] == ["Lambda"]


def test_sizes_of_the_pool_start_where_there_is_time() -> None:
    bars = pool_sizes(np.array([0.0, 0.25, 0.75]), "Title").data[0]
    assert (bars.x.tolist(), bars.y.tolist()) == ([1, 2], [0.25, 0.75])


def test_provisioned_levels_mark_today_and_the_cheapest() -> None:
    cost, colds = provisioned_cost(LEVELS, 2.0, "Title"), provisioned_colds(LEVELS, 2.0, "Title")
    assert (named(cost, "now").x[0], named(cost, "now").y[0]) == (2, 20)
    best = named(cost, "cheapest fast enough")
    assert (best.x[0], best.y[0]) == (1, 15)
    assert named(colds, "Lambda").y.tolist() == [900, 90, 9]
    assert cost.layout.yaxis.title.text == "USD a month"
