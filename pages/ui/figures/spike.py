"""A spike, second by second: both platforms on one time axis, and why Fargate lags."""

from collections.abc import Sequence

import plotly.graph_objects as go

from model.scaling.spike import Spike
from pages.ui import palette
from pages.ui.theme import READABLE, base_layout, steady_axis
from pages.ui.words import PLATFORMS, seconds

MOST_POINTS = 900
ROWS = ("Requests per second", "Lost per second", "Longest wait")
GAP = 0.09
ROW_HEIGHT = (1 - GAP * len(ROWS)) / len(ROWS)
LAG_SHADES = 0.13


def spike_timeline(spike: Spike, title: str) -> go.Figure:
    """Arrivals and what each platform serves, loses and lets wait, over the seconds since the spike began."""
    stride = max(1, len(spike.time_s) // MOST_POINTS)
    t_s = spike.time_s[::stride]
    series = (
        ("arriving", palette.NEUTRAL, "y", spike.arrivals_per_s),
        ("aws_lambda", palette.LAMBDA, "y", spike.function.served / spike.step_s),
        ("fargate", palette.FARGATE, "y", spike.service.served / spike.step_s),
        ("aws_lambda", palette.LAMBDA, "y2", spike.function.throttled / spike.step_s),
        ("fargate", palette.FARGATE, "y2", spike.service.lost / spike.step_s),
        ("aws_lambda", palette.LAMBDA, "y3", spike.function.wait_s),
        ("fargate", palette.FARGATE, "y3", spike.service.wait_s),
    )
    traces = [
        go.Scatter(
            x=t_s,
            y=values[::stride],
            name=PLATFORMS.get(name, "Arriving"),
            legendgroup=name,
            showlegend=axis == "y",
            mode="lines",
            yaxis=axis,
            line={"color": colour, "width": 0 if name == "arriving" else 3},
            fill="tozeroy" if name == "arriving" else "none",
            fillcolor=palette.see_through(palette.NEUTRAL, 0.25),
            hovertemplate="%{y:,.3~s}" + ("s" if axis == "y3" else "/s"),
        )
        for name, colour, axis, values in series
    ]
    figure = go.Figure(
        traces, layout=base_layout(title, "Seconds since the spike began", hoversubplots="axis")
    )
    for index, row in enumerate(ROWS):
        axis = "y" if index == 0 else f"y{index + 1}"
        top = max(values.max() for _, _, of, values in series if of == axis)
        figure.update_layout({_axis_name(axis): _row(index, top)})
        figure.add_annotation(
            text=row,
            x=0,
            xref="paper",
            xanchor="left",
            y=_upper_edge(index),
            yref="paper",
            yanchor="bottom",
            font={"size": 15},
        )
    figure.update_xaxes(anchor=f"y{len(ROWS)}", ticksuffix=" s", tickformat=",d")
    return figure


def lag_bars(lags: Sequence[tuple[str, Sequence[tuple[str, float]]]], title: str) -> go.Figure:
    """Why new tasks come late: one stacked bar for each metric period, one segment for each part of the lag.

    Args: lags: label of the bar and its parts (label, seconds), first part first.
    """
    traces = []
    for index, (part, _) in enumerate(lags[0][1]):
        values = [dict(parts)[part] for _, parts in lags]
        traces.append(
            go.Bar(
                x=values,
                y=[label for label, _ in lags],
                orientation="h",
                name=part,
                marker={
                    "color": palette.see_through(palette.FARGATE, 1 - LAG_SHADES * index),
                    "line": {"color": palette.SURFACE, "width": 1},
                },
                text=[f"{part}<br>{seconds(value)}" for value in values],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                constraintext="inside",
                hovertemplate=f"{part}: %{{x:.0f}} s<extra>%{{y}}</extra>",
            )
        )
    totals = [sum(value for _, value in parts) for _, parts in lags]
    return go.Figure(
        traces,
        layout=base_layout(
            title,
            "Seconds from the load step to the first new task serving",
            barmode="stack",
            uniformtext=READABLE,
            hovermode="closest",
            xaxis={"ticksuffix": " s", **steady_axis(totals)},
            yaxis={"autorange": "reversed", "tickfont": {"size": 15, "color": palette.INK}},
        ),
    )


def _upper_edge(index: int) -> float:
    return 1 - GAP - index * (ROW_HEIGHT + GAP)


def _row(index: int, top: float) -> dict[str, object]:
    upper = _upper_edge(index)
    axis = {"domain": [max(upper - ROW_HEIGHT, 0), upper], **steady_axis([top]), "tickformat": "~s"}
    return axis | ({"ticksuffix": "s", "separatethousands": True} if index == len(ROWS) - 1 else {})


def _axis_name(axis: str) -> str:
    return "yaxis" + axis[1:]
