"""The law as dated data: what each rule grants, to which side, since when, and who says so.

The rules are written in `templates/law/rules.toml`, which an adapter loads and `rulebook` reads;
this module owns their shape. Adding a rule is one member of
`RuleId`, one table in the document (its words and its reminders are in it) and one row of
vectors.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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


IN_COURT = frozenset(
    {
        RuleId.PRESS_3M,
        RuleId.PRESS_1Y,
        RuleId.INNOCENCE_3M,
        RuleId.REPLY_ACTION_3M,
        RuleId.PRESS_NEXT_ACT_3M,
    }
)
"""Once an act before a judge stopped one of these, another is needed within three months."""


class StepId(StrEnum):
    """A step that no time limit binds, so that nobody looks for one."""

    REGULATOR_COMPLAINT = "CNIL_PLAINTE"
    DISPUTE_BODY = "DSA_21_SAISINE"
    REMOVAL_BY_JUDGE = "RETRAIT_JUGE"
    HOST_DECISION = "HOTE_DECISION"


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
    CRIMINAL = "criminal"  # art. 7 to 9-3 of the code of criminal procedure
    RETENTION = "retention"  # how long others keep data: nothing extends it
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
    LAST_ACT = "last_act"  # the last one that interrupted the limitation period
    OFFENCE = "offence"
    EVENT_KNOWN = "event_known"
    REQUEST_RECEIVED = "request_received"
    NOTICE_SENT = "notice_sent"
    LETTER_PRESENTED = "letter_presented"
    ANSWER_DUE = "answer_due"  # the end of another time limit, theirs
    DECISION_KNOWN = "decision_known"
    DOCUMENT_SERVED = "document_served"  # by a commissaire de justice
    DATA_CREATED = "data_created"


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
    short: str  # in a journal or a list: what it is about, without an article
    starts_when: str
    says: str
    on_expiry: str
    interrupted_by: tuple[str, ...] = ()
    does_not_interrupt: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    done: str = ""  # on the button that says it is done; ours only
    not_done: str = ""  # on the one that takes it back


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWithoutLimit:
    """A step that may be taken at any time: what the law says instead of a time limit."""

    id: StepId
    side: Side
    title: str
    says: str
    confidence: Confidence
    source: Source


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
    is_legal: bool  # not when it is our own or the sender's choice: never to be shown as the law
    earliest_start_days_before: int  # ours: how much before the start it may be argued to run
    reminders: tuple[int, ...]  # days from the day it bites, in order
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
    def has_first_day(self) -> bool:
        """Whether it is known since when this version is the law."""
        return self.in_force_from != date.min

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
    steps: tuple[StepWithoutLimit, ...] = ()

    def rule(self, rule_id: RuleId, on: date) -> Rule:
        """Return the version of a rule in force on a day; `LookupError` when there is none."""
        for rule in self.rules:
            if rule.id is rule_id and rule.is_in_force(on):
                return rule
        raise LookupError(f"{rule_id} was not in force on {on:%Y-%m-%d}")

    def step(self, step_id: StepId) -> StepWithoutLimit:
        """Return a step that no time limit binds."""
        return next(step for step in self.steps if step.id is step_id)
