"""A table of endpoints, as people type and paste it: one row each, a field of the scenario per column."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.cold_start import cold_start
from model.fields import Field, FlagField, ManyField, NumberField, ScenarioError
from model.scenario import Scenario, replace_at, vocabulary

NAME = "name"
MOST_ROWS = 100
MOST_NAME = 60
SHOWN = (
    "workload.kind",
    "workload.requests_per_s",
    "workload.runs_per_day",
    "workload.pattern",
    "workload.peak_to_mean",
    "workload.duration_s",
    "workload.cpu_share",
    "workload.memory_base_mb",
    "workload.slo_p99_s",
    "workload.timeout_s",
    "workload.needs",
    "aws_lambda.memory_mb",
    "aws_lambda.invocation",
    "fargate.vcpu",
    "fargate.memory_gb",
    "fargate.min_tasks",
)
"""Fields with a column of their own from the start; any other field of the three groups may be added by its name."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Endpoint:
    """One row: its name and the whole scenario it stands for."""

    name: str
    scenario: Scenario


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be used. row: counted from 1; column: as in the table, "" for the whole row."""

    row: int
    name: str
    column: str
    value: str
    allowed: str


def _columns() -> dict[str, str]:
    """Column -> path: the last part of the path where only one field has it, the whole path everywhere."""
    paths = [path for path, _, _ in vocabulary() if not path.startswith("billing.")]
    ends = [path.partition(".")[2] for path in paths]
    short = {end: path for end, path in zip(ends, paths, strict=True) if ends.count(end) == 1}
    return {**short, **{path: path for path in paths}}


COLUMNS = _columns()
SPECS: dict[str, Field] = {path: spec for path, spec, _ in vocabulary()}


def column(path: str) -> str:
    """The name of a field's column."""
    end = path.partition(".")[2]
    return end if COLUMNS.get(end) == path else path


def endpoints(
    base: Scenario, rows: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Endpoint, ...], tuple[Problem, ...]]:
    """The endpoints of a table, and every cell that cannot be used; rows without any entry are skipped.

    Args: base: what an empty cell and every column that is not there take their value from. rows: column -> cell, as
        text, number or list; empty, None and NaN are empty cells.
    Returns: endpoints of the good rows, in order; problems of the others.
    """
    good: list[Endpoint] = []
    bad: list[Problem] = []
    filled = [row for row in rows if any(not _is_empty(cell) for cell in row.values())]
    for number, row in enumerate(filled, start=1):
        if number > MOST_ROWS:
            bad.append(Problem(number, "", "", str(len(filled)), f"at most {MOST_ROWS} rows"))
            break
        name = " ".join(str(row.get(NAME) or "").split())[:MOST_NAME] or f"endpoint {number}"
        if name in {one.name for one in good}:
            bad.append(Problem(number, name, NAME, name, "a name that no other row has"))
            continue
        found = _scenario(base, row)
        if isinstance(found, Scenario):
            good.append(Endpoint(name, found))
        else:
            bad += [Problem(number, name, *one) for one in found]
    return tuple(good), tuple(bad)


def _scenario(base: Scenario, row: Mapping[str, Any]) -> Scenario | list[tuple[str, str, str]]:
    """The row's scenario, or column, value and what is allowed for every bad cell."""
    changes: dict[str, Any] = {}
    bad: list[tuple[str, str, str]] = []
    for name, cell in row.items():
        if name == NAME or _is_empty(cell):
            continue
        path = COLUMNS.get(name)
        if path is None:
            bad.append(
                (
                    str(name)[:MOST_NAME],
                    _shown(cell),
                    "no such column: name it like a setting, or leave it out",
                )
            )
            continue
        value = _value(SPECS[path], cell)
        if SPECS[path].accepts(value):
            changes[path] = value
        else:
            bad.append((name, _shown(cell), SPECS[path].allowed.replace("a list of any of", "any of")))
    if bad:
        return bad
    try:
        scenario = replace_at(base, changes)
        cold_start(scenario)
    except ScenarioError as error:
        return [(column(error.path), _shown(error.value), error.allowed)]
    return scenario


def _value(spec: Field, cell: Any) -> Any:
    """A cell as the field wants it; as it is where it cannot be read."""
    if isinstance(spec, NumberField):
        if isinstance(cell, bool):
            return None
        try:
            return float(str(cell).strip().replace("\u00a0", "").replace(" ", ""))
        except ValueError:
            return str(cell)
    if isinstance(spec, FlagField):
        text = str(cell).strip().lower()
        return text in ("true", "yes", "1") if text in ("true", "yes", "1", "false", "no", "0") else str(cell)
    if isinstance(spec, ManyField):
        parts = cell if isinstance(cell, (list, tuple)) else str(cell).replace(";", ",").split(",")
        return [str(part).strip() for part in parts if str(part).strip()]
    return str(cell).strip()


