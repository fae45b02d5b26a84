"""A spike, second by second: both platforms on one time axis, and why Fargate lags."""

from collections.abc import Sequence

import numpy as np

from model.decide.spike_lab import SpikeMap
from model.scaling.spike import Spike
from pages.ui import palette
from pages.ui.figures import objects as go
from pages.ui.figures.axes import time_ticks
from pages.ui.theme import READABLE, base_layout, steady_axis
from pages.ui.words import PLATFORMS, count, label, seconds, usd

MOST_POINTS = 900
GAPS = 0.27  # of the height, shared by the rows
LAG_SHADES = 0.13
HALF_A_REQUEST = 0.5  # less than that is rounding


def spike_timeline(
    spike: Spike, title: str, at_s: float | None = None, *, full: bool = False, few: bool = False
) -> go.Figure:
    """Arrivals and what each platform serves, loses and lets wait, over the seconds since the spike began.

    Args: at_s: a moment to mark; full: with rows for capacity and for requests that wait;
        few: without the row for the wait.
    """
    stride = max(1, len(spike.time_s) // MOST_POINTS)
    rows = _rows(spike, full)[: 2 if few else None]
    gap = GAPS / len(rows)
    height = 1 / len(rows) - gap
    traces, layout = [], base_layout(title, "Time since the spike began", hoversubplots="axis")
    figure = go.Figure(layout=layout)
    for index, (row, suffix, series) in enumerate(rows):
        axis = "y" if index == 0 else f"y{index + 1}"
        upper = 1 - gap - index * (height + gap)
        top = max(float(np.max(values)) for _, values in series)
        figure.update_layout({"yaxis" + axis[1:]: _axis(upper, height, top, suffix)})
        figure.add_annotation(
            text=row,
            x=0,
            xref="paper",
            xanchor="left",
            y=upper,
            yref="paper",
            yanchor="bottom",
            font={"size": 15},
        )
        traces += [_line(spike.time_s, stride, name, values, axis, suffix) for name, values in series]
    figure.add_traces(traces)
    figure.update_xaxes(anchor=f"y{len(rows)}", **time_ticks(spike.time_s[0], spike.time_s[-1]))
    if at_s is not None:
        line = {"color": palette.INK, "width": 2}
        figure.add_shape(type="line", x0=at_s, x1=at_s, y0=0, y1=1, yref="paper", line=line)
    return figure


def _rows(spike: Spike, full: bool) -> list[tuple[str, str, list[tuple[str, np.ndarray]]]]:
    """Name of each row, unit of its axis, and what it shows, by platform."""
    served = (
        "Requests per second",
        "",
        [
            ("arriving", spike.arrivals_per_s),
            ("aws_lambda", spike.function.served / spike.step_s),
            ("fargate", spike.service.served / spike.step_s),
        ],
    )
    lost = (
        "Lost per second",
        "",
        [
            ("aws_lambda", spike.function.lost / spike.step_s),
            ("fargate", spike.service.lost / spike.step_s),
        ],
    )
    wait = (
        "Longest wait",
        " s",
        [
            ("aws_lambda", spike.function.wait_s),
            ("fargate", spike.service.wait_s),
        ],
    )
    if not full:
        return [served, lost, wait]
    capacity = (
        "Capacity and arrivals, requests/s",
        "",
        [
            ("arriving", spike.arrivals_per_s),
            ("aws_lambda", spike.lambda_capacity_per_s),
            ("fargate", spike.fargate_capacity_per_s),
        ],
    )
    backlog = (
        "Requests waiting",
        "",
        [
            ("aws_lambda", spike.function.waiting),
            ("fargate", spike.service.backlog),
        ],
    )
    return [served, capacity, backlog, lost, wait]


def _line(
    time_s: np.ndarray, stride: int, name: str, values: np.ndarray, axis: str, suffix: str
) -> go.Scatter:
    colour = palette.PLATFORM.get(name, palette.NEUTRAL)
    return go.Scatter(
        x=time_s[::stride],
        y=values[::stride],
        name=PLATFORMS.get(name, "Arriving"),
        legendgroup=name,
        showlegend=axis == "y",
        mode="lines",
        yaxis=axis,
        line={"color": colour, "width": 0 if name == "arriving" else 3},
        fill="tozeroy" if name == "arriving" else "none",
        fillcolor=palette.see_through(palette.NEUTRAL, 0.25),
        hovertemplate="%{y:,.3~s}" + (suffix if suffix else ""),
    )


def spike_map(map_: SpikeMap, now: tuple[float, float], title: str) -> go.Figure:
    """Requests lost, or time until there is enough capacity, over two settings; contours at whole numbers.

    Args: now: today's values of the two settings.
    """
    lost = map_.quantity == "lost"
    colour, unit = (
        (palette.BAD, "requests lost") if lost else (palette.FARGATE, "seconds until there is enough")
    )
    place = {"x": map_.x_values, "y": map_.y_values}
    known = map_.values[np.isfinite(map_.values)]
    top = float(known.max()) if known.size else 0.0
    bottom = 0.0 if lost or not known.size else float(known.min())
    size = _whole_step(top - bottom)
    cost = [[usd(value) for value in map_.usd]] * len(map_.y_values) if map_.usd is not None else None
    traces: list[go.BaseTraceType] = [
        go.Heatmap(
            **place,
            z=map_.values,
            zmin=bottom,
            zmax=max(top, bottom + 1),
            colorscale=[[0.0, palette.SURFACE], [1.0, colour]],
            showscale=False,
            customdata=cost,
            hovertemplate=f"{label(map_.x_path)} %{{x:,~g}}<br>{label(map_.y_path)} %{{y:,.3~g}}<br>%{{z:,.0f}} {unit}"
            + ("<br>%{customdata} a month on Fargate" if cost else "")
            + "<extra></extra>",
        )
    ]
    if top - bottom >= 1:
        traces.append(
            go.Contour(
                **place,
                z=map_.values,
                contours={
                    "start": size * (np.floor(bottom / size) + 1),
                    "end": top,
                    "size": size,
                    "coloring": "none",
                    "showlabels": True,
                    "labelfont": {"size": 13, "color": palette.INK},
                    "labelformat": ",d",
                },
                line={"color": palette.INK, "width": 1.2},
                showscale=False,
                connectgaps=False,
                hoverinfo="skip",
            )
        )
    traces.append(
        go.Scatter(
            x=[now[0]],
            y=[now[1]],
            name="now",
            mode="markers",
            marker={"color": palette.SURFACE, "size": 14, "line": {"color": palette.INK, "width": 3}},
            hovertemplate="now<extra></extra>",
        )
    )
    return go.Figure(
        traces,
        layout=base_layout(
            title,
            f"{_axis_title(map_.x_path)}; lines: {unit}",
            _axis_title(map_.y_path),
            hovermode="closest",
            showlegend=False,
            xaxis={"showgrid": False, "tickformat": ",~g"},
            yaxis={"showgrid": False, "tickformat": ",.3~g", **_scale(map_.y_path)},
        ),
    )


def alternative_bars(rows: Sequence[tuple[str, float, str]], title: str) -> go.Figure:
    """What each alternative loses: one bar each, named with what it costs more a month.

    Args: rows: label, requests lost, extra cost in words; today's setting first.
    """
    return go.Figure(
        go.Bar(
            x=[lost for _, lost, _ in rows],
            y=[f"{name}<br>{more}" for name, _, more in rows],
            orientation="h",
            marker={"color": [palette.NEUTRAL, *[palette.FARGATE] * (len(rows) - 1)]},
            text=[count(lost, "request") if lost >= HALF_A_REQUEST else "nothing" for _, lost, _ in rows],
            textposition="outside",
            textangle=0,
            cliponaxis=False,
            hovertemplate="%{text} lost<extra>%{y}</extra>",
        ),
        layout=base_layout(
            title,
            "Requests lost in the spike",
            hovermode="closest",
            showlegend=False,
            xaxis={**steady_axis([1.6 * lost for _, lost, _ in rows]), "nticks": 3, "tickformat": ",~f"},
            yaxis={"autorange": "reversed", "tickfont": {"size": 14, "color": palette.INK}},
        ),
    )


def _axis_title(path: str) -> str:
    unit = UNITS.get(path, "")
    return label(path) + (f" ({unit})" if unit else "")


def _scale(path: str) -> dict[str, object]:
    if path != "workload.spike_factor":
        return {}
    times = [1.5, 2, 3, 5, 7, 10, 20, 50, 100, 200, 500, 1000]
    return {"type": "log", "tickvals": times, "ticktext": [f"× {factor:g}" for factor in times]}


UNITS = {
    "fargate.target_percent": "%",
    "fargate.scale_out_cooldown_s": "s",
    "fargate.image_mb": "MB",
    "fargate.boot_s": "s",
}


def _whole_step(top: float) -> float:
    """A whole number 1, 2 or 5 times a power of ten that divides 0 … top in about six."""
    if top < 6:
        return 1.0
    power = 10.0 ** np.floor(np.log10(top / 6))
    return float(power * next(step for step in (1, 2, 5, 10) if top / (power * step) <= 6))


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
            "Time from load step to first new task",
            barmode="stack",
            uniformtext=READABLE,
            hovermode="closest",
            xaxis={**steady_axis(totals), **time_ticks(0, 1.2 * max(totals))},
            yaxis={"autorange": "reversed", "tickfont": {"size": 15, "color": palette.INK}},
        ),
    )


def _axis(upper: float, height: float, top: float, suffix: str) -> dict[str, object]:
    axis = {"domain": [max(upper - height, 0), upper], **steady_axis([top]), "tickformat": ",~f"}
    return axis | ({"ticksuffix": suffix, "separatethousands": True} if suffix else {})
