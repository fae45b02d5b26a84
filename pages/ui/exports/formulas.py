"""Arithmetic that is a number here and a formula in a spreadsheet."""

from __future__ import annotations

import math
from dataclasses import dataclass

ATOM, PRODUCT, SUM = 0, 1, 2
NOTHING = "0.000000001"  # what rounding up leaves alone, as in the model


@dataclass(frozen=True)
class Term:
    """A value, and the text that computes it in a cell. binds: how loosely, so that no bracket is missing."""

    value: float
    text: str
    binds: int = ATOM

    def __add__(self, other: Term | float) -> Term:
        right = term(other)
        return Term(self.value + right.value, f"{self.text}+{right.text}", SUM)

    def __sub__(self, other: Term | float) -> Term:
        right = term(other)
        return Term(self.value - right.value, f"{self.text}-{right._within(PRODUCT)}", SUM)

    def __mul__(self, other: Term | float) -> Term:
        right = term(other)
        text = f"{self._within(PRODUCT)}*{right._within(PRODUCT)}"
        return Term(self.value * right.value, text, PRODUCT)

    def __truediv__(self, other: Term | float) -> Term:
        right = term(other)
        return Term(self.value / right.value, f"{self._within(PRODUCT)}/{right._within(ATOM)}", PRODUCT)

    def __rmul__(self, other: float) -> Term:
        return term(other) * self

    def __rsub__(self, other: float) -> Term:
        return term(other) - self

    def _within(self, most: int) -> str:
        return self.text if self.binds <= most else f"({self.text})"


def term(value: Term | float) -> Term:
    """A number as it stands in a formula."""
    return value if isinstance(value, Term) else Term(float(value), f"{value:.15g}")


def larger(one: Term, other: Term | float) -> Term:
    right = term(other)
    return Term(max(one.value, right.value), f"MAX({one.text},{right.text})")


def smaller(one: Term, other: Term | float) -> Term:
    right = term(other)
    return Term(min(one.value, right.value), f"MIN({one.text},{right.text})")


def rounded_up(one: Term) -> Term:
    """The next whole number, for numbers that are not negative."""
    value = max(math.ceil(one.value - float(NOTHING)), 0)
    return Term(float(value), f"ROUNDUP(MAX({one.text}-{NOTHING},0),0)")
