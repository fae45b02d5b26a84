"""Published timelines against the simulation."""

import numpy as np
import pytest

from model.facts import load_measured
from model.scaling.published import published_courses, published_timelines

TIMELINES = published_timelines()
COURSES = {course.case: course for course in published_courses()}


def rows(case):
    return [row for row in TIMELINES if row.case == case]


def test_every_published_case_that_can_be_simulated_is():
    cases = {case["id"] for case in load_measured("timelines")["cases"]}
    # Of the tuned quota nobody published the value, so there is nothing to simulate.
    assert {row.case for row in TIMELINES} | set(COURSES) == cases - {"vlad2020_ecs_fargate_tuned"}


@pytest.mark.parametrize("case", ["aws_bench_ecs_tt_60s", "aws_bench_ecs_tt_20s"])
def test_aws_benchmark_within_ten_percent(case):
    assert [row.error for row in rows(case)] == pytest.approx([0, 0], abs=0.10)


@pytest.mark.parametrize("row", rows("fargate_task_2020_nginx") + rows("fargate_task_2024_oregon_pull"))
def test_recorded_task_lives_lie_inside_nine_of_ten_drawn_ones(row):
    assert row.ours_low <= row.low <= row.ours_high


def test_users_reports_of_target_tracking_and_of_their_own_alarms():
    assert all(row.error == 0 and row.overlaps for row in rows("tt_field_reports"))


def test_launches_at_the_rate_of_2020_follow_the_recorded_course():
    assert COURSES["vlad2020_ecs_fargate"].error < 0.05


def test_the_documented_ramp_of_a_function_is_met_exactly():
    course = COURSES["lambda_rule_7000"]
    assert course.ours == pytest.approx(course.published)


def test_the_burst_of_2022_reaches_3000_in_its_first_seconds():
    course = COURSES["vlad2022_lambda_old_burst"]
    at = dict(zip(course.t_s.tolist(), course.ours.tolist(), strict=True))
    assert at[3.0] == pytest.approx(3000 + 3 * 500 / 60)


def test_errors_are_measured_from_the_nearest_published_value():
    row = rows("tt_cpu_ab_1_to_2")[0]
    assert row.ours > row.high and row.error == pytest.approx(row.ours / row.high - 1)
    assert np.isfinite([row.error for row in TIMELINES]).all()
