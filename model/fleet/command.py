"""`python -m model fleet`: a table of services in, the verdict on each out; partition by partition, here or on Dask."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from model.facts import read_text
from model.fields import ScenarioError
from model.fleet.estate import summary
from model.fleet.files import Parts, in_order, order_of, read_services, refused_table, write_table
from model.fleet.mapping import FleetError
from model.fleet.partitions import Done, Partition, partitions, work_on
from model.fleet.read import DAYS
from model.fleet.services import Refused, Services, estate_base
from model.scenario import Scenario
from model.serialise import from_json

BAD_INPUT = 2
NOT_ALL = 1
STOPPED = 130
PARTITION = 2_048
TELL_EVERY_S = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge an estate; 0 when every service was, 1 when some could not be, 2 and one line for input that is no use."""
    chosen = _arguments(arguments)
    try:
        return _run(chosen)
    except (FleetError, ScenarioError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(
            "\nStopped. Finished partitions are kept: the same command goes on from there.", file=sys.stderr
        )
        return STOPPED


def _run(chosen: argparse.Namespace) -> int:
    say = _Progress(chosen.quiet)
    base = estate_base(from_json(read_text(chosen.base)) if chosen.base else Scenario())
    own = dict(_pair(text) for text in chosen.map)
    if chosen.out.suffix not in (".csv", ".parquet", ".xlsx"):
        raise FleetError(f"{chosen.out.name} is no kind of table: take .csv, .parquet or .xlsx.")
    services, columns = read_services(chosen.input, chosen.input.name, base, own, chosen.days, say.short)
    for column, target in columns.items():
        say.line(f"{column} is taken for {target}")
    for notice in services.notices:
        say.line(notice)
    if not len(services):
        _write_refused(chosen.out, services.refused)
        raise FleetError(
            f"None of the {len(services.refused):,} rows can be used; {_refused_path(chosen.out).name} says why."
        )
    parts = Parts(
        chosen.out.with_name(f"{chosen.out.name}.parts"),
        order_of(
            chosen.input, own, chosen.days, read_text(chosen.base) if chosen.base else "", chosen.partition
        ),
    )
    parts.prepare()
    work = partitions(services, chosen.partition)
    results, failed = _all(services, work, parts, chosen, say)
    refused = (*services.refused, *(Refused(0, name, "", "", reason) for name, reason in failed))
    write_table(results, chosen.out)
    _write_refused(chosen.out, refused)
    if not failed:
        parts.drop()
    found = summary(results, len(services.refused), len(failed))
    print(json.dumps(found, indent=2) if chosen.json else _sentences(found, chosen.out))
    return NOT_ALL if failed or (chosen.strict and refused) else 0


def _all(
    services: Services, work: list[Partition], parts: Parts, chosen: argparse.Namespace, say: _Progress
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Every partition's results in the order of the input, kept ones first, and the services that failed."""
    ready = {one.number: kept for one in work if (kept := parts.read(one.number)) is not None}
    if ready:
        say.line(f"{len(ready):,} of {len(work):,} partitions are there from an earlier run")
    todo = [one for one in work if one.number not in ready]
    total, count = sum(len(one.rows) for one in todo), 0
    failed: list[tuple[str, str]] = []
    say.start(total)
    run = _on_dask if chosen.scheduler or chosen.workers else _here
    for done in run(services, todo, chosen):
        count += len(done.results) + len(done.failed)
        failed += done.failed
        ready[done.number] = done.results
        if not done.failed:
            parts.write(done.number, done.results)
        say.progress(count)
    say.end()
    place = {name: i for i, name in enumerate(services.name)}
    every = [ready[one.number] for one in work]
    order = [place[name] for part in every for name in part["name"]]
    return in_order(every, order), failed


def _here(services: Services, todo: list[Partition], chosen: argparse.Namespace) -> Iterator[Done]:
    for one in todo:
        yield work_on(services.part(one.rows), one)


def _on_dask(services: Services, todo: list[Partition], chosen: argparse.Namespace) -> Iterator[Done]:
    try:
        from model.fleet.on_dask import run
    except ImportError as error:
        raise FleetError(
            f"Dask is not installed ({error}): pip install -r requirements-dask.txt, or leave out --scheduler and --workers."
        ) from None
    yield from run(services, todo, chosen.scheduler, chosen.workers)


class _Progress:
    """How far it is, on standard error: one line that changes on a terminal, else a line now and then."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.terminal = quiet, sys.stderr.isatty()
        self.total, self.begun, self.told, self.open = 0, 0.0, 0.0, False

    def line(self, text: str) -> None:
        if not self.quiet:
            self.end()
            print(text, file=sys.stderr)

    def short(self, text: str) -> None:
        """Something that the next such text replaces."""
        if self.quiet:
            return
        if self.terminal:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self.open = True
        elif time.monotonic() - self.told > TELL_EVERY_S:
            self.told = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    def start(self, total: int) -> None:
        self.total, self.begun, self.told = total, time.monotonic(), time.monotonic()

    def progress(self, count: int) -> None:
        spent = max(time.monotonic() - self.begun, 1e-9)
        left = spent / max(count, 1) * (self.total - count)
        self.short(
            f"{count:,} of {self.total:,} services, {count / spent:,.0f} a second, {left:,.0f} s to go"
        )

    def end(self) -> None:
        if self.open:
            print(file=sys.stderr)
            self.open = False


def _sentences(found: dict[str, Any], out: Path) -> str:
    today = "unknown" if found["today_usd"] is None else f"${found['today_usd']:,.2f}"
    lines = [
        f"{found['services']:,} services judged; results in {out}",
        f"A month today: {today}; all on Lambda ${found['lambda_usd']:,.2f}; "
        f"all on Fargate ${found['fargate_usd']:,.2f}; each on its best side ${found['best_usd']:,.2f}",
        f"On Lambda {found['on_lambda']:,}, on Fargate {found['on_fargate']:,}, on neither {found['on_neither']:,}; "
        f"not sure within what is assumed: {found['unsure']:,}",
        f"{found['moves']:,} changes save ${found['saved_usd']:,.2f} a month; "
        f"the first {found['moves_for_80_percent']:,} bring 80 %",
    ]
    if found["refused_rows"] or found["failed_services"]:
        lines.append(
            f"{found['refused_rows']:,} rows could not be used and {found['failed_services']:,} services not be judged; "
            f"{_refused_path(out).name} says why"
        )
    return "\n".join([*lines, "Modelled, not billed."])


def _refused_path(out: Path) -> Path:
    return out.with_name(f"{out.stem}.refused.csv")


def _write_refused(out: Path, refused: tuple[Refused, ...]) -> None:
    """The list beside the output; none where there is nothing to tell."""
    path = _refused_path(out)
    if refused:
        write_table(refused_table(refused), path)
    else:
        path.unlink(missing_ok=True)


def _pair(text: str) -> tuple[str, str]:
    column, equals, target = text.rpartition("=")
    if not equals:
        raise FleetError(f"--map takes COLUMN=TARGET, such as 'Calls=invocations'; this is {text!r}.")
    return column, target.strip()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m model fleet",
        description="Which of many services should move? Judges a table of them, one row each.",
        epilog="Exit code: 0 all judged, 1 some could not be (or, with --strict, some rows were refused), "
        "2 the input is of no use.",
    )
    parser.add_argument(
        "input", type=Path, help="CSV or Parquet: services, CloudWatch or cost export, counts"
    )
    parser.add_argument("--out", type=Path, required=True, help="where results go: .csv, .parquet or .xlsx")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=TARGET",
        help="what a column stands for; nothing after = leaves it out; may be repeated",
    )
    parser.add_argument("--days", type=_days, default=DAYS, help="days that counts cover (default 30)")
    parser.add_argument(
        "--base", metavar="SCENARIO.json", help="where rows that do not say take their values from"
    )
    parser.add_argument(
        "--partition",
        type=_whole,
        default=PARTITION,
        help=f"services in a partition, about (default {PARTITION:,})",
    )
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="run on this Dask cluster")
    parser.add_argument(
        "--workers", type=_whole, help="run on a Dask cluster of so many processes, made here"
    )
    parser.add_argument("--strict", action="store_true", help="exit code 1 also where rows were refused")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser.parse_args(arguments)


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days <= 366:
        raise argparse.ArgumentTypeError("a number of days up to 366")
    return days


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return number
