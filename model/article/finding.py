"""What came out of one claim, and the one rule by which every verdict is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.facts import Claim
from model.scenario import Scenario, replace_at

HOLDS, ONLY_IF, FAILS, OPEN = "holds", "only_if", "fails", "open"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Step:
    """One number on the way to a finding."""

    label: str
    value: float
    unit: str


@dataclass(frozen=True)
class Outcome:
    """What the model computes beside a claim.

    low, high: ends of the result in the claim's unit, equal for one number, NaN where a price is missing.
    at, at_unit: value at which the claim would hold; None if there is none. changes: what the scenario behind it
    has beyond the article's example.
    """

    low: float
    high: float
    changes: Mapping[str, Any]
    steps: tuple[Step, ...] = ()
    at: float | None = None
    at_unit: str = ""


@dataclass(frozen=True)
class Finding:
    """A claim with the model's result, the verdict and the scenario behind them."""

    claim: Claim
    outcome: Outcome
    verdict: str
    scenario: Scenario


def article_scenario(base: Scenario) -> Scenario:
    """The article's own example, at the prices and with the assumptions of a plain scenario."""
    return Scenario(billing=base.billing, assumptions=base.assumptions)


def finding(claim: Claim, outcome: Outcome, base: Scenario) -> Finding:
    """The verdict: it holds if all of the result lies in the claimed range; else under a condition, if there is one.

    Source: METHOD.md "The article's claims".
    """
    return Finding(claim, outcome, _verdict(claim, outcome), replace_at(base, dict(outcome.changes)))


def _verdict(claim: Claim, outcome: Outcome) -> str:
    if np.isnan(outcome.low) or np.isnan(outcome.high):
        return OPEN
    slack = _ROUNDING * max(abs(outcome.low), abs(outcome.high))
    if claim.low - slack <= outcome.low and outcome.high <= claim.high + slack:
        return HOLDS
    return ONLY_IF if outcome.at is not None and claim.only_if else FAILS


def one(
    value: Any, changes: Mapping[str, Any] | None = None, *steps: Step, at: Any = None, at_unit: str = ""
) -> Outcome:
    """An outcome that is a single number."""
    number = float("nan") if value is None else float(value)
    found = None if at is None or not np.isfinite(at) else float(at)
    return Outcome(number, number, changes or {}, steps, found, at_unit)
