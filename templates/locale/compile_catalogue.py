"""Compiles ``vigie.po`` into the ``vigie.mo`` that gettext reads; run it after a change.

Only what this catalogue uses is understood: messages, plurals and lines that follow one another.
"""
# ruff: noqa: INP001 - a script beside what it compiles

import ast
import struct
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parent / "fr" / "LC_MESSAGES" / "vigie.po"


def parse(text: str) -> dict[str, str]:
    """The messages of a catalogue, plurals joined by NUL as in the compiled form."""
    messages: dict[str, str] = {}
    entry: dict[str, str] = {}
    field = ""
    for line in [*text.splitlines(), 'msgid ""']:
        if not line or line.startswith("#"):
            continue
        if not line.startswith('"'):
            field = line.partition(" ")[0]
            if field == "msgid" and entry:
                _keep(messages, entry)
                entry = {}
            entry[field] = ""
        entry[field] += ast.literal_eval(line.removeprefix(field).strip())
    return messages


def _keep(messages: dict[str, str], entry: dict[str, str]) -> None:
    source = [entry[name] for name in ("msgid", "msgid_plural") if name in entry]
    forms = [entry[name] for name in sorted(entry) if name.startswith("msgstr")]
    messages["\0".join(source)] = "\0".join(forms)


def compiled(messages: dict[str, str]) -> bytes:
    """The binary form, in the order gettext wants (GNU gettext manual, "MO Files")."""
    pairs = [(key.encode(), messages[key].encode()) for key in sorted(messages)]
    header = 28
    keys_at, values_at = header, header + 8 * len(pairs)
    place = values_at + 8 * len(pairs)
    tables, body = [], b""
    for column in zip(*pairs, strict=True):
        for text in column:
            tables.append(struct.pack("<II", len(text), place + len(body)))
            body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), keys_at, values_at, 0, 0)
    return head + b"".join(tables) + body


if __name__ == "__main__":
    source = CATALOGUE.read_text(encoding="utf-8")
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(parse(source)))
