"""A small IMAP4rev1 server over TLS on this machine, with the faults of the big ones.

Enough of RFC 3501 for a reader: LOGIN, AUTHENTICATE PLAIN and XOAUTH2, CAPABILITY, LIST, EXAMINE,
UID SEARCH, UID FETCH, LOGOUT. Whatever would change the mailbox is refused, and remembered.
"""

import asyncio
import base64
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from types import TracebackType
from typing import Self

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Mail:
    """One message of a folder; ``size`` is what the server says of it."""

    raw: bytes
    arrived_at: datetime


@dataclass
class Folder:
    """A folder, its messages by their UID."""

    validity: int = 1
    mails: dict[int, Mail] = field(default_factory=dict)
    next_uid: int = 1
    tells_next: bool = True

    def add(self, raw: bytes, arrived_at: datetime) -> int:
        """Put a message at the end."""
        uid = self.next_uid
        self.mails[uid] = Mail(raw, arrived_at)
        self.next_uid += 1
        return uid


@dataclass
class Faults:
    """What goes wrong; nothing unless a test says so."""

    silent_at: str = ""
    """The command that is never answered."""
    cut_after: int = -1
    """How many messages are sent before the connection is cut in the middle of one."""
    huge_literal: int = 0
    """The size announced for every message."""
    endless_line: bool = False
    """LIST, SEARCH and FETCH answer with a line that never ends."""
    refusal: str = "[AUTHENTICATIONFAILED] Invalid credentials"
    greeting: bytes = b"* OK IMAP4rev1 ready\r\n"
    examine: str = ""
    """What EXAMINE is refused with, whatever the folder."""
    echoes: bool = False
    """Refusals repeat what they were sent."""


Answer = Callable[["_Session", str, str], Awaitable[None]]


class Imap:
    """A server for one test; ``log`` holds every command received, secrets and all."""

    def __init__(self, tls: ssl.SSLContext | None, *, capabilities: str = "AUTH=PLAIN") -> None:
        self.users = {"dr@example.org": "app password"}
        self.tokens = {"dr@example.org": "ya29.token"}
        self.folders: dict[bytes, Folder] = {b"INBOX": Folder()}
        """By name in modified UTF-7."""
        self.capabilities = f"IMAP4rev1 {capabilities} AUTH=XOAUTH2".replace("  ", " ")
        self.faults = Faults()
        self.log: list[str] = []
        self.fetched = 0
        self.release = asyncio.Event()
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server
        self._sessions: set[asyncio.Task[None]] = set()

    @property
    def inbox(self) -> Folder:
        return self.folders[b"INBOX"]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._tls, limit=1_000_000
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release.set()
        self._server.close()
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def url(self, folder: str = "", *, user: str = "dr%40example.org") -> str:
        """The address of a folder, already escaped."""
        return f"imaps://{user}@127.0.0.1:{self.port}{f'/{folder}' if folder else ''}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
                await _Session(self, reader, writer).run()
        finally:
            writer.close()
            self._sessions.discard(task)


