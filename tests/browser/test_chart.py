"""The chart component, as a visitor meets it: on a page of its own with one slider and three charts."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from pages.ui import palette
from tests.browser.conftest import watch
from tests.pages.test_chart_component import contrast

COST = '[aria-label="Cost of both over requests per second"]'
TITLE = ".gtitle"
CURVE = ".scatterlayer .js-line"
LEGEND_ENTRIES = ".legend .traces"


@pytest.fixture(scope="module")
def app_url(start_app: Callable[[str], str]) -> str:
    """The page with three charts in place of the app."""
    return start_app("tests/browser/apps/three_charts.py")


def open_charts(page: Page) -> Page:
    page.goto("/")
    expect(page.locator(TITLE)).to_have_count(3, timeout=30_000)
    return page


@pytest.fixture(scope="module")
def visitor(chromium: Browser, app_url: str) -> Iterator[BrowserContext]:
    """One browser for most tests: compiling Plotly for each of them takes longer than the tests."""
    with chromium.new_context(base_url=app_url, viewport={"width": 1440, "height": 900}) as context:
        yield context


@pytest.fixture
def charts(visitor: BrowserContext, app_url: str) -> Iterator[Page]:
    troubles: list[str] = []
    with visitor.new_page() as page:
        watch(page, troubles)
        yield open_charts(page)
    assert not troubles


def step(page: Page, presses: int = 1) -> None:
    """Move the slider and wait until the cost chart tells so."""
    title = page.locator(COST).locator(TITLE)
    for _ in range(presses):
        before = str(title.text_content())
        page.locator('input[type=range][aria-label="Load"]').press("ArrowRight")
        expect(title).not_to_have_text(before)


def shown(page: Page, what: str) -> object:
    """An expression over the cost chart's Plotly element `chart`."""
    return page.locator(COST).evaluate(f"chart => {what}")


def test_slider_step_changes_the_curve_in_the_same_element(charts: Page) -> None:
    charts.locator(COST).evaluate("chart => { chart.mark = 1; chart.querySelector('.main-svg').mark = 1 }")
    before = charts.locator(COST).locator(CURVE).first.get_attribute("d")
    step(charts)
    assert charts.locator(COST).locator(CURVE).first.get_attribute("d") != before
    assert shown(charts, "chart.mark === 1 && chart.querySelector('.main-svg').mark === 1")


def test_no_frame_is_blank_while_the_slider_moves(charts: Page) -> None:
    charts.evaluate(
        """() => { window.frames_seen = 0; window.blank = 0; const look = () => {
            window.frames_seen++;
            for (const chart of document.querySelectorAll('[role=figure]'))
                if (!chart.querySelector('.js-line, .point path')?.getAttribute('d')) window.blank++;
            requestAnimationFrame(look); }; look(); }"""
    )
    step(charts, presses=6)
    assert charts.evaluate("window.frames_seen") > 6
    assert charts.evaluate("window.blank") == 0


def test_zoom_is_kept_while_the_slider_moves(charts: Page) -> None:
    area = charts.locator(COST).locator(".nsewdrag").bounding_box()
    assert area
    charts.mouse.move(area["x"] + 0.3 * area["width"], area["y"] + 0.2 * area["height"])
    charts.mouse.down()
    charts.mouse.move(area["x"] + 0.6 * area["width"], area["y"] + 0.7 * area["height"], steps=5)
    charts.mouse.up()
    ranges = "[...chart._fullLayout.xaxis.range, ...chart._fullLayout.yaxis.range]"
    expect(charts.locator(COST).locator(".xtick").last).not_to_have_text("300")
    zoomed = shown(charts, ranges)
    step(charts, presses=3)
    assert shown(charts, ranges) == zoomed


def test_curve_hidden_in_the_legend_stays_hidden(charts: Page) -> None:
    charts.locator(COST).locator(LEGEND_ENTRIES).first.click()
    expect(charts.locator(COST).locator(CURVE)).to_have_count(1)
    step(charts, presses=2)
    expect(charts.locator(COST).locator(CURVE)).to_have_count(1)


def test_hover_label_stays_and_tells_the_new_value(charts: Page) -> None:
    charts.locator('input[type=range][aria-label="Load"]').focus()
    charts.locator(COST).locator(".nsewdrag").hover()
    label = charts.locator(COST).locator(".hoverlayer")
    expect(label).to_contain_text("Lambda")
    before = str(label.text_content())
    step(charts)
    expect(label).to_contain_text("Lambda")
    expect(label).not_to_have_text(before)


