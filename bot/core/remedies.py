"""Remedies: the ways to act on a publication, and how each one moves.

The tables are the whole state machine. ``STEPS`` says, for each path, which step leads from which
state to which; ``REMEDIES`` says of each remedy which path it takes, which letter it needs, which
clock of the other side starts at receipt, which of ours it stops or starts, and what comes next.
Several remedies run side by side in one case. ``docs/remedies.md`` is drawn from these tables.

Sources: the rules named here are those of ``templates/law/rules.toml``; what does and does not
interrupt the limitation period is art. 65 of the law of 29 July 1881 and its case law.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.core.cases import CaseId
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import RuleId
from bot.core.letters import LetterKind
from bot.core.people import MemberId, PracticeId
from bot.core.recipients import RecipientRole

RemedyId = NewType("RemedyId", int)


class RemedyKind(StrEnum):
    """A way to act; each has French words: a name, when it fits, what it brings, cautions."""

    EVIDENCE = "evidence"
    BAILIFF_RECORD = "bailiff_record"
    INSURER_CLAIM = "insurer_claim"
    COUNCIL_REFERRAL = "council_referral"
    AUTHORITY_REPORT = "authority_report"
    PLATFORM_REPORT = "platform_report"
    HOST_NOTICE = "host_notice"
    INTERNAL_COMPLAINT = "internal_complaint"
    OUT_OF_COURT_DISPUTE = "out_of_court_dispute"
    COORDINATOR_COMPLAINT = "coordinator_complaint"
    AUTHOR_MESSAGE = "author_message"
    FORMAL_NOTICE = "formal_notice"
    RIGHT_OF_REPLY = "right_of_reply"
    INSERTION_ACTION = "insertion_action"
    ERASURE_REQUEST = "erasure_request"
    FOLLOW_UP = "follow_up"
    REGULATOR_COMPLAINT = "regulator_complaint"
    STATE_COUNCIL_APPEAL = "state_council_appeal"
    DELISTING_REQUEST = "delisting_request"
    SIMPLE_COMPLAINT = "simple_complaint"
    CIVIL_PARTY_COMPLAINT = "civil_party_complaint"
    DIRECT_SUMMONS = "direct_summons"
    CIVIL_ACTION = "civil_action"
    SUMMARY_PROCEEDINGS = "summary_proceedings"
    REMOVAL_ACTION = "removal_action"
    IDENTIFICATION = "identification"


class RemedyState(StrEnum):
    """Where a remedy stands."""

    TO_DO = "to_do"
    POSTED = "posted"
    PRESENTED = "presented"
    AWAITING = "awaiting"
    """Received by the other side: its time runs."""
    EXTENDED = "extended"
    """The other side announced, with reasons, that it needs longer."""
    SILENT = "silent"
    """Its time is over, and it said nothing."""
    GRANTED = "granted"
    REFUSED = "refused"
    ENTRUSTED = "entrusted"
    """In counsel's hands."""
    FILED = "filed"
    """Before a judge."""
    DONE = "done"
    DROPPED = "dropped"


class RemedyStep(StrEnum):
    """An act that moves a remedy."""

    COMPLETE = "complete"
    SEND = "send"
    """Online, or handed over: sent is received."""
    POST = "post"
    PRESENT = "present"
    """The post came, and left a notice."""
    RECEIVE = "receive"
    RETURN = "return"
    """Refused at the door, or never collected."""
    EXTEND = "extend"
    NOTE_SILENCE = "note_silence"
    GRANT = "grant"
    REFUSE = "refuse"
    ENTRUST = "entrust"
    FILE = "file"
    RENEW = "renew"
    """A new act before the judge, which starts the limitation period anew."""
    DROP = "drop"
    TAKE_UP = "take_up"


class Path(StrEnum):
    """The way a remedy goes."""

    DEED = "deed"
    """Something we do, and then it is done."""
    REQUEST = "request"
    """Something asked of somebody, who answers or does not."""
    COURT = "court"
    """Counsel's work: never something to do alone."""


_S, _T = RemedyState, RemedyStep
_OPEN_REQUEST = (_S.AWAITING, _S.EXTENDED, _S.SILENT)

