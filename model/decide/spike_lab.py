"""What would have helped in a spike, and what it costs: alternatives one at a time, and maps over two settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.evaluate import evaluate
from model.facts import limit
from model.scaling.policy import tasks_on_target
from model.scaling.spike import spike
from model.scenario import Scenario, replace_at
from model.traffic import daily_spike_mean

Array = NDArray[np.float64]

POINTS = 13  # along each side of a map
HIGHEST = 4.0  # times the usual rate, at least, on the map of heights
LOWER = 0.7  # of today's target
TARGETS = np.arange(20.0, 96.0, 5.0)
COOLDOWNS_S = np.arange(0.0, 901.0, 60.0)
IMAGES_MB = np.linspace(0.0, 1.0, POINTS) * limit("task_start.fit_max_mb")
BOOTS_S = np.array([0.0, 5, 10, 20, 30, 45, 60, 75, 90, 105, 120])
ALARMS = ("target_tracking", "step")


@dataclass(frozen=True)
class Alternative:
    """One change of the service and what it would have done in the spike.

    name: now, tasks_half, tasks_all, target, period, schedule; value: the changed setting, NaN for now.
    lost, lost_share, full_s: as in Reaction. extra_usd: more than now on the Fargate bill of a month with this spike
        once a day; None while a price is missing.
    """

    name: str
    value: float
    lost: float
    lost_share: float
    full_s: float
    extra_usd: float | None


def alternatives(scenario: Scenario) -> tuple[Alternative, ...]:
    """The service as it is, and single changes that might have saved requests in the spike.

    Args: scenario: plain, a service.
    Source: METHOD.md "Spike lab".
    """
    changes: dict[str, tuple[float, Mapping[str, Any]]] = {"now": (np.nan, {}), **_changes(scenario)}
    usd = {name: _month_usd(replace_at(scenario, change)) for name, (_, change) in changes.items()}
    rows = []
    for name, (value, change) in changes.items():
        service = spike(replace_at(scenario, change)).fargate
        extra = _difference(usd[name], usd["now"])
        rows.append(
            Alternative(
                name, value, float(service.lost), float(service.lost_share), float(service.full_s), extra
            )
        )
    return tuple(rows)


def _changes(scenario: Scenario) -> dict[str, tuple[float, Mapping[str, Any]]]:
    task = scenario.fargate
    fixed = task.scaling == "fixed"
    field, fewest = ("tasks", float(task.tasks)) if fixed else ("min_tasks", float(task.min_tasks))
    needed = float(np.ceil(spike(scenario).fargate.needed))
    usual = (
        fewest
        if fixed
        else float(tasks_on_target(np.asarray([scenario.workload.requests_per_s]), scenario)[0])
    )
    half, most = float(np.ceil((usual + needed) / 2)), float(task.max_tasks)
    found: dict[str, tuple[float, Mapping[str, Any]]] = {}
    for name, tasks in (("tasks_half", half), ("tasks_all", needed)):
        if usual < tasks <= limit("fargate.tasks_per_service") and not (
            name == "tasks_half" and half == needed
        ):
            found[name] = (tasks, {f"fargate.{field}": tasks, "fargate.max_tasks": max(most, tasks)})
    if fixed:
        return found
    target = float(5 * max(2, round(LOWER * float(task.target_percent) / 5)))
    own = task.metric == "requests_per_target" and task.target_requests_per_min is not None
    if not own and target < float(task.target_percent):
        found["target"] = (target, {"fargate.target_percent": target})
    fast = limit("target_tracking.fast_metric_period_s")
    if float(task.metric_period_s) > fast:
        found["period"] = (fast, {"fargate.metric_period_s": fast})
    if task.scaling != "scheduled":
        found["schedule"] = (np.nan, {"fargate.scaling": "scheduled"})
    return found


def _month_usd(scenario: Scenario) -> float | None:
    """The Fargate bill of a month with the scenario's spike once a day."""
    workload = scenario.workload
    mean = float(workload.requests_per_s) * float(daily_spike_mean(workload))
    month = replace_at(scenario, {"workload.pattern": "spike", "workload.requests_per_s": mean})
    total = evaluate(month).fargate.bill.total_usd
    return None if total is None else float(total)


def _difference(usd: float | None, now_usd: float | None) -> float | None:
    return None if usd is None or now_usd is None else usd - now_usd


# --- maps -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpikeMap:
    """What the spike does over two settings: values[y, x].

    quantity: lost (requests) or full_s (seconds until enough tasks serve; NaN for never).
    usd: the Fargate bill of a month at each x, where x moves it and every price is known.
    """

    x_path: str
    x_values: Array
    y_path: str
    y_values: Array
    quantity: str
    values: Array
    usd: Array | None = None


def height_map(scenario: Scenario) -> SpikeMap:
    """Requests lost over the fewest tasks (or the fixed number) and the height of the spike.

    Source: METHOD.md "Spike lab".
    Assumes: max_tasks rises with the fewest tasks where it must.
    """
    factor = float(scenario.workload.spike_factor)
    heights = np.geomspace(1.25, max(HIGHEST, 2 * factor), POINTS)
    fixed = scenario.fargate.scaling == "fixed"
    path = "fargate.tasks" if fixed else "fargate.min_tasks"
    now = float(scenario.fargate.tasks if fixed else scenario.fargate.min_tasks)
    needed = float(spike(replace_at(scenario, "workload.spike_factor", heights[-1])).fargate.needed)
    most = min(max(2 * now, np.ceil(needed), 4.0), limit("fargate.tasks_per_service"))
    tasks = np.unique(np.round(np.linspace(1.0, float(most), POINTS))).astype(np.float64)
    changes: dict[str, Any] = {
        path: tasks,
        "fargate.max_tasks": np.maximum(scenario.fargate.max_tasks, tasks),
    }
    total = evaluate(replace_at(scenario, changes)).fargate.bill.total_usd
    usd = None if total is None else np.broadcast_to(np.asarray(total, dtype=np.float64), tasks.shape)
    return _map(scenario, path, tasks, "workload.spike_factor", heights, "lost", changes, usd)


def alarm_map(scenario: Scenario) -> SpikeMap:
    """Requests lost over the target of the metric and the scale-out cooldown."""
    paths = ("fargate.target_percent", "fargate.scale_out_cooldown_s")
    return _map(scenario, paths[0], TARGETS, paths[1], COOLDOWNS_S, "lost")


def start_map(scenario: Scenario) -> SpikeMap:
    """Time until enough tasks serve, over the size of the image and the start of the app."""
    return _map(scenario, "fargate.image_mb", IMAGES_MB, "fargate.boot_s", BOOTS_S, "full_s")


def has_alarms(scenario: Scenario) -> bool:
    """Whether alarms drive the number of tasks, so that target and cooldown count."""
    return scenario.fargate.scaling in ALARMS


def _map(
    scenario: Scenario,
    x_path: str,
    x: Array,
    y_path: str,
    y: Array,
    quantity: str,
    changes: Mapping[str, Any] | None = None,
    usd: Array | None = None,
) -> SpikeMap:
    cells = {**(changes or {}), x_path: x, y_path: y[:, None]}
    found = getattr(spike(replace_at(scenario, cells)).fargate, quantity)
    values = np.broadcast_to(found, (y.size, x.size)).astype(np.float64)
    return SpikeMap(x_path, x, y_path, y, quantity, np.where(np.isfinite(values), values, np.nan), usd)
