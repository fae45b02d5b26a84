"""Do the tests notice a fault? Puts each fault of mutants.toml into a copy of the model and runs its tests there.

Run it with `make mutants`; options in ARGS ("--only pool"). Exit code 1 if fewer than nine in ten are caught.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CAUGHT_AT_LEAST = 0.9
LONGEST_S = 900
COPIED = ("model", "data", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Mutant:
    """One fault: what stands in a file becomes something else, and these tests should fail."""

    area: str
    file: str
    was: str
    now: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.file}: {self.was.strip()[:70]} -> {self.now.strip()[:70]}"


def load_mutants() -> Iterator[Mutant]:
    for area in tomllib.loads((Path(__file__).parent / "mutants.toml").read_text(encoding="utf-8"))["area"]:
        for each in area["mutants"]:
            yield Mutant(area["name"], area["file"], each["was"], each["is"], tuple(area["tests"]))


def mutated(text: str, mutant: Mutant) -> str:
    """The file with the fault. Raises: ValueError if what is to be changed is not there exactly once."""
    if text.count(mutant.was) != 1:
        raise ValueError(f"{mutant.file} holds {text.count(mutant.was)} times: {mutant.was}")
    return text.replace(mutant.was, mutant.now)


def is_caught(mutant: Mutant | None, tests: tuple[str, ...]) -> bool:
    """Whether a test fails in a copy of the repository with the fault (None: without any)."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "browser"))
            else:
                shutil.copy(source, copy / name)
        if mutant:
            target = copy / mutant.file
            target.write_text(mutated(target.read_text(encoding="utf-8"), mutant), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
        command += [f"tests/model/{name}.py" for name in tests]
        environment = {**os.environ, "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ended = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, timeout=LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired:
            return True  # a test that no longer ends has noticed, too
        if ended.returncode not in (0, 1, 2):  # 2: a test file cannot even be read
            raise RuntimeError(ended.stdout.decode()[-2000:] + ended.stderr.decode()[-2000:])
        return ended.returncode != 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only mutants whose area or file holds this text")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sound", action="store_true", help="do not run the tests without a fault first")
    options = parser.parse_args()
    mutants = [each for each in load_mutants() if options.only in each.area + each.file]
    for mutant in mutants:
        mutated((ROOT / mutant.file).read_text(encoding="utf-8"), mutant)
    tests = tuple(sorted({name for mutant in mutants for name in mutant.tests}))
    if not options.sound and is_caught(None, tests):
        sys.exit("the tests fail without any fault; mend them first")
    caught: dict[str, list[bool]] = {}
    with ThreadPoolExecutor(options.workers) as pool:
        found = pool.map(lambda each: is_caught(each, each.tests), mutants)
        for mutant, noticed in zip(mutants, found, strict=True):
            caught.setdefault(mutant.area, []).append(noticed)
            print("caught  " if noticed else "SURVIVED", mutant.name, flush=True)
    for area, flags in caught.items():
        print(f"{area}: {sum(flags)} of {len(flags)}")
    flags = [flag for each in caught.values() for flag in each]
    print(f"all: {sum(flags)} of {len(flags)} ({sum(flags) / len(flags):.0%})")
    sys.exit(sum(flags) < CAUGHT_AT_LEAST * len(flags))


if __name__ == "__main__":
    main()
