"""Does it fit? Hard limits with their margin, pitfalls with evidence and price, when to use which."""

import streamlit as st

from model.fit import fit, quotas
from pages.ui import endpoint_table, kept, tables
from pages.ui.answers import fit as answers
from pages.ui.asked import asked
from pages.ui.beside import show
from pages.ui.page import answer, how_computed, numbers_used, quiet, table
from pages.ui.pages import inside_app
from pages.ui.state import change, scenario
from pages.ui.words import in_markdown

inside_app()

question = scenario()
traffic = asked().comparison.aws_lambda.traffic
limits, defaults = fit(question, traffic), quotas(question, traffic)
checks = [*limits, *defaults]

answer(answers.fit(limits))
quiet(answers.quotas(defaults))
show("fit_margins")

found = kept.pitfalls(question)
st.subheader(answers.fired_title(found))
for one in found:
    if one.fires:
        with st.container(border=True):
            st.markdown(f"**{answers.TITLES[one.pitfall]}**  \n{in_markdown(answers.pitfall(one))}")
            for number, way in enumerate(one.remedies):
                st.markdown(f"- {in_markdown(answers.remedy(way))}")
                if way.changes:
                    st.button(
                        f"Set {answers.settings(way) or 'it so'}",
                        key=f"remedy {one.pitfall} {number}",
                        on_click=change,
                        args=(way.changes,),
                    )
quiet(answers.silent([one for one in found if not one.fires]))

st.subheader("When to use which")
points = kept.checklist(question, endpoint_table.kept_rows())
st.markdown(answers.tally(points))
for column, (choice, heading) in zip(st.columns(3), answers.CHOICES.items(), strict=True):
    with column:
        st.markdown(f"**{heading}**")
        for one in points:
            if one.choice == choice:
                st.markdown(f"- {in_markdown(answers.point(one))}")

st.subheader("Every limit")
table(tables.checks(checks), in_full=True)

how_computed("Fit", "Pitfalls", "When to use which")
numbers_used(groups=("lambda", "fargate", "api_gateway", "elb", "rds_proxy", "step_functions"))
