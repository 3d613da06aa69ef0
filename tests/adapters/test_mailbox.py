"""The mailbox reader, over TLS, against a real IMAP server that misbehaves."""

import ipaddress
import logging
import os
import ssl
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.mailbox import MailboxReader, MailLimits, host_of_mail, mailbox_address
from bot.core import urls
from bot.core.sources import FeedDocument, FetchFailed, FetchProblem, Memory, SourceKind, Visit
from tests.servers.dovecot import BINARY, dovecot
from tests.servers.google_mail import alert, article, keys, signed
from tests.servers.imap import Folder, Imap
from tests.servers.web import client_tls, closed_port, server_tls

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EARLY = datetime(2000, 1, 1, tzinfo=UTC)
HERE = (ipaddress.ip_network("127.0.0.1/32"),)
SECRET = "app password"
QUICK = MailLimits(total_in=timedelta(seconds=5), connect_in=timedelta(seconds=2))
IMPATIENT = MailLimits(total_in=timedelta(seconds=0.3))
REAL = Path(__file__).parents[1] / "feeds/google_alerts_mail/patient_reported_outcome_2025.eml"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Imap]:
    async with Imap(server_tls(tmp_path)) as imap:
        yield imap


def reader(limits: MailLimits = QUICK) -> MailboxReader:
    return MailboxReader(allow_nets=HERE, limits=limits, tls=client_tls(), keys=keys)


def visit(url: str, cursor: str = "", secret: str = SECRET) -> Visit:
    return Visit(url, NOW, Memory(cursor=cursor), secret)


def google(number: int, *, query: str = "Marie Dupont") -> bytes:
    """A genuine alert of one item."""
    item = article(f"https://a.fr/{number}", f"Dr <b>Dupont</b> {number}", "La Voix", "dit")
    return signed(alert(query, [item], NOW))


def numbers(document: FeedDocument | None) -> list[int]:
    found = document.entries if document else ()
    return [int(urls.unwrap(entry.url).rpartition("/")[2]) for entry in found]


