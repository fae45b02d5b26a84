"""What a bill is made of: lines with quantity, unit price, amount and the fact behind the price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from model.facts import Price, PriceTiers, find_price, limit, pick_price
from model.fields import Number
from model.scenario import Billing


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill.

    quantity: billed units a month, scenario shape. unit_usd, usd: None where nobody published the price.
    fact: key of the price or id of the fact. group: which part of the bill it belongs to.
    overridden: whether the price is the user's own. common: whether the other platform pays exactly the same.
    """

    item: str
    group: str
    quantity: Number
    unit: str
    unit_usd: Number | None
    usd: Number | None
    fact: str
    overridden: bool = False
    common: bool = False

    @property
    def missing(self) -> bool:
        return self.usd is None


@dataclass(frozen=True)
class Bill:
    """All lines of one platform's month."""

    lines: tuple[Line, ...]

    @property
    def known_usd(self) -> Number:
        """Sum of the lines that have a price, USD a month, scenario shape."""
        return sum((line.usd for line in self.lines if line.usd is not None), start=np.float64(0))

    @property
    def total_usd(self) -> Number | None:
        """Sum of all lines, USD a month; None while any used line has no published price."""
        return None if self.missing else self.known_usd

    @property
    def common_usd(self) -> Number:
        """Sum of the priced lines that both platforms pay alike, USD a month."""
        known = (line.usd for line in self.lines if line.common and line.usd is not None)
        return sum(known, start=np.float64(0))

    @property
    def own_usd(self) -> Number | None:
        """Sum of the lines of this platform alone, USD a month; None while one of them has no published price."""
        return Bill(tuple(line for line in self.lines if not line.common)).total_usd

    @property
    def missing(self) -> tuple[Line, ...]:
        """Lines that are used but have no published price in this Region."""
        return tuple(line for line in self.lines if line.missing)

    def group_usd(self, group: str) -> Number:
        """Sum of one group's priced lines, USD a month."""
        known = (line.usd for line in self.lines if line.group == group and line.usd is not None)
        return sum(known, start=np.float64(0))

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.group for line in self.lines))


def day(billing: Billing) -> date | None:
    """The day whose prices and rules count; None for the newest."""
    return date.fromisoformat(billing.on) if billing.on else None


def price(billing: Billing, id: str, variant: str = "", *, region: str = "") -> PriceTiers:
    """The tiers in force for this bill's Region and day."""
    return pick_price(id, region or billing.region, variant, day(billing))


def lines_between(
    item: str, group: str, start: Number, stop: Number, tiers: PriceTiers, billing: Billing
) -> tuple[Line, ...]:
    """One line per price slice for the units from `start` to `stop` of the month's usage.

    Each unit pays the price of the slice it falls in (never the last slice's price for all).

    Args: start, stop: units, start <= stop, any shape; usage before `start` uses up the lower slices.
    Returns: a line per slice; a slice nobody reaches has quantity 0.
    """
    ends = (*tiers.tier_from[1:], np.inf)
    return tuple(
        line_at(
            item if len(ends) == 1 else f"{item}, {_slice_name(row, end)}",
            group,
            np.maximum(np.minimum(stop, end) - np.maximum(start, row.tier_from), 0.0),
            row,
            billing,
        )
        for row, end in zip(tiers.rows, ends, strict=True)
    )


def lines_for(
    item: str, group: str, quantity: Number, tiers: PriceTiers, billing: Billing
) -> tuple[Line, ...]:
    """Lines for a quantity counted from the first unit of the month."""
    return lines_between(item, group, 0.0, quantity, tiers, billing)


def free_line(item: str, group: str, covered: Number, unit: str, fact: str) -> Line:
    """The units that an always-free allowance covers, at no charge."""
    return Line(f"{item}, free tier", group, covered, unit, 0.0, np.zeros(np.shape(covered)), fact)


def lines_after_free(
    item: str, group: str, quantity: Number, tiers: PriceTiers, free_id: str, billing: Billing
) -> tuple[Line, ...]:
    """Lines for a quantity of which an always-free allowance is deducted first, if the bill has the free tier."""
    if not billing.free_tier:
        return lines_for(item, group, quantity, tiers, billing)
    covered = np.minimum(quantity, limit(free_id))
    paid = np.asarray(quantity) - covered
    return (
        free_line(item, group, covered, tiers.unit, free_id),
        *lines_for(item, group, paid, tiers, billing),
    )


def as_common(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The same lines, marked as common to both platforms."""
    return tuple(replace(line, common=True) for line in lines)


def line_at(item: str, group: str, quantity: Number, row: Price, billing: Billing) -> Line:
    """One line at the price of one row, or at the user's own."""
    own = billing.overrides.get(row.key)
    unit_usd = row.usd if own is None else own
    usd = None if unit_usd is None and np.any(quantity > 0) else quantity * (unit_usd or 0.0)
    return Line(item, group, quantity, row.unit, unit_usd, usd, row.key, own is not None)


def used(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines with a quantity above zero somewhere."""
    return tuple(line for line in lines if np.any(np.asarray(line.quantity) > 0))


def early_prices(lines: Iterable[Line], billing: Billing) -> tuple[Price, ...]:
    """Prices behind used lines that were not yet in force on the bill's day, because nobody knows older ones.

    Returns: each once, in the order of the lines; none for the newest prices or the user's own.
    Source: METHOD.md "Price refresh".
    """
    on = day(billing)
    if on is None:
        return ()
    keys = dict.fromkeys(line.fact for line in lines if "@" in line.fact and not line.overridden)
    rows = (find_price(key, on) for key in keys)
    return tuple(row for row in rows if row.usd is not None and row.valid_from > on)


def _slice_name(row: Price, end: float) -> str:
    if np.isinf(end):
        return f"above {_round_number(row.tier_from)}"
    start = f"{_round_number(row.tier_from)} to " if row.tier_from else "first "
    return start + _round_number(end)


def _round_number(units: float) -> str:
    for word, size in (("billion", 1e9), ("million", 1e6)):
        if units >= size and round(units / size, 3) * size == units:
            return f"{units / size:g} {word}"
    return f"{units:,.0f}"
