"""An entry of the ledger as a leaf of the tree: what everybody may see, and a commitment to what only some may.

The public part has types, numbers and times. What could name a person (the platform's identifiers, words) is private:
the leaf holds a keyed commitment to it. The key is made from a secret of the contact; once that is destroyed, nobody
can tell any more what was committed to, while the leaf and every proof of it stay as they are.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Leaf:
    """The public part of an entry. Instants are microseconds since 1970 UTC."""

    account_id: int
    contact_id: int  # our own number; 0: the page itself
    sequence: int  # from 1, without a gap, for each contact
    kind: str
    recorded_at: int
    occurred_at: int | None = None
    subject_at: int | None = None
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    commitment: str | None = None  # to the private part; None if there is none

    def encode(self) -> bytes:
        """The bytes that are hashed: JSON in ASCII, keys sorted, no spaces, nothing that is absent."""
        content = {
            "account": self.account_id,
            "contact": self.contact_id,
            "sequence": self.sequence,
            "kind": self.kind,
            "recorded_at": self.recorded_at,
            "occurred_at": self.occurred_at,
            "subject_at": self.subject_at,
            "reason": self.reason,
            "details": dict(self.details) or None,
            "commitment": self.commitment,
        }
        return canonical({name: value for name, value in content.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows the private part of one entry, and of that entry only, to be what was committed to."""

    key: bytes
    private: Mapping[str, Any]

    @property
    def commitment(self) -> str:
        return hmac.new(self.key, canonical(self.private), sha256).hexdigest()


def open_entry(contact_secret: bytes, sequence: int, private: Mapping[str, Any]) -> Opening:
    """The opening of a contact's entry. Each entry has a key of its own: showing one shows no other."""
    key = hmac.new(contact_secret, f"entry {sequence}".encode(), sha256).digest()
    return Opening(key, private)


def canonical(content: Mapping[str, Any]) -> bytes:
    """One way to write it. ValueError for NaN and infinities, which JSON does not know."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()
