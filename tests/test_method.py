"""The method page held against the code: sections, names of facts, files and numbers agree."""

import re
from pathlib import Path

import pytest

from model.decide.break_even import GRID_POINTS, REFINED_POINTS, REFINEMENTS, TRAFFIC
from model.facts import load_facts, load_method, load_price_variants
from model.scenario import GROUPS, vocabulary

MODEL = Path(__file__).parents[1] / "model"
METHOD = (MODEL / "METHOD.md").read_text(encoding="utf-8")
CODE = {path.relative_to(MODEL).as_posix(): path.read_text(encoding="utf-8") for path in MODEL.rglob("*.py")}
HEADINGS = set(re.findall(r"^#{2,3} (.+?)(?: \(.*\))?$", METHOD, re.MULTILINE))
SECTIONS = re.findall(r"^## (.+)$", METHOD, re.MULTILINE)
NAMED = [
    (file, section)
    for file, text in sorted(CODE.items())
    for section in re.findall(r'METHOD\.md "([^"]+)"', text)
]
# `group.name` in backticks that is neither a file nor a call: a fact, a price or a field
DOTTED = sorted(
    set(re.findall(r"`([a-z_]+\.[a-z0-9_]+)`", METHOD)) - set(re.findall(r"`(\w+\.py|\w+\.md)`", METHOD))
)


def test_there_is_something_to_hold_together():
    assert len(NAMED) > 20 and len(SECTIONS) > 10 and len(DOTTED) > 20


@pytest.mark.parametrize(("file", "section"), sorted(set(NAMED)))
def test_a_section_named_in_the_code_is_on_the_page(file, section):
    assert section in HEADINGS


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_of_the_page_is_named_in_the_code(section):
    assert section in {named for _, named in NAMED}


@pytest.mark.parametrize("name", DOTTED)
def test_a_fact_on_the_page_is_in_the_data(name):
    fields = {path for path, _, _ in vocabulary()}
    assert name in load_facts() or name in load_price_variants() or name in fields


# Short names in a row after a full one, as in `lambda.a`, `b`, are facts of the same group, fields, or variables.
def test_short_names_that_look_like_facts_or_fields_exist():
    fields = {path.partition(".")[2] for path, _, _ in vocabulary()} | set(GROUPS)
    facts = {name.partition(".")[2] for name in load_facts()}
    ends = ("_s", "_mb", "_kb", "_share", "_per_s", "_s_per_mb", "_log_sd", "_tasks")
    short = {name for name in re.findall(r"`([a-z0-9_]+)`", METHOD) if name.endswith(ends)}
    code = "\n".join(CODE.values())
    unknown = {name for name in short - fields - facts if not re.search(rf"\b{name}\b", code)}
    assert unknown == set()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(?:model/)?([\w/]+\.py)`", METHOD))))
def test_a_file_named_on_the_page_exists(path):
    assert path in CODE or any(file.endswith("/" + path) for file in CODE)


def test_every_part_of_the_page_says_what_it_leaves_out():
    """As its first lines promise; Fit and Verdict are lists of everything they do."""
    assert "what it leaves out" in METHOD.partition("\n## ")[0]
    silent = {heading for heading, text in load_method().items() if "Left out" not in text}
    assert silent <= {"Fit", "Verdict", "Billing of single requests"}


def test_the_page_tells_the_search_for_the_break_even_as_it_is():
    text = load_method()["Break-even"]
    _, low, high = TRAFFIC["service"]
    assert f"{GRID_POINTS} points from {low:g} to {high:,.0f} requests/s" in text
    assert f"{['', 'one', 'two', 'three'][REFINEMENTS]} subdivisions of {REFINED_POINTS - 1}" in text
    # each subdivision divides the grid's step, as a share of the value, by 32; a straight line does the rest
    step = (high / low) ** (1 / (GRID_POINTS - 1)) - 1
    assert step / (REFINED_POINTS - 1) ** REFINEMENTS < 1e-4
