"""Draws the state machine of remedies from its tables, into docs/remedies.md."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.adapters.wording import JinjaWording  # noqa: E402
from bot.core.law import RuleId  # noqa: E402
from bot.core.remedies import (  # noqa: E402
    ENDED,
    FAMILIES,
    REMEDIES,
    STEPS,
    RemedyKind,
    RemedyState,
    Rules,
)
from bot.core.remedies import Path as Way  # noqa: E402

WORDING = JinjaWording()
HEAD = """# Remedies: the state machine

Drawn from `bot/core/remedies.py` by `make remedies`; a test holds both together. Each remedy of a
case moves by itself, several side by side. Who may take a step: whoever works on cases (a holder,
a partner, a locum, a secretary); counsel reads. Nothing leaves (sent, posted, entrusted) before
something was kept of the publication, except where the table says so. Sending a notice asks
whether it is sincere. Only what reaches a judge interrupts the press law's three months.
"""


def draw() -> str:
    """The page: a diagram a path, then a row a remedy."""
    return "\n".join([HEAD, *map(_diagram, Way), _table()]) + "\n"


def _diagram(path: Way) -> str:
    lines = [f"## {path.value.capitalize()}", "", "```mermaid", "stateDiagram-v2"]
    lines.append(f"    [*] --> {RemedyState.TO_DO.value}")
    reached = {RemedyState.TO_DO}
    for (way, state, step), following in STEPS.items():
        if way is path:
            lines.append(f"    {state.value} --> {following.value}: {step.value}")
            reached.add(following)
    ends = [state for state in RemedyState if state in ENDED & reached]
    lines += [f"    {state.value} --> [*]" for state in ends]
    taken = [f"`{kind.value}`" for kind in RemedyKind if REMEDIES[kind].path is path]
    return "\n".join([*lines, "```", "", f"Taken by {', '.join(taken)}.", ""])


def _table() -> str:
    head = (
        "## Remedies\n\n| remedy | path | letter | their clock | our clocks: stopped; started |"
        " kept first | then |\n|---|---|---|---|---|---|---|"
    )
    kinds = [kind for family in FAMILIES.values() for kind in family]
    return "\n".join([head, *(_row(kind, REMEDIES[kind]) for kind in kinds)])


def _row(kind: RemedyKind, rules: Rules) -> str:
    name = WORDING.label("remedy", kind.value)
    theirs = [each for each in (rules.awaits, rules.awaits_extended) if each]
    started = {
        "from publication": rules.from_publication,
        "after their silence": rules.after_silence,
        "after a refusal": rules.after_refusal,
        "each act": RuleId.PRESS_NEXT_ACT_3M if rules.reaches_a_judge else None,
    }
    ours = [f"{rule.value} {when}" for when, rule in started.items() if rule]
    at = " at receipt" if rules.must_be_received else ""
    stops = [f"stops {rule.value}{at}" for rule in rules.stops]
    then = [
        f"{state.value}: {', '.join(each.value for each in following)}"
        for state, following in rules.then.items()
    ]
    cells = (
        f"`{kind.value}` {name}",
        rules.path.value,
        rules.letter.value if rules.letter else "",
        "; ".join(rule.value for rule in theirs),
        "; ".join([*stops, *ours]),
        "yes" if rules.needs_evidence else "",
        "; ".join(then),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    (ROOT / "docs" / "remedies.md").write_text(draw(), encoding="utf-8")
