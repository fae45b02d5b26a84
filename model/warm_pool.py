"""How many execution environments stay warm, and which requests find none.

When the environment used last is reused first, the pool at time t is the largest number of requests that
were in work at once during the last T seconds, and a request is cold exactly when it raises that running
maximum. `simulate_pool` applies this to single requests; `steady_pool` and `warm_pool` to Poisson traffic
in closed form.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.facts import load_keep_alive
from model.fields import Number
from model.scenario import Scenario

Array = NDArray[np.float64]

KEEP_ALIVE_POINTS = 8
MAX_LEVELS = 192
HOURS_PER_DAY = 24.0
TICK_S = 3600.0  # cron traffic ticks once an hour, see traffic.py
FULL_SHARE = 0.99  # environments_max is exceeded in 1 % of the busiest time
_STEPS_PER_KEEP_ALIVE = 3
_MOST_SUBSTEPS = 64
_SMALL = 1e-12


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


@dataclass(frozen=True)
class PoolRun:
    """What happened to single requests.

    cold: whether each request, in order of arrival, waited for a new environment.
    size_share: share of time with 0, 1, 2, … environments, from the first to the last arrival.
    """

    cold: NDArray[np.bool_]
    size_share: Array

    @property
    def p_cold(self) -> float:
        return float(self.cold.mean())

    @property
    def environments_mean(self) -> float:
        return float(self.size_share @ np.arange(self.size_share.size))

    @property
    def environments_max(self) -> int:
        return self.size_share.size - 1


# --- keep-alive -----------------------------------------------------------------------------------


@cache
def _keep_alive_curve() -> tuple[Array, Array]:
    """Idle time and the share of environments gone by then, made to rise (pool adjacent violators)."""
    idle_s, gone = load_keep_alive()
    blocks: list[tuple[float, int]] = []
    for share in gone:
        blocks.append((float(share), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (high, n), (low, k) = blocks[-2:]
            blocks[-2:] = [((high * n + low * k) / (n + k), n + k)]
    return idle_s, np.concatenate([np.full(n, share) for share, n in blocks])


def keep_alive_survival(idle_s: Number) -> Array:
    """Measured share of environments still alive after being idle for `idle_s`.

    Source: data/cold_starts/keep_alive.csv, linear between the points.
    """
    return np.asarray(1 - np.interp(idle_s, *_keep_alive_curve()))


@cache
def keep_alive_sample_s(points: int = KEEP_ALIVE_POINTS) -> Array:
    """Equally likely lives of an idle environment: mid quantiles of the measured curve, s."""
    idle_s, gone = _keep_alive_curve()
    fine_s = np.linspace(idle_s[0], idle_s[-1], 4001)
    share = np.interp(fine_s, idle_s, gone)
    rising, first = np.unique(share, return_index=True)
    sample = np.interp((np.arange(points) + 0.5) / points, rising, fine_s[first])
    sample.setflags(write=False)
    return sample


def _keep_alives_s(scenario: Scenario, points: int) -> Array:
    """Equally likely keep-alive times, last axis; one if the scenario sets a constant."""
    constant = scenario.aws_lambda.keep_alive_s
    if constant is not None:
        return np.asarray(constant, dtype=np.float64)[..., None]
    if points > 2:
        return keep_alive_sample_s(points)
    fine = keep_alive_sample_s(64)
    return np.asarray(fine.mean() + np.array([-1.0, 1.0]) * fine.std())


def periodic_p_cold(gap_s: Number, service_s: Number, keep_alive_s: Number | None = None) -> Array:
    """Cold share of single requests at a fixed gap: those whose environment has gone meanwhile.

    Args: gap_s between starts, s; keep_alive_s: constant life, or None for the measured curve.
    Returns: 0…1; with a constant, cold exactly when gap - service > keep-alive.
    """
    idle_s = np.maximum(np.asarray(gap_s, np.float64) - service_s, 0.0)
    if keep_alive_s is None:
        return 1 - keep_alive_survival(idle_s)
    return np.asarray((idle_s > keep_alive_s) * 1.0)


# --- closed form, steady Poisson traffic ------------------------------------------------------------


@dataclass(frozen=True)
class _Levels:
    """Busy counts n (last axis) of M/M/inf and the time until n is exceeded, starting at n.

    P(not yet exceeded after T) is `weight`-ed exponentials with mean `stay` (in service times, first axis
    three): the Gauss quadrature of the true mixture, exact in its first five moments.
    """

    load: Array
    n: Array
    stride: Array
    share: Array
    share_up_to: Array
    weight: Array
    stay: Array
    stay_mean: Array

    def unexceeded(self, keep_alive: Array) -> tuple[Array, Array]:
        """P_n(n not exceeded within T) and P(pool <= n), both over n."""
        decay = self.weight * np.exp(-np.minimum(keep_alive[..., None] / self.stay, 700.0))
        alive = decay.sum(axis=0)
        pool = self.share_up_to * (decay * self.stay).sum(axis=0) / self.stay_mean
        return alive, np.minimum(pool, 1.0)

    def beyond(self, provisioned: Array) -> Array:
        """How many of the whole numbers that level n stands for are not below `provisioned`."""
        return np.asarray(np.clip(self.n + (self.stride + 1) / 2 - provisioned[..., None], 0.0, self.stride))


def _log_poisson(n: Array, mean: Array) -> Array:
    """log P(N = n), Stirling's series with the exact remainder for small n."""
    safe = np.maximum(n, 1.0)
    whole = np.arange(1.0, 17.0)
    exact = np.cumsum(np.log(whole)) - (whole * np.log(whole) - whole + np.log(2 * np.pi * whole) / 2)
    series = 1 / (12 * safe) - 1 / (360 * safe**3)
    remainder = np.where(safe < 16, exact[np.minimum(safe, 16).astype(np.int64) - 1], series)
    d = (mean - safe) / safe
    near = np.log1p(np.clip(d, -0.5, 0.5)) - np.clip(d, -0.5, 0.5)
    far = np.log(mean / safe) - d
    log_share = safe * np.where(np.abs(d) < 0.5, near, far) - np.log(2 * np.pi * safe) / 2 - remainder
    return np.where(n > 0, log_share, -mean)


