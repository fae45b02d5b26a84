"""Recorded traffic as people have it: CloudWatch's exports, spreadsheets, and files that are none of these."""

import json
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.arrivals import ArrivalsError, read_arrivals, tables, text
from model.series import LONGEST_NAME

CONSOLE = """"Full label","RequestCount"
"Label","RequestCount"
"Id","m1"
"Period","60"
"Statistic","Sum"
"Unit","Count"
"2026/11/25 10:00:00","13.0"
"2026/11/25 10:01:00","14.0"
"2026/11/25 10:03:00","9"
"""
START = datetime(2026, 11, 25, 10, tzinfo=UTC)


def statistics(**more):
    """What get-metric-statistics prints: in no order."""
    point = {"Timestamp": "2026-11-25T10:05:00+00:00", "Sum": 7.0, "Unit": "Count", **more}
    earlier = {**point, "Timestamp": "2026-11-25T10:00:00+00:00", "Sum": 5.0}
    return json.dumps({"Label": "RequestCount", "Datapoints": [point, earlier]})


def metric_data(**more):
    result = {
        "Id": "m1",
        "Label": "Invocations",
        "Timestamps": ["2026-11-25T10:02:00+00:00", "2026-11-25T10:01:00+00:00", "2026-11-25T10:00:00+00:00"],
        "Values": [3.0, 2.0, 1.0],
        "StatusCode": "Complete",
    }
    return json.dumps({"MetricDataResults": [{**result, **more}], "Messages": []})


DASHBOARD = (
    "Timestamp,ELB p99,Requests served\n2026-11-25T10:00:00.000Z,0.4,13\n2026-11-25T10:01:00.000Z,0.5,14\n"
)


@pytest.mark.parametrize(
    ("content", "start", "period_s", "counts"),
    [
        pytest.param(CONSOLE, "2026-11-25T10:00:00", 60, [13, 14, 0, 9], id="console download"),
        pytest.param(statistics(), "2026-11-25T10:00:00+00:00", 300, [5, 7], id="get-metric-statistics"),
        pytest.param(metric_data(), "2026-11-25T10:00:00+00:00", 60, [1, 2, 3], id="get-metric-data"),
        pytest.param(DASHBOARD, "2026-11-25T10:00:00+00:00", 60, [13, 14], id="dashboard, two metrics"),
        pytest.param(
            "1795600800,5\n1795600801,6\n", "2026-11-25T10:00:00+00:00", 1, [5, 6], id="seconds since 1970"
        ),
        pytest.param(
            "1795600800000;5\n1795604400000;6", "2026-11-25T10:00:00+00:00", 3600, [5, 6], id="milliseconds"
        ),
        pytest.param(
            "t\tn\n2026-11-25 10:00\t1\n2026-11-25 10:05\t2\n", "2026-11-25T10:00:00", 300, [1, 2], id="tabs"
        ),
        pytest.param(
            "25.11.2026 10:00;1,5\n25.11.2026 10:01;2\n", "2026-11-25T10:00:00", 60, [1.5, 2], id="German"
        ),
        pytest.param(
            "11/25/2026 9:59 PM,1\n11/25/2026 10:00 PM,2", "2026-11-25T21:59:00", 60, [1, 2], id="American"
        ),
        pytest.param(
            "25/11/2026 10:00,1\n25/11/2026 10:01,2", "2026-11-25T10:00:00", 60, [1, 2], id="British"
        ),
        pytest.param(
            "2026-11-25T10:00+0100,1\n2026-11-25T11:00+01:00,2",
            "2026-11-25T10:00:00+01:00",
            3600,
            [1, 2],
            id="zone",
        ),
        pytest.param(
            "2026-10-25T02:00+02:00,1\n2026-10-25T02:00+01:00,2",
            "2026-10-25T02:00:00+02:00",
            3600,
            [1, 2],
            id="clock set back",
        ),
        pytest.param(
            "2026/11/25 10:00:00 UTC,1\n2026/11/25 10:00:30 UTC,2",
            "2026-11-25T10:00:00+00:00",
            30,
            [1, 2],
            id="UTC",
        ),
        pytest.param(
            'n,when\n"1,234,567",2026-11-25 10:00\n2,2026-11-25 10:01',
            "2026-11-25T10:00:00",
            60,
            [1234567, 2],
            id="count first",
        ),
        pytest.param(
            "2026-11-25T10:00:00.2,1\n2026-11-25T10:01:00.1,2\n2026-11-25T10:02:00.4,3",
            "2026-11-25T10:00:00.200000",
            60,
            [1, 2, 3],
            id="a little off the minute",
        ),
        pytest.param(
            "2026-11-25 10:00,1\n2026-11-25 10:02,2\n2026-11-25 10:05,3",
            "2026-11-25T10:00:00",
            60,
            [1, 0, 2, 0, 0, 3],
            id="few rows, common divisor",
        ),
    ],
)
def test_a_usual_form_is_read(content, start, period_s, counts):
    series = read_arrivals(content).series
    assert (series.start, series.period_s) == (start, period_s)
    assert series.counts.tolist() == counts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding, end):
    plain = "Zeit;Zähler\n2026-11-25 10:00;1\n2026-11-25 10:01;2\n"
    assert read_arrivals(plain.replace("\n", end).encode(encoding)).series == read_arrivals(plain).series


