"""Matching: how fast with 100 to 200,000 people, beside pyahocorasick, and how well.

pyahocorasick is no dependency of Vigie: install it beside to have its rows.
"""

import gc
import json
import multiprocessing
import os
import random
import re
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import table

from bot.core.names import Matcher, Person, Zone, parse_watchwords
from bot.core.text import phrase_of, plain, words

try:
    import ahocorasick
except ImportError:
    ahocorasick = None

ROOT = Path(__file__).resolve().parents[1]
WORDS = parse_watchwords(
    tomllib.loads((ROOT / "templates/watchwords/people.toml").read_text("utf-8"))
)
SIZES = (100, 10_000, 200_000)
TEXTS = 3_000
LENGTH = 300
ROUNDS = 7
ONE_NAMED_IN = 10
SYLLABLES = re.findall("..[a-z]?", "larobenmartindupontlefevregarichebonnetsalomikerguenouzani")
SENTENCES = (
    "Le cabinet est propre, mais on attend longtemps dans une petite salle.",
    "La secrétaire reste aimable avec les patients qui viennent de loin.",
    "Un petit problème de facture, réglé très vite : merci à toute l’équipe d’accueil !",
    "C’était déjà complet jusqu’à la rentrée, et personne ne rappelle jamais.",
    "Malgré plusieurs messages laissés sur le répondeur, rien pendant un long mois.",
    "Il m’a expliqué l’opération avec des mots simples, j’étais rassuré en sortant.",
    "Trois quarts d’heure de retard, puis dix minutes de consultation à peine.",
    "Le prix annoncé n’était pas le bon et la mutuelle ne rembourse presque rien.",
    "Je recommande les yeux fermés, mes enfants y vont aussi depuis un grand moment.",
    "On se gare facilement devant la maison de santé, juste après le pont.",
    "Accueil froid, aucun mot d’excuse, je ne reviendrai pas de si tôt.",
    "Très bon suivi après la chirurgie, un vrai professionnel, à l’écoute et doux.",
    "L’ascenseur était en panne ce jour-là, dommage pour les personnes âgées.",
    "Le maire a inauguré hier le nouveau centre, fermé depuis le mois de mars.",
)


def people_of(count: int, rng: random.Random) -> dict[int, Person]:
    """Made-up people: most names are rare, one in five is a word or a name of many."""
    given = sorted(WORDS.given)
    common = sorted(WORDS.common)

    def family() -> str:
        if rng.random() < 0.2:
            return rng.choice(common)
        return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))

    return {
        key: Person(rng.choice(given).title(), family().title(), "Dr", "Dentiste", "Lille")
        for key in range(count)
    }


def texts_of(
    people: dict[int, Person], rng: random.Random, *, named: bool
) -> list[tuple[str, int | None]]:
    """Texts of 300 characters, half of them with accents, and whom each names, if anybody."""
    found: list[tuple[str, int | None]] = []
    for number in range(TEXTS):
        told, key = rng.sample(SENTENCES, k=5), None
        if named and number % ONE_NAMED_IN == 0:
            key = rng.randrange(len(people))
            person = people[key]
            names = (person.given, person.family)[:: rng.choice((1, 1, -1))]
            told[rng.randrange(2)] = f"Vu {' '.join(names)} hier, très déçue."
        text = " ".join(told)[:LENGTH]
        if number % 2 and key is None:
            text = text.encode("ascii", "ignore").decode()
        found.append((text, key))
    return found


def automaton_of(people: dict[int, Person]) -> Callable[[str], set[int]]:
    """The three variants of everybody in an Aho-Corasick automaton, over the same folded words."""
    automaton = ahocorasick.Automaton()
    keys: dict[str, list[int]] = {}
    for key, person in people.items():
        given, family = phrase_of(person.given), phrase_of(person.family)
        for variant in (f"{given} {family}", f"{family} {given}", f"{given[0]} {family}"):
            keys.setdefault(f" {variant} ", []).append(key)
    for variant, held in keys.items():
        automaton.add_word(variant, held)
    automaton.make_automaton()

    def find(text: str) -> set[int]:
        folded = f" {' '.join(words(text))} "
        return {key for _, held in automaton.iter(folded) for key in held}

    return find


def resident() -> float:
    """Megabytes of this process in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def built(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What was made, the seconds it took, and the megabytes it holds."""
    before, start = resident(), time.perf_counter()
    made = make()
    took = time.perf_counter() - start
    return made, took, resident() - before


def compared(
    finders: list[Callable[[str], Any]], texts: list[tuple[str, int | None]]
) -> list[float]:
    """Microseconds a text of each, in turns; the median of the rounds."""
    times: list[list[float]] = [[] for _ in finders]
    for _ in range(ROUNDS):
        for place, find in enumerate(finders):
            start = time.perf_counter()
            for text, _ in texts:
                find(text)
            times[place].append((time.perf_counter() - start) / len(texts) * 1e6)
    return [statistics.median(each) for each in times]


