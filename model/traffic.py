"""The arrival rate over a representative day or week, scaled to the mean of the requests or the job runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from model.facts import load_traces
from model.fields import Number
from model.scenario import Scenario, Workload
from model.series import UPLOADED

Array = NDArray[np.float64]

DAY_S = 86_400.0
HOUR_S = 3_600.0
MINUTE_S = 60.0
LONGEST_STEP_S = 300.0
FEW = 8
MOST_STEPS = 20_160
"""Two weeks of minutes."""
MOST_STEPS_OF_MANY = 2_016
"""A week of five minutes."""
SHARPEST = 4_000.0
DECAYS = 3.0  # time constants in a flash crowd's tail
ROUNDING = 1e-9
GOLDEN_RATIO = (5**0.5 - 1) / 2
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Traffic:
    """Arrival rates, time last.

    per_s: 1/s, shape scenario.shape + (steps,), mean over time = requests_per_s (of a job: its runs).
    step_s: length of one step, s.
    """

    per_s: Array
    step_s: float

    @property
    def peak_per_s(self) -> Array:
        return np.asarray(self.per_s.max(axis=-1))

    def means(self, length_s: float) -> Array:
        """Rates averaged over longer steps (an hour, say), 1/s, time last; never finer than they are."""
        return means(self.per_s, self.step_s, length_s)


def traffic(scenario: Scenario, step_s: float = 300.0) -> Traffic:
    """Arrival rates of the scenario's pattern over its representative period (an hour, a day or a week).

    Args: step_s: wanted step, s; traces never get finer than their own period, or a minute.
    Returns: Traffic; its mean over time equals requests_per_s (or runs_per_day) to rounding.
    Source: METHOD.md "Traffic".
    Assumes: spike comes once a day, on_off and cron once an hour; the ramp climbs all day; the runs of a job
        arrive like requests do, at random around the pattern's rate.
    """
    workload = scenario.workload
    mean = np.asarray(mean_per_s(workload), dtype=np.float64)[..., None]
    step_s = _possible_step_s(workload, step_s)
    relative = _relative_rates(workload, step_s)
    shape = np.broadcast_shapes(scenario.shape + (1,), relative.shape)
    return Traffic(np.broadcast_to(mean * relative, shape), step_s)


def means(series: Array, step_s: float, length_s: float) -> Array:
    """A series averaged over steps of length_s, time last; an incomplete last one over what it has."""
    return _coarser(series, round(length_s / step_s))


def _possible_step_s(workload: Workload, step_s: float) -> float:
    """The wanted step, or the nearest one the pattern can have: at most a minute of cron, whole minutes of bursty
    traffic, whole periods of a recording, or whole parts, of a minute at least, of a longer period."""
    if workload.pattern == "cron":
        return min(step_s, MINUTE_S)
    if workload.pattern not in ("trace", "bursty"):
        return step_s
    period_s = recording(workload)[1] if workload.pattern == "trace" else MINUTE_S
    wanted_s = max(step_s, MINUTE_S)
    if period_s > wanted_s:
        return period_s / math.ceil(period_s / wanted_s - ROUNDING)
    return max(1, round(step_s / period_s)) * period_s


def spike_traffic(scenario: Scenario, before_s: Number, after_s: float, step_s: float = 1.0) -> Traffic:
    """requests_per_s until time 0, up to spike_factor times that in the spike's shape for spike_duration_s, then back.

    Args: before_s: time before the spike, s, scenario shape; a series is as long as its largest value asks for.
    Returns: Traffic whose first step starts at -before_s; its mean is not normalised.
    """
    base = np.asarray(scenario.workload.requests_per_s, dtype=np.float64)[..., None]
    factor = np.asarray(scenario.workload.spike_factor, dtype=np.float64)[..., None]
    before = np.asarray(before_s, dtype=np.float64)[..., None]
    start_s = _starts(float(before.max()) + after_s, step_s) - before
    per_s = base * (1 + (factor - 1) * spike_shape(scenario.workload, start_s, step_s))
    return Traffic(np.broadcast_to(per_s, np.broadcast_shapes(scenario.shape + (1,), per_s.shape)), step_s)


def spike_shape(workload: Workload, start_s: Array, step_s: float) -> Array:
    """How much of the spike's height there is in each step, 0…1, time last; time 0 is its start.

    Source: METHOD.md "Traffic": step; ramp (climbs for spike_rise_s, then stays); flash_crowd (climbs, then decays
        to a twentieth by the end); pulses (spike_pulse_s on, as long off).
    Returns: exact means over the steps.
    """
    return np.asarray(
        (_spike_integral(workload, start_s + step_s) - _spike_integral(workload, start_s)) / step_s
    )


def _spike_integral(workload: Workload, t: Array) -> Array:
    """Integral of the spike's shape from its start to t, s."""
    length = np.asarray(workload.spike_duration_s, dtype=np.float64)[..., None]
    inside = np.clip(t, 0.0, length)
    if workload.spike_shape == "step":
        return inside
    if workload.spike_shape == "pulses":
        pulse = np.asarray(workload.spike_pulse_s, dtype=np.float64)[..., None]
        whole = np.floor(inside / (2 * pulse))
        return np.asarray(whole * pulse + np.minimum(inside - whole * 2 * pulse, pulse))
    rise = np.clip(np.asarray(workload.spike_rise_s, dtype=np.float64)[..., None], 1e-6, length)
    climbing = np.minimum(inside, rise) ** 2 / (2 * rise)
    later = np.maximum(inside - rise, 0.0)
    if workload.spike_shape == "ramp":
        return np.asarray(climbing + later)
    decay = np.maximum(length - rise, 1e-6) / DECAYS
    return np.asarray(climbing + decay * -np.expm1(-later / decay))