@pytest.mark.parametrize("period_s", [1, 5, 10, 30, 60, 300, 900, 3600])
def test_every_period_from_a_second_to_an_hour_is_found(period_s):
    times = (START + timedelta(seconds=period_s * i) for i in range(30))
    content = "\n".join(f"{time.isoformat()},{i % 4}" for i, time in enumerate(times))
    series = read_arrivals(content).series
    assert series.period_s == period_s
    assert series.counts.tolist() == [i % 4 for i in range(30)]


def test_a_rate_becomes_counts():
    per_second = CONSOLE.replace('"Unit","Count"', '"Unit","Count/Second"')
    reading = read_arrivals(per_second)
    assert reading.series.counts.tolist() == [13 * 60, 14 * 60, 0, 9 * 60]
    assert any("multiplied" in notice for notice in reading.notices)


def test_gaps_and_blanks_are_zero_and_told():
    (notice,) = read_arrivals(
        "2026-11-25 10:00,1\n2026-11-25 10:01,\n2026-11-25 10:02,3\n2026-11-25 10:04,4"
    ).notices
    assert notice.startswith("2 of 5 periods have no count; they were filled with zero")


def test_rows_out_of_order_are_sorted_and_told():
    reading = read_arrivals("2026-11-25 10:01,2\n2026-11-25 10:00,1\n2026-11-25 10:02,3")
    assert reading.series.counts.tolist() == [1, 2, 3]
    assert reading.notices == ("The rows were not in order of time; they were sorted.",)


def test_a_repeated_time_is_added_up_and_told_with_its_line():
    reading = read_arrivals(
        "t,n\n2026-11-25 10:00,1\n2026-11-25 10:01,2\n2026-11-25 10:01,5\n2026-11-25 10:02,3"
    )
    assert reading.series.counts.tolist() == [1, 7, 3]
    assert reading.notices == (
        "1 row repeats the time of another (Line 4 is the first); their counts were added up.",
    )


def test_an_answer_of_the_api_needs_no_word_about_its_order():
    assert read_arrivals(statistics()).notices == ()
    (notice,) = read_arrivals(metric_data(StatusCode="PartialData")).notices
    assert "partial" in notice


