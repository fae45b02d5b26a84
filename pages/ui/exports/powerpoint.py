"""A scenario as PowerPoint slides: each title is a finding, each chart native, with its data sheet behind it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from pptx import Presentation
from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Inches, Pt

from model.cost.lines import used
from pages.ui import palette, words
from pages.ui.exports.document import Document
from pages.ui.exports.origin import changed
from pages.ui.exports.text import plain
from pages.ui.figures.cost import LEAST_DRAWN_USD
from pages.ui.figures.latency import PERCENTILES

WIDE, HIGH = Inches(13.333), Inches(7.5)
LEFT, WITHIN = Inches(0.6), Inches(12.13)
TOP_CHART, HIGH_CHART = Inches(1.55), Inches(5.2)
BLANK = 6  # the layout without placeholders but a title would be 5
TITLE_ONLY = 5
SIDES = ("aws_lambda", "fargate")
MOST_POINTS = 240
LEAST_USD = 1.0  # where the logarithmic axis of money starts, as on screen
MOST_SETTINGS = 14


def powerpoint(document: Document) -> bytes:
    """The slides: verdict, cost over traffic, bill, response times, spike, what would flip it, assumptions."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, HIGH
    said = document.origin
    properties = deck.core_properties
    properties.title, properties.subject = f"Lambda or Fargate? {said.name}".strip(), said.scenario[:255]
    properties.comments, properties.author = said.source[:255], ""
    _verdict(deck, document)
    if document.verdict.cheaper is not None:
        _curves(deck, document)
    _bills(deck, document)
    _waiting(deck, document)
    if not document.is_job:
        _spike(deck, document)
    _turned_round(deck, document)
    _origin(deck, document)
    memory = io.BytesIO()
    deck.save(memory)
    return memory.getvalue()


def _slide(deck: Deck, document: Document, title: str, notes: Sequence[str] = ()) -> Slide:
    """A slide with its finding as title, a line of origin at the foot, and notes."""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    box = slide.shapes.title
    box.left, box.top, box.width, box.height = LEFT, Inches(0.4), WITHIN, Inches(1.05)
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    _put(frame.paragraphs[0], title, size=28, bold=True)
    frame.paragraphs[0].alignment = 1  # left
    said = document.origin
    foot = slide.shapes.add_textbox(LEFT, Inches(6.82), WITHIN, Inches(0.5)).text_frame
    foot.word_wrap = True
    _put(foot.paragraphs[0], said.scenario, size=11, colour=palette.MUTED)
    _put(foot.add_paragraph(), said.source, size=11, colour=palette.MUTED)
    written = [*notes, said.scenario, said.source, said.link and f"Link: {said.link}"]
    slide.notes_slide.notes_text_frame.text = plain_lines(written)
    return slide


def plain_lines(sentences: Sequence[str]) -> str:
    return "\n".join(plain(sentence) for sentence in sentences if sentence)


def _verdict(deck: Deck, document: Document) -> None:
    slide = _slide(
        deck, document, document.finding, [document.decides, document.break_even, *document.bill_sentences]
    )
    ranges = ["Range", *(document.ranges.get(side, words.NO_FIGURE) for side in SIDES)]
    first, *rest = document.key_figures
    rows = [("", *(words.PLATFORMS[side] for side in SIDES)), first, tuple(ranges), *rest]
    _table(slide, rows, Inches(1.7), (5.1, 3.5, 3.5), heads=SIDES)
    text = slide.shapes.add_textbox(LEFT, Inches(1.9 + 0.46 * len(rows)), WITHIN, Inches(0.9)).text_frame
    text.word_wrap = True
    _put(text.paragraphs[0], document.break_even, size=16, colour=palette.MUTED)


def _table(
    slide: Slide,
    rows: Sequence[Sequence[str]],
    top: int,
    widths: Sequence[float],
    heads: Sequence[str] = (),
    size: int = 16,
) -> None:
    """Text in rows with a quiet look; the heads in the colours of the platforms they name."""
    shape = slide.shapes.add_table(
        len(rows), len(widths), LEFT, top, Inches(sum(widths)), Inches(0.029 * size * len(rows))
    )
    table = shape.table
    shape._element.graphic.graphicData.tbl[0][-1].text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style
    for place, width in enumerate(widths):
        table.columns[place].width = Inches(width)
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            cell = table.cell(number, place)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            colour = palette.INK
            if number == 0 and heads and place:
                colour = palette.PLATFORM[heads[place - 1]]
            _put(
                cell.text_frame.paragraphs[0],
                text,
                size=size,
                bold=number == 0 and bool(heads),
                colour=colour if place or not heads else palette.MUTED,
            )
            _rule(cell)


def _rule(cell: Any) -> None:
    """A thin line below a cell."""
    line = f'<a:lnB {nsdecls("a")} w="6350"><a:solidFill><a:srgbClr val="{palette.GRID[1:]}"/></a:solidFill></a:lnB>'
    cell._tc.get_or_add_tcPr().append(parse_xml(line))


