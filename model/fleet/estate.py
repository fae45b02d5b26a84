"""The whole estate: what it costs today, on either side and on the best mix, and which moves bring most of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.decide.verdict import PLATFORMS
from model.fleet.judge import judged
from model.fleet.services import Services
from model.scenario import Scenario

Array = NDArray[np.float64]

LINE_REQUESTS = np.geomspace(1e-3, 1e3, 25)
LINE_DURATIONS = np.geomspace(0.01, 10.0, 9)
CENT = 0.005


@dataclass(frozen=True)
class Totals:
    """Sums over all services, USD a month. Each service stands alone: nothing is shared, no free tier.

    services: how many. today_usd: as they run now, None unless the table says of all where. lambda_usd, fargate_usd:
    all on one side; best_usd: each on its best side; best_low_usd,
    best_high_usd: the sums of its ends. saved_usd: what the moves bring. on_lambda, on_fargate, on_neither:
    services by best side; to_lambda, to_fargate: that run on the other side today and save by moving. unsure: whose gap may change its sign within what is assumed. moves: services that save by
    moving or by another size. unpriced: services with a price missing, which no sum holds.
    """

    services: int
    today_usd: float | None
    lambda_usd: float
    fargate_usd: float
    best_usd: float
    best_low_usd: float
    best_high_usd: float
    saved_usd: float
    on_lambda: int
    on_fargate: int
    on_neither: int
    to_lambda: int
    to_fargate: int
    unsure: int
    moves: int
    unpriced: int


@dataclass(frozen=True)
class Savings:
    """Services by what they save, most first. order: their places in the table; saved_usd; share: of all that is saved
    by the first 1, 2, … of them."""

    order: NDArray[np.intp]
    saved_usd: Array
    share: Array

    def first(self, share: float) -> int:
        """How many services bring this share of the savings; 0 if there are none."""
        return int(np.searchsorted(self.share, share * (1 - 1e-12))) + 1 if self.share.size else 0


@dataclass(frozen=True)
class BreakEvenLine:
    """Requests per second above which Fargate is the cheaper side, at each duration; infinite where it never is."""

    duration_s: Array
    requests_per_s: Array


def totals(results: pd.DataFrame) -> Totals:
    """Sums over the results; exact in any order of the rows.

    Source: METHOD.md "Estate".
    """
    known = results["lambda_usd"].notna() & results["fargate_usd"].notna()
    priced = results[known]
    today = priced["today_usd"]
    saved = priced["saved_usd"].to_numpy(np.float64)
    best = results["best"]
    return Totals(
        services=len(results),
        today_usd=fsum(today) if len(today) and today.notna().all() else None,
        lambda_usd=fsum(priced["lambda_usd"]),
        fargate_usd=fsum(priced["fargate_usd"]),
        best_usd=fsum(priced["best_usd"]),
        best_low_usd=fsum(priced["best_low_usd"]),
        best_high_usd=fsum(priced["best_high_usd"]),
        saved_usd=fsum(saved[saved > 0]),
        on_lambda=int((best == PLATFORMS[0]).sum()),
        on_fargate=int((best == PLATFORMS[1]).sum()),
        on_neither=int((best == "").sum()),
        to_lambda=_moving(results, PLATFORMS[0]),
        to_fargate=_moving(results, PLATFORMS[1]),
        unsure=int((~priced["sure"].astype(bool)).sum()),
        moves=int((saved > CENT).sum()),
        unpriced=int((~known).sum()),
    )


def _moving(results: pd.DataFrame, to: str) -> int:
    other = PLATFORMS[1 - PLATFORMS.index(to)]
    return int(((results["best"] == to) & (results["on"] == other) & (results["saved_usd"] > CENT)).sum())


def savings(results: pd.DataFrame) -> Savings:
    """The services that save something, most first; equal ones in the order of their names."""
    saved = results["saved_usd"].to_numpy(np.float64)
    names = results["name"].to_numpy(object).astype(str)
    order = np.lexsort((names, -np.nan_to_num(saved)))
    order = order[np.nan_to_num(saved[order]) > CENT]
    cumulative = np.cumsum(saved[order])
    share = cumulative / cumulative[-1] if order.size else cumulative
    return Savings(order, saved[order], share)


def break_even_line(base: Scenario) -> BreakEvenLine:
    """Where both sides cost the same, over requests and duration, at base's settings and right-sized.

    Returns: at each duration the lowest rate from which on Fargate is cheaper on the grid, between two points of it
        on a straight line in the logarithm.
    Source: METHOD.md "Estate".
    """
    duration, rate = (x.ravel() for x in np.meshgrid(LINE_DURATIONS, LINE_REQUESTS, indexing="ij"))
    settings = pd.DataFrame({"workload.requests_per_s": rate, "workload.duration_s": duration})
    names = tuple(str(i) for i in range(rate.size))
    grid = Services(names, np.arange(rate.size), ("",) * rate.size, settings, base)
    results = pd.concat(list(judged(grid))).sort_values("row")
    gap = results["gap_usd"].to_numpy(np.float64).reshape(LINE_DURATIONS.size, LINE_REQUESTS.size)
    return BreakEvenLine(LINE_DURATIONS, np.array([_crossing(row) for row in gap]))


def _crossing(gap: Array) -> float:
    """The rate after which Fargate less Lambda stays below zero."""
    above = np.flatnonzero(~(gap < 0))
    if not above.size:
        return float(LINE_REQUESTS[0])
    last = int(above[-1])
    if last + 1 == gap.size:
        return float(np.inf)
    share = gap[last] / (gap[last] - gap[last + 1])
    low, high = np.log(LINE_REQUESTS[last : last + 2])
    return float(np.exp(low + (high - low) * share))


def summary(results: pd.DataFrame, refused: int, failed: int) -> dict[str, Any]:
    """Plain values for a machine: the totals, how many moves bring 80 %, and what could not be judged."""
    found = totals(results)
    return {
        **{name: getattr(found, name) for name in found.__dataclass_fields__},
        "moves_for_80_percent": savings(results).first(0.8),
        "refused_rows": refused,
        "failed_services": failed,
    }
