"""What the columns of somebody's table stand for: suggested from their names, and open to change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.decide.endpoints import COLUMNS
from model.scenario import vocabulary

Columns = dict[str, str]
"""Column of the table -> what it stands for: a field's path, or one of TARGETS."""

TARGETS: dict[str, str] = {
    "name": "what the service is called; rows of one name are one service where each row is a minute or a line of a bill",
    "on": "where it runs today: aws_lambda or fargate",
    "invocations": "requests within the days the table covers",
    "duration_ms": "mean duration, ms",
    "duration_p99_ms": "p99 of the duration, ms; with the mean it gives the spread",
    "memory_configured_mb": "Lambda memory, at which the duration was measured, MB",
    "time": "start of the period that was counted",
    "requests": "requests counted in the period",
    "usage_type": "usage type of a line of a cost-and-usage export",
    "usage_amount": "its amount",
}
"""What a column may stand for beside the fields of a scenario, and what that means."""

SPELLINGS: dict[str, tuple[str, ...]] = {
    "name": (
        "name",
        "service",
        "servicename",
        "function",
        "functionname",
        "endpoint",
        "resource",
        "resourceid",
        "lineitemresourceid",
        "label",
    ),
    "on": ("on", "platform", "runson", "today"),
    "invocations": ("invocations", "invocationssum", "sumofinvocations", "invocationcount"),
    "duration_ms": (
        "duration",
        "durationms",
        "durationaverage",
        "durationaveragems",
        "averageduration",
        "averagedurationms",
        "avgdurationms",
        "meandurationms",
        "durationavg",
        "durationavgms",
    ),
    "duration_p99_ms": ("durationp99", "durationp99ms", "p99duration", "p99durationms", "p99ms"),
    "memory_configured_mb": (
        "memory",
        "memorymb",
        "memorysize",
        "memorysizemb",
        "configuredmemorymb",
        "memorymbconfigured",
    ),
    "time": ("time", "timestamp", "minute", "date", "datetime", "period", "starttime"),
    "requests": ("requests", "count", "counts", "requestcount", "requestsperminute", "sum"),
    "usage_type": ("usagetype", "lineitemusagetype"),
    "usage_amount": ("usageamount", "usagequantity", "lineitemusageamount"),
}
"""Target -> names people and AWS give it, without case, blanks, and signs."""

SERVICES, MINUTES, USAGE = "services", "minutes", "usage"
"""The forms a table may have: a row per service; per service and period; per line of a bill."""


@dataclass(frozen=True)
class FleetError(ValueError):
    """A table or an order that cannot be used; the message is one sentence that says what to do."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def suggested(columns: Sequence[str]) -> Columns:
    """What each column most likely stands for; columns that say nothing to us are left out.

    Names of the scenario vocabulary come first ("duration_s", "workload.duration_s"), then common spellings.
    No two columns stand for the same.
    """
    found: Columns = {}
    for column in columns:
        path = COLUMNS.get(str(column).strip().lower()) or _BILLING.get(str(column).strip().lower())
        if path is not None and path not in found.values():
            found[column] = path
    for column in columns:
        target = _BY_SPELLING.get(_bare(column))
        if column not in found and target is not None and target not in found.values():
            found[column] = target
    return found


def settled(columns: Sequence[str], own: Mapping[str, str]) -> Columns:
    """The suggestion with a user's own choices; "" leaves a column out.

    Raises: FleetError for a column the table does not have, or a target there is none of, or one chosen twice.
    """
    known = {*TARGETS, *(path for path, _, _ in vocabulary())}
    for column, target in own.items():
        if column not in columns:
            raise FleetError(f"There is no column {column!r}; the table has {', '.join(map(str, columns))}.")
        if target and target not in known and target not in COLUMNS:
            raise FleetError(
                f"{target!r} is nothing a column can stand for: take a setting's name or one of {', '.join(TARGETS)}."
            )
    chosen = {column: COLUMNS.get(target, target) for column, target in own.items()}
    rest = {c: t for c, t in suggested(columns).items() if c not in own and t not in chosen.values()}
    both = {c: t for c, t in {**rest, **chosen}.items() if t}
    for target in both.values():
        twice = [column for column, other in both.items() if other == target]
        if len(twice) > 1:
            raise FleetError(f"The columns {' and '.join(twice)} stand for the same: {target}.")
    return both


def form(columns: Columns) -> str:
    """Which form a table with these columns has.

    Raises: FleetError if it is none of them.
    """
    targets = set(columns.values())
    if {"usage_type", "usage_amount"} <= targets:
        return USAGE
    if {"name", "time", "requests"} <= targets:
        return MINUTES
    if targets & {"invocations", "workload.requests_per_s", "workload.runs_per_day"}:
        return SERVICES
    raise FleetError(
        "No column tells how much traffic there is: name one requests_per_s, runs_per_day or invocations, "
        "or give service, timestamp and requests in long form."
    )


def _bare(column: str) -> str:
    return re.sub(r"[^a-z0-9]", "", str(column).lower())


_BY_SPELLING = {spelling: target for target, spellings in SPELLINGS.items() for spelling in spellings}
_BILLING = {path.partition(".")[2]: path for path, _, _ in vocabulary() if path.startswith("billing.")} | {
    path: path for path, _, _ in vocabulary() if path.startswith("billing.")
}
