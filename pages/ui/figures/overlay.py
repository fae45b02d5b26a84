"""One figure drawn into another, faintly: what another scenario looks like; and a figure for a large room."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from pages.ui.theme import TEMPLATE

DASHES = {"A": "dash", "B": "dot", "C": "dashdot"}
THIN = 1.8
BAR_PIXELS = 60
MOST_ROWS = 4
FAINT = 0.55


def ghosts(other: go.Figure, letter: str) -> list[Any]:
    """The curves of another scenario's figure, dashed, and its bars, faint, each named with its letter.

    Areas without an edge, marks and texts are left out; so are bars where there are many.
    """
    few = len(_rows(other.data)) <= MOST_ROWS
    found = []
    for trace in other.data:
        if trace.type in ("scatter", "scattergl"):
            found.append(_curve(trace, letter))
        elif trace.type == "bar" and few:
            found.append(_bar(trace, letter))
    return [ghost for ghost in found if ghost is not None]


def overlay(figure: go.Figure, others: Sequence[Any]) -> int:
    """Add ghosts to a figure, in place.

    Returns: pixels by which its chart grows for their bars.
    """
    if not others:
        return 0
    before = _rows(figure.data)
    figure.add_traces(others)
    added = _rows(others) - before
    if added:
        figure.update_layout(yaxis={"showticklabels": True, "automargin": True})
    elif figure.layout.showlegend is False:
        figure.update_layout(showlegend=True)
    return BAR_PIXELS * len(added)


def _rows(traces: Iterable[Any]) -> set[str]:
    return {row for trace in traces if trace.type == "bar" and trace.orientation == "h" for row in trace.y}


def _curve(trace: Any, letter: str) -> go.Scatter | None:
    area = trace.fill not in (None, "none")
    if "lines" not in (trace.mode or "lines") or trace.hoverinfo == "skip" or trace.fill == "toself":
        return None
    group = trace.legendgroup or trace.name
    return go.Scatter(
        x=trace.x,
        y=trace.y,
        xaxis=trace.xaxis,
        yaxis=trace.yaxis,
        mode="lines",
        name=f"{trace.name} in {letter}",
        legendgroup=f"{group} in {letter}",
        showlegend=trace.showlegend is not False,
        line={
            "color": trace.line.color,
            "dash": DASHES[letter],
            "width": 1 if area else THIN,
            "shape": trace.line.shape,
        },
        hoverinfo="skip" if area else None,
        hovertemplate=None if area else trace.hovertemplate,
        customdata=trace.customdata,
        text=trace.text,
    )


def _bar(trace: Any, letter: str) -> go.Bar | None:
    if trace.orientation != "h":
        return None
    bar = copy.deepcopy(trace)
    bar.y = [f"{row} in {letter}" for row in trace.y]
    bar.showlegend = False
    bar.opacity = FAINT
    return bar


def for_a_room(figure: go.Figure, times: float = 1.4) -> go.Figure:
    """The figure with type and lines so many times as large, to be read from the back of a room."""
    new = go.Figure(figure)
    template = go.layout.Template(TEMPLATE.to_plotly_json())
    for part in (template.layout, new.layout):
        _enlarge(part.to_plotly_json(), part, times)
    for trace in template.data.scatter:
        trace.line.width, trace.marker.size = 5, 14
    new.layout.template = template
    for trace in new.data:
        if trace.type == "scatter" and trace.line.width:
            trace.line.width = trace.line.width * times
        font = getattr(trace, "textfont", None)
        if font is not None:
            trace.textfont.size = (font.size or template.layout.font.size / times) * times
    return new


def _enlarge(plain: Any, node: Any, times: float) -> None:
    """Every size of type below a part of the layout."""
    for name, value in plain.items():
        if name == "template":
            continue
        if name.endswith("font") and value.get("size"):
            node[name]["size"] = value["size"] * times
        if isinstance(value, dict):
            _enlarge(value, node[name], times)
        elif isinstance(value, list | tuple):
            for inner, child in zip(value, node[name] or (), strict=False):
                if isinstance(inner, dict):
                    _enlarge(inner, child, times)
