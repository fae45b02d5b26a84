"""A Lambda function through time: environments, the scaling rate, limits, cold requests and throttles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cold_start import cold_start
from model.compute import lambda_handler_s
from model.facts import limit, load_keep_alive
from model.fields import Number
from model.scenario import Scenario

Array = NDArray[np.float64]

ROUNDING = 1e-9  # an environment this close to free is free
EXPIRY_S = 30.0  # idle environments expire in groups, this often


@dataclass(frozen=True)
class FunctionRun:
    """What happened to a function, step by step; every array has shape scenario shape + (steps,).

    arrivals, served, throttled: requests in the step, arrivals = served + throttled; cold: those of the served
        that waited for a new environment.
    environments: alive at the end of the step; ready: those of them that are initialised; busy: those in use,
        initialising included.
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

    @property
    def time_s(self) -> Array:
        """Start of each step, s, shape (steps,)."""
        return np.arange(self.arrivals.shape[-1], dtype=np.float64) * self.step_s

    @property
    def wait_s(self) -> Array:
        """Longest wait of a request of the step: the cold start if there was one."""
        return np.where(self.cold > ROUNDING, self.cold_start_s[..., None], 0.0)

    @property
    def lost(self) -> Array:
        """Requests lost in the step: throttled, and nobody tries again."""
        return self.throttled


def simulate_function(
    arrivals_per_s: Array,
    step_s: float,
    scenario: Scenario,
    *,
    cold_start_s: Number | None = None,
    before_per_s: Number | None = None,
) -> FunctionRun:
    """Run a function through a series of synchronous requests.

    Args:
        arrivals_per_s: 1/s, time last; the leading axes broadcast with the scenario.
        step_s: length of a step, s.
        cold_start_s: how long a request waits for a new environment, s, scenario shape; by default the
            mean cold start.
        before_per_s: rate before the series, by default that of its first step; its environments are warm.
    Returns: FunctionRun; first order in the step where a handler or a cold start outlasts one.
    Source: METHOD.md "Scaling"; facts lambda.burst_environments, lambda.refill_environments_per_s,
        lambda.requests_per_s_per_environment, lambda.account_concurrency.
    Assumes: requests flow like a fluid, so chance bunching is left out; callers do not try again; no other
        function uses the account's concurrency; provisioned environments are there from the start; idle
        environments expire in groups every half minute.
    """
    arrivals_per_s = np.asarray(arrivals_per_s, dtype=np.float64)
    cold_start_s = cold_start(scenario).mean_s if cold_start_s is None else cold_start_s
    before = arrivals_per_s[..., 0] if before_per_s is None else np.asarray(before_per_s, dtype=np.float64)
    shape = np.broadcast_shapes(
        scenario.shape, arrivals_per_s.shape[:-1], np.shape(cold_start_s), before.shape
    )
    run = _Run(arrivals_per_s, step_s, scenario, shape, cold_start_s, before)
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
    """How long a warm request takes up an environment, s: its handler time, or a tenth of a second.

    Source: fact lambda.requests_per_s_per_environment (synchronous requests).
    """
    return np.maximum(lambda_handler_s(scenario), 1 / limit("lambda.requests_per_s_per_environment"))


def keep_alive_s(scenario: Scenario) -> Number:
    """How long an idle environment lives, s: yours, or the mean of the measured curve."""
    if scenario.aws_lambda.keep_alive_s is not None:
        return scenario.aws_lambda.keep_alive_s
    idle_s, gone = load_keep_alive()
    alive = 1 - np.concatenate(([0.0], gone))
    times = np.concatenate(([0.0], idle_s))
    return float(np.sum(np.diff(times) * (alive[1:] + alive[:-1]) / 2))


