"""The app as a visitor meets it: a slider on each page, page after page, a link passed on, light, dark and a phone.

That no page logs an error or asks another machine for anything is checked after every test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from pages.ui import palette
from pages.ui.pages import PAGES
from tests.browser.conftest import watch
from tests.browser.test_state import on_page, slider, stands_at, step_right, to_page
from tests.pages.test_chart_component import contrast
from tests.pages.test_pages import CHARTS

LONG_S = 60_000
HOME = next(iter(PAGES["Decide"]))
TITLES = {stem: title for titles in PAGES.values() for stem, title in titles.items()}
WITH_CHARTS = [stem for stem in TITLES if CHARTS[stem]]
CHART = ".js-plotly-plot"
DRAWN = ".gtitle"


@pytest.fixture(scope="module")
def visitor(chromium: Browser, app_url: str) -> Iterator[BrowserContext]:
    """One browser where strangers are not the matter: compiling Plotly for every test takes longer than the tests."""
    with chromium.new_context(base_url=app_url, viewport={"width": 1440, "height": 900}) as context:
        yield context


@pytest.fixture
def tab(visitor: BrowserContext) -> Iterator[Page]:
    troubles: list[str] = []
    with visitor.new_page() as page:
        watch(page, troubles)
        yield page
    assert not troubles


def address(stem: str) -> str:
    return "/" if stem == HOME else f"/{stem}"


def answer(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading", level=2).first


def drawn(page: Page, stem: str) -> Page:
    """The page, once its title is there and every chart of it has been drawn."""
    on_page(page, TITLES[stem])
    expect(page.locator(f"{CHART} {DRAWN}")).to_have_count(len(CHARTS[stem]), timeout=LONG_S)
    return page


def pictures(page: Page) -> list[str]:
    """What is drawn in each chart: the outlines of its lines, bars and dots, its titles and ticks."""
    return page.locator(CHART).evaluate_all(
        """charts => charts.map(chart => [...chart.querySelectorAll('.plot path, .shapelayer path')]
            .map(path => path.getAttribute('d') + (path.getAttribute('transform') ?? '')).join()
            + chart.querySelector('.infolayer').textContent + chart.querySelector('.xaxislayer-above')?.textContent)"""
    )


@pytest.mark.parametrize(
    ("stem", "label", "moved"),
    [
        ("which_one", "Requests per second", {0, 2}),
        ("cost", "Handler time", {0, 1}),
        ("cold_start", "Lambda memory", {1}),
        ("spike", "Requests per second", {0}),
    ],
)
def test_a_slider_moves_the_answer_and_the_charts(tab: Page, stem: str, label: str, moved: set[int]) -> None:
    tab.goto(address(stem))
    drawn(tab, stem)
    said, before = str(answer(tab).text_content()), pictures(tab)
    first = tab.locator(CHART).first
    first.evaluate("chart => { chart.same = true }")
    step_right(tab, label)
    expect(answer(tab)).not_to_have_text(said)
    for index in moved:
        expect(tab.locator(CHART).nth(index)).to_be_attached()
        tab.wait_for_function(
            """([index, before]) => {
                const chart = document.querySelectorAll('.js-plotly-plot')[index]
                const now = [...chart.querySelectorAll('.plot path, .shapelayer path')]
                    .map(path => path.getAttribute('d') + (path.getAttribute('transform') ?? '')).join()
                    + chart.querySelector('.infolayer').textContent
                    + chart.querySelector('.xaxislayer-above')?.textContent
                return now !== before }""",
            arg=[index, before[index]],
        )
    assert first.evaluate("chart => chart.same"), "the chart was built anew instead of updated in place"


def test_the_price_table_is_there_and_follows_the_region(tab: Page) -> None:
    tab.goto(address("sources"))
    drawn(tab, "sources")
    expect(tab.get_by_test_id("stDataFrame").first).to_be_visible()
    tab.get_by_role("combobox", name="Region").first.click()
    tab.keyboard.type("Frankfurt")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("billing.region=eu-central-1"), timeout=LONG_S)


def test_on_every_page_the_sliders_stand_where_they_were_left(tab: Page) -> None:
    tab.goto("/spike")
    drawn(tab, "spike")
    step_right(tab, "Spike: rate over normal")  # folded away on the other pages
    stands_at(tab, "Spike: rate over normal", "× 3")
    step_right(tab, "Requests per second")
    stands_at(tab, "Requests per second", "150/s")
    expect(answer(tab)).to_contain_text("150 requests/s", timeout=LONG_S)
    expect(answer(tab)).to_contain_text("When 150 requests/s become 450 requests/s")
    said = str(answer(tab).text_content())
    for stem, title in TITLES.items():
        if stem != "spike":
            to_page(tab, title)
            drawn(tab, stem)
            stands_at(tab, "Requests per second", "150/s")
    to_page(tab, TITLES["spike"])
    drawn(tab, "spike")
    stands_at(tab, "Spike: rate over normal", "× 3")
    expect(answer(tab)).to_have_text(said)


def test_going_round_the_menu_changes_no_setting(tab: Page) -> None:
    tab.goto("/")
    drawn(tab, HOME)
    for stem, title in 2 * [*TITLES.items()]:  # some controls are in sight on one page and folded on another
        to_page(tab, title)
        on_page(tab, title)
        stands_at(tab, "Requests per second", "100/s")
        if CHARTS[stem]:
            expect(tab.locator(f"{CHART} {DRAWN}").first).to_be_visible(timeout=LONG_S)
        assert tab.evaluate("location.search") == "", stem


def test_a_copied_link_shows_the_same_answer_and_charts_in_another_browser(
    page: Page, new_page: Callable[[], Page]
) -> None:
    page.goto("/cost")
    drawn(page, "cost")
    expect(answer(page)).to_contain_text("$")
    default = str(answer(page).text_content())
    step_right(page, "Requests per second")
    expect(page).to_have_url(re.compile("requests_per_s=150$"), timeout=LONG_S)
    step_right(page, "Fargate memory")
    expect(page).to_have_url(re.compile("memory_gb=2$"), timeout=LONG_S)
    other = new_page()
    other.goto(page.url)
    drawn(other, "cost")
    stands_at(other, "Requests per second", "150/s")
    stands_at(other, "Fargate memory", "2 GB")
    expect(answer(other)).not_to_have_text(default)
    expect(answer(other)).to_have_text(str(answer(page).text_content()))
    assert pictures(other) == pictures(page)


def hexadecimal(css: str) -> str:
    return "#" + "".join(f"{int(float(part)):02x}" for part in css[css.index("(") + 1 : -1].split(",")[:3])


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 390), ("dark", 390), ("light", 1440), ("dark", 1440)], ids=str
)
def test_every_page_fits_the_window_and_can_be_read(tab: Page, scheme: str, width: int) -> None:
    page = tab
    page.set_viewport_size(ViewportSize(width=width, height=844))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    colours = {"light": palette.LIGHT, "dark": palette.DARK}[scheme]
    for stem, title in TITLES.items():
        if stem == HOME or width < 768:  # a phone has its menu in the sidebar
            page.goto(address(stem))
        else:
            to_page(page, title)
        drawn(page, stem)
        assert_no_sideways_scrolling(page, width)
        background = hexadecimal(
            page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor")
        )
        assert (int(background[1:3], 16) < 128) == (scheme == "dark")
        text = hexadecimal(answer(page).evaluate("e => getComputedStyle(e).color"))
        assert contrast(text, background) >= 7
        for chart in page.locator(CHART).all():
            title = hexadecimal(chart.locator(DRAWN).evaluate("e => getComputedStyle(e).fill"))
            assert contrast(title, background) >= 7
            assert_inside(chart)
        curves = page.locator(f"{CHART} .scatterlayer .js-line").evaluate_all(
            "lines => lines.map(line => getComputedStyle(line).stroke)"
        )
        drawn_in = {hexadecimal(curve) for curve in curves if curve.startswith("rgb")}
        other = palette.LIGHT if scheme == "dark" else palette.DARK
        assert not drawn_in & {other["lambda"], other["fargate"]}
        if stem in (HOME, "cost"):
            assert {colours["lambda"], colours["fargate"]} <= drawn_in


def assert_no_sideways_scrolling(page: Page, width: int) -> None:
    widths = page.evaluate(
        """() => [document.scrollingElement, document.body,
            document.querySelector('[data-testid=stMain]'),
            document.querySelector('[data-testid=stMainBlockContainer]')].map(e => e.scrollWidth)"""
    )
    assert max(widths) <= width, widths


def assert_inside(chart: Locator) -> None:
    """Title, legend, axis titles and labels of a chart lie inside it, and title and legend apart."""
    expect(chart.locator(".main-svg").first).to_have_attribute(
        "width", str(chart.evaluate("e => e.clientWidth"))
    )
    trouble = chart.evaluate(
        """chart => {
            const frame = chart.getBoundingClientRect()
            const cut = [...chart.querySelectorAll('.gtitle, .legendtext, .xtitle, .ytitle, .annotation-text, .textpoint text')]
                .filter(e => {
                    const box = e.getBoundingClientRect()
                    return box.width && (box.left < frame.left - 2 || box.right > frame.right + 2
                        || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) })
                .map(e => 'cut off: ' + e.textContent)
            const title = chart.querySelector('.gtitle').getBoundingClientRect()
            const legend = chart.querySelector('.legend')?.getBoundingClientRect()
            if (legend && legend.height && title.bottom > legend.top + 4) cut.push('title over legend')
            return cut }"""
    )
    assert not trouble, f"{chart.get_attribute('aria-label')}: {trouble}"


def test_on_a_phone_the_sidebar_opens_and_a_slider_in_it_moves_the_answer(
    new_page: Callable[[], Page],
) -> None:
    page = new_page()
    page.set_viewport_size(ViewportSize(width=390, height=844))
    page.goto("/cost")
    drawn(page, "cost")
    said = str(answer(page).text_content())
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(slider(page, "Requests per second")).to_be_visible()
    step_right(page, "Requests per second")
    expect(answer(page)).not_to_have_text(said)
