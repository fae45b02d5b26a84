"""The button that hands out documents, through AppTest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from model import Scenario, replace_at
from pages.ui.at_hand import NAME
from pages.ui.exports.document import document
from pages.ui.exports.scenario_file import scenario_file
from pages.ui.take_away import FILES

ROOT = Path(__file__).parents[2]


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["take_away"] = True
    app.run()
    assert not app.exception
    return app


def test_every_document_is_offered_under_a_name_from_the_answer() -> None:
    app = opened()
    labels = [button.label for button in app.get("download_button")]
    assert set(FILES) <= set(labels)
    (box,) = [one for one in app.text_input if one.label == "Name of the scenario"]
    assert box.placeholder == "Fargate for 100 requests/s"
    box.set_value("Checkout").run()
    assert app.session_state[NAME] == "Checkout"


def test_a_scenario_file_sets_the_controls_and_a_wrong_one_leaves_them() -> None:
    app = opened()
    wanted = replace_at(Scenario(), {"workload.requests_per_s": 250.0, "billing.region": "eu-central-1"})
    upload = app.file_uploader(key="take_away_file")
    upload.set_value(("s.json", scenario_file(document(wanted, "Shop")).encode(), "application/json")).run()
    assert not app.exception
    assert app.session_state["scenario"] == wanted
    assert app.session_state[NAME] == "Shop"
    app.file_uploader(key="take_away_file").set_value(("s.json", b"{", "application/json")).run()
    assert app.session_state["scenario"] == wanted
    assert any("What was shown before stays" in error.value for error in app.error)


def test_libraries_that_write_documents_are_loaded_only_when_asked_for() -> None:
    script = "import sys, pages.ui.pages; print({'pptx', 'xlsxwriter'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() == "set()", done.stderr
