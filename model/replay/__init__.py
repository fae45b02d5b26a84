"""Recorded traffic replayed on both platforms: what happened in each hour, and the worst ten minutes by the second."""

from model.replay.run import Replay, Side, Windows, replay
from model.replay.worst import Worst

__all__ = ["Replay", "Side", "Windows", "Worst", "replay"]
