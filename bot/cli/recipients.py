"""Who a letter about a page goes to, from the command line."""

from bot.app import House
from bot.cli.failures import fetch_sentence
from bot.cli.screen import Screen
from bot.usecases import find_recipients
from bot.usecases.find_recipients import Candidate, NoticeFinding, Proposal


async def recipient(address: str, house: House, screen: Screen, *, as_json: bool) -> int:
    """Show who may be written to about a page, and what that is based on; 1 when unreadable."""
    proposal = await find_recipients.propose(house.ports, address)
    if as_json:
        screen.json(_json(proposal))
    else:
        failure = proposal.failure
        told = fetch_sentence(screen.words, failure.problem, failure.status) if failure else ""
        screen.page("recipients", proposal=proposal, told=told)
    return 1 if proposal.finding is NoticeFinding.UNREADABLE else 0


def _json(proposal: Proposal) -> dict[str, object]:
    failure = proposal.failure
    return {
        "url": proposal.url,
        "finding": proposal.finding,
        "notices": list(proposal.notices),
        "failure": failure.problem if failure is not None else None,
        "publisher_is_anonymous": proposal.is_anonymous,
        "doubtful_numbers": list(proposal.doubtful_numbers),
        "site": proposal.site.name if proposal.site is not None else None,
        "candidates": [_candidate_json(each) for each in proposal.candidates],
    }


def _candidate_json(candidate: Candidate) -> dict[str, object]:
    return {
        "role": candidate.role,
        "facts": {
            each.fact.value: {"value": each.value, "words": each.words}
            for each in candidate.details
        },
        "basis": candidate.basis,
        "confidence": candidate.confidence,
        "where": candidate.where,
        "form": candidate.form,
        "note": candidate.note,
        "checked_on": candidate.checked_on.isoformat() if candidate.checked_on else None,
    }
