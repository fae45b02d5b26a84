"""Limits, billing rules, measured terms and assumptions, and the sizes AWS sells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from model.facts.files import csv_rows, toml_table


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


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """An EC2 instance type of Lambda Managed Instances."""

    name: str
    vcpu: float
    memory_gb: float
    architecture: str


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
        groups = {group: tables for group, tables in toml_table(*path).items() if isinstance(tables, dict)}
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
            for row in csv_rows("fargate_sizes.csv")
            if row["os"] == os
        )
    )
    if not sizes:
        raise ValueError(f"os {os!r} is unknown; use 'linux' or 'windows'")
    return sizes


@cache
def load_instance_sizes() -> dict[str, InstanceSize]:
    """EC2 instance type -> its size, of the types that Lambda Managed Instances are priced for."""
    sizes = [InstanceSize(**row) for row in pick_fact("lambda.managed_instances_sizes").value]
    return {size.name: size for size in sizes}
