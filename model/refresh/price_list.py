"""What the files of the price list say: exact selection of our prices, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from model.refresh.json_stream import JsonError, JsonStream
from model.refresh.settings import PlanRate, Selector, Settings

_PREFIXED = re.compile(r"(?P<prefix>[A-Z]{2,4}\d?)-(?P<name>.+)")

Key = tuple[str, str, str]
"""Price id, Region, variant."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One price as the list has it: its slices from 0 up, in our unit, and where they stand.

    `effective` is the day the list gives for the price itself, `published` that of the file.
    """

    id: str
    region: str
    variant: str
    slices: tuple[tuple[Decimal, Decimal], ...]
    effective: date
    published: date
    source: str
    locator: str

    @property
    def key(self) -> Key:
        return (self.id, self.region, self.variant)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: prices, and sentences on what was there but could not be taken."""

    listed: tuple[Listed, ...] = ()
    refused: tuple[str, ...] = ()


# --- indices ---------------------------------------------------------------------------------------


def read_offer_index(stream: JsonStream) -> dict[str, dict[str, str]]:
    """Offers of the list by name, each with the addresses of its files."""
    offers = _table(_table(stream.value(), "the index").get("offers"), "`offers` of the index")
    return {
        offer: {name: place for name, place in _table(entry, offer).items() if isinstance(place, str)}
        for offer, entry in offers.items()
    }


def read_region_index(stream: JsonStream) -> dict[str, str]:
    """Addresses of an offer's files by Region; savings plans have a list where offers have a table."""
    regions = _table(stream.value(), "the index of Regions").get("regions")
    if isinstance(regions, list):
        entries = [_table(entry, "a Region of the index") for entry in regions]
        return {_text(e, "regionCode"): _text(e, "versionUrl") for e in entries}
    table = _table(regions, "`regions` of the index")
    return {code: _text(_table(e, code), "currentVersionUrl") for code, e in table.items()}


# --- On-Demand prices --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Match:
    """A product that a selector asks for; `rank` is the place of its usage type among the wanted ones."""

    selector: Selector
    rank: int
    sku: str


