"""A file of recorded traffic, as text or bytes, into an even series of counts; every doubt becomes a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.arrivals.answers import json_rows
from model.arrivals.stamps import read_stamps
from model.arrivals.tables import COUNTING, Rows, csv_rows
from model.arrivals.text import ArrivalsError, decoded, quoted
from model.fields import ScenarioError
from model.series import (
    FASTEST_PER_S,
    LARGEST_COUNT,
    LONGEST_PERIOD_S,
    LONGEST_S,
    MOST_COUNTS,
    SHORTEST_PERIOD_S,
    SLOWEST_PER_S,
    Series,
)

Array = NDArray[np.float64]

UNEVEN_SHARE = 0.1
EXACT, LOOSE = 0.02, 0.25  # of a period: recorders write a little early or late
SEEN_SHARE = 0.05
_USUAL_S = (5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)
_DAY_S = 86_400.0
_PER_SECOND = ("count/second", "requests/second")
_NO_UNIT = ("", "count", "none", "no unit", "requests")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_FORMULA = ("=", "@", "+", "-")


@dataclass(frozen=True)
class Reading:
    """A series, and what had to be decided to make it: each a sentence."""

    series: Series
    notices: tuple[str, ...]


def read_arrivals(content: bytes | str, name: str = "") -> Reading:
    """The series in a file: CloudWatch's CSV or JSON, or two columns of time and count.

    Args: content: the file. name: what to call the series; by default what the file calls its metric.
    Returns: Reading; counts are even in time, periods without a row count as zero.
    Raises: ArrivalsError, one sentence that names the line.
    Source: METHOD.md "Recorded traffic".
    Assumes: a period without a row had no requests (CloudWatch writes none then); rows of the same period belong
        together and are added up; a time is the start of its period.
    """
    text = decoded(content)
    rows = json_rows(text) if text.lstrip()[:1] in ("{", "[") else csv_rows(text)
    _check_meaning(rows)
    counts, blank = _counts(rows)
    stamps = read_stamps(rows.times, rows.places)
    notices = [*rows.notices]
    if len(counts) < 2:
        raise ArrivalsError(f"{rows.places[0]}: there is one row only; two are needed to know the period.")
    order = np.argsort(stamps.seconds, kind="stable")
    if rows.ordered and np.any(np.diff(stamps.seconds) < 0):
        notices.append("The rows were not in order of time; they were sorted.")
    places = [rows.places[i] for i in order]
    seconds, counts, blank = stamps.seconds[order], counts[order], blank[order]
    period_s = _period_s(seconds, rows.period, places)
    if rows.unit.lower() in _PER_SECOND:
        counts = counts * period_s
        notices.append("The unit is requests per second; each was multiplied by the period.")
    even, more = _even(seconds, counts, blank, period_s, places)
    start = stamps.iso(float(seconds[0]))
    return Reading(_series(name or rows.label or "Own traffic", start, period_s, even), (*notices, *more))


def _check_meaning(rows: Rows) -> None:
    """What is recorded must count requests."""
    statistic, unit = rows.statistic.strip().lower(), rows.unit.strip().lower()
    if statistic and statistic not in COUNTING:
        raise ArrivalsError(
            f"{rows.places[0]}: the statistic is {quoted(rows.statistic)}; requests are counted by Sum: export that one."
        )
    if unit not in (*_NO_UNIT, *_PER_SECOND):
        raise ArrivalsError(
            f"{rows.places[0]}: the unit is {quoted(rows.unit)}; a metric that counts requests is needed, such as RequestCount."
        )


def _counts(rows: Rows) -> tuple[Array, NDArray[np.bool_]]:
    """The counts, and which of them are blank (and count as zero)."""
    counts, blank = np.zeros(len(rows.counts)), np.zeros(len(rows.counts), dtype=bool)
    for index, text in enumerate(rows.counts):
        if text:
            counts[index] = _count(text, rows.places[index])
        else:
            blank[index] = True
    return counts, blank


def _count(text: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = _spelled(text, place)
    if "_" in text:
        raise ArrivalsError(f"{place}: {quoted(text)} is not a count; write a plain number such as 12.")
    if number < 0:
        raise ArrivalsError(f"{place}: {quoted(text)} is below zero; a count of requests cannot be.")
    if not number <= LARGEST_COUNT:
        raise ArrivalsError(f"{place}: {quoted(text)} is not a count from 0 to {LARGEST_COUNT:,.0f}.")
    return number


def _spelled(text: str, place: str) -> float:
    """A number with marks for thousands, or with a decimal comma."""
    if _THOUSANDS.fullmatch(text):
        if text.count(",") == 1 and "." not in text:
            raise ArrivalsError(
                f"{place}: {quoted(text)} may be thousands or decimals; write a plain number such as 1234."
            )
        return float(text.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if text.startswith(_FORMULA):
        raise ArrivalsError(f"{place}: {quoted(text)} is a formula; save the file with values instead.")
    raise ArrivalsError(f"{place}: {quoted(text)} is not a count; write a plain number such as 12.")


def _period_s(seconds: Array, said: str, places: Sequence[str]) -> float:
    """The period: what the file says if its rows agree, else the usual gap, or one that divides all gaps.

    Raises: ArrivalsError where it is out of range or the rows keep to none.
    """
    gaps = np.diff(np.unique(seconds))
    if not gaps.size:
        raise ArrivalsError(f"{places[1]}: all rows have the same time; two are needed to know the period.")
    usual = float(np.median(gaps))
    candidates = [(usual, EXACT), (usual, LOOSE)]
    if re.fullmatch(r"\d{1,5}", said.strip()) and int(said) > 0:
        candidates.insert(0, (float(said), LOOSE))
    common = _common_s(gaps)
    if common:
        candidates.insert(-1, (common, EXACT))
    fits = ((_rounded(period), tolerance) for period, tolerance in candidates)
    period_s = next(
        (p for p, tolerance in fits if p > 0 and np.mean(_off(gaps, p) > tolerance) <= UNEVEN_SHARE), None
    )
    if period_s is None:
        worst = int(np.argmax(_off(np.diff(seconds), usual)))
        raise ArrivalsError(
            f"{places[worst + 1]}: it does not keep to the period of {usual:g} s that most rows have; export even periods."
        )
    if period_s < SHORTEST_PERIOD_S:
        raise ArrivalsError(
            f"{places[1]}: the rows are {period_s:g} s apart; count requests by the second at least."
        )
    if period_s > LONGEST_PERIOD_S:
        raise ArrivalsError(
            f"{places[1]}: the rows are {period_s / 3600:,.4g} h apart; a period of one hour at most shows what scaling must follow."
        )
    return period_s


def _rounded(period_s: float) -> float:
    """Whole seconds where recorders are only a little off."""
    whole = round(period_s)
    return float(whole) if whole and abs(period_s - whole) <= 0.1 * min(period_s, 5.0) else period_s


def _off(gaps: Array, period_s: float) -> Array:
    """How far each gap is from whole periods, in periods."""
    return np.asarray(np.abs(gaps / period_s - np.maximum(np.round(gaps / period_s), 1.0)))


def _common_s(gaps: Array) -> float:
    """The largest number of seconds that divides all gaps, if recorders use it or a row in twenty does; else 0."""
    whole = np.round(gaps).astype(np.int64)
    if np.any(np.abs(gaps - whole) > 1e-3) or not whole.all():
        return 0.0
    common = int(np.gcd.reduce(whole))
    return float(common) if common in _USUAL_S or np.mean(whole == common) >= SEEN_SHARE else 0.0


def _even(
    seconds: Array, counts: Array, blank: NDArray[np.bool_], period_s: float, places: Sequence[str]
) -> tuple[Array, list[str]]:
    """Counts in every period from the first to the last, and how gaps and repeated times were dealt with."""
    length_s = float(seconds[-1] - seconds[0]) + period_s
    if length_s > LONGEST_S + period_s / 2 or length_s / period_s > MOST_COUNTS:
        _refuse_length(seconds, length_s, period_s, places)
    place = np.round((seconds - seconds[0]) / period_s).astype(np.int64)
    even = np.asarray(np.bincount(place, counts, minlength=int(place[-1]) + 1), dtype=np.float64)
    notices = []
    again = int(np.sum(np.diff(place) == 0))
    if again:
        first = places[int(np.argmax(np.diff(place) == 0)) + 1]
        which = "row repeats" if again == 1 else "rows repeat"
        notices.append(
            f"{again:,} {which} the time of another ({first} is the first); their counts were added up."
        )
    told = np.zeros(even.size, dtype=bool)
    told[place[~blank]] = True
    missing = int(np.sum(~told))
    if missing:
        which = "period has no count; it was" if missing == 1 else "periods have no count; they were"
        notices.append(
            f"{missing:,} of {even.size:,} {which} filled with zero, because CloudWatch writes nothing when nothing came."
        )
    return even, notices


def _refuse_length(seconds: Array, length_s: float, period_s: float, places: Sequence[str]) -> None:
    gaps = np.diff(seconds)
    widest = int(np.argmax(gaps))
    if gaps[widest] > length_s / 2 and gaps[widest] > 3 * period_s:
        raise ArrivalsError(
            f"{places[widest + 1]}: it is {gaps[widest] / _DAY_S:,.0f} days after the row before; leave out what is far apart."
        )
    if length_s > LONGEST_S:
        raise ArrivalsError(
            f"{places[-1]}: the file covers {length_s / _DAY_S:,.0f} days; up to {LONGEST_S / _DAY_S:.0f} can be replayed: export a shorter time."
        )
    raise ArrivalsError(f"{places[-1]}: these are more than {MOST_COUNTS:,} periods; export a shorter time.")


def _series(name: str, start: str, period_s: float, counts: Array) -> Series:
    mean = float(counts.sum()) / (counts.size * period_s)
    if mean == 0:
        raise ArrivalsError("All counts are zero: there is nothing to replay.")
    if not SLOWEST_PER_S <= mean <= FASTEST_PER_S:
        raise ArrivalsError(
            f"The mean is {mean:.3g} requests/s; from {SLOWEST_PER_S:f} to {FASTEST_PER_S:,.0f} can be replayed."
        )
    try:
        return Series(name, start, period_s, counts)
    except ScenarioError as error:
        raise ArrivalsError(str(error)) from None
