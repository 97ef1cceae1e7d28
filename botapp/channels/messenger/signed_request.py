"""The `signed_request` form field of the data-deletion and deauthorise callbacks."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from botapp.channels.messenger.fields import JsonObject, UnreadableError, read_id
from botapp.channels.messenger.json_body import BodyRefusal, decode
from botapp.channels.messenger.signature import as_utf8, digest, usable
from botapp.channels.messenger.timestamps import read_instant

LONGEST_VALUE = 8_192


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What the platform vouches for. `user_id` is app-scoped: it is not the page-scoped id of a contact."""

    user_id: str
    issued_at: datetime
    expires_at: datetime | None  # None: it does not expire


def read_signed_request(value: str, secrets: Sequence[str], now: datetime) -> SignedRequest | None:
    """The request if it is signed with one of `secrets` and has not expired at `now`, otherwise None."""
    signature, _, encoded = value.partition(".")
    if len(value) > LONGEST_VALUE or not _is_signed(encoded, signature, secrets):
        return None
    fields = _payload(encoded)
    if fields is None or str(fields.get("algorithm")).upper() != "HMAC-SHA256":
        return None
    request = _request(fields)
    if request is None or (request.expires_at is not None and request.expires_at <= now):
        return None
    return request


def _is_signed(encoded: str, signature: str, secrets: Sequence[str]) -> bool:
    """The signature covers the text as sent, so ours is encoded and compared rather than theirs decoded."""
    message = as_utf8(encoded)
    presented = as_utf8(signature.rstrip("="))
    expected = (base64.urlsafe_b64encode(digest(message, secret)).rstrip(b"=") for secret in usable(secrets))
    return any(hmac.compare_digest(candidate, presented) for candidate in expected)


def _payload(encoded: str) -> JsonObject | None:
    padded = as_utf8(encoded.rstrip("="))
    padded += b"=" * (-len(padded) % 4)
    try:
        body = decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except binascii.Error:
        return None
    return None if isinstance(body, BodyRefusal) else body


def _request(fields: JsonObject) -> SignedRequest | None:
    try:
        user_id = read_id(fields.get("user_id"))
    except UnreadableError:
        return None
    issued_at = read_instant(fields.get("issued_at"))
    expires = fields.get("expires")
    expires_at = read_instant(expires)
    if user_id is None or issued_at is None or (expires_at is None and expires not in (None, 0)):
        return None
    return SignedRequest(user_id=user_id, issued_at=issued_at, expires_at=expires_at)
