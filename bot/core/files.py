"""Files that come through a chat: which are taken, under what name, how an answer holds one.

A file is never run, opened or shown by us: it is kept as it came, known by the hash of its bytes,
and given back as it came.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.core.errors import Refusal, RefusalCode
from bot.core.evidence import LARGEST, AttachmentKind
from bot.core.urls import is_address

LONGEST_NAME = 120
LONGEST_ANSWER = 2_000
"""Characters of what answers a question with a file: an address, or what is kept of a file."""
LONGEST_CAPTION = 200
MEGABYTE = 1024 * 1024
_LONGEST_NAME_BYTES = 240
"""Under what every file system takes (255), whatever the alphabet."""
_LONGEST_SUFFIX = 16
_NAMELESS = "piece"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_KINDS: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "odt": f"{_OPEN}.text",
    "ods": f"{_OPEN}.spreadsheet",
    "odp": f"{_OPEN}.presentation",
    "rtf": "application/rtf",
    "csv": "text/csv",
    "txt": "text/plain",
    "md": "text/markdown",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "html": "text/html",
    "htm": "text/html",
    "mhtml": "multipart/related",
    "mht": "multipart/related",
    "warc": "application/warc",
    "wacz": "application/wacz",
    "webarchive": "application/x-webarchive",
}
"""What is taken, by the end of its name: pictures, documents, mails, and pages as they were saved.

What can run, and what hides other files (archives of files), is not.
"""
SUFFIXES = tuple(_KINDS)
_OFTEN = {_KINDS[suffix]: suffix for suffix in reversed(SUFFIXES)}
"""The usual end of the names of a type."""
_PROGRAM = re.compile(
    rb"\x7fELF|#!|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|MZ[^\0]{0,60}\0", re.DOTALL
)
"""How a program begins, whatever it is called."""
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE | re.ASCII)
_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file somebody shows in a chat, before it is fetched."""

    reference: str
    """The chat's own, to fetch it by; empty: what it shows is no file we take (a voice...)."""
    name: str = ""
    media_type: str = ""
    size: int = 0
    """As the chat tells it; 0: it does not."""
    caption: str = ""

    def encode(self) -> str:
        """One line that holds all of it."""
        return _encode(asdict(self))

    @classmethod
    def decode(cls, line: str) -> "Offered | None":
        """What ``encode`` made, or nothing."""
        facts = _facts(line, {"reference": str, **_COMMON})
        return cls(**facts) if facts is not None else None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is in the archive; as a line, the answer to a question."""

    digest: str
    name: str
    media_type: str
    size: int
    caption: str = ""

    @property
    def kind(self) -> AttachmentKind:
        """A picture, or any other document."""
        is_picture = self.media_type.startswith("image/")
        return AttachmentKind.PICTURE if is_picture else AttachmentKind.DOCUMENT

    def encode(self) -> str:
        """One line that holds all of it."""
        return _encode(asdict(self))

    @classmethod
    def decode(cls, line: str) -> "Arrived | None":
        """What ``encode`` made, or nothing: the answer is an address."""
        facts = _facts(line, {"digest": str, **_COMMON})
        if facts is None or not _DIGEST.fullmatch(facts["digest"]):
            return None
        return cls(**facts)


_COMMON: Mapping[str, type] = {"name": str, "media_type": str, "size": int, "caption": str}


def is_digest(words: str) -> bool:
    """Whether these are a SHA-256, as it is written here."""
    return _DIGEST.fullmatch(words) is not None


def typed(words: str) -> str:
    """What was typed where a file was asked for: an address, and nothing but.

    What is kept of a file is never typed: it would give anybody's file to whoever knows its hash.

    Raises:
        Refusal: FILE_WANTED.
    """
    said = words.strip()
    if not is_address(said):
        raise Refusal(RefusalCode.FILE_WANTED)
    return said


def checked_answer(said: str) -> str:
    """An answer that is a file of the archive, or an address.

    Raises:
        Refusal: FILE_WANTED.
    """
    return said if Arrived.decode(said) is not None else typed(said)


def checked(offered: Offered) -> Offered:
    """What is offered, under a safe name and its own type, if it can be taken.

    Raises:
        Refusal: FILE_KIND, FILE_TOO_LARGE.
    """
    if not offered.reference:
        raise Refusal(RefusalCode.FILE_KIND)
    if offered.size > LARGEST:
        raise too_large()
    name = safe_name(offered.name)
    suffix = _suffix(name)
    media_type = _KINDS.get(suffix)
    if media_type is None:
        told = offered.media_type.partition(";")[0].strip().lower()
        if suffix or told not in _OFTEN:
            raise Refusal(RefusalCode.FILE_KIND)
        media_type, name = told, safe_name(f"{name}.{_OFTEN[told]}")
    caption = " ".join(_visible(offered.caption).split())[:LONGEST_CAPTION]
    return Offered(offered.reference, name, media_type, offered.size, caption)


def arrived(offered: Offered, content: bytes, digest: str) -> Arrived:
    """What is kept of a file, next to its bytes."""
    return Arrived(digest, offered.name, offered.media_type, len(content), offered.caption)


def check_content(content: bytes) -> None:
    """Take no empty file, none too large, and no program whatever it is called.

    Raises:
        Refusal: FILE_EMPTY, FILE_TOO_LARGE, FILE_KIND.
    """
    if not content:
        raise Refusal(RefusalCode.FILE_EMPTY)
    if len(content) > LARGEST:
        raise too_large()
    if _PROGRAM.match(content):
        raise Refusal(RefusalCode.FILE_KIND)


def too_large() -> Refusal:
    """Why a file of more than ``LARGEST`` is not taken."""
    return Refusal(RefusalCode.FILE_TOO_LARGE, most=LARGEST // MEGABYTE)


def safe_name(name: str) -> str:
    """The name of a file, as any disk and any screen can have it.

    No folder, no character that cannot be seen or that turns the others around, none that a
    system forbids; never empty, never hidden, at most 120 characters.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = " ".join(_NOT_IN_NAMES.sub("-", _visible(last)).split())
    bare = seen.strip(" .")
    if not bare or bare.strip("-_") == "":
        bare = _NAMELESS
    if _RESERVED.fullmatch(bare):
        bare = f"_{bare}"
    return _cut(bare)