def _running_sum(values: Array, stride: Array, before: Array) -> Array:
    """Sum of a positive function up to each level; its logarithm is a parabola between strided levels."""
    block = values[..., 1:]
    if np.any(stride > 1):
        log_ratio = np.log(values[..., 1:] / values[..., :-1])
        bend = np.diff(log_ratio, axis=-1, prepend=log_ratio[..., :1]) / stride**2
        log_ratio = np.where(np.abs(log_ratio) < 1e-9, 1e-9, log_ratio)
        step = log_ratio / stride
        geometric = values[..., :-1] * np.exp(step) * np.expm1(log_ratio) / np.expm1(step)
        block = np.where(stride > 1, geometric * (1 - bend * (stride**2 - 1) / 12), block)
    return np.cumsum(np.concatenate((before, block), axis=-1), axis=-1)


def _busy_levels(load: Array) -> _Levels:
    """First-passage ingredients for every offered load (any shape).

    Source: METHOD.md "Warm pool". With time in 1/lambda and P_n = sum of Poisson shares pi up to n, the
    factorial moments of the passage n -> n+1 obey pi_n g_k = sum over j <= n of pi_j t_k(j), where
    t_1 = P/pi's increment, t_k = sum of A_(j-1) g_(k-j), A_0 = g_1, A_j = g_(j+1) - t_(j+1).
    """
    a = np.maximum(load, _SMALL)[..., None]
    low = np.floor(np.maximum(a - 7 * np.sqrt(a) - 2, 0.0))
    high = np.ceil(a + 9 * np.sqrt(a) + 20)
    count = int(min(MAX_LEVELS, np.max(high - low) + 1))
    stride = np.maximum(np.ceil((high - low) / (count - 1)), 1.0)
    n = low + stride * np.arange(count)
    share = np.exp(np.maximum(_log_poisson(n, a), -92.0))
    outside = 1 / (1 - low / a)  # what lies below the lowest level, as a geometric series

    def passage(t: Array) -> Array:
        return _running_sum(share * t, stride, share[..., :1] * t[..., :1] * outside) / share

    g1 = passage(np.ones_like(share))
    up_to = np.minimum(g1 * share, 1.0)
    t2 = g1 * g1
    g2 = passage(t2)
    a1 = g2 - t2
    t3 = g1 * g2 + a1 * g1
    g3 = passage(t3)
    a2 = g3 - t3
    t4 = g1 * g3 + a1 * g2 + a2 * g1
    g4 = passage(t4)
    t5 = g1 * g4 + a1 * g3 + a2 * g2 + (g4 - t4) * g1
    g5 = passage(t5)
    weight, node = _gauss_rule(g2 / g1**2, g3 / g1**3, g4 / g1**4, g5 / g1**5)
    return _Levels(a[..., 0], n, stride, share, up_to, weight, node * g1 / a, g1 / a)


