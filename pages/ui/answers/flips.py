"""What would turn the verdict round, in sentences; and what decides it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.decide.crossings import stepped
from model.decide.flips import Flip
from model.decide.right_size import RightSize, RightSized
from model.decide.verdict import PLATFORMS, Verdict
from model.evaluate import Comparison
from model.scenario import value_at
from pages.ui.words import PLATFORMS as NAMES
from pages.ui.words import about, digits, ratio, said_list, seconds, setting, uncertain, usd
from pages.ui.words.uncertain import PRICES

RIGHT_SIZED = "Right-sized for the service level"
SIZES = ("As set", RIGHT_SIZED)
NO_TOTAL = "Prices are missing: with your own, this is searched too."
NOTHING = (
    "No single setting or price within a hundredth and a hundred times its present value changes the verdict."
)
GAIN_LOSS = {"level": ("meets the service level", "misses the service level")}
GAIN_LOSS["limit"] = ("is within all hard limits", "breaks a hard limit")


def decides(comparison: Comparison, verdict: Verdict) -> str:
    """The constraint that decides, both p99, and both times to capacity in a spike."""
    why = _constraint(verdict)
    waits = said_list(f"{seconds(verdict.p99_s[name])} on {NAMES[name]}" for name in PLATFORMS)
    if comparison.scenario.workload.kind == "job":
        return f"{why} The slowest run in a hundred takes {waits}."
    factor = setting("workload.spike_factor", comparison.scenario.workload.spike_factor)
    full = {name: float(getattr(comparison.spike, name).full_s) for name in PLATFORMS}
    reached = said_list(f"on {NAMES[name]} {_after(full[name])}" for name in PLATFORMS)
    return f"{why} p99 is {waits}. In a spike {factor} there is enough capacity {reached}."


def _constraint(verdict: Verdict) -> str:
    limits = [name for name in PLATFORMS if verdict.unmet[name]]
    missed = [name for name in PLATFORMS if not verdict.meets_slo[name]]
    if limits:
        return f"A hard limit decides: {said_list(_unmet(verdict, name) for name in limits)}."
    if missed:
        return f"The service level decides: {said_list(NAMES[name] for name in missed)} " + (
            "misses it." if len(missed) == 1 else "both miss it."
        )
    return "Money decides: both meet the service level and every limit."


def _unmet(verdict: Verdict, name: str) -> str:
    return f"{NAMES[name]}'s {said_list(check.check.lower() for check in verdict.unmet[name])}"


def _after(full_s: float) -> str:
    return (
        "at once"
        if full_s <= 0
        else seconds(full_s)
        if full_s == float("inf")
        else f"after {seconds(full_s)}"
    )


def flips(found: Sequence[Flip], verdict: Verdict) -> list[str]:
    """Each flip as a sentence; one sentence if there is none, or if a price is missing."""
    if None in verdict.usd.values():
        return [NO_TOTAL]
    return [_flip(flip) for flip in found] or [NOTHING]


def _flip(flip: Flip) -> str:
    chosen = "nobody" if flip.choice is None else NAMES[flip.choice]
    return f"**{_what(flip)}: {chosen}.** {_reason(flip)}"


def _what(flip: Flip) -> str:
    if flip.price:
        side = "above" if flip.rises else "below"
        return f"{PRICES[flip.path]} {side} {ratio(flip.value)} today's"
    if stepped(flip.path):
        value = about(flip.path, flip.value)
        return f"{uncertain(flip.path)} {value} or {'more' if flip.rises else 'less'}"
    now = about(flip.path, flip.present)
    side = "above" if flip.rises else "below"
    return f"{uncertain(flip.path)} {side} {about(flip.path, flip.value)} (now {now})"


def _reason(flip: Flip) -> str:
    if flip.reason == "cost":
        return f"Then {NAMES[flip.choice]} is the cheaper one." if flip.choice else "Then neither is left."
    gains, loses = GAIN_LOSS[flip.reason]
    return f"Then {NAMES[flip.platform]} {gains if flip.choice == flip.platform else loses}."


def settings_to_take(found: RightSized) -> dict[str, Any]:
    """The settings of the sides that right-sizing changes, by field."""
    sides = [getattr(found, name) for name in PLATFORMS]
    wanted = {path: value for side in sides if side.fits for path, value in side.settings.items()}
    return {path: value for path, value in wanted.items() if value != value_at(found.present, path)}


def sized(found: RightSized) -> list[str]:
    """What right-sizing gives on either side, a sentence each."""
    return [_size(getattr(found, name)) for name in PLATFORMS]


def _size(side: RightSize) -> str:
    name = NAMES[side.platform]
    settings = _settings(side)
    if not side.fits:
        missed = [check.check.lower() for check in side.unmet] + (
            [] if side.meets_slo else ["the service level"]
        )
        return (
            f"**{name}: no size does.** {said_list(missed).capitalize()} cannot be met; "
            f"the nearest is {settings} with p99 {seconds(side.p99_s)}. It stays as set."
        )
    if side.saved_usd is None:
        saved = "a price is missing, so what it saves is open"
    elif not side.present_fits:
        more = -side.saved_usd
        saved = f"as set it does not fit; this costs {usd(abs(more))} {'more' if more > 0 else 'less'}"
    elif side.saved_usd > 0:
        saved = f"saves {usd(side.saved_usd)} a month against {usd(side.present_usd)} as set"
    else:
        saved = "as set, nothing cheaper does"
    return f"**{name}: {settings}.** {usd(side.usd)} a month, p99 {seconds(side.p99_s)}; {saved}."


def _settings(side: RightSize) -> str:
    of = side.settings
    if side.platform == "aws_lambda":
        return setting("aws_lambda.memory_mb", of["aws_lambda.memory_mb"])
    size = f"{digits(of['fargate.vcpu'])} vCPU with {digits(of['fargate.memory_gb'])} GB"
    if "fargate.tasks" in of:
        return f"{digits(of['fargate.tasks'])} tasks of {size}"
    if "fargate.target_percent" in of:
        least, most = of["fargate.min_tasks"], of["fargate.max_tasks"]
        return f"{digits(least)} to {digits(most)} tasks of {size}, target {digits(of['fargate.target_percent'])} %"
    return f"tasks of {size}"


def glance(share: float, error: float, draws: int) -> str:
    """How sure the cheaper side is, from a few hundred worlds; nothing while a total is open."""
    if share != share:
        return ""
    return f"{cheaper(share, error, draws)} See “How sure are we?” for what that rests on."


def cheaper(share: float, error: float, draws: int) -> str:
    """In how many worlds Lambda is cheaper, with the standard error."""
    if share in (0.0, 1.0):
        return (
            f"{NAMES['aws_lambda' if share else 'fargate']} is cheaper in all of {draws:,} plausible worlds."
        )
    name, part = ("aws_lambda", share) if share >= 0.5 else ("fargate", 1 - share)
    return (
        f"{NAMES[name]} is cheaper in {percent(part)} of plausible worlds "
        f"(standard error {digits(error * 100, 2)} points)."
    )


def percent(share: float) -> str:
    return f"{share * 100:.0f} %" if 0.01 <= share <= 0.99 else f"{digits(share * 100, 3)} %"