MINUTES = "t,n\n2026-11-25 10:00,1\n2026-11-25 10:01,2\n2026-11-25 10:02,{}\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("", "The file is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf \r\n\r\n", "The file is empty", id="only line ends"),
        pytest.param(",,\n,,\n", "The file is empty", id="only commas"),
        pytest.param(bytes(range(256)) * 40, "is not text", id="binary"),
        pytest.param(b"PK\x03\x04" + b"x" * 100, "is not text", id="a spreadsheet"),
        pytest.param("x" * 10_000_000, r"Line 1 has 10,000,000 characters", id="one line of 10 MB"),
        pytest.param(
            '"' + "2026-11-25 10:00,1\n" * 20_000, r"Line \d[\d,]* has a quotation mark", id="open quote"
        ),
        pytest.param("2026-11-25 10:00,1\n" * 1_300_000, "The file has 25 MB", id="too many bytes"),
        pytest.param("a,b\nc,d\ne,f", "Line 2: there is no time", id="words"),
        pytest.param("1,2\n3,4\n", "there is no time", id="numbers"),
        pytest.param(
            "2026-11-25 10:00\n2026-11-25 10:01\n", "Line 1: there is one column only", id="one column"
        ),
        pytest.param("2026-11-25 10:00,5", "Line 1: there is one row only", id="one row"),
        pytest.param(MINUTES.format("=1+1"), "Line 4: “=1.1” is a formula", id="formula"),
        pytest.param(
            MINUTES.format("-HYPERLINK(x)"), "Line 4: “-HYPERLINK.x.” is a formula", id="formula with minus"
        ),
        pytest.param(MINUTES.format("twelve"), "Line 4: “twelve” is not a count", id="text"),
        pytest.param(MINUTES.format("1_000"), "Line 4: “1_000” is not a count", id="underscore"),
        pytest.param(MINUTES.format("-3"), "Line 4: “-3” is below zero", id="negative"),
        pytest.param(MINUTES.format("NaN"), "Line 4: “NaN” is not a count from 0", id="NaN"),
        pytest.param(MINUTES.format("inf"), "Line 4: “inf” is not a count from 0", id="infinite"),
        pytest.param(MINUTES.format("1e300"), "Line 4: “1e300” is not a count from 0", id="huge"),
        pytest.param(
            MINUTES.format('"1,234"'), "Line 4: “1,234” may be thousands or decimals", id="doubtful comma"
        ),
        pytest.param(MINUTES.format("3\n11:00,4"), "Line 5: “11:00” is not a time", id="no date"),
        pytest.param(MINUTES.format("3\nTotal"), "Line 5: .* “Total” stands alone", id="footer"),
        pytest.param(
            MINUTES.format("3\n2026-02-30 10:00,4"), "Line 5: there is no such time", id="30 February"
        ),
        pytest.param(MINUTES.format("3\n1826-02-03 10:00,4"), "Line 5: the year", id="long ago"),
        pytest.param(
            MINUTES.format("3\n2026-11-25 10:03Z,4"),
            "Line 5: some rows name a time zone",
            id="zone in one row",
        ),
        pytest.param(
            MINUTES.format("3\n2026-11-25 10:03 CET,4"), "Line 5: the time zone “CET”", id="zone by name"
        ),
        pytest.param(
            MINUTES.format("3\n2046-11-25 10:03,4"),
            "Line 5: it is 7,305 days after the row before",
            id="20 years later",
        ),
        pytest.param(
            "5/6/2026 10:00,1\n5/6/2026 10:01,2",
            "Line 1: “5/6/2026 10:00” could be two different days",
            id="5 June or 6 May",
        ),
        pytest.param(
            "13/6/2026 10:00,1\n6/14/2026 10:00,2",
            "Line 2: .* day and month in another order",
            id="both orders",
        ),
        pytest.param("45987.4,1\n45987.5,2", "there is no time", id="day numbers of a spreadsheet"),
        pytest.param(
            "2026-11-25,1\n2026-11-26,2\n2026-11-27,3", "Line 2: the rows are 24 h apart", id="days"
        ),
        pytest.param(
            "1795600800.0,1\n1795600800.1,1\n1795600800.2,1",
            "Line 2: the rows are 0.1 s apart",
            id="tenths of a second",
        ),
        pytest.param(
            "2026-11-25 10:00,1\n2026-11-25 10:00,2", "Line 2: all rows have the same time", id="one time"
        ),
        pytest.param("t,n\n2026-11-25 10:00,0\n2026-11-25 10:01,0", "All counts are zero", id="nothing"),
        pytest.param(
            "2026-11-25 10:00:00,1e12\n2026-11-25 10:00:01,1e12",
            "The mean is 1e.12 requests/s",
            id="too fast",
        ),
        pytest.param(
            "t,a,b\n2026-11-25 10:00,1,2\n2026-11-25 10:01,1,2",
            "Line 2: there are 2 columns of numbers .“a”, “b”",
            id="two metrics",
        ),
        pytest.param(CONSOLE.replace("Sum", "Average"), "Line 7: the statistic is “Average”", id="average"),
        pytest.param(
            CONSOLE.replace('"Unit","Count"', '"Unit","Seconds"'),
            "Line 7: the unit is “Seconds”",
            id="seconds",
        ),
        pytest.param('{"Datapoints": [', "Line 1: this is no JSON", id="broken JSON"),
        pytest.param("[" * 100_000, "Line 1: this JSON cannot be read", id="deep JSON"),
        pytest.param('{"scenario": {}}', "Line 1: this JSON is not the output", id="another JSON"),
        pytest.param('{"Datapoints": []}', "holds no datapoints", id="no datapoints"),
        pytest.param('{"Datapoints": [3]}', "Datapoint 1 has no “Sum”", id="a number for a datapoint"),
        pytest.param(statistics(Sum="x"), "Datapoint 1: “x” is not a count", id="text for a sum"),
        pytest.param(metric_data(Values=[1.0]), "not as many", id="values missing"),
        pytest.param(metric_data(Values=[]), "holds no values", id="no values"),
        pytest.param(metric_data(Values=[1, None, 2]), "Value 2: “None” is not a count", id="null"),
        pytest.param(
            json.dumps({"MetricDataResults": [json.loads(metric_data())["MetricDataResults"][0]] * 2}),
            "holds 2 metrics",
            id="two metrics in JSON",
        ),
    ],
)
def test_an_unusable_file_gets_one_sentence_that_names_the_place(content, said):
    with pytest.raises(ArrivalsError, match=said) as caught:
        read_arrivals(content)
    assert len(str(caught.value)) < 300 and "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_uneven_rows_are_refused_at_the_first_that_is_far_off():
    times = [0, 60, 120, 180, 217, 293, 300, 367, 420, 451, 540]
    content = "\n".join(f"{(START + timedelta(seconds=s)).isoformat()},1" for s in times)
    with pytest.raises(ArrivalsError, match=r"Line \d+: it does not keep to the period of 60 s"):
        read_arrivals(content)


