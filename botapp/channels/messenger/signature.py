"""The platform's proof that a body is its own: HMAC-SHA256 over the raw bytes, keyed with the app secret."""

import hmac
from collections.abc import Sequence

# Below this a secret is a mistake (an unset variable, a placeholder), and anyone could guess it.
SHORTEST_SECRET_BYTES = 12


def is_authentic(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Whether `header` (X-Hub-Signature-256) signs exactly these bytes with one of `secrets`. Never raises.

    Several secrets are accepted so that an app secret can be rotated; an empty or short one accepts nothing.
    """
    if header is None:
        return False
    # Bytes on both sides: compare_digest raises on text that is not ASCII.
    presented = as_utf8(header)
    return any(hmac.compare_digest(as_utf8(sign(body, secret)), presented) for secret in usable(secrets))


def sign(body: bytes, secret: str) -> str:
    """The X-Hub-Signature-256 header for this body."""
    return "sha256=" + digest(body, secret).hex()


def appsecret_proof(token: str, secret: str) -> str:
    """The `appsecret_proof` parameter that accompanies `token` in calls to the platform."""
    return digest(as_utf8(token), secret).hex()


def digest(message: bytes, secret: str) -> bytes:
    """HMAC-SHA256 of `message`, raw."""
    return hmac.digest(as_utf8(secret), message, "sha256")


def usable(secrets: Sequence[str]) -> list[str]:
    """The secrets long enough to authenticate anything."""
    return [secret for secret in secrets if len(as_utf8(secret)) >= SHORTEST_SECRET_BYTES]


def as_utf8(text: str) -> bytes:
    """UTF-8 that never raises: headers and environment variables may hold lone surrogates."""
    return text.encode("utf-8", "surrogatepass")
