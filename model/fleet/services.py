"""The services of an estate: what each row sets, its own traffic if it was recorded, and the rows that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.cold_start import cold_start
from model.fields import Field, ManyField, NumberField, ScenarioError
from model.scenario import Scenario, replace_at, value_at, vocabulary

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

SPECS: dict[str, Field] = {path: spec for path, spec, _ in vocabulary()}
PLATFORM_WORDS = {
    "aws_lambda": "aws_lambda",
    "lambda": "aws_lambda",
    "awslambda": "aws_lambda",
    "fargate": "fargate",
    "ecs": "fargate",
    "ecsfargate": "fargate",
    "awsfargate": "fargate",
}
MOST_SERVICES = 1_000_000
LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Recorded:
    """Traffic of its own for every service. per_s: mean rate in each step, 1/s, (services, steps); step_s: s."""

    per_s: NDArray[np.float32]
    step_s: float


@dataclass(frozen=True)
class Refused:
    """A row that cannot be used. row: counted from 1 below the heading; column, value: "" for the whole row."""

    row: int
    name: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Services:
    """Rows that can be used. row: number in the table, from 1, where there is one row each. on: today's platform or "".

    settings: a column for each field that any row sets (NaN, None: as in base). base: what all else is taken from.
    recorded: own traffic, or None. refused: the other rows. notices: what was done with the table.
    """

    name: tuple[str, ...]
    row: NDArray[np.int64]
    on: tuple[str, ...]
    settings: pd.DataFrame
    base: Scenario
    recorded: Recorded | None = None
    refused: tuple[Refused, ...] = ()
    notices: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.name)

    def scenario(self, rows: Rows) -> Scenario:
        """One scenario with an array in each field in which the rows differ.

        Args: rows: of one group, so that they agree in everything that is no number.
        """
        changes: dict[str, Any] = {}
        for path in self.settings.columns:
            cells = self.settings[path].to_numpy()[rows]
            if isinstance(SPECS[path], NumberField):
                numbers = cells.astype(np.float64)
                given = ~np.isnan(numbers)
                if not given.any():
                    continue
                base = value_at(self.base, path)
                filled = np.where(given, numbers, np.nan if base is None else base)
                changes[path] = float(filled[0]) if np.all(filled == filled[0]) else filled
            elif cells[0] is not None:
                changes[path] = cells[0]
        return replace_at(self.base, changes)

    def part(self, rows: Rows) -> Services:
        """Some of the services, as a table of their own."""
        recorded = self.recorded
        return Services(
            tuple(self.name[i] for i in rows),
            self.row[rows],
            tuple(self.on[i] for i in rows),
            self.settings.iloc[rows].reset_index(drop=True),
            self.base,
            None if recorded is None else Recorded(recorded.per_s[rows], recorded.step_s),
        )

    def one(self, index: int) -> Scenario:
        """The scenario of one service."""
        return self.scenario(np.array([index], np.intp))

    def groups(self) -> Iterator[Rows]:
        """Rows that agree in everything that is no number (and in which numbers are set where none is a value)."""
        yield from _groups(self.settings)


def estate_base(scenario: Scenario) -> Scenario:
    """What a service takes from a scenario where its row says nothing: all but the free tier, which an account has once."""
    return replace_at(scenario, "billing.free_tier", False)


def checked(
    name: Sequence[str],
    row: NDArray[np.int64],
    on: Sequence[str],
    settings: pd.DataFrame,
    base: Scenario,
    recorded: Recorded | None = None,
    refused: Sequence[Refused] = (),
    notices: Sequence[str] = (),
) -> Services:
    """The services whose settings go together; the others are refused, each with its reason.

    Raises: nothing: whatever is wrong with a row is said of that row.
    """
    every = Services(tuple(name), row, tuple(on), settings, base)
    bad: list[tuple[int, ScenarioError]] = []
    for rows in every.groups():
        bad += _culprits(every, rows)
    out = dict(bad)
    keep = np.array([i for i in range(len(every)) if i not in out], np.intp)
    more = [
        Refused(int(row[i]), name[i], error.path, _shown(error.value), error.allowed)
        for i, error in sorted(out.items())
    ]
    return Services(
        tuple(name[i] for i in keep),
        row[keep],
        tuple(on[i] for i in keep),
        settings.iloc[keep].reset_index(drop=True),
        base,
        None if recorded is None else Recorded(recorded.per_s[keep], recorded.step_s),
        tuple(sorted((*refused, *more), key=lambda one: (one.row, one.column))),
        tuple(notices),
    )


def _culprits(every: Services, rows: Rows) -> list[tuple[int, ScenarioError]]:
    """The rows that cannot be a scenario: halves are tried until each stands alone."""
    try:
        cold_start(every.scenario(rows))
    except ScenarioError as error:
        if len(rows) == 1:
            return [(int(rows[0]), error)]
        middle = len(rows) // 2
        return [*_culprits(every, rows[:middle]), *_culprits(every, rows[middle:])]
    return []


def _groups(settings: pd.DataFrame) -> Iterator[Rows]:
    """Rows of equal words, and of equal emptiness where an empty number means none at all."""
    keys = []
    for path in settings.columns:
        spec = SPECS[path]
        if not isinstance(spec, NumberField):
            keys.append(settings[path].astype("string").fillna("").to_numpy(object))
        elif spec.when_none:
            keys.append(settings[path].isna().to_numpy())
    if not len(settings):
        return
    codes = np.zeros(len(settings), np.int64)
    for key in keys:
        _, code = np.unique(key, return_inverse=True)
        _, codes = np.unique(codes * (code.max() + 1) + code, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def readable(path: str, cells: pd.Series) -> tuple[pd.Series, NDArray[np.bool_]]:
    """A column as its field wants it, and which cells cannot be read or are not allowed; empty cells are fine."""
    spec = SPECS[path]
    text = cells.astype("string").str.strip()
    empty = (text.isna() | (text == "")).to_numpy(bool)
    if isinstance(spec, NumberField):
        numbers = _numbers(cells)
        inside = np.asarray(spec.inside(np.nan_to_num(numbers, nan=spec.low)))
        bad = ~empty & (np.isnan(numbers) | ~inside)
        return pd.Series(np.where(empty | bad, np.nan, numbers)), np.asarray(bad)
    words, bad = [], np.zeros(len(cells), bool)
    known: dict[str, Any] = {}
    for i, word in enumerate(text.fillna("").tolist()):
        if word not in known:
            value = _word(spec, word)
            known[word] = spec.normal(value) if word and spec.accepts(value) else None
        words.append(known[word])
        bad[i] = bool(word) and known[word] is None
    return pd.Series(words, dtype=object), bad


def _numbers(cells: pd.Series) -> Array:
    """Numbers, or text that holds one, with blanks between its thousands at most; NaN for anything else."""
    if cells.dtype.kind in "iuf":
        return cells.to_numpy(np.float64)
    text = cells.astype("string").str.replace("[\\s\u00a0]", "", regex=True)
    return pd.to_numeric(text, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _word(spec: Field, word: str) -> Any:
    if isinstance(spec, ManyField):
        return [part.strip() for part in word.replace(";", ",").split(",") if part.strip()]
    lower = word.lower()
    if spec.allowed == "true or false" and lower in ("true", "yes", "1", "1.0", "false", "no", "0", "0.0"):
        return lower in ("true", "yes", "1", "1.0")
    return word


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
