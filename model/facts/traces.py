"""Recorded traffic that comes with the app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.facts.files import column, csv_rows, file_names, toml_table


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


@cache
def trace_names() -> tuple[str, ...]:
    """Names of the shipped traces, without reading them."""
    return file_names("traces", "csv")


@cache
def load_traces() -> dict[str, Trace]:
    """The shipped traffic traces by name."""
    traces: dict[str, Trace] = {}
    for name in trace_names():
        periods, card = list(csv_rows("traces", f"{name}.csv")), toml_table("traces", f"{name}.toml")
        traces[name] = Trace(
            name=name,
            title=card["title"],
            counts=column([float(row["requests"]) for row in periods]),
            period_s=float(card["period_s"]),
            start=datetime.fromisoformat(periods[0]["timestamp"]),
            source=card["source"],
            licence=card["licence"],
            shape=card["shape"],
        )
    return traces
