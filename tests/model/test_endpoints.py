"""A table of endpoints: good rows become scenarios, bad cells are named, text goes in and out unharmed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import Scenario
from model.decide.endpoints import COLUMNS, EXAMPLE, MOST_ROWS, SHOWN, column, endpoints, from_text, to_csv
from model.scenario import replace_at


def good(rows, base=None):
    found, bad = endpoints(base or Scenario(), rows)
    assert not bad
    return {one.name: one.scenario for one in found}


def problems(*rows):
    return [(one.row, one.column, one.value) for one in endpoints(Scenario(), rows)[1]]


def test_the_example_is_five_routes_without_a_problem():
    assert list(good(EXAMPLE)) == ["users", "reports", "webhooks", "file processing", "scheduled jobs"]


def test_an_empty_cell_takes_its_value_from_the_controls():
    base = replace_at(Scenario(), {"workload.duration_s": 3.0, "fargate.vcpu": 1.0, "fargate.memory_gb": 2.0})
    one = good(
        [{"name": "a", "requests_per_s": 7, "duration_s": "", "vcpu": None, "cpu_share": float("nan")}], base
    )
    assert one["a"] == replace_at(base, "workload.requests_per_s", 7.0)


def test_cells_may_be_text_numbers_or_lists():
    one = good(
        [
            {
                "name": "a",
                "requests_per_s": " 1 500 ",
                "needs": "gpu; websockets",
                "vpc": "yes",
                "pattern": "on_off",
            }
        ]
    )
    assert one["a"].workload.requests_per_s == 1500
    assert one["a"].workload.needs == ("websockets", "gpu")
    assert one["a"].aws_lambda.vpc and one["a"].workload.pattern == "on_off"


def test_a_field_of_both_platforms_is_named_in_full():
    assert column("aws_lambda.architecture") == "aws_lambda.architecture" and column("fargate.vcpu") == "vcpu"
    one = good([{"name": "a", "fargate.architecture": "arm64"}])
    assert (one["a"].fargate.architecture, one["a"].aws_lambda.architecture) == ("arm64", "x86_64")


def test_billing_is_shared_and_no_column():
    assert problems({"name": "a", "region": "eu-west-1"}) == [(1, "region", "eu-west-1")]


@pytest.mark.parametrize(
    ("cells", "column_", "allowed"),
    [
        ({"duration_s": "fast"}, "duration_s", "a number from 0.001 to 1,209,600 s"),
        ({"duration_s": -1}, "duration_s", "a number from 0.001"),
        ({"duration_s": float("inf")}, "duration_s", "a number from 0.001"),
        ({"duration_s": 1000}, "duration_s", "for a service"),
        ({"duration_s": True}, "duration_s", "a number"),
        ({"memory_mb": 512.5}, "memory_mb", "a whole number"),
        ({"pattern": "weekly"}, "pattern", "one of steady"),
        ({"needs": "gpu, magic"}, "needs", "any of websockets"),
        ({"vpc": "maybe"}, "vpc", "true or false"),
        ({"vcpu": 1, "memory_gb": 1}, "memory_gb", "with 1 vCPU one of 2"),
        ({"min_tasks": 30}, "min_tasks", "at most max_tasks"),
        ({"snapstart": "yes"}, "snapstart", "false with runtime"),
        ({"speed": 5}, "speed", "no such column"),
        ({"=cmd()": 5}, "=cmd()", "no such column"),
    ],
)
def test_a_bad_cell_is_named_with_row_column_value_and_what_is_allowed(cells, column_, allowed):
    found, bad = endpoints(Scenario(), [{"name": "fine"}, {"name": "wrong", **cells}])
    assert [one.name for one in found] == ["fine"]
    (one,) = bad
    assert (one.row, one.name, one.column) == (2, "wrong", column_)
    assert allowed in one.allowed


def test_every_bad_cell_of_a_row_is_named_at_once():
    assert problems({"name": "a", "duration_s": "x", "pattern": "y"}) == [
        (1, "duration_s", "x"),
        (1, "pattern", "y"),
    ]


def test_two_rows_of_one_name_are_one_too_many():
    assert problems({"name": "a"}, {"name": " a "}) == [(2, "name", "a")]


def test_rows_without_an_entry_are_skipped_and_nameless_ones_get_a_number():
    assert list(good([{"name": None, "needs": []}, {"requests_per_s": 5}, {}])) == ["endpoint 1"]


def test_a_table_that_is_too_long_says_how_long_it_may_be():
    found, bad = endpoints(Scenario(), [{"name": f"e{i}"} for i in range(MOST_ROWS + 50)])
    assert len(found) == MOST_ROWS and bad[-1].allowed == "at most 100 rows"


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["\t", ",", ";"], ids=["spreadsheet", "CSV", "semicolons"])
def test_a_pasted_table_is_read_whatever_separates_its_cells(separator):
    text = "\ufeffName|requests_per_s|pattern\r\nsearch|20|steady\r\n\r\nmail|0.5|on_off\r\n".replace(
        "|", separator
    )
    assert from_text(text) == [
        {"name": "search", "requests_per_s": "20", "pattern": "steady"},
        {"name": "mail", "requests_per_s": "0.5", "pattern": "on_off"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        (" \n\t ", "There is no text"),
        ("search\t20\nmail\t5", "The first line must name columns"),
        ("name,duration_s", "no row below it"),
        ("name,duration_s,duration_s\na,1,2", "'duration_s' is there twice"),
        ("name,duration_s\na,1,2", "Row 1 has 3 cells, but there are 2 columns"),
        ("\x00\x01\x02", "The first line must name columns"),
        ('"name\nnever closed', "The first line must name columns"),
    ],
)
def test_text_that_is_no_table_says_so_in_a_sentence(text, said):
    with pytest.raises(ValueError, match=said):
        from_text(text)


def test_the_table_comes_back_from_its_own_csv():
    again = from_text(to_csv(EXAMPLE))
    assert good(again) == good(EXAMPLE)


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "a,b", 'a"b', "'x"]
)
def test_a_name_is_no_formula_in_the_csv_and_itself_again_when_read(name):
    text = to_csv([{"name": name, "requests_per_s": 5.0}])
    cell = text.splitlines()[1] if "\r" not in name else text.split("\n")[1]
    assert not cell.lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r"))
    if "\r" not in name:
        assert from_text(text)[0]["name"].strip() == name.strip()


def test_formulas_among_the_column_names_are_defused_too():
    assert to_csv([{"name": "a", "=cmd": 1}]).splitlines()[0] == "name,'=cmd"


@given(st.text(max_size=300))
def test_any_text_is_a_table_or_a_sentence(text):
    for candidate in (text, "name,duration_s\n" + text):
        try:
            rows = from_text(candidate)
        except ValueError as refused:
            assert str(refused).endswith((".", "columns.")) and len(str(refused)) < 400
            continue
        endpoints(Scenario(), rows)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.lists(st.text(max_size=8), max_size=3),
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", *COLUMNS, "nonsense"]), CELLS, max_size=6), max_size=4)
)
def test_any_cells_are_endpoints_or_named_problems(rows):
    found, bad = endpoints(Scenario(), rows)
    assert len({one.name for one in found}) == len(found)
    assert all(one.allowed and one.row >= 1 for one in bad)
    to_csv(rows)


def test_every_column_shown_is_a_field():
    assert {COLUMNS[column(path)] for path in SHOWN} == set(SHOWN)
