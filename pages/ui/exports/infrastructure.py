"""The chosen configuration as infrastructure code, all files in one archive."""

from __future__ import annotations

import io
import zipfile

from model.deploy.code import Code
from model.deploy.function_cdk import function_cdk
from model.deploy.function_template import function_template
from model.deploy.service_cdk import service_cdk
from model.deploy.service_template import service_template
from pages.ui.exports.document import Document

FUNCTION_ROLLOUT, SERVICE_ROLLOUT = "AllAtOnce", "rolling"
LATER = (1980, 1, 1, 0, 0, 0)  # no clock: the same scenario gives the same file


def infrastructure(document: Document) -> bytes:
    """A ZIP archive of SAM, CloudFormation and CDK files, and a note on where they come from."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"README.md": _read_me(document), **_texts(document)}.items():
            archive.writestr(zipfile.ZipInfo(name, LATER), text, zipfile.ZIP_DEFLATED)
    return memory.getvalue()


def _codes(document: Document) -> tuple[Code, ...]:
    scenario = document.scenario
    return (
        function_template(scenario, FUNCTION_ROLLOUT),
        function_cdk(scenario, FUNCTION_ROLLOUT),
        service_template(scenario, SERVICE_ROLLOUT, None),
        service_cdk(scenario, SERVICE_ROLLOUT, None),
    )


def _texts(document: Document) -> dict[str, str]:
    return {code.file_name: code.text for code in _codes(document)}


def _read_me(document: Document) -> str:
    rows = "\n".join(f"- {what}: {text}" for what, text in document.origin.rows if text)
    notes = "\n".join(f"- {code.file_name}: {note}" for code in _codes(document) for note in code.notes)
    return f"# Infrastructure code\n\nSizes and scaling as compared; look it over before you deploy.\n\n{rows}\n\n{notes}\n"
