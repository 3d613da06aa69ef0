"""``vigie match``: for a person, and line by line."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import Vigie, _in_french, vigie  # noqa: F401 - fixtures

CLAIRE = {
    "given": "Claire",
    "family": "Lefèvre",
    "title": "Dr",
    "profession": "dentiste",
    "city": "Lille",
    "practice_name": "",
    "aliases": [],
    "excluded_words": ["vétérinaire"],
}


def line(number: int, summary: str, title: str = "", **more: Any) -> str:
    entry = {"title": title, "summary": summary, "url": "https://a.example", "source_kind": "feed"}
    return json.dumps({"id": number, "practitioner": CLAIRE, "entry": entry} | more)


async def test_every_line_is_answered_in_order(vigie: Vigie, tmp_path: Path) -> None:  # noqa: F811
    asked = tmp_path / "cas.jsonl"
    asked.write_text(
        "\n".join(
            [
                line(1, "Le Dr Claire Lef&egrave;vre, <b>dentiste</b> à Lille"),
                line(2, "Mme Lefèvre était là"),
                line(3, "Il a plu sur la ville"),
                line(4, "Claire Lefèvre, vétérinaire"),
            ]
        ),
        encoding="utf-8",
    )
    told = await vigie("match", "--jsonl", "cas.jsonl")
    answers = [json.loads(each) for each in told.out.splitlines()]
    assert told.code == 0
    assert [each["id"] for each in answers] == [1, 2, 3, 4]
    assert [each["label"] for each in answers] == ["yes", "ambiguous", "no", "no"]
    assert answers[0]["score"] == 1.0
    kinds = {each["kind"] for each in answers[0]["evidence"]}
    assert {"exact_name", "city", "profession"} <= kinds
    assert {each["kind"] for each in answers[3]["evidence"]} >= {"excluded_word"}


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("{", "Ligne 1 : ce n'est pas du JSON"),
        ("[" * 5000, "Ligne 1 : ce n'est pas du JSON"),
        ("[]", "Ligne 1 : il manque « id »"),
        ('{"id": 1}', "Ligne 1 : il manque « practitioner »"),
        (line(1, "", practitioner={"given": "Claire"}), "il manque « practitioner »"),
        (line(1, "", entry=["x"]), "« entry » n'est pas un objet"),
        (line(1, "", practitioner={"family": 3}), "un champ n'est ni un texte"),
        (line(1, "", practitioner=CLAIRE | {"aliases": "x"}), "un champ n'est ni un texte"),
    ],
)
async def test_a_bad_line_is_told_and_the_others_answered(
    bad: str,
    sentence: str,
    vigie: Vigie,  # noqa: F811
    tmp_path: Path,
) -> None:
    good = line(2, "Claire Lefèvre")
    (tmp_path / "cas.jsonl").write_text(f"{bad}\n\n{good}\n", encoding="utf-8")
    told = await vigie("match", "--jsonl", "cas.jsonl")
    assert told.code == 2
    assert sentence in told.complaint
    assert [json.loads(each)["id"] for each in told.out.splitlines()] == [2]


async def test_what_is_missing_is_empty(vigie: Vigie, tmp_path: Path) -> None:  # noqa: F811
    least = {"id": "a", "practitioner": {"family": "Lefèvre"}, "entry": {"summary": "Dr Lefèvre"}}
    (tmp_path / "cas.jsonl").write_text(json.dumps(least), encoding="utf-8")
    told = await vigie("match", "--jsonl", "cas.jsonl")
    assert json.loads(told.out)["label"] == "ambiguous"


async def test_the_standard_input_is_read_too(
    vigie: Vigie,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line(1, "Claire Lefèvre à Lille")))
    assert json.loads((await vigie("match", "--jsonl", "-")).out)["label"] == "yes"


async def test_a_file_that_is_not_there(vigie: Vigie) -> None:  # noqa: F811
    told = await vigie("match", "--jsonl", "absent.jsonl")
    assert (told.code, told.out) == (1, "")
    assert "Je ne trouve pas de fichier ici : absent.jsonl" in told.complaint
    assert "VIGIE_DATA_DIR" not in told.complaint


async def test_for_a_person_it_is_said_in_words(vigie: Vigie) -> None:  # noqa: F811
    person = ("--given", "Claire", "--family", "Lefèvre", "--city", "Lille")
    told = await vigie("match", "Vu le Dr Claire Lefèvre à Lille", *person)
    assert told.code == 0
    assert "C'est bien cette personne" in told.words
    assert "ville « Lille »" in told.words
    assert "Lefèvre Claire" in told.words
    told = await vigie("match", "Il a plu", *person)
    assert (told.code, "ne cite pas" in told.words) == (1, True)
    told = await vigie("match", "Mme Lefèvre", *person, "--json")
    assert told.json["label"] == "ambiguous"
    told = await vigie("match", "Mme Lefèvre")
    assert told.code == 1
    assert "--family" in told.complaint
