"""The answer for one plain scenario: which platform is cheaper, which meets the service level, which to take."""

from __future__ import annotations

from dataclasses import dataclass

from model.evaluate import Comparison
from model.fit import Check, fit
from model.traffic import requests_per_month

PLATFORMS = ("aws_lambda", "fargate")
MOST_LATE = 0.01
"""A p99 within the level: at most so many of the requests are late, those that gave up among them."""


@dataclass(frozen=True)
class Verdict:
    """What the comparison of one plain scenario says.

    usd: total by platform, USD a month, None if a price is missing. p99_s: by platform, s.
    meets_slo: 99 % answered within slo_p99_s and before the timeout; a job has no level to meet.
    unmet: hard limits not met. choice: the cheapest platform that meets the SLO and every limit, else None.
    cheaper, dearer: by total, None if a price is missing. times: dearer / cheaper total.
    per_million_usd: total by a million requests, None also if there are none.
    """

    usd: dict[str, float | None]
    p99_s: dict[str, float]
    meets_slo: dict[str, bool]
    unmet: dict[str, tuple[Check, ...]]
    choice: str | None
    cheaper: str | None
    dearer: str | None
    times: float | None
    saved_usd: float | None
    per_million_usd: dict[str, float | None]


def verdict(comparison: Comparison) -> Verdict:
    """Weigh both platforms of a plain scenario.

    Returns: Verdict. The service level decides first, then the hard limits, then the money.
    Source: METHOD.md "Verdict".
    """
    sides = {name: getattr(comparison, name) for name in PLATFORMS}
    usd = {name: _plain(side.bill.total_usd) for name, side in sides.items()}
    p99_s = {name: float(side.latency.p99_s) for name, side in sides.items()}
    job = comparison.scenario.workload.kind == "job"
    within = {name: float(side.latency.within_slo) for name, side in sides.items()}
    meets = {name: job or within[name] >= 1 - MOST_LATE for name in PLATFORMS}
    failed = [check for check in fit(comparison.scenario, comparison.aws_lambda.traffic) if not check.ok]
    unmet = {name: tuple(check for check in failed if check.platform == name) for name in PLATFORMS}
    known = {name: total for name, total in usd.items() if total is not None}
    ranked = sorted(known, key=lambda name: known[name]) if len(known) == len(PLATFORMS) else []
    fitting = [name for name in ranked or PLATFORMS if meets[name] and not unmet[name]]
    requests = float(requests_per_month(comparison.scenario))
    cheaper, dearer = ranked or (None, None)
    return Verdict(
        usd=usd,
        p99_s=p99_s,
        meets_slo=meets,
        unmet=unmet,
        choice=fitting[0] if fitting and (ranked or len(fitting) == 1) else None,
        cheaper=cheaper,
        dearer=dearer,
        times=known[dearer] / known[cheaper] if dearer and cheaper and known[cheaper] > 0 else None,
        saved_usd=known[dearer] - known[cheaper] if dearer and cheaper else None,
        per_million_usd={
            name: None if total is None or requests == 0 else total / requests * 1e6
            for name, total in usd.items()
        },
    )


def _plain(total: object) -> float | None:
    return None if total is None else float(total)  # type: ignore[arg-type]