def _gauss_rule(r2: Array, r3: Array, r4: Array, r5: Array) -> tuple[Array, Array]:
    """Three weights and nodes > 0 with raw moments 1, 1, r2 … r5; fewer nodes where three are not needed."""
    c2 = np.maximum(r2 - 1, 0.0)
    c3 = r3 - 3 * r2 + 2
    c4 = r4 - 4 * r3 + 6 * r2 - 3
    c5 = r5 - 5 * r4 + 10 * r3 - 10 * r2 + 4
    one = c2 < 1e-11
    h1 = np.where(one, 1.0, c2)
    b1 = c3 / h1
    h2 = c4 - b1 * c3 - c2 * c2
    two = one | (h2 < 1e-9 * c4) | (h2 < 1e-15)
    h2 = np.where(two, 1.0, h2)
    b2 = (c5 - 2 * b1 * c4 + (b1 * b1 - 2 * c2) * c3 + 2 * b1 * c2 * c2) / h2
    beta2 = h2 / h1
    y = _cubic_roots(-(b1 + b2), b1 * b2 - c2 - beta2, c2 * b2)
    weight = 1 / (1 + y * y / h1 + (y * y - b1 * y - c2) ** 2 / h2)
    root = np.sqrt(b1 * b1 / 4 + c2)
    y_two = np.stack((b1 / 2 + root, b1 / 2 - root, np.zeros_like(root)))
    weight_two = np.where(np.arange(3).reshape(-1, *[1] * c2.ndim) < 2, 1 / (1 + y_two * y_two / h1), 0.0)
    y = np.where(one, 0.0, np.where(two, y_two, y))
    single = np.stack((np.ones_like(c2), np.zeros_like(c2), np.zeros_like(c2)))
    weight = np.where(one, single, np.where(two, weight_two, weight))
    return weight / weight.sum(axis=0), np.maximum(1 + y, 1e-9)


def _cubic_roots(b: Array, c: Array, d: Array) -> Array:
    """The three real roots of y^3 + b y^2 + c y + d (Viète), first axis."""
    p = np.maximum(b * b / 3 - c, _SMALL**2)
    q = (2 * b**3 - 9 * b * c) / 27 + d
    radius = 2 * np.sqrt(p / 3)
    angle = np.arccos(np.clip(-4 * q / radius**3, -1.0, 1.0)) / 3
    turn = np.array([0.0, 2.0, 4.0]).reshape(-1, *[1] * b.ndim) * np.pi / 3
    return np.asarray(radius * np.cos(angle - turn) - b / 3)


def _cold_service_effect(levels: _Levels, alive: Array, cold_per_warm: Array) -> tuple[Array, Array, Array]:
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


def steady_pool(
    arrivals_per_s: Number,
    service_s: Number,
    keep_alive_s: Number,
    cold_service_s: Number | None = None,
    provisioned: Number = 0.0,
) -> WarmPool:
    """The warm pool under Poisson arrivals at a constant rate, in closed form.

    Args:
        arrivals_per_s: 1/s, >= 0, shape S.
        service_s: mean time a warm request is in work, s, > 0, shape S.
        keep_alive_s: equally likely lives of an idle environment, s, shape S + (lives,).
        cold_service_s: mean time a cold request holds its environment, s (default: as warm).
        provisioned: environments kept initialised; only requests beyond them can be cold.
    Returns: WarmPool, shape S. For equal service times p_cold is within 1 % for keep-alive >= 0.3 service
        times (within 20 % below); a cold service up to 50 times longer adds up to 5 %.
    Source: METHOD.md "Warm pool": p_cold = sum of pi_n P_n(n not exceeded within T), by PASTA and
        reversibility of M/M/inf; P(pool <= n) from d/dT P(pool <= n) = -lambda pi_n P_n.
    Assumes: exponential service; the environment used last is reused first; provisioned ones first of all.
    """
    first = np.asarray(provisioned, np.float64)
    _, (pool,) = _steady_pools(arrivals_per_s, service_s, keep_alive_s, cold_service_s, first)
    return pool


