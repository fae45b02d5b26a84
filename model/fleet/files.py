"""Tables in files: read whole or piece by piece, and written so that a spreadsheet takes nothing for a formula."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from model.fleet.counts import Counts
from model.fleet.mapping import MINUTES, USAGE, Columns, FleetError, form, settled
from model.fleet.read import DAYS, services, usage
from model.fleet.services import Refused, Services
from model.scenario import Scenario

PIECE_ROWS = 1_000_000
MOST_CELLS_EXCEL = 1_000_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
READ_AS_TEXT = ("name", "time", "usage_type", "on")
Source = Path | bytes


def column_names(source: Source, name: str) -> list[str]:
    """The columns of a table.

    Raises: FleetError for a file that is no table.
    """
    if _is_parquet(name):
        with _opened(source) as file:
            return list(_parquet(file).schema_arrow.names)
    return list(_csv(source, nrows=0).columns)


def read_services(
    source: Source,
    name: str,
    base: Scenario,
    own: Mapping[str, str] | None = None,
    days: float = DAYS,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Services, Columns]:
    """The services of a file, and what its columns were taken for.

    Args: source: a path or the bytes of an upload; name: of the file, whose ending tells what it is; own: column ->
        what it stands for instead of what we suggest; tell: is told how far reading has come.
    Raises: FleetError in one sentence for what cannot be used at all.
    """
    columns = settled(column_names(source, name), own or {})
    kind = form(columns)
    if kind != MINUTES:
        pieces = list(_pieces(source, name, columns))
        frame = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(columns))
        return (usage if kind == USAGE else services)(frame, columns, base, days), columns
    counts = Counts(columns)
    for piece in _pieces(source, name, columns, only_mapped=True):
        counts.add(piece)
        tell(f"{counts.rows:,} rows read, {len(counts.places):,} services")
    return counts.services(base), columns


def write_table(results: pd.DataFrame, path: Path) -> None:
    """A table as CSV, Parquet or Excel, by the ending of the file; beside it first, then in its place.

    Raises: FleetError for another ending, or more than Excel holds.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(table_bytes(results, path.suffix))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def table_bytes(results: pd.DataFrame, ending: str) -> bytes:
    """The table as a file of this kind: .csv, .parquet or .xlsx."""
    if ending == ".csv":
        return _defused(results).to_csv(index=False, lineterminator="\n").encode()
    out = io.BytesIO()
    if ending == ".parquet":
        results.to_parquet(out, index=False)
    elif ending == ".xlsx":
        if len(results) >= MOST_CELLS_EXCEL:
            raise FleetError(f"Excel holds fewer than {len(results):,} rows: take .csv or .parquet.")
        options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
        with pd.ExcelWriter(out, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
            results.to_excel(book, index=False, sheet_name="Services")
            book.sheets["Services"].freeze_panes(1, 2)
    else:
        raise FleetError(f"{ending or 'No ending'} is no kind of table: take .csv, .parquet or .xlsx.")
    return out.getvalue()


def refused_table(refused: tuple[Refused, ...]) -> pd.DataFrame:
    """The rows that could not be used, each with its reason."""
    names = ("row", "name", "column", "value", "reason")
    return pd.DataFrame([{name: getattr(one, name) for name in names} for one in refused], columns=names)


def _defused(results: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would take for a formula with an apostrophe in front."""
    safe = results.copy()
    for column in safe.columns:
        if safe[column].dtype.kind not in "biuf":
            text = safe[column].astype("object")
            safe[column] = [f"'{x}" if isinstance(x, str) and x.startswith(FORMULA) else x for x in text]
    return safe


class Parts:
    """Finished partitions of one order, kept beside the output until all are there; another order starts anew."""

    def __init__(self, folder: Path, order: str) -> None:
        self.folder, self.order = folder, order

    def prepare(self) -> None:
        """Make the folder, or empty it if it is of another order."""
        note = self.folder / "order.json"
        try:
            known = json.loads(note.read_text(encoding="utf-8")).get("order")
        except (OSError, ValueError):
            known = None
        if known != self.order:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            note.write_text(json.dumps({"order": self.order}), encoding="utf-8")

    def read(self, number: int) -> pd.DataFrame | None:
        """A finished partition, or None."""
        try:
            return pd.read_parquet(self._path(number))
        except (OSError, ValueError):
            return None

    def write(self, number: int, results: pd.DataFrame) -> None:
        path = self._path(number)
        beside = path.with_suffix(".part")
        results.to_parquet(beside, index=False)
        os.replace(beside, path)

    def drop(self) -> None:
        """Remove them all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.parquet"


def order_of(path: Path, *about: Any) -> str:
    """A text that differs for another input, other options, or another state of the model and its data."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode())
    root = Path(__file__).parents[2]
    own = [
        file for folder in ("model", "data") for file in sorted((root / folder).rglob("*")) if file.is_file()
    ]
    for file in (*(file for file in own if "__pycache__" not in file.parts), path):
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def _pieces(source: Source, name: str, columns: Columns, only_mapped: bool = False) -> Iterator[pd.DataFrame]:
    """A table piece by piece: all of its columns, or those that stand for something."""
    wanted = list(columns) if only_mapped else None
    if _is_parquet(name):
        with _opened(source) as file:
            for batch in _parquet(file).iter_batches(PIECE_ROWS, columns=wanted):
                yield batch.to_pandas()
        return
    text = {column: "string" for column, target in columns.items() if target in READ_AS_TEXT}
    yield from _csv(source, usecols=wanted, dtype=text, chunksize=PIECE_ROWS)


def _csv(source: Source, **options: Any) -> Any:
    """A CSV with commas, semicolons or tabs, whichever its first line has most of.

    Raises: FleetError in one sentence.
    """
    try:
        with _opened(source) as file:
            first = file.readline(100_000).decode("utf-8-sig")
        if not first.strip():
            raise FleetError("The file is empty: its first line has to name the columns.")
        separator = max("\t;,", key=first.count)
        whole: Any = source if isinstance(source, Path) else io.BytesIO(source)
        return _told(
            pd.read_csv(
                whole,
                sep=separator,
                encoding="utf-8-sig",
                skipinitialspace=True,
                low_memory=False,
                keep_default_na=False,  # a cell is empty or it is not: "NaN" and "N/A" are refused, not guessed at
                na_values=[""],
                **options,
            )
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FleetError(f"The file is no table in UTF-8: {_one_line(error)}") from None


def _told(read: Any) -> Any:
    """Errors on the way through the pieces, in one sentence too."""
    if isinstance(read, pd.DataFrame):
        return read

    def pieces() -> Iterator[pd.DataFrame]:
        try:
            yield from read
        except (UnicodeDecodeError, pd.errors.ParserError) as error:
            raise FleetError(f"The file is no table in UTF-8: {_one_line(error)}") from None

    return pieces()


def _parquet(file: IO[bytes]) -> Any:
    """A Parquet file; its reader comes with Streamlit."""
    import pyarrow as arrow
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(file)
    except arrow.ArrowInvalid as error:
        raise FleetError(f"The file is no Parquet file: {_one_line(error)}") from None


def _opened(source: Source) -> IO[bytes]:
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)


def _is_parquet(name: str) -> bool:
    return name.lower().endswith((".parquet", ".pq"))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def in_order(parts: list[pd.DataFrame], order: Sequence[int]) -> pd.DataFrame:
    """Partitions as one table, in the order of the input. order: place of each row of the parts, one after the other."""
    whole = pd.concat(parts, ignore_index=True)
    return whole.iloc[np.argsort(np.asarray(order, np.intp), kind="stable")].reset_index(drop=True)
