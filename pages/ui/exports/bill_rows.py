"""Both bills as rows of a sheet: quantity as a formula, the price's row, and the amount the model found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from model.cost.lines import Bill, Line, day, used
from model.evaluate import Comparison
from model.facts import find_price, load_sources, pick_fact, pick_price
from pages.ui.exports.formulas import Term, larger, smaller, term
from pages.ui.exports.inputs import Inputs
from pages.ui.exports.quantities import Quantities, Span

PLAN = ", savings plan"
ALIKE = 1e-9
SIDES = ("aws_lambda", "fargate")


@dataclass(frozen=True)
class PriceRow:
    """A row of the sheet of prices. tier_from, tier_to: its slice, in units; usd None: nobody published it."""

    key: str
    item: str
    usd: float | None
    unit: str
    tier_from: float
    tier_to: float
    valid_from: str
    checked: str
    publisher: str
    url: str
    note: str


@dataclass
class PriceBook:
    """Collects the prices that the bills use, each once. first_row: where the sheet's first price stands."""

    sheet: str
    first_row: int
    columns: Mapping[str, str]
    rows: list[PriceRow] = field(default_factory=list)

    def place(self, row: PriceRow) -> int:
        """The number of the row, from 0; the price is added if it is not there yet."""
        if row not in self.rows:
            self.rows.append(row)
        return self.rows.index(row)

    def cell(self, place: int, column: str) -> str:
        return f"{self.sheet}!${self.columns[column]}${self.first_row + place}"


@dataclass(frozen=True)
class BillRow:
    """A line of a bill: quantity as a term, whether that is a formula, and the price's place in the book."""

    line: Line
    quantity: Term
    live: bool
    price: int


def bill_rows(comparison: Comparison, inputs: Inputs, book: PriceBook) -> dict[str, list[BillRow]]:
    """The rows of both bills, by side."""
    quantities = Quantities(comparison, inputs)
    on = day(comparison.scenario.billing)
    sides = {side: getattr(comparison, side).bill for side in SIDES}
    return {side: _rows(side, bill, quantities, book, on) for side, bill in sides.items()}


def _rows(side: str, bill: Bill, quantities: Quantities, book: PriceBook, on: date | None) -> list[BillRow]:
    return [_row(side, line, bill.lines, quantities, book, on) for line in used(bill.lines)]


def _row(
    side: str, line: Line, all_: Sequence[Line], quantities: Quantities, book: PriceBook, on: date | None
) -> BillRow:
    place = book.place(_price_row(line, on))
    quantity = float(line.quantity)
    known = quantities.inputs.cells.copy()
    found = _quantity(side, line, all_, quantities, book, on)
    if found is not None and abs(found.value - quantity) <= ALIKE * max(abs(quantity), 1e-12):
        return BillRow(line, found, True, place)
    quantities.inputs.cells = known  # no cell that no formula reads
    return BillRow(line, term(quantity), False, place)


def _quantity(
    side: str, line: Line, all_: Sequence[Line], quantities: Quantities, book: PriceBook, on: date | None
) -> Term | None:
    """The whole line, or its part under a savings plan or beyond it."""
    whole, covered = _with_and_without_plan(line, all_)
    span = quantities.span(side, _without_slice(whole, on), float(whole.quantity))
    if span is None:
        return None
    everything = _slice(span, whole, book, on)
    if covered is None or not everything.value:
        return everything
    label = f"{whole.item}: share that the savings plan covers"
    name = f"{side}_plan_{book.place(_price_row(whole, on))}"
    share = quantities.simulated(name, label, float(covered.quantity) / everything.value, "")
    return everything * share if line is covered else everything * (1 - share)


def _with_and_without_plan(line: Line, all_: Sequence[Line]) -> tuple[Line, Line | None]:
    """The On-Demand line with all of the quantity, and the part of it that a plan covers."""
    base = line.item.removesuffix(PLAN)
    pair = {other.item: other for other in all_ if other.item in (base, base + PLAN)}
    if len(pair) < 2:
        return line, None
    both = float(pair[base].quantity) + float(pair[base + PLAN].quantity)
    return replace(pair[base], quantity=both), pair[base + PLAN]


def _slice(span: Span, line: Line, book: PriceBook, on: date | None) -> Term:
    start, stop = span
    if not _is_sliced(line, on):
        return stop if start.text == "0" else larger(stop - start, 0)
    row = _price_row(line, on)
    place = book.place(row)
    upper = stop if row.tier_to == float("inf") else smaller(stop, Term(row.tier_to, book.cell(place, "to")))
    if row.tier_from == 0:
        return upper if start.text == "0" else larger(upper - start, 0)
    lower = Term(row.tier_from, book.cell(place, "from"))
    return larger(upper - (lower if start.text == "0" else larger(start, lower)), 0)


def _is_sliced(line: Line, on: date | None) -> bool:
    if "@" not in line.fact:
        return False
    row = find_price(line.fact, on)
    return len(pick_price(row.id, row.region, row.variant, on).rows) > 1


def _without_slice(line: Line, on: date | None) -> str:
    return line.item.rpartition(", ")[0] if _is_sliced(line, on) else line.item


def _price_row(line: Line, on: date | None) -> PriceRow:
    usd = None if line.unit_usd is None else float(line.unit_usd)
    if "@" not in line.fact:
        fact = pick_fact(line.fact)
        note = "free of charge" if not usd else "derived from the list price and this fact"
        checked = str(fact.checked)
        return PriceRow(
            line.fact, line.item, usd, line.unit, 0, float("inf"), "", checked, *_source(fact.source), note
        )
    row = find_price(line.fact, on)
    tiers = pick_price(row.id, row.region, row.variant, on)
    ends = (*tiers.tier_from[1:], float("inf"))
    note = ""
    if line.overridden:
        note = "your own price"
    elif usd is not None and row.usd != usd:
        note = "derived from the list price and this discount" if row.usd is not None else "derived"
    if row.unit == "share":
        row, ends = replace(row, tier_from=0.0, unit=line.unit), (float("inf"),) * len(ends)
    return PriceRow(
        line.fact,
        line.item,
        usd,
        line.unit,
        row.tier_from,
        ends[[tier.key for tier in tiers.rows].index(line.fact)],
        row.valid_from.isoformat(),
        row.checked.isoformat(),
        *_source(row.source),
        note,
    )


def _source(id: str) -> tuple[str, str]:
    found = load_sources().get(id)
    return (found.publisher, found.url) if found else (id, "")