def _steady_pools(
    arrivals_per_s: Number,
    service_s: Number,
    keep_alive_s: Number,
    cold_service_s: Number | None,
    *provisioned: Array,
) -> tuple[WarmPool, tuple[WarmPool, ...]]:
    """The pool if cold requests took no longer, and the true one for each number of provisioned environments."""
    service, lives = np.asarray(service_s, np.float64), np.asarray(keep_alive_s, np.float64)
    cold_service = service if cold_service_s is None else np.asarray(cold_service_s, np.float64)
    shape = np.broadcast_shapes(
        np.shape(arrivals_per_s),
        service.shape,
        lives.shape[:-1],
        cold_service.shape,
        *(one.shape for one in provisioned),
    )
    service = np.broadcast_to(service, shape)
    levels = _busy_levels(np.broadcast_to(np.asarray(arrivals_per_s, np.float64), shape) * service)
    relative = np.broadcast_to(lives, (*shape, lives.shape[-1])) / service[..., None]
    each = [levels.unexceeded(relative[..., i]) for i in range(relative.shape[-1])]
    alive = np.asarray(sum(one for one, _ in each)) / len(each)
    up_to = np.asarray(sum(two for _, two in each)) / len(each)
    bare = _summed(levels, alive, up_to, np.zeros(shape))
    factor, longer = np.ones(shape), np.zeros(shape)
    if cold_service_s is not None:
        per_warm = np.maximum(np.broadcast_to(cold_service, shape) / service, 1.0)
        more, fewer, held = _cold_service_effect(levels, alive, per_warm)
        factor, longer = np.clip(1 + more - fewer, 0.2, 5.0), more * relative.mean(axis=-1) + held
    pools = []
    for first in provisioned:
        pool = _summed(levels, alive, up_to, np.broadcast_to(first, shape))
        mean = pool.environments_mean + levels.load * pool.p_cold * longer
        pools.append(WarmPool(np.clip(pool.p_cold * factor, 0.0, 1.0), mean, pool.environments_max))
    return bare, tuple(pools)


def _summed(levels: _Levels, alive: Array, up_to: Array, provisioned: Array) -> WarmPool:
    """Sums over the levels not below `provisioned`."""
    beyond = levels.beyond(provisioned)
    lowest, stride = levels.n[..., 0], levels.stride[..., 0]
    below = np.where(provisioned <= lowest, lowest - provisioned - (stride - 1) / 2, 0.0)
    p_cold = (levels.share * alive * beyond).sum(axis=-1)
    mean = ((1 - up_to) * beyond).sum(axis=-1) + below
    most = lowest + stride * (up_to < FULL_SHARE).sum(axis=-1) - provisioned
    return WarmPool(np.clip(p_cold, 0.0, 1.0), np.maximum(mean, 0.0), np.maximum(most, 0.0))


# --- traffic that changes with time -----------------------------------------------------------------


_TABLE_LOADS = np.log(np.geomspace(1e-8, 1e9, 205))
_TABLE_LIVES = np.log(np.geomspace(1e-4, 1e9, 105))


@cache
def _pool_table() -> tuple[Array, Array]:
    """log p_cold and log mean pool of steady traffic without level 0, over log load and log life / service."""
    levels = _busy_levels(np.exp(_TABLE_LOADS))
    p_cold, mean = np.empty((2, _TABLE_LOADS.size, _TABLE_LIVES.size))
    lowest = np.maximum(levels.n[:, 0] - 1, 0.0) - np.where(
        levels.n[:, 0] > 0, (levels.stride[:, 0] - 1) / 2, 0.0
    )
    beyond = levels.stride * (levels.n > 0)
    for i, life in enumerate(np.exp(_TABLE_LIVES)):
        alive, pool = levels.unexceeded(np.full(_TABLE_LOADS.size, life))
        p_cold[:, i] = (levels.share * alive * beyond).sum(axis=-1)
        mean[:, i] = ((1 - pool) * beyond).sum(axis=-1) + lowest
    return np.log(np.maximum(p_cold, 1e-300)), np.log(np.maximum(mean, 1e-300))


def _position(values: Array, grid: Array) -> tuple[NDArray[np.int64], Array]:
    """Index and fraction on an evenly spaced grid, clipped to it."""
    place = np.clip((values - grid[0]) / (grid[1] - grid[0]), 0.0, grid.size - 1 - 1e-9)
    index = place.astype(np.int64)
    return index, place - index


def _upper_pool(load: Array, life: Array, *tables: Array) -> list[Array]:
    """Table values at an offered load and a life in service times, bilinear in the logarithms."""
    row, down = _position(np.log(np.maximum(load, _SMALL)), _TABLE_LOADS)
    column, right = _position(np.log(np.maximum(life, _SMALL)), _TABLE_LIVES)
    flat = row * _TABLE_LIVES.size + column
    results = []
    for table in tables:
        corner = table.ravel()
        top = corner[flat] + right * (corner[flat + 1] - corner[flat])
        flat_low = flat + _TABLE_LIVES.size
        bottom = corner[flat_low] + right * (corner[flat_low + 1] - corner[flat_low])
        results.append(np.exp(top + down * (bottom - top)))
    return results


