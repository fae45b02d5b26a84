"""Both totals in every Region, sorted."""

from collections.abc import Sequence

from model.decide.sweeps import RegionTotals
from pages.ui import palette, words
from pages.ui.figures import objects as go
from pages.ui.theme import base_layout, steady_axis
from pages.ui.words import PLATFORMS


def region_dots(rows: Sequence[RegionTotals], present: str, title: str) -> go.Figure:
    """Both totals in every Region, the cheapest on top; a Region with a missing price says so instead."""
    names = {row.region: words.region(row.region) for row in rows}
    names[present] = f"<b>{names[present]}</b>"
    known = [row for row in rows if None not in row.usd.values()]
    figure = go.Figure(
        [
            go.Scatter(
                x=[part for row in known for part in (*row.usd.values(), None)],
                y=[names[row.region] for row in known for _ in range(3)],
                name="both",
                mode="lines",
                line={"color": palette.NEUTRAL, "width": 1.5},
                hoverinfo="skip",
                showlegend=False,
            ),
            *(_region_dots(platform, rows, names, present) for platform in PLATFORMS),
            *_missing_totals(rows, names),
        ],
        layout=base_layout(
            title,
            "USD a month",
            hovermode="closest",
            xaxis={
                "tickprefix": "$",
                "tickformat": ",~f",
                "domain": [0, 0.85],
                **steady_axis(*([total for total in row.usd.values() if total is not None] for row in rows)),
            },
            yaxis={
                "categoryorder": "array",
                "categoryarray": [names[row.region] for row in reversed(rows)],
                "range": [-0.6, len(rows) - 0.4],
                "tickfont": {"size": 13, "color": palette.INK},
                "dtick": 1,
            },
            xaxis2={"domain": [0.87, 1], "range": [-0.7, 1.7], "visible": False, "fixedrange": True},
        ),
    )
    return figure


def _region_dots(
    platform: str, rows: Sequence[RegionTotals], names: dict[str, str], present: str
) -> go.Scatter:
    priced = [row for row in rows if row.usd[platform] is not None]
    here = [row.region == present for row in priced]
    return go.Scatter(
        x=[row.usd[platform] for row in priced],
        y=[names[row.region] for row in priced],
        name=PLATFORMS[platform],
        mode="markers",
        marker={
            "color": palette.PLATFORM[platform],
            "opacity": 1,
            "size": [15 if it else 10 for it in here],
            "line": {"color": palette.INK, "width": [2.5 if it else 0 for it in here]},
        },
        hovertemplate="%{y}: %{x:$,.2f} a month",
    )


def _missing_totals(rows: Sequence[RegionTotals], names: dict[str, str]) -> list[go.Scatter]:
    """A column of crosses, apart from the axis of dollars, where a platform has no total; and their key."""
    crosses = [
        go.Scatter(
            x=[column for row in rows if row.usd[platform] is None],
            y=[names[row.region] for row in rows if row.usd[platform] is None],
            xaxis="x2",
            name=f"{PLATFORMS[platform]}, {words.NO_PRICE}",
            mode="markers",
            marker=_cross(palette.PLATFORM[platform]),
            hovertemplate="%{y}",
            showlegend=False,
        )
        for column, platform in enumerate(PLATFORMS)
    ]
    if not any(cross["x"] for cross in crosses):
        return []
    key = go.Scatter(
        x=[None],
        y=[None],
        name=words.NO_PRICE,
        mode="markers",
        marker=_cross(palette.MUTED),
        hoverinfo="skip",
    )
    return [*crosses, key]


def _cross(colour: str) -> dict[str, object]:
    return {"symbol": "x-thin", "size": 8, "line": {"color": colour, "width": 2}}
