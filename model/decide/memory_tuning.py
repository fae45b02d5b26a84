"""A function over all its memory sizes: what a million requests cost, how long they take, which size to choose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s, lambda_vcpu
from model.decide.level import standing
from model.evaluate import evaluate
from model.facts import limit
from model.measured import points
from model.scenario import Scenario, replace_at
from model.traffic import requests_per_month

Array = NDArray[np.float64]

POINTS, FINE_POINTS = 41, 17
MILLION = 1e6
MEMORY = "aws_lambda.memory_mb"


@dataclass(frozen=True)
class MemoryTuning:
    """Lambda at every memory size.

    memory_mb: sizes, rising. per_million_usd: Lambda's bill per million requests, None if a price is missing or
    nothing arrives; handler_s: mean warm handler time; p99_s: response time; vcpu; fits: whether service level and
    every limit are met; all of the shape of memory_mb.
    cheapest: index of the cheapest size that fits, None if none does.
    measured_mb, measured_s: what was measured, empty without measured durations.
    """

    memory_mb: Array
    per_million_usd: Array | None
    handler_s: Array
    p99_s: Array
    vcpu: Array
    fits: NDArray[np.bool_]
    cheapest: int | None
    measured_mb: Array
    measured_s: Array


def memory_tuning(scenario: Scenario) -> MemoryTuning:
    """The function at sizes from the smallest to the largest, and the cheapest of them that is fast enough.

    Args: scenario: plain; its own memory does not count.
    Source: METHOD.md "Memory tuning".
    """
    alone = replace_at(scenario, "aws_lambda.managed_instances", False)
    least_mb, most_mb = limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb")
    measured_mb, _ = points(scenario.workload.measured_durations)
    coarse_mb = np.union1d(np.round(np.geomspace(least_mb, most_mb, POINTS)), measured_mb)
    coarse = _at(alone, coarse_mb)
    if coarse.cheapest is None:
        return coarse
    low, high = max(coarse.cheapest - 1, 0), min(coarse.cheapest + 1, coarse_mb.size - 1)
    near_mb = np.setdiff1d(np.round(np.linspace(coarse_mb[low], coarse_mb[high], FINE_POINTS)), coarse_mb)
    return _merged(coarse, _at(alone, near_mb)) if near_mb.size else coarse


def _at(scenario: Scenario, memory_mb: Array) -> MemoryTuning:
    comparison = evaluate(replace_at(scenario, MEMORY, memory_mb))
    side, judged = comparison.aws_lambda, standing(comparison)
    usd, requests = side.bill.total_usd, float(np.asarray(requests_per_month(scenario)))
    known = usd is not None and requests > 0
    per_million = np.broadcast_to(np.asarray(usd), memory_mb.shape) / requests * MILLION if known else None
    fits = np.broadcast_to(judged.fits("aws_lambda"), memory_mb.shape)
    return MemoryTuning(
        memory_mb,
        per_million,
        np.broadcast_to(lambda_handler_s(comparison.scenario), memory_mb.shape),
        np.broadcast_to(side.responses.quantile_s(0.99), memory_mb.shape),
        np.asarray(lambda_vcpu(memory_mb)),
        fits,
        _cheapest(per_million, fits),
        *points(scenario.workload.measured_durations),
    )


def _merged(one: MemoryTuning, other: MemoryTuning) -> MemoryTuning:
    """Both in rising order of memory."""
    order = np.argsort(np.concatenate([one.memory_mb, other.memory_mb]))

    def both(name: str) -> Any:
        return np.concatenate([getattr(one, name), getattr(other, name)])[order]

    per_million = None if one.per_million_usd is None else both("per_million_usd")
    along = {name: both(name) for name in ("memory_mb", "handler_s", "p99_s", "vcpu", "fits")}
    cheapest = _cheapest(per_million, along["fits"])
    return replace(one, **along, per_million_usd=per_million, cheapest=cheapest)


def _cheapest(per_million: Array | None, fits: NDArray[np.bool_]) -> int | None:
    if per_million is None or not fits.any():
        return None
    return int(np.argmin(np.where(fits, per_million, np.inf)))
