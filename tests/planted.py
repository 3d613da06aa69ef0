"""Mentions planted for measuring: what a person's month looks like, and what is a copy in it.

Stories are drawn from lists of words, so that many share an opening, a subject or a turn of phrase
without being the same. A query is either a copy of one of them, changed as syndication changes
things, or something that only looks alike.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.copies import Window

Told = tuple[str, str]
_GIVEN = ["Claire", "Paul", "Inès", "Jean-Marc", "Aïcha", "Yann", "Chloé", "Mehdi", "Anne", "Luc"]
_FAMILY = ["Lefèvre", "Martin", "Le Goff", "Nguyen", "Benali", "Garcia", "Roux", "Fabre", "Petit"]
_TOWNS = (  # noqa: SIM905 - easier to read in a line
    "Lille Nantes Brest Dijon Nice Metz Tours Pau Albi Reims Caen Rouen Nîmes Gap"
).split()
_WHO = [
    "le Dr {n}", "la praticienne {n}", "{n}, dentiste,", "{n}", "le cabinet du Dr {n}",
    "l'équipe de {n}", "une patiente de {n}", "le confrère de {n}",
]  # fmt: skip
_DID = [
    "ouvre un centre de soins", "dénonce le manque de moyens", "publie une étude sur la carie",
    "reçoit la médaille de la ville", "quitte le conseil de l'Ordre", "forme ses jeunes confrères",
    "accueille des internes", "alerte sur les faux avis", "soigne gratuitement les étudiants",
    "lance une tournée dans les écoles", "conteste une décision de l'assurance maladie",
    "répond aux critiques des patients", "équipe son plateau d'un scanner",
    "prend la tête du syndicat départemental", "raconte ses vingt ans de métier",
]  # fmt: skip
_WHERE = [
    "à {t}", "dans le quartier de la gare de {t}", "au sud de {t}", "près du marché de {t}",
    "à l'hôpital de {t}", "dans les villages autour de {t}", "au palais des congrès de {t}",
]  # fmt: skip
_SAID = (  # noqa: SIM905 - easier to read in a line
    "patients rendez-vous attente urgences samedi matin quartier gare mairie région agence "
    "santé budget travaux deux associés secrétaire honoraires remboursement mutuelle prothèse "
    "implant enfants école prévention brossage fluor étude université chercheurs résultats "
    "hiver grippe campagne ruralité désert médical installation prime logement bus ligne "
    "tramway parking place tribunal plainte avocat audience jugement appel décision lundi "
    "mardi jeudi vendredi soir nuit journal radio reportage photo archives mémoire retraite "
    "succession famille marché commerce association bénévoles collecte dons semaine salon "
    "conférence débat public salle polyvalente"
).split()
_LINKS = (  # noqa: SIM905 - easier to read in a line
    "avec pour dans sur sans après avant depuis selon malgré contre chez vers par"
).split()
_OUTLETS = [
    " - La Voix", " | Ouest-Matin", " – Le Journal du Centre", " - Actu.example", " (avec AFP)",
]  # fmt: skip
_HEADS = ["VIDEO. ", "ENTRETIEN. ", "Info locale : ", "EN IMAGES. ", "Santé. "]


@dataclass(frozen=True, slots=True)
class Query:
    """Words just read about a person, and the mention they are a copy of, if any."""

    person: int
    title: str
    text: str
    copy_of: int | None
    trick: str


@dataclass(slots=True)
class Planted:
    """Everybody's recent mentions, and what comes next."""

    windows: dict[int, Window] = field(default_factory=dict)
    stories: dict[int, list[tuple[int, str, str]]] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)


