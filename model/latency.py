"""How long callers wait on either platform: a whole distribution, not an average.

On Lambda, and for a job, the sum of a shift (a cold start; a task's start) and a lognormal handler time; on Fargate
a table (`model/fargate_latency.py`). Both are cut off at the caller's timeout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cold_start import ColdStart
from model.compute import fargate_handler_s, lambda_handler_s
from model.distribution import lognormal_limited_mean, lognormal_quantile, mixture_survival
from model.fields import Number
from model.scaling.task_start import start_quantile_s
from model.scenario import LONGEST_JOB_S, Scenario, Workload

Array = NDArray[np.float64]

PERCENTILES = (0.5, 0.9, 0.95, 0.99, 0.999)
_GRID_POINTS = 48
_REFINEMENTS = 16
_TAIL_SAMPLES = 32  # the slowest cold starts stay single, the others go in groups
_GROUP = 8
_START_POINTS = 32


@dataclass(frozen=True)
class Mixture:
    """A shift (a cold start, a task's start), one of some with its share, and a lognormal handler time after it.

    shift_s, shift_share: S + (shifts,); handler_mean_s, handler_cv: S.
    """

    shift_s: Array
    shift_share: Array
    handler_mean_s: Array
    handler_cv: Array

    def survival(self, t_s: Array) -> Array:
        """P(time > t), exact; t_s: S or S + (times,)."""
        more = tuple(range(self.handler_mean_s.ndim, t_s.ndim))
        mean, cv = (np.expand_dims(x, more) for x in (self.handler_mean_s, self.handler_cv))
        shift, share = (np.expand_dims(x, more) for x in (self.shift_s, self.shift_share))
        return mixture_survival(t_s, shift, share, mean, cv)


@dataclass(frozen=True)
class Table:
    """A distribution at some times, lines in log time and log share between them.

    grid_s: S or less + (times,), rising; beyond: P(time > grid_s), S + (times,).
    """

    grid_s: Array
    beyond: Array

    def survival(self, t_s: Array) -> Array:
        """P(time > t) between the times of the grid, 1 before them; t_s: S or S + (times,)."""
        shape = self.beyond.shape[:-1]
        single = t_s.ndim <= len(shape)
        t = np.broadcast_to(t_s[..., None] if single else t_s, (*shape, 1 if single else t_s.shape[-1]))
        grid = np.broadcast_to(np.log(self.grid_s), self.beyond.shape)
        log_t = np.log(np.maximum(t, 1e-300))
        upper = (grid[..., None, :] <= log_t[..., None]).sum(axis=-1)
        low, high = np.maximum(upper - 1, 0), np.minimum(upper, grid.shape[-1] - 1)
        ends = [np.take_along_axis(series, at, axis=-1) for series in (grid, self._log) for at in (low, high)]
        part = np.divide(log_t - ends[0], ends[1] - ends[0], out=np.zeros(t.shape), where=ends[1] > ends[0])
        share = np.where(upper > 0, np.exp(ends[2] + np.clip(part, 0, 1) * (ends[3] - ends[2])), 1.0)
        return np.asarray(share[..., 0] if single else share)

    def quantile_s(self, share: Array) -> Array:
        """Time that so much of the distribution lies beyond, S + (shares,); the grid's end if it lies after it."""
        grid = np.broadcast_to(np.log(self.grid_s), self.beyond.shape)
        log_share = np.log(share)
        upper = np.minimum((self._log[..., None, :] > log_share[:, None]).sum(axis=-1), grid.shape[-1] - 1)
        low = np.maximum(upper - 1, 0)
        ends = [np.take_along_axis(series, at, axis=-1) for series in (grid, self._log) for at in (low, upper)]
        part = np.divide(log_share - ends[2], ends[3] - ends[2], out=np.ones(upper.shape), where=ends[3] < ends[2])
        return np.asarray(np.exp(ends[0] + np.clip(part, 0, 1) * (ends[1] - ends[0])))

    @property
    def _log(self) -> Array:
        return np.log(np.maximum(self.beyond, 1e-12))


@dataclass(frozen=True)
class Latency:
    """Response times of the handler, without network to the caller; scenario shape.

    Percentiles and mean in s, no longer than the caller's timeout; within_slo: share answered within slo_p99_s
    and before the timeout; timed_out: share that gave up or was turned away; distribution: of the time if nobody
    gave up.
    """

    p50_s: Array
    p90_s: Array
    p95_s: Array
    p99_s: Array
    p999_s: Array
    mean_s: Array
    within_slo: Array
    timed_out: Array
    timeout_s: Array
    distribution: Mixture | Table

    def survival(self, t_s: Number) -> Array:
        """P(response takes longer than t), 0 from the timeout on.

        Args: t_s: s, shape S, or S + (times,) for a curve.
        Returns: 0…1, shape of t_s broadcast with the scenario.
        """
        t = np.asarray(t_s, np.float64)
        more = tuple(range(self.p50_s.ndim, t.ndim))
        before = t < np.expand_dims(self.timeout_s, more)
        return np.where(before, self.distribution.survival(t), 0.0)


def lambda_latency(scenario: Scenario, p_cold: Number, cold_start: ColdStart) -> Latency:
    """Response times on Lambda: warm handler, or cold start plus handler.

    Args: p_cold: share of cold requests, 0…1, scenario shape.
    Returns: Latency, scenario shape; percentiles within 0.2 % of the mixture's (more where a point mass sits).
    Source: METHOD.md "Latency".
    Assumes: lognormal handler time with duration_cv; no throttles; front door and network left out.
    """
    shape = np.broadcast_shapes(scenario.shape, np.shape(p_cold))
    cold = _grouped(cold_start.samples_s)
    p = np.broadcast_to(np.asarray(p_cold, np.float64), shape)[..., None]
    shift = np.broadcast_to(cold, (*shape, cold.shape[-1]))
    shift = np.concatenate((np.zeros((*shape, 1)), shift), axis=-1)
    share = np.concatenate((1 - p, p * _group_share(cold_start.samples_s.shape[-1])), axis=-1)
    return _latency(scenario, shift, share, np.asarray(lambda_handler_s(scenario), np.float64))


def fargate_job_latency(scenario: Scenario) -> Latency:
    """Time from the start of a job run to its end: its task's start, then the handler; nothing waits.

    Returns: Latency, scenario shape.
    Source: METHOD.md "Latency"; facts task_start.*.
    """
    quantiles = (np.arange(_START_POINTS) + 0.5) / _START_POINTS
    starts = np.stack([start_quantile_s(scenario, quantile) for quantile in quantiles], axis=-1)
    shift = np.broadcast_to(starts, (*scenario.shape, _START_POINTS))
    return _latency(
        scenario, shift, np.full(shift.shape, 1 / _START_POINTS), np.asarray(fargate_handler_s(scenario))
    )


def patience_s(workload: Workload) -> Number:
    """When the caller gives up, s; nobody waits for a job."""
    return LONGEST_JOB_S if workload.kind == "job" else workload.timeout_s


def _grouped(samples_s: Array) -> Array:
    body, tail = samples_s[..., :-_TAIL_SAMPLES], samples_s[..., -_TAIL_SAMPLES:]
    groups = body.reshape(*body.shape[:-1], -1, _GROUP).mean(axis=-1)
    return np.concatenate((groups, tail), axis=-1)


def _group_share(samples: int) -> Array:
    groups = (samples - _TAIL_SAMPLES) // _GROUP
    return np.concatenate((np.full(groups, _GROUP / samples), np.full(_TAIL_SAMPLES, 1 / samples)))


def _latency(scenario: Scenario, shift: Array, share: Array, handler_s: Array) -> Latency:
    """Percentiles of shift + handler, cut at the timeout: a coarse log grid, then bisection."""
    shape = shift.shape[:-1]
    workload = scenario.workload
    mean, cv, timeout, slo = (
        np.broadcast_to(np.asarray(x, np.float64), shape)
        for x in (handler_s, workload.duration_cv, patience_s(workload), workload.slo_p99_s)
    )
    mean = np.maximum(mean, 1e-9)

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
        timeout_s=timeout,
        distribution=Mixture(shift, share, mean, cv),
    )


