"""What the law gives against each kind of harm, as data: who may act, how, how fast.

Written in ``templates/law/harms.toml``, which a lawyer can review alone; this module owns its
shape.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.core.harms import Harm
from bot.core.law import Confidence
from bot.core.remedies import RemedyKind
from bot.core.tables import Table
from bot.core.text import words


@dataclass(frozen=True, slots=True)
class Fit:
    """A remedy that fits a harm, and why."""

    kind: RemedyKind
    why: str
    confidence: Confidence = Confidence.SOURCED


@dataclass(frozen=True, slots=True)
class HarmLaw:
    """One kind of harm: who may act, and how, the best first."""

    harm: Harm
    who: str
    fits: tuple[Fit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentStep:
    """Something to do, or not to do, within the hour."""

    id: str
    says: str
    """May name ``{order}``: the Order of the profession."""
    harms: frozenset[Harm]
    remedy: RemedyKind | None
    """What it is taken up as, if it is."""
    confidence: Confidence
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmPack:
    """Everything about harms that a lawyer reviews, as it stood when someone last checked it."""

    checked_on: date
    laws: Mapping[Harm, HarmLaw]
    steps: tuple[UrgentStep, ...]
    any_order: str
    """What the Order of a profession is called that is in no list."""
    named_order: str
    """The same for one that is: holds ``{order}``."""
    orders: tuple[tuple[tuple[str, ...], str], ...] = ()
    """How the words of a profession may begin, and its Order."""

    def fitting(self, harms: Iterable[Harm]) -> tuple[Fit, ...]:
        """The remedies that fit what was held, each once with its first reason, the best first.

        The gravest harm speaks first; the others then add theirs.
        """
        fits: dict[RemedyKind, Fit] = {}
        for harm in sorted(harms, key=list(self.laws).index):
            for each in self.laws[harm].fits:
                fits.setdefault(each.kind, each)
        return tuple(fits.values())

    def within_the_hour(self, harms: Collection[Harm]) -> tuple[UrgentStep, ...]:
        """What to do at once about these harms, in order."""
        return tuple(step for step in self.steps if step.harms & set(harms))

    def order_of(self, profession: str) -> str:
        """The Order of a profession, as it stands in a sentence."""
        written = words(profession)
        for starts, order in self.orders:
            if order and any(word.startswith(starts) for word in written):
                return self.named_order.format(order=order)
        return self.any_order


class InvalidHarmPack(ValueError):
    """The document cannot be used; ``problems`` lists everything to correct."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def parse_harm_pack(
    document: Mapping[str, object], orders: Iterable[tuple[tuple[str, ...], str]] = ()
) -> HarmPack:
    """The pack a document describes, with the Orders of the professions.

    Raises:
        InvalidHarmPack: with every problem.
    """
    problems: list[str] = []
    root = Table(document, "document", problems)
    checked_on = root.take("checked_on", date.min)
    laws = [_law(table) for table in root.tables("harms")]
    steps = tuple(_step(table) for table in root.tables("steps"))
    any_order, named_order = root.text("any_order"), root.text("named_order")
    root.refuse_unknown_keys()
    problems = problems or list(_missing(laws, steps))
    if problems:
        raise InvalidHarmPack(problems)
    return HarmPack(
        checked_on=checked_on,
        laws={law.harm: law for law in laws},
        steps=steps,
        any_order=any_order,
        named_order=named_order,
        orders=tuple(orders),
    )


# Private from here on.


def _law(table: Table) -> HarmLaw:
    law = HarmLaw(
        table.choice("id", Harm),
        table.text("who"),
        tuple(_fit(each) for each in table.tables("remedies")),
    )
    table.refuse_unknown_keys()
    return law


def _fit(table: Table) -> Fit:
    confidence = table.choice("confidence", Confidence, Confidence.SOURCED)
    fit = Fit(table.choice("id", RemedyKind), table.text("why"), confidence)
    table.refuse_unknown_keys()
    return fit


def _step(table: Table) -> UrgentStep:
    codes = table.texts("harms")
    known = {harm.value for harm in Harm}
    for code in codes:
        if code not in known:
            table.note(f"harms holds {code!r}, which is none")
    step = UrgentStep(
        id=table.text("id"),
        says=table.text("says"),
        harms=frozenset(Harm(code) for code in codes if code in known),
        remedy=table.choice("remedy", RemedyKind) if table.has("remedy") else None,
        confidence=table.choice("confidence", Confidence),
        source=table.text("source"),
    )
    table.refuse_unknown_keys()
    return step


def _missing(laws: Collection[HarmLaw], steps: Collection[UrgentStep]) -> Iterator[str]:
    told = [law.harm for law in laws]
    yield from (f"{harm}: told {told.count(harm)} times" for harm in Harm if told.count(harm) != 1)
    yield from (f"{law.harm}: no remedy" for law in laws if not law.fits)
    yield from (f"{step.id}: for no harm" for step in steps if not step.harms)
