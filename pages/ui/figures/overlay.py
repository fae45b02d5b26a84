"""One figure drawn into another, faintly: what a saved scenario looks like beside the present one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pages.ui.figures import objects as go

DASHES = {"A": "dash", "B": "dot", "C": "dashdot"}
THIN, EDGE = 1.8, 1.0
BAR_PIXELS = 60
MOST_ROWS = 4
FAINT = 0.55
KEPT_OF_CURVES = ("x", "y", "xaxis", "yaxis", "customdata", "text")
KINDS = {"scatter": go.Scatter, "bar": go.Bar}


def ghosts(other: go.Figure, letter: str) -> list[Any]:
    """The curves of another scenario's figure, dashed, and its bars, faint, each named with its letter.

    Areas without an edge, marks and texts are left out; so are bars where there are many.
    """
    traces = [_plain(trace) for trace in other.data]
    few = len(_rows(traces)) <= MOST_ROWS
    found = []
    for trace in traces:
        if trace["type"] == "scatter":
            found.append(_curve(trace, letter))
        elif trace["type"] == "bar" and few:
            found.append(_bar(trace, letter))
    return [KINDS[ghost.pop("type")](**ghost) for ghost in found if ghost]


def overlay(figure: go.Figure, others: Sequence[Any]) -> int:
    """Add ghosts to a figure, in place.

    Returns: pixels by which its chart grows for their bars.
    """
    if not others:
        return 0
    before = _rows(map(_plain, figure.data))
    figure.add_traces(others)
    added = _rows(map(_plain, others)) - before
    if added:
        figure.update_layout(yaxis={"showticklabels": True})
    elif _plain(figure.layout).get("showlegend") is False:
        figure.update_layout(showlegend=True)
    return BAR_PIXELS * len(added)


def _plain(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else part.to_plotly_json()


def _rows(traces: Iterable[Mapping[str, Any]]) -> set[str]:
    return {
        row
        for trace in traces
        if trace["type"] == "bar" and trace.get("orientation") == "h"
        for row in trace["y"]
    }


def _curve(trace: Mapping[str, Any], letter: str) -> dict[str, Any] | None:
    fill, name = trace.get("fill") or "none", trace.get("name")
    if "lines" not in trace.get("mode", "lines") or trace.get("hoverinfo") == "skip" or fill == "toself":
        return None
    area = fill != "none"
    said = {"hoverinfo": "skip"} if area else {"hovertemplate": trace.get("hovertemplate")}
    line = {"dash": DASHES[letter], "width": EDGE if area else THIN}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{name} in {letter}",
        "legendgroup": f"{trace.get('legendgroup') or name} in {letter}",
        "showlegend": trace.get("showlegend") is not False,
        "line": {**trace.get("line", {}), **line},
        **{part: trace[part] for part in KEPT_OF_CURVES if trace.get(part) is not None},
        **said,
    }


def _bar(trace: Mapping[str, Any], letter: str) -> dict[str, Any] | None:
    if trace.get("orientation") != "h":
        return None
    rows = [f"{row} in {letter}" for row in trace["y"]]
    return {**trace, "y": rows, "showlegend": False, "opacity": FAINT}
