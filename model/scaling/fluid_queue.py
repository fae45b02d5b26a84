"""First come, first served: what is served, waits and gives up when many small requests flow like a fluid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class FluidQueue:
    """Queues of N services side by side, filled block by block; all series are cumulative, time first.

    Args: arrivals: requests per step, shape (steps, N); timeout_steps: longest wait, in steps, shape (N,);
        keeps: requests are kept even while nobody serves.
    Attributes: `arrived` (let in), `departed` (served or given up), `lost` (given up), each (steps + 1, N).
    Source: METHOD.md "Scaling": D(t) = max(min(D(t-1) + capacity, A(t)), A(t - timeout)).
    """

    def __init__(self, arrivals: Array, timeout_steps: Array, *, keeps: bool = False) -> None:
        steps, services = arrivals.shape
        self.arrivals, self.timeout_steps = arrivals, timeout_steps
        self.arrived = np.zeros((steps + 1, services))
        self.departed = np.zeros((steps + 1, services))
        self.lost = np.zeros((steps + 1, services))
        self.keeps, self.empty = keeps, True

    def advance(self, start: int, end: int, capacity: Array) -> None:
        """Serve steps start … end - 1 with `capacity` requests per step; where it is 0 nobody is let in (unless `keeps`)."""
        arrivals = self.arrivals[start:end]
        if not self.keeps and not capacity.all():
            arrivals = arrivals * (capacity > 0)
        arrived = self.arrived[start + 1 : end + 1]
        np.add.accumulate(arrivals, axis=0, out=arrived)
        arrived += self.arrived[start]
        if self.empty and (arrivals <= capacity).all():
            self.departed[start + 1 : end + 1] = arrived
            self.lost[start + 1 : end + 1] = self.lost[start]
        else:
            self._work_off(start, end, np.minimum(capacity, arrived[-1] - self.departed[start]))

    def _work_off(self, start: int, end: int, capacity: Array) -> None:
        """Advance with a backlog: departures less cumulative capacity only fall to `upper` or rise to `lower`."""
        arrived, used = self.arrived[start + 1 : end + 1], np.cumsum(capacity, axis=0)
        upper, lower = arrived - used, self._too_old(start, end) - used
        served = np.minimum(np.minimum.accumulate(upper, axis=0), self.departed[start])
        level = served
        if (served < lower).any():
            served, level = _between(self.departed[start], lower, upper)
        self.departed[start + 1 : end + 1] = np.minimum(level + used, arrived)
        self.lost[start + 1 : end + 1] = self.lost[start] + np.cumsum(level - served, axis=0)
        self.empty = bool((self.departed[end] >= self.arrived[end]).all())

    def _too_old(self, start: int, end: int) -> Array:
        """A(t - timeout): requests let in so long ago that they are served or gone by the end of each step."""
        rows = np.maximum(np.arange(start + 1, end + 1)[:, None] - self.timeout_steps, 0.0)
        whole = rows.astype(np.intp)
        services = np.arange(self.arrivals.shape[1])
        older, newer = self.arrived[whole, services], self.arrived[np.minimum(whole + 1, end), services]
        return np.asarray(older + (rows - whole) * (newer - older))

    @property
    def waited_steps(self) -> Array:
        """How long the request whose turn it is at the end of each step has waited, in steps, (steps, N)."""
        return waited_steps(self.arrived, self.departed)


def waited_steps(arrived: Array, departed: Array) -> Array:
    """How long the request whose turn it is at the end of each step has waited, in steps, (steps, N).

    Args: arrived, departed: cumulative, first come first served, (steps + 1, N).
    """
    arrived, departed = arrived.T, departed.T
    steps = arrived.shape[1] - 1
    if (arrived <= departed).all():
        return np.zeros((steps, len(arrived)))
    # One interpolation for all services: each is scaled to 0…1 and moved to its own range of numbers.
    scale, offset = np.maximum(arrived[:, -1:], 1e-300), 2.0 * np.arange(len(arrived))[:, None]
    let_in = np.tile(np.arange(steps + 1.0), len(arrived))
    turn = np.interp((departed / scale + offset).ravel(), (arrived / scale + offset).ravel(), let_in)
    waited = np.arange(steps + 1.0) - turn.reshape(arrived.shape)
    waiting = arrived - departed > 1e-9 * scale
    return np.asarray(np.where(waiting, np.maximum(waited, 0.0), 0.0)[:, 1:].T)


def _between(level: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Step by step: `served` is the level pressed down to upper, `level` that lifted to lower."""
    served, lifted = np.empty_like(upper), np.empty_like(upper)
    for i in range(len(upper)):
        np.minimum(level, upper[i], out=served[i])
        np.maximum(served[i], lower[i], out=lifted[i])
        level = lifted[i]
    return served, lifted
