"""What was measured of starts: function init, frameworks, idle environments, Fargate tasks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.facts.files import column, csv_rows, number_or_nan

MS_PER_S = 1000.0


class StartGroup(NamedTuple):
    """What init measurements are grouped by."""

    runtime: str
    architecture: str
    package: str
    snapstart: bool


@dataclass(frozen=True, slots=True)
class InitQuantiles:
    """Measured quantiles of init time (restore time under SnapStart), in s."""

    runtime: str
    architecture: str
    package: str
    snapstart: bool
    n: int
    probabilities: NDArray[np.float64]
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InitFit:
    """Lognormal summary of the same measurements and the extra time of the first invocation.

    First invocation = `first_invoke_s` + `first_invoke_s_mb` / memory in MB; NaN where not measured.
    """

    runtime: str
    architecture: str
    package: str
    snapstart: bool
    n: int
    p5_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    sigma: float
    sigma_tail: float
    first_invoke_s: float
    first_invoke_s_mb: float
    window: str


@dataclass(frozen=True, slots=True)
class Framework:
    """Init plus first call of a framework, in s; NaN where the percentile was not given."""

    framework: str
    runtime_family: str
    build: str
    snapstart: bool
    memory_mb: float
    p50_s: float
    p90_s: float
    p99_s: float
    measured_at: str
    source: str
    kind: str


@dataclass(frozen=True, slots=True)
class TaskStart:
    """One published time from task creation to RUNNING on Fargate; image size NaN where not given."""

    setup: str
    year: int
    image_mb: float
    seconds: float
    quality: str
    kind: str
    source: str


def _start_group(row: dict[str, str]) -> StartGroup:
    return StartGroup(row["runtime"], row["architecture"], row["package_type"], row["snapstart"] == "true")


@cache
def load_init_quantiles() -> dict[StartGroup, InitQuantiles]:
    """Quantiles of init time by (runtime, architecture, package, snapstart); a plain tuple finds it too."""
    quantiles: dict[StartGroup, InitQuantiles] = {}
    for row in csv_rows("cold_starts", "init_quantiles_ms.csv"):
        group, names = _start_group(row), [name for name in row if name[0] == "q"]
        quantiles[group] = InitQuantiles(
            *group,
            n=int(row["n"]),
            probabilities=column([float(name[1:]) / 100 for name in names]),
            seconds=column([float(row[name]) / MS_PER_S for name in names]),
        )
    return quantiles


@cache
def load_init_fits() -> dict[StartGroup, InitFit]:
    """Lognormal summaries and first-invocation terms by (runtime, architecture, package, snapstart)."""
    fits: dict[StartGroup, InitFit] = {}
    for row in csv_rows("cold_starts", "init_fits.csv"):
        group = _start_group(row)
        fits[group] = InitFit(
            *group,
            n=int(row["n"]),
            p5_s=float(row["p5_ms"]) / MS_PER_S,
            p50_s=float(row["p50_ms"]) / MS_PER_S,
            p95_s=float(row["p95_ms"]) / MS_PER_S,
            p99_s=float(row["p99_ms"]) / MS_PER_S,
            sigma=float(row["lognormal_sigma_mle"]),
            sigma_tail=float(row["lognormal_sigma_tail"]),
            first_invoke_s=number_or_nan(row["first_invoke_a_ms"]) / MS_PER_S,
            first_invoke_s_mb=number_or_nan(row["first_invoke_b_ms_mb"]) / MS_PER_S,
            window=row["window"],
        )
    return fits


@cache
def load_frameworks() -> dict[str, Framework]:
    """Start-up presets of frameworks by preset name; they replace init, SDK and first invocation."""
    return {
        row["preset"]: Framework(
            framework=row["framework"],
            runtime_family=row["runtime_family"],
            build=row["build"],
            snapstart=row["snapstart"] == "true",
            memory_mb=float(row["memory_mb"]),
            p50_s=number_or_nan(row["p50_ms"]) / MS_PER_S,
            p90_s=number_or_nan(row["p90_ms"]) / MS_PER_S,
            p99_s=number_or_nan(row["p99_ms"]) / MS_PER_S,
            measured_at=row["measured_at"],
            source=row["source"],
            kind=row["kind"],
        )
        for row in csv_rows("cold_starts", "frameworks.csv")
    }


@cache
def load_keep_alive(year: int = 2025) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How long an idle environment lives, as measured in one year.

    Returns: idle time in s (ascending) and the share of environments that were gone by then, 0…1.
    Raises: ValueError naming the years at hand.
    """
    measured = list(csv_rows("cold_starts", "keep_alive.csv"))
    mine = [row for row in measured if int(row["year"]) == year]
    if not mine:
        years = sorted({row["year"] for row in measured})
        raise ValueError(f"year {year} has no keep-alive measurement; use one of {', '.join(years)}")
    return column([float(r["idle_s"]) for r in mine]), column([float(r["p_cold"]) for r in mine])


@cache
def load_task_starts() -> tuple[TaskStart, ...]:
    """Published times from creation to RUNNING of Fargate tasks."""
    return tuple(
        TaskStart(
            setup=row["setup"],
            year=int(row["year"]),
            image_mb=number_or_nan(row["image_compressed_mb"]),
            seconds=float(row["to_running_s"]),
            quality=row["quality"],
            kind=row["kind"],
            source=row["source"],
        )
        for row in csv_rows("cold_starts", "task_start.csv")
    )
