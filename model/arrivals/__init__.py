"""Traffic that somebody recorded: a file of counts, as CloudWatch or a spreadsheet writes it, becomes a series."""

from model.arrivals.reader import Reading, read_arrivals
from model.arrivals.text import ArrivalsError

__all__ = ["ArrivalsError", "Reading", "read_arrivals"]
