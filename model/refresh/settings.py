"""What to look for in the price list, and how long to wait: `data/price_list.toml` as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Selector:
    """How the list names one price of ours.

    `usagetypes` come without a Region's prefix, in order of preference; none means that `match` is enough.
    `units`: how many of the list's units make one of ours.
    """

    id: str
    variant: str
    offer: str
    usagetypes: tuple[str, ...]
    match: tuple[tuple[str, str], ...]
    units: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PlanRate:
    """How a savings plan names the discounted rate of one price of ours."""

    id: str
    variant: str
    service: str
    usagetype: str


@dataclass(frozen=True, slots=True)
class PlanShare:
    """A share that follows from a discounted rate and the On-Demand price of the same thing."""

    id: str
    variant: str
    rate: str
    on_demand: str
    of_variant: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source of `sources.csv`, but for its date and address."""

    id: str
    publisher: str
    title: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `data/price_list.toml`; times in s."""

    base: str
    index: str
    savings_plan_offer: str
    savings_plan_regions: str
    spot_feed: str
    on_demand_term: str
    timeout_s: float
    file_timeout_s: float
    tries: int
    pause_s: float
    largest_change: Decimal
    list_source: SourceRow
    spot_source: SourceRow
    selectors: tuple[Selector, ...]
    spot_units: Mapping[str, tuple[str, str]]
    plan_rates: tuple[PlanRate, ...]
    plan_shares: tuple[PlanShare, ...]
    prefixes: Mapping[str, frozenset[str]]
    region_attributes: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def offers(self) -> tuple[str, ...]:
        """Offers that hold any price of ours, in the order of their first price."""
        return tuple(dict.fromkeys(selector.offer for selector in self.selectors))

    def price_ids(self) -> set[str]:
        """Every price id that can be refreshed."""
        return {
            *(selector.id for selector in self.selectors),
            *(id_ for id_, _ in self.spot_units.values()),
            *(rate.id for rate in self.plan_rates),
            *(share.id for share in self.plan_shares),
        }

    def is_prefix_of(self, prefix: str, region: str) -> bool:
        """Whether usage types of this Region may begin so; an unlisted Region may have any unlisted prefix."""
        if not prefix:
            return True
        if region in self.prefixes:
            return prefix in self.prefixes[region]
        return not any(prefix in others for others in self.prefixes.values())


def as_settings(table: Mapping[str, Any]) -> Settings:
    """The settings in a parsed `price_list.toml`.

    Raises: ValueError naming what is missing or wrong.
    """
    try:
        settings = Settings(
            **{**table["list"], "largest_change": Decimal(str(table["list"]["largest_change"]))},
            list_source=SourceRow(**table["source"]["list"]),
            spot_source=SourceRow(**table["source"]["spot"]),
            selectors=tuple(_selector(**entry) for entry in table["price"]),
            spot_units=MappingProxyType({e["unit"]: (e["id"], e["variant"]) for e in table["spot"]}),
            plan_rates=tuple(PlanRate(**entry) for entry in table["savings_plan"]),
            plan_shares=tuple(PlanShare(**entry) for entry in table["savings_plan_share"]),
            prefixes=MappingProxyType({r: frozenset(names) for r, names in table["prefix"].items()}),
            region_attributes=MappingProxyType(
                {offer: (names["region"], names["location_type"]) for offer, names in table["offer"].items()}
            ),
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"price_list.toml cannot be used: {error!r}") from error
    if settings.tries < 1 or settings.largest_change <= 1:
        raise ValueError("price_list.toml: `tries` must be at least 1 and `largest_change` above 1")
    return settings


def _selector(
    id: str,
    offer: str,
    units: Mapping[str, int],
    variant: str = "",
    usagetype: tuple[str, ...] = (),
    match: Mapping[str, str] = MappingProxyType({}),
) -> Selector:
    factors = {name.casefold(): Decimal(count) for name, count in units.items()}
    return Selector(id, variant, offer, tuple(usagetype), tuple(match.items()), MappingProxyType(factors))
