"""A hundred thousand legal dates."""

import sys
import time
from datetime import date, timedelta
from itertools import cycle, islice, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.adapters.lawbook import load_law
from bot.adapters.wording import TEMPLATES
from bot.core.deadlines import compute
from bot.core.law import Territory

COUNT = 100_000


def main() -> None:
    """Print the figure."""
    rules = load_law(TEMPLATES).rules
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(0, 4700, 3)]
    cases = list(islice(cycle(product(rules, Territory, days)), COUNT))
    start = time.perf_counter()
    for rule, territory, day in cases:
        compute(rule, day, territory)
    print(f"\n## Deadlines\n\n{COUNT:,} deadlines in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
