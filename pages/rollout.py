"""Roll it out: how long a new version takes, what it costs and breaks, monitoring, infrastructure code."""

import streamlit as st

from model import evaluate
from model.deploy.observe import monitoring
from pages.ui import kept
from pages.ui.answers import rollout as answers
from pages.ui.chart import chart
from pages.ui.code_files import code_files
from pages.ui.figures.rollout import capacity_courses, height
from pages.ui.page import answer, how_computed, numbers_used, table
from pages.ui.pages import inside_app
from pages.ui.rollout_controls import ask_plan, ask_strategies
from pages.ui.state import scenario
from pages.ui.words import in_markdown

inside_app()

question = scenario()
comparison = evaluate(question)
chosen = {"fargate": "rolling", "aws_lambda": "AllAtOnce"}
above = st.container()
plan = ask_plan(question)
if plan is not None:
    rollouts = kept.rollouts(question, plan)
    if not rollouts:
        with above:
            answer(answers.JOB)
    else:
        chosen = ask_strategies(rollouts)
        picked = {one.platform: one for one in rollouts if one.strategy == chosen[one.platform]}
        with above:
            answer(answers.rollout(picked["fargate"], picked["aws_lambda"], plan))
        for name, one in picked.items():
            shown = [one] if name == "aws_lambda" else [some for some in rollouts if some.platform == name]
            title = answers.course_title(one)
            chart(
                capacity_courses(shown, [answers.strategy(some.strategy) for some in shown], title),
                key=f"rollout_{name}",
                height=height(shown),
                description=title,
            )
        st.subheader("What it disturbs")
        for column, one in zip(st.columns(2), picked.values(), strict=True):
            with column:
                st.markdown(f"**{answers.NAMES[one.platform]}: {answers.strategy(one.strategy)}**")
                for sentence in answers.disturbances(one, question):
                    st.markdown(f"- {in_markdown(sentence)}")
        st.subheader("Every strategy")
        table(answers.frame(rollouts), in_full=True)

st.subheader("What you see of it")
found = monitoring(comparison)
st.markdown(in_markdown(answers.monitoring(found)))
table(answers.signals(found), in_full=True)

st.subheader("The configuration as code")
code_files(question, chosen, plan)

how_computed("Rollouts", "Monitoring", "Infrastructure code")
numbers_used(groups=("deployment", "task_start", "xray"))
