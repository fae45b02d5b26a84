"""Files of the price list over HTTP: the only place of the model that uses the network."""

from __future__ import annotations

import codecs
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from model.refresh.json_stream import JsonError, JsonStream
from model.refresh.settings import Settings

Parsed = TypeVar("Parsed")

CHUNK_BYTES = 1 << 18
JSON_TYPES = {"", "application/json", "text/json", "text/plain", "application/octet-stream"}
JSON_TYPES |= {"binary/octet-stream"}  # what S3 says of a file that was stored without a type
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
TRY_AGAIN = {408, 429, 500, 502, 503, 504}


class RefreshError(Exception):
    """Why nothing was changed, in one sentence."""


class NotThere(RefreshError):
    """The server says that it has no such file."""


class _Passing(RefreshError):
    """A failure that may be gone a moment later."""


class _NoRedirect(HTTPRedirectHandler):
    """The price list never moves on its own; a log-in page of a network in between does."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class PriceServer:
    """Reads JSON files below one address, streamed, with limits on time, and tries again if that may help."""

    def __init__(self, settings: Settings, progress: Callable[[str], None] = lambda line: None) -> None:
        self._settings = settings
        self._progress = progress

    def read(self, url: str, parse: Callable[[JsonStream], Parsed]) -> Parsed:
        """What `parse` makes of the file, which must be complete and end where its JSON ends.

        Raises: NotThere at 404; RefreshError for any other failure, naming the file and the reason.
        """
        left = self._settings.tries
        while True:
            left -= 1
            try:
                with closing(self._chunks(url)) as chunks:
                    stream = JsonStream(chunks)
                    parsed = parse(stream)
                    stream.end()
                    return parsed
            except _Passing:
                if not left:
                    raise
                time.sleep(self._settings.pause_s)
            except (JsonError, UnicodeDecodeError) as error:
                raise RefreshError(f"{url} cannot be used: {error}") from error
            except RecursionError as error:
                raise RefreshError(f"{url} cannot be used: it is nested too deeply") from error

    def _chunks(self, url: str) -> Generator[str, None, None]:
        """The text of the file, piece by piece."""
        unpack = codecs.getincrementaldecoder("utf-8-sig")()
        until = time.monotonic() + self._settings.file_timeout_s
        try:
            with _opener(url).open(
                Request(url, headers={"Accept-Encoding": "gzip", "User-Agent": "lambda-or-fargate refresh"}),
                timeout=self._settings.timeout_s,
            ) as response:
                kind = response.headers.get_content_type() if response.headers["Content-Type"] else ""
                if kind not in JSON_TYPES:
                    raise RefreshError(f"{url} is of type {kind}, not JSON")
                for piece in _unpacked(response, self._bytes(url, response, until)):
                    yield unpack.decode(piece)
                yield unpack.decode(b"", final=True)
        except HTTPError as error:
            error.close()
            if error.code == 404:
                raise NotThere(f"{url} does not exist (404)") from error
            kind_of_error = _Passing if error.code in TRY_AGAIN else RefreshError
            raise kind_of_error(f"{url} was answered with {error.code} {error.reason}") from error
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, TimeoutError):
                reason = f"nothing came for {self._settings.timeout_s:g} s"
            raise _Passing(f"{url} could not be read: {reason}") from error
        except zlib.error as error:
            raise _Passing(f"{url} could not be unpacked: {error}") from error

    def _bytes(self, url: str, response: HTTPResponse, until: float) -> Iterator[bytes]:
        size, wanted = 0, response.headers["Content-Length"]
        self._progress(f"reading {url}")
        while piece := response.read1(CHUNK_BYTES):
            size += len(piece)
            if time.monotonic() > until:
                raise _Passing(f"{url} took more than {self._settings.file_timeout_s:g} s")
            yield piece
        if wanted and wanted.isdigit() and size != int(wanted):
            raise _Passing(f"{url} broke off after {size:,} of {int(wanted):,} bytes")


def _opener(url: str) -> OpenerDirector:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefreshError(f"{url!r} is not an address that starts with https:// or http://")
    no_proxy = [ProxyHandler({})] if parts.hostname in LOOPBACK else []
    return build_opener(_NoRedirect, *no_proxy)


def _unpacked(response: Any, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if response.headers.get("Content-Encoding", "identity") != "gzip":
        yield from pieces
        return
    unzip = zlib.decompressobj(wbits=31)
    for piece in pieces:
        while piece:
            yield unzip.decompress(piece, CHUNK_BYTES)
            piece = unzip.unconsumed_tail
    yield unzip.flush()
    if not unzip.eof:
        raise zlib.error("it is incomplete")
