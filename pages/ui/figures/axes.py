"""Ticks that several figures share."""

import numpy as np

from pages.ui import words

HOVER_USD = "%{y:$,.2f} a month"


def powers_of_ten(values: np.ndarray, path: str = "") -> dict[str, object]:
    """Ticks at powers of ten, written out, in the words of the field if one is named."""
    powers = 10.0 ** np.arange(np.floor(np.log10(values[0])), np.ceil(np.log10(values[-1])) + 1)
    if path and len(powers) <= 4:
        powers = np.unique(np.concatenate([powers, 2 * powers, 5 * powers]))
    if path:
        powers = powers[(powers >= values[0] * 0.999) & (powers <= values[-1] * 1.001)]
    return {
        "tickvals": powers,
        "ticktext": [_written(path, float(power)) for power in powers],
    }


def _written(path: str, power: float) -> str:
    """A tick in the words of its field, but a rate bare: the axis says what it counts."""
    said = words.setting(path, power) if path else ""
    return said if path and not said.endswith("/s") else f"{power:,.10g}"


TIME_STEPS_S = (0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400)
MOST_TICKS = 8


def time_ticks(first_s: float, last_s: float) -> dict[str, object]:
    """Ticks at round times, in words ("5 min"); what a pointer shows stays in seconds."""
    step_s = next((step for step in TIME_STEPS_S if last_s - first_s < MOST_TICKS * step), TIME_STEPS_S[-1])
    values = step_s * np.arange(np.ceil(first_s / step_s), np.floor(last_s / step_s) + 1)
    return {
        "tickvals": values,
        "ticktext": [words.seconds(float(value)) for value in values],
        "tickangle": 0,
        "ticksuffix": " s",
        "tickformat": ",~f",
    }


def log_seconds() -> dict[str, object]:
    """A logarithmic axis of times, written out."""
    values = [base * 10.0**power for power in range(-4, 5) for base in (1, 2, 5)]
    return {"type": "log", "tickvals": values, "ticktext": [words.seconds(value) for value in values]}
