"""What does it cost? Both bills, line by line, and over traffic."""

import streamlit as st

from model import evaluate
from model.decide.break_even import break_even, total_curves
from model.decide.capacity import full_at_per_s
from model.decide.verdict import verdict
from pages.ui import answers, tables
from pages.ui.chart import chart
from pages.ui.figures.cost import bill_bars, cost_curves
from pages.ui.page import answer, ask_missing_prices, how_computed, metrics, numbers_used, table
from pages.ui.pages import inside_app
from pages.ui.state import scenario
from pages.ui.words import PLATFORMS

inside_app()

question = scenario()
comparison = evaluate(question)
decision = verdict(comparison)
curve = total_curves(question)
crossings = break_even(question, curve)
bills = {"aws_lambda": comparison.aws_lambda.bill, "fargate": comparison.fargate.bill}
words = answers.cost(decision, crossings)

answer(words)
ask_missing_prices(bills.values())
metrics(answers.money(decision))
chart(
    cost_curves(
        curve,
        crossings,
        answers.traffic_now(question),
        full_at_per_s(question, comparison.fargate.traffic),
        answers.cost_title(decision, crossings),
    ),
    key="cost_curves",
    height=480,
    description=words,
)
made_of = answers.largest_lines(bills)
chart(bill_bars(bills, made_of), key="cost_lines", height=260, description=made_of)
for name, bill in bills.items():
    st.subheader(f"{PLATFORMS[name]}: the month's bill")
    table(tables.bill(bill))

how_computed("Lambda bill", "Fargate bill", "Around both", "Break-even")
numbers_used((*bills["aws_lambda"].lines, *bills["fargate"].lines), ("compute", "elb", "logs"))
