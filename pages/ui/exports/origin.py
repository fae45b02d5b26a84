"""Where a document comes from: scenario, Region, day of the prices, version, link. Every document carries it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from model import __version__
from model.facts import load_prices
from model.scenario import Scenario, value_at, vocabulary
from pages.ui import words
from pages.ui.exports.text import LONGEST_NAME, plain

MODELLED = "Modelled, not billed"
MOST_CHANGES = 8
_DEFAULTS = Scenario()
_SAID_ANYWAY = {
    "workload.kind",
    "workload.requests_per_s",
    "workload.runs_per_day",
    "workload.pattern",
    "workload.duration_s",
    "aws_lambda.memory_mb",
    "fargate.vcpu",
    "fargate.memory_gb",
    "fargate.scaling",
    "fargate.tasks",
    "fargate.min_tasks",
    "fargate.max_tasks",
    "billing.region",
    "billing.on",
}


@dataclass(frozen=True)
class Origin:
    """What a reader needs to judge a figure and to find it again; link is empty where there is none."""

    name: str
    settings: str
    region: str
    price_date: str
    version: str
    link: str

    @property
    def source(self) -> str:
        """Prices, their Region and day, the model's version, and that this is no bill."""
        return f"AWS list prices, {self.region}, in force on {self.price_date}. Model {self.version}. {MODELLED}."

    @property
    def scenario(self) -> str:
        """Name, if there is one, and settings."""
        return f"{self.name}: {self.settings}" if self.name else self.settings

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The same as a table: what, and which."""
        return (
            ("Scenario", self.name),
            ("Settings", self.settings),
            ("Region", self.region),
            ("Prices in force on", self.price_date),
            ("Model version", self.version),
            ("Link", self.link),
            ("Kind of figures", f"{MODELLED}: list prices and published measurements, no invoice."),
        )


def origin(scenario: Scenario, name: str = "", link: str = "") -> Origin:
    """The origin of a plain scenario's documents.

    Args: name: the user's own, any text. link: address of the app with this scenario.
    """
    return Origin(
        plain(name, LONGEST_NAME),
        settings_line(scenario),
        words.region(scenario.billing.region),
        price_date(scenario),
        __version__,
        plain(link),
    )


def price_date(scenario: Scenario) -> str:
    """The day whose prices count: the one asked for, or the last on which prices were checked."""
    return words.day(scenario.billing.on or newest_check())


@cache
def newest_check() -> str:
    """The last day on which any price of the book was checked."""
    return max(price.checked for price in load_prices()).isoformat()


def settings_line(scenario: Scenario) -> str:
    """Traffic, handler time and both sizes, then what else differs from the defaults."""
    changes = changed(scenario)
    more = len(changes) - MOST_CHANGES
    said = [f"{label} {value}" for label, value in changes[:MOST_CHANGES]]
    if more > 0:
        said.append(words.count(more, "further setting"))
    for what, own in (("price", scenario.billing.overrides), ("assumption", scenario.assumptions)):
        if own:
            said.append(words.count(len(own), f"own {what}"))
    return "; ".join([*_basis(scenario), *said])


def changed(scenario: Scenario) -> list[tuple[str, str]]:
    """Settings that differ from the defaults, beside those that are always named: label and value."""
    return [
        (words.label(path), words.setting(path, value_at(scenario, path)))
        for path, _, _ in vocabulary()
        if path not in _SAID_ANYWAY and value_at(scenario, path) != value_at(_DEFAULTS, path)
    ]


def _basis(scenario: Scenario) -> list[str]:
    def said(path: str) -> str:
        return words.setting(path, value_at(scenario, path))

    task = scenario.fargate
    many = f"{said('workload.runs_per_day')} runs" if _is_job(scenario) else said("workload.requests_per_s")
    if not _is_job(scenario):
        many = words.rate(float(scenario.workload.requests_per_s))
    tasks = "" if _is_job(scenario) else f", {_tasks(task)}"
    return [
        f"{many}, {said('workload.pattern').lower()}, {said('workload.duration_s')} handler time",
        f"Lambda {said('aws_lambda.memory_mb')}",
        f"Fargate {words.digits(float(task.vcpu))} vCPU with {said('fargate.memory_gb')}{tasks}",
    ]


def _tasks(task: Any) -> str:
    if task.scaling == "fixed":
        return words.count(float(task.tasks), "task")
    return f"{words.digits(float(task.min_tasks))} to {words.digits(float(task.max_tasks))} tasks"


def _is_job(scenario: Scenario) -> bool:
    return scenario.workload.kind == "job"