def test_a_recording_longer_than_a_month_is_refused():
    times = (START + timedelta(hours=i) for i in range(24 * 32))
    with pytest.raises(ArrivalsError, match="Line 768: the file covers 32 days; up to 31 can be replayed"):
        read_arrivals("\n".join(f"{time.isoformat()},1" for time in times))


def test_rows_are_limited(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 10)
    monkeypatch.setattr(tables, "LONGEST_HEAD", 1)
    rows = "\n".join(f"2026-11-25 10:{i:02d},1" for i in range(30))
    with pytest.raises(ArrivalsError, match="more than 10 rows"):
        read_arrivals(rows)


def test_a_name_is_the_files_or_the_given_one_and_never_long():
    assert read_arrivals(CONSOLE).series.name == "RequestCount"
    assert read_arrivals(CONSOLE, "week.csv").series.name == "week.csv"
    assert len(read_arrivals(CONSOLE, "x" * 500).series.name) == LONGEST_NAME
    assert read_arrivals(CONSOLE, "a\x1b[31m\nb").series.name == "a [31m b"


@given(
    counts=st.lists(st.integers(0, 10**6), min_size=2, max_size=60).filter(any),
    period_s=st.sampled_from([1, 7, 60, 300, 3600]),
    offset_h=st.none() | st.integers(-12, 14),
    delimiter=st.sampled_from([",", ";", "\t"]),
    data=st.data(),
)
def test_what_was_written_in_any_order_is_read_back(counts, period_s, offset_h, delimiter, data):
    zone = None if offset_h is None else timezone(timedelta(hours=offset_h))
    start = datetime(2026, 11, 25, 10, tzinfo=zone)
    lines = [
        f"{(start + timedelta(seconds=period_s * i)).isoformat()}{delimiter}{n}" for i, n in enumerate(counts)
    ]
    series = read_arrivals(
        "time" + delimiter + "requests\n" + "\n".join(data.draw(st.permutations(lines)))
    ).series
    assert series.counts.tolist() == counts
    assert (series.period_s, series.begins) == (period_s, start)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 1000)), min_size=3, max_size=50))
def test_no_request_is_lost_or_made_up(rows):
    lines = "\n".join(f"{(START + timedelta(minutes=minute)).isoformat()},{count}" for minute, count in rows)
    try:
        series = read_arrivals(lines).series
    except ArrivalsError:
        return
    assert series.counts.sum() == sum(count for _, count in rows)


_PIECES = st.sampled_from(
    ["2026-11-25 10:00", "2026-11-25T10:01Z", "11/12/2026", "25.11.2026 9:00", "1795600800", "17956008000000", "1e9", "-1",
     "=A1", "NaN", "", '"', ",", ";", "\t", "\n", "\r", "\x00", "Label", "Period", "60", "Sum", "{", "[", "]", "é", "\ufeff",
     "9" * 400, "1,234", "1.5", " ", "Datapoints", ":"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=60).map("".join) | st.text(max_size=300) | st.binary(max_size=300))
def test_any_file_ends_in_a_series_or_in_a_sentence(content):
    try:
        series = read_arrivals(content).series
    except ArrivalsError as error:
        assert "\n" not in str(error) and len(str(error)) < 400
    else:
        assert np.isfinite(series.counts).all() and series.counts.sum() > 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
        lambda x: (
            st.lists(x, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "Datapoints",
                        "MetricDataResults",
                        "Timestamp",
                        "Timestamps",
                        "Values",
                        "Sum",
                        "Unit",
                        "Label",
                    ]
                ),
                x,
                max_size=5,
            )
        ),
        max_leaves=25,
    )
)
def test_any_json_ends_in_a_series_or_in_a_sentence(tree):
    try:
        read_arrivals(json.dumps(tree))
    except ArrivalsError as error:
        assert "\n" not in str(error)


def test_quotes_of_a_file_are_short():
    assert text.quoted("a" * 1000) == "“" + "a" * 40 + "…”"
