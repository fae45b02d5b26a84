"""A Lambda function through time: environments, the scaling rate, limits, cold requests, throttles and queues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cold_start import cold_start
from model.compute import lambda_handler_s
from model.facts import limit, load_keep_alive
from model.fields import Number
from model.provisioned import is_tracked
from model.scaling.callers import Callers
from model.scaling.environments import Expiry, Past
from model.scaling.event_queue import event_queue
from model.scaling.provisioning import TrackedProvisioning
from model.scenario import Scenario

Array = NDArray[np.float64]

ROUNDING = 1e-9  # an environment this close to free is free


@dataclass(frozen=True)
class ScalingRate:
    """How fast a function may grow: `burst` environments at once, then `per_s`."""

    burst: float = limit("lambda.burst_environments")
    per_s: float = limit("lambda.refill_environments_per_s")


@dataclass(frozen=True)
class FunctionRun:
    """What happened to a function, step by step; every array has shape scenario shape + (steps,).

    arrivals, served: requests in the step; throttled: lost in it after a 429 and the last retry; expired: events
        that waited too long; waiting: between two tries, or in the queue, at its end, so
        arrivals = served + throttled + expired + growth of waiting.
    cold: those of the served that waited for a new environment; refusals: 429s in the step, retried or not;
    queued_s: how long the event whose turn it is has waited, or since the first try of the longest retrying request.
    environments: alive at the end of the step; ready: those of them that are initialised; busy: those in use,
        initialising included; provisioned: those of them kept by provisioned concurrency.
    bucket: environments that may be added at once after the step.
    """

    step_s: float
    cold_start_s: Array
    arrivals: Array
    served: Array
    throttled: Array
    cold: Array
    environments: Array
    ready: Array
    busy: Array
    bucket: Array
    expired: Array
    waiting: Array
    refusals: Array
    queued_s: Array
    provisioned: Array

    @property
    def time_s(self) -> Array:
        """Start of each step, s, shape (steps,)."""
        return np.arange(self.arrivals.shape[-1], dtype=np.float64) * self.step_s

    @property
    def wait_s(self) -> Array:
        """Longest wait of a request of the step: for its turn or its next try, and for a cold start if there was one."""
        return self.queued_s + np.where(self.cold > ROUNDING, self.cold_start_s[..., None], 0.0)

    @property
    def lost(self) -> Array:
        """Requests lost in the step: throttled for the last time, or expired in the queue."""
        return self.throttled + self.expired


def simulate_function(
    arrivals_per_s: Array,
    step_s: float,
    scenario: Scenario,
    *,
    cold_start_s: Number | None = None,
    before_per_s: Number | None = None,
    rate: ScalingRate | None = None,
) -> FunctionRun:
    """Run a function through a series of requests: synchronous ones, asynchronous events, or an SQS queue's messages.

    Args:
        arrivals_per_s: 1/s, time last; the leading axes broadcast with the scenario.
        step_s: length of a step, s.
        cold_start_s: how long a request waits for a new environment, s, scenario shape; by default the
            mean cold start.
        before_per_s: rate before the series, by default that of its first step; its environments are warm.
        rate: how fast the function may grow, by default today's rule.
    Returns: FunctionRun; first order in the step where a handler or a cold start outlasts one.
    Source: METHOD.md "Scaling"; facts lambda.burst_environments, lambda.refill_environments_per_s,
        lambda.requests_per_s_per_environment, lambda.account_concurrency, lambda.async_retry_window_s, lambda.sqs_*,
        lambda.pc_*.
    Assumes: requests flow like a fluid, so chance bunching is left out; no other function uses the account's
        concurrency; a fixed number of provisioned environments is there from the start; idle environments expire in
        groups every half minute; waiting events are taken first come, first served, as soon as there is room.
    """
    arrivals_per_s = np.asarray(arrivals_per_s, dtype=np.float64)
    cold_start_s = cold_start(scenario).mean_s if cold_start_s is None else cold_start_s
    before = arrivals_per_s[..., 0] if before_per_s is None else np.asarray(before_per_s, dtype=np.float64)
    shape = np.broadcast_shapes(
        scenario.shape, arrivals_per_s.shape[:-1], np.shape(cold_start_s), before.shape
    )
    run = _Run(arrivals_per_s, step_s, scenario, shape, cold_start_s, before, rate or ScalingRate())
    run.simulate()
    return run.result(shape)


def concurrency_limit(scenario: Scenario) -> Array:
    """Environments the function may have: its reserved concurrency, or all the account has."""
    function = scenario.aws_lambda
    account = np.asarray(function.account_concurrency, dtype=np.float64)
    if function.reserved_concurrency is None:
        return account
    return np.minimum(account, function.reserved_concurrency)


def environment_s(scenario: Scenario) -> Array:
    """How long a warm request takes up an environment, s: its handler time, or a tenth of a second if it is synchronous.

    Source: fact lambda.requests_per_s_per_environment.
    """
    if scenario.workload.queue or scenario.aws_lambda.invocation == "async":
        return np.asarray(lambda_handler_s(scenario), dtype=np.float64)
    return np.maximum(lambda_handler_s(scenario), 1 / limit("lambda.requests_per_s_per_environment"))


def keep_alive_s(scenario: Scenario) -> Number:
    """How long an idle environment lives, s: yours, or the mean of the measured curve."""
    if scenario.aws_lambda.keep_alive_s is not None:
        return scenario.aws_lambda.keep_alive_s
    idle_s, gone = load_keep_alive()
    alive = 1 - np.concatenate(([0.0], gone))
    times = np.concatenate(([0.0], idle_s))
    return float(np.sum(np.diff(times) * (alive[1:] + alive[:-1]) / 2))


class _Run:
    """The state of N functions while time passes."""

    def __init__(
        self,
        arrivals_per_s: Array,
        step_s: float,
        scenario: Scenario,
        shape: tuple[int, ...],
        cold_start_s: Number,
        before_per_s: Array,
        rate: ScalingRate,
    ) -> None:
        def flat(value: object) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

        self.step_s, self.steps = step_s, arrivals_per_s.shape[-1]
        series = np.broadcast_to(arrivals_per_s, shape + (self.steps,)).reshape(-1, self.steps)
        self.arrivals = np.ascontiguousarray(series.T) * step_s
        self.limit = flat(concurrency_limit(scenario))
        hold, self.cold_start_s = flat(environment_s(scenario)), flat(cold_start_s)
        first = flat(lambda_handler_s(scenario)) + self.cold_start_s
        in_use = np.minimum(flat(before_per_s) * hold, self.limit)
        self.tracked: TrackedProvisioning | None = None
        self.kept = np.minimum(flat(scenario.aws_lambda.provisioned_concurrency), self.limit)
        if is_tracked(scenario.aws_lambda):
            self.tracked = TrackedProvisioning(
                scenario,
                flat(scenario.aws_lambda.provisioned_target_percent) / 100,
                self.kept,
                self.limit,
                in_use,
                step_s,
            )
            self.kept = self.tracked.kept
        self.queue = event_queue(scenario, self.arrivals, in_use, step_s)
        self.callers = Callers(scenario, shape, self.steps, step_s)
        self.alive = np.maximum(in_use, self.kept)
        self.hold = np.minimum(hold / step_s, 1.0)
        self.first = np.minimum(first / step_s, 1.0)
        accepted = np.minimum(flat(before_per_s), self.limit / hold) * step_s
        self.warm = Past(self.steps, hold / step_s, accepted)
        # No environment was started before the series: a longer past is as empty as this one.
        self.new = Past(self.steps, np.minimum(first / step_s, self.steps + 1.0), np.zeros_like(accepted))
        self.burst, self.refill = rate.burst, rate.per_s * step_s
        self.bucket = np.full_like(self.alive, self.burst)  # full, so the first step's refill adds nothing
        self.throttled, self.environments = np.zeros_like(self.arrivals), np.empty_like(self.arrivals)
        self.buckets, self.found = np.empty_like(self.arrivals), np.empty_like(self.arrivals)
        self.waiting, self.refusals = np.zeros_like(self.arrivals), np.zeros_like(self.arrivals)
        self.provisioned = np.empty_like(self.arrivals)
        self.expiry = Expiry(flat(keep_alive_s(scenario)), step_s, self.alive, self.kept)

    def simulate(self) -> None:
        """Stretches without a new environment at once, the rest step by step."""
        now, growing = 0, False
        while now < self.steps:
            end = min(self.steps, self.expiry.next_step(now))
            if self.tracked:
                end = min(end, self.tracked.next_step(now))
            if not growing and not self.callers.open(now):
                now = self._settled(now, end)
            if now < end:
                growing = self._grow(now)
                now += 1
            if now == end and now < self.steps:
                self._between(now)

    def _between(self, now: int) -> None:
        """What happens between two stretches: provisioned environments come and go, idle ones expire."""
        if self.tracked:
            self.alive = np.minimum(self.alive + self.tracked.arrived(now), self.limit)
            minute = self.tracked.datapoint_window(now)
            if minute:
                self.tracked.see(now, self._busy(*minute))
            self.kept = self.expiry.kept = self.tracked.kept
        if now % self.expiry.group == 0:
            busy = self._busy(now - self.expiry.group, now)
            self.alive = self.expiry.survivors(busy)
            if self.queue:
                self.queue.rest(busy)

    def _settled(self, start: int, end: int) -> int:
        """Go through steps in which no environment is added; returns the first step in which one is."""
        arrivals = self.arrivals[start:end]
        self.new.sums[self.new.lead + start + 1 : self.new.lead + end + 1] = self.new.row(start)
        starting = self.new.since(start, end)
        offered = np.add.accumulate(arrivals, axis=0)
        past = slice(self.warm.lead + start + 1, self.warm.lead + end + 1)
        self.warm.sums[past] = self.warm.row(start) + offered
        carried = self.warm.since(start, end)
        served = self._by_free(starting + carried, arrivals)
        if self.queue:
            self.queue.pass_through(start, end)
        grows = np.flatnonzero(((served < arrivals) & ~self._full).any(axis=1))
        stop = start + int(grows[0]) if len(grows) else end
        steps, n = slice(start, stop), stop - start
        self.throttled[steps] = self.refusals[steps] = arrivals[:n] - served[:n]
        self.environments[steps], self.provisioned[steps] = self.alive, self.kept
        self.found[steps] = served[:n]
        refilled = self.bucket + self.refill * np.arange(1, n + 1)[:, None]
        self.buckets[steps] = np.minimum(refilled, self.burst)
        self.bucket = np.minimum(self.bucket + self.refill * n, self.burst)
        return stop

    @property
    def _full(self) -> NDArray[np.bool_]:
        """Functions at their limit whose throttles change nothing afterwards."""
        plain = self.warm.trivial and not self.queue and not self.callers.tries
        return np.asarray((self.alive >= self.limit) & plain)

    def _by_free(self, taken: Array | float, arrivals: Array) -> Array:
        """Requests that find a free warm environment."""
        free = np.maximum(self._room(self.alive) - taken, 0.0)
        return np.minimum(free / self.hold, arrivals)

    def _room(self, alive: Array) -> Array:
        """Environments that may be in use, those of a queue no more than its pollers allow."""
        return np.asarray((np.minimum(alive, self.queue.pollers) if self.queue else alive) * (1 + ROUNDING))

    def _grow(self, step: int) -> bool:
        """One step that may add environments; True if the next may have to as well."""
        taken = self.warm.at(step) + self.new.at(step)
        by_try = self.callers.tries_at(step, self.arrivals[step])
        wanted = self.queue.waiting(step) if self.queue else by_try.sum(axis=0)
        self.found[step] = served = self._by_free(taken, wanted)
        missed = wanted - served
        bucket = np.minimum(self.bucket + self.refill, self.burst)
        room = self.limit - self.alive
        if self.queue:
            room = np.minimum(room, np.maximum(self.queue.pollers - taken - served * self.hold, 0.0))
        new = np.minimum(missed * self.first, np.minimum(bucket, room))
        refused = np.maximum(missed - new / self.first, 0.0)
        self.environments[step] = self.alive = self.alive + new
        self.buckets[step] = self.bucket = bucket - new
        self.provisioned[step] = self.kept
        np.subtract(self.warm.row(step) + wanted, refused + new, out=self.warm.row(step + 1))
        np.add(self.new.row(step), new, out=self.new.row(step + 1))
        if self.queue:
            return self.queue.take(step, wanted - refused)
        if refused.any():
            share = refused / np.maximum(wanted, 1e-300)
            self.throttled[step], self.refusals[step] = self.callers.refuse(step, by_try * share)
        self.waiting[step] = self.callers.waiting
        return bool(missed.any()) and not self._full.all()

    def _busy(self, start: int, end: int) -> Array:
        """Environments in use in each step, initialising ones included."""
        taken = self.warm.since(start, end) + self.new.since(start, end)
        new = np.diff(self.new.sums[self.new.lead + start : self.new.lead + end + 1], axis=0)
        in_use = taken + self.found[start:end] * self.hold + new
        return np.asarray(np.minimum(in_use, self.environments[start:end]))

    def result(self, shape: tuple[int, ...]) -> FunctionRun:
        def shaped(series: Array) -> Array:
            return np.ascontiguousarray(series.T).reshape(shape + (self.steps,))

        new = np.diff(self.new.sums[self.new.lead :], axis=0)
        wait_steps = np.minimum(self.cold_start_s / self.step_s, self.steps + 1.0)
        initialising = Past(self.steps, wait_steps, np.zeros_like(self.cold_start_s))
        initialising.sums[initialising.lead :] = self.new.sums[self.new.lead :]
        late = new * np.minimum(self.cold_start_s / self.step_s, 1.0) + initialising.since(0, self.steps)
        expired, waiting, queued_s = self._queued()
        arrivals = shaped(self.arrivals)
        growth = np.diff(waiting, axis=0, prepend=0.0)
        return FunctionRun(
            step_s=self.step_s,
            cold_start_s=self.cold_start_s.reshape(shape),
            arrivals=arrivals,
            served=shaped(self.arrivals - self.throttled - expired - growth),
            throttled=shaped(self.throttled),
            cold=shaped(new),
            environments=shaped(self.environments),
            ready=shaped(np.maximum(self.environments - late, 0.0)),
            busy=shaped(self._busy(0, self.steps)),
            bucket=shaped(self.buckets),
            expired=shaped(expired),
            waiting=shaped(waiting),
            refusals=shaped(self.refusals),
            queued_s=shaped(queued_s),
            provisioned=shaped(self.provisioned),
        )

    def _queued(self) -> tuple[Array, Array, Array]:
        """Expired events, requests that wait, and how long those that were taken had waited."""
        if self.queue:
            return self.queue.expired, self.queue.left, self.queue.waited_s
        return np.zeros_like(self.arrivals), self.waiting, self.callers.tried_s
