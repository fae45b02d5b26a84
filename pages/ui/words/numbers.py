"""How money, time, rates and sizes are written.

Three significant digits as a rule, never an exponent, never "-0"; what is not known says so.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

NO_PRICE = "no published figure"
NO_FIGURE = "no figure"


def digits(value: float, significant: int = 3) -> str:
    """A number with so many significant digits, thousands set apart, no exponent: 0.0532, 5.1, 12,300."""
    return _plain(Decimal(f"{value:.{significant - 1}e}"))


def exact(value: float) -> str:
    """A number as it was given, up to twelve digits, thousands set apart, no exponent; different numbers differ."""
    return _plain(Decimal(f"{value:.12g}"))


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def usd(value: float | None) -> str:
    """A sum of money: "$928", "$9.28", "$1.23 million", "less than a cent"; None is "no published figure"."""
    if value is None or math.isnan(value):
        return NO_PRICE
    sign, size = ("-" if value < 0 else ""), abs(value)
    if math.isinf(size):
        return f"{sign}unlimited"
    if size < 0.005:
        return "less than a cent" if size else "$0"
    if size < 99.995:
        return f"{sign}${size:.2f}"
    return f"{sign}${size:,.0f}" if size < 999_999.5 else f"{sign}${_large(size)}"


def usd_range(low: float, high: float) -> str:
    """From one sum to another: "$870 to $990"; one sum where both read alike."""
    return usd(low) if usd(low) == usd(high) else f"{usd(low)} to {usd(high)}"


def quantity(value: float) -> str:
    """A billed quantity in full: "52,291,409", "0.25"."""
    return f"{value:,.0f}" if value >= 1000 else digits(value, 4)


def cents(value: float | None) -> str:
    """A sum of money to the cent, as on a bill: "$1,234.50"; None is "no published figure"."""
    return (
        NO_PRICE
        if value is None or math.isnan(value)
        else f"{'-' if value <= -0.005 else ''}${abs(value):,.2f}"
    )


def usd_price(value: float | None) -> str:
    """A unit price with all its digits: "$0.0000166667"."""
    return NO_PRICE if value is None or math.isnan(value) else f"${exact(value)}"


def seconds(value: float | None) -> str:
    """A time span: "53 ms", "9.5 s", "6 min 3 s", "2 h 5 min", "3 days 4 h"; infinity is "never"."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if math.isinf(value):
        return "never"
    if value < 0:
        return f"-{seconds(-value)}" if value <= -5e-7 else "0 s"
    if value < 5e-7:
        return "0 s"
    if value < 0.9995:
        return f"{digits(value * 1000) if value >= 0.0995 else digits(value * 1000, 2)} ms"
    if value < 99.95:
        return f"{digits(value)} s" if value < 9.995 else f"{digits(round(value, 1))} s"
    whole = round(value)
    if whole < 120:
        return f"{whole} s"
    if whole < 2 * 3600:
        return _two_units(whole, 60, "min", "s")
    whole = round(value / 60)
    if whole < 48 * 60:
        return _two_units(whole, 60, "h", "min")
    return _two_units(round(value / 3600), 24, "days", "h")


def rate(per_s: float | None, what: str = "requests") -> str:
    """How often: "100 requests/s", "12 requests a minute", "3 requests a day"; what="" leaves the noun out."""
    if per_s is None or not math.isfinite(per_s):
        return NO_FIGURE
    if per_s <= 0:
        return f"no {what}" if what else "none"
    spans = (
        ("/s", 1.0),
        (" a minute", 60.0),
        (" an hour", 3600.0),
        (" a day", 86_400.0),
        (" in 30 days", 2_592_000.0),
    )
    unit, length_s = next((span for span in spans if per_s * span[1] >= 0.9995), spans[-1])
    return (
        count(per_s * length_s, what.removesuffix("s"), what) if what else number(per_s * length_s)
    ) + unit


def share(value: float | None) -> str:
    """A share of 1 in percent: "30 %", "0.13 %", "under 0.01 %", "over 99.99 %"."""
    percent = math.nan if value is None else value * 100
    if not math.isfinite(percent):
        return NO_FIGURE
    if 0 < percent < 0.01:
        return "under 0.01 %"
    if 99.99 < percent < 100:
        return "over 99.99 %"
    places = 2 if abs(percent) < 1 or 99 < percent < 100 else 1 if abs(percent) < 10 or percent > 90 else 0
    text = f"{percent:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'0' if text == '-0' else text} %"


def number(value: float | None) -> str:
    """A plain quantity: "1,500", "0.25", "1.2 million"."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    if abs(value) >= 999_999.5:
        return f"{'-' if value < 0 else ''}{_large(abs(value))}"
    return digits(value) if abs(value) < 999.5 else f"{value:,.0f}"


def count(value: float | None, one: str, many: str = "") -> str:
    """A number of things: "1 task", "2 tasks", "2.5 tasks", "1.2 million requests"."""
    text = number(value)
    return f"{text} {one if text == '1' else many or one + 's'}"


def ratio(value: float | None) -> str:
    """How many times as much: "5.1 times", "120 times"."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if math.isinf(value):
        return "infinitely many times"
    return f"{digits(value, 2) if value < 100 else number(float(digits(value).replace(',', '')))} times"


def megabytes(value: float | None) -> str:
    """A size given in MB: "20 MB", "1,769 MB", "12 GB"."""
    if value is None or not math.isfinite(value):
        return NO_FIGURE
    if 0 < value < 1:
        return f"{digits(value * 1000)} KB"
    return f"{number(value)} MB" if value < 10_500 else f"{digits(value / 1024)} GB"


def gigabytes(value: float | None) -> str:
    """A size given in GB: "0.5 GB", "30 GB"."""
    return NO_FIGURE if value is None or not math.isfinite(value) else f"{number(value)} GB"


def kilobytes(value: float | None) -> str:
    """A size given in KB (thousands of bytes): "5 KB", "1.2 MB"."""
    if value is None or not math.isfinite(value):
        return NO_FIGURE
    for unit, size in (("GB", 1e6), ("MB", 1e3)):
        if value >= size:
            return f"{digits(value / size)} {unit}"
    return f"{digits(value)} KB" if not 0 < value < 1 else f"{digits(value * 1000)} bytes"


def day(value: date | str | None) -> str:
    """A date: "23 November 2026"."""
    if not value:
        return "no date"
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{when.day} {when:%B %Y}"


def _large(size: float) -> str:
    for word, unit in (("million", 1e6), ("billion", 1e9), ("trillion", 1e12)):
        if size < 999.5 * unit or unit == 1e12:
            return f"{digits(size / unit)} {word}"
    raise AssertionError


def _two_units(whole: int, ratio_: int, large: str, small: str) -> str:
    first, rest = divmod(whole, ratio_)
    return f"{first:,} {large} {rest} {small}" if rest else f"{first:,} {large}"
