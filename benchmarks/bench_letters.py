"""How many letters a second: the text, the PDF and the DOCX, by themselves."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from figures import table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.adapters.letter_examples import example  # noqa: E402
from bot.adapters.letters import LetterWriter  # noqa: E402
from bot.adapters.typesetter import Typesetter  # noqa: E402
from bot.adapters.word_writer import WordWriter  # noqa: E402
from bot.adapters.wording import JinjaWording  # noqa: E402
from bot.core.letters import LetterKind  # noqa: E402

ROUNDS = 5


def took(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Every kind of letter, five times; letters a second at the median, cold starts apart."""
    begun = time.perf_counter()
    writer, typesetter, word = LetterWriter(JinjaWording()), Typesetter(), WordWriter()
    facts = {kind: example(kind) for kind in LetterKind}
    documents = [writer.compose(kind, facts[kind]) for kind in LetterKind]
    typesetter.print(documents[0])
    word.print(documents[0])
    cold = time.perf_counter() - begun
    works: dict[str, Callable[[], object]] = {
        "text": lambda: [writer.compose(kind, facts[kind]) for kind in LetterKind],
        "PDF": lambda: [typesetter.print(each) for each in documents],
        "DOCX": lambda: [word.print(each) for each in documents],
    }
    rows = []
    for name, work in works.items():
        seconds = median(took(work) for _ in range(ROUNDS)) / len(documents)
        rows.append((name, f"{seconds * 1000:.1f} ms", f"{1 / seconds:.0f}"))
    rows.append(("first of each, from nothing", f"{cold * 1000:.0f} ms", ""))
    table("Letters, twelve kinds", ("made", "each", "a second"), rows)


if __name__ == "__main__":
    main()
