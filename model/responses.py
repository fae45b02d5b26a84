"""Response times as a mixture or a table; the mixture also for those who need one percentile or one share of very many scenarios at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.distribution import lognormal_quantile, mixture_survival, normal_cdf, normal_quantile
from model.fields import Number

Array = NDArray[np.float64]

QUANTILE_STEPS = 14
CLOSE = 3e-4  # of the logarithms of time and of survival


@dataclass(frozen=True)
class Responses:
    """Response time = one of the shifts, with its share, plus a lognormal handler time, cut at the timeout.

    shift_s, shift_share: shape S + (atoms,); handler_mean_s, handler_cv, timeout_s: shape S.
    """

    shift_s: Array
    shift_share: Array
    handler_mean_s: Array
    handler_cv: Array
    timeout_s: Array

    def survival(self, t_s: Array) -> Array:
        """P(time > t) if nobody gave up; t_s: S or S + (times,)."""
        more = tuple(range(self.handler_mean_s.ndim, t_s.ndim))
        mean, cv, shift, share = (
            np.expand_dims(x, more)
            for x in (self.handler_mean_s, self.handler_cv, self.shift_s, self.shift_share)
        )
        return mixture_survival(t_s, shift, share, mean, cv)

    def later_than(self, t_s: Number) -> Array:
        """Share of requests not answered within t, those that gave up among them; shape S."""
        t = np.minimum(np.asarray(t_s, np.float64), self.timeout_s * (1 - 1e-12))
        return mixture_survival(t, self.shift_s, self.shift_share, self.handler_mean_s, self.handler_cv)

    def quantile_s(self, p: float) -> Array:
        """Time within which a share p is answered, s, shape S; the timeout if more than 1 - p gave up.

        Returns: within 0.2 % of the mixture's quantile, more where a point mass sits.
        Source: METHOD.md "Latency". Halving and the Illinois rule in turns, on the logarithms of time and survival.
        """
        handler = lognormal_quantile(p, self.handler_mean_s, self.handler_cv)  # no response is faster
        slowest = handler + np.where(self.shift_share > 1e-12, self.shift_s, 0.0).max(axis=-1)  # nor slower
        size = self.handler_mean_s.size
        flat: list[Array] = [np.reshape(x, (size, -1)) for x in (self.shift_s, self.shift_share)]
        flat += [self.handler_mean_s.reshape(-1), self.handler_cv.reshape(-1)]

        def later(t_s: Array, rows: NDArray[np.intp]) -> Array:
            return mixture_survival(t_s, *(part[rows] for part in flat))

        return quantile_between(p, later, handler, slowest, self.timeout_s)


def quantile_between(
    p: float,
    later: Callable[[Array, NDArray[np.intp]], Array],
    fastest_s: Array,
    slowest_s: Array,
    timeout_s: Array,
) -> Array:
    """Time within which a share p is answered, from a falling share that is later.

    Args: later: share later than t for some rows, given t and the rows' numbers; fastest_s, slowest_s: bounds;
        timeout_s: the answer where more than 1 - p is later than that. All of shape S, rows counted in it.
    Returns: s, shape S, within 0.2 %: halving and the Illinois rule in turns, on the logarithms of time and share.
    """
    wanted, shape = np.log(1 - p), timeout_s.shape

    def excess(log_t: Array, rows: NDArray[np.intp]) -> Array:
        return np.asarray(np.log(np.maximum(later(np.exp(log_t), rows), 1e-12)) - wanted)

    timeout = timeout_s.reshape(-1)
    low = np.log(np.minimum(fastest_s.reshape(-1) * (1 - 1e-9), timeout / 2))
    high = np.log(np.minimum(slowest_s.reshape(-1) * (1 + 1e-6), timeout * (1 - 1e-12)))
    rows: NDArray[np.intp] = np.arange(timeout.size)
    above, below = excess(low, rows), excess(high, rows)
    found = np.where(below > 1e-6, timeout, np.exp(high))
    rows = np.flatnonzero(below <= 1e-6)
    low, high, above, below = (x[rows] for x in (low, high, above, below))
    side = np.zeros(low.shape)
    for step in range(QUANTILE_STEPS):
        share = np.clip(above / np.maximum(above - below, 1e-300), 1e-3, 1 - 1e-3)
        middle = (low + high) / 2 if step % 2 else low + (high - low) * share
        at = excess(middle, rows)
        late = at > 0
        below = np.where(late, np.where(side > 0, below / 2, below), at)
        above = np.where(late, at, np.where(side < 0, above / 2, above))
        side = np.where(late, 1.0, -1.0)
        low, high = np.where(late, middle, low), np.where(late, high, middle)
        close = np.abs(at) < CLOSE
        share = np.clip(above / np.maximum(above - below, 1e-300), 0.0, 1.0)
        found[rows] = np.exp(np.where(close, middle, low + (high - low) * share))
        on = ~close & (high - low > CLOSE)
        if not on.any():
            break
        if on.mean() < 0.8:  # those still open go on alone
            rows = rows[on]
            low, high, above, below, side = (x[on] for x in (low, high, above, below, side))
    return found.reshape(shape)


@dataclass(frozen=True)
class Table:
    """A distribution at some times, with lines between them: log time against the normal's quantile of the share.

    grid_s: S or less + (times,), rising; beyond: P(time > grid_s), S + (times,), falling.
    """

    grid_s: Array
    beyond: Array

    def survival(self, t_s: Array) -> Array:
        """P(time > t): 1 before the grid, its last value after it; t_s: S or S + (times,)."""
        shape = self.beyond.shape[:-1]
        single = t_s.ndim <= len(shape)
        t = t_s[..., None] if single else t_s
        t = np.log(np.maximum(np.broadcast_to(t, (*shape, t.shape[-1])), 1e-300))
        grid = np.broadcast_to(np.log(self.grid_s), self.beyond.shape)
        after = (grid[..., None, :] <= t[..., None]).sum(axis=-1)
        share = normal_cdf(_on_line(t, grid, self._score, after))
        share = np.where(after > 0, share, 1.0)
        return np.asarray(share[..., 0] if single else share)

    def quantile_s(self, share: Array) -> Array:
        """Time that so much of the distribution lies beyond, S + (shares,); an end of the grid if it lies outside."""
        grid = np.broadcast_to(np.log(self.grid_s), self.beyond.shape)
        score, wanted = self._score, normal_quantile(share)
        after = (score[..., None, :] > wanted[:, None]).sum(axis=-1)
        return np.asarray(np.exp(_on_line(-np.broadcast_to(wanted, after.shape), -score, grid, after)))

    @property
    def _score(self) -> Array:
        return normal_quantile(np.clip(self.beyond, 1e-12, 1 - 1e-12))


def _on_line(at: Array, x: Array, y: Array, after: NDArray[np.intp]) -> Array:
    """y at `at`, which has `after` of the rising x before it; the first or last y outside."""
    low, high = np.maximum(after - 1, 0), np.minimum(after, x.shape[-1] - 1)
    x_low, x_high, y_low, y_high = (
        np.take_along_axis(series, end, axis=-1) for series in (x, y) for end in (low, high)
    )
    part = np.divide(at - x_low, x_high - x_low, out=np.zeros(at.shape), where=x_high > x_low)
    return np.asarray(y_low + np.clip(part, 0.0, 1.0) * (y_high - y_low))
