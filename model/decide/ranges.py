"""What is not known for certain, from where to where, and how values in between are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.facts import pick_fact
from model.fields import Number, NumberField
from model.scenario import (
    FIELD_OF_ASSUMPTION,
    Scenario,
    adjustable_assumptions,
    replace_at,
    value_at,
    vocabulary,
)

Array = NDArray[np.float64]

SHAPES = ("triangular", "uniform")
WIDE = 5.0  # a range whose ends differ by more than this factor is drawn on a logarithmic scale
FACTORS = "uncertainty."

FACTOR_OF_FIELD = {
    "workload.requests_per_s": "requests_factor",
    "workload.runs_per_day": "requests_factor",
    "workload.duration_s": "duration_factor",
    "workload.cpu_share": "cpu_share_factor",
    "workload.response_kb": "size_factor",
    "workload.log_kb": "size_factor",
    "workload.peak_to_mean": "shape_factor",
    "workload.burstiness": "shape_factor",
    "workload.on_share": "shape_factor",
    "workload.spike_factor": "shape_factor",
}
"""Field of the workload -> the fact that says how far off it may be."""
OF_PATTERN = {
    "workload.peak_to_mean": ("diurnal", "business_hours", "ramp"),
    "workload.burstiness": ("bursty",),
    "workload.on_share": ("on_off",),
    "workload.spike_factor": ("spike",),
}


@dataclass(frozen=True)
class Range:
    """One thing that is not known for certain.

    name: field, or id of an assumption. now: its present value. low, high: between which values it lies.
    shape: triangular, with its top at now, or uniform. log: on a logarithmic scale.
    """

    name: str
    now: float
    low: float
    high: float
    shape: str = "triangular"
    log: bool = False

    def quantile(self, p: Number) -> Array:
        """The value below which a share p of the draws lies.

        Args: p: 0…1, any shape.
        Returns: low…high, same shape; exact.
        Source: METHOD.md "How sure". Inverse of the triangular distribution function, on the range's own scale.
        """
        low, top, high = (np.log(x) if self.log else x for x in (self.low, self._top, self.high))
        width, p = high - low, np.asarray(p, np.float64)
        if width <= 0:
            return np.full(p.shape, self.low)
        if self.shape == "uniform":
            value = low + width * p
        else:
            rising = low + np.sqrt(p * width * (top - low))
            falling = high - np.sqrt((1 - p) * width * (high - top))
            value = np.where(p * width <= top - low, rising, falling)
        return np.asarray(np.clip(np.exp(value) if self.log else value, self.low, self.high))

    @property
    def _top(self) -> float:
        return min(max(self.now, self.low), self.high)


def default_ranges(scenario: Scenario) -> tuple[Range, ...]:
    """Every range of a plain scenario: fields of the workload by their factors, assumptions by their stated ranges.

    A value of the user's own takes an assumption's place within its range, and widens it if it lies outside.
    """
    fields = [_of_field(scenario, path, f"{FACTORS}{fact}") for path, fact in FACTOR_OF_FIELD.items()]
    facts = [_of_fact(scenario, path, id) for id, path in FIELD_OF_ASSUMPTION.items()]
    ids = [id for id in adjustable_assumptions() if not id.startswith(FACTORS)]
    assumed = [_of_fact(scenario, id, id) for id in ids]
    return tuple(found for found in (*fields, *facts, *assumed) if found is not None)


def with_own(
    ranges: Sequence[Range], own: Mapping[str, tuple[float | None, float | None]]
) -> tuple[Range, ...]:
    """The ranges with the user's own ends (None leaves ours); ends in the wrong order are exchanged."""
    changed = []
    for one in ranges:
        low, high = own.get(one.name, (None, None))
        ends = sorted((one.low if low is None else low, one.high if high is None else high))
        spec = _spec(one.name)
        ends = [min(max(end, spec.low), spec.high) for end in ends] if spec else ends
        changed.append(_scaled(replace(one, low=ends[0], high=ends[1])))
    return tuple(changed)


def drawn(ranges: Sequence[Range], draws: int, rng: np.random.Generator) -> dict[str, Array]:
    """Independent draws of every range, by name, shape (draws,); each from a stream of its own."""
    streams = rng.spawn(len(ranges))
    return {one.name: one.quantile(stream.random(draws)) for one, stream in zip(ranges, streams, strict=True)}


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with some fields and assumptions, by name, set to values or arrays."""
    known = set(adjustable_assumptions())
    assumed = {name: _whole(name, value) for name, value in values.items() if name in known}
    fields = {name: value for name, value in values.items() if name not in known}
    return replace_at(scenario, {**fields, "assumptions": {**scenario.assumptions, **assumed}})


def _of_field(scenario: Scenario, path: str, fact: str) -> Range | None:
    job = scenario.workload.kind == "job"
    if path == ("workload.requests_per_s" if job else "workload.runs_per_day"):
        return None
    if scenario.workload.pattern not in OF_PATTERN.get(path, (scenario.workload.pattern,)):
        return None
    now, factor = float(value_at(scenario, path)), max(float(scenario.assumed(fact)), 1.0)
    spec = _FIELDS[path]
    longest = 900.0 if path == "workload.duration_s" and not job else spec.high
    return _scaled(Range(path, now, max(now / factor, spec.low), min(now * factor, longest)))


def _of_fact(scenario: Scenario, name: str, id: str) -> Range:
    fact = pick_fact(id)
    now = float(scenario.assumed(id) if name == id else value_at(scenario, name))
    low, high = float(fact.low or 0.0), float(fact.high or 0.0)
    return _scaled(Range(name, now, min(low, now), max(high, now)))


def _scaled(one: Range) -> Range:
    wide = one.low > 0 and one.high > WIDE * one.low
    by_factor = one.name in FACTOR_OF_FIELD and one.low > 0
    return replace(one, log=wide or by_factor)


def _spec(name: str) -> NumberField | None:
    return _FIELDS.get(name)


def _whole(name: str, value: Any) -> Any:
    return np.round(value) if pick_fact(name).unit == "tasks" else value


_FIELDS = {path: spec for path, spec, _ in vocabulary() if isinstance(spec, NumberField)}
