"""Counts in long form (service, timestamp, requests), read piece by piece into a rate series for each service."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.fleet.mapping import Columns, FleetError
from model.fleet.services import MOST_SERVICES, Recorded, Refused, Services, checked
from model.scenario import Scenario
from model.traffic import DAY_S, HOUR_S

SLOT_S = 300.0
MOST_DAYS = 31
MOST_REFUSED = 1_000
MOST_CELLS = 600_000_000
SLOWEST_PER_S = 1e-6
FIRST_ROWS = 256
DAY_SLOTS = round(DAY_S / SLOT_S)


class Counts:
    """Adds up rows as they come; memory grows with services x five-minute slots, not with rows."""

    def __init__(self, columns: Columns) -> None:
        of = {target: column for column, target in columns.items()}
        self.name, self.time, self.requests = of["name"], of["time"], of["requests"]
        self.places: dict[str, int] = {}
        self.sums = np.zeros((FIRST_ROWS, 0), np.float64)
        self.start = 0
        self.first, self.last = 0, -1
        self.rows = 0
        self.refused: list[Refused] = []
        self.more_refused = 0
        self.period_s = np.inf

    def add(self, piece: pd.DataFrame) -> None:
        """Add a piece of the table.

        Raises: FleetError where it spans more than a month, or more services than there is room for.
        """
        name = piece[self.name].astype("string")
        count = pd.to_numeric(piece[self.requests], errors="coerce").to_numpy(np.float64, na_value=np.nan)
        at_s = _seconds(piece[self.time])
        good = name.notna().to_numpy(bool) & np.isfinite(count) & (count >= 0) & np.isfinite(at_s)
        self._refuse(piece, ~good)
        self.rows += len(piece)
        if not good.any():
            return
        name, count, at_s = name[good], count[good], at_s[good]
        self._learn_period(at_s)
        slot = np.floor(at_s / SLOT_S).astype(np.int64)
        low, high = int(slot.min()), int(slot.max())
        first, last = (low, high) if self.last < 0 else (min(self.first, low), max(self.last, high))
        if (last - first + 1) * SLOT_S > MOST_DAYS * DAY_S:
            raise FleetError(f"The times span more than {MOST_DAYS} days: give a shorter stretch.")
        code, found = pd.factorize(name)
        place = np.array([self.places.setdefault(one, len(self.places)) for one in found], np.int64)[code]
        self._make_room(first, last)
        self.first, self.last = first, last
        np.add.at(self.sums, (place, slot - self.start), count)

    def services(self, base: Scenario) -> Services:
        """Every service with its own traffic; base: all else.

        Raises: FleetError if no row could be used.
        """
        if self.last < 0:
            raise FleetError("No row has a service, a timestamp and a number of requests.")
        names = list(self.places)
        together = max(1, round(min(self.period_s, HOUR_S) / SLOT_S))
        steps = -(-(self.last - self.first + 1) // together) * together
        begin = self.first - self.start
        sums = self.sums[: len(names), begin : begin + steps]
        if sums.shape[1] < steps:
            sums = np.pad(sums, ((0, 0), (0, steps - sums.shape[1])))
        per_s = sums.reshape(len(names), -1, together).sum(axis=-1) / (SLOT_S * together)
        mean = per_s.mean(axis=-1)
        quiet = mean < SLOWEST_PER_S
        refused = list(self.refused)
        for i in np.flatnonzero(quiet):
            refused.append(
                Refused(0, names[i], self.requests, f"{mean[i]:g}/s", "a service that is called at all")
            )
        keep = np.flatnonzero(~quiet)
        settings = pd.DataFrame({"workload.requests_per_s": mean[keep]})
        notices = [
            f"{self.rows:,} rows of {len(names):,} services, in steps of {SLOT_S * together / 60:g} minutes."
        ]
        if self.more_refused:
            notices.append(
                f"{self.more_refused:,} more rows could not be used; the first {MOST_REFUSED:,} are listed."
            )
        return checked(
            [names[i] for i in keep],
            np.zeros(keep.size, np.int64),
            [""] * keep.size,
            settings,
            base,
            Recorded(per_s[keep].astype(np.float32), SLOT_S * together),
            refused,
            notices,
        )

    def _learn_period(self, at_s: NDArray[np.float64]) -> None:
        gaps = np.diff(np.unique(at_s[:100_000]))
        if gaps.size:
            self.period_s = min(self.period_s, float(gaps.min()))

    def _make_room(self, first: int, last: int) -> None:
        """A row for every service, and columns from a day's first slot to another's last."""
        start, end = first // DAY_SLOTS * DAY_SLOTS, (last // DAY_SLOTS + 1) * DAY_SLOTS
        rows, wanted = self.sums.shape[0], len(self.places)
        if wanted <= rows and end - start == self.sums.shape[1] and start == self.start:
            return
        rows = rows if wanted <= rows else max(wanted, 2 * rows)
        if wanted > MOST_SERVICES or rows * (end - start) > MOST_CELLS:
            raise FleetError(f"{wanted:,} services over so long a time are too many: give a day at a time.")
        wider = np.zeros((rows, end - start), np.float64)
        if self.last >= 0:
            at = self.start - start
            wider[: self.sums.shape[0], at : at + self.sums.shape[1]] = self.sums
        self.sums, self.start = wider, start

    def _refuse(self, piece: pd.DataFrame, bad: NDArray[np.bool_]) -> None:
        for i in np.flatnonzero(bad):
            if len(self.refused) >= MOST_REFUSED:
                self.more_refused += 1
                continue
            cells = [str(piece[column].iloc[i])[:20] for column in (self.name, self.time, self.requests)]
            reason = "a service, a time in ISO 8601 or in seconds since 1970, and a count from 0"
            self.refused.append(Refused(self.rows + int(i) + 1, cells[0], "", ", ".join(cells[1:]), reason))


def _seconds(times: pd.Series) -> NDArray[np.float64]:
    """Seconds since 1970 of timestamps, numbers (seconds, or milliseconds beyond the year 5138) or ISO 8601 text."""
    if times.dtype.kind in "iuf":
        numbers = times.to_numpy(np.float64)
        return np.where(numbers > 1e11, numbers / 1000, numbers)
    if times.dtype.kind == "M" or isinstance(times.dtype, pd.DatetimeTZDtype):
        stamps = times
    else:
        numeric = pd.to_numeric(times, errors="coerce")
        if numeric.notna().all():
            return _seconds(numeric.astype(np.float64))
        stamps = times.astype("string")
    seen, where = np.unique(stamps.astype("string").fillna("").to_numpy(object), return_inverse=True)
    parsed = pd.to_datetime(pd.Series(seen), utc=True, errors="coerce", format="ISO8601")
    seconds = (parsed - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds().to_numpy(np.float64)
    return np.asarray(seconds[where])
