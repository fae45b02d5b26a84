"""Very many variants of one scenario, fast: coarser steps of traffic, and cold starts read off a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.evaluate import Comparison, FargateSide, LambdaSide, evaluate
from model.fields import NumberField
from model.scenario import Scenario, replace_at, value_at, vocabulary
from model.traffic import DAY_S, mean_per_s, traffic, usual_step_s
from model.warm_pool import WarmPool

Array = NDArray[np.float64]

MOST_STEPS = 700
STEADY_STEP_S = 3600.0
STEPS_S = (300.0, 900.0, 1800.0)
TABLE_POINTS = {True: (33, 17), False: (11, 7)}  # steady or not: over traffic, over handler time
SHAPE_POINTS = 5
SHAPE_FIELDS = ("workload.peak_to_mean", "workload.burstiness", "workload.on_share", "workload.spike_factor")


@dataclass(frozen=True)
class ColdTable:
    """Share of cold requests over mean traffic, handler time and the fields that shape the traffic.

    axes: logarithms of the values along each axis, ascending; log_p: logarithm of p_cold, one axis each.
    """

    axes: tuple[Array, ...]
    log_p: Array
    environments: Array

    def at(self, *values: Array) -> tuple[Array, Array]:
        """p_cold and mean environments, straight lines between the logarithms of neighbours, clipped to the table."""
        places = [
            _place(axis, np.log(np.maximum(value, 1e-300)))
            for axis, value in zip(self.axes, values, strict=True)
        ]
        log_p, environments = np.zeros(()), np.zeros(())
        for corner in product((0, 1), repeat=len(places)):
            weight, index = np.ones(()), list[NDArray[np.int64]]()
            for side, (low, share) in zip(corner, places, strict=True):
                weight = weight * (share if side else 1 - share)
                index.append(np.minimum(low + side, self.log_p.shape[len(index)] - 1))
            log_p = log_p + weight * self.log_p[tuple(index)]
            environments = environments + weight * self.environments[tuple(index)]
        return np.exp(log_p), environments


@dataclass(frozen=True)
class TabledLambda(LambdaSide):
    """The function with its cold starts from a table."""

    table: ColdTable

    @cached_property
    def cold(self) -> WarmPool:
        p_cold, environments = self.table.at(*_coordinates(self.scenario))
        shape = np.broadcast_shapes(self.scenario.shape, p_cold.shape)
        p_cold, environments = np.broadcast_to(p_cold, shape), np.broadcast_to(environments, shape)
        return WarmPool(p_cold, environments, environments)


def cold_table(scenario: Scenario, variants: Scenario) -> ColdTable:
    """The table for all variants of a scenario.

    Args: scenario: plain; variants: it with arrays in some numeric fields.
    Source: METHOD.md "How sure".
    Assumes: cold starts take as long as in the plain scenario, which moves p_cold in second order only.
    """
    reached = _coordinates(variants)
    steady = scenario.workload.pattern == "steady"
    points = (*TABLE_POINTS[steady], *(SHAPE_POINTS,) * len(SHAPE_FIELDS))
    axes = tuple(_axis(values, count) for values, count in zip(reached, points, strict=True))
    rate, service, *shapes = np.meshgrid(*(np.exp(axis) for axis in axes), indexing="ij")
    longer = service / np.asarray(lambda_handler_s(scenario))
    job = scenario.workload.kind == "job"
    cells = {
        "workload.runs_per_day" if job else "workload.requests_per_s": rate * DAY_S if job else rate,
        "workload.duration_s": np.clip(
            longer * scenario.workload.duration_s, 1e-3, 86_400.0 if job else 900.0
        ),
        **dict(zip(SHAPE_FIELDS, shapes, strict=True)),
    }
    # A field that stays as it is stays a plain number: patterns that do not use it cost nothing.
    cells = {
        path: np.clip(values, _FIELDS[path].low, _FIELDS[path].high)
        if np.ptp(values) > 0
        else float(value_at(scenario, path))
        for path, values in cells.items()
    }
    pool = evaluate(replace_at(scenario, cells)).aws_lambda.cold
    shape = tuple(axis.size for axis in axes)
    log_p = np.broadcast_to(np.log(np.maximum(pool.p_cold, 1e-300)), shape)
    return ColdTable(axes, log_p, np.broadcast_to(pool.environments_mean, shape))


def quick(scenario: Scenario, table: ColdTable) -> Comparison:
    """`evaluate`, faster: with the table's cold starts, and traffic in longer steps where there are many.

    Source: METHOD.md "How sure".
    """
    arriving = traffic(scenario, step_s(scenario))
    function = TabledLambda(scenario, arriving, table)
    return Comparison(scenario, function, FargateSide(scenario, arriving))


def step_s(scenario: Scenario) -> float:
    """Step of the traffic that keeps its series short, s; steady traffic needs one step."""
    if scenario.workload.pattern == "steady":
        return STEADY_STEP_S
    length_s = traffic(scenario).per_s.shape[-1] * STEPS_S[0]
    steps_s = (usual_step_s(scenario), *STEPS_S)
    return next((step for step in steps_s if length_s / step <= MOST_STEPS), STEPS_S[-1])


def _coordinates(scenario: Scenario) -> tuple[Array, ...]:
    """Traffic, handler time and shape of the traffic: what the table lies over."""
    shapes = (value_at(scenario, path) for path in SHAPE_FIELDS)
    own = (mean_per_s(scenario.workload), lambda_handler_s(scenario), *shapes)
    return tuple(np.asarray(value, np.float64) for value in own)


def _axis(values: Array, points: int) -> Array:
    low, high = np.log(np.maximum([np.min(values), np.max(values)], 1e-300))
    return np.linspace(low, high, points) if high - low > 1e-9 else np.array([low])


def _place(axis: Array, value: Array) -> tuple[NDArray[np.int64], Array]:
    if axis.size == 1:
        return np.zeros(value.shape, np.int64), np.zeros(value.shape)
    place = np.clip((value - axis[0]) / (axis[1] - axis[0]), 0.0, axis.size - 1 - 1e-9)
    low = place.astype(np.int64)
    return low, place - low


_FIELDS = {path: spec for path, spec, _ in vocabulary() if isinstance(spec, NumberField)}
