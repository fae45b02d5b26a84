"""A replayed recording: both platforms on one axis of time, from its first hour to its last, and the worst ten minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from model.replay import Replay
from pages.ui import palette
from pages.ui.figures.axes import time_ticks
from pages.ui.theme import base_layout, steady_axis
from pages.ui.words import PLATFORMS

GAP = 0.055
LEGEND = ("arriving", "aws_lambda", "fargate")
HEIGHT = 900
"""Pixels a figure of six rows needs; fewer rows need their share."""


@dataclass(frozen=True)
class Row:
    """One row of a figure: its name, the unit of its axis and what is drawn in it, (platform or "arriving", values)."""

    name: str
    series: Sequence[tuple[str, Any]]
    suffix: str = ""
    prefix: str = ""
    logarithmic: bool = False


def replay_timeline(run: Replay, title: str, window: str) -> go.Figure:
    """Arrivals, capacity, losses, p99 and cost of both platforms in each window.

    Args: window: what a window is called, as in "by hour".
    """
    seconds = np.append(run.starts_s, run.length_s)
    times = [(run.begins + timedelta(seconds=float(s))).replace(tzinfo=None).isoformat() for s in seconds]
    sides = {"aws_lambda": run.aws_lambda, "fargate": run.fargate}
    hours = run.hours
    rows = [
        Row(f"Requests per second, by {window}", [("arriving", run.requests / hours / 3600)]),
        Row("Fargate tasks serving", [("fargate", run.fargate.windows.capacity)]),
        Row("Lambda environments", [("aws_lambda", run.aws_lambda.windows.capacity)]),
        Row("Requests lost per second", [(n, side.windows.lost / hours / 3600) for n, side in sides.items()]),
        Row(
            "p99 response time",
            [(name, side.windows.p99_s) for name, side in sides.items()],
            suffix=" s",
            logarithmic=True,
        ),
    ]
    costs = [(n, side.windows.usd / hours) for n, side in sides.items() if side.windows.usd is not None]
    if costs:
        rows.append(Row("Cost per hour", costs, prefix="$"))
    figure = _figure(rows, times, title, _clock(run), stepped=True)
    start = run.begins.replace(tzinfo=None) + timedelta(seconds=run.worst.start_s)
    end = start + timedelta(seconds=float(run.worst.time_s.size))
    figure.add_shape(
        type="rect",
        x0=start.isoformat(),
        x1=end.isoformat(),
        y0=0,
        y1=1,
        yref="paper",
        layer="below",
        line={"color": palette.BAD, "width": 1.5},
        fillcolor=palette.see_through(palette.BAD, 0.15),
    )
    return figure


def worst_timeline(run: Replay, title: str) -> go.Figure:
    """The worst ten minutes, second by second."""
    worst, shown = run.worst, run.worst.shown
    service, function = worst.service, worst.function
    rows = [
        Row(
            "Requests per second",
            [
                ("arriving", worst.arrivals_per_s[shown]),
                ("aws_lambda", function.served[shown]),
                ("fargate", service.served[shown]),
            ],
        ),
        Row("Fargate tasks serving", [("fargate", service.running[shown])]),
        Row("Lambda environments", [("aws_lambda", function.environments[shown])]),
        Row(
            "Requests lost per second",
            [("aws_lambda", function.lost[shown]), ("fargate", service.lost[shown])],
        ),
        Row(
            "Longest wait",
            [("aws_lambda", function.wait_s[shown]), ("fargate", service.wait_s[shown])],
            suffix=" s",
        ),
    ]
    figure = _figure(rows, worst.time_s, title, "Time since these ten minutes began", stepped=False)
    figure.update_xaxes(**time_ticks(worst.time_s[0], worst.time_s[-1]))
    return figure


def height(rows: int) -> int:
    """Pixels a figure of so many rows needs."""
    return 90 + rows * (HEIGHT - 90) // 6


def _figure(rows: Sequence[Row], x: Any, title: str, x_title: str, *, stepped: bool) -> go.Figure:
    figure = go.Figure(layout=base_layout(title, x_title, hoversubplots="axis"))
    named: set[str] = set()
    for index, row in enumerate(rows):
        axis = "y" if index == 0 else f"y{index + 1}"
        for name, values in row.series:
            figure.add_trace(_line(name, x, values, axis, row, stepped, showlegend=name not in named))
            named.add(name)
        figure.update_layout({"yaxis" + axis[1:]: _axis(row, *_domain(index, len(rows)))})
        figure.add_annotation(
            text=row.name,
            x=0,
            xref="paper",
            xanchor="left",
            y=_domain(index, len(rows))[1],
            yref="paper",
            yanchor="bottom",
            font={"size": 14},
        )
    figure.update_xaxes(anchor="y" if len(rows) == 1 else f"y{len(rows)}")
    return figure


def _line(
    name: str, x: Any, values: Any, axis: str, row: Row, stepped: bool, *, showlegend: bool
) -> go.Scatter:
    """One platform's line, or the area of what arrives; a window's value holds until the window ends."""
    arriving = name == "arriving"
    values = np.asarray(values, dtype=np.float64)
    colour = palette.NEUTRAL if arriving else palette.PLATFORM[name]
    return go.Scatter(
        x=x,
        y=np.append(values, values[-1]) if stepped else values,
        name=PLATFORMS.get(name, "Arriving"),
        legendgroup=name,
        legendrank=LEGEND.index(name),
        showlegend=showlegend,
        mode="lines",
        yaxis=axis,
        line={"color": colour, "width": 0 if arriving else 2, "shape": "hv" if stepped else "linear"},
        fill="tozeroy" if arriving else "none",
        fillcolor=palette.see_through(palette.NEUTRAL, 0.35),
        connectgaps=False,
        hovertemplate=f"{row.prefix}%{{y:,.3~r}}{row.suffix}",
    )


def _domain(index: int, rows: int) -> tuple[float, float]:
    upper = 1 - GAP * 0.6 - index * (1 - GAP * 0.6 + GAP) / rows
    return max(upper - ((1 - GAP * 0.6 + GAP) / rows - GAP), 0.0), upper


def _axis(row: Row, low: float, high: float) -> dict[str, Any]:
    tops = [np.asarray(values, dtype=np.float64) for _, values in row.series]
    settings = {"type": "log", "dtick": 1} if row.logarithmic else steady_axis(*tops)
    return {
        "domain": [low, high],
        "nticks": 4,
        "tickformat": ",~f",
        "ticksuffix": row.suffix,
        "tickprefix": row.prefix,
    } | settings


def _clock(run: Replay) -> str:
    zone = run.begins.strftime("%z")
    return f"Time (UTC{zone[:3]}:{zone[3:5]})" if zone else "Time, by the recording's own clock"
