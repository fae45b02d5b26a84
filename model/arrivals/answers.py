"""What the AWS command line prints as JSON: get-metric-statistics and get-metric-data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from model.arrivals.tables import MOST_ROWS, Rows
from model.arrivals.text import ArrivalsError, quoted

_KNOWN = "the output of “aws cloudwatch get-metric-statistics” or “get-metric-data”"


def json_rows(text: str) -> Rows:
    """The datapoints of an answer of CloudWatch.

    Raises: ArrivalsError: no JSON, another answer, several metrics, no Sum, no datapoints, too many.
    """
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArrivalsError(f"Line {error.lineno:,}: this is no JSON ({error.msg.lower()}).") from None
    except (ValueError, RecursionError):
        raise ArrivalsError(f"Line 1: this JSON cannot be read; needed is {_KNOWN}.") from None
    if isinstance(tree, Mapping) and isinstance(tree.get("Datapoints"), list):
        return _statistics(tree["Datapoints"], str(tree.get("Label", "")))
    if isinstance(tree, Mapping) and isinstance(tree.get("MetricDataResults"), list):
        return _data(tree["MetricDataResults"])
    raise ArrivalsError(f"Line 1: this JSON is not {_KNOWN}.")


def _statistics(points: Sequence[Any], label: str) -> Rows:
    _check_size(len(points))
    name = next(
        (name for name in ("Sum", "SampleCount") if isinstance(points[0], Mapping) and name in points[0]), ""
    )
    if not name:
        raise ArrivalsError("Datapoint 1 has no “Sum”: ask for it with --statistics Sum.")
    times, counts, places = [], [], []
    for number, point in enumerate(points, 1):
        if not isinstance(point, Mapping) or "Timestamp" not in point or name not in point:
            raise ArrivalsError(f"Datapoint {number:,} has no “Timestamp” or no “{name}”.")
        places.append(f"Datapoint {number:,}")
        times.append(_text(point["Timestamp"]))
        counts.append(_text(point[name]))
    unit = str(points[0].get("Unit", ""))
    return Rows(places, times, counts, label=label, statistic=name, unit=unit, ordered=False)


def _data(results: Sequence[Any]) -> Rows:
    filled = [result for result in results if isinstance(result, Mapping) and result.get("Values")]
    if len(filled) > 1:
        names = ", ".join(quoted(str(result.get("Label", "?"))) for result in filled[:5])
        raise ArrivalsError(
            f"The answer holds {len(filled)} metrics ({names}): ask for the one that counts requests."
        )
    if not filled:
        raise ArrivalsError("The answer holds no values: nothing was recorded in that time.")
    result = filled[0]
    times, values = result.get("Timestamps"), result["Values"]
    if not isinstance(times, list) or not isinstance(values, list) or len(times) != len(values):
        raise ArrivalsError("The answer has not as many “Timestamps” as “Values”.")
    _check_size(len(times))
    partial = result.get("StatusCode") == "PartialData"
    return Rows(
        [f"Value {number:,}" for number in range(1, len(times) + 1)],
        [_text(time) for time in times],
        [_text(value) for value in values],
        label=str(result.get("Label", "")),
        notices=("CloudWatch marks this answer as partial: more of it comes with its next token.",)
        if partial
        else (),
        ordered=False,
    )


def _check_size(rows: int) -> None:
    if not rows:
        raise ArrivalsError("The answer holds no datapoints: nothing was recorded in that time.")
    if rows > MOST_ROWS:
        raise ArrivalsError(f"The answer has more than {MOST_ROWS:,} values: ask for a shorter time.")


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.strip() if isinstance(value, str) else str(value)
