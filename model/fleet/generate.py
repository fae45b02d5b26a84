"""An example estate: services nobody runs, but that look like those of a company. All of its numbers are ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEED = 20_260_105
SERVICES = 300
TEAMS = (
    "orders",
    "payments",
    "search",
    "catalogue",
    "accounts",
    "shipping",
    "ads",
    "reports",
    "media",
    "support",
)


@dataclass(frozen=True)
class _Kind:
    """One kind of service: its share of the estate, and the middle and the spread (a factor) of its numbers."""

    name: str
    share: float
    rate_per_s: tuple[float, float]
    duration_s: tuple[float, float]
    cpu_share: tuple[float, float]
    patterns: tuple[str, ...]
    slo_s: float
    on_lambda: float
    memory_mb: tuple[int, ...]


_KINDS = (
    _Kind(
        "api",
        0.30,
        (8.0, 6.0),
        (0.12, 2.0),
        (0.1, 0.5),
        ("diurnal", "business_hours"),
        1.5,
        0.35,
        (512, 1024),
    ),
    _Kind(
        "internal",
        0.20,
        (2.0, 10.0),
        (0.06, 2.0),
        (0.1, 0.4),
        ("business_hours", "diurnal"),
        2.0,
        0.45,
        (256, 512),
    ),
    _Kind("webhook", 0.15, (0.05, 8.0), (0.2, 2.5), (0.1, 0.4), ("bursty", "diurnal"), 5.0, 0.8, (256, 512)),
    _Kind(
        "consumer",
        0.15,
        (5.0, 8.0),
        (0.4, 2.5),
        (0.3, 0.8),
        ("diurnal", "bursty"),
        20.0,
        0.5,
        (512, 1024, 2048),
    ),
    _Kind("admin", 0.12, (0.002, 5.0), (0.4, 2.0), (0.2, 0.5), ("business_hours",), 6.0, 0.55, (512, 1024)),
    _Kind(
        "render",
        0.05,
        (0.3, 5.0),
        (3.0, 2.0),
        (0.7, 0.95),
        ("business_hours", "diurnal"),
        30.0,
        0.4,
        (2048, 3008),
    ),
    _Kind("model", 0.03, (3.0, 4.0), (0.8, 1.8), (0.8, 0.95), ("diurnal",), 5.0, 0.3, (3008, 4096)),
)
_VCPU_GB = ((0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0))


def example_estate(services: int = SERVICES, seed: int = SEED) -> pd.DataFrame:
    """A table of services as a user would bring it, columns of the scenario vocabulary; the same for the same seed.

    Args: services: rows, from 1; seed: of the generator.
    Returns: name, on and nine settings. Rates and durations are lognormal around the middle of their kind, within a
        factor that one in three exceeds; sizes are what people pick before they measure.
    Assumes: everything. It is an example of ours, no survey.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.choice(len(_KINDS), services, p=[kind.share for kind in _KINDS])
    rows = [_service(rng, number, _KINDS[kind]) for number, kind in enumerate(kinds, 1)]
    return pd.DataFrame(rows)


def _service(rng: np.random.Generator, number: int, kind: _Kind) -> dict[str, object]:
    on_lambda = rng.random() < kind.on_lambda
    vcpu, memory_gb = _VCPU_GB[min(int(rng.integers(0, 3)) + (kind.cpu_share[1] > 0.6), 3)]
    rate = _about(rng, kind.rate_per_s)
    return {
        "name": f"{rng.choice(TEAMS)}-{kind.name}-{number:04d}",
        "on": "aws_lambda" if on_lambda else "fargate",
        "requests_per_s": float(f"{min(rate, 400.0):.3g}"),
        "pattern": str(rng.choice(kind.patterns)),
        "peak_to_mean": float(f"{rng.uniform(1.5, 4.0):.2g}"),
        "duration_s": float(f"{max(_about(rng, kind.duration_s), 0.005):.3g}"),
        "cpu_share": float(f"{rng.uniform(*kind.cpu_share):.2g}"),
        "slo_p99_s": kind.slo_s,
        "memory_mb": int(rng.choice(kind.memory_mb)),
        "measured_at_mb": 1024,
        "vcpu": vcpu,
        "memory_gb": memory_gb,
        "min_tasks": int(rng.integers(2, 5)),
    }


def _about(rng: np.random.Generator, middle_and_factor: tuple[float, float]) -> float:
    middle, factor = middle_and_factor
    return float(middle * np.exp(rng.standard_normal() * np.log(factor)))
