"""Documents in the programs that people open them with: LibreOffice, headless, with a profile of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from model import Scenario, replace_at
from pages.ui.exports.document import Document, document
from pages.ui.exports.excel import excel
from pages.ui.exports.html_report import html_report
from pages.ui.exports.powerpoint import powerpoint

LIMIT_S = 180
CENT = 0.005
LINK = "http://127.0.0.1:8501/?v=1"
SCENARIOS = {
    "article": {},
    "rich": {
        "workload.requests_per_s": 3000.0,
        "billing.savings_plan": "1yr_no_upfront",
        "aws_lambda.provisioned_concurrency": 20,
        "aws_lambda.front_door": "http_api",
        "workload.response_kb": 300.0,
        "fargate.spot_share": 0.3,
        "fargate.nat": True,
    },
    "job": {"workload.kind": "job", "workload.runs_per_day": 5000.0},
}


def asked(name: str) -> Document:
    return document(replace_at(Scenario(), SCENARIOS[name]), "Checkout", LINK)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, list[Path]], Path]:
    """Converts files to a format in one start of LibreOffice; gives the folder of the results."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.fail(
            "This needs LibreOffice (Calc, Impress) on PATH; `sh setup.sh test` installs it.", pytrace=False
        )

    def convert(to: str, files: list[Path]) -> Path:
        place, profile = tmp_path_factory.mktemp("converted"), tmp_path_factory.mktemp("profile")
        command = [str(office), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", to]
        command += ["--outdir", str(place), *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        assert len(list(place.iterdir())) == len(files), done.stdout + done.stderr
        return place

    return convert


def test_recalculated_workbooks_give_the_models_totals_to_the_cent(
    converted: Callable[[str, list[Path]], Path], tmp_path: Path
) -> None:
    """Results stored in the files are taken out first, so every figure is LibreOffice's own."""
    files, changed = [], tmp_path / "changed.xlsx"
    for name in SCENARIOS:
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(excel(asked(name)))
        openpyxl.load_workbook(files[-1]).save(files[-1])
    book = openpyxl.load_workbook(tmp_path / "article.xlsx")
    (place,) = book.defined_names["billing_hours_per_month"].destinations
    book[place[0]][place[1].replace("$", "")].value = 600
    book.save(changed)
    folder = converted("xlsx:Calc MS Excel 2007 XML", [*files, changed])
    for name in SCENARIOS:
        bills = {row[0].value: row[4].value for row in calculated(folder / f"{name}.xlsx")}
        for side, label in (("aws_lambda", "Lambda"), ("fargate", "Fargate")):
            total = float(getattr(asked(name).comparison, side).bill.total_usd)
            assert bills[f"Total, {label}"] == pytest.approx(total, abs=CENT), (name, side)
        checks = [
            row[4].value
            for row in calculated(folder / f"{name}.xlsx")
            if str(row[0].value).startswith("Check:")
        ]
        assert checks == [pytest.approx(1, abs=1e-9)] * 2
    month = {row[0].value: row[4].value for row in calculated(folder / "changed.xlsx")}
    shorter = document(replace_at(Scenario(), "billing.hours_per_month", 600.0)).comparison.aws_lambda.bill
    assert month["Total, Lambda"] == pytest.approx(float(shorter.total_usd), abs=CENT)


def calculated(file: Path) -> list[tuple[openpyxl.cell.Cell, ...]]:
    sheet = openpyxl.load_workbook(file, data_only=True)["Bill"]
    errors = [one.value for row in sheet.iter_rows() for one in row if str(one.value).startswith("#")]
    assert not errors
    return list(sheet.iter_rows())


def test_slides_open_and_print_one_page_each(
    converted: Callable[[str, list[Path]], Path], tmp_path: Path
) -> None:
    file = tmp_path / "slides.pptx"
    file.write_bytes(powerpoint(asked("article")))
    printed = (converted("pdf", [file]) / "slides.pdf").read_bytes()
    assert (
        printed.count(b"/Type/Page/") + printed.count(b"/Type/Page\n") + printed.count(b"/Type /Page\n") == 7
    )


def test_the_report_opens_from_a_folder_draws_its_charts_and_prints_on_two_sheets(
    chromium: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(html_report(asked("article")), encoding="utf-8")
    troubles: list[str] = []
    with chromium.new_context(offline=True, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(file.as_uri())
        page.locator("#spike .scatterlayer").first.wait_for()
        assert page.locator(".js-plotly-plot").count() == 4
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.set_viewport_size({"width": 1280, "height": 900})
        printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") in (1, 2)
    assert not troubles
