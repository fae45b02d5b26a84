"""What the list changes in our rows: new rows beside the old ones, and a later `checked` where nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from model.price_files import Row
from model.refresh.price_list import Key, Listed


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is new, and what it follows (None where there was no figure)."""

    row: Row
    before: Row | None

    @property
    def times(self) -> Decimal | None:
        """New price over old price."""
        return Decimal(self.row["usd"]) / Decimal(self.before["usd"]) if self.before else None


@dataclass(slots=True)
class Comparison:
    """All rows of one price, as they shall stand, and what is to be told."""

    rows: list[Row]
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchanged: int = 0


def row_key(row: Row) -> Key:
    """Price id, Region, variant of a row."""
    return (row["id"], row["region"], row["variant"])


def row_order(row: Row) -> tuple[str, str, Decimal, str, str]:
    """The order of rows in a price file, in which a change is one line in a diff."""
    return (row["id"], row["variant"], Decimal(row["tier_from"]), row["region"], row["valid_from"])


def row_name(row: Row) -> str:
    """How messages call the price of a row: `lambda.duration/x86_64@us-east-1#6000000000`."""
    variant = f"/{row['variant']}" if row["variant"] else ""
    tier = f"#{row['tier_from']}" if Decimal(row["tier_from"]) else ""
    return f"{row['id']}{variant}@{row['region']}{tier}"


def compared(rows: Sequence[Row], listed: Listed, on: date, origin: str = "") -> Comparison:
    """The rows of one price after the list was read.

    Args:
        rows: all known rows of this id, Region and variant, of every slice and day, placeholders included.
        listed: the price in the list.
        on: the day the list was read.
        origin: address of the list where it is not AWS's own; goes into the locator.
    Returns: old rows untouched but for `checked`; new rows where the figure differs or was missing. A slice
        that the list no longer has gets the price of the slice it now lies in; a slice that is new also gets,
        for the days before, the prices of the slice it lay in. So every day keeps the slices it had.
    """
    result = Comparison([dict(row) for row in rows])
    latest = newest_figures(result.rows)
    starts = sorted({start for start, _ in listed.slices} | set(latest) | _placeholders(rows))
    for start in starts:
        lower, usd = [entry for entry in listed.slices if entry[0] <= start][-1]
        known = latest.get(start)
        if known and Decimal(known["usd"]) == usd and known["kind"] != "assumed":
            known["checked"] = max(known["checked"], on.isoformat())
            result.unchanged += 1
            continue
        valid_from = _first_day(listed, known, on)
        if valid_from is None:
            result.notes.append(
                f"{row_name(known or rows[0])}: already has a row of {on} or later; run again later"
            )
            continue
        locator = listed.locator + (f"; read from {origin}" if origin else "")
        if lower != start:
            locator += f"; no slice of its own any more: price of the slice from {plain(lower)}"
        new = {
            **dict.fromkeys(rows[0], ""),
            "id": listed.id,
            "region": listed.region,
            "variant": listed.variant,
            "tier_from": plain(start),
            "usd": plain(usd),
            "unit": rows[0]["unit"],
            "valid_from": valid_from.isoformat(),
            "checked": on.isoformat(),
            "source": listed.source,
            "locator": locator,
            "kind": "published",
        }
        if known is None and latest:
            result.rows += _history(result.rows, start, new)
        result.rows.append(new)
        result.changes.append(Change(new, known))
    taken = {(row["tier_from"], row["valid_from"]) for row in result.rows if row["usd"]}
    result.rows = [r for r in result.rows if r["usd"] or (r["tier_from"], r["valid_from"]) not in taken]
    return result


def newest_figures(rows: Iterable[Row]) -> dict[Decimal, Row]:
    """The latest row that has a figure, by slice."""
    newest: dict[Decimal, Row] = {}
    for row in sorted(rows, key=lambda row: row["valid_from"]):
        if row["usd"]:
            newest[Decimal(row["tier_from"])] = row
    return newest


def plain(number: Decimal) -> str:
    """A number as the data files write it: no exponent, no needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def too_large(changes: Iterable[Change], largest: Decimal) -> list[Change]:
    """Changes by more than `largest` times, or to less than that part."""
    return [c for c in changes if c.times is not None and not 1 / largest <= c.times <= largest]


def grouped(rows: Iterable[Row]) -> Mapping[Key, list[Row]]:
    """Rows by price."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(row_key(row), []).append(row)
    return groups


def _placeholders(rows: Iterable[Row]) -> set[Decimal]:
    return {Decimal(row["tier_from"]) for row in rows}


def _first_day(listed: Listed, known: Row | None, on: date) -> date | None:
    """The first day that the list attests and that comes after the row so far."""
    after = date.fromisoformat(known["valid_from"]) if known else date.min
    days = (listed.effective, listed.published, on)
    return next((day for day in days if after < day <= on), None)


def _history(rows: Sequence[Row], start: Decimal, new: Row) -> list[Row]:
    """Rows that give a new slice, for earlier days, the prices of the slice it lay in."""
    figures = [row for row in rows if row["usd"] and row["valid_from"] < new["valid_from"]]
    lower = max(
        (Decimal(row["tier_from"]) for row in figures if Decimal(row["tier_from"]) < start), default=None
    )
    return [
        {
            **row,
            "tier_from": plain(start),
            "locator": f"{row['locator']}; then part of the slice from {row['tier_from']}",
        }
        for row in figures
        if Decimal(row["tier_from"]) == lower
    ]
