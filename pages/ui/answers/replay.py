"""What the replay page says: cost, losses and waits under recorded traffic, and when it was worst."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from model.decide.cost_bands import CostBands
from model.decide.verdict import PLATFORMS
from model.facts import load_traces
from model.replay import Replay, Side
from model.scenario import Scenario
from model.series import UPLOADED
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import count, number, rate, said_list, seconds, share, usd, usd_range

NO_REPLAY = (
    "Every job run gets an environment or a task of its own, so a replay shows nothing: choose a service."
)
WINDOWS = {60.0: "minute", 300.0: "five minutes", 3600.0: "hour", 21_600.0: "six hours", 86_400.0: "day"}
HALF_A_REQUEST = 0.5  # what flows like a fluid loses crumbs
NOT_IN_LINK = "The link in the address bar leaves your upload out: it is too long. Take the scenario file along instead."


def replay(run: Replay, bands: CostBands) -> str:
    """What the recording costs and loses on each platform, and a month of it with its range."""
    mean = rate(float(run.comparison.scenario.workload.requests_per_s))
    said = "; ".join(f"{NAMES[name]} {_costs_and_loses(_side(run, name))}" for name in PLATFORMS)
    ranges = month_ranges(run, bands)
    months = [
        f"{usd(_side(run, name).month_usd)} on {NAMES[name]} ({ranges[name]})"
        for name in PLATFORMS
        if name in ranges
    ]
    month = f" A month of it costs {said_list(months)}." if months else ""
    return f"Over {seconds(run.length_s)} at a mean of {mean}, {said}.{month}"


def month_ranges(run: Replay, bands: CostBands) -> dict[str, str]:
    """The range of a month's cost on each platform, where it is known."""
    known = {name: getattr(bands, name) for name in PLATFORMS if getattr(bands, name) is not None}
    return {
        name: usd_range(float(band.low_usd[0]), float(band.high_usd[0]))
        for name, band in known.items()
        if _side(run, name).month_usd is not None
    }


def figures(run: Replay) -> list[tuple[str, ...]]:
    """Key figures: label, value, and what it is beside."""
    fargate, function = run.fargate, run.aws_lambda
    return [
        ("Lambda loses", _share_lost(function), f"p99 {seconds(function.p99_s)}"),
        ("Fargate loses", _share_lost(fargate), f"p99 {seconds(fargate.p99_s)}"),
        (
            "Cold starts on Lambda",
            number(round(function.cold)),
            f"{share(function.cold / run.total_requests)} of requests",
        ),
        ("Most environments", number(round(function.capacity_max)), f"mean {number(function.capacity_mean)}"),
        ("Most tasks", number(round(fargate.capacity_max)), f"mean {number(fargate.capacity_mean)}"),
    ]


def timeline_title(run: Replay) -> str:
    """Who loses requests in how many of the windows, as a chart title."""
    losing = {name: int(np.sum(_side(run, name).windows.lost >= HALF_A_REQUEST)) for name in PLATFORMS}
    windows = run.requests.size
    if not any(losing.values()):
        slowest = max(PLATFORMS, key=lambda name: _slowest_s(_side(run, name)))
        return f"Nobody loses a request; the slowest {window(run)} has a p99 of {seconds(_slowest_s(_side(run, slowest)))} on {NAMES[slowest]}"
    said = [f"{NAMES[name]} loses requests in {n:,}" for name, n in losing.items() if n]
    said[1:] = [text.replace("loses requests in ", "in ") for text in said[1:]]
    return f"{said_list(said)} of {windows:,} {_plural(run)}"


def worst_title(run: Replay) -> str:
    """When the worst ten minutes were and what was lost in them, as a chart title."""
    lost = {name: n for name, n in run.worst.lost.items() if n >= HALF_A_REQUEST}
    at = moment(run.begins + timedelta(seconds=run.worst.start_s))
    if not run.worst.by_loss:
        return f"The busiest ten minutes, from {at}"
    said = (
        said_list(f"{NAMES[name]} loses {count(n, 'request')}" for name, n in lost.items())
        or "nothing is lost by the second"
    )
    return f"The worst ten minutes, from {at}: {said}"


def moment(when: datetime) -> str:
    """A moment by the recording's own clock: "Thu 13 July 1995, 09:48"."""
    return f"{when:%a} {when.day} {when:%B %Y, %H:%M}"


def window(run: Replay) -> str:
    """What a window is called: "hour"."""
    nearest = min(WINDOWS, key=lambda length_s: abs(length_s - run.window_s))
    return WINDOWS[nearest] if abs(nearest - run.window_s) < 0.01 * nearest else seconds(run.window_s)


def source(scenario: Scenario) -> str:
    """Where the recording is from."""
    workload = scenario.workload
    if workload.trace == UPLOADED and workload.series is not None:
        series = workload.series
        return f"{count(series.counts.size, 'period')} of {seconds(series.period_s)} from {moment(series.begins)}, a mean of {rate(series.mean_per_s)}."
    trace = load_traces()[workload.trace]
    mean = float(trace.counts.sum()) / (trace.counts.size * trace.period_s)
    return f"{trace.shape}. Recorded at a mean of {rate(mean)}; scaled here. Licence: {trace.licence}."


def rows(run: Replay) -> Mapping[str, list[object]]:
    """The table of windows: column -> values as numbers, for sorting and for download."""
    starts = [(run.begins + timedelta(seconds=float(s))).replace(tzinfo=None) for s in run.starts_s]
    table: dict[str, list[object]] = {"Begins": list(starts), "Requests": run.requests.tolist()}
    for name in PLATFORMS:
        windows, platform = _side(run, name).windows, NAMES[name]
        table[f"{platform} lost"] = windows.lost.tolist()
        if name == "aws_lambda":
            table["Cold starts"] = windows.cold.tolist()
        table["Environments" if name == "aws_lambda" else "Tasks"] = windows.capacity.tolist()
        table[f"{platform} p99 (s)"] = windows.p99_s.tolist()
        if windows.usd is not None:
            table[f"{platform} (USD)"] = windows.usd.tolist()
    return table


def _side(run: Replay, name: str) -> Side:
    side: Side = getattr(run, name)
    return side


def _costs_and_loses(side: Side) -> str:
    lost = (
        "nothing"
        if side.lost < HALF_A_REQUEST
        else f"{count(side.lost, 'request')} ({share(side.lost_share)})"
    )
    return f"loses {lost}" if side.usd is None else f"costs {usd(side.usd)} and loses {lost}"


def _share_lost(side: Side) -> str:
    return share(side.lost_share if side.lost >= HALF_A_REQUEST else 0.0)


def _slowest_s(side: Side) -> float:
    return float(np.nanmax(side.windows.p99_s))


def _plural(run: Replay) -> str:
    name = window(run)
    return {"five minutes": "five-minute windows", "six hours": "windows of six hours"}.get(
        name, f"{name}s" if " " not in name else f"windows of {name}"
    )


def table_title(run: Replay) -> str:
    """Heading of the table of windows."""
    return f"Every {window(run)} as a table"
