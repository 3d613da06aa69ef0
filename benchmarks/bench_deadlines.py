"""A hundred thousand legal dates, beside the same months and days without the law."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import islice, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import holidays
from dateutil.relativedelta import relativedelta
from figures import table

from bot.adapters.lawbook import load_law
from bot.adapters.wording import TEMPLATES
from bot.core.deadlines import compute
from bot.core.law import Rule, Territory

COUNT = 100_000
RUNS = 3
Case = tuple[date, Rule, Territory]


def ours(cases: Sequence[Case]) -> None:
    """Every date, with its reasons."""
    for day, rule, territory in cases:
        compute(rule, day, territory)


def naive(closed: holidays.HolidayBase, cases: Sequence[Case]) -> None:
    """Add the months and days, then walk to an open day: wrong in law, but a yardstick."""
    for day, rule, _ in cases:
        limit = rule.time_limit
        end = day + relativedelta(months=limit.months, days=limit.days + limit.business_days)
        while end.weekday() > 4 or end in closed:
            end += timedelta(days=1)


def seconds(work: Callable[[Sequence[Case]], None], cases: Sequence[Case]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work(cases)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    rules = load_law(TEMPLATES).rules
    days = (date(2020, 1, 1) + timedelta(days=13 * number) for number in range(400))
    cases = list(islice(product(days, rules, Territory), COUNT))
    assert len(cases) == COUNT
    peer = partial(naive, holidays.country_holidays("FR"))
    cold = seconds(ours, cases)
    warm = statistics.median(seconds(ours, cases) for _ in range(RUNS))
    seconds(peer, cases)
    beside = statistics.median(seconds(peer, cases) for _ in range(RUNS))
    years = f"{cases[0][0].year}-{cases[-1][0].year}"
    table(
        f"Deadlines: {COUNT:,} different ones ({len(rules)} rules, {len(Territory)} territories, "
        f"{years}; medians of {RUNS})",
        ("what", "seconds", "µs each", "ratio"),
        [
            ("`compute`, holidays not known yet (one run)", *_row(cold, beside)),
            ("`compute`", *_row(warm, beside)),
            ("dateutil + holidays, one territory, no reasons", *_row(beside, beside)),
        ],
    )


def _row(took: float, beside: float) -> tuple[str, str, str]:
    return f"{took:.2f}", f"{took / COUNT * 1e6:.1f}", f"x{took / beside:.2f}"


if __name__ == "__main__":
    main()
