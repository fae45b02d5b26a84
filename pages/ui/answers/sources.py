"""What the page of numbers and sources says."""

from __future__ import annotations

from datetime import date

from model.facts import STALE_DAYS, load_facts, load_prices, load_regions, stale_prices


def sources(today: date) -> str:
    """How many numbers there are, how many are missing and how many old."""
    prices = load_prices()
    known = [price for price in prices if price.usd is not None]
    assumed = [fact for fact in load_facts().values() if fact.kind == "assumed"]
    return (
        f"{len(known):,} prices in {len(load_regions())} Regions and {len(load_facts())} limits and rules, each with "
        f"source and date. {len(stale_prices(today)):,} prices were checked more than {STALE_DAYS} days ago, "
        f"{len(prices) - len(known):,} have no published figure, {len(assumed)} numbers are assumed."
    )
