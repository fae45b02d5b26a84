"""The chart component, as a visitor meets it: on a page of its own with one slider and three charts."""

from __future__ import annotations

import csv
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Locator, Page, expect

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


def taken(chart: Locator, what: str) -> Download:
    """What a chart's menu hands out."""
    chart.hover()
    chart.get_by_role("button", name="Save or copy this chart").click()
    with chart.page.expect_download() as started:
        chart.page.get_by_role("menuitem", name=what).click()
    return started.value


@pytest.mark.parametrize(
    ("size", "file", "pixels"), [("slide", "cost", (2560, 1440)), ("report", "cost-report", (2160, None))]
)
def test_a_picture_on_white_is_of_the_promised_size_and_has_its_title_and_origin(
    charts: Page, tmp_path: Path, size: str, file: str, pixels: tuple[int, int | None]
) -> None:
    charts.emulate_media(color_scheme="dark")
    bitmap = taken(charts.locator(COST), f"Picture for a {size}, PNG")
    bitmap.save_as(tmp_path / "picture.png")
    assert bitmap.suggested_filename == f"{file}.png"
    width, height = struct.unpack(">II", (tmp_path / "picture.png").read_bytes()[16:24])
    assert width == pixels[0]
    assert height == pixels[1] or (pixels[1] is None and height >= 1440)
    drawing = taken(charts.locator(COST), f"Picture for a {size}, SVG")
    drawing.save_as(tmp_path / "picture.svg")
    root = ElementTree.parse(tmp_path / "picture.svg").getroot()
    text = "".join(root.itertext())
    assert "Fargate is cheaper from about 200 requests a second on" in " ".join(text.split())
    foot = [str(line.text) for line in root.findall("{http://www.w3.org/2000/svg}text")]
    said = " ".join(foot)
    assert "=1+1 <b>: 100 requests/s" in said
    assert "N. Virginia (us-east-1), in force on 23 November 2026" in said
    assert "Modelled, not billed" in said
    red, green, blue = bytes.fromhex(palette.LAMBDA[1:])
    assert f"stroke: rgb({red}, {green}, {blue})" in (tmp_path / "picture.svg").read_text(encoding="utf-8")


def test_the_numbers_drawn_come_with_units_and_cannot_compute(charts: Page, tmp_path: Path) -> None:
    chart = charts.locator(COST)
    chart.locator(LEGEND_ENTRIES).nth(1).locator(".legendtoggle").click()
    expect(chart.locator(CURVE)).to_have_count(1)
    sheet = taken(chart, "Numbers drawn, CSV")
    sheet.save_as(tmp_path / "numbers.csv")
    assert sheet.suggested_filename == "cost.csv"
    above, table = [], []
    for row in csv.reader((tmp_path / "numbers.csv").read_text(encoding="utf-8-sig").splitlines()):
        (above if row[0].startswith("#") else table).append(row)
    assert any("Modelled, not billed" in row[0] for row in above)
    assert table[0] == ["Series", "Requests (1/s)", "USD a month"]
    assert len(table) == 1 + 500
    assert {row[0] for row in table[1:]} == {"Lambda"}
    assert [float(cell) for cell in table[-1][1:]] == [300, pytest.approx(300 * 20 / 40)]
    parts = taken(charts.get_by_role("figure", name="Parts of both bills"), "Numbers drawn, CSV")
    parts.save_as(tmp_path / "parts.csv")
    assert '"\'=2+3"' in (tmp_path / "parts.csv").read_text(encoding="utf-8-sig")


def test_the_menu_of_a_chart_works_by_keyboard_and_copies_the_link(charts: Page) -> None:
    button = charts.locator(COST).get_by_role("button", name="Save or copy this chart")
    button.focus()
    button.press("Enter")
    menu = charts.get_by_role("menu", name="Save or copy this chart")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    charts.keyboard.press("ArrowUp")
    expect(menu.get_by_role("menuitem").last).to_be_focused()
    charts.context.grant_permissions(["clipboard-read", "clipboard-write"])
    charts.keyboard.press("Enter")
    expect(menu.get_by_text("Link copied")).to_be_visible()
    assert charts.evaluate("navigator.clipboard.readText()") == charts.url
    charts.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(button).to_be_focused()
