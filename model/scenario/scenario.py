"""The whole scenario, its fields by path, and copies with some of them replaced."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from model.facts import limit
from model.fields import Field, Number, ScenarioError, checked, declared_fields, unknown_name
from model.scenario.assumptions import checked_assumptions
from model.scenario.aws_lambda import AwsLambda
from model.scenario.billing import Billing
from model.scenario.checks import check_billing, check_fargate, check_lambda, check_workload
from model.scenario.fargate import Fargate
from model.scenario.workload import Workload


@dataclass(frozen=True)
class Scenario:
    """One question: this workload, on this function or on this service, billed here.

    Raises:
        ScenarioError: a field is out of range, or two fields do not go together.
    """

    workload: Workload = field(default_factory=Workload)
    aws_lambda: AwsLambda = field(default_factory=AwsLambda)
    fargate: Fargate = field(default_factory=Fargate)
    billing: Billing = field(default_factory=Billing)
    assumptions: Mapping[str, Number] = field(
        default_factory=dict, metadata={"meaning": "id of an assumed or ranged fact -> your own value"}
    )

    def __post_init__(self) -> None:
        for group in GROUPS:
            checked(getattr(self, group), group)
        object.__setattr__(self, "assumptions", checked_assumptions(self.assumptions))
        self.shape  # noqa: B018  raises if the arrays do not broadcast
        check_billing(self.billing)
        check_workload(self.workload)
        check_lambda(self.aws_lambda)
        check_fargate(self.fargate)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Common shape of all numeric fields; () for a plain scenario."""
        values = {path: value for path, _, value in self.values()} | dict(self.assumptions)
        shapes = {path: np.shape(value) for path, value in values.items() if isinstance(value, np.ndarray)}
        try:
            return np.broadcast_shapes(*shapes.values())
        except ValueError:
            first = next(iter(shapes))
            raise ScenarioError(
                first, shapes, "array fields of one scenario must broadcast together"
            ) from None

    def assumed(self, id: str) -> Number:
        """The value of an adjustable fact: the user's own, or the one in data/."""
        return self.assumptions.get(id, limit(id))

    def values(self) -> Iterator[tuple[str, Field, Any]]:
        """Path, field and value of everything that can be set, except prices' date and overrides."""
        for path, spec, _ in vocabulary():
            yield path, spec, value_at(self, path)


GROUPS: dict[str, type] = {
    "workload": Workload,
    "aws_lambda": AwsLambda,
    "fargate": Fargate,
    "billing": Billing,
}


def vocabulary() -> tuple[tuple[str, Field, Any], ...]:
    """Path ("workload.requests_per_s"), field and default of the whole vocabulary, in reading order."""
    return _VOCABULARY


_VOCABULARY = tuple(
    (f"{group}.{name}", spec, default)
    for group, cls in GROUPS.items()
    for name, spec, default in declared_fields(cls)
)


def value_at(scenario: Scenario, path: str) -> Any:
    """The value of one field, by its path."""
    return operator.attrgetter(path)(scenario)


def replace_at(scenario: Scenario, path: str | Mapping[str, Any], value: Any = None) -> Scenario:
    """A copy with one field (path, value) or several (mapping) replaced and checked together.

    Raises:
        ScenarioError: unknown path or a value that is not allowed.
    """
    changes = path if isinstance(path, Mapping) else {path: value}
    by_group: dict[str, dict[str, Any]] = {}
    top = {"assumptions": changes["assumptions"]} if "assumptions" in changes else {}
    for full, new in changes.items():
        if full in top:
            continue
        group, _, name = full.partition(".")
        if group not in GROUPS or name not in {f.name for f in dataclasses.fields(GROUPS[group])}:
            raise unknown_name(full, new, (path for path, _, _ in vocabulary()))
        by_group.setdefault(group, {})[name] = new
    groups = {g: dataclasses.replace(getattr(scenario, g), **c) for g, c in by_group.items()}
    return dataclasses.replace(scenario, **groups, **top)
