"""Every number we did not compute: prices, limits, measurements, traces, each with source and date.

The only module of the model that opens files. It reads `data/` beside the package, once, and hands
out frozen dataclasses and read-only arrays in SI units (seconds, never milliseconds). A figure nobody
published is `None` (or NaN in an array), never zero.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent.parent / "data"

MS_PER_S = 1000.0


@dataclass(frozen=True, slots=True)
class Source:
    """Who said it, where, and the day it was read."""

    id: str
    publisher: str
    title: str
    url: str
    checked: date


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price book: what one unit costs in one slice, Region and variant from one day on.

    `usd` is None when no figure is known (`kind` "missing"). `usd` of a row whose unit is "share" is a
    share 0…1. `tier_from` is the lower bound of the slice in the unit's own quantity.
    """

    id: str
    region: str
    variant: str
    tier_from: float
    usd: float | None
    unit: str
    valid_from: date
    checked: date
    source: str
    locator: str
    kind: str

    @property
    def key(self) -> str:
        """Name of the price without its date: `lambda.duration/x86_64@us-east-1#6000000000`."""
        variant = f"/{self.variant}" if self.variant else ""
        tier = f"#{self.tier_from:.15g}" if self.tier_from > 0 else ""
        return f"{self.id}{variant}@{self.region}{tier}"


