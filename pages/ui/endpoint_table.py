"""The table of endpoints: edited in place, pasted from a spreadsheet, as CSV up and down; it outlives a change of page.

What was typed last is in session state. A row that cannot be used is named with its column, its value and what is
allowed, and the page goes on with the last table that could be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from model.decide.endpoints import (
    COLUMNS,
    EXAMPLE,
    NAME,
    SHOWN,
    SPECS,
    Problem,
    column,
    endpoints,
    from_text,
    to_csv,
)
from model.fields import ChoiceField, FlagField, ManyField, NumberField
from model.scenario import Scenario
from pages.ui import words

_NOW, _GOOD, _START, _ROUND = "endpoint rows", "good endpoint rows", "endpoint start", "endpoint round"
_TEXT, _FILE, _REFUSED = "endpoint text", "endpoint file", "endpoint refusal"
MOST_BYTES = 200_000
MOST_SAID = 6

Rows = list[dict[str, Any]]


def kept_rows() -> Rows | None:
    """The last table that could be used, if the visitor has been at one."""
    return st.session_state.get(_GOOD)


def edited_rows(base: Scenario) -> Rows:
    """Draw the table; the rows to go on with."""
    if _NOW not in st.session_state:
        st.session_state[_NOW] = [dict(row) for row in EXAMPLE]
    key = f"endpoint table {st.session_state.get(_ROUND, 0)}"
    if key not in st.session_state:  # drawn anew: after another page, or with other rows
        st.session_state[_START] = st.session_state[_NOW]
    frame = _frame(st.session_state[_START])
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={name: _config(name) for name in frame.columns},
        key=key,
    )
    now = _rows(edited)
    st.session_state[_NOW] = now
    good, bad = endpoints(base, now)
    if good and not bad:
        st.session_state[_GOOD] = now
        return now
    _say(bad, empty=not good)
    return st.session_state.get(_GOOD) or [dict(row) for row in EXAMPLE]


def paste_and_files(base: Scenario) -> None:
    """A place to paste cells, a file up, the table down, and the example again."""
    with st.expander("Paste, upload or download the table"):
        st.text_area(
            "Paste cells of a spreadsheet, or CSV, with the columns’ names in the first line",
            key=_TEXT,
            max_chars=MOST_BYTES,
            placeholder="name\trequests_per_s\tduration_s\tslo_p99_s\nsearch\t20\t0.15\t1",
        )
        left, middle, right = st.columns(3)
        left.button("Use the pasted table", on_click=_take_text, args=(base,), width="stretch")
        middle.download_button(
            "Download as CSV",
            to_csv(st.session_state[_NOW]).encode(),
            file_name="endpoints.csv",
            mime="text/csv",
            width="stretch",
        )
        right.button(
            "The example again", on_click=_take, args=([dict(row) for row in EXAMPLE],), width="stretch"
        )
        st.file_uploader(
            "Upload a CSV",
            type=["csv", "tsv", "txt"],
            key=_FILE,
            on_change=_take_file,
            args=(base,),
            max_upload_size=1,
        )
        st.caption(
            "Columns may be any of the settings by their names in links and files, such as "
            f"{words.said_list(f'`{name}`' for name in _some_columns())}; "
            "an empty cell takes its value from the controls."
        )
        if refused := st.session_state.get(_REFUSED):
            st.error(words.as_typed(refused))


def _take_text(base: Scenario) -> None:
    _take_table(st.session_state.get(_TEXT) or "", base)


def _take_file(base: Scenario) -> None:
    file = st.session_state.get(_FILE)
    if file is None:
        return
    if file.size > MOST_BYTES:
        st.session_state[_REFUSED] = (
            f"The file has {file.size:,} bytes; a table of endpoints has {MOST_BYTES:,} at most."
        )
        return
    try:
        text = file.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state[_REFUSED] = "The file is not text in UTF-8; save it as CSV UTF-8."
        return
    _take_table(text, base)


def _take_table(text: str, base: Scenario) -> None:
    """Use a table if every row of it can be used; else say why, and keep what is there."""
    try:
        rows: Rows = list(from_text(text))
    except ValueError as error:
        st.session_state[_REFUSED] = f"{error} The table below stays as it is."
        return
    good, bad = endpoints(base, rows)
    if bad or not good:
        reasons = " ".join(_sentence(one) for one in bad[:MOST_SAID]) or "No row has an entry."
        st.session_state[_REFUSED] = f"{reasons} The table stays as it was."
        return
    _take([_typed(row) for row in rows])


def _take(rows: Rows) -> None:
    st.session_state[_NOW] = rows
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state[_REFUSED] = ""


def _say(bad: Sequence[Problem], *, empty: bool) -> None:
    if empty and not bad:
        st.warning("There is no endpoint: type a row. Until then the last table counts.")
        return
    lines = [words.as_typed(_sentence(one)) for one in bad[:MOST_SAID]]
    more = len(bad) - MOST_SAID
    if more > 0:
        lines.append(f"And {words.count(more, 'more such cell')}.")
    st.error(
        "\n".join(f"- {line}" for line in lines)
        + "\n\nThe figures below are of the last table that could be used."
    )


def _sentence(one: Problem) -> str:
    """Row, column, value and what is allowed."""
    where = f"Row {one.row}" + (f" ({one.name})" if one.name else "")
    what = f", {one.column}" if one.column else ""
    return f"{where}{what}: {one.value!r} is not allowed; allowed is {words.with_labels(one.allowed)}."


# --- rows <-> frame -------------------------------------------------------------------------------


def _frame(rows: Rows) -> pd.DataFrame:
    """The table with a fixed type for each column, empty ones included."""
    names = list(dict.fromkeys([NAME, *map(column, SHOWN), *(name for row in rows for name in row)]))
    return pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in names})


def _column(name: str, cells: list[Any]) -> pd.Series:
    spec = SPECS.get(COLUMNS.get(name, ""))
    if isinstance(spec, NumberField):
        return pd.Series([None if cell in (None, "") else float(cell) for cell in cells], dtype="float64")
    if isinstance(spec, ManyField):
        return pd.Series([list(cell or []) for cell in cells], dtype="object")
    return pd.Series([None if cell is None else str(cell) for cell in cells], dtype="object")


def _rows(frame: pd.DataFrame) -> Rows:
    return [
        {str(name): cell for name, cell in row.items() if not _is_empty(cell)}
        for row in frame.to_dict("records")
    ]


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Pasted text as the table's columns hold it."""
    typed: dict[str, Any] = {}
    for name, cell in row.items():
        spec = SPECS.get(COLUMNS.get(name, ""))
        if _is_empty(cell):
            continue
        if isinstance(spec, NumberField):
            typed[name] = float(str(cell).replace("\u00a0", "").replace(" ", ""))
        elif isinstance(spec, ManyField):
            typed[name] = [part.strip() for part in str(cell).replace(";", ",").split(",") if part.strip()]
        else:
            typed[name] = str(cell).strip()
    return typed


