"""``vigie assess``: for a person, and line by line."""

import json
from pathlib import Path

import pytest

from tests.test_cli import Vigie, _in_french, vigie  # noqa: F401 - fixtures

THREAT = "Le Dr Vasseur, ce charlatan, je vais le tuer."
CALM = "Deux heures d'attente et personne au t\u00e9l\u00e9phone, je ne reviendrai pas."


async def test_every_line_is_answered_in_order_even_those_that_cannot_be_read(
    vigie: Vigie,  # noqa: F811
    tmp_path: Path,
) -> None:
    lines = [
        json.dumps({"id": 1, "source_kind": "social", "rating": None, "text": THREAT}),
        "{",
        "",
        json.dumps({"id": 4, "text": CALM, "rating": 1}),
        json.dumps({"id": 5, "text": ""}),
        json.dumps({"id": 6, "text": CALM, "source_kind": "radio"}),
        json.dumps({"id": 7, "text": CALM, "rating": "mauvais"}),
        json.dumps({"id": 8}),
    ]
    (tmp_path / "textes.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = await vigie("assess", "--jsonl", "textes.jsonl")
    answers = [json.loads(each) for each in told.out.splitlines()]
    assert [each["id"] for each in answers] == [1, None, None, 4, 5, 6, 7, 8]
    first, calm = answers[0], answers[3]
    assert first.keys() == {"id", "licit", "kinds", "urgent", "deadline_rule", "signals"}
    assert (first["licit"], first["urgent"]) == ("illicite_possible", True)
    assert first["deadline_rule"] == "PRESSE_3M"
    assert {"MEN", "INJ"} <= set(first["kinds"])
    spans = {THREAT[each["start"] : each["end"]] for each in first["signals"]}
    assert {"charlatan", "je vais le tuer"} <= spans
    assert (calm["licit"], calm["kinds"], calm["deadline_rule"]) == ("licite", ["L-NF"], "none")
    refused = [answers[place] for place in (1, 2, 4, 5, 6, 7)]
    assert all(each["error"] and "licit" not in each for each in refused)


async def test_for_a_person_it_is_said_in_words(vigie: Vigie) -> None:  # noqa: F811
    told = await vigie("assess", THREAT)
    assert told.code == 1
    assert "\u00ab je vais le tuer \u00bb" in told.words
    assert "appelez le 17" in told.words
    assert "loi n\u00b0 2025-623" in told.words
    assert "trois mois" in told.words
    told = await vigie("assess", CALM, "--rating", "1")
    assert (told.code, "Probablement licite" in told.words) == (0, True)


async def test_another_language_is_not_called_licit(vigie: Vigie) -> None:  # noqa: F811
    told = await vigie("assess", "This doctor is a crook and I am going to kill her tomorrow")
    assert told.code == 1
    assert "que le français" in told.words
    assert "licite" not in told.words


async def test_a_text_may_come_from_a_file(vigie: Vigie, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "avis.txt").write_text(THREAT, encoding="utf-8")
    told = await vigie("assess", "avis.txt", "--json")
    assert json.loads(told.out)["urgent"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ([], "Donnez un texte"),
        ([" "], "le texte est vide"),
        (["x", "--source-kind", "radio"], "Je ne connais pas \u00ab radio \u00bb"),
        (["x", "--rating", "9"], "Une note va de 0 \u00e0 5"),
    ],
)
async def test_what_cannot_be_assessed_is_said(
    asked: list[str],
    sentence: str,
    vigie: Vigie,  # noqa: F811
) -> None:
    told = await vigie("assess", *asked)
    assert told.code != 0
    assert sentence in told.complaint