class OfferReader:
    """Reads one offer's file of one Region, in one pass, or in two where prices come before products."""

    def __init__(self, settings: Settings, offer: str, region: str) -> None:
        self._settings, self._offer, self._region = settings, offer, region
        self._selectors = [selector for selector in settings.selectors if selector.offer == offer]
        self._attributes = settings.region_attributes.get(offer, ("regionCode", "locationType"))
        self._by_name: dict[str, list[tuple[int, Selector]]] = {}
        self._without_name = [selector for selector in self._selectors if not selector.usagetypes]
        for selector in self._selectors:
            for rank, name in enumerate(selector.usagetypes):
                self._by_name.setdefault(name, []).append((rank, selector))
        self._matches: list[_Match] | None = None
        self._terms: dict[str, Any] = {}

    def read(self, open_file: Callable[[Callable[[JsonStream], bool]], bool]) -> Reading:
        """Our prices in the file.

        Args: open_file: opens the file anew and lets the given function read it.
        Raises: JsonError when the file is not what the list's format says, or a wanted price is no price.
        """
        if not open_file(self._scan):
            open_file(self._scan)
        return self._reading(self._matches or [])

    def _scan(self, stream: JsonStream) -> bool:
        """Go through the file; false when terms came first and were passed over."""
        head: dict[str, Any] = {}
        known, passed_over, seen = self._matches, False, set()
        for key in stream.members():
            seen.add(key)
            if key == "products":
                self._matches = known = self._products(stream)
            elif key == "terms" and known is None:
                passed_over = True
            elif key == "terms":
                self._terms = self._on_demand(stream, {match.sku for match in known or ()})
            elif key in ("offerCode", "version", "publicationDate"):
                head[key] = stream.value()
        if head.get("offerCode", self._offer) != self._offer:
            raise JsonError(f"it is the list of {head['offerCode']}, not of {self._offer}")
        if not {"products", "terms"} <= seen:
            raise JsonError("it lacks `products` or `terms`")
        self._published = _day(head.get("publicationDate"), "publicationDate")
        self._version = str(head.get("version", head.get("publicationDate")))
        return not passed_over

    def _products(self, stream: JsonStream) -> list[_Match]:
        found: list[_Match] = []
        empty = True
        for sku in stream.members():
            empty = False
            found += self._matching(sku, _table(stream.value(), f"product {sku}"))
        if empty:
            raise JsonError("it has no products")
        return found

    def _matching(self, sku: str, product: Mapping[str, Any]) -> Iterable[_Match]:
        attributes = _table(product.get("attributes", {}), f"attributes of product {sku}")
        region, location_type = (attributes.get(name) for name in self._attributes)
        usagetype = str(attributes.get("usagetype", ""))
        if region != self._region or location_type != "AWS Region":
            return
        parts = _PREFIXED.fullmatch(usagetype)
        names = [usagetype]
        if parts and self._settings.is_prefix_of(parts["prefix"], self._region):
            names.append(parts["name"])
        elif parts:
            return
        values = {**attributes, "productFamily": product.get("productFamily")}
        wanted = [pair for name in names for pair in self._by_name.get(name, [])]
        wanted += [(0, selector) for selector in self._without_name]
        for rank, selector in wanted:
            if all(values.get(name) == value for name, value in selector.match):
                yield _Match(selector, rank, sku)

    def _on_demand(self, stream: JsonStream, skus: set[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        kinds = set()
        for kind in stream.members():
            kinds.add(kind)
            if kind == "OnDemand":
                for sku in stream.members():
                    if sku in skus:
                        found[sku] = stream.value()
        if "OnDemand" not in kinds:
            raise JsonError("it lacks `terms.OnDemand`")
        return found

    def _reading(self, matches: list[_Match]) -> Reading:
        listed: list[Listed] = []
        refused: list[str] = []
        for selector in self._selectors:
            mine = [match for match in matches if match.selector is selector and match.sku in self._terms]
            best = min((match.rank for match in mine), default=0)
            skus = sorted(match.sku for match in mine if match.rank == best)
            name = f"{selector.id}{f'/{selector.variant}' if selector.variant else ''}@{self._region}"
            try:
                prices = [price for sku in skus if (price := self._listed(selector, sku))]
            except _Refused as reason:
                refused.append(f"{name}: not taken, {reason}")
                continue
            if len({price.slices for price in prices}) > 1:
                refused.append(f"{name}: not taken, {len(skus)} products fit and differ: {', '.join(skus)}")
            else:
                listed += prices[:1]
        return Reading(tuple(listed), tuple(refused))

    def _listed(self, selector: Selector, sku: str) -> Listed | None:
        """The price of a product; None when it has none On-Demand."""
        offers = _table(self._terms[sku], f"terms of {sku}")
        term = offers.get(f"{sku}.{self._settings.on_demand_term}")
        if term is None:
            return None
        dimensions = _table(_table(term, f"term of {sku}").get("priceDimensions"), f"prices of {sku}")
        slices = sorted(_slice(_table(entry, sku), sku, selector) for entry in dimensions.values())
        free = 0
        while free < len(slices) - 1 and slices[free][1] == 0:
            free += 1  # an allowance ahead of the first price; the bill knows its own allowances
        slices = [(Decimal(0), slices[free][1]), *slices[free + 1 :]] if slices else []
        if not slices or len({start for start, _ in slices}) < len(slices):
            raise JsonError(f"the price of {sku} ({selector.id}) has no slices or two that start alike")
        if any(usd <= 0 for _, usd in slices):
            raise JsonError(f"the price of {sku} ({selector.id}) is not above 0")
        where = f"{self._offer} list, version {self._version}, SKU {sku}"
        return Listed(
            selector.id,
            self._region,
            selector.variant,
            tuple(slices),
            _day(term.get("effectiveDate"), f"effectiveDate of {sku}"),
            self._published,
            self._settings.list_source.id,
            where if not free else f"{where}; without its free allowance",
        )


class _Refused(Exception):
    """The price is there, but in a way that we do not know."""


def _slice(entry: Mapping[str, Any], sku: str, selector: Selector) -> tuple[Decimal, Decimal]:
    unit = str(entry.get("unit"))
    if unit.casefold() not in selector.units:
        raise _Refused(f"{sku} has the unit {unit!r}; known are {', '.join(selector.units)}")
    prices = _table(entry.get("pricePerUnit"), f"pricePerUnit of {sku}")
    usd = _number(prices.get("USD"), f"the price of {sku} ({selector.id}) in USD")
    start = _number(entry.get("beginRange", "0"), f"beginRange of {sku} ({selector.id})")
    factor = selector.units[unit.casefold()]
    return start / factor, usd * factor


# --- Fargate Spot ------------------------------------------------------------------------------------


def read_spot_feed(stream: JsonStream, settings: Settings, regions: Iterable[str], on: date) -> Reading:
    """Spot prices of the Regions asked for; the feed has no date of its own, so the day it is read counts.

    Raises: JsonError when the feed is not what it should be, or has two prices for one thing.
    """
    wanted = set(regions)
    listed: dict[Key, Listed] = {}
    entries = _table(stream.value(), "the Spot feed").get("prices")
    if not isinstance(entries, list) or not entries:
        raise JsonError("it has no `prices`")
    for entry in entries:
        row = _table(entry, "a price")
        region = _table(row.get("attributes", {}), "attributes").get("aws:region")
        if region not in wanted or row.get("unit") not in settings.spot_units:
            continue
        id_, variant = settings.spot_units[row["unit"]]
        what = f"the price of {row['unit']} in {region}"
        usd = _number(_table(row.get("price"), what).get("USD"), what)
        if usd <= 0:
            raise JsonError(f"{what} is not above 0")
        price = Listed(
            id_, region, variant, ((Decimal(0), usd),), on, on, settings.spot_source.id, f"feed of {on}"
        )
        if listed.setdefault(price.key, price).slices != price.slices:
            raise JsonError(f"{what} is there twice, with different figures")
    return Reading(tuple(listed.values()))


# --- savings plans -----------------------------------------------------------------------------------


def read_savings_plan(stream: JsonStream, settings: Settings, region: str) -> Reading:
    """Discounted rates of one Region for every term and payment; where a rate has slices, that of the first.

    Raises: JsonError when the file is not what the list's format says.
    """
    wanted = {(rate.service, rate.usagetype): rate for rate in settings.plan_rates}
    head: dict[str, Any] = {}
    plans: dict[str, str] = {}
    rates: list[tuple[str, PlanRate, Decimal]] = []
    seen = set()
    for key in stream.members():
        seen.add(key)
        if key == "products":
            for _ in stream.items():
                sku, plan = _plan(_table(stream.value(), "a product"))
                plans[sku] = plan
        elif key == "terms":
            for kind in stream.members():
                if kind == "savingsPlan":
                    for _ in stream.items():
                        rates += _rates(stream, wanted, settings, region)
        elif key in ("version", "publicationDate", "regionCode"):
            head[key] = stream.value()
    if not {"products", "terms"} <= seen or not plans:
        raise JsonError("it lacks `products` or `terms`")
    if head.get("regionCode", region) != region:
        raise JsonError(f"it is the list of {head['regionCode']}, not of {region}")
    published = _day(head.get("publicationDate"), "publicationDate")
    where = f"{settings.savings_plan_offer} list, version {head.get('version', published)}, SKU"
    listed: dict[Key, Listed] = {}
    for sku, rate, usd in rates:
        if not plans.get(sku):
            continue
        price = Listed(
            rate.id,
            region,
            f"{rate.variant}_{plans[sku]}",
            ((Decimal(0), usd),),
            published,
            published,
            settings.list_source.id,
            f"{where} {sku}",
        )
        if price.slices[0][1] >= listed.setdefault(price.key, price).slices[0][1]:
            listed[price.key] = price  # slices get cheaper: the dearest is the first
    return Reading(tuple(listed.values()))


def _plan(product: Mapping[str, Any]) -> tuple[str, str]:
    """SKU and our name of the plan: term and payment; empty for plans of other kinds."""
    attributes = _table(product.get("attributes", {}), "attributes of a plan")
    term, payment = attributes.get("purchaseTerm"), attributes.get("purchaseOption")
    if not isinstance(term, str) or not isinstance(payment, str):
        return _text(product, "sku"), ""
    if not str(product.get("usageType", "")).startswith("ComputeSP:"):
        return _text(product, "sku"), ""
    return _text(product, "sku"), f"{term}_{payment.lower().replace(' ', '_')}"


def _rates(
    stream: JsonStream, wanted: Mapping[tuple[str, str], PlanRate], settings: Settings, region: str
) -> list[tuple[str, PlanRate, Decimal]]:
    sku = ""
    found: list[tuple[PlanRate, Decimal]] = []
    for key in stream.members():
        if key == "sku":
            sku = str(stream.value())
        elif key == "rates":
            for _ in stream.items():
                entry = _table(stream.value(), "a rate")
                rate = _wanted_rate(entry, wanted, settings, region)
                if rate:
                    price = _table(entry.get("discountedRate"), f"the rate of {rate.usagetype}")
                    if price.get("currency") != "USD":
                        raise JsonError(f"the rate of {rate.usagetype} is not in USD")
                    usd = _number(price.get("price"), f"the rate of {rate.usagetype}")
                    if usd <= 0:
                        raise JsonError(f"the rate of {rate.usagetype} is not above 0")
                    found.append((rate, usd))
    return [(sku, rate, usd) for rate, usd in found]


def _wanted_rate(
    entry: Mapping[str, Any],
    wanted: Mapping[tuple[str, str], PlanRate],
    settings: Settings,
    region: str,
) -> PlanRate | None:
    service, usagetype = str(entry.get("discountedServiceCode")), str(entry.get("discountedUsageType"))
    if entry.get("discountedRegionCode", region) != region:
        return None
    parts = _PREFIXED.fullmatch(usagetype)
    if parts and settings.is_prefix_of(parts["prefix"], region):
        return wanted.get((service, parts["name"]))
    return None if parts else wanted.get((service, usagetype))


def as_share(rate: Decimal, on_demand: Decimal) -> Decimal:
    """What a plan saves, 0…1, to a tenth of a percent: the rates are rounded to little more than that."""
    return (1 - rate / on_demand).quantize(Decimal("0.001"))


# --- values ------------------------------------------------------------------------------------------


def _table(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise JsonError(f"{what} is {str(value)[:40]!r}, not a table")
    return value


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise JsonError(f"`{name}` is {str(value)[:40]!r}, not a text")
    return value


def _number(value: Any, what: str) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise JsonError(f"{what} is {str(value)[:40]!r}, not a number")
    if number < 0:
        raise JsonError(f"{what} is below 0")
    return number


def _day(value: Any, what: str) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise JsonError(f"{what} is {str(value)[:40]!r}, not a date") from None
