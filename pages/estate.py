"""Which services should move? A whole table of services: both sides of each, what the moves bring, and which come first."""

import streamlit as st

from model import evaluate
from model.fleet.estate import savings, totals
from pages.ui import estate_run
from pages.ui.answers import estate as answers
from pages.ui.chart import chart
from pages.ui.estate_list import filtered, open_one, service_list
from pages.ui.estate_table import chosen_services, example_note
from pages.ui.figures.estate import month_bars, savings_curve, service_scatter
from pages.ui.page import answer, how_computed, numbers_used, quiet
from pages.ui.pages import inside_app
from pages.ui.state import scenario

inside_app()

question = scenario()
evaluate(question)  # settings nobody measured are refused here, as on every page
above = st.container()
services, key = chosen_services(question)
line = estate_run.line_of(question)


def draw(run):
    """What the results so far say."""
    results = run.results
    found, ranked = totals(results), savings(results)
    answer(answers.moving(found))
    quiet(example_note())
    left, right = st.columns(2)
    with left:
        title = answers.sums_title(found)
        chart(month_bars(answers.sums(found), title), key="estate_sums", height=360, description=title)
    with right:
        title = answers.savings_title(ranked)
        names = results["name"].iloc[ranked.order].tolist()
        chart(savings_curve(ranked, names, title), key="estate_savings", height=360, description=title)
    title = answers.scatter_title(found)
    chart(service_scatter(results, line, title), key="estate_scatter", height=480, description=title)
    if not run.open:
        shown = filtered(results)
        service_list(shown, len(results))
        open_one(shown, run.services)
        estate_run.downloads(results)


with above:
    if len(services):
        estate_run.show(services, key, draw)
    else:
        answer(answers.unusable(services.refused))

how_computed("Estate", "Right size", "Verdict")
numbers_used(groups=("lambda", "fargate", "elb"))
