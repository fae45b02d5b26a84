"""An estate in pictures: every service over requests and duration, what a month costs, and how fast savings come."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from model.fleet.estate import BreakEvenLine, Savings
from pages.ui import palette
from pages.ui.figures.axes import log_seconds, powers_of_ten
from pages.ui.theme import base_layout, steady_axis
from pages.ui.words import PLATFORMS, usd

MOST_POINTS = 5_000
_SYMBOLS = {"aws_lambda": "circle", "fargate": "square", "": "x-thin-open"}
_NEITHER = "Neither fits"


def service_scatter(results: pd.DataFrame, line: BreakEvenLine, title: str) -> go.Figure:
    """Every service at its requests and duration, in the colour of its best side, and where both sides cost the same.

    Of very many services those that save most are drawn.
    """
    shown = results.nlargest(MOST_POINTS, "saved_usd") if len(results) > MOST_POINTS else results
    traces = []
    for side in ("aws_lambda", "fargate", ""):
        those = shown[shown["best"] == side]
        if not len(those):
            continue
        colour = palette.PLATFORM.get(side, palette.BAD)
        traces.append(
            go.Scatter(
                x=those["requests_per_s"].to_numpy(),
                y=those["duration_s"].to_numpy(),
                mode="markers",
                name=f"Best on {PLATFORMS[side]}" if side else _NEITHER,
                marker={
                    "size": 8,
                    "symbol": _SYMBOLS[side],
                    "color": palette.see_through(colour, 0.65),
                    "line": {"width": 1, "color": colour},
                },
                customdata=[
                    [_plain(name), usd(a), usd(b)]
                    for name, a, b in zip(
                        those["name"], those["lambda_usd"], those["fargate_usd"], strict=True
                    )
                ],
                hovertemplate="%{customdata[0]}<br>Lambda %{customdata[1]}, Fargate %{customdata[2]} a month<extra></extra>",
            )
        )
    known = np.isfinite(line.requests_per_s)
    traces.append(
        go.Scatter(
            x=line.requests_per_s[known],
            y=line.duration_s[known],
            mode="lines",
            name="Break-even with the controls’ settings",
            line={"color": palette.INK, "width": 2, "dash": "dash"},
            hoverinfo="skip",
        )
    )
    rates = results["requests_per_s"].to_numpy(np.float64)
    # A logarithmic axis has no place for services without a request.
    ends = np.array([rates[rates > 0].min(initial=0.001), rates.max(initial=1000.0)])
    return go.Figure(
        traces,
        layout=base_layout(
            title,
            "Requests per second, mean",
            "Duration of one request",
            hovermode="closest",
            xaxis={"type": "log", **powers_of_ten(ends)},
            yaxis=log_seconds(),
        ),
    )


def month_bars(sums: dict[str, float], title: str) -> go.Figure:
    """What a month costs: today, all on one side, each on its best side."""
    colours = {
        "Today": palette.NEUTRAL,
        "All on Lambda": palette.LAMBDA,
        "All on Fargate": palette.FARGATE,
    }
    return go.Figure(
        go.Bar(
            x=list(sums.values()),
            y=list(sums),
            orientation="h",
            name="A month",
            marker={"color": [colours.get(name, palette.GOOD) for name in sums]},
            text=[f"<b>{usd(value)}</b>" for value in sums.values()],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        ),
        layout=base_layout(
            title,
            "USD a month",
            hovermode=False,
            showlegend=False,
            xaxis={"tickprefix": "$", "tickformat": ",~s", **steady_axis([1.3 * x for x in sums.values()])},
            yaxis={"autorange": "reversed", "tickfont": {"size": 16, "color": palette.INK}},
        ),
    )


def savings_curve(found: Savings, names: list[str], title: str) -> go.Figure:
    """What the first, second, … change brings together, and where 80 % is reached."""
    total = np.cumsum(found.saved_usd)
    at = found.first(0.8)
    places = np.arange(1, total.size + 1)
    few = np.unique(np.geomspace(1, max(total.size, 1), 600).astype(int)) - 1 if total.size else places[:0]
    figure = go.Figure(
        go.Scatter(
            x=places[few],
            y=total[few],
            mode="lines",
            name="Saved together",
            line={"color": palette.GOOD, "width": 3},
            fill="tozeroy",
            fillcolor=palette.see_through(palette.GOOD, 0.12),
            customdata=[_plain(names[i]) for i in few],
            hovertemplate="The first %{x:,} save %{y:$,.2f} a month; the last of them: %{customdata}<extra></extra>",
        ),
        layout=base_layout(
            title,
            "Services changed, most saving first",
            "USD saved a month",
            hovermode="closest",
            showlegend=False,
            xaxis={"rangemode": "tozero", "tickformat": ",d"},
            yaxis={"tickprefix": "$", "tickformat": ",~s", **steady_axis(total)},
        ),
    )
    if at:
        figure.add_trace(
            go.Scatter(
                x=[at],
                y=[total[at - 1]],
                mode="markers+text",
                name="80 % of it",
                marker={"size": 12, "color": palette.GOOD},
                text=[f"80 % with {at:,}"],
                textposition="bottom right",
                textfont={"size": 15, "color": palette.INK},
                hoverinfo="skip",
            )
        )
    return figure


def _plain(name: str) -> str:
    """A name somebody typed, as Plotly shows it: no tags, no placeholders."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "%\u2060{")
