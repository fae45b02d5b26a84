"""Documents, opened again by other libraries than those that wrote them; figures from sums written out or from the bill."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

import model
from model import Scenario, ScenarioError, replace_at
from pages.ui.exports.bill_rows import PriceBook, bill_rows
from pages.ui.exports.decision_record import decision_record
from pages.ui.exports.document import Document, default_name, document
from pages.ui.exports.excel import PRICE_COLUMNS, excel
from pages.ui.exports.formulas import larger, rounded_up, smaller, term
from pages.ui.exports.html_report import html_report
from pages.ui.exports.infrastructure import infrastructure
from pages.ui.exports.inputs import Inputs
from pages.ui.exports.origin import origin, settings_line
from pages.ui.exports.powerpoint import powerpoint
from pages.ui.exports.scenario_file import opened, scenario_file
from pages.ui.exports.text import cell, file_name, plain

ROOT = Path(__file__).parents[2]
LINK = "http://127.0.0.1:8501/cost?v=1&workload.requests_per_s=150"
HOSTILE = '=HYPERLINK("http://evil")</script><img src=x onerror=alert(1)>|[a](javascript:1)\u202e\x00'
SCENARIOS: dict[str, dict[str, Any]] = {
    "the article's": {},
    "a job": {"workload.kind": "job"},
    "much of everything": {
        "workload.requests_per_s": 5000.0,
        "workload.log_kb": 20.0,
        "workload.response_kb": 300.0,
        "workload.outbound_kb": 3.0,
        "workload.cross_zone_kb": 2.0,
        "workload.queue": True,
        "workload.step_functions_transitions": 3.0,
        "workload.rds_proxy": "both",
        "workload.custom_metrics": 50,
        "workload.xray_share": 0.1,
    },
    "provisioned": {"aws_lambda.provisioned_concurrency": 20, "aws_lambda.ephemeral_mb": 2048},
    "HTTP API, VPC": {"aws_lambda.front_door": "http_api", "aws_lambda.vpc": True, "aws_lambda.nat": True},
    "WebSockets": {"aws_lambda.front_door": "websocket_api", "workload.open_connections": 1000},
    "large events": {"aws_lambda.invocation": "async", "workload.request_kb": 900.0},
    "streamed": {"aws_lambda.streamed": True, "workload.response_kb": 9000.0},
    "restored": {
        "aws_lambda.snapstart": True,
        "aws_lambda.runtime": "python313",
        "aws_lambda.framework": "none",
    },
    "Spot": {"fargate.spot_share": 0.5, "fargate.nat": True},
    "Windows": {"fargate.os": "windows", "fargate.vcpu": 2.0, "fargate.memory_gb": 4.0},
    "endpoints": {
        "fargate.nat": True,
        "fargate.interface_endpoints": 3,
        "fargate.public_ip": True,
        "fargate.container_insights": True,
        "fargate.metric_period_s": 20.0,
        "fargate.ephemeral_gb": 50.0,
    },
    "in an organisation": {"billing.other_lambda_gb_s": 6e9, "billing.other_lambda_requests": 1e5},
    "without the free tier": {"billing.free_tier": False},
    "plan": {"billing.savings_plan": "1yr_no_upfront", "workload.pattern": "diurnal"},
    "last year": {"billing.on": "2025-06-01"},
}
NOT_A_FORMULA = {"Savings plan, commitment not used"}


@cache
def written(name: str) -> Document:
    """A document on one of the scenarios above; it keeps what it computes."""
    return document(replace_at(Scenario(), SCENARIOS[name]), "Checkout", LINK)


@cache
def hostile() -> Document:
    return document(Scenario(), HOSTILE, 'javascript:alert(1)//"><script>alert(2)</script>')


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_quantity_is_a_formula_that_gives_the_bills_own_figure(name: str) -> None:
    asked = written(name)
    inputs, book = Inputs(asked.scenario), PriceBook("Prices", 6, PRICE_COLUMNS)
    for rows in bill_rows(asked.comparison, inputs, book).values():
        for row in rows:
            assert row.live or row.line.item in NOT_A_FORMULA, row.line.item
            assert row.quantity.value == pytest.approx(float(row.line.quantity), rel=1e-9)
            price = book.rows[row.price].usd
            usd = None if price is None else price * row.quantity.value
            assert usd == (None if row.line.usd is None else pytest.approx(float(row.line.usd), rel=1e-9))


def test_a_formula_says_what_it_computes() -> None:
    requests, free = term(7), term(5)
    paid = larger(requests * 3 - free, 0)
    assert (paid.value, paid.text) == (16, "MAX(7*3-5,0)")
    assert ((requests - free) * 2).text == "(7-5)*2"
    assert (requests - (free - 1)).text == "7-(5-1)"
    assert (requests / (free * 2)).value == 0.7
    assert (requests / (free * 2)).text == "7/(5*2)"
    assert (2 * requests).value == 14
    assert (1 - requests).value == -6
    assert rounded_up(requests / 2).value == 4
    assert smaller(requests, free).value == 5


def test_the_workbook_has_formulas_named_cells_and_the_bills_totals() -> None:
    asked = written("the article's")
    content = excel(asked)
    live, cached = (openpyxl.load_workbook(io.BytesIO(content), data_only=only) for only in (False, True))
    assert live.sheetnames == ["Summary", "Inputs", "Prices", "Bill", "Break-even"]
    assert {"workload_requests_per_s", "sim_task_hours", "requests_a_month"} <= set(live.defined_names)
    formulas = {row[0].value: row for row in live["Bill"].iter_rows()}
    values = {row[0].value: row for row in cached["Bill"].iter_rows()}
    assert str(formulas["vCPU (Linux/x86_64)"][1].value) == "=sim_task_hours*fargate_vcpu"
    for side, name in (("aws_lambda", "Lambda"), ("fargate", "Fargate")):
        total = getattr(asked.comparison, side).bill.total_usd
        assert str(formulas[f"Total, {name}"][4].value).startswith("=IF(COUNT(")
        assert values[f"Total, {name}"][4].value == pytest.approx(float(total))
    where = [row[8].value for row in live["Prices"].iter_rows(min_row=6)]
    assert sum(str(address).startswith("https://") for address in where) > 5
    assert all(row[6].value for row in live["Prices"].iter_rows(min_row=6)), (
        "every price has the day of its check"
    )
    assert len(live["Break-even"]._charts) == 1


def test_a_missing_price_leaves_the_total_open_in_the_workbook() -> None:
    asked = document(replace_at(Scenario(), "billing.region", "me-central-1"))
    assert None in asked.verdict.usd.values()
    book = openpyxl.load_workbook(io.BytesIO(excel(asked)), data_only=True)
    totals = [row[4].value for row in book["Bill"].iter_rows() if str(row[0].value).startswith("Total")]
    assert "no published figure" in totals


def test_charts_on_slides_are_native_with_the_models_figures_behind_them() -> None:
    asked = written("the article's")
    deck = Presentation(io.BytesIO(powerpoint(asked)))
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    lines, stacked, columns = (
        XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS,
        XL_CHART_TYPE.BAR_STACKED,
        XL_CHART_TYPE.COLUMN_CLUSTERED,
    )
    marked = XL_CHART_TYPE.XY_SCATTER  # lines, too, but the break-even is a mark
    assert [chart.chart_type for chart in charts] == [marked, stacked, columns, lines]
    cost, bill, waiting, _ = charts
    assert [series.name for series in cost.plots[0].series] == ["Lambda", "Fargate", "Break-even"]
    last = float(asked.curve.fargate_usd[-1])  # type: ignore[index]
    assert list(cost.plots[0].series[1].values)[-1] == pytest.approx(last)
    for place, side in enumerate(("aws_lambda", "fargate")):
        stack = sum(list(series.values)[place] for series in bill.plots[0].series)
        assert stack == pytest.approx(float(getattr(asked.comparison, side).bill.total_usd), abs=1e-4)
    p99 = list(waiting.plots[0].series[1].values)[3]
    assert p99 == pytest.approx(float(asked.comparison.fargate.latency.p99_s))
    sheet = openpyxl.load_workbook(io.BytesIO(waiting.part.chart_workbook.xlsx_part.blob)).active
    assert sheet is not None
    assert sheet["C5"].value == pytest.approx(p99)


def test_slides_are_titled_with_findings_and_their_notes_tell_assumptions_and_link() -> None:
    asked = written("the article's")
    slides = list(Presentation(io.BytesIO(powerpoint(asked))).slides)
    assert slides[0].shapes.title.text == asked.finding
    for slide in slides:
        assert slide.shapes.title.text
        notes = slide.notes_slide.notes_text_frame.text
        assert LINK in notes and asked.origin.settings in notes and "Modelled, not billed" in notes


def every_document(asked: Document) -> dict[str, str]:
    """The text of each document, as its reader finds it."""
    book = openpyxl.load_workbook(io.BytesIO(excel(asked)))
    deck = Presentation(io.BytesIO(powerpoint(asked)))
    on_slides = [
        shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame
    ]
    on_slides += [slide.notes_slide.notes_text_frame.text for slide in deck.slides]
    archive = zipfile.ZipFile(io.BytesIO(infrastructure(asked)))
    return {
        "excel": "\n".join(str(one.value) for sheet in book for row in sheet.iter_rows() for one in row),
        "powerpoint": "\n".join(on_slides),
        "html": html_report(asked),
        "record": decision_record(asked).replace("\\", ""),
        "code": archive.read("README.md").decode(),
        "scenario": scenario_file(asked),
    }


def test_every_document_says_where_it_comes_from() -> None:
    for name, text in every_document(written("the article's")).items():
        for what in ("Checkout", "N. Virginia", "23 November 2026", model.__version__, "odelled, not billed"):
            assert what in text, (name, what)
        assert LINK in text.replace("&amp;", "&"), name


def test_the_model_has_the_version_of_the_newest_entry_in_the_changelog() -> None:
    newest = re.search(r"^## (\d{4})-(\d\d)-(\d\d)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert newest is not None
    assert model.__version__ == ".".join(newest.groups())


class Tags(HTMLParser):
    """Collects tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_a_hostile_name_or_link_is_shown_and_never_acts() -> None:
    page = Tags()
    page.feed(html_report(hostile()))
    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert page.addresses == []
    book = openpyxl.load_workbook(io.BytesIO(excel(hostile())))
    cells = [one for sheet in book for row in sheet.iter_rows() for one in row if "evil" in str(one.value)]
    assert cells
    assert all(one.data_type == "s" for one in cells)
    assert not [one for row in book["Summary"].iter_rows() for one in row if one.hyperlink]
    record = decision_record(hostile())
    assert not re.search(r"(?<!\\)(<img|\]\(javascript)", record)
    assert "\u202e" not in record
    assert hostile().origin.name in "\n".join(every_document(hostile())["powerpoint"].splitlines())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_text_that_a_spreadsheet_would_compute_is_defused(text: str, expected: str) -> None:
    assert cell(text) == expected


