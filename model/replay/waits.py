"""How long callers wait in each window: the 99th percentile on both platforms, from formula and simulation together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cold_start import ColdStart
from model.distribution import mixture_survival, percentile
from model.fargate_latency import fargate_responses
from model.latency import lambda_responses
from model.replay.windows import folded
from model.responses import Responses
from model.scaling.ecs import ServiceRun
from model.scenario import Scenario

Array = NDArray[np.float64]

P = 0.99
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
    return _waits(lambda_responses(scenario, np.clip(p_cold, 0.0, 1.0), start), requests)


@dataclass(frozen=True)
class ServedWaits:
    """p99 of each window, s, NaN without a request; and of all requests."""

    p99_s: Array
    overall_p99_s: float


def fargate_waits(scenario: Scenario, run: ServiceRun, n: int) -> ServedWaits:
    """Response times of each window of n steps, and of all, as on every page: queues, backlog and losses of the run."""
    windows = replace(
        run,
        arrivals=folded(run.arrivals, n, 0.0),
        served=folded(run.served, n, 0.0),
        timed_out=folded(run.timed_out, n, 0.0),
        rejected=folded(run.rejected, n, 0.0),
        wait_s=folded(run.wait_s, n, 0.0),
        running=folded(run.running, n, float(run.running[-1])),
    )
    p99_s = fargate_responses(scenario, windows).quantile_s(P)
    requests = windows.served.sum(axis=-1) + windows.lost.sum(axis=-1)
    overall = fargate_responses(scenario, run).quantile_s(P)
    return ServedWaits(np.where(requests > 0, p99_s, np.nan), float(overall))


def _waits(responses: Responses, requests: Array) -> Waits:
    first = (0,) * responses.handler_mean_s.ndim
    return Waits(
        responses.shift_s,
        responses.shift_share,
        float(responses.handler_mean_s[first]),
        float(responses.handler_cv[first]),
        float(responses.timeout_s[first]),
        requests,
    )
