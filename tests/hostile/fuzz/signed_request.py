"""The form field of the deletion and deauthorise callbacks: only what is signed, lasting and whole is a request."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from botapp.channels.messenger.signed_request import SignedRequest, read_signed_request

SECRET = "an-app-secret-for-tests"
NOW = datetime(2026, 9, 21, tzinfo=UTC)


def try_input(data: bytes) -> None:
    """The field as it is, then the same bytes as a payload that is signed: encoded for the platform, and not."""
    assert read_signed_request(data.decode("utf-8", "replace"), [SECRET], NOW) is None
    for encoded in (base64.urlsafe_b64encode(data).rstrip(b"="), data):
        signature = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), encoded, hashlib.sha256).digest())
        value = b".".join((signature.rstrip(b"="), encoded)).decode("utf-8", "surrogateescape")
        found = read_signed_request(value, [SECRET], NOW)
        if isinstance(found, SignedRequest):
            assert 0 < len(found.user_id) <= 200
            assert "\0" not in found.user_id
            assert found.expires_at is None or found.expires_at > NOW