def test_small_step_leaves_the_axis_still(charts: Page) -> None:
    before = shown(charts, "chart._fullLayout.yaxis.range")
    step(charts)
    assert shown(charts, "chart._fullLayout.yaxis.range") == before


def test_theme_switch_recolours_without_a_reload(charts: Page) -> None:
    def colours() -> dict[str, str]:
        return {
            "curve": str(charts.locator(COST).locator(CURVE).first.evaluate("e => e.style.stroke")),
            "title": str(charts.locator(COST).locator(TITLE).evaluate("e => e.style.fill")),
            "tick": str(charts.locator(COST).locator(".xtick text").first.evaluate("e => e.style.fill")),
            "page": str(
                charts.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
            ),
        }

    def as_hex(css: str) -> str:
        return "#" + "".join(
            f"{int(float(part)):02x}" for part in css[css.index("(") + 1 : -1].split(",")[:3]
        )

    seen = {}
    charts.evaluate("window.same_page = true")
    for scheme, theme in (("light", palette.LIGHT), ("dark", palette.DARK)):
        charts.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        curve = charts.locator(COST).locator(CURVE).first
        expect(curve).to_have_css(
            "stroke", f"rgb({', '.join(str(v) for v in bytes.fromhex(theme['lambda'][1:]))})"
        )
        seen[scheme] = {name: as_hex(value) for name, value in colours().items()}
        for name in ("curve", "title", "tick"):
            assert contrast(seen[scheme][name], seen[scheme]["page"]) >= 4.5, (scheme, name)
    assert charts.evaluate("window.same_page")
    assert all(seen["light"][name] != seen["dark"][name] for name in seen["light"])


def test_plotly_is_loaded_once_for_all_charts_and_from_this_server(page: Page, app_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_charts(page)
    assert [url for url in asked if "plotly.min.js" in url] == [
        next(url for url in asked if "plotly.min.js" in url and url.startswith(app_url))
    ]


def test_charts_fit_their_columns_and_follow_the_window(charts: Page) -> None:
    for width in (390, 768, 1440):
        charts.set_viewport_size({"width": width, "height": 900})
        for chart in charts.locator(".js-plotly-plot").all():
            assert_chart_fits(chart, width)


def assert_chart_fits(chart: Locator, window: int) -> None:
    drawing = chart.locator(".main-svg").first
    expect(drawing).to_have_attribute("width", str(chart.evaluate("e => e.clientWidth")))
    frame, title, legend, plot = (
        part.bounding_box() or pytest.fail("not drawn")
        for part in (chart, *(chart.locator(name).first for name in (TITLE, ".legend", ".nsewdrag")))
    )
    assert frame["x"] >= 0 and frame["x"] + frame["width"] <= window
    for part in (title, legend, plot):
        assert part["x"] >= frame["x"] - 1 and part["y"] >= frame["y"] - 1
        assert part["x"] + part["width"] <= frame["x"] + frame["width"] + 1
    assert title["y"] + title["height"] <= legend["y"] + 1
    assert legend["y"] + legend["height"] <= plot["y"] + 1
    assert plot["width"] > 0.6 * frame["width"]


def test_screen_reader_is_told_what_the_chart_shows(charts: Page) -> None:
    expect(charts.get_by_role("figure", name="Waiting time of both after a step")).to_be_visible()
    expect(charts.get_by_role("figure")).to_have_count(3)


@pytest.mark.parametrize("form", ["PNG", "SVG"])
def test_downloaded_picture_is_a_slide_on_white_with_its_title(
    charts: Page, tmp_path: Path, form: str
) -> None:
    charts.emulate_media(color_scheme="dark")
    charts.locator(COST).hover()
    with charts.expect_download() as started:
        charts.locator(COST).get_by_role("button", name=f"Download as {form}").click()
    saved = tmp_path / "picture"
    started.value.save_as(saved)
    assert started.value.suggested_filename == f"cost.{form.lower()}"
    if form == "PNG":
        assert struct.unpack(">II", saved.read_bytes()[16:24]) == (2560, 1440)
    else:
        text = saved.read_text(encoding="utf-8")
        assert "Fargate is cheaper from about 200 requests a second on" in text
        red, green, blue = bytes.fromhex(palette.LAMBDA[1:])
        assert f"stroke: rgb({red}, {green}, {blue})" in text
