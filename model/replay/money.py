"""What each window costs: every line of the month's bill spread over time by what drives it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model.cost.lines import Bill, Line

Array = NDArray[np.float64]

_FLAT_UNITS = ("hour", "GB-month", "metric-month", "vCPU-hour", "USD")
_FLAT_ITEMS = ("SnapStart cache", "WebSocket API connection minutes")
_OF_TASKS = "Public IPv4 addresses of tasks"
_OF_STARTS = ("init phase", "SnapStart restore")
_OF_ENVIRONMENTS = "Provisioned concurrency"


def window_usd(
    bill: Bill, courses: Mapping[str, Array], hours: Array, hours_per_month: float
) -> Array | None:
    """Cost in each window, USD; None while the bill has a line without a price.

    Args: bill: a month's. courses: amount in each window of "requests", "tasks", "starts" and "environments"
        (whatever the platform has). hours: length of each window, h. hours_per_month: the bill's.
    Returns: shape of hours; the sum is total_usd · Σ hours / hours_per_month.
    Source: METHOD.md "Replay".
    Assumes: free tier and slices are spread evenly over what they apply to.
    """
    if bill.missing:
        return None
    total = np.zeros_like(hours)
    months = float(hours.sum()) / hours_per_month
    for line in bill.lines:
        total += float(line.usd or 0.0) * months * _shares(line, courses, hours)
    return total


def _shares(line: Line, courses: Mapping[str, Array], hours: Array) -> Array:
    """The line's share in each window; flat where its driver never moves."""
    course = courses.get(_driver(line), hours)
    total = float(course.sum())
    return course / total if total > 0 else hours / float(hours.sum())


def _driver(line: Line) -> str:
    if line.item.startswith(_OF_TASKS) or line.group == "Fargate":
        return "tasks"
    if any(word in line.item for word in _OF_STARTS):
        return "starts"
    if line.item.startswith(_OF_ENVIRONMENTS):
        return "environments"
    if line.unit in _FLAT_UNITS or line.item.startswith(_FLAT_ITEMS):
        return "hours"
    return "requests"
