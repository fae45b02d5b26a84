"""The answer of each page in a sentence or two, from results alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from model.cold_start import ColdStart
from model.cost.lines import Bill
from model.decide.break_even import TRAFFIC, Crossing
from model.decide.cost_bands import CostBands
from model.decide.sweeps import CostMap, RegionTotals, UtilisationCurve
from model.decide.verdict import PLATFORMS, Verdict
from model.evaluate import Comparison
from model.facts import STALE_DAYS, InitQuantiles, Price, load_facts, load_prices, load_regions, stale_prices
from model.scaling.spike import Reaction, Spike
from model.scenario import Scenario, value_at
from pages.ui.words import (
    BILLS,
    count,
    day,
    rate,
    ratio,
    region,
    runtime,
    said_list,
    seconds,
    share,
    usd,
    usd_range,
)
from pages.ui.words import PLATFORMS as NAMES

COLD_PARTS = {
    "pre_init": "Placement and download",
    "init": "Runtime init",
    "restore": "SnapStart restore",
    "framework": "Framework",
    "loaded_code": "Loaded code",
    "sdk": "SDK client",
    "first_invocation": "First invocation",
    "vpc": "VPC",
    "extensions": "Extensions",
    "init_again": "Init again, after 10 s",
}
MOST_NAMED = 3
DAYS_A_YEAR = 365
LAG_PARTS = {
    "datapoints": "Datapoints above target",
    "publishing": "Publishing and evaluation",
    "placement": "Placement",
    "pull": "Image pull",
    "container_start": "Container start",
    "boot": "App boot",
    "health_check": "Health check",
}


def which_one(comparison: Comparison, verdict: Verdict) -> str:
    """Which platform, for how much, and why."""
    workload = comparison.scenario.workload
    if verdict.choice is None:
        return _no_choice(verdict)
    other = next(name for name in PLATFORMS if name != verdict.choice)
    sentence = f"{NAMES[verdict.choice]}, {usd(verdict.usd[verdict.choice])} a month"
    if verdict.meets_slo[other] and not verdict.unmet[other]:
        sentence += f"; {NAMES[other]} would cost {usd(verdict.usd[other])}"
        sentence += f", {ratio(verdict.times)} as much" if verdict.times else ""
        level = (
            "" if workload.kind == "job" else f"; both keep p99 within {seconds(float(workload.slo_p99_s))}"
        )
        return f"{sentence}{level}."
    return f"{sentence}. {NAMES[other]} ({usd(verdict.usd[other])}) is out: {_why_out(verdict, other, comparison)}."


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
    items = dict.fromkeys(_lower_first(item) for row in without for item in row.missing)
    return (
        f"{len(without)} of {len(rows)} Regions {'lacks' if len(without) == 1 else 'lack'} a total: nobody published what "
        f"{said_list(items, 'or')} costs there. Choose the Region to enter yours."
    )


def price_age(
    prices: Sequence[Price], today: date, which: str = "used here", where: str = "under “Numbers used”"
) -> str:
    """How many of some prices were last checked long ago; nothing while all are fresh."""
    old = [price for price in prices if price.usd is not None and (today - price.checked).days > STALE_DAYS]
    if not old:
        return ""
    oldest = min(price.checked for price in old)
    since = ", over a year ago" if (today - oldest).days > DAYS_A_YEAR else ""
    known = sum(price.usd is not None for price in prices)
    was, the_oldest, them = ("was", "", "it") if len(old) == 1 else ("were", "the oldest ", "them")
    return (
        f"{len(old):,} of the {known:,} prices {which} {was} last checked more than {STALE_DAYS} days ago, "
        f"{the_oldest}on {day(oldest)}{since}: refresh {them}, or enter yours {where}."
    )


def money_line(verdict: Verdict, crossings: Sequence[Crossing]) -> str:
    """The break-even points; nothing while a total is open."""
    return "" if verdict.cheaper is None else break_even(crossings)


def cost_title(verdict: Verdict, crossings: Sequence[Crossing]) -> str:
    """Break-even as a chart title."""
    return "A price is missing: enter yours" if verdict.cheaper is None else short_break_even(crossings)


def break_even(crossings: Sequence[Crossing]) -> str:
    """All crossings, or that there is none."""
    if not crossings:
        return "The bills do not cross at any traffic shown."
    first = crossings[0]
    points = said_list(_traffic(crossing.path, crossing.value) for crossing in crossings)
    if len(crossings) == 1:
        return f"The bills cross at {points}: below it {NAMES[first.below]} is cheaper, above it {NAMES[first.above]}."
    if len(crossings) > MOST_NAMED:
        last = crossings[-1]
        points = f"between {_traffic(first.path, first.value)} and {_traffic(last.path, last.value)}"
        return f"The bills cross {len(crossings)} times {points}: below, {NAMES[first.below]} is cheaper; above, {NAMES[last.above]}."
    return f"The bills cross {len(crossings)} times, at {points}; below the first {NAMES[first.below]} is cheaper."


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


def reaction(spike: Spike) -> list[tuple[str, str]]:
    """Key figures of a spike on Fargate and what Lambda loses, as label and value."""
    service = spike.fargate
    return [
        ("Fargate scales out after", _after(float(spike.first_scale_out_s))),
        ("Fargate has enough after", seconds(float(service.full_s))),
        ("Fargate loses", share(float(service.lost_share))),
        ("Lambda loses", share(float(spike.aws_lambda.lost_share))),
    ]


def short_break_even(crossings: Sequence[Crossing]) -> str:
    """Break-even as a chart title."""
    if not crossings:
        return "One platform is cheaper at any traffic shown"
    if len(crossings) == 1:
        return (
            f"{NAMES[crossings[0].above]} is cheaper above {_traffic(crossings[0].path, crossings[0].value)}"
        )
    return f"The bills cross {len(crossings)} times"


def largest_lines(bills: dict[str, Bill]) -> str:
    """The largest line of each bill, as a chart title."""
    parts = []
    for name, bill in bills.items():
        lines = [line for line in bill.lines if line.usd is not None and float(line.usd) > 0]
        if lines:
            largest = max(lines, key=lambda line: float(line.usd))
            parts.append(f"{BILLS[name]} pays most for {_lower_first(_plainly(largest.item))}")
    return said_list(parts) or "Nothing is billed"


def _plainly(item: str) -> str:
    """A bill's item without platform and slice: "Duration (x86_64), first 6 billion" is "Duration"."""
    return re.sub(r" \(.*?\)|,.*", "", item)


