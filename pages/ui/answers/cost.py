"""What the cost page says: bills, their ranges and lines, maps, utilisation and Regions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from model.cost.lines import Bill
from model.decide.break_even import Crossing
from model.decide.cost_bands import CostBands
from model.decide.sweeps import CostMap, RegionTotals, UtilisationCurve
from model.decide.verdict import PLATFORMS, Verdict
from model.evaluate import Comparison
from pages.ui.answers.common import break_even, lower_first
from pages.ui.words import BILLS, ratio, region, said_list, share, usd, usd_range
from pages.ui.words import PLATFORMS as NAMES


def cost(verdict: Verdict, crossings: Sequence[Crossing], ranges: Mapping[str, str] | None = None) -> str:
    """Both bills, each with its range, and the break-even points, or what keeps a total open."""
    within = {name: f" ({text})" for name, text in (ranges or {}).items()}
    known = said_list(
        f"{NAMES[name]} costs {usd(verdict.usd[name])} a month{within.get(name, '')}"
        for name in PLATFORMS
        if verdict.usd[name] is not None
    )
    if verdict.cheaper is None:
        open_ = said_list(NAMES[name] for name in PLATFORMS if verdict.usd[name] is None)
        return " ".join(
            filter(
                None,
                (
                    known and f"{known}.",
                    f"The total of {open_} is open: a price has no published figure in this Region.",
                ),
            )
        )
    return f"{known}. {break_even(crossings)}"


def ranges(bands: CostBands) -> dict[str, str]:
    """The range of each total at one traffic, in words; platforms with a missing price are left out."""
    known = {name: getattr(bands, name) for name in PLATFORMS if getattr(bands, name) is not None}
    return {name: usd_range(float(band.low_usd[0]), float(band.high_usd[0])) for name, band in known.items()}


def bills_of(comparison: Comparison) -> dict[str, Bill]:
    """Every bill of the scenario by name: both platforms', and that of Managed Instances if it is asked for."""
    bills = {name: getattr(comparison, name).bill for name in PLATFORMS}
    managed = comparison.aws_lambda.managed_bill
    return bills if managed is None else {**bills, "managed_instances": managed}


def bars_height(bills: Mapping[str, Bill]) -> int:
    """Height of a chart with a bar for each bill, pixels."""
    return 110 + 75 * len(bills)


def managed_total(bills: Mapping[str, Bill]) -> float | None:
    """Total of Managed Instances, USD a month; None without them or without a price."""
    bill = bills.get("managed_instances")
    return None if bill is None or bill.total_usd is None else float(bill.total_usd)


def managed(bills: Mapping[str, Bill]) -> str:
    """What Managed Instances would cost; nothing if they are not asked for."""
    if "managed_instances" not in bills:
        return ""
    total = managed_total(bills)
    if total is None:
        return "On Managed Instances the total is open: a price has no published figure in this Region."
    return f"On Managed Instances Lambda would cost {usd(total)}."


def utilisation(curve: UtilisationCurve, crossings: Sequence[Crossing], busy: float) -> str:
    """How busy Fargate's CPU is where the bills are equal, and now, as a chart title."""
    now = f"Fargate's CPU is {share(busy)} busy now"
    if len(crossings) != 1 or not np.any(curve.utilisation > 0):
        return now
    at = float(np.interp(np.log(crossings[0].value), np.log(curve.traffic), curve.utilisation))
    return f"{now}; at {share(at)} the bills are equal"


def cost_map(map_: CostMap, verdict: Verdict) -> str:
    """What the map shows, as a chart title."""
    if map_.ratio is None:
        return "A price is missing: enter yours"
    known = map_.ratio[np.isfinite(map_.ratio)]
    if not known.size:
        return "None of these combinations can be had"
    cheaper = "Lambda" if np.all(known < 1) else "Fargate" if np.all(known >= 1) else ""
    if cheaper:
        return f"{cheaper} is cheaper all over this map"
    if not verdict.times or verdict.cheaper is None:
        return "Both platforms have their part of this map"
    return f"Now {NAMES[verdict.dearer]} costs {ratio(verdict.times)} as much; on the line both cost the same"


def regions(rows: Sequence[RegionTotals], present: str) -> str:
    """Where the scenario is cheapest and where it stands, as a chart title."""
    known = [row for row in rows if None not in row.usd.values()]
    if not known:
        return "No Region has all prices this scenario needs"
    cheapest = min(min(row.usd.values()) for row in known)
    place = next((number for number, row in enumerate(known, 1) if row.region == present), None)
    here = f"{region(present).partition(' (')[0]}"
    count_ = "all" if len(known) == len(rows) else f"the {len(known)}"
    which = f"{count_} Regions" + ("" if len(known) == len(rows) else " with all prices")
    said = f"{here} is number {place} of {which}" if place else f"{here} lacks a price"
    return f"{said}; the cheapest asks {usd(cheapest)} a month"


def missing_regions(rows: Sequence[RegionTotals]) -> str:
    """Which Regions have no total, and for want of which prices."""
    without = [row for row in rows if row.missing]
    if not without:
        return ""
    items = dict.fromkeys(lower_first(item) for row in without for item in row.missing)
    return (
        f"{len(without)} of {len(rows)} Regions {'lacks' if len(without) == 1 else 'lack'} a total: nobody published what "
        f"{said_list(items, 'or')} costs there. Choose the Region to enter yours."
    )


def money(verdict: Verdict, ranges: Mapping[str, str] | None = None) -> list[tuple[str, ...]]:
    """Both totals and their price per million requests, as label, value and, for a total, its range."""
    within = ranges or {}
    totals = [
        (f"{NAMES[name]}, a month", usd(verdict.usd[name]), *filter(None, [within.get(name)]))
        for name in PLATFORMS
    ]
    return totals + [
        (f"{NAMES[name]}, a million requests", usd(verdict.per_million_usd[name])) for name in PLATFORMS
    ]


def largest_lines(bills: dict[str, Bill]) -> str:
    """The largest line of each bill, as a chart title."""
    parts = []
    for name, bill in bills.items():
        lines = [line for line in bill.lines if line.usd is not None and float(line.usd) > 0]
        if lines:
            largest = max(lines, key=lambda line: float(line.usd))
            parts.append(f"{BILLS[name]} pays most for {lower_first(_plainly(largest.item))}")
    return said_list(parts) or "Nothing is billed"


MOST_SEGMENTS = 8


def segments(bills: Mapping[str, Bill]) -> list[str]:
    """Each bar's segments in words, largest first, which is also the order of the shades: many are too small for a label."""
    said = []
    for name, bill in bills.items():
        priced = [line for line in bill.lines if line.usd is not None and float(line.usd) > 0]
        priced.sort(key=lambda line: -float(line.usd))
        named = [f"{line.item} {usd(float(line.usd))}" for line in priced[:MOST_SEGMENTS]]
        rest = priced[MOST_SEGMENTS:]
        if rest:
            total = usd(sum(float(line.usd) for line in rest))
            named.append(f"{len(rest)} smaller ones {total} together")
        if named:
            said.append(f"{BILLS[name]}, from the strongest shade to the faintest: {' · '.join(named)}")
    return said


def _plainly(item: str) -> str:
    """A bill's item without platform and slice: "Duration (x86_64), first 6 billion" is "Duration"."""
    return re.sub(r" \(.*?\)|,.*", "", item)
