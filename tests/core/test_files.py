"""Which files are taken from a chat, under what name, and how an answer holds one."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import files
from bot.core.errors import Refusal, RefusalCode
from bot.core.evidence import LARGEST, AttachmentKind
from bot.core.files import Arrived, Offered, safe_name

DIGEST = "0123456789abcdef" * 4
ODD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("/\\.:*?\u202e\u2066\u200f\x00\r\n\t \u2028~-_%é\U0001f4f7"),
    ),
    max_size=300,
)


@settings(max_examples=200)
@given(name=ODD)
def test_any_name_becomes_one_that_any_disk_and_any_screen_can_have(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= 120
    assert len(safe.encode()) <= 240
    assert not set('/\\<>:"|?*') & set(safe)
    assert all(unicodedata.category(each)[0] != "C" for each in safe)
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("capture.png", "capture.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\claire\\Avis Google.PDF", "Avis Google.PDF"),
        ("fdp.\u202egnp.exe", "fdp.gnp.exe"),
        ("avis\r\nContent-Type: x.pdf", "avis Content-Type- x.pdf"),
        ("", "piece"),
        ("...", "piece"),
        (".htaccess", "htaccess"),
        ("con.pdf", "_con.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("😀" * 120 + ".jpeg", "😀" * 58 + ".jpeg"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "told", "kept", "media_type"),
    [
        ("avis.JPG", "image/jpeg", "avis.JPG", "image/jpeg"),
        ("avis.pdf", "application/octet-stream", "avis.pdf", "application/pdf"),
        ("avis.png", "text/html", "avis.png", "image/png"),
        ("", "image/jpeg", "piece.jpg", "image/jpeg"),
        ("lettre", "application/pdf", "lettre.pdf", "application/pdf"),
        ("fil", "text/plain; charset=utf-8", "fil.txt", "text/plain"),
        ("page.mhtml", "", "page.mhtml", "multipart/related"),
        ("mail.eml", "message/rfc822", "mail.eml", "message/rfc822"),
    ],
)
def test_the_end_of_a_name_says_what_a_file_is(
    name: str, told: str, kept: str, media_type: str
) -> None:
    checked = files.checked(Offered("r", name, told))
    assert (checked.name, checked.media_type) == (kept, media_type)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("facture.pdf.exe", "application/pdf"),
        ("macro.docm", "application/msword"),
        ("tout.zip", "application/zip"),
        ("dessin.svg", "image/svg+xml"),
        ("voix.ogg", "audio/ogg"),
        ("", "application/octet-stream"),
        ("sans-fin", ""),
    ],
)
def test_what_can_run_or_hides_others_is_not_taken(name: str, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        files.checked(Offered("r", name, told))
    assert refused.value.code is RefusalCode.FILE_KIND


def test_a_file_too_large_is_refused_before_it_is_fetched() -> None:
    assert files.checked(Offered("r", "a.pdf", size=LARGEST)).size == LARGEST
    with pytest.raises(Refusal) as refused:
        files.checked(Offered("r", "a.pdf", size=LARGEST + 1))
    assert refused.value == Refusal(RefusalCode.FILE_TOO_LARGE, most=20)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", RefusalCode.FILE_EMPTY),
        (bytes(LARGEST + 1), RefusalCode.FILE_TOO_LARGE),
        (b"MZ\x90\x00\x03\x00\x00\x00", RefusalCode.FILE_KIND),
        (b"\x7fELF\x02\x01", RefusalCode.FILE_KIND),
        (b"#!/bin/sh\n", RefusalCode.FILE_KIND),
    ],
)
def test_a_program_under_another_name_is_refused(content: bytes, code: RefusalCode) -> None:
    with pytest.raises(Refusal) as refused:
        files.check_content(content)
    assert refused.value.code is code


def test_a_text_may_begin_like_a_program() -> None:
    files.check_content("MZ, patient du docteur, écrit ce soir.".encode())


@given(name=st.text(max_size=20), size=st.integers(1, LARGEST), caption=st.text(max_size=20))
@settings(max_examples=50)
def test_an_answer_holds_all_that_is_known_of_a_file(name: str, size: int, caption: str) -> None:
    arrived = Arrived(DIGEST, name, "image/png", size, caption)
    assert Arrived.decode(arrived.encode()) == arrived
    assert "\n" not in arrived.encode()
    offered = Offered("telegram:1", name, "image/png", size, caption)
    assert Offered.decode(offered.encode()) == offered


def test_the_longest_answer_fits() -> None:
    arrived = Arrived(DIGEST, "é" * 120, max(files._KINDS.values(), key=len), LARGEST, "“" * 200)  # noqa: SLF001 - the longest of them
    assert len(arrived.encode()) <= files.LONGEST_ANSWER


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "{",
        "[1]",
        '{"digest":"x"}',
        f'{{"digest":"{DIGEST}","size":"1"}}',
        f'{{"digest":"{DIGEST}","size":true}}',
        f'{{"digest":"{DIGEST}","path":"/"}}',
        "https://presse.example/1",
        '{"a":' * 5000,
    ],
)
def test_anything_else_is_no_file(line: str) -> None:
    assert Arrived.decode(line) is None


def test_what_is_typed_is_an_address_and_never_somebody_s_file() -> None:
    assert files.typed(" https://presse.example/1 ") == "https://presse.example/1"
    for words in (Arrived(DIGEST, "a.pdf", "application/pdf", 1).encode(), "le voici", ""):
        with pytest.raises(Refusal) as refused:
            files.typed(words)
        assert refused.value.code is RefusalCode.FILE_WANTED


def test_a_picture_is_told_from_a_document() -> None:
    assert Arrived(DIGEST, "a.png", "image/png", 1).kind is AttachmentKind.PICTURE
    assert Arrived(DIGEST, "a.eml", "message/rfc822", 1).kind is AttachmentKind.DOCUMENT