def tabulated(scenario: Scenario, table: Table, mean_s: Array, timed_out: Array) -> Latency:
    """Percentiles of a tabulated distribution, cut at the timeout; timed_out: share that gets no answer."""
    shape = table.beyond.shape[:-1]
    timeout, slo = (
        np.broadcast_to(np.asarray(x, np.float64), shape)
        for x in (patience_s(scenario.workload), scenario.workload.slo_p99_s)
    )
    falling = np.clip(np.minimum.accumulate(table.beyond, axis=-1), 0.0, 1.0)
    table = Table(table.grid_s, falling)
    wanted = 1 - np.array(PERCENTILES)
    at = np.where(falling[..., -1:] > wanted, timeout[..., None], table.quantile_s(wanted))
    at = np.minimum(np.maximum.accumulate(at, axis=-1), timeout[..., None])
    given_up = np.clip(timed_out, 0.0, 1.0)
    late = np.where(slo < timeout, np.maximum(table.survival(slo), given_up), given_up)
    p50, p90, p95, p99, p999 = np.moveaxis(at, -1, 0)
    return Latency(
        p50_s=p50,
        p90_s=p90,
        p95_s=p95,
        p99_s=p99,
        p999_s=p999,
        mean_s=np.minimum(mean_s, timeout),
        within_slo=1 - late,
        timed_out=given_up,
        timeout_s=timeout,
        distribution=table,
    )
