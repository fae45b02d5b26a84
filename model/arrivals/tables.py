"""Which cells of a CSV file are times and which are counts: two columns, or what CloudWatch and dashboards export."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from model.arrivals.stamps import ISO, looks_like_a_time
from model.arrivals.text import ArrivalsError, lines_of, quoted

MOST_ROWS = 700_000
MOST_COLUMNS = 500
LONGEST_HEAD = 200
SAMPLE = 50
_DELIMITERS = ("\t", ";", ",")
_WANTED = re.compile(r"request|invocation|hits|\bcount\b|arrival", re.IGNORECASE)
COUNTING = ("sum", "samplecount", "sample count", "n")
"""Statistics that count requests."""


@dataclass(frozen=True)
class Rows:
    """Times and counts as written, with their place in the file, and what the file says about them.

    places: "Line 7" for each row. label, statistic, unit, period: of the counts, "" where the file does not say.
    ordered: whether the order of rows means something (an API's answer comes in any order).
    """

    places: Sequence[str]
    times: Sequence[str]
    counts: Sequence[str]
    label: str = ""
    statistic: str = ""
    unit: str = ""
    period: str = ""
    notices: tuple[str, ...] = ()
    ordered: bool = True


def csv_rows(text: str) -> Rows:
    """The rows of a CSV file.

    Raises: ArrivalsError: no times, no counts, several metrics, too many rows, a broken quote.
    """
    lines = lines_of(text)
    cells = _cells(lines, _delimiter(lines))
    first, time_column = _first_row(cells)
    head, body = cells[:first], cells[first:]
    count_column, notices = _count_column(head, body, time_column)
    most = max(time_column, count_column) + 1
    places, times, counts = [], [], []
    for line, row in body:
        if len(row) < most:
            raise ArrivalsError(
                f"Line {line:,}: a time and a count are needed; {quoted(row[0])} stands alone."
            )
        places.append(f"Line {line:,}")
        times.append(row[time_column])
        counts.append(row[count_column])
    said = {row[0].lower().rstrip(":"): row for _, row in head if row}

    def about(*names: str) -> str:
        for name in names:
            row = said.get(name, ())
            if len(row) > 1:
                return row[count_column] if count_column < len(row) else row[-1]
        return ""

    return Rows(
        places,
        times,
        counts,
        label=about("full label", "label", "id") or _title(head, count_column),
        statistic=about("statistic", "statistics", "stat"),
        unit=about("unit", "units"),
        period=about("period"),
        notices=notices,
    )


def _delimiter(lines: Sequence[str]) -> str:
    sample = [line for line in lines[: LONGEST_HEAD + SAMPLE] if line.strip()][-SAMPLE:]
    best = max(_DELIMITERS, key=lambda mark: sum(mark in line for line in sample))
    return best if any(best in line for line in sample) else ","


def _cells(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Line number and cells of every row that is not empty."""
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            stripped = [cell.strip() for cell in row]
            if not any(stripped):
                continue
            if len(stripped) > MOST_COLUMNS:
                raise ArrivalsError(
                    f"Line {reader.line_num:,} has {len(stripped):,} columns: a time and a count are needed."
                )
            rows.append((reader.line_num, stripped))
            if len(rows) > MOST_ROWS + LONGEST_HEAD:
                raise ArrivalsError(
                    f"The file has more than {MOST_ROWS:,} rows: export a shorter time or a longer period."
                )
    except csv.Error:
        raise ArrivalsError(f"Line {reader.line_num:,} has a quotation mark that is never closed.") from None
    if not rows:
        raise ArrivalsError("The file is empty: it needs a row for each period, with time and count.")
    return rows


def _first_row(cells: Sequence[tuple[int, list[str]]]) -> tuple[int, int]:
    """Index of the first row with a time, and the column it stands in."""
    for index, (_, row) in enumerate(cells[:LONGEST_HEAD]):
        for column, cell in enumerate(row):
            if looks_like_a_time(cell, number=column == 0 and len(row) > 1):
                return index, column
    line, row = cells[min(1, len(cells) - 1)]
    raise ArrivalsError(
        f"Line {line:,}: there is no time in {quoted(' '.join(row))}; each row needs one like {ISO}, and a count."
    )


def _count_column(
    head: Sequence[tuple[int, list[str]]], body: Sequence[tuple[int, list[str]]], time_column: int
) -> tuple[int, tuple[str, ...]]:
    """The column of the counts, and what to say about others."""
    line, first = body[0]
    others = [column for column in range(len(first)) if column != time_column]
    filled = [c for c in others if any(c < len(row) and row[c] for _, row in body[:SAMPLE])]
    if not others:
        raise ArrivalsError(f"Line {line:,}: there is one column only; each row needs a time and a count.")
    if len(filled) < 2:
        return (filled or others)[0], ()
    numeric = [c for c in filled if _is_numeric(c, body)]
    if len(numeric) == 1:
        return numeric[0], ()
    wanted = [c for c in numeric or filled if _WANTED.search(_title(head, c))]
    names = [_title(head, c) or f"column {c + 1}" for c in numeric or filled]
    if len(wanted) != 1:
        shown = ", ".join(quoted(name) for name in names[:5]) + (" …" if len(names) > 5 else "")
        raise ArrivalsError(
            f"Line {line:,}: there are {len(names)} columns of numbers ({shown}); keep the one that counts requests."
        )
    return wanted[0], (f"Of {len(names)} columns {quoted(_title(head, wanted[0]))} is used.",)


def _is_numeric(column: int, body: Sequence[tuple[int, list[str]]]) -> bool:
    cells = [row[column] for _, row in body[:SAMPLE] if column < len(row) and row[column]]
    return all(re.fullmatch(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?|[Nn]a[Nn]", cell) for cell in cells)


def _title(head: Sequence[tuple[int, list[str]]], column: int) -> str:
    """What the head calls a column: its label if there are lines of properties, else its heading."""
    for name in ("full label", "label", "id"):
        for _, row in head:
            if row[0].lower().rstrip(":") == name and column < len(row):
                return row[column]
    fitting = [row for _, row in head if column < len(row)]
    return fitting[-1][column] if fitting else ""