def warm_pool(
    scenario: Scenario, arrivals_per_s: Number, step_s: float = 300.0, cold_start_s: Number = 0.0
) -> WarmPool:
    """The warm pool of a scenario under a rate series that repeats (a day, a week).

    Args:
        arrivals_per_s: mean rate in each step, 1/s, shape S + (steps,); one step, or equal ones, is steady.
        step_s: length of a step, s.
        cold_start_s: mean extra time a cold request holds its environment, s, shape S.
    Returns: WarmPool, shape S. Steady: see `steady_pool`. Changing: p_cold within 5 % for smooth patterns,
        spikes, on/off traffic and the shipped traces, within 15 % for random minutes, where it is above 1e-4.
    Source: METHOD.md "Warm pool".
    Assumes: Poisson arrivals at the given rate; provisioned concurrency is switched on for the busiest
        `provisioned_hours_per_day`; cron arrivals fewer than one a tick are evenly spaced.
    """
    rate = np.asarray(arrivals_per_s, np.float64)
    service = np.asarray(lambda_handler_s(scenario), np.float64)
    cold_service = service + cold_start_s
    function = scenario.aws_lambda
    provisioned = np.asarray(function.provisioned_concurrency, np.float64)
    hours_share = np.asarray(function.provisioned_hours_per_day) / HOURS_PER_DAY
    if rate.shape[-1] == 1 or np.all(rate == rate[..., :1]):
        lives = _keep_alives_s(scenario, KEEP_ALIVE_POINTS)
        steady = (rate[..., 0], service, lives, cold_service)
        pool = steady_pool(*steady, provisioned)
        if np.all((provisioned == 0) | (hours_share == 1)):
            return pool
        return _blend(pool, steady_pool(*steady), hours_share)
    return _changing_pool(scenario, rate, step_s, service, cold_service, provisioned, hours_share)


def _blend(with_it: WarmPool, without: WarmPool, share: Array) -> WarmPool:
    return WarmPool(
        share * with_it.p_cold + (1 - share) * without.p_cold,
        share * with_it.environments_mean + (1 - share) * without.environments_mean,
        np.where(
            share < 1,
            np.maximum(with_it.environments_max, without.environments_max),
            with_it.environments_max,
        ),
    )


def _changing_pool(
    scenario: Scenario,
    rate: Array,
    step_s: float,
    service: Array,
    cold_service: Array,
    provisioned: Array,
    hours_share: Array,
) -> WarmPool:
    """Births step by step, corrected at a few rates for provisioned environments and long cold requests."""
    lives = _keep_alives_s(scenario, 2)
    rate, step_s = _resampled(rate, step_s, lives)
    load = _busy_mean(rate, step_s, service)
    peak = load.max(axis=-1)
    plain = bool(np.all(provisioned == 0))
    points = 3 if plain else 12
    grid = np.maximum(peak, 1e-6)[..., None] * np.geomspace(3e-2, 1.0, points)
    numbers = [np.zeros(1)] if plain else [np.zeros(1), provisioned[..., None]]
    middle = lives.mean(axis=-1, keepdims=True)[..., None]
    unit = service[..., None]
    bare, pools = _steady_pools(grid / unit, unit, middle, cold_service[..., None], *numbers)
    place = np.log(np.maximum(load, _SMALL) / grid[..., :1]) / np.log(grid[..., 1:2] / grid[..., :1])
    factors = [_factors(pool, bare, place) for pool in pools]
    most = pools[0].environments_max[..., -1]
    p_factor, mean_factor = factors[0]
    if not plain:
        on = load >= _busiest(load, hours_share)
        p_factor = np.where(on, factors[1][0], p_factor)
        mean_factor = np.where(on, factors[1][1], mean_factor)
        most = np.where(on.any(axis=-1), pools[1].environments_max[..., -1], most)
    colds, mean = 0.0 * rate[..., 0], 0.0 * rate[..., 0]
    requests = np.maximum((rate * step_s).sum(axis=-1), 1e-300)
    for i in range(lives.shape[-1]):
        births, pool = _births(rate, load, step_s, service, lives[..., i])
        births = np.minimum(births * p_factor, rate * step_s)
        colds = colds + births.sum(axis=-1) / lives.shape[-1]
        mean = mean + (pool * mean_factor).mean(axis=-1) / lives.shape[-1]
    return WarmPool(np.clip(_ticks(scenario, rate, colds / requests, service), 0, 1), mean, most)


