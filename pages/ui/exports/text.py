"""Text of somebody else's in a document: it is shown, and never acts."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 80
_ACTS_IN_A_CELL = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(text: str, longest: int = 10_000) -> str:
    """One line of visible signs: what XML cannot hold, what breaks lines or turns their direction is gone."""
    visible = "".join(sign if unicodedata.category(sign)[0] not in "CZ" else " " for sign in text)
    return " ".join(visible.split())[:longest].strip()


def cell(text: str) -> str:
    """Text for a cell of a CSV file: what a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_ACTS_IN_A_CELL) else text


def in_document(text: str) -> str:
    """Text for a Markdown file: signs that would format, link or nest HTML are escaped."""
    return re.sub(r"([\\`*_{}\[\]()<>#|~!&])", r"\\\1", plain(text))


def file_name(name: str, ending: str) -> str:
    """A file name any system takes: "Checkout, EU" is "checkout-eu.xlsx"."""
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return (re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:60] or "lambda-or-fargate") + ending