def _is_empty(cell: Any) -> bool:
    if isinstance(cell, (list, tuple)):
        return not cell
    return cell is None or cell != cell or str(cell).strip() == ""


def _shown(cell: Any) -> str:
    text = ", ".join(map(str, cell)) if isinstance(cell, (list, tuple)) else str(cell)
    return text if len(text) <= 40 else text[:39] + "…"


# --- text in and out ------------------------------------------------------------------------------


def from_text(text: str) -> list[dict[str, str]]:
    """Rows of a CSV, or of cells copied from a spreadsheet (tabs), with the columns in the first line.

    Raises: ValueError in one sentence: no header, no rows, or cells beyond the columns.
    """
    lines = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not lines.strip():
        raise ValueError("There is no text: paste a table whose first line names the columns.")
    first = lines.split("\n", 1)[0]
    separator = max("\t;,", key=first.count)
    table = [row for row in csv.reader(io.StringIO(lines), delimiter=separator) if any(map(str.strip, row))]
    head = [_plain(cell).strip().lower() for cell in table[0]]
    known = [name for name in head if name == NAME or name in COLUMNS]
    if not known:
        raise ValueError(
            f"The first line must name columns, such as name{separator}requests_per_s{separator}duration_s; "
            f"it begins with {_shown(table[0][0])!r}."
        )
    repeated = next((name for name in head if name and head.count(name) > 1), "")
    if repeated:
        raise ValueError(f"The column {repeated!r} is there twice.")
    if len(table) < 2:
        raise ValueError("There is a line of columns but no row below it.")
    for number, row in enumerate(table[1:], start=1):
        if len(row) > len(head):
            raise ValueError(f"Row {number} has {len(row)} cells, but there are {len(head)} columns.")
    return [{name: _plain(cell) for name, cell in zip(head, row, strict=False) if name} for row in table[1:]]


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table as CSV; text that a spreadsheet would take for a formula gets an apostrophe in front."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return out.getvalue()


def _cell(value: Any) -> str:
    if _is_empty(value):
        return ""
    if isinstance(value, (list, tuple)):
        value = ";".join(map(str, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.15g}"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


EXAMPLE: tuple[dict[str, Any], ...] = (
    {
        "name": "users",
        "kind": "service",
        "requests_per_s": 60.0,
        "pattern": "diurnal",
        "peak_to_mean": 2.0,
        "duration_s": 0.12,
        "cpu_share": 0.2,
        "slo_p99_s": 1.0,
        "memory_mb": 1024.0,
        "invocation": "sync",
        "vcpu": 0.5,
        "memory_gb": 1.0,
    },
    {
        "name": "reports",
        "kind": "service",
        "requests_per_s": 0.05,
        "pattern": "business_hours",
        "peak_to_mean": 6.0,
        "duration_s": 8.0,
        "cpu_share": 0.9,
        "slo_p99_s": 60.0,
        "timeout_s": 120.0,
        "memory_mb": 3008.0,
        "invocation": "sync",
        "vcpu": 1.0,
        "memory_gb": 2.0,
    },
    {
        "name": "webhooks",
        "kind": "service",
        "requests_per_s": 2.0,
        "pattern": "on_off",
        "duration_s": 0.08,
        "cpu_share": 0.3,
        "slo_p99_s": 3.0,
        "memory_mb": 512.0,
        "invocation": "sync",
        "vcpu": 0.25,
        "memory_gb": 0.5,
    },
    {
        "name": "file processing",
        "kind": "service",
        "requests_per_s": 0.05,
        "pattern": "business_hours",
        "peak_to_mean": 4.0,
        "duration_s": 12.0,
        "cpu_share": 0.6,
        "slo_p99_s": 120.0,
        "timeout_s": 900.0,
        "memory_mb": 2048.0,
        "invocation": "async",
        "vcpu": 1.0,
        "memory_gb": 2.0,
    },
    {
        "name": "scheduled jobs",
        "kind": "job",
        "runs_per_day": 96.0,
        "pattern": "steady",
        "duration_s": 120.0,
        "cpu_share": 0.5,
        "memory_mb": 1024.0,
        "invocation": "async",
        "vcpu": 0.5,
        "memory_gb": 1.0,
    },
)
"""The five kinds of route of a common hybrid architecture; the numbers are an example of ours."""