STEPS: Mapping[tuple[Path, RemedyState, RemedyStep], RemedyState] = {
    (Path.DEED, _S.TO_DO, _T.COMPLETE): _S.DONE,
    (Path.DEED, _S.TO_DO, _T.DROP): _S.DROPPED,
    (Path.REQUEST, _S.TO_DO, _T.SEND): _S.AWAITING,
    (Path.REQUEST, _S.TO_DO, _T.POST): _S.POSTED,
    (Path.REQUEST, _S.TO_DO, _T.DROP): _S.DROPPED,
    (Path.REQUEST, _S.POSTED, _T.PRESENT): _S.PRESENTED,
    **{
        (Path.REQUEST, state, step): _S.AWAITING
        for state in (_S.POSTED, _S.PRESENTED)
        for step in (_T.RECEIVE, _T.RETURN)
    },
    (Path.REQUEST, _S.AWAITING, _T.EXTEND): _S.EXTENDED,
    (Path.REQUEST, _S.AWAITING, _T.NOTE_SILENCE): _S.SILENT,
    (Path.REQUEST, _S.EXTENDED, _T.NOTE_SILENCE): _S.SILENT,
    **{(Path.REQUEST, state, _T.GRANT): _S.GRANTED for state in _OPEN_REQUEST},
    **{(Path.REQUEST, state, _T.REFUSE): _S.REFUSED for state in _OPEN_REQUEST},
    (Path.COURT, _S.TO_DO, _T.ENTRUST): _S.ENTRUSTED,
    (Path.COURT, _S.TO_DO, _T.DROP): _S.DROPPED,
    (Path.COURT, _S.ENTRUSTED, _T.FILE): _S.FILED,
    (Path.COURT, _S.ENTRUSTED, _T.DROP): _S.DROPPED,
    (Path.COURT, _S.FILED, _T.RENEW): _S.FILED,
    (Path.COURT, _S.FILED, _T.GRANT): _S.GRANTED,
    (Path.COURT, _S.FILED, _T.REFUSE): _S.REFUSED,
    **{(path, _S.DROPPED, _T.TAKE_UP): _S.TO_DO for path in Path},
}
"""(path, state, step) -> state: a step that is not here is refused."""

NOTICES = frozenset({RuleId.FORMAL_NOTICE_8D, RuleId.FORMAL_NOTICE_15D})
"""The times a formal notice may grant."""
ENDED = frozenset({_S.GRANTED, _S.REFUSED, _S.SILENT, _S.DONE, _S.DROPPED})
"""Nothing more is awaited there, though something else may follow."""
SEEN_OUTSIDE = frozenset(RemedyStep) - {_T.DROP, _T.TAKE_UP}
"""Steps that left a trace in the world."""


class Family(StrEnum):
    """Where a remedy stands in the list of them; each has French words."""

    FIRST = "first"
    SITE = "site"
    AUTHOR = "author"
    DATA = "data"
    COUNSEL = "counsel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the law and the house say of a remedy."""

    path: Path
    recipient: RecipientRole | None = None
    letter: LetterKind | None = None
    awaits: RuleId | None = None
    """The other side's clock, from receipt."""
    awaits_extended: RuleId | None = None
    """That clock once an extension was announced: counted from receipt too."""
    from_publication: RuleId | None = None
    """A clock of ours that runs from the publication, armed when the remedy is taken up."""
    after_silence: RuleId | None = None
    """A clock of ours that starts when the other side's ends: armed at receipt, so that nobody has
    to note a silence for it to be watched."""
    after_refusal: RuleId | None = None
    """A clock of ours that a refusal starts."""
    stops: tuple[RuleId, ...] = ()
    """Clocks of ours that end once it is done, sent or filed."""
    must_be_received: bool = False
    """Whether those end at receipt only."""
    reaches_a_judge: bool = False
    """Whether filing it interrupts a limitation period of the press law, which then runs anew."""
    then: Mapping[RemedyState, tuple[RemedyKind, ...]] = field(default_factory=dict)
    """What may come next from a state, the best first."""
    needs_evidence: bool = True
    """Whether something must have been kept of the publication before it starts."""
    is_solemn: bool = False
    """Whether a knowingly false one is an offence: who sends it confirms that it is sincere."""


