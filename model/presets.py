"""Example workloads to start from, as data/presets.toml tells them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from model.facts.files import toml_table
from model.scenario import GROUPS, Scenario, replace_at

GROUPS_SET = ("workload", "aws_lambda", "fargate")
"""What a preset sets; Region, prices and assumptions are the user's."""


@dataclass(frozen=True)
class Preset:
    """A named workload. title and says are for people; scenario is at default prices and assumptions."""

    id: str
    title: str
    says: str
    scenario: Scenario

    def applied_to(self, scenario: Scenario) -> Scenario:
        """This workload with another scenario's Region, prices and assumptions."""
        return replace(self.scenario, billing=scenario.billing, assumptions=scenario.assumptions)


@cache
def load_presets() -> dict[str, Preset]:
    """All presets by id, the article's own example first.

    Raises: ScenarioError where the file sets what a scenario does not allow.
    """
    return {id: _preset(id, table) for id, table in toml_table("presets.toml").items()}


def chosen_preset(scenario: Scenario) -> Preset | None:
    """The preset whose workload, function and service the scenario has, whatever its Region and prices; or None."""
    for preset in load_presets().values():
        if all(getattr(preset.scenario, group) == getattr(scenario, group) for group in GROUPS_SET):
            return preset
    return None


def _preset(id: str, table: dict[str, object]) -> Preset:
    changes: dict[str, object] = {}
    for group, values in table.items():
        if group in GROUPS and isinstance(values, dict):
            changes |= {
                f"{group}.{name}": tuple(v) if isinstance(v, list) else v for name, v in values.items()
            }
    return Preset(id, str(table["title"]), str(table["says"]), replace_at(Scenario(), changes))
