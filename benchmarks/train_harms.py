"""Learns the weights of the reader of harms from labelled texts: needs scikit-learn.

``python benchmarks/train_harms.py`` writes the weights; ``--cross`` only learns from all
authors but one and measures on that one, in turn, which is how the thresholds are chosen.
"""

import gzip
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import diags
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.adapters.lawbook import load_harm_words  # noqa: E402
from bot.core.harms import Harm, HarmReader, LicitKind, OutletKind  # noqa: E402
from bot.core.harms.reader import ILLICIT, URGENT, signs_of  # noqa: E402
from bot.core.leaning import Label, Leaning, features, write_leaning  # noqa: E402

VECTORS = ROOT / "tests" / "vectors"
HOME = ROOT / "templates" / "watchwords"
AUTHORS = ("harms_1", "harms_2", "harms_3", "harms_4", "harms_5", "harms_6", "harms_own")
_READ_BY_US = frozenset(("harms_1", "harms_2", "harms_3", "harms_own"))
"""Whose texts had been read when the watch-words were written."""
SIGN = "\u00a7"
"""Before a sign, in the learner only: signs and words are written in two files."""
_LEAST_TEXTS = 2
_LEAST_WEIGHT = 0.03
_LEAST_WEIGHT_OF_KINDS = 0.12
_SIGN = 0.5
_FORGOTTEN = 0.8
"""Watch-words were written by who had read the texts: while learning, most of what they find is
forgotten at random, or they would be believed more than they deserve of a text never read."""
_LEAST_LABELLED = 30
"""A kind seen less often is left to watch-words."""
_STRENGTH = {ILLICIT: 3.0, URGENT: 3.0}
_STRENGTH_OF_KINDS = 0.3
_HALF_SEEN = 0.01
"""Added to what each side says, so that what one side never says has a ratio."""
_MISSED = {ILLICIT: 0.045, URGENT: 0.012}
"""The share of harms that the threshold may miss, across authors."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text, and what is weighed in it."""

    labels: frozenset[str]
    weighed: dict[str, float]
    thinned: dict[str, float]
    """The same with most watch-words forgotten."""


def read(author: str, reader: HarmReader) -> list[Example]:
    """The labelled texts of an author."""
    lines = (VECTORS / f"{author}.jsonl").read_text("utf-8").splitlines()
    forgotten = _FORGOTTEN if author in _READ_BY_US else 0.0
    return [example(json.loads(line), reader, forgotten) for line in lines]


def example(told: dict[str, Any], reader: HarmReader, forgotten: float) -> Example:
    """A text as it is weighed: its words over the root of their number, its signs whole."""
    source_kind = OutletKind(told["source_kind"])
    look = reader.look(told["text"], source_kind, told["rating"])
    share = 1 / math.sqrt(max(len(look.heard), 1))
    counts = Counter(feature for feature, *_ in features(look.heard))
    words = {feature: count * share for feature, count in counts.items()}
    chance = random.Random(told["text"])  # noqa: S311 - the same at every run
    kept = [hit for hit in look.hits if chance.random() >= forgotten]
    given = look.signs[0].lists
    fewer = (*(name for name in given if not name.startswith("!")), *signs_of(kept, source_kind))
    weighed = words | {SIGN + name: _SIGN for name in given}
    thinned = words | {SIGN + name: _SIGN for name in fewer}
    labels = set(told["kinds"])
    labels |= {ILLICIT} if told["licit"] != "licite" else set()
    labels |= {URGENT} if told["urgent"] else set()
    return Example(frozenset(labels), weighed, thinned)


class Table:
    """What is weighed in labelled texts, as a matrix: made once, learned from many times."""

    def __init__(self, examples: Sequence[Example]) -> None:
        vectorizer = DictVectorizer()
        rows = vectorizer.fit_transform([each.thinned for each in examples]).tocsc()
        often = np.flatnonzero(np.diff(rows.indptr) >= _LEAST_TEXTS)
        self.rows = rows[:, often].tocsr()
        self.names = vectorizer.get_feature_names_out()[often]


