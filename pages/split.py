"""Split it? A table of endpoints: all on one platform, each on its better side, or a baseline with overflow."""

import streamlit as st

from model import evaluate
from model.decide.endpoints import endpoints
from pages.ui import kept
from pages.ui.answers import split as answers
from pages.ui.chart import chart
from pages.ui.endpoint_table import edited_rows, paste_and_files
from pages.ui.figures.split import mix_bars, overflow_curve
from pages.ui.page import answer, how_computed, numbers_used, quiet, table
from pages.ui.pages import inside_app
from pages.ui.state import scenario
from pages.ui.words import as_typed

inside_app()

question = scenario()
evaluate(question)  # settings nobody measured are refused here, as on every page
above = st.container()
st.subheader("Endpoints")
rows = edited_rows(question)
paste_and_files(question)
found = kept.split(question, rows)

with above:
    if found is None:
        answer("Type an endpoint into the table.")
    else:
        answer(answers.split(found))
        finding = answers.mix_title(found)
        names = tuple(one.name for one in found.endpoints)
        chart(
            mix_bars(names, answers.mixes(found), finding), key="split_mixes", height=340, description=finding
        )
        quiet(answers.EXAMPLE)

if found is not None:
    table(answers.sides(found), in_full=True)
    table(answers.totals(found), in_full=True)

    st.subheader("A baseline of containers, and Lambda for the rest")
    workloads = {
        one.name: one.scenario
        for one in endpoints(question, rows)[0]
        if one.scenario.workload.kind == "service"
    }
    if question.workload.kind == "service":
        workloads["the controls’ own traffic"] = question
    if workloads:
        name = st.selectbox("Workload", list(workloads), key="overflow_of")
        over = kept.overflow(workloads[name])
        said = answers.overflow(name, over)
        st.markdown(as_typed(said))
        if over.usd is not None:
            chart(
                overflow_curve(over, answers.overflow_title(over)),
                key="split_overflow",
                height=440,
                description=said,
            )

how_computed("Hybrid")
numbers_used(groups=("lambda", "fargate", "elb"))
