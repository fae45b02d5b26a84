"""The look every figure starts from: left-aligned title, quiet grid, large type, no second decoration."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io

from pages.ui import palette

_AXIS = {
    "automargin": True,
    "gridcolor": palette.GRID,
    "gridwidth": 1,
    "zeroline": False,
    "showline": False,
    "ticks": "",
    "ticklabelstandoff": 6,
    "tickfont": {"size": 14, "color": palette.MUTED},
    "title": {"standoff": 12, "font": {"size": 15, "color": palette.MUTED}},
}

TEMPLATE: dict[str, Any] = {
    "layout": {
        "font": {"family": "system-ui, sans-serif", "size": 15, "color": palette.INK},
        "title": {
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 0.97,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 19, "weight": 600},
        },
        "margin": {"l": 8, "r": 16, "t": 72, "b": 8},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 15},
        },
        "colorway": [
            palette.LAMBDA,
            palette.FARGATE,
            palette.NEUTRAL,
            palette.GOOD,
            palette.BAD,
            palette.SLO,
        ],
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": palette.SURFACE,
            "bordercolor": palette.GRID,
            "font": {"size": 14, "color": palette.INK},
            "align": "left",
            "namelength": -1,
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": palette.MUTED,
            "activecolor": palette.INK,
            "orientation": "h",
        },
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "bargap": 0.35,
        "barcornerradius": 3,
        "separators": ".,",
        "annotationdefaults": {"showarrow": False, "font": {"size": 14, "color": palette.MUTED}},
        "shapedefaults": {"line": {"color": palette.MUTED, "width": 1.5}},
    },
    "data": {
        "scatter": [{"line": {"width": 3}, "marker": {"size": 9}}],
        "bar": [{"marker": {"line": {"width": 0}}}],
    },
}
"""What is the same in every figure. The browser has it once and for all (chart.js), so no figure carries it."""

plotly.io.templates.default = None  # nor the one that Plotly would put in its place


def base_layout(
    title: str, x_title: str = "", y_title: str = "", *, hovermode: str | bool = "x unified", **more: Any
) -> dict[str, Any]:
    """The layout of a figure: `go.Figure(traces, layout=base_layout("Title", "Requests (1/s)", "USD a month"))`.

    `more` are further layout attributes; `xaxis` and `yaxis` given there are added to the titles named here.
    """
    layout: dict[str, Any] = {"title": {"text": title}, "hovermode": hovermode, **more}
    for axis, text in (("xaxis", x_title), ("yaxis", y_title)):
        layout[axis] = {"title": {"text": text}, **more.get(axis, {})}
    return layout


READABLE = {"minsize": 13, "mode": "hide"}
"""Labels inside bars: this large, or not at all."""


def mark_x(
    figure: go.Figure,
    x: float,
    text: str,
    *,
    colour: str = palette.MUTED,
    dash: str = "dot",
    side: str = "right",
) -> None:
    """A vertical line at a value of a logarithmic x axis, named at its top end on one side."""
    line = {"color": colour, "dash": dash, "width": 1.5}
    figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line=line)
    # Plotly takes a shape's place on a logarithmic axis as a value, an annotation's as its exponent.
    figure.add_annotation(
        x=float(np.log10(x)),
        y=1,
        yref="paper",
        text=text,
        align="left",
        xanchor="left" if side == "right" else "right",
        xshift=4 if side == "right" else -4,
        yanchor="top",
        font={"color": colour},
    )


def mark_y(figure: go.Figure, y: float, text: str, *, colour: str = palette.SLO, dash: str = "dash") -> None:
    """A horizontal line at a value of a logarithmic y axis, named at its left end."""
    line = {"color": colour, "dash": dash, "width": 1.5}
    figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line)
    figure.add_annotation(
        x=0,
        xref="paper",
        xshift=4,
        y=float(np.log10(y)),
        text=text,
        xanchor="left",
        yanchor="bottom",
        font={"color": colour},
    )


_STEPS = np.array([1, 1.5, 2, 3, 4, 5, 6, 8, 10])
_HEADROOM = 1.06


def steady_axis(*values: Any) -> dict[str, Any]:
    """Axis settings from zero to a round number above all values, so that small steps leave the axis still.

    Without memory: the same values always give the same axis, in any order of slider moves. It is a hint to
    Plotly's own autorange, not a fixed range, so a zoom is kept and a double click still fits the data.
    """
    finite = [array[np.isfinite(array)] for array in map(np.asarray, values)]
    top = max((float(array.max()) for array in finite if array.size), default=0.0)
    if top <= 0:
        return {"rangemode": "tozero"}
    power = 10.0 ** np.floor(np.log10(top * _HEADROOM))
    round_top = float(power * _STEPS[np.searchsorted(_STEPS, top * _HEADROOM / power)])
    return {"rangemode": "tozero", "autorangeoptions": {"include": [0, round_top]}}
