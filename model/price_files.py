"""Price files on disk: read as they are, replaced as a set. Only the `refresh` command needs it.

Apart from `model/facts/` because it writes, and into any data folder. A file is at every moment either whole
and old or whole and new, whatever happens to the process or the disk.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl

Row = dict[str, str]

NEW = ".new"  # not .csv: whoever reads the folder must not take it for a price file


def read_table(data: Path, name: str) -> dict[str, Any]:
    """A TOML file of the data folder.

    Raises: OSError when it cannot be read; ValueError when it is not TOML.
    """
    with (data / name).open("rb") as file:
        return tomllib.load(file)


def read_rows(path: Path) -> list[Row]:
    """Rows of a CSV file, as text.

    Raises: OSError when it cannot be read; ValueError when a row has too few or too many columns.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ValueError(f"{path.name}, line {number}: not as many columns as the first line has")
    return rows


def price_paths(data: Path) -> list[Path]:
    """The price files of a data folder, in the order of their names."""
    return sorted((data / "prices").glob("*.csv"))


def as_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV, in the way that the data folder writes it: a file read and written again is the same."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Keep other runs off the price files; the system lifts the lock when the process ends, however it ends.

    Raises: BlockingIOError when another run is at work.
    """
    if sys.platform == "win32":  # no such lock there: two runs at once are not kept apart
        yield
        return
    folder = os.open(data / "prices", os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(f"another run is already refreshing {data / 'prices'}") from None
        yield
    finally:
        os.close(folder)


def replace_all(texts: Mapping[Path, str]) -> None:
    """Give files new contents, all or none, in the given order.

    Everything is written beside the old files first, down to the disk; only then names are exchanged, one
    atomic step per file. If a step fails, those before it are taken back. Only a process that is killed
    between two steps leaves files of two runs side by side, each of them whole.

    Raises: OSError when a file cannot be written; the files are then as they were.
    """
    before = {path: path.read_bytes() for path in texts}
    try:
        for path, text in texts.items():
            _write_beside(path, text.encode())
    except BaseException:
        _drop_beside(texts)
        raise
    done: list[Path] = []
    try:
        for path in texts:
            os.replace(_beside(path), path)
            done.append(path)
    except BaseException:
        for path in reversed(done):
            _write_beside(path, before[path])
            os.replace(_beside(path), path)
        _drop_beside(texts)
        raise
    for folder in {path.parent for path in texts}:
        _flush_folder(folder)


def drop_leftovers(data: Path) -> None:
    """Remove what a killed run left beside the files."""
    for folder in (data, data / "prices"):
        for path in folder.glob(f"*.csv{NEW}"):
            path.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(path.name + NEW)


def _write_beside(path: Path, content: bytes) -> None:
    with _beside(path).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(path, _beside(path))


def _drop_beside(paths: Mapping[Path, str]) -> None:
    for path in paths:
        _beside(path).unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
