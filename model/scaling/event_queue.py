"""Events and messages that wait for a function: nothing is lost at once, and a queue's pollers grow by their own rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.scaling.fluid_queue import waited_steps
from model.scenario import Scenario

Array = NDArray[np.float64]

MINUTE_S = 60.0
DUST = 1e-9


class EventQueue:
    """The queues in front of N functions.

    Attributes: `pollers`: environments that the queue may keep in use now, (N,); `expired`: events given up in each
        step; `left`: events waiting at its end, both (steps, N).
    Source: METHOD.md "Scaling"; facts lambda.async_retry_window_s, sqs.retention_s, lambda.sqs_*.
    Assumes: pollers grow while events wait and go back to what is in use, five at least, once none do; a batch is
        worked off one message after the other, so a poller is one environment in use.
    """

    def __init__(
        self, arrivals: Array, retention_s: float, step_s: float, pollers: tuple[Array, float, float] | None
    ) -> None:
        self.step_s = step_s
        self.came = np.concatenate((np.zeros((1, arrivals.shape[1])), np.cumsum(arrivals, axis=0)))
        self.gone = np.zeros_like(self.came)
        self.expired = np.zeros_like(arrivals)
        self.retention = round(retention_s / step_s)
        endless = np.full(arrivals.shape[1], np.inf)
        self.pollers, self.ramp, self.most = (endless, 0.0, np.inf) if pollers is None else pollers
        self.waits = np.zeros(arrivals.shape[1], dtype=bool)
        self.few = 0.0 if pollers is None else limit("lambda.sqs_start_batches")

    @property
    def left(self) -> Array:
        return np.asarray((self.came - self.gone)[1:])

    @property
    def waited_s(self) -> Array:
        """How long the event whose turn it is at the end of each step has waited, s, (steps, N)."""
        return waited_steps(self.came, self.gone) * self.step_s

    def waiting(self, step: int) -> Array:
        """Events that want to be taken in this step: its own and those left from before."""
        return np.asarray(self.came[step + 1] - self.gone[step])

    def pass_through(self, start: int, end: int) -> None:
        """Steps in which everything is taken at once (later ones are overwritten if it was not)."""
        self.gone[start + 1 : end + 1] = self.came[start + 1 : end + 1]
        self.waits = np.zeros_like(self.waits)

    def take(self, step: int, events: Array) -> bool:
        """Some events are taken, others have waited too long; True while some are left."""
        gone = self.gone[step] + events
        if step + 1 > self.retention:
            self.expired[step] = np.maximum(self.came[step + 1 - self.retention] - gone, 0.0)
            gone = gone + self.expired[step]
        self.waits = waits = self.came[step + 1] - gone > DUST * (1 + self.came[step + 1])
        self.gone[step + 1] = np.where(waits, gone, self.came[step + 1])
        self.pollers = np.where(waits, np.minimum(self.pollers + self.ramp, self.most), self.pollers)
        return bool(waits.any())

    def rest(self, busy: Array) -> None:
        """Half a minute is over; where nothing waits, pollers go back to what was in use, (steps, N)."""
        if self.few:
            used = np.clip(busy.max(axis=0), self.few, self.most)
            self.pollers = np.where(self.waits, self.pollers, np.minimum(self.pollers, used))


def event_queue(scenario: Scenario, arrivals: Array, in_use: Array, step_s: float) -> EventQueue | None:
    """The queue in front of a function: SQS, Lambda's own for asynchronous events, or none."""
    if scenario.workload.queue:
        most = limit("lambda.sqs_max_concurrency")
        start = np.clip(in_use, limit("lambda.sqs_start_batches"), most)
        ramp = limit("lambda.sqs_ramp_per_min") / MINUTE_S * step_s
        return EventQueue(arrivals, limit("sqs.retention_s"), step_s, (start, ramp, most))
    if scenario.aws_lambda.invocation == "async":
        return EventQueue(arrivals, limit("lambda.async_retry_window_s"), step_s, None)
    return None
