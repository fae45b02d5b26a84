"""Lists, and text for Markdown that does not act."""

from __future__ import annotations

import re
from collections.abc import Iterable


def said_list(items: Iterable[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    words = list(items)
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def in_markdown(text: str) -> str:
    """Our own sentence for st.markdown: dollars stay dollars instead of opening a formula.

    A dollar that `as_typed` has escaped already stays as it is.
    """
    return re.sub(r"(?<!\\)\$", r"\\$", text)


def as_typed(text: str) -> str:
    """Somebody else's text for st.markdown: every sign is shown as it is, none acts.

    The invisible word joiner keeps addresses from turning into links and `:name:` from turning into a picture.
    """
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    joined = re.sub(r"[:@]|\b(?=www\.)|(?<=www)\.", lambda found: found.group() + "\u2060", plain, flags=re.I)
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=])", r"\\\1", joined)
