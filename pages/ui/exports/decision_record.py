"""A decision record in Markdown: everything the room needs to sign, the outcome left open."""

from __future__ import annotations

from collections.abc import Sequence

from model.decide.verdict import PLATFORMS
from pages.ui import words
from pages.ui.exports.document import Document
from pages.ui.exports.origin import changed
from pages.ui.exports.text import in_document


def decision_record(document: Document) -> str:
    """Context, drivers, options, outcome, consequences, range, what would flip it, and where the figures come from."""
    said = document.origin
    sections = (
        f"# Lambda or Fargate? {in_document(said.name)}".rstrip(),
        "- Status: proposed\n- Date:\n- Deciders:",
        f"{said.source}",
        "## Context",
        f"One workload, two platforms, the same traffic on both: {in_document(said.settings)}.",
        _table(("Setting that differs from the app's start", "Value"), changed(document.scenario)),
        "## Decision drivers",
        _listed(_drivers(document)),
        "## Options",
        _table(("", *(words.PLATFORMS[name] for name in PLATFORMS)), document.key_figures),
        "## What the model proposes",
        document.finding,
        document.decides,
        "## Outcome",
        "Chosen option, because:\n\n&nbsp;\n\nSigned:",
        "## Consequences",
        _listed(_consequences(document)),
        "## Range",
        _listed(document.bill_sentences),
        "The range varies prices, sizes of requests and assumptions within what is published or assumed.",
        "## Break-even",
        document.break_even or "Open: a price is missing.",
        "## What would flip it",
        _listed(document.turned_round),
        "## Where the figures come from",
        _table(("What", "Which"), [(what, in_document(text)) for what, text in said.rows if text]),
        _prices(document),
    )
    return "\n\n".join(filter(None, sections)) + "\n"


def _drivers(document: Document) -> list[str]:
    workload = document.scenario.workload
    level = (
        "How long a run takes"
        if document.is_job
        else f"Service level: 99 % of requests within {words.seconds(float(workload.slo_p99_s))}"
    )
    return [
        "Cost a month, list prices",
        level,
        "" if document.is_job else "Behaviour in a spike: time to enough capacity, requests lost",
        "Hard limits and quotas of both platforms",
        f"Needs: {words.setting('workload.needs', workload.needs)}" if workload.needs else "",
    ]


def _consequences(document: Document) -> list[str]:
    """What each option brings, good or bad, whichever is chosen."""
    verdict, both = document.verdict, []
    for name in PLATFORMS:
        other = next(one for one in PLATFORMS if one != name)
        parts = []
        usd, usd_other = verdict.usd[name], verdict.usd[other]
        if usd is not None and usd_other is not None:
            more = usd - usd_other
            parts.append(
                f"{words.usd(abs(more))} a month {'more' if more > 0 else 'less'} than {words.PLATFORMS[other]}"
            )
        meets = verdict.meets_slo[name]
        if not document.is_job:
            parts.append(
                f"p99 {words.seconds(verdict.p99_s[name])}, {'within' if meets else 'beyond'} the service level"
            )
            lost = float(getattr(document.comparison.spike, name).lost_share)
            parts.append(f"{words.share(lost)} of the requests lost in the spike")
        if verdict.unmet[name]:
            parts.append(f"not met: {words.said_list(check.check.lower() for check in verdict.unmet[name])}")
        both.append(f"**{words.PLATFORMS[name]}:** {'; '.join(parts)}.")
    return both


def _prices(document: Document) -> str:
    """The prices behind both bills, with the day each was checked."""
    rows = [
        (price.id, price.variant, words.usd_price(price.usd), price.unit, price.checked.isoformat())
        for price in document.prices
    ]
    return _table(("Price", "Variant", "Amount", "per", "Checked"), rows)


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences if sentence)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("\n", " ") for cell in line) + " |" for line in lines)
