"""The law as dated data: what each rule grants, to which side, since when, and who says so.

The rules are written in `templates/law/rules.toml`, which an adapter loads; this module owns
their shape and refuses a document that does not have it. Adding a rule is one member of
`RuleId`, one table in the document, one row of vectors, and its reminders.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import TypeVar


class RuleId(StrEnum):
    """The name of a rule, as the lawyers' table of worked examples writes it."""

    PRESS_3M = "PRESSE_3M"
    PRESS_1Y = "PRESSE_1AN"
    PRESS_NEXT_ACT_3M = "PRESSE_NOUVEL_ACTE_3M"
    INNOCENCE_3M = "INNOCENCE_3M"
    TRUTH_OFFER_10D = "OFFRE_PREUVE_10J"
    COUNTER_PROOF_5D = "CONTRE_PREUVE_5J"
    REPLY_REQUEST_3M = "DDR_DEMANDE_3M"
    REPLY_INSERTION_3D = "DDR_INSERTION_3J"
    REPLY_ACTION_3M = "DDR_ACTION_3M"
    CIVIL_5Y = "CIVIL_5ANS"
    OFFENCE_6Y = "DELIT_6ANS"
    HOST_DATA_1Y = "HEBERGEUR_1AN"
    GDPR_1M = "RGPD_1M"
    GDPR_3M_EXTENDED = "RGPD_3M_PROROGE"
    DELISTING_1M = "DEREFERENCEMENT_1M"
    REGULATOR_NEWS_3M = "CNIL_INFORMATION_3M"
    REGULATOR_SILENCE_3M = "CNIL_SILENCE_3M"
    COUNCIL_OF_STATE_2M = "CE_RECOURS_2M_FRANC"
    PLATFORM_COMPLAINT_6M = "DSA_20_6M"
    DISPUTE_BODY_90D = "DSA_21_90J"
    TRUSTPILOT_APPEAL_6M = "TRUSTPILOT_APPEL_6M"
    HOST_FOLLOW_UP_7D = "HOTE_RELANCE_7J"
    HOST_FOLLOW_UP_15D = "HOTE_RELANCE_15J"
    URGENT_APPEAL_15D = "APPEL_REFERE_15J"
    FAST_TRACK_APPEAL_15D = "APPEL_PAF_15J"
    OPPOSITION_1M = "OPPOSITION_1M_CPC"
    FORMAL_NOTICE_8D = "MED_8J"
    FORMAL_NOTICE_15D = "MED_15J"
    INSURER_5_BUSINESS_DAYS = "ASSUREUR_5J_OUVRES"


class Territory(StrEnum):
    """Where the practice is: which local holidays close a day."""

    METRO = "metro"
    ALSACE_MOSELLE = "AM"
    GUADELOUPE = "971"
    MARTINIQUE = "972"
    FRENCH_GUIANA = "973"
    REUNION = "974"
    MAYOTTE = "976"
    SAINT_BARTHELEMY = "977"
    SAINT_MARTIN = "978"


class Regime(StrEnum):
    """The body of law that says how the time limit is counted."""

    PROCEDURAL = "procedural"  # art. 640 to 642 CPC
    PRESS = "press"  # art. 65, law of 29 July 1881
    CIVIL = "civil"  # art. 2228 and 2229 of the civil code
    EU = "eu"  # regulation 1182/71, art. 3
    CONTRACT = "contract"
    ADMINISTRATIVE = "administrative"


class Side(StrEnum):
    """Who has to act before the end."""

    OURS = "ours"
    THEIRS = "theirs"


class Confidence(StrEnum):
    """Whether a source was read for the rule."""

    SOURCED = "sourced"
    TO_CONFIRM = "to_confirm"


class Extension(StrEnum):
    """What happens to an end that falls on a closed day."""

    ALWAYS = "always"  # it moves to the next open day
    NEVER = "never"  # it stays
    UNCERTAIN = "uncertain"  # granted to the other side, never relied on for ours


class LocalHolidays(StrEnum):
    """Whether a holiday of the territory alone extends the time limit."""

    COUNT = "count"
    UNSETTLED = "unsettled"  # granted to the other side, never relied on for ours


class StartingEvent(StrEnum):
    """The event from which the time limit runs."""

    FIRST_PUBLICATION = "first_publication"
    REQUEST_RECEIVED = "request_received"
    EVENT_KNOWN = "event_known"


EXTENSION_BY_REGIME: Mapping[Regime, Extension] = {
    Regime.PROCEDURAL: Extension.ALWAYS,
    Regime.PRESS: Extension.NEVER,
    Regime.CIVIL: Extension.NEVER,
    Regime.EU: Extension.ALWAYS,
    Regime.CONTRACT: Extension.NEVER,
    Regime.ADMINISTRATIVE: Extension.ALWAYS,
}

