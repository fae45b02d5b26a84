"""What the spike page says: who keeps up, what is lost, and why Fargate lags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.decide.spike_lab import Alternative, SpikeMap
from model.scaling.spike import Reaction, Spike
from model.scenario import Scenario
from pages.ui.answers.common import lower_first
from pages.ui.words import count, label, number, rate, seconds, share, usd

ALMOST_NOTHING = 0.001
LAG_PARTS = {
    "datapoints": "Datapoints above target",
    "publishing": "Publishing and evaluation",
    "placement": "Placement",
    "pull": "Image pull",
    "container_start": "Container start",
    "boot": "App boot",
    "health_check": "Health check",
}


def reaction(spike: Spike) -> list[tuple[str, str]]:
    """Key figures of a spike on Fargate and what Lambda loses, as label and value."""
    service = spike.fargate
    return [
        ("Fargate scales out after", _after(float(spike.first_scale_out_s))),
        ("Fargate has enough after", seconds(float(service.full_s))),
        ("Fargate loses", share(float(service.lost_share))),
        ("Lambda loses", share(float(spike.aws_lambda.lost_share))),
    ]


NO_LAG = "No alarm scales out in this spike, so there is no lag to take apart."
NO_MAP = "These settings play no part with the chosen scaling."
MONTH_OF_SPIKES = (
    "Extra cost: the Fargate bill of a month with this spike once a day, beside that of today's settings. A schedule "
    "is right about the spike here; it helps nothing with one that nobody expects."
)
NO_SPIKE = "Every job run gets an environment or a task of its own, so a spike builds up no backlog."


def spike(scenario: Scenario, spikes: dict[int, Spike]) -> str:
    """When full capacity is reached and what is lost, by metric period."""
    workload = scenario.workload
    first = next(iter(spikes.values()))
    rise = f"When {rate(float(workload.requests_per_s))} become {rate(float(workload.requests_per_s * workload.spike_factor))}"
    told = {
        period: f"{_reached(one.fargate.full_s)} and {_lost(one.fargate)}" for period, one in spikes.items()
    }
    each = [
        f"with {period}-second metrics {'it ' if index else ''}{text}"
        for index, (period, text) in enumerate(told.items())
    ]
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
    return f"With {label}, {seconds(longest_s)} of {seconds(sum(part[1] for part in parts))} go to {lower_first(name)}"


def moment(spike: Spike, at_s: float) -> str:
    """Everything the timeline shows at one moment, in words."""
    i = int(np.clip(np.searchsorted(spike.time_s, at_s, side="right") - 1, 0, len(spike.time_s) - 1))
    service, function, step_s = spike.service, spike.function, spike.step_s
    when = "before" if at_s < 0 else "after"
    tasks = count(round(float(service.running[i]), 1), "task")
    environments = count(round(float(function.ready[i])), "environment")
    return (
        f"{seconds(abs(at_s))} {when} the spike began {rate(float(spike.arrivals_per_s[i]))} arrive. "
        f"Fargate serves {_per_s(service.served[i] / step_s)} with {tasks} of {number(float(service.desired[i]))} wanted; "
        f"{_troubles(service.backlog[i], service.lost[i] / step_s, service.wait_s[i])}. "
        f"Lambda serves {_per_s(function.served[i] / step_s)} with {environments}; "
        f"{_troubles(function.waiting[i], function.lost[i] / step_s, function.wait_s[i])}."
    )


def _per_s(requests: float) -> str:
    return rate(float(requests), what="") if requests > 0 else "nothing"


def _troubles(waiting: float, lost_per_s: float, wait_s: float) -> str:
    waits = f"{count(float(waiting), 'request')} wait" if waiting >= 0.5 else "nobody waits in line"
    loses = f"{_per_s(lost_per_s)} are lost" if lost_per_s >= 0.005 else "none are lost"
    longest = f", the longest wait is {seconds(float(wait_s))}" if wait_s >= 0.0005 else ""
    return f"{waits}, {loses}{longest}"


def alternatives(rows: Sequence[Alternative]) -> list[tuple[str, float, str]]:
    """Label, requests lost and extra cost in words of each alternative."""
    return [(_alternative(row), row.lost, _extra(row)) for row in rows]


def best_alternative(rows: Sequence[Alternative]) -> str:
    """The cheapest change that loses almost nothing, or the one that loses least, as a chart title."""
    now, *others = rows
    if now.lost < 0.5:
        return "As it is, the service loses nothing in this spike"
    better = [row for row in others if row.lost < now.lost - 0.5]
    if not better:
        return "None of these changes saves a request in this spike"
    clean = [row for row in better if row.lost_share < ALMOST_NOTHING]
    priced = [row for row in clean if row.extra_usd is not None]
    best = (
        min(priced, key=lambda row: row.extra_usd or 0.0) if priced else min(better, key=lambda row: row.lost)
    )
    saved = f"saves {share(1 - best.lost / now.lost)} of the {count(now.lost, 'lost request')}"
    return f"{_alternative(best)}: {saved}, {_extra(best)}"


def height_map(map_: SpikeMap, spike: Spike) -> str:
    """What the map of heights says, as a chart title."""
    return f"{label(map_.x_path)}: {count(float(np.ceil(spike.fargate.needed)), 'task')} would lose nothing in this spike; now it {_lost(spike.fargate)}"


def alarm_map(map_: SpikeMap) -> str:
    """What target and cooldown do, as a chart title."""
    targets, cooldowns = map_.values.mean(axis=0), map_.values.mean(axis=1)
    spreads = {"the target": np.ptp(targets), "the cooldown": np.ptp(cooldowns)}
    if max(spreads.values()) < 1:
        return "Neither target nor cooldown changes what is lost in this spike"
    first, second = sorted(spreads, key=lambda name: -spreads[name])
    return f"In this spike {first} decides more than {second}"


def start_map(map_: SpikeMap, spike: Spike) -> str:
    """What a lighter task would gain, as a chart title."""
    now_s, best_s = float(spike.fargate.full_s), float(np.nanmin(map_.values, initial=np.inf))
    if not np.isfinite(best_s):
        return "However fast a task starts, there are never enough in this spike"
    if now_s == 0:
        return "There are enough tasks from the start, however long one takes"
    return f"Enough tasks after {seconds(now_s)} now, after {seconds(best_s)} with the smallest image and no boot"


def _alternative(row: Alternative) -> str:
    match row.name:
        case "tasks_half" | "tasks_all":
            return f"At least {count(row.value, 'task')}"
        case "target":
            return f"Target {number(row.value)} %"
        case "period":
            return f"{number(row.value)}-second metrics"
        case "schedule":
            return "A schedule that knows of it"
    return "As it is"


def _extra(row: Alternative) -> str:
    if row.name == "now":
        return "for what it costs now"
    if row.extra_usd is None:
        return "at a price nobody published"
    if abs(row.extra_usd) < 0.005:
        return "for the same money"
    more = "more" if row.extra_usd > 0 else "less"
    return f"{usd(abs(row.extra_usd))} a month {more}"


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
