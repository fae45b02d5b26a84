"""axe-core finds nothing serious on any page, and what a chart shows can be read and reached without seeing it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_pages import CHART, TITLES, address, drawn
from tests.browser.test_state import stands_at

# Streamlit's own, out of our reach: rule -> where it may be found, and why it does no harm.
ALLOWED = {
    # A code box that scrolls sideways takes no focus; the button above it downloads the same text.
    "scrollable-region-focusable": "<pre class=",
}


# Colours are all that differs on a dark page.
RULES: dict[str, dict[str, object]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}},
}


def serious(page: Page, scheme: str = "light") -> list[str]:
    """What axe-core calls serious or critical, each with the element and the reason."""
    return [
        f"{trouble['id']}: {node['html']}: {node['failureSummary']}"
        for trouble in Axe().run(page, options=RULES[scheme]).response["violations"]
        if trouble["impact"] in ("serious", "critical")
        for node in trouble["nodes"]
        if not node["html"].startswith(ALLOWED.get(trouble["id"], "nothing"))
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_for_keyboard_screen_reader_or_weak_eyes(
    new_page: Callable[[], Page], scheme: str
) -> None:
    page = new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = {}
    for stem in TITLES:
        page.goto(address(stem))
        drawn(page, stem)
        # What is about to be drawn anew is faded meanwhile, and comes back within half a second.
        expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
        page.wait_for_timeout(600)
        found[stem] = serious(page, scheme)
        charts = page.locator(CHART)
        assert all(charts.nth(index).get_attribute("aria-label") for index in range(charts.count()))
    assert not any(found.values()), found


def test_a_fault_is_found(new_page: Callable[[], Page]) -> None:
    page = new_page()
    page.goto("/sources")
    drawn(page, "sources")
    page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: 'data:,'}))")
    assert any(trouble.startswith("image-alt: ") for trouble in serious(page))


def test_every_slider_in_sight_can_be_reached_with_the_tab_key(new_page: Callable[[], Page]) -> None:
    page = new_page()
    page.goto("/sources")
    drawn(page, "sources")
    stands_at(page, "Requests per second", "100/s")
    wanted = set(
        page.locator("[data-testid=stSidebar] input[type=range]").evaluate_all(
            "sliders => sliders.filter(slider => !slider.closest('details:not([open])')).map(slider => slider.getAttribute('aria-label'))"
        )
    )
    assert "Requests per second" in wanted and None not in wanted
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert wanted <= reached
