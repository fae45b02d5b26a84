"""One published figure and ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Compared:
    """A figure that others published, and what the model says for the same case.

    case: id in data/measured, or name of the theorem. quantity: what was measured, in words. unit: s, share, USD,
    1/s or what is counted. published_low, published_high: the figure, or the ends of a published range.
    ours, ours_low, ours_high: the model's figure, and its range where the setup leaves something open.
    error: of ours, as a share of the published figure, or of the nearer end of its range; 0 inside it.
    literature: by the published closed form, NaN if it has none. standard_error: of the published figure, NaN if it
    is not known. calibrated: the model was fitted to this very figure, so that it proves nothing.
    requests_per_s: traffic of the case, NaN if it has none. source, note: who published it; what else to know.
    """

    case: str
    quantity: str
    unit: str
    published_low: float
    published_high: float
    ours: float
    ours_low: float
    ours_high: float
    error: float
    literature: float = float("nan")
    standard_error: float = float("nan")
    calibrated: bool = False
    requests_per_s: float = float("nan")
    source: str = ""
    note: str = ""

    @property
    def literature_error(self) -> float:
        """Error of the literature's closed form, as a share of the published figure."""
        return self.literature / self.published_low - 1

    @property
    def reference(self) -> float:
        """The published figure that the error is counted from: of a range, the nearer end or what lies inside it."""
        return min(max(self.ours, self.published_low), self.published_high)

    @property
    def overlaps(self) -> bool:
        """Whether the published figure or range meets the range of ours."""
        return self.ours_low <= self.published_high and self.published_low <= self.ours_high

    @property
    def chance(self) -> float:
        """One standard error of the published figure, as a share of it."""
        return self.standard_error / self.published_low


def figure(
    case: str,
    quantity: str,
    unit: str,
    published: float,
    ours: float,
    *,
    literature: float = float("nan"),
    standard_error: float = float("nan"),
    requests_per_s: float = float("nan"),
    source: str = "",
    note: str = "",
) -> Compared:
    """A single published figure beside a single one of ours; both zero agree."""
    error = ours / published - 1 if published else (0.0 if ours == 0 else float("inf"))
    return Compared(
        case,
        quantity,
        unit,
        published,
        published,
        ours,
        ours,
        ours,
        error,
        literature=literature,
        standard_error=standard_error,
        requests_per_s=requests_per_s,
        source=source,
        note=note,
    )


def mean_error(rows: Iterable[Compared], *, literature: bool = False) -> float:
    """Mean of the absolute errors, as a share."""
    errors = [row.literature_error if literature else row.error for row in rows]
    return float(np.abs(errors).mean())
