"""Bounds that move with the clock: scheduled scaling, and predictive scaling's hourly forecast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.scaling.policy import MINUTE_S, Load, TargetTracking, tasks_on_target
from model.scaling.task_start import start_quantile_s
from model.scenario import Scenario
from model.traffic import DAY_S, HOUR_S

Array = NDArray[np.float64]


class MovingBounds:
    """Target tracking whose bounds are set anew every minute.

    Args: least, most: bounds in each step, (steps, N).
    """

    def __init__(self, tracking: TargetTracking, least: Array, most: Array) -> None:
        self.tracking, self.least, self.most = tracking, least, most
        self.delay_s = tracking.delay_s
        self.every = max(1, round(MINUTE_S / tracking.step_s))

    def decision_steps(self, steps: int) -> Array:
        return np.union1d(
            self.tracking.decision_steps(steps), np.arange(0, steps, self.every, dtype=np.float64)
        )

    def desired(self, step: int, load: Load, running: Array, desired: Array) -> Array:
        """Desired tasks: never fewer than the bound of the minute, and more if the alarms ask for them."""
        minute = step - step % self.every
        self.tracking.least, self.tracking.most = self.least[minute], self.most[minute]
        return self.tracking.desired(step, load, running, desired)


def scheduled(
    arrivals_per_s: Array, scenario: Scenario, shape: tuple[int, ...], step_s: float
) -> MovingBounds:
    """A schedule that knows when traffic comes, and target tracking for what it does not cover.

    The least number of tasks is what the traffic of the next `schedule_lead_s` needs at most (of the time that
    long ago, if negative); or `scheduled_min_tasks` wherever that is more than the mean traffic needs. A schedule
    sets both bounds, so its least may exceed max_tasks only where you set it.
    Source: METHOD.md "Scaling".
    """
    need = _flat(tasks_on_target(arrivals_per_s, scenario), shape)
    lead = np.round(_lead_s(scenario, shape) / step_s).astype(np.intp)
    known = np.empty_like(need)
    for steps in np.unique(lead):
        alike = lead == steps
        known[:, alike] = (
            _largest_ahead(need[:, alike], int(steps)) if steps >= 0 else _late(need[:, alike], -steps)
        )
    tracking = TargetTracking(scenario, shape, step_s)
    least = known
    if scenario.fargate.scheduled_min_tasks is not None:
        mean = np.broadcast_to(arrivals_per_s, shape + arrivals_per_s.shape[-1:]).mean(axis=-1, keepdims=True)
        usual = _flat(tasks_on_target(mean, scenario), shape)
        chosen = np.broadcast_to(np.asarray(scenario.fargate.scheduled_min_tasks, np.float64), shape).reshape(
            -1
        )
        least = np.where(known > usual, np.maximum(chosen, tracking.least), tracking.least)
    return MovingBounds(tracking, least, np.maximum(tracking.most, least))


def predictive(
    arrivals_per_s: Array, scenario: Scenario, shape: tuple[int, ...], step_s: float, repeats: bool
) -> MovingBounds:
    """An hourly forecast that only ever adds tasks, and target tracking for what it misses.

    The forecast of an hour is the mean traffic of the same hour on the days before; there is none for the first
    day (predictive_scaling.history_min_s), unless the series is one of many alike. Capacity is there
    predictive_scaling.buffer_s before its hour begins.
    Source: METHOD.md "Scaling"; facts predictive_scaling.*.
    Assumes: AWS's forecast is no better and no worse than that mean.
    """
    tracking = TargetTracking(scenario, shape, step_s)
    forecast = _flat(_forecast_per_s(arrivals_per_s, step_s, repeats), shape)
    need = _flat(tasks_on_target(forecast.T.reshape(shape + (-1,)), scenario), shape)
    ahead = round(limit("predictive_scaling.buffer_s") / step_s)
    least = np.maximum(_largest_ahead(need, ahead), tracking.least)
    return MovingBounds(tracking, least, np.maximum(tracking.most, least))


def _forecast_per_s(arrivals_per_s: Array, step_s: float, repeats: bool) -> Array:
    """Forecast rate in each step, 1/s, series shape: hourly, 0 where there is no history."""
    steps = arrivals_per_s.shape[-1]
    per_hour = max(1, round(HOUR_S / step_s))
    starts = np.arange(0, steps, per_hour)
    hourly = np.add.reduceat(arrivals_per_s, starts, axis=-1) / np.diff(np.append(starts, steps))
    hours, day = hourly.shape[-1], round(DAY_S / (per_hour * step_s))
    forecast = np.zeros_like(hourly)
    if repeats and hours < day:
        forecast = hourly
    else:
        for hour in range(hours):
            past = np.arange(hour - day, -1, -day)
            if not len(past) and repeats:  # the days that follow in one cycle went before in the last one
                past = np.arange(hour, hours, day)[1:] if hours > day else np.array([hour])
            if len(past):
                forecast[..., hour] = hourly[..., past].mean(axis=-1)
    return np.asarray(np.repeat(forecast, per_hour, axis=-1)[..., :steps])


def _lead_s(scenario: Scenario, shape: tuple[int, ...]) -> Array:
    lead = scenario.fargate.schedule_lead_s
    lead_s = (
        start_quantile_s(scenario, 0.99, log_sd=limit("task_start.batch_log_sd")) + MINUTE_S
        if lead is None
        else lead
    )
    return np.broadcast_to(np.asarray(lead_s, dtype=np.float64), shape).reshape(-1)


def _flat(series: Array, shape: tuple[int, ...]) -> Array:
    """Time first, services side by side."""
    steps = series.shape[-1]
    return np.asarray(np.broadcast_to(series, shape + (steps,)).reshape(-1, steps).T)


def _late(series: Array, steps: int) -> Array:
    """The series that many steps later, its first value until then."""
    late = np.repeat(series[:1], len(series), axis=0)
    if steps < len(series):
        late[steps:] = series[: len(series) - steps]
    return late


def _largest_ahead(series: Array, steps: int) -> Array:
    """Maximum of the present and the next `steps` values, time first; doubling windows."""
    largest, width, wanted = series.copy(), 1, steps + 1
    while width < wanted:
        shift = min(width, wanted - width)
        if shift < len(series):
            largest[:-shift] = np.maximum(largest[:-shift], largest[shift:])
        width += shift
    return largest
