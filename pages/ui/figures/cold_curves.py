"""Cold starts over one field, sizes of the pool, provisioned concurrency: curves and bars."""

import numpy as np

from model.decide.cold_curves import ColdCurve
from model.decide.provisioned_levels import ProvisionedLevels
from pages.ui import palette
from pages.ui.figures import objects as go
from pages.ui.figures.axes import log_seconds, powers_of_ten
from pages.ui.theme import base_layout, mark_y, steady_axis
from pages.ui.words import PLATFORMS, seconds, setting, share

SEEN = 1e-7
TICKS = {
    "aws_lambda.memory_mb": [128, 512, 1769, 5120],
    "aws_lambda.package_mb": [1, 3, 10, 30, 100, 250, 1000, 10000],
    "aws_lambda.keep_alive_s": [10, 60, 300, 3600, 21600],
}


def cold_share_over(curve: ColdCurve, x_title: str, title: str) -> go.Figure:
    """Share of cold requests over one field, both axes logarithmic, today's value marked."""
    drawn = np.where(curve.p_cold > SEEN, curve.p_cold, np.nan)
    traces = [_line(curve.values, drawn, "aws_lambda", "%{y:.3~%} cold"), *_now(curve, drawn)]
    return go.Figure(
        traces,
        layout=base_layout(
            title,
            x_title,
            "Share of cold requests",
            xaxis=_log_x(curve),
            yaxis={
                "type": "log",
                "tickvals": [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6],
                "ticktext": ["100 %", "10 %", "1 %", "0.1 %", "0.01 %", "0.001 %", "0.0001 %"],
                "range": _whole_decades(drawn),
            },
        ),
    )


def p99_over(curve: ColdCurve, slo_s: float | None, x_title: str, title: str) -> go.Figure:
    """p99 over one field, with the service level as a line."""
    traces = [
        _line(curve.values, np.asarray(values), name, "%{y:.3~s}s") for name, values in curve.p99_s.items()
    ]
    traces += _now(curve, np.asarray(curve.p99_s["aws_lambda"]))
    figure = go.Figure(
        traces,
        layout=base_layout(title, x_title, "p99 response time", xaxis=_log_x(curve), yaxis=log_seconds()),
    )
    if slo_s:
        mark_y(figure, slo_s, f"service level {seconds(slo_s)}")
    return figure


def pool_sizes(size_share: np.ndarray, title: str) -> go.Figure:
    """Share of time with each number of environments."""
    size = np.arange(size_share.size)
    first = int(np.flatnonzero(size_share > 0)[0]) if size_share.any() else 0
    return go.Figure(
        go.Bar(
            x=size[first:],
            y=size_share[first:],
            name="Lambda",
            marker={"color": palette.LAMBDA},
            text=[share(float(part)) for part in size_share[first:]],
            textposition="outside" if size_share.size - first <= 12 else "none",
            hovertemplate="%{x} environments: %{y:.3~%} of the time<extra></extra>",
        ),
        layout=base_layout(
            title,
            "Environments alive",
            "Share of time",
            hovermode="closest",
            xaxis={"tickformat": ",d", "dtick": 1 if size_share.size - first <= 12 else None},
            yaxis={"tickformat": "~%", "rangemode": "tozero", "autorangeoptions": {"include": [0, 1]}},
        ),
    )


def provisioned_cost(levels: ProvisionedLevels, now: float, title: str) -> go.Figure:
    """Lambda's bill over the number of provisioned environments."""
    usd = np.asarray(levels.usd)
    figure = go.Figure(
        [_line(levels.levels, usd, "aws_lambda", "$%{y:,.2f}"), *_marks(levels, usd, now)],
        layout=base_layout(
            title,
            "Provisioned environments",
            "USD a month",
            yaxis={"tickprefix": "$", **steady_axis(usd)},
        ),
    )
    return figure


def provisioned_colds(levels: ProvisionedLevels, now: float, title: str) -> go.Figure:
    """Cold requests a month over the number of provisioned environments."""
    colds = np.asarray(levels.cold_per_month)
    return go.Figure(
        [_line(levels.levels, colds, "aws_lambda", "%{y:,.3~s} cold"), *_marks(levels, colds, now)],
        layout=base_layout(
            title, "Provisioned environments", "Cold requests a month", yaxis=steady_axis(colds)
        ),
    )


def _line(x: np.ndarray, y: np.ndarray, name: str, hover: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=PLATFORMS[name],
        mode="lines",
        line={"color": palette.PLATFORM[name]},
        hovertemplate=hover,
    )


def _now(curve: ColdCurve, y: np.ndarray) -> list[go.Scatter]:
    """A diamond at today's value; none where there is none or it lies outside."""
    if curve.now is None or not curve.values[0] <= curve.now <= curve.values[-1]:
        return []
    here = np.exp(np.interp(np.log(curve.now), np.log(curve.values), np.log(y)))
    return [_mark(curve.now, float(here), "now")] if np.isfinite(here) else []


def _marks(levels: ProvisionedLevels, y: np.ndarray, now: float) -> list[go.Scatter]:
    marks = []
    if levels.levels[0] <= now <= levels.levels[-1]:
        marks.append(_mark(now, float(np.interp(now, levels.levels, y)), "now"))
    if levels.cheapest is not None:
        at = float(levels.levels[levels.cheapest]), float(y[levels.cheapest])
        marks.append(_mark(*at, "cheapest fast enough", "circle", palette.SLO))
    return marks


def _mark(x: float, y: float, name: str, symbol: str = "diamond", colour: str = palette.INK) -> go.Scatter:
    return go.Scatter(
        x=[x],
        y=[y],
        name=name,
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": symbol},
        hovertemplate=name,
    )


def _whole_decades(shares: np.ndarray) -> list[float]:
    """From the power of ten below all shares, 0.01 % at most, to 100 %: a flat curve looks flat and has ticks beside it."""
    seen = shares[np.isfinite(shares)]
    lowest = float(np.floor(np.log10(seen.min()))) if seen.size else 0.0
    return [min(lowest, -4.0), 0.0]


def _log_x(curve: ColdCurve) -> dict[str, object]:
    ticks = TICKS.get(curve.path)
    if ticks is None:
        return {"type": "log", **powers_of_ten(curve.values[[0, -1]], curve.path)}
    return {
        "type": "log",
        "tickvals": ticks,
        "ticktext": [setting(curve.path, tick) for tick in ticks],
        "range": np.log10(curve.values[[0, -1]]).tolist(),
    }
