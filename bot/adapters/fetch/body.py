"""What may come back: so many bytes, as received and again once decompressed."""

import zlib

_MAX_MEMBERS = 64


class TooLargeError(ValueError):
    """More than the limit, as received or once decompressed."""


class Body:
    """A body being received; decompresses no more than the limit, whatever was sent."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding
        self._limit = limit
        self._received = 0
        self._size = 0
        self._members = 0
        self._pieces: list[bytes] = []
        self._inflater: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        """Take what was just received.

        Raises:
            TooLargeError: enough.
            zlib.error: it cannot be decompressed.
        """
        self._received += len(chunk)
        if self._received > self._limit:
            raise TooLargeError("as received")
        if not self._encoding:
            self._pieces.append(chunk)
            return
        while chunk:
            chunk = self._inflate(chunk)

    def _inflate(self, chunk: bytes) -> bytes:
        """Decompress some and give back what is left to do."""
        if self._inflater is None:
            self._inflater = zlib.decompressobj(self._window(chunk))
            self._members += 1
        piece = self._inflater.decompress(chunk, self._limit - self._size + 1)
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLargeError("once decompressed")
        self._pieces.append(piece)
        if not self._inflater.eof:
            return self._inflater.unconsumed_tail
        rest = self._inflater.unused_data
        if not rest.startswith(b"\x1f\x8b"):
            return b""  # padding
        if self._members == _MAX_MEMBERS:
            raise TooLargeError("in pieces")
        self._inflater = None
        return rest

    def _window(self, chunk: bytes) -> int:
        if self._encoding == "gzip":
            return 16 + zlib.MAX_WBITS
        has_header = chunk[0] & 0x0F == zlib.DEFLATED
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    def whole(self) -> bytes:
        """Everything, at the end.

        Raises:
            zlib.error: the end is missing.
        """
        if self._inflater is not None and not self._inflater.eof:
            raise zlib.error("truncated")
        return b"".join(self._pieces)


def encoding(header: str) -> str:
    """What a Content-Encoding says; empty when the body comes as it is.

    Raises:
        zlib.error: nothing we asked for.
    """
    named = header.strip().lower().removeprefix("x-")
    if named in {"", "identity"}:
        return ""
    if named in {"gzip", "deflate"}:
        return named
    raise zlib.error("an encoding we did not ask for")
