"""Plotly's graph objects without the look-up of every attribute, which takes longer than a model's answer.

Figures say `from pages.ui.figures import objects as go` and use what is here as they would use Plotly's. With
`CHECKED`, as in all tests, they get Plotly's own objects, which refuse whatever Plotly does not know; so what is
drawn in the app has been checked before. Both give the same JSON: tests/pages/test_figure_objects.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as plotly
from plotly.utils import PlotlyJSONEncoder

CHECKED = False

BaseTraceType = dict[str, Any]


def _kind_of_trace(name: str) -> Callable[..., Any]:
    def trace(**attributes: Any) -> Any:
        if CHECKED:
            return getattr(plotly, name)(**attributes)
        return {"type": name.lower(), **attributes}

    return trace


Bar, Contour, Heatmap, Scatter = map(_kind_of_trace, ("Bar", "Contour", "Heatmap", "Scatter"))


class Figure:
    """Traces and a layout, with those methods of Plotly's figure that are used here."""

    def __new__(cls, data: Any = (), layout: Mapping[str, Any] | None = None) -> Any:
        return plotly.Figure(data or None, layout) if CHECKED else super().__new__(cls)

    def __init__(self, data: Any = (), layout: Mapping[str, Any] | None = None) -> None:
        self.data: list[dict[str, Any]] = [data] if isinstance(data, dict) else list(data)
        self.layout: dict[str, Any] = dict(layout or {})

    def add_trace(self, trace: dict[str, Any]) -> None:
        self.data.append(trace)

    def add_traces(self, traces: Iterable[dict[str, Any]]) -> None:
        self.data.extend(traces)

    def add_annotation(self, **attributes: Any) -> None:
        self.layout["annotations"] = [*self.layout.get("annotations", ()), attributes]

    def add_shape(self, **attributes: Any) -> None:
        self.layout["shapes"] = [*self.layout.get("shapes", ()), attributes]

    def add_vline(self, x: float, **attributes: Any) -> None:
        place = {"type": "line", "x0": x, "x1": x, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
        self.add_shape(**place, **attributes)

    def update_layout(self, attributes: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        _update(self.layout, {**(attributes or {}), **more})

    def update_xaxes(self, **attributes: Any) -> None:
        """Every x axis there is; one, if none has been named."""
        for name in [name for name in self.layout if name.startswith("xaxis")] or ["xaxis"]:
            _update(self.layout, {name: attributes})

    def to_json(self, validate: bool = False) -> str:
        """As Plotly writes it: arrays as base64, None left out."""
        figure = _without_none({"data": self.data, "layout": self.layout})
        try:
            return json.dumps(figure, default=_encoded, separators=(",", ":"), allow_nan=False)
        except ValueError:  # numbers that are none, in a list: Plotly's encoder makes them null
            return json.dumps(figure, cls=_NoneForNan, separators=(",", ":"))


class _NoneForNan(PlotlyJSONEncoder):
    def default(self, value: Any) -> Any:
        return _encoded(value)


def _update(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, new in changes.items():
        old = target.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            old = dict(old)
            _update(old, new)
            new = old
        target[name] = new


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(part) for name, part in value.items() if part is not None}
    if isinstance(value, (list, tuple)) and any(isinstance(part, dict) for part in value):
        return [_without_none(part) for part in value]
    return value


_SHORT = {"float64": "f8", "float32": "f4", "int32": "i4", "int16": "i2", "int8": "i1", "uint8": "u1"}
_WHOLE = [np.int8, np.int16, np.int32]


def _encoded(value: Any) -> Any:
    """An array or a NumPy number as Plotly sends it."""
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, np.ndarray):
        raise TypeError(f"no such thing in a figure: {value!r}")
    if value.dtype == np.int64 and value.size:
        low, high = value.min(), value.max()
        fitting = [kind for kind in _WHOLE if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max]
        value = value.astype(fitting[0]) if fitting else value
    short = _SHORT.get(value.dtype.name)
    if short is None or not value.size:
        return value.tolist()
    shape = {"shape": str(value.shape)[1:-1]} if value.ndim > 1 else {}
    return {"dtype": short, "bdata": base64.b64encode(np.ascontiguousarray(value)).decode("ascii"), **shape}
