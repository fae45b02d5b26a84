"""The sidebar under AppTest: groups of controls are drawn only while they are open."""

from streamlit.testing.v1 import AppTest

from pages.ui.control_order import FOLDED
from pages.ui.controls import EXACT
from pages.ui.fold import fold_key


def unfold(app: AppTest) -> AppTest:
    """Open every group, so that there is a widget for every field."""
    for title in (*FOLDED, EXACT):
        app.session_state[fold_key(title)] = True
    return app.run()