@dataclass(frozen=True, slots=True)
class PriceTiers:
    """What one thing costs in one Region on one day: its slices, lowest first."""

    rows: tuple[Price, ...]

    @property
    def id(self) -> str:
        return self.rows[0].id

    @property
    def region(self) -> str:
        return self.rows[0].region

    @property
    def variant(self) -> str:
        return self.rows[0].variant

    @property
    def unit(self) -> str:
        return self.rows[0].unit

    @property
    def tier_from(self) -> tuple[float, ...]:
        """Lower bounds of the slices, in units; the first is 0."""
        return tuple(row.tier_from for row in self.rows)

    @property
    def usd(self) -> tuple[float | None, ...]:
        """USD per unit in each slice; None where no figure is known."""
        return tuple(row.usd for row in self.rows)

    @property
    def missing(self) -> bool:
        """Whether any slice has no known figure."""
        return any(row.usd is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class Fact:
    """One limit, billing rule, measured term or assumption.

    `low`, `high` and `why` are set for assumptions and for measurements with a stated range.
    """

    id: str
    value: Any
    unit: str
    source: str
    checked: date
    kind: str
    low: float | None = None
    high: float | None = None
    why: str = ""
    note: str = ""


class StartGroup(NamedTuple):
    """What init measurements are grouped by."""

    runtime: str
    architecture: str
    package: str
    snapstart: bool


@dataclass(frozen=True, slots=True)
class InitQuantiles:
    """Measured quantiles of init time (restore time under SnapStart), in s."""

    runtime: str
    architecture: str
    package: str
    snapstart: bool
    n: int
    probabilities: NDArray[np.float64]
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InitFit:
    """Lognormal summary of the same measurements and the extra time of the first invocation.

    First invocation = `first_invoke_s` + `first_invoke_s_mb` / memory in MB; NaN where not measured.
    """

    runtime: str
    architecture: str
    package: str
    snapstart: bool
    n: int
    p5_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    sigma: float
    sigma_tail: float
    first_invoke_s: float
    first_invoke_s_mb: float
    window: str


@dataclass(frozen=True, slots=True)
class Framework:
    """Init plus first call of a framework, in s; NaN where the percentile was not given."""

    framework: str
    runtime_family: str
    build: str
    snapstart: bool
    memory_mb: float
    p50_s: float
    p90_s: float
    p99_s: float
    measured_at: str
    source: str
    kind: str


@dataclass(frozen=True, slots=True)
class TaskStart:
    """One published time from task creation to RUNNING on Fargate; image size NaN where not given."""

    setup: str
    year: int
    image_mb: float
    seconds: float
    quality: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Real traffic: requests counted per period."""

    name: str
    title: str
    counts: NDArray[np.float64]
    period_s: float
    start: datetime
    source: str
    licence: str
    shape: str


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """An EC2 instance type of Lambda Managed Instances."""

    name: str
    vcpu: float
    memory_gb: float
    architecture: str


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


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where sources contradict each other, and which one we follow."""

    topic: str
    figures: str
    use: str
    sources: tuple[str, ...]


def _rows(*path: str) -> Iterator[dict[str, str]]:
    with DATA.joinpath(*path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _table(*path: str) -> dict[str, Any]:
    with DATA.joinpath(*path).open("rb") as file:
        return tomllib.load(file)


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _column(values: list[float]) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


_day = cache(date.fromisoformat)


# --- prices ---------------------------------------------------------------------------------------


@cache
def load_regions() -> dict[str, str]:
    """Region names by code, in the order of the codes."""
    return {row["code"]: row["name"] for row in _rows("regions.csv")}


@cache
def load_sources() -> dict[str, Source]:
    """Sources by id."""
    return {
        row["id"]: Source(row["id"], row["publisher"], row["title"], row["url"], _day(row["checked"]))
        for row in _rows("sources.csv")
    }


@cache
def load_prices() -> tuple[Price, ...]:
    """All price rows of all days, in file order.

    Raises: ValueError when a price file lacks a column.
    """
    prices: list[Price] = []
    for path in sorted((DATA / "prices").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader)) != Price.__slots__:
                raise ValueError(f"{path.name}: the first line must be {','.join(Price.__slots__)}")
            prices += [
                Price(
                    id_,
                    region,
                    variant,
                    float(tier_from),
                    float(usd) if usd else None,
                    unit,
                    _day(valid_from),
                    _day(checked),
                    source,
                    locator,
                    kind,
                )
                for id_, region, variant, tier_from, usd, unit, valid_from, checked, source, locator, kind in reader
            ]
    return tuple(prices)


@cache
def load_price_variants() -> dict[str, tuple[str, ...]]:
    """Variants of every price id ("" where there is only one), both in alphabetical order."""
    variants: dict[str, set[str]] = {}
    for price in load_prices():
        variants.setdefault(price.id, set()).add(price.variant)
    return {id_: tuple(sorted(variants[id_])) for id_ in sorted(variants)}


@cache
def _price_index() -> dict[tuple[str, str, str], dict[float, list[Price]]]:
    """Rows by (id, region, variant) and tier, oldest first; where a figure is known, only those with one."""
    index: dict[tuple[str, str, str], dict[float, list[Price]]] = {}
    for price in load_prices():
        index.setdefault((price.id, price.region, price.variant), {}).setdefault(price.tier_from, []).append(
            price
        )
    for tiers in index.values():
        for tier_from, rows in tiers.items():
            known = [row for row in rows if row.usd is not None]
            tiers[tier_from] = sorted(known or rows, key=lambda row: row.valid_from)
    return index


@cache
def pick_price(id: str, region: str, variant: str = "", on: date | None = None) -> PriceTiers:
    """The price in force on one day.

    Args:
        id: price id, such as `lambda.duration`.
        region: AWS Region code.
        variant: `x86_64`, `linux_arm64`, …; "" for prices that have only one.
        on: the day; None means the newest.
    Returns: one row per slice: the latest whose `valid_from` is not after `on`. A day before the
        earliest row gets that earliest row, since nothing older is known. A row without a figure never
        hides one that has a figure.
    Raises: ValueError naming what is wrong and what is allowed.
    """
    tiers = _price_index().get((id, region, variant))
    if tiers is None:
        raise ValueError(_unknown_price(id, region, variant))
    return PriceTiers(tuple(_in_force(tiers[tier_from], on) for tier_from in sorted(tiers)))


def find_price(key: str, on: date | None = None) -> Price:
    """The row a bill line points to, by `Price.key`, as in force on a day.

    Raises: ValueError when no price has this key.
    """
    name, _, rest = key.partition("@")
    id_, _, variant = name.partition("/")
    region, _, tier = rest.partition("#")
    tiers = pick_price(id_, region, variant, on)
    rows = [row for row in tiers.rows if row.tier_from == float(tier or 0)]
    if not rows:
        raise ValueError(f"price {key!r} is unknown; its slices start at {tiers.tier_from}")
    return rows[0]


def _in_force(rows: list[Price], on: date | None) -> Price:
    past = rows if on is None else [row for row in rows if row.valid_from <= on]
    return past[-1] if past else rows[0]


def _unknown_price(id_: str, region: str, variant: str) -> str:
    variants = load_price_variants()
    if id_ not in variants:
        service = id_.split(".")[0] + "."
        alike = [name for name in variants if name.startswith(service)] or list(variants)
        return f"price id {id_!r} is unknown; use one of {', '.join(alike)}"
    if region not in load_regions():
        return f"region {region!r} is unknown; use one of {', '.join(load_regions())}"
    allowed = ", ".join(repr(name) for name in variants[id_])
    return f"variant {variant!r} of price {id_!r} is unknown; use one of {allowed}"


STALE_DAYS = 90
"""A price last checked longer ago than this is pointed out."""


def stale_prices(on: date, days: int = STALE_DAYS) -> tuple[Price, ...]:
    """Newest price rows with a figure that were last checked more than `days` days before `on`."""
    newest = (tiers[tier][-1] for tiers in _price_index().values() for tier in sorted(tiers))
    return tuple(row for row in newest if row.usd is not None and (on - row.checked).days > days)


@dataclass(frozen=True, slots=True)
class PriceAge:
    """How old the newest known prices are on a day.

    `oldest` and `newest` are the days checked of the longest and the most recently checked price.
    """

    oldest: date
    newest: date
    prices: int
    stale: int
    days: int


def price_age(on: date, days: int = STALE_DAYS) -> PriceAge:
    """What there is to say about the age of the prices, in one value.

    Args:
        on: the day that counts as today.
        days: more than this since the day checked is stale.
    Returns: counts over the newest row with a figure of every price and slice.
    """
    newest = [tiers[tier][-1] for tiers in _price_index().values() for tier in tiers]
    checked = [row.checked for row in newest if row.usd is not None]
    return PriceAge(min(checked), max(checked), len(checked), len(stale_prices(on, days)), days)


# --- limits, rules, assumptions -------------------------------------------------------------------

FACT_FILES = (
    ("limits.toml",),
    ("assumptions.toml",),
    ("cold_starts", "terms.toml"),
    ("cold_starts", "task_start.toml"),
)


@cache
def load_facts() -> dict[str, Fact]:
    """All facts of the TOML files by dotted id, in file order.

    Raises: ValueError when two files define the same id, or a table lacks a key or has one too many.
    """
    facts: dict[str, Fact] = {}
    for path in FACT_FILES:
        groups = {group: tables for group, tables in _table(*path).items() if isinstance(tables, dict)}
        for group, tables in groups.items():
            for name, fields in tables.items():
                id_ = f"{group}.{name}"
                if id_ in facts:
                    raise ValueError(f"fact {id_!r} is defined twice; the second time in {path[-1]}")
                try:
                    facts[id_] = Fact(id=id_, **{"source": "", **fields})
                except TypeError as error:
                    raise ValueError(f"fact {id_!r} in {path[-1]}: {error}") from error
    return facts


def pick_fact(id: str) -> Fact:
    """One limit, rule, term or assumption, with its source and date.

    Raises: ValueError naming the facts of the same group.
    """
    facts = load_facts()
    if id not in facts:
        group = id.split(".")[0] + "."
        alike = [name for name in facts if name.startswith(group)] or sorted({n.split(".")[0] for n in facts})
        raise ValueError(f"fact {id!r} is unknown; use one of {', '.join(alike)}")
    return facts[id]


def limit(id: str) -> float:
    """The value of a fact that is a number, in the fact's unit.

    Raises: ValueError when the fact is unknown or not a number.
    """
    value = pick_fact(id).value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"fact {id!r} is {value!r}, not a number; read it with pick_fact")
    return float(value)


