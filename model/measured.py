"""Handler times measured at several memory sizes: as a scenario carries them, and the CPU law closest to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.facts import limit
from model.fields import ScenarioError

Array = NDArray[np.float64]

PATH = "workload.measured_durations"
MOST_SIZES = 100
SHORTEST_S = 1e-6
MOST_THREADS = 6
"""A function has at most six vCPUs: more threads cannot be told apart."""
BETTER = 0.9
"""Another thread has to bring the error below this share of what fewer leave."""


@dataclass(frozen=True)
class CpuLaw:
    """Handler time = waiting_s + work_vcpu_s / min(vCPU, threads)."""

    waiting_s: float
    work_vcpu_s: float
    threads: int


def as_durations(value: object) -> dict[str, float]:
    """What a scenario was given as measured durations: memory in MB -> seconds, in rising order of memory.

    Raises: ScenarioError for anything but an object of two sizes or more, or an empty one.
    """
    if not isinstance(value, Mapping):
        raise ScenarioError(PATH, value, "an object of memory in MB -> seconds")
    found = {_size(key, seconds): _seconds(key, seconds) for key, seconds in value.items()}
    if len(found) != len(value):
        raise ScenarioError(PATH, value, "each memory size once")
    if len(found) == 1:
        raise ScenarioError(PATH, dict(value), "two memory sizes at least, or none")
    if len(found) > MOST_SIZES:
        raise ScenarioError(PATH, f"{len(found):,} sizes", f"at most {MOST_SIZES} of them")
    return {str(size): found[size] for size in sorted(found)}


def points(durations: Mapping[str, float]) -> tuple[Array, Array]:
    """Memory sizes, MB, and the seconds measured there."""
    return np.array([float(size) for size in durations]), np.array(list(durations.values()), np.float64)


def fit_cpu_law(vcpu: Array, seconds: Array) -> CpuLaw:
    """The waiting, the work and the threads whose handler times come closest to measured ones.

    Args: vcpu: of each size; seconds: measured there; same shape.
    Returns: least squares of the relative errors, nothing below zero; one more thread only where it cuts the
        error by a tenth.
    Source: METHOD.md "Compute".
    """
    best, least = _fit_threads(vcpu, seconds, 1)
    for threads in range(2, MOST_THREADS + 1):
        law, error = _fit_threads(vcpu, seconds, threads)
        if error < BETTER * least:
            best, least = law, error
    return best


def _fit_threads(vcpu: Array, seconds: Array, threads: int) -> tuple[CpuLaw, float]:
    """The law for a number of threads, and the root of its mean squared relative error."""
    waiting, working = 1 / seconds, 1 / (np.minimum(vcpu, threads) * seconds)
    candidates = [(waiting.sum() / (waiting @ waiting), 0.0), (0.0, working.sum() / (working @ working))]
    both, _, rank, _ = np.linalg.lstsq(np.stack([waiting, working], axis=1), np.ones(seconds.size))
    if rank == 2 and both.min() >= 0:
        candidates.append((float(both[0]), float(both[1])))
    errors = [float(np.sqrt(np.mean((w * waiting + c * working - 1) ** 2))) for w, c in candidates]
    place = int(np.argmin(errors))
    return CpuLaw(float(candidates[place][0]), float(candidates[place][1]), threads), errors[place]


def _size(key: Any, seconds: object) -> int:
    low, high = limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb")
    try:
        size = float(key)
    except (TypeError, ValueError):
        size = np.nan
    if not (low <= size <= high and size == np.floor(size)) or isinstance(key, bool):
        raise ScenarioError(f"{PATH}[{key}]", seconds, f"whole MB of memory from {low:,.0f} to {high:,.0f}")
    return int(size)


def _seconds(key: object, seconds: object) -> float:
    longest = limit("lambda.max_duration_s")
    is_number = isinstance(seconds, (int, float, np.number)) and not isinstance(seconds, bool)
    if not is_number or not SHORTEST_S <= float(seconds) <= longest:  # type: ignore[arg-type]
        raise ScenarioError(f"{PATH}[{key}]", seconds, f"seconds above 0, up to {longest:g}")
    return float(seconds)  # type: ignore[arg-type]