def test_names_become_one_visible_line_and_a_file_name_of_letters() -> None:
    assert plain("a\nb\x00\u202ec", 80) == "a b c"
    assert plain("x" * 100, 80) == "x" * 80
    assert file_name("Überweisung, EU/../x", ".xlsx") == "uberweisung-eu-x.xlsx"
    assert file_name("../..", ".md") == "lambda-or-fargate.md"


def test_the_report_asks_nobody_for_anything_and_keeps_to_its_policy() -> None:
    text = html_report(written("the article's"))
    head = text[: text.index("<style>")]
    assert "default-src 'none'" in head
    page = Tags()
    page.feed(text)
    assert page.addresses == [LINK]
    assert "link" not in page.tags


@pytest.mark.parametrize("name", ["the article's", "a job", "plan", "last year"])
def test_a_scenario_file_opens_again_as_the_same_scenario(name: str) -> None:
    asked = written(name)
    text = scenario_file(asked)
    assert opened(text.encode()) == (asked.scenario, "Checkout")
    assert json.loads(text)["origin"]["Model version"] == model.__version__


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b"{",
        b'{"workload": {"requests_per_s": "many"}}',
        b'{"nonsense": {}}',
        b"[" * 99_999,
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(ScenarioError, match="is not allowed|unknown"):
        opened(content)