def planted(*, people: int, mentions: int, queries: int, seed: int) -> Planted:
    """A set of ``mentions`` spread unevenly over ``people``, and as many copies as others."""
    chance = random.Random(seed)  # noqa: S311 - the same set every time
    made = Planted()
    names = {}
    for person in range(people):
        names[person] = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"
        made.windows[person] = Window(names[person].split())
        made.stories[person] = []
    for number in range(mentions):
        # A few are in the news every day, most now and then.
        person = min(int(chance.paretovariate(0.6)) - 1, people - 1)
        person = person if chance.random() < 0.3 else chance.randrange(people)
        story = _story(chance, names[person])
        made.stories[person].append((number, *story))
        made.windows[person].add(number, *story)
    told = [person for person in made.stories if made.stories[person]]
    for _ in range(queries):
        person = chance.choice(told)
        number, title, text = chance.choice(made.stories[person])
        if chance.random() < 0.5:
            trick = chance.choice(list(_COPIES))
            said = _COPIES[trick](chance, title, text)
            made.queries.append(Query(person, *said, number, trick))
        else:
            trick = chance.choice(list(_OTHERS))
            said = _OTHERS[trick](chance, names[person], title, text)
            made.queries.append(Query(person, *said, None, trick))
    return made


def _story(chance: random.Random, name: str) -> tuple[str, str]:
    town = chance.choice(_TOWNS)
    where = chance.choice(_WHERE).format(t=town)
    title = f"{chance.choice(_WHO).format(n=name)} {chance.choice(_DID)} {where}"
    if chance.random() < 0.6:
        title += f" : {_clause(chance, 5)}"
    return title[:1].upper() + title[1:], _text(chance, name)


def _text(chance: random.Random, name: str) -> str:
    opening = f"{chance.choice(_WHO).format(n=name)} {chance.choice(_DID)}. "
    return opening + " ".join(
        _clause(chance, chance.randint(6, 12)).capitalize() + "." for _ in range(4)
    )


def _clause(chance: random.Random, size: int) -> str:
    return " ".join(chance.choice(_LINKS if at % 3 == 1 else _SAID) for at in range(size)) + (
        f" {chance.randint(2, 99)}" if chance.random() < 0.3 else ""
    )


def _cut(words: str, share: float) -> str:
    return words[: int(len(words) * share)].rstrip() + "…"


def _edited(chance: random.Random, words: str, edits: int) -> str:
    parts = words.split()
    for _ in range(edits):
        place = chance.randrange(len(parts))
        if parts[place].strip(".,").isalpha():
            parts[place] = chance.choice(_SAID)
    return " ".join(parts)


_BARE = str.maketrans("àâäçéèêëîïôöùûüÀÉÈÎ", "aaaceeeeiioouuuAEEI")
_COPIES: Mapping[str, Callable[[random.Random, str, str], Told]] = {
    "outlet": lambda c, title, text: (title + c.choice(_OUTLETS), text),
    "head": lambda c, title, text: (c.choice(_HEADS) + title, text),
    "case": lambda _c, title, text: (title.upper(), text),
    "accents": lambda _c, title, text: (title.translate(_BARE), text.translate(_BARE)),
    "cut text": lambda c, title, text: (title, _cut(text, c.uniform(0.4, 0.8))),
    "cut title": lambda _c, title, text: (_cut(title, 0.8), text),
    "no text": lambda _c, title, _text: (title, ""),
    "other headline": lambda c, _title, text: (_clause(c, 8).capitalize(), text),
    "edited": lambda c, title, text: (title, _edited(c, text, 2)),
    "agency": lambda c, title, text: (title + c.choice(_OUTLETS), "(AFP) - " + text),
    "outlet and cut": lambda c, title, text: (title + c.choice(_OUTLETS), _cut(text, 0.6)),
}


_OTHERS: Mapping[str, Callable[[random.Random, str, str, str], Told]] = {
    "fresh": lambda c, name, _title, _: _story(c, name),
    "same opening": lambda c, name, title, _: (
        " ".join(title.split()[:6]) + " : " + _clause(c, 7), _text(c, name)
    ),
    "same subject": lambda c, name, title, _: (
        title.split(" : ")[0] + " : " + _clause(c, 6), _text(c, name)
    ),
    "bare": lambda c, name, _title, _: (
        f"Dr {name}", c.choice(["Très bien", "À l'écoute", "Je recommande", "★★★★★"])
    ),
}  # fmt: skip
