"""The tables of what is asked: each button, command, screen and form, its right, and who answers.

A new demand is a line here, a use case, and its words in ``templates/``.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.actions import Action, Command, Verb
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseDeadline, Reminder
from bot.core.digest import Digest
from bot.core.evidence import Attachment
from bot.core.forms import Form, FormName
from bot.core.letterheads import Letter
from bot.core.mentions import Mention, Proposal, Source
from bot.core.messages import Message
from bot.core.outbox import Display
from bot.core.people import Asker, Invitation, Member, Practice, Practitioner, Right
from bot.core.remedies import Remedy
from bot.core.replies import Draft
from bot.core.search import Search
from bot.ports import Ports, Transaction
from bot.usecases import (
    add_mentions,
    address_letters,
    answer_commands,
    approve_letters,
    assess_passages,
    change_settings,
    collect_evidence,
    date_publications,
    draft_replies,
    fill_outbox,
    follow_mentions,
    keep_deadlines,
    list_subjects,
    look_at_mentions,
    manage_people,
    manage_sources,
    manage_team,
    mind_secrecy,
    onboard,
    publish_replies,
    reuse_replies,
    search_mentions,
    share_calendars,
    show_deadlines,
    subscribe_calendars,
    triage_mentions,
    weigh_replies,
    work_cases,
    work_remedies,
    write_letters,
)

Answer = Message | Form
Press = Callable[[Ports, Asker, Action], Awaitable[Answer]]
Tell = Callable[[Ports, Asker, str], Awaitable[Answer | None]]
Draw = Callable[[Ports, Asker, int], Awaitable[Message]]
Make = Callable[[Ports, Transaction, Asker, int, Mapping[str, str]], Awaitable[Form]]
Submit = Callable[[Ports, Asker, Form, Mapping[str, str]], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Route:
    """What a verb is about, what it takes to ask it, and who answers."""

    about: type[Any]
    right: Right
    use_case: Press


@dataclass(frozen=True, slots=True)
class FormRoute:
    """What a form is about, what it takes to fill it, who makes it and who takes it.

    ``make`` is given what is answered already: a question may depend on it.
    """

    about: type[Any]
    right: Right
    make: Make
    submit: Submit


@dataclass(frozen=True, slots=True)
class Screen:
    """A list with pages, turned in place."""

    right: Right
    draw: Draw


ROUTES: Mapping[Verb, Route] = {
    Verb.CLASSIFY_LICIT: Route(Mention, Right.TRIAGE, triage_mentions.classify),
    Verb.CLASSIFY_ILLICIT: Route(Mention, Right.TRIAGE, triage_mentions.classify),
    Verb.CLASSIFY_IGNORED: Route(Mention, Right.TRIAGE, triage_mentions.classify),
    Verb.UNDO: Route(Mention, Right.TRIAGE, triage_mentions.undo),
    Verb.IS_ME: Route(Mention, Right.TRIAGE, triage_mentions.recognise),
    Verb.IS_NOT_ME: Route(Mention, Right.TRIAGE, triage_mentions.recognise),
    Verb.RESUME: Route(Mention, Right.TRIAGE, follow_mentions.resume),
    Verb.ERASE_WORDS: Route(Practice, Right.READ, mind_secrecy.erase),
    Verb.FOLLOW: Route(Proposal, Right.TRIAGE, add_mentions.follow),
    Verb.LOOK: Route(Mention, Right.READ, look_at_mentions.look),
    Verb.SHOW_MORE: Route(Digest, Right.READ, triage_mentions.show_rest),
    Verb.REVIEW_BACKLOG: Route(Digest, Right.TRIAGE, triage_mentions.review_backlog),
    Verb.DISMISS_BACKLOG: Route(Digest, Right.TRIAGE, triage_mentions.review_backlog),
    Verb.REVIEW_DOUBTFUL: Route(Digest, Right.TRIAGE, triage_mentions.review_doubtful),
    Verb.DISMISS_DOUBTFUL: Route(Digest, Right.TRIAGE, triage_mentions.review_doubtful),
    Verb.DRAFT_REPLY: Route(Mention, Right.REPLY, weigh_replies.propose),
    Verb.WEIGH_REPLY: Route(Mention, Right.REPLY, weigh_replies.weigh),
    Verb.CHOOSE_WAY: Route(Mention, Right.REPLY, weigh_replies.choose),
    Verb.NEXT_DRAFT: Route(Draft, Right.REPLY, draft_replies.vary),
    Verb.COPY_DRAFT: Route(Draft, Right.REPLY, draft_replies.copy),
    Verb.OPEN_MODELS: Route(Draft, Right.REPLY, reuse_replies.open_models),
    Verb.SEARCH_MODELS: Route(Search, Right.REPLY, reuse_replies.search_models),
    Verb.REMOVE_MODEL: Route(Draft, Right.MANAGE_SETTINGS, reuse_replies.remove),
    Verb.TAKE_MODEL: Route(Draft, Right.REPLY, reuse_replies.take),
    Verb.REWRITE_DRAFT: Route(Draft, Right.REPLY, draft_replies.rewrite),
    Verb.REVIEW_DRAFT: Route(Draft, Right.REPLY, draft_replies.take_step),
    Verb.APPROVE_DRAFT: Route(Draft, Right.REPLY, draft_replies.take_step),
    Verb.PUBLISH_DRAFT: Route(Draft, Right.REPLY, publish_replies.publish),
    Verb.MARK_PUBLISHED: Route(Draft, Right.REPLY, draft_replies.take_step),
    Verb.OPEN_CASE: Route(Case, Right.READ, work_cases.show_case),
    Verb.REOPEN_CASE: Route(Case, Right.WORK_CASES, work_cases.reopen),
    Verb.QUALIFY: Route(Case, Right.READ, assess_passages.qualify),
    Verb.ASSESS_PASSAGE: Route(Case, Right.WORK_CASES, assess_passages.assess_passage),
    Verb.REMOVE_ASSESSMENT: Route(Assessment, Right.WORK_CASES, assess_passages.remove),
    Verb.HOLD_LICIT: Route(Case, Right.WORK_CASES, assess_passages.hold_licit),
    Verb.PROPOSE_REMEDIES: Route(Case, Right.WORK_CASES, work_remedies.propose),
    Verb.START_REMEDY: Route(Case, Right.WORK_CASES, work_remedies.start),
    Verb.OPEN_REMEDY: Route(Remedy, Right.READ, work_remedies.open_remedy),
    Verb.TAKE_REMEDY_STEP: Route(Remedy, Right.WORK_CASES, work_remedies.take_step),
    Verb.COMPLETE_DEADLINE: Route(CaseDeadline, Right.WORK_CASES, keep_deadlines.complete),
    Verb.RESUME_DEADLINE: Route(CaseDeadline, Right.WORK_CASES, keep_deadlines.resume),
    Verb.SNOOZE_DEADLINE: Route(Reminder, Right.WORK_CASES, keep_deadlines.snooze),
    Verb.EXPLAIN_CASE: Route(Case, Right.READ, show_deadlines.explain_case),
    Verb.EXPLAIN_DEADLINE: Route(CaseDeadline, Right.READ, show_deadlines.explain_one),
    Verb.GIVE_DEADLINE: Route(CaseDeadline, Right.READ, share_calendars.give_deadline),
    Verb.GIVE_CALENDAR: Route(Practice, Right.READ, share_calendars.give_calendar),
    Verb.SUBSCRIBE: Route(Practice, Right.READ, subscribe_calendars.subscribe),
    Verb.UNSUBSCRIBE: Route(Practice, Right.READ, subscribe_calendars.unsubscribe),
    Verb.SHOW_SAMPLE: Route(Practice, Right.READ, onboard.sample),
    Verb.DIGEST_NOW: Route(Practice, Right.READ, answer_commands.digest_now),
    Verb.OPEN_PERSON: Route(Practitioner, Right.READ, manage_people.show_person),
    Verb.LET_GO: Route(Practitioner, Right.MANAGE_PEOPLE, manage_people.let_go),
    Verb.OPEN_MEMBER: Route(Member, Right.MANAGE_TEAM, manage_team.show_member),
    Verb.REMOVE_MEMBER: Route(Member, Right.MANAGE_TEAM, manage_team.remove),
    Verb.REVOKE_INVITATION: Route(Invitation, Right.MANAGE_TEAM, manage_team.revoke),
    Verb.LEAVE: Route(Member, Right.READ, manage_team.leave),
    Verb.TOGGLE_SETTING: Route(Practice, Right.MANAGE_SETTINGS, change_settings.toggle),
    Verb.TURN_SEARCH: Route(Search, Right.READ, search_mentions.turn),
    Verb.OPEN_MENTION: Route(Mention, Right.READ, search_mentions.open_mention),
    Verb.OPEN_SOURCE: Route(Source, Right.READ, manage_sources.show_source),
    Verb.WATCH_SOURCE: Route(Source, Right.MANAGE_SOURCES, manage_sources.watch),
    Verb.PAUSE_SOURCE: Route(Source, Right.MANAGE_SOURCES, manage_sources.pause),
    Verb.RESUME_SOURCE: Route(Source, Right.MANAGE_SOURCES, manage_sources.pause),
    Verb.TRY_SOURCE: Route(Source, Right.MANAGE_SOURCES, manage_sources.try_again),
    Verb.REMOVE_SOURCE: Route(Source, Right.MANAGE_SOURCES, manage_sources.remove),
    Verb.UNFOLD_MENU: Route(Display, Right.READ, fill_outbox.fold_menu),
    Verb.FOLD_MENU: Route(Display, Right.READ, fill_outbox.fold_menu),
    Verb.OPEN_PIECES: Route(Case, Right.READ, collect_evidence.pieces),
    Verb.GIVE_PIECE: Route(Attachment, Right.READ, collect_evidence.give),
    Verb.DETACH_PIECE: Route(Attachment, Right.WORK_CASES, collect_evidence.detach),
    Verb.WRITE_LETTER: Route(Remedy, Right.WORK_CASES, write_letters.begin),
    Verb.PREVIEW_LETTER: Route(Letter, Right.READ, approve_letters.preview),
    Verb.FIND_RECIPIENT: Route(Letter, Right.WORK_CASES, address_letters.search),
    Verb.TAKE_RECIPIENT: Route(Letter, Right.WORK_CASES, address_letters.take),
    Verb.APPROVE_LETTER: Route(Letter, Right.WORK_CASES, approve_letters.approve),
    Verb.REOPEN_LETTER: Route(Letter, Right.WORK_CASES, approve_letters.reopen),
    Verb.GIVE_LETTER: Route(Letter, Right.READ, approve_letters.give),
    Verb.NEVER_MIND: Route(Practice, Right.READ, answer_commands.never_mind),
}
"""What each button does, but those of ``OF_THE_DESK``."""

OF_THE_DESK = frozenset({Verb.FILL_FORM, Verb.ANSWER_FORM, Verb.SHOW_SCREEN, Verb.RUN_COMMAND})
"""The buttons that lead to the other tables; the desk answers them itself."""

FORMS: Mapping[FormName, FormRoute] = {
    FormName.PASTE: FormRoute(Practice, Right.TRIAGE, add_mentions.paste_form, add_mentions.paste),
    FormName.LATER: FormRoute(
        Mention, Right.TRIAGE, follow_mentions.later_form, follow_mentions.put_off
    ),
    FormName.ASSIGN: FormRoute(
        Mention, Right.TRIAGE, follow_mentions.assign_form, follow_mentions.assign
    ),
    FormName.NOTE: FormRoute(
        Mention, Right.TRIAGE, follow_mentions.note_form, follow_mentions.note
    ),
    FormName.NO_REPLY: FormRoute(
        Mention, Right.REPLY, weigh_replies.silence_form, weigh_replies.keep_silent
    ),
    FormName.REPLY_KIND: FormRoute(
        Draft, Right.REPLY, weigh_replies.kind_form, weigh_replies.set_kind
    ),
    FormName.FIND_MODEL: FormRoute(
        Draft, Right.REPLY, reuse_replies.find_form, reuse_replies.find
    ),
    FormName.EDIT_DRAFT: FormRoute(
        Draft, Right.REPLY, draft_replies.edit_form, draft_replies.edit
    ),
    FormName.SET_UP: FormRoute(Practice, Right.MANAGE_PEOPLE, onboard.set_up_form, onboard.set_up),
    FormName.PERSON: FormRoute(
        Practice, Right.MANAGE_PEOPLE, manage_people.person_form, manage_people.add_person
    ),
    FormName.EDIT_PERSON: FormRoute(
        Practitioner, Right.MANAGE_PEOPLE, manage_people.edit_form, manage_people.edit
    ),
    FormName.RENAME_PERSON: FormRoute(
        Practitioner, Right.MANAGE_PEOPLE, manage_people.rename_form, manage_people.rename
    ),
    FormName.INVITE: FormRoute(
        Practice, Right.MANAGE_TEAM, manage_team.invite_form, manage_team.invite
    ),
    FormName.ROLE: FormRoute(
        Member, Right.MANAGE_TEAM, manage_team.role_form, manage_team.change_role
    ),
    FormName.RHYTHM: FormRoute(
        Practice, Right.MANAGE_SETTINGS, change_settings.rhythm_form, change_settings.set_rhythm
    ),
    FormName.QUIET: FormRoute(
        Practice, Right.MANAGE_SETTINGS, change_settings.quiet_form, change_settings.set_quiet
    ),
    FormName.HOLIDAY: FormRoute(
        Practice, Right.MANAGE_SETTINGS, change_settings.holiday_form, change_settings.set_holiday
    ),
    FormName.ESCALATION: FormRoute(
        Practice,
        Right.MANAGE_SETTINGS,
        change_settings.escalation_form,
        change_settings.set_escalation,
    ),
    FormName.SEARCH: FormRoute(
        Practice, Right.READ, search_mentions.search_form, search_mentions.find
    ),
    FormName.FILTER: FormRoute(
        Search, Right.READ, search_mentions.filter_form, search_mentions.narrow
    ),
    FormName.CLOSE_CASE: FormRoute(
        Case, Right.WORK_CASES, work_cases.close_form, work_cases.close
    ),
    FormName.ASSIGN_CASE: FormRoute(
        Case, Right.WORK_CASES, work_cases.assign_form, work_cases.assign
    ),
    FormName.MERGE_CASES: FormRoute(
        Case, Right.WORK_CASES, work_cases.merge_form, work_cases.merge
    ),
    FormName.ASSESS: FormRoute(
        Case, Right.WORK_CASES, assess_passages.assess_form, assess_passages.assess
    ),
    FormName.PUBLISHED: FormRoute(
        Case,
        Right.WORK_CASES,
        date_publications.published_form,
        date_publications.set_published,
    ),
    FormName.REMEDY_SENT: FormRoute(
        Remedy, Right.WORK_CASES, work_remedies.sent_form, work_remedies.note_step
    ),
    FormName.REMEDY_DELIVERED: FormRoute(
        Remedy, Right.WORK_CASES, work_remedies.delivered_form, work_remedies.note_step
    ),
    FormName.ANSWERED: FormRoute(
        Remedy, Right.WORK_CASES, work_remedies.answered_form, work_remedies.note_step
    ),
    FormName.ACTED: FormRoute(
        CaseDeadline, Right.WORK_CASES, keep_deadlines.acted_form, keep_deadlines.acted
    ),
    FormName.COURT_STEP: FormRoute(
        Remedy, Right.WORK_CASES, work_remedies.court_form, work_remedies.note_step
    ),
    FormName.ATTACH: FormRoute(
        Case, Right.WORK_CASES, collect_evidence.attach_form, collect_evidence.attach
    ),
    FormName.LETTER: FormRoute(
        Letter, Right.WORK_CASES, write_letters.complete_form, write_letters.fill
    ),
    FormName.LETTER_PASSAGE: FormRoute(
        Letter, Right.WORK_CASES, write_letters.passage_form, write_letters.fill
    ),
    FormName.LETTER_WORDS: FormRoute(
        Letter, Right.WORK_CASES, write_letters.words_form, write_letters.fill
    ),
    FormName.LETTER_RECIPIENT: FormRoute(
        Letter, Right.WORK_CASES, write_letters.recipient_form, write_letters.fill
    ),
    FormName.LETTERHEAD: FormRoute(
        Letter, Right.WORK_CASES, write_letters.head_form, write_letters.fill
    ),
    FormName.LETTER_ANNEXES: FormRoute(
        Letter, Right.WORK_CASES, write_letters.annexes_form, write_letters.choose_annexes
    ),
    FormName.LETTER_RIGHT: FormRoute(
        Letter, Right.WORK_CASES, write_letters.right_form, write_letters.choose_right
    ),
    FormName.SOURCE: FormRoute(
        Practice, Right.MANAGE_SOURCES, manage_sources.source_form, manage_sources.propose
    ),
}

SCREENS: Mapping[str, Screen] = {
    "people": Screen(Right.READ, manage_people.draw),
    "team": Screen(Right.READ, manage_team.draw),
    "settings": Screen(Right.READ, change_settings.draw),
    "cases": Screen(Right.READ, list_subjects.list_cases),
    "deadlines": Screen(Right.READ, list_subjects.list_deadlines),
    "agenda": Screen(Right.READ, subscribe_calendars.draw),
    "sources": Screen(Right.READ, manage_sources.list_sources),
}

COMMANDS: Mapping[Command, Tell] = {
    Command.START: answer_commands.hello,
    Command.TODAY: answer_commands.today,
    Command.CASES: list_subjects.cases,
    Command.DEADLINES: list_subjects.deadlines,
    Command.ADD: add_mentions.add,
    Command.SEARCH: search_mentions.search,
    Command.SOURCES: manage_sources.sources,
    Command.PEOPLE: manage_people.people,
    Command.TEAM: manage_team.team,
    Command.LEAVE: manage_team.ask_to_leave,
    Command.SETTINGS: change_settings.settings,
    Command.HELP: answer_commands.help_,
    Command.PRIVACY: answer_commands.privacy,
}
"""What each command answers; what it takes is in ``people.COMMAND_RIGHTS``."""
