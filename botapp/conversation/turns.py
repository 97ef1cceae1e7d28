"""Whose turn it is and what it is worth: which answer a plain message gets, given what was said shortly before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from botapp.channels.port import InboundEvent
from botapp.conversation.about import is_asked
from botapp.conversation.answers import CLOSING, AnswerKind
from botapp.conversation.knowledge import Answered, Finding, Offered, Unanswered
from botapp.conversation.true_kind import DISCLOSING
from botapp.storage.handovers import Cause
from botapp.storage.replies import Reply, Said
from botapp.understanding.courtesy import Courtesies, Courtesy
from botapp.understanding.wish import PAYLOAD_HELLO

# What may be said to a question; which of them is decided anew at each claim.
OF_QUESTIONS = frozenset({AnswerKind.ANSWER, AnswerKind.STUCK, AnswerKind.REPEATED, AnswerKind.OFFERED})
_ATTACHMENT = "message_attachment:"
_ATTACHMENTS = {
    "image": AnswerKind.IMAGE,
    "video": AnswerKind.VIDEO,
    "audio": AnswerKind.AUDIO,
    "file": AnswerKind.FILE,
    "location": AnswerKind.LOCATION,
}
_COURTESIES = {
    Courtesy.HELLO: AnswerKind.HELLO,
    Courtesy.THANKS: AnswerKind.THANKS,
    Courtesy.GOODBYE: AnswerKind.GOODBYE,
    Courtesy.NOD: AnswerKind.NOD,
}


def plain_kind(event: InboundEvent, courtesies: Courtesies | None, language: str) -> AnswerKind:
    """The answer to a message in which no wish was found, by the message alone."""
    if event.text is None and event.kind == "sticker":
        return AnswerKind.STICKER
    if event.text is None and event.kind.startswith(_ATTACHMENT):
        types = set(event.kind.removeprefix(_ATTACHMENT).split(","))
        return _ATTACHMENTS.get(types.pop(), AnswerKind.ATTACHMENT) if len(types) == 1 else AnswerKind.ATTACHMENT
    if event.payload == PAYLOAD_HELLO or event.kind == "referral":  # came by a link, and said nothing yet
        return AnswerKind.HELLO
    # Which of several buttons was meant stands in its payload and not in its title.
    heard = courtesies.read(event.text, language) if courtesies and event.text and not event.payload else None
    return _COURTESIES[heard] if heard else AnswerKind.ANSWER


def language_of_courtesy(event: InboundEvent, courtesies: Courtesies | None) -> str | None:
    """In which language somebody says hello or thanks, where that is beyond doubt."""
    return courtesies.language(event.text) if courtesies and event.text and not event.payload else None


def is_question(event: InboundEvent, kind: str, courtesies: Courtesies | None) -> bool:
    """Whether somebody who is greeted, or asked whether they meant a stop, may have asked something themselves."""
    if kind not in {*DISCLOSING, AnswerKind.STOP_ASKED} or event.text is None:
        return False
    return plain_kind(event, courtesies, "") is AnswerKind.ANSWER


@dataclass(frozen=True, slots=True)
class Turn:
    """What an answer comes to, given what was said shortly before."""

    kind: str
    found: Finding | None = None  # what the page knows to the question; None: nothing was asked, or it knows nothing
    cause: Cause | None = None  # why a person is brought in with it

    @property
    def language(self) -> str | None:
        """In which language something was asked, as far as what was found tells."""
        return self.found.language if isinstance(self.found, Answered | Offered) else None


def take_turn(
    reply: Reply, kind: str, find: Callable[[], Finding | None], load_said: Callable[[], Sequence[Said]]
) -> Turn | None:
    """What is to be said now to what this reply answers, whose `kind` is true now; asks for no more than matters to it.

    None: it has been said, and once is enough.
    """
    if kind in CLOSING:
        return None if _latest(load_said()) in CLOSING else Turn(kind)
    if kind in DISCLOSING:
        # A greeting alone is no question, and would be kept as one that could not be answered.
        return Turn(kind, find() if is_asked(reply.about) else None)
    if kind == AnswerKind.COMPLAINT and any(earlier.kind == AnswerKind.COMPLAINT for earlier in load_said()):
        return Turn(AnswerKind.PERSON, cause=Cause.COMPLAINT)  # an apology said twice is none
    if kind == AnswerKind.STOP_ASKED and is_asked(reply.about):
        # It only sounded like a stop: what the page surely knows to it is said, and nothing less.
        found = find()
        return Turn(kind, found if isinstance(found, Answered) else None)
    return _turn_of_question(find(), load_said()) if kind in OF_QUESTIONS else Turn(kind)


def _turn_of_question(found: Finding | None, said: Sequence[Said]) -> Turn:
    """Without an answer for the second time in a row a person is offered.

    Then one is brought in, if it is a page that knows answers and has none to this; elsewhere people read along anyway.
    """
    if isinstance(found, Answered):
        was_said = found.entry in {earlier.about for earlier in said}
        return Turn(AnswerKind.REPEATED if was_said else AnswerKind.ANSWER, found)
    if _latest(said) == AnswerKind.STUCK and found is not None:
        return Turn(AnswerKind.PERSON, Unanswered(), Cause.NOT_UNDERSTOOD)
    if isinstance(found, Offered) and _latest(said) != AnswerKind.OFFERED:
        return Turn(AnswerKind.OFFERED, found)
    # What was offered and not chosen is offered no more.
    return Turn(AnswerKind.STUCK if _is_failure(said[:1]) else AnswerKind.ANSWER, Unanswered() if found else None)


def _latest(said: Sequence[Said]) -> str:
    return said[0].kind if said else ""


def _is_failure(said: Sequence[Said]) -> bool:
    """Whether it was an answer that answered nothing, or offered what was not chosen."""
    return any(
        earlier.kind == AnswerKind.OFFERED or (earlier.kind == AnswerKind.ANSWER and earlier.about is None)
        for earlier in said
    )
