"""Traffic of one's own: a good file is replayed, a bad one is refused by the line, and what was shown stays."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_pages import answer, drawn

GOOD = "time,requests\n2026-11-24 10:00,30\n2026-11-24 10:01,90\n2026-11-24 10:02,60\n"
BAD = GOOD.replace("90", "-90")


def drop(page: Page, name: str, content: str) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )


def test_a_good_file_is_replayed_and_a_bad_one_names_its_line_and_changes_nothing(page: Page) -> None:
    page.goto("/replay")
    drawn(page, "replay")
    drop(page, "good.csv", GOOD)
    expect(answer(page)).to_contain_text("Over 3 min at a mean of 1 request/s, ")
    said = str(answer(page).text_content())
    drop(page, "bad.csv", BAD)
    refused = page.get_by_test_id("stAlert").filter(has_text="What was shown before stays.")
    expect(refused).to_contain_text("Line 3")
    expect(refused).to_contain_text("-90")
    expect(answer(page)).to_have_text(said)