def _cut(name: str) -> str:
    """A name short enough, its end kept: it tells what the file is."""
    suffix = _suffix(name)
    end = f".{name.rpartition('.')[2]}" if suffix else ""
    stem = name[: len(name) - len(end)][: LONGEST_NAME - len(end)]
    while len(f"{stem}{end}".encode()) > _LONGEST_NAME_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip(' .') or _NAMELESS}{end}"


def _suffix(name: str) -> str:
    """The end of a name that tells what it is, in small letters; empty if none does."""
    stem, dot, end = name.rpartition(".")
    is_one = bool(stem and dot) and len(end) <= _LONGEST_SUFFIX and end.isascii() and end.isalnum()
    return end.lower() if is_one else ""


def _visible(words: str) -> str:
    """The words without controls, marks of direction, surrogates, or anything unassigned."""
    return "".join(
        " " if each.isspace() else each
        for each in words
        if each.isspace() or unicodedata.category(each)[0] != "C"
    )


def _encode(facts: Mapping[str, object]) -> str:
    kept = {name: value for name, value in facts.items() if value not in {"", 0}}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _facts(line: str, wanted: Mapping[str, type]) -> dict[str, Any] | None:
    """The facts of a line, if it holds these and no other."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    facts = {name: found.get(name, kind()) for name, kind in wanted.items()}
    is_ours = set(found) <= set(wanted) and all(
        type(facts[name]) is kind for name, kind in wanted.items()
    )
    return facts if is_ours else None
