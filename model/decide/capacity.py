"""How much mean traffic the configured service can carry."""

from __future__ import annotations

import numpy as np

from model.compute import task_capacity_per_s
from model.fields import Number
from model.scenario import Scenario
from model.traffic import Traffic


def full_at_per_s(scenario: Scenario, traffic: Traffic) -> Number:
    """Mean arrival rate at whose peak all allowed tasks are busy, 1/s, scenario shape.

    Source: METHOD.md "Break-even".
    Returns: infinite for a job, whose runs all get a task of their own.
    """
    task = scenario.fargate
    if scenario.workload.kind == "job":
        return np.full(scenario.shape, np.inf)
    tasks = task.tasks if task.scaling == "fixed" else task.max_tasks
    peak_to_mean = traffic.peak_per_s / traffic.per_s.mean(axis=-1)
    return np.asarray(tasks) * task_capacity_per_s(scenario) / peak_to_mean