def _factors(pool: WarmPool, bare: WarmPool, place: Array) -> tuple[Array, Array]:
    return (
        _ratio(pool.p_cold, bare.p_cold, place),
        _ratio(pool.environments_mean, bare.environments_mean, place),
    )


def _ratio(value: Array, base: Array, place: Array) -> Array:
    """value / base over a log grid, read off at fractional places."""
    log_ratio = np.log(np.maximum(value, 1e-200) / np.maximum(base, 1e-200))
    place = np.clip(place, 0, log_ratio.shape[-1] - 1 - 1e-9)
    shape = np.broadcast_shapes(log_ratio.shape[:-1], place.shape[:-1])
    log_ratio = np.broadcast_to(log_ratio, (*shape, log_ratio.shape[-1]))
    place = np.broadcast_to(place, (*shape, place.shape[-1]))
    index = place.astype(np.int64)
    low = np.take_along_axis(log_ratio, index, axis=-1)
    high = np.take_along_axis(log_ratio, index + 1, axis=-1)
    return np.asarray(np.exp(low + (place - index) * (high - low)))


def _busiest(load: Array, share: Array) -> Array:
    """The load above which the busiest `share` of time lies."""
    ranked = np.sort(load, axis=-1)[..., ::-1]
    wanted = np.clip(np.ceil(share * load.shape[-1]) - 1, -1, load.shape[-1] - 1).astype(np.int64)
    index = np.broadcast_to(np.maximum(wanted, 0), load.shape[:-1])[..., None]
    return np.where(np.asarray(wanted)[..., None] < 0, np.inf, np.take_along_axis(ranked, index, axis=-1))


def _resampled(rate: Array, step_s: float, lives: Array) -> tuple[Array, float]:
    """The same arrivals in steps of about a third of the keep-alive time."""
    wanted = max(float(lives.min()) / _STEPS_PER_KEEP_ALIVE, float(lives.max()) / _MOST_SUBSTEPS, 1e-3)
    if step_s > wanted:
        parts = min(max(round(step_s / wanted), 1), _MOST_SUBSTEPS)
        return np.repeat(rate, parts, axis=-1), step_s / parts
    together = max(1, min(int(wanted / step_s), rate.shape[-1]))
    while rate.shape[-1] % together:
        together -= 1
    return rate.reshape(*rate.shape[:-1], -1, together).mean(axis=-1), step_s * together


def _busy_mean(rate: Array, step_s: float, service: Array) -> Array:
    """Mean requests in work in each step: the rate seen through the service time."""
    load = np.asarray(rate * service[..., None])
    if np.all(service < step_s / 2):
        return load
    keep = np.exp(-step_s / service)
    busy = load.mean(axis=-1)
    filtered = np.empty_like(load)
    for _ in range(2):  # the second round starts from where the period ends
        for t in range(load.shape[-1]):
            busy = keep * busy + (1 - keep) * load[..., t]
            filtered[..., t] = busy
    return filtered


def _births(rate: Array, load: Array, step_s: float, service: Array, life_s: Array) -> tuple[Array, Array]:
    """New environments in each step and the mean pool, without provisioned ones.

    The pool's window before the step, and the same window with the step, each count as a time at the
    window's highest load that reaches the pool's size as often; the difference in pool is what is born.
    Level 0 (nobody busy all through the window) is exact.
    """
    life = np.broadcast_to(life_s[..., None], load.shape)
    unit = np.broadcast_to(service[..., None], load.shape)
    own_requests = np.broadcast_to(rate * step_s, load.shape)
    log_load = np.log(np.maximum(load, 1e-300))
    lags = range(int(np.ceil(float(np.max(life_s)) / step_s + 0.5)))
    window = [
        (
            np.clip(life - step_s * (0.5 + j), 0.0, step_s),
            np.roll(load, j + 1, axis=-1),
            np.roll(log_load, j + 1, axis=-1),
        )
        for j in lags
    ]
    before = np.full(load.shape, _SMALL)
    busy_before = np.zeros(load.shape)
    for part, earlier, _ in window:
        before = np.where(part > 0, np.maximum(before, earlier), before)
        busy_before += part * earlier
    busy_before /= unit
    after = np.maximum(before, load)
    size = _exponent(after, life / unit)
    same = _counted_s(window, after, size)
    own = _counted_s([(np.full(load.shape, step_s), load, log_load)], after, size)
    upper_p, upper_pool = _upper_pool(after, (same + own / 2) / unit, *_pool_table())
    births = after / unit * upper_p * own
    sudden = np.nonzero((after > before) | (own >= same / 2))
    earlier_window = [(w[sudden], x[sudden], log_x[sudden]) for w, x, log_x in window]
    high, low, one = after[sudden], before[sudden], unit[sudden]
    time_before = _counted_s(earlier_window, low, _exponent(low, life[sudden] / one))
    (grown,) = _upper_pool(high, (same + own)[sudden] / one, _pool_table()[1])
    (had,) = _upper_pool(low, time_before / one, _pool_table()[1])
    births[sudden] = np.maximum(grown - had, 0.0)
    zero_before = np.exp(-np.minimum(before + busy_before, 700.0))
    zero_after = np.exp(-np.minimum(after + busy_before + own_requests, 700.0))
    births += np.maximum(zero_before - zero_after, 0.0)
    pool = upper_pool + 1 - np.exp(-np.minimum(after + busy_before + own_requests / 2, 700.0))
    return np.minimum(births, own_requests), pool


