"""A function over all its memory sizes: what a million requests cost, how long they take, which size to choose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s, lambda_vcpu
from model.decide.level import standing
from model.decide.right_size import lambda_settings
from model.evaluate import evaluate
from model.facts import limit
from model.measured import points
from model.scenario import Scenario, replace_at
from model.traffic import requests_per_month

Array = NDArray[np.float64]

POINTS = 61
MILLION = 1e6


@dataclass(frozen=True)
class MemoryTuning:
    """Lambda at every memory size.

    memory_mb: sizes, rising, today's among them. per_million_usd: Lambda's bill per million requests, None if a
    price is missing or nothing arrives; handler_s: mean warm handler time; p99_s: response time; vcpu; fits:
    whether service level and every limit are met; all of the shape of memory_mb.
    cheapest: index of the cheapest size that fits, None if none does. now: index of today's size.
    measured_mb, measured_s: what was measured, empty without measured durations.
    """

    memory_mb: Array
    per_million_usd: Array | None
    handler_s: Array
    p99_s: Array
    vcpu: Array
    fits: NDArray[np.bool_]
    cheapest: int | None
    now: int
    measured_mb: Array
    measured_s: Array


def memory_tuning(scenario: Scenario) -> MemoryTuning:
    """The function at sizes from the smallest to the largest, and the cheapest of them that is fast enough.

    Args: scenario: plain.
    Source: METHOD.md "Memory tuning".
    """
    measured_mb, measured_s = points(scenario.workload.measured_durations)
    alone = replace_at(scenario, "aws_lambda.managed_instances", False)
    best_mb = lambda_settings(alone)["aws_lambda.memory_mb"]
    now_mb = float(np.asarray(scenario.aws_lambda.memory_mb))
    sizes = np.geomspace(limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb"), POINTS)
    memory_mb = np.unique(np.concatenate([np.round(sizes), measured_mb, [best_mb, now_mb]]))
    comparison = evaluate(replace_at(alone, "aws_lambda.memory_mb", memory_mb))
    side, judged = comparison.aws_lambda, standing(comparison)
    usd, requests = side.bill.total_usd, float(np.asarray(requests_per_month(scenario)))
    known = usd is not None and requests > 0
    per_million = np.broadcast_to(np.asarray(usd), memory_mb.shape) / requests * MILLION if known else None
    fits = np.broadcast_to(judged.fits("aws_lambda"), memory_mb.shape)
    price = per_million if per_million is not None else memory_mb
    return MemoryTuning(
        memory_mb=memory_mb,
        per_million_usd=per_million,
        handler_s=np.broadcast_to(lambda_handler_s(comparison.scenario), memory_mb.shape),
        p99_s=np.broadcast_to(side.responses.quantile_s(0.99), memory_mb.shape),
        vcpu=np.asarray(lambda_vcpu(memory_mb)),
        fits=fits,
        cheapest=int(np.argmin(np.where(fits, price, np.inf))) if fits.any() else None,
        now=int(np.searchsorted(memory_mb, now_mb)),
        measured_mb=measured_mb,
        measured_s=measured_s,
    )