class _Past:
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
    ) -> None:
        def flat(value: object) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).reshape(-1)

        self.step_s, self.steps = step_s, arrivals_per_s.shape[-1]
        series = np.broadcast_to(arrivals_per_s, shape + (self.steps,)).reshape(-1, self.steps)
        self.arrivals = np.ascontiguousarray(series.T) * step_s
        self.limit = flat(concurrency_limit(scenario))
        self.kept = np.minimum(flat(scenario.aws_lambda.provisioned_concurrency), self.limit)
        hold, self.cold_start_s = flat(environment_s(scenario)), flat(cold_start_s)
        first = flat(lambda_handler_s(scenario)) + self.cold_start_s
        self.alive = np.maximum(np.minimum(flat(before_per_s) * hold, self.limit), self.kept)
        self.hold = np.minimum(hold / step_s, 1.0)
        self.first = np.minimum(first / step_s, 1.0)
        accepted = np.minimum(flat(before_per_s), self.limit / hold) * step_s
        self.warm = _Past(self.steps, hold / step_s, accepted)
        # No environment was started before the series: a longer past is as empty as this one.
        self.new = _Past(self.steps, np.minimum(first / step_s, self.steps + 1.0), np.zeros_like(accepted))
        self.burst = limit("lambda.burst_environments")
        self.refill = limit("lambda.refill_environments_per_s") * step_s
        self.bucket = np.full_like(self.alive, self.burst)  # full, so the first step's refill adds nothing
        self.throttled, self.environments = np.zeros_like(self.arrivals), np.empty_like(self.arrivals)
        self.buckets, self.found = np.empty_like(self.arrivals), np.empty_like(self.arrivals)
        self.expiry = _Expiry(flat(keep_alive_s(scenario)), step_s, self.alive, self.kept)

    def simulate(self) -> None:
        """Stretches without a new environment at once, the rest step by step."""
        now, growing = 0, False
        while now < self.steps:
            end = min(self.steps, self.expiry.next_step(now))
            if not growing:
                now = self._settled(now, end)
            if now < end:
                growing = self._grow(now)
                now += 1
            if now == end and now < self.steps:
                self.alive = self.expiry.survivors(self._busy(now - self.expiry.group, now))

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
        grows = np.flatnonzero(((served < arrivals) & ~self._full).any(axis=1))
        stop = start + int(grows[0]) if len(grows) else end
        steps, n = slice(start, stop), stop - start
        self.throttled[steps] = arrivals[:n] - served[:n]
        self.environments[steps] = self.alive
        self.found[steps] = served[:n]
        refilled = self.bucket + self.refill * np.arange(1, n + 1)[:, None]
        self.buckets[steps] = np.minimum(refilled, self.burst)
        self.bucket = np.minimum(self.bucket + self.refill * n, self.burst)
        return stop

    @property
    def _full(self) -> NDArray[np.bool_]:
        """Functions at their limit whose throttles change nothing afterwards."""
        return np.asarray((self.alive >= self.limit) & self.warm.trivial)

    def _by_free(self, taken: Array | float, arrivals: Array) -> Array:
        """Requests that find a free warm environment."""
        free = np.maximum(self.alive * (1 + ROUNDING) - taken, 0.0)
        return np.minimum(free / self.hold, arrivals)

    def _grow(self, step: int) -> bool:
        """One step that may add environments; True if the next may have to as well."""
        arrivals = self.arrivals[step]
        taken = self.warm.at(step) + self.new.at(step)
        self.found[step] = served = self._by_free(taken, arrivals)
        missed = arrivals - served
        bucket = np.minimum(self.bucket + self.refill, self.burst)
        new = np.minimum(missed * self.first, np.minimum(bucket, self.limit - self.alive))
        refused = np.maximum(missed - new / self.first, 0.0)
        self.throttled[step] = refused
        self.environments[step] = self.alive = self.alive + new
        self.buckets[step] = self.bucket = bucket - new
        np.subtract(self.warm.row(step) + arrivals, refused + new, out=self.warm.row(step + 1))
        np.add(self.new.row(step), new, out=self.new.row(step + 1))
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
        initialising = _Past(self.steps, wait_steps, np.zeros_like(self.cold_start_s))
        initialising.sums[initialising.lead :] = self.new.sums[self.new.lead :]
        late = new * np.minimum(self.cold_start_s / self.step_s, 1.0) + initialising.since(0, self.steps)
        return FunctionRun(
            step_s=self.step_s,
            cold_start_s=self.cold_start_s.reshape(shape),
            arrivals=shaped(self.arrivals),
            served=shaped(self.arrivals - self.throttled),
            throttled=shaped(self.throttled),
            cold=shaped(new),
            environments=shaped(self.environments),
            ready=shaped(np.maximum(self.environments - late, 0.0)),
            busy=shaped(self._busy(0, self.steps)),
            bucket=shaped(self.buckets),
        )


class _Expiry:
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
