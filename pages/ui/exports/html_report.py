"""A scenario on one page of HTML: charts to point at, nothing to fetch, two sheets of A4 when printed."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.utils import PlotlyJSONEncoder

from model.decide.verdict import PLATFORMS
from pages.ui import palette, words
from pages.ui.answers import common
from pages.ui.answers import cost as cost_answers
from pages.ui.exports.document import Document
from pages.ui.figures.bill import bill_bars
from pages.ui.figures.cost import cost_curves
from pages.ui.figures.latency import percentile_dots
from pages.ui.figures.spike import spike_timeline
from pages.ui.theme import TEMPLATE

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
_STYLE = """
:root { color-scheme: light }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.25rem; max-width: 1080px; background: #fff; color: %(ink)s;
  font: 16px/1.45 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance }
h2 { font-size: 1.15rem; margin: 0 0 .25rem }
p { margin: .25rem 0 }
.quiet { color: %(muted)s; font-size: .9rem; overflow-wrap: anywhere }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 460px), 1fr)); gap: 1.5rem; margin: 1.5rem 0 }
figure { margin: 0; min-width: 0; break-inside: avoid }
.chart { height: 340px; overflow: hidden }
table { border-collapse: collapse; width: 100%%; margin: 1rem 0; font-variant-numeric: tabular-nums; break-inside: avoid }
th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid %(grid)s }
th:first-child, td:first-child { text-align: left; font-weight: 400 }
.words td, .words th { text-align: left; overflow-wrap: anywhere }
.words td:first-child { white-space: nowrap; color: %(muted)s }
thead th { border-bottom: 2px solid %(muted)s }
.aws_lambda { color: %(lambda)s } .fargate { color: %(fargate)s }
ul { padding-left: 1.2rem; margin: .5rem 0 }
a { color: %(fargate)s }
.alternative { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%%) }
@page { size: A4; margin: 13mm }
@media print {
  /* Charts keep the size at which they were drawn; the page is scaled around them. */
  body { padding: 0; max-width: none } main { width: 1040px; zoom: .665 }
  .charts { grid-template-columns: 1fr 1fr } .modebar { display: none !important }
  h2, .words { break-inside: avoid; break-after: avoid }
}
"""
_SCRIPT = """
const charts = JSON.parse(document.getElementById("figures").textContent);
for (const [id, figure] of Object.entries(charts)) {
  const place = document.getElementById(id);
  Plotly.newPlot(place, figure.data, figure.layout, { displaylogo: false, responsive: true });
}
"""


def html_report(document: Document) -> str:
    """The report as the text of one file that works without a network, from a folder or an e-mail."""
    said, figures = document.origin, _figures(document)
    title = f"Lambda or Fargate? {said.name}".strip()
    charts = "".join(_chart(id, figure) for id, figure in figures.items())
    body = (
        f'<p class="quiet">{escape(said.scenario)}</p>',
        f"<h1>{escape(document.finding)}</h1>",
        *(f"<p>{escape(sentence)}</p>" for sentence in (document.decides, document.break_even) if sentence),
        _key_figures(document),
        f'<div class="charts">{charts}</div>',
        f"<h2>What would turn it round?</h2>{_listed(document.turned_round)}",
        f"<h2>Where the figures come from</h2>{_origin(document)}",
        f'<p class="quiet">{escape(said.source)}</p>',
    )
    style = _STYLE % palette.LIGHT
    shown = {id: {"data": figure["data"], "layout": figure["layout"]} for id, figure in figures.items()}
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light">',
            f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>",
            *body,
            "</main>",
            f'<script type="application/json" id="figures">{_in_script(shown)}</script>',
            f"<script>{get_plotlyjs()}</script>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n",
        )
    )


def _figures(document: Document) -> dict[str, dict[str, Any]]:
    """The charts by id, each with its title taken out of the picture."""
    comparison, verdict = document.comparison, document.verdict
    bills = cost_answers.bills_of(comparison)
    waiting = {name: getattr(comparison, name).latency for name in PLATFORMS}
    found = {
        "cost": cost_curves(
            document.curve,
            document.crossings,
            common.traffic_now(document.scenario),
            document.full_at_per_s,
            document.cost_title,
        ),
        "bill": bill_bars(bills, cost_answers.largest_lines(bills)),
        "waiting": percentile_dots(
            waiting, common.level(document.scenario), common.service_level(comparison, verdict)
        ),
    }
    if not document.is_job:
        found["spike"] = spike_timeline(comparison.spike, document.spike_title)
    return {id: _untitled(figure) for id, figure in found.items()}


def _untitled(figure: go.Figure) -> dict[str, Any]:
    """A figure as plain values, its title apart; the page sets titles, where they wrap."""
    plain = copy.deepcopy(json.loads(figure.to_json(validate=False)))
    layout = plain["layout"]
    plain["title"] = layout.pop("title")["text"]
    # The script puts no picture before a title that is not there, so the top margin is only the legend's.
    layout["title"] = {"text": ""}
    layout["font"] = {"size": 12}
    layout["template"] = json.loads(json.dumps(TEMPLATE, cls=PlotlyJSONEncoder))
    layout.setdefault("margin", {"t": 34, "l": 8, "r": 16, "b": 8})
    layout["dragmode"] = False
    shown = layout["template"]["layout"]
    for axis in ("xaxis", "yaxis"):
        shown[axis]["tickfont"]["size"] = 12
        shown[axis]["title"]["font"]["size"] = 12
    shown["legend"]["font"]["size"] = 12
    shown["annotationdefaults"]["font"]["size"] = 11
    return plain


def _chart(id: str, figure: dict[str, Any]) -> str:
    title = escape(figure["title"])
    return (
        f'<figure aria-label="{title}"><h2>{title}</h2>'
        f'<div class="chart" id="{id}" role="img" aria-label="{title}"></div></figure>'
    )


def _key_figures(document: Document) -> str:
    first, *rest = document.key_figures
    ranges = ("Range of the bill", *(document.ranges.get(name, words.NO_FIGURE) for name in PLATFORMS))
    heads = "".join(f'<th class="{name}">{escape(words.PLATFORMS[name])}</th>' for name in PLATFORMS)
    rows = "".join(_row(row) for row in (first, ranges, *rest))
    return f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _listed(sentences: Sequence[str]) -> str:
    """Sentences, with what stands between ** in bold."""
    items = []
    for sentence in sentences:
        parts = sentence.split("**")
        items.append(
            "".join(
                f"<strong>{escape(part)}</strong>" if place % 2 else escape(part)
                for place, part in enumerate(parts)
            )
        )
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _origin(document: Document) -> str:
    rows = []
    for what, text in document.origin.rows:
        said = escape(text)
        if what == "Link" and text.startswith(("http://", "https://")):
            said = f'<a href="{said}">{said}</a>'
        rows.append(f"<tr><td>{escape(what)}</td><td>{said}</td></tr>")
    return f'<table class="words"><tbody>{"".join(rows)}</tbody></table>'


def _in_script(value: Any) -> str:
    """JSON that cannot end the script it stands in."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
