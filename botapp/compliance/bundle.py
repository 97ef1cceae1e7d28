"""Writes a bundle: a folder that anybody can verify with the one program inside it, without us."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import file_digest
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from botapp.audit.entry import Opening, canonical
from botapp.audit.note import PublicKey, SigningKey, sign
from botapp.audit.tree import Frontier

_VERIFIER = "verify.py"


class Scope(StrEnum):
    """What a bundle is of."""

    WHOLE = "whole"  # the log from its first entry on
    RANGE = "range"  # the entries between two checkpoints
    CONTACT = "contact"  # all entries of one contact, each with its path


@dataclass(frozen=True, slots=True)
class BundleTerms:
    """What the manifest says of a bundle."""

    origin: str
    scope: Scope
    made_at: datetime
    subject: str = ""


@dataclass
class BundleWriter:
    """Streams entries into a new folder, and signs for the whole at the end.

    Leaving the context by an exception leaves a folder without a manifest, which nobody can take for a bundle.
    """

    folder: Path
    terms: BundleTerms
    signing_key: SigningKey
    trusted: Sequence[PublicKey]
    _files: ExitStack = field(default_factory=ExitStack, init=False)
    _entries: IO[bytes] = field(init=False)
    _checkpoints: IO[bytes] = field(init=False)

    def __enter__(self) -> Self:
        """FileExistsError unless the folder is new."""
        self.folder.mkdir(parents=True)
        self._entries = self._files.enter_context((self.folder / "entries.tsv").open("wb"))
        self._checkpoints = self._files.enter_context((self.folder / "checkpoints.ndjson").open("wb"))
        return self

    def add_entry(self, index: int, leaf: bytes, opening: Opening | None = None, path: Iterable[bytes] = ()) -> None:
        """One entry: the exact bytes that are hashed, and what the reader is entitled to see of what they hide."""
        shown = b"" if opening is None else _opening(opening)
        hashes = b" ".join(base64.b64encode(hashed) for hashed in path)
        self._entries.write(b"%d\t%b\t%b\t%b\n" % (index, leaf, shown, hashes))

    def add_checkpoint(self, note: str) -> None:
        """A signed checkpoint; in the order of their sizes."""
        self._checkpoints.write(_json({"note": note}))

    def finish(self, before: Frontier, pages: Mapping[str, str]) -> None:
        """Write the rest and sign. `before`: the tree before the first entry; `pages`: for people, by file name."""
        self._files.close()
        hashes = [hashed.hex() for hashed in before.hashes]
        self._write("frontier.json", _json({"size": before.size, "hashes": hashes}).decode())
        self._write("keys.txt", "".join(f"{key}\n" for key in self.trusted))
        self._write(_VERIFIER, resources.files("botapp.audit").joinpath(_VERIFIER).read_text(encoding="utf-8"))
        for name, content in pages.items():
            self._write(name, content)
        self._write("MANIFEST", sign(self._manifest(), [self.signing_key]))

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def _manifest(self) -> str:
        head = (
            "botapp-bundle 1\n"
            f"origin {self.terms.origin}\n"
            f"scope {self.terms.scope}\n"
            f"subject {self.terms.subject}\n"
            f"made_at {self.terms.made_at.isoformat(timespec='seconds')}\n"
        )
        return head + "".join(self._describe(path) for path in sorted(self.folder.iterdir()))

    def _describe(self, path: Path) -> str:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        return f"file {digest} {path.stat().st_size} {path.name}\n"

    def _write(self, name: str, content: str) -> None:
        (self.folder / name).write_text(content, encoding="utf-8", newline="\n")


def _opening(opening: Opening) -> bytes:
    return opening.key.hex().encode() + b" " + canonical(opening.private)


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode() + b"\n"
