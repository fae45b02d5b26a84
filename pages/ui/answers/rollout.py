"""What the rollout page says: how long, for how much, and what it disturbs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from model.deploy.observe import NOT_NEEDED, PLATFORMS, SET_UP, SWITCH, Signal, monitoring_usd
from model.deploy.rollouts import Breaks, Plan, Rollout
from model.facts import limit
from model.scenario import Scenario
from pages.ui.answers.common import lower_first
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import count, number, said_list, seconds, share, usd

JOB = "A job has nothing to roll out: its next run simply uses the new version. Its code is below."
STRATEGIES = {
    "rolling": "Rolling",
    "blue_green": "Blue/green",
    "canary": "Canary",
    "linear": "Linear",
    "AllAtOnce": "All at once",
}
SIGNALS = {
    "requests": "Requests: count, errors, latency",
    "cpu_memory": "CPU and memory in use",
    "each_task": "Every single task (Container Insights)",
    "logs": "Logs",
    "traces": "Traces (X-Ray)",
    "own_metrics": "Metrics of your own",
    "alarms": "An alarm on each: count, errors, latency",
}
EFFORTS = {"built_in": "built in", SWITCH: "one switch", SET_UP: "to be set up", NOT_NEEDED: "not needed"}


def strategy(name: str) -> str:
    """A strategy's name on screen: "Canary10Percent5Minutes" is "Canary 10 %, 5 min"."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    kind, _, rest = name.partition("10Percent")
    minutes = "".join(letter for letter in rest if letter.isdigit())
    return f"{kind} 10 %, {'every ' if kind == 'Linear' else ''}{minutes} min"


def rollout(service: Rollout, function: Rollout, plan: Plan) -> str:
    """How long a rollout takes on each side, and what it adds to the bill."""
    return f"{_taken(service, plan)} {_taken(function, plan)}"


def _taken(one: Rollout, plan: Plan) -> str:
    name, how = NAMES[one.platform], lower_first(strategy(one.strategy))
    over = f" and is done after {seconds(one.done_s)}" if one.done_s > one.shifted_s else ""
    times = count(plan.rollouts_per_month, "rollout")
    moved = f"{name} ({how}) has all traffic on the new version after {seconds(one.shifted_s)}{over}"
    return (
        f"{moved}; {times} a month {'adds' if plan.rollouts_per_month == 1 else 'add'} {usd(one.usd_month)}."
    )


def course_title(one: Rollout) -> str:
    """What serves meanwhile, as a chart title."""
    disturbed = one.breaks
    if one.platform == "fargate":
        if disturbed.lost_share > 0:
            return f"{strategy(one.strategy)} falls {share(disturbed.lost_share)} short of what the traffic needs"
        tasks = f" ({count(disturbed.needed, 'task')})" if disturbed.needed >= 0.01 else ""
        return f"{strategy(one.strategy)} never falls below what the traffic needs{tasks}"
    return f"The new version starts empty: {count(round(disturbed.colds), 'more cold request')} until it is as warm as the old one"


def frame(rollouts: Sequence[Rollout]) -> pd.DataFrame:
    """All strategies side by side."""
    return pd.DataFrame(
        {
            "Platform": [NAMES[one.platform] for one in rollouts],
            "Strategy": [strategy(one.strategy) for one in rollouts],
            "All traffic after": [seconds(one.shifted_s) for one in rollouts],
            "Over after": [seconds(one.done_s) for one in rollouts],
            "Both versions answer for": [seconds(one.breaks.both_s) for one in rollouts],
            "One costs": [usd(one.usd) for one in rollouts],
            "A month's": [usd(one.usd_month) for one in rollouts],
            "Cold requests": [
                number(round(one.breaks.colds)) if one.platform == "aws_lambda" else "none"
                for one in rollouts
            ],
        }
    )


def disturbances(one: Rollout, scenario: Scenario) -> list[str]:
    """What a rollout breaks, in sentences."""
    said = _of_service(one, scenario) if one.platform == "fargate" else _of_function(one, scenario)
    if one.breaks.both_s > 0:
        said.append(
            f"For {seconds(one.breaks.both_s)} both versions answer: each must read what the other writes."
        )
    return said


def _of_service(one: Rollout, scenario: Scenario) -> list[str]:
    disturbed = one.breaks
    said = [_capacity(disturbed)]
    if disturbed.frozen_s > 0:
        said.append(f"Scale-in is off for {seconds(disturbed.frozen_s)}.")
    said.append(
        f"Connections still open are cut {seconds(disturbed.drained_s)} after their task is told to stop."
    )
    quota = limit("fargate.vcpu_quota")
    if disturbed.most_vcpu > quota:
        said.append(
            f"For a while {number(disturbed.most_vcpu)} vCPU run; new accounts may have {number(quota)}: ask for more."
        )
    if one.strategy == "rolling":
        said.append(
            f"If the new version fails, the circuit breaker stops after {count(disturbed.breaker_tasks, 'failed task')}: "
            f"{seconds(disturbed.breaker_s)} at least."
        )
    return said


def _capacity(disturbed: Breaks) -> str:
    least, needed = count(disturbed.least, "task"), number(disturbed.needed)
    if disturbed.lost_share > 0:
        return f"Only {least} serve for a while; the traffic needs {needed}, so {share(disturbed.lost_share)} of it waits or is lost."
    return f"At least {least} serve all the time; the traffic needs {needed}."


def _of_function(one: Rollout, scenario: Scenario) -> list[str]:
    disturbed = one.breaks
    said = [
        f"{count(round(disturbed.colds), 'more request')} meet a cold start; with all traffic moved at once, "
        f"{share(disturbed.first_minute_cold)} of those in the first minute."
    ]
    if one.extra_s > 0:
        said.append("Provisioned concurrency is paid on both versions until all traffic has moved.")
    if disturbed.throttled >= 1:
        said.append(
            f"{count(round(disturbed.throttled), 'request')} are refused: the new version may not grow fast enough."
        )
    return said


def signals(found: Sequence[Signal]) -> pd.DataFrame:
    """What can be seen, with what effort, for how much."""
    columns: dict[str, list[str]] = {"What": [SIGNALS[one.name] for one in found]}
    for name in PLATFORMS:
        columns[NAMES[name]] = [EFFORTS[one.effort[name]] for one in found]
        columns[f"{NAMES[name]}, a month"] = [usd(one.usd[name]) for one in found]
    columns["On your bill"] = [
        said_list(NAMES[name] for name in PLATFORMS if one.on[name]) or "neither" for one in found
    ]
    return pd.DataFrame(columns)


def monitoring(found: tuple[Signal, ...]) -> str:
    """How much work and money monitoring takes on each side."""
    parts = []
    for name in PLATFORMS:
        work = sum(one.effort[name] in (SWITCH, SET_UP) for one in found)
        parts.append(
            f"{NAMES[name]} asks for {count(work, 'thing')} to be switched on or set up, and all of it costs "
            f"{usd(monitoring_usd(found, name, ('built_in', SWITCH, SET_UP)))} a month"
        )
    return said_list(parts) + "."
