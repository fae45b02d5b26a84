"""A group that is folded away until somebody wants to see it."""

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer


def fold(title: str) -> ExpanderContainer:
    """A group whose content need only be drawn, sent and laid out while its `open` says so."""
    return st.expander(title, key=fold_key(title), on_change="rerun")


def fold_key(title: str) -> str:
    """Key in session state that says whether a group is open."""
    return f"open {title}"