_K, _L, _R = RemedyKind, LetterKind, RecipientRole
_PRESS = (RuleId.PRESS_3M, RuleId.PRESS_1Y)

REMEDIES: Mapping[RemedyKind, Rules] = {
    _K.EVIDENCE: Rules(path=Path.DEED, needs_evidence=False),
    _K.BAILIFF_RECORD: Rules(path=Path.DEED, letter=_L.REFERRAL_SHEET, needs_evidence=False),
    _K.INSURER_CLAIM: Rules(
        path=Path.REQUEST,
        letter=_L.INSURER_CLAIM,
        stops=(RuleId.INSURER_5_BUSINESS_DAYS,),
        needs_evidence=False,
    ),
    _K.COUNCIL_REFERRAL: Rules(path=Path.DEED, needs_evidence=False),
    _K.AUTHORITY_REPORT: Rules(path=Path.DEED, needs_evidence=False),
    _K.PLATFORM_REPORT: Rules(
        path=Path.REQUEST,
        recipient=_R.HOST,
        letter=_L.PLATFORM_REPORT,
        awaits=RuleId.HOST_FOLLOW_UP_7D,
        after_refusal=RuleId.PLATFORM_COMPLAINT_6M,
        is_solemn=True,
        then={
            _S.REFUSED: (_K.HOST_NOTICE, _K.INTERNAL_COMPLAINT, _K.FORMAL_NOTICE),
            _S.SILENT: (_K.HOST_NOTICE, _K.FORMAL_NOTICE),
        },
    ),
    _K.HOST_NOTICE: Rules(
        path=Path.REQUEST,
        recipient=_R.HOST,
        letter=_L.HOST_NOTICE,
        awaits=RuleId.HOST_FOLLOW_UP_7D,
        after_refusal=RuleId.PLATFORM_COMPLAINT_6M,
        is_solemn=True,
        then={
            _S.REFUSED: (_K.INTERNAL_COMPLAINT, _K.FORMAL_NOTICE, _K.REMOVAL_ACTION),
            _S.SILENT: (_K.COORDINATOR_COMPLAINT, _K.FORMAL_NOTICE, _K.REMOVAL_ACTION),
        },
    ),
    _K.INTERNAL_COMPLAINT: Rules(
        path=Path.REQUEST,
        recipient=_R.HOST,
        letter=_L.INTERNAL_COMPLAINT,
        awaits=RuleId.HOST_FOLLOW_UP_15D,
        stops=(RuleId.PLATFORM_COMPLAINT_6M,),
        is_solemn=True,
        then={
            _S.REFUSED: (_K.OUT_OF_COURT_DISPUTE, _K.COORDINATOR_COMPLAINT, _K.REMOVAL_ACTION),
            _S.SILENT: (_K.COORDINATOR_COMPLAINT, _K.OUT_OF_COURT_DISPUTE, _K.REMOVAL_ACTION),
        },
    ),
    _K.OUT_OF_COURT_DISPUTE: Rules(
        path=Path.REQUEST,
        awaits=RuleId.DISPUTE_BODY_90D,
        then={
            _S.REFUSED: (_K.COORDINATOR_COMPLAINT, _K.REMOVAL_ACTION),
            _S.SILENT: (_K.COORDINATOR_COMPLAINT, _K.REMOVAL_ACTION),
        },
    ),
    _K.COORDINATOR_COMPLAINT: Rules(
        path=Path.REQUEST,
        then={_S.REFUSED: (_K.REMOVAL_ACTION,), _S.SILENT: (_K.REMOVAL_ACTION,)},
    ),
    _K.AUTHOR_MESSAGE: Rules(
        path=Path.REQUEST,
        recipient=_R.AUTHOR,
        letter=_L.AUTHOR_MESSAGE,
        then={
            _S.REFUSED: (_K.PLATFORM_REPORT, _K.FORMAL_NOTICE),
            _S.SILENT: (_K.PLATFORM_REPORT, _K.FORMAL_NOTICE),
        },
    ),
    _K.FORMAL_NOTICE: Rules(
        path=Path.REQUEST,
        recipient=_R.PUBLISHER,
        letter=_L.FORMAL_NOTICE,
        awaits=RuleId.FORMAL_NOTICE_8D,
        then={
            _S.REFUSED: (_K.HOST_NOTICE, _K.SUMMARY_PROCEEDINGS, _K.REMOVAL_ACTION),
            _S.SILENT: (_K.HOST_NOTICE, _K.SUMMARY_PROCEEDINGS, _K.REMOVAL_ACTION),
        },
    ),
    _K.RIGHT_OF_REPLY: Rules(
        path=Path.REQUEST,
        recipient=_R.PUBLISHER,
        letter=_L.RIGHT_OF_REPLY,
        awaits=RuleId.REPLY_INSERTION_3D,
        from_publication=RuleId.REPLY_REQUEST_3M,
        after_silence=RuleId.REPLY_ACTION_3M,
        stops=(RuleId.REPLY_REQUEST_3M,),
        must_be_received=True,
        then={_S.REFUSED: (_K.INSERTION_ACTION,), _S.SILENT: (_K.INSERTION_ACTION,)},
    ),
    # It follows the press law's limitation too: new acts keep it alive (1re civ., 29/3/2023).
    _K.INSERTION_ACTION: Rules(
        path=Path.COURT,
        letter=_L.REFERRAL_SHEET,
        stops=(RuleId.REPLY_ACTION_3M,),
        reaches_a_judge=True,
    ),
    _K.ERASURE_REQUEST: Rules(
        path=Path.REQUEST,
        recipient=_R.PUBLISHER,
        letter=_L.ERASURE_REQUEST,
        awaits=RuleId.GDPR_1M,
        awaits_extended=RuleId.GDPR_3M_EXTENDED,
        then={
            _S.REFUSED: (_K.REGULATOR_COMPLAINT, _K.SUMMARY_PROCEEDINGS),
            _S.SILENT: (_K.FOLLOW_UP, _K.REGULATOR_COMPLAINT, _K.SUMMARY_PROCEEDINGS),
        },
    ),
    _K.FOLLOW_UP: Rules(
        path=Path.REQUEST,
        recipient=_R.PUBLISHER,
        letter=_L.FOLLOW_UP,
        awaits=RuleId.FORMAL_NOTICE_8D,
        then={
            _S.REFUSED: (_K.REGULATOR_COMPLAINT,),
            _S.SILENT: (_K.REGULATOR_COMPLAINT,),
        },
    ),
    _K.REGULATOR_COMPLAINT: Rules(
        path=Path.REQUEST,
        letter=_L.REGULATOR_COMPLAINT,
        awaits=RuleId.REGULATOR_SILENCE_3M,
        after_silence=RuleId.COUNCIL_OF_STATE_2M,
        after_refusal=RuleId.COUNCIL_OF_STATE_2M,
        then={
            _S.REFUSED: (_K.STATE_COUNCIL_APPEAL,),
            _S.SILENT: (_K.STATE_COUNCIL_APPEAL,),
        },
    ),
    _K.STATE_COUNCIL_APPEAL: Rules(
        path=Path.COURT, letter=_L.REFERRAL_SHEET, stops=(RuleId.COUNCIL_OF_STATE_2M,)
    ),
    _K.DELISTING_REQUEST: Rules(
        path=Path.REQUEST,
        recipient=_R.SEARCH_ENGINE,
        letter=_L.DELISTING_REQUEST,
        awaits=RuleId.DELISTING_1M,
        awaits_extended=RuleId.GDPR_3M_EXTENDED,
        then={
            _S.REFUSED: (_K.REGULATOR_COMPLAINT, _K.SUMMARY_PROCEEDINGS),
            _S.SILENT: (_K.REGULATOR_COMPLAINT, _K.SUMMARY_PROCEEDINGS),
        },
    ),
    _K.SIMPLE_COMPLAINT: Rules(path=Path.DEED, letter=_L.REFERRAL_SHEET),
    _K.CIVIL_PARTY_COMPLAINT: Rules(
        path=Path.COURT, letter=_L.REFERRAL_SHEET, stops=_PRESS, reaches_a_judge=True
    ),
    _K.DIRECT_SUMMONS: Rules(
        path=Path.COURT, letter=_L.REFERRAL_SHEET, stops=_PRESS, reaches_a_judge=True
    ),
    _K.CIVIL_ACTION: Rules(
        path=Path.COURT, letter=_L.REFERRAL_SHEET, stops=_PRESS, reaches_a_judge=True
    ),
    # Whether these two interrupt the press law's three months depends on whom they are brought
    # against and on what ground: counsel says so, and the date is noted as done by hand.
    _K.SUMMARY_PROCEEDINGS: Rules(
        path=Path.COURT,
        letter=_L.REFERRAL_SHEET,
        after_refusal=RuleId.URGENT_APPEAL_15D,
    ),
    _K.REMOVAL_ACTION: Rules(
        path=Path.COURT,
        letter=_L.REFERRAL_SHEET,
        after_refusal=RuleId.FAST_TRACK_APPEAL_15D,
    ),
    _K.IDENTIFICATION: Rules(
        path=Path.COURT, letter=_L.REFERRAL_SHEET, from_publication=RuleId.HOST_DATA_1Y
    ),
}


