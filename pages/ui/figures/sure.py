"""Tornado, spread of the difference, shares of variance, convergence."""

from collections.abc import Mapping, Sequence

import numpy as np

from model.decide.monte_carlo import RunningShare
from model.decide.tornado import Swing
from model.decide.verdict import PLATFORMS
from pages.ui import palette
from pages.ui.figures import objects as go
from pages.ui.theme import base_layout
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import about, uncertain

MOST_BARS = 12
VISIBLE = 1e-6  # of the result: less is rounding
BINS = 60
OUTER = (0.002, 0.998)


def tornado_bars(swings: Sequence[Swing], effect: str, now: float, title: str) -> go.Figure:
    """A bar for each range from the result at its low end to that at its high end, around the present result."""
    kind, _, platform = effect.partition(" ")

    def ends(swing: Swing) -> tuple[float, float]:
        return swing.difference_usd if kind == "difference" else getattr(swing, kind)[platform]

    ranked = sorted(swings, key=lambda swing: -abs(ends(swing)[1] - ends(swing)[0]))[:MOST_BARS]
    shown = [swing for swing in ranked if max(abs(end - now) for end in ends(swing)) > VISIBLE * abs(now)]
    names = [uncertain(swing.range.name) for swing in shown]
    money = kind != "p99_s"
    unit = "$%{customdata[1]:,.0f} a month" if money else "%{customdata[1]:.3g} s"
    traces = []
    for end, (word, colour) in enumerate((("low end", palette.NEUTRAL), ("high end", palette.SLO))):
        values = [ends(swing)[end] for swing in shown]
        settings = [about(swing.range.name, (swing.range.low, swing.range.high)[end]) for swing in shown]
        traces.append(
            go.Bar(
                x=[value - now for value in values],
                base=[now] * len(shown),
                y=names,
                orientation="h",
                name=f"at its {word}",
                marker={"color": colour},
                customdata=list(zip(settings, values, strict=True)),
                hovertemplate="%{y} %{customdata[0]}: " + unit,
            )
        )
    x_title = "USD a month" if money else "p99 (s)"
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            x_title,
            hovermode="closest",
            barmode="overlay",
            xaxis={"tickprefix": "$", "tickformat": ",~f"} if money else {"tickformat": "~g"},
            yaxis={"autorange": "reversed", "tickfont": {"size": 13, "color": palette.INK}},
        ),
    )
    figure.add_vline(x=now, line={"color": palette.MUTED, "width": 1.5})
    if kind == "difference":
        figure.add_vline(x=0, line={"color": palette.MUTED, "dash": "dot", "width": 1.5})
    return figure


def difference_bars(difference_usd: np.ndarray, now: float, title: str) -> go.Figure:
    """How the worlds spread over the difference; left of zero Lambda is cheaper, right of it Fargate."""
    low, high = np.quantile(difference_usd, OUTER)
    width = max(high - low, 1e-9) / BINS
    edges = np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width  # zero is an edge
    shares = np.histogram(np.clip(difference_usd, edges[0], edges[-1]), edges)[0] / difference_usd.size
    middle = (edges[1:] + edges[:-1]) / 2
    traces = []
    for platform, side in zip(PLATFORMS, (middle < 0, middle >= 0), strict=True):
        traces.append(
            go.Bar(
                x=middle[side],
                y=shares[side],
                width=width,
                name=f"{NAMES[platform]} is cheaper",
                marker={"color": palette.PLATFORM[platform]},
                hovertemplate="$%{x:,.0f} a month: %{y:.1%} of worlds",
                showlegend=True,
            )
        )
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            "Lambda minus Fargate (USD a month)",
            "Share of worlds",
            hovermode="closest",
            barmode="overlay",
            bargap=0.02,
            xaxis={"tickprefix": "$", "tickformat": ",~f"},
            yaxis={"tickformat": ".0%", "rangemode": "tozero"},
        ),
    )
    figure.add_vline(x=now, line={"color": palette.MUTED, "dash": "dash", "width": 1.5})
    figure.add_annotation(x=now, y=1, yref="paper", text="as set", xanchor="left", xshift=4, yanchor="top")
    return figure


def share_bars(shares: Mapping[str, float], title: str) -> go.Figure:
    """How much of the spread each thing explains alone, the most on top."""
    shown = [(name, share) for name, share in shares.items() if share >= 0.0005][:MOST_BARS]
    return go.Figure(
        [
            go.Bar(
                x=[share for _, share in shown],
                y=[uncertain(name) for name, _ in shown],
                orientation="h",
                name="share of the spread",
                marker={"color": palette.NEUTRAL},
                hovertemplate="%{y}: %{x:.1%}",
                showlegend=False,
            )
        ],
        layout=base_layout(
            title,
            "Share of the spread of the difference",
            hovermode="closest",
            xaxis={"tickformat": ".0%", "range": [0, 1]},
            yaxis={"autorange": "reversed", "tickfont": {"size": 13, "color": palette.INK}},
        ),
    )


def convergence(run: RunningShare, title: str) -> go.Figure:
    """The share of worlds in which Lambda is cheaper, draw by draw, with two standard errors to either side."""
    low, high = (np.clip(run.share + sign * 2 * run.error, 0, 1) for sign in (-1, 1))
    band = go.Scatter(
        x=np.concatenate((run.draws, run.draws[::-1])),
        y=np.concatenate((high, low[::-1])),
        fill="toself",
        fillcolor=palette.see_through(palette.LAMBDA, 0.18),
        line={"width": 0},
        name="± 2 standard errors",
        hoverinfo="skip",
    )
    line = go.Scatter(
        x=run.draws,
        y=run.share,
        mode="lines",
        line={"color": palette.LAMBDA},
        name="Lambda is cheaper",
        hovertemplate="%{y:.1%}",
    )
    return go.Figure(
        [band, line],
        layout=base_layout(
            title,
            "Draws",
            "Share of worlds",
            xaxis={"type": "log", "tickformat": ",~f", "dtick": 1},
            yaxis={"tickformat": ".0%", "range": [-0.03, 1.03]},
        ),
    )