def service_level(comparison: Comparison, verdict: Verdict) -> str:
    """Who meets the wanted p99; for a job, how long a run takes."""
    if comparison.scenario.workload.kind == "job":
        runs = said_list(f"{seconds(verdict.p99_s[name])} on {NAMES[name]}" for name in PLATFORMS)
        return f"A slow run (p99) takes {runs}"
    slo = seconds(float(comparison.scenario.workload.slo_p99_s))
    meeting = [NAMES[name] for name in PLATFORMS if verdict.meets_slo[name]]
    said = {0: "Neither keeps", 1: f"Only {meeting[0]} keeps" if meeting else "", 2: "Both keep"}[
        len(meeting)
    ]
    return f"{said} p99 within {slo}"


def cold_start(comparison: Comparison) -> str:
    """How long, how often, and what it does to p99."""
    start, cold = comparison.aws_lambda.start, comparison.aws_lambda.cold
    p99_s, slo_s = float(comparison.aws_lambda.latency.p99_s), float(comparison.scenario.workload.slo_p99_s)
    meets = "" if comparison.scenario.workload.kind == "job" else _beside_level(p99_s, slo_s)
    return (
        f"A cold start adds {seconds(float(start.percentile(0.5)))} (p99 {seconds(float(start.percentile(0.99)))}); "
        f"{share(float(cold.p_cold))} of requests meet one. Lambda's p99 is {seconds(p99_s)}{meets}; "
        f"Fargate's is {seconds(float(comparison.fargate.latency.p99_s))}."
    )


def level(scenario: Scenario) -> float | None:
    """The wanted p99, s; a job has none."""
    return None if scenario.workload.kind == "job" else float(scenario.workload.slo_p99_s)


def _beside_level(p99_s: float, slo_s: float) -> str:
    return f", {'within' if p99_s <= slo_s else 'beyond'} the {seconds(slo_s)} you want"


def start_parts(start: ColdStart) -> list[tuple[str, float, str]]:
    """Label, mean seconds and kind of every part of a cold start."""
    return [(COLD_PARTS[part.name], float(part.mean_s), part.kind) for part in start.parts]


def longest_part(parts: Sequence[tuple[str, float, str]]) -> str:
    """The part of a cold start that takes longest, as a chart title."""
    label, mean_s, _ = max(parts, key=lambda part: part[1])
    return f"{label} takes {seconds(mean_s)} of {seconds(sum(part[1] for part in parts))}"


def tail(comparison: Comparison) -> str:
    """Slowest request in a thousand on both sides, as a chart title."""
    slow = {"aws_lambda": comparison.aws_lambda.latency.p999_s, "fargate": comparison.fargate.latency.p999_s}
    parts = said_list(f"{seconds(float(p999_s))} on {NAMES[name]}" for name, p999_s in slow.items())
    return f"One request in 1,000 takes longer than {parts}"


