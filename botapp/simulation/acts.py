"""Everything that a person can do in a thread, as the platform's webhook tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from botapp.simulation.mailbox import Mailbox
from botapp.simulation.trace import Said

_TALK = (
    "Hi, is this still available?",
    "Do you deliver on Sundays",
    "What time do you close?",
    "I can't stop thinking about that blue sofa",
    "Wie viel kostet der Versand?",
    "¿Tienen talla 42?",
    "When does the sale start?",
)
_COURTESIES = ("thanks!", "ok", "\U0001f44d", "Vielen Dank", "bye")
_STOP = ("STOP", "stop", "Stop please", "unsubscribe", "STOP!!!", "Abmelden", "opt out", "désabonner")
_COMPLAINTS = (
    "This is unacceptable",
    "I want to file a complaint",
    "Your service is disgusting",
    "I am very disappointed",
)
_START = ("START", "start")
_OPEN_MUTES = ("mute", "be quiet", "pause")
_MUTES = (
    ("mute 2 hours", timedelta(hours=2)),
    ("mute for 1 day", timedelta(days=1)),
    ("mute for 3 days", timedelta(days=3)),
    ("not now", timedelta(days=7)),
    ("mute for two weeks", timedelta(days=14)),
    ("mute 30 minutes", timedelta(minutes=30)),
)

_CHOICES = (
    ("frequency", "weekly"),
    ("frequency", "monthly"),
    ("frequency", "usual"),
    ("quiet_hours", "20:00-10:00"),
    ("quiet_hours", "08:00-18:00"),
    ("quiet_hours", "22:00-07:00"),
    ("quiet_hours", "none"),
)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """What the webhook says beside sender, recipient and time."""

    fields: Item
    mute_for: timedelta | None = None
    chosen: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of act. `tell` is given the mailbox, a fresh mid and the dice; None: no webhook tells of it."""

    name: str
    said: Said
    opens_window: bool
    wants_answer: bool
    tell: Callable[[Mailbox, str, Random], Telling] | None


def _text(*texts: str) -> Callable[[Mailbox, str, Random], Telling]:
    return lambda _mailbox, mid, random: Telling({"message": {"mid": mid, "text": random.choice(texts)}})


def _mute_for_a_while(_mailbox: Mailbox, mid: str, random: Random) -> Telling:
    text, span = random.choice(_MUTES)
    return Telling({"message": {"mid": mid, "text": text}}, span)


def _choose(_mailbox: Mailbox, mid: str, random: Random) -> Telling:
    chosen = random.choice(_CHOICES)
    payload = f"botapp:choose:0123456789ab:{':'.join(chosen)}"
    return Telling({"message": {"mid": mid, "text": "x", "quick_reply": {"payload": payload}}}, chosen=chosen)


def _button(payload: str) -> Callable[[Mailbox, str, Random], Telling]:
    return lambda _mailbox, mid, _random: Telling(
        {"message": {"mid": mid, "text": "x", "quick_reply": {"payload": payload}}}
    )


def _answer_to_question(word: str) -> Callable[[Mailbox, str, Random], Telling]:
    def tell(mailbox: Mailbox, mid: str, _random: Random) -> Telling:
        payload = f"botapp:optin:{word}:{mailbox.question}"
        return Telling({"message": {"mid": mid, "text": "x", "quick_reply": {"payload": payload}}})

    return tell


def _sticker(_mailbox: Mailbox, mid: str, _random: Random) -> Telling:
    attachment = {"type": "image", "payload": {"url": "https://cdn.invalid/x", "sticker_id": 369239263222822}}
    return Telling({"message": {"mid": mid, "attachments": [attachment]}})


def _picture(_mailbox: Mailbox, mid: str, _random: Random) -> Telling:
    return Telling(
        {"message": {"mid": mid, "attachments": [{"type": "image", "payload": {"url": "https://x.invalid"}}]}}
    )


def _postback(_mailbox: Mailbox, mid: str, _random: Random) -> Telling:
    return Telling({"postback": {"mid": mid, "title": "Get started", "payload": "GET_STARTED"}})


