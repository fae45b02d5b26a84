"""One container: a CPU that requests share, time they wait for others, and a limit on how many are inside.

A request computes (at a CPU that serves all present at once) and waits (with nobody in its way). Both have a product
form whatever the spread of the times, so a container with n requests inside finishes them at a rate that follows
from n alone (Norton's theorem), and the number in and before it is a birth-death chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.fields import Number

Array = NDArray[np.float64]

MOST_PLACES = 1000
"""Places that are followed one by one; more are scaled down at equal spare places in units of their square root."""


@dataclass(frozen=True)
class Crowd:
    """What requests meet at a container, broadcast shape of the arguments.

    p_full: share that finds all places taken and stands in line; slowdown: mean time at the CPU / time there alone
    of the others; full_slowdown: the same while all places are taken; per_s: rate at which requests are finished
    then.
    """

    p_full: Array
    slowdown: Array
    full_slowdown: Array
    per_s: Array


def throughput_per_s(servers: Number, computing_s: Number, waiting_s: Number, places: Number) -> Array:
    """Requests a container finishes per second while all its places are taken.

    Args: servers: CPU in units of what one request can use, >= 1; computing_s, waiting_s: of a request alone, s;
        places: requests inside at most.
    Returns: 1/s; exact up to 1,000 places; infinite if a request takes no time.
    Source: METHOD.md "Latency": G(n - 1)/G(n), G the convolution of the stations' weights (J. P. Buzen 1973).
    """
    c, b, w, most = _arrays(servers, computing_s, waiting_s, places)
    bound = _bound_per_s(c, b, w, most)
    rate = 0.9 * np.where(np.isfinite(bound), bound, 0.0)
    if np.all(_never_idle(c, b, w, most)):
        return bound
    few, shorter_s = _scaled(rate, b, w, most)
    last, before, *_ = _sums(c, rate * b, rate * shorter_s, few)
    ratio = np.divide(before, last, out=np.full(last.shape, np.inf), where=last > 0)
    share = np.minimum(rate * ratio / np.maximum(_bound_per_s(c, b, shorter_s, few), 1e-300), 1.0)
    missing = (1 - share) * np.sqrt(few / most)
    return np.asarray(np.where(np.isfinite(bound), bound * (1 - missing), np.inf))


def crowd(
    servers: Number, computing_s: Number, waiting_s: Number, places: Number, utilisation: Number
) -> Crowd:
    """What a request meets at a container whose arrivals are `utilisation` of its throughput.

    Args: as of throughput_per_s; utilisation: 0 <= u < 1.
    Returns: Crowd; exact for M/M/c, M/G/c with processor sharing and enough places, M/M/K that only waits.
    Source: METHOD.md "Latency"; Little's law turns numbers into times.
    Assumes: Poisson arrivals; inside, the product form holds while there is a line, too.
    """
    top = throughput_per_s(servers, computing_s, waiting_s, places)
    c, b, w, most, u, top = _arrays(servers, computing_s, waiting_s, places, utilisation, top)
    rate = np.where(np.isfinite(top), np.maximum(u, 1e-6) * np.where(np.isfinite(top), top, 0.0), 0.0)
    few, shorter_s = _scaled(rate, b, w, most)
    last, before, free, inside = _sums(c, rate * b, rate * shorter_s, few)
    p_full = last / np.maximum(last + free * (1 - u), 1e-300)
    # By Little, all inside are the rate times the mean time inside. Those who stood in line stay with all places taken.
    line = last / (1 - u)
    full_time_s = np.divide(few * last, rate * before, out=np.asarray(shorter_s + b), where=rate * before > 0)
    others = inside + line * few - rate * line * full_time_s
    time_s = np.divide(others, rate * free, out=np.asarray(shorter_s + b), where=rate * free > 0)
    full_s = most / np.maximum(top, 1e-300)
    return Crowd(p_full, _slow(time_s - shorter_s, b), _slow(full_s - w, b), top)


def _slow(taken_s: Array, computing_s: Array) -> Array:
    alone = np.where(computing_s > 0, computing_s, 1.0)
    return np.where(computing_s > 0, np.maximum(taken_s / alone, 1.0), 1.0)


def _arrays(*values: Number) -> tuple[Array, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(value, np.float64) for value in values)))


def _bound_per_s(c: Array, b: Array, w: Array, most: Array) -> Array:
    """By the CPU, or by places, whichever is less: what no container exceeds."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(c / b, most / (b + w)))


def _never_idle(c: Array, b: Array, w: Array, most: Array) -> NDArray[np.bool_]:
    """So many places, or so little waiting, that a full container keeps its CPU busy (or there is no CPU to share)."""
    waiting = np.divide(w * c, b, out=np.zeros(b.shape), where=b > 0)
    return (b <= 0) | (most >= c + waiting + 10 * np.sqrt(waiting) + 10) | ((w <= 0) & (most >= c))


def _scaled(rate: Array, b: Array, w: Array, most: Array) -> tuple[Array, Array]:
    """Fewer places and shorter waiting with the same spare places in units of their square root."""
    few = np.minimum(most, MOST_PLACES)
    waiting = np.maximum(few - (most - rate * w) * np.sqrt(few / most), 0.0)
    shorter_s = np.divide(waiting, rate, out=w.copy(), where=(rate > 0) & (most > few))
    return few, shorter_s


def _sums(c: Array, computing: Array, waiting: Array, places: Array) -> tuple[Array, Array, Array, Array]:
    """Weights of the numbers inside: of all places taken, of one free; the sum below, and that times the number.

    Args: computing, waiting: mean numbers that would be there alone; places: whole, at most MOST_PLACES.
    """
    most, few = int(places.max()), int(np.ceil(c.max()))
    at_cpu = np.empty((few + 1, *c.shape))  # weights of 0 … few - 1 at the CPU; from `few` on they fall geometrically
    at_cpu[0] = 1.0
    for number in range(1, few + 1):
        at_cpu[number] = at_cpu[number - 1] * computing / np.minimum(number, c)
    falls = computing / c
    # A common factor keeps the sums within range; it cancels in every ratio.
    log_waiting = np.log(np.maximum(waiting, 1e-300))
    recent = np.zeros((few + 1, *c.shape))
    tail, last, before, free, inside, weight = (np.zeros(c.shape) for _ in range(6))
    log_factorial = 0.0
    for number in range(most + 1):
        log_factorial += np.log(max(number, 1))
        recent = np.roll(recent, 1, axis=0)
        recent[0] = np.exp(number * log_waiting - waiting - log_factorial)
        tail = tail * falls + at_cpu[few] * recent[few]
        previous, weight = weight, (at_cpu[:few] * recent[:few]).sum(axis=0) + tail
        below = number < places
        free = free + weight * below
        inside = inside + number * weight * below
        here = number == places
        last, before = np.where(here, weight, last), np.where(here, previous, before)
    return last, before, free, inside
