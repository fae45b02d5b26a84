"""Tables as people have them, read into services: a row for each, or lines of a bill."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.fleet.mapping import Columns, FleetError
from model.fleet.services import (
    LONGEST_SHOWN,
    MOST_SERVICES,
    PLATFORM_WORDS,
    SPECS,
    Refused,
    Services,
    checked,
    readable,
)
from model.scenario import Scenario
from model.traffic import DAY_S

Array = NDArray[np.float64]

DAYS = 30.0
"""Days that counts of a table cover, if the user does not say otherwise."""
Z99 = 2.3263478740408408
MS_PER_S = 1000.0
MB_PER_GB = 1024.0
LONGEST_NAME = 120

_REQUEST = re.compile(r"(?:^|-)Request(?:-ARM)?$")
_GB_S = re.compile(r"Lambda-GB-Second(?:-ARM)?$")
_FARGATE = re.compile(r"Fargate-(?:ARM-|Windows-)?(?:vCPU|GB|OS)-Hours")


def services(frame: pd.DataFrame, columns: Columns, base: Scenario, days: float = DAYS) -> Services:
    """One service in each row.

    Args: frame: any types of cells, text too. columns: of it, what each stands for; others are left out. base: what
        an empty cell and every field without a column take their value from. days: which `invocations` cover.
    Returns: Services; a row that cannot be used is in `refused` with its reason.
    Source: METHOD.md "Estate".
    Raises: FleetError for no row at all, or too many.
    """
    if not 0 < len(frame) <= MOST_SERVICES:
        raise FleetError(
            f"The table has {len(frame):,} rows; it takes from 1 to {MOST_SERVICES:,}, one for each service."
        )
    frame = frame.reset_index(drop=True)
    number = np.arange(1, len(frame) + 1)
    of = {target: column for column, target in columns.items()}
    names = _names(frame[of["name"]] if "name" in of else pd.Series([""] * len(frame)), number)
    refusals = _Refusals(number, names)
    settings: dict[str, pd.Series] = {}
    for column, path in columns.items():
        if path in SPECS:
            settings[path], bad = readable(path, frame[column])
            refusals.add(bad, str(column), frame[column], SPECS[path].allowed)
    _from_exports(frame, of, base, days, settings, refusals)
    on = _platforms(frame[of["on"]], of["on"], refusals) if "on" in of else _usual_platform(of, len(frame))
    _tell_kinds(settings, len(frame))
    repeated = pd.Series(names).duplicated().to_numpy()
    refusals.add(repeated, of.get("name", ""), pd.Series(names), "a name that no row above has")
    left_out = [str(column) for column in frame.columns if column not in columns]
    notices = [f"Columns that were left out: {', '.join(left_out)}."] if left_out else []
    keep = np.flatnonzero(~refusals.bad)
    table = pd.DataFrame(settings, index=range(len(frame))).iloc[keep].reset_index(drop=True)
    return checked(
        [names[i] for i in keep],
        number[keep],
        [on[i] for i in keep],
        table,
        base,
        refused=refusals.found,
        notices=notices,
    )


def usage(frame: pd.DataFrame, columns: Columns, base: Scenario, days: float = DAYS) -> Services:
    """One service for each resource of a cost-and-usage export: its Lambda lines, added up.

    Args: as `services`; days: which the export covers.
    Returns: Services on Lambda. Mean duration = GB-seconds / requests / memory, which is that of base, or of a
        column of its own. Tasks of Fargate are refused: a bill tells their hours, not what they served.
    Raises: FleetError for an export without lines of Lambda or Fargate.
    """
    of = {target: column for column, target in columns.items()}
    amount = pd.to_numeric(frame[of["usage_amount"]], errors="coerce").fillna(0.0).to_numpy(np.float64)
    kind = frame[of["usage_type"]].astype("string").fillna("")
    by_type = {word: _kind_of_line(word) for word in kind.unique()}
    kinds = kind.map(by_type).to_numpy(object)
    if not any(by_type.values()):
        raise FleetError("No line of the export is of Lambda (requests, GB-seconds) or of Fargate (hours).")
    name = frame[of["name"]] if "name" in of else pd.Series(["all functions"] * len(frame))
    resource = name.astype("string").fillna("").map(_last_part)
    lines = pd.DataFrame({"name": resource.to_numpy(object), "kind": kinds, "amount": amount})
    sums = lines[lines["kind"] != ""].pivot_table(
        index="name", columns="kind", values="amount", aggfunc="sum", fill_value=0.0, sort=False
    )
    for one in ("requests", "gb_s", "fargate"):
        if one not in sums:
            sums[one] = 0.0
    memory = pd.Series(float(np.asarray(base.aws_lambda.memory_mb)), index=sums.index)
    if "memory_configured_mb" in of:
        own = pd.to_numeric(frame[of["memory_configured_mb"]], errors="coerce")
        memory = own.groupby(resource.to_numpy(object)).max().reindex(sums.index).fillna(memory)
    with np.errstate(divide="ignore", invalid="ignore"):
        duration_ms = sums["gb_s"] / sums["requests"] / (memory / MB_PER_GB) * MS_PER_S
    table = pd.DataFrame(
        {
            "name": sums.index.to_numpy(object),
            "invocations": sums["requests"].to_numpy(),
            "duration_ms": duration_ms.to_numpy(),
            "memory_configured_mb": memory.to_numpy(),
        }
    )
    found = services(table, {column: column for column in table.columns}, base, days)
    tasks = set(sums.index[(sums["fargate"] > 0) & (sums["requests"] == 0)])
    reason = (
        "a bill tells the hours of its tasks, not the requests they served: give it a row with requests_per_s"
    )
    refused = [
        Refused(one.row, one.name, "", "", reason) if one.name in tasks else one for one in found.refused
    ]
    others = int((lines["kind"] == "").sum())
    notices = [f"Lines of neither Lambda nor Fargate that were left out: {others:,}."] if others else []
    if "memory_configured_mb" not in of:
        size = float(np.asarray(base.aws_lambda.memory_mb))
        notices.append(f"The export has no memory size: durations are those of {size:,.0f} MB.")
    return Services(
        found.name, found.row, found.on, found.settings, base, None, tuple(refused), tuple(notices)
    )


class _Refusals:
    """What is wrong with which rows."""

    def __init__(self, number: NDArray[np.int64], names: Sequence[str]) -> None:
        self.number, self.names = number, names
        self.bad = np.zeros(len(number), bool)
        self.found: list[Refused] = []

    def add(self, bad: NDArray[np.bool_], column: str, cells: pd.Series, allowed: str) -> None:
        for i in np.flatnonzero(bad):
            cell = " ".join(str(cells.iloc[i]).split())[:LONGEST_SHOWN]
            self.found.append(Refused(int(self.number[i]), self.names[int(i)], column, cell, allowed))
        self.bad |= bad


def _names(cells: pd.Series, number: NDArray[np.int64]) -> list[str]:
    text = cells.astype("string").fillna("").tolist()
    plain = [" ".join(word.split())[:LONGEST_NAME] for word in text]
    return [word or f"service {n}" for word, n in zip(plain, number, strict=True)]


def _from_exports(
    frame: pd.DataFrame,
    of: dict[str, str],
    base: Scenario,
    days: float,
    settings: dict[str, pd.Series],
    refusals: _Refusals,
) -> None:
    """CloudWatch's units into ours: counts into rates, milliseconds into seconds, a p99 into a spread."""

    def numbers(target: str, low: float) -> Array | None:
        if target not in of:
            return None
        cells = frame[of[target]]
        text = cells.astype("string").str.replace(r"[\s\u00a0,]", "", regex=True)
        found = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        empty = text.isna().to_numpy(bool) | (text == "").fillna(True).to_numpy(bool)
        wrong = ~empty & ~(np.isfinite(found) & (found >= low))
        refusals.add(wrong, str(of[target]), cells, "a number" if low == 0 else f"a number from {low:g}")
        return np.where(wrong, np.nan, found)

    counted = numbers("invocations", 0.0)
    if counted is not None:
        none = counted <= 0
        refusals.add(none, of["invocations"], frame[of["invocations"]], "a service that is called at all")
        lowest = SPECS["workload.requests_per_s"].low  # type: ignore[union-attr]
        rate = np.where(none, np.nan, np.maximum(counted / (days * DAY_S), lowest))
        settings.setdefault("workload.requests_per_s", pd.Series(rate))
    mean = numbers("duration_ms", 1.0)
    if mean is not None:
        settings.setdefault("workload.duration_s", pd.Series(mean / MS_PER_S))
    slow = numbers("duration_p99_ms", 1.0)
    if slow is not None and mean is not None:
        settings.setdefault("workload.duration_cv", pd.Series(cv_of_p99(mean, slow)))
    memory = numbers("memory_configured_mb", 0.0)
    if memory is not None:
        for path in ("aws_lambda.memory_mb", "workload.measured_at_mb"):
            cells, bad = readable(path, pd.Series(memory))
            if path not in settings:
                settings[path] = cells
                column = of["memory_configured_mb"]
                refusals.add(bad & ~refusals.bad, column, frame[column], SPECS[path].allowed)


