"""How good is the model? Our figures beside those that others measured, simulated, proved or billed."""

import streamlit as st

from model.accuracy import ENVIRONMENTS, P_COLD
from pages.ui import kept
from pages.ui.answers import accuracy as answers
from pages.ui.chart import chart
from pages.ui.figures.accuracy import error_dots, height
from pages.ui.page import answer, how_computed, numbers_used, table
from pages.ui.pages import inside_app

inside_app()

found = kept.accuracy()
answer(answers.summary(found))
st.caption("Computed now, with our own assumptions and prices; your settings do not count here.")

title = answers.pool_title(found)
groups = {name: answers.of(found.measured, name) for name in (P_COLD, ENVIRONMENTS)}
chart(error_dots(groups, title), key="accuracy_pool", height=height(groups), description=title)
st.caption(answers.pool_caption(found))
with st.expander("Every measurement on AWS"):
    table(answers.table(found.measured), in_full=True)
    st.caption(f"Accuracy of SimFaaS: {found.simfaas_source}.")

st.subheader("Warm pool in simulations")
st.markdown(answers.exact_said(found))
with st.expander("Every simulated case"):
    table(answers.table(found.exact), in_full=True)
with st.expander("Losses, a pool from a given state, and requests without duration"):
    table(answers.table(found.special), in_full=True)

title = answers.times_title(found)
times = {"": found.times}
chart(error_dots(times, title), key="accuracy_times", height=height(times), description=title)
st.caption(answers.times_caption(found))
with st.expander("Every published time"):
    table(answers.table(found.times), in_full=True)

st.subheader("Waiting")
st.markdown(answers.waiting_said(found))
with st.expander("Every figure beside theory"):
    table(answers.table(found.waiting), in_full=True)

st.subheader("Bills")
st.markdown(answers.bills_said(found))
table(answers.disagreements(found), in_full=True)
with st.expander("Every line of every published bill"):
    table(answers.table(found.bills))

how_computed("Accuracy", "Warm pool", "Latency", "Scaling")
numbers_used(groups=("lambda", "fargate", "target_tracking", "task_start"))
