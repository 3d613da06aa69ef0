"""Learn the weights of the guard's learned reading from the labelled replies of ``tests/vectors``.

Writes ``templates/watchwords/secrecy.tsv``, the same from the same files. Before, says what a
model learned from all hands but one makes of the replies of that one: the honest estimate, from
which the thresholds are chosen. ``replies_apart.jsonl`` is never read here.

    make train-guard
"""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.adapters.lawbook import load_guard  # noqa: E402
from bot.core.leaning import Heard, Label, features, write_leaning  # noqa: E402
from bot.core.secrecy import RuleCode  # noqa: E402
from bot.core.secrecy.learned import BREACH  # noqa: E402

VECTORS = ROOT / "tests" / "vectors"
WRITTEN = ROOT / "templates" / "watchwords" / "secrecy.tsv"
HANDS = ("replies_1", "replies_2", "replies_3", "replies_4", "replies_5")
"""Each by another hand: what is learned from some is tried on another."""
ALWAYS = ("replies", "replies_6", "replies_dossier")
"""By the hand that works on the guard: learned from, never an estimate."""
MUST_PASS = 8.0
"""How much more a sentence of the templates counts: it must be let pass."""
KEPT = 40_000
KEPT_A_RULE = 1_200
SOFTNESS = 0.004
RULE_SOFTNESS = 0.02
DOUBT, THRESHOLD = -0.08, -0.03
RULE_THRESHOLD = -0.2
"""Chosen on the estimate and moved twice after an exam: docs/adr/0016-the-guard-of-secrecy.md."""


@dataclass(frozen=True)
class Sample:
    """A sentence, whether it is a breach, of which rules, and where it comes from."""

    said: tuple[Heard, ...]
    is_breach: bool
    rules: frozenset[str]
    home: tuple[str, int]
    has_phrase: bool
    weight: float = 1.0


GUARD = load_guard(ROOT / "templates")


def samples(name: str) -> list[Sample]:
    """The sentences of a file of replies; those of a flagged one that hold nothing bad pass."""
    found: list[Sample] = []
    for number, line in enumerate((VECTORS / f"{name}.jsonl").read_text("utf-8").splitlines()):
        case = json.loads(line)
        heard = GUARD.heard(case["text"])
        bad = case.get("bad") or ([case["text"]] if len(heard) == 1 else [])
        if case["verdict"] == "flag" and not bad:
            continue
        for said, span, has_phrase in heard:
            is_breach = case["verdict"] == "flag" and any(
                _overlap(case["text"], each, span) for each in bad
            )
            rules = frozenset(case["rules"]) if is_breach else frozenset[str]()
            weight = 4.0 if name == "replies_dossier" else 1.0
            found.append(Sample(said, is_breach, rules, (name, number), has_phrase, weight))
    return found


def _overlap(text: str, bad: str, span: tuple[int, int]) -> bool:
    start = text.find(bad)
    common = min(span[1], start + len(bad)) - max(span[0], start)
    return start >= 0 and common >= min(4, len(bad))


def public_words() -> list[Sample]:
    """The sentences of the templates and the rewritings: all are to be let pass."""
    rules = GUARD.rewritings
    written = [*rules]
    for path in sorted((ROOT / "templates" / "replies").glob("*.j2")):
        bare = re.sub(r"\{[#%].*?[#%]\}", "\n", path.read_text("utf-8"), flags=re.DOTALL)
        written += [
            line for line in re.sub(r"\{\{.*?\}\}", "x", bare).splitlines() if line.strip()
        ]
    return [
        Sample(
            said,
            is_breach=False,
            rules=frozenset(),
            home=("templates", 0),
            has_phrase=False,
            weight=MUST_PASS,
        )
        for text in written
        for said, *_ in GUARD.heard(text)
    ]


@dataclass
class Model:
    """A linear model over features: their places, how much each counts, and the weights."""

    places: dict[str, int]
    weights: np.ndarray
    start: float

    def score(self, data: Sequence[Sample]) -> np.ndarray:
        """How far each sentence leans."""
        return np.asarray(_matrix(data, self.places) @ self.weights) + self.start


SEEN: dict[tuple[Heard, ...], list[str]] = {}


def _features(said: tuple[Heard, ...]) -> list[str]:
    known = SEEN.get(said)
    if known is None:
        known = SEEN[said] = sorted(feature for feature, *_ in features(said))
    return known


def _matrix(data: Sequence[Sample], places: dict[str, int]) -> csr_matrix:
    ends, columns, values = [0], [], []
    for sample in data:
        found = [places[each] for each in _features(sample.said) if each in places]
        columns += found
        values += [1 / math.sqrt(len(sample.said))] * len(found)
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(data), len(places)))