def how_often(comparison: Comparison) -> str:
    """Share of cold requests at this traffic, as a chart title."""
    at = _traffic(TRAFFIC[comparison.scenario.workload.kind][0], traffic_now(comparison.scenario))
    return f"At {at}, {share(float(comparison.aws_lambda.cold.p_cold))} of requests are cold"


def runtime_rows(runtimes: Sequence[InitQuantiles]) -> list[tuple[str, float, float, float]]:
    """Name, p5, median and p99 of every measured runtime, s."""
    return [
        (
            runtime(measured.runtime),
            *np.interp((0.05, 0.5, 0.99), measured.probabilities, measured.seconds).tolist(),
        )
        for measured in runtimes
    ]


def rank(runtimes: Sequence[InitQuantiles], chosen: str) -> str:
    """Where the chosen runtime stands, as a chart title."""
    rows = sorted(runtime_rows(runtimes), key=lambda row: row[2])
    names = [name for name, *_ in rows]
    if runtime(chosen) not in names:
        return f"{len(rows)} runtimes measured; {runtime(chosen)} is not among them"
    return f"{runtime(chosen)} starts as number {names.index(runtime(chosen)) + 1} of {len(rows)} measured runtimes"


NO_SPIKE = "Every job run gets an environment or a task of its own, so a spike builds up no backlog."


def traffic_now(scenario: Scenario) -> float:
    """Requests a second, or job runs a day."""
    return float(value_at(scenario, TRAFFIC[scenario.workload.kind][0]))


def spike(scenario: Scenario, spikes: dict[int, Spike]) -> str:
    """When full capacity is reached and what is lost, by metric period."""
    workload = scenario.workload
    first = next(iter(spikes.values()))
    rise = f"When {rate(float(workload.requests_per_s))} become {rate(float(workload.requests_per_s * workload.spike_factor))}"
    told = {
        period: f"{_reached(one.fargate.full_s)} and {_lost(one.fargate)}" for period, one in spikes.items()
    }
    each = [f"with {period}-second metrics {text}" for period, text in told.items()]
    fargate = "; ".join(each) if len(set(told.values())) > 1 else told[next(iter(told))]
    return f"{rise}, Lambda {_lost(first.aws_lambda)}. Fargate {fargate}."


def spike_title(spike: Spike) -> str:
    """What Fargate loses in a spike beside Lambda, as a chart title."""
    return f"In a spike Fargate {_reached(spike.fargate.full_s)} and {_lost(spike.fargate)}; Lambda {_lost(spike.aws_lambda)}"


def lags(spikes: dict[int, Spike]) -> list[tuple[str, list[tuple[str, float]]]]:
    """Bar label and parts (label, seconds) of the lag by metric period; empty if no alarm drives the scaling."""
    return [
        (f"{period}-second metrics", [(LAG_PARTS[name], float(part)) for name, part in one.lag_parts])
        for period, one in spikes.items()
        if one.lag_parts and np.isfinite(one.first_scale_out_s)
    ]


def longest_lag(lags: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> str:
    """The largest part of the lag, as a chart title."""
    label, parts = lags[0]
    name, longest_s = max(parts, key=lambda part: part[1])
    return f"With {label}, {seconds(longest_s)} of {seconds(sum(part[1] for part in parts))} go to {_lower_first(name)}"


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


def _traffic(path: str, value: float) -> str:
    return rate(value) if path == "workload.requests_per_s" else count(value, "run") + " a day"


def _lower_first(text: str) -> str:
    return (
        text if text[:2].isupper() or text.startswith(("vCPU", "ALB", "NLB")) else text[:1].lower() + text[1:]
    )


def _after(seconds_: float) -> str:
    return "ahead of it" if seconds_ < 0 else seconds(seconds_)


def _reached(full_s: np.ndarray) -> str:
    if not np.isfinite(full_s):
        return "never has enough tasks"
    return (
        f"has enough tasks after {seconds(float(full_s))}"
        if full_s > 0
        else "has enough tasks from the start"
    )


def _lost(reaction: Reaction) -> str:
    lost = float(reaction.lost)
    if lost < 0.5:
        return "loses nothing"
    return f"loses {count(lost, 'request')} ({share(float(reaction.lost_share))})"


def _no_choice(verdict: Verdict) -> str:
    if verdict.cheaper is None:
        return "No verdict: a price has no published figure in this Region. Enter yours on the cost page."
    out = said_list(f"{NAMES[name]} is out" for name in PLATFORMS)
    return f"Neither as configured: {out}. The table below says why."


def _why_out(verdict: Verdict, name: str, comparison: Comparison) -> str:
    if verdict.unmet[name]:
        return said_list(check.check.lower() for check in verdict.unmet[name]) + " does not fit"
    slo = seconds(float(comparison.scenario.workload.slo_p99_s))
    return f"its p99 is {seconds(verdict.p99_s[name])}, the service level {slo}"
