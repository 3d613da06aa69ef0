"""Whether a mail is Google's: the receiving server's word, and the signature."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.mail_origin import is_genuine
from tests.servers.google_mail import KEYS, SELECTOR, alert, keys, signed

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MAILS = Path(__file__).parents[1] / "feeds" / "google_alerts_mail"
REAL = MAILS / "patient_reported_outcome_2025.eml"
REAL_AT = datetime(2025, 10, 6, 13, 12, 20, tzinfo=UTC)
GMAIL = "mx.google.com"
MAIL = alert("Marie Dupont", [], NOW)

# As published at these names, copied from test code of others.
GOOGLE_KEYS = {
    "20230601._domainkey.google.com": b"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC"
    b"AQEA4zd3nfUoLHWFbfoPZzAb8bvjsFIIFsNypweLuPe4M+vAP1YxObFxRnpvLYz7Z+bORKLber5aGmgFF9iaufsH1z0+"
    b"aw8Qex7uDaafzWoJOM/6lAS5iI0JggZiUkqNpRQLL7H6E7HcvOMC61nJcO4r0PwLDZKwEaCs8gUHiqRn/SS3wqEZX29v"
    b"/VOUVcI4BjaOzOCLaz7V8Bkwmj4Rqq4kaLQQrbfpjas1naScHTAmzULj0Rdp+L1vVyGitm+dd460PcTIG3Pn+FYrgQQo"
    b"2fvnTcGiFFuMa8cpxgfH3rJztf1YFehLWwJWgeXTriuIyuxUabGdRQu7vh7GrObTsHmIHwIDAQAB",
}


def nobody(name: str) -> bytes | None:
    raise OSError(None, "no name server answered")


def nothing(name: str) -> bytes | None:
    return None


def by_signature(mail: bytes, at: datetime = NOW) -> bool:
    return is_genuine(mail, at, None, keys)


def by_server(*above: str) -> bool:
    head = "".join(f"{line}\r\n" for line in above).encode()
    return is_genuine(head + MAIL, NOW, GMAIL, nothing)


# --- real ones ----------------------------------------------------------------------------------


def test_a_real_mail_carries_googles_signature() -> None:
    assert is_genuine(REAL.read_bytes(), REAL_AT, None, GOOGLE_KEYS.get)
    assert not is_genuine(REAL.read_bytes(), REAL_AT, None, nothing)


def test_a_real_mail_of_gmail_needs_no_look_up() -> None:
    assert is_genuine(REAL.read_bytes(), REAL_AT, GMAIL, nobody)


def test_a_signature_is_judged_when_the_mail_arrived() -> None:
    week = timedelta(days=7)
    for at, expected in ((REAL_AT + week, True), (REAL_AT + 2 * week, False)):
        assert is_genuine(REAL.read_bytes(), at, None, GOOGLE_KEYS.get) is expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ASCO", b"ASC0"),
        (b"Subject: ", b"Subject: Re: "),
        (b"itemprop=3D", b"itemprap=3D"),
        (b"Date: Mon", b"Date: Tue"),
        (b"\n\n--0", b"\n\nHello\n--0"),
    ],
)
def test_a_real_mail_that_was_touched_is_not_genuine(old: bytes, new: bytes) -> None:
    raw = REAL.read_bytes()
    assert old in raw
    assert not is_genuine(raw.replace(old, new, 1), REAL_AT, None, GOOGLE_KEYS.get)


# --- the signature ------------------------------------------------------------------------------


def test_a_signed_mail_is_genuine_wherever_it_went_through() -> None:
    mail = signed(MAIL)
    assert by_signature(mail)
    assert by_signature(b"Received: from a by mx.free.fr; Mon\r\nX-Spam: no\r\n" + mail)
    assert by_signature(mail.replace(b"\r\n", b"\n"))
    assert by_signature(b"DKIM-Signature: v=1; d=example.org; nonsense\r\n" + mail)


def test_what_is_not_signed_by_google_is_not_genuine() -> None:
    assert not by_signature(MAIL)
    assert not by_signature(signed(MAIL, "example.org"))
    assert not by_signature(signed(MAIL, "alerts.google.com"))
    assert not by_signature(signed(MAIL, length=True) + b"<p>added</p>")
    assert not by_signature(signed(MAIL, length=True))  # it invites additions


def test_a_signature_for_another_sender_proves_nothing() -> None:
    for sender in (
        "Somebody <calendar-notification@google.com>",
        "googlealerts-noreply@google.com.example.org",
        "googlealerts-noreply@google.com <evil@example.org>",
        '"googlealerts-noreply@google.com" <evil@example.org>',
        "evil@example.org, googlealerts-noreply@google.com",
        "googlealerts-noreply@google.com, evil@example.org",
        "<googlealerts-noreply@google.com> <evil@example.org>",
        "(googlealerts-noreply@google.com)",
        "",
    ):
        assert not by_signature(signed(alert("a", [], NOW, sender=sender)))
    for sender in (
        "GoogleAlerts-NoReply@google.com",
        '"Google Alerts" <googlealerts-noreply@google.com>',
    ):
        assert by_signature(signed(alert("a", [], NOW, sender=sender)))


@pytest.mark.parametrize("name", ["From", "Subject", "Date", "Content-Type"])
def test_a_header_said_twice_proves_nothing(name: str) -> None:
    told = {"From": "googlealerts-noreply@google.com", "Content-Type": "text/plain"}
    more = f"{name}: {told.get(name, 'x')}\r\n".encode()
    assert not by_signature(more + signed(MAIL))


def test_a_name_server_that_does_not_answer_is_no_proof_of_a_forgery() -> None:
    with pytest.raises(OSError, match="name server"):
        is_genuine(signed(MAIL), NOW, None, nobody)


def test_only_googles_names_are_looked_up() -> None:
    asked: list[str] = []

    def listening(name: str) -> bytes | None:
        asked.append(name)
        return KEYS.get(name)

    is_genuine(signed(MAIL), NOW, None, listening)
    is_genuine(signed(MAIL, "example.org"), NOW, None, listening)
    is_genuine(signed(MAIL).replace(b"s=tests", b"s=a.evil"), NOW, None, listening)
    is_genuine(signed(MAIL).replace(b"s=tests", "s=été".encode()), NOW, None, listening)
    assert asked == [f"{SELECTOR}._domainkey.google.com"]


@pytest.mark.parametrize(
    "key", [b"", b"v=DKIM1; p=", b"p=AAAA", b"v=DKIM2; p=x", b"\xff", b"k=ed25519; p=AA=="]
)
def test_a_key_that_is_none_proves_nothing(key: bytes) -> None:
    assert not is_genuine(signed(MAIL), NOW, None, lambda _: key)


# --- the receiving server's word ----------------------------------------------------------------

EDGE = (
    "Received: from mail-sor-f69.google.com (209.85.220.69)\r\n by mx.google.com with SMTPS; Mon"
)
INSIDE = "Received: by 2002:a05:7300:c9f:b0:272:695d:183c with SMTP id x; Mon"
ELSEWHERE = "Received: from evil.example by relay.example; Mon"
RESULTS = "Authentication-Results: mx.google.com;"
FOUND = "dkim=pass header.i=@google.com"
PASS = f"{RESULTS}\r\n {FOUND} header.s=2"


def test_the_first_results_of_the_receiving_server_are_believed() -> None:
    assert by_server(INSIDE, "Return-Path: <a@b>", EDGE, PASS, ELSEWHERE)
    assert by_server(EDGE, PASS + " header.b=x0; spf=pass (google.com: ok) smtp.mailfrom=a@b")
    assert by_server(EDGE, PASS.replace("header.i=@", "header.d="))
    dmarc = "dmarc=pass (p=REJECT dis=NONE) header.from=google.com"
    assert by_server(EDGE, f"Authentication-Results: mx.google.com; dkim=none; {dmarc}")
    assert by_server(EDGE, PASS.replace("mx.google.com", "mx.google.com 1"))


def test_a_server_of_which_nothing_is_known_is_not_believed() -> None:
    mail = f"{EDGE}\r\n{PASS}\r\n".encode() + MAIL
    assert not is_genuine(mail, NOW, None, nothing)


@pytest.mark.parametrize(
    "above",
    [
        (),
        (EDGE, ELSEWHERE, PASS),  # it came with the mail
        (ELSEWHERE, PASS),
        (EDGE, INSIDE, PASS),  # inside again, after the edge: the sender's
        (EDGE, "Received: no place at all", PASS),
        (EDGE, f"{RESULTS} dkim=fail header.i=@google.com", PASS),
        (EDGE, PASS.replace("mx.google.com", "mx.evil.example")),
        (EDGE, PASS.replace("@google.com", "@evil.example")),
        (EDGE, PASS.replace("@google.com", "@google.com.evil.example")),
        (EDGE, PASS.replace("dkim=pass", "dkim=neutral")),
        (EDGE, "ARC-" + PASS),
        (EDGE, "X-" + PASS),
        # What the sender chooses: a quoted local part, a comment.
        (EDGE, f'{RESULTS} spf=fail smtp.mailfrom="a; {FOUND}"@evil.example'),
        (EDGE, f"{RESULTS} spf=fail (a; {FOUND} ) smtp.mailfrom=a@b"),
        (EDGE, f'{RESULTS} spf=fail ("a); {FOUND} (x"@evil) smtp.mailfrom=a@b'),
        (EDGE, f'{RESULTS} spf=fail (a); {FOUND} (x" @evil)'),
        (EDGE, f"{RESULTS} {'a=b; ' * 2_000} {FOUND}"),
    ],
    ids=range(17),
)  # fmt: skip
def test_what_a_sender_can_write_is_not_believed(above: tuple[str, ...]) -> None:
    assert not by_server(*above)


# --- anything -----------------------------------------------------------------------------------


@given(st.binary(max_size=400), st.integers(0, 900))
def test_whatever_is_sent_gets_an_answer(noise: bytes, place: int) -> None:
    mail = signed(MAIL)
    is_genuine(noise, NOW, GMAIL, keys)
    is_genuine(mail[:place] + noise + mail[place:], NOW, GMAIL, keys)
    is_genuine(mail[:place] + noise, NOW, None, keys)


@pytest.mark.parametrize(
    "mail",
    [
        signed(MAIL) + b" \t" * 900_000,
        signed(MAIL) + (b" " * 99 + b".") * 18_000,
        b"X: 1\r\n" * 10_000 + MAIL,
        b"X: 1\r\n" + b" a\r\n" * 12_000 + MAIL,
        b"DKIM-Signature: d=google.com; a=rsa-sha256; s=a; h=" + b"\r\n " * 1_300 + b"\r\n" + MAIL,
        b"Authentication-Results: mx.google.com; " + b"(" * 8_000 + b"\r\n" + MAIL,
        b'Authentication-Results: mx.google.com; "' + b"\\a" * 4_000 + b"\r\n" + MAIL,
        b"From: " + b'"' * 60_000 + b"\r\n\r\n",
        b"Received: by " + b"a by " * 12_000 + b"\r\n" + MAIL,
        signed(MAIL).replace(b"\r\n\r\n", b"\r\n" * 900_000),
    ],
    ids=range(10),
)
def test_hostile_mails_take_little_time(mail: bytes) -> None:
    started = time.process_time()
    is_genuine(mail, NOW, GMAIL, keys)
    assert time.process_time() - started < 2
