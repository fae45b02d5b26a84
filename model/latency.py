"""How long callers wait on either platform: a whole distribution, not an average.

On Lambda, and for a job, the sum of a shift (a cold start; a task's start) and a lognormal handler time; a service on
Fargate is in `model/fargate_latency.py`. Both are cut off at the caller's timeout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cold_start import ColdStart
from model.compute import fargate_handler_s, lambda_handler_s
from model.distribution import lognormal_limited_mean, lognormal_quantile, mixture_survival
from model.fields import Number
from model.responses import Responses, Table
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
class Latency:
    """Response times of the handler, without network to the caller; scenario shape.

    Percentiles in s, no longer than the caller's timeout, at which stands whoever never got an answer; mean_s: of the
    requests let in. throttled: share turned away at once (on Lambda a 429, or an event that has to wait); within_slo:
    share answered within slo_p99_s and before the timeout; timed_out: share that gave up; distribution: of the time if nobody gave
    up.
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
    distribution: Responses | Table
    throttled: Number = 0.0

    def survival(self, t_s: Number) -> Array:
        """P(response takes longer than t), 0 from the timeout on.

        Args: t_s: s, shape S, or S + (times,) for a curve.
        Returns: 0…1, shape of t_s broadcast with the scenario.
        """
        t = np.asarray(t_s, np.float64)
        more = tuple(range(self.p50_s.ndim, t.ndim))
        before = t < np.expand_dims(self.timeout_s, more)
        return np.where(before, self.distribution.survival(t), 0.0)


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
    answered_s = np.maximum(found.mean_s - refused * responses.timeout_s, 0.0) / let_in
    return replace(
        found,
        timed_out=np.clip(found.timed_out - refused, 0.0, 1.0),
        mean_s=np.where(refused < 1, answered_s, responses.timeout_s),  # without an answer all wait that long
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
        timeout_s=timeout,
        distribution=responses,
    )
