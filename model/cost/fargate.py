"""The month's Fargate bill of one service or job."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.cost.lines import Line, lines_for, price
from model.cost.savings_plan import NO_RATE, Eligible, discounted_rate, lines_under_plan
from model.facts import limit
from model.fields import Number
from model.scenario import Fargate, Scenario

Array = NDArray[np.float64]

GROUP = "Fargate"
_ROUNDING = 1e-9
_PARTS = {"vCPU": ("vcpu", "vcpu"), "Memory": ("memory", "memory_gb")}
"""Name on the bill -> last part of the price id, size of a task."""


def fargate_lines(scenario: Scenario, task_hours: Number, hourly: Array | None = None) -> tuple[Line, ...]:
    """Lines for vCPU, memory, Windows licence and storage, On-Demand and Spot.

    Args: task_hours: billed hours of all tasks in the month (image pull to stop, minimum applied), scenario shape.
        hourly: their course over the hours, any scale, time last (savings plans ask); default: constant.
    Returns: lines of scenario shape, USD a month.
    Source: METHOD.md "Fargate bill", "Savings plans"; facts fargate.*, fargate_spot.*.
    Assumes: where no Spot price is known, Spot costs fargate.spot_discount less than On-Demand.
    """
    spot_share = np.asarray(scenario.fargate.spot_share)
    course = np.ones(1) if hourly is None else hourly
    eligible = [
        _eligible(scenario, line, part, course)
        for part in _PARTS
        for line in _on_demand_lines(scenario, part, task_hours * (1 - spot_share))
    ]
    spot_parts = _PARTS if np.any(spot_share) else {}
    spot = [line for part in spot_parts for line in _spot_lines(scenario, part, task_hours * spot_share)]
    return (
        *lines_under_plan(scenario.billing, eligible, GROUP),
        *spot,
        *_licence_lines(scenario, task_hours),
        *_storage_lines(scenario, task_hours),
    )


def billed_job_hours(scenario: Scenario, runs: Number, run_s: Number) -> Number:
    """Task-hours of `runs` runs: each is billed from image pull to stop, to the second, at least the minimum.

    Args: runs: runs a month. run_s: seconds from the start of the image pull to the end of the task.
    """
    windows = scenario.fargate.os == "windows"
    minimum_s = limit("fargate.min_billed_windows_s" if windows else "fargate.min_billed_s")
    return np.asarray(runs) * np.maximum(np.ceil(np.asarray(run_s) - _ROUNDING), minimum_s) / 3600


def platform(task: Fargate) -> str:
    """Variant of the price list: operating system and architecture."""
    return f"{task.os}_{task.architecture}"


def _on_demand_lines(scenario: Scenario, part: str, task_hours: Number) -> tuple[Line, ...]:
    id, size = _PARTS[part]
    tiers = price(scenario.billing, f"fargate.{id}", platform(scenario.fargate))
    units = task_hours * np.asarray(getattr(scenario.fargate, size))
    return lines_for(f"{part} {_named(scenario.fargate)}", GROUP, units, tiers, scenario.billing)


def _eligible(scenario: Scenario, line: Line, part: str, hourly: Array) -> Eligible:
    """An On-Demand line with the plan's rate: published to the digit where it is, else by the plan's share."""
    if scenario.billing.savings_plan == "none":
        return Eligible(line, NO_RATE, hourly)
    rate = discounted_rate(
        scenario.billing,
        line,
        "savings_plan.fargate_discount",
        f"{platform(scenario.fargate)}_",
        f"savings_plan.fargate_{_PARTS[part][0]}",
    )
    return Eligible(line, rate, hourly)


def _spot_lines(scenario: Scenario, part: str, task_hours: Number) -> tuple[Line, ...]:
    """At the Spot price of the day; where nobody published one, at the assumed discount on On-Demand."""
    id, size = _PARTS[part]
    billing, task = scenario.billing, scenario.fargate
    units = task_hours * np.asarray(getattr(task, size))
    tiers = price(billing, f"fargate_spot.{id}", platform(task))
    if not tiers.missing or tiers.rows[0].key in billing.overrides:
        return lines_for(f"{part} Spot {_named(task)}", GROUP, units, tiers, billing)
    discount = scenario.assumed("fargate.spot_discount")
    return tuple(
        _at_discount(line, discount, f"{part} Spot {_named(task)}, assumed discount")
        for line in _on_demand_lines(scenario, part, task_hours * np.ones(scenario.shape))
    )


def _at_discount(line: Line, discount: Number, item: str) -> Line:
    if line.unit_usd is None:
        return line
    unit_usd = line.unit_usd * (1 - discount)
    fact = "fargate.spot_discount"
    return Line(
        item, line.group, line.quantity, line.unit, unit_usd, line.quantity * unit_usd, fact, line.overridden
    )


def _named(task: Fargate) -> str:
    return f"({task.os.capitalize()}/{task.architecture})"


def _licence_lines(scenario: Scenario, task_hours: Number) -> tuple[Line, ...]:
    if scenario.fargate.os != "windows":
        return ()
    tiers = price(scenario.billing, "fargate.windows_licence")
    vcpu_hours = task_hours * np.asarray(scenario.fargate.vcpu)
    return lines_for("Windows licence", GROUP, vcpu_hours, tiers, scenario.billing)


def _storage_lines(scenario: Scenario, task_hours: Number) -> tuple[Line, ...]:
    extra_gb = np.asarray(scenario.fargate.ephemeral_gb) - limit("fargate.ephemeral_free_gb")
    tiers = price(scenario.billing, "fargate.ephemeral_storage")
    return lines_for("Ephemeral storage above 20 GB", GROUP, task_hours * extra_gb, tiers, scenario.billing)
