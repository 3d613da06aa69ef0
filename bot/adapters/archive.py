"""The archive of pieces: one file for each hash, in folders of the owner's own.

``evidence/ab/cd/abcd...``: written beside, then linked under its name, so that a crash leaves
either nothing or all of it, and nothing is ever written over. To save it is to copy the folder;
``sha256sum`` tells by itself whether a file is what its name says.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from bot.core.errors import Altered, Outage
from bot.core.files import is_digest

_FOLDER = "evidence"


class FileArchive:
    """Keeps bytes under ``<folder>/evidence``."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before there is something to keep."""
        self._root = folder / _FOLDER

    async def put(self, content: bytes) -> str:
        """Keep these bytes, once, and have the disk say so before their hash is given."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, digest: str) -> bytes:
        """The bytes of that hash, if they still have it."""
        return await asyncio.to_thread(self._get, digest)

    def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        try:
            path = self._path(digest)
            if path.exists():
                self._get(digest)
                return digest
            for folder in (self._root, path.parents[1], path.parent):
                if not folder.exists():
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                    _keep_names(folder.parent)
            _write(path, content)
        except OSError as error:
            raise Outage(
                f"archive not written: {error.strerror or type(error).__name__}"
            ) from error
        return digest

    def _get(self, digest: str) -> bytes:
        if not is_digest(digest):
            raise LookupError(digest)
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise LookupError(digest) from None
        except OSError as error:
            raise Outage(f"archive not read: {error.strerror or type(error).__name__}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Altered(f"the file {digest} of the archive was changed")
        return content

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, for its owner's eyes, under a name nobody has taken."""
    beside = path.with_name(f".{path.name[:8]}-{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        with contextlib.suppress(FileExistsError):  # the same bytes came twice at once
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    _keep_names(path.parent)


def _keep_names(folder: Path) -> None:
    """Have the disk keep a folder's names; a system that opens no folder does by itself."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
