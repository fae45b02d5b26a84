"""How long callers wait on either platform: a whole distribution, not an average.

Both are the sum of a shift (a cold start; a wait in line) and a lognormal handler time, cut off at the
caller's timeout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cold_start import ColdStart
from model.compute import computing_s, fargate_cpu_s, fargate_handler_s, fargate_speed, lambda_handler_s
from model.distribution import lognormal_limited_mean, lognormal_quantile, mixture_survival
from model.fields import Number
from model.queueing import erlang_c, wait_decay_per_s
from model.responses import Responses
from model.scaling.task_start import start_quantile_s
from model.scenario import LONGEST_JOB_S, Scenario, Workload

Array = NDArray[np.float64]

PERCENTILES = (0.5, 0.9, 0.95, 0.99, 0.999)
# Utilisation classes a long rate series is sorted into; finer where waiting grows; the last is overload.
_CLASS_EDGES = np.array([0.2, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98, 1.0])
_WAIT_BINS = 80
_GRID_POINTS = 48
_REFINEMENTS = 16
_TAIL_SAMPLES = 32  # the slowest cold starts stay single, the others go in groups
_GROUP = 8
_START_POINTS = 32


@dataclass(frozen=True)
class Latency:
    """Response times of the handler, without network to the caller; scenario shape.

    Percentiles in s, no longer than the caller's timeout, at which stands whoever never got an answer; mean_s: of the
    requests let in. throttled: share turned away at once (on Lambda a 429, or an event that has to wait); within_slo:
    share answered within slo_p99_s and before the timeout; timed_out: share that gave up.
    """

    p50_s: Array
    p90_s: Array
    p95_s: Array
    p99_s: Array
    p999_s: Array
    mean_s: Array
    within_slo: Array
    timed_out: Array
    shift_s: Array
    shift_share: Array
    handler_mean_s: Array
    handler_cv: Array
    timeout_s: Array
    throttled: Number = 0.0

    def survival(self, t_s: Number) -> Array:
        """P(response takes longer than t), 0 from the timeout on.

        Args: t_s: s, shape S, or S + (times,) for a curve.
        Returns: 0…1, shape of t_s broadcast with the scenario.
        """
        t = np.asarray(t_s, np.float64)
        more = tuple(range(self.p50_s.ndim, t.ndim))
        mean, cv, timeout = (
            np.expand_dims(x, more) for x in (self.handler_mean_s, self.handler_cv, self.timeout_s)
        )
        shift, share = (np.expand_dims(x, more) for x in (self.shift_s, self.shift_share))
        return np.where(t < timeout, mixture_survival(t, shift, share, mean, cv), 0.0)


def lambda_latency(
    scenario: Scenario, p_cold: Number, cold_start: ColdStart, throttled: Number = 0.0
) -> Latency:
    """Response times on Lambda: warm handler, or cold start plus handler; or turned away.

    Args: p_cold, throttled: share of requests that are cold, or turned away, 0…1, scenario shape.
    Returns: Latency, scenario shape; percentiles within 0.2 % of the mixture's (more where a point mass sits).
    Source: METHOD.md "Latency".
    Assumes: lognormal handler time with duration_cv; front door and network left out.
    """
    responses = lambda_responses(scenario, p_cold, cold_start, throttled)
    found = _latency(scenario, responses)
    refused = np.broadcast_to(np.asarray(throttled, np.float64), found.mean_s.shape)
    let_in = np.maximum(1 - refused, 1e-12)
    return replace(
        found,
        timed_out=np.clip(found.timed_out - refused, 0.0, 1.0),
        mean_s=np.maximum(found.mean_s - refused * responses.timeout_s, 0.0) / let_in,
        throttled=refused,
    )


def lambda_responses(
    scenario: Scenario, p_cold: Number, cold_start: ColdStart, throttled: Number = 0.0
) -> Responses:
    """The mixture behind `lambda_latency`; who is turned away never gets an answer."""
    shape = np.broadcast_shapes(scenario.shape, np.shape(p_cold), np.shape(throttled))
    refused = np.broadcast_to(np.asarray(throttled, np.float64), shape)[..., None]
    cold = _grouped(cold_start.samples_s)
    p = np.broadcast_to(np.asarray(p_cold, np.float64), shape)[..., None]
    shift = np.broadcast_to(cold, (*shape, cold.shape[-1]))
    p = np.minimum(p, 1 - refused)
    never = np.broadcast_to(np.asarray(patience_s(scenario.workload), np.float64), shape)[..., None]
    shift = np.concatenate((np.zeros((*shape, 1)), shift, never), axis=-1)
    of_cold = p * _group_share(cold_start.samples_s.shape[-1])
    share = np.concatenate((1 - refused - p, of_cold, refused), axis=-1)
    return _responses(scenario, shift, share, lambda_handler_s(scenario))


def fargate_latency(scenario: Scenario, arrivals_per_s: Number, tasks: Number) -> Latency:
    """Response times on Fargate: a wait for the task's CPU or for a free slot, then the handler.

    Args: arrivals_per_s, tasks: rate and tasks in service in each step, shape S + (steps,) each.
    Returns: Latency, scenario shape, weighted by arrivals.
    Source: METHOD.md "Latency"; facts fargate.task_imbalance.
    Assumes: Poisson arrivals, steady within a step, split over the tasks, half of them busier and half
        less busy by the imbalance; each task serves first come first served with vcpu / min(vcpu, threads)
        servers for the computing part and a limit on requests in flight for all of it, and the tighter of
        the two lines is the wait; while arrivals exceed what the tasks can do, everybody times out (the
        backlog's build-up is the scaling simulation's matter).
    """
    return _latency(scenario, fargate_responses(scenario, arrivals_per_s, tasks))


def fargate_responses(scenario: Scenario, arrivals_per_s: Number, tasks: Number) -> Responses:
    """The mixture behind `fargate_latency`."""
    rate, serving = np.broadcast_arrays(np.asarray(arrivals_per_s, np.float64), np.asarray(tasks, np.float64))
    shape = np.broadcast_shapes(scenario.shape, rate.shape[:-1])
    per_task = rate / np.maximum(serving, 1e-9)
    unit = _utilisation_per_request(scenario)
    load, share = _classes(per_task * unit[..., None], rate, shape)
    tilt = np.minimum(scenario.assumed("fargate.task_imbalance"), 1.0)
    tilt = np.asarray(tilt)[..., None]
    load = np.concatenate((load * (1 - tilt), load * (1 + tilt)), axis=-1)
    share = np.concatenate((share, share), axis=-1) / 2
    shift, weight = _waits(scenario, load / np.maximum(unit, 1e-300)[..., None], load, share)
    return _responses(scenario, shift, weight, fargate_handler_s(scenario))


def fargate_job_latency(scenario: Scenario) -> Latency:
    """Time from the start of a job run to its end: its task's start, then the handler; nothing waits.

    Returns: Latency, scenario shape.
    Source: METHOD.md "Latency"; facts task_start.*.
    """
    return _latency(scenario, fargate_job_responses(scenario))


def fargate_job_responses(scenario: Scenario) -> Responses:
    """The mixture behind `fargate_job_latency`."""
    quantiles = (np.arange(_START_POINTS) + 0.5) / _START_POINTS
    starts = np.stack([start_quantile_s(scenario, quantile) for quantile in quantiles], axis=-1)
    shift = np.broadcast_to(starts, (*scenario.shape, _START_POINTS))
    share = np.full(shift.shape, 1 / _START_POINTS)
    return _responses(scenario, shift, share, fargate_handler_s(scenario))


def patience_s(workload: Workload) -> Number:
    """When the caller gives up, s; nobody waits for a job."""
    return LONGEST_JOB_S if workload.kind == "job" else workload.timeout_s


def _utilisation_per_request(scenario: Scenario) -> Array:
    """Utilisation of a task's tighter resource (CPU or slots) by one request a second."""
    task = scenario.fargate
    cpu = np.asarray(fargate_cpu_s(scenario)) / task.vcpu
    slots = np.asarray(fargate_handler_s(scenario)) / task.requests_in_flight_per_task
    return np.asarray(np.maximum(cpu, slots))