def _referral(_mailbox: Mailbox, mid: str, random: Random) -> Telling:
    ref = random.choice(("spring-sale", "newsletter"))
    return Telling({"referral": {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD", "world_mid": mid}})


def _react(action: str) -> Callable[[Mailbox, str, Random], Telling]:
    def tell(mailbox: Mailbox, mid: str, random: Random) -> Telling:
        feeling = {"reaction": random.choice(("love", "smile", "angry"))} if action == "react" else {}
        return Telling({"reaction": {"mid": mailbox.last_mid or mid, "action": action, **feeling}})

    return tell


def _edit_to_stop(mailbox: Mailbox, mid: str, _random: Random) -> Telling:
    return Telling({"message_edit": {"mid": mailbox.last_mid or mid, "text": "STOP", "num_edit": mid}})


def _take_back(mailbox: Mailbox, mid: str, _random: Random) -> Telling:
    return Telling({"message": {"mid": mailbox.last_mid or mid, "is_deleted": True}})


def _notices(status: str) -> Callable[[Mailbox, str, Random], Telling]:
    def tell(_mailbox: Mailbox, mid: str, _random: Random) -> Telling:
        fields = {"type": "notification_messages", "notification_messages_status": status}
        return Telling({"optin": {**fields, "title": "News", "notification_messages_token": mid}})

    return tell


def _read(_mailbox: Mailbox, mid: str, _random: Random) -> Telling:  # noqa: ARG001  reads name no message
    return Telling({"read": {"watermark": None}})


_BOTH = {"opens_window": True, "wants_answer": True}
_NEITHER = {"opens_window": False, "wants_answer": False}
_ACTS = (
    Act("talk", Said.TALK, tell=_text(*_TALK), **_BOTH),
    # Answered, too, but not twice in a row: one closing is enough.
    Act("courtesy", Said.TALK, opens_window=True, wants_answer=False, tell=_text(*_COURTESIES)),
    Act("sticker", Said.TALK, tell=_sticker, **_BOTH),
    Act("picture", Said.TALK, tell=_picture, **_BOTH),
    Act("postback", Said.TALK, tell=_postback, **_BOTH),
    Act("referral", Said.TALK, tell=_referral, **_BOTH),
    Act("react", Said.OTHER, opens_window=True, wants_answer=False, tell=_react("react")),
    Act("unreact", Said.OTHER, tell=_react("unreact"), **_NEITHER),
    Act("take_back", Said.OTHER, tell=_take_back, **_NEITHER),
    Act("read", Said.OTHER, tell=_read, **_NEITHER),
    Act("stop", Said.STOP, tell=_text(*_STOP), **_BOTH),
    Act("stop_button", Said.STOP, tell=_button("botapp:stop"), **_BOTH),
    Act("edit_to_stop", Said.STOP, tell=_edit_to_stop, **_NEITHER),
    Act("mute", Said.MUTE, tell=_text(*_OPEN_MUTES), **_BOTH),
    Act("mute_button", Said.MUTE, tell=_button("botapp:mute"), **_BOTH),
    Act("mute_for", Said.MUTE, tell=_mute_for_a_while, **_BOTH),
    Act("choose", Said.CHOICE, tell=_choose, **_BOTH),
    Act("complain", Said.COMPLAINT, tell=_text(*_COMPLAINTS), **_BOTH),
    Act("data", Said.DATA, tell=_text("my data", "Send me my data"), **_BOTH),
    Act("data_button", Said.DATA, tell=_button("botapp:data"), **_BOTH),
    Act("delete", Said.DELETE, tell=_button("botapp:delete:yes"), **_BOTH),
    Act("person", Said.PERSON, tell=_text("agent please", "I want to talk to a person"), **_BOTH),
    Act("person_button", Said.PERSON, tell=_button("botapp:person"), **_BOTH),
    Act("bot_button", Said.BOT, tell=_button("botapp:bot"), **_BOTH),
    Act("start", Said.START, tell=_text(*_START), **_BOTH),
    Act("yes", Said.YES, tell=_answer_to_question("yes"), **_BOTH),
    Act("no", Said.NO, tell=_answer_to_question("no"), **_BOTH),
    Act("notices_stop", Said.NOTICES_STOPPED, tell=_notices("STOP NOTIFICATIONS"), **_NEITHER),
    Act("notices_resume", Said.NOTICES_RESUMED, tell=_notices("RESUME NOTIFICATIONS"), **_NEITHER),
    Act("block", Said.BLOCK, tell=None, **_NEITHER),
    Act("unblock", Said.UNBLOCK, tell=None, **_NEITHER),
)
ACTS = {act.name: act for act in _ACTS}
