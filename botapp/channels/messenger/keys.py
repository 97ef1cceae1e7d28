"""Keys by which an event delivered twice is known again (platform-reference 1.5). Unique within a page."""

import hashlib
import json

KEY_LIMIT = 200


def message_key(family: str, message_id: str | None) -> str | None:
    """The key of the event that *is* this message; None without a message id.

    The family keeps apart what reuses the id of a message: its echo, its removal.
    """
    if message_id is None:
        return None
    key = f"{family}:{message_id}"
    return key if len(key) <= KEY_LIMIT else f"{family}:{_fingerprint([message_id])}"


def natural_key(family: str, *parts: str | None) -> str:
    """A key of several parts, hashed: bounded, unambiguous, and free of the tokens that some parts are."""
    return f"{family}:{_fingerprint(list(parts))}"


def content_key(item: object) -> str:
    """The last resort: what the item says, whatever the order of its fields."""
    return f"h:{_fingerprint(item)}"


def _fingerprint(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