@cache
def load_fargate_sizes(os: str = "linux") -> tuple[tuple[float, float], ...]:
    """Task sizes that Fargate accepts: (vCPU, memory in GB), ascending.

    Raises: ValueError for an operating system other than linux and windows.
    """
    sizes = tuple(
        sorted(
            (float(row["vcpu"]), float(row["memory_gb"]))
            for row in _rows("fargate_sizes.csv")
            if row["os"] == os
        )
    )
    if not sizes:
        raise ValueError(f"os {os!r} is unknown; use 'linux' or 'windows'")
    return sizes


# --- measurements ---------------------------------------------------------------------------------


def _start_group(row: dict[str, str]) -> StartGroup:
    return StartGroup(row["runtime"], row["architecture"], row["package_type"], row["snapstart"] == "true")


@cache
def load_init_quantiles() -> dict[StartGroup, InitQuantiles]:
    """Quantiles of init time by (runtime, architecture, package, snapstart); a plain tuple finds it too."""
    quantiles: dict[StartGroup, InitQuantiles] = {}
    for row in _rows("cold_starts", "init_quantiles_ms.csv"):
        group, names = _start_group(row), [name for name in row if name[0] == "q"]
        quantiles[group] = InitQuantiles(
            *group,
            n=int(row["n"]),
            probabilities=_column([float(name[1:]) / 100 for name in names]),
            seconds=_column([float(row[name]) / MS_PER_S for name in names]),
        )
    return quantiles


@cache
def load_init_fits() -> dict[StartGroup, InitFit]:
    """Lognormal summaries and first-invocation terms by (runtime, architecture, package, snapstart)."""
    fits: dict[StartGroup, InitFit] = {}
    for row in _rows("cold_starts", "init_fits.csv"):
        group = _start_group(row)
        fits[group] = InitFit(
            *group,
            n=int(row["n"]),
            p5_s=float(row["p5_ms"]) / MS_PER_S,
            p50_s=float(row["p50_ms"]) / MS_PER_S,
            p95_s=float(row["p95_ms"]) / MS_PER_S,
            p99_s=float(row["p99_ms"]) / MS_PER_S,
            sigma=float(row["lognormal_sigma_mle"]),
            sigma_tail=float(row["lognormal_sigma_tail"]),
            first_invoke_s=_number(row["first_invoke_a_ms"]) / MS_PER_S,
            first_invoke_s_mb=_number(row["first_invoke_b_ms_mb"]) / MS_PER_S,
            window=row["window"],
        )
    return fits


