"""What can be told of charts without a browser: colours, layout, the message that is sent, AppTest."""

from __future__ import annotations

import base64
import gc
import itertools
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import palette
from pages.ui.chart import figures_shown
from pages.ui.process import freeze_garbage_collector
from pages.ui.theme import base_layout, steady_axis

ROOT = Path(__file__).parents[2]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
COLOURS = {"light": palette.LIGHT, "dark": palette.DARK}
BACKGROUNDS = {
    name: [THEME[name]["backgroundColor"], THEME[name]["secondaryBackgroundColor"]] for name in COLOURS
}

# Colour vision without red, green or blue cones, on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
COLOUR_VISION = {
    "full": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# sRGB to CIE XYZ, rows X, Y, Z (IEC 61966-2-1).
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    share = np.array(list(bytes.fromhex(colour[1:7]))) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1…21 (WCAG 2.2)."""
    dark, light = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, vision: str) -> np.ndarray:
    xyz = XYZ @ np.clip(COLOUR_VISION[vision] @ linear(colour), 0, 1) / XYZ.sum(axis=1)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("role", [*palette.SERIES, "ink", "muted"])
@pytest.mark.parametrize("theme", COLOURS)
def test_colour_can_carry_text_on_both_backgrounds(theme: str, role: str) -> None:
    for background in BACKGROUNDS[theme]:
        assert contrast(COLOURS[theme][role], background) >= 4.5


@pytest.mark.parametrize("vision", COLOUR_VISION)
@pytest.mark.parametrize("theme", COLOURS)
def test_series_stay_apart_for_every_colour_vision(theme: str, vision: str) -> None:
    for one, other in itertools.combinations(palette.SERIES, 2):
        difference = np.linalg.norm(lab(COLOURS[theme][one], vision) - lab(COLOURS[theme][other], vision))
        assert difference >= 17, (one, other)  # CIE 1976


@pytest.mark.parametrize("theme", COLOURS)
def test_platforms_have_the_same_colours_in_charts_and_in_the_theme(theme: str) -> None:
    assert THEME[theme]["chartCategoricalColors"][:2] == [COLOURS[theme]["lambda"], COLOURS[theme]["fargate"]]


def test_light_colours_are_distinct_so_that_each_has_one_dark_counterpart() -> None:
    assert palette.LIGHT.keys() == palette.DARK.keys()
    assert len(set(palette.LIGHT.values())) == len(palette.LIGHT)


def test_see_through_colour_keeps_its_role() -> None:
    assert palette.see_through("#b84a00", 0.2) == "#b84a0033"


def test_base_layout_adds_to_the_axis_titles() -> None:
    figure = go.Figure(layout=base_layout("Finding", "Requests (1/s)", "USD a month", yaxis={"type": "log"}))
    assert figure.layout.title.text == "Finding"
    assert figure.layout.xaxis.title.text == "Requests (1/s)"
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis.type) == ("USD a month", "log")


@pytest.mark.parametrize(
    ("values", "top"),
    [
        pytest.param([7, 90], 100, id="with headroom below a round number"),
        pytest.param([96], 150, id="too close to it"),
        pytest.param([0.004], 0.005, id="small"),
        pytest.param([3.0, np.nan], 4, id="gap"),
    ],
)
def test_steady_axis_ends_at_a_round_number(values: list[float], top: float) -> None:
    assert steady_axis(values)["autorangeoptions"]["include"] == [0, pytest.approx(top)]


@pytest.mark.parametrize("values", [[], [0, 0], [np.nan], [np.inf]])
def test_steady_axis_without_a_highest_value_leaves_it_to_plotly(values: list[float]) -> None:
    assert steady_axis(np.array(values, dtype=float)) == {"rangemode": "tozero"}


def test_garbage_collector_is_frozen_again_only_after_new_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        freeze_garbage_collector()
        before = gc.get_freeze_count()
        assert before > 0
        more = [[] for _ in range(1000)]
        freeze_garbage_collector()
        assert gc.get_freeze_count() <= before  # less, where something frozen has ended since
        monkeypatch.setitem(sys.modules, "imported_by_another_page", ModuleType("imported_by_another_page"))
        freeze_garbage_collector()
        assert gc.get_freeze_count() > before + len(more) / 2
    finally:
        gc.unfreeze()


def test_app_test_sees_the_figures_and_follows_the_slider() -> None:
    app = AppTest.from_file(
        str(ROOT / "tests" / "browser" / "apps" / "three_charts.py"), default_timeout=30
    ).run()
    assert not app.exception
    assert list(figures_shown(app)) == ["cost", "wait", "parts"]
    app.slider[0].set_value(50).run()
    cost = figures_shown(app)["cost"]
    assert cost["layout"]["title"]["text"] == "Fargate is cheaper from about 80 requests a second on"
    assert [trace["name"] for trace in cost["data"]] == ["Lambda", "Fargate"]
    # 300 requests/s at load 50: 300 * 50 / 40
    assert np.frombuffer(base64.b64decode(cost["data"][0]["y"]["bdata"]))[-1] == pytest.approx(375)
