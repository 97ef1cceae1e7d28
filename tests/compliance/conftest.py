"""A small log by hand: two pages' worth of days, sealed in several checkpoints, written as a bundle."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botapp.audit.checkpoint import Checkpoint, sign_checkpoint
from botapp.audit.entry import Leaf, Opening, canonical, open_entry
from botapp.audit.note import SigningKey
from botapp.audit.tree import Frontier, leaf_hash
from botapp.compliance.bundle import BundleTerms, BundleWriter, Scope

KEY = SigningKey.of("botapp.example/log", bytes(range(32)))
STRANGER = SigningKey.of("botapp.example/log", bytes(range(1, 33)))
SECOND = 1_000_000
HOUR = 3600 * SECOND
NOON = 1_795_348_800 * SECOND
TERMS = {
    "window": 24 * HOUR,
    "send_allowance": 300 * SECOND,
    "cool_down": 24 * HOUR,
    "cap": 3,
    "cap_period": 7 * 24 * HOUR,
    "ignored_cap": 2,
    "anchor": "latest",
    "basis": "implied",
}


@dataclass
class Log:
    """Entries in their order; numbers are given as they come."""

    leaves: list[Leaf] = field(default_factory=list)
    openings: dict[int, Opening] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)

    def add(
        self, kind: str, contact: int = 7, *, at: int = NOON, private: dict[str, Any] | None = None, **known: Any
    ) -> None:
        """Append an entry; `at` is when it was recorded and, unless told otherwise, when it happened."""
        sequence = self.sequences[contact] = self.sequences.get(contact, 0) + 1
        opening = open_entry(bytes(32), sequence, private) if private else None
        if opening is not None:
            self.openings[len(self.leaves)] = opening
        known = {"occurred_at": at, "commitment": opening.commitment if opening else None} | known
        known["details"] = canonical(known.get("details", {})).decode()
        self.leaves.append(Leaf(1, contact, sequence, kind, at, **known))

    def add_send(self, contact: int = 7, *, wrote_at: int, at: int, terms: int | None = None) -> None:
        """A message that is begun, under the terms of that entry of the page, and sent."""
        self.add("claimed", contact, at=at, subject_at=wrote_at, details={} if terms is None else {"terms": terms})
        self.add("sent", contact, at=at + SECOND, subject_at=wrote_at)

    def write(self, folder: Path, *, checkpoints_at: Sequence[int] = (), key: SigningKey = KEY) -> Path:
        """As a bundle of the whole log."""
        terms = BundleTerms(KEY.name, Scope.WHOLE, datetime(2026, 11, 22, tzinfo=UTC))
        frontier = Frontier()
        with BundleWriter(folder, terms, key, [KEY.public]) as writer:
            for index, leaf in enumerate(self.leaves):
                writer.add_entry(index, leaf.encode(), self.openings.get(index))
                frontier.append(leaf_hash(leaf.encode()))
                if frontier.size in (*checkpoints_at, len(self.leaves)):
                    writer.add_checkpoint(sign_checkpoint(Checkpoint(KEY.name, frontier.size, frontier.root()), [key]))
            writer.finish(Frontier(), {"README.txt": "A bundle for tests.\n"})
        return folder


@pytest.fixture
def log() -> Log:
    """The terms of page 1 are known, and customer 7 wrote at noon."""
    found = Log()
    found.add("terms", 0, details=TERMS)
    found.add("interaction", private={"evidence_key": "m:mid.1"}, details={"kind": "message_text"})
    return found


Verified = tuple[int, dict[str, Any]]


@pytest.fixture
def verified() -> Callable[..., Verified]:
    """Runs the program inside a bundle on a bare Python: no site-packages, no environment, another folder."""

    def run(bundle: Path, *options: str) -> Verified:
        command = [sys.executable, "-I", "-S", str(bundle / "verify.py"), "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")  # noqa: S603  our own program
        return done.returncode, json.loads(done.stdout) if done.stdout else {"error": done.stderr}

    return run
