"""From bytes to lines of text, and the one error that every unusable file ends in."""

from __future__ import annotations

import codecs

MOST_BYTES = 20_000_000
LONGEST_LINE = 20_000
LONGEST_QUOTE = 40
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CONTROLS = set(range(32)) - {9, 10, 12, 13, 26}


class ArrivalsError(ValueError):
    """A file that cannot be used; the message is one sentence that names the line and what to do."""


def quoted(text: str) -> str:
    """Somebody's text inside a sentence of ours: short, on one line."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:200]).split())
    return f"“{plain}”" if len(plain) <= LONGEST_QUOTE else f"“{plain[:LONGEST_QUOTE]}…”"


def decoded(content: bytes | str) -> str:
    """The text of a file, with plain line ends and without a byte order mark.

    Raises: ArrivalsError if it is empty, too large, binary, or has a line no table has.
    """
    if len(content) > MOST_BYTES:
        size, most = len(content) / 1e6, MOST_BYTES / 1e6
        raise ArrivalsError(
            f"The file has {size:.0f} MB; up to {most:.0f} MB can be read. Export a shorter time."
        )
    text = content if isinstance(content, str) else _text(content)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").removesuffix("\x1a")
    if not text.strip():
        raise ArrivalsError("The file is empty: it needs a row for each period, with time and count.")
    return text


def lines_of(text: str) -> list[str]:
    """The lines of a table.

    Raises: ArrivalsError for a line that is far too long.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise ArrivalsError(
                f"Line {number:,} has {len(line):,} characters: a row holds a time and a count, each row on a line of its own."
            )
    return lines


def _text(content: bytes) -> str:
    encoding = next((name for mark, name in _WIDE.items() if content.startswith(mark)), "")
    encoding = encoding or _wide_without_mark(content) or "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace") if encoding == "utf-8" else ""
    start = text[:4000]
    if not text or content.startswith(b"PK\x03\x04") or any(ord(sign) in _CONTROLS for sign in start):
        raise ArrivalsError(
            "The file is not text: save it as CSV (a spreadsheet does so under “Save as”) or JSON."
        )
    return text


def _wide_without_mark(content: bytes) -> str:
    """UTF-16 without a mark: every other byte of plain text is zero."""
    start = content[:200]
    if len(start) < 4 or len(content) % 2:
        return ""
    even, odd = start[0::2], start[1::2]
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else ""
