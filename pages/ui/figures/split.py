"""What each mix of endpoints costs, and what a baseline with overflow costs over its tasks."""

from collections.abc import Mapping

import numpy as np

from model.decide.hybrid import Mix
from model.decide.overflow import Overflow
from pages.ui import palette
from pages.ui.figures import objects as go
from pages.ui.theme import READABLE, base_layout, steady_axis
from pages.ui.words import PLATFORMS, share, usd

FAINTEST = 0.4


def mix_bars(names: tuple[str, ...], mixes: Mapping[str, Mix], title: str) -> go.Figure:
    """One stacked bar for each mix; a segment for each endpoint in the colour of its platform, and the shared rest."""
    known = {name: mix for name, mix in mixes.items() if mix.usd is not None}
    shades = np.linspace(1, FAINTEST, max(len(names), 1))
    traces = [
        _segment(name, known, index, float(shade))
        for index, (name, shade) in enumerate(zip(names, shades, strict=True))
    ]
    traces.append(
        go.Bar(
            x=[mix.shared_usd for mix in known.values()],
            y=list(known),
            orientation="h",
            name="Shared",
            marker={"color": palette.NEUTRAL, "line": {"color": palette.SURFACE, "width": 1}},
            text=["shared"] * len(known),
            **_INSIDE,
            hovertemplate="Balancer, addresses and what else is there once<br>%{x:$,.2f} a month<extra>%{y}</extra>",
        )
    )
    totals = [mix.usd for mix in known.values()]
    figure = go.Figure(
        traces,
        layout=base_layout(
            title,
            "USD a month",
            barmode="stack",
            hovermode="closest",
            showlegend=False,
            uniformtext=READABLE,
            xaxis={"tickprefix": "$", "tickformat": ",~f", **steady_axis([1.15 * total for total in totals])},
            yaxis={"autorange": "reversed", "tickfont": {"size": 16, "color": palette.INK}},
        ),
    )
    for name, mix in known.items():
        failing = "" if mix.works else ", does not fit"
        figure.add_annotation(
            x=mix.usd,
            y=name,
            text=f"<b>{usd(mix.usd)}</b>{failing}",
            xanchor="left",
            xshift=6,
            showarrow=False,
        )
    return figure


def overflow_curve(found: Overflow, title: str) -> go.Figure:
    """Cost over the tasks of the baseline: filled marks meet the service level and the limits; the best is ringed."""
    works = found.meets_slo & found.fits
    figure = go.Figure(
        [
            go.Scatter(
                x=found.tasks,
                y=found.usd,
                mode="lines+markers",
                cliponaxis=False,
                name="Baseline with overflow",
                line={"color": palette.NEUTRAL, "width": 2},
                marker={
                    "size": 9,
                    "color": [palette.FARGATE if ok else palette.SURFACE for ok in works],
                    "line": {"color": palette.FARGATE, "width": 2},
                },
                customdata=[
                    f"{share(float(over))} of the requests on Lambda"
                    + ("" if ok else "<br>misses the service level or a limit")
                    for over, ok in zip(found.overflow_share, works, strict=True)
                ],
                hovertemplate="%{y:$,.2f} a month<br>%{customdata}",
            )
        ],
        layout=base_layout(
            title,
            "Fargate tasks that run all month; Lambda takes what exceeds them",
            "USD a month",
            xaxis={"tickformat": ",d", "rangemode": "tozero"},
            yaxis={"tickprefix": "$", "tickformat": ",~f", **steady_axis(found.usd)},
            legend={"traceorder": "normal"},
        ),
    )
    if found.best is not None:
        figure.add_trace(
            go.Scatter(
                x=[found.tasks[found.best]],
                y=[found.usd[found.best]],
                mode="markers",
                cliponaxis=False,
                name="Best level",
                marker={"size": 18, "symbol": "circle-open", "color": palette.GOOD, "line": {"width": 3}},
                hoverinfo="skip",
            )
        )
    if found.autoscaled_usd is not None:
        figure.add_trace(
            go.Scatter(
                x=[found.tasks[0], found.tasks[-1]],
                y=[found.autoscaled_usd] * 2,
                mode="lines",
                name="Fargate with its own scaling",
                line={"color": palette.FARGATE, "width": 2, "dash": "dash"},
                hovertemplate="%{y:$,.2f} a month",
            )
        )
    return figure


_INSIDE = {
    "textposition": "inside",
    "insidetextanchor": "middle",
    "textangle": 0,
    "constraintext": "inside",
}


def _segment(name: str, mixes: Mapping[str, Mix], index: int, shade: float) -> go.Bar:
    colours = [palette.see_through(palette.PLATFORM[mix.on[index]], shade) for mix in mixes.values()]
    return go.Bar(
        x=[mix.own_usd[index] for mix in mixes.values()],
        y=list(mixes),
        orientation="h",
        name=name,
        marker={"color": colours, "line": {"color": palette.SURFACE, "width": 1}},
        text=[_plain(name)] * len(mixes),
        customdata=[PLATFORMS[mix.on[index]] for mix in mixes.values()],
        **_INSIDE,
        hovertemplate=f"{_plain(name)} on %{{customdata}}<br>%{{x:$,.2f}} a month<extra>%{{y}}</extra>",
    )


def _plain(name: str) -> str:
    """A name somebody typed, as Plotly shows it: no tags, no placeholders."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "%\u2060{")
