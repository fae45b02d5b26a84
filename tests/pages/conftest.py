"""What holds for every test of the pages."""

import pytest

from pages.ui import hand
from pages.ui.figures import objects


@pytest.fixture(autouse=True)
def checked_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made of Plotly's own objects, which refuse what Plotly does not know."""
    monkeypatch.setattr(objects, "CHECKED", True)


@pytest.fixture(autouse=True)
def no_hand_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody moves a slider while a test looks at a page."""
    monkeypatch.setattr(hand, "REST_S", 0.0)
