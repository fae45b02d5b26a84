"""One limit: what the scenario needs, what the platform gives, and what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.fields import Number

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Check:
    """One limit: what the scenario needs, what the platform gives.

    value, limit: in `unit`, scenario shape; None for a yes-or-no need. ok: scenario shape.
    raisable: whether it is a default that AWS (or a setting) raises, so that a miss is work to do and no obstacle.
    """

    platform: str
    check: str
    ok: NDArray[np.bool_] | bool
    value: Number | None
    limit: Number | None
    unit: str
    fact: str
    text: str
    raisable: bool = False

    @property
    def used_share(self) -> Array | None:
        """Value / limit: above 1 the limit is missed; None for a yes-or-no need, infinite for a limit of zero."""
        if self.value is None or self.limit is None:
            return None
        value, most = np.broadcast_arrays(np.asarray(self.value, np.float64), self.limit)
        none_allowed = np.where(value > 0, np.inf, 0.0)
        return np.divide(value, most, out=none_allowed, where=np.asarray(most) > 0)

    @property
    def left(self) -> Array | None:
        """Limit - value, in `unit`; negative by how much it is missed."""
        if self.value is None or self.limit is None:
            return None
        return np.asarray(np.asarray(self.limit, np.float64) - self.value)


def against(platform: str, name: str, value: Number, most: Number, unit: str, fact: str, text: str) -> Check:
    """A check of a value against another setting, or a product of limits."""
    return Check(platform, name, np.asarray(value) <= np.asarray(most), value, most, unit, fact, text)


def at_most(platform: str, name: str, value: Number, fact: str, unit: str, text: str) -> Check:
    """A check of a value against one published limit."""
    return against(platform, name, value, limit(fact), unit, fact, text)
