"""What every page has: the answer at the top, how it was computed, the numbers used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from model.cost.lines import Bill, Line, day
from model.facts import Price, find_price, load_method
from pages.ui import tables, words
from pages.ui.beside import below_the_answer
from pages.ui.fold import fold
from pages.ui.state import assume, override, scenario

_LINKS = {"Where": st.column_config.LinkColumn("Where", display_text="open")}
_AMOUNTS = {
    name: st.column_config.TextColumn(name, alignment="right", width=width)
    for name, width in {"Quantity": 105, "Unit price": 140, "A month": 95}.items()
}


def use_the_height() -> None:
    """Start the page right under the menu: Streamlit leaves a hand's breadth free there."""
    st.html(
        "<style>[data-testid=stMainBlockContainer] {padding-top: 3.5rem; padding-bottom: 3rem} "
        # Streamlit's own grey has a contrast of 4.0 on white; AA asks for 4.5.
        "[data-testid=stCaptionContainer] {color: inherit; opacity: 0.8} "
        # On a phone a wide table scrolls by itself instead of widening the page.
        "[data-testid=stMarkdownContainer] table {display: block; overflow-x: auto; max-width: 100%}</style>"
    )


def answer(*sentences: str) -> None:
    """The answer in a sentence or two, large, right under the title."""
    st.markdown("## " + words.in_markdown(" ".join(filter(None, sentences))))
    below_the_answer()


def listed(sentences: Sequence[str]) -> None:
    """Sentences of our own, one below the other."""
    for sentence in filter(None, sentences):
        st.markdown(words.in_markdown(sentence))


def one_of(label: str, options: Sequence[str], *, key: str) -> str:
    """One of a few words in a row, the first at the start; the choice outlives a change of page."""
    last = st.session_state.get(f"last {key}", options[0])
    chosen = st.segmented_control(
        label, options, default=last, required=True, key=key, label_visibility="collapsed"
    )
    st.session_state[f"last {key}"] = chosen
    return chosen


def table(frame: pd.DataFrame, *, in_full: bool = False) -> None:
    """A table that can be sorted, searched and downloaded; addresses are links. in_full: every row in sight."""
    height = "content" if in_full else "auto"
    st.dataframe(frame, hide_index=True, width="stretch", height=height, column_config={**_LINKS, **_AMOUNTS})


def metrics(figures: Sequence[tuple[str, ...]]) -> None:
    """A row of key figures: label, value and, where there is one, the range below it."""
    for column, (label, value, *more) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(
            label,
            words.in_markdown(value),
            words.in_markdown(more[0]) if more else None,
            delta_color="off",
            delta_arrow="off",
        )


def quiet(text: str) -> None:
    """A line about prices that is there for those who look for it; nothing if there is nothing to say."""
    if text:
        st.caption(f":material/info: {words.in_markdown(text)}")


def choose_field(label: str, options: Sequence[str], default: str, key: str) -> str:
    """A field of the scenario out of some; the choice outlives the time in which the box is not shown."""
    last = st.session_state.get(f"last {key}", default)
    index = options.index(last) if last in options else 0
    chosen = st.selectbox(label, options, index=index, format_func=words.label, key=key)
    st.session_state[f"last {key}"] = chosen
    return chosen


def how_computed(*sections: str) -> None:
    """The sections of the method page behind this page, while they are unfolded."""
    with fold("How this is computed") as folded:
        if folded.open:
            for section in sections:
                text = load_method()[section].replace("\n### ", "\n###### ")
                st.markdown(f"##### {section}\n\n{words.in_markdown(text)}")


def numbers_used(lines: Sequence[Line] = (), groups: Sequence[str] = ()) -> None:
    """Prices behind bill lines, and facts by the first word of their id, with source and date, while unfolded."""
    with fold("Numbers used") as folded:
        if folded.open and lines:
            price_editor(tables.priced_rows(lines, day(scenario().billing)))
        if folded.open and groups:
            table(tables.facts(groups=groups))


def ask_missing_prices(bills: Iterable[Bill]) -> None:
    """For every price nobody published for this Region: say so, and take the user's own."""
    missing = dict.fromkeys(line.fact for bill in bills for line in bill.missing)
    if not missing:
        return
    st.warning("No published figure for this Region: enter yours, and the totals appear.")
    for key in missing:
        price = find_price(key)
        st.number_input(
            f"{price.id} {price.variant}".strip() + f", USD per {price.unit}",
            min_value=0.0,
            value=None,
            format="%.10g",
            key=f"own price {key}",
            on_change=_take_price,
            args=(key,),
        )


def price_editor(rows: Sequence[Price]) -> None:
    """Prices, with a column for the user's own; an empty cell takes ours."""
    st.caption("Type your own price into the column “Yours”: bills, charts and the link follow.")
    frame = tables.own_prices(rows, scenario().billing.overrides)
    keys = tuple(row.key for row in rows)
    # Edits go by row number and outlive the data: other prices, or own ones taken back, need an editor of their own.
    editor = f"own prices {hash((keys, *scenario().billing.overrides.items()))}"
    st.data_editor(
        frame,
        hide_index=True,
        width="stretch",
        disabled=[name for name in frame.columns if name != "Yours"],
        column_config={**_LINKS, "Yours": st.column_config.NumberColumn(format="%.10g", min_value=0)},
        key=editor,
        on_change=_take_prices,
        args=(editor, keys),
    )


def assumption_editor() -> None:
    """The assumptions, with a column for the user's own values; an empty cell takes ours."""
    st.caption("Type your own value into the column “Yours”: every page and the link follow.")
    frame = tables.assumptions(scenario().assumptions)
    st.data_editor(
        frame,
        hide_index=True,
        width="stretch",
        disabled=[name for name in frame.columns if name != "Yours"],
        column_config={"Yours": st.column_config.NumberColumn(format="%.10g", min_value=0)},
        key="own assumptions",
        on_change=_take_assumptions,
        args=(tuple(frame["Number"]),),
    )


def _take_assumptions(ids: tuple[str, ...]) -> None:
    for row, cells in st.session_state["own assumptions"]["edited_rows"].items():
        assume(ids[row], cells.get("Yours"))


def _take_prices(editor: str, keys: tuple[str, ...]) -> None:
    for row, cells in st.session_state[editor]["edited_rows"].items():
        if "Yours" in cells:
            override(keys[row], cells["Yours"])


def _take_price(key: str) -> None:
    override(key, st.session_state[f"own price {key}"])
