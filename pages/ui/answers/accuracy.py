"""What the page on accuracy says: how far off we are, and how far off others are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
import pandas as pd

from model.accuracy import ENVIRONMENTS, P_COLD, Accuracy, Compared, mean_error, to_the_digit
from pages.ui.words import digits, number, rate, said_list, seconds, share, usd_price

BAND = 0.10
"""Errors that the chart calls small."""


def summary(found: Accuracy) -> str:
    """The errors against AWS beside SimFaaS's, then scaling, then bills."""
    cold, pool = (off(mean_error(of(found.measured, quantity))) for quantity in (P_COLD, ENVIRONMENTS))
    theirs = said_list(off(error) for error in found.simfaas)
    cases = len(of(found.measured, P_COLD))
    right, wrong = bills_met(found)
    known = f"; the other {len(wrong)} are known disagreements" if wrong else ""
    return (
        f"On {cases} measurements on AWS the share of cold requests is off by {cold} on average and the number "
        f"of environments by {pool}; SimFaaS, a published simulator, reports {theirs}. "
        f"{len(right)} of {len(right) + len(wrong)} published bills are met to the cent{known}."
    )


def of(rows: Sequence[Compared], quantity: str) -> list[Compared]:
    """The rows of one quantity."""
    return [row for row in rows if row.quantity == quantity]


def pool_title(found: Accuracy) -> str:
    """Ours against the literature's closed form, as a chart title."""
    rows = of(found.measured, P_COLD)
    ours, theirs = mean_error(rows), mean_error(rows, literature=True)
    return f"Cold share on AWS: {off(ours)} off, the literature’s formula {off(theirs)}"


def pool_caption(found: Accuracy) -> str:
    """What of it is chance, and how far off an exact simulation of the same cases is."""
    measured = of(found.measured, P_COLD)
    exact = {row.case: row.published_low for row in of(found.exact, P_COLD)}
    chance = float(np.mean([row.chance for row in measured]))
    best = float(np.mean([abs(exact[row.case] / row.published_low - 1) for row in measured]))
    return (
        f"Most of it is chance: the measurements have a standard error of {off(chance)} on average (the thin lines), "
        f"and an exact simulation of the same cases is {off(best)} off. The literature’s formula is Mahmoudi and "
        "Khazaei’s chain."
    )


def exact_said(found: Accuracy) -> str:
    """The errors against simulations, which have hardly any chance in them."""
    parts = []
    for quantity in (P_COLD, ENVIRONMENTS):
        rows = of(found.exact, quantity)
        ours, theirs = mean_error(rows), mean_error(rows, literature=True)
        worst = max(abs(row.error) for row in rows)
        parts.append(
            f"{off(ours)} off in the {quantity[:1].lower()}{quantity[1:]} ({off(worst)} at most; "
            f"literature {off(theirs)})"
        )
    return (
        f"{len(of(found.exact, P_COLD))} cases simulated request by request by others: {said_list(parts)}. They reuse "
        "the newest environment first, AWS the one used last; where requests are long that alone is up to 5 %."
    )


def independent(found: Accuracy) -> list[Compared]:
    """Published times that nothing in the model was fitted to."""
    return [row for row in found.times if not row.calibrated]


def times_title(found: Accuracy) -> str:
    """How many scaling times are met, as a chart title."""
    near, inside, _ = _kinds(found)
    return f"Scaling: {near + inside} of {len(independent(found))} independent times are met"


def times_caption(found: Accuracy) -> str:
    """What the chart of times shows."""
    near, inside, neither = _kinds(found)
    fitted = len(found.times) - len(independent(found))
    return (
        f"{near} within {share(BAND)}, {inside} further off but inside the range that we state (the lines: the moment "
        f"within the metric’s minute, or the luck of a single task start), {neither} neither. Rings: {fitted} figures "
        "that the metric’s lag was taken from, so they prove nothing. For a course over time the dot is its mean deviation."
    )


def _kinds(found: Accuracy) -> tuple[int, int, int]:
    """Independent times within the band, further off but in our range, neither."""
    rows = independent(found)
    near = sum(abs(row.error) <= BAND for row in rows)
    inside = sum(row.overlaps and abs(row.error) > BAND for row in rows)
    return near, inside, len(rows) - near - inside


