"""Both totals over one field, and where they cross."""

from collections.abc import Sequence

import numpy as np

from model.decide.break_even import CostCurve, Crossing
from model.decide.crossings import span_of
from pages.ui import palette, words
from pages.ui.figures import objects as go
from pages.ui.figures.axes import HOVER_USD, powers_of_ten
from pages.ui.theme import base_layout, steady_axis
from pages.ui.words import PLATFORMS

MOST_DECADES = 1e6
WIDE = 30.0  # beyond this ratio of the field's ends its axis is logarithmic


def field_curves(curve: CostCurve, crossings: Sequence[Crossing], now: float | None, title: str) -> go.Figure:
    """Both totals; a mark at every crossing, a dotted line at the present value."""
    values = curve.values
    positive = values[values > 0]
    log = span_of(curve.path).log and positive.size > 1 and positive[-1] > WIDE * positive[0]
    lines = [
        go.Scatter(
            x=values,
            y=total,
            mode="lines" if values.size > 15 else "lines+markers",
            line={"color": palette.PLATFORM[name]},
            name=PLATFORMS[name],
            hovertemplate=HOVER_USD,
        )
        for name, total in (("aws_lambda", curve.lambda_usd), ("fargate", curve.fargate_usd))
        if total is not None
    ]
    marks = go.Scatter(
        x=[crossing.value for crossing in crossings],
        y=[crossing.usd for crossing in crossings],
        mode="markers",
        marker={"color": palette.INK, "symbol": "diamond", "size": 11},
        name="Break-even",
        hovertemplate="%{x:.4g}",
    )
    totals = [total for total in (curve.lambda_usd, curve.fargate_usd) if total is not None]
    axis = {"type": "log", **powers_of_ten(positive, curve.path)} if log else {}
    figure = go.Figure(
        [*lines, marks],
        layout=base_layout(
            title,
            words.label(curve.path),
            "USD a month",
            xaxis=axis,
            yaxis={"tickprefix": "$", "tickformat": ",~f", **_money_axis(totals, log=log)},
        ),
    )
    if now is not None and (now > 0 or not log):
        figure.add_vline(x=now, line={"color": palette.MUTED, "dash": "dot", "width": 1.5})
        place = float(np.log10(now)) if log else now
        figure.add_annotation(x=place, y=1, yref="paper", text="now", xanchor="left", xshift=4, yanchor="top")
    return figure


def _money_axis(totals: Sequence[np.ndarray], *, log: bool) -> dict[str, object]:
    """From zero up; logarithmic, so that the crossing stays in sight, where totals grow over a logarithmic field."""
    known = np.concatenate([total[np.isfinite(total) & (total > 0)] for total in totals] or [np.ones(1)])
    if not log or not known.size or known.max() < WIDE * known.min():
        return steady_axis(*totals)
    low, high = np.log10([max(known.min(), known.max() / MOST_DECADES), known.max()])
    return {"type": "log", "dtick": 1, "range": [float(np.floor(low)), float(np.ceil(high))]}
