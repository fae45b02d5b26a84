"""How slow is a cold start? How long, how often, and what it does to the slowest requests."""

import streamlit as st

from model import evaluate
from model.decide.sweeps import cold_share_over_traffic, runtime_starts
from model.traffic import mean_per_s
from pages.ui.answers import cold_start as answers
from pages.ui.answers import common
from pages.ui.chart import chart
from pages.ui.figures.latency import cold_share_curve, cold_start_parts, runtime_dots, survival_curves
from pages.ui.page import answer, how_computed, numbers_used
from pages.ui.pages import inside_app
from pages.ui.state import scenario
from pages.ui.words import runtime

inside_app()

question = scenario()
comparison = evaluate(question)
start, cold = comparison.aws_lambda.start, comparison.aws_lambda.cold
waiting = {"aws_lambda": comparison.aws_lambda.latency, "fargate": comparison.fargate.latency}

answer(answers.cold_start(comparison))

parts = answers.start_parts(start)
chart(
    cold_start_parts(parts, answers.longest_part(parts)),
    key="start_parts",
    height=320,
    description=answers.longest_part(parts),
)
left, right = st.columns(2)
with left:
    tail = answers.tail(comparison)
    chart(survival_curves(waiting, common.level(question), tail), key="survival", description=tail)
with right:
    curve = cold_share_over_traffic(question)
    how_often = answers.how_often(comparison)
    chart(
        cold_share_curve(curve.values, curve.p_cold, mean_per_s(question.workload), cold.p_cold, how_often),
        key="cold_share",
        description=how_often,
    )
runtimes = runtime_starts(question)
chosen = runtime(question.aws_lambda.runtime)
ranking = answers.rank(runtimes, question.aws_lambda.runtime)
chart(
    runtime_dots(answers.runtime_rows(runtimes), chosen, ranking),
    key="runtimes",
    height=900,
    description=ranking,
)

how_computed("Cold start", "Warm pool", "Latency")
numbers_used(groups=("cold_start",))
