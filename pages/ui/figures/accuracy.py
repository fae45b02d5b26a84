"""Published against ours: a dot per figure at our error, with a band of errors that are small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from model.accuracy import Compared
from pages.ui import palette
from pages.ui.answers.accuracy import BAND, amount, published_said, row_said, signed
from pages.ui.theme import base_layout

ROW_PX, AROUND_PX = 40, 200
LONGEST_NAME = 50


def height(groups: Mapping[str, Sequence[Compared]]) -> int:
    """Height of the figure in pixels."""
    return AROUND_PX + ROW_PX * (sum(map(len, groups.values())) + sum(map(bool, groups)))


def error_dots(groups: Mapping[str, Sequence[Compared]], title: str) -> go.Figure:
    """Errors row by row, under the name of their group; rings for figures the model was fitted to.

    Lines: one standard error of the published figure, or where ours lies if the setup leaves something open.
    """
    lines = [line for name, rows in groups.items() for line in ([name] if name else []) + list(rows)]
    at = {id(line): -place for place, line in enumerate(lines) if isinstance(line, Compared)}
    rows = [line for line in lines if isinstance(line, Compared)]
    traces = [
        _dots([row for row in rows if not row.calibrated], at, "Ours", "circle"),
        _dots([row for row in rows if row.calibrated], at, "Ours, fitted to it", "circle-open"),
        _literature([row for row in rows if not np.isnan(row.literature)], at),
    ]
    figure = go.Figure(
        [trace for trace in traces if len(trace.x)],
        layout=base_layout(
            title,
            "Error, % of the published figure",
            hovermode="closest",
            xaxis={
                "ticksuffix": " %",
                "tickangle": 0,
                "nticks": 7,
                "zeroline": True,
                "zerolinecolor": palette.MUTED,
            },
            yaxis={"showticklabels": False, "showgrid": False, "range": [0.6 - len(lines), 0.8]},
            shapes=[
                {
                    "type": "rect",
                    "x0": -100 * BAND,
                    "x1": 100 * BAND,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "fillcolor": palette.see_through(palette.NEUTRAL, 0.15),
                    "line": {"width": 0},
                    "layer": "below",
                }
            ],
        ),
    )
    figure.add_annotation(
        x=0,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=f"within {BAND:.0%}".replace("%", " %"),
        font={"size": 13},
    )
    for place, line in enumerate(lines):
        _write(
            figure, -place, line if isinstance(line, str) else _short(row_said(line)), isinstance(line, str)
        )
    return figure


def _dots(rows: Sequence[Compared], at: Mapping[int, int], name: str, symbol: str) -> go.Scatter:
    error = 100 * np.array([row.error for row in rows])
    ends = 100 * np.array([_ends(row) for row in rows]).reshape(-1, 2)
    return go.Scatter(
        x=error,
        y=[at[id(row)] for row in rows],
        mode="markers",
        name=name,
        marker={
            "color": palette.GOOD,
            "symbol": symbol,
            "size": 12,
            "line": {"width": 2, "color": palette.GOOD},
        },
        error_x={
            "array": ends[:, 1] - error,
            "arrayminus": error - ends[:, 0],
            "color": palette.see_through(palette.GOOD, 0.55),
            "thickness": 1.5,
            "width": 0,
        },
        customdata=[_hover(row, amount(row.ours, row.unit), row.error) for row in rows],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _literature(rows: Sequence[Compared], at: Mapping[int, int]) -> go.Scatter:
    return go.Scatter(
        x=[100 * row.literature_error for row in rows],
        y=[at[id(row)] for row in rows],
        mode="markers",
        name="Literature’s formula",
        marker={"color": palette.NEUTRAL, "symbol": "diamond-open", "size": 11, "line": {"width": 2}},
        customdata=[_hover(row, amount(row.literature, row.unit), row.literature_error) for row in rows],
        hovertemplate="%{customdata}<extra>Literature</extra>",
    )


def _ends(row: Compared) -> tuple[float, float]:
    """Where a row's line begins and ends, as errors; both at the dot without one."""
    if not np.isnan(row.standard_error):
        return row.error - row.chance, row.error + row.chance
    if row.ours_low == row.ours_high:
        return row.error, row.error
    return (
        min(row.ours_low / row.reference - 1, row.error),
        max(row.ours_high / row.reference - 1, row.error),
    )


def _hover(row: Compared, ours: str, error: float) -> str:
    return (
        f"{row_said(row)}<br>published {published_said(row)}, here {ours} ({signed(error)})<br>{row.source}"
    )


def _write(figure: go.Figure, y: int, text: str, heading: bool) -> None:
    """A row's name above its dots: beside them, names would leave a narrow screen no room for the chart."""
    figure.add_annotation(
        x=0,
        xref="paper",
        y=y,
        yshift=0 if heading else 7,
        text=text,
        xanchor="left",
        yanchor="bottom",
        font={"size": 15 if heading else 13, "weight": 600 if heading else 400, "color": palette.INK},
    )


def _short(text: str) -> str:
    if len(text) <= LONGEST_NAME:
        return text
    return text[:LONGEST_NAME].rsplit(" ", 1)[0] + " …"
