"""The stage in a real browser: keys step through the scenes, but belong to the slider while it has the focus."""

import re

from playwright.sync_api import Page, expect

LONG_S = 60_000


def test_arrow_keys_step_through_the_scenes_and_leave_the_slider_its_own(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/present?show=1")
    sentence = page.get_by_test_id("stMain").get_by_role("heading", level=2).first
    expect(sentence).to_contain_text("Lambda costs", timeout=LONG_S)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=LONG_S)
    expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
    leave = page.get_by_role("button", name="Leave")
    box = leave.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 720, "the foot of the stage is out of sight"
    size = sentence.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert size >= 30

    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("show=2"), timeout=LONG_S)
    expect(sentence).to_contain_text("A cold start adds", timeout=LONG_S)
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile("show=1"), timeout=LONG_S)
    expect(sentence).to_contain_text("Lambda costs", timeout=LONG_S)

    said = str(sentence.text_content())
    page.get_by_role("slider", name="Requests per second").press("ArrowRight")
    expect(sentence).not_to_have_text(said, timeout=LONG_S)
    expect(page).to_have_url(re.compile("show=1"))

    page.mouse.click(640, 20)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Present", exact=True)).to_be_visible(timeout=LONG_S)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