def off(error: float) -> str:
    """The size of an error to three digits: "11.9 %"."""
    return f"{digits(100 * error)} %"


def waiting_said(found: Accuracy) -> str:
    """The largest deviation from theory."""
    worst = max(found.waiting, key=lambda row: abs(row.error))
    exact = sum(abs(row.error) < 0.005 for row in found.waiting)
    return (
        "Fargate’s waiting beside Erlang B and C, Pollaczek–Khinchine and processor sharing: "
        f"{exact} of {len(found.waiting)} figures agree within 0.5 %; the furthest off is {worst.case} "
        f"({signed(worst.error)})."
    )


def bills_met(found: Accuracy) -> tuple[list[str], list[str]]:
    """Bills of which every line agrees, and those of which one does not."""
    right: list[str] = []
    wrong: list[str] = []
    for case, rows in groupby(found.bills, key=lambda row: row.case):
        (right if all(map(to_the_digit, rows)) else wrong).append(case)
    return right, wrong


def bills_said(found: Accuracy) -> str:
    """How many bills and lines agree."""
    right, wrong = bills_met(found)
    lines = sum(map(to_the_digit, found.bills))
    return (
        f"{lines} of {len(found.bills)} lines agree to the last digit printed. {len(wrong)} bills do not, for a known "
        "reason."
    )


def disagreements(found: Accuracy) -> pd.DataFrame:
    """Bills that we do not meet, and why."""
    _, wrong = bills_met(found)
    rows = [row for row in found.bills if row.case in wrong and not to_the_digit(row)]
    return pd.DataFrame(
        {
            "Bill": [row.case for row in rows],
            "Line": [row.quantity for row in rows],
            "Published": [amount(row.published_low, row.unit) for row in rows],
            "Ours": [amount(row.ours, row.unit) for row in rows],
            "Why": [row.note.partition(". ")[2] for row in rows],
        }
    )


def table(rows: Sequence[Compared]) -> pd.DataFrame:
    """Comparisons, one a line."""
    columns: dict[str, Callable[[Compared], str]] = {
        "Case": case_said,
        "What": lambda row: row.quantity[:1].upper() + row.quantity[1:],
        "Published": published_said,
        "Ours": lambda row: amount(row.ours, row.unit),
        "Error": lambda row: signed(row.error),
        "Literature": lambda row: amount(row.literature, row.unit),
        "Its error": lambda row: signed(row.literature_error),
        "Source": lambda row: row.source,
        "Note": lambda row: row.note,
    }
    found = {name: [said(row) for row in rows] for name, said in columns.items()}
    return pd.DataFrame({name: cells for name, cells in found.items() if any(cells)})


def case_said(row: Compared) -> str:
    """A case by its traffic where it has some."""
    return row.case if np.isnan(row.requests_per_s) else f"{row.case}, {rate(row.requests_per_s)}"


def published_said(row: Compared) -> str:
    """The published figure or range, with its standard error if known."""
    low, high = amount(row.published_low, row.unit), amount(row.published_high, row.unit)
    if low != high:
        return f"{low} to {high}"
    return low if np.isnan(row.standard_error) else f"{low} ± {share(row.chance)}"


def amount(value: float, unit: str) -> str:
    """A figure in its unit; nothing if there is none."""
    if np.isnan(value):
        return ""
    match unit:
        case "share":
            return off(value)
        case "s":
            return seconds(value)
        case "1/s":
            return rate(value)
        case "USD":
            return f"${value:,.2f}" if value >= 0.1 else usd_price(float(f"{value:.3g}"))
    return number(value) if value >= 100 else digits(value)


def signed(error: float) -> str:
    """An error with its sign: "+0.7 %", "−10.5 %"; nothing if there is none."""
    if np.isnan(error):
        return ""
    said = share(abs(error)) if abs(error) >= 5e-4 else "0 %"
    return said if said == "0 %" else f"{'+' if error > 0 else '−'}{said}"


def row_said(row: Compared) -> str:
    """A row of a chart: the traffic and both figures, or what was measured."""
    if np.isnan(row.requests_per_s):
        return row.quantity[:1].upper() + row.quantity[1:]
    figures = f"{amount(row.published_low, row.unit)}, ours {amount(row.ours, row.unit)}"
    return f"{rate(row.requests_per_s)}: {figures}"
