"""The data in ``templates/`` that the core reads as values: legal rules and watchwords."""

import gzip
import tomllib
from functools import cache
from pathlib import Path

from bot.core.harm_law import HarmPack, parse_harm_pack
from bot.core.harms import HarmReader, HarmWords, parse_harm_words
from bot.core.law import LawPack
from bot.core.leaning import Leaning, parse_leaning
from bot.core.names import Watchwords, parse_watchwords
from bot.core.published import DateWords, parse_date_words
from bot.core.recipients import NoticeWords
from bot.core.rulebook import parse_rules
from bot.core.secrecy import Guard, Learned
from bot.core.secrecy import parse_rules as parse_guard_rules
from bot.core.sites import SiteDirectory, parse_directory
from bot.core.strategies import TopicWords, parse_topic_words


def load_law(folder: Path) -> LawPack:
    """The legal rules; every problem with the file is told at once."""
    return parse_rules(tomllib.loads((folder / "law" / "rules.toml").read_text("utf-8")))


def load_watchwords(folder: Path) -> Watchwords:
    """The words the matcher looks for."""
    path = folder / "watchwords" / "people.toml"
    return parse_watchwords(tomllib.loads(path.read_text("utf-8")))


def load_harm_words(folder: Path) -> HarmWords:
    """What is a signal of harm, by hand."""
    path = folder / "watchwords" / "harms.toml"
    return parse_harm_words(tomllib.loads(path.read_text("utf-8")))


@cache
def load_harms(folder: Path) -> HarmReader:
    """The reader of harms: its watch-words, and its weights (``benchmarks/train_harms.py``).

    Read once: a thousand texts would not take as long as the file of weights.
    """
    by_words, by_signs = (load_leaning(folder, f"harms_{name}") for name in ("words", "signs"))
    return HarmReader(load_harm_words(folder), by_words, by_signs)


def load_harm_pack(folder: Path) -> HarmPack:
    """What the law gives against each harm, and the Orders that letters are about."""
    document = tomllib.loads((folder / "law" / "harms.toml").read_text("utf-8"))
    letters = tomllib.loads((folder / "letters" / "letters.toml").read_text("utf-8"))
    orders = [(tuple(told["starts"]), str(told["order"])) for told in letters["profession"]]
    return parse_harm_pack(document, orders)


def load_guard(folder: Path) -> Guard:
    """The guard of medical secrecy, with the phrases it looks for."""
    path = folder / "watchwords" / "secrecy.toml"
    kindred = (folder / "watchwords" / "kindred.toml").read_text("utf-8")
    learned = Learned(load_leaning(folder, "secrecy"), tomllib.loads(kindred))
    return Guard(parse_guard_rules(tomllib.loads(path.read_text("utf-8"))), learned)


def load_leaning(folder: Path, name: str) -> Leaning:
    """The learned weights of ``name``; ``benchmarks/train_*.py`` learns them.

    The longest are compressed.
    """
    path = folder / "watchwords" / f"{name}.tsv"
    if path.exists():
        return parse_leaning(path.read_text("utf-8"))
    return parse_leaning(gzip.decompress(path.with_suffix(".tsv.gz").read_bytes()).decode())


def load_notice_words(folder: Path) -> NoticeWords:
    """The words by which a legal notice is found and read."""
    path = folder / "watchwords" / "notices.toml"
    return NoticeWords(tomllib.loads(path.read_text("utf-8")))


def load_directory(folder: Path) -> SiteDirectory:
    """The known sites; every problem with the file is told at once."""
    return parse_directory(tomllib.loads((folder / "law" / "sites.toml").read_text("utf-8")))


def load_topic_words(folder: Path) -> TopicWords:
    """The words that tell what a mention is about."""
    path = folder / "watchwords" / "topics.toml"
    return parse_topic_words(tomllib.loads(path.read_text("utf-8")))


def load_date_words(folder: Path) -> DateWords:
    """The words by which a site tells when something was published."""
    path = folder / "watchwords" / "dates.toml"
    return parse_date_words(tomllib.loads(path.read_text("utf-8")))
