"""One thing at a time from its low to its high: what it does to totals, their difference and p99."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decide.ranges import Range, with_values
from model.decide.verdict import PLATFORMS
from model.evaluate import Comparison, evaluate
from model.scenario import Scenario

Array = NDArray[np.float64]

NOTHING = 1e-6  # effects below this share of the result are rounding


@dataclass(frozen=True)
class Swing:
    """What one range does. Each pair: result with the range at its low end, and at its high one.

    usd, p99_s: by platform. difference_usd: Lambda's total less Fargate's.
    """

    range: Range
    usd: dict[str, tuple[float, float]]
    p99_s: dict[str, tuple[float, float]]
    difference_usd: tuple[float, float]

    @property
    def width_usd(self) -> float:
        """How far the difference moves from one end to the other."""
        return abs(self.difference_usd[1] - self.difference_usd[0])


def tornado(scenario: Scenario, ranges: Sequence[Range]) -> tuple[Swing, ...]:
    """Each range at its low and its high end, everything else as it is, the widest swing of the difference first.

    Args: scenario: plain.
    Returns: those that move a total or a p99 at all; none if a price is missing.
    Source: METHOD.md "How sure".
    """
    count = 2 * len(ranges)
    if not count:
        return ()
    ends = {}
    for i, one in enumerate(ranges):
        stack = np.full(count + 1, one.now)
        stack[2 * i : 2 * i + 2] = one.low, one.high
        ends[one.name] = stack
    comparison = evaluate(with_values(scenario, ends))
    if any(getattr(comparison, name).bill.total_usd is None for name in PLATFORMS):
        return ()
    usd = {name: _full(getattr(comparison, name).bill.total_usd, count + 1) for name in PLATFORMS}
    p99_s = {name: _full(_p99_s(comparison, name), count + 1) for name in PLATFORMS}
    difference = usd["aws_lambda"] - usd["fargate"]
    swings = [
        Swing(
            one,
            {name: _pair(usd[name], i) for name in PLATFORMS},
            {name: _pair(p99_s[name], i) for name in PLATFORMS},
            _pair(difference, i),
        )
        for i, one in enumerate(ranges)
        if any(_moves(values, i) for values in (*usd.values(), *p99_s.values()))
    ]
    return tuple(sorted(swings, key=lambda swing: -swing.width_usd))


def _p99_s(comparison: Comparison, platform: str) -> Array:
    return np.asarray(getattr(comparison, platform).responses.quantile_s(0.99))


def _full(values: object, count: int) -> Array:
    return np.broadcast_to(np.asarray(values, np.float64), (count,))


def _pair(values: Array, i: int) -> tuple[float, float]:
    return float(values[2 * i]), float(values[2 * i + 1])


def _moves(values: Array, i: int) -> bool:
    return bool(np.any(np.abs(values[2 * i : 2 * i + 2] - values[-1]) > NOTHING * max(abs(values[-1]), 1e-9)))
