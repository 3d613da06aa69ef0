"""The passages of a publication: its sentences, those that hold signals first.

Any other part of it that a person quotes is found too, whatever its typography.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.harms import Harm, Reading, Signal
from bot.core.mentions import Mention
from bot.core.text import SIGNS, Span, phrase_of, sentences, tokens

LONGEST = 600
"""Characters of a passage; a sentence that has more is cut between words."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A few words of a publication, and the signals found in them."""

    quote: str
    signals: tuple[tuple[str, Signal], ...] = ()
    """Each with the words it is about."""

    @property
    def mark(self) -> str:
        """What a button carries of it: the same as long as its words are."""
        return mark(self.quote)

    @property
    def kinds(self) -> tuple[Harm, ...]:
        """What its signals may be, each once."""
        return tuple(dict.fromkeys(signal.kind for _, signal in self.signals))


def mark(quote: str) -> str:
    """What tells a passage from another, accents and typography aside."""
    return hashlib.blake2b(phrase_of(quote).encode(), digest_size=5).hexdigest()


def published_text(mention: Mention) -> str:
    """All the words that were published: a review's title is only the name of the place."""
    title = mention.title.strip()
    if mention.rating is not None or not title or title in mention.text:
        return mention.text
    return f"{title}\n{mention.text}"


def pieces(text: str) -> tuple[str, ...]:
    """The words of every passage of a text, each once."""
    return tuple({mark(text[a:b]): text[a:b] for a, b in _pieces(text)}.values())


def passages(text: str, reading: Reading) -> tuple[Passage, ...]:
    """The passages of a text, each once: those that hold signals first, in their order."""
    found: dict[str, Passage] = {}
    for start, end in _pieces(text):
        held = tuple(
            (text[each.start : each.end], each)
            for each in reading.signals
            if start <= each.start < end
        )
        passage = Passage(text[start:end], held)
        found.setdefault(passage.mark, passage)
    return tuple(sorted(found.values(), key=lambda each: not each.signals))


def find_quote(text: str, written: str) -> str:
    """The words of a text that somebody quoted, accents and typography aside; empty: not there."""
    wanted = phrase_of(written)
    held = [token for token in tokens(text) if token.word not in SIGNS]
    said = f" {' '.join(token.word for token in held)} "
    at = said.find(f" {wanted} ") if wanted else -1
    if at < 0:
        return ""
    first = said.count(" ", 0, at)
    last = first + wanted.count(" ")
    return text[held[first].start : held[last].end]


def _pieces(text: str) -> Iterable[Span]:
    """The sentences, and the parts of those that are too long."""
    for start, end in sentences(text):
        while end - start > LONGEST:
            cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
            cut = cut if cut > 0 else start + LONGEST
            yield start, cut
            start = cut + (text[cut] == " ")  # noqa: PLW2901 - what is left of the sentence
        yield start, end
