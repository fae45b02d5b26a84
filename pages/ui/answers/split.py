"""What the split page says: where each endpoint goes, what that saves, and whether a baseline with overflow pays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from model.decide.hybrid import EndpointSide, Mix, Split
from model.decide.overflow import Overflow
from pages.ui.words import NO_PRICE, PLATFORMS, as_typed, count, said_list, seconds, share, usd

ALL = {"aws_lambda": "All on Lambda", "fargate": "All on Fargate"}
BEST = "Each on its better side"
EXAMPLE = "The five routes in the table are an example: their numbers are ours. Type yours, or paste them."
MOST_NAMED = 4


def mixes(split: Split) -> dict[str, Mix]:
    """The mixes under their names."""
    return {ALL["aws_lambda"]: split.all_lambda, ALL["fargate"]: split.all_fargate, BEST: split.best}


def split(found: Split) -> str:
    """Where the endpoints go and what that costs beside the cheaper single platform."""
    if found.best.usd is None:
        return "A price is missing in this Region: enter yours on “What does it cost?”, and the mixes can be compared."
    placed = _placed(found)
    sentences = []
    if len(set(found.best.on)) == 1:
        sentences.append(f"Do not split: {lower(ALL[found.best.on[0]])} costs {usd(found.best.usd)} a month.")
    else:
        sentences.append(f"Split: {placed}, for {usd(found.best.usd)} a month together.")
    sentences += [_beside_pure(found), _misses(found.best)]
    return " ".join(filter(None, sentences))


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def mix_title(found: Split) -> str:
    """The finding of the chart of mixes."""
    saved = found.saved_usd
    if saved is not None and saved >= 0.005 and found.better_pure and found.better_pure.usd:
        return f"Splitting saves {usd(saved)} a month, {share(saved / found.better_pure.usd)} of the cheaper single platform"
    if found.better_pure is None:
        return "Neither platform alone serves every endpoint as wanted"
    return "Splitting saves nothing here"


def sides(found: Split) -> pd.DataFrame:
    """For each endpoint: both bills alone, both p99, what is missed, and the side it goes to."""
    rows = [
        {
            "Endpoint": endpoint.name,
            "Goes to": PLATFORMS[on],
            "Lambda alone": _usd(both["aws_lambda"]),
            "Fargate alone": _usd(both["fargate"]),
            "Lambda p99": seconds(both["aws_lambda"].p99_s),
            "Fargate p99": seconds(both["fargate"].p99_s),
            "Lambda misses": _lacks(both["aws_lambda"]),
            "Fargate misses": _lacks(both["fargate"]),
        }
        for endpoint, both, on in zip(found.endpoints, found.sides, found.best.on, strict=True)
    ]
    return pd.DataFrame(rows)


def totals(found: Split) -> pd.DataFrame:
    """For each mix: the bill, what is shared in it, and what it misses."""
    rows = [
        {
            "Mix": name,
            "A month": usd(mix.usd),
            "Of it shared": usd(mix.shared_usd) if mix.usd is not None else NO_PRICE,
            "Does not fit": said_list(mix.misses) or "nothing",
            "Database connections": "–"
            if mix.connections == 0
            else f"{count(np.ceil(mix.connections), 'connection')}{', too many' if mix.over_connections else ''}",
        }
        for name, mix in mixes(found).items()
    ]
    return pd.DataFrame(rows)


def overflow(name: str, found: Overflow) -> str:
    """Whether a baseline of tasks with Lambda on top pays for one workload."""
    if found.usd is None:
        return f"For “{name}” a price is missing in this Region."
    if found.best is None:
        return f"No baseline of tasks with overflow to Lambda keeps “{name}” within its service level and limits."
    best = found.best
    tasks, usd_ = float(found.tasks[best]), float(found.usd[best])
    if tasks == 0:
        said = f"For “{name}” the best baseline is none: all on Lambda, {usd(usd_)} a month"
    elif found.overflow_share[best] == 0:
        said = f"For “{name}” the best baseline of {count(tasks, 'task')} carries the peak, {usd(usd_)} a month: nothing overflows"
    else:
        over = share(float(found.overflow_share[best]))
        said = f"For “{name}” the best baseline is {count(tasks, 'task')}, with {over} of the requests on Lambda, {usd(usd_)} a month"
    scaled = found.autoscaled_usd
    if scaled is None:
        return f"{said}."
    beside = "less" if usd_ < scaled else "more"
    gap = abs(usd_ - scaled)
    if gap < 0.005:
        return f"{said}, as much as Fargate with its own scaling."
    return f"{said}: {usd(gap)} {beside} than Fargate with its own scaling ({usd(scaled)})."


def overflow_title(found: Overflow) -> str:
    """The finding of the overflow curve."""
    if found.usd is None or found.best is None:
        return "No baseline meets the service level and the limits"
    tasks = float(found.tasks[found.best])
    best = "no task at all" if tasks == 0 else count(tasks, "task")
    return f"The cheapest baseline is {best}, at {usd(float(found.usd[found.best]))} a month"


def _placed(found: Split) -> str:
    parts = []
    for name, platform in PLATFORMS.items():
        here = [
            as_typed(one.name) for one, on in zip(found.endpoints, found.best.on, strict=True) if on == name
        ]
        if here:
            named = said_list(here) if len(here) <= MOST_NAMED else count(len(here), "endpoint")
            parts.append(f"{named} on {platform}")
    return said_list(parts)


def _beside_pure(found: Split) -> str:
    pure, saved = found.better_pure, found.saved_usd
    if pure is None:
        reasons = [
            f"{lower(ALL[name])} {_why_not(mix)}"
            for name, mix in (("aws_lambda", found.all_lambda), ("fargate", found.all_fargate))
        ]
        return f"Neither platform alone works: {said_list(reasons)}."
    if saved is None or saved < 0.005:
        return "Mixing saves nothing." if len(found.endpoints) > 1 else ""
    name = ALL["aws_lambda" if pure is found.all_lambda else "fargate"]
    return f"That is {usd(saved)} less than {lower(name)} ({usd(pure.usd)}), the cheaper single platform."


def _why_not(mix: Mix) -> str:
    if mix.misses:
        return f"fails {said_list(map(as_typed, mix.misses)) if len(mix.misses) <= MOST_NAMED else count(len(mix.misses), 'endpoint')}"
    return "takes more database connections than there are"


def _misses(mix: Mix) -> str:
    said = []
    if mix.misses:
        said.append(
            f"On neither side {said_list(map(as_typed, mix.misses))} {'meets' if len(mix.misses) == 1 else 'meet'} what is wanted."
        )
    if mix.over_connections:
        said.append("The database has too few connections for any mix.")
    return " ".join(said)


def _usd(side: EndpointSide) -> str:
    return usd(side.usd)


def _lacks(side: EndpointSide) -> str:
    slow: Sequence[str] = () if side.meets_slo else ("wanted p99",)
    return said_list([*slow, *(name.lower() for name in side.unmet)]) or "nothing"
