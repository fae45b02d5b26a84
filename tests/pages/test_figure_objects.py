"""Our short cut for Plotly's graph objects says the same as they do."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pages.ui.chart import figures_shown
from pages.ui.figures import objects as go
from tests.pages.test_pages import COLD_TABS, MODELLED, TABS, in_tab, opened

NARROW = {"aws_lambda.managed_instances": True, "workload.spike_factor": 5}


def both_ways(figure: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """A figure through Plotly's objects and through ours."""
    checked = figure()
    monkeypatch.setattr(go, "CHECKED", False)
    return checked, figure()


@pytest.mark.parametrize("settings", [{}, {"workload.kind": "job"}, NARROW], ids=str)
@pytest.mark.parametrize("stem", MODELLED)
def test_every_page_shows_the_same_figures(
    stem: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, plain = both_ways(lambda: figures_shown(opened(stem, settings)), monkeypatch)
    assert plain == checked


@pytest.mark.parametrize("tab", [*TABS, "Break-even"])
def test_every_tab_of_the_cost_page_shows_the_same_figures(tab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked, plain = both_ways(lambda: figures_shown(in_tab(tab)), monkeypatch)
    assert plain == checked


@pytest.mark.parametrize("tab", COLD_TABS)
def test_every_tab_of_the_cold_start_page_shows_the_same_figures(
    tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures() -> dict[str, dict]:
        app = opened("cold_start")
        app.session_state["cold_tab"] = tab
        return figures_shown(app.run())

    checked, plain = both_ways(figures, monkeypatch)
    assert plain == checked


ARRAYS = {
    "floats": np.linspace(0, 1, 5),
    "single precision": np.linspace(0, 1, 5, dtype=np.float32),
    "small integers": np.arange(5),
    "integers": np.array([0, 40_000]),
    "integers too large": np.array([0, 2**40]),
    "words": np.array(["a", "b"]),
    "flags": np.array([True, False]),
    "table": np.arange(6.0).reshape(2, 3),
    "none": np.array([]),
    "gap": np.array([1.0, np.nan]),
    "gap in a list": [1.0, float("nan")],
    "numbers of NumPy": [np.float64(1.5), np.int64(2)],
}


@pytest.mark.parametrize("values", ARRAYS.values(), ids=ARRAYS)
def test_arrays_are_written_alike(values: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def figure() -> Any:
        drawn = go.Figure([go.Scatter(x=values, customdata=values, name=None)], layout={"title": None})
        drawn.update_layout({"yaxis": {"title": {"text": "a"}}}, xaxis={"range": [0, 1]})
        drawn.update_xaxes(title={"text": "b"})
        drawn.add_vline(x=1, line={"width": 1})
        drawn.add_annotation(text="n", x=1)
        drawn.add_trace(go.Bar(y=[1]))
        drawn.add_traces([go.Heatmap(z=[[1]])])
        return json.loads(drawn.to_json())

    checked, plain = both_ways(figure, monkeypatch)
    assert plain == checked


def test_the_tests_look_at_plotlys_own_objects() -> None:
    with pytest.raises(ValueError, match="colour"):
        go.Figure([go.Scatter(line={"colour": "red"})])


def test_what_no_figure_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go, "CHECKED", False)
    with pytest.raises(TypeError, match="no such thing in a figure"):
        go.Figure([go.Scatter(x=object())]).to_json()
