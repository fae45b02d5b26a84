"""How long callers wait on Fargate: sharing a task's CPU, standing in line before it, and its backlog.

Response times at some levels of load and of backlog are tabulated once; a scenario is a mixture of these levels,
weighted by the requests that meet them. So a curve over traffic costs little more than one point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import computing_s, fargate_handler_s, fargate_speed, task_capacity_per_s, waiting_s
from model.container import crowd, throughput_per_s
from model.distribution import lognormal_limited_mean, lognormal_log, lognormal_survival
from model.latency import Latency, Table, tabulated
from model.queueing import erlang_c
from model.scaling.ecs import ServiceRun
from model.scenario import Scenario

Array = NDArray[np.float64]

LOADS = np.concatenate((np.linspace(0.0, 0.5, 6), 1 - 0.5 * 0.88 ** np.arange(1, 31), [0.99]))
"""Utilisations that are tabulated, denser where waiting grows; what lies beyond the last counts as it does."""
DELAYS = np.geomspace(1e-4, 1.0, 24)
"""Waits in a backlog that are tabulated, as shares of the timeout."""
_PARTS = 4  # a step with a backlog is looked at so many times
_CHANCES = np.array([1, 0.75, 0.55, 0.4, 0.28, 0.19, 0.12, 0.075, 0.045, 0.025, 0.012, 0.005, 0.002, 7e-4, 2e-4])
_Z = np.linspace(-4.2, 4.7, 34)  # handler times that are looked at, in standard deviations of their logarithm
_LATER = 34
_STEPS = 3  # of finding the handler time that a response belongs to
_MOST_CELLS = 3_000_000  # numbers worked on at a time


def fargate_latency(scenario: Scenario, run: ServiceRun) -> Latency:
    """Response times of a service in the run that the bill and the scaling figures come from.

    Args: run: the scenario's arrivals, tasks, waits and losses, step by step.
    Returns: Latency, scenario shape, weighted by requests; how good: METHOD.md "Latency".
    Source: METHOD.md "Latency"; facts fargate.task_imbalance.
    Assumes: Poisson arrivals; without a backlog a step is as long as it takes to settle; half of the tasks busier and
        half less busy by the imbalance; one computing and one waiting part in each request, both as long as its
        handler is beside the mean; who is lost in the run stands at the timeout, and nobody else in a backlog.
    """
    shape = np.broadcast_shapes(scenario.shape, run.arrivals.shape[:-1])
    load_weights, delay_weights, lost = _levels(scenario, run, shape)
    task = _task(scenario)
    nobody = np.zeros((*shape, task.t_s.shape[-1]))
    balanced = _Mixed(nobody, nobody[..., 0])
    used = np.flatnonzero((load_weights > 0).reshape(-1, LOADS.size).any(axis=0))
    few = int((load_weights > 0).sum(axis=-1).max(initial=0))
    if task.shape and few < used.size:  # each its own levels, not those of all others, too
        places = np.sort(np.argsort(load_weights <= 0, axis=-1, kind="stable")[..., :few], axis=-1)
        balanced = _settled(task, LOADS[places], np.take_along_axis(load_weights, places, axis=-1))
    elif used.size:
        balanced = _settled(task, LOADS[used], load_weights[..., used])
    parts = [balanced]
    late = np.flatnonzero((delay_weights > 0).reshape(-1, DELAYS.size).any(axis=0))
    if late.size:
        parts.append(_behind(task, DELAYS[late], delay_weights[..., late]))
    whole = _together(parts)
    beyond = whole.beyond + lost[..., None]
    mean_s = whole.mean_s + lost * task.timeout_s
    return tabulated(scenario, Table(task.t_s, beyond), mean_s, balanced.beyond[..., -1] + lost)


@dataclass(frozen=True)
class _Task:
    """What response times at a task depend on, shape P; t_s: where they are looked at, P + (times,)."""

    shape: tuple[int, ...]
    servers: Array
    computing_s: Array
    waiting_s: Array
    places: Array
    cv: Array
    timeout_s: Array
    t_s: Array

    @property
    def handler_s(self) -> Array:
        return np.asarray(self.computing_s + self.waiting_s)


@dataclass(frozen=True)
class _Mixed:
    """P(response > t), S + (times,), and mean, S, each times the share of the requests at these levels."""

    beyond: Array
    mean_s: Array


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
    handler_s = np.maximum(computing + waiting, 1e-9)
    log_mean, log_sd = lognormal_log(handler_s[..., None], cv[..., None])
    near = np.exp(log_mean + np.maximum(log_sd, 1e-4) * _Z)
    end_s = (timeout_s * (1 - 1e-12))[..., None]
    start_s = np.minimum(near[..., -1:], end_s)
    later = start_s * (end_s / start_s) ** (np.arange(1, _LATER + 1) / _LATER)
    # On the way up from the handler's bulk: steps that grow, so that short waits are seen as well as long ones.
    t_s = np.sort(np.concatenate((np.minimum(near, end_s), later), axis=-1), axis=-1)
    return _Task(handler_s.shape, servers, computing, waiting, places, cv, timeout_s, t_s)


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
    found += np.bincount((place + 1).ravel(), (weight * upper).ravel(), size)
    return found.reshape(*leading, levels.size)


def _settled(task: _Task, load: Array, weight: Array) -> _Mixed:
    """Requests that meet a task in balance at these loads; load: (levels,) or S + (levels,)."""
    c, b, w, places, cv = (
        x[..., None] for x in (task.servers, task.computing_s, task.waiting_s, task.places, task.cv)
    )
    found = crowd(c, b, w, places, load)
    busy = np.where(b > 0, load * np.where(b > 0, found.per_s, 0.0) * b, 0.0)
    utilisation = np.clip(busy / c, 1e-9, 0.9999)
    mean = found.slowdown - 1
    slower, chance = _slower(erlang_c(c, busy), utilisation, c, places, mean)
    spread = (1 + np.square(cv)) / 2
    # How much own work goes by until the number at the CPU has changed: exact for one server and exponential times.
    forgets_s = b * spread / ((1 - utilisation) * (utilisation + c * (1 - utilisation)))
    line_s, line_chance = _line_s(found.per_s * (1 - load), spread, load)
    at_once, late = 1 - found.p_full, np.broadcast_to(found.p_full, weight.shape)
    parts = [_sharing(task, mean, slower, chance * at_once[..., None], forgets_s, weight)]
    if np.any(late * weight > 1e-9):
        full = np.broadcast_to(found.full_slowdown[..., None] - 1, line_s.shape)
        parts.append(_behind_line(task, line_s, full, line_chance * found.p_full[..., None], weight))
    return _together(parts)


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
    more = more * np.divide(mean, rough, out=np.zeros(np.broadcast(mean, rough).shape), where=rough > 0)[..., None]
    none = np.zeros((*more.shape[:-1], 1))
    more, chance = np.broadcast_arrays(more, chance)
    return np.concatenate((none, more), axis=-1), np.concatenate((1 - p_delayed[..., None] + none, chance), axis=-1)


def _line_s(spare_per_s: Array, spread: Array, load: Array) -> tuple[Array, Array]:
    """Wait of those who stand in line, and its chances, + (points,): two exponentials with M/G/1's first two moments."""
    mean_s = spread / np.maximum(spare_per_s, 1e-300)
    mean_s = np.minimum(mean_s, 1e9)
    squared = np.maximum(2 * load - 1 + 4 / 3 * (1 - load) * 2 * spread, 1.0)
    first = (1 + np.sqrt((squared - 1) / (squared + 1))) / 2
    edges = np.append(_CHANCES[:-2:2], 0.0)
    below = edges * (1 - np.log(np.maximum(edges, 1e-300)))
    exponential, chance = (below[:-1] - below[1:]) / -np.diff(edges), -np.diff(edges)
    mean_s, first = (x[..., None] for x in np.broadcast_arrays(mean_s, first))
    waits = np.concatenate((exponential * mean_s / (2 * first), exponential * mean_s / (2 * (1 - first))), axis=-1)
    return waits, np.concatenate((chance * first, chance * (1 - first)), axis=-1)


