"""Composes what the bot says: the wording is content in config/answers, here it meets its buttons."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from botapp.channels.port import QuickReply
from botapp.understanding.preferences import PAYLOAD_SETTINGS
from botapp.understanding.wish import (
    PAYLOAD_BOT,
    PAYLOAD_DATA,
    PAYLOAD_DELETE,
    PAYLOAD_DELETE_YES,
    PAYLOAD_GO_ON,
    PAYLOAD_HELP,
    PAYLOAD_MUTE,
    PAYLOAD_OPT_IN_NO,
    PAYLOAD_OPT_IN_YES,
    PAYLOAD_PERSON,
    PAYLOAD_START,
    PAYLOAD_STOP,
)

TEXT_LIMIT = 400  # characters; short enough to be read on a phone without scrolling
BUTTON_LIMIT = 20  # characters; Messenger cuts longer titles (platform-reference 2.2)
PROFILE_GREETING_LIMIT = 160  # characters (2.7)
ICE_BREAKER_LIMIT = 80


class AnswerKind(StrEnum):
    """What an answer is about. The values are keys of config/answers."""

    GREETING = "greeting"  # first contact: discloses the automation
    GREETING_STOPPED = "greeting_stopped"  # the same to somebody whose stop holds, or who is handed back under one
    AGAIN = "again"  # the same after a lapse
    ANSWER = "answer"
    ATTACHMENT = "attachment"
    STOP_CONFIRMED = "stop_confirmed"
    MUTE_CONFIRMED = "mute_confirmed"
    STOP_ASKED = "stop_asked"  # their words may have meant a stop: paused for a day, and asked
    STOP_HOLDS = "stop_holds"  # after a yes or a START that is older than the stop
    START_CONFIRMED = "start_confirmed"
    START_NEEDS_YES = "start_needs_yes"  # nothing is stopped any more, but this page needs a yes to its question
    OPTIN_YES = "optin_yes_confirmed"
    OPTIN_NO = "optin_no_confirmed"
    HELP = "help"
    PERSON = "person"
    PERSON_LATE = "person_late"  # to somebody who waits for a person longer than the house means them to
    DATA = "data"
    DELETE_ASKED = "delete_asked"
    DELETE_CONFIRMED = "delete_confirmed"
    WHY = "why"
    WHY_NOTHING = "why_nothing"  # we have never written to them on our own
    HELLO = "hello"  # after a greeting by somebody who knows us: what we can do
    THANKS = "thanks"
    GOODBYE = "goodbye"
    NOD = "nod"  # after an "ok" or a thumb up
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    LOCATION = "location"
    STICKER = "sticker"
    REPEATED = "repeated"  # said before the same answer when it is given again
    STUCK = "stuck"  # not answered for the second time in a row: a person is offered
    COMPLAINT = "complaint"
    OFFERED = "offered"  # the likeliest questions, to choose from
    SATISFIED = "satisfied"  # they said that it helped
    DISSATISFIED = "dissatisfied"


CLOSING = frozenset({AnswerKind.THANKS, AnswerKind.GOODBYE, AnswerKind.NOD})  # end politely, and once
ATTACHMENTS = frozenset(
    {AnswerKind.IMAGE, AnswerKind.VIDEO, AnswerKind.AUDIO, AnswerKind.FILE, AnswerKind.LOCATION, AnswerKind.ATTACHMENT}
)
PERSON_WRITES = "person_writes"  # before the first words of a person
WHY_IMPLIED = "why_implied"  # what our message rested on, within the answer to WHY
WHY_EXPLICIT = "why_explicit"
PROFILE_GREETING = "profile_greeting"  # shown by the platform before anybody has written
ICE_BREAKERS = {
    "ice_breaker_help": PAYLOAD_HELP,
    "ice_breaker_person": PAYLOAD_PERSON,
    "ice_breaker_data": PAYLOAD_DATA,
}
_OPEN_MUTE_CONFIRMED = "mute_confirmed_open"
_QUESTION = "optin_question"
_SATISFACTION = ("satisfaction_faq", "satisfaction_person")  # whether it helped, by who answered
_BUTTON_YES = "button_yes"
_BUTTON_NO = "button_no"
_BUTTON_PAYLOADS = {
    "button_help": PAYLOAD_HELP,
    "button_person": PAYLOAD_PERSON,
    "button_bot": PAYLOAD_BOT,
    "button_mute": PAYLOAD_MUTE,
    "button_start": PAYLOAD_START,
    "button_stop": PAYLOAD_STOP,
    "button_stop_yes": PAYLOAD_STOP,
    "button_go_on": PAYLOAD_GO_ON,
    "button_data": PAYLOAD_DATA,
    "button_settings": PAYLOAD_SETTINGS,
    "button_delete": PAYLOAD_DELETE,
    "button_delete_yes": PAYLOAD_DELETE_YES,
}
_SHOWN_BEFORE = {PROFILE_GREETING, *ICE_BREAKERS}
MENU = {
    name: _BUTTON_PAYLOADS[name]
    for name in ("button_help", "button_person", "button_data", "button_settings", "button_mute", "button_stop")
}
_QUESTIONS = {_QUESTION, *_SATISFACTION}
_TEXTS = {*AnswerKind, _OPEN_MUTE_CONFIRMED, *_QUESTIONS, PERSON_WRITES, WHY_IMPLIED, WHY_EXPLICIT, *_SHOWN_BEFORE}
_BUTTONS = {*_BUTTON_PAYLOADS, _BUTTON_YES, _BUTTON_NO, "button_helped", "button_not_helped"}
_PLACEHOLDERS = {
    AnswerKind.MUTE_CONFIRMED.value: ["{until}"],
    AnswerKind.DATA.value: ["{link}", "{until}"],
    AnswerKind.WHY.value: ["{basis}", "{checkpoint}", "{entry}", "{rule}", "{sent}", "{wrote}"],
    WHY_EXPLICIT: ["{consent}", "{said}", "{wording}"],
}
_PLACEHOLDER = re.compile(r"\{[^}]*\}?|\}")

_LIMITS = dict.fromkeys(ICE_BREAKERS, ICE_BREAKER_LIMIT) | {PROFILE_GREETING: PROFILE_GREETING_LIMIT}

_USUAL_BUTTONS = ("button_help", "button_person", "button_mute", "button_stop")
_PERSON_FIRST = ("button_person", "button_help", "button_stop")
_OTHER_BUTTONS = {
    AnswerKind.GREETING_STOPPED: ("button_help", "button_person", "button_start"),
    AnswerKind.STOP_CONFIRMED: ("button_start",),
    AnswerKind.STOP_ASKED: ("button_stop_yes", "button_go_on"),
    AnswerKind.STOP_HOLDS: ("button_start",),
    AnswerKind.MUTE_CONFIRMED: ("button_start", "button_stop"),
    AnswerKind.START_CONFIRMED: ("button_help", "button_mute", "button_stop"),
    AnswerKind.START_NEEDS_YES: ("button_help", "button_stop"),
    AnswerKind.OPTIN_YES: ("button_help", "button_mute", "button_stop"),
    AnswerKind.OPTIN_NO: ("button_help", "button_person"),
    AnswerKind.HELP: ("button_person", "button_settings", "button_mute", "button_stop"),
    AnswerKind.PERSON: ("button_bot", "button_stop"),
    AnswerKind.PERSON_LATE: ("button_bot", "button_stop"),
    AnswerKind.DATA: ("button_delete", "button_help", "button_stop"),
    AnswerKind.DELETE_ASKED: ("button_delete_yes", "button_data", "button_help"),
    AnswerKind.DELETE_CONFIRMED: (),
    AnswerKind.WHY: ("button_data", "button_mute", "button_stop"),
    AnswerKind.WHY_NOTHING: ("button_data", "button_help", "button_stop"),
    **dict.fromkeys(CLOSING, ()),
    AnswerKind.STICKER: (),
    AnswerKind.SATISFIED: (),
    AnswerKind.DISSATISFIED: _PERSON_FIRST,
    **dict.fromkeys(ATTACHMENTS, _PERSON_FIRST),
    AnswerKind.REPEATED: _PERSON_FIRST,
    AnswerKind.STUCK: _PERSON_FIRST,
    AnswerKind.COMPLAINT: _PERSON_FIRST,
    AnswerKind.OFFERED: _PERSON_FIRST,
}
WITH_QUESTION = frozenset({AnswerKind.GREETING, AnswerKind.AGAIN, AnswerKind.ANSWER, AnswerKind.START_NEEDS_YES})


@dataclass(frozen=True, slots=True)
class OptInQuestion:
    """The question whose yes is consent, in the very wording that is shown; each wording has its version."""

    version: str
    text: str
    yes: str
    no: str


class Wordings:
    """All texts of all languages, complete. Immutable once built. `version` names this very content."""

    __slots__ = ("_by_language", "version")

    def __init__(self, by_language: Mapping[str, Mapping[str, str]], version: str | None = None) -> None:
        self._by_language = by_language
        content = json.dumps(by_language, sort_keys=True).encode()
        self.version = version or f"default-{hashlib.sha256(content).hexdigest()[:12]}"

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._by_language))

    def replaced(self, texts: Mapping[str, Mapping[str, str]], version: str) -> "Wordings":
        """These with some texts replaced, language -> key -> text."""
        return Wordings({code: {**own, **texts.get(code, {})} for code, own in self._by_language.items()}, version)

    def own_in(self, language: str) -> Mapping[str, str]:
        """All texts of a language, those of a page's own menus among them; none where it is not known."""
        return self._by_language.get(language, {})

    def texts_in(self, language: str | None, default_language: str) -> Mapping[str, str]:
        """The texts of a language or locale ("pt_BR" is "pt"), else of the default.

        Raises LookupError when the default is not among the languages either.
        """
        code = self.shown_in(language, default_language)
        if code not in self._by_language:
            raise LookupError(f"config/answers has no language {default_language!r}, which is the default")
        return self._by_language[code]

    def shown_in(self, language: str | None, default_language: str) -> str:
        """The language whose texts those are."""
        code = (language or "").replace("-", "_").partition("_")[0].lower()
        return code if self._by_language.get(code) else default_language


