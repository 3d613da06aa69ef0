"""What stands in a text: its words, and what they look like."""

import re
from collections.abc import Iterator

from bot.core.names.spelling import Ways, initials_of, segmentations
from bot.core.names.watchwords import Watchwords
from bot.core.text import BREAK, COMMA, SIGNS, Span, tokens
from bot.core.text import words as folded_words

_LONG_TEXT = 20_000
_PIECE = 10_000
LONGEST_HANDLE = 60
LONGEST_GIVEN = 3


class Lexicon:
    """The watchwords as the reading of a page asks for them."""

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
        self._ways: dict[str, Ways] = {}

    def ways_of(self, given: str) -> Ways:
        """How this given name is written; worked out once, since many people share it."""
        if given not in self._ways:
            parts = folded_words(given)
            self._ways[given] = Ways(
                frozenset(segmentations(parts)) if parts else frozenset(),
                frozenset(initials_of(parts, self.words)) if parts else frozenset(),
            )
        return self._ways[given]


_lexicons: dict[int, tuple[Watchwords, Lexicon]] = {}


def lexicon_of(words: Watchwords) -> Lexicon:
    """One for all the matchers that know the same words: every practice has a matcher."""
    known = _lexicons.get(id(words))
    if known is None or known[0] is not words:
        _lexicons.clear()
        _lexicons[id(words)] = known = words, Lexicon(words)
    return known[1]


class Page:
    """A title or a text, read into tokens, and what its words look like."""

    def __init__(self, text: str, lexicon: Lexicon, offset: int, *, in_title: bool) -> None:
        self.text = text
        self.lexicon = lexicon
        self.offset = offset
        self.in_title = in_title
        self.tokens = tokens(text, lexicon.words.abbreviations)
        self.words = tuple(token.word for token in self.tokens)
        self.others: dict[tuple[str, ...], str] = {}
        """Family names that stand here with a given name of somebody else."""

    def word(self, at: int) -> str:
        """The word or the sign there; a break before the first and after the last."""
        return self.words[at] if 0 <= at < len(self.words) else BREAK

    def joint(self, at: int) -> str:
        """What ties a token to the one before; see ``Token``."""
        return self.tokens[at].joint if 0 <= at < len(self.tokens) else ""

    def shown(self, first: int, last: int) -> str:
        """What the original says from one token to before another."""
        start, end = self.span(first, last)
        return self.text[start:end]

    def span(self, first: int, last: int) -> Span:
        """Where the page has what stands from one token to before another."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def is_handle(self, at: int) -> bool:
        """Whether a # or an @ stands right before."""
        start = self.tokens[at].start
        return self.text[max(0, start - 1) : start] in {"#", "@"}

    def is_word(self, at: int) -> bool:
        """Whether it is no sign."""
        return self.word(at) not in SIGNS

    def is_capital(self, at: int) -> bool:
        """Whether it is a word that begins with a capital."""
        return self.is_word(at) and self.shown(at, at + 1)[:1].isupper()

    def is_upper(self, at: int) -> bool:
        """Whether it is a word all in capitals."""
        return self.is_word(at) and self.shown(at, at + 1).isupper()

    def is_initial(self, at: int) -> bool:
        """A letter that stands for a name: written big, and with a full stop if it is a word."""
        word = self.word(at)
        if len(word) != 1 or not word.isalpha() or self.joint(at + 1) == "'":
            return False
        has_dot = self.tokens[at].has_dot
        return has_dot or (self.is_capital(at) and word not in self.lexicon.words.letters)

    def are_initials(self, first: int, last: int) -> bool:
        """Whether short words stand for a given name: ``J.-P.``, ``JP``, ``Ph.``."""
        for at in range(first, last):
            word = self.word(at)
            if len(word) > 1 and word in self.lexicon.no_name and not self.is_upper(at):
                return False
            if len(word) == 1 and not self.is_initial(at):
                return False
        return True

    def looks_like_name(self, at: int) -> bool:
        """Whether it has a capital and is no word that stands around names."""
        word = self.word(at)
        return len(word) > 1 and self.is_capital(at) and word not in self.lexicon.no_name

    def is_given(self, at: int, beside: int) -> bool:
        """A known given name, as big as the name it stands beside."""
        known = self.word(at) in self.lexicon.words.given
        return known and (self.is_capital(at) or not self.is_capital(beside))

    def other_given(self, at: int) -> str:
        """What looks like a given name right before a name, or nothing."""
        before = at - 1
        if self.is_initial(before) and not self.title(before):
            return self.shown(before, at)
        starts = not self.is_word(before - 1)
        if self.is_given(before, at) or (self.looks_like_name(before) and not starts):
            return self.shown(before, at)
        return ""

    def title(self, at: int) -> str:
        """The title there, folded, or nothing."""
        word = self.word(at)
        if word not in self.lexicon.titles:
            return ""
        is_plain = not self.is_capital(at) and not self.tokens[at].has_dot
        if is_plain and word in self.lexicon.words.capital_titles:
            return ""
        is_middle = len(word) == 1 and self.looks_like_name(at - 1)
        return "" if is_middle or self.joint(at + 1) == "'" else word

    def titles_before(self, at: int) -> list[str]:
        """The titles right before a name, the nearest first: ``Madame le docteur Lefevre``."""
        found: list[str] = []
        while True:
            if title := self.title(at - 1):
                found.append(title)
                at -= 1
            elif found and self.word(at - 1) in self.lexicon.words.articles and self.title(at - 2):
                at -= 1
            else:
                return found

    def shared_title(self, at: int) -> list[str]:
        """The title of several names, this one not the first: ``Drs Martin et Lefevre``."""
        links = self.lexicon.links
        if self.word(at - 1) not in links:
            return []
        for before in range(at - 1, at - 8, -1):
            if self.title(before) in self.lexicon.words.plural_titles:
                return [self.word(before)]
            if self.word(before) not in links and not self.looks_like_name(before):
                return []
        return []

    def place(self, at: int) -> str:
        """The street or the school that took a name, or nothing."""
        words = self.lexicon.words
        if self.word(at - 1) in words.streets | words.places:
            return self.word(at - 1)
        steps = 0
        while self.title(at - 1) or self.word(at - 1) in words.prepositions:
            at -= 1
            steps += 1
            if steps > LONGEST_GIVEN:
                return ""
        return self.word(at - 1) if self.word(at - 1) in words.streets else ""


def pieces_of(text: str) -> Iterator[Span]:
    """A long text cut where no name is: at the ends of sentences, or at least between words."""
    start = 0
    while len(text) - start > _LONG_TEXT:
        late = start + _PIECE
        cuts = (text.rfind(sign, late - _PIECE // 10, late) for sign in ("\n", ". ", " "))
        end = next((at + 1 for at in cuts if at >= 0), late)
        yield start, end
        start = end
    yield start, len(text)


def handles_in(text: str) -> list[str]:
    """The folded words behind a # or an @."""
    if "#" not in text and "@" not in text:
        return []
    found = (folded_words(each)[:1] for each in _HANDLE.findall(text))
    return [words[0][:LONGEST_HANDLE] for words in found if words]


_HANDLE = re.compile(r"[#@](\w{4,60})")
