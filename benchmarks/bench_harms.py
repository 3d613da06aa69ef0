"""The reader of harms: what it finds and what it alarms for nothing, by kind; and its speed.

``harms_1`` to ``harms_6`` and ``harms_own`` were worked with and learned from; ``harms_apart*``
were written by other hands and never looked at: their figures alone say what to expect. A kind is
found when it is proposed.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.adapters.lawbook import load_harms  # noqa: E402
from bot.core.harms import Harm, HarmReader, LicitKind, OutletKind, Reading  # noqa: E402

_LICIT = frozenset(kind.value for kind in LicitKind)


@dataclass
class Tally:
    """How many there were, found, and told for nothing."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, *, is_so: bool, is_told: bool) -> None:
        """Count one answer."""
        self.wanted[name] += is_so
        self.found[name] += is_so and is_told
        self.wrong[name] += is_told and not is_so


def measure(reader: HarmReader, path: Path) -> None:
    """Print the figures of one file."""
    tally, size = Tally(), 0
    for line in path.read_text("utf-8").splitlines():
        told = json.loads(line)
        reading = reader.read(told["text"], OutletKind(told["source_kind"]), told["rating"])
        size += 1
        _count(tally, told, reading)
    print(f"\n{path.name}: {size} texts")
    for name in ("illicit", "urgent"):
        wanted, others = tally.wanted[name], size - tally.wanted[name]
        print(
            f"  {name:8} found {tally.found[name]}/{wanted} = {tally.found[name] / wanted:.3f}; "
            f"false alarms {tally.wrong[name]}/{others} = {tally.wrong[name] / others:.3f}"
        )
    print(
        f"  the right clock for {tally.found['clock'] / size:.3f}; licit kind right for "
        f"{tally.found['licit kind'] / max(tally.wanted['licit kind'], 1):.3f}"
    )
    for harm in Harm:
        if tally.wanted[harm] or tally.wrong[harm]:
            print(
                f"  {harm.value:3} found {tally.found[harm]:3}/{tally.wanted[harm]:3}, "
                f"proposed besides {tally.wrong[harm]}"
            )


def _count(tally: Tally, told: dict[str, Any], reading: Reading) -> None:
    is_illicit = told["licit"] != "licite"
    tally.add("illicit", is_so=is_illicit, is_told=reading.is_illicit_possible)
    tally.add("urgent", is_so=told["urgent"], is_told=reading.is_urgent)
    rule = reading.deadline_rule or "none"
    tally.add("clock", is_so=True, is_told=rule == told["deadline_rule"])
    if not is_illicit:
        tally.add("licit kind", is_so=True, is_told=reading.licit_kind.value in told["kinds"])
    for harm in Harm:
        tally.add(harm, is_so=harm.value in told["kinds"], is_told=harm in reading.kinds)


def speed(reader: HarmReader, texts: Sequence[str]) -> None:
    """Print how long a thousand texts take."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        for text in texts:
            reader.read(text)
        times.append(time.perf_counter() - begun)
    length = sum(map(len, texts)) / len(texts)
    print(f"\n{len(texts):,} texts of {length:.0f} characters: {median(times):.2f} s (of 3)")


def main() -> None:
    """Measure the files given, or every file of labelled texts and the speed."""
    begun = time.perf_counter()
    reader = load_harms(ROOT / "templates")
    print(f"loaded in {time.perf_counter() - begun:.2f} s")
    given = [Path(each) for each in sys.argv[1:]]
    known = sorted((ROOT / "tests" / "vectors").glob("harms_*.jsonl"))
    for path in given or known:
        measure(reader, path)
    if not given:
        lines = [line for path in known for line in path.read_text("utf-8").splitlines()]
        speed(reader, [json.loads(line)["text"] for line in lines[:1000]])


if __name__ == "__main__":
    main()