FAMILIES: Mapping[Family, tuple[RemedyKind, ...]] = {
    Family.FIRST: (
        _K.EVIDENCE,
        _K.INSURER_CLAIM,
        _K.BAILIFF_RECORD,
        _K.AUTHORITY_REPORT,
        _K.COUNCIL_REFERRAL,
    ),
    Family.SITE: (
        _K.PLATFORM_REPORT,
        _K.HOST_NOTICE,
        _K.INTERNAL_COMPLAINT,
        _K.OUT_OF_COURT_DISPUTE,
        _K.COORDINATOR_COMPLAINT,
    ),
    Family.AUTHOR: (_K.AUTHOR_MESSAGE, _K.FORMAL_NOTICE, _K.RIGHT_OF_REPLY),
    Family.DATA: (
        _K.ERASURE_REQUEST,
        _K.DELISTING_REQUEST,
        _K.FOLLOW_UP,
        _K.REGULATOR_COMPLAINT,
    ),
    Family.COUNSEL: (
        _K.SIMPLE_COMPLAINT,
        _K.CIVIL_PARTY_COMPLAINT,
        _K.DIRECT_SUMMONS,
        _K.CIVIL_ACTION,
        _K.SUMMARY_PROCEEDINGS,
        _K.REMOVAL_ACTION,
        _K.IDENTIFICATION,
        _K.INSERTION_ACTION,
        _K.STATE_COUNCIL_APPEAL,
    ),
}
"""Every remedy, in the order it is shown."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A remedy taken up in a case."""

    case_id: CaseId
    practice_id: PracticeId
    kind: RemedyKind
    started_at: datetime
    started_by: MemberId
    state: RemedyState = RemedyState.TO_DO
    follows: int = 0
    """The id of the remedy it comes after: what was asked before; 0: none."""
    sent_on: date | None = None
    number: str = ""
    """Of the registered letter, or the reference a platform gave."""
    presented_on: date | None = None
    received_on: date | None = None
    answered_on: date | None = None
    answer: str = ""
    """What was answered, in short, as the practitioner noted it."""
    days: int = 8
    """What a formal notice grants the other side, 8 or 15 calendar days: no law says."""
    id: RemedyId = RemedyId(0)

    @property
    def rules(self) -> Rules:
        """What is true of every remedy of its kind."""
        return REMEDIES[self.kind]

    @property
    def is_ended(self) -> bool:
        """Whether nothing more is awaited of it."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that a step starts, with the day it starts on."""

    rule: RuleId
    starts_on: date
    at_end_of: RuleId | None = None
    """Starts when this rule, counted from that day, ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a step does: the remedy after it, and the clocks it starts and stops."""

    remedy: Remedy
    starts: tuple[Clock, ...] = ()
    stops: frozenset[RuleId] = frozenset()
    """Of the publication, or of any remedy of the case: what they asked of us is done."""
    settles: bool = False
    """Whether the other side's clock of this remedy is over."""
    withdraws: frozenset[RuleId] = frozenset()
    """Clocks of this remedy that have no cause any more."""


