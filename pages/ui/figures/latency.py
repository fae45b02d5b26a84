"""Waiting: percentiles and survival curves of both platforms, cold-start parts and runtimes."""

from collections.abc import Sequence

import numpy as np

from model.latency import Latency
from pages.ui import palette
from pages.ui.figures import objects as go
from pages.ui.figures.axes import log_seconds
from pages.ui.theme import READABLE, base_layout, mark_x, mark_y, steady_axis
from pages.ui.words import PLATFORMS, seconds

TOO_CLOSE, FAINTEST = 0.8, 0.2
PERCENTILES = {"p50_s": "p50", "p90_s": "p90", "p95_s": "p95", "p99_s": "p99", "p999_s": "p99.9"}


def percentile_dots(latencies: dict[str, Latency], slo_s: float | None, title: str) -> go.Figure:
    """p50 … p99.9 of both platforms side by side on a logarithmic time axis, with the service level as a line."""
    points = {
        name: [float(getattr(latency, field)) for field in PERCENTILES] for name, latency in latencies.items()
    }
    highest = [max(column) for column in zip(*points.values(), strict=True)]
    traces = []
    for name, values in points.items():
        traces.append(
            go.Scatter(
                x=list(PERCENTILES.values()),
                y=values,
                name=PLATFORMS[name],
                mode="lines+markers+text",
                line={"color": palette.PLATFORM[name]},
                text=[seconds(value) for value in values],
                textposition=[
                    "top left" if value == top and not _under_line(value, slo_s) else "bottom right"
                    for value, top in zip(values, highest, strict=True)
                ],
                textfont={"color": palette.PLATFORM[name]},
                cliponaxis=False,
                hovertemplate="%{text}",
            )
        )
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            "Share of requests that are faster",
            "Response time",
            yaxis=log_seconds(),
            xaxis={"type": "category", "range": [-0.8, 4.8]},
        ),
    )
    if slo_s:
        mark_y(figure, slo_s, f"service level {seconds(slo_s)}")
    return figure


def survival_curves(latencies: dict[str, Latency], slo_s: float | None, title: str) -> go.Figure:
    """Share of requests slower than t, both axes logarithmic."""
    slowest = max(float(latency.p999_s) for latency in latencies.values())
    fastest = min(float(latency.p50_s) for latency in latencies.values())
    t_s = np.geomspace(fastest / 4, max(slowest * 3, (slo_s or 0) * 1.5), 240)
    traces = []
    for name, latency in latencies.items():
        share = np.asarray(latency.survival(t_s))
        seen = share > 1e-5
        traces.append(
            go.Scatter(
                x=t_s[seen],
                y=share[seen],
                name=PLATFORMS[name],
                mode="lines",
                line={"color": palette.PLATFORM[name]},
                hovertemplate="%{y:.3~%} are slower",
            )
        )
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            "Response time t",
            "Share of requests slower than t",
            xaxis=log_seconds() | {"hoverformat": ".3~s"},
            yaxis={
                "type": "log",
                "tickvals": [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5],
                "ticktext": ["100 %", "10 %", "1 %", "0.1 %", "0.01 %", "0.001 %"],
                "range": [-5, 0.1],
            },
        ),
    )
    if slo_s:
        mark_x(figure, slo_s, "service level", colour=palette.SLO, dash="dash")
    return figure


def cold_start_parts(parts: Sequence[tuple[str, float, str]], title: str) -> go.Figure:
    """Parts of one cold start end to end; measured ones solid, assumed ones hatched.

    Args: parts: label, mean seconds, kind (measured, published or assumed), in order of time.
    """
    traces = [
        go.Bar(
            x=[mean_s],
            y=["Cold start"],
            orientation="h",
            name=f"{label} ({kind})",
            marker={
                "color": palette.see_through(palette.LAMBDA, max(1 - 0.12 * index, FAINTEST)),
                "pattern": {"shape": "/" if kind == "assumed" else ""},
                "line": {"color": palette.SURFACE, "width": 1},
            },
            text=[f"{label}<br>{seconds(mean_s)}"],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertemplate=f"{label}: {seconds(mean_s)}, {kind}<extra></extra>",
        )
        for index, (label, mean_s, kind) in enumerate(parts)
        if mean_s > 0
    ]
    total = [sum(mean_s for _, mean_s, _ in parts)]
    return go.Figure(
        traces,
        layout=base_layout(
            title,
            "Seconds, mean",
            barmode="stack",
            uniformtext=READABLE,
            hovermode="closest",
            xaxis={"ticksuffix": " s", **steady_axis(total)},
            yaxis={"showticklabels": False},
            legend={"traceorder": "normal"},
        ),
    )


def runtime_dots(rows: Sequence[tuple[str, float, float, float]], chosen: str, title: str) -> go.Figure:
    """Cold-start time of every runtime: a line from p5 to p99 with the median as a dot, fastest on top.

    Args: rows: label, p5, median, p99 in s.
    """
    rows = sorted(rows, key=lambda row: row[2], reverse=True)
    spans = go.Scatter(
        x=[value for _, low, _, high in rows for value in (low, high, None)],
        y=[label for label, *_ in rows for _ in range(3)],
        mode="lines",
        name="p5 to p99",
        line={"color": palette.see_through(palette.LAMBDA, 0.4), "width": 5},
        hoverinfo="skip",
    )
    medians = go.Scatter(
        x=[median for _, _, median, _ in rows],
        y=[label for label, *_ in rows],
        mode="markers",
        name="median",
        marker={
            "size": [14 if label == chosen else 9 for label, *_ in rows],
            "color": [palette.INK if label == chosen else palette.LAMBDA for label, *_ in rows],
        },
        customdata=[[seconds(low), seconds(high)] for _, low, _, high in rows],
        hovertemplate="%{y}: median %{x:.3~s}s, p5 %{customdata[0]}, p99 %{customdata[1]}<extra></extra>",
    )
    return go.Figure(
        [spans, medians],
        layout=base_layout(
            title,
            "Init time",
            hovermode="closest",
            xaxis=log_seconds(),
            yaxis={"dtick": 1, "tickfont": {"size": 13, "color": palette.INK}},
        ),
    )


def _under_line(value: float, line: float | None) -> bool:
    """Whether a label above the point would stand on the line."""
    return line is not None and TOO_CLOSE * line < value < line
