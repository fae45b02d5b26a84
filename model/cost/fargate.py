"""The month's Fargate bill of one service or job."""

from __future__ import annotations

import numpy as np

from model.cost.lines import Line, lines_for, price
from model.facts import limit
from model.fields import Number
from model.scenario import Fargate, Scenario

GROUP = "Fargate"


def fargate_lines(scenario: Scenario, task_hours: Number) -> tuple[Line, ...]:
    """Lines for vCPU, memory, Windows licence and storage, On-Demand and Spot.

    Args: task_hours: billed hours of all tasks in the month (image pull to stop, minimum applied), scenario shape.
    Returns: lines of scenario shape, USD a month.
    Source: METHOD.md "Fargate bill"; facts fargate.*, fargate_spot.*.
    """
    spot_share = np.asarray(scenario.fargate.spot_share)
    on_demand = _capacity_lines(scenario, task_hours * (1 - spot_share), "fargate", "")
    spot = (
        _capacity_lines(scenario, task_hours * spot_share, "fargate_spot", " Spot")
        if np.any(spot_share)
        else ()
    )
    return (*on_demand, *spot, *_licence_lines(scenario, task_hours), *_storage_lines(scenario, task_hours))


def billed_job_hours(scenario: Scenario, runs: Number, run_s: Number) -> Number:
    """Task-hours of `runs` runs: each is billed from image pull to stop, to the second, at least the minimum.

    Args: runs: runs a month. run_s: seconds from the start of the image pull to the end of the task.
    """
    windows = scenario.fargate.os == "windows"
    minimum_s = limit("fargate.min_billed_windows_s" if windows else "fargate.min_billed_s")
    return np.asarray(runs) * np.maximum(np.ceil(np.asarray(run_s) - 1e-9), minimum_s) / 3600


def platform(task: Fargate) -> str:
    """Variant of the price list: operating system and architecture."""
    return f"{task.os}_{task.architecture}"


def _capacity_lines(scenario: Scenario, task_hours: Number, id: str, suffix: str) -> tuple[Line, ...]:
    task, billing = scenario.fargate, scenario.billing
    variant = platform(task)
    name = f"({task.os.capitalize()}/{task.architecture})"
    vcpu = price(billing, f"{id}.vcpu", variant)
    memory = price(billing, f"{id}.memory", variant)
    return (
        *lines_for(f"vCPU{suffix} {name}", GROUP, task_hours * np.asarray(task.vcpu), vcpu, billing),
        *lines_for(f"Memory{suffix} {name}", GROUP, task_hours * np.asarray(task.memory_gb), memory, billing),
    )


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
