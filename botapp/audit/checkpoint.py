"""Checkpoints (c2sp.org/tlog-checkpoint): a signed note that names the log, its size and its root."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botapp.audit.note import NoteError, PublicKey, SigningKey, open_note, sign
from botapp.audit.tree import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LEAST_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log commits itself to."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    @staticmethod
    def parse(text: str) -> "Checkpoint":
        """NoteError unless it is exactly one. Extension lines, which we never write, are refused."""
        lines = text.split("\n")
        if len(lines) != _LEAST_LINES + 1 or lines[-1] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise NoteError("not a checkpoint of origin, size and root")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except ValueError:
            raise NoteError("the root is not base64") from None
        found = Checkpoint(lines[0], int(lines[1]), root)
        if len(root) != HASH_BYTES or str(found) != text:
            raise NoteError("the root is not a SHA-256 hash in canonical base64")
        return found


def sign_checkpoint(checkpoint: Checkpoint, keys: Sequence[SigningKey]) -> str:
    """The checkpoint as a note, signed by every key (two of them while keys are rotated)."""
    return sign(str(checkpoint), keys)


def open_checkpoint(note: str, origin: str, trusted: Iterable[PublicKey]) -> Checkpoint:
    """NoteError unless a trusted key signed it for that log."""
    text, _ = open_note(note, trusted)
    found = Checkpoint.parse(text)
    if found.origin != origin:
        raise NoteError(f"a checkpoint of {found.origin!r}, not of {origin!r}")
    return found
