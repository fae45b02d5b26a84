"""Replay real traffic: both platforms under a recording, hour by hour, and its worst ten minutes by the second."""

import streamlit as st

from pages.ui import kept
from pages.ui.answers import replay as answers
from pages.ui.beside import show
from pages.ui.page import answer, ask_missing_prices, how_computed, metrics, numbers_used
from pages.ui.pages import inside_app
from pages.ui.recordings import choose_recording, hours
from pages.ui.state import scenario

inside_app()

question = scenario()
lines = ()
if question.workload.kind == "job":
    answer(answers.NO_REPLAY)
else:
    run, bands = kept.replayed(question)
    bills = (run.comparison.aws_lambda.bill, run.comparison.fargate.bill)
    lines = (*bills[0].lines, *bills[1].lines)
    answer(answers.replay(run, bands))
    choose_recording(question)
    ask_missing_prices(bills)
    metrics(answers.figures(run))
    show("replay_timeline")
    show("replay_worst")
    st.subheader(answers.table_title(run))
    hours(answers.rows(run))

how_computed("Recorded traffic", "Replay", "Scaling")
numbers_used(lines, ("target_tracking", "task_start", "lambda"))
