"""One bill for several workloads: free allowances and price slices once, and what is there once is paid once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cost.lines import Bill, Line, day, price
from model.facts import find_price, limit, load_facts
from model.scenario import Billing

Array = NDArray[np.float64]

PAYS_AFTER_FREE = {
    "lambda.free_requests": ("lambda.request",),
    "lambda.free_gb_s": ("lambda.duration",),
    "lambda.free_streaming_gb": ("lambda.response_streaming",),
    "network.free_egress_gb": ("network.egress_gb",),
    "cloudwatch.free_log_gb": ("cloudwatch.logs_lambda_gb", "cloudwatch.logs_standard_gb"),
    "cloudwatch.free_log_storage_gb": ("cloudwatch.logs_storage_gb_month",),
    "cloudwatch.free_custom_metrics": ("cloudwatch.custom_metric",),
    "xray.free_recorded": ("xray.trace_recorded",),
    "sqs.free_requests": ("sqs.request",),
    "step_functions.free_transitions": ("step_functions.transition",),
}
"""Free allowance -> prices of what it covers."""
ONCE = (
    "ALB hours",
    "NLB hours",
    "NAT gateway hours",
    "Interface endpoint hours",
    "Public IPv4 addresses of the load balancer",
    "RDS Proxy",
    "Custom metrics",
)
"""Items that several workloads share: as many as the workload with the most needs, not the sum."""


@dataclass(frozen=True)
class Meter:
    """One thing that is counted and then priced, in slices. free: id of the allowance deducted first, or ""."""

    key: str
    once: bool
    free: str
    tier_from: tuple[float, ...]
    unit_usd: tuple[float, ...]
    begins_at: float

    def usd(self, paid: Array) -> Array:
        """Each unit at the price of its own slice, after the units that the organisation uses anyway."""
        start, stop = self.begins_at, self.begins_at + paid
        ends = (*self.tier_from[1:], np.inf)
        slices = zip(self.tier_from, ends, self.unit_usd, strict=True)
        return np.asarray(
            sum(usd * (np.clip(stop, low, high) - min(max(start, low), high)) for low, high, usd in slices)
        )


@dataclass(frozen=True)
class Usage:
    """What one or more workloads put on the meters: units (free ones included), of these free ones, and plain USD.

    Shapes: (…, meters), (…, meters), (…).
    """

    units: Array
    covered: Array
    flat_usd: Array


@dataclass(frozen=True)
class Meters:
    """All meters of some bills, with the allowances of one account."""

    meters: tuple[Meter, ...]
    allowances: dict[str, float]

    @property
    def once(self) -> NDArray[np.bool_]:
        return np.array([meter.once for meter in self.meters], bool)

    def pooled(self, parts: Usage, taken: NDArray[np.bool_]) -> Usage:
        """The workloads that are taken, as one: sums, and the largest of what is there once.

        Args: parts: shape (parts, meters). taken: which parts, shape (…, parts).
        """
        chosen = taken.astype(np.float64)
        sums = (chosen @ parts.units, chosen @ parts.covered)
        once = np.flatnonzero(self.once)
        for total, single in zip(sums, (parts.units, parts.covered), strict=True):
            for index in once:
                total[..., index] = (chosen * single[:, index]).max(axis=-1, initial=0.0)
        return Usage(*sums, chosen @ parts.flat_usd)

    def meter_usd(self, pooled: Usage) -> Array:
        """USD of each meter once the allowances are shared out by what each could cover, shape (…, meters)."""
        paid = pooled.units.copy()
        for free, allowance in self.allowances.items():
            members = [index for index, meter in enumerate(self.meters) if meter.free == free]
            covered = pooled.covered[..., members]
            wanted = covered.sum(axis=-1, keepdims=True)
            share = np.minimum(wanted, allowance) / np.maximum(wanted, 1e-300)
            paid[..., members] -= covered * share
        columns = [meter.usd(np.maximum(paid[..., i], 0.0)) for i, meter in enumerate(self.meters)]
        return np.stack(columns, axis=-1) if columns else np.zeros((*pooled.flat_usd.shape, 0))

    def total_usd(self, parts: Usage, taken: NDArray[np.bool_]) -> Array:
        """The one bill of the workloads that are taken, USD a month."""
        pooled = self.pooled(parts, taken)
        return np.asarray(self.meter_usd(pooled).sum(axis=-1) + pooled.flat_usd)


def metered(bills: Sequence[Bill], shape: tuple[int, ...], billing: Billing) -> tuple[Meters, list[Usage]]:
    """The meters behind some bills of one account, and what each bill puts on them.

    Args: bills: all lines priced; those of a group of workloads hold arrays of this shape.
    Returns: Usage of shape `shape + (meters,)` for each bill, in order.
    Source: METHOD.md "Hybrid".
    Assumes: lines under a savings plan, and of prices without a row of their own, add up as they are.
    """
    meters: dict[str, Meter] = {}
    found: list[tuple[dict[str, Array], dict[str, Array], Array]] = []
    for bill in bills:
        units: dict[str, Array] = {}
        covered: dict[str, Array] = {}
        flat = np.zeros(shape)
        for line in bill.lines:
            quantity = np.broadcast_to(np.asarray(line.quantity, np.float64), shape)
            if not np.any(quantity):
                continue
            key = _meter_key(line, bill)
            if key is None:
                flat = flat + np.broadcast_to(np.asarray(line.usd, np.float64), shape)
                continue
            if key not in meters:
                meters[key] = _meter(key, line, bill, billing)
            units[key] = units.get(key, 0.0) + quantity
            if line.fact in PAYS_AFTER_FREE:
                covered[key] = covered.get(key, 0.0) + quantity
        found.append((units, covered, flat))
    every = Meters(tuple(meters.values()), _allowances(billing))
    return every, [
        Usage(_columns(units, meters, shape), _columns(covered, meters, shape), flat)
        for units, covered, flat in found
    ]


def _columns(by_key: dict[str, Array], meters: dict[str, Meter], shape: tuple[int, ...]) -> Array:
    zero = np.zeros(shape)
    columns = [np.asarray(by_key.get(key, zero)) for key in meters]
    return np.stack(columns, axis=-1) if columns else np.zeros((*shape, 0))


def _meter_key(line: Line, bill: Bill) -> str | None:
    """Price without its slice, and the item where it is there once; None for what is no meter."""
    fact = line.fact
    if fact in PAYS_AFTER_FREE:
        fact = _covered_price(line, bill)
    if fact == "" or "@" not in fact or fact.startswith("savings_plan."):
        return None
    once = _once(line)
    return fact.partition("#")[0] + (f" {once}" if once else "")


def _once(line: Line) -> str:
    return next((item for item in ONCE if line.item.startswith(item)), "")


def _covered_price(line: Line, bill: Bill) -> str:
    """The price on the same bill that a free line saves; the same architecture where there are several."""
    names = PAYS_AFTER_FREE[line.fact]
    keys = [one.fact for one in bill.lines if one.fact.partition("@")[0].partition("/")[0] in names]
    return keys[0] if keys else ""


def _meter(key: str, line: Line, bill: Bill, billing: Billing) -> Meter:
    name = key.partition(" ")[0]
    row = find_price(name, day(billing))
    tiers = price(billing, row.id, row.variant, region=row.region)
    own = [billing.overrides.get(one.key) for one in tiers.rows]
    usd = tuple(
        float(ours or 0.0) if mine is None else mine for mine, ours in zip(own, tiers.usd, strict=True)
    )
    free = next((free for free, ids in PAYS_AFTER_FREE.items() if row.id in ids), "")
    begins_at = _used_elsewhere(row.id, billing)
    return Meter(key, bool(_once(line)), free, tiers.tier_from, usd, begins_at)


def _used_elsewhere(id: str, billing: Billing) -> float:
    """Units of the organisation's other functions that stand in the lower slices already."""
    if id != "lambda.duration":
        return 0.0
    granted = limit("lambda.free_gb_s") if billing.free_tier else 0.0
    return max(float(np.asarray(billing.other_lambda_gb_s)) - granted, 0.0)


def _allowances(billing: Billing) -> dict[str, float]:
    """What the organisation's other functions leave of each free allowance."""
    other = {
        "lambda.free_requests": float(np.asarray(billing.other_lambda_requests)),
        "lambda.free_gb_s": float(np.asarray(billing.other_lambda_gb_s)),
    }
    known = load_facts()
    return {
        free: max(limit(free) - other.get(free, 0.0), 0.0) if billing.free_tier else 0.0
        for free in PAYS_AFTER_FREE
        if free in known
    }
