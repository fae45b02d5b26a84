"""Both bills over traffic and over utilisation, as curves."""

from collections.abc import Sequence

import numpy as np

from model.decide.break_even import CostCurve, Crossing
from model.decide.cost_bands import CostBands
from model.decide.sweeps import UtilisationCurve
from pages.ui import palette, words
from pages.ui.figures import objects as go
from pages.ui.figures.axes import HOVER_USD, powers_of_ten
from pages.ui.theme import base_layout, mark_x
from pages.ui.words import BILLS, PLATFORMS

BAND_OPACITY = 0.24
LEAST_DRAWN_USD = 0.01  # a free month has no place on a logarithmic axis


def cost_curves(
    curve: CostCurve,
    crossings: Sequence[Crossing],
    now: float,
    full_at: float,
    title: str,
    bands: CostBands | None = None,
    managed_usd: float | None = None,
) -> go.Figure:
    """Monthly totals over traffic, both axes logarithmic, break-even points and today's traffic marked.

    Args: full_at: traffic at whose peak the configured maximum of tasks is full; infinite if there is none.
        bands: each total's range; managed_usd: today's total on Lambda Managed Instances.
    """
    totals = {"aws_lambda": curve.lambda_usd, "fargate": curve.fargate_usd}
    traces = _bands(bands) if bands else []
    traces += [
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
    if managed_usd is not None and now > 0:
        traces.append(_managed_point(now, managed_usd))
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            words.label(curve.path),
            "USD a month",
            xaxis={"type": "log", **powers_of_ten(curve.values), "hoverformat": ",.3~g"},
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


def _bands(bands: CostBands) -> list[go.Scatter]:
    """An area for each platform, behind the curves and silent."""
    areas = []
    for name in PLATFORMS:
        band = getattr(bands, name)
        if band is None:
            continue
        edge = np.concatenate([band.high_usd, band.low_usd[::-1]])
        areas.append(
            go.Scatter(
                x=np.concatenate([bands.values, bands.values[::-1]]),
                y=np.maximum(edge, LEAST_DRAWN_USD),
                name=f"{PLATFORMS[name]}, range",
                mode="lines",
                line={"width": 0, "color": palette.PLATFORM[name]},
                fill="toself",
                fillcolor=palette.see_through(palette.PLATFORM[name], BAND_OPACITY),
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return areas


def _managed_point(now: float, managed_usd: float) -> go.Scatter:
    return go.Scatter(
        x=[now],
        y=[managed_usd],
        name=BILLS["managed_instances"],
        mode="markers",
        marker={"color": palette.PLATFORM["managed_instances"], "symbol": "square", "size": 12},
        hovertemplate=HOVER_USD,
    )


def utilisation_curves(curve: UtilisationCurve, now: float | None, title: str) -> go.Figure:
    """What a million requests cost beside how busy the paid CPU of Fargate is, both axes logarithmic.

    Args: now: today's utilisation; None if nothing is paid for.
    """
    shown = curve.utilisation > 0
    traffic = [words.setting(curve.path, float(f"{value:.3g}")) for value in curve.traffic[shown]]
    what = "requests" if curve.path == "workload.requests_per_s" else "runs"
    figure = go.Figure(
        [
            go.Scatter(
                x=curve.utilisation[shown],
                y=usd_each[shown],
                name=PLATFORMS[name],
                mode="lines+markers",
                line={"color": palette.PLATFORM[name]},
                marker={"size": 6},
                customdata=traffic,
                hovertemplate="%{y:$,.2f} at %{customdata}",
            )
            for name, usd_each in curve.per_million_usd.items()
            if usd_each is not None
        ],
        layout=base_layout(
            title,
            "Fargate's CPU utilisation, mean over the month",
            f"USD a million {what}",
            hovermode="closest",
            xaxis={"type": "log", **_shares_of_ten(curve.utilisation[shown]), "hoverformat": ".2~%"},
            yaxis={"type": "log", "tickprefix": "$", "dtick": 1, "tickformat": ",~g"},
        ),
    )
    if now:
        mark_x(figure, now, "now", side="left")
    return figure


def _shares_of_ten(shares: np.ndarray) -> dict[str, object]:
    """Ticks at 1 %, 10 % and so on."""
    if not shares.size:
        return {}
    powers = 10.0 ** np.arange(np.floor(np.log10(shares.min())), 1)
    return {"tickvals": powers, "ticktext": [f"{words.exact(power * 100)} %" for power in powers]}