def _curves(deck: Deck, document: Document) -> None:
    slide = _slide(
        deck,
        document,
        document.cost_title,
        [document.break_even, "Both axes are logarithmic. Both sides carry the load at every point."],
    )
    data, curve = XyChartData(number_format="General"), document.curve
    for side, totals in zip(SIDES, (curve.lambda_usd, curve.fargate_usd), strict=True):
        series = data.add_series(words.PLATFORMS[side])
        for x, y in zip(curve.values[::4], np.asarray(totals)[::4], strict=True):
            series.add_data_point(float(x), max(round(float(y), 6), LEAST_DRAWN_USD))
    if document.crossings:
        series = data.add_series("Break-even")
        for crossing in document.crossings:
            series.add_data_point(crossing.value, crossing.usd)
    chart = _chart(slide, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data)
    for side, series in zip(SIDES, chart.plots[0].series, strict=False):
        _draw_line(series, palette.PLATFORM[side])
    if document.crossings:
        crossed = chart.plots[0].series[-1]
        crossed.format.line.fill.background()
        crossed.marker.style, crossed.marker.size = XL_MARKER_STYLE.DIAMOND, 11
        _fill(crossed.marker.format, palette.INK)
    _axis(chart.category_axis, words.label(curve.path), "#,##0.###", logarithmic=True)
    _axis(chart.value_axis, "USD a month", "$#,##0.##", logarithmic=True)
    chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = (
        float(curve.values[0]),
        float(curve.values[-1]),
    )
    chart.value_axis.minimum_scale = LEAST_USD


def _bills(deck: Deck, document: Document) -> None:
    sides = {side: getattr(document.comparison, side).bill for side in SIDES}
    said = [
        f"{words.BILLS[side]}: {line.item}, {words.cents(float(line.usd))}"
        for side in SIDES
        for line in _priced(sides[side])
    ]
    slide = _slide(deck, document, document.bill_title, [*document.bill_sentences, *said])
    data = CategoryChartData(number_format="$#,##0.00")
    data.categories = [words.BILLS[side] for side in SIDES]
    items = dict.fromkeys(_thing(line.item) for side in SIDES for line in _priced(sides[side]))
    amounts = {
        item: [
            round(sum(float(line.usd) for line in _priced(sides[side]) if _thing(line.item) == item), 6)
            for side in SIDES
        ]
        for item in items
    }
    ranked = sorted(items, key=lambda item: -max(amounts[item]))
    for item in ranked[:MOST_SERIES]:
        data.add_series(item, amounts[item])
    if ranked[MOST_SERIES:]:
        data.add_series(
            "Everything else",
            [sum(amounts[item][place] for item in ranked[MOST_SERIES:]) for place in (0, 1)],
        )
    chart = _chart(slide, XL_CHART_TYPE.BAR_STACKED, data)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 45, 100
    for number, series in enumerate(plot.series):
        fill = series.format.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(SHADES[number % len(SHADES)])
        series.format.line.color.rgb = RGBColor(255, 255, 255)
    chart.category_axis.reverse_order = True
    _axis(chart.category_axis, "", "General")
    _axis(chart.value_axis, "USD a month", "$#,##0")
    chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    chart.category_axis.tick_labels.font.size = Pt(16)


MOST_SERIES = 7
SHADES = ("1F2933", "5B6B7D", "8A9BB0", "B7C3D0", "0C4F2B", "4F9D77", "7D1050", "D9DEE4")
"""Parts of a bill: quiet, since the platforms' colours mean the platforms."""


def _priced(bill: Any) -> list[Any]:
    return [line for line in used(bill.lines) if line.usd is not None and float(line.usd) > 0]


def _thing(item: str) -> str:
    """A bill's item without platform and slice: "Duration (x86_64), first 6 billion" is "Duration"."""
    return re.sub(r" \(.*?\)|,.*", "", item)


def _waiting(deck: Deck, document: Document) -> None:
    sides = {side: getattr(document.comparison, side).latency for side in SIDES}
    slide = _slide(deck, document, document.latency_title, [document.decides])
    data = CategoryChartData(number_format="0.000")
    data.categories = list(PERCENTILES.values())
    for side, latency in sides.items():
        found = [float(getattr(latency, field)) for field in PERCENTILES]
        data.add_series(words.PLATFORMS[side], [value if np.isfinite(value) else None for value in found])
    chart = _chart(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, data)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap, plot.has_data_labels = 60, -5, True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = '[<1]0.000" s";0.0" s"', False
    labels.font.size, labels.font.color.rgb = Pt(13), _rgb(palette.INK)
    for side, series in zip(SIDES, plot.series, strict=True):
        _fill(series.format, palette.PLATFORM[side])
    _axis(chart.category_axis, "Share of requests that are faster", "General")
    _axis(chart.value_axis, "Response time (s)", "General")
    chart.category_axis.has_major_gridlines = False


