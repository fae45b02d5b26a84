"""What is done for the server process as a whole."""

import gc
import sys

_modules_frozen = 0


def freeze_garbage_collector() -> None:
    """Take everything imported so far out of garbage collection; call it in app.py at every run.

    Streamlit collects garbage after every script run, and walking the objects of Plotly and pandas takes longer
    than a page does. They live as long as the process, so there is nothing in them to collect. Pages import
    when they are first opened; so this acts again, and only then, when there are modules it has not seen.
    """
    global _modules_frozen
    if len(sys.modules) > _modules_frozen:
        _modules_frozen = len(sys.modules)
        gc.collect()
        gc.freeze()
