"""What the estate page says: how many services should move, what that saves, and what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from model.fleet.estate import Savings, Totals
from model.fleet.mapping import TARGETS
from model.fleet.services import Refused
from pages.ui.words import NO_PRICE, PLATFORMS, count, label, said_list, seconds, usd, usd_range, with_labels

EXAMPLE = "These services are an example: a seeded generator of ours made them up, nobody runs them. Your own table goes in below."
PITFALLS = {
    "cold_starts": "cold starts in the p99",
    "throttled": "throttled on Lambda",
    "over_provisioned": "tasks mostly idle",
    "no_headroom": "tasks lose requests",
}
SHOWN = 1_000


def unusable(refused: Sequence[Refused]) -> str:
    """Not one row can be judged, and why the first cannot."""
    first = refused[0]
    return with_labels(f"No row can be used. The first, row {first.row}: {first.column} {first.reason}.")


def moving(found: Totals) -> str:
    """How many services should move where, and what the month then costs."""
    if found.today_usd is None:
        where = said_list(
            f"{count(number, 'service')} on {name}"
            for number, name in ((found.on_lambda, "Lambda"), (found.on_fargate, "Fargate"))
            if number
        )
        first = f"Best placed {'is' if found.on_lambda + found.on_fargate == 1 else 'are'} {where or 'no service'}."
    else:
        moves = said_list(
            f"{number:,} to {name}"
            for number, name in ((found.to_lambda, "Lambda"), (found.to_fargate, "Fargate"))
            if number
        )
        first = (
            f"Of {count(found.services, 'service')} these should move: {moves}."
            if moves
            else f"Of {count(found.services, 'service')} none should move."
        )
    return " ".join(filter(None, (first, _money(found), _limits(found))))


def _money(found: Totals) -> str:
    if found.unpriced == found.services:
        return f"The bills have {NO_PRICE} in this Region."
    if found.today_usd is None:
        cheaper = min(found.lambda_usd, found.fargate_usd)
        return f"Each on its best side they cost {usd(found.best_usd)} a month; all on one side at least {usd(cheaper)}."
    return (
        f"With the right sizes the month then costs {usd(found.best_usd)}, "
        f"within {usd_range(found.best_low_usd, found.best_high_usd)}; today it is {usd(found.today_usd)}."
    )


def _limits(found: Totals) -> str:
    said = []
    if found.on_neither:
        said.append(f"{found.on_neither:,} fit neither side")
    if found.unsure:
        said.append(f"for {found.unsure:,} the cheaper side is not sure")
    text = said_list(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def so_far(done: int, total: int) -> str:
    """How far judging has come."""
    return f"{done:,} of {total:,} services judged"


def sums(found: Totals) -> dict[str, float]:
    """The totals of the bars, by name."""
    known = {} if found.today_usd is None else {"Today": found.today_usd}
    return {
        **known,
        "All on Lambda": found.lambda_usd,
        "All on Fargate": found.fargate_usd,
        "Each on its best side": found.best_usd,
    }


def sums_title(found: Totals) -> str:
    """The finding of the bars."""
    cheaper = min(found.lambda_usd, found.fargate_usd)
    spared = cheaper - found.best_usd
    if found.on_neither or spared < 0.005:
        return f"Each on its best side costs {usd(found.best_usd)} a month"
    return f"A mix costs {usd(spared)} a month less than the better pure choice"


def savings_title(found: Savings) -> str:
    """The finding of the savings curve."""
    if not found.order.size:
        return "No change saves anything"
    return f"The first {found.first(0.8):,} of {count(found.order.size, 'change')} bring 80 % of the savings"


def scatter_title(found: Totals) -> str:
    """The finding of the scatter."""
    if not found.on_fargate:
        return (
            "Every service that fits is best on Lambda" if found.on_lambda else "No service fits either side"
        )
    if not found.on_lambda:
        return "Every service that fits is best on Fargate"
    return f"{found.on_lambda:,} are best on Lambda, {found.on_fargate:,} on Fargate"


def listed(results: pd.DataFrame) -> pd.DataFrame:
    """The services that save most, in the words of the screen."""
    top = results.head(SHOWN)
    return pd.DataFrame(
        {
            "Service": top["name"],
            "Today": [PLATFORMS.get(on, "–") for on in top["on"]],
            "Best": [PLATFORMS.get(best, "neither") for best in top["best"]],
            "Saves a month": top["saved_usd"].to_numpy(),
            "Today a month": top["today_usd"].to_numpy(),
            "Lambda": top["lambda_usd"].to_numpy(),
            "Fargate": top["fargate_usd"].to_numpy(),
            "Fargate − Lambda": [
                usd_range(low, high)
                for low, high in zip(top["gap_low_usd"], top["gap_high_usd"], strict=True)
            ],
            "Sure": ["yes" if sure else "no" for sure in top["sure"]],
            "Decided by": [reason.lower() for reason in top["decides"]],
            "p99 Lambda": [seconds(value) for value in top["lambda_p99_s"]],
            "p99 Fargate": [seconds(value) for value in top["fargate_p99_s"]],
            "Lambda size": [f"{value:,.0f} MB" for value in top["memory_mb"]],
            "Fargate size": [
                f"{vcpu:g} vCPU, {memory:g} GB, {count(tasks, 'task')}"
                for vcpu, memory, tasks in zip(top["vcpu"], top["memory_gb"], top["tasks"], strict=True)
            ],
            "Look at": [
                said_list(PITFALLS.get(one, one) for one in text.split("; ") if one) or "–"
                for text in top["pitfalls"]
            ],
        }
    )


def list_title(shown: int, of: int) -> str:
    """How many services the table below has."""
    more = f", the {SHOWN:,} that save most" if shown > SHOWN else ""
    return f"{count(shown, 'service')} of {of:,}{more}" if shown < of or more else count(of, "service")


def refusals(refused: tuple[Refused, ...]) -> str:
    """How many rows cannot be used."""
    return f"{count(len(refused), 'row')} could not be used" if refused else ""


def target(name: str) -> str:
    """What a column may stand for, in the words of the screen."""
    if name == "":
        return "– leave it out"
    return TARGETS.get(name) or f"{label(name)} ({name})"
