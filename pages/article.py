"""The article, checked: every claim with the model's result, the verdict and the condition."""

import streamlit as st

from model.serialise import to_params
from pages.ui import kept
from pages.ui.answers import article as answers
from pages.ui.chart import chart
from pages.ui.figures.article import claim_dots, height
from pages.ui.page import answer, how_computed, numbers_used, table
from pages.ui.pages import inside_app
from pages.ui.state import scenario
from pages.ui.words import in_markdown

inside_app()

findings = answers.ordered(kept.findings(scenario()))
answer(answers.summary(findings))
st.caption(
    "Each is computed on the article’s own example: 100 requests/s of 200 ms at 1 GB, 2 to 20 tasks. Your Region, "
    "prices and assumptions count; your traffic does not."
)
title = answers.chart_title(findings)
chart(claim_dots(findings, title), key="claims", height=height(findings), description=title)

verdicts = st.pills(
    "Show",
    answers.ORDER,
    selection_mode="multi",
    default=answers.ORDER,
    format_func=answers.VERDICTS.get,
    key="claims_shown",
)
shown = [one for one in findings if one.verdict in verdicts]
table(answers.frame(shown))

for one in shown:
    with st.expander(in_markdown(f"{one.claim.claim}: {answers.VERDICTS[one.verdict]}")):
        st.markdown(f"**{in_markdown(answers.verdict(one))}** Section of the article: {one.claim.section}.")
        if one.claim.reading:
            st.caption(f"Our reading: {in_markdown(one.claim.reading)}.")
        table(answers.steps(one), in_full=True)
        st.page_link(
            f"pages/{answers.PAGES.get(one.claim.section, 'which_one')}.py",
            label="Open this scenario",
            icon=":material/open_in_new:",
            query_params={"v": "1", **to_params(one.scenario)},
        )

how_computed("The article's claims")
numbers_used(groups=("lambda", "fargate", "target_tracking", "task_start", "deployment"))
