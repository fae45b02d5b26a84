"""JSON read piece by piece, so that a file of any size needs no more memory than its largest entry.

The standard library reads only whole documents. Here the structure down to the entries is walked, and
each entry goes to the standard library's decoder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

LARGEST_ENTRY = 8_000_000  # characters; an entry of the price list has some thousand

_BLANKS = re.compile(r"[ \t\n\r]*")

Place = TypeVar("Place")


class JsonError(ValueError):
    """What was read is not the JSON that was expected."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant)


class JsonStream:
    """A place in a JSON text that arrives in chunks.

    `members` and `items` walk an object or array; the value each of them stops at is read by `value`,
    walked by another `members` or `items`, or passed over if nobody does.
    """

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self._text = ""
        self._at = 0
        self._ended = False
        self._waiting = False  # a value that members() or items() stopped at is still unread

    def members(self) -> Iterator[str]:
        """Keys of the object at this place.

        Raises: JsonError when there is no object, or it is not well formed.
        """
        self._waiting = False
        self._expect("{")
        if self._peek() == "}":
            return self._expect("}")
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise JsonError(f"a key is {key!r:.40}, not a text")
            self._expect(":")
            yield from self._stop_at(key)
            if self._next_of(",}") == "}":
                return

    def items(self) -> Iterator[int]:
        """Positions in the array at this place, from 0.

        Raises: JsonError when there is no array, or it is not well formed.
        """
        self._waiting = False
        self._expect("[")
        if self._peek() == "]":
            return self._expect("]")
        position = 0
        while True:
            yield from self._stop_at(position)
            if self._next_of(",]") == "]":
                return
            position += 1

    def value(self) -> Any:
        """The whole value at this place; numbers as Decimal.

        Raises: JsonError when the text ends within it, or it is not JSON, or too long.
        """
        self._waiting = False
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self._ended:  # else a number might go on
                    self._at = end
                    return value
            except (ValueError, RecursionError) as error:
                if self._ended:
                    raise JsonError(self._complaint()) from error
            if len(self._text) - self._at > LARGEST_ENTRY:
                raise JsonError(f"it has an entry of more than {LARGEST_ENTRY:,} characters, or is not JSON")
            self._more()

    def end(self) -> None:
        """Make sure that nothing follows.

        Raises: JsonError when something does.
        """
        if self._peek():
            raise JsonError("it goes on after its end")

    def _stop_at(self, place: Place) -> Iterator[Place]:
        self._waiting = True
        yield place
        if self._waiting:
            self._pass_over()

    def _pass_over(self) -> None:
        """Decode and drop the value; one that is longer than what is at hand is walked instead."""
        first = self._peek()
        if first not in ("{", "["):
            self.value()
            return
        try:
            self._at = _DECODER.raw_decode(self._text, self._at)[1]
            self._waiting = False
        except (ValueError, RecursionError):
            for _ in self.members() if first == "{" else self.items():
                pass

    def _peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more()

    def _next_of(self, allowed: str) -> str:
        found = self._peek()
        if not found or found not in allowed:
            raise JsonError(self._complaint())
        self._at += 1
        return found

    def _expect(self, wanted: str) -> None:
        self._next_of(wanted)

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        self._ended = chunk is None
        if chunk:
            self._text, self._at = self._text[self._at :] + chunk, 0

    def _complaint(self) -> str:
        rest = self._text[self._at : self._at + 40].strip()
        return f"it is not the expected JSON at {rest!r}" if rest else "it ends too early"