def _relative_rates(workload: Workload, step_s: float) -> Array:
    """Rates with mean 1 over the last axis."""
    pattern = workload.pattern
    if pattern == "steady":
        return np.ones(max(1, round(HOUR_S / step_s)))
    if pattern in _SHAPES:
        return _peaked(_SHAPES[pattern](step_s), workload.peak_to_mean)
    if pattern == "spike":
        return _daily_spike(workload, step_s)
    if pattern == "bursty":
        return _bursty(workload.burstiness, step_s)
    if pattern == "trace":
        counts, period_s = recording(workload)
        parts = max(1, round(period_s / step_s))
        return _normalised(_coarser(np.repeat(counts, parts) / period_s, round(step_s * parts / period_s)))
    on_s = MINUTE_S if pattern == "cron" else HOUR_S * np.asarray(workload.on_share)[..., None]
    return _normalised(_overlap(_starts(HOUR_S, step_s), step_s, on_s))


def _daily_shape(step_s: float) -> Array:
    """0…1, highest at 14:00."""
    hour = _starts(DAY_S, step_s) / HOUR_S
    return (1 + np.cos((hour - 14) / 24 * 2 * np.pi)) / 2


def _business_shape(step_s: float) -> Array:
    """0…1 over a week from Monday; a bump from 7:00 to 19:00 on working days."""
    hour = _starts(7 * DAY_S, step_s) / HOUR_S
    bump = np.clip(np.sin((hour % 24 - 7) / 12 * np.pi), 0, None)
    working = (hour % 24 >= 7) & (hour % 24 < 19) & (hour < 5 * 24)
    return np.where(working, bump, 0.0)


def _ramp_shape(step_s: float) -> Array:
    """0…1, climbing through the day."""
    return _starts(DAY_S, step_s) / DAY_S


_SHAPES = {"diurnal": _daily_shape, "business_hours": _business_shape, "ramp": _ramp_shape}


def _peaked(shape: Array, peak_to_mean: Number) -> Array:
    """exp(k·(shape − 1)), normalised, with k such that peak / mean is as wanted (or as sharp as the steps allow)."""
    sharpness = np.concatenate(([0.0], np.geomspace(1e-3, SHARPEST, 240)))
    reached = 1 / np.exp(sharpness[:, None] * (shape / shape.max() - 1)).mean(axis=-1)
    k = np.interp(np.asarray(peak_to_mean, dtype=np.float64), reached, sharpness)[..., None]
    return _normalised(np.exp(k * (shape / shape.max() - 1)))