def measure(count: int) -> list[list[str]]:
    """The rows of one size; in a process of its own, so that memory is told apart."""
    rng = random.Random(count)  # noqa: S311 - made-up people, the same each time
    people = people_of(count, rng)
    nobody, somebody = (texts_of(people, rng, named=named) for named in (False, True))
    matcher, took, weight = built(lambda: Matcher(people, WORDS))
    rows = [["words folded only", "", "", ""], ["`Matcher`", f"{took:.2f}", f"{weight:.0f}", ""]]
    finders: list[Callable[[str], Any]] = [words, lambda text: matcher.match("", text)]
    start = time.perf_counter()
    for key in range(count, count + 1_000):
        matcher.add(key, people[key % count])
        matcher.remove(key)
    rows[1][3] = f"{(time.perf_counter() - start) * 1e3:.0f}"
    if ahocorasick is not None:
        find, took, weight = built(lambda: automaton_of(people))
        seconds, megabytes = f"{took:.2f}", f"{weight:.0f}"
        finders += [find, lambda text: find(text) and matcher.match("", text)]
        rows.append(["pyahocorasick, names found", seconds, megabytes, "all anew"])
        rows.append(["pyahocorasick, names found and judged", seconds, megabytes, "all anew"])
        for text, key in somebody:
            assert key is None or key in find(text)
            assert key is None or key in {each.key for each in matcher.match("", text)}, text
    for row, *times in zip(
        rows, compared(finders, nobody), compared(finders, somebody), strict=True
    ):
        row += [f"{each:.1f}" for each in times]
    return [[f"{count:,}", *row] for row in rows]


def judged(case: dict[str, Any]) -> Zone:
    """Where the matcher puts a labelled entry."""
    told = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in case["practitioner"].items()
    }
    entry = case["entry"]
    title, text = (
        plain(entry[name]) if "<" in entry[name] else entry[name] for name in ("title", "summary")
    )
    found = Matcher({1: Person(**told)}, WORDS).match(title, text, entry["url"])
    return found[0].zone if found else Zone.REJECTED


def by_letters(case: dict[str, Any]) -> Zone:
    """What an alert on the quoted name does: the whole name, in either order, folded."""
    who, entry = case["practitioner"], case["entry"]
    given, family = phrase_of(who["given"]), phrase_of(who["family"])
    text = f" {phrase_of(plain(entry['title']))} {phrase_of(plain(entry['summary']))} "
    is_told = f" {given} {family} " in text or f" {family} {given} " in text
    return Zone.SURE if is_told else Zone.REJECTED


def how_well(cases: list[dict[str, Any]], judge: Callable[[dict[str, Any]], Zone]) -> list[str]:
    """Precision of what is certain, recall of *yes* as yes or ambiguous, F1 of *yes*."""
    zones = [(case["label"], judge(case)) for case in cases]
    sure = [label for label, zone in zones if zone is Zone.SURE]
    yes = [zone for label, zone in zones if label == "yes"]
    precision = sure.count("yes") / max(1, len(sure))
    recall = yes.count(Zone.SURE) / max(1, len(yes))
    found = sum(zone is not Zone.REJECTED for zone in yes) / max(1, len(yes))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return [f"{sure.count('no')}", f"{precision:.3f}", f"{found:.3f}", f"{f1:.3f}"]


def main() -> None:
    """Print the tables."""
    rows: list[list[str]] = []
    for count in SIZES:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows += pool.apply(measure, (count,))
    if ahocorasick is None:
        print("pyahocorasick is not installed: its rows are missing (pip install pyahocorasick).")
    table(
        f"Matching texts of {LENGTH} characters, folding included; people of three variants",
        (
            *("people", "what", "built in s", "MB", "ms for 1,000 added and removed"),
            *("µs a text, nobody named", f"µs a text, somebody named in 1 of {ONE_NAMED_IN}"),
        ),
        rows,
    )
    kept = sorted((ROOT / "tests/vectors").glob("names_apart*.jsonl"))
    quality: list[list[str]] = []
    for path in kept:
        cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for name, judge in (("`Matcher`", judged), ("the quoted name", by_letters)):
            quality.append([f"{path.name}, {len(cases)} entries", name, *how_well(cases, judge)])
    table(
        "Matching the right person: labelled entries kept apart",
        (
            *("entries", "what", "certain of somebody else", "precision of certain"),
            *("recall of yes (or ambiguous)", "F1 of yes"),
        ),
        quality,
    )


if __name__ == "__main__":
    main()
