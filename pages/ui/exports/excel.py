"""A scenario as an Excel file whose bills are formulas of its settings and prices."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from model.scenario import value_at, vocabulary
from pages.ui import palette, words
from pages.ui.exports.bill_rows import SIDES, BillRow, PriceBook, bill_rows
from pages.ui.exports.document import Document
from pages.ui.exports.inputs import DERIVED, FACT, SETTING, SIMULATED, Input, Inputs

SUMMARY, INPUTS, PRICES, BILL, BREAK_EVEN = "Summary", "Inputs", "Prices", "Bill", "Break-even"
HEAD_ROWS = 4  # title, scenario, source, a blank
FIRST_PRICE = HEAD_ROWS + 2  # as a spreadsheet counts, from 1, below the heads
PRICE_HEADS = (
    ("Price of", 44),
    ("USD per unit", 16),
    ("Unit", 15),
    ("From unit", 15),
    ("To unit", 15),
    ("Valid from", 12),
    ("Checked", 12),
    ("Publisher", 34),
    ("Where", 30),
    ("Note", 24),
    ("Id", 44),
)
PRICE_COLUMNS = {"usd": "B", "from": "D", "to": "E"}
INPUT_HEADS = (
    ("What", 58),
    ("Value", 26),
    ("Unit", 16),
    ("Where from", 36),
    ("Name in formulas", 40),
    ("Link", 30),
)
BILL_HEADS = (
    ("Item", 46),
    ("Quantity", 20),
    ("Unit", 16),
    ("USD per unit", 16),
    ("USD a month", 16),
    ("Quantity is", 22),
)
SECTIONS = (
    (SETTING, "Settings: change them, and the bills follow"),
    (FACT, "Rules and assumptions behind quantities"),
    (DERIVED, "Worked out from the above"),
    (
        SIMULATED,
        "From the simulation: these do not follow the settings; for another traffic or size, ask the app",
    ),
)
LIVE, FIXED = "formula", "from the simulation"


def excel(document: Document) -> bytes:
    """The workbook: summary, inputs, prices, bill with live formulas and a check, break-even table."""
    memory = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = xlsxwriter.Workbook(memory, options)
    writer = _Writer(document, workbook)
    writer.write()
    workbook.close()
    return memory.getvalue()


class _Writer:
    """One workbook while it is written."""

    def __init__(self, document: Document, workbook: xlsxwriter.Workbook) -> None:
        self.document, self.workbook = document, workbook
        self.inputs = Inputs(document.scenario)
        self.book = PriceBook(PRICES, FIRST_PRICE, PRICE_COLUMNS)
        self.bills = bill_rows(document.comparison, self.inputs, self.book)
        self.totals: dict[str, tuple[str, str]] = {}
        self.styles = _styles(workbook)

    def write(self) -> None:
        said = self.document.origin
        self.workbook.set_properties(
            {
                "title": f"Lambda or Fargate? {said.name}".strip(),
                "comments": f"{said.source} {said.link}"[:255],
            }
        )
        self.workbook.set_calc_mode("auto")
        sheets = {
            name: self.workbook.add_worksheet(name) for name in (SUMMARY, INPUTS, PRICES, BILL, BREAK_EVEN)
        }
        self._inputs(sheets[INPUTS])
        self._prices(sheets[PRICES])
        self._bill(sheets[BILL])
        self._break_even(sheets[BREAK_EVEN])
        self._summary(sheets[SUMMARY])

    def _start(self, sheet: Worksheet, title: str, widths: Sequence[float]) -> int:
        """Title, origin and page set-up of a sheet; the first free row."""
        said = self.document.origin
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.styles["title"])
        sheet.set_row(0, 26)
        sheet.write_string(1, 0, said.scenario, self.styles["quiet"])
        sheet.write_string(2, 0, said.source, self.styles["quiet"])
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&F, &A&RPage &P of &N")
        return HEAD_ROWS

    def _heads(
        self, sheet: Worksheet, row: int, heads: Sequence[tuple[str, float]], numbers: Sequence[int] = ()
    ) -> None:
        for column, (head, _) in enumerate(heads):
            sheet.write_string(row, column, head, self.styles["head right" if column in numbers else "head"])

    def _summary(self, sheet: Worksheet) -> None:
        document, styles = self.document, self.styles
        row = self._start(sheet, "Lambda or Fargate?", (34, 30, 30, 30))
        sheet.merge_range(row, 0, row, 3, "", styles["finding"])
        sheet.write_string(row, 0, document.finding, styles["finding"])
        sheet.set_row(row, 52)
        row += 1
        for sentence in filter(None, (document.decides, document.break_even)):
            sheet.merge_range(row, 0, row, 3, "", styles["text"])
            sheet.write_string(row, 0, sentence, styles["text"])
            sheet.set_row(row, 34)
            row += 1
        row += 1
        heads = [("", 0.0), *((words.PLATFORMS[side], 0.0) for side in SIDES)]
        self._heads(sheet, row, heads, (1, 2))
        for label, *cells in document.key_figures[1:]:
            row += 1
            sheet.write_string(row, 0, label, styles["cell"])
            for column, text in enumerate(cells, 1):
                sheet.write_string(row, column, text, styles["cell right"])
        row += 1
        sheet.write_string(row, 0, "Bill a month, by this workbook", styles["sum"])
        for column, side in enumerate(SIDES, 1):
            cell, _ = self.totals[side]
            total = document.verdict.usd[side]
            sheet.write_formula(row, column, f"={BILL}!{cell}", styles["sum usd"], _cached(total))
        row += 1
        sheet.write_string(row, 0, "Range", styles["cell"])
        for column, side in enumerate(SIDES, 1):
            sheet.write_string(row, column, document.ranges.get(side, words.NO_FIGURE), styles["cell right"])
        row += 2
        for what, text in document.origin.rows:
            sheet.write_string(row, 0, what, styles["cell"])
            if what == "Link" and text.startswith(("http://", "https://")) and len(text) < 2000:
                sheet.write_url(row, 1, text, styles["link"], text)
            else:
                sheet.write_string(row, 1, text, styles["cell"])
            row += 1
        row += 1
        for sentence in (
            "Blue cells on a pale ground are yours to change: the bills follow.",
            "What only a simulation knows (task-hours, cold starts, capacity units) stays as it was: "
            "for another traffic or other sizes, take a new workbook from the app.",
        ):
            sheet.write_string(row, 0, sentence, styles["quiet"])
            row += 1

    def _inputs(self, sheet: Worksheet) -> None:
        styles = self.styles
        row = self._start(sheet, "Inputs", [width for _, width in INPUT_HEADS])
        self._heads(sheet, row, INPUT_HEADS, (1,))
        sheet.freeze_panes(row + 1, 1)
        row += 1
        for kind, title in SECTIONS:
            cells = [cell for cell in self.inputs.cells.values() if cell.kind == kind]
            if not cells:
                continue
            sheet.write_string(row, 0, title, styles["section"])
            row += 1
            for cell in cells:
                self._input(sheet, row, cell)
                row += 1
        sheet.write_string(
            row, 0, "All other settings, for the record: no formula reads them", styles["section"]
        )
        read = {cell.note for cell in self.inputs.cells.values() if cell.kind == SETTING}
        for path, _, _ in vocabulary():
            if path not in read:
                row += 1
                said = words.setting(path, value_at(self.document.scenario, path))
                sheet.write_string(row, 0, words.label(path), styles["cell"])
                sheet.write_string(row, 1, said, styles["cell right"])
                sheet.write_string(row, 3, path, styles["quiet cell"])

    def _input(self, sheet: Worksheet, row: int, cell: Input) -> None:
        styles = self.styles
        sheet.write_string(row, 0, cell.label, styles["cell"])
        if cell.kind == DERIVED:
            sheet.write_formula(row, 1, f"={cell.formula}", styles["number"], cell.value)
        else:
            sheet.write_number(row, 1, cell.value, styles["number" if cell.kind == SIMULATED else "input"])
        sheet.write_string(row, 2, cell.unit, styles["cell"])
        sheet.write_string(row, 3, cell.note, styles["quiet cell"])
        sheet.write_string(row, 4, cell.name, styles["quiet cell"])
        if cell.url:
            sheet.write_url(row, 5, cell.url, styles["link"], cell.url)
        self.workbook.define_name(cell.name, f"={INPUTS}!$B${row + 1}")

    def _prices(self, sheet: Worksheet) -> None:
        styles = self.styles
        row = self._start(sheet, "Prices", [width for _, width in PRICE_HEADS])
        self._heads(sheet, row, PRICE_HEADS, (1, 3, 4))
        sheet.freeze_panes(row + 1, 1)
        for price in self.book.rows:
            row += 1
            sheet.write_string(row, 0, price.item, styles["cell"])
            if price.usd is None:
                sheet.write_string(row, 1, words.NO_PRICE, styles["cell right"])
            else:
                sheet.write_number(row, 1, price.usd, styles["input price"])
            sheet.write_string(row, 2, price.unit, styles["cell"])
            sheet.write_number(row, 3, price.tier_from, styles["whole"])
            if price.tier_to == float("inf"):
                sheet.write_string(row, 4, "no end", styles["cell right"])
            else:
                sheet.write_number(row, 4, price.tier_to, styles["whole"])
            for column, text in enumerate((price.valid_from, price.checked, price.publisher), 5):
                sheet.write_string(row, column, text, styles["cell"])
            if price.url:
                sheet.write_url(row, 8, price.url, styles["link"], price.url)
            sheet.write_string(row, 9, price.note, styles["quiet cell"])
            sheet.write_string(row, 10, price.key, styles["quiet cell"])

    def _bill(self, sheet: Worksheet) -> None:
        row = self._start(sheet, "Both bills, line by line", [width for _, width in BILL_HEADS])
        for side, rows in self.bills.items():
            row = self._side(sheet, row, side, rows) + 2

    def _side(self, sheet: Worksheet, row: int, side: str, rows: Sequence[BillRow]) -> int:
        """One bill, its total and its check; the row of the check."""
        styles, total = self.styles, self.document.verdict.usd[side]
        sheet.write_string(row, 0, words.BILLS[side], styles[side])
        row += 1
        self._heads(sheet, row, BILL_HEADS, (1, 3, 4))
        first = row + 2
        for bill_row in rows:
            row += 1
            line = bill_row.line
            sheet.write_string(row, 0, line.item, styles["cell"])
            if bill_row.live:
                text = f"={bill_row.quantity.text}"
                sheet.write_formula(row, 1, text, styles["number"], bill_row.quantity.value)
            else:
                sheet.write_number(row, 1, bill_row.quantity.value, styles["simulated"])
            sheet.write_string(row, 2, line.unit, styles["cell"])
            price = self.book.rows[bill_row.price].usd
            where = self.book.cell(bill_row.price, "usd")
            sheet.write_formula(
                row, 3, f"={where}", styles["price"], words.NO_PRICE if price is None else price
            )
            amount = f'=IF(ISNUMBER(D{row + 1}),B{row + 1}*D{row + 1},"{words.NO_PRICE}")'
            usd = words.NO_PRICE if line.usd is None else float(line.usd)
            sheet.write_formula(row, 4, amount, styles["usd"], usd)
            sheet.write_string(row, 5, LIVE if bill_row.live else FIXED, styles["quiet cell"])
        last, row = row + 1, row + 1
        area = f"E{first}:E{last}"
        total_cell, tool_cell = f"$E${row + 1}", f"$E${row + 2}"
        sheet.write_string(row, 0, f"Total, {words.BILLS[side]}", styles["sum"])
        for column in (1, 2, 3, 5):
            sheet.write_blank(row, column, None, styles["sum"])
        summed = f'=IF(COUNT({area})=ROWS({area}),SUM({area}),"{words.NO_PRICE}")' if rows else "=0"
        sheet.write_formula(row, 4, summed, styles["sum usd"], _cached(total))
        row += 1
        sheet.write_string(
            row, 0, "The app's total, at these settings when this file was made", styles["quiet cell"]
        )
        if total is None:
            sheet.write_string(row, 4, words.NO_PRICE, styles["cell right"])
        else:
            sheet.write_number(row, 4, total, styles["usd"])
        row += 1
        sheet.write_string(
            row, 0, "Check: the app / this sheet (1 until you change something)", styles["quiet cell"]
        )
        ratio = f'=IF(AND(ISNUMBER({tool_cell}),ISNUMBER({total_cell})),IF({total_cell}=0,IF({tool_cell}=0,1,"–"),{tool_cell}/{total_cell}),"–")'
        sheet.write_formula(row, 4, ratio, styles["ratio"], "–" if total is None else 1)
        self.totals[side] = (total_cell, f"$E${row + 1}")
        return row

    def _break_even(self, sheet: Worksheet) -> None:
        document, styles = self.document, self.styles
        curve = document.curve
        heads = ((words.label(curve.path), 22), ("Lambda, USD a month", 22), ("Fargate, USD a month", 22))
        heads = (*heads, ("Lambda − Fargate, USD", 22), ("Cheaper", 14))
        row = self._start(sheet, document.cost_title, [width for _, width in heads])
        sheet.write_string(row, 0, document.break_even or words.NO_PRICE, styles["cell"])
        row += 1
        for sentence in (
            "Both sides carry the load at every point: the highest number of tasks is lifted. Each point is simulated; "
            "only difference and cheaper side are formulas.",
        ):
            sheet.write_string(row, 0, sentence, styles["quiet"])
        row += 2
        self._heads(sheet, row, heads, (0, 1, 2, 3))
        head = row
        sheet.freeze_panes(row + 1, 0)
        for place in range(0, len(curve.values), 4):
            row += 1
            sheet.write_number(row, 0, float(curve.values[place]), styles["number"])
            both = []
            for column, side in enumerate((curve.lambda_usd, curve.fargate_usd), 1):
                if side is None:
                    sheet.write_string(row, column, words.NO_PRICE, styles["cell right"])
                else:
                    both.append(float(side[place]))
                    sheet.write_number(row, column, both[-1], styles["usd"])
            if len(both) == len(SIDES):
                name = words.PLATFORMS["aws_lambda" if both[0] < both[1] else "fargate"]
                sheet.write_formula(row, 3, f"=B{row + 1}-C{row + 1}", styles["usd"], both[0] - both[1])
                choice = f'=IF(D{row + 1}<0,"Lambda","Fargate")'
                sheet.write_formula(row, 4, choice, styles["cell"], name)
        if curve.lambda_usd is not None and curve.fargate_usd is not None:
            sheet.insert_chart(head, 6, self._curve_chart(head + 1, row), {"x_scale": 1.6, "y_scale": 1.7})

    def _curve_chart(self, first: int, last: int) -> Any:
        chart = self.workbook.add_chart({"type": "scatter", "subtype": "straight"})
        for column, side in enumerate(SIDES, 1):
            chart.add_series(
                {
                    "name": words.PLATFORMS[side],
                    "categories": [BREAK_EVEN, first, 0, last, 0],
                    "values": [BREAK_EVEN, first, column, last, column],
                    "line": {"color": palette.PLATFORM[side], "width": 2.5},
                }
            )
        quiet = {"color": palette.GRID, "width": 0.75}
        axis = {"log_base": 10, "major_gridlines": {"visible": True, "line": quiet}, "line": quiet}
        values = self.document.curve.values
        ends = {"min": float(values[0]), "max": float(values[-1])}
        chart.set_x_axis(
            {
                **axis,
                **ends,
                "name": words.label(self.document.curve.path),
                "num_format": "#,##0.###",
                "label_position": "low",
            }
        )
        chart.set_y_axis({**axis, "name": "USD a month", "num_format": "$#,##0.##", "label_position": "low"})
        chart.set_title({"name": self.document.cost_title, "name_font": {"size": 14, "color": palette.INK}})
        chart.set_legend({"position": "top"})
        return chart


def _cached(total: float | None) -> float | str:
    return words.NO_PRICE if total is None else total


def _styles(workbook: xlsxwriter.Workbook) -> dict[str, Any]:
    ink, muted, rule = (
        {"font_color": palette.INK},
        {"font_color": palette.MUTED},
        {"bottom": 1, "bottom_color": palette.GRID},
    )
    base = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
    typed = {"font_color": palette.FARGATE, "bg_color": "#eef5fb", "align": "right"}
    wide, price, usd = "#,##0.######", "$#,##0.00##########", "$#,##0.00"
    looks: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 18, **ink},
        "finding": {"bold": True, "font_size": 14, "text_wrap": True, **ink},
        "text": {"text_wrap": True, **ink},
        "quiet": muted,
        "quiet cell": {"indent": 1, **muted, **rule},
        "section": {"bold": True, "font_size": 12, "top": 0, **ink},
        "head": {"bold": True, "indent": 1, "bottom": 2, "bottom_color": palette.MUTED, **ink},
        "head right": {"bold": True, "align": "right", "bottom": 2, "bottom_color": palette.MUTED, **ink},
        "cell": {"indent": 1, **ink, **rule},
        "cell right": {"align": "right", "shrink": True, **ink, **rule},
        "number": {"num_format": wide, "align": "right", **ink, **rule},
        "whole": {"num_format": "#,##0", "align": "right", **ink, **rule},
        "simulated": {"num_format": wide, "italic": True, "align": "right", **muted, **rule},
        "input": {"num_format": wide, **typed, **rule},
        "input price": {"num_format": price, **typed, **rule},
        "price": {"num_format": price, "align": "right", **ink, **rule},
        "usd": {"num_format": usd, "align": "right", **ink, **rule},
        "ratio": {"num_format": "0.000000", "align": "right", **ink, **rule},
        "sum": {"bold": True, "top": 2, "top_color": palette.MUTED, **ink},
        "sum usd": {
            "bold": True,
            "num_format": usd,
            "align": "right",
            "top": 2,
            "top_color": palette.MUTED,
            **ink,
        },
        "link": {"font_color": palette.FARGATE, "underline": 1, **rule},
        **{side: {"bold": True, "font_size": 14, "font_color": palette.PLATFORM[side]} for side in SIDES},
    }
    return {name: workbook.add_format({**base, **look}) for name, look in looks.items()}
