"""A function over its memory: cost, times and CPU as small multiples above each other, on one memory axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from model.decide.memory_tuning import MemoryTuning
from model.facts import limit
from model.scenario import Scenario
from pages.ui import palette
from pages.ui.answers.common import level
from pages.ui.answers.memory import at
from pages.ui.figures.axes import log_seconds
from pages.ui.figures.cold_curves import TICKS
from pages.ui.theme import base_layout, steady_axis
from pages.ui.words import megabytes, seconds, setting

MEMORY = "aws_lambda.memory_mb"
GAP = 0.08


@dataclass(frozen=True)
class _Row:
    name: str
    values: np.ndarray
    hover: str
    axis: dict[str, Any]


def memory_rows(tuning: MemoryTuning, scenario: Scenario, title: str) -> go.Figure:
    """Cost of a million requests, mean handler time, p99 and CPU over memory; today's size and the best marked."""
    rows = _rows(tuning)
    figure = go.Figure(layout=base_layout(title, "Lambda memory", hoversubplots="axis", showlegend=True))
    for index, row in enumerate(rows):
        _draw(figure, tuning, scenario, row, index, len(rows))
    _measured(figure, tuning, rows)
    _wanted(figure, scenario, rows)
    ticks = TICKS[MEMORY]
    figure.update_xaxes(
        type="log",
        tickvals=ticks,
        ticktext=[setting(MEMORY, tick) for tick in ticks],
        range=np.log10([limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb")]).tolist(),
        anchor=_y(len(rows) - 1),
    )
    return figure


def _rows(tuning: MemoryTuning) -> list[_Row]:
    rows = []
    if tuning.per_million_usd is not None:
        usd = tuning.per_million_usd
        axis = _log_usd() if np.all(usd > 0) else {"tickprefix": "$", "tickformat": ",~g", **steady_axis(usd)}
        rows.append(_Row("USD per million requests", usd, "$%{y:,.2f}", axis))
    return [
        *rows,
        _Row("Mean handler time, warm", tuning.handler_s, "%{y:.3~s}s", log_seconds()),
        _Row("p99 response time, cold starts included", tuning.p99_s, "%{y:.3~s}s", log_seconds()),
        _Row(
            "CPU share, vCPU", tuning.vcpu, "%{y:.2~f} vCPU", {"tickformat": "~g", **steady_axis(tuning.vcpu)}
        ),
    ]


def _draw(
    figure: go.Figure, tuning: MemoryTuning, scenario: Scenario, row: _Row, index: int, rows: int
) -> None:
    now = float(scenario.aws_lambda.memory_mb)
    height = (1 - GAP * (rows - 0.4)) / rows
    top = 1 - 0.6 * GAP - index * (height + GAP)
    finite = np.where(np.isfinite(row.values), row.values, np.nan)
    figure.add_trace(
        go.Scatter(
            x=tuning.memory_mb,
            y=finite,
            name="Lambda",
            showlegend=False,
            mode="lines",
            yaxis=_y(index),
            line={"color": palette.LAMBDA},
            hovertemplate=f"{row.hover}<extra></extra>",
        )
    )
    marks = [("Today", now, "diamond", palette.INK)]
    if tuning.cheapest is not None:
        best = float(tuning.memory_mb[tuning.cheapest])
        marks.append((f"Cheapest fast enough: {megabytes(best)}", best, "circle", palette.LAMBDA))
    for name, x, symbol, colour in marks:
        figure.add_trace(
            go.Scatter(
                x=[x],
                y=[at(tuning, finite, x)],
                name=name,
                legendgroup=symbol,
                showlegend=index == 0,
                mode="markers",
                cliponaxis=False,
                yaxis=_y(index),
                marker={
                    "color": colour,
                    "symbol": symbol,
                    "size": 12,
                    "line": {"color": palette.SURFACE, "width": 1.5},
                },
                hoverinfo="skip",
            )
        )
    figure.update_layout(
        {f"yaxis{_y(index)[1:]}": {"domain": [max(top - height, 0), top], "nticks": 5} | row.axis}
    )
    figure.add_annotation(
        text=row.name,
        x=0,
        xref="paper",
        xanchor="left",
        y=top,
        yref="paper",
        yanchor="bottom",
        font={"size": 14},
    )


def _measured(figure: go.Figure, tuning: MemoryTuning, rows: list[_Row]) -> None:
    if not tuning.measured_mb.size:
        return
    index = next(i for i, row in enumerate(rows) if row.values is tuning.handler_s)
    figure.add_trace(
        go.Scatter(
            x=tuning.measured_mb,
            y=tuning.measured_s,
            name="Measured",
            mode="markers",
            cliponaxis=False,
            yaxis=_y(index),
            marker={"color": palette.NEUTRAL, "symbol": "square", "size": 9},
            hovertemplate="%{y:.4~s}s measured<extra></extra>",
        )
    )


def _wanted(figure: go.Figure, scenario: Scenario, rows: list[_Row]) -> None:
    """The service level, where p99 is drawn."""
    slo_s = level(scenario)
    if slo_s is None:
        return
    index = next(i for i, row in enumerate(rows) if row.name.startswith("p99"))
    figure.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="paper",
        y0=slo_s,
        y1=slo_s,
        yref=_y(index),
        line={"color": palette.SLO, "dash": "dash", "width": 1.5},
    )
    figure.add_annotation(
        text=f"wanted: {seconds(slo_s)}",
        x=1,
        xref="paper",
        xanchor="right",
        y=float(np.log10(slo_s)),
        yref=_y(index),
        yanchor="bottom",
        font={"color": palette.SLO},
    )


def _log_usd() -> dict[str, Any]:
    """A logarithmic axis of money: a free month has none."""
    values = [base * 10.0**power for power in range(-4, 7) for base in (1, 2, 5)]
    return {"type": "log", "tickvals": values, "ticktext": [f"${value:,.6g}" for value in values]}


def _y(index: int) -> str:
    return "y" if index == 0 else f"y{index + 1}"
