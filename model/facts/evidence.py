"""Who says so: sources, where they contradict each other, published results, and our own method page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from model.facts.files import csv_rows, data_text, day, file_names, method_text, toml_table


@dataclass(frozen=True, slots=True)
class Source:
    """Who said it, where, and the day it was read."""

    id: str
    publisher: str
    title: str
    url: str
    checked: date


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where sources contradict each other, and which one we follow."""

    topic: str
    figures: str
    use: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of the article in our words, and what it says of a number the model computes.

    low, high: ends of the claimed range in `unit`, infinite where it is open. reading: how words became numbers.
    only_if: the condition under which it holds, with {at} for its value; "" if there is none.
    """

    id: str
    section: str
    claim: str
    measure: str
    unit: str
    low: float = float("-inf")
    high: float = float("inf")
    reading: str = ""
    only_if: str = ""


@cache
def load_sources() -> dict[str, Source]:
    """Sources by id."""
    return {
        row["id"]: Source(row["id"], row["publisher"], row["title"], row["url"], day(row["checked"]))
        for row in csv_rows("sources.csv")
    }


@cache
def load_disagreements() -> tuple[Disagreement, ...]:
    """Where sources contradict each other, and what we use."""
    return tuple(
        Disagreement(row["topic"], row["figures"], row["use"], tuple(row["sources"].split()))
        for row in csv_rows("disagreements.csv")
    )


@cache
def load_measured(name: str) -> MappingProxyType[str, Any]:
    """Published bills and measurements to hold the model against.

    Args: name: `worked_examples`, `timelines` or `warm_pool_cases`.
    Raises: ValueError naming the files at hand.
    """
    known = file_names("measured", "json")
    if name not in known:
        raise ValueError(f"measurement {name!r} is unknown; use one of {', '.join(known)}")
    return MappingProxyType(json.loads(data_text("measured", f"{name}.json")))


@cache
def load_method() -> dict[str, str]:
    """The sections of METHOD.md, heading -> Markdown below it, in their order."""
    sections = method_text().split("\n## ")[1:]
    return {heading: text.strip() for heading, _, text in (section.partition("\n") for section in sections)}


@cache
def load_claims() -> dict[str, Claim]:
    """The article's claims by id, in file order."""
    return {id_: Claim(id=id_, **fields) for id_, fields in toml_table("article_claims.toml").items()}
