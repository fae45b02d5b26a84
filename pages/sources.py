"""Numbers and sources: every price, limit and assumption, with where it comes from and when it was read."""

from datetime import date

import streamlit as st

from pages.ui import tables
from pages.ui.answers import common
from pages.ui.answers import sources as answers
from pages.ui.page import answer, assumption_editor, quiet, table
from pages.ui.pages import inside_app
from pages.ui.state import scenario

inside_app()

today = date.today()
region = scenario().billing.region
answer(answers.sources(today))
quiet(common.price_age(tables.price_rows_in(region), today, "of this Region", "on the cost page"))
prices, limits, assumptions, disagreements, sources = st.tabs(
    ["Prices", "Limits and rules", "Assumptions", "Disagreements", "Sources"]
)
with prices:
    table(tables.prices_in(region))
with limits:
    table(tables.facts(kinds=("published", "measured")))
with assumptions:
    assumption_editor()
with disagreements:
    table(tables.disagreements())
with sources:
    table(tables.sources())
