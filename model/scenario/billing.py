"""Region, prices and discounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.facts import limit, load_regions
from model.fields import Number, choice, flag, number

SAVINGS_PLANS = ("none",) + tuple(
    f"{years}yr_{payment}_upfront" for years in (1, 3) for payment in ("no", "partial", "all")
)


@dataclass(frozen=True)
class Billing:
    """Where and how the bill is made."""

    region: str = choice("us-east-1", tuple(load_regions()), "AWS Region")
    hours_per_month: Number = number(
        limit("billing.hours_per_month"), "h", 1, 744, "hours in the billing month"
    )
    free_tier: bool = flag(True, "deduct the always-free allowances")
    other_lambda_gb_s: Number = number(
        0.0,
        "GB-s",
        0,
        1e12,
        "the organisation's other Lambda duration a month, architecture and Region as here",
    )
    other_lambda_requests: Number = number(
        0.0, "requests", 0, 1e13, "the organisation's other Lambda requests a month"
    )
    savings_plan: str = choice("none", SAVINGS_PLANS, "compute savings plan")
    commitment_usd_per_hour: Number | None = number(
        None,
        "USD/h",
        0,
        1e5,
        "hourly commitment of the savings plan, for each platform's bill",
        when_none="what the mean hour needs",
    )
    init_billed: bool = flag(
        True, "bill every Lambda init, as AWS does since August 2025; off: as before, zip packages start free"
    )
    common_costs: bool = flag(True, "bills hold what both platforms pay alike")
    on: str = field(
        default="", metadata={"meaning": "day whose prices count, YYYY-MM-DD; empty = newest known"}
    )
    overrides: Mapping[str, float] = field(
        default_factory=dict, metadata={"meaning": "price key -> your own USD per unit"}
    )
