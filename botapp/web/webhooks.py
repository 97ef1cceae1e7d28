"""The platform's door: raw bytes, signature, typed events, one transaction, and only then 200."""

import hmac
import re
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, request

from botapp.channels.messenger.envelope import BodyRefusal, open_envelope, parse
from botapp.channels.messenger.signature import is_authentic
from botapp.channels.port import ParsedBody
from botapp.clock import Clock
from botapp.conversation.receive import Receipt

LARGEST_BODY_BYTES = 3 << 20  # WhatsApp's largest; Messenger's are smaller
_CHALLENGE = re.compile(r"\d{1,32}\Z", re.ASCII)


def create_blueprint(
    *,
    receive: Callable[[ParsedBody, datetime], Receipt],
    opening_kinds: frozenset[str],
    app_secrets: tuple[str, ...],
    verify_token: str,
    ring: Callable[[], bool],
    clock: Clock,
) -> Blueprint:
    """The two routes of /webhooks/messenger."""
    blueprint = Blueprint("webhooks", __name__)

    @blueprint.get("/webhooks/messenger")
    def shake_hands() -> Response:
        """The platform's verification (platform-reference 1.1)."""
        token, challenge = request.args.get("hub.verify_token", ""), request.args.get("hub.challenge", "")
        is_known = hmac.compare_digest(token.encode(errors="replace"), verify_token.encode())
        if request.args.get("hub.mode") != "subscribe" or not is_known or not _CHALLENGE.match(challenge):
            return _plain("", 403)
        return _plain(challenge, 200)

    @blueprint.post("/webhooks/messenger")
    def take_delivery() -> Response:
        """Over 3 MiB: 413. Not authentic: 403. No JSON object, or over 2,000 events: 400. Else 200, once committed."""
        received_at = clock.now()
        body = request.get_data(cache=False)
        if len(body) > LARGEST_BODY_BYTES:
            abort(413)
        if not is_authentic(body, request.headers.get("X-Hub-Signature-256"), app_secrets):
            return _plain("", 403)
        decoded = open_envelope(body)
        if isinstance(decoded, BodyRefusal):
            return _plain(decoded.value, 400)
        receipt = receive(parse(decoded, opening_kinds), received_at)
        if receipt.answers_owed:
            ring()
        return _plain("EVENT_RECEIVED", 200)

    return blueprint


def _plain(text: str, status: int) -> Response:
    return Response(text, status=status, mimetype="text/plain")