def _classes(load: Array, weight: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean utilisation and share of requests in each utilisation class, shape S + (classes,)."""
    load = np.broadcast_to(load, (*shape, load.shape[-1]))
    weight = np.broadcast_to(weight, load.shape)
    if load.shape[-1] == 1:
        return np.minimum(load, 1e6), np.ones_like(load)
    count = _CLASS_EDGES.size + 1
    rows = int(np.prod(shape, dtype=np.int64))
    place = np.searchsorted(_CLASS_EDGES, load, side="right").reshape(rows, -1)
    flat = (place + count * np.arange(rows)[:, None]).ravel()
    requests = np.bincount(flat, weight.ravel(), rows * count)
    work = np.bincount(flat, (weight * np.minimum(load, 1e6)).ravel(), rows * count)
    mean = np.divide(work, requests, out=np.zeros_like(work), where=requests > 0)
    total = np.maximum(requests.reshape(rows, count).sum(axis=-1, keepdims=True), 1e-300)
    share = requests.reshape(rows, count) / total
    share[..., 0] += np.where(share.sum(axis=-1) > 0, 0.0, 1.0)  # no arrivals at all: as if idle
    return mean.reshape(*shape, count), share.reshape(*shape, count)


def _waits(scenario: Scenario, per_task: Array, load: Array, share: Array) -> tuple[Array, Array]:
    """The wait as weighted points: none, bins of the mixture of waits, and the timeout for overload."""
    task, workload = scenario.fargate, scenario.workload
    timeout = np.asarray(workload.timeout_s, np.float64)[..., None]
    cv = np.asarray(workload.duration_cv, np.float64)[..., None]
    vcpu = np.asarray(task.vcpu, np.float64)[..., None]
    servers = vcpu / np.minimum(vcpu, np.asarray(workload.cpu_threads)[..., None])
    computing = np.asarray(computing_s(workload, task.vcpu, fargate_speed(scenario)), np.float64)[..., None]
    slots = np.asarray(task.requests_in_flight_per_task, np.float64)[..., None]
    handler = np.asarray(fargate_handler_s(scenario), np.float64)[..., None]
    cpu_waits, cpu_decay = _line(servers, per_task * computing, computing, cv)
    slot_waits, slot_decay = _line_of_many(slots, per_task * handler, handler, cv)
    overloaded = load >= 1
    grid = timeout * np.geomspace(1e-5, 1.0, _WAIT_BINS)

    def waiting(p: Array, decay: Array) -> Array:
        return np.asarray(p[..., None] * np.exp(-np.minimum(decay[..., None] * grid[..., None, :], 700.0)))

    longer = np.maximum(waiting(cpu_waits, cpu_decay), waiting(slot_waits, slot_decay))
    some = np.maximum(cpu_waits, slot_waits)
    longer = np.where(overloaded[..., None], 1.0, longer)
    some = np.where(overloaded, 1.0, some)
    beyond = (share[..., None] * longer).sum(axis=-2)
    beyond = np.concatenate(((share * some).sum(axis=-1)[..., None], beyond), axis=-1)
    weight = -np.diff(beyond, axis=-1)
    middle = np.concatenate((grid[..., :1] / 2, np.sqrt(grid[..., 1:] * grid[..., :-1])), axis=-1)
    none = np.zeros((*beyond.shape[:-1], 1))
    middle, timeout = (np.broadcast_to(x, (*beyond.shape[:-1], x.shape[-1])) for x in (middle, timeout))
    shift = np.concatenate((none, middle, timeout), axis=-1)
    return shift, np.concatenate((1 - beyond[..., :1], weight, beyond[..., -1:]), axis=-1)


def _line(servers: Array, erlangs: Array, service_s: Array, cv: Array) -> tuple[Array, Array]:
    """P(wait > 0) and its decay, 1/s, of one waiting line."""
    inside = np.minimum(erlangs, servers * (1 - 1e-9))
    return erlang_c(servers, inside), wait_decay_per_s(servers, inside, service_s, cv)


def _line_of_many(servers: Array, erlangs: Array, service_s: Array, cv: Array) -> tuple[Array, Array]:
    """The same for up to very many servers: beyond 200 by scaling at equal spare capacity (Halfin–Whitt)."""
    inside = np.minimum(erlangs, servers * (1 - 1e-9))
    fewer = np.minimum(servers, 200.0)
    spare = (servers - inside) / np.sqrt(servers)
    scaled = np.where(servers > fewer, np.maximum(fewer - spare * np.sqrt(fewer), 0.0), inside)
    return erlang_c(fewer, scaled), wait_decay_per_s(servers, inside, service_s, cv)


def _grouped(samples_s: Array) -> Array:
    body, tail = samples_s[..., :-_TAIL_SAMPLES], samples_s[..., -_TAIL_SAMPLES:]
    groups = body.reshape(*body.shape[:-1], -1, _GROUP).mean(axis=-1)
    return np.concatenate((groups, tail), axis=-1)


def _group_share(samples: int) -> Array:
    groups = (samples - _TAIL_SAMPLES) // _GROUP
    return np.concatenate((np.full(groups, _GROUP / samples), np.full(_TAIL_SAMPLES, 1 / samples)))


def _responses(scenario: Scenario, shift: Array, share: Array, handler_s: Number) -> Responses:
    workload = scenario.workload
    mean, cv, timeout = (
        np.broadcast_to(np.asarray(x, np.float64), shift.shape[:-1])
        for x in (handler_s, workload.duration_cv, patience_s(workload))
    )
    return Responses(shift, share, np.maximum(mean, 1e-9), cv, timeout)


def _latency(scenario: Scenario, responses: Responses) -> Latency:
    """Percentiles of shift + handler, cut at the timeout: a coarse log grid, then bisection."""
    shift, share = responses.shift_s, responses.shift_share
    mean, cv, timeout = responses.handler_mean_s, responses.handler_cv, responses.timeout_s
    slo = np.broadcast_to(np.asarray(scenario.workload.slo_p99_s, np.float64), mean.shape)

    def beyond(t: Array) -> Array:
        return mixture_survival(t, shift[..., None, :], share[..., None, :], mean[..., None], cv[..., None])

    lowest = np.minimum(lognormal_quantile(1e-4, mean, cv), timeout / 2)
    steps = np.linspace(0.0, 1.0, _GRID_POINTS)
    log_low, log_high = np.log(lowest)[..., None], np.log(timeout)[..., None]
    log_t = log_low + (log_high - log_low) * steps
    over = np.minimum.accumulate(beyond(np.exp(log_t)), axis=-1)
    over[..., -1] = 0.0
    wanted = 1 - np.array(PERCENTILES)
    index = np.maximum((over[..., None, :] > wanted[:, None]).sum(axis=-1), 1)
    high = np.take_along_axis(log_t, np.minimum(index, _GRID_POINTS - 1), axis=-1)
    low = np.take_along_axis(log_t, np.minimum(index, _GRID_POINTS - 1) - 1, axis=-1)
    for _ in range(_REFINEMENTS):
        middle = (low + high) / 2
        above = beyond(np.exp(middle)) > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    at = np.minimum(np.exp(high), timeout[..., None])
    at = np.maximum.accumulate(at, axis=-1)
    edge = np.stack((timeout * (1 - 1e-12), np.minimum(slo, timeout * (1 - 1e-12))), axis=-1)
    given_up, late = np.moveaxis(beyond(edge), -1, 0)
    late = np.where(slo >= timeout, given_up, np.maximum(late, given_up))
    at = np.where(given_up[..., None] > wanted, timeout[..., None], at)
    waited = np.minimum(shift, timeout[..., None])
    limited = waited + lognormal_limited_mean(timeout[..., None] - shift, mean[..., None], cv[..., None])
    p50, p90, p95, p99, p999 = np.moveaxis(at, -1, 0)
    return Latency(
        p50_s=p50,
        p90_s=p90,
        p95_s=p95,
        p99_s=p99,
        p999_s=p999,
        mean_s=np.asarray((share * limited).sum(axis=-1)),
        within_slo=np.clip(1 - late, 0.0, 1.0),
        timed_out=np.clip(given_up, 0.0, 1.0),
        shift_s=shift,
        shift_share=share,
        handler_mean_s=mean,
        handler_cv=cv,
        timeout_s=timeout,
    )