def learn(examples: Sequence[Example], name: str, table: Table) -> tuple[dict[str, float], float]:
    """The weights of a label, and where its sum begins."""
    rows = table.rows
    wanted = np.array([name in each.labels for each in examples])
    ratios = _ratios(rows, wanted) if name in _STRENGTH else np.ones(rows.shape[1])
    rows = rows @ diags(ratios)
    least = _LEAST_WEIGHT if name in _STRENGTH else _LEAST_WEIGHT_OF_KINDS
    strength = _STRENGTH.get(name, _STRENGTH_OF_KINDS)
    model = LogisticRegression(
        C=strength, class_weight="balanced", max_iter=400, solver="liblinear"
    )
    model.fit(rows, wanted)
    learned = model.coef_[0] * ratios
    kept = np.flatnonzero(np.abs(learned) >= least)
    weights = dict(zip(table.names[kept], learned[kept].tolist(), strict=True))
    return weights, float(model.intercept_[0])


def _ratios(rows: Any, wanted: Any) -> Any:
    """How much more one side says each feature than the other, whichever side.

    What both say alike then costs more to believe: Wang and Manning, 2012, "Baselines and
    bigrams".
    """
    for_it, against = (
        np.asarray(rows[side].sum(0)).ravel() + _HALF_SEEN for side in (wanted, ~wanted)
    )
    return np.abs(np.log((for_it / for_it.sum()) / (against / against.sum())))


def score(each: Example, weights: dict[str, float], start: float) -> float:
    """What a text leans, as the reader would say."""
    return start + sum(
        value * weights.get(feature, 0.0) for feature, value in each.weighed.items()
    )


def across(
    authors: Sequence[list[Example]], name: str, tables: Sequence[Table]
) -> list[list[tuple[bool, float]]]:
    """Whether each text has the label, and how far those who did not read its author think so."""
    told: list[list[tuple[bool, float]]] = []
    for left, mine in enumerate(authors):
        others = [each for place, texts in enumerate(authors) if place != left for each in texts]
        weights, start = learn(others, name, tables[left])
        told.append([(name in each.labels, score(each, weights, start)) for each in mine])
    return told


def threshold(told: Iterable[tuple[bool, float]], missed: float) -> float:
    """The score that misses that share of what has the label."""
    scores = sorted(score for is_so, score in told if is_so)
    return scores[int(missed * len(scores))] - 1e-6


def main() -> None:
    """Learn every label, and write the two files."""
    reader = HarmReader(load_harm_words(ROOT / "templates"), Leaning([]), Leaning([]))
    authors = [read(author, reader) for author in AUTHORS]
    everything = [each for texts in authors for each in texts]
    count = Counter(label for each in everything for label in each.labels)
    kinds = [kind.value for kind in (*Harm, *LicitKind) if count[kind.value] >= _LEAST_LABELLED]
    names = [ILLICIT, URGENT] if "--cross" in sys.argv else [ILLICIT, URGENT, *kinds]
    everyone = Table(everything)
    tables = [
        Table([each for texts in authors if texts is not left for each in texts])
        for left in authors
    ]
    by_words, by_signs = [], []
    for name in names:
        cut = 0.0
        if name in _MISSED:
            told = across(authors, name, tables)
            cut = threshold([each for texts in told for each in texts], _MISSED[name])
            report(name, told, cut)
        weights, start = learn(everything, name, everyone)
        words = {each: weight for each, weight in weights.items() if not each.startswith(SIGN)}
        signs = {
            each.removeprefix(SIGN): weight * _SIGN
            for each, weight in weights.items()
            if each.startswith(SIGN)
        }
        by_words.append(Label(name, start, 0.0, words))
        by_signs.append(Label(name, -cut, 0.0, signs))
    if "--cross" not in sys.argv:
        written = write_leaning(by_words).encode()
        (HOME / "harms_words.tsv.gz").write_bytes(gzip.compress(written, mtime=0))
        (HOME / "harms_signs.tsv").write_text(write_leaning(by_signs), "utf-8")


def report(name: str, told: Sequence[list[tuple[bool, float]]], cut: float) -> None:
    """What the threshold finds, and what it alarms for nothing, author by author."""
    print(f"{name}: threshold {cut:.2f}")
    for author, mine in zip(AUTHORS, told, strict=True):
        found = [score > cut for is_so, score in mine if is_so]
        wrong = [score > cut for is_so, score in mine if not is_so]
        print(
            f"  {author}: found {sum(found)}/{len(found)}, for nothing {sum(wrong)}/{len(wrong)}"
        )


if __name__ == "__main__":
    main()
