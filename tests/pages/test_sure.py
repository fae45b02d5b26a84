"""How sure are we?, right sizes, flips and break-evens on screen, through AppTest."""

import re

import pytest

from model import Scenario, evaluate
from model.decide.crossings import crossings
from model.decide.flips import flips
from model.decide.ranges import default_ranges
from model.decide.right_size import right_size
from model.decide.verdict import verdict
from model.scenario import adjustable_assumptions, replace_at
from pages.ui import words
from pages.ui.answers import crossings as crossing_words
from pages.ui.answers import flips as turning
from pages.ui.answers import sure
from pages.ui.chart import figures_shown
from pages.ui.words.uncertain import ASSUMPTIONS
from tests.pages.test_pages import BAD_WORD, opened, ran

FEW = 1_000


def texts(app):
    return [block.value for block in app.markdown]


def shown(app, start):
    return next(text for text in texts(app) if text.lstrip("# ").startswith(start))


def table_of(app):
    return app.dataframe[0].value.set_index("")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"workload.requests_per_s": 7.0},
        {"workload.kind": "job", "workload.duration_s": 60.0},
        {"workload.pattern": "on_off"},
        {"billing.region": "ap-east-2"},
    ],
    ids=["default", "near the break-even", "a job", "on and off", "a price is missing"],
)
def test_the_page_reads_well(settings):
    app = opened("sure", settings)
    said = [*texts(app), *(str(cell) for cell in table_of(app).to_numpy().ravel())]
    assert not [text for text in said if BAD_WORD.search(text)]
    assert not app.warning or settings


def test_near_the_break_even_the_share_has_its_standard_error():
    app = opened("sure", {"workload.requests_per_s": 7.0})
    found = re.search(
        r"cheaper in (\d+) % of plausible worlds \(standard error ([\d.]+) points\)", texts(app)[0]
    )
    share, error = int(found[1]) / 100, float(found[2]) / 100
    assert 0.5 <= share < 1
    assert error == pytest.approx((share * (1 - share) / 10_000) ** 0.5, rel=0.05)


def test_the_totals_as_set_are_those_of_the_verdict():
    decision = verdict(evaluate(Scenario()))
    rows = table_of(opened("sure"))
    assert rows.loc["Lambda, a month", "As set"] == words.usd(decision.usd["aws_lambda"])
    assert rows.loc["p99 on Fargate", "As set"] == words.seconds(decision.p99_s["fargate"])


def test_own_ends_of_a_range_move_the_answer_and_can_be_taken_back():
    app = opened("sure")
    before = table_of(app).loc["Lambda, a month", "5 % above"]
    app.session_state["own ranges"] = {"workload.requests_per_s": (100.0, 1000.0)}
    app = ran(app.run())
    assert table_of(app).loc["Lambda, a month", "5 % above"] != before
    assert "yours" in set(app.dataframe[1].value["Whose"])
    next(button for button in app.button if button.label.startswith("Take all of our")).click()
    app = ran(app.run())
    assert table_of(app).loc["Lambda, a month", "5 % above"] == before


def test_the_same_seed_shows_the_same_and_another_one_hardly_another():
    app = opened("sure", {"workload.requests_per_s": 7.0})
    first, before = texts(app)[0], table_of(app)
    app.number_input(key="range_seed").set_value(2)
    app = ran(app.run())
    second = texts(app)[0]
    assert not before.equals(table_of(app))
    one, other = (int(re.search(r"in (\d+) %", text)[1]) for text in (first, second))
    assert abs(one - other) <= 2


def test_which_one_says_what_decides_and_what_would_turn_it_round():
    app = opened("which_one")
    assert shown(app, "Money decides")
    for sentence in turning.flips(flips(Scenario()), verdict(evaluate(Scenario()))):
        assert words.in_markdown(sentence) in texts(app)
    assert any("plausible worlds" in text for text in texts(app))


