"""Compute Savings Plans: an hourly commitment that covers eligible usage at lower rates; what is not used is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cost.lines import Line, price
from model.facts import load_price_variants
from model.fields import Number
from model.scenario import Billing

Array = NDArray[np.float64]

SMALLEST = 1e-300
ROUNDING = 1e-12  # a commitment this close to the use covers it


@dataclass(frozen=True)
class Rate:
    """Price of a covered unit. usd: None where nobody published it. fact: key of the rate or of the discount."""

    usd: float | None
    fact: str
    overridden: bool


NO_RATE = Rate(None, "", False)


@dataclass(frozen=True)
class Eligible:
    """An On-Demand line that the plan may cover. hourly: its use over the hours, any scale, time last."""

    line: Line
    rate: Rate
    hourly: Array


def discounted_rate(billing: Billing, line: Line, discount_id: str, variant: str, rate_id: str = "") -> Rate:
    """Rate of a line under the bill's plan: the published one, else the On-Demand price less the published share.

    Args: variant: what stands before the plan in the price book ("linux_x86_64_", "" for Lambda). rate_id: price id
        of published rates, if they are more exact than the share.
    Source: METHOD.md "Savings plans"; facts savings_plan.*.
    """
    variant += billing.savings_plan
    if rate_id and variant in load_price_variants()[rate_id] and not line.overridden:
        (row,) = price(billing, rate_id, variant).rows
        usd = billing.overrides.get(row.key, row.usd)
        if usd is not None:
            return Rate(usd, row.key, row.key in billing.overrides)
    (row,) = price(billing, discount_id, variant).rows
    share = billing.overrides.get(row.key, row.usd)
    if share is None or line.unit_usd is None:
        return Rate(None, row.key if share is None else line.fact, False)
    return Rate(float(line.unit_usd) * (1 - share), row.key, line.overridden or row.key in billing.overrides)


def lines_under_plan(billing: Billing, eligible: Sequence[Eligible], group: str) -> tuple[Line, ...]:
    """Covered use at the plan's rates, overflow On-Demand, and the part of the commitment nobody used.

    Args: eligible: On-Demand lines after free allowances, with their course over the hours.
    Returns: lines, USD a month; what a plan costs is the same for every payment option, upfront amortised.
    Source: METHOD.md "Savings plans".
    Assumes: this platform's use alone draws on the commitment; each hour covers all eligible lines alike.
    """
    if billing.savings_plan == "none" or not eligible:
        return tuple(one.line for one in eligible)
    hours = np.asarray(billing.hours_per_month)
    courses = [_relative(one.hourly) for one in eligible]
    wanted = [
        _usd_at_rate(one)[..., None] / hours[..., None] * course
        for one, course in zip(eligible, courses, strict=True)
    ]
    usd_per_hour = np.asarray(sum(wanted))
    set_by_user = billing.commitment_usd_per_hour
    committed = usd_per_hour.mean(axis=-1) if set_by_user is None else np.asarray(set_by_user, np.float64)
    covered = committed[..., None] * (1 + ROUNDING) / np.maximum(usd_per_hour, SMALLEST)
    covered = np.where(usd_per_hour > 0, np.minimum(covered, 1.0), 1.0)
    shares = [np.clip(1 - (course * (1 - covered)).mean(axis=-1), 0.0, 1.0) for course in courses]
    split = [part for one, share in zip(eligible, shares, strict=True) for part in _split(one, share)]
    spent = sum(_usd_at_rate(one) * share for one, share in zip(eligible, shares, strict=True))
    unused = np.maximum(committed * hours - spent, 0.0)
    fact = eligible[0].rate.fact
    return (*split, Line("Savings plan, commitment not used", group, unused, "USD", 1.0, unused, fact))


def _split(one: Eligible, share: Number) -> tuple[Line, Line]:
    """The covered and the On-Demand part of a line."""
    line, rate = one.line, one.rate
    quantity = np.asarray(line.quantity) * share
    rest = np.asarray(line.quantity) * (1 - share)
    usd = None if rate.usd is None and np.any(quantity > 0) else quantity * (rate.usd or 0.0)
    covered = replace(
        line,
        item=f"{line.item}, savings plan",
        quantity=quantity,
        unit_usd=rate.usd,
        usd=usd,
        fact=rate.fact,
        overridden=rate.overridden,
    )
    over = line.unit_usd is None and np.any(rest > 0)
    return covered, replace(line, quantity=rest, usd=None if over else rest * (line.unit_usd or 0.0))


def _usd_at_rate(one: Eligible) -> Array:
    """A month of the whole line at the plan's rate, USD; 0 while that is unknown (the bill then has no total)."""
    return np.asarray(one.line.quantity) * np.asarray(0.0 if one.rate.usd is None else one.rate.usd)


def _relative(hourly: Array) -> Array:
    """The course with mean 1; flat where nothing is used."""
    mean = hourly.mean(axis=-1, keepdims=True)
    return np.where(mean > 0, hourly / np.maximum(mean, SMALLEST), 1.0)