def steps_from(remedy: Remedy) -> tuple[RemedyStep, ...]:
    """The steps that may be taken now, in the order of the table."""
    found = [
        step for path, state, step in STEPS if path is remedy.rules.path and state is remedy.state
    ]
    if remedy.rules.awaits_extended is None:
        found = [step for step in found if step is not RemedyStep.EXTEND]
    return tuple(found)


def move(remedy: Remedy, step: RemedyStep, on: date, *, number: str = "", said: str = "") -> Moved:
    """The remedy after a step taken on a day, and what it does to the clocks.

    Args:
        remedy: as it stands.
        step: what was done.
        on: the day it was done, or happened.
        number: of the registered letter, or the platform's reference.
        said: what was answered.

    Raises:
        Refusal: STEP_NOT_NOW; RECEIVED_BEFORE_SENT when the days contradict each other.
    """
    if step not in steps_from(remedy):
        raise Refusal(RefusalCode.STEP_NOT_NOW, remedy_state=remedy.state)
    _refuse_order(remedy, step, on)
    state = STEPS[remedy.rules.path, remedy.state, step]
    moved = _noted(replace(remedy, state=state), step, on, number, said)
    return Moved(
        remedy=moved,
        starts=tuple(_started(moved, step, on)),
        stops=_stopped(moved, step),
        settles=step in _ANSWERS | {_T.NOTE_SILENCE},
        withdraws=_withdrawn(moved, step),
    )


