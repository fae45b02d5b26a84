"""How long callers wait in each window: the 99th percentile on both platforms, from formula and simulation together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cold_start import ColdStart
from model.compute import task_capacity_per_s
from model.distribution import mixture_survival, percentile
from model.latency import Latency, fargate_latency, lambda_latency
from model.replay.windows import folded
from model.scaling.ecs import ServiceRun
from model.scenario import Scenario

Array = NDArray[np.float64]

P = 0.99
FULLEST = 0.95  # utilisation; the line of a fuller task takes longer to build up than a step lasts
_LOWEST_S = 1e-4
_STEPS = 24  # of bisection: within a few millionths


@dataclass(frozen=True)
class Waits:
    """Response times in each window: shifts before the handler with their shares, (windows, atoms)."""

    shift_s: Array
    share: Array
    handler_s: float
    handler_cv: float
    timeout_s: float
    requests: Array

    @property
    def p99_s(self) -> Array:
        """p99 of each window, s; NaN in windows without a request."""
        return np.where(self.requests > 0, self._percentile(self.shift_s, self.share), np.nan)

    @property
    def overall_p99_s(self) -> float:
        """p99 of all requests, s."""
        weight = self.requests / max(float(self.requests.sum()), 1e-300)
        shift, order = np.unique(np.round(self.shift_s, 9).ravel(), return_inverse=True)
        shares = (self.share * weight[:, None]).ravel()
        share = np.asarray(np.bincount(order.ravel(), shares, shift.size), dtype=np.float64)
        return float(self._percentile(shift, share))

    def _percentile(self, shift_s: Array, share: Array) -> Array:
        def survival(t_s: Array) -> Array:
            mean, cv = np.full(t_s.shape, self.handler_s), np.full(t_s.shape, self.handler_cv)
            return mixture_survival(t_s, shift_s, share, mean, cv)

        low = np.full(shift_s.shape[:-1], min(_LOWEST_S, self.timeout_s / 2))
        return np.minimum(percentile(survival, P, low, self.timeout_s, _STEPS), self.timeout_s)


def lambda_waits(scenario: Scenario, cold: Array, requests: Array, start: ColdStart) -> Waits:
    """Warm or cold, by the share of cold requests in each window; throttled requests are not answered at all."""
    p_cold = np.divide(cold, requests, out=np.zeros_like(cold), where=requests > 0)
    return _waits(lambda_latency(scenario, np.clip(p_cold, 0.0, 1.0), start), requests)


def fargate_waits(scenario: Scenario, run: ServiceRun, n: int) -> Waits:
    """The formula where the tasks keep up, the simulated queue where requests pile up.

    Assumes: in a step with a backlog every request waits as long as the mean of those whose turn it is at the
        step's start and end; who gave up stands at the timeout; who was rejected is not answered at all. A step
        without a backlog is at most FULLEST busy for the formula, which knows only lines that last.
    """
    waited = (run.wait_s + np.concatenate(([0.0], run.wait_s[:-1]))) / 2
    piled_up = (run.backlog > 0) | (run.timed_out > 0) | (waited > 0)
    answered = run.served + run.timed_out
    calm = np.where(piled_up, 0.0, answered)
    busiest = 1 + np.asarray(scenario.assumed("fargate.task_imbalance"))
    enough = calm / run.step_s * busiest / (np.asarray(task_capacity_per_s(scenario)) * FULLEST)
    tasks = np.maximum(run.running, np.maximum(enough, 1e-9))
    formula = _waits(
        fargate_latency(scenario, folded(calm / run.step_s, n, 0.0), folded(tasks, n, float(tasks[-1]))),
        np.add.reduceat(answered, np.arange(0, answered.size, n)),
    )
    if not piled_up.any():
        return formula
    total = np.maximum(formula.requests, 1e-300)[:, None]
    in_line, gave_up = (folded(np.where(piled_up, x, 0.0), n, 0.0) for x in (run.served, run.timed_out))
    late = np.concatenate((in_line, gave_up), axis=-1) / total
    timeout = formula.timeout_s
    shift = np.concatenate(
        (folded(np.minimum(waited, timeout), n, 0.0), np.full(gave_up.shape, timeout)), axis=-1
    )
    share = formula.share * (1 - late.sum(axis=-1, keepdims=True))
    return Waits(
        np.concatenate((formula.shift_s, shift), axis=-1),
        np.concatenate((share, late), axis=-1),
        formula.handler_s,
        formula.handler_cv,
        timeout,
        formula.requests,
    )


def _waits(latency: Latency, requests: Array) -> Waits:
    first = (0,) * latency.handler_mean_s.ndim
    return Waits(
        latency.shift_s,
        latency.shift_share,
        float(latency.handler_mean_s[first]),
        float(latency.handler_cv[first]),
        float(latency.timeout_s[first]),
        requests,
    )