def _behind(task: _Task, delay: Array, weight: Array) -> _Mixed:
    """Requests behind a backlog: all places taken first slow down who has one, more makes others stand in line."""
    c, b, w, places = (x[..., None] for x in (task.servers, task.computing_s, task.waiting_s, task.places))
    delay_s = delay * task.timeout_s[..., None]
    inside_s = np.maximum(places / np.maximum(throughput_per_s(c, b, w, places), 1e-300) - b - w, 0.0)
    inside_s = np.minimum(delay_s, np.where(b > 0, inside_s, 0.0))
    slower = np.divide(inside_s, b, out=np.zeros(inside_s.shape), where=b > 0)
    return _behind_line(
        task, (delay_s - inside_s)[..., None], slower[..., None], np.ones((*delay_s.shape, 1)), weight
    )


def _sharing(
    task: _Task, mean: Array, slower: Array, chance: Array, forgets_s: Array, weight: Array
) -> _Mixed:
    """Mixture over slow-downs; the longer a request computes, the nearer its own comes to their mean.

    With x the handler's time and s its computing share, response = x (1 + s (mean + (slower - mean) sqrt(g(s x)))),
    g(y) = 2/y - 2 (1 - exp(-y)) / y^2 by a rational fit; response grows with x, so x follows from it step by step.
    """
    share = (task.computing_s / task.handler_s)[..., None, None, None]
    mean, forgets_s = mean[..., None, None], np.maximum(forgets_s, 1e-12)[..., None, None]
    t_s = task.t_s[..., None, None, :]

    def survival(part: slice) -> Array:
        average, apart = mean[..., part, :, :], slower[..., part, :, None] - mean[..., part, :, :]
        handler_s = t_s / (1 + share * (average + apart))
        for _ in range(_STEPS):
            y = share / forgets_s[..., part, :, :] * handler_s
            g = np.sqrt((1 + y / 6) / (1 + y * (0.5 + y / 12)))
            handler_s = t_s / (1 + share * (average + apart * g))
        return _over(task, handler_s)

    end_s = task.timeout_s[..., None, None]
    scale = 1 + share[..., 0] * slower
    limited = scale * lognormal_limited_mean(
        end_s / scale, np.maximum(task.handler_s, 1e-9)[..., None, None], task.cv[..., None, None]
    )
    return _mixed(task, survival, chance, limited, weight)


