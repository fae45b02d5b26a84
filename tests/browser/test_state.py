"""What a visitor does with controls and address: move, change page, reload, go back, pass the link on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.pages import PAGES

RATE, TIME, VCPU, MEMORY = "Requests per second", "Handler time", "Fargate vCPU", "Fargate memory"
LONG_S = 60_000


def slider(page: Page, label: str) -> Locator:
    return page.locator(f'input[type=range][aria-label="{label}"]').first


def stands_at(page: Page, label: str, text: str) -> None:
    """The text above a slider's knob."""
    expect(
        page.get_by_role("group", name=label, exact=True).get_by_test_id("stSliderThumbValue")
    ).to_have_text(text, timeout=LONG_S)


def step_right(page: Page, label: str) -> None:
    slider(page, label).press("ArrowRight")


def to_page(page: Page, title: str) -> None:
    section = next(section for section, titles in PAGES.items() if title in titles.values())
    page.get_by_role("button", name=section, exact=True).click()
    page.get_by_role("menuitem", name=title, exact=True).click()
    on_page(page, title)


def on_page(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible(timeout=LONG_S)


def at(page: Page, address: str) -> None:
    expect(page).to_have_url(re.compile(re.escape(address) + "$"), timeout=LONG_S)


def test_a_moved_slider_is_in_the_link_and_outlives_page_reload_and_browser(
    page: Page, new_page: Callable[[], Page]
) -> None:
    page.goto("/")
    stands_at(page, RATE, "100/s")
    at(page, "/")
    steps = page.evaluate("history.length")
    step_right(page, RATE)
    stands_at(page, RATE, "150/s")
    at(page, "/?v=1&workload.requests_per_s=150")
    step_right(page, TIME)
    at(page, "/?v=1&workload.requests_per_s=150&workload.duration_s=0.3")
    assert page.evaluate("history.length") == steps, "moving a slider must not fill the browser's history"

    to_page(page, "Numbers and sources")
    at(page, "/sources?v=1&workload.requests_per_s=150&workload.duration_s=0.3")
    stands_at(page, RATE, "150/s")

    page.reload()
    on_page(page, "Numbers and sources")
    stands_at(page, RATE, "150/s")
    stands_at(page, TIME, "300 ms")

    other = new_page()
    other.goto(page.url)
    on_page(other, "Numbers and sources")
    stands_at(other, RATE, "150/s")
    stands_at(other, TIME, "300 ms")
    step_right(other, RATE)
    at(other, "/sources?v=1&workload.requests_per_s=200&workload.duration_s=0.3")
    stands_at(page, RATE, "150/s")


def test_the_way_back_shows_what_was_there(page: Page) -> None:
    page.goto("/?v=1&workload.requests_per_s=150")
    stands_at(page, RATE, "150/s")
    to_page(page, "Numbers and sources")
    step_right(page, RATE)
    at(page, "/sources?v=1&workload.requests_per_s=200")
    page.go_back()
    at(page, "/?v=1&workload.requests_per_s=150")
    stands_at(page, RATE, "150/s")
    page.go_forward()
    at(page, "/sources?v=1&workload.requests_per_s=200")
    stands_at(page, RATE, "200/s")


def test_back_to_where_nothing_was_set_shows_the_defaults(page: Page) -> None:
    page.goto("/sources")
    stands_at(page, RATE, "100/s")
    to_page(page, "What does it cost?")
    step_right(page, RATE)
    at(page, "/cost?v=1&workload.requests_per_s=150")
    page.go_back()
    stands_at(page, RATE, "100/s")
    at(page, "/sources")


def test_memory_follows_the_vcpu(page: Page) -> None:
    page.goto("/sources?v=1&fargate.vcpu=1&fargate.memory_gb=2")
    stands_at(page, MEMORY, "2 GB")
    step_right(page, VCPU)
    stands_at(page, MEMORY, "4 GB")
    at(page, "/sources?v=1&fargate.vcpu=2&fargate.memory_gb=4")
    expect(page.get_by_test_id("stToast")).to_contain_text("Fargate memory")


def test_an_odd_value_in_a_link_stands_on_its_slider(page: Page) -> None:
    page.goto("/sources?v=1&workload.requests_per_s=137.5")
    stands_at(page, RATE, "137.5/s")
    step_right(page, RATE)
    stands_at(page, RATE, "150/s")
    slider(page, RATE).press("ArrowLeft")
    stands_at(page, RATE, "137.5/s")
    at(page, "/sources?v=1&workload.requests_per_s=137.5")


@pytest.mark.parametrize(
    "value",
    [
        "%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D%27owned%27%3E",
        "%5Bx%5D(http://example.com)%20www.example.com",
    ],
    ids=["html", "markdown"],
)
def test_a_hostile_link_gets_a_notice_and_nothing_else(page: Page, value: str) -> None:
    page.goto(
        f"/sources?workload.requests_per_s={value}&fargate.vcpu=1e999&{value}=1&workload.duration_s=0.5"
    )
    on_page(page, "Numbers and sources")
    notice = page.get_by_test_id("stToast")
    expect(notice).to_contain_text("This link was set right", timeout=LONG_S)
    expect(notice.locator("img, a, script")).to_have_count(0)
    stands_at(page, TIME, "500 ms")
    at(page, "/sources?v=1&workload.duration_s=0.5")
    assert page.title() != "owned"
    step_right(page, RATE)
    stands_at(page, RATE, "150/s")


def test_two_quick_steps_of_sliders_both_count(page: Page) -> None:
    """The second is sent before the browser knows that the first has left the example."""
    page.goto("/cost")
    expect(page.locator("h2").first).to_contain_text("$", timeout=LONG_S)
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(
        timeout=LONG_S
    )
    slider(page, "Handler time").press("ArrowRight")
    slider(page, "Requests per second").press("ArrowRight")
    expect(page).to_have_url(re.compile("workload.requests_per_s=150&workload.duration_s="), timeout=LONG_S)
    page.wait_for_timeout(500)
    stands_at(page, "Requests per second", "150/s")
