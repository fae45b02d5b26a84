"""Several endpoints under one roof: all on Lambda, all on Fargate, or each on its better side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.cost.lines import Bill
from model.decide.endpoints import Endpoint
from model.decide.pooling import Meters, Usage, metered
from model.decide.verdict import MOST_GIVEN_UP, PLATFORMS
from model.evaluate import Comparison, evaluate
from model.fields import Number, NumberField
from model.fit import Portfolio, fit
from model.fit.checklist import is_event
from model.fit.limits import fargate_connections, lambda_connections
from model.scenario import Scenario, replace_at, value_at
from model.traffic import traffic

Array = NDArray[np.float64]

EXHAUSTIVE = 10  # endpoints up to which every assignment is tried
MOST_ROUNDS = 50
CENT = 0.005  # what an assignment must save to be worth a change


@dataclass(frozen=True)
class Side:
    """One endpoint on one platform, alone: its own bill, p99, and what it misses.

    usd: total alone, USD a month; None if a price is missing. unmet: names of limits not met. connections: to its
    database at the peak; 0 without one.
    """

    usd: float | None
    p99_s: float
    meets_slo: bool
    unmet: tuple[str, ...]
    connections: float

    @property
    def fits(self) -> bool:
        return self.usd is not None and self.meets_slo and not self.unmet


@dataclass(frozen=True)
class Mix:
    """One way to place the endpoints.

    on: platform of each endpoint. usd: one bill for all, USD a month; None if a price is missing. own_usd: each
    endpoint's part of it. shared_usd: what is there once. misses: endpoints on a side that does not fit.
    connections: to the database, together; over_connections: whether that is more than it allows.
    """

    on: tuple[str, ...]
    usd: float | None
    own_usd: tuple[float, ...]
    shared_usd: float
    misses: tuple[str, ...]
    connections: float
    over_connections: bool

    @property
    def works(self) -> bool:
        return self.usd is not None and not self.misses and not self.over_connections


@dataclass(frozen=True)
class Split:
    """The endpoints, both sides of each, and the mixes. best: each endpoint on its better side."""

    endpoints: tuple[Endpoint, ...]
    sides: tuple[dict[str, Side], ...]
    all_lambda: Mix
    all_fargate: Mix
    best: Mix

    @property
    def better_pure(self) -> Mix | None:
        """The cheaper of the two pure choices among those that work; None if neither does."""
        pure = [mix for mix in (self.all_lambda, self.all_fargate) if mix.works]
        return min(pure, key=lambda mix: mix.usd or 0.0) if pure else None

    @property
    def saved_usd(self) -> float | None:
        """What the best mix saves over the better pure choice, USD a month; None if there is none to compare with."""
        pure = self.better_pure
        return None if pure is None or pure.usd is None or self.best.usd is None else pure.usd - self.best.usd


def split(endpoints: Sequence[Endpoint]) -> Split:
    """Place endpoints of one account: what is shared is counted once, each side checked for SLO and limits.

    Args: endpoints: plain scenarios with the same billing, at least one.
    Source: METHOD.md "Hybrid".
    Assumes: on Fargate every endpoint is a service (or job) of its own, all behind one balancer and in one VPC.
    """
    evaluated = tuple(_evaluated(endpoints))
    sides = tuple(_sides(evaluated, len(endpoints)))
    placing = _Placing(tuple(endpoints), evaluated, sides)
    count = len(endpoints)
    everywhere = np.ones(count, bool)
    return Split(
        tuple(endpoints),
        sides,
        placing.mix(everywhere),
        placing.mix(~everywhere),
        placing.mix(placing.best()),
    )


def portfolio(found: Split) -> Portfolio:
    """What the checklist wants to know of the endpoints."""
    scenarios = [one.scenario for one in found.endpoints]
    peaks = [float(one.peak_per_s / one.per_s.mean()) for one in map(traffic, scenarios)]
    events = sum(is_event(one) for one in scenarios)
    return Portfolio((min(peaks), max(peaks)), len(scenarios) - events, events, found.saved_usd)


@dataclass(frozen=True)
class _Group:
    """Endpoints that differ in numbers only, evaluated as one scenario with a row for each."""

    rows: tuple[int, ...]
    comparison: Comparison


def _evaluated(endpoints: Sequence[Endpoint]) -> Iterator[_Group]:
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, endpoint in enumerate(endpoints):
        groups.setdefault(_kind(endpoint.scenario), []).append(row)
    for rows in groups.values():
        yield _Group(tuple(rows), evaluate(_stacked([endpoints[row].scenario for row in rows])))


def _kind(scenario: Scenario) -> tuple[object, ...]:
    """All that cannot be an array: words, flags, and whether an optional number is there."""
    return tuple(
        (value is None) if isinstance(spec, NumberField) else value for _, spec, value in scenario.values()
    )


def _stacked(scenarios: Sequence[Scenario]) -> Scenario:
    """One scenario with a row for each of several that differ in numbers only."""
    first = scenarios[0]
    changes: dict[str, object] = {"workload.requests_per_s": _column(scenarios, "workload.requests_per_s")}
    for path, spec, value in first.values():
        if isinstance(spec, NumberField) and any(value_at(one, path) != value for one in scenarios):
            changes[path] = _column(scenarios, path)
    return replace_at(first, changes)


def _column(scenarios: Sequence[Scenario], path: str) -> Array:
    return np.array([value_at(one, path) for one in scenarios], np.float64)


def _sides(groups: Sequence[_Group], count: int) -> Iterator[dict[str, Side]]:
    by_row: dict[int, dict[str, Side]] = {}
    for group in groups:
        scenario, comparison = group.comparison.scenario, group.comparison
        arriving = comparison.aws_lambda.traffic
        shape = (len(group.rows),)
        checks = fit(scenario, arriving)
        job = scenario.workload.kind == "job"
        connected = scenario.workload.db_connections_limit is not None
        connections = {
            "aws_lambda": lambda_connections(scenario, arriving) if connected else 0.0,
            "fargate": fargate_connections(scenario, arriving) if connected else 0.0,
        }
        for name in PLATFORMS:
            side = getattr(comparison, name)
            total = side.bill.total_usd
            p99_s = np.broadcast_to(side.latency.p99_s, shape)
            given_up = np.broadcast_to(side.latency.timed_out, shape)
            slo_s = np.broadcast_to(np.asarray(scenario.workload.slo_p99_s), shape)
            meets = np.full(shape, job) | ((p99_s <= slo_s) & (given_up <= MOST_GIVEN_UP))
            for index, row in enumerate(group.rows):
                by_row.setdefault(row, {})[name] = Side(
                    None if total is None else float(np.broadcast_to(total, shape)[index]),
                    float(p99_s[index]),
                    bool(meets[index]),
                    tuple(
                        check.check
                        for check in checks
                        if check.platform == name and not np.broadcast_to(check.ok, shape)[index]
                    ),
                    float(np.broadcast_to(connections[name], shape)[index]),
                )
    return (by_row[row] for row in range(count))


@dataclass(frozen=True)
class _Placing:
    """Bills of any placement, fast."""

    endpoints: tuple[Endpoint, ...]
    groups: tuple[_Group, ...]
    sides: tuple[dict[str, Side], ...]

    @cached_property
    def priced(self) -> bool:
        return all(side.usd is not None for both in self.sides for side in both.values())

    @cached_property
    def _metered(self) -> tuple[Meters, Usage]:
        """The meters, and the usage of all endpoints on Lambda, then of all on Fargate: 2 n parts."""
        count = len(self.endpoints)
        rows = [(name, group) for name in PLATFORMS for group in self.groups]
        order = np.concatenate([_places(name, group, count) for name, group in rows])
        bills = [_rows_of(getattr(group.comparison, name).bill, group) for name, group in rows]
        flat = [bill for group_bills in bills for bill in group_bills]
        meters, usages = metered(flat, (), self.endpoints[0].scenario.billing)
        back = np.argsort(order)
        parts = Usage(
            np.stack([one.units for one in usages])[back],
            np.stack([one.covered for one in usages])[back],
            np.stack([one.flat_usd for one in usages])[back],
        )
        return meters, parts

    def usd(self, on_lambda: NDArray[np.bool_]) -> Array:
        """The one bill of each placement, shape (…) for placements of shape (…, endpoints)."""
        meters, parts = self._metered
        return meters.total_usd(parts, np.concatenate((on_lambda, ~on_lambda), axis=-1))

    @cached_property
    def _fitting(self) -> NDArray[np.bool_]:
        """Whether each endpoint fits on Lambda and on Fargate, shape (2, endpoints)."""
        return np.array([[both[name].fits for both in self.sides] for name in PLATFORMS])

    def penalty(self, on_lambda: NDArray[np.bool_]) -> Array:
        """Endpoints on a side that does not fit, and one more if the database has too few connections."""
        good = np.where(on_lambda, self._fitting[0], self._fitting[1])
        over = self.connections(on_lambda) > self.allowed
        return np.asarray((~good).sum(axis=-1) + over)

    def connections(self, on_lambda: NDArray[np.bool_]) -> Array:
        on = [np.array([both[name].connections for both in self.sides]) for name in PLATFORMS]
        return np.asarray(np.where(on_lambda, on[0], on[1]).sum(axis=-1))

    @cached_property
    def allowed(self) -> float:
        """Connections of the database that the endpoints share: the smallest number any of them names."""
        limits = [one.scenario.workload.db_connections_limit for one in self.endpoints]
        return min((float(one) for one in limits if one is not None), default=np.inf)

    def best(self) -> NDArray[np.bool_]:
        """The placement that fits best, and of those the cheapest: all of them tried, or found step by step."""
        count = len(self.endpoints)
        if count <= EXHAUSTIVE:
            every = (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(bool)
            return np.asarray(every[self._first(every)])
        alone = np.array(
            [(both["aws_lambda"].usd or 0.0) <= (both["fargate"].usd or 0.0) for both in self.sides]
        )
        only = np.where(self._fitting[0] == self._fitting[1], alone, self._fitting[0])
        starts = np.stack((only, np.ones(count, bool), np.zeros(count, bool)))
        found = np.stack([self._improved(start) for start in starts])
        return np.asarray(found[self._first(found)])

    def _improved(self, placement: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Move one endpoint at a time while that helps."""
        for _ in range(MOST_ROUNDS * len(placement)):
            around = np.concatenate((placement[None], placement ^ np.eye(len(placement), dtype=bool)))
            index = self._first(around)
            if index == 0:
                break
            placement = around[index]
        return placement

    def _first(self, placements: NDArray[np.bool_]) -> int:
        """Index of the best placement: fewest misses, then the lowest bill; the first one if none saves a cent on it."""
        usd = self.usd(placements) if self.priced else np.zeros(len(placements))
        misses = self.penalty(placements)
        usd = np.where(misses == misses.min(), usd, np.inf)
        return 0 if usd[0] <= usd.min() + CENT else int(np.argmin(usd))

    def mix(self, on_lambda: NDArray[np.bool_]) -> Mix:
        count = len(self.endpoints)
        on = tuple(PLATFORMS[0] if here else PLATFORMS[1] for here in on_lambda)
        chosen = [both[name] for both, name in zip(self.sides, on, strict=True)]
        misses = tuple(one.name for one, side in zip(self.endpoints, chosen, strict=True) if not side.fits)
        connections = float(self.connections(on_lambda))
        over = connections > self.allowed
        if any(side.usd is None for side in chosen) or not self.priced:
            return Mix(on, None, (0.0,) * count, 0.0, misses, connections, over)
        own, shared = self._parts(on_lambda)
        total = float(self.usd(on_lambda))
        return Mix(on, total, tuple(own), shared, misses, connections, over)

    def _parts(self, on_lambda: NDArray[np.bool_]) -> tuple[list[float], float]:
        """Each endpoint's part of the bill by its units on every meter, and what is there once."""
        meters, parts = self._metered
        taken = np.concatenate((on_lambda, ~on_lambda))
        pooled = meters.pooled(parts, taken)
        usd = meters.meter_usd(pooled)
        units = parts.units * taken[:, None]
        share = units / np.maximum(units.sum(axis=0), 1e-300)
        own = (share * np.where(meters.once, 0.0, usd)).sum(axis=-1) + parts.flat_usd * taken
        count = len(on_lambda)
        return list(map(float, own[:count] + own[count:])), float(usd[meters.once].sum())


def _places(name: str, group: _Group, count: int) -> NDArray[np.intp]:
    """Places of a group's rows among the parts: Lambda's first."""
    return np.array(group.rows, np.intp) + (0 if name == PLATFORMS[0] else count)


def _rows_of(bill: Bill, group: _Group) -> list[Bill]:
    """The bill of each row of a group."""
    shape = (len(group.rows),)

    def at(value: Number, index: int) -> float:
        return float(np.broadcast_to(np.asarray(value), shape)[index])

    return [
        Bill(
            tuple(
                replace(
                    line,
                    quantity=at(line.quantity, index),
                    usd=None if line.usd is None else at(line.usd, index),
                )
                for line in bill.lines
            )
        )
        for index in range(len(group.rows))
    ]
