"""The signature of a body: nothing but the right header for exactly these bytes is authentic."""

import hashlib
import hmac

from botapp.channels.messenger.signature import is_authentic

SECRET = "an-app-secret-for-tests"


def try_input(data: bytes) -> None:
    """A header, a zero byte, a body; the header as a web server hands it over."""
    header, _, body = data.partition(b"\0")
    right = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    presented = header.decode("latin-1")
    assert is_authentic(body, presented, [SECRET]) is (presented == right)
    assert is_authentic(body, header.decode("utf-8", "surrogateescape"), ["", "short", SECRET]) is (presented == right)
    assert is_authentic(body, right, [SECRET])
    assert not is_authentic(body + b" ", right, [SECRET])