def load_wordings(tables: Mapping[str, Mapping[str, object]]) -> Wordings:
    """Checks the parsed TOML files, language code -> table.

    Raises ValueError naming language and key for a missing or unknown key, a text that is empty or too long, or a
    placeholder that is missing or not filled here.
    """
    if not tables:
        raise ValueError("no answers: config/answers holds no language")
    return Wordings({language: _checked(language, table) for language, table in tables.items()})


def compose(
    kind: AnswerKind,
    language: str | None,
    wordings: Wordings,
    *,
    default_language: str = "en",
    until: str | None = None,
    question: OptInQuestion | None = None,
) -> tuple[str, tuple[QuickReply, ...]]:
    """The text of an answer and its quick replies.

    `until` is the end of a mute as the person shall read it; None: the mute is open. A `question` is put after a
    greeting, a plain answer or a START, and its buttons come first; elsewhere it is not asked. Other
    placeholders stand as they are, see `filled`.
    """
    texts = wordings.texts_in(language, default_language)
    text = _text(kind, texts, until)
    buttons = tuple(
        QuickReply(texts[button], _BUTTON_PAYLOADS[button]) for button in _OTHER_BUTTONS.get(kind, _USUAL_BUTTONS)
    )
    if question is None or kind not in WITH_QUESTION:
        return text, buttons
    return f"{text}\n\n{question.text}", (*_question_buttons(question), *buttons)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders filled, each once; what a value holds is not looked at again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[0][1:-1], found[0]), text)


