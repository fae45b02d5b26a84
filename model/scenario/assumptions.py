"""The assumed and ranged facts that a user may move."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from model.facts import load_facts
from model.fields import Number, NumberField, ScenarioError

WIDEST_LOG_SD = 3.0  # nine starts in ten within a factor of 140 of the median: wider than anything measured

FIELD_OF_ASSUMPTION = {
    "billing.hours_per_month": "billing.hours_per_month",
    "compute.service_cv": "workload.duration_cv",
    "fargate.boot_s": "fargate.boot_s",
}
"""Adjustable facts that are the default of a field: the field is what a user moves."""


@cache
def adjustable_assumptions() -> tuple[str, ...]:
    """Ids of the facts a user may move: assumed ones, and measured ones with a stated range."""
    ranged = (id for id, fact in load_facts().items() if fact.low is not None)
    return tuple(id for id in ranged if id not in FIELD_OF_ASSUMPTION)


@cache
def movable_facts() -> tuple[str, ...]:
    """Ids that `assumptions` may hold: the adjustable ones, and every part of a cold start, whoever published it."""
    parts = (
        id
        for id, fact in load_facts().items()
        if id.startswith("cold_start.") and fact.unit in ("s", "s/MB", "MB") and fact.low is None
    )
    return (*adjustable_assumptions(), *parts)


def checked_assumptions(assumptions: Mapping[str, Number]) -> dict[str, Number]:
    """The user's own values, each checked against what its fact may be set to.

    Raises: ScenarioError naming the fact, the value and what is allowed.
    """
    if not isinstance(assumptions, Mapping):
        raise ScenarioError("assumptions", assumptions, "an object of fact id -> value")
    for id, value in assumptions.items():
        if id in FIELD_OF_ASSUMPTION:
            raise ScenarioError(
                f"assumptions[{id}]", value, f"set the field {FIELD_OF_ASSUMPTION[id]} instead"
            )
        if id not in movable_facts():
            known = ", ".join(adjustable_assumptions())
            raise ScenarioError(f"assumptions[{id}]", value, f"a part of a cold start, or one of {known}")
        spec = assumption_field(id)
        if not spec.accepts(value):
            raise ScenarioError(f"assumptions[{id}]", spec.culprit(value), spec.allowed)
    return {id: assumption_field(id).normal(value) for id, value in assumptions.items()}


_DIVISORS = (
    "elb.requests_per_connection",
    "managed_instances.requests_per_environment",
    "managed_instances.target_utilisation",
)


def assumption_field(id: str) -> NumberField:
    """What an assumption may be set to: a share up to 1, and 0 only where its own range has it or it adds up."""
    fact = load_facts()[id]
    divides = id.endswith("_speed") or id in _DIVISORS
    most = 1.0 if fact.unit == "share" else WIDEST_LOG_SD if id.endswith("_log_sd") else 1e6
    return NumberField(fact.unit, 0.001 if divides else 0.0, most, fact.why)
