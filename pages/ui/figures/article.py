"""Every claim with the model's result, relative to the end of the claimed range that it is measured by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.article import FAILS, HOLDS, ONLY_IF, Finding
from pages.ui import palette
from pages.ui.answers.article import VERDICTS, claimed, reference, relative, result
from pages.ui.figures import objects as go
from pages.ui.theme import base_layout

LEFT, RIGHT = 0.01, 100.0
COLOURS = {HOLDS: palette.GOOD, ONLY_IF: palette.NEUTRAL, FAILS: palette.BAD}
SYMBOLS = {HOLDS: "circle", ONLY_IF: "diamond", FAILS: "x"}
ROW_PX, AROUND_PX = 40, 190
LONGEST_NAME = 46


def height(findings: Sequence[Finding]) -> int:
    """Height of the figure in pixels."""
    return AROUND_PX + ROW_PX * len(findings)


def claim_dots(findings: Sequence[Finding], title: str) -> go.Figure:
    """The claimed range as a pale bar, the model's result as a mark or a line, on a logarithmic axis.

    1 is the end of the claimed range that the result passes, or lies nearest to. Results without a price are left
    out; those beyond the axis stand at its end.
    """
    shown = [one for one in findings if one.verdict in COLOURS]
    names = [_short(one.claim.claim) for one in shown]
    spans = [_span(one) for one in shown]
    traces: list[go.Bar | go.Scatter] = [
        go.Bar(
            # A bar's length is added to its base, on a logarithmic axis too.
            x=[high - low for low, high in spans],
            base=[low for low, _ in spans],
            y=names,
            orientation="h",
            name="Claimed",
            marker={"color": palette.see_through(palette.NEUTRAL, 0.25)},
            hoverinfo="skip",
            width=0.35,
        )
    ]
    for verdict, colour in COLOURS.items():
        some = [one for one in shown if one.verdict == verdict]
        if not some:
            continue
        x, y = [], []
        for one in some:
            low, high = (_within(value) for value in relative(one))
            x += [low, high, None]
            y += [_short(one.claim.claim)] * 3
        about = [f"{result(one)}; claimed: {claimed(one)}" for one in some for _ in range(3)]
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                mode="lines+markers",
                name=VERDICTS[verdict].capitalize(),
                line={"color": colour, "width": 3},
                marker={"color": colour, "symbol": SYMBOLS[verdict], "size": 10},
                customdata=about,
                hovertemplate="%{y}<br>%{customdata}<extra></extra>",
            )
        )
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            "The model's result relative to the end of the claimed range",
            hovermode="closest",
            xaxis={
                "type": "log",
                "range": [np.log10(LEFT) - 0.05, np.log10(RIGHT) + 0.05],
                "tickvals": [0.01, 0.1, 1, 10, 100],
                "ticktext": ["1/100", "1/10", "1", "10 ×", "100 ×"],
                "tickangle": 0,
            },
            yaxis={
                "categoryorder": "array",
                "categoryarray": names[::-1],
                "showticklabels": False,
                "showgrid": False,
            },
        ),
    )
    for name in names:
        _write(figure, name)
    return figure


def _write(figure: go.Figure, name: str) -> None:
    """A claim above its bar: beside it, names would leave a narrow screen no room for the chart."""
    figure.add_annotation(
        x=0,
        xref="paper",
        y=name,
        yshift=7,
        text=name,
        xanchor="left",
        yanchor="bottom",
        font={"size": 13, "color": palette.INK},
    )


def _span(one: Finding) -> tuple[float, float]:
    by = reference(one)
    low = one.claim.low / by if np.isfinite(one.claim.low) and by else 0.0
    high = one.claim.high / by if np.isfinite(one.claim.high) and by else np.inf
    low, high = _within(low), _within(high)
    return (low, high) if high > low * 1.05 else (low * 0.95, high * 1.05)


def _within(value: float) -> float:
    """Where a value stands on the axis: at its ends if it lies beyond."""
    return float(np.clip(np.nan_to_num(value, nan=1.0, posinf=RIGHT, neginf=LEFT), LEFT, RIGHT))


def _short(text: str) -> str:
    if len(text) <= LONGEST_NAME:
        return text
    return text[:LONGEST_NAME].rsplit(" ", 1)[0] + " …"