def is_kept(remedies: Iterable[Remedy], pieces: int) -> bool:
    """Whether something was kept of the publication: a piece, or somebody who says so."""
    kept = {RemedyKind.EVIDENCE, RemedyKind.BAILIFF_RECORD}
    done = (each.kind in kept and each.state is RemedyState.DONE for each in remedies)
    return pieces > 0 or any(done)


def refuse_unkept(remedy: Remedy, step: RemedyStep, taken: Iterable[Remedy], pieces: int) -> None:
    """Let nothing leave before something was kept: what is reported may be gone tomorrow.

    Raises:
        Refusal: EVIDENCE_FIRST.
    """
    leaves = {RemedyStep.SEND, RemedyStep.POST, RemedyStep.ENTRUST}
    if step in leaves and remedy.rules.needs_evidence and not is_kept(taken, pieces):
        raise Refusal(RefusalCode.EVIDENCE_FIRST)


def next_kinds(remedy: Remedy) -> tuple[RemedyKind, ...]:
    """What may come after a remedy, from where it stands, the best first."""
    return remedy.rules.then.get(remedy.state, ())


def granting(remedy: Remedy, days: int) -> Remedy:
    """The remedy once its letter grants so many days; 0: as it was."""
    return replace(remedy, days=days) if days else remedy


# Private from here on.

_LONG_NOTICE = 15
_ANSWERS = frozenset({_T.GRANT, _T.REFUSE, _T.EXTEND})
_IN_COURT = frozenset({_T.FILE, _T.RENEW})
_DATED: Mapping[RemedyStep, str] = {
    _T.SEND: "sent_on",
    _T.POST: "sent_on",
    _T.PRESENT: "presented_on",
    _T.RECEIVE: "received_on",
    _T.RETURN: "received_on",
    _T.GRANT: "answered_on",
    _T.REFUSE: "answered_on",
    _T.EXTEND: "answered_on",
    _T.COMPLETE: "sent_on",
    _T.FILE: "sent_on",
}


def _noted(remedy: Remedy, step: RemedyStep, on: date, number: str, said: str) -> Remedy:
    """What a step leaves written on the remedy."""
    changes: dict[str, object] = {}
    if step in _DATED:
        changes[_DATED[step]] = on
    if step is _T.SEND:
        changes["received_on"] = on
    if step is _T.RETURN and remedy.presented_on is not None:
        changes["received_on"] = remedy.presented_on
    if number:
        changes["number"] = number
    if said:
        changes["answer"] = said
    if step is _T.TAKE_UP:
        changes |= dict.fromkeys(("sent_on", "presented_on", "received_on", "answered_on"))
    return replace(remedy, **changes)  # type: ignore[arg-type]  # names of its own fields


