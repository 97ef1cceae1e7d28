"""The signer: keys in files, and a memory of what it signed last, both outside the database."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botapp.audit.checkpoint import Checkpoint, sign_checkpoint
from botapp.audit.note import NoteError, PublicKey, SigningKey
from botapp.audit.tree import NodeSource, consistency_path, is_consistent

_SEED_SUFFIX = ".seed"
_RETIRED_SUFFIX = ".public"
_MEMORY = "last-signed.json"
_SEED_BYTES = 32


Sign = Callable[[int, bytes, NodeSource], str]


class SigningRefusedError(Exception):
    """The log is not what was signed before. Somebody must look; nothing is signed until then."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs a checkpoint only if it continues what was signed before."""

    origin: str
    directory: Path

    def keys(self) -> list[SigningKey]:
        """The keys to sign with, the newest first; one is made if there is none. PermissionError if others can read."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(self.directory.glob(f"*{_SEED_SUFFIX}")):
            self.add_key()
        paths = sorted(self.directory.glob(f"*{_SEED_SUFFIX}"), reverse=True)
        return [SigningKey.of(self.origin, _read_seed(path)) for path in paths]

    def public_keys(self) -> list[PublicKey]:
        """Whose signatures may be found in the log: of the keys in use, and of those retired."""
        retired = [PublicKey.parse(path.read_text()) for path in sorted(self.directory.glob(f"*{_RETIRED_SUFFIX}"))]
        return [*(key.public for key in self.keys()), *retired]

    def add_key(self) -> PublicKey:
        """A new key, which signs beside the older ones until they are retired."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        seed = secrets.token_bytes(_SEED_BYTES)
        numbers = [int(path.stem) for path in self.directory.glob("0*")]
        path = self.directory / f"{max(numbers, default=0) + 1:06d}{_SEED_SUFFIX}"
        _write_secret(path, seed.hex())
        return SigningKey.of(self.origin, seed).public

    def retire_old_keys(self) -> list[PublicKey]:
        """Sign with the newest key only from now on. What is kept of the others is their public half."""
        retired = []
        for path in sorted(self.directory.glob(f"*{_SEED_SUFFIX}"))[:-1]:
            public = SigningKey.of(self.origin, _read_seed(path)).public
            _replace(path.with_suffix(_RETIRED_SUFFIX), f"{public}\n")
            path.unlink()
            retired.append(public)
        return retired

    def sign(self, size: int, root: bytes, node: NodeSource) -> str:
        """The signed checkpoint. SigningRefusedError if the tree does not continue the last one that was signed."""
        last = self.last_signed()
        if last is not None:
            self._demand_consistency(last, size, root, node)
        keys = self.keys()
        # Remembered before it is shown: who has seen a signature has one that we stand by.
        _replace(self.directory / _MEMORY, json.dumps({"size": size, "root": root.hex()}))
        return sign_checkpoint(Checkpoint(self.origin, size, root), keys)

    def _demand_consistency(self, last: Checkpoint, size: int, root: bytes, node: NodeSource) -> None:
        if size < last.size:
            raise SigningRefusedError(f"the log has {size} entries, but {last.size} were signed before")
        try:
            path = consistency_path(last.size, size, node)
        except LookupError:
            raise SigningRefusedError(f"parts of the first {last.size} entries, signed before, are gone") from None
        if not is_consistent(last.size, last.root, size, root, path):
            raise SigningRefusedError(f"the first {last.size} entries are not those that were signed before")

    def last_signed(self) -> Checkpoint | None:
        """What it remembers; None if it has signed nothing. SigningRefusedError if the memory cannot be read."""
        path = self.directory / _MEMORY
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_text())
            return Checkpoint(self.origin, int(content["size"]), bytes.fromhex(content["root"]))
        except (ValueError, KeyError, TypeError):
            raise SigningRefusedError(f"{path} cannot be read; restore it from a backup") from None


def _read_seed(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        seed = bytes.fromhex(path.read_text().strip())
    except ValueError:
        seed = b""
    if len(seed) != _SEED_BYTES:
        raise NoteError(f"{path} does not hold a key")
    return seed


def _write_secret(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    _write(descriptor, content)


def _replace(path: Path, content: str) -> None:
    """All of the new content or all of the old, whatever happens."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    _write(descriptor, content)
    draft.replace(path)


def _write(descriptor: int, content: str) -> None:
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
