"""Traffic of one's own: a good file is replayed, a bad one is refused by the line, and what was shown stays."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_pages import answer, drawn

GOOD = "time,requests\n2026-11-24 10:00,30\n2026-11-24 10:01,90\n2026-11-24 10:02,60\n"
BAD = GOOD.replace("90", "-90")
LONG_S = 60_000


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


def test_a_large_estate_is_judged_piece_by_piece_and_stops_when_told(page: Page) -> None:
    """60,000 rows: above what one look takes, and above what other uploads may have."""
    rows = "".join(
        f"service-{number:05d},{1 + number % 50},0.2,aws_lambda,a note that nobody reads and that makes it long\n"
        for number in range(60_000)
    )
    page.goto("/estate")
    expect(page.locator("h2").first).to_contain_text("300 services", timeout=LONG_S)
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(
        timeout=LONG_S
    )
    page.get_by_test_id("stMain").locator("input[type=file]").first.set_input_files(
        {
            "name": "estate.csv",
            "mimeType": "text/csv",
            "buffer": f"name,requests_per_s,duration_s,on,note\n{rows}".encode(),
        }
    )
    expect(page.get_by_text(re.compile(r"^[1-9][\d,]* of 60,000 services judged"))).to_be_visible(
        timeout=LONG_S
    )
    page.get_by_role("button", name="Stop", exact=True).click()
    stopped = page.get_by_text(re.compile(r"Stopped: [\d,]+ of 60,000 services judged"))
    expect(stopped).to_be_visible(timeout=LONG_S)
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(stopped).to_be_hidden(timeout=LONG_S)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=LONG_S)
