"""What the fit page says: what does not fit and why, the tightest margin, each pitfall, each reason to choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from model.fit import Check, Evidence, Pitfall, Point, Remedy
from pages.ui.answers.common import lower_first
from pages.ui.words import (
    PLATFORMS,
    count,
    gigabytes,
    kilobytes,
    label,
    megabytes,
    number,
    ratio,
    said_list,
    seconds,
    setting,
    share,
    usd,
)

TITLES = {
    "web_framework": "Web framework on Lambda",
    "fifteen_minutes": "Longer than 15 minutes",
    "connections_of_lambda": "Database connections of Lambda",
    "connections_of_fargate": "Database connections of Fargate",
    "over_provisioned": "More tasks than the traffic needs",
    "long_cooldown": "Scale-out cooldown too long",
    "no_headroom": "No room for the spike on Fargate",
    "throttled": "Throttled in the spike on Lambda",
}
CHOICES = {"aws_lambda": "Lambda when …", "fargate": "Fargate when …", "both": "Both when …"}
POINTS = {
    "bursts_and_pauses": "traffic comes in bursts, with pauses",
    "under_15_minutes": "nothing takes longer than 15 minutes",
    "no_idle_costs": "paying nothing while idle makes it cheaper",
    "event_driven": "events start the work and nobody waits",
    "least_operation": "the team wants to run as little as possible",
    "steady_enough": "traffic is steady enough to pay for idle tasks",
    "lasting_connections": "connections have to last",
    "over_15_minutes": "work takes longer than 15 minutes",
    "own_runtime": "the runtime has to be one's own",
    "lives_long": "the application is made to live long",
    "different_traffic": "endpoints differ in their traffic",
    "waiting_and_events": "some callers wait and some events do not",
    "best_of_each": "each endpoint on its better side is cheaper",
}
MARKS = {True: "yes", False: "no", None: "open"}
SMALLEST_SAID = 0.01
_SIZES = {"MB": megabytes, "GB": gigabytes, "KB": kilobytes}
_PLAIN = ("", "times")


def fit(checks: Sequence[Check]) -> str:
    """What does not fit, with the reason; or the tightest margin."""
    missed = {name: [c for c in checks if c.platform == name and not _ok(c)] for name in PLATFORMS}
    if not any(missed.values()):
        return f"Both fit. {_tightest(checks)}"
    sentences = [
        f"{PLATFORMS[name]} does not fit: {said_list(_missed(check) for check in found)}."
        for name, found in missed.items()
        if found
    ]
    fitting = [PLATFORMS[name] for name, found in missed.items() if not found]
    return " ".join([*sentences, *(f"{name} fits." for name in fitting)])


def margins_title(checks: Sequence[Check]) -> str:
    """The finding of the chart of margins."""
    missed = [check for check in checks if not _ok(check) and check.used_share is not None]
    if missed:
        return f"{count(len(missed), 'limit')} {'is' if len(missed) == 1 else 'are'} missed"
    used = max(float(np.asarray(check.used_share)) for check in checks if check.used_share is not None)
    numbered = sum(check.used_share is not None for check in checks)
    return f"All {numbered} hard limits with a number are kept; none is used by more than {share(used)}"


def quotas(checks: Sequence[Check]) -> str:
    """Quotas that have to be raised before going live; nothing if there are none."""
    low = [check for check in checks if not _ok(check)]
    if not low:
        return ""
    named = said_list(
        f"{lower_first(c.check)} ({amount(c.value, c.unit)} needed, {amount(c.limit, c.unit)} granted at first)"
        for c in low
    )
    return f"Ask AWS to raise before going live: {named}. AWS raises such quotas on request, so they rule out neither platform."


def amount(value: object, unit: str) -> str:
    """A value of a check in its unit: "170 MB", "20 environments"."""
    if value is None:
        return "–"
    plain = float(np.asarray(value))
    if unit == "s":
        return seconds(plain)
    if unit in _SIZES:
        return _SIZES[unit](plain)
    said = number(plain) if plain == 0 or abs(plain) >= SMALLEST_SAID else f"under {SMALLEST_SAID}"
    return f"{said}/s" if unit == "1/s" else f"{said} {unit}"


def evidence(one: Evidence) -> str:
    """One number of the model: "cold start of a plain handler: 411 ms"."""
    return f"{one.label}: {_said(one)}"


def pitfall(one: Pitfall) -> str:
    """All evidence of a pitfall in one line."""
    return _upper("; ".join(evidence(part) for part in one.evidence)) + "."


def remedy(one: Remedy) -> str:
    """A way out with its price and its effect."""
    effect = f" With it {'; '.join(evidence(part) for part in one.evidence)}." if one.evidence else ""
    return f"{_upper(one.text)}: {price(one.usd_delta)}.{effect}"


def price(usd_delta: float | None) -> str:
    """What a change does to the month's bill."""
    if usd_delta is None:
        return "no published figure for its price"
    if abs(usd_delta) < 0.005:
        return "at no extra cost"
    return f"{usd(abs(usd_delta))} a month {'more' if usd_delta > 0 else 'less'}"