@cache
def load_frameworks() -> dict[str, Framework]:
    """Start-up presets of frameworks by preset name; they replace init, SDK and first invocation."""
    return {
        row["preset"]: Framework(
            framework=row["framework"],
            runtime_family=row["runtime_family"],
            build=row["build"],
            snapstart=row["snapstart"] == "true",
            memory_mb=float(row["memory_mb"]),
            p50_s=_number(row["p50_ms"]) / MS_PER_S,
            p90_s=_number(row["p90_ms"]) / MS_PER_S,
            p99_s=_number(row["p99_ms"]) / MS_PER_S,
            measured_at=row["measured_at"],
            source=row["source"],
            kind=row["kind"],
        )
        for row in _rows("cold_starts", "frameworks.csv")
    }


@cache
def load_keep_alive(year: int = 2025) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How long an idle environment lives, as measured in one year.

    Returns: idle time in s (ascending) and the share of environments that were gone by then, 0…1.
    Raises: ValueError naming the years at hand.
    """
    rows = list(_rows("cold_starts", "keep_alive.csv"))
    mine = [row for row in rows if int(row["year"]) == year]
    if not mine:
        years = sorted({row["year"] for row in rows})
        raise ValueError(f"year {year} has no keep-alive measurement; use one of {', '.join(years)}")
    return _column([float(r["idle_s"]) for r in mine]), _column([float(r["p_cold"]) for r in mine])


@cache
def load_task_starts() -> tuple[TaskStart, ...]:
    """Published times from creation to RUNNING of Fargate tasks."""
    return tuple(
        TaskStart(
            setup=row["setup"],
            year=int(row["year"]),
            image_mb=_number(row["image_compressed_mb"]),
            seconds=float(row["to_running_s"]),
            quality=row["quality"],
            kind=row["kind"],
            source=row["source"],
        )
        for row in _rows("cold_starts", "task_start.csv")
    )


@cache
def load_traces() -> dict[str, Trace]:
    """The shipped traffic traces by name."""
    traces: dict[str, Trace] = {}
    for path in sorted((DATA / "traces").glob("*.csv")):
        rows, card = list(_rows("traces", path.name)), _table("traces", f"{path.stem}.toml")
        traces[path.stem] = Trace(
            name=path.stem,
            title=card["title"],
            counts=_column([float(row["requests"]) for row in rows]),
            period_s=float(card["period_s"]),
            start=datetime.fromisoformat(rows[0]["timestamp"]),
            source=card["source"],
            licence=card["licence"],
            shape=card["shape"],
        )
    return traces


# --- evidence -------------------------------------------------------------------------------------


@cache
def load_disagreements() -> tuple[Disagreement, ...]:
    """Where sources contradict each other, and what we use."""
    return tuple(
        Disagreement(row["topic"], row["figures"], row["use"], tuple(row["sources"].split()))
        for row in _rows("disagreements.csv")
    )


@cache
def load_instance_sizes() -> dict[str, InstanceSize]:
    """EC2 instance type -> its size, of the types that Lambda Managed Instances are priced for."""
    sizes = [InstanceSize(**row) for row in pick_fact("lambda.managed_instances_sizes").value]
    return {size.name: size for size in sizes}


@cache
def load_measured(name: str) -> MappingProxyType[str, Any]:
    """Published bills and measurements to hold the model against.

    Args: name: `worked_examples`, `timelines` or `warm_pool_cases`.
    Raises: ValueError naming the files at hand.
    """
    path = DATA / "measured" / f"{name}.json"
    names = sorted(file.stem for file in path.parent.glob("*.json"))
    if name not in names:
        raise ValueError(f"measurement {name!r} is unknown; use one of {', '.join(names)}")
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")))


@cache
def trace_names() -> tuple[str, ...]:
    """Names of the shipped traces, without reading them."""
    return tuple(sorted(path.stem for path in (DATA / "traces").glob("*.csv")))


def read_text(path: str) -> str:
    """The text of a file the user names, as UTF-8.

    Raises: OSError if it cannot be read; ValueError if it is not UTF-8.
    """
    return Path(path).read_text(encoding="utf-8-sig")


@cache
def load_claims() -> dict[str, Claim]:
    """The article's claims by id, in file order."""
    return {id_: Claim(id=id_, **fields) for id_, fields in _table("article_claims.toml").items()}


@cache
def load_method() -> dict[str, str]:
    """The sections of METHOD.md, heading -> Markdown below it, in their order."""
    sections = Path(__file__).with_name("METHOD.md").read_text(encoding="utf-8").split("\n## ")[1:]
    return {heading: text.strip() for heading, _, text in (section.partition("\n") for section in sections)}
