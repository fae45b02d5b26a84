"""What the article page says: how many claims hold, and of each what it hangs on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from model.article import FAILS, HOLDS, ONLY_IF, OPEN, Finding
from pages.ui.words import count, megabytes, number, rate, ratio, said_list, seconds, share, usd

VERDICTS = {
    HOLDS: "holds",
    ONLY_IF: "holds only if …",
    FAILS: "does not hold",
    OPEN: "open: a price is missing",
}
ORDER = (FAILS, ONLY_IF, HOLDS, OPEN)
PAGES = {
    "Cold Starts and Latency": "cold_start",
    "FAQ: cold starts": "cold_start",
    "Scaling Behavior": "spike",
    "Pricing Comparison": "cost",
    "FAQ: which is cheaper": "cost",
    "Common Pitfalls": "fit",
    "Why This Matters": "fit",
    "When to Use (and When Not To)": "split",
    "Deployment Patterns": "rollout",
    "Monitoring Differences": "rollout",
}
"""Section of the article -> page on which its claims can be looked at."""


def summary(findings: Sequence[Finding]) -> str:
    """How many claims hold, hold under a condition, do not."""
    found = Counter(one.verdict for one in findings)
    parts = [f"{found[HOLDS]} hold", f"{found[ONLY_IF]} hold only under a condition"]
    parts.append(f"{found[FAILS]} {'does' if found[FAILS] == 1 else 'do'} not")
    still = f" {count(found[OPEN], 'claim')} stay open, because a price is missing." if found[OPEN] else ""
    return f"Of {len(findings)} claims of the article, {said_list(parts)}.{still}"


def chart_title(findings: Sequence[Finding]) -> str:
    """Which claim lies furthest off, as a chart title."""
    off = [(distance(one), one) for one in findings if one.verdict in (ONLY_IF, FAILS)]
    if not off:
        return "Every result lies where the article says"
    _, furthest = max(off, key=lambda pair: pair[0])
    return f"Furthest off: {furthest.claim.claim[:1].lower()}{furthest.claim.claim[1:]}"


def distance(one: Finding) -> float:
    """By how many factors of ten the result misses the claimed range; 0 inside it, at most 3."""
    low, high = relative(one)
    outside = max(np.log10(max(high, 1e-3)) if one.outcome.high > one.claim.high else 0.0, 0.0)
    below = max(-np.log10(max(low, 1e-3)) if one.outcome.low < one.claim.low else 0.0, 0.0)
    return float(min(max(outside, below), 3.0))


def reference(one: Finding) -> float:
    """The end of the claimed range that a result is measured by: the one it passes, or the only one."""
    claim, outcome = one.claim, one.outcome
    if np.isfinite(claim.high) and (outcome.high > claim.high or not np.isfinite(claim.low)):
        return claim.high
    return claim.low if np.isfinite(claim.low) else claim.high


def relative(one: Finding) -> tuple[float, float]:
    """Both ends of the result relative to the reference."""
    by = reference(one)
    return tuple(value / by if by else np.nan for value in (one.outcome.low, one.outcome.high))  # type: ignore[return-value]


def amount(value: float, unit: str) -> str:
    """A number in the unit of a claim."""
    match unit:
        case "s":
            return seconds(value)
        case "share":
            return _share(value)
        case "USD":
            return usd(value)
        case "1/s":
            return "any traffic" if np.isinf(value) else rate(value)
        case "MB":
            return megabytes(value)
        case "times":
            return ratio(value)
    return count(value, unit.removesuffix("s"), unit) if unit != "GB-s" else f"{number(value)} GB-s"


def _share(value: float) -> str:
    return f"{number(value * 1e6)} in a million" if 0 < value < 1e-4 else share(value)


def result(one: Finding) -> str:
    """What the model computes."""
    low, high, unit = one.outcome.low, one.outcome.high, one.claim.unit
    ends = [amount(low, unit), amount(high, unit)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def claimed(one: Finding) -> str:
    """What the claim says of the same number."""
    claim = one.claim
    low, high = amount(claim.low, claim.unit), amount(claim.high, claim.unit)
    if np.isinf(claim.low):
        return f"at most {high}"
    if np.isinf(claim.high):
        return f"at least {low}"
    return low if claim.low == claim.high else f"{low} to {high}"


def condition(one: Finding) -> str:
    """When it would hold; nothing if it does, or never does."""
    if one.verdict != ONLY_IF or one.outcome.at is None:
        return ""
    return one.claim.only_if.replace("{at}", amount(one.outcome.at, one.outcome.at_unit))


def verdict(one: Finding) -> str:
    """The verdict with its condition, as a sentence."""
    if one.verdict == ONLY_IF:
        return f"Holds only if {condition(one)}."
    return {HOLDS: "Holds.", FAILS: "Does not hold.", OPEN: "Open: a price is missing."}[one.verdict]


def frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """All claims as a table."""
    return pd.DataFrame(
        {
            "Claim": [one.claim.claim for one in findings],
            "Verdict": [VERDICTS[one.verdict] for one in findings],
            "Claimed": [claimed(one) for one in findings],
            "Model": [result(one) for one in findings],
            "Only if": [condition(one) for one in findings],
            "Section of the article": [one.claim.section for one in findings],
        }
    )


def steps(one: Finding) -> pd.DataFrame:
    """The numbers on the way to a finding."""
    rows = [
        (f"{one.claim.measure}", result(one)),
        ("The claim", claimed(one)),
        *(
            (step.label[:1].upper() + step.label[1:], amount(step.value, step.unit))
            for step in one.outcome.steps
        ),
    ]
    return pd.DataFrame(rows, columns=["Number", "Value"])


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Those that do not hold first, the furthest off on top."""
    return sorted(findings, key=lambda one: (ORDER.index(one.verdict), -distance(one)))