def _rarity(feature: str, count: int, whole: int) -> float:
    """How much a feature counts: rare ones more, letters less than words, lists more."""
    rare = math.log((whole + 1) / (count + 1)) ** 1.15
    if feature[0] == "*":
        return rare * 0.7
    is_list = feature[0] in "{[#" and not any(sign in feature for sign in "_+&")
    return rare * 1.5 if is_list else rare


def learn(
    data: Sequence[Sample], wanted: Sequence[bool], softness: float, kept: int, least: int = 2
) -> Model:
    """A model: rare features count more; learned twice, the second time on those that matter."""
    counts = Counter(each for sample in data for each in set(_features(sample.said)))
    places = {each: at for at, each in enumerate(sorted(counts)) if counts[each] >= least}
    places = {each: at for at, each in enumerate(sorted(places))}
    heavy = [each.weight for each in data]
    for _ in range(2):
        rarity = np.array([_rarity(each, counts[each], len(data)) for each in places])
        fitted = LinearSVC(C=softness, random_state=0, max_iter=5000)
        fitted.fit(_matrix(data, places).multiply(rarity).tocsr(), wanted, heavy)
        weights = fitted.coef_[0] * rarity
        if len(places) <= kept:
            break
        force = np.abs(weights) * np.sqrt([counts[each] for each in places])
        best = np.sort(np.argsort(-force, kind="stable")[:kept])
        names = list(places)
        places = {names[index]: at for at, index in enumerate(best)}
    return Model(places, weights, float(fitted.intercept_[0]))


def estimate(homes: dict[str, list[Sample]], always: list[Sample]) -> None:
    """Print what models that have not seen a hand make of it, for several thresholds."""
    judged: list[tuple[bool, list[tuple[float, bool]]]] = []
    for name in HANDS:
        rest = [each for other in HANDS if other != name for each in homes[other]] + always
        model = learn(rest, [each.is_breach for each in rest], SOFTNESS, KEPT)
        replies: dict[int, list[tuple[float, bool]]] = {}
        flags: dict[int, bool] = {}
        for sample, score in zip(homes[name], model.score(homes[name]), strict=True):
            number = sample.home[1]
            replies.setdefault(number, []).append((float(score), sample.has_phrase))
            flags[number] = flags.get(number, False) or sample.is_breach
        mine = [(flags[number], scores) for number, scores in replies.items()]
        print(name, _told(mine, DOUBT, THRESHOLD))
        judged += mine
    for threshold in (-0.2, -0.15, -0.1, -0.05, THRESHOLD, 0.0, 0.1):
        told = [
            _told(judged, doubt, threshold)
            for doubt in (threshold - 0.2, threshold - 0.1, threshold - 0.05, threshold)
        ]
        print(f"over {threshold}:", "; ".join(told))


def _told(
    judged: Iterable[tuple[bool, list[tuple[float, bool]]]], doubt: float, over: float
) -> str:
    found, flags, alarms, accepts = 0, 0, 0, 0
    for is_breach, scores in judged:
        is_flagged = any(each > over or (phrase and each > doubt) for each, phrase in scores)
        flags += is_breach
        accepts += not is_breach
        found += is_breach and is_flagged
        alarms += is_flagged and not is_breach
    return f"{doubt:.2f}: {found / flags:.3f}/{alarms / accepts:.3f}"


def main() -> None:
    """Estimate, then learn from all and write the weights."""
    homes = {name: samples(name) for name in HANDS}
    always = [each for name in ALWAYS for each in samples(name)] + public_words()
    if "--quick" not in sys.argv:
        estimate(homes, always)
    data = [each for name in HANDS for each in homes[name]] + always
    breach = learn(data, [each.is_breach for each in data], SOFTNESS, KEPT)
    labels = [_label(BREACH, breach, THRESHOLD, DOUBT)]
    breaches = [each for each in data if each.is_breach]
    for rule in RuleCode:
        wanted = [rule.value in each.rules for each in breaches]
        if sum(wanted) >= MUST_PASS and rule is not RuleCode.TOO_LONG:
            model = learn(breaches, wanted, RULE_SOFTNESS, KEPT_A_RULE)
            labels.append(_label(rule.value, model, RULE_THRESHOLD, math.inf))
    if "--estimate" in sys.argv:
        return
    WRITTEN.write_text(write_leaning(labels), "utf-8")
    print(f"{WRITTEN.name}: {WRITTEN.stat().st_size / 1000:.0f} kB")


def _label(name: str, model: Model, threshold: float, doubt: float) -> Label:
    weights = dict(zip(model.places, map(float, model.weights), strict=True))
    return Label(name, model.start, threshold, weights, doubt)


if __name__ == "__main__":
    main()
