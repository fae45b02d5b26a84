"""The table of an estate: the example or an upload, what its columns stand for, and the rows that cannot be used.

A file that cannot be used is said in a sentence, and the page goes on with the last one that could.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from model.fields import ScenarioError
from model.fleet.files import column_names, read_services, refused_table, table_bytes
from model.fleet.generate import example_estate
from model.fleet.mapping import TARGETS, Columns, FleetError, form, settled
from model.fleet.read import DAYS
from model.fleet.services import Services, estate_base
from model.scenario import Scenario, vocabulary
from model.serialise import cache_key
from pages.ui import words
from pages.ui.answers import estate as answers
from pages.ui.page import table

FILE, DAYS_KEY, AGAIN = "estate file", "estate days", "estate example"
_TABLE, _REFUSED, _OWN, _ROUND = "estate table", "estate refused", "estate columns", "estate round"
MOST_MB = 200
MOST_SERVICES = 100_000
HELP = (
    "CSV or Parquet, one row for each service with columns named like the settings (requests_per_s, duration_s …); "
    "CloudWatch’s export by function; lines of a cost-and-usage export; or counts in long form: service, timestamp, "
    "requests. The file stays on this machine."
)


@dataclass(frozen=True)
class Table:
    """A file: its bytes, its name, and the days its counts cover."""

    content: bytes
    name: str

    @property
    def is_example(self) -> bool:
        return self.name == EXAMPLE_NAME


EXAMPLE_NAME = "example estate.csv"


def chosen_services(question: Scenario) -> tuple[Services, str]:
    """Draw the choice of a table and its columns; its services, and a text that differs for any other."""
    now: Table = st.session_state.setdefault(_TABLE, _example())
    left, right = st.columns([2, 1])
    left.file_uploader(
        "Your services",
        type=["csv", "tsv", "txt", "parquet"],
        key=f"{FILE} {st.session_state.get(_ROUND, 0)}",
        on_change=_take_file,
        help=HELP,
        max_upload_size=MOST_MB,
    )
    days = right.number_input(
        "Days that counts cover", 1.0, 366.0, value=None, key=DAYS_KEY, placeholder=f"{DAYS:g}", step=1.0
    )
    if not now.is_example:
        right.button("The example again", on_click=_back_to_example, width="stretch")
    if refused := st.session_state.get(_REFUSED):
        st.error(words.as_typed(refused))
    own: Columns = st.session_state.get(_OWN, {})
    base = estate_base(question)
    key = f"{hash(now.content)} {sorted(own.items())} {days} {cache_key(base)}"
    services, columns = _read(now.content, now.name, base, tuple(sorted(own.items())), days or DAYS, key)
    _columns(now, columns)
    _notices(services)
    return services, key


def example_note() -> str:
    """That the services shown are an example; nothing if they are the visitor's."""
    return answers.EXAMPLE if st.session_state[_TABLE].is_example else ""


@st.cache_resource(max_entries=4, show_spinner="Reading the table")
def _read(
    _content: bytes, _name: str, _base: Scenario, _own: tuple[tuple[str, str], ...], _days: float, key: str
) -> tuple[Services, Columns]:
    return read_services(_content, _name, _base, dict(_own), _days)


def _example() -> Table:
    return Table(table_bytes(example_estate(), ".csv"), EXAMPLE_NAME)


def _take_file() -> None:
    """Use the file just dropped if its columns tell what is needed; else say why, and keep what is there."""
    file = st.session_state.get(f"{FILE} {st.session_state.get(_ROUND, 0)}")
    if file is None:
        return
    new = Table(file.getvalue(), file.name)
    try:
        form(settled(column_names(new.content, new.name), {}))
        services, _ = read_services(new.content, new.name, estate_base(Scenario()))
        if len(services) > MOST_SERVICES:
            raise FleetError(
                f"The table has {len(services):,} services; this page takes {MOST_SERVICES:,}, the command takes more."
            )
        if not len(services):
            raise FleetError(answers.unusable(services.refused))
    except (FleetError, ScenarioError) as error:
        st.session_state[_REFUSED] = f"{words.with_labels(str(error))} What was shown before stays."
        return
    st.session_state[_TABLE], st.session_state[_REFUSED], st.session_state[_OWN] = new, "", {}


def _back_to_example() -> None:
    st.session_state[_TABLE], st.session_state[_REFUSED], st.session_state[_OWN] = _example(), "", {}
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _columns(now: Table, columns: Columns) -> None:
    """What each column is taken for, to be changed."""
    options = ["", *TARGETS, *(path for path, _, _ in vocabulary())]
    with st.expander("What the columns stand for"):
        names = column_names(now.content, now.name)
        cells = st.columns(3)
        for place, name in enumerate(names[:60]):
            target = columns.get(name, "")
            cells[place % 3].selectbox(
                words.as_typed(name),
                options,
                index=options.index(target),
                format_func=answers.target,
                key=f"estate column {st.session_state.get(_ROUND, 0)} {hash(now.content)} {place}",
                on_change=_take_column,
                args=(name, f"estate column {st.session_state.get(_ROUND, 0)} {hash(now.content)} {place}"),
            )


def _take_column(name: str, key: str) -> None:
    """Use another meaning of a column, unless the table then has none of what is needed."""
    now: Table = st.session_state[_TABLE]
    own = {**st.session_state.get(_OWN, {}), name: st.session_state[key]}
    try:
        form(settled(column_names(now.content, now.name), own))
    except FleetError as error:
        st.session_state[_REFUSED] = f"{words.with_labels(str(error))} The columns stay as they were."
        del st.session_state[key]
        return
    st.session_state[_OWN], st.session_state[_REFUSED] = own, ""


def _notices(services: Services) -> None:
    """What was done with the table, and every row that cannot be used."""
    for notice in services.notices:
        st.caption(words.as_typed(notice))
    if services.refused:
        with st.expander(answers.refusals(services.refused)):
            frame = refused_table(services.refused)
            table(frame)
            st.download_button(
                "These rows as CSV",
                table_bytes(frame, ".csv"),
                file_name="refused.csv",
                mime="text/csv",
                on_click="ignore",
            )
