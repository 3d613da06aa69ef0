"""The watchwords as the reading of a text asks for them."""

from bot.core.names.watchwords import Watchwords
from bot.core.text import COMMA


class Lexicon:
    """Sets made of the watchwords, once."""

    def __init__(self, words: Watchwords) -> None:
        self.words = words
        self.titles = words.titles
        self.care_titles = words.care_titles
        self.links = words.conjunctions | {COMMA}
        single = {phrase for phrase in words.professions if " " not in phrase}
        self.no_name = (
            words.small
            | words.titles
            | words.particles
            | words.not_given
            | words.streets
            | words.places
            | words.married
            | words.generic_professions
            | single
        ) - words.given
        self.plain_practices = frozenset(
            words.generic_practices
            | words.small
            | words.articles
            | words.prepositions
            | words.particles
            | words.titles
            | {word for phrase in words.professions for word in phrase.split()}
        )
        """Words that tell no practice from another."""
        self.calls = self.titles | single
        """Words that call for a family name after them."""
        self.other_trades = {
            phrase: shown for phrase, (group, shown) in words.professions.items() if not group
        }
        """Phrases that say a profession outside health, and how they are shown."""
        self.slip_titles = words.care_titles - words.capital_titles
        """Titles that are nothing else, so that a name must follow them."""


_lexicons: dict[int, tuple[Watchwords, Lexicon]] = {}


def lexicon_of(words: Watchwords) -> Lexicon:
    """One for all the matchers that know the same words: every practice has a matcher."""
    known = _lexicons.get(id(words))
    if known is None or known[0] is not words:
        _lexicons.clear()
        _lexicons[id(words)] = known = words, Lexicon(words)
    return known[1]
