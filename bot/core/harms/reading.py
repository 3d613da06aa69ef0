"""A text as the reader of harms sees it: sentences of folded words, with the pauses in them.

Words and places are those of the guard of secrecy (``core.secrecy.reading``); sentences end at
full stops and the like only, so that a quotation stays with the words that introduce it.
"""

from dataclasses import dataclass

from bot.core.secrecy.reading import Lexicon, Sentence, Word, seen_text
from bot.core.text import BREAK, COMMA, Token, tokens

_ENDS = frozenset(".!?\u2026\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, and the words of it that a pause comes before."""

    sentence: Sentence
    pauses: frozenset[int]


def read_parts(written: str, lexicon: Lexicon) -> tuple[Part, ...]:
    """The sentences of a text, places in the original."""
    text, places = seen_text(written)
    parts: list[Part] = []
    held: list[Token] = []
    paused: set[int] = set()
    for token in [*tokens(text), Token(BREAK, len(text), len(text))]:
        if token.word == BREAK and _ends(text, token):
            if held:
                parts.append(_part(lexicon, held, paused, places))
            held, paused = [], set()
        elif token.word in {BREAK, COMMA}:
            paused.add(len(held))
        elif token.word.isalnum():
            held.append(token)
    return tuple(parts)


def _ends(text: str, token: Token) -> bool:
    return token.start >= len(text) or text[token.start] in _ENDS


def _part(lexicon: Lexicon, held: list[Token], paused: set[int], places: list[int]) -> Part:
    found = [
        (lexicon.full(each.word), places[each.start], places[each.end - 1] + 1) for each in held
    ]
    at_pause = {found[place][1] for place in paused if place < len(found)}
    words = tuple(
        Word(word, lexicon.names(word), start, end) for word, start, end in lexicon.joined(found)
    )
    names = frozenset[str]().union(*(word.names for word in words))
    pauses = frozenset(place for place, word in enumerate(words) if word.start in at_pause)
    sentence = Sentence(words, words[0].start, words[-1].end, names)
    return Part(sentence, pauses)
