"""Ten thousand plausible worlds: in how many of them which platform is cheaper, and meets the service level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decide.break_even import TRAFFIC, lifted
from model.decide.level import standing
from model.decide.ranges import Range, drawn, with_values
from model.decide.verdict import PLATFORMS
from model.decide.worlds import ColdTable, cold_table, quick, step_s
from model.scenario import Scenario, replace_at, value_at
from model.traffic import traffic

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWS = 10_000
CHUNK_CELLS = 400_000  # draws times steps of traffic worked on at once: some tens of MB
MOST_CHUNK = 1_000
BREAK_EVEN_POINTS = 33
BREAK_EVEN_CELLS = 12_000  # draws times points times steps of traffic / 1, for all break-evens together
MOST_BREAK_EVENS, FEWEST_BREAK_EVENS = 300, 40
BREAK_EVEN_REACH = 1_000.0  # from a thousandth to a thousand times the present traffic
BINS = 20


@dataclass(frozen=True)
class Worlds:
    """Results of all draws, shape (draws,) each.

    values: what was drawn, by name. usd, p99_s, meets_slo, fits (level and limits): by platform. choice: index in
    PLATFORMS of the cheapest that fits, -1 for none. Totals in USD a month, NaN if a price is missing.
    """

    ranges: tuple[Range, ...]
    values: dict[str, Array]
    usd: dict[str, Array]
    p99_s: dict[str, Array]
    meets_slo: dict[str, Flags]
    fits: dict[str, Flags]
    choice: NDArray[np.int64]

    @property
    def difference_usd(self) -> Array:
        """Lambda's total less Fargate's."""
        return self.usd["aws_lambda"] - self.usd["fargate"]

    @property
    def lambda_cheaper(self) -> Flags:
        return np.asarray(self.difference_usd < 0)


@dataclass(frozen=True)
class RunningShare:
    """A share after so many draws, and its standard error."""

    draws: NDArray[np.int64]
    share: Array
    error: Array


def monte_carlo(
    scenario: Scenario,
    ranges: Sequence[Range],
    rng: np.random.Generator,
    draws: int = DRAWS,
    progress: Callable[[float], object] | None = None,
) -> Worlds:
    """Evaluate a scenario with everything that is not certain drawn anew each time.

    Args: scenario: plain. ranges: what is drawn, independently. rng: seeded. draws: how many. progress: is told the
        share done.
    Returns: Worlds; the same for the same seed. p_cold read off a table (4 %), traffic of more than a few hundred
        steps coarsened.
    Source: METHOD.md "How sure".
    """
    values = drawn(ranges, draws, rng)
    everything = with_values(scenario, values)
    table = cold_table(scenario, everything)
    size = _chunk(scenario)
    parts = []
    for start in range(0, draws, size):
        parts.append(_part(with_values(scenario, _slice(values, start, start + size)), table))
        if progress is not None:
            progress(min(1.0, (start + size) / draws))
    return _joined(tuple(ranges), values, parts)


def share_and_error(flags: Flags) -> tuple[float, float]:
    """A share of the draws and its standard error, binomial."""
    share = float(np.mean(flags))
    return share, float(np.sqrt(share * (1 - share) / flags.size))


def running_share(flags: Flags, points: int = 100) -> RunningShare:
    """The share after more and more draws, on a logarithmic grid from ten draws to all."""
    counts = np.unique(np.round(np.geomspace(min(10, flags.size), flags.size, points)).astype(np.int64))
    share = np.cumsum(flags)[counts - 1] / counts
    return RunningShare(counts, share, np.sqrt(share * (1 - share) / counts))


def interval(values: Array, low: float = 0.05, high: float = 0.95) -> tuple[float, float]:
    """Between which values nine in ten draws lie; the ends are draws, so that infinite ones stay infinite."""
    ordered = np.sort(values[~np.isnan(values)])
    if not ordered.size:
        return np.nan, np.nan
    return tuple(float(ordered[min(int(p * ordered.size), ordered.size - 1)]) for p in (low, high))  # type: ignore[return-value]


def variance_shares(worlds: Worlds) -> dict[str, float]:
    """How much of the spread of the difference between the totals each drawn thing accounts for alone, largest first.

    Returns: by name, 0…1: variance of the mean rank of the difference within 20 equal bins of the thing / variance of
        the ranks, less what chance alone gives. They add up to 1 where the effects add up; standard error about 0.01
        at 10,000 draws.
    Source: METHOD.md "How sure". First-order sensitivity indices of the ranks (correlation ratio).
    """
    ranks = np.argsort(np.argsort(worlds.difference_usd)).astype(np.float64)
    count = ranks.size
    total = ranks.var()
    shares = {}
    for name, value in worlds.values.items():
        if np.ptp(value) == 0 or np.ptp(worlds.difference_usd) == 0:
            shares[name] = 0.0
            continue
        bins = np.argsort(np.argsort(value)) * BINS // count
        size = np.bincount(bins, minlength=BINS)
        means = np.bincount(bins, ranks, BINS) / np.maximum(size, 1)
        between = float((size * (means - ranks.mean()) ** 2).sum() / count / total)
        chance = (BINS - 1) / (count - 1)
        shares[name] = max(0.0, (between - chance) / (1 - chance))
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def break_evens(scenario: Scenario, worlds: Worlds) -> Array:
    """The first break-even over traffic above which Fargate is the cheaper one, in some of the drawn worlds.

    Returns: in the unit of the traffic's field; infinite where Lambda stays the cheaper one within a thousand times
        the present traffic, 0 where Fargate is from the lowest on. Fewer worlds the more steps the traffic has.
    Source: METHOD.md "How sure".
    Assumes: max_tasks lifted; straight lines between 33 points.
    """
    path = TRAFFIC[scenario.workload.kind][0]
    steps = traffic(scenario, step_s(scenario)).per_s.shape[-1]
    some = int(np.clip(BREAK_EVEN_CELLS / steps, FEWEST_BREAK_EVENS, MOST_BREAK_EVENS))
    now = float(value_at(scenario, path))
    low, high = (1e-6, 1e6) if path == "workload.requests_per_s" else (1e-3, 1e7)
    reach = np.clip(now * np.array([1 / BREAK_EVEN_REACH, BREAK_EVEN_REACH]), low, high)
    grid = np.geomspace(max(reach[0], low), max(reach[1], low * 10), BREAK_EVEN_POINTS)
    values = {name: value[:some, None] for name, value in worlds.values.items() if name != path}
    varied = replace_at(with_values(lifted(scenario), values), path, grid)
    comparison = quick(varied, cold_table(lifted(scenario), varied))
    totals = [getattr(comparison, name).bill.total_usd for name in PLATFORMS]
    if any(total is None for total in totals):
        return np.full(some, np.nan)
    size = np.broadcast_shapes(*(np.shape(total) for total in totals), (1, grid.size))
    gap = np.broadcast_to(totals[0], size) - np.broadcast_to(totals[1], size)
    return np.array([_first_crossing(grid, row) for row in gap])


def _first_crossing(grid: Array, gap: Array) -> float:
    if gap[0] >= 0:
        return 0.0
    dearer = np.flatnonzero(gap >= 0)
    if not dearer.size:
        return np.inf
    after = int(dearer[0])
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return float(grid[after - 1] + (grid[after] - grid[after - 1]) * share)


def _chunk(scenario: Scenario) -> int:
    steps = traffic(scenario, step_s(scenario)).per_s.shape[-1]
    return int(np.clip(CHUNK_CELLS // steps, 50, MOST_CHUNK))


def _slice(values: Mapping[str, Array], start: int, stop: int) -> dict[str, Array]:
    return {name: value[start:stop] for name, value in values.items()}


def _part(scenario: Scenario, table: ColdTable) -> Worlds:
    comparison = quick(scenario, table)
    judged = standing(comparison)
    sides = {name: getattr(comparison, name) for name in PLATFORMS}
    p99_s = {
        name: np.broadcast_to(side.responses.quantile_s(0.99), scenario.shape) for name, side in sides.items()
    }
    fits = {name: judged.fits(name) for name in PLATFORMS}
    return Worlds((), {}, judged.usd, p99_s, judged.meets_slo, fits, judged.choice)


def _joined(ranges: tuple[Range, ...], values: dict[str, Array], parts: list[Worlds]) -> Worlds:
    def all_of(kind: str) -> dict[str, Any]:
        return {name: np.concatenate([getattr(part, kind)[name] for part in parts]) for name in PLATFORMS}

    return Worlds(
        ranges=ranges,
        values=values,
        usd=all_of("usd"),
        p99_s=all_of("p99_s"),
        meets_slo=all_of("meets_slo"),
        fits=all_of("fits"),
        choice=np.concatenate([part.choice for part in parts]),
    )
