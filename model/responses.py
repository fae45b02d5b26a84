"""Response times as a mixture, for those who need one percentile or one share of very many scenarios at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.distribution import lognormal_quantile, mixture_survival
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

    def later_than(self, t_s: Number) -> Array:
        """Share of requests not answered within t, those that gave up among them; shape S."""
        t = np.minimum(np.asarray(t_s, np.float64), self.timeout_s * (1 - 1e-12))
        return mixture_survival(t, self.shift_s, self.shift_share, self.handler_mean_s, self.handler_cv)

    def quantile_s(self, p: float) -> Array:
        """Time within which a share p is answered, s, shape S; the timeout if more than 1 - p gave up.

        Returns: within 0.2 % of the mixture's quantile, more where a point mass sits.
        Source: METHOD.md "Latency". Halving and the Illinois rule in turns, on the logarithms of time and survival.
        """
        shape, wanted = self.handler_mean_s.shape, np.log(1 - p)
        handler = lognormal_quantile(p, self.handler_mean_s, self.handler_cv)  # no response is faster
        slowest = handler + np.where(self.shift_share > 1e-12, self.shift_s, 0.0).max(axis=-1)  # nor slower
        low = np.log(np.minimum(handler * (1 - 1e-9), self.timeout_s / 2)).reshape(-1)
        high = np.log(np.minimum(slowest * (1 + 1e-6), self.timeout_s * (1 - 1e-12))).reshape(-1)
        parts = [np.reshape(part, (low.size, -1)) for part in (self.shift_s, self.shift_share)]
        flat: list[Array] = [*parts, self.handler_mean_s.reshape(-1), self.handler_cv.reshape(-1)]
        found = np.exp(high)
        above, below = _excess(low, wanted, *flat), _excess(high, wanted, *flat)
        given_up = below > 1e-6
        found[given_up] = self.timeout_s.reshape(-1)[given_up]
        open_: NDArray[np.intp] = np.flatnonzero(~given_up)
        side = np.zeros(low.shape)
        low, high, above, below = (x[open_] for x in (low, high, above, below))
        side = side[open_]
        flat = [part[open_] for part in flat]
        for step in range(QUANTILE_STEPS):
            share = np.clip(above / np.maximum(above - below, 1e-300), 1e-3, 1 - 1e-3)
            middle = (low + high) / 2 if step % 2 else low + (high - low) * share
            at = _excess(middle, wanted, *flat)
            late = at > 0
            below = np.where(late, np.where(side > 0, below / 2, below), at)
            above = np.where(late, at, np.where(side < 0, above / 2, above))
            side = np.where(late, 1.0, -1.0)
            low, high = np.where(late, middle, low), np.where(late, high, middle)
            close = np.abs(at) < CLOSE
            share = np.clip(above / np.maximum(above - below, 1e-300), 0.0, 1.0)
            found[open_] = np.exp(np.where(close, middle, low + (high - low) * share))
            on = ~close & (high - low > CLOSE)
            if not on.any():
                break
            if on.mean() < 0.8:  # those still open go on alone
                low, high, above, below, side = (x[on] for x in (low, high, above, below, side))
                open_ = open_[on]
                flat = [part[on] for part in flat]
        return found.reshape(shape)


def _excess(log_t: Array, wanted: float, shift: Array, share: Array, mean: Array, cv: Array) -> Array:
    """Logarithm of the share of requests later than t, less the wanted one."""
    over = mixture_survival(np.exp(log_t), shift, share, mean, cv)
    return np.asarray(np.log(np.maximum(over, 1e-12)) - wanted)
