"""A bundle as of many times as many customers, made of one that was exported."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from botapp.audit.checkpoint import Checkpoint, sign_checkpoint
from botapp.audit.entry import Opening
from botapp.audit.note import SigningKey
from botapp.audit.tree import Frontier, leaf_hash
from botapp.compliance.bundle import BundleTerms, BundleWriter, Scope

_ENTRIES_A_CHECKPOINT = 10_000
_CONTACT = re.compile(rb'"contact":(\d+)')
_APART = 1_000_000_000  # numbers of the contacts of one copy and of the next


def multiply(bundle: Path, folder: Path, times: int, key: SigningKey, made_at: datetime) -> int:
    """Each customer's entries so many times, as of others with the same story; how many entries that are.

    What is hidden stays as it was: its keys are the entries' own. The tree is another one, and signed with the key.
    """
    frontier = Frontier()
    with BundleWriter(folder, BundleTerms(key.name, Scope.WHOLE, made_at), key, [key.public]) as writer:
        for leaf, opening in _multiplied(bundle / "entries.tsv", times):
            writer.add_entry(frontier.size, leaf, opening)
            frontier.append(leaf_hash(leaf))
            if frontier.size % _ENTRIES_A_CHECKPOINT == 0:
                writer.add_checkpoint(_signed(frontier, key))
        if frontier.size % _ENTRIES_A_CHECKPOINT:
            writer.add_checkpoint(_signed(frontier, key))
        writer.finish(Frontier(), {})
    return frontier.size


def _multiplied(entries: Path, times: int) -> Iterator[tuple[bytes, Opening | None]]:
    with entries.open("rb") as file:
        for line in file:
            _, leaf, shown, _ = line.split(b"\t")
            found = _CONTACT.search(leaf)
            if found is None:
                raise ValueError("an entry of nobody")
            begin, contact, end = leaf[: found.start(1)], int(found[1]), leaf[found.end(1) :]
            opening = _opening(shown)
            for copy in range(times if contact else 1):  # of the page itself there is one
                yield b"%b%d%b" % (begin, contact + copy * _APART, end), opening


def _opening(shown: bytes) -> Opening | None:
    key, _, private = shown.partition(b" ")
    return Opening(bytes.fromhex(key.decode()), json.loads(private)) if shown else None


def _signed(frontier: Frontier, key: SigningKey) -> str:
    return sign_checkpoint(Checkpoint(key.name, frontier.size, frontier.root()), [key])
