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
        "ticktext": [words.setting(path, float(power)) if path else f"{power:,.10g}" for power in powers],
    }


def log_seconds() -> dict[str, object]:
    """A logarithmic axis of times, written out."""
    values = [base * 10.0**power for power in range(-4, 5) for base in (1, 2, 5)]
    return {"type": "log", "tickvals": values, "ticktext": [words.seconds(value) for value in values]}
