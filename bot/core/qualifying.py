"""What follows from what a person concluded, passage by passage: clocks, cautions, a verdict.

Sources: the law of 29 July 1881, art. 29, 65, 65-1 and 65-3; the civil code, art. 9-1, 1240 and
2224; the code of criminal procedure, art. 8. The three months of the press law are armed when a
case opens and never depend on anything here: an insult or a defamation may be seen by a judge
where a person held something else.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum

from bot.core.assessments import Assessment, Nature, Target, Truth
from bot.core.harms import Alarm, Harm
from bot.core.law import RuleId
from bot.core.passages import mark

_H = Harm

CLOCKS: Mapping[Harm, tuple[RuleId, ...]] = {
    _H.HATE: (RuleId.PRESS_1Y,),
    _H.PRESUMPTION_OF_INNOCENCE: (RuleId.INNOCENCE_3M,),
    _H.DISPARAGEMENT: (RuleId.CIVIL_5Y,),
    _H.UNFAIR_COMPETITION: (RuleId.CIVIL_5Y,),
    _H.FAKE_REVIEW: (RuleId.CIVIL_5Y, RuleId.OFFENCE_6Y),
    _H.PRIVACY: (RuleId.CIVIL_5Y, RuleId.OFFENCE_6Y),
    _H.INFRINGEMENT: (RuleId.CIVIL_5Y, RuleId.OFFENCE_6Y),
} | dict.fromkeys(
    (
        _H.THREAT,
        _H.CONTEMPT,
        _H.HARASSMENT,
        _H.DOXING,
        _H.PERSONAL_DATA,
        _H.IMPERSONATION,
        _H.BLACKMAIL,
        _H.MALICIOUS_REPORT,
    ),
    (RuleId.OFFENCE_6Y,),
)
"""The clocks a harm adds to the three months of the press law, which are always armed."""

ASSESSED = frozenset(rule for rules in CLOCKS.values() for rule in rules)
"""The clocks that depend on what is held, and end with it."""

URGENT: Mapping[Alarm, Harm] = {
    Alarm.THREAT: _H.THREAT,
    Alarm.HATE: _H.HATE,
    Alarm.DOXING: _H.DOXING,
    Alarm.HARASSMENT: _H.HARASSMENT,
}
"""What cannot wait an hour, by the alarm that says so."""

_SPOKEN = frozenset({_H.INSULT, _H.DEFAMATION})
_UNSPOKEN = frozenset({_H.PRIVATE_INSULT, _H.PRIVATE_DEFAMATION})
_DEFAMING = frozenset({_H.DEFAMATION, _H.PRIVATE_DEFAMATION})


class Caution(StrEnum):
    """What a person should mind about what they concluded; each has a French sentence."""

    STILL_3M = "still_3m"
    """Something else is held where an insult or a defamation may be seen."""
    TRUTH_LATER = "truth_later"
    """Defamation is held of what is true: it makes no difference yet."""
    NOT_PUBLIC = "not_public"
    """A public kind is held of what few could read."""
    IS_PUBLIC = "is_public"
    """A kind that is not public is held of what everybody can read."""
    NOT_IDENTIFIABLE = "not_identifiable"
    OPINION = "opinion"
    """Defamation is held of an opinion."""
    PRECISE = "precise"
    """Only an insult is held of a precise fact."""
    SERVICE = "service"
    """An insult or a defamation is held of words about the service alone."""
    PERSON = "person"
    """Only disparagement is held of words about the person."""
    DISPUTED = "disputed"
    """Hatred gives a year, unless a judge does not see it."""


class Verdict(StrEnum):
    """What all that was concluded comes to; each has a French sentence."""

    NONE = "none"
    LICIT = "licit"
    ILLICIT = "illicit"


def current(assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """What stands: of each passage of each publication, what was concluded last."""
    last = {
        (each.mention_id, mark(each.quote)): each
        for each in sorted(assessments, key=lambda each: each.id)
    }
    return tuple(last.values())


def held(assessments: Iterable[Assessment]) -> tuple[Harm, ...]:
    """The harms held to be there, each once, in the order of the table."""
    codes = {code for each in assessments for code in each.harms}
    return tuple(harm for harm in Harm if harm.value in codes)


def verdict(assessments: Collection[Assessment]) -> Verdict:
    """Whether a person holds anything illicit, everything licit, or did not say yet."""
    if not assessments:
        return Verdict.NONE
    return Verdict.ILLICIT if held(assessments) else Verdict.LICIT


def clocks(harms: Iterable[Harm]) -> frozenset[RuleId]:
    """The clocks that harms add to the three months of the press law."""
    return frozenset(rule for harm in harms for rule in CLOCKS.get(harm, ()))


def urgent_harms(alarms: Iterable[Alarm], harms: Iterable[Harm]) -> tuple[Harm, ...]:
    """What has to be dealt with within the hour: what was held, and what rings by itself."""
    wanted = {*harms, *(URGENT[alarm] for alarm in alarms if alarm in URGENT)}
    return tuple(harm for harm in URGENT.values() if harm in wanted)


def is_beside_the_press(assessment: Assessment) -> bool:
    """Whether something is held, and neither an insult nor a defamation: the signals matter."""
    return bool(assessment.harms) and not frozenset(held([assessment])) & (_SPOKEN | _UNSPOKEN)


def cautions(assessment: Assessment, signs: Collection[Harm] = ()) -> tuple[Caution, ...]:
    """What to mind about a conclusion, the gravest first.

    Args:
        assessment: what was concluded of a passage.
        signs: the kinds that the signals of the passage may be.
    """
    harms = frozenset(held([assessment]))
    return tuple(_cautions(assessment, harms, frozenset(signs))) if harms else ()


def _cautions(
    told: Assessment, harms: frozenset[Harm], signs: frozenset[Harm]
) -> Iterator[Caution]:
    spoken = bool(harms & _SPOKEN)
    if signs & _SPOKEN and not harms & (_SPOKEN | _UNSPOKEN):
        yield Caution.STILL_3M
    if spoken and not told.is_public:
        yield Caution.NOT_PUBLIC
    if harms & (_UNSPOKEN | {_H.CONTEMPT}) and told.is_public:
        yield Caution.IS_PUBLIC
    if not told.is_identifiable:
        yield Caution.NOT_IDENTIFIABLE
    if _H.HATE in harms:
        yield Caution.DISPUTED
    yield from _of_the_words(told, harms)


def _of_the_words(told: Assessment, harms: frozenset[Harm]) -> Iterator[Caution]:
    """Fact or opinion, person or service: what these say of the kind."""
    is_defaming = bool(harms & _DEFAMING)
    if is_defaming and told.truth is Truth.TRUE:
        yield Caution.TRUTH_LATER
    if is_defaming and told.nature is Nature.OPINION:
        yield Caution.OPINION
    if _H.INSULT in harms and not is_defaming and told.nature is Nature.FACT:
        yield Caution.PRECISE
    if harms & (_SPOKEN | _UNSPOKEN) and told.target is Target.SERVICE:
        yield Caution.SERVICE
    if harms == {_H.DISPARAGEMENT} and told.target is Target.PERSON:
        yield Caution.PERSON
