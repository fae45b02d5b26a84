"""What a function's environments did before now, and when idle ones go away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXPIRY_S = 30.0  # idle environments expire in groups, this often


class Past:
    """A cumulative series, read at moments between and before its steps (time first, N functions)."""

    def __init__(self, steps: int, back_steps: Array, per_step: Array) -> None:
        self.lead = int(np.ceil(back_steps.max())) + 1
        self.sums = np.zeros((self.lead + steps + 1, len(back_steps)))
        self.sums[: self.lead] = np.arange(-self.lead, 0)[:, None] * per_step
        self.trivial = bool((back_steps <= 1).all())
        beyond = 1 - np.maximum(back_steps, 1.0)  # what entered in the step itself is counted elsewhere
        whole = np.floor(beyond)
        self.part, self.shift = beyond - whole, whole.astype(np.intp) + self.lead
        self.functions = np.arange(len(back_steps))
        self.same_shift = int(self.shift[0]) if (self.shift == self.shift[0]).all() else None

    def row(self, step: int) -> Array:
        return np.asarray(self.sums[self.lead + step])

    def since(self, start: int, end: int) -> Array:
        """What entered before each step start … end - 1 but not longer than back_steps before its end."""
        if self.trivial:
            return np.zeros((end - start, len(self.part)))
        now = self.sums[self.lead + start : self.lead + end]
        if self.same_shift is None:
            rows = np.arange(start, end)[:, None] + self.shift
            older, newer = self.sums[rows, self.functions], self.sums[rows + 1, self.functions]
        else:
            first, last = start + self.same_shift, end + self.same_shift
            older, newer = self.sums[first:last], self.sums[first + 1 : last + 1]
        return np.asarray(now - older - self.part * (newer - older))

    def at(self, step: int) -> Array | float:
        """`since` for one step, quickly."""
        if self.trivial:
            return 0.0
        if self.same_shift is None:
            return np.asarray(self.since(step, step + 1)[0])
        older, newer = self.sums[step + self.same_shift], self.sums[step + self.same_shift + 1]
        return np.asarray(self.sums[self.lead + step] - older - self.part * (newer - older))


class Expiry:
    """Idle environments expire: what is alive is the most that were busy within the keep-alive time."""

    def __init__(self, keep_s: Array, step_s: float, alive: Array, kept: Array) -> None:
        self.group = max(1, round(EXPIRY_S / step_s))
        self.groups, self.kept = np.maximum(1.0, np.round(keep_s / (self.group * step_s))), kept
        self.most = [alive]

    def next_step(self, step: int) -> int:
        return (step // self.group + 1) * self.group

    def survivors(self, busy: Array) -> Array:
        """Environments alive after one more group of steps, given those in use in each."""
        self.most.append(busy.max(axis=0))
        self.most = self.most[-int(self.groups.max()) :]
        age = np.arange(len(self.most))[::-1, None]
        most = np.where(age < self.groups, np.asarray(self.most), 0.0).max(axis=0)
        return np.asarray(np.maximum(most, self.kept))
