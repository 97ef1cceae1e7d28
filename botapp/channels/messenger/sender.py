"""Calls to the Graph API: one message, and what we ask about people, pages and tokens."""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from botapp.channels.messenger.errors import ErrorTable
from botapp.channels.messenger.fields import read_text
from botapp.channels.messenger.json_body import decode
from botapp.channels.messenger.outbound_message import to_body
from botapp.channels.messenger.outcome import read_outcome, read_refusal
from botapp.channels.messenger.page_profile import NAMES as PROFILE_PROPERTIES
from botapp.channels.messenger.usage import read_platform_now
from botapp.channels.port import OutboundMessage, Outcome, PlatformError, Profile
from botapp.channels.transport import Failure, Reply, Request, Transport

# Nobody waits long for what is only nice to have.
_TYPING_SECONDS = 2.0
_PROFILE_SECONDS = 5.0
_TIME_SECONDS = 5.0
_ROUTING_SECONDS = 10.0
_NAME_LIMIT = 100
_PROFILE_PATH = "me/messenger_profile"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,200}")
_WIDEST_OFFSET_HOURS = 14.0


class MessengerSender:
    """Messenger's side of the port. Tokens travel in a header, never in an address."""

    def __init__(
        self,
        *,
        transport: Transport,
        version: str,
        errors: ErrorTable,
        app_secret: str | None = None,
        inbox_app_id: str = "",
    ) -> None:
        """`version` is the Graph API's, like "v25.0". With an `app_secret` each call carries its proof (2.1).

        `inbox_app_id` names the platform's own inbox, to which threads are passed.
        """
        if not re.fullmatch(r"v\d{1,3}\.\d", version, re.ASCII):
            raise ValueError(f'{version!r} is not a Graph API version; write it like "v25.0"')
        self._transport = transport
        self._version = version
        self._errors = errors
        self._inbox_app_id = inbox_app_id
        self._app_secret = app_secret.encode() if app_secret else None

    def send(self, page_id: str, token: str, message: OutboundMessage, guard: Callable[[], None]) -> Outcome:
        """Send one message, once, and tell what is known.

        `guard` runs right before the message itself is written; LateError from it is NOT_SENT with its detail. Anything
        else it raises comes out of here, and nothing was sent. `write_lag_seconds` counts from this call.
        """
        request = self._request("POST", f"{_segment(page_id)}/messages", token, content=to_body(message))
        return read_outcome(self._transport.call(request, guard=guard), self._errors)

    def act(self, page_id: str, token: str, platform_contact_id: str, action: str) -> None:
        """Show a person "typing_on", "typing_off" or "mark_seen" (2.2), if it can be done at once."""
        content = {"recipient": {"id": platform_contact_id}, "sender_action": action}
        request = self._request("POST", f"{_segment(page_id)}/messages", token, content=content)
        self._transport.call(request, within_seconds=_TYPING_SECONDS)

    def pass_thread(self, page_id: str, token: str, platform_contact_id: str) -> PlatformError | str | None:
        """Pass control of a thread to the page's own inbox (2.8). None when done, else what is wrong."""
        return self._route(page_id, token, "pass", platform_contact_id, target_app_id=self._inbox_app_id)

    def take_thread(self, page_id: str, token: str, platform_contact_id: str) -> PlatformError | str | None:
        """Take control back, which the page's default app may; else those who have it are asked for it.

        None when done, else what is wrong.
        """
        refused = self._route(page_id, token, "take", platform_contact_id)
        if isinstance(refused, PlatformError):
            self._route(page_id, token, "request", platform_contact_id)
        return refused

    def _route(
        self, page_id: str, token: str, action: str, platform_contact_id: str, **more: str
    ) -> PlatformError | str | None:
        content = {"recipient": {"id": platform_contact_id}, **more}
        path = f"{_segment(page_id)}/{action}_thread_control"
        answer = self._ask(self._request("POST", path, token, content=content), within_seconds=_ROUTING_SECONDS)
        if not isinstance(answer, dict):
            return answer
        return None if answer.get("success") is True else "not_confirmed"

    def profile(self, token: str, platform_contact_id: str) -> Profile | None:
        """What the platform tells of the person; None when it does not answer or refuses."""
        if not _IDENTIFIER.fullmatch(platform_contact_id):
            return None
        query = {"fields": "first_name,last_name,locale,timezone"}
        request = self._request("GET", _segment(platform_contact_id), token, query=query)
        content = self._ask(request, within_seconds=_PROFILE_SECONDS)
        return _read_profile(content) if isinstance(content, dict) else None

    def platform_now(self, token: str) -> datetime | None:
        """The platform's clock, to the second, whatever else it answers; None when it does not answer."""
        answer = self._transport.call(
            self._request("GET", "me", token, query={"fields": "id"}), within_seconds=_TIME_SECONDS
        )
        return None if isinstance(answer, Failure) else read_platform_now(answer.headers)

    def subscribed_fields(self, page_id: str, token: str) -> frozenset[str] | PlatformError | str:
        """Which webhook fields of the page reach the apps subscribed to it, or what kept us from knowing."""
        content = self._ask(self._request("GET", f"{_segment(page_id)}/subscribed_apps", token))
        return _read_subscribed_fields(content) if isinstance(content, dict) else content

    def check_token(self, page_id: str, token: str) -> PlatformError | str | None:
        """None when the token is accepted and is this page's, else what is wrong."""
        answer = self._ask(self._request("GET", "me", token, query={"fields": "id"}))
        if not isinstance(answer, dict):
            return answer
        return None if str(answer.get("id")) == page_id else "token_of_another_page"

    def page_profile(self, token: str) -> dict[str, object] | PlatformError | str:
        """What the platform shows of the page (2.7), by property, or what kept us from knowing."""
        answer = self._ask(self._request("GET", _PROFILE_PATH, token, query={"fields": ",".join(PROFILE_PROPERTIES)}))
        if not isinstance(answer, dict):
            return answer
        entries = answer.get("data")
        first = entries[0] if isinstance(entries, list) and entries else {}
        return first if isinstance(first, dict) else {}

    def set_page_profile(self, token: str, properties: Mapping[str, object]) -> PlatformError | str | None:
        """Set these properties of it. None when done, else what is wrong."""
        answer = self._ask(self._request("POST", _PROFILE_PATH, token, content=properties))
        if not isinstance(answer, dict):
            return answer
        return None if answer.get("result") == "success" else "not_confirmed"

    def _ask(self, request: Request, *, within_seconds: float = math.inf) -> dict[str, object] | PlatformError | str:
        answer = self._transport.call(request, within_seconds=within_seconds)
        if isinstance(answer, Failure):
            return answer.detail
        return self._read_answer(answer)

    def _read_answer(self, reply: Reply) -> dict[str, object] | PlatformError | str:
        refusal = read_refusal(reply, self._errors)
        if refusal is not None:
            return refusal[0]
        content = decode(reply.body)
        if reply.status != HTTPStatus.OK or not isinstance(content, dict):
            return f"http_{reply.status}"
        return content

    def _request(
        self,
        method: str,
        path: str,
        token: str,
        *,
        query: Mapping[str, str] | None = None,
        content: Mapping[str, object] | None = None,
    ) -> Request:
        query = dict(query or {})
        if self._app_secret is not None:
            query["appsecret_proof"] = hmac.new(self._app_secret, token.encode(), hashlib.sha256).hexdigest()
        return Request(
            method=method,
            path=f"/{self._version}/{path}" + (f"?{urlencode(query)}" if query else ""),
            headers={"Authorization": f"Bearer {token}"},
            body=None if content is None else json.dumps(content, separators=(",", ":")).encode(),
        )


def _segment(identifier: str) -> str:
    """An id as one part of a path: nothing that could lead the call elsewhere."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError("an id in a Graph API path may hold only letters, digits, _ and -")
    return identifier


def _read_profile(content: Mapping[str, object]) -> Profile:
    return Profile(
        first_name=read_text(content.get("first_name"), _NAME_LIMIT),
        last_name=read_text(content.get("last_name"), _NAME_LIMIT),
        locale=read_text(content.get("locale"), _NAME_LIMIT),
        timezone_offset_hours=_read_offset_hours(content.get("timezone")),
    )


def _read_offset_hours(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= _WIDEST_OFFSET_HOURS else None


def _read_subscribed_fields(content: Mapping[str, object]) -> frozenset[str]:
    apps = content.get("data")
    lists = [app.get("subscribed_fields") for app in apps if isinstance(app, dict)] if isinstance(apps, list) else []
    return frozenset(
        field for fields in lists if isinstance(fields, list) for field in fields if isinstance(field, str)
    )