def _spike(deck: Deck, document: Document) -> None:
    spike = document.comparison.spike
    slide = _slide(
        deck,
        document,
        document.spike_title,
        ["Capacity: requests a second that the serving tasks, or initialised environments, can take up."],
    )
    data = XyChartData(number_format="0.0")
    shown = {
        "Arriving": spike.arrivals_per_s,
        "Lambda, served": spike.function.served / spike.step_s,
        "Fargate, served": spike.service.served / spike.step_s,
    }
    stride = max(1, len(spike.time_s) // MOST_POINTS)
    for name, values in shown.items():
        series = data.add_series(name)
        for x, y in zip(spike.time_s[::stride], values[::stride], strict=True):
            series.add_data_point(float(x), round(float(y), 3))
    chart = _chart(slide, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data)
    for series, colour in zip(
        chart.plots[0].series, (palette.INK, palette.LAMBDA, palette.FARGATE), strict=True
    ):
        _draw_line(series, colour)
    arriving = chart.plots[0].series[0].format.line
    arriving.width, arriving.dash_style = Pt(1.25), MSO_LINE.DASH  # what is served lies on it, above or below
    _axis(chart.category_axis, "Seconds since the spike began", "#,##0")
    _axis(chart.value_axis, "Requests per second", "#,##0")
    chart.category_axis.minimum_scale = float(spike.time_s[0])
    chart.category_axis.maximum_scale = float(spike.time_s[-1])


def _turned_round(deck: Deck, document: Document) -> None:
    sentences = document.turned_round
    one_thing = len(document.flips) > 0
    title = "What would turn the verdict round" if one_thing else sentences[0]
    if one_thing:
        nearest = re.match(r"\*\*(.*?):", sentences[0])
        title = f"Nearest to turning it round: {nearest.group(1)}" if nearest else title
    slide = _slide(deck, document, title, sentences)
    text = slide.shapes.add_textbox(LEFT, Inches(1.7), WITHIN, Inches(4.6)).text_frame
    text.word_wrap = True
    for number, sentence in enumerate(sentences if one_thing else [document.decides]):
        paragraph = text.paragraphs[0] if number == 0 else text.add_paragraph()
        paragraph.space_after = Pt(14)
        for place, part in enumerate(sentence.split("**")):
            if part:
                _put(paragraph, part, size=20, bold=place % 2 == 1)


def _origin(deck: Deck, document: Document) -> None:
    slide = _slide(deck, document, "What this rests on: list prices and published measurements, no invoice")
    rows = [
        (what, text if len(text) < 160 else text[:157] + "…")
        for what, text in document.origin.rows
        if what != "Settings"
    ]
    changes = changed(document.scenario)
    rows += changes[:MOST_SETTINGS]
    if not changes:
        rows.append(("Other settings", "as the app starts"))
    elif len(changes) > MOST_SETTINGS:
        rows.append(("Further settings", f"{len(changes) - MOST_SETTINGS}, in the link"))
    _table(slide, rows, Inches(1.75), (3.2, 8.93), size=13)


def _chart(slide: Slide, kind: XL_CHART_TYPE, data: Any) -> Chart:
    """A native chart with the quiet look of the app."""
    chart = slide.shapes.add_chart(kind, LEFT, TOP_CHART, WITHIN, HIGH_CHART, data).chart
    chart.has_title, chart.has_legend = False, True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    chart.legend.font.size, chart.legend.font.color.rgb = Pt(14), _rgb(palette.INK)
    chart.font.name = "Calibri"
    return chart


def _axis(axis: Any, title: str, number_format: str, *, logarithmic: bool = False) -> None:
    axis.has_title = bool(title)
    if title:
        frame = axis.axis_title.text_frame
        _put(frame.paragraphs[0], title, size=14, colour=palette.MUTED)
    axis.has_major_gridlines = True
    axis.major_gridlines.format.line.color.rgb = _rgb(palette.GRID)
    axis.format.line.color.rgb = _rgb(palette.GRID)
    axis.tick_labels.font.size, axis.tick_labels.font.color.rgb = Pt(13), _rgb(palette.MUTED)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = number_format, False
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if logarithmic:
        scaling = axis._element.find("{http://schemas.openxmlformats.org/drawingml/2006/chart}scaling")
        scaling.insert(0, parse_xml(f'<c:logBase {nsdecls("c")} val="10"/>'))


def _draw_line(series: Any, colour: str) -> None:
    series.smooth = False
    series.format.line.width, series.format.line.color.rgb = Pt(2.75), _rgb(colour)
    series.marker.style = XL_MARKER_STYLE.NONE


def _fill(form: Any, colour: str) -> None:
    form.fill.solid()
    form.fill.fore_color.rgb = _rgb(colour)


def _put(paragraph: Any, text: str, *, size: int, bold: bool = False, colour: str = palette.INK) -> None:
    run = paragraph.add_run()
    run.text = plain(text) if not text.startswith(" ") and not text.endswith(" ") else text
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Calibri"
    run.font.color.rgb = _rgb(colour)


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())
