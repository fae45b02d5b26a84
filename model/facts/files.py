"""The only module of the model that opens files: those of `data/`, METHOD.md, and one the user names."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL = Path(__file__).parents[1]
DATA = MODEL.parent / "data"


def file_names(folder: str, ending: str) -> tuple[str, ...]:
    """Names of the files of one folder of `data/` that end so, without the ending, in alphabetical order."""
    return tuple(sorted(path.stem for path in (DATA / folder).glob(f"*.{ending}")))


def csv_lines(*path: str) -> Iterator[list[str]]:
    """The lines of a CSV file in `data/`, its head first."""
    with DATA.joinpath(*path).open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def csv_rows(*path: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file in `data/`, by column name."""
    with DATA.joinpath(*path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def toml_table(*path: str) -> dict[str, Any]:
    """A TOML file in `data/`."""
    with DATA.joinpath(*path).open("rb") as file:
        return tomllib.load(file)


def data_text(*path: str) -> str:
    """The text of a file in `data/`."""
    return DATA.joinpath(*path).read_text(encoding="utf-8")


def method_text() -> str:
    """The text of METHOD.md."""
    return (MODEL / "METHOD.md").read_text(encoding="utf-8")


def number_or_nan(text: str) -> float:
    """A number of a table; NaN where the cell is empty."""
    return float(text) if text else float("nan")


def column(values: list[float]) -> NDArray[np.float64]:
    """A column of a table as a read-only array."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


day = cache(date.fromisoformat)


def read_text(path: str) -> str:
    """The text of a file the user names, as UTF-8.

    Raises: OSError if it cannot be read; ValueError if it is not UTF-8.
    """
    return Path(path).read_text(encoding="utf-8-sig")
