"""Results and facts as tables of words, for the screen and for reading aloud; no Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from model.cost.lines import Bill, Line, used
from model.decide.sweeps import RegionTotals
from model.decide.verdict import Verdict
from model.evaluate import Comparison
from model.facts import (
    Fact,
    Price,
    find_price,
    load_disagreements,
    load_facts,
    load_prices,
    load_sources,
    pick_fact,
    pick_price,
)
from model.fit import Check
from model.scenario import movable_facts
from pages.ui import words
from pages.ui.answers import fit as fit_answers
from pages.ui.answers.common import level


def side_by_side(comparison: Comparison, verdict: Verdict) -> pd.DataFrame:
    """The comparison in a few plain rows, one column per platform."""
    sides = [comparison.aws_lambda, comparison.fargate]
    waiting = [side.latency for side in sides]
    slo_s = level(comparison.scenario)
    rows = {
        "Bill a month": [words.usd(total) for total in verdict.usd.values()],
        "Median response time": [words.seconds(float(latency.p50_s)) for latency in waiting],
        "p99 response time": [words.seconds(float(latency.p99_s)) for latency in waiting],
    }
    if slo_s is not None:
        rows[f"Requests within {words.seconds(slo_s)}"] = [
            words.share(float(latency.within_slo)) for latency in waiting
        ]
        rows |= _spike_rows(comparison)
    rows["Hard limits"] = [
        words.said_list(check.check.lower() for check in unmet) or "all met"
        for unmet in verdict.unmet.values()
    ]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=[words.PLATFORMS[name] for name in verdict.usd]
    )


def _spike_rows(comparison: Comparison) -> dict[str, list[str]]:
    factor = words.setting("workload.spike_factor", comparison.scenario.workload.spike_factor)
    reactions = [comparison.spike.aws_lambda, comparison.spike.fargate]
    return {
        f"Enough capacity in a spike {factor} after": [words.seconds(float(r.full_s)) for r in reactions],
        "Requests lost in that spike": [words.share(float(r.lost_share)) for r in reactions],
    }


ROW_PX, AROUND_PX = 26, 150


def rows_height(rows: int) -> int:
    """Height of a chart with so many horizontal bars, pixels."""
    return AROUND_PX + ROW_PX * rows


def checks(found: Sequence[Check]) -> pd.DataFrame:
    """Limits and quotas: what is needed, what is allowed, what is left, and why."""
    rows = [
        {
            "Platform": words.PLATFORMS[check.platform],
            "Limit": check.check,
            "Met": "yes" if check.ok else "to be raised" if check.raisable else "no",
            "Needed": fit_answers.amount(check.value, check.unit),
            "Allowed": fit_answers.amount(check.limit, check.unit),
            "In use": "–" if check.used_share is None else words.share(float(check.used_share)),
            "Left": fit_answers.amount(check.left, check.unit),
            "Why": check.text,
            "Checked": words.day(pick_fact(check.fact).checked) if check.fact else "a setting",
            "Where": _url(pick_fact(check.fact).source) if check.fact else None,
        }
        for check in found
    ]
    return pd.DataFrame(rows)


def bill(bill: Bill, on: date | None = None) -> pd.DataFrame:
    """A bill as on the invoice: item, quantity, unit price, amount, where the price is from.

    What both platforms pay alike is one row before the total: its lines are in `common`.
    """
    rows = _rows([line for line in bill.lines if not line.common], on)
    if any(line.common for line in used(bill.lines)):
        rows.append(_sum("Without what is common to both", bill.own_usd))
        rows.append(_sum("Common to both, below", common_usd(bill)))
    return pd.DataFrame([*rows, _sum("Total", bill.total_usd)]).fillna("")


def common(bill: Bill, on: date | None = None) -> pd.DataFrame | None:
    """The lines that stand on both bills alike, and their sum; None if there are none."""
    lines = [line for line in used(bill.lines) if line.common]
    if not lines:
        return None
    return pd.DataFrame([*_rows(lines, on), _sum("Sum", common_usd(bill))]).fillna("")


def common_usd(bill: Bill) -> Any:
    """Sum of what is common to both, USD a month; None while one of its prices is missing."""
    return Bill(tuple(line for line in bill.lines if line.common)).total_usd


def _rows(lines: Sequence[Line], on: date | None) -> list[dict[str, str]]:
    return [
        {
            # The amount first: on a phone there is room for two columns.
            "A month": words.cents(None if line.usd is None else float(line.usd)),
            "Item": line.item,
            "Quantity": words.quantity(float(line.quantity)),
            "Unit": line.unit,
            "Unit price": words.usd_price(line.unit_usd),
            **_price_origin(line, on),
        }
        for line in used(lines)
    ]


def _sum(item: str, usd: Any) -> dict[str, str]:
    return {"A month": words.cents(None if usd is None else float(usd)), "Item": item}


def priced_rows(lines: Sequence[Line], on: date | None) -> list[Price]:
    """The price rows behind bill lines, each once, as in force on a day."""
    keys = dict.fromkeys(line.fact for line in used(lines) if "@" in line.fact)
    return [find_price(key, on) for key in keys]


def own_prices(rows: Sequence[Price], yours: Mapping[str, float]) -> pd.DataFrame:
    """Price rows with a column for the user's own ones."""
    frame = prices(rows)
    frame.insert(2, "Yours", pd.Series([yours.get(price.key) for price in rows], dtype=float))
    return frame


