"""An estate judged block by block while the page stays alive: results as they come, and a button that stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from model.fleet.estate import BreakEvenLine, break_even_line
from model.fleet.files import in_order, table_bytes
from model.fleet.judge import blocks, judge
from model.fleet.services import Rows, Services, estate_base
from model.scenario import Scenario
from model.serialise import cache_key
from pages.ui.answers import estate as answers

_RUN = "estate run"
AT_ONCE = 1_000
"""Services up to which the page waits: a second or two."""
TICK_S = 0.2
MIME = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass
class Run:
    """How far judging has come. key: of the table and the settings; waiting: blocks to do; stopped: by the user."""

    key: str
    services: Services
    waiting: list[Rows]
    rows: list[Rows] = field(default_factory=list)
    parts: list[pd.DataFrame] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def done(self) -> int:
        return sum(len(rows) for rows in self.rows)

    @property
    def open(self) -> bool:
        return bool(self.waiting) and not self.stopped

    def step(self) -> None:
        """Judge the next block; one that fails is told, the others go on."""
        block = self.waiting.pop(0)
        try:
            self.parts.append(judge(self.services, block))
            self.rows.append(block)
        except Exception as error:  # whatever it is, the other services are judged
            self.failed.append(
                f"{len(block):,} services could not be judged: {type(error).__name__}: {error}"
            )

    @property
    def results(self) -> pd.DataFrame:
        """What there is so far, in the order of the table."""
        order = [int(i) for rows in self.rows for i in rows]
        return in_order(self.parts, order) if self.parts else pd.DataFrame()


def show(services: Services, key: str, draw: Callable[[Run], None]) -> None:
    """Judge the services and draw the results as they come. draw: gets the run, at least once it has results."""
    run: Run | None = st.session_state.get(_RUN)
    if run is None or run.key != key:
        run = st.session_state[_RUN] = Run(key, services, blocks(services))
        if len(services) <= AT_ONCE:
            with st.spinner("Judging the services"):
                while run.waiting:
                    run.step()
    if not run.open:
        _finish(run, draw)
        return
    _keep_going(draw)


@st.fragment(run_every=TICK_S)
def _keep_going(draw: Callable[[Run], None]) -> None:
    """One block at each tick; the rest of the page stays as it is."""
    run: Run = st.session_state[_RUN]
    if run.open:
        run.step()
    if not run.open:
        st.rerun(scope="app")
    left, right = st.columns([5, 1], vertical_alignment="center")
    share = run.done / len(run.services)
    left.progress(min(share, 1.0), answers.so_far(run.done, len(run.services)))
    right.button("Stop", on_click=_stop, width="stretch")
    if run.parts:
        draw(run)


def _finish(run: Run, draw: Callable[[Run], None]) -> None:
    for sentence in run.failed:
        st.error(sentence)
    if run.stopped and run.waiting:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.warning(f"Stopped: {answers.so_far(run.done, len(run.services))}.")
        right.button("Go on", on_click=_go_on, width="stretch")
    if run.parts:
        draw(run)


def _stop() -> None:
    st.session_state[_RUN].stopped = True


def _go_on() -> None:
    st.session_state[_RUN].stopped = False


@st.cache_resource(
    max_entries=20, show_spinner="Finding where both sides cost the same", hash_funcs={Scenario: cache_key}
)
def line(base: Scenario) -> BreakEvenLine:
    """The break-even line of the controls' settings."""
    return break_even_line(base)


def line_of(question: Scenario) -> BreakEvenLine:
    """The same, whatever the controls' own traffic and duration are."""
    return line(estate_base(question))


def downloads(results: pd.DataFrame) -> None:
    """The whole table as files."""
    for column, (ending, kind) in zip(
        st.columns(3), {".csv": "CSV", ".parquet": "Parquet", ".xlsx": "Excel"}.items(), strict=True
    ):
        column.download_button(
            f"All results as {kind}",
            data=lambda ending=ending: table_bytes(results, ending),
            file_name=f"estate{ending}",
            mime=MIME[ending],
            on_click="ignore",
            width="stretch",
            key=f"estate download {ending}",
        )