def _exponent(highest: Array, life: Array) -> Array:
    """Mean pool at the window's highest load: the power with which lower loads reach its size less often."""
    (upper,) = _upper_pool(highest, life, _pool_table()[1])
    return np.asarray(np.maximum(upper + 1 - np.exp(-np.minimum(highest * (1 + life), 700.0)), 2.0))


def _counted_s(window: list[tuple[Array, Array, Array]], highest: Array, exponent: Array) -> Array:
    """Time of a window, each part weighted with how often its load reaches the pool's size."""
    log_highest, total = np.log(highest), np.zeros(highest.shape)
    for part, load, log_load in window:
        power = exponent * np.maximum(log_load - log_highest, -700.0) + highest - load
        total += part * np.exp(np.clip(power, -700.0, 0.0))
    return total


def _ticks(scenario: Scenario, rate: Array, p_cold: Array, service: Array) -> Array:
    """Cron traffic starts each tick's first request after the same gap, which Poisson arrivals would blur."""
    if scenario.workload.pattern != "cron":
        return p_cold
    mean = rate.mean(axis=-1)
    per_tick = np.maximum(mean * TICK_S, 1.0)
    gap = np.where(mean * TICK_S < 1, 1 / np.maximum(mean, _SMALL), TICK_S)
    first = periodic_p_cold(gap, service, scenario.aws_lambda.keep_alive_s) / per_tick
    provisioned = np.asarray(scenario.aws_lambda.provisioned_concurrency) > 0
    return np.asarray(
        np.where(provisioned, p_cold, np.where(mean * TICK_S < 1, first, np.maximum(p_cold, first)))
    )


# --- single requests --------------------------------------------------------------------------------


