"""``vigie letter``: a letter on made-up facts, in two files."""

from pathlib import Path

import pytest

from tests.test_cli import Vigie, _in_french, vigie  # noqa: F401 - fixtures


async def test_a_letter_is_written_twice(vigie: Vigie, tmp_path: Path) -> None:  # noqa: F811
    told = await vigie("letter", "opposition", "--out", str(tmp_path / "a" / "b"))
    assert told.code == 0
    stem = "2026-12-03_opposition_ANNUAIRE-EXAMPLE_LEFEVRE"
    written = sorted(path.name for path in (tmp_path / "a" / "b").iterdir())
    assert written == [f"{stem}.docx", f"{stem}.pdf"]
    assert all(name in told.out for name in written)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("faire-part",), "Je ne connais pas ce courrier"),
        (("relance", "--territory", "Lune"), "Territoire inconnu"),
        (("relance", "--profession", "x" * 300), "C'est trop long"),
    ],
)
async def test_what_cannot_be_written_is_said(
    arguments: tuple[str, ...],
    sentence: str,
    vigie: Vigie,  # noqa: F811
    tmp_path: Path,
) -> None:
    told = await vigie("letter", *arguments, "--out", str(tmp_path / "c"))
    assert told.code == 1
    assert sentence in told.complaint
    assert not (tmp_path / "c").exists()
