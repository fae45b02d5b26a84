"""The server goes away and comes back while a browser is open."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.bench.load import served
from tests.browser.server import free_port


def test_after_a_restart_of_the_server_the_view_comes_back_from_its_address(chromium: Browser) -> None:
    port = free_port()
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}
    )  # a lost server is a console error
    page = context.new_page()
    answer = page.locator("h2").first
    with served(port) as (url, _):
        page.goto(f"{url}/cost?v=1&workload.requests_per_s=250")
        expect(answer).to_contain_text("$")
        before, address = answer.inner_text(), page.url
    with served(port):
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-connection-state", "CONNECTED", timeout=60_000
        )
        slider = page.locator('input[type=range][aria-label="Requests per second"]').first
        slider.press("ArrowRight")  # the browser speaks to the new server first now, which asks the address
        page.wait_for_timeout(10_000)
        expect(answer).to_have_text(before)
        expect(page).to_have_url(address)
        slider.press("ArrowRight")
        expect(answer).not_to_have_text(before)
    context.close()
