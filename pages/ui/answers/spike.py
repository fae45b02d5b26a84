"""What the spike page says: who keeps up, what is lost, and why Fargate lags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.scaling.spike import Reaction, Spike
from model.scenario import Scenario
from pages.ui.answers.common import lower_first
from pages.ui.words import count, rate, seconds, share

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


NO_SPIKE = "Every job run gets an environment or a task of its own, so a spike builds up no backlog."


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
    return f"With {label}, {seconds(longest_s)} of {seconds(sum(part[1] for part in parts))} go to {lower_first(name)}"


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
