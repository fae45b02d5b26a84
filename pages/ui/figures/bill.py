"""Both bills as stacked bars, a segment for each line."""

import numpy as np

from model.cost.lines import Bill, Line, used
from pages.ui import palette
from pages.ui.figures import objects as go
from pages.ui.theme import READABLE, base_layout, steady_axis
from pages.ui.words import BILLS, number, usd

FAINTEST = 0.35


def bill_bars(bills: dict[str, Bill], title: str) -> go.Figure:
    """One stacked bar per bill, one segment per bill line, in shades of the platform's colour."""
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
                "tickformat": ",~f",
                **steady_axis([float(b.known_usd) for b in bills.values()]),
            },
            yaxis={"autorange": "reversed", "tickfont": {"size": 16, "color": palette.INK}},
        ),
    )


def _segment(platform: str, line: Line, opacity: float) -> go.Bar:
    return go.Bar(
        x=[float(line.usd)],
        y=[BILLS[platform]],
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
