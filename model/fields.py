"""What a scenario field may hold: unit, range or choices, meaning; and the sentence said when it does not."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Number = float | NDArray[np.float64]


class ScenarioError(ValueError):
    """A scenario field holds something it may not; the message names field, value and what is allowed."""

    def __init__(self, path: str, value: object, allowed: str) -> None:
        self.path, self.value, self.allowed = path, value, allowed
        super().__init__(f"{path} = {_shown(value)} is not allowed: {allowed}")


@dataclass(frozen=True, slots=True)
class NumberField:
    """A quantity: unit, closed range, whether only whole numbers make sense, and what None means if allowed."""

    unit: str
    low: float
    high: float
    meaning: str
    whole: bool = False
    when_none: str = ""

    @property
    def allowed(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        none = f", or null ({self.when_none})" if self.when_none else ""
        return f"{kind} from {_bound(self.low)} to {_bound(self.high)}{f' {self.unit}' if self.unit else ''}{none}"

    def accepts(self, value: object) -> bool:
        if value is None:
            return bool(self.when_none)
        numbers = _as_numbers(value)
        return numbers is not None and numbers.size > 0 and bool(np.all(self.inside(numbers)))

    def inside(self, numbers: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of the numbers are allowed."""
        inside = (numbers >= self.low) & (numbers <= self.high)
        return np.asarray(inside & (numbers == np.floor(numbers)) if self.whole else inside)

    def culprit(self, value: Any) -> Any:
        """The first element that is not allowed, or the value itself if it has no elements."""
        numbers = _as_numbers(value)
        if numbers is None or not numbers.ndim or not numbers.size:
            return value
        return numbers[~self.inside(numbers)][0]

    def normal(self, value: Any) -> Any:
        """A plain int or float, or a read-only float array."""
        if value is None:
            return None
        numbers = np.asarray(value, dtype=np.float64)
        if numbers.ndim:
            numbers = numbers.copy()
            numbers.flags.writeable = False
            return numbers
        return int(numbers) if self.whole else float(numbers)

    def nearest(self, value: Any) -> Any:
        """The allowed scalar closest to a finite number."""
        number = min(max(float(value), self.low), self.high)
        return self.normal(round(number) if self.whole else number)


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """One of a few words."""

    options: tuple[str, ...]
    meaning: str
    unit: str = ""
    spellings: Mapping[str, str] | None = None

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(self.options)

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) and self.normal(value) in self.options

    def normal(self, value: Any) -> str:
        """The option as we write it; other spellings are allowed where the field knows them."""
        return (self.spellings or {}).get(value, value)


@dataclass(frozen=True, slots=True)
class ManyField:
    """Any number of a few words."""

    options: tuple[str, ...]
    meaning: str
    unit: str = ""

    @property
    def allowed(self) -> str:
        return "a list of any of " + ", ".join(self.options)

    def accepts(self, value: object) -> bool:
        return isinstance(value, (list, tuple)) and all(item in self.options for item in value)

    def normal(self, value: Any) -> tuple[str, ...]:
        return tuple(option for option in self.options if option in value)


@dataclass(frozen=True, slots=True)
class FlagField:
    """Yes or no."""

    meaning: str
    unit: str = ""
    allowed: str = "true or false"

    def accepts(self, value: object) -> bool:
        return isinstance(value, (bool, np.bool_))

    def normal(self, value: Any) -> bool:
        return bool(value)


Field = NumberField | ChoiceField | ManyField | FlagField


def number(
    default: float | None,
    unit: str,
    low: float,
    high: float,
    meaning: str,
    *,
    whole: bool = False,
    when_none: str = "",
) -> Any:
    """A dataclass field for a quantity."""
    return dataclasses.field(
        default=default, metadata={"field": NumberField(unit, low, high, meaning, whole, when_none)}
    )


def choice(
    default: str, options: tuple[str, ...], meaning: str, spellings: Mapping[str, str] | None = None
) -> Any:
    """A dataclass field for one word out of a few."""
    return dataclasses.field(
        default=default, metadata={"field": ChoiceField(options, meaning, "", spellings)}
    )


def many(options: tuple[str, ...], meaning: str) -> Any:
    """A dataclass field for any of a few words, none by default."""
    return dataclasses.field(default=(), metadata={"field": ManyField(options, meaning)})


def flag(default: bool, meaning: str) -> Any:
    """A dataclass field for yes or no."""
    return dataclasses.field(default=default, metadata={"field": FlagField(meaning)})


def declared_fields(group: Any) -> Iterator[tuple[str, Field, Any]]:
    """Name, field and default of every declared field of a scenario group."""
    for declared in dataclasses.fields(group):
        if "field" in declared.metadata:
            yield declared.name, declared.metadata["field"], declared.default


_CHECKED = "_checked"  # not a declared field, so copies with other values do not have it


def checked(group: Any, prefix: str) -> None:
    """Normalise every field of a frozen group in place, or raise ScenarioError; once is enough."""
    if getattr(group, _CHECKED, False):
        return
    for name, spec, _ in declared_fields(group):
        value = getattr(group, name)
        if not spec.accepts(value):
            shown = spec.culprit(value) if isinstance(spec, NumberField) else value
            raise ScenarioError(f"{prefix}.{name}", shown, spec.allowed)
        object.__setattr__(group, name, spec.normal(value))
    object.__setattr__(group, _CHECKED, True)


def unknown_name(path: str, value: object, known: Iterable[str]) -> ScenarioError:
    """The error for a group or field that is not in the vocabulary, with the names closest to it."""
    known = tuple(known)
    close = difflib.get_close_matches(path, known, n=3) or known[:6]
    return ScenarioError(path, value, "there is no such field; did you mean " + " or ".join(close) + "?")


def _as_numbers(value: object) -> NDArray[Any] | None:
    """Integers or floats as an array; None for anything else, words and flags among numbers too."""
    try:
        if isinstance(value, (list, tuple)) and any(_as_numbers(item) is None for item in value):
            return None
        numbers = np.asarray(value)
    except (ValueError, RecursionError):
        return None
    return numbers if numbers.dtype.kind in "iuf" else None


def _bound(number: float) -> str:
    return f"{number:,.15g}"


def _shown(value: object) -> str:
    text = " ".join(str(value).split()) if isinstance(value, (np.ndarray, np.generic)) else repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
