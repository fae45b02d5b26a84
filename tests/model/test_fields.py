"""What a field accepts, what it makes of it, and the sentence it says when it does not."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.fields import (
    ChoiceField,
    FlagField,
    ManyField,
    NumberField,
    ScenarioError,
    checked,
    choice,
    declared_fields,
    flag,
    many,
    number,
    unknown_name,
)

SECONDS = NumberField("s", 0.5, 900, "a time")
TASKS = NumberField("tasks", 1, 50, "a count", whole=True)
LAG = NumberField("s", 0, 600, "a lag", when_none="the measured one")
COLOUR = ChoiceField(("red", "blue"), "a colour")
NEEDS = ManyField(("gpu", "websockets"), "what it needs")
FLAG = FlagField("yes or no")


@dataclass(frozen=True)
class Group:
    """A small scenario group of each kind of field."""

    wait_s: float = number(1.0, "s", 0.5, 900, "a time")
    tasks: float = number(2, "tasks", 1, 50, "a count", whole=True)
    colour: str = choice("red", ("red", "blue"), "a colour")
    needs: tuple[str, ...] = many(("gpu", "websockets"), "what it needs")
    vpc: bool = flag(False, "yes or no")


# --- quantities -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [0.5, 900, 1, np.float64(2.5), np.int64(3), np.array(7.0), [1, 2.5], (1, 2), np.array([[0.5], [900]])],
    ids=repr,
)
def test_a_quantity_takes_numbers_and_arrays_within_its_closed_range(value):
    assert SECONDS.accepts(value)


NOT_NUMBERS = {
    "just below": 0.4999999,
    "just above": 900.0001,
    "not a number": float("nan"),
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
    "overflowing integer": 10**400,
    "yes": True,
    "numpy yes": np.bool_(True),
    "a word": "many",
    "a number in words": "5",
    "a number in bytes": b"5",
    "nothing": None,
    "an object": {},
    "a complex number": 1 + 2j,
    "an empty list": [],
    "an empty array": np.array([]),
    "one element out of range": np.array([1.0, 2.0, 901.0]),
    "one element not a number": [1.0, float("nan")],
    "one element a word": [1.0, "two"],
    "one element a number in words": [1.0, "2"],
    "words that look like numbers": ["1", "2"],
    "an array of words": np.array(["1", "2"]),
    "one element yes": [1.0, True],
    "an array of yes": np.array([True, True]),
    "one element nothing": [1.0, None],
    "a ragged list": [[1.0], [1.0, 2.0]],
}


@pytest.mark.parametrize("value", NOT_NUMBERS.values(), ids=NOT_NUMBERS)
def test_a_quantity_takes_nothing_else(value):
    assert not SECONDS.accepts(value)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [(2, True), (2.0, True), (2.5, False), ([1, 2.0], True), ([1, 2.5], False), (float("nan"), False)],
)
def test_a_count_takes_whole_numbers_only(value, accepted):
    assert TASKS.accepts(value) is accepted


def test_none_is_taken_only_where_it_means_something():
    assert LAG.accepts(None) and LAG.normal(None) is None
    assert not TASKS.accepts(None)


def test_a_scalar_becomes_a_plain_number():
    assert type(SECONDS.normal(np.int64(3))) is float
    assert type(SECONDS.normal(np.array(3))) is float
    assert type(TASKS.normal(3.0)) is int and TASKS.normal(3.0) == 3


def test_an_array_is_copied_and_read_only():
    mine = np.array([1.0, 2.0])
    kept = SECONDS.normal(mine)
    mine[0] = 99.0
    assert kept.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 5.0


@given(st.floats(-1e9, 1e9))
def test_the_nearest_allowed_number_is_allowed_and_none_is_nearer(value):
    near = SECONDS.nearest(value)
    assert SECONDS.accepts(near)
    assert abs(near - value) <= min(abs(0.5 - value), abs(900 - value))
    assert near == value or not SECONDS.accepts(value)


@pytest.mark.parametrize(("value", "near"), [(-3, 1), (0.2, 1), (2.4, 2), (2.6, 3), (1e9, 50)])
def test_the_nearest_count_is_whole(value, near):
    assert TASKS.nearest(value) == near
    assert type(TASKS.nearest(value)) is int


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (SECONDS, "a number from 0.5 to 900 s"),
        (TASKS, "a whole number from 1 to 50 tasks"),
        (LAG, "a number from 0 to 600 s, or null (the measured one)"),
        (NumberField("", 0, 1, "a share"), "a number from 0 to 1"),
        (COLOUR, "one of red, blue"),
        (NEEDS, "a list of any of gpu, websockets"),
        (FLAG, "true or false"),
    ],
)
def test_what_is_allowed_reads_as_part_of_a_sentence(spec, sentence):
    assert spec.allowed == sentence


@pytest.mark.parametrize("high", [1e6, 1_209_600.0, 1e7])
def test_a_large_bound_is_written_in_digits(high):
    """1.2096e+06 s would leave the reader to count."""
    assert f"{high:,.0f}" in NumberField("s", 0, high, "").allowed


# --- words and flags ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["green", "", "RED", "red ", None, True, 0, ["red"], b"red", "r.ed"], ids=repr
)
def test_a_choice_takes_only_its_own_words(value):
    assert not COLOUR.accepts(value)


def test_a_choice_takes_each_of_its_words():
    assert all(COLOUR.accepts(word) and COLOUR.normal(word) == word for word in ("red", "blue"))


@pytest.mark.parametrize(
    "value", ["gpu", {"gpu"}, {"gpu": 1}, None, True, ["cpu"], ["gpu", 1], [["gpu"]]], ids=repr
)
def test_a_list_of_words_takes_only_lists_of_its_own_words(value):
    assert not NEEDS.accepts(value)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ([], ()),
        (["gpu"], ("gpu",)),
        (("websockets", "gpu"), ("gpu", "websockets")),
        (["gpu", "gpu"], ("gpu",)),
    ],
)
def test_a_list_of_words_is_kept_once_each_and_in_our_order(value, kept):
    assert NEEDS.accepts(value)
    assert NEEDS.normal(value) == kept


@pytest.mark.parametrize("value", [0, 1, "true", "", None, [True], 1.0], ids=repr)
def test_a_flag_takes_only_yes_or_no(value):
    assert not FLAG.accepts(value)


@pytest.mark.parametrize("value", [True, False, np.bool_(True)])
def test_a_flag_becomes_a_plain_bool(value):
    assert FLAG.accepts(value)
    assert FLAG.normal(value) is bool(value)


# --- groups ---------------------------------------------------------------------------------------


def test_a_group_lists_its_fields_in_order_with_their_defaults():
    assert [(name, default) for name, _, default in declared_fields(Group)] == [
        ("wait_s", 1.0),
        ("tasks", 2),
        ("colour", "red"),
        ("needs", ()),
        ("vpc", False),
    ]


def test_checking_a_group_sets_every_field_to_its_plain_form():
    group = Group(wait_s=np.int64(3), tasks=4.0, needs=["websockets", "gpu"], vpc=np.bool_(True))
    checked(group, "workload")
    assert group == Group(wait_s=3.0, tasks=4, needs=("gpu", "websockets"), vpc=True)
    assert [type(value) for value in (group.wait_s, group.tasks, group.vpc)] == [float, int, bool]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("wait_s", -1, r"workload\.wait_s = -1 is not allowed: a number from 0\.5 to 900 s"),
        ("wait_s", "5", r"workload\.wait_s = '5' is not allowed: a number from"),
        ("wait_s", float("nan"), r"workload\.wait_s = nan is not allowed: a number from"),
        ("tasks", 2.5, r"workload\.tasks = 2\.5 is not allowed: a whole number from 1 to 50 tasks"),
        ("tasks", True, r"workload\.tasks = True is not allowed: a whole number from"),
        ("tasks", None, r"workload\.tasks = None is not allowed: a whole number from"),
        ("colour", "green", r"workload\.colour = 'green' is not allowed: one of red, blue"),
        ("needs", ["cpu"], r"workload\.needs = \['cpu'\] is not allowed: a list of any of gpu, websockets"),
        ("vpc", 1, r"workload\.vpc = 1 is not allowed: true or false"),
    ],
)
def test_the_message_names_field_value_and_what_is_allowed(field, value, sentence):
    with pytest.raises(ScenarioError, match=sentence) as raised:
        checked(Group(**{field: value}), "workload")
    assert raised.value.path == f"workload.{field}" and raised.value.value is value
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    "position", [pytest.param(0, id="first"), pytest.param(500, id="middle"), pytest.param(999, id="last")]
)
def test_the_message_shows_the_wrong_element_of_an_array(position):
    wait_s = np.full(1000, 1.0)
    wait_s[position] = 987_654.0
    with pytest.raises(ScenarioError, match=r"987,?654") as raised:
        checked(Group(wait_s=wait_s), "workload")
    assert "\n" not in str(raised.value)


def test_a_long_value_is_cut_short_in_the_message():
    with pytest.raises(ScenarioError) as raised:
        checked(Group(colour="x" * 10_000), "workload")
    assert len(str(raised.value)) < 200


def test_an_unknown_name_comes_with_the_closest_known_ones():
    known = ("workload.requests_per_s", "workload.duration_s", "fargate.vcpu")
    error = unknown_name("workload.request_per_s", 5, known)
    assert str(error) == (
        "workload.request_per_s = 5 is not allowed: there is no such field; "
        "did you mean workload.requests_per_s or workload.duration_s?"
    )
    assert "did you mean workload.requests_per_s or" in str(unknown_name("zzz", 5, known))
