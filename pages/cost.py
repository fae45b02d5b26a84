"""What does it cost? Both bills, line by line, over traffic, utilisation, any two fields and all Regions."""

from datetime import date

import streamlit as st

from model.cost.lines import day, early_prices, used
from model.decide.cost_bands import band_now
from model.decide.sweeps import MAP_FIELDS, cost_over_utilisation, utilisation_now
from model.scenario import value_at
from pages.ui import kept, tables
from pages.ui import kept_decisions as decisions
from pages.ui.answers import common, memory
from pages.ui.answers import cost as answers
from pages.ui.answers import crossings as crossing
from pages.ui.asked import asked
from pages.ui.beside import show
from pages.ui.chart import chart
from pages.ui.figures.cost import utilisation_curves
from pages.ui.figures.cost_map import cost_map
from pages.ui.figures.crossings import field_curves
from pages.ui.figures.memory import memory_rows
from pages.ui.figures.regions import region_dots
from pages.ui.measurements import import_measurements
from pages.ui.page import (
    answer,
    ask_missing_prices,
    choose_field,
    how_computed,
    metrics,
    numbers_used,
    quiet,
    table,
)
from pages.ui.pages import inside_app
from pages.ui.relevance import matters
from pages.ui.state import scenario
from pages.ui.words import BILLS, in_markdown

inside_app()

question = scenario()
now = asked()
comparison, decision, curve, crossings = now.comparison, now.decision, now.curve, now.crossings
bills = answers.bills_of(comparison)
lines = [line for bill in bills.values() for line in bill.lines]
on = day(question.billing)
ranges = answers.ranges(band_now(question))
words = answers.cost(decision, crossings, ranges)

answer(words, answers.managed(bills))
quiet(common.price_age(tables.priced_rows(lines, on), on or date.today()))
quiet(common.early_prices(early_prices(used(lines), question.billing), question.billing.on))
ask_missing_prices(bills.values())
metrics(answers.money(decision, ranges))
show("cost_curves")

made_of, busy, tuned, over_one, over_two, everywhere = st.tabs(
    ["The bill", "A million requests", "Memory", "Break-even", "Over two settings", "Regions"],
    key="cost_tab",
    on_change="rerun",
)

if made_of.open:
    with made_of:
        show("cost_lines")
        for legend in answers.segments(bills):
            st.caption(in_markdown(legend))
        for name, bill in bills.items():
            st.subheader(f"{BILLS[name]}: the month's bill")
            table(tables.bill(bill, on), in_full=True)
        shared = tables.common(bills["aws_lambda"], on)
        if shared is not None:
            st.subheader("Common to both")
            table(shared, in_full=True)

if busy.open:
    with busy:
        over = cost_over_utilisation(question, curve.values[::6])
        percent = utilisation_now(question)
        finding = answers.utilisation(over, crossings, percent)
        chart(utilisation_curves(over, percent, finding), key="cost_busy", height=480, description=finding)

if tuned.open:
    with tuned:
        tuning = kept.memory_tuning(question)
        finding = memory.finding(tuning, question)
        chart(
            memory_rows(tuning, question, finding),
            key="cost_memory",
            height=760,
            description=memory.description(tuning, question),
        )
        import_measurements(question)

if over_one.open:
    with over_one:
        fields = [path for path in crossing.FIELDS if matters(path, question)]
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            over = choose_field("Over", fields, "workload.duration_s", "break_even_over")
        with right:
            sized = st.toggle("Size both for the service level", key="break_even_sized")
        sized = sized and crossing.can_be_sized(over)
        along, found = decisions.crossings_over(question, over, sized)
        finding = crossing.crossings(along, found, sized)
        chart(
            field_curves(along, found, value_at(question, over), finding),
            key="cost_crossings",
            height=480,
            description=finding,
        )

if over_two.open:
    with over_two:
        fields = [path for path in MAP_FIELDS if matters(path, question)]
        left, right = st.columns(2)
        with left:
            across = choose_field("Across", fields, fields[0], "map_x")
        with right:
            others = [path for path in fields if path != across]
            up = choose_field("Upwards", others, "workload.duration_s", "map_y")
        ratios = kept.cost_map(question, across, up)
        finding = answers.cost_map(ratios, decision)
        if ratios.ratio is None:
            st.info(finding)
        else:
            here = (value_at(question, across), value_at(question, up))
            chart(cost_map(ratios, here, finding), key="cost_map", height=620, description=finding)

if everywhere.open:
    with everywhere:
        regions = kept.region_totals(question)
        finding = answers.regions(regions, question.billing.region)
        chart(
            region_dots(regions, question.billing.region, finding),
            key="cost_regions",
            height=900,
            description=finding,
        )
        quiet(answers.missing_regions(regions))
        table(tables.regions(regions))

managed = ["Lambda Managed Instances"] if "managed_instances" in bills else []
plans = [] if question.billing.savings_plan == "none" else ["Savings plans"]
how_computed(
    "Compute",
    "Lambda bill",
    *managed,
    "Fargate bill",
    *plans,
    "Around both",
    "Break-even",
    "Memory tuning",
    "Cost over ranges",
)
numbers_used(lines, ("compute", "elb", "logs", "network"))
