"""Which single requests are cold, exactly: vectorised for many, event by event for more general rules."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PoolRun:
    """What happened to single requests.

    cold: whether each request, in order of arrival, waited for a new environment.
    size_share: share of time with 0, 1, 2, … environments, from the first to the last arrival.
    lost: requests that found no environment and the pool at its limit.
    """

    cold: NDArray[np.bool_]
    size_share: Array
    lost: int = 0

    @property
    def p_cold(self) -> float:
        return float(self.cold.mean())

    @property
    def environments_mean(self) -> float:
        return float(self.size_share @ np.arange(self.size_share.size))

    @property
    def environments_max(self) -> int:
        return self.size_share.size - 1


def simulate_pool(
    arrival_s: Array,
    service_s: Array,
    keep_alive_s: float,
    cold_service_s: Array | None = None,
    rounds: int = 60,
    from_s: float = -np.inf,
) -> PoolRun:
    """Every cold start of given requests, exactly, from the order of arrivals and departures.

    Args:
        arrival_s: sorted arrival times, s, shape (n,).
        service_s: time in work if warm, s, shape (n,) or scalar.
        keep_alive_s: life of an idle environment, s.
        cold_service_s: time in work if cold, s, shape (n,) or scalar (default: as warm).
        rounds: with another cold service, flags and departures are found in turn until both agree.
        from_s: what arrives earlier only warms the pool and is not counted.
    Returns: PoolRun, exact; some millions of requests a second for one round.
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
        settled = cold
        cold, died = _cold_and_died(arrival, departure, keep_alive_s)
        if cold_service_s is None or np.array_equal(settled, cold):
            died = died[died < arrival[-1]]
            shares = _time_shares(arrival[cold], died, max(arrival[0], from_s), arrival[-1])
            return PoolRun(cold[arrival >= from_s], shares)
    raise ValueError(f"rounds = {rounds} do not settle which requests are cold; use simulate_pool_events")


def _cold_and_died(
    arrival: Array, departure: Array, life: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether each arrival finds nobody idle, and when environments die, s.

    The n-th environment is in use while n or more requests are in work. So it is taken by the arrivals that raise
    their number to n, and set free by the departures that lower it from n, in turns: cold is who takes one that was
    never used, or was set free `life` ago or earlier.
    """
    ended = np.sort(departure)
    gone = np.searchsorted(ended, arrival, side="right")  # who leaves goes first
    place = gone + np.arange(arrival.size)
    comes = np.zeros(2 * arrival.size, dtype=np.bool_)  # arrivals and departures in order
    comes[place] = True
    time = np.empty(comes.size)
    time[place], time[~comes] = arrival, ended
    came = np.cumsum(comes, dtype=np.int32)
    # How many are in work, who comes or goes included.
    level = 2 * came - np.arange(comes.size, dtype=np.int32) - comes
    # NumPy sorts short integers fastest; of equal levels the earlier stays first.
    order = np.argsort(level.astype(np.int16 if level.max() < 32_000 else np.int64), kind="stable")
    level, time_there, takes = level[order], time[order], comes[order]
    again = np.concatenate(([False], level[1:] == level[:-1]))
    before = np.concatenate(([-np.inf], time_there[:-1]))
    new = takes & (level > 0) & ~(again & (before > time_there - life))
    last = ~takes & ~np.concatenate((again[1:], [False]))
    cold = np.zeros(comes.size, dtype=np.bool_)
    cold[order[new]] = True
    return cold[place], np.concatenate((before[new & again], time_there[last])) + life


def _time_shares(born: Array, died: Array, start: float, end: float) -> Array:
    times = np.concatenate((born, died))
    change = np.concatenate((np.ones(born.size, np.int64), -np.ones(died.size, np.int64)))
    order = np.lexsort((change, times))
    size = np.concatenate(([0], np.cumsum(change[order])))
    edges = np.concatenate(([start], times[order], [end]))
    lasting = np.diff(np.clip(edges, start, max(end, start)))
    total = lasting.sum()
    if total == 0:
        return np.asarray(np.eye(int(size.max()) + 1)[-1])
    seen = size[: int(np.flatnonzero(lasting)[-1]) + 1]
    shares = np.bincount(size, weights=lasting, minlength=int(seen.max()) + 1) / total
    return np.asarray(np.trim_zeros(shares, "b"))


def simulate_pool_events(
    arrival_s: Array,
    service_s: Array,
    keep_alive_s: float,
    cold_service_s: Array | None = None,
    provisioned: int = 0,
    newest_first: bool = False,
    most: int | None = None,
    from_s: float = -np.inf,
) -> PoolRun:
    """The same as `simulate_pool`, event by event: slower (under a million requests a second), more general.

    Args:
        provisioned: environments kept initialised; requests take a free one of these first.
        newest_first: reuse the idle environment created last (SimFaaS's rule) rather than the one used last.
        most: environments that may be busy at once, provisioned ones included; requests beyond them are lost.
        from_s: what arrives earlier only warms the pool and is not counted.
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
    created, refused = 0, np.zeros(arrival.size, dtype=np.bool_)
    beyond = np.inf if most is None else max(most - provisioned, 0)
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
        elif len(busy) >= beyond:
            refused[i] = True
        else:
            flags[i], created = True, created + 1
            heapq.heappush(busy, (now + cold_time[i], created))
    counted = arrival >= from_s
    shares = _time_shares(arrival[flags], np.asarray(died), max(arrival[0], from_s), arrival[-1])
    return PoolRun(flags[counted], shares, int(refused[counted].sum()))


def _expired(idle: dict[int, float], before: float) -> deque[int]:
    gone: deque[int] = deque()
    for environment, since in idle.items():
        if since > before:
            break
        gone.append(environment)
    return gone