async def failure(server: Imap, url: str = "", **given: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await reader().read(visit(url or server.url(), **given))
    return caught.value


# --- what is read -------------------------------------------------------------------------------


async def test_the_alerts_of_a_folder_become_entries(server: Imap) -> None:
    for number in (1, 2):
        server.inbox.add(google(number), NOW)
    reading = await reader().read(visit(server.url()))
    document = reading.document
    assert document is not None
    assert (document.title, document.kind) == ("Marie Dupont", SourceKind.MAILBOX)
    assert (document.warning, document.is_complete) == (None, False)
    assert [(each.title, each.outlet, each.text) for each in document.entries] == [
        ("Dr Dupont 1", "La Voix", "dit"),
        ("Dr Dupont 2", "La Voix", "dit"),
    ]
    assert document.entries[0].published_at == NOW
    assert reading.memory.cursor == "1:2"


async def test_the_next_visit_brings_what_is_new(server: Imap) -> None:
    server.inbox.add(google(1), NOW)
    first = await reader().read(visit(server.url()))
    again = await reader().read(visit(server.url(), first.memory.cursor))
    assert (again.document, again.memory) == (None, first.memory)
    server.inbox.add(google(2), NOW)
    third = await reader().read(visit(server.url(), again.memory.cursor))
    assert numbers(third.document) == [2]


async def test_the_folder_is_only_looked_at(server: Imap) -> None:
    server.inbox.add(google(1), NOW)
    server.inbox.add(b"From: patient@example.org\r\n\r\nBonjour docteur", NOW)
    await reader().read(visit(server.url()))
    done = [line.partition(" ")[0] for line in server.log]
    assert done == ["CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID", "UID", "LOGOUT"]
    assert server.fetched == 1  # not the patient's
    assert server.log[-2].startswith("UID FETCH 1 (INTERNALDATE BODY.PEEK[]")


async def test_the_first_visit_reads_a_month(server: Imap) -> None:
    for number, days in ((1, 40), (2, 32), (3, 30), (4, 0)):
        server.inbox.add(google(number), NOW - timedelta(days=days))
    reading = await reader().read(visit(server.url()))
    assert numbers(reading.document) == [3, 4]
    assert "SINCE 23-Oct-2026" in server.log[3]
    assert (await reader().read(visit(server.url(), reading.memory.cursor))).document is None


@pytest.mark.parametrize("tells_next", [True, False])
async def test_an_empty_folder_is_a_first_reading_and_old_mails_stay_old(
    server: Imap, *, tells_next: bool
) -> None:
    server.inbox.tells_next = tells_next
    server.inbox.add(google(1), NOW - timedelta(days=40))
    reading = await reader().read(visit(server.url()))
    assert reading.document is not None
    assert (reading.document.title, reading.document.entries) == ("INBOX", ())
    assert (await reader().read(visit(server.url(), reading.memory.cursor))).document is None
    server.inbox.add(google(2), NOW)
    last = await reader().read(visit(server.url(), reading.memory.cursor))
    assert numbers(last.document) == [2]


async def test_a_folder_numbered_anew_is_read_anew(server: Imap) -> None:
    server.inbox.add(google(1), NOW)
    server.inbox.validity = 9
    for cursor in ("8:400", "nonsense", "9:"):
        reading = await reader().read(visit(server.url(), cursor))
        assert (numbers(reading.document), reading.memory.cursor) == ([1], "9:1")


async def test_what_is_too_much_for_a_visit_comes_at_the_next(server: Imap) -> None:
    for number in range(1, 6):
        server.inbox.add(google(number), NOW)
    cursor, found = "", []
    for _ in range(3):
        reading = await reader(replace(QUICK, mails=2)).read(visit(server.url(), cursor))
        cursor = reading.memory.cursor
        found.append(numbers(reading.document))
    assert found == [[1, 2], [3, 4], [5]]


async def test_a_folder_with_a_french_name(server: Imap) -> None:
    server.folders[b"Suivi/R&AOk-putation &- avis"] = folder = Folder()
    folder.add(google(1), NOW)
    url = mailbox_address("dr@example.org", f"127.0.0.1:{server.port}", "Suivi/Réputation & avis")
    assert numbers((await reader().read(visit(url))).document) == [1]


async def test_alerts_on_several_names(server: Imap) -> None:
    for number, query in enumerate(("Marie Dupont", "Hélène d'Août", "Marie Dupont")):
        server.inbox.add(google(number, query=query), NOW)
    reading = await reader().read(visit(server.url()))
    assert reading.document is not None
    assert reading.document.title == "Marie Dupont, Hélène d'Août"


async def test_a_real_mail_in_a_mailbox_whose_server_is_believed(server: Imap) -> None:
    server.inbox.add(REAL.read_bytes().replace(b"\n", b"\r\n"), NOW)
    gmail = MailboxReader(
        allow_nets=HERE,
        limits=QUICK,
        tls=client_tls(),
        keys=keys,
        believed={"127.0.0.1": "mx.google.com"},
    )
    reading = await gmail.read(visit(server.url()))
    assert reading.document is not None
    assert reading.document.title == "“Patient reported outcome”"
    assert len(reading.document.entries) == 10


# --- what is left out, and said -----------------------------------------------------------------


async def test_what_is_left_out_is_counted(server: Imap) -> None:
    server.inbox.add(alert("a", [article("https://evil.fr/1", "a", "b", "c")], NOW), NOW)
    server.inbox.add(signed(alert("a", [], NOW), "evil.fr"), NOW)
    server.inbox.add(google(3) + bytes(20_000), NOW)
    server.inbox.add(signed(alert("a", ["<p>Confirmez</p>"], NOW)), NOW)
    server.inbox.add(google(5), NOW)
    reading = await reader(replace(QUICK, mail_bytes=10_000)).read(visit(server.url()))
    assert reading.document is not None
    assert numbers(reading.document) == [5]
    assert reading.document.warning == (
        "2 messages whose sender could not be authenticated; 1 message too large; "
        "1 message in which nothing could be read"
    )
    assert reading.memory.cursor == "1:5"


async def test_a_mail_deleted_meanwhile_is_no_error(server: Imap) -> None:
    server.inbox.add(google(1), NOW)
    gone = MailLimits(mails=1)
    uid = server.inbox.add(google(2), NOW)
    first = await reader(gone).read(visit(server.url()))
    del server.inbox.mails[uid]
    assert (await reader().read(visit(server.url(), first.memory.cursor))).document is None


async def test_a_silent_name_server_loses_no_mail(server: Imap) -> None:
    def silent(name: str) -> bytes | None:
        raise OSError(None, "no name server answered")

    server.inbox.add(google(1), NOW)
    deaf = MailboxReader(allow_nets=HERE, limits=QUICK, tls=client_tls(), keys=silent)
    with pytest.raises(FetchFailed) as caught:
        await deaf.read(visit(server.url()))
    assert caught.value.problem is FetchProblem.UNREACHABLE
    assert caught.value.detail == "OSError no name server answered"


async def test_a_connection_cut_in_a_mail_keeps_the_ones_before(server: Imap) -> None:
    for number in (1, 2, 3):
        server.inbox.add(google(number), NOW)
    server.faults.cut_after = 1
    reading = await reader().read(visit(server.url()))
    assert reading.document is not None
    assert (numbers(reading.document), reading.memory.cursor) == ([1], "1:1")
    assert reading.document.warning == "stopped early: abort"
    server.faults.cut_after = -1
    again = await reader().read(visit(server.url(), reading.memory.cursor))
    assert numbers(again.document) == [2, 3]


async def test_a_visit_out_of_room_keeps_what_it_has(server: Imap) -> None:
    for number in range(1, 5):
        server.inbox.add(google(number), NOW)
    room = replace(QUICK, visit_bytes=2 * len(google(1)) + 1_500)
    reading = await reader(room).read(visit(server.url()))
    assert numbers(reading.document) == [1, 2]


# --- logging in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("capabilities", ["AUTH=PLAIN", "", "AUTH=LOGIN"])
async def test_a_password_in_either_way(tmp_path: Path, capabilities: str) -> None:
    async with Imap(server_tls(tmp_path), capabilities=capabilities) as server:
        secret = 'a "quoted" \\ password'
        server.users["marie dupont"] = secret
        url = server.url(user="marie%20dupont")
        assert (await reader().read(visit(url, secret=f" {secret}\n"))).document is not None
        assert (await failure(server, url, secret="a")).problem is FetchProblem.CREDENTIALS


async def test_a_password_with_accents(server: Imap) -> None:
    server.users["dr@example.org"] = "été€"
    assert (await reader().read(visit(server.url(), secret="été€"))).document is not None
    server.capabilities = "IMAP4rev1"  # where the command takes ASCII only
    failed = await failure(server, secret="été€")
    assert failed.problem is FetchProblem.CREDENTIALS


async def test_a_token(server: Imap) -> None:
    reading = await reader().read(visit(server.url(), secret="oauth2:ya29.token"))
    assert reading.document is not None
    assert server.log[1] == "AUTHENTICATE XOAUTH2"
    expired = await failure(server, secret="oauth2:ya29.old")
    assert expired.problem is FetchProblem.TOKEN_REFUSED


@pytest.mark.parametrize("secret", ["", "  ", "a\r\nx DELETE INBOX", "a\0b"])
async def test_what_can_be_no_secret_is_not_sent(server: Imap, secret: str) -> None:
    assert (await failure(server, secret=secret)).problem is FetchProblem.CREDENTIALS
    assert (await failure(server, secret="oauth2:")).problem is FetchProblem.TOKEN_REFUSED
    assert server.log == ["CAPABILITY", "CAPABILITY"]


@pytest.mark.parametrize("capabilities", ["AUTH=PLAIN", "LOGIN"])
@pytest.mark.parametrize("secret", ["hunter2secret", "oauth2:hunter2secret", "hunter2secreté"])
async def test_the_secret_is_in_no_error_and_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capabilities: str, secret: str
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Imap(server_tls(tmp_path), capabilities=capabilities) as server:
        server.faults.echoes = True
        failed = await failure(server, secret=secret)
    told = "".join(traceback.format_exception(failed)) + caplog.text + repr(vars(failed))
    assert "hunter2" not in told
    assert "dr@example.org" not in told.replace("%40", "@")
    assert "hunter2" not in repr(visit("imaps://a@b", secret=secret))


async def test_a_server_too_busy_to_log_in_is_no_wrong_password(server: Imap) -> None:
    server.faults.refusal = "[UNAVAILABLE] try later"
    assert (await failure(server, secret="wrong")).problem is FetchProblem.BLOCKED


# --- where it goes ------------------------------------------------------------------------------


async def test_a_folder_that_is_not_there(server: Imap) -> None:
    server.folders[b"Alertes Google"] = Folder()
    server.folders[b"R&AOk-putation"] = Folder()
    failed = await failure(server, server.url("Alertes"))
    assert failed.problem is FetchProblem.FOLDER_UNKNOWN
    assert failed.detail == "folders: INBOX, Alertes Google, Réputation"
    server.folders[b"&A-"] = Folder()
    assert (await failure(server, server.url("Alertes"))).detail == "folders: "


async def test_a_folder_that_cannot_be_opened_now(server: Imap) -> None:
    server.faults.examine = "[INUSE] locked"
    assert (await failure(server)).problem is FetchProblem.BLOCKED


@pytest.mark.parametrize(
    "url",
    [
        "imap://a@imap.example.org/",
        "https://imap.example.org/",
        "imaps://imap.example.org/INBOX",
        "imaps://a:secret@imap.example.org/INBOX",
        "imaps://a@/INBOX",
        "imaps://a@imap.example.org:0/",
        "imaps://a@imap.example.org:99999/",
        "imaps://a@imap_example/",
        "imaps://a@[::1/",
        "imaps://a%0d%0ab@imap.example.org/",
        "imaps://a@imap.example.org/a%0d%0ab",
        "imaps://a@imap.example.org/%ff",
        "imaps://a@imap.example.org/INBOX?x=1",
        "imaps://a@imap.example.org/" + "a" * 600,
    ],
)
async def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        await reader().read(visit(url))
    assert caught.value.problem is FetchProblem.INVALID_ADDRESS
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
async def test_a_private_network_is_not_entered(server: Imap, host: str) -> None:
    outside = MailboxReader(limits=QUICK, tls=client_tls(), keys=keys)
    with pytest.raises(FetchFailed) as caught:
        await outside.read(visit(f"imaps://a@{host}:{server.port}/"))
    assert caught.value.problem is FetchProblem.FORBIDDEN_ADDRESS
    assert server.log == []


# --- faults -------------------------------------------------------------------------------------


async def test_nobody_there() -> None:
    with pytest.raises(FetchFailed) as caught:
        await reader().read(visit(f"imaps://a@127.0.0.1:{closed_port()}/"))
    assert caught.value.problem is FetchProblem.UNREACHABLE


async def test_a_certificate_nobody_knows(server: Imap) -> None:
    stranger = MailboxReader(
        allow_nets=HERE, limits=QUICK, tls=ssl.create_default_context(), keys=keys
    )
    with pytest.raises(FetchFailed) as caught:
        await stranger.read(visit(server.url()))
    assert caught.value.problem is FetchProblem.TLS
    assert server.log == []


async def test_a_server_without_tls() -> None:
    async with Imap(None) as server:
        assert (await failure(server)).problem is FetchProblem.TLS
        assert not any("AUTH" in line for line in server.log)


@pytest.mark.parametrize("command", ["CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID SEARCH"])
async def test_a_server_that_keeps_silent(server: Imap, command: str) -> None:
    server.faults.silent_at = command
    with pytest.raises(FetchFailed) as caught:
        await reader(IMPATIENT).read(visit(server.url()))
    assert caught.value.problem is FetchProblem.TIMEOUT


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (b"* BYE not today\r\n", FetchProblem.MALFORMED),
        (b"220 smtp.example.org ESMTP\r\n", FetchProblem.UNREACHABLE),
        (b"\xff\xfe\r\n", FetchProblem.UNREACHABLE),
    ],
)
async def test_a_server_that_speaks_otherwise(
    server: Imap, greeting: bytes, expected: FetchProblem
) -> None:
    server.faults.greeting = greeting
    assert (await failure(server)).problem is expected


