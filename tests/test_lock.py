"""The locks: every requirement is pinned within its range, with hashes, and nothing tells where it came from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILES = ("requirements", "requirements-dev")


def wanted(name: str) -> list[Requirement]:
    """Requirements of a file and of those it includes."""
    lines = [line.split("#")[0].strip() for line in (ROOT / f"{name}.txt").read_text().splitlines()]
    included = [wanted(line[3:].strip().removesuffix(".txt")) for line in lines if line.startswith("-r ")]
    own = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return [*own, *(each for more in included for each in more)]


def pins(name: str) -> list[Requirement]:
    text = (ROOT / f"{name}.lock").read_text()
    return [Requirement(line.removesuffix("\\").strip()) for line in re.findall(r"(?m)^[\w.-]+==.*$", text)]


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_within_its_range(name: str) -> None:
    pinned: dict[str, list[str]] = {}
    for pin in pins(name):
        pinned.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    for one in wanted(name):
        versions = pinned.get(canonicalize_name(one.name), [])
        assert versions, f"{one.name} is not in {name}.lock: run `make lock`"
        assert all(one.specifier.contains(version) for version in versions), f"{one}: run `make lock`"


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_hashes_and_no_line_names_a_host(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text()
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    entries = re.split(r"(?m)^(?=[\w.-]+==)", text)[1:]
    assert len(entries) == len(pins(name))
    assert all("--hash=sha256:" in entry for entry in entries)
