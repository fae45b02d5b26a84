"""Where the bills cross over any field, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from model.decide.break_even import CostCurve, Crossing
from model.decide.sweeps import MAP_FIELDS
from pages.ui.answers.common import MOST_NAMED
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import about, said_list, uncertain

FIELDS = (
    *MAP_FIELDS,
    "aws_lambda.provisioned_concurrency",
    "aws_lambda.ephemeral_mb",
    "fargate.min_tasks",
    "fargate.ephemeral_gb",
    "workload.custom_metrics",
    "billing.other_lambda_gb_s",
)
"""Fields that move money, to look for a break-even over."""


def can_be_sized(path: str) -> bool:
    """Whether right-sizing leaves the field alone, so that both can be asked together."""
    return path.startswith(("workload.", "billing."))


def crossings(curve: CostCurve, found: Sequence[Crossing], sized: bool) -> str:
    """All crossings, or that there is none in this range and who is cheaper there."""
    if curve.lambda_usd is None or curve.fargate_usd is None:
        return "A price is missing: enter yours"
    name = uncertain(curve.path)
    sizes = ", both sized for the service level" if sized else ""
    if not found:
        low, high = (about(curve.path, float(value)) for value in curve.values[[0, -1]])
        return f"{name}: no break-even from {low} to {high}{sizes}"
    points = [about(curve.path, crossing.value) for crossing in found]
    shown = (
        said_list(points)
        if len(points) <= MOST_NAMED
        else f"{points[0]} to {points[-1]}, {len(points)} times"
    )
    return f"{name}: break-even at {shown}; above, {NAMES[found[-1].above]} is cheaper{sizes}"
