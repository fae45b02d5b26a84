"""Money: both bills over traffic, utilisation, two fields and Regions, and what each bill is made of."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from model.cost.lines import Bill, Line, used
from model.decide.break_even import CostCurve, Crossing
from model.decide.cost_bands import CostBands
from model.decide.sweeps import MAP_FIELDS, CostMap, RegionTotals, UtilisationCurve
from pages.ui import palette, words
from pages.ui.theme import READABLE, base_layout, mark_x, steady_axis
from pages.ui.words import BILLS, PLATFORMS, number, usd

HOVER_USD = "%{y:$,.2f} a month"
FAINTEST = 0.35
BAND_OPACITY = 0.24
LEAST_DRAWN_USD = 0.01  # a free month has no place on a logarithmic axis
MOST_TIMES = 10.0


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
                "tickformat": ",~s",
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


def cost_map(map_: CostMap, now: tuple[float, float], title: str) -> go.Figure:
    """Which platform is cheaper, and how much, for every pair of values of two fields; break-even in ink.

    Args: now: today's values of the two fields.
    """
    assert map_.ratio is not None
    axes = {
        name: {
            "type": "log" if MAP_FIELDS[path].log else "linear",
            "showgrid": False,
            **(_powers_of_ten(values, path) if MAP_FIELDS[path].log else _few_ticks(path)),
        }
        for name, path, values in (
            ("xaxis", map_.x_path, map_.x_values),
            ("yaxis", map_.y_path, map_.y_values),
        )
    }
    decades = np.log10(map_.ratio, where=map_.ratio > 0, out=np.full(map_.ratio.shape, np.nan))
    decades[map_.ratio == 0] = -np.log10(MOST_TIMES)  # a free function
    place = {"x": map_.x_values, "y": map_.y_values}
    shown = np.nan_to_num(decades, nan=0.0)
    crosses = shown.min() < 0 < shown.max()
    break_even = go.Contour(
        **place,
        z=decades,
        name="Break-even",
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"color": palette.INK, "width": 2.5},
        showscale=False,
        showlegend=True,
        hoverinfo="skip",
        connectgaps=False,
    )
    return go.Figure(
        [
            go.Heatmap(
                **place,
                z=decades,
                name="Lambda's total / Fargate's",
                customdata=map_.ratio,
                zmin=-np.log10(MOST_TIMES),
                zmax=np.log10(MOST_TIMES),
                colorscale=palette.LAMBDA_TO_FARGATE,
                colorbar=_cheaper_bar(),
                hovertemplate=f"{words.label(map_.x_path)} %{{x:,.3~g}}<br>{words.label(map_.y_path)} %{{y:,.3~g}}"
                "<br>Lambda costs %{customdata:,.3~g} × as much as Fargate<extra></extra>",
            ),
            *([break_even] if crosses else []),
            go.Scatter(
                x=[now[0]],
                y=[now[1]],
                name="now",
                mode="markers",
                marker={
                    "color": palette.SURFACE,
                    "size": 14,
                    "symbol": "circle",
                    "line": {"color": palette.INK, "width": 3},
                },
                hovertemplate="now<extra></extra>",
            ),
        ],
        layout=base_layout(
            title,
            words.label(map_.x_path),
            words.label(map_.y_path),
            hovermode="closest",
            **axes,
        ),
    )


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
                "tickformat": ",~s",
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
    if not any(cross.x for cross in crosses):
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


def _cheaper_bar() -> dict[str, object]:
    """The key of the map's colours, in words, below it."""
    times = (0.1, 1, 10)
    texts = ("Lambda 10 times<br>cheaper", "equal", "Fargate 10 times<br>cheaper")
    return {
        "orientation": "h",
        "x": 0.5,
        "xanchor": "center",
        "y": 0,
        "yref": "container",
        "yanchor": "bottom",
        "thickness": 12,
        "len": 0.75,
        "outlinewidth": 0,
        "tickvals": np.log10(times).tolist(),
        "ticktext": texts,
        "tickangle": 0,
        "tickfont": {"size": 13, "color": palette.MUTED},
    }


def _shares_of_ten(shares: np.ndarray) -> dict[str, object]:
    """Ticks at 1 %, 10 % and so on."""
    if not shares.size:
        return {}
    powers = 10.0 ** np.arange(np.floor(np.log10(shares.min())), 1)
    return {"tickvals": powers, "ticktext": [f"{words.exact(power * 100)} %" for power in powers]}


def _few_ticks(path: str) -> dict[str, object]:
    return {"tickformat": ".0%" if path.endswith("_share") else ",~g", "nticks": 8}


def _powers_of_ten(values: np.ndarray, path: str = "") -> dict[str, object]:
    """Ticks at powers of ten, written out, in the words of the field if one is named."""
    powers = 10.0 ** np.arange(np.floor(np.log10(values[0])), np.ceil(np.log10(values[-1])) + 1)
    if path and len(powers) <= 4:
        powers = np.unique(np.concatenate([powers, 2 * powers, 5 * powers]))
    if path:
        powers = powers[(powers >= values[0] * 0.999) & (powers <= values[-1] * 1.001)]
    return {
        "tickvals": powers,
        "ticktext": [words.setting(path, float(power)) if path else f"{power:,.10g}" for power in powers],
    }
