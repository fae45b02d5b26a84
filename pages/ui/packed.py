"""Plain values as a short text for a link, and back: JSON, deflated, in letters that an address may hold."""

from __future__ import annotations

import base64
import json
import re
import zlib

VERSION = "1"
LONGEST = 20_000  # characters of a text that is looked at
LARGEST = 400_000  # bytes it may unfold to: a link must not fill the memory


class Unreadable(ValueError):
    """A text that is none of ours; its sentence says what is wrong."""


def packed(value: object) -> str:
    """The text for plain values: "1." and letters, digits, - and _."""
    raw = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    return f"{VERSION}.{base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip('=')}"


def unpacked(text: str) -> object:
    """The plain values in a text.

    Raises: Unreadable if it is of another version, cut off, too long or never was one of ours.
    """
    version, point, letters = text.partition(".")
    if not point or not re.fullmatch(r"\d{1,3}", version):
        raise Unreadable("it does not start with its version")
    if version != VERSION:
        raise Unreadable(f"it is of version {version}, and only version {VERSION} can be read")
    if len(text) > LONGEST:
        raise Unreadable(f"it is longer than {LONGEST:,} characters")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", letters):
        raise Unreadable("it holds signs that do not belong there")
    try:
        folded = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        unfold = zlib.decompressobj()
        raw = unfold.decompress(folded, LARGEST)
        if not unfold.eof:
            raise Unreadable("it is cut off or too large")
        return json.loads(raw)
    except (ValueError, RecursionError, zlib.error) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("it is damaged or cut off") from None
