"""How long callers wait on Fargate: sharing a task's CPU, standing in line before it, and its backlog.

Response times at some levels of load and of backlog are tabulated once; a scenario is a mixture of these levels,
weighted by the requests that meet them. So a curve over traffic costs little more than one point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import computing_s, fargate_speed, task_capacity_per_s, waiting_s
from model.container import crowd, throughput_per_s
from model.distribution import (
    lognormal_limited_mean,
    lognormal_log,
    lognormal_quantile,
    lognormal_survival,
)
from model.fields import Number
from model.latency import PERCENTILES, Latency
from model.queueing import erlang_c
from model.responses import Table, quantile_between
from model.scaling.ecs import ServiceRun
from model.scenario import Scenario

Array = NDArray[np.float64]

LOADS = np.concatenate((np.linspace(0.0, 0.5, 6), 1 - 0.5 * 0.88 ** np.arange(1, 31), [0.99]))
"""Utilisations that are tabulated, denser where waiting grows; what lies beyond the last counts as it does."""
DELAYS = np.geomspace(1e-4, 1.0, 60)
"""Waits in a backlog that are tabulated, as shares of the timeout."""
_PARTS = 4  # a step with a backlog is looked at so many times
_CHANCES = np.array(
    [1, 0.75, 0.55, 0.4, 0.28, 0.19, 0.12, 0.075, 0.045, 0.025, 0.012, 0.005, 0.002, 7e-4, 2e-4]
)
_LINE_CHANCES = np.append(np.linspace(1, 0.1, 10), [0.06, 0.03, 0.015, 0.006, 0.002, 5e-4])
_Z = np.linspace(-4.0, 4.6, 30)  # handler times that are looked at, in standard deviations of their logarithm
_WAY = np.arange(1, 41) / 40  # from the handler's median to the timeout, of the logarithm
_FEW = 8
_LEAST_CHANCE = 3e-7
_STEPS = 3  # of finding the handler time that a response belongs to
_MOST_CELLS = 3_000_000  # numbers worked on at a time


@dataclass(frozen=True)
class ServedResponses:
    """Response time = a wait in line + the handler's time x, stretched while others compute, cut at the timeout.

    The response to a handler of x is wait + x (1 + mean + (slower - mean) sqrt(g(x / forgets_s))), where
    g(y) = 2/y - 2 (1 - exp(-y)) / y^2: the longer a request computes, the nearer its slow-down comes to the mean.
    chance: S + (points,); lost: share that gets no answer, S. wait_s, slower, mean, forgets_s: of each point, S or less +
    (points,). in_backlog: points whose losses the simulation has counted already, (points,). handler_mean_s,
    handler_cv, timeout_s: S.
    """

    chance: Array
    lost: Array
    wait_s: Array
    slower: Array
    mean: Array
    forgets_s: Array
    in_backlog: NDArray[np.bool_]
    handler_mean_s: Array
    handler_cv: Array
    timeout_s: Array

    def later_than(self, t_s: Number) -> Array:
        """Share of requests not answered within t, those that gave up among them; shape S."""
        end_s = _least(self.timeout_s) * (1 - 1e-12)
        t = np.minimum(np.asarray(t_s, np.float64), end_s)
        counted = ~(self.in_backlog & (t >= end_s)[..., None])
        over = self._over(
            t[..., None], _least(self.handler_mean_s)[..., None], _least(self.handler_cv)[..., None]
        )
        return np.asarray((self.chance * (counted * over)).sum(axis=-1) + self.lost)

    def quantile_s(self, p: float) -> Array:
        """Time within which a share p is answered, s, shape S; the timeout if more than 1 - p gave up.

        Returns: within 0.5 %; from the table where all of S share it.
        """
        if _least(self.handler_mean_s).size < self.handler_mean_s.size and self.lost.size > _FEW:
            return self.at_share(self.table(), np.array([1 - p]))[..., 0]
        shape = self.lost.shape
        fastest = lognormal_quantile(p, self.handler_mean_s, self.handler_cv)
        stretched = (1 + np.maximum(self.slower, self.mean)) * fastest[..., None] + self.wait_s
        slowest = np.where(self.chance > 1e-9, stretched, 0.0).max(axis=-1, initial=0.0)
        of_points = [
            np.broadcast_to(x, self.chance.shape).reshape(self.lost.size, -1)
            for x in (self.chance, self.wait_s, self.slower, self.mean, self.forgets_s)
        ]
        of_all = [
            np.broadcast_to(x, shape).reshape(-1) for x in (self.lost, self.handler_mean_s, self.handler_cv)
        ]

        def later(t_s: Array, rows: NDArray[np.intp]) -> Array:
            chance, *point = (x[rows] for x in of_points)
            lost, mean_s, cv = (x[rows] for x in of_all)
            over = _over(t_s[:, None], mean_s[:, None], cv[:, None], *point)
            return np.asarray((chance * over).sum(axis=-1) + lost)

        return quantile_between(p, later, fastest, np.maximum(slowest, fastest), self.timeout_s)

    def at_share(self, table: Table, later: Array) -> Array:
        """Times that so much is later than, by the table, S + (shares,); the timeout if more gave up."""
        never = table.beyond[..., -1:] > later
        return np.where(never, self.timeout_s[..., None], table.quantile_s(later))

    def table(self) -> Table:
        """The distribution from the handler's fastest times to the timeout, those who gave up among the slowest."""
        mean, cv, timeout = (_least(x) for x in (self.handler_mean_s, self.handler_cv, self.timeout_s))
        t_s = _times(mean, cv, timeout)
        mean, cv = (x[..., None, None] for x in (mean, cv))
        size = int(np.prod(np.broadcast_shapes(self.wait_s.shape[:-1], t_s.shape[:-1]))) * t_s.shape[-1]
        block = max(1, _MOST_CELLS // size)
        beyond = np.repeat(self.lost[..., None], t_s.shape[-1], axis=-1)
        for start in range(0, self.chance.shape[-1], block):
            part = slice(start, start + block)
            point = (x[..., part, None] for x in (self.wait_s, self.slower, self.mean, self.forgets_s))
            over = _over(t_s[..., None, :], mean, cv, *point)
            beyond = beyond + np.matmul(self.chance[..., None, part], over)[..., 0, :]
        return Table(t_s, np.clip(np.minimum.accumulate(beyond, axis=-1), 0.0, 1.0))

    @property
    def mean_s(self) -> Array:
        """Mean, s, shape S; who gives up counts with the timeout."""
        mean, cv, end_s = (
            _least(x)[..., None] for x in (self.handler_mean_s, self.handler_cv, self.timeout_s)
        )
        scale = 1 + self.slower
        limited = scale * lognormal_limited_mean((end_s - self.wait_s) / scale, mean, cv)
        total = (self.chance * (np.minimum(self.wait_s, end_s) + limited)).sum(axis=-1)
        return np.asarray(total + self.lost * self.timeout_s)

    def _over(self, t_s: Array, mean_s: Array, cv: Array) -> Array:
        return _over(t_s, mean_s, cv, self.wait_s, self.slower, self.mean, self.forgets_s)


def _over(
    t_s: Array, mean_s: Array, cv: Array, wait_s: Array, slower: Array, mean: Array, forgets_s: Array
) -> Array:
    """P(response > t) of each point; all broadcast."""
    left = t_s - wait_s
    handler_s = left / (1 + slower)
    if np.any((slower != mean) & np.isfinite(forgets_s)):
        apart = slower - mean
        for _ in range(_STEPS):
            y = np.maximum(handler_s, 0.0) / forgets_s
            handler_s = left / (1 + mean + apart * np.sqrt((1 + y / 6) / (1 + y * (0.5 + y / 12))))
    return lognormal_survival(handler_s, mean_s, cv)


def fargate_latency(scenario: Scenario, run: ServiceRun) -> Latency:
    """Response times of a service in the run that the bill and the scaling figures come from.

    Args: run: the scenario's arrivals, tasks, waits and losses, step by step.
    Returns: Latency, scenario shape, weighted by requests; how good: METHOD.md "Latency".
    Source: METHOD.md "Latency"; facts fargate.task_imbalance.
    Assumes: Poisson arrivals; a step without a backlog lasts long enough to settle; half of the tasks busier and half
        less busy by the imbalance; a request first waits, then computes, both as long as its handler is beside
        the mean; who is lost in the run stands at the timeout, and nobody else of those in a backlog gives up.
    """
    responses = fargate_responses(scenario, run)
    table, timeout = responses.table(), responses.timeout_s
    given_up = responses.later_than(timeout)
    at = responses.at_share(table, 1 - np.array(PERCENTILES))
    at = np.minimum(np.maximum.accumulate(at, axis=-1), timeout[..., None])
    late = np.maximum(responses.later_than(scenario.workload.slo_p99_s), given_up)
    p50, p90, p95, p99, p999 = np.moveaxis(at, -1, 0)
    return Latency(
        p50_s=p50,
        p90_s=p90,
        p95_s=p95,
        p99_s=p99,
        p999_s=p999,
        mean_s=np.minimum(responses.mean_s, timeout),
        within_slo=np.clip(1 - late, 0.0, 1.0),
        timed_out=np.clip(given_up, 0.0, 1.0),
        timeout_s=timeout,
        distribution=table,
    )


def fargate_responses(scenario: Scenario, run: ServiceRun) -> ServedResponses:
    """The mixture behind `fargate_latency`."""
    shape = np.broadcast_shapes(scenario.shape, run.arrivals.shape[:-1])
    at_load, at_delay, lost = _levels(scenario, run, shape)
    task = _task(scenario)
    parts: list[_Points] = []
    used = np.flatnonzero((at_load > 0).reshape(-1, LOADS.size).any(axis=0))
    few = int((at_load > 0).sum(axis=-1).max(initial=0))
    # Each its own levels, or all levels for all: whichever is less to work on.
    own = lost.size * few < int(np.prod(task.shape)) * used.size
    if own and few:
        places = np.sort(np.argsort(at_load <= 0, axis=-1, kind="stable")[..., :few], axis=-1)
        parts += _settled(task, LOADS[places], np.take_along_axis(at_load, places, axis=-1))
    elif used.size or not at_delay.any():  # nobody is answered: points without weight
        used = used if used.size else np.array([0])
        parts += _settled(task, LOADS[used], at_load[..., used])
    late = np.flatnonzero((at_delay > 0).reshape(-1, DELAYS.size).any(axis=0))
    if late.size:
        parts.append(_behind(task, DELAYS[late], at_delay[..., late]))
    handler, cv, timeout = (
        np.broadcast_to(x, shape) for x in (np.maximum(task.handler_s, 1e-9), task.cv, task.timeout_s)
    )
    chance = _beside([part.chance for part in parts], shape)
    series = [
        _beside([getattr(part, name) for part in parts], shape if own else task.shape)
        for name in ("wait_s", "slower", "mean", "forgets_s")
    ]
    in_backlog = np.concatenate([np.full(part.chance.shape[-1], part.in_backlog) for part in parts])
    chance = np.where(chance > _LEAST_CHANCE, chance, 0.0)
    total = chance.sum(axis=-1)
    chance = chance * np.divide(1 - lost, total, out=np.zeros(shape), where=total > 0)[..., None]
    matters = (chance > 0).reshape(-1, chance.shape[-1]).any(axis=0)
    wait_s, slower, mean, forgets_s = (x[..., matters] for x in series)
    return ServedResponses(
        chance[..., matters],
        lost,
        wait_s,
        slower,
        mean,
        forgets_s,
        in_backlog[matters],
        handler,
        cv,
        timeout,
    )


@dataclass(frozen=True)
class _Points:
    """Some of the points of ServedResponses, + (points,)."""

    chance: Array
    wait_s: Array
    slower: Array
    mean: Array
    forgets_s: Array
    in_backlog: bool = False


def _points(
    weight: Array,
    chance: Array,
    wait_s: Array,
    slower: Array,
    mean: Array,
    forgets_s: Array,
    late: bool = False,
) -> _Points:
    """Points from (…, levels) and (…, levels, points)."""

    def flat(values: Array) -> Array:
        return values.reshape(*values.shape[:-2], -1)

    parts = np.broadcast_arrays(chance, wait_s, slower, mean, forgets_s)
    at, waited, slow, average, forgets = parts
    return _Points(flat(weight[..., None] * at), flat(waited), flat(slow), flat(average), flat(forgets), late)


def _beside(parts: list[Array], shape: tuple[int, ...]) -> Array:
    leading = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
    return np.concatenate([np.broadcast_to(part, (*leading, part.shape[-1])) for part in parts], axis=-1)


def _least(values: Array) -> Array:
    """Axes along which nothing changes, at length 1 (their stride is 0)."""
    return values[tuple(slice(0, 1) if stride == 0 else slice(None) for stride in values.strides)]


@dataclass(frozen=True)
class _Task:
    """What response times at a task depend on, shape P (that of the fields it depends on)."""

    shape: tuple[int, ...]
    servers: Array
    computing_s: Array
    waiting_s: Array
    places: Array
    cv: Array
    timeout_s: Array

    @property
    def handler_s(self) -> Array:
        return np.asarray(self.computing_s + self.waiting_s)


def _task(scenario: Scenario) -> _Task:
    task, workload = scenario.fargate, scenario.workload
    values = (
        np.asarray(task.vcpu) / np.minimum(task.vcpu, workload.cpu_threads),
        computing_s(workload, task.vcpu, fargate_speed(scenario)),
        waiting_s(workload),
        task.requests_in_flight_per_task,
        workload.duration_cv,
        workload.timeout_s,
    )
    servers, computing, waiting, places, cv, timeout_s = np.broadcast_arrays(
        *(np.asarray(value, np.float64) for value in values)
    )
    return _Task(computing.shape, servers, computing, waiting, places, cv, timeout_s)


def _times(mean_s: Array, cv: Array, timeout_s: Array) -> Array:
    """Where a distribution is looked at: around the handler's own times, and from them to the timeout, P + (times,)."""
    log_mean, log_sd = lognormal_log(mean_s[..., None], cv[..., None])
    near = np.exp(log_mean + np.maximum(log_sd, 1e-4) * _Z)
    end_s = (timeout_s * (1 - 1e-12))[..., None]
    middle_s = np.minimum(np.exp(log_mean), end_s)
    later = middle_s * (end_s / middle_s) ** _WAY
    return np.sort(np.minimum(np.concatenate((near, later), axis=-1), end_s), axis=-1)


def _levels(scenario: Scenario, run: ServiceRun, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Shares of the requests at each load and each delay, S + (levels,), and of those that are lost, S."""
    steps = run.arrivals.shape[-1]
    arrivals, served, running, wait_s = (
        np.broadcast_to(series, (*shape, steps))
        for series in (run.arrivals, run.served, run.running, run.wait_s)
    )
    answered = np.asarray(served.sum(axis=-1))
    lost = np.broadcast_to(run.lost.sum(axis=-1), shape)
    total = answered + lost
    capacity = np.broadcast_to(task_capacity_per_s(scenario), shape)[..., None] * run.step_s
    with np.errstate(invalid="ignore", divide="ignore"):
        load = np.where(running > 0, arrivals / np.maximum(running, 1e-9) / capacity, 0.0)
    before_s = np.concatenate((np.zeros((*shape, 1)), wait_s[..., :-1]), axis=-1)
    behind = (wait_s > 0) | (before_s > 0)
    share = np.divide(served, total[..., None], out=np.zeros(served.shape), where=total[..., None] > 0)
    nobody = total <= 0  # no arrivals at all: as if idle
    settled = np.where(behind, 0.0, share)
    tilt = np.broadcast_to(np.minimum(scenario.assumed("fargate.task_imbalance"), 1.0), shape)[..., None]
    loads = _shared_out(LOADS, load * (1 - tilt), settled / 2) + _shared_out(
        LOADS, load * (1 + tilt), settled / 2
    )
    loads[..., 0] += np.where(nobody, 1.0, 0.0)
    delays = np.zeros((*shape, DELAYS.size))
    if behind.any():
        timeout_s = np.broadcast_to(np.asarray(scenario.workload.timeout_s, np.float64), shape)[..., None]
        for part in (np.arange(_PARTS) + 0.5) / _PARTS:
            delay = np.log(np.maximum((before_s * (1 - part) + wait_s * part) / timeout_s, 1e-9))
            delays += _shared_out(np.log(DELAYS), delay, np.where(behind, share, 0.0) / _PARTS)
    gone = np.divide(lost, total, out=np.zeros(shape), where=total > 0)
    return loads, delays, np.asarray(gone)


def _shared_out(levels: Array, at: Array, weight: Array) -> Array:
    """Weights put on the two neighbouring levels in proportion to nearness, S + (levels,)."""
    leading = at.shape[:-1]
    rows = int(np.prod(leading, dtype=np.int64))
    at = np.clip(at, levels[0], levels[-1]).reshape(rows, -1)
    weight = weight.reshape(rows, -1)
    below = np.clip(np.searchsorted(levels, at, side="right") - 1, 0, levels.size - 2)
    upper = (at - levels[below]) / (levels[below + 1] - levels[below])
    place = below + levels.size * np.arange(rows)[:, None]
    size = rows * levels.size
    found = np.bincount(place.ravel(), (weight * (1 - upper)).ravel(), size)
    found = found + np.bincount((place + 1).ravel(), (weight * upper).ravel(), size)
    return np.asarray(found, np.float64).reshape(*leading, levels.size)


def _settled(task: _Task, load: Array, weight: Array) -> list[_Points]:
    """Requests that meet a task in balance at these loads; load: (levels,) or S + (levels,)."""
    c, b, w, places, cv = (
        x[..., None] for x in (task.servers, task.computing_s, task.waiting_s, task.places, task.cv)
    )
    found = crowd(c, b, w, places, load)
    busy = np.where(b > 0, load * np.where(b > 0, found.per_s, 0.0) * b, 0.0)
    utilisation = np.clip(busy / c, 1e-9, 0.9999)
    share = np.divide(b, b + w, out=np.zeros(np.broadcast(b, w).shape), where=b + w > 0)
    slower, chance = _slower(erlang_c(c, busy), utilisation, c, places, found.slowdown - 1)
    spread = (1 + np.square(cv)) / 2
    # Own work after which the number at the CPU has changed: exact for one server and exponential times.
    forgets_s = b * spread / ((1 - utilisation) * (utilisation + c * (1 - utilisation)))
    forgets_s = np.divide(forgets_s, share, out=np.full(forgets_s.shape, np.inf), where=share > 0)
    mean = (share * (found.slowdown - 1))[..., None]
    none = np.zeros((1, 1))
    at_once = chance * (1 - found.p_full)[..., None]
    parts = [_points(weight, at_once, none, share[..., None] * slower, mean, forgets_s[..., None])]
    if np.any(found.p_full * weight > 1e-9):
        wait_s, chance = _line_s(found.per_s * (1 - load), spread, load)
        full = (share * (found.full_slowdown - 1))[..., None]
        late = chance * found.p_full[..., None]
        parts.append(_points(weight, late, wait_s, full, full, np.full((1, 1), np.inf)))
    return parts


def _slower(
    p_delayed: Array, utilisation: Array, servers: Array, places: Array, mean: Array
) -> tuple[Array, Array]:
    """Slow-down at the CPU less one, and its chances, + (points,): none, or geometric, with the wanted mean."""
    edges = np.append(_CHANCES, 0.0)
    below = edges * (1 - np.log(np.maximum(edges, 1e-300)))
    exponential = (below[:-1] - below[1:]) / -np.diff(edges)
    more = (0.5 + exponential / -np.log(utilisation)[..., None]) / servers[..., None]
    more = np.minimum(more, np.maximum(places / servers - 1, 0.0)[..., None])
    chance = p_delayed[..., None] * -np.diff(edges)
    rough = (more * chance).sum(axis=-1)
    more = (
        more
        * np.divide(mean, rough, out=np.zeros(np.broadcast(mean, rough).shape), where=rough > 0)[..., None]
    )
    none = np.zeros((*more.shape[:-1], 1))
    more, chance = np.broadcast_arrays(more, chance)
    return np.concatenate((none, more), axis=-1), np.concatenate(
        (1 - p_delayed[..., None] + none, chance), axis=-1
    )


def _line_s(spare_per_s: Array, spread: Array, load: Array) -> tuple[Array, Array]:
    """Wait of those who stand in line, and its chances, + (points,): two exponentials with M/G/1's first two moments."""
    mean_s = spread / np.maximum(spare_per_s, 1e-300)
    mean_s = np.minimum(mean_s, 1e9)
    squared = np.maximum(2 * load - 1 + 4 / 3 * (1 - load) * 2 * spread, 1.0)
    first = (1 + np.sqrt((squared - 1) / (squared + 1))) / 2
    edges = np.append(_LINE_CHANCES, 0.0)
    below = edges * (1 - np.log(np.maximum(edges, 1e-300)))
    exponential, chance = (below[:-1] - below[1:]) / -np.diff(edges), -np.diff(edges)
    mean_s, first = (x[..., None] for x in np.broadcast_arrays(mean_s, first))
    waits = np.concatenate(
        (exponential * mean_s / (2 * first), exponential * mean_s / (2 * (1 - first))), axis=-1
    )
    return waits, np.concatenate((chance * first, chance * (1 - first)), axis=-1)


def _behind(task: _Task, delay: Array, weight: Array) -> _Points:
    """Requests behind a backlog: first all places fill, which slows down who has one; the rest stand in line."""
    c, b, w, places = (x[..., None] for x in (task.servers, task.computing_s, task.waiting_s, task.places))
    delay_s = delay * task.timeout_s[..., None]
    full_s = places / np.maximum(throughput_per_s(c, b, w, places), 1e-300)
    inside_s = np.where(b > 0, np.clip(full_s - b - w, 0.0, delay_s), 0.0)
    slower = np.divide(inside_s, b + w, out=np.zeros(inside_s.shape), where=b + w > 0)[..., None]
    none = np.ones((1, 1))
    return _points(weight, none, (delay_s - inside_s)[..., None], slower, slower, none * np.inf, late=True)