def _behind_line(task: _Task, line_s: Array, slower: Array, chance: Array, weight: Array) -> _Mixed:
    """Mixture over waits in line, each with its slow-down at the CPU."""
    share = (task.computing_s / task.handler_s)[..., None, None]
    scale = 1 + share * slower
    end_s = task.timeout_s[..., None, None]

    def survival(part: slice) -> Array:
        waited_s = line_s[..., part, :, None]
        return _over(task, (task.t_s[..., None, None, :] - waited_s) / scale[..., part, :, None])

    limited = np.minimum(line_s, end_s) + scale * lognormal_limited_mean(
        (end_s - line_s) / scale, np.maximum(task.handler_s, 1e-9)[..., None, None], task.cv[..., None, None]
    )
    return _mixed(task, survival, chance, limited, weight)


def _over(task: _Task, handler_s: Array) -> Array:
    """P(handler time > handler_s), P + (levels, points, times)."""
    more = (Ellipsis, None, None, None)
    return lognormal_survival(handler_s, np.maximum(task.handler_s, 1e-9)[more], task.cv[more])


def _mixed(
    task: _Task, survival: Callable[[slice], Array], chance: Array, limited: Array, weight: Array
) -> _Mixed:
    """Sum over levels and points, some levels at a time."""
    levels, points = weight.shape[-1], chance.shape[-1]
    cells = max(1, int(np.prod(chance.shape[:-2], dtype=np.int64))) * points * task.t_s.shape[-1]
    block = max(1, _MOST_CELLS // cells)
    beyond: Array = np.zeros(1)
    for start in range(0, levels, block):
        part = slice(start, start + block)
        over = (chance[..., part, :, None] * survival(part)).sum(axis=-2)
        beyond = beyond + np.matmul(weight[..., None, part], over)[..., 0, :]
    mean_s = np.matmul(weight[..., None, :], (chance * limited).sum(axis=-1)[..., None])[..., 0, 0]
    return _Mixed(beyond, mean_s)


def _together(parts: list[_Mixed]) -> _Mixed:
    return _Mixed(_sum([part.beyond for part in parts]), _sum([part.mean_s for part in parts]))


def _sum(series: list[Array]) -> Array:
    total = series[0]
    for more in series[1:]:
        total = total + more
    return total