def regions(rows: Sequence[RegionTotals]) -> pd.DataFrame:
    """Both totals of every Region, and what is missing for one."""
    return pd.DataFrame(
        {
            "Region": [words.region(row.region) for row in rows],
            **{
                words.PLATFORMS[name]: [words.cents(row.usd[name]) for row in rows]
                for name in words.PLATFORMS
            },
            "No published price of": [words.said_list(row.missing) for row in rows],
        }
    )


def prices_of(lines: Sequence[Line], on: date | None) -> pd.DataFrame:
    """The price rows behind bill lines, each once."""
    return prices(priced_rows(lines, on))


def prices_in(region: str, on: date | None = None) -> pd.DataFrame:
    """All prices of one Region in force, missing ones included."""
    return prices(price_rows_in(region, on))


def price_rows_in(region: str, on: date | None = None) -> list[Price]:
    """All price rows of one Region in force on a day; None for the newest."""
    names = dict.fromkeys((price.id, price.variant) for price in load_prices())
    return [row for id, variant in names for row in pick_price(id, region, variant, on).rows]


def prices(rows: Sequence[Price]) -> pd.DataFrame:
    """Price rows with unit, kind, dates and source."""
    return pd.DataFrame(
        {
            "Price": [_price_name(price) for price in rows],
            "Amount": [_amount(price) for price in rows],
            "per": [price.unit for price in rows],
            "Kind": [price.kind for price in rows],
            "Valid from": [price.valid_from.isoformat() for price in rows],
            "Checked": [price.checked.isoformat() for price in rows],
            "Source": [_source(price.source) for price in rows],
            "Where": [_url(price.source) for price in rows],
        }
    )


def facts(kinds: Sequence[str] = (), groups: Sequence[str] = ()) -> pd.DataFrame:
    """Limits, rules and assumptions of some kinds, or whose id starts with some words."""
    rows = [fact for fact in load_facts().values() if fact.kind in kinds or fact.id.split(".")[0] in groups]
    return pd.DataFrame(
        {
            "Number": [fact.id for fact in rows],
            "Value": [f"{_value(fact)} {fact.unit}".strip() for fact in rows],
            "Range": ["" if fact.low is None else f"{fact.low:g} to {fact.high:g}" for fact in rows],
            "Kind": [fact.kind for fact in rows],
            "Why, note": [fact.why or fact.note for fact in rows],
            "Checked": [str(fact.checked) for fact in rows],
            "Source": [_source(fact.source) for fact in rows],
            "Where": [_url(fact.source) for fact in rows],
        }
    )


def assumptions(yours: Mapping[str, Any]) -> pd.DataFrame:
    """What a user may move: what is assumed or has a range, parts of a cold start; the user's own value beside ours."""
    rows = [load_facts()[id] for id in movable_facts()]
    return pd.DataFrame(
        {
            "Number": [fact.id for fact in rows],
            "Ours": [f"{_value(fact)} {fact.unit}".strip() for fact in rows],
            "Yours": [yours.get(fact.id) for fact in rows],
            "Range": [
                "" if fact.low is None else f"{words.exact(fact.low)} to {words.exact(fact.high)}"
                for fact in rows
            ],
            "Kind": [fact.kind for fact in rows],
            "Why, note": [fact.why or fact.note for fact in rows],
            "Source": [_source(fact.source) for fact in rows],
            "Checked": [str(fact.checked) for fact in rows],
        }
    ).astype({"Yours": float})


def disagreements() -> pd.DataFrame:
    """Where sources contradict each other, and which figure we use."""
    rows = load_disagreements()
    return pd.DataFrame(
        {
            "About": [row.topic for row in rows],
            "Figures": [row.figures for row in rows],
            "Used here": [row.use for row in rows],
        }
    )


def sources() -> pd.DataFrame:
    """Every source with its address and the day it was read."""
    rows = load_sources().values()
    return pd.DataFrame(
        {
            "Source": [row.id for row in rows],
            "Publisher": [row.publisher for row in rows],
            "What": [row.title for row in rows],
            "Checked": [row.checked.isoformat() for row in rows],
            "Where": [row.url or None for row in rows],
        }
    )


def _price_origin(line: Line, on: date | None) -> dict[str, str]:
    if line.overridden:
        return {"Since": "", "Checked": "", "Price from": "your own price"}
    row = find_price(line.fact, on) if "@" in line.fact else pick_fact(line.fact)
    since = str(row.valid_from) if isinstance(row, Price) else ""
    return {"Since": since, "Checked": str(row.checked), "Price from": _source(row.source)}


def _price_name(price: Price) -> str:
    tier = f", from {price.tier_from:,.0f}" if price.tier_from else ""
    return price.id + (f" ({price.variant})" if price.variant else "") + tier


def _amount(price: Price) -> str:
    known_share = price.unit == "share" and price.usd is not None
    return words.share(price.usd) if known_share else words.usd_price(price.usd)


def _value(fact: Fact) -> str:
    if isinstance(fact.value, list):
        return ", ".join(str(item.get("name", item)) for item in fact.value)
    return words.exact(fact.value) if isinstance(fact.value, float) else str(fact.value)


def _source(source: str) -> str:
    found = load_sources().get(source)
    return found.publisher if found else source


def _url(source: str) -> str | None:
    found = load_sources().get(source)
    return found.url or None if found else None
