"""The cells a spreadsheet's formulas start from: settings, facts, and what only the simulation knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.facts import Fact, load_sources, pick_fact
from model.fields import NumberField
from model.scenario import Scenario, value_at, vocabulary
from pages.ui import words
from pages.ui.exports.formulas import Term

SETTING, FACT, SIMULATED, DERIVED = "setting", "fact", "simulated", "derived"
_FIELDS = {path: spec for path, spec, _ in vocabulary()}


@dataclass(frozen=True)
class Input:
    """A named cell. kind: setting, fact, simulated or derived; note: where it comes from; formula of a derived one."""

    name: str
    label: str
    value: float
    unit: str
    kind: str
    note: str
    url: str = ""
    formula: str = ""


@dataclass
class Inputs:
    """Collects the cells that formulas ask for, in the order in which they do."""

    scenario: Scenario
    cells: dict[str, Input] = field(default_factory=dict)

    def setting(self, path: str) -> Term:
        """A numeric setting of the scenario."""
        spec = _FIELDS[path]
        unit = spec.unit if isinstance(spec, NumberField) else ""
        return self._cell(
            Input(
                path.replace(".", "_"),
                words.label(path),
                _number(value_at(self.scenario, path)),
                unit,
                SETTING,
                path,
            )
        )

    def fact(self, id: str) -> Term:
        """A rule, or an assumption: the user's own value where there is one."""
        fact = pick_fact(id)
        own = self.scenario.assumptions.get(id)
        note = "your own value" if own is not None else f"{fact.kind}, checked {words.day(str(fact.checked))}"
        value = _number(fact.value if own is None else own)
        name = "fact_" + id.replace(".", "_").replace("-", "_")
        return self._cell(Input(name, _said(fact), value, fact.unit, FACT, note, _url(fact)))

    def simulated(self, name: str, label: str, value: Any, unit: str) -> Term:
        """What the model found by simulation or from a distribution: it does not follow the other cells."""
        return self._cell(Input(f"sim_{name}", label, _number(value), unit, SIMULATED, "from the simulation"))

    def derived(self, name: str, label: str, found: Term, unit: str) -> Term:
        """A figure that several formulas share, in a cell of its own."""
        return self._cell(Input(name, label, found.value, unit, DERIVED, "worked out", formula=found.text))

    def _cell(self, wanted: Input) -> Term:
        self.cells.setdefault(wanted.name, wanted)
        return Term(wanted.value, wanted.name)


def _number(value: Any) -> float:
    return float(np.asarray(value, dtype=np.float64))


def _said(fact: Fact) -> str:
    return fact.id.replace("_", " ").replace(".", ": ")


def _url(fact: Fact) -> str:
    found = load_sources().get(fact.source)
    return found.url if found else ""
