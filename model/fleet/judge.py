"""Blocks of services judged at once: what each costs and how fast it answers on both sides, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.decide.cost_bands import totals_within
from model.decide.verdict import MOST_LATE, PLATFORMS
from model.decide.worlds import step_s as short_step_s
from model.evaluate import Comparison, FargateSide, LambdaSide
from model.fields import Number
from model.fit import fit
from model.fleet.cold import EstateLambda, taken
from model.fleet.services import Recorded, Rows, Services
from model.fleet.sizes import ROOM, estimated_tasks, for_the_peak, ladder_memory
from model.scenario import Scenario, replace_at, value_at
from model.traffic import Traffic, mean_per_s, means, requests_per_month, traffic

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK = 512
"""Services judged at once: enough to outweigh the calls, few enough for the cache."""
SMOOTH_STEP_S = 900.0
BURST, MANY = 1.5, 100.0
"""A service is bursty where a step holds so many times the mean of its quarter of an hour, or a quarter that of the one
before, beyond chance, and so many requests in five minutes."""
ATTEMPTS = (
    (0.75 * ROOM, False),
    (0.5 * ROOM, False),
    (0.25 * ROOM, False),
    (ROOM, True),
    (0.25 * ROOM, True),
)
"""What is tried in turn where Fargate is too slow: room of a handler within the level, and whether with tasks for the peak."""
IDLE_SHARE = 0.1
COLUMNS: dict[str, str] = {
    "row": "number of the row in the table, 0 where a service has many",
    "name": "the service",
    "on": "platform it runs on today, empty if the table does not say",
    "requests_per_s": "mean, 1/s",
    "peak_per_s": "highest step of its traffic, 1/s",
    "duration_s": "mean duration at measured_at_mb, s",
    "lambda_usd": "month on Lambda, right-sized, USD",
    "fargate_usd": "month on Fargate, right-sized, USD",
    "lambda_p99_s": "s",
    "fargate_p99_s": "s",
    "lambda_meets_slo": "99 % within slo_p99_s",
    "fargate_meets_slo": "99 % within slo_p99_s",
    "lambda_misses": "hard limits not met",
    "fargate_misses": "hard limits not met",
    "best": "cheapest side that meets level and limits; empty if neither does",
    "decides": "what decided: price, service level, or a limit",
    "gap_usd": "Fargate less Lambda, USD a month",
    "gap_low_usd": "lowest within the ranges of what is assumed",
    "gap_high_usd": "highest within the ranges of what is assumed",
    "sure": "whether the gap keeps its sign within the ranges",
    "memory_mb": "right size on Lambda",
    "vcpu": "right size on Fargate",
    "memory_gb": "right size on Fargate",
    "tasks": "fewest tasks, or the fixed number; 0 of a job",
    "p_cold": "share of cold requests on Lambda",
    "today_usd": "month as it runs today, USD; empty if the table does not say where",
    "today_fits": "whether it meets level and limits as it runs today: yes, no, or empty",
    "best_usd": "month on the best side; on the cheaper one if neither fits",
    "best_low_usd": "lowest within the ranges of what is assumed, one thing off at a time",
    "best_high_usd": "highest within them",
    "saved_usd": "today less best; where today is unknown, the other side less the best",
    "pitfalls": "what to look at before moving",
}
"""Column of the results -> what it holds."""


@dataclass(frozen=True)
class _Side:
    """One platform for every service of a block."""

    usd: Array
    p99_s: Array
    meets_slo: Flags
    misses: tuple[str, ...]

    @property
    def fits(self) -> Flags:
        return np.asarray(self.meets_slo & np.array([not missed for missed in self.misses], bool))


def blocks(services: Services) -> list[Rows]:
    """Every service in exactly one block of its group, in an order that only the table decides.

    Numbers depend on who shares a block in the last digits; so blocks never depend on workers or partitions.
    """
    found: list[Rows] = []
    bursty = np.zeros(len(services), bool) if services.recorded is None else is_bursty(services.recorded)
    today = np.array([PLATFORMS.index(on) + 1 if on else 0 for on in services.on], np.int64)
    for rows in services.groups():
        for kind in (False, True):
            some = rows[bursty[rows] == kind]
            some = some[np.argsort(today[some], kind="stable")]
            found += [some[start : start + BLOCK] for start in range(0, some.size, BLOCK)]
    return found


def is_bursty(recorded: Recorded) -> Flags:
    """Whose traffic a quarter of an hour would smooth away: a step far above the mean around it or before it, not by chance."""
    together = max(1, round(SMOOTH_STEP_S / recorded.step_s))
    found = np.zeros(len(recorded.per_s), bool)
    if together == 1:
        return found
    for start in range(0, len(recorded.per_s), 4096):
        rates = recorded.per_s[start : start + 4096].astype(np.float64)
        steps = rates.shape[1] // together * together
        parts = rates[:, :steps].reshape(len(rates), -1, together)
        count, mean = parts.max(axis=-1) * recorded.step_s, parts.mean(axis=-1) * recorded.step_s
        above = (count > BURST * mean + 5 * np.sqrt(mean)) & (count > MANY)
        quarter = parts.sum(axis=-1) * recorded.step_s
        before = np.roll(quarter, 1, axis=-1)
        jumps = (quarter > BURST * before + 5 * np.sqrt(before)) & (quarter > MANY * together)
        found[start : start + 4096] = above.any(axis=-1) | jumps.any(axis=-1)
    return found


def judge(services: Services, rows: Rows) -> pd.DataFrame:
    """Both sides of each service of one block.

    Args: rows: one of `blocks(services)`.
    Returns: a row for each, columns as in COLUMNS.
    Source: METHOD.md "Estate".
    Raises: ScenarioError where the rows cannot be evaluated together.
    """
    scenario, arriving = _question(services, rows)
    now = EstateLambda(scenario, arriving)
    memory = ladder_memory(scenario, now.cold.p_cold, now.throttles.share)
    found = _comparison(replace_at(scenario, {**memory, **estimated_tasks(scenario, arriving)}), arriving)
    today = _today(services, rows, now)
    table = _results(services, rows, today, found)
    if scenario.workload.kind == "service":
        for room, for_peak in ATTEMPTS:
            late = np.flatnonzero(~table["fargate_meets_slo"].to_numpy(bool))
            if not late.size:
                break
            again = _results(
                services, rows[late], tuple(x[late] for x in today), _sized_again(found, late, room, for_peak)
            )
            kept = again["fargate_meets_slo"].to_numpy(bool)
            again.index = table.index[late]
            table.loc[again.index[kept]] = again[kept]
    return table


def _comparison(scenario: Scenario, arriving: Traffic) -> Comparison:
    return Comparison(scenario, EstateLambda(scenario, arriving), FargateSide(scenario, arriving))


def _question(services: Services, rows: Rows) -> tuple[Scenario, Traffic]:
    scenario = services.scenario(rows)
    path = "workload.runs_per_day" if scenario.workload.kind == "job" else "workload.requests_per_s"
    rate = np.broadcast_to(np.asarray(value_at(scenario, path), np.float64), (rows.size,))
    if services.recorded is None:
        scenario = replace_at(scenario, path, rate)
        return scenario, traffic(scenario, _step_s(scenario))
    per_s, step_s = services.recorded.per_s[rows].astype(np.float64), services.recorded.step_s
    bursty = bool(is_bursty(Recorded(services.recorded.per_s[rows[:1]], step_s))[0])
    if not bursty:
        per_s, step_s = means(per_s, step_s, SMOOTH_STEP_S), max(step_s, SMOOTH_STEP_S)
    pattern = "bursty" if bursty else "diurnal"  # whether the rate jumps from step to step, or climbs
    scenario = replace_at(scenario, {path: rate, "workload.pattern": pattern})
    return scenario, Traffic(per_s * (rate / per_s.mean(axis=-1))[:, None], step_s)


def _step_s(scenario: Scenario) -> float:
    """A quarter of an hour where traffic changes slowly; elsewhere what very many variants take."""
    if scenario.workload.pattern in ("diurnal", "ramp", "business_hours"):
        return SMOOTH_STEP_S
    return short_step_s(scenario)


def _side(side: LambdaSide | FargateSide, name: str) -> _Side:
    scenario = side.scenario
    shape = scenario.shape
    job = scenario.workload.kind == "job"
    late = np.broadcast_to(side.responses.later_than(scenario.workload.slo_p99_s), shape)
    total = side.bill.total_usd
    missed: list[list[str]] = [[] for _ in range(shape[0])]
    for check in fit(scenario, side.traffic):
        if check.platform == name and not np.all(check.ok):
            for i in np.flatnonzero(~np.broadcast_to(check.ok, shape)):
                missed[i].append(check.check)
    return _Side(
        np.broadcast_to(np.asarray(np.nan if total is None else total, np.float64), shape),
        np.broadcast_to(side.responses.quantile_s(0.99), shape),
        np.full(shape, True) if job else np.asarray(late <= MOST_LATE),
        tuple("; ".join(names) for names in missed),
    )


def _sized_again(found: Comparison, late: Rows, room: float, for_peak: bool) -> Comparison:
    """Some rows once more, with tasks in which a handler takes less of the level, or with tasks for the peak."""
    part = Traffic(found.fargate.traffic.per_s[late], found.fargate.traffic.step_s)
    those = taken(found.scenario, late)
    those = replace_at(those, estimated_tasks(those, part, room))
    return _comparison(replace_at(those, for_the_peak(those, part)) if for_peak else those, part)


def _results(
    services: Services, rows: Rows, today: tuple[NDArray[Any], ...], found: Comparison
) -> pd.DataFrame:
    shape, sized = (rows.size,), found.scenario
    sides = {name: _side(getattr(found, name), name) for name in PLATFORMS}
    first, second = (sides[name] for name in PLATFORMS)
    best = _best(first, second)
    gap = second.usd - first.usd
    within = totals_within(found)
    (l_low, l_high), (f_low, f_high) = (within[name] for name in PLATFORMS)
    low, high = np.fmin(f_low - l_high, gap), np.fmax(f_high - l_low, gap)
    on_lambda = np.where(best < 0, first.usd <= second.usd, best == 0)
    today_usd, today_fits = today
    cheaper = np.fmin(first.usd, second.usd)
    of_best = np.where(best == 0, first.usd, np.where(best == 1, second.usd, cheaper))
    dearer = np.fmax(first.usd, second.usd)
    saved = np.where(np.isnan(today_usd), dearer - of_best, today_usd - of_best)
    saved = np.where(best < 0, 0.0, saved)

    def each(values: Number) -> Array:
        return np.broadcast_to(np.asarray(values, np.float64), shape)

    task = sized.fargate
    job = sized.workload.kind == "job"
    tasks = 0.0 if job else task.tasks if task.scaling == "fixed" else task.min_tasks
    columns: dict[str, Any] = {
        "row": services.row[rows],
        "name": [services.name[i] for i in rows],
        "on": [services.on[i] for i in rows],
        "requests_per_s": each(mean_per_s(sized.workload)),
        "peak_per_s": found.aws_lambda.traffic.peak_per_s,
        "duration_s": each(sized.workload.duration_s),
        "lambda_usd": first.usd,
        "fargate_usd": second.usd,
        "lambda_p99_s": first.p99_s,
        "fargate_p99_s": second.p99_s,
        "lambda_meets_slo": first.meets_slo,
        "fargate_meets_slo": second.meets_slo,
        "lambda_misses": list(first.misses),
        "fargate_misses": list(second.misses),
        "best": [PLATFORMS[index] if index >= 0 else "" for index in best],
        "decides": _reasons(first, second, best),
        "gap_usd": gap,
        "gap_low_usd": low,
        "gap_high_usd": high,
        "sure": (low > 0) | (high < 0),
        "memory_mb": each(sized.aws_lambda.memory_mb),
        "vcpu": each(task.vcpu),
        "memory_gb": each(task.memory_gb),
        "tasks": each(tasks),
        "p_cold": each(found.aws_lambda.cold.p_cold),
        "today_usd": today_usd,
        "today_fits": today_fits,
        "best_usd": of_best,
        "best_low_usd": np.fmin(np.where(on_lambda, l_low, f_low), of_best),
        "best_high_usd": np.fmax(np.where(on_lambda, l_high, f_high), of_best),
        "saved_usd": saved,
        "pitfalls": _pitfalls(found),
    }
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _best(first: _Side, second: _Side) -> NDArray[np.int64]:
    """Index of the cheapest side that fits, -1 for none; a missing price decides only where one side fits."""
    known = ~np.isnan(first.usd) & ~np.isnan(second.usd)
    both = np.where(known, np.where(first.usd <= second.usd, 0, 1), -1)
    one = np.where(first.fits, 0, np.where(second.fits, 1, -1))
    return np.where(first.fits & second.fits, both, one)


def _today(services: Services, rows: Rows, now: LambdaSide) -> tuple[NDArray[Any], ...]:
    """The bill as it runs today, and whether that fits; NaN and "" where the table does not say where."""
    usd, fits = np.full(rows.size, np.nan), np.full(rows.size, "", object)
    on = np.array([services.on[i] for i in rows], object)
    for name in PLATFORMS:
        here = np.flatnonzero(on == name)
        if here.size:
            those = taken(now.scenario, here)
            part = Traffic(now.traffic.per_s[here], now.traffic.step_s)
            side = _side((EstateLambda if name == PLATFORMS[0] else FargateSide)(those, part), name)
            usd[here] = side.usd
            fits[here] = np.where(side.fits, "yes", "no")
    return usd, fits


def _reasons(first: _Side, second: _Side, best: NDArray[np.int64]) -> list[str]:
    """Price where both fit; else what keeps the other side, or both, out."""
    said = []
    for i, index in enumerate(best):
        if first.fits[i] and second.fits[i]:
            said.append("price" if index >= 0 else "a price is missing")
            continue
        out = [side for side in (first, second) if not side.fits[i]]
        why = [side.misses[i].split("; ")[0] or "service level" for side in out]
        said.append(" and ".join(dict.fromkeys(why)))
    return said


def _pitfalls(found: Comparison) -> list[str]:
    """Names of what bites on the way, as on the page of pitfalls where it is there, too."""
    shape = found.scenario.shape
    function, service = found.aws_lambda, found.fargate
    requests = np.broadcast_to(requests_per_month(found.scenario), shape)
    job = found.scenario.workload.kind == "job"
    flags: dict[str, Number | Flags] = {
        "cold_starts": np.broadcast_to(function.cold.p_cold, shape) > MOST_LATE,
        "throttled": np.broadcast_to(function.throttles.share, shape) * requests >= 1,
        "over_provisioned": np.broadcast_to(service.utilisation, shape) < IDLE_SHARE,
    }
    if not job:
        lost = service.run.lost.sum(axis=-1) / np.maximum(service.run.arrivals.sum(axis=-1), 1e-300)
        flags["no_headroom"] = np.broadcast_to(lost, shape) > MOST_LATE / 10
    return ["; ".join(name for name, flag in flags.items() if np.asarray(flag)[i]) for i in range(shape[0])]


def judged(services: Services) -> Iterator[pd.DataFrame]:
    """The results of every block, one after the other."""
    for rows in blocks(services):
        yield judge(services, rows)