def cv_of_p99(mean: Array, p99: Array) -> Array:
    """The spread of a lognormal with this mean and p99; NaN where either is missing.

    Returns: standard deviation / mean: with sigma the smaller root of sigma^2 / 2 - 2.326 sigma + log(p99 / mean) = 0.
        A p99 below the mean counts as no spread, one beyond what any lognormal has (15 times) as the widest.
    """
    log_ratio = np.clip(np.log(p99 / mean), 0.0, Z99**2 / 2)
    sigma = Z99 - np.sqrt(np.maximum(Z99**2 - 2 * log_ratio, 0.0))
    return np.asarray(np.minimum(np.sqrt(np.expm1(sigma**2)), 10.0))


def _platforms(cells: pd.Series, column: str, refusals: _Refusals) -> list[str]:
    words = cells.astype("string").fillna("").str.lower().str.replace(r"[^a-z]", "", regex=True)
    bad = (words != "") & ~words.isin([word.replace("_", "") for word in PLATFORM_WORDS])
    refusals.add(bad.to_numpy(bool), column, cells, "aws_lambda, fargate, or nothing")
    known = {word.replace("_", ""): platform for word, platform in PLATFORM_WORDS.items()}
    return [known.get(word, "") for word in words]


def _usual_platform(of: dict[str, str], rows: int) -> list[str]:
    """Who has invocations and a configured memory runs on Lambda."""
    return ["aws_lambda" if "invocations" in of else ""] * rows


def _tell_kinds(settings: dict[str, pd.Series], rows: int) -> None:
    """A row that only says how often it runs a day is a job."""
    runs = settings.get("workload.runs_per_day")
    if runs is not None and "workload.kind" not in settings:
        rates = settings.get("workload.requests_per_s", pd.Series(np.full(rows, np.nan)))
        jobs = runs.notna().to_numpy() & rates.isna().to_numpy()
        settings["workload.kind"] = pd.Series(["job" if job else None for job in jobs], dtype=object)


def _kind_of_line(usage_type: str) -> str:
    if _GB_S.search(usage_type):
        return "gb_s"
    if _REQUEST.search(usage_type):
        return "requests"
    return "fargate" if _FARGATE.search(usage_type) else ""


def _last_part(resource: str) -> str:
    """The name in an ARN."""
    return re.split(r"[:/]", resource)[-1] if resource.startswith("arn:") else resource
