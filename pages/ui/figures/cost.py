"""Money: both bills over traffic, and what each bill is made of."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from model.cost.lines import Bill, Line, used
from model.decide.break_even import CostCurve, Crossing
from pages.ui import palette, words
from pages.ui.theme import READABLE, base_layout, mark_x, steady_axis
from pages.ui.words import PLATFORMS, number, usd

HOVER_USD = "%{y:$,.2f} a month"
FAINTEST = 0.35


def cost_curves(
    curve: CostCurve, crossings: Sequence[Crossing], now: float, full_at: float, title: str
) -> go.Figure:
    """Monthly totals over traffic, both axes logarithmic, break-even points and today's traffic marked.

    Args: full_at: traffic at whose peak the configured maximum of tasks is full; infinite if there is none.
    """
    totals = {"aws_lambda": curve.lambda_usd, "fargate": curve.fargate_usd}
    traces = [
        go.Scatter(
            x=curve.values,
            y=total,
            name=PLATFORMS[name],
            mode="lines",
            line={"color": palette.PLATFORM[name]},
            hovertemplate=HOVER_USD,
        )
        for name, total in totals.items()
        if total is not None
    ]
    traces.append(
        go.Scatter(
            x=[crossing.value for crossing in crossings],
            y=[crossing.usd for crossing in crossings],
            name="Break-even",
            mode="markers+text",
            text=[words.setting(crossing.path, float(f"{crossing.value:.3g}")) for crossing in crossings],
            textposition="bottom right",
            textfont={"color": palette.INK},
            marker={"color": palette.INK, "symbol": "diamond", "size": 11},
            hovertemplate="the bills cross here",
            showlegend=bool(crossings),
        )
    )
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            words.label(curve.path),
            "USD a month",
            xaxis={"type": "log", **_powers_of_ten(curve.values), "hoverformat": ",.3~g"},
            yaxis={
                "type": "log",
                "tickprefix": "$",
                "dtick": 1,
                "tickformat": ",~g",
                "autorangeoptions": {"clipmin": 1},
            },
        ),
    )
    if now > 0:
        mark_x(figure, now, "now", side="left")
    if curve.values[0] < full_at < curve.values[-1]:
        mark_x(figure, full_at, "all allowed<br>tasks full", colour=palette.FARGATE, dash="dash")
    return figure


def bill_bars(bills: dict[str, Bill], title: str) -> go.Figure:
    """One stacked bar per platform, one segment per bill line, in shades of the platform's colour."""
    traces = []
    for name, bill in bills.items():
        lines = [line for line in used(bill.lines) if line.usd is not None and float(line.usd) > 0]
        lines.sort(key=lambda line: -float(line.usd))
        for line, opacity in zip(lines, np.linspace(1, FAINTEST, len(lines)), strict=True):
            traces.append(_segment(name, line, float(opacity)))
    return go.Figure(
        traces,
        layout=base_layout(
            title,
            "USD a month",
            barmode="stack",
            hovermode="closest",
            showlegend=False,
            uniformtext=READABLE,
            xaxis={
                "tickprefix": "$",
                "tickformat": ",~s",
                **steady_axis([float(b.known_usd) for b in bills.values()]),
            },
            yaxis={"autorange": "reversed", "tickfont": {"size": 16, "color": palette.INK}},
        ),
    )


def _segment(platform: str, line: Line, opacity: float) -> go.Bar:
    return go.Bar(
        x=[float(line.usd)],
        y=[PLATFORMS[platform]],
        orientation="h",
        name=line.item,
        marker={
            "color": palette.see_through(palette.PLATFORM[platform], opacity),
            "line": {"color": palette.SURFACE, "width": 1},
        },
        text=[line.item],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="inside",
        hovertemplate=f"{line.item}<br>{number(float(line.quantity))} {line.unit}<br>{usd(float(line.usd))} a month<extra></extra>",
    )


def _powers_of_ten(values: np.ndarray) -> dict[str, object]:
    """Ticks at powers of ten, written out."""
    powers = np.arange(np.floor(np.log10(values[0])), np.ceil(np.log10(values[-1])) + 1)
    return {"tickvals": 10.0**powers, "ticktext": [f"{10.0**power:,.10g}" for power in powers]}
