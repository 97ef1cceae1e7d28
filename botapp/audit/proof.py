"""A proof that stands alone (c2sp.org/tlog-proof): the entry's index, its path, and the checkpoint it leads to."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botapp.audit.checkpoint import Checkpoint, open_checkpoint
from botapp.audit.note import NoteError, PublicKey
from botapp.audit.tree import HASH_BYTES, is_included

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_HIGHEST = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands and what proves it. `checkpoint` is the signed note itself."""

    index: int
    path: Sequence[bytes]
    checkpoint: str

    def __str__(self) -> str:
        path = "".join(f"{base64.b64encode(hashed).decode('ascii')}\n" for hashed in self.path)
        return f"{_HEADER}\nindex {self.index}\n{path}\n{self.checkpoint}"

    @staticmethod
    def parse(text: str) -> "Proof":
        """NoteError unless it is one, written as we write it."""
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        index = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
        if not separator or lines[0] != _HEADER or index is None:
            raise NoteError("not a tlog-proof")
        try:
            path = [base64.b64decode(line, validate=True) for line in lines[2:]]
        except ValueError:
            raise NoteError("a hash of the path is not base64") from None
        found = Proof(int(index[1]), path, checkpoint)
        if len(path) > _HIGHEST or any(len(hashed) != HASH_BYTES for hashed in path) or str(found) != text:
            raise NoteError("the path is not one of SHA-256 hashes in canonical base64")
        return found

    def verify(self, leaf: bytes, origin: str, trusted: Iterable[PublicKey]) -> Checkpoint:
        """The checkpoint that the leaf's hash is proved to be in. NoteError if it is not."""
        checkpoint = open_checkpoint(self.checkpoint, origin, trusted)
        if not is_included(leaf, self.index, checkpoint.size, self.path, checkpoint.root):
            raise NoteError(f"the path does not lead from entry {self.index} to the checkpoint's root")
        return checkpoint