def test_a_scenario_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(ScenarioError, match="at most 5,000,000 bytes"):
        opened(b" " * 5_000_001)


@pytest.mark.parametrize("name", ["the article's", "a job"])
def test_a_decision_record_has_its_parts_and_leaves_the_outcome_open(name: str) -> None:
    text = decision_record(written(name))
    heads = re.findall(r"^## (.*)$", text, re.M)
    assert heads[:3] == ["Context", "Decision drivers", "Options"]
    assert {"Outcome", "Consequences", "Range", "What would flip it"} <= set(heads)
    assert "Signed:" in text
    assert "None" not in text


def test_settings_are_said_in_words_and_own_ones_are_counted() -> None:
    plainly = settings_line(Scenario())
    assert plainly.startswith("100 requests/s, steady, 200 ms handler time; Lambda 1,024 MB")
    changed = {"workload.log_kb": 3.0, "billing.overrides": {"elb.alb_hour@us-east-1": 0.01}}
    assert settings_line(replace_at(Scenario(), changed)).endswith("Log text per request 3 KB; 1 own price")


def test_prices_of_an_earlier_day_are_named_by_that_day() -> None:
    asked = origin(replace_at(Scenario(), "billing.on", "2025-06-01"))
    assert "in force on 1 June 2025" in asked.source


def test_a_scenario_without_a_name_is_called_after_its_answer() -> None:
    asked = written("the article's")
    assert default_name(asked.verdict, asked.scenario) == "Fargate for 100 requests/s"


def test_infrastructure_code_is_the_same_archive_each_time() -> None:
    first, second = (infrastructure(document(Scenario(), "x", LINK)) for _ in range(2))
    assert first == second
    assert len(zipfile.ZipFile(io.BytesIO(first)).namelist()) == 5


def test_exports_do_without_streamlit() -> None:
    names = [path.stem for path in (ROOT / "pages/ui/exports").glob("*.py") if path.stem != "__init__"]
    imports = "; ".join(f"import pages.ui.exports.{name}" for name in names)
    script = f"import sys; {imports}; print('streamlit' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() == "False", done.stderr