async def test_more_than_a_visit_may_bring(server: Imap) -> None:
    server.inbox.add(google(1), NOW)
    server.faults.huge_literal = 10**12
    assert (await failure(server)).problem is FetchProblem.TOO_LARGE
    server.faults.huge_literal = 10**6
    small = replace(QUICK, visit_bytes=2_000_000)
    with pytest.raises(FetchFailed) as caught:
        await reader(small).read(visit(server.url()))
    assert caught.value.problem is FetchProblem.TOO_LARGE
    server.faults.endless_line = True
    with pytest.raises(FetchFailed) as caught:
        await reader(small).read(visit(server.url()))
    assert caught.value.problem is FetchProblem.TOO_LARGE


# --- any order of things ------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(["arrive", "visit", "noise", "cut"]), st.integers(1, 5)),
    max_size=12,
)


@settings(max_examples=30)
@given(steps=STEPS, tells_next=st.booleans())
async def test_each_item_is_read_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, *, steps: list[tuple[str, int]], tells_next: bool
) -> None:
    async with Imap(server_tls(tmp_path_factory.mktemp("imap"))) as server:
        server.inbox.tells_next = tells_next
        arrived, found, cursor = 0, [], ""
        for what, amount in [*steps, *[("visit", 2)] * 30]:
            server.faults.cut_after = -1
            if what == "arrive":
                for _ in range(amount):
                    arrived += 1
                    server.inbox.add(google(arrived), NOW)
                continue
            if what == "noise":
                server.inbox.add(b"From: patient@example.org\r\n\r\nBonjour", NOW)
                continue
            if what == "cut":
                server.faults.cut_after = server.fetched + amount - 1
            try:
                some = reader(replace(QUICK, mails=amount))
                reading = await some.read(visit(server.url(), cursor))
            except FetchFailed:
                continue  # nothing was kept, the cursor neither
            cursor = reading.memory.cursor
            found += numbers(reading.document)
            if len(found) == arrived and what == "visit" and reading.document is None:
                break
    assert found == list(range(1, arrived + 1))


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "host"),
    [
        ("marie@gmail.com", "imap.gmail.com"),
        ("Marie@Orange.FR ", "imap.orange.fr"),
        ("marie@wanadoo.fr", "imap.orange.fr"),
        ("marie@hotmail.fr", "outlook.office365.com"),
        ("marie@icloud.com", "imap.mail.me.com"),
        ("marie@cabinet-dupont.fr", None),
        ("marie", None),
        ("", None),
    ],
)
def test_the_server_of_an_address(user: str, host: str | None) -> None:
    assert host_of_mail(user) == host