def settings(one: Remedy) -> str:
    """The fields a remedy sets, in the words of the controls; nothing if it sets none."""
    said = [
        f"{label(path)} {setting(path, value)}"
        for path, value in one.changes.items()
        if path != "assumptions"
    ]
    return said_list(said)


def silent(found: Sequence[Pitfall]) -> str:
    """Pitfalls that were looked at and do not bite."""
    named = said_list(lower_first(TITLES[one.pitfall]) for one in found)
    return f"Looked at, and no trouble in this scenario: {named}." if named else ""


def fired_title(found: Sequence[Pitfall]) -> str:
    """How many pitfalls bite."""
    fired = sum(one.fires for one in found)
    if not fired:
        return f"None of the {len(found)} pitfalls that could bite does"
    return f"{fired} of {count(len(found), 'pitfall')} {'bites' if fired == 1 else 'bite'}"


def point(one: Point) -> str:
    """A reason with its answer and the numbers behind it."""
    behind = f" ({'; '.join(evidence(part) for part in one.evidence)})" if one.evidence else ""
    return f"**{MARKS[one.holds]}** – {POINTS[one.point]}{behind}"


def tally(points: Sequence[Point]) -> str:
    """How many reasons of each list hold."""
    said = []
    for choice, name in (("aws_lambda", "Lambda"), ("fargate", "Fargate")):
        own = [one for one in points if one.choice == choice]
        said.append(f"{sum(one.holds is True for one in own)} of {len(own)} reasons for {name} hold")
    return f"{said_list(said)}; those marked “open” nothing here can tell."


def _tightest(checks: Sequence[Check]) -> str:
    measured = [check for check in checks if check.used_share is not None]
    tightest = max(measured, key=lambda check: float(np.asarray(check.used_share)))
    used = f"{amount(tightest.value, tightest.unit)} of {amount(tightest.limit, tightest.unit)}"
    return (
        f"The tightest margin is {PLATFORMS[tightest.platform]}'s {lower_first(tightest.check)}: "
        f"{share(float(np.asarray(tightest.used_share)))} of it is used ({used})."
    )


def _missed(check: Check) -> str:
    if check.value is None:
        return f"{check.check} ({lower_first(check.text.rstrip('.'))})"
    return f"{lower_first(check.check)} is {amount(check.value, check.unit)} where {amount(check.limit, check.unit)} are allowed"


def _ok(check: Check) -> bool:
    return bool(np.asarray(check.ok))


def _said(one: Evidence) -> str:
    if one.unit == "s":
        return seconds(one.value)
    if one.unit == "share":
        return share(one.value) if one.value < 10 else ratio(one.value)
    if one.unit == "times":
        return ratio(one.value)
    if one.unit == "USD a month":
        return price(one.value)
    if one.unit in _PLAIN or one.unit in one.label or not math.isfinite(one.value):
        return number(one.value)
    return f"{number(one.value)} {one.unit}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
