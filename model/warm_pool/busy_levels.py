"""Busy counts of M/M/inf, and how long each lasts before it is exceeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_LEVELS = 192
SMALL = 1e-12


@dataclass(frozen=True)
class BusyLevels:
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

    def up_to(self, number: Array) -> Array:
        """P(N <= number), straight lines in the logarithm between the levels; 1 above them."""
        place = np.clip((number - self.n[..., 0]) / self.stride[..., 0], 0.0, self.n.shape[-1] - 1.0)
        index = np.minimum(place.astype(np.int64), self.n.shape[-1] - 2)[..., None]
        logs = np.log(np.maximum(self.share_up_to, 1e-300))
        low = np.take_along_axis(logs, index, axis=-1)[..., 0]
        high = np.take_along_axis(logs, index + 1, axis=-1)[..., 0]
        between = np.exp(low + (place - index[..., 0]) * (high - low))
        return np.where(number >= self.n[..., -1], 1.0, between)


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


def busy_levels(load: Array) -> BusyLevels:
    """First-passage ingredients for every offered load (any shape).

    Source: METHOD.md "Warm pool". With time in 1/lambda and P_n = sum of Poisson shares pi up to n, the
    factorial moments of the passage n -> n+1 obey pi_n g_k = sum over j <= n of pi_j t_k(j), where
    t_1 = P/pi's increment, t_k = sum of A_(j-1) g_(k-j), A_0 = g_1, A_j = g_(j+1) - t_(j+1).
    """
    a = np.maximum(load, SMALL)[..., None]
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
    return BusyLevels(a[..., 0], n, stride, share, up_to, weight, node * g1 / a, g1 / a)


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
    p = np.maximum(b * b / 3 - c, SMALL**2)
    q = (2 * b**3 - 9 * b * c) / 27 + d
    radius = 2 * np.sqrt(p / 3)
    angle = np.arccos(np.clip(-4 * q / radius**3, -1.0, 1.0)) / 3
    turn = np.array([0.0, 2.0, 4.0]).reshape(-1, *[1] * b.ndim) * np.pi / 3
    return np.asarray(radius * np.cos(angle - turn) - b / 3)
