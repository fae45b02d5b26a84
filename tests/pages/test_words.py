"""Numbers and names as the reader sees them."""

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.facts import load_regions
from model.fields import ChoiceField, ManyField, NumberField
from model.scenario import FRAMEWORKS, RUNTIMES, vocabulary
from model.serialise import EXTRA_PATHS
from pages.ui import words

FORMATS = (
    words.usd,
    words.usd_price,
    words.seconds,
    words.rate,
    words.share,
    words.number,
    words.ratio,
    words.megabytes,
    words.gigabytes,
    words.kilobytes,
)


@pytest.mark.parametrize(
    ("said", "value", "expected"),
    [
        (words.usd, (928.4,), "$928"),
        (words.usd, (9.275,), "$9.28"),
        (words.usd, (99.996,), "$100"),
        (words.usd, (12_345.6,), "$12,346"),
        (words.usd, (999_999.6,), "$1 million"),
        (words.usd, (1_234_567,), "$1.23 million"),
        (words.usd, (0.004,), "less than a cent"),
        (words.usd, (0.0,), "$0"),
        (words.usd, (-0.0,), "$0"),
        (words.usd, (-5.2,), "-$5.20"),
        (words.usd, (None,), "no published figure"),
        (words.usd, (math.nan,), "no published figure"),
        (words.usd_price, (0.0000166667,), "$0.0000166667"),
        (words.usd_price, (1e-7,), "$0.0000001"),
        (words.seconds, (0.0532,), "53 ms"),
        (words.seconds, (0.0053,), "5.3 ms"),
        (words.seconds, (0.2,), "200 ms"),
        (words.seconds, (0.99996,), "1 s"),
        (words.seconds, (9.5,), "9.5 s"),
        (words.seconds, (59.96,), "60 s"),
        (words.seconds, (90,), "90 s"),
        (words.seconds, (363,), "6 min 3 s"),
        (words.seconds, (7199.9,), "2 h"),
        (words.seconds, (7500,), "2 h 5 min"),
        (words.seconds, (273_600,), "3 days 4 h"),
        (words.seconds, (math.inf,), "never"),
        (words.seconds, (None,), "no figure"),
        (words.rate, (100,), "100 requests/s"),
        (words.rate, (1,), "1 request/s"),
        (words.rate, (1500,), "1,500 requests/s"),
        (words.rate, (1e6,), "1 million requests/s"),
        (words.rate, (0.2,), "12 requests a minute"),
        (
            words.rate,
            (
                3 / 86_400,
                "",
            ),
            "3 a day",
        ),
        (words.rate, (1e-6,), "2.59 requests in 30 days"),
        (words.rate, (0,), "no requests"),
        (words.share, (0.3,), "30 %"),
        (words.share, (0.0013,), "0.13 %"),
        (words.share, (0.00005,), "under 0.01 %"),
        (words.share, (0.9995,), "99.95 %"),
        (words.share, (0.99999,), "over 99.99 %"),
        (words.share, (1,), "100 %"),
        (words.share, (-0.0,), "0 %"),
        (words.ratio, (5.1,), "5.1 times"),
        (words.ratio, (123.4,), "123 times"),
        (
            words.count,
            (
                1,
                "task",
            ),
            "1 task",
        ),
        (
            words.count,
            (
                2.5,
                "task",
            ),
            "2.5 tasks",
        ),
        (
            words.count,
            (
                3,
                "bus",
                "buses",
            ),
            "3 buses",
        ),
        (words.megabytes, (1769,), "1,769 MB"),
        (words.megabytes, (12_288,), "12 GB"),
        (words.gigabytes, (0.5,), "0.5 GB"),
        (words.kilobytes, (5,), "5 KB"),
        (words.kilobytes, (1200,), "1.2 MB"),
        (words.day, ("2026-11-01",), "1 November 2026"),
        (words.said_list, (["a"],), "a"),
        (words.said_list, (["a", "b", "c"],), "a, b and c"),
        (
            words.said_list,
            (
                ["a", "b"],
                "or",
            ),
            "a or b",
        ),
        (words.said_list, ([],), ""),
        (words.runtime, ("nodejs22x",), "Node.js 22"),
        (words.runtime, ("python313",), "Python 3.13"),
        (words.runtime, ("python39",), "Python 3.9"),
        (words.runtime, ("java8_al2",), "Java 8 on AL2"),
        (words.runtime, ("go_on_provided_al2023",), "Go on AL2023"),
        (words.runtime, ("dotnet8_aot_on_provided_al2023",), ".NET 8 native on AL2023"),
        (words.runtime, ("graalvm_java21_on_provided_al2023",), "GraalVM Java 21 on AL2023"),
        (words.framework, ("spring_boot_snapstart",), "Spring Boot, SnapStart"),
        (words.region, ("eu-central-1",), "Frankfurt (eu-central-1)"),
        (
            words.setting,
            (
                "workload.duration_s",
                0.1375,
            ),
            "137.5 ms",
        ),
        (
            words.setting,
            (
                "workload.duration_s",
                90.0,
            ),
            "90 s",
        ),
        (
            words.setting,
            (
                "workload.spike_duration_s",
                1800.0,
            ),
            "30 min",
        ),
        (
            words.setting,
            (
                "workload.requests_per_s",
                1500.0,
            ),
            "1.5 k/s",
        ),
        (
            words.setting,
            (
                "workload.requests_per_s",
                1e-6,
            ),
            "0.000001/s",
        ),
        (
            words.setting,
            (
                "workload.cpu_share",
                0.3,
            ),
            "30 %",
        ),
        (
            words.setting,
            (
                "fargate.tasks",
                1,
            ),
            "1 task",
        ),
        (
            words.setting,
            (
                "fargate.image_mb",
                0.0,
            ),
            "0 MB",
        ),
        (
            words.setting,
            (
                "workload.db_connections_limit",
                None,
            ),
            "no database",
        ),
        (
            words.setting,
            (
                "workload.needs",
                ("gpu", "websockets"),
            ),
            "GPU and WebSockets",
        ),
        (
            words.setting,
            (
                "aws_lambda.vpc",
                True,
            ),
            "yes",
        ),
    ],
    ids=lambda part: getattr(part, "__name__", None) or str(part),
)
def test_a_value_is_said_as_people_say_it(said: Callable[..., str], value: tuple, expected: str) -> None:
    assert said(*value) == expected


