"""The stage in a real browser: keys step through the scenes, but belong to the slider while it has the focus."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.scenes import default_scenes
from tests.browser.test_hand import knob

LONG_S = 60_000


def first_scene(page: Page) -> Locator:
    """Go on stage; the sentence at its top, once the chart is drawn."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/present?show=1")
    sentence = page.get_by_test_id("stMain").get_by_role("heading", level=2).first
    expect(sentence).to_contain_text("Lambda costs", timeout=LONG_S)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=LONG_S)
    return sentence


def test_arrow_keys_step_through_the_scenes_and_leave_the_slider_its_own(page: Page) -> None:
    sentence = first_scene(page)
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


def test_the_stage_follows_the_slider_in_hand(page: Page) -> None:
    sentence = first_scene(page)
    x, y = knob(page.get_by_role("slider", name="Requests per second"))
    page.mouse.move(x, y)
    page.mouse.down()
    said = str(sentence.text_content())
    page.mouse.move(x + 90, y, steps=5)
    expect(sentence).not_to_have_text(said, timeout=LONG_S)
    held = str(sentence.text_content())
    page.mouse.up()
    expect(sentence).to_have_text(held)
    page.get_by_role("slider", name="Requests per second").press("ArrowRight")
    expect(sentence).not_to_have_text(held, timeout=LONG_S)
    assert page.evaluate("location.search") == "?show=1", "a scene's slider sets nothing outside it"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_every_scene_fits_the_window(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for number in range(1, len(default_scenes()) + 1):
        page.goto(f"/present?show={number}")
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=LONG_S)
        expect(page.get_by_role("button", name="Leave")).to_be_in_viewport(ratio=1)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollHeight <= e.clientHeight"), f"scene {number} must be scrolled"