def _range_max(
    values: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Maximum of values[start:stop] for many windows; -1 where the window is empty. O(n log n)."""
    length = stop - start
    order = np.zeros(length.size, dtype=np.int64)
    filled = length > 0
    order[filled] = np.log2(length[filled]).astype(np.int64)
    result = np.full(length.size, -1, dtype=np.int64)
    table, width = values, 1
    for level in range(int(order.max(initial=0)) + 1):
        now = np.flatnonzero(filled & (order == level))
        if now.size:
            result[now] = np.maximum(table[start[now]], table[stop[now] - width])
        table = np.maximum(table[:-width], table[width:]) if table.size > width else table
        width *= 2
    return result


def _cold_flags(arrival: Array, departure: Array, life: float) -> NDArray[np.bool_]:
    """Whether each arrival raises the running maximum of the busy count over the last `life` seconds."""
    ended = np.sort(departure)
    order = np.arange(arrival.size)
    busy = order + 1 - np.searchsorted(ended, arrival, side="right")
    start = np.searchsorted(arrival, arrival - life, side="right")
    at_start = start - np.searchsorted(ended, arrival - life, side="right")
    return np.asarray(busy > np.maximum(_range_max(busy, start, order), at_start))


def simulate_pool(
    arrival_s: Array,
    service_s: Array,
    keep_alive_s: float,
    cold_service_s: Array | None = None,
    rounds: int = 60,
) -> PoolRun:
    """Every cold start of given requests, exactly: running maximum of busy environments over the keep-alive.

    Args:
        arrival_s: sorted arrival times, s, shape (n,).
        service_s: time in work if warm, s, shape (n,) or scalar.
        keep_alive_s: life of an idle environment, s.
        cold_service_s: time in work if cold, s, shape (n,) or scalar (default: as warm).
        rounds: with another cold service, flags and departures are found in turn until both agree.
    Returns: PoolRun, exact; about two million requests a second for one round.
    Raises: ValueError when arrivals are not sorted, or the rounds do not settle.
    Source: METHOD.md "Warm pool".
    Assumes: the environment used last is reused first; the pool starts empty.
    """
    arrival = np.asarray(arrival_s, np.float64)
    if arrival.size == 0 or np.any(arrival[1:] < arrival[:-1]):
        raise ValueError(f"arrival_s holds {arrival.size} times; it needs one or more, sorted ascending")
    warm = np.broadcast_to(np.asarray(service_s, np.float64), arrival.shape)
    cold_time = warm if cold_service_s is None else np.broadcast_to(cold_service_s, arrival.shape)
    cold = np.zeros(arrival.size, dtype=np.bool_)
    for _ in range(rounds):
        departure = arrival + np.where(cold, cold_time, warm)
        settled, cold = cold, _cold_flags(arrival, departure, keep_alive_s)
        if cold_service_s is None or np.array_equal(settled, cold):
            return PoolRun(cold, _size_share(arrival, departure, cold, keep_alive_s))
    raise ValueError(f"rounds = {rounds} do not settle which requests are cold; use simulate_pool_events")


def _size_share(arrival: Array, departure: Array, cold: NDArray[np.bool_], life: float) -> Array:
    """Share of time at each pool size; an environment dies when its level was not reached for `life`."""
    order = np.argsort(departure, kind="stable")
    ended = departure[order]
    start = np.searchsorted(arrival, ended, side="right")
    left = start - np.arange(1, ended.size + 1)
    stop = np.searchsorted(arrival, ended + life, side="left")
    busy = np.arange(1, arrival.size + 1) - np.searchsorted(ended, arrival, side="right")
    died = ended[_range_max(busy, start, stop) <= left] + life
    return _time_shares(arrival[cold], died[died < arrival[-1]], arrival[0], arrival[-1])


def _time_shares(born: Array, died: Array, start: float, end: float) -> Array:
    times = np.concatenate((born, died))
    change = np.concatenate((np.ones(born.size, np.int64), -np.ones(died.size, np.int64)))
    order = np.lexsort((change, times))
    size = np.concatenate(([0], np.cumsum(change[order])))
    lasting = np.diff(np.concatenate(([start], times[order], [max(end, start)])))
    total = lasting.sum()
    if total == 0:
        return np.asarray(np.eye(int(size.max()) + 1)[-1])
    return np.asarray(np.bincount(size, weights=lasting) / total)


def simulate_pool_events(
    arrival_s: Array,
    service_s: Array,
    keep_alive_s: float,
    cold_service_s: Array | None = None,
    provisioned: int = 0,
    newest_first: bool = False,
) -> PoolRun:
    """The same as `simulate_pool`, event by event: slower (under a million requests a second), more general.

    Args:
        provisioned: environments kept initialised; requests take a free one of these first.
        newest_first: reuse the idle environment created last (SimFaaS's rule) rather than the one used last.
    Returns: PoolRun without the provisioned environments.
    """
    arrival = np.asarray(arrival_s, np.float64)
    warm = np.broadcast_to(np.asarray(service_s, np.float64), arrival.shape).tolist()
    cold_time = warm if cold_service_s is None else np.broadcast_to(cold_service_s, arrival.shape).tolist()
    kept: list[float] = []
    busy: list[tuple[float, int]] = []
    idle: dict[int, float] = {}  # environment -> idle since; in order of that
    flags = np.zeros(arrival.size, dtype=np.bool_)
    died: list[float] = []
    created = 0
    for i, now in enumerate(arrival.tolist()):
        while kept and kept[0] <= now:
            heapq.heappop(kept)
        if len(kept) < provisioned:
            heapq.heappush(kept, now + warm[i])
            continue
        while busy and busy[0][0] <= now:
            since, environment = heapq.heappop(busy)
            idle[environment] = since
        for environment in _expired(idle, now - keep_alive_s):
            died.append(idle.pop(environment) + keep_alive_s)
        if idle:
            environment = max(idle) if newest_first else next(reversed(idle))
            del idle[environment]
            heapq.heappush(busy, (now + warm[i], environment))
        else:
            flags[i], created = True, created + 1
            heapq.heappush(busy, (now + cold_time[i], created))
    return PoolRun(flags, _time_shares(arrival[flags], np.asarray(died), arrival[0], arrival[-1]))


def _expired(idle: dict[int, float], before: float) -> deque[int]:
    gone: deque[int] = deque()
    for environment, since in idle.items():
        if since > before:
            break
        gone.append(environment)
    return gone