def _is_empty(cell: Any) -> bool:
    if isinstance(cell, (list, tuple)):
        return not cell
    return cell is None or cell != cell or str(cell).strip() == ""


def _config(name: str) -> Any:
    path = COLUMNS.get(name, "")
    spec, title = SPECS.get(path), words.label(path) if path else "Endpoint"
    help_ = words.meaning(path) if path else "What the endpoint is called."
    if isinstance(spec, NumberField):
        unit = f" ({spec.unit})" if spec.unit and "per " not in title else ""
        return st.column_config.NumberColumn(title + unit, help=help_, format="%.6g")
    if isinstance(spec, ChoiceField):
        said = (
            (lambda word: word.title())
            if path == "workload.kind"
            else (lambda word: words.option(path, word))
        )
        return st.column_config.SelectboxColumn(
            title, help=help_, options=list(spec.options), format_func=said
        )
    if isinstance(spec, ManyField):
        return st.column_config.MultiselectColumn(title, help=help_, options=list(spec.options))
    if isinstance(spec, FlagField):
        return st.column_config.SelectboxColumn(title, help=help_, options=["true", "false"])
    return st.column_config.TextColumn(title, help=help_, pinned=name == NAME)


def _some_columns() -> Iterable[str]:
    return ("requests_per_s", "pattern", "duration_s", "memory_mb", "fargate.architecture")
