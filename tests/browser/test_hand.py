"""While a slider is held, the page follows it; on release all is as the slider says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.bench.slider import knob
from tests.browser.test_pages import address, answer, drawn
from tests.browser.test_state import at, slider, stands_at

LONG_S = 60_000
PAINTS = """() => {
    const look = () => [...document.querySelectorAll('.js-plotly-plot')].map(chart =>
        [...chart.querySelectorAll('.scatterlayer .js-line, .barlayer .point path')].map(line => line.getAttribute('d')).join()
        + chart.querySelector('.gtitle').textContent)
    let last = look()
    window.paints = last.map(() => 0)
    window.blank = 0
    const frame = () => {
        const now = look()
        if (now.some(picture => !picture)) window.blank++
        now.forEach((picture, i) => { if (picture !== last[i]) window.paints[i]++ })
        last = now
        requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
}"""


def take(page: Page, label: str) -> tuple[float, float]:
    """Press the mouse button on a slider's knob."""
    x, y = knob(slider(page, label))
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


@pytest.mark.parametrize(("stem", "charts"), [("which_one", 3), ("cost", 2)])
def test_charts_and_answer_follow_the_hand(page: Page, stem: str, charts: int) -> None:
    page.goto(address(stem))
    drawn(page, stem)
    said = str(answer(page).text_content())
    x, y = take(page, "Handler time")
    page.evaluate(PAINTS)
    assert page.evaluate("window.paints.length") == charts
    for step in range(1, 6):
        before = page.evaluate("window.paints[0]")
        page.mouse.move(x + 6 * step, y)
        page.wait_for_function("before => window.paints[0] > before", arg=before, timeout=LONG_S)
    expect(answer(page)).not_to_have_text(said)
    while_held = str(answer(page).text_content())
    assert page.url.endswith(address(stem)), "the link is written on release"
    assert min(page.evaluate("window.paints")) > 0
    assert page.evaluate("window.blank") == 0
    page.mouse.up()
    expect(page).to_have_url(re.compile("workload.duration_s="), timeout=LONG_S)
    of_link = page.url
    page.wait_for_timeout(1000)
    settled = str(answer(page).text_content())
    page.goto(of_link)
    drawn(page, stem)
    expect(answer(page)).to_have_text(settled)
    assert while_held != said


def test_a_slider_let_go_where_it_was_taken_changes_nothing(page: Page) -> None:
    page.goto("/cost")
    drawn(page, "cost")
    said = str(answer(page).text_content())
    x, y = take(page, "Handler time")
    page.mouse.move(x + 30, y, steps=5)
    expect(answer(page)).not_to_have_text(said)
    page.mouse.move(x, y, steps=5)
    page.mouse.up()
    expect(answer(page)).to_have_text(said)
    stands_at(page, "Handler time", "200 ms")
    at(page, "/cost")


def test_what_goes_with_it_is_set_right_while_it_is_held(page: Page) -> None:
    page.goto("/cost")
    drawn(page, "cost")
    x, y = take(page, "Fargate vCPU")
    said = str(answer(page).text_content())
    page.mouse.move(x + 60, y, steps=5)
    expect(answer(page)).not_to_have_text(said)
    page.mouse.up()
    expect(page).to_have_url(re.compile("fargate.vcpu=.*&fargate.memory_gb="), timeout=LONG_S)


def test_the_first_page_has_an_address_of_its_own_too(page: Page) -> None:
    page.goto("/which_one?v=1&workload.requests_per_s=150")
    drawn(page, "which_one")
    stands_at(page, "Requests per second", "150/s")
    expect(page.get_by_text("Page not found")).to_have_count(0)