def _daily_spike(workload: Workload, step_s: float) -> Array:
    """A day at 1 with the spike from noon (earlier if it would outlast the day), normalised."""
    duration = np.asarray(workload.spike_duration_s)[..., None]
    start_s = _starts(DAY_S, step_s) - np.minimum(DAY_S / 2, DAY_S - duration)
    shape = spike_shape(workload, start_s, step_s)
    return _normalised(1 + (np.asarray(workload.spike_factor)[..., None] - 1) * shape)


def daily_spike_mean(workload: Workload) -> Array:
    """Mean rate of a day with one spike / rate outside the spike."""
    length = np.asarray(workload.spike_duration_s, dtype=np.float64)[..., None]
    share = _spike_integral(workload, length)[..., 0] / DAY_S
    return np.asarray(1 + (np.asarray(workload.spike_factor) - 1) * share)


def _bursty(burstiness: Number, step_s: float) -> Array:
    """A day of lognormal minutes with the wanted coefficient of variation, in an order that looks random but is fixed."""
    minutes = round(DAY_S / MINUTE_S)
    position = (np.arange(minutes) * GOLDEN_RATIO) % 1
    quantile = (np.argsort(np.argsort(position)) + 0.5) / minutes
    normal = np.asarray([_NORMAL.inv_cdf(float(q)) for q in quantile])
    sigma = np.sqrt(np.log1p(np.asarray(burstiness, dtype=np.float64) ** 2))[..., None]
    return _normalised(_coarser(np.exp(sigma * normal - sigma**2 / 2), round(step_s / MINUTE_S)))


def _overlap(start_s: Array, step_s: float, length_s: Number) -> Array:
    """Share of each step [start, start + step) that lies inside [0, length)."""
    return np.clip(np.minimum(start_s + step_s, length_s) - np.maximum(start_s, 0), 0, None) / step_s


def _starts(period_s: float, step_s: float) -> Array:
    return np.arange(max(1, round(period_s / step_s)), dtype=np.float64) * step_s


def _coarser(series: Array, steps: int) -> Array:
    """Means of each `steps` neighbours; an incomplete last group is averaged over what it has."""
    if steps <= 1:
        return series
    starts = np.arange(0, series.shape[-1], steps)
    sizes = np.diff(np.append(starts, series.shape[-1]))
    return np.asarray(np.add.reduceat(series, starts, axis=-1) / sizes)


def _normalised(rates: Array) -> Array:
    return np.asarray(rates / rates.mean(axis=-1, keepdims=True))


def recording(workload: Workload) -> tuple[Array, float]:
    """Counts and period, s, of the recording that pattern = trace replays: a shipped one, or the uploaded series."""
    if workload.trace == UPLOADED and workload.series is not None:
        return workload.series.counts, workload.series.period_s
    trace = load_traces()[workload.trace]
    return trace.counts, trace.period_s


def usual_step_s(scenario: Scenario, variants: int = 1) -> float:
    """Step of the month's simulation, s: five minutes; a minute where minutes differ, in bursty and recorded traffic.

    Averages over five of them would hide what scaling has to follow. A recording goes by its own period up to a
    minute, but in MOST_STEPS at most, and in MOST_STEPS_OF_MANY where a curve or a map asks for more than FEW
    scenarios, for the sake of speed; then five minutes are the longest step.

    Args: variants: how many of the scenario are asked for, beside those that its arrays make.
    """
    if scenario.workload.pattern == "bursty":
        return MINUTE_S
    if scenario.workload.pattern != "trace":
        return LONGEST_STEP_S
    counts, period_s = recording(scenario.workload)
    most = MOST_STEPS if variants * math.prod(scenario.shape) <= FEW else MOST_STEPS_OF_MANY
    return min(max(counts.size * period_s / most, min(period_s, MINUTE_S)), LONGEST_STEP_S)


def mean_per_s(workload: Workload) -> Number:
    """Mean rate of requests, or of job runs, 1/s."""
    if workload.kind == "job":
        return np.asarray(workload.runs_per_day) / DAY_S
    return workload.requests_per_s


def requests_per_month(scenario: Scenario) -> Number:
    """Requests (or job runs) in the billing month."""
    return np.asarray(mean_per_s(scenario.workload)) * np.asarray(scenario.billing.hours_per_month) * HOUR_S
