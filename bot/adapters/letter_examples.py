"""Made-up facts for every kind of letter, in ``templates/letters/examples.toml``."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter

from bot.adapters.wording import TEMPLATES
from bot.core.letters import Facts, LetterKind

_FACTS = TypeAdapter(Facts)


def example(kind: LetterKind, folder: Path = TEMPLATES) -> Facts:
    """Complete facts for a letter of that kind."""
    told = tomllib.loads((folder / "letters" / "examples.toml").read_text("utf-8"))
    return _FACTS.validate_python(told["common"] | told.get(kind, {}))
