"""Times as people and machines write them, read as seconds; what could mean two days is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from model.arrivals.text import ArrivalsError, quoted

Array = NDArray[np.float64]

ISO = "2026-11-25T10:00:00+00:00"
FIRST_YEAR, LAST_YEAR = 1990, 2100
_EPOCHS = ((1e8, 1e11, 1.0), (1e11, 1e14, 1e-3), (1e14, 1e17, 1e-6), (1e17, 1e20, 1e-9))
_EXCEL_DAYS = (20_000, 80_000)
_NUMBER = re.compile(r"\d{1,20}(?:\.\d{0,9})?")
_DATE = re.compile(
    r"(?P<a>\d{1,4})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{1,4})"
    r"(?:(?:[T ]|, ?| at )\s*(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2})?"
)
_SHORT_DATE = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/]\d")
_LOOKS_LIKE_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d|\.)")


@dataclass(frozen=True)
class Stamps:
    """Times of all rows. seconds: since 1970, by the clock the file goes by. offset_s: that clock's, None if unsaid."""

    seconds: Array
    offset_s: int | None

    def iso(self, seconds: float) -> str:
        """A time of these as ISO 8601, with the zone if there is one; seconds are of the file's clock."""
        zone = None if self.offset_s is None else timezone(timedelta(seconds=self.offset_s))
        plain = datetime.fromtimestamp(0, UTC).replace(tzinfo=None) + timedelta(seconds=round(seconds, 3))
        return plain.replace(tzinfo=zone).isoformat()


def looks_like_a_time(text: str, *, number: bool) -> bool:
    """Whether a cell may be a time; plain numbers only count where one is expected."""
    if _LOOKS_LIKE_A_DATE.match(text) or _compact(text):
        return True
    return number and bool(_NUMBER.fullmatch(text)) and float(text) >= _EPOCHS[0][0]


def read_stamps(texts: Sequence[str], places: Sequence[str]) -> Stamps:
    """The times of all rows.

    Args: texts: as written. places: where each stands ("Line 7"), for the sentence if it cannot be read.
    Raises: ArrivalsError naming the place: not a time, a date that may be read in two ways, a zone known by name
        only, or rows with and without a zone.
    """
    month_first = _month_first(texts, places)
    seconds = np.empty(len(texts))
    offset: int | None = None
    last_text = ""
    last: tuple[float, int | None] = (0.0, None)
    for index, (text, place) in enumerate(zip(texts, places, strict=True)):
        found = last if text == last_text else _read(text, place, month_first)
        last_text, last = text, found
        seconds[index], own = found
        if index == 0:
            offset = own
        elif (own is None) != (offset is None):
            raise ArrivalsError(
                f"{place}: some rows name a time zone and some do not; write all times like {ISO}."
            )
    return Stamps(seconds + (offset or 0), offset)


def _read(text: str, place: str, month_first: bool | None) -> tuple[float, int | None]:
    """Seconds since 1970 and the offset from UTC, s; without a zone as if the clock were UTC."""
    if _NUMBER.fullmatch(text) and not _compact(text):
        return _epoch(text, place), 0
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = _by_pattern(text, place, month_first)
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise ArrivalsError(f"{place}: the year of {quoted(text)} is not from {FIRST_YEAR} to {LAST_YEAR}.")
    zone = when.utcoffset()
    if zone is None:
        return when.replace(tzinfo=UTC).timestamp(), None
    return when.timestamp(), round(zone.total_seconds())


def _epoch(text: str, place: str) -> float:
    number = float(text)
    for low, high, unit in _EPOCHS:
        if low <= number < high and number * unit < 4.1e9:
            return number * unit
    if _EXCEL_DAYS[0] < number < _EXCEL_DAYS[1]:
        raise ArrivalsError(
            f"{place}: {quoted(text)} looks like a spreadsheet's day number; write times like {ISO}."
        )
    raise ArrivalsError(
        f"{place}: {quoted(text)} is not a time; write it like {ISO}, or as seconds or milliseconds since 1970."
    )


def _by_pattern(text: str, place: str, month_first: bool | None) -> datetime:
    found = _DATE.fullmatch(text)
    if found is None:
        named = re.search(r"\d\s*([A-Za-z]{2,5})$", text)
        if named and _LOOKS_LIKE_A_DATE.match(text):
            raise ArrivalsError(
                f"{place}: the time zone {quoted(named[1])} is known by name only; write its offset, as in {ISO}."
            )
        raise ArrivalsError(f"{place}: {quoted(text)} is not a time; write it like {ISO}.")
    a, b, c = (int(found[part]) for part in "abc")
    if len(found["a"]) == 4:
        year, month, day = a, b, c
    else:
        year, month, day = (c, a, b) if month_first else (c, b, a)
        year += 2000 if year < 100 else 0
    hour, fraction = int(found["h"] or 0), int((found["f"] or "0").ljust(6, "0")[:6])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ArrivalsError(f"{place}: {quoted(text)} has no such hour.")
        hour = hour % 12 + (12 if found["half"][0] in "Pp" else 0)
    try:
        return datetime(
            year, month, day, hour, int(found["m"] or 0), int(found["s"] or 0), fraction, _zone(found["zone"])
        )
    except ValueError:
        raise ArrivalsError(f"{place}: there is no such time as {quoted(text)}.") from None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    digits = text.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in ("", "Z"):
        return UTC
    sign = -1 if digits[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5])))


def _month_first(texts: Sequence[str], places: Sequence[str]) -> bool | None:
    """Whether dates such as 11/25/2026 have the month first, told by the days above 12; dots mean day first.

    Raises: ArrivalsError where no row tells, or two contradict each other.
    """
    seen: dict[bool, int] = {}
    unclear = -1
    for index, text in enumerate(texts):
        found = _SHORT_DATE.match(text)
        if found is None:
            continue
        unclear = index if unclear < 0 else unclear
        first, second = int(found[1]), int(found[2])
        if first > 12 or second > 12:
            seen.setdefault(second > 12, index)
    if len(seen) == 2:
        raise ArrivalsError(
            f"{places[max(seen.values())]}: {quoted(texts[max(seen.values())])} has day and month in another order "
            f"than the rows before; write times like {ISO}."
        )
    if unclear >= 0 and not seen:
        raise ArrivalsError(
            f"{places[unclear]}: {quoted(texts[unclear])} could be two different days; write times like {ISO}."
        )
    return next(iter(seen), None)


def _compact(text: str) -> bool:
    """ISO 8601 without marks: 20261125 or 20261125T1000."""
    return bool(re.fullmatch(r"(?:19|20)\d{6}(?:T\d{4,6}Z?)?", text))