LIMITATION_REGIMES = frozenset({Regime.PRESS, Regime.CIVIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """A length: months, then calendar days; or business days alone."""

    months: int = 0
    days: int = 0
    business_days: int = 0
    is_clear: bool = False  # clear days: neither the first nor the last day counts

    def __post_init__(self) -> None:
        if min(self.months, self.days, self.business_days) < 0:
            raise ValueError("a time limit has no negative part")
        if not (self.months or self.days or self.business_days):
            raise ValueError("a time limit has months, days or business_days")
        if self.business_days and (self.months or self.days or self.is_clear):
            raise ValueError("business_days are counted alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The texts and decisions a rule rests on, and where they were read."""

    references: tuple[str, ...]
    read_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWording:
    """What a practitioner reads about a rule; every word comes from the document."""

    title: str
    starts_when: str
    says: str
    on_expiry: str
    interrupted_by: tuple[str, ...] = ()
    does_not_interrupt: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One time limit of the law, in one of its successive versions."""

    id: RuleId
    time_limit: TimeLimit
    regime: Regime
    side: Side
    starting_event: StartingEvent
    extension: Extension
    local_holidays: LocalHolidays
    margin_in_open_days: int  # kept before the strict end, for ours
    bars_action: bool  # whether ours can no longer act once the end has passed
    confidence: Confidence
    source: Source
    wording: RuleWording
    in_force_from: date = date.min
    in_force_until: date | None = None  # last day included

    def is_in_force(self, on: date) -> bool:
        """Whether this version of the rule is the law on that day."""
        return self.in_force_from <= on <= self.last_day

    def overlaps(self, other: "Rule") -> bool:
        """Whether both versions would be the law on a same day."""
        return self.in_force_from <= other.last_day and other.in_force_from <= self.last_day

    @property
    def last_day(self) -> date:
        """The last day of this version, far ahead when none is planned."""
        return self.in_force_until or date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class LawPack:
    """All the rules, as they stood when someone last checked them."""

    version: str
    checked_on: date
    rules: tuple[Rule, ...]

    def rule(self, rule_id: RuleId, on: date) -> Rule:
        """Return the version of a rule in force on a day; `LookupError` when there is none."""
        for rule in self.rules:
            if rule.id is rule_id and rule.is_in_force(on):
                return rule
        raise LookupError(f"{rule_id} was not in force on {on:%Y-%m-%d}")


class InvalidLawPack(ValueError):
    """The document of rules cannot be used; `problems` lists everything to correct."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def parse_rules(document: Mapping[str, object]) -> LawPack:
    """Return the pack a document describes, or raise `InvalidLawPack` with every problem."""
    problems: list[str] = []
    root = _Table(document, "document", problems)
    version = root.text("version")
    checked_on = root.take("checked_on", date.min)
    rules = tuple(_parse_rule(table) for table in root.tables("rules"))
    root.refuse_unknown_keys()
    # Rules that could not be read hold placeholders: comparing them would add false problems.
    problems = problems or list(_problems_between(rules))
    if problems:
        raise InvalidLawPack(problems)
    return LawPack(version=version, checked_on=checked_on, rules=rules)


# Private from here on.

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


class _Table:
    """One table of the document: hands out typed values and notes what is wrong with them.

    A wrong value is replaced by a placeholder of its type, which never escapes: the pack is
    refused once every problem is known.
    """

    def __init__(self, values: Mapping[str, object], where: str, problems: list[str]) -> None:
        self._values = values
        self._where = where
        self._problems = problems
        self._asked: set[str] = set()

    def note(self, problem: str) -> None:
        self._problems.append(f"{self._where}: {problem}")

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._values

    def take(self, key: str, placeholder: _T) -> _T:
        """Return the value of a required key; it has exactly the type of the placeholder."""
        if not self.has(key):
            self.note(f"{key} is missing")
            return placeholder
        value = self._values[key]
        # Exactly: True is not a number of months, nor a date with an hour a day.
        if type(value) is type(placeholder):
            return value
        self.note(f"{key} is not of type {type(placeholder).__name__}")
        return placeholder

    def optional(self, key: str, default: _T) -> _T:
        return self.take(key, default) if self.has(key) else default

    def number(self, key: str) -> int:
        number = self.optional(key, 0)
        if number < 0:
            self.note(f"{key} is negative")
        return number

    def text(self, key: str) -> str:
        text = self.take(key, "")
        if self.has(key) and isinstance(self._values[key], str) and not text.strip():
            self.note(f"{key} is empty")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        texts: list[object] = self.optional(key, [])
        if not all(isinstance(text, str) and text.strip() for text in texts):
            self.note(f"{key} holds something else than texts")
        return tuple(str(text) for text in texts)

    def choice(self, key: str, kind: type[_E], default: _E | None = None) -> _E:
        fallback = default or next(iter(kind))
        if default and not self.has(key):
            return default
        text = self.take(key, "")
        if text in list(kind):
            return kind(text)
        if text:
            self.note(f"{key} is {text!r}, not one of {', '.join(kind)}")
        return fallback

    def day_or_none(self, key: str) -> date | None:
        return self.take(key, date.min) if self.has(key) else None

    def table(self, key: str) -> "_Table":
        values: dict[str, object] = self.take(key, {})
        return _Table(values, f"{self._where}, {key}", self._problems)

    def tables(self, key: str) -> "Iterator[_Table]":
        values: list[object] = self.take(key, [])
        for position, value in enumerate(values, start=1):
            if isinstance(value, dict):
                name = str(value.get("id", f"{key} {position}"))
                yield _Table(value, name, self._problems)
            else:
                self.note(f"{key} {position} is not a table")

    def refuse_unknown_keys(self) -> None:
        for key in sorted(self._values.keys() - self._asked):
            self.note(f"{key} is not a known key")


def _parse_rule(table: _Table) -> Rule:
    regime = table.choice("regime", Regime)
    rule = Rule(
        id=table.choice("id", RuleId),
        time_limit=_parse_time_limit(table.table("time_limit")),
        regime=regime,
        side=table.choice("side", Side),
        starting_event=table.choice("starting_event", StartingEvent),
        extension=table.choice("extension", Extension, EXTENSION_BY_REGIME[regime]),
        local_holidays=table.choice("local_holidays", LocalHolidays),
        margin_in_open_days=table.number("margin_in_open_days"),
        bars_action=table.take("bars_action", False),  # noqa: FBT003 - a placeholder
        confidence=table.choice("confidence", Confidence),
        source=_parse_source(table.table("source")),
        wording=_parse_wording(table.table("wording")),
        in_force_from=table.optional("in_force_from", date.min),
        in_force_until=table.day_or_none("in_force_until"),
    )
    table.refuse_unknown_keys()
    for problem in _problems_within(rule):
        table.note(problem)
    return rule


def _parse_time_limit(table: _Table) -> TimeLimit:
    months, days = table.optional("months", 0), table.optional("days", 0)
    business_days = table.optional("business_days", 0)
    is_clear = table.optional("is_clear", False)  # noqa: FBT003 - a default
    table.refuse_unknown_keys()
    try:
        return TimeLimit(months=months, days=days, business_days=business_days, is_clear=is_clear)
    except ValueError as error:
        table.note(str(error))
        return TimeLimit(days=1)


def _parse_source(table: _Table) -> Source:
    source = Source(references=table.texts("references"), read_at=table.texts("read_at"))
    table.refuse_unknown_keys()
    if not source.references:
        table.note("references is missing: a rule without a source is an opinion")
    return source


def _parse_wording(table: _Table) -> RuleWording:
    wording = RuleWording(
        title=table.text("title"),
        starts_when=table.text("starts_when"),
        says=table.text("says"),
        on_expiry=table.text("on_expiry"),
        interrupted_by=table.texts("interrupted_by"),
        does_not_interrupt=table.texts("does_not_interrupt"),
        cautions=table.texts("cautions"),
    )
    table.refuse_unknown_keys()
    return wording


def _problems_within(rule: Rule) -> Iterator[str]:
    if rule.regime in LIMITATION_REGIMES and rule.extension is Extension.ALWAYS:
        yield "extension is always, but no limitation period is surely extended"
    if rule.side is Side.THEIRS and rule.margin_in_open_days:
        yield "margin_in_open_days is for ours: the other side is owed its whole time"
    if rule.side is Side.THEIRS and rule.bars_action:
        yield "bars_action is for ours: the other side's silence bars nothing"
    if rule.in_force_until is not None and rule.in_force_until < rule.in_force_from:
        yield "in_force_until comes before in_force_from"


def _problems_between(rules: tuple[Rule, ...]) -> Iterator[str]:
    for missing in sorted(set(RuleId) - {rule.id for rule in rules}):
        yield f"{missing}: has no rule"
    for one, other in combinations(rules, 2):
        if one.id is other.id and one.overlaps(other):
            yield f"{one.id}: two versions are in force on a same day"
