"""Signed notes (c2sp.org/signed-note) with Ed25519: text, a blank line, and a line for each signature."""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) (\S+)")


class NoteError(ValueError):
    """Not a note, not a key, or not signed as it should be."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signatures are believed. The identifier is derived from name and key, so neither can be swapped."""

    name: str
    raw: bytes

    @property
    def identifier(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """The one-line form, as others' tools take it."""
        return f"{self.name}+{self.identifier.hex()}+{_encode(_ED25519 + self.raw)}"

    @staticmethod
    def parse(written: str) -> "PublicKey":
        """NoteError if it is not such a line or its identifier does not fit."""
        name, _, rest = written.strip().partition("+")
        identifier, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if not _NAME.fullmatch(name) or len(key) != 1 + _KEY_BYTES or key[:1] != _ED25519:
            raise NoteError("not an Ed25519 key of the form name+identifier+base64")
        found = PublicKey(name, key[1:])
        if found.identifier.hex() != identifier:
            raise NoteError("the key's identifier does not fit its name and bytes")
        return found

    def verifies(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half. Never logged: its text form is its name."""

    name: str
    private: Ed25519PrivateKey

    @staticmethod
    def of(name: str, seed: bytes) -> "SigningKey":
        """From 32 secret bytes. NoteError for a name that a note cannot carry."""
        if not _NAME.fullmatch(name):
            raise NoteError(f"{name!r} cannot name a key: no spaces and no plus signs")
        return SigningKey(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self.private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"SigningKey({self.name})"


def sign(text: str, keys: Sequence[SigningKey]) -> str:
    """The note over a text that ends in a newline, signed by each of the keys."""
    if not text.endswith("\n") or _has_controls(text):
        raise NoteError("the text of a note ends in a newline and has no other control characters")
    lines = (f"— {key.name} {_encode(key.public.identifier + key.private.sign(text.encode()))}\n" for key in keys)
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, trusted: Iterable[PublicKey]) -> tuple[str, list[PublicKey]]:
    """The text and the trusted keys that signed it. NoteError if none did, or if one of them signed wrongly.

    Signatures by unknown keys are passed over, as the format asks.
    """
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n") or _has_controls(note):
        raise NoteError("not a signed note")
    known = {(key.name, key.identifier): key for key in trusted}
    text += "\n"
    signers = []
    for line in tail[:-1].split("\n"):
        name, identifier, signature = _parse_signature(line)
        key = known.pop((name, identifier), None)  # a key that signs twice is counted once
        if key is None:
            continue
        if not key.verifies(text.encode(), signature):
            raise NoteError(f"the signature of {name} is wrong")
        signers.append(key)
    if not signers:
        raise NoteError("signed by none of the trusted keys")
    return text, signers


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    found = _SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise NoteError("not a signature line")
    content = _decode(found[2])
    if len(content) <= _ID_BYTES:
        raise NoteError("a signature is too short")
    return found[1], content[:_ID_BYTES], content[_ID_BYTES:]


def _has_controls(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _decode(written: str) -> bytes:
    """Only the one way in which these bytes can be written is taken, so that no byte of it can be changed."""
    try:
        content = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("not base64") from None
    if _encode(content) != written:
        raise NoteError("not the canonical base64")
    return content