def test_the_address_of_a_folder() -> None:
    assert (
        mailbox_address("m@gmail.com", "imap.gmail.com") == "imaps://m%40gmail.com@imap.gmail.com"
    )
    assert (
        mailbox_address("m:/?@b.fr", "imap.b.fr:1993", "Été/Alertes Google")
        == "imaps://m%3A%2F%3F%40b.fr@imap.b.fr:1993/%C3%89t%C3%A9/Alertes%20Google"
    )


# --- a server of others -------------------------------------------------------------------------


@pytest.mark.skipif(BINARY is None, reason="dovecot is not installed")
@pytest.mark.skipif(os.geteuid() == 0, reason="dovecot's login process refuses to be root")
async def test_dovecot(tmp_path: Path) -> None:
    server_tls(tmp_path)
    async with dovecot(tmp_path, tmp_path / "server.pem", "app-password") as port:
        mails = tmp_path / "mail"
        (mails / "new" / "1.a").write_bytes(google(1))
        (mails / "new" / "2.b").write_bytes(b"From: patient@example.org\r\n\r\nBonjour")
        folder = mails / "R&AOk-putation"
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        (folder / "new" / "3.c").write_bytes(google(3).replace(b"\r\n", b"\n"))
        host = f"127.0.0.1:{port}"
        # A mail arrives when its file does: today, whatever the day of the tests.
        inbox, other = (
            replace(
                visit(mailbox_address("dr@b.fr", host, name), secret="app-password"), now=EARLY
            )
            for name in ("INBOX", "Réputation")
        )
        first = await reader().read(inbox)
        assert numbers(first.document) == [1]
        (mails / "new" / "4.d").write_bytes(google(4))
        again = await reader().read(replace(inbox, memory=first.memory))
        assert numbers(again.document) == [4]
        assert numbers((await reader().read(other)).document) == [3]
        with pytest.raises(FetchFailed) as caught:
            await reader().read(replace(inbox, secret="wrong"))
        assert caught.value.problem is FetchProblem.CREDENTIALS
        with pytest.raises(FetchFailed) as caught:
            await reader().read(replace(inbox, url=inbox.url + "/Alertes"))
        assert caught.value.problem is FetchProblem.FOLDER_UNKNOWN
        assert "Réputation" in caught.value.detail
    seen = [path.name for path in (mails / "cur").iterdir() if ":2," in path.name]
    assert not [name for name in seen if name.partition(":2,")[2]]  # no flag was set
