"""The guard of secrecy, by itself: for a person, or line by line for measuring."""

from bot.adapters.lawbook import load_guard
from bot.adapters.wording import TEMPLATES
from bot.cli.failures import REFUSED
from bot.cli.lines import BadLineError, Json, answer_lines, string, text_or_file
from bot.cli.screen import Screen, Words
from bot.core.secrecy import MAX_READ_CHARACTERS, Review


def check_reply(said: str, profession: str, *, as_json: bool) -> int:
    """Say what of a reply must not be published; 1 when there is something."""
    screen, guard = Screen(), load_guard(TEMPLATES)
    reply = text_or_file(said, MAX_READ_CHARACTERS)
    review = guard.check(reply, profession)
    if as_json:
        screen.json(_answer(screen.words, review))
    elif review.unreadable:
        screen.complain(screen.words.label("unreadable", review.unreadable))
    else:
        screen.page(
            "reply_checked", review=review, reply=reply, rewritten=guard.rewritten(reply, review)
        )
    return 0 if review.is_clean else REFUSED


def check_reply_lines(path: str) -> int:
    """Answer every line of a file, in order; bad lines are told, and the others answered."""
    screen, guard = Screen(), load_guard(TEMPLATES)

    def judged(asked: Json) -> Json:
        if "text" not in asked:
            raise BadLineError("no_text")
        return _answer(
            screen.words, guard.check(string(asked, "text"), string(asked, "profession"))
        )

    return answer_lines(path, screen, judged)


def _answer(words: Words, review: Review) -> Json:
    told: Json = {
        "verdict": "accept" if review.is_clean else "flag",
        "findings": [
            {
                "rule": each.rule.value,
                "start": each.start,
                "end": each.end,
                "severity": words.label("severity", each.severity),
                "reason": each.reason,
                "rewrite": each.rewrite,
            }
            for each in review.findings
        ],
    }
    return told | ({"unreadable": review.unreadable.value} if review.unreadable else {})
