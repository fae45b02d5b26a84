"""Provisioned concurrency that follows its utilisation: alarms, allocation, and the wait until it is usable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.scaling.policy import MINUTE_S, ROUNDING, Alarm
from model.scenario import Scenario

Array = NDArray[np.float64]


class TrackedProvisioning:
    """Provisioned environments of N functions under target tracking.

    Args: target: share of them that shall be in use; least, most: bounds of their number; in_use: environments in
        use at the start; all (N,).
    Attributes: `kept`: usable now, (N,).
    Source: METHOD.md "Scaling"; facts lambda.pc_*, target_tracking.datapoint_age_s, datapoints_in_at_60_s.
    Assumes: the metric is the mean over a minute, and its datapoint is seen as late as that of ECS; nothing is asked
        for while a request is under way; less is released at once.
    """

    def __init__(
        self, scenario: Scenario, target: Array, least: Array, most: Array, in_use: Array, step_s: float
    ) -> None:
        self.target, self.least = target, np.minimum(np.maximum(least, 1.0), most)
        self.most = most
        self.kept: Array = np.clip(np.ceil(in_use / target - ROUNDING), self.least, most)
        self.asked, self.ready_at = self.kept, np.full(most.shape, np.inf)
        self.period = max(1, round(limit("lambda.pc_tracking_period_s") / step_s))
        self.age = int(float(np.max(scenario.assumed("target_tracking.datapoint_age_s"))) / step_s + ROUNDING)
        self.again = max(1.0, float(round(limit("target_tracking.reevaluation_s") / step_s)))
        self.start_steps = float(np.max(scenario.assumed("lambda.pc_start_delay_s"))) / step_s
        self.per_step = limit("lambda.pc_environments_per_min") / MINUTE_S * step_s
        ones = np.ones(most.shape)
        self.high = Alarm(ones * limit("lambda.pc_tracking_datapoints"))
        self.low = Alarm(ones * limit("target_tracking.datapoints_in_at_60_s"))
        self.in_share = limit("lambda.pc_tracking_scale_in_share")

    def next_step(self, step: int) -> int:
        """The next step after `step` at which something may happen."""
        datapoint = ((step - self.age) // self.period + 1) * self.period + self.age
        later = self.ready_at[self.ready_at > step]
        return int(min(datapoint, np.ceil(later.min()) if later.size else np.inf))

    def datapoint_window(self, step: int) -> tuple[int, int] | None:
        """First step and end of the minute whose datapoint is seen at this step."""
        end = step - self.age
        return (end - self.period, end) if end >= self.period and end % self.period == 0 else None

    def see(self, step: int, busy: Array) -> None:
        """Decide on a minute's environments in use, (steps, N)."""
        in_use = np.minimum(busy, self.kept).mean(axis=0)
        # A function whose limit leaves room for none has no utilisation.
        ratio = np.divide(in_use, self.kept, out=np.zeros(in_use.shape), where=self.kept > 0) / self.target
        here = np.full(ratio.shape, float(step))
        self.high.sees(ratio > 1 + ROUNDING, True, here)
        self.low.sees(ratio < self.in_share - ROUNDING, True, here)
        wanted = np.clip(np.ceil(self.kept * ratio - ROUNDING), self.least, self.most)
        settled = np.isinf(self.ready_at)
        out, back = (alarm.runs(step, self.again) for alarm in (self.high, self.low))
        more = settled & (wanted > self.kept) & (False if out is None else out)
        less = settled & (wanted < self.kept) & (False if back is None else back)
        self.asked = np.where(more, wanted, self.asked)
        allocation = self.start_steps + (wanted - self.kept) / self.per_step
        self.ready_at = np.where(more, step + allocation, self.ready_at)
        self.kept = np.where(less, wanted, self.kept)

    def arrived(self, step: int) -> Array:
        """Environments that become usable by this step, all of a request at once."""
        ready = self.ready_at <= step
        new = np.where(ready, self.asked - self.kept, 0.0)
        self.kept = self.kept + new
        self.ready_at = np.where(ready, np.inf, self.ready_at)
        return np.asarray(new)
