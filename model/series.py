"""A recorded series of request counts, as a scenario carries it: name, start, period and counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.fields import ScenarioError

Array = NDArray[np.float64]

UPLOADED = "uploaded"
"""Value of `workload.trace` that means `workload.series`."""
PATH = "workload.series"
SHORTEST_PERIOD_S, LONGEST_PERIOD_S = 1.0, 3600.0
LONGEST_S = 31 * 86_400.0
MOST_COUNTS = 700_000
"""A week of seconds has 604,800."""
LARGEST_COUNT = 1e12
SLOWEST_PER_S, FASTEST_PER_S = 1e-6, 1e6
LONGEST_NAME = 80


@dataclass(frozen=True, eq=False)
class Series:
    """Requests counted in equal periods, one after the other.

    name: shown to people. start: ISO 8601, of the first period, with the zone if it is known. period_s: 1…3,600.
    counts: requests in each period, read-only.
    Raises: ScenarioError naming `workload.series` and what is allowed.
    """

    name: str
    start: str
    period_s: float
    counts: Array
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name, start, period_s = _name(self.name), _start(self.start), _period_s(self.period_s)
        counts = _counts(self.counts, period_s)
        for attribute, value in (
            ("name", name),
            ("start", start),
            ("period_s", period_s),
            ("counts", counts),
            ("digest", _digest(name, start, period_s, counts)),
        ):
            object.__setattr__(self, attribute, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def length_s(self) -> float:
        return self.counts.size * self.period_s

    @property
    def mean_per_s(self) -> float:
        """Its own mean rate, 1/s, to six digits."""
        return float(f"{self.counts.sum() / self.length_s:.6g}")

    @property
    def begins(self) -> datetime:
        """When it starts, with its zone if that is known."""
        return datetime.fromisoformat(self.start)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; whole counts without a decimal point."""
        counts = [int(count) if count.is_integer() else count for count in self.counts.tolist()]
        return {"name": self.name, "start": self.start, "period_s": self.period_s, "counts": counts}


def as_series(value: object) -> Series | None:
    """What a scenario was given as its series: nothing, a Series, or the mapping a scenario file has.

    Raises: ScenarioError for anything else.
    """
    if value is None or isinstance(value, Series):
        return value
    known = ("name", "start", "period_s", "counts")
    if not isinstance(value, Mapping):
        raise ScenarioError(PATH, value, f"an object of {', '.join(known)}, or null")
    unknown = [key for key in value if key not in known]
    if unknown:
        raise ScenarioError(f"{PATH}[{unknown[0]}]", value[unknown[0]], f"only {', '.join(known)}")
    if "counts" not in value:
        raise ScenarioError(f"{PATH}[counts]", None, "a list of requests in each period")
    return Series(
        value.get("name", "Own traffic"),
        value.get("start", "2026-01-05T00:00:00"),
        value.get("period_s", 60),
        value["counts"],
    )


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ScenarioError(f"{PATH}[name]", name, "a text")
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return plain[:LONGEST_NAME] or "Own traffic"


def _start(start: object) -> str:
    try:
        if isinstance(start, str) and 1970 <= datetime.fromisoformat(start).year <= 2200:
            return start
    except ValueError:
        pass
    raise ScenarioError(f"{PATH}[start]", start, "a time in ISO 8601 such as 2026-11-25T10:00:00+00:00")


def _period_s(period_s: object) -> float:
    is_number = isinstance(period_s, (int, float)) and not isinstance(period_s, bool)
    if not is_number or not SHORTEST_PERIOD_S <= float(period_s) <= LONGEST_PERIOD_S:  # type: ignore[arg-type]
        raise ScenarioError(f"{PATH}[period_s]", period_s, "a number from 1 to 3,600 s")
    return float(period_s)  # type: ignore[arg-type]


def _counts(counts: object, period_s: float) -> Array:
    path = f"{PATH}[counts]"
    try:
        given = np.asarray(counts)
        if given.dtype.kind not in "iuf" or given.ndim != 1:
            raise ValueError
        numbers = np.array(given, dtype=np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ScenarioError(path, counts, "a list of numbers, the requests in each period") from None
    if not 2 <= numbers.size <= MOST_COUNTS:
        raise ScenarioError(path, f"{numbers.size:,} counts", f"from 2 to {MOST_COUNTS:,} of them")
    if numbers.size * period_s > LONGEST_S:
        days = numbers.size * period_s / 86_400
        raise ScenarioError(path, f"{days:,.1f} days", f"at most {LONGEST_S / 86_400:.0f} days")
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers <= LARGEST_COUNT)))
    if wrong.size:
        raise ScenarioError(path, float(numbers[wrong[0]]), f"counts from 0 to {LARGEST_COUNT:,.0f}")
    mean = float(numbers.sum()) / (numbers.size * period_s)
    if not SLOWEST_PER_S <= mean <= FASTEST_PER_S:
        raise ScenarioError(path, f"a mean of {mean:g}/s", "a mean from 0.000001 to 1,000,000 requests/s")
    numbers.flags.writeable = False
    return numbers


def _digest(name: str, start: str, period_s: float, counts: Array) -> str:
    about = f"{name}\n{start}\n{period_s!r}\n".encode()
    return hashlib.sha256(about + counts.tobytes()).hexdigest()
