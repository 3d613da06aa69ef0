"""The archive of pieces, on a disk and in memory, under one contract."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.archive import FileArchive
from bot.core.errors import Altered, Outage
from bot.ports import Archive
from tests.fakes import FakeArchive

PIECE = b"%PDF-1.7 une page"
DIGEST = hashlib.sha256(PIECE).hexdigest()


@pytest.fixture(params=["disk", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return FileArchive(tmp_path) if request.param == "disk" else FakeArchive()


@pytest.fixture
def spoil(archive: Archive, tmp_path: Path) -> Callable[[bytes], None]:
    """Changes what is kept of the piece, behind the archive's back."""

    def change(content: bytes) -> None:
        if isinstance(archive, FakeArchive):
            archive.kept[DIGEST] = content
        else:
            path_of(tmp_path).write_bytes(content)

    return change


def path_of(folder: Path, digest: str = DIGEST) -> Path:
    return folder / "evidence" / digest[:2] / digest[2:4] / digest


async def test_what_is_put_is_given_back_under_its_sha_256(archive: Archive) -> None:
    assert await archive.put(PIECE) == DIGEST
    assert await archive.get(DIGEST) == PIECE


async def test_the_same_bytes_are_kept_once(archive: Archive) -> None:
    assert await archive.put(PIECE) == await archive.put(bytes(PIECE))
    assert await archive.put(b"autre") != DIGEST
    assert await archive.get(DIGEST) == PIECE


@pytest.mark.parametrize(
    "digest", ["0" * 64, "", "../../etc/passwd", DIGEST.upper(), DIGEST + "0"]
)
async def test_what_was_never_put_is_not_found(archive: Archive, digest: str) -> None:
    await archive.put(PIECE)
    with pytest.raises(LookupError):
        await archive.get(digest)


async def test_bytes_that_changed_are_neither_given_nor_taken_for_the_piece(
    archive: Archive, spoil: Callable[[bytes], None]
) -> None:
    await archive.put(PIECE)
    spoil(PIECE[:-1])
    with pytest.raises(Altered):
        await archive.get(DIGEST)
    with pytest.raises(Altered):
        await archive.put(PIECE)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=40), max_size=5))
async def test_any_bytes_come_back_as_they_were(archive: Archive, contents: list[bytes]) -> None:
    digests = [await archive.put(content) for content in contents]
    assert [await archive.get(digest) for digest in digests] == contents


async def test_a_file_is_for_its_owner_and_stands_in_two_folders(tmp_path: Path) -> None:
    await FileArchive(tmp_path).put(PIECE)
    path = path_of(tmp_path)
    assert path.read_bytes() == PIECE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]  # nothing of how it was written is left


async def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    await archive.put(PIECE)
    before = path_of(tmp_path).stat()
    await archive.put(PIECE)
    after = path_of(tmp_path).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
async def test_a_folder_nobody_may_write_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir(mode=0o500)
    with pytest.raises(Outage):
        await FileArchive(tmp_path).put(PIECE)


async def test_a_disk_that_gives_a_folder_for_a_file_is_an_outage(tmp_path: Path) -> None:
    path_of(tmp_path).mkdir(parents=True)
    archive = FileArchive(tmp_path)
    for asked in (archive.get(DIGEST), archive.put(PIECE)):
        with pytest.raises(Outage):
            await asked
