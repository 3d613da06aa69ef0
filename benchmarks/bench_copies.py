"""Joining near copies: how well, and how fast with 100,000 mentions in the window."""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import table

from tests.planted import Planted, Query, planted

MENTIONS = 100_000
PEOPLE = 2_000
QUERIES = 3_000


def measured(
    queries: list[Query], nearest: Callable[[Query], int | None]
) -> tuple[float, float, float, float]:
    """Precision, recall, median and mean microseconds."""
    right = wrong = missed = 0
    times = []
    for query in queries:
        start = time.perf_counter()
        found = nearest(query)
        times.append((time.perf_counter() - start) * 1e6)
        right += found is not None and found == query.copy_of
        wrong += found is not None and found != query.copy_of
        missed += found is None and query.copy_of is not None
    return (
        right / max(1, right + wrong),
        right / max(1, right + missed),
        statistics.median(times),
        statistics.mean(times),
    )


def same_title(truth: Planted) -> Callable[[Query], int | None]:
    """What most readers do: the same title, letter for letter."""
    known = {
        (person, title): number
        for person, stories in truth.stories.items()
        for number, title, _ in stories
    }
    return lambda query: known.get((query.person, query.title))


def main() -> None:
    """Print the table."""
    tracemalloc.start()
    truth = planted(people=PEOPLE, mentions=MENTIONS, queries=QUERIES, seed=2)
    with_texts, _ = tracemalloc.get_traced_memory()
    for window in truth.windows.values():
        window.__init__(())  # type: ignore[misc]  # to know what the windows weigh
    weight = (with_texts - tracemalloc.get_traced_memory()[0]) / 1e6
    tracemalloc.stop()
    truth = planted(people=PEOPLE, mentions=MENTIONS, queries=QUERIES, seed=2)
    ours = measured(
        truth.queries, lambda each: truth.windows[each.person].nearest(each.title, each.text)
    )
    peer = measured(truth.queries, same_title(truth))
    most = max(map(len, truth.stories.values()))
    table(
        f"Near copies: {QUERIES:,} queries, {MENTIONS:,} mentions of {PEOPLE:,} people (the most "
        f"talked of: {most:,}); the windows weigh {weight:.0f} MB",
        ("what", "precision", "recall", "µs median", "µs mean"),
        [
            ("`Window.nearest`", *_row(ours)),
            ("same person, same title", *_row(peer)),
        ],
    )


def _row(figures: tuple[float, float, float, float]) -> tuple[str, ...]:
    precision, recall, median, mean = figures
    return f"{precision:.4f}", f"{recall:.4f}", f"{median:.0f}", f"{mean:.0f}"


if __name__ == "__main__":
    main()
