"""The guard of secrecy: what it finds and what it flags for nothing, by rule; and its speed.

``replies_apart.jsonl`` alone says what the guard is worth on replies it never saw: nobody who
works on it looks at what is in there. The others were learned from, and are all but known by
heart (``train_guard.py`` estimates from them, hand by hand). Recall: flagged replies found, under
any rule, then under each rule that is theirs.
False alarms: accepted replies flagged, and by which rules.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.adapters.lawbook import load_guard  # noqa: E402
from bot.core.secrecy import Guard, RuleCode  # noqa: E402

APART = "replies_apart.jsonl"


def measure(guard: Guard, path: Path) -> None:
    """Print the figures of one file."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    flagged, caught, accepted, alarmed = 0, 0, 0, 0
    for line in path.read_text("utf-8").splitlines():
        case = json.loads(line)
        got = {each.rule.value for each in guard.check(case["text"], case["profession"]).findings}
        if case["verdict"] == "accept":
            accepted += 1
            alarmed += bool(got)
            wrong.update(got)
            continue
        flagged += 1
        caught += bool(got)
        wanted.update(case["rules"])
        found.update(got & set(case["rules"]))
    print(f"\n{path.name}")
    print(f"  recall {caught}/{flagged} = {caught / (flagged or 1):.3f}", end="; ")
    print(f"false alarms {alarmed}/{accepted} = {alarmed / (accepted or 1):.3f}")
    for rule in RuleCode:
        if wanted[rule.value] or wrong[rule.value]:
            part, whole = found[rule.value], wanted[rule.value]
            print(
                f"  {rule.value:4} found {part:3}/{whole:3} = {part / (whole or 1):.2f}"
                f", false alarms {wrong[rule.value]}"
            )


def speed(guard: Guard, replies: list[str]) -> None:
    """Print how long a thousand replies of several sentences take."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        for reply in replies:
            guard.check(reply)
        times.append(time.process_time() - begun)
    length = sum(map(len, replies)) / len(replies)
    print(f"\n{len(replies):,} replies of {length:.0f} characters: {median(times):.2f} s (of 5)")


def main() -> None:
    """Measure every file of labelled replies, then the speed."""
    guard = load_guard(ROOT / "templates")
    texts: list[str] = []
    vectors = ROOT / "tests" / "vectors"
    for path in [
        vectors / APART,
        *sorted(set(vectors.glob("replies*.jsonl")) - {vectors / APART}),
    ]:
        if path.name == APART and "--known" in sys.argv:
            continue
        measure(guard, path)
        texts += [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
    paired = [f"{one} {other}" for one, other in zip(texts, reversed(texts), strict=True)]
    speed(guard, (paired * (1000 // len(paired) + 1))[:1000])


if __name__ == "__main__":
    main()
