"""Every number we did not compute: prices, limits, measurements, traces, each with source and date.

They are read from `data/` beside the package, once, and handed out as frozen dataclasses and read-only
arrays in SI units (seconds, never milliseconds). A figure nobody published is `None` (or NaN in an array),
never zero. Only `model/facts/files.py` opens files.
"""

from model.facts.evidence import (
    Claim,
    Disagreement,
    Source,
    load_claims,
    load_disagreements,
    load_measured,
    load_method,
    load_sources,
)
from model.facts.files import DATA, read_text
from model.facts.limits import (
    Fact,
    InstanceSize,
    limit,
    load_facts,
    load_fargate_sizes,
    load_instance_sizes,
    pick_fact,
)
from model.facts.measurements import (
    Framework,
    InitFit,
    InitQuantiles,
    StartGroup,
    TaskStart,
    load_frameworks,
    load_init_fits,
    load_init_quantiles,
    load_keep_alive,
    load_task_starts,
)
from model.facts.prices import (
    STALE_DAYS,
    Price,
    PriceAge,
    PriceTiers,
    find_price,
    load_price_variants,
    load_prices,
    load_regions,
    pick_price,
    price_age,
    stale_prices,
)
from model.facts.traces import Trace, load_traces, trace_names

__all__ = [
    "Claim",
    "DATA",
    "Disagreement",
    "Fact",
    "Framework",
    "InitFit",
    "InitQuantiles",
    "InstanceSize",
    "Price",
    "PriceAge",
    "PriceTiers",
    "STALE_DAYS",
    "Source",
    "StartGroup",
    "TaskStart",
    "Trace",
    "find_price",
    "limit",
    "load_claims",
    "load_disagreements",
    "load_facts",
    "load_fargate_sizes",
    "load_frameworks",
    "load_init_fits",
    "load_init_quantiles",
    "load_instance_sizes",
    "load_keep_alive",
    "load_measured",
    "load_method",
    "load_price_variants",
    "load_prices",
    "load_regions",
    "load_sources",
    "load_task_starts",
    "load_traces",
    "pick_fact",
    "pick_price",
    "price_age",
    "read_text",
    "stale_prices",
    "trace_names",
]
