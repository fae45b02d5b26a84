"""Requests that Lambda turns away: no environment free, and none may be added (now)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.concurrency import concurrency_limit, environment_s
from model.facts import limit
from model.fields import Number
from model.provisioned import overflow_share
from model.scaling.function import keep_alive_s
from model.scenario import Scenario
from model.traffic import Traffic

Array = NDArray[np.float64]

SUDDEN = ("spike", "on_off", "cron", "bursty", "trace")
"""Patterns whose rate changes at once from one step to the next; the others climb through the step."""
_MOMENTS = 200
NEVER = 1e-12  # not one request in a human life


@dataclass(frozen=True)
class Throttles:
    """Shares of all requests that find no environment, scenario shape.

    by_concurrency: at the concurrency limit (reserved or account), or beyond ten requests a second for each
        environment. by_scaling_rate: while environments are added as fast as AWS allows.
    A synchronous caller gets a 429; an asynchronous event waits and is tried again.
    """

    by_concurrency: Array
    by_scaling_rate: Array

    @property
    def share(self) -> Array:
        return np.asarray(np.minimum(self.by_concurrency + self.by_scaling_rate, 1.0))


def throttles(scenario: Scenario, arriving: Traffic, p_cold: Number, cold_start_s: Number) -> Throttles:
    """Throttled requests of a function over its representative traffic.

    Args: p_cold: share of cold requests; cold_start_s: mean extra time of one, s; both scenario shape.
    Returns: Throttles, scenario shape. Exact for Poisson arrivals in each step and any spread of the handler time
        below 100 environments (Erlang's loss formula is insensitive), within 2 % above.
    Source: METHOD.md "Throttles"; facts lambda.account_concurrency, lambda.requests_per_s_per_environment,
        lambda.burst_environments, lambda.refill_environments_per_s.
    Assumes: evenly spaced requests lose only what is beyond the limit; callers do not try again; nothing else uses the account's concurrency.
    """
    hold = environment_s(scenario)
    most = concurrency_limit(scenario)[..., None]
    per_s = np.broadcast_to(arriving.per_s, (*scenario.shape, arriving.per_s.shape[-1]))
    if np.all(per_s == per_s[..., :1]):
        per_s = per_s[..., :1]
    load = per_s * (hold + np.asarray(p_cold) * cold_start_s)[..., None]
    if scenario.workload.arrivals == "evenly_spaced":
        refused = np.maximum(1 - most / np.maximum(load, 1e-300), 0.0) * per_s
    else:
        refused = overflow_share(most, load) * per_s
    late = np.zeros(per_s.shape)
    if scenario.workload.pattern in SUDDEN:
        late = _outrun(scenario, per_s, arriving.step_s, hold, np.asarray(cold_start_s, np.float64))
    requests = np.maximum(per_s.sum(axis=-1), 1e-300)
    by_concurrency = refused.sum(axis=-1) / requests
    return Throttles(np.where(by_concurrency < NEVER, 0.0, by_concurrency), late.sum(axis=-1) / requests)


def _outrun(scenario: Scenario, per_s: Array, step_s: float, hold: Array, cold_start_s: Array) -> Array:
    """Requests a second, over each step, that come faster than environments may be added after a jump.

    x requests a second beyond what is alive need N(t) = min(x t, burst + refill t) new environments; those that
    were started a cold start and a request ago serve 1/hold each.
    """
    hold, first = hold[..., None], (hold + cold_start_s)[..., None]
    most = concurrency_limit(scenario)[..., None]
    steps = per_s.shape[-1]
    alive = np.zeros(per_s.shape)
    for back in range(1, min(int(np.ceil(np.max(keep_alive_s(scenario)) / step_s)), steps) + 1):
        alive = np.maximum(alive, np.roll(per_s, back, axis=-1) * hold)
    alive = np.maximum(alive, np.asarray(scenario.aws_lambda.provisioned_concurrency)[..., None])
    beyond = np.maximum(np.minimum(per_s, most / hold) - np.minimum(alive, most) / hold, 0.0)
    burst, refill = limit("lambda.burst_environments"), limit("lambda.refill_environments_per_s")
    late = np.zeros(beyond.shape)
    sudden = (beyond > refill) & (beyond * first > burst)
    x = beyond[sudden][:, None]
    if x.size:
        hold, first = (np.broadcast_to(each, beyond.shape)[sudden][:, None] for each in (hold, first))
        longest = np.minimum(2 * first + np.maximum(x * hold - burst, 0.0) / refill, step_s)
        time = longest * (np.arange(_MOMENTS) + 0.5) / _MOMENTS
        started = np.where(x * time < burst + refill * time, x, refill)
        back = np.maximum(time - first, 0.0)
        ready = np.minimum(x * back, burst + refill * back) * (back > 0)
        turned_away = np.maximum(x - started - ready / hold, 0.0).mean(axis=-1) * longest[:, 0]
        late[sudden] = turned_away / step_s
    return late
