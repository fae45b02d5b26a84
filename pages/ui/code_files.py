"""Generated infrastructure code on screen, to copy or to download."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from model.deploy.code import Code
from model.deploy.function_cdk import function_cdk
from model.deploy.function_template import function_template
from model.deploy.rollouts import Plan
from model.deploy.service_cdk import service_cdk
from model.deploy.service_template import service_template
from model.scenario import Scenario
from pages.ui.words import as_typed

HEIGHT = 480


def code_files(scenario: Scenario, strategies: Mapping[str, str], plan: Plan | None) -> None:
    """A tab for each platform and language."""
    function, service = strategies["aws_lambda"], strategies["fargate"]
    files = {
        "Lambda: SAM": function_template(scenario, function),
        "Lambda: CDK": function_cdk(scenario, function),
        "Fargate: CloudFormation": service_template(scenario, service, plan),
        "Fargate: CDK": service_cdk(scenario, service, plan),
    }
    for tab, code in zip(st.tabs(list(files)), files.values(), strict=True):
        with tab:
            _file(code)


def _file(code: Code) -> None:
    for note in code.notes:
        st.caption(f":material/info: {as_typed(note)}")
    st.download_button(
        f"Download {code.file_name}",
        code.text,
        file_name=code.file_name,
        mime="text/plain",
        key=f"download {code.file_name}",
        on_click="ignore",
    )
    st.code(code.text, language=code.language, height=HEIGHT)
