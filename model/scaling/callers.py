"""Callers of a function that get a 429: they try again after a while, or give up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.scenario import Scenario

Array = NDArray[np.float64]


class Callers:
    """Callers of N functions who wait for their next try.

    Before retry k (1, 2, …) a caller waits retry_backoff_s · 2^(k−1); after client_retries, or once the next try
    would come later than timeout_s after the first, the request is lost.
    Attributes: `waiting`: requests between two tries, (N,); `tried_s`: longest time since the first try of those
        that try in a step, s, (steps, N).
    Assumes: tries of a step are refused in proportion, whatever their number; a retry due within the same step
        fails like the try before it.
    """

    def __init__(self, scenario: Scenario, shape: tuple[int, ...], steps: int, step_s: float) -> None:
        def flat(value: object) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

        workload = scenario.workload
        most, backoff_s = flat(workload.client_retries), flat(workload.retry_backoff_s)
        self.tries = int(most.max())
        number = np.arange(self.tries + 1)[:, None]
        self.since_s = backoff_s * (2.0**number - 1)  # since the first try
        self.allowed = (number < most) & (backoff_s * (2.0 ** (number + 1) - 1) <= flat(workload.timeout_s))
        at = np.minimum(
            np.round(backoff_s * (2.0 ** np.arange(self.tries + 2)[:, None] - 1) / step_s), 2.0**40
        )
        self.delay = np.diff(at, axis=0).astype(np.int64)
        self.due = np.zeros((self.tries, steps if self.tries else 0, len(most)))
        self.waiting, self.last_due, self.steps = np.zeros_like(most), -1, steps
        self.tried_s = np.zeros((steps, len(most)))

    def open(self, step: int) -> bool:
        """Whether somebody tries again at this step or later."""
        return step <= self.last_due

    def tries_at(self, step: int, arrivals: Array) -> Array:
        """Requests of a step by the number of tries before, (tries + 1, N)."""
        if not self.open(step):
            return arrivals[None]
        by_try = np.concatenate((arrivals[None], self.due[:, step]))
        self.waiting = np.maximum(self.waiting - by_try[1:].sum(axis=0), 0.0)
        self.tried_s[step] = (self.since_s * (by_try > 0)).max(axis=0)
        return np.asarray(by_try)

    def refuse(self, step: int, refused: Array) -> tuple[Array, Array]:
        """Some of a step's tries, by number, get a 429: how many requests are lost by it, how many 429s there are."""
        lost, responses, at_once = np.zeros_like(self.waiting), np.zeros_like(self.waiting), 0.0
        functions = np.arange(len(lost))
        for number in range(self.tries + 1):
            now = at_once + (refused[number] if number < len(refused) else 0.0)
            responses = responses + now
            again = np.where(self.allowed[number], now, 0.0)
            lost = lost + (now - again)
            delay = self.delay[number]
            at_once = np.where(delay == 0, again, 0.0)
            later = again - at_once
            if number < self.tries and later.any():
                due = step + delay
                inside = (due < self.steps) & (later > 0)
                self.due[number, due[inside], functions[inside]] += later[inside]
                self.waiting = self.waiting + later
                self.last_due = max(self.last_due, int(due[inside].max(initial=-1)))
        return lost, responses
