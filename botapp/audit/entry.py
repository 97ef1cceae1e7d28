"""An entry of the ledger as a leaf of the tree: what everybody may see, and a commitment to what only some may.

The public part has types, numbers and times. What could name a person (the platform's identifiers, words) is private:
the leaf holds a keyed commitment to it. The key is made from a secret of the contact; once that is destroyed, nobody
can tell any more what was committed to, while the leaf and every proof of it stay as they are.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONEncoder
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

SECRET_BYTES = 32
NO_DETAILS = "{}"
_ENCODER = JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
_quoted = encode_basestring_ascii


class Leaf(NamedTuple):
    """The public part of an entry. Instants are microseconds since 1970 UTC.

    A named tuple because one is made for every entry that is sealed: a frozen dataclass takes four times as long.
    """

    account_id: int
    contact_id: int  # our own number; 0: the page itself
    sequence: int  # from 1, without a gap, for each contact
    kind: str
    recorded_at: int
    occurred_at: int | None = None
    subject_at: int | None = None
    reason: str | None = None
    details: str = NO_DETAILS  # JSON as `canonical` writes it: taken over as it is
    commitment: str | None = None  # to the private part; None if there is none

    def encode(self) -> bytes:
        """The bytes that are hashed: JSON in ASCII, keys sorted, no spaces, nothing that is absent.

        Put together by hand: an encoder takes several times as long, and every entry comes by here.
        """
        text = f'{{"account":{self.account_id}'
        if self.commitment is not None:
            text += f',"commitment":{_quoted(self.commitment)}'
        text += f',"contact":{self.contact_id}'
        if self.details != NO_DETAILS:
            text += f',"details":{self.details}'
        text += f',"kind":{_quoted(self.kind)}'
        if self.occurred_at is not None:
            text += f',"occurred_at":{self.occurred_at}'
        if self.reason is not None:
            text += f',"reason":{_quoted(self.reason)}'
        text += f',"recorded_at":{self.recorded_at},"sequence":{self.sequence}'
        if self.subject_at is not None:
            text += f',"subject_at":{self.subject_at}'
        return f"{text}}}".encode("ascii")


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows the private part of one entry, and of that entry only, to be what was committed to."""

    key: bytes
    private: Mapping[str, Any]

    @property
    def commitment(self) -> str:
        return hmac.digest(self.key, canonical(self.private), "sha256").hex()


def open_entry(contact_secret: bytes, sequence: int, private: Mapping[str, Any]) -> Opening:
    """The opening of a contact's entry. Each entry has a key of its own: showing one shows no other."""
    key = hmac.digest(contact_secret, f"entry {sequence}".encode(), "sha256")
    return Opening(key, private)


def canonical(content: Mapping[str, Any]) -> bytes:
    """One way to write it. ValueError for NaN and infinities, which JSON does not know."""
    return _ENCODER.encode(content).encode("ascii")
