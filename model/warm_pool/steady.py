"""The warm pool under steady Poisson traffic, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from model.fields import Number
from model.warm_pool.busy_levels import BusyLevels, busy_levels

Array = NDArray[np.float64]

FULL_SHARE = 0.99  # environments_max is exceeded in 1 % of the busiest time
TIER_LOADS = 48  # few enough to stay in the cache, enough to outweigh the calls


@dataclass(frozen=True)
class WarmPool:
    """The warm pool under Poisson traffic; shape of the scenario.

    p_cold: share of all requests that wait for a new environment.
    environments_mean: environments alive beyond the provisioned ones, mean over time.
    environments_max: the number not exceeded in 99 % of the busiest time.
    """

    p_cold: Array
    environments_mean: Array
    environments_max: Array


def steady_pool(
    arrivals_per_s: Number,
    service_s: Number,
    keep_alive_s: Number,
    cold_service_s: Number | None = None,
    provisioned: Number = 0.0,
    most: Number = np.inf,
) -> WarmPool:
    """The warm pool under Poisson arrivals at a constant rate, in closed form.

    Args:
        arrivals_per_s: 1/s, >= 0, shape S.
        service_s: mean time a warm request is in work, s, > 0, shape S.
        keep_alive_s: equally likely lives of an idle environment, s, shape S + (lives,).
        cold_service_s: mean time a cold request holds its environment, s (default: as warm).
        provisioned: environments kept initialised; only requests beyond them can be cold.
        most: environments the function may have, provisioned ones included; requests beyond them are lost.
    Returns: WarmPool, shape S. For equal service times p_cold is within 1 % for keep-alive >= 0.3 service
        times (within 20 % below); a cold service up to 50 times longer adds up to 5 %.
    Source: METHOD.md "Warm pool": p_cold = sum of pi_n P_n(n not exceeded within T), by PASTA and
        reversibility of M/M/inf; P(pool <= n) from d/dT P(pool <= n) = -lambda pi_n P_n.
    Assumes: exponential service; the environment used last is reused first; provisioned ones first of all.
    """
    first = np.asarray(provisioned, np.float64)
    _, (pool,) = steady_pools(arrivals_per_s, service_s, keep_alive_s, cold_service_s, first, most=most)
    return pool


def steady_pools(
    arrivals_per_s: Number,
    service_s: Number,
    keep_alive_s: Number,
    cold_service_s: Number | None,
    *provisioned: Array,
    most: Number = np.inf,
) -> tuple[WarmPool, tuple[WarmPool, ...]]:
    """The pool if cold requests took no longer, without limits, and the true one for each number provisioned."""
    service, lives = np.asarray(service_s, np.float64), np.asarray(keep_alive_s, np.float64)
    cold_service = service if cold_service_s is None else np.asarray(cold_service_s, np.float64)
    shape = np.broadcast_shapes(
        np.shape(arrivals_per_s),
        service.shape,
        lives.shape[:-1],
        cold_service.shape,
        np.shape(most),
        *(first.shape for first in provisioned),
    )

    def one_each(values: Number) -> Array:
        return np.broadcast_to(np.asarray(values, np.float64), shape).ravel()

    unit = one_each(service)
    load = one_each(arrivals_per_s) * unit
    relative = np.broadcast_to(lives, (*shape, lives.shape[-1])).reshape(load.size, lives.shape[-1])
    relative = relative / unit[:, None]
    cold_per_warm = np.maximum(one_each(cold_service) / unit, 1.0)
    firsts, limits = np.array([one_each(first) for first in provisioned]), one_each(most)
    found = np.empty((1 + len(provisioned), len(fields(WarmPool)), load.size))
    for tier in _tiers(load):
        longer = None if cold_service_s is None else cold_per_warm[tier]
        found[..., tier] = _tier_pools(load[tier], relative[tier], longer, firsts[:, tier], limits[tier])
    bare, *pools = (WarmPool(*values.reshape(-1, *shape)) for values in found)
    return bare, tuple(pools)


def _tiers(load: Array) -> list[NDArray[np.intp]]:
    """Indices of loads to be evaluated together, as neighbours: each has as many levels as the largest needs."""
    return np.array_split(np.argsort(load), max(-(-load.size // TIER_LOADS), 1))


def _tier_pools(
    load: Array, relative: Array, cold_per_warm: Array | None, provisioned: Array, limits: Array
) -> Array:
    """The fields of the bare pool and of one for each row of `provisioned`, shape (pools, fields, loads)."""
    levels = busy_levels(load)
    each = [levels.unexceeded(relative[:, i]) for i in range(relative.shape[-1])]
    alive = np.asarray(sum(one for one, _ in each)) / len(each)
    up_to = np.asarray(sum(two for _, two in each)) / len(each)
    factor, longer = np.ones(load.shape), np.zeros(load.shape)
    if cold_per_warm is not None:
        more, fewer, held = _cold_service_effect(levels, alive, cold_per_warm)
        factor, longer = np.clip(1 + more - fewer, 0.2, 5.0), more * relative.mean(axis=-1) + held
    pools = [_summed(levels, alive, up_to, np.zeros(load.shape), np.full(load.shape, np.inf))]
    for first in provisioned:
        p_cold, mean, most = _summed(levels, alive, up_to, first, limits)
        room = np.maximum(limits - first, 0.0)
        mean = np.minimum(mean + levels.load * p_cold * longer, room)
        pools.append((np.clip(p_cold * factor, 0.0, 1.0), mean, np.minimum(most, room)))
    return np.array(pools)


def _cold_service_effect(
    levels: BusyLevels, alive: Array, cold_per_warm: Array
) -> tuple[Array, Array, Array]:
    """Further colds per cold, colds avoided per cold, and time (service times) a level is held longer.

    A cold request keeps its environment busy longer than a warm one. Meanwhile the others may reach the
    level it fills (one more cold, unless that level would be reached anyway within T), and the level it
    opened is held longer. First order in p_cold; see METHOD.md "Warm pool".
    """
    stride = levels.stride

    def held(mean: Array) -> tuple[Array, Array]:
        reach = (levels.weight / (1 + levels.stay / mean[..., None])).sum(axis=0)
        log_reach = np.cumsum(np.log(np.maximum(reach, 1e-30)) * stride, axis=-1)
        log_reach = np.concatenate((np.zeros_like(log_reach[..., :1]), log_reach[..., :-1]), axis=-1)
        reached = np.exp(np.maximum(log_reach, -600.0))
        above = np.cumsum((reached * alive * stride)[..., ::-1], axis=-1)[..., ::-1]
        higher = np.concatenate((above[..., 1:], np.zeros_like(above[..., :1])), axis=-1) / reached
        visits = reached * np.cumsum(levels.share * stride / reached, axis=-1)
        return higher, mean[..., None] * np.minimum(visits + 1 - levels.share_up_to, 1.0)

    cold_higher, cold_held = held(cold_per_warm)
    warm_higher, warm_held = held(np.ones_like(cold_per_warm))
    colds = levels.share * alive
    by_level = colds * stride / np.maximum((colds * stride).sum(axis=-1, keepdims=True), 1e-300)
    longer = np.maximum(cold_held - warm_held, 0.0)
    more = (by_level * np.maximum(cold_higher - warm_higher, 0.0)).sum(axis=-1)
    fewer = (by_level * levels.load[..., None] * colds * longer).sum(axis=-1)
    return more, fewer, (by_level * longer).sum(axis=-1)


def _summed(
    levels: BusyLevels, alive: Array, up_to: Array, provisioned: Array, limits: Array
) -> tuple[Array, Array, Array]:
    """p_cold, mean and most environments: sums over the levels from `provisioned` up to the limit.

    A limit cuts the busy count's distribution off and leaves every way below it as it was: divide by P(N <= limit).
    """
    beyond = levels.beyond(provisioned) - levels.beyond(np.maximum(limits, provisioned))
    inside = levels.up_to(limits)
    lowest, stride = levels.n[..., 0], levels.stride[..., 0]
    first = np.minimum(lowest - (stride - 1) / 2, limits)
    below = np.where(provisioned <= lowest, np.maximum(first - provisioned, 0.0), 0.0)
    p_cold = (levels.share * alive * beyond).sum(axis=-1) / inside
    pool_up_to = np.minimum(up_to / inside[..., None], 1.0)
    mean = ((1 - pool_up_to) * beyond).sum(axis=-1) + below
    most = lowest + stride * (pool_up_to < FULL_SHARE).sum(axis=-1) - provisioned
    return np.clip(p_cold, 0.0, 1.0), np.maximum(mean, 0.0), np.maximum(most, 0.0)
