"""What the memory tab says: the cheapest size that is fast enough, and what was measured."""

from __future__ import annotations

import numpy as np

from model.compute import fargate_handler_s
from model.decide.memory_tuning import MemoryTuning
from model.scenario import Scenario
from pages.ui.answers.common import level
from pages.ui.words import count, megabytes, seconds, share, usd

CHEAP_ENOUGH = 1.005
"""A size within half a percent of the cheapest is as cheap."""


def finding(tuning: MemoryTuning, scenario: Scenario) -> str:
    """The size to choose, as a chart title."""
    if tuning.per_million_usd is None:
        return "Nothing is billed for requests, or a price is missing"
    if tuning.cheapest is None:
        return "No memory size meets the service level and every limit"
    best = megabytes(float(tuning.memory_mb[tuning.cheapest]))
    fast = "" if level(scenario) is None else f" with p99 within {seconds(level(scenario))}"
    return f"{best} is the cheapest memory{fast}"


def description(tuning: MemoryTuning, scenario: Scenario) -> str:
    """The finding, and cost and time of the cheapest size beside today's."""
    said = [f"{finding(tuning, scenario)}."]
    if tuning.cheapest is not None and tuning.per_million_usd is not None:
        best = float(tuning.memory_mb[tuning.cheapest])
        now = float(scenario.aws_lambda.memory_mb)
        for name, size in (("There", best), (f"Today, with {megabytes(now)},", now)):
            price = at(tuning, tuning.per_million_usd, size)
            times = at(tuning, tuning.handler_s, size), at(tuning, tuning.p99_s, size)
            said.append(
                f"{name} a million requests cost {usd(price)}, the handler takes {seconds(times[0])}, "
                f"p99 is {seconds(times[1])}."
            )
    return " ".join(said)


def at(tuning: MemoryTuning, values: np.ndarray, memory_mb: float) -> float:
    """A curve's value at a size, read off in logarithms where it is above zero."""
    if np.all(values > 0):
        return float(np.exp(np.interp(np.log(memory_mb), np.log(tuning.memory_mb), np.log(values))))
    return float(np.interp(np.log(memory_mb), np.log(tuning.memory_mb), values))


def measured(scenario: Scenario) -> str:
    """What the measurements in use are, and what was fitted to them."""
    durations = scenario.workload.measured_durations
    sizes = list(durations)
    threads = count(float(scenario.workload.cpu_threads), "thread")
    return (
        f"In use: {len(sizes)} measured sizes, from {megabytes(float(sizes[0]))} ({seconds(durations[sizes[0]])}) to "
        f"{megabytes(float(sizes[-1]))} ({seconds(durations[sizes[-1]])}). Settings now: "
        f"{share(float(scenario.workload.cpu_share))} of {seconds(float(scenario.workload.duration_s))} at "
        f"{megabytes(float(scenario.workload.measured_at_mb))} is computing, in {threads}; "
        f"so on Fargate the handler takes {seconds(float(np.asarray(fargate_handler_s(scenario))))}."
    )
