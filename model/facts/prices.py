"""The price book: what a unit costs in one slice, Region and variant, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from model.facts.files import csv_lines, csv_rows, day, file_names


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price book: what one unit costs in one slice, Region and variant from one day on.

    `usd` is None when no figure is known (`kind` "missing"). `usd` of a row whose unit is "share" is a
    share 0…1. `tier_from` is the lower bound of the slice in the unit's own quantity.
    """

    id: str
    region: str
    variant: str
    tier_from: float
    usd: float | None
    unit: str
    valid_from: date
    checked: date
    source: str
    locator: str
    kind: str

    @property
    def key(self) -> str:
        """Name of the price without its date: `lambda.duration/x86_64@us-east-1#6000000000`."""
        variant = f"/{self.variant}" if self.variant else ""
        tier = f"#{self.tier_from:.15g}" if self.tier_from > 0 else ""
        return f"{self.id}{variant}@{self.region}{tier}"


@dataclass(frozen=True, slots=True)
class PriceTiers:
    """What one thing costs in one Region on one day: its slices, lowest first."""

    rows: tuple[Price, ...]

    @property
    def id(self) -> str:
        return self.rows[0].id

    @property
    def region(self) -> str:
        return self.rows[0].region

    @property
    def variant(self) -> str:
        return self.rows[0].variant

    @property
    def unit(self) -> str:
        return self.rows[0].unit

    @property
    def tier_from(self) -> tuple[float, ...]:
        """Lower bounds of the slices, in units; the first is 0."""
        return tuple(row.tier_from for row in self.rows)

    @property
    def usd(self) -> tuple[float | None, ...]:
        """USD per unit in each slice; None where no figure is known."""
        return tuple(row.usd for row in self.rows)

    @property
    def missing(self) -> bool:
        """Whether any slice has no known figure."""
        return any(row.usd is None for row in self.rows)


@cache
def load_regions() -> dict[str, str]:
    """Region names by code, in the order of the codes."""
    return {row["code"]: row["name"] for row in csv_rows("regions.csv")}


@cache
def load_prices() -> tuple[Price, ...]:
    """All price rows of all days, in file order.

    Raises: ValueError when a price file lacks a column.
    """
    prices: list[Price] = []
    for name in file_names("prices", "csv"):
        reader = csv_lines("prices", f"{name}.csv")
        if tuple(next(reader)) != Price.__slots__:
            raise ValueError(f"{name}.csv: the first line must be {','.join(Price.__slots__)}")
        prices += [
            Price(
                id_,
                region,
                variant,
                float(tier_from),
                float(usd) if usd else None,
                unit,
                day(valid_from),
                day(checked),
                source,
                locator,
                kind,
            )
            for id_, region, variant, tier_from, usd, unit, valid_from, checked, source, locator, kind in reader
        ]
    return tuple(prices)


@cache
def load_price_variants() -> dict[str, tuple[str, ...]]:
    """Variants of every price id ("" where there is only one), both in alphabetical order."""
    variants: dict[str, set[str]] = {}
    for price in load_prices():
        variants.setdefault(price.id, set()).add(price.variant)
    return {id_: tuple(sorted(variants[id_])) for id_ in sorted(variants)}


@cache
def _price_index() -> dict[tuple[str, str, str], dict[float, list[Price]]]:
    """Rows by (id, region, variant) and tier, oldest first; where a figure is known, only those with one."""
    index: dict[tuple[str, str, str], dict[float, list[Price]]] = {}
    for price in load_prices():
        index.setdefault((price.id, price.region, price.variant), {}).setdefault(price.tier_from, []).append(
            price
        )
    for tiers in index.values():
        for tier_from, rows in tiers.items():
            known = [row for row in rows if row.usd is not None]
            tiers[tier_from] = sorted(known or rows, key=lambda row: row.valid_from)
    return index


@cache
def pick_price(id: str, region: str, variant: str = "", on: date | None = None) -> PriceTiers:
    """The price in force on one day.

    Args:
        id: price id, such as `lambda.duration`.
        region: AWS Region code.
        variant: `x86_64`, `linux_arm64`, …; "" for prices that have only one.
        on: the day; None means the newest.
    Returns: one row per slice: the latest whose `valid_from` is not after `on`. A day before the
        earliest row gets that earliest row, since nothing older is known. A row without a figure never
        hides one that has a figure.
    Raises: ValueError naming what is wrong and what is allowed.
    """
    tiers = _price_index().get((id, region, variant))
    if tiers is None:
        raise ValueError(_unknown_price(id, region, variant))
    return PriceTiers(tuple(_in_force(tiers[tier_from], on) for tier_from in sorted(tiers)))


def find_price(key: str, on: date | None = None) -> Price:
    """The row a bill line points to, by `Price.key`, as in force on a day.

    Raises: ValueError when no price has this key.
    """
    name, _, rest = key.partition("@")
    id_, _, variant = name.partition("/")
    region, _, tier = rest.partition("#")
    tiers = pick_price(id_, region, variant, on)
    rows = [row for row in tiers.rows if row.tier_from == float(tier or 0)]
    if not rows:
        raise ValueError(f"price {key!r} is unknown; its slices start at {tiers.tier_from}")
    return rows[0]


def _in_force(rows: list[Price], on: date | None) -> Price:
    past = rows if on is None else [row for row in rows if row.valid_from <= on]
    return past[-1] if past else rows[0]


def _unknown_price(id_: str, region: str, variant: str) -> str:
    variants = load_price_variants()
    if id_ not in variants:
        service = id_.split(".")[0] + "."
        alike = [name for name in variants if name.startswith(service)] or list(variants)
        return f"price id {id_!r} is unknown; use one of {', '.join(alike)}"
    if region not in load_regions():
        return f"region {region!r} is unknown; use one of {', '.join(load_regions())}"
    allowed = ", ".join(repr(name) for name in variants[id_])
    return f"variant {variant!r} of price {id_!r} is unknown; use one of {allowed}"


STALE_DAYS = 90
"""A price last checked longer ago than this is pointed out."""


def stale_prices(on: date, days: int = STALE_DAYS) -> tuple[Price, ...]:
    """Newest price rows with a figure that were last checked more than `days` days before `on`."""
    newest = (tiers[tier][-1] for tiers in _price_index().values() for tier in sorted(tiers))
    return tuple(row for row in newest if row.usd is not None and (on - row.checked).days > days)


@dataclass(frozen=True, slots=True)
class PriceAge:
    """How old the newest known prices are on a day.

    `oldest` and `newest` are the days checked of the longest and the most recently checked price.
    """

    oldest: date
    newest: date
    prices: int
    stale: int
    days: int


def price_age(on: date, days: int = STALE_DAYS) -> PriceAge:
    """What there is to say about the age of the prices, in one value.

    Args:
        on: the day that counts as today.
        days: more than this since the day checked is stale.
    Returns: counts over the newest row with a figure of every price and slice.
    """
    newest = [tiers[tier][-1] for tiers in _price_index().values() for tier in tiers]
    checked = [row.checked for row in newest if row.usd is not None]
    return PriceAge(min(checked), max(checked), len(checked), len(stale_prices(on, days)), days)
