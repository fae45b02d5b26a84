"""Any scenario of the vocabulary, extremes first, for property tests; and what must hold for whatever comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from model import Comparison, Scenario, ScenarioError
from model.cost.lines import Bill
from model.decide.verdict import verdict
from model.fields import ChoiceField, Field, FlagField, ManyField, NumberField
from model.fit import fit
from model.latency import Latency
from model.scaling.spike import Reaction
from model.scenario import adjustable_assumptions, assumption_field, vocabulary
from model.serialise import repaired
from model.traffic import requests_per_month

FIELDS = {path: field for path, field, _ in vocabulary()}
ROUNDING = 1e-6


def random_value(field: Field, rng: np.random.Generator) -> Any:
    """Any value of a field: often an end, else anywhere, evenly over the range or over its orders of magnitude."""
    match field:
        case ChoiceField():
            return str(rng.choice(field.options))
        case ManyField():
            return tuple(option for option in field.options if rng.random() < 0.2)
        case FlagField():
            return bool(rng.random() < 0.5)
        case NumberField():
            if field.when_none and rng.random() < 0.3:
                return None
            floor = max(field.low, field.high * 1e-12)
            log = np.exp(rng.uniform(*np.log((floor, field.high)))) if field.high > 0 else field.high
            even = rng.uniform(field.low, field.high)
            return field.nearest(rng.choice((field.low, field.high, even, log), p=(0.15, 0.15, 0.1, 0.6)))
    raise TypeError(field)


def random_scenario(rng: np.random.Generator) -> Scenario:
    """A scenario with some, or all, fields anywhere in their range; what does not go together is set right."""
    paths = sorted(FIELDS)
    some = rng.choice(paths, size=rng.choice((2, 4, 8, 16, 40, len(paths))), replace=False)
    values = {str(path): random_value(FIELDS[path], rng) for path in some}
    known = sorted(adjustable_assumptions())
    own = rng.choice(known, size=rng.choice((0, 1, 3, 20)), replace=False)
    assumptions = {str(id): random_value(assumption_field(str(id)), rng) for id in own}
    return repaired({**values, **({"assumptions": assumptions} if assumptions else {})})[0]


# --- what must hold -------------------------------------------------------------------------------


def consistent(comparison: Comparison) -> None:
    """Everything a page shows of a comparison is finite where it must be, and adds up."""
    for side in (comparison.aws_lambda, comparison.fargate):
        consistent_bill(side.bill)
        consistent_latency(side.latency)
    managed = comparison.aws_lambda.managed_bill
    if managed is not None:
        consistent_bill(managed)
    cold, start = comparison.aws_lambda.cold, comparison.aws_lambda.start
    share(cold.p_cold, "p_cold")
    share(comparison.aws_lambda.throttles.share, "throttled")
    not_negative(cold.environments_mean, "environments_mean")
    not_negative(cold.environments_max, "environments_max")
    not_negative(start.mean_s, "cold start")
    not_negative(start.billed_init_s, "billed init")
    not_negative(comparison.fargate.task_hours, "task_hours")
    not_negative(comparison.fargate.image_pulls, "image_pulls")
    not_negative(comparison.fargate.utilisation, "utilisation")
    if comparison.scenario.workload.kind == "service":
        conserved(comparison.fargate.run, "service")
        conserved(comparison.spike.service, "service in the spike")
        for name in ("fargate", "aws_lambda"):
            consistent_reaction(getattr(comparison.spike, name))
    consistent_verdict(comparison)


def consistent_bill(bill: Bill) -> None:
    for line in bill.lines:
        not_negative(line.quantity, f"quantity of {line.item}")
        if line.usd is not None:
            not_negative(line.usd, f"USD of {line.item}")
            expected = np.asarray(line.quantity) * np.asarray(line.unit_usd or 0.0)
            close(line.usd, expected, f"quantity x price of {line.item}")
    if bill.total_usd is not None:
        close(bill.total_usd, sum(line.usd or 0.0 for line in bill.lines), "sum of the lines")  # type: ignore[misc]
        close(bill.total_usd, bill.own_usd + bill.common_usd, "own and common")  # type: ignore[operator]
        close(bill.total_usd, sum(bill.group_usd(group) for group in bill.groups), "sum of the groups")


def consistent_latency(latency: Latency) -> None:
    rising = (latency.p50_s, latency.p90_s, latency.p95_s, latency.p99_s, latency.p999_s, latency.timeout_s)
    for value in rising:
        not_negative(value, "a percentile")
    assert np.all(np.diff(np.stack(np.broadcast_arrays(*rising)), axis=0) >= -ROUNDING), "percentiles fall"
    not_negative(latency.mean_s, "mean_s")
    assert np.all(latency.mean_s <= np.asarray(latency.timeout_s) * (1 + ROUNDING)), "mean above the timeout"
    share(latency.within_slo, "within_slo")
    share(latency.timed_out, "timed_out")
    share(latency.throttled, "throttled")
    late = np.asarray(latency.within_slo) + latency.timed_out + latency.throttled
    assert np.all(late <= 1 + 1e-3), f"within the level, given up and turned away sum to {late}"
    times = np.geomspace(1e-4, float(np.max(latency.timeout_s)) * 2, 20)
    left = latency.survival(times)
    share(left, "survival")
    assert np.all(np.diff(left, axis=-1) <= ROUNDING), "survival climbs"


def conserved(run: Any, name: str) -> None:
    """Who came was served, gave up, was turned away or waits."""
    for part in (
        "arrivals",
        "served",
        "timed_out",
        "rejected",
        "backlog",
        "running",
        "desired",
        "billed_tasks",
    ):
        not_negative(getattr(run, part), f"{part} of {name}")
    growth = np.diff(run.backlog, axis=-1)
    gone = (run.served + run.timed_out + run.rejected)[..., 1:]
    close(run.arrivals[..., 1:], gone + growth, f"who came to the {name}", np.max(run.backlog) + np.max(gone))
    assert not np.any(np.isnan(run.wait_s)), f"wait_s of {name}"


def consistent_reaction(reaction: Reaction) -> None:
    times = (reaction.half_s, reaction.most_s, reaction.full_s)
    for value in times:
        assert not np.any(np.isnan(value)) and np.all(np.asarray(value) >= 0), f"a time is {value}"
    assert np.all(times[0] <= times[1]) and np.all(times[1] <= times[2]), (
        "half after most, or most after full"
    )
    not_negative(reaction.lost, "lost")
    share(reaction.lost_share, "lost_share")
    not_negative(reaction.worst_wait_s, "worst_wait_s")


def consistent_verdict(comparison: Comparison) -> None:
    found = verdict(comparison)
    for check in fit(comparison.scenario, comparison.aws_lambda.traffic):
        for value in (check.value, check.limit):
            assert value is None or not np.any(np.isnan(value)), f"{check.check}: {value}"
    if found.times is not None:
        assert np.isfinite(found.times) and found.times >= 1
        assert found.usd[found.cheaper] <= found.usd[found.dearer]  # type: ignore[operator, index]
    for million in found.per_million_usd.values():
        assert million is None or np.isfinite(million)
    if found.choice is not None:
        assert found.meets_slo[found.choice] and not found.unmet[found.choice]
    assert float(requests_per_month(comparison.scenario)) >= 0


def not_negative(value: Any, name: str) -> None:
    numbers = np.asarray(value, dtype=np.float64)
    assert np.all(np.isfinite(numbers)), f"{name} is {value}"
    assert np.all(numbers >= -ROUNDING * (1 + np.max(np.abs(numbers), initial=0.0))), f"{name} is {value}"


def share(value: Any, name: str) -> None:
    not_negative(value, name)
    assert np.all(np.asarray(value) <= 1 + ROUNDING), f"{name} is {value}"


def close(value: Any, expected: Any, name: str, scale: float = 0.0) -> None:
    tolerance = ROUNDING * (np.max(np.abs(expected), initial=0.0) + scale) + 1e-9
    assert np.all(np.abs(np.asarray(value) - expected) <= tolerance), f"{name}: {value} is not {expected}"


def names_a_field(error: ScenarioError) -> bool:
    """Whether a refusal names what was refused, and what is allowed."""
    path = error.path.partition("[")[0]
    known: Mapping[str, object] = FIELDS
    return (path in known or path in ("assumptions", "billing.on", "billing.overrides")) and bool(str(error))
