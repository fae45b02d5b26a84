"""Reactions, launches and task starts beside published timelines."""

from __future__ import annotations

from model.accuracy.compared import Compared
from model.scaling.published import PublishedCourse, PublishedTimeline, published_courses, published_timelines

CALIBRATED = ("aws_bench_ecs_tt_60s", "aws_bench_ecs_tt_20s", "alarm_timing_180s_buckets")
"""Cases whose figures the model's assumptions were taken from."""


def times() -> tuple[Compared, ...]:
    """Every published timeline; of a course its end, and as error the mean over the course.

    Source: METHOD.md "Accuracy"; measured/timelines.json.
    """
    return (*map(_timeline, published_timelines()), *map(_course, published_courses()))


def _timeline(row: PublishedTimeline) -> Compared:
    return Compared(
        row.case,
        row.quantity,
        row.unit,
        row.low,
        row.high,
        row.ours,
        row.ours_low,
        row.ours_high,
        row.error,
        calibrated=row.case in CALIBRATED,
        source=row.source,
        note=f"{row.setup}; confidence: {row.confidence}",
    )


def _course(row: PublishedCourse) -> Compared:
    ours, published = float(row.ours[-1]), float(row.published[-1])
    return Compared(
        row.case,
        f"{row.quantity}, course over {row.t_s[-1]:,.0f} s",
        row.quantity.split()[0],
        published,
        published,
        ours,
        ours,
        ours,
        row.error,
        source=row.source,
        note=f"{row.setup}; confidence: {row.confidence}",
    )
