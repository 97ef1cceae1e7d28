"""The platform within this process: it answers the production's requests, and people read what reaches them."""

import json
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from botapp.channels.port import LateError
from botapp.channels.transport import Failure, Reply, Request, Transport
from botapp.showcase.agenda import DrivenClock
from botapp.showcase.script import Talk

_BLOCKED = {"message": "not available", "type": "OAuthException", "code": 551, "error_subcode": 1545041}
_SUCCESS = {"success": True}
_THREAD_LENGTH = 40
Button = tuple[str, str]  # what it says, and what it tells us


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a thread."""

    at: datetime
    is_from_customer: bool
    text: str


@dataclass(slots=True)
class Customer:
    """A made-up person, as the platform knows them."""

    psid: str
    first_name: str
    last_name: str
    talk: Talk
    zone_hours: int
    is_blocked: bool = False
    silence: int = 0  # counts up whenever they write: what was planned for an earlier silence is void
    wants_no_more: bool = False
    stays_away: bool = False
    wrote_at: datetime | None = None
    thread: deque[Line] = field(default_factory=lambda: deque(maxlen=_THREAD_LENGTH))

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that reached a person."""

    customer: Customer
    text: str
    is_response: bool
    message_id: str
    buttons: Sequence[Button]


class InProcessPlatform(Transport):
    """Takes requests as Messenger does (platform-reference 2), without a wire."""

    def __init__(self, clock: DrivenClock, random: Random) -> None:  # no call of super: there are no connections
        self.customers: dict[str, Customer] = {}
        self.on_arrival: Callable[[Arrived], None] | None = None
        self._clock = clock
        self._random = random
        self._messages = 0

    def call(
        self, request: Request, *, guard: Callable[[], None] | None = None, within_seconds: float = math.inf
    ) -> Reply | Failure:
        """See `Transport.call`. The guard's refusals come out as they do there."""
        del within_seconds  # nothing takes long here
        try:
            if guard is not None:
                guard()
        except LateError as refused:
            return Failure(refused.detail, None)
        self._clock.pass_by(timedelta(milliseconds=self._random.randrange(60, 240)))
        path = urlsplit(request.path).path.strip("/").split("/")[1:]
        status, content = self._answer(request, path)
        headers = {"Date": format_datetime(self._clock.now(), usegmt=True)}
        return Reply(status, headers, json.dumps(content).encode(), 0.0 if request.body else None)

    def close(self) -> None:
        pass

    def _answer(self, request: Request, path: list[str]) -> tuple[int, dict[str, Any]]:
        if request.method == "GET":
            return 200, self._profile(path[0])
        if path[-1] != "messages":
            return 200, _SUCCESS
        body = json.loads(request.body or b"{}")
        customer = self.customers[body["recipient"]["id"]]
        if customer.is_blocked:
            return 400, {"error": _BLOCKED}
        if "message" in body:
            return 200, self._deliver(customer, body)
        return 200, {"recipient_id": customer.psid}

    def _profile(self, psid: str) -> dict[str, Any]:
        known = self.customers.get(psid)
        if known is None:
            return {"id": psid}
        names = {"first_name": known.first_name, "last_name": known.last_name}
        return {**names, "locale": known.talk.locale, "timezone": known.zone_hours}

    def _deliver(self, customer: Customer, body: dict[str, Any]) -> dict[str, Any]:
        self._messages += 1
        message_id, message = f"m_shop{self._messages}", body["message"]
        text = _text(message)
        customer.thread.append(Line(self._clock.now(), is_from_customer=False, text=text))
        if self.on_arrival is not None:
            is_response = body["messaging_type"] == "RESPONSE"
            self.on_arrival(Arrived(customer, text, is_response, message_id, _buttons(message)))
        return {"recipient_id": customer.psid, "message_id": message_id}


def _text(message: Mapping[str, Any]) -> str:
    """What can be read of it; beside buttons of a card the words stand in the card."""
    card = message.get("attachment", {}).get("payload", {})
    shown = message.get("text") or card.get("text") or "".join(each["title"] for each in card.get("elements", ())[:1])
    return str(shown)


def _buttons(message: Mapping[str, Any]) -> list[Button]:
    return [(each["title"], each["payload"]) for each in message.get("quick_replies", ())]