def test_right_sizes_are_shown_and_can_be_taken_over():
    app = opened("which_one")
    app.session_state["which_sizes"] = turning.RIGHT_SIZED
    app = ran(app.run())
    sized = right_size(Scenario())
    for sentence in turning.sized(sized):
        assert words.in_markdown(sentence) in texts(app)
    assert f"{words.in_markdown(words.usd(sized.fargate.usd))} a month" in shown(app, "Fargate")
    next(button for button in app.button if button.label.startswith("Take these sizes")).click()
    app = ran(app.run())
    assert app.session_state["aws_lambda.memory_mb"] == sized.aws_lambda.settings["aws_lambda.memory_mb"]
    assert app.session_state["fargate.vcpu"] == sized.fargate.settings["fargate.vcpu"]
    assert next(button for button in app.button if button.label.startswith("Take these sizes")).disabled


def test_under_a_long_pattern_flips_are_searched_on_demand():
    app = opened("which_one", {"workload.pattern": "diurnal", "fargate.max_tasks": 50})
    assert not any("plausible worlds" in text for text in texts(app))
    app.toggle(key="which_search").set_value(True)
    app = ran(app.run())
    assert any("plausible worlds" in text for text in texts(app))


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({"workload.slo_p99_s": 0.7}, "The service level decides: Fargate misses it."),
        ({"workload.slo_p99_s": 0.1}, "The service level decides: Lambda and Fargate both miss it."),
        ({"workload.needs": ("websockets",)}, "A hard limit decides: Lambda's websockets."),
    ],
)
def test_the_constraint_that_decides_is_named(settings, start):
    assert shown(opened("which_one", settings), start)


def test_nothing_that_flips_it_is_said_plainly():
    assert turning.NOTHING in texts(opened("which_one", {"workload.needs": ("gpu",)}))


def test_a_level_nobody_meets_is_told_with_the_nearest_miss():
    said = turning.sized(right_size(replace_at(Scenario(), "workload.slo_p99_s", 0.3)))
    assert all("no size does" in text and "The service level cannot be met" in text for text in said)


@pytest.mark.parametrize("sized", [False, True])
def test_break_even_over_a_field_is_said_and_drawn(sized):
    app = opened("cost", {"workload.requests_per_s": 6.0})
    app.session_state["cost_tab"] = "Break-even"
    app = ran(app.run())
    if sized:
        app.toggle(key="break_even_sized").set_value(True)
        app = ran(app.run())
    found = crossings(
        replace_at(Scenario(), "workload.requests_per_s", 6.0), "workload.duration_s", sized=sized
    )
    figure = figures_shown(app)["cost_crossings"]
    marks = next(trace for trace in figure["data"] if trace["name"] == "Break-even")
    assert marks["x"] == pytest.approx([one.value for one in found])
    assert ("no break-even" in figure["layout"]["title"]["text"]) == (not found)


def test_every_assumption_has_a_name_and_every_range_a_value_in_words():
    known = {id for id in adjustable_assumptions() if not id.startswith("uncertainty.")}
    assert known <= set(ASSUMPTIONS)
    for one in default_ranges(Scenario()):
        for value in (one.low, one.now, one.high):
            assert not BAD_WORD.search(words.about(one.name, value))


def test_shares_at_the_ends_are_said_in_words():
    assert turning.cheaper(0.0, 0.0, FEW) == "Fargate is cheaper in all of 1,000 plausible worlds."
    assert turning.cheaper(1.0, 0.0, FEW) == "Lambda is cheaper in all of 1,000 plausible worlds."
    assert turning.cheaper(0.83, 0.0119, FEW).startswith(
        "Lambda is cheaper in 83 % of plausible worlds (standard"
    )
    assert sure.converged(0.0, 0.0, FEW) == "Fargate is cheaper in every world, from the first to draw 1,000"
    assert crossing_words.can_be_sized("workload.duration_s") and not crossing_words.can_be_sized(
        "fargate.vcpu"
    )