def default_question(language: str | None, wordings: Wordings, *, default_language: str = "en") -> OptInQuestion:
    """The opt-in question of config/answers, for pages that word none of their own.

    Its version is made of the text itself and of its language, so that a record names what was shown, and in which.
    """
    code = wordings.shown_in(language, default_language)
    texts = wordings.texts_in(language, default_language)
    question, yes, no = texts[_QUESTION], texts[_BUTTON_YES], texts[_BUTTON_NO]
    digest = hashlib.sha256(f"{question}|{yes}|{no}".encode()).hexdigest()
    return OptInQuestion(f"default-{code}-{digest[:12]}", question, yes, no)


def language_of_question(version: str | None) -> str | None:
    """In which language the question of that version was shown; None for a page's own, which does not say."""
    found = re.fullmatch(r"default-([a-z]{2,3})-[0-9a-f]{12}", version or "")
    return found[1] if found else None


def _text(kind: AnswerKind, texts: Mapping[str, str], until: str | None) -> str:
    if kind is not AnswerKind.MUTE_CONFIRMED:
        return texts[kind]
    if until is None:
        return texts[_OPEN_MUTE_CONFIRMED]
    return texts[kind].replace("{until}", until)


def _question_buttons(question: OptInQuestion) -> tuple[QuickReply, QuickReply]:
    return (
        QuickReply(question.yes, f"{PAYLOAD_OPT_IN_YES}:{question.version}"),
        QuickReply(question.no, f"{PAYLOAD_OPT_IN_NO}:{question.version}"),
    )


def check_texts(where: str, table: Mapping[str, object]) -> dict[str, str]:
    """Some texts of one language. Raises ValueError naming the place and the key of the first that is wrong."""
    if unknown := table.keys() - (_TEXTS | _BUTTONS):
        raise ValueError(f"{where}: unknown keys: {', '.join(sorted(unknown))}")
    return {key: _checked_text(where, key, text) for key, text in table.items()}


def _checked(language: str, table: Mapping[str, object]) -> dict[str, str]:
    where = f"config/answers/{language}.toml"
    if missing := (_TEXTS | _BUTTONS) - table.keys():
        raise ValueError(f"{where}: missing: {', '.join(sorted(missing))}")
    return check_texts(where, table)


def _checked_text(where: str, key: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{where}: {key} must be a text that is not empty")
    limit = BUTTON_LIMIT if key in _BUTTONS else _LIMITS.get(key, TEXT_LIMIT)
    if len(text) > limit:
        raise ValueError(f"{where}: {key} has {len(text)} characters, {limit} are allowed")
    placeholders = _PLACEHOLDERS.get(key, [])
    if sorted(_PLACEHOLDER.findall(text)) != placeholders:
        raise ValueError(
            f"{where}: {key} must hold {' '.join(placeholders) or 'no placeholder'} and nothing else in braces"
        )
    return text
