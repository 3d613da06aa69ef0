"""``vigie check-reply``: for a person, and line by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import Vigie, _in_french, vigie  # noqa: F401 - fixtures

BREACH = "Bonjour Madame Martin, désolé pour l'attente de mardi. Toute remarque est lue."
CLEAN = "Toute remarque est lue avec attention par l'équipe."


def line(number: int, text: object, **more: Any) -> str:
    return json.dumps({"id": number, "text": text, "profession": "dentiste"} | more)


async def test_every_line_is_answered_in_order(vigie: Vigie, tmp_path: Path) -> None:  # noqa: F811
    asked = [line(1, BREACH), line(2, CLEAN), line(3, ""), line(4, "x" * 50_000)]
    (tmp_path / "cas.jsonl").write_text("\n".join(asked), encoding="utf-8")
    told = await vigie("check-reply", "--jsonl", "cas.jsonl")
    answers = [json.loads(each) for each in told.out.splitlines()]
    assert told.code == 0
    assert [(each["id"], each["verdict"]) for each in answers] == [
        (1, "flag"),
        (2, "accept"),
        (3, "flag"),
        (4, "flag"),
    ]
    first = next(each for each in answers[0]["findings"] if each["rule"] == "R3")
    assert first.keys() == {"rule", "start", "end", "severity", "reason", "rewrite"}
    assert BREACH[first["start"] : first["end"]] == "Madame Martin"
    assert first["severity"] == "bloquant"
    assert "R4127-206" in first["reason"]
    assert answers[1]["findings"] == []
    assert [each["unreadable"] for each in answers[2:]] == ["empty", "too_long"]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("{", "Ligne 1 : ce n'est pas du JSON"),
        ('{"text": "x"}', "Ligne 1 : il manque « id »"),
        ('{"id": 1}', "Ligne 1 : il manque « text »"),
        (line(1, ["x"]), "un champ n'est ni un texte"),
    ],
)
async def test_a_bad_line_is_told_and_the_others_answered(
    bad: str,
    sentence: str,
    vigie: Vigie,  # noqa: F811
    tmp_path: Path,
) -> None:
    (tmp_path / "cas.jsonl").write_text(f"{bad}\n{line(2, CLEAN)}\n", encoding="utf-8")
    told = await vigie("check-reply", "--jsonl", "cas.jsonl")
    assert told.code == 2
    assert sentence in told.complaint
    assert [json.loads(each)["id"] for each in told.out.splitlines()] == [2]


async def test_for_a_person_it_is_said_in_words(vigie: Vigie, tmp_path: Path) -> None:  # noqa: F811
    told = await vigie("check-reply", BREACH)
    assert told.code == 1
    assert "À ne pas publier telle quelle" in told.words
    assert "« Madame Martin »" in told.words
    assert "Autrement dit" in told.words
    (tmp_path / "reponse.txt").write_text(CLEAN, encoding="utf-8")
    told = await vigie("check-reply", "reponse.txt")
    assert (told.code, "rien trouvé à redire" in told.words) == (0, True)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (" ", "le texte est vide"),
        ("mot " * 10_000, "beaucoup trop long"),
        ("\x01\x02\x03\x04abc", "pas de mots"),
        ("Thank you for visiting us, we hope to see you soon", "que le français"),
    ],
)
async def test_what_cannot_be_read_is_said_and_does_not_pass(
    said: str,
    sentence: str,
    vigie: Vigie,  # noqa: F811
) -> None:
    told = await vigie("check-reply", said)
    assert told.code == 1
    assert sentence in told.complaint


@pytest.mark.parametrize("said", ["/rien/de/tel", "reponse.txt"])
async def test_a_path_is_not_read_as_if_it_were_words(said: str, vigie: Vigie) -> None:  # noqa: F811
    told = await vigie("check-reply", said)
    assert told.code == 1
    assert f"Je ne trouve pas de fichier ici : {said}" in told.complaint


async def test_nothing_to_check_is_said(vigie: Vigie) -> None:  # noqa: F811
    told = await vigie("check-reply")
    assert told.code != 0
    assert "Donnez une réponse à relire" in told.complaint