class _Session:
    def __init__(
        self, server: Imap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.folder: Folder | None = None
        self.user = ""

    async def run(self) -> None:
        """Answer until they leave."""
        await self.send(self.server.faults.greeting)
        while line := await self.reader.readline():
            tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            name, _, arguments = rest.partition(" ")
            if name.upper() == "UID":
                verb, _, arguments = arguments.partition(" ")
                name = f"UID {verb}"
            name = name.upper()
            self.server.log.append(f"{name} {arguments}".strip())
            if name == self.server.faults.silent_at:
                await self.server.release.wait()
                return
            await COMMANDS.get(name, _unknown)(self, tag, arguments)
            if name == "LOGOUT":
                return

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def say(self, *lines: str) -> None:
        await self.send("".join(f"{line}\r\n" for line in lines).encode())

    async def refuse(self, tag: str, words: str, sent: str = "") -> None:
        await self.say(f"{tag} NO {words}{sent if self.server.faults.echoes else ''}")

    async def enter(self, tag: str, user: str, *, right: bool, sent: str) -> None:
        if right:
            self.user = user
            await self.say(f"{tag} OK logged in")
        else:
            await self.refuse(tag, self.server.faults.refusal, sent)

    async def endless(self) -> None:
        while not self.writer.is_closing():
            await self.send(b"A" * 65_000)
            await asyncio.sleep(0)  # drain alone lets nobody else in


async def _unknown(session: _Session, tag: str, arguments: str) -> None:
    await session.say(f"{tag} BAD unknown or forbidden command")


async def _capability(session: _Session, tag: str, arguments: str) -> None:
    await session.say(f"* CAPABILITY {session.server.capabilities}", f"{tag} OK done")


async def _login(session: _Session, tag: str, arguments: str) -> None:
    user, secret = (re.sub(r"\\(.)", r"\1", text) for text in _quoted(arguments))
    right = session.server.users.get(user) == secret
    await session.enter(tag, user, right=right, sent=arguments)


def _quoted(arguments: str) -> list[str]:
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
    return [quoted or bare for quoted, bare in found]


async def _authenticate(session: _Session, tag: str, arguments: str) -> None:
    await session.say("+ ")
    sent = base64.b64decode(await session.reader.readline()).decode()
    if arguments.upper() == "PLAIN":
        _, user, secret = sent.split("\0")
        right = session.server.users.get(user) == secret
    else:
        found = re.fullmatch(r"user=(.+)\x01auth=Bearer (.+)\x01\x01", sent)
        user, secret = (found[1], found[2]) if found else ("", "")
        right = bool(user) and session.server.tokens.get(user) == secret
        if not right:  # as Google: the reason first, which wants an answer
            reason = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
            await session.say(f"+ {reason}")
            await session.reader.readline()
    await session.enter(tag, user, right=right, sent=sent.replace("\x01", " "))


async def _list(session: _Session, tag: str, arguments: str) -> None:
    if session.server.faults.endless_line:
        await session.endless()
    for name in session.server.folders:
        await session.say(f'* LIST (\\HasNoChildren) "/" "{name.decode()}"')
    await session.say(f"{tag} OK done")


async def _examine(session: _Session, tag: str, arguments: str) -> None:
    folder = session.server.folders.get(_quoted(arguments)[0].encode())
    if session.server.faults.examine:
        await session.refuse(tag, session.server.faults.examine)
    elif not session.user:
        await session.say(f"{tag} BAD not logged in")
    elif folder is None:
        await session.refuse(tag, "[NONEXISTENT] Unknown Mailbox")
    else:
        session.folder = folder
        told = [f"* {len(folder.mails)} EXISTS", f"* OK [UIDVALIDITY {folder.validity}] valid"]
        if folder.tells_next:
            told.append(f"* OK [UIDNEXT {folder.next_uid}] next")
        await session.say(*told, f"{tag} OK [READ-ONLY] done")


async def _search(session: _Session, tag: str, arguments: str) -> None:
    assert session.folder is not None
    if session.server.faults.endless_line:
        await session.endless()
    found = [
        uid
        for uid, mail in session.folder.mails.items()
        if _matches(arguments, uid, mail, max(session.folder.mails))
    ]
    await session.say(" ".join(["* SEARCH", *map(str, found)]), f"{tag} OK done")


def _matches(criteria: str, uid: int, mail: Mail, last: int) -> bool:
    asked = re.fullmatch(
        r'FROM "(?P<sender>[^"]+)" (?:UID (?P<first>\d+):\*|SINCE (?P<since>\S+))', criteria
    )
    assert asked is not None, criteria
    sender = str(BytesHeaderParser().parsebytes(mail.raw).get("From", ""))
    if asked["sender"].lower() not in sender.lower():
        return False
    if asked["first"]:
        return uid >= min(int(asked["first"]), last)  # "9:*" is "*:9" when 9 is beyond the last
    day, month, year = asked["since"].split("-")
    since = datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)
    return mail.arrived_at >= since


async def _fetch(session: _Session, tag: str, arguments: str) -> None:
    assert session.folder is not None
    faults = session.server.faults
    asked = re.fullmatch(r"(\d+) \(INTERNALDATE BODY\.PEEK\[\]<0\.(\d+)>\)", arguments)
    assert asked is not None, arguments
    uid, limit = int(asked[1]), int(asked[2])
    mail = session.folder.mails.get(uid)
    if mail is not None:
        if faults.endless_line:
            await session.endless()
        body = mail.raw[:limit]
        at = mail.arrived_at
        arrived = f"{at.day:2d}-{MONTHS[at.month - 1]}-{at:%Y %H:%M:%S %z}"
        size = faults.huge_literal or len(body)
        cut = session.server.fetched == faults.cut_after
        session.server.fetched += 1
        head = f'* 1 FETCH (UID {uid} INTERNALDATE "{arrived}" BODY[]<0> {{{size}}}\r\n'
        await session.send(head.encode() + (body[: len(body) // 2] if cut else body))
        if cut:
            session.writer.close()
            return
        if faults.huge_literal:
            await session.endless()
        await session.say(" FLAGS (\\Recent))")
    await session.say(f"{tag} OK done")


async def _logout(session: _Session, tag: str, arguments: str) -> None:
    await session.say("* BYE", f"{tag} OK done")


COMMANDS: dict[str, Answer] = {
    "CAPABILITY": _capability,
    "LOGIN": _login,
    "AUTHENTICATE": _authenticate,
    "LIST": _list,
    "EXAMINE": _examine,
    "UID SEARCH": _search,
    "UID FETCH": _fetch,
    "LOGOUT": _logout,
}