def _started(remedy: Remedy, step: RemedyStep, on: date) -> Iterator[Clock]:
    rules, received = remedy.rules, remedy.received_on
    if remedy.state is _S.AWAITING and received:
        awaited = _granted(remedy)
        if awaited is not None:
            yield Clock(awaited, received)
        if rules.after_silence is not None:
            yield Clock(rules.after_silence, _earliest(remedy, step), at_end_of=awaited)
    if remedy.state is _S.EXTENDED and rules.awaits_extended and received:
        yield Clock(rules.awaits_extended, received)
    if remedy.state is _S.REFUSED and rules.after_refusal:
        yield Clock(rules.after_refusal, on)
    if rules.reaches_a_judge and step in _IN_COURT:
        yield Clock(RuleId.PRESS_NEXT_ACT_3M, on)


def _earliest(remedy: Remedy, step: RemedyStep) -> date:
    """The first day on which what was received can be said to have been.

    Their time is counted from the receipt; ours, which follows it, from the earliest day that can
    be argued: the first time the post came or, of a letter that came back, the day it was sent.
    """
    came_back = remedy.sent_on if step is _T.RETURN else None
    earliest = remedy.presented_on or came_back or remedy.received_on
    if earliest is None:
        raise LookupError(f"remedy {remedy.id} was received on no day")
    return earliest


def _granted(remedy: Remedy) -> RuleId | None:
    """The time the other side has: what the letter gave, where no law says."""
    if remedy.rules.awaits is RuleId.FORMAL_NOTICE_8D and remedy.days == _LONG_NOTICE:
        return RuleId.FORMAL_NOTICE_15D
    return remedy.rules.awaits


def _stopped(remedy: Remedy, step: RemedyStep) -> frozenset[RuleId]:
    rules = remedy.rules
    if rules.path is Path.COURT:
        renewed = (RuleId.PRESS_NEXT_ACT_3M,) if rules.reaches_a_judge else ()
        return frozenset((*rules.stops, *renewed)) if step in _IN_COURT else frozenset()
    # What came back was perhaps never received: its date is kept, and another way is found.
    received = {_T.SEND, _T.RECEIVE}
    acts = received if rules.must_be_received else {_T.COMPLETE, _T.SEND, _T.POST}
    return frozenset(rules.stops) if step in acts else frozenset()


def _withdrawn(remedy: Remedy, step: RemedyStep) -> frozenset[RuleId]:
    """What waited for a silence ends with an answer; a clock put back starts with the new one."""
    rules = remedy.rules
    if step is _T.DROP:
        return frozenset(filter(None, (rules.from_publication,)))
    if step in _ANSWERS and rules.after_silence is not None:
        # A refusal of the right of reply leaves its clock as it is: it runs from the same day.
        is_kept = step is _T.REFUSE and rules.after_refusal is None
        return frozenset() if is_kept else frozenset({rules.after_silence})
    return frozenset()


def _refuse_order(remedy: Remedy, step: RemedyStep, on: date) -> None:
    """Refuse a receipt before the sending, an answer before the receipt."""
    if step in {_T.PRESENT, _T.RECEIVE, _T.RETURN} and remedy.sent_on and on < remedy.sent_on:
        raise Refusal(RefusalCode.RECEIVED_BEFORE_SENT, day=on, sent=remedy.sent_on)
    if step is _T.RECEIVE and remedy.presented_on and on < remedy.presented_on:
        raise Refusal(RefusalCode.RECEIVED_BEFORE_SENT, day=on, sent=remedy.sent_on)
    if step in _ANSWERS and remedy.received_on and on < remedy.received_on:
        raise Refusal(RefusalCode.ANSWERED_BEFORE_RECEIVED)
    in_court = remedy.state is _S.FILED and remedy.sent_on
    if in_court and step in {_T.RENEW, _T.GRANT, _T.REFUSE} and on < in_court:
        raise Refusal(RefusalCode.BEFORE_IT_WAS_FILED, day=in_court)