@pytest.mark.parametrize("said", FORMATS, ids=lambda f: f.__name__)
@given(value=st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1e6))
def test_no_exponent_no_negative_zero_and_never_an_empty_word(
    said: Callable[[float], str], value: float
) -> None:
    text = said(value)
    assert text
    assert not re.search(r"\de[+-]?\d|nan|inf\b|-\$?0(?![.\d])", text), text


@given(a=st.floats(1e-6, 1e6), b=st.floats(1e-6, 1e6))
def test_a_longer_time_is_never_said_as_a_shorter_one(a: float, b: float) -> None:
    def read(text: str) -> float:
        length = {"ms": 1e-3, "s": 1, "min": 60, "h": 3600, "days": 86_400}
        parts = text.replace(",", "").split()
        return sum(float(n) * length[unit] for n, unit in zip(parts[::2], parts[1::2], strict=True))

    low, high = sorted((a, b))
    assert read(words.seconds(low)) <= read(words.seconds(high)) * (1 + 1e-12)
    assert read(words.seconds(a)) == pytest.approx(a, rel=0.051)


def test_every_field_has_a_label_of_its_own() -> None:
    fields = [path for path, _, _ in vocabulary()]
    assert set(words.LABELS) == {*fields, *EXTRA_PATHS} - {"billing.overrides", "assumptions"}
    assert len(set(words.LABELS.values())) == len(words.LABELS)


def test_every_option_has_a_name_of_its_own() -> None:
    for path, spec, _ in vocabulary():
        if isinstance(spec, ChoiceField | ManyField):
            said = [words.option(path, word) for word in spec.options]
            assert len(set(said)) == len(said), path
            assert not [text for text in said if "_" in text], path


def test_every_runtime_framework_and_region_has_a_name() -> None:
    said = [*map(words.runtime, RUNTIMES), *map(words.region, load_regions())]
    said += [words.option("aws_lambda.framework", word) for word in FRAMEWORKS]
    assert all(text and text[0] != text[0].lower() or text.startswith(".") for text in said)


@pytest.mark.parametrize("path", [path for path, spec, _ in vocabulary() if isinstance(spec, NumberField)])
@given(data=st.data())
def test_two_values_of_a_field_never_read_alike_on_its_control(path: str, data: st.DataObject) -> None:
    spec = next(spec for known, spec, _ in vocabulary() if known == path)
    values = st.floats(spec.low, spec.high).map(lambda value: float(f"{value:.6g}"))
    a, b = (spec.nearest(data.draw(values)) for _ in "ab")
    assert (words.setting(path, a) == words.setting(path, b)) == (a == b)


def test_a_fields_help_speaks_of_other_fields_by_their_labels() -> None:
    assert "“Handler time”" in words.meaning("workload.measured_at_mb")
    assert "`workload.cpu_share`" in words.meaning("workload.cpu_share")


def test_dollars_in_our_sentences_open_no_formula() -> None:
    assert words.in_markdown("$5 or $6") == r"\$5 or \$6"


@pytest.mark.parametrize(
    "text", ["<b>", "[a](b)", "**x**", "`x`", ":smile:", "$x$", "a_b_", "# x", "| a |", "&lt;"]
)
def test_nothing_that_somebody_typed_acts_as_markdown(text: str) -> None:
    active = re.compile(r"(?<!\\)[*_`<>\[\]()$#|&~]")
    assert not active.search(words.as_typed(text))
    assert words.as_typed(text).replace("\\", "").replace("\u2060", "") == text
