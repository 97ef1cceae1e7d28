#!/usr/bin/env python3
"""Verifies a bundle exported from botapp's log. Needs Python 3.10 or newer and nothing else:

    python3 verify.py [BUNDLE] [--key KEY] [--json]

BUNDLE is a folder; without it, the folder that this file lies in. KEY is the log's public key as you got it from
somewhere else than the bundle. It trusts nothing but that key: not the database, not botapp, not what the bundle says.
It checks that the bundle is as it was signed, that the checkpoints continue each other, that every entry is in the log
that they sign, that no entry of a contact is missing, and then replays the events to see whether a promise was broken.

Exit code 0: everything holds. 1: something does not. 2: used wrongly, or not a bundle.

This file is on its own on purpose: it shares no code with botapp, so that a fault there is not repeated here.

Eleven parts: 1 signatures, 2 signed notes, 3 the tree, 4 the bundle, 5 the log, 6 what is known of a customer, 7 what
each entry changes, 8 the promises, 9 draws, 10 all entries, 11 the report and the command. Who wants to know first what
is checked begins with `verify` in part 11, and then with `faults_of_claim` in part 8: what a message is held against.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import gc
import hashlib
import hmac
import json
import os
import re
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

SECOND = 1_000_000
HOUR = 3600 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MANIFEST = "MANIFEST"
ENTRIES = "entries.tsv"
CHECKPOINTS = "checkpoints.ndjson"
FRONTIER = "frontier.json"
KEYS = "keys.txt"
SCOPES = ("whole", "range", "contact")
HOURS_24 = 24 * HOUR  # a page's window as long as its terms are not known
UNSENT = frozenset({"skipped", "held", "expired", "superseded"})
READ_JSON = json.JSONDecoder().raw_decode
MOST_PROCESSES = 16
LEAST_SHARE_BYTES = 4 << 20  # a process more is not worth it for less


class NotABundleError(Exception):
    """There is nothing here that could be verified."""


class BrokenError(Exception):
    """A check does not hold; the text says which and where."""


# 1. Signatures: Ed25519 (RFC 8032), verification only, with points in extended coordinates.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add_points(a: Point, b: Point) -> Point:
    """The sum of two points of the curve."""
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    z = 2 * a[3] * b[3] * D % P
    t = 2 * a[2] * b[2] % P
    e, f, g, h = y - x, t - z, t + z, y + x
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply_point(scalar: int, point: Point) -> Point:
    """The point added to itself so often."""
    product = NEUTRAL
    while scalar:
        if scalar & 1:
            product = add_points(product, point)
        point = add_points(point, point)
        scalar >>= 1
    return product


def decode_point(encoded: bytes) -> Point | None:
    """A point from its 32 bytes; None if there is no such point or it is not written in the one proper way."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(encoded) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def is_same_point(a: Point, b: Point) -> bool:
    """Whether both are the same point, however they are scaled."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether this is the key's Ed25519 signature of the text."""
    key, point = decode_point(public), decode_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or BASE is None or len(signature) != 64 or scalar >= ORDER:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    return is_same_point(multiply_point(scalar, BASE), add_points(point, multiply_point(digest, key)))


# 2. Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).


@dataclass(frozen=True)
class Key:
    """A public key of a log, in the form name+identifier+base64."""

    name: str
    raw: bytes
    written: str

    @property
    def identifier(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n\x01" + self.raw).digest()[:4]


def parse_key(written: str) -> Key:
    """A key as `botapp audit keys` prints it. BrokenError if it is not one."""
    name, _, rest = written.strip().partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = decode_base64(encoded)
    if not name or len(raw) != 33 or raw[:1] != b"\x01":
        raise BrokenError(f"{written.strip()!r} is not an Ed25519 key of the form name+identifier+base64")
    key = Key(name, raw[1:], written.strip())
    if key.identifier.hex() != identifier:
        raise BrokenError(f"the identifier of the key {name!r} does not fit the key")
    return key


def decode_base64(written: str) -> bytes:
    """What is written in base64, in the one usual way. BrokenError if it is not."""
    try:
        content = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content or base64.b64encode(content).decode() != written:
        raise BrokenError("something that should be base64 is not, or is written in an unusual way")
    return content


def open_note(note: str, keys: Iterable[Key]) -> str:
    """The text, if one of the keys signed it and none of them signed wrongly."""
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise BrokenError("a signed text has no signatures")
    known = {(key.name, key.identifier): key for key in keys}
    text, is_trusted = text + "\n", False
    for line in tail[:-1].split("\n"):
        found = re.fullmatch(r"— (\S+) (\S+)", line)
        if found is None:
            raise BrokenError("a signature line is not one")
        content = decode_base64(found[2])
        key = known.get((found[1], content[:4]))
        if key is not None:
            if not is_signed(key.raw, text.encode(), content[4:]):
                raise BrokenError(f"a signature of {key.name} is wrong")
            is_trusted = True
    if not is_trusted:
        raise BrokenError("a text is not signed by the log's key")
    return text


@dataclass(frozen=True)
class Checkpoint:
    """How many entries the log had, and the root over them."""

    origin: str
    size: int
    root: bytes


def parse_checkpoint(text: str) -> Checkpoint:
    """The three lines of a checkpoint: origin, size, root."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]):
        raise BrokenError("a checkpoint is not one")
    return Checkpoint(lines[0], int(lines[1]), decode_base64(lines[2]))


# 3. The Merkle tree (RFC 6962).


def hash_leaf(content: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + content).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Subtrees:
    """The complete subtrees over a run of entries, which ends before the place `end`. All from the first one on make
    a tree; runs that follow each other are put together, so that several processes can hash one log.
    """

    end: int = 0
    nodes: list[tuple[int, bytes]] = field(default_factory=list)  # the level and hash of each, from the left

    def append(self, level: int, hashed: bytes) -> None:
        """What follows: an entry's hash, of level 0, or a whole subtree."""
        place, nodes = self.end >> level, self.nodes
        self.end += 1 << level
        while place & 1 and nodes and nodes[-1][0] == level:
            hashed = hashlib.sha256(b"\x01" + nodes.pop()[1] + hashed).digest()
            level, place = level + 1, place >> 1
        nodes.append((level, hashed))

    def root(self) -> bytes:
        """The root over all of them; of no entries the hash of nothing."""
        if not self.nodes:
            return hashlib.sha256().digest()
        root = self.nodes[-1][1]
        for _, hashed in reversed(self.nodes[:-1]):
            root = hash_node(hashed, root)
        return root


def root_by_path(hashed: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a leaf's path leads to. BrokenError if the path does not fit the tree."""
    last = size - 1
    for neighbour in path:
        if last == 0:
            raise BrokenError(f"the path of entry {index} is too long")
        if index & 1 or index == last:
            hashed = hash_node(neighbour, hashed)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hashed = hash_node(hashed, neighbour)
        index, last = index >> 1, last >> 1
    if last:
        raise BrokenError(f"the path of entry {index} is too short")
    return hashed


# 4. The bundle: files that the log signed, and the lines of its entries.


@dataclass(frozen=True)
class Bundle:
    """A folder whose manifest is signed, with what the manifest says."""

    folder: Path
    keys: tuple[Key, ...]
    origin: str
    scope: str
    subject: str  # of a contact's bundle: "account contact"
    made_at: str
    files: dict[str, tuple[str, int]]  # by path: SHA-256 and length


def open_bundle(folder: Path, given: str | None) -> Bundle:
    """Read the manifest and see that the log signed it."""
    try:
        note = (folder / MANIFEST).read_text(encoding="utf-8")
        written = (folder / KEYS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotABundleError(f"{folder} is not a bundle: {error}") from None
    keys = tuple(parse_key(line) for line in ([given] if given else written))
    return parse_manifest(folder, keys, open_note(note, keys))


def parse_manifest(folder: Path, keys: tuple[Key, ...], text: str) -> Bundle:
    """Lines of a name and a value; the files are named by hash, length and path."""
    head: dict[str, str] = {}
    files = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == "file":
            digest, length, path = value.split(" ", 2)
            if path in files or path.startswith("/") or ".." in path.split("/"):
                raise BrokenError(f"the manifest names {path!r} twice or outside the folder")
            files[path] = (digest, int(length))
        else:
            head[name] = value
    if head.get("botapp-bundle") != "1" or head.get("scope") not in SCOPES:
        raise BrokenError("the manifest is of a form that this program does not know")
    return Bundle(folder, keys, head["origin"], head["scope"], head.get("subject", ""), head["made_at"], files)


def check_files(bundle: Bundle) -> str:
    """Every file is as it was when the manifest was signed, and there is no other."""
    present = {
        path.relative_to(bundle.folder).as_posix()
        for path in bundle.folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    strange = present - set(bundle.files) - {MANIFEST}
    if strange:
        raise BrokenError(f"not in the manifest: {', '.join(sorted(strange)[:5])}")
    for name, (digest, length) in bundle.files.items():
        if name not in present:
            raise BrokenError(f"{name} is missing")
        with (bundle.folder / name).open("rb") as file:
            found = hash_file(file.read)
        if found != (digest, length):
            raise BrokenError(f"{name} is not as it was when the bundle was signed")
    return f"all {len(bundle.files)} files are as they were when the bundle was signed"


def hash_file(read: Callable[[int], bytes]) -> tuple[str, int]:
    """SHA-256 and length of what is read, a piece at a time."""
    hashed, length = hashlib.sha256(), 0
    while block := read(1 << 20):
        hashed.update(block)
        length += len(block)
    return hashed.hexdigest(), length


def load_checkpoints(bundle: Bundle) -> list[Checkpoint]:
    """All checkpoints, each signed by the log, in their order."""
    found: list[Checkpoint] = []
    for line in (bundle.folder / CHECKPOINTS).read_text(encoding="utf-8").splitlines():
        checkpoint = parse_checkpoint(open_note(json.loads(line)["note"], bundle.keys))
        if checkpoint.origin != bundle.origin:
            raise BrokenError(f"a checkpoint is of {checkpoint.origin!r}, not of {bundle.origin!r}")
        if found and checkpoint.size < found[-1].size:
            raise BrokenError(f"a checkpoint of {checkpoint.size} entries follows one of {found[-1].size}")
        found.append(checkpoint)
    if not found:
        raise BrokenError("there is no checkpoint")
    return found


def load_frontier(bundle: Bundle) -> Subtrees:
    """The tree before the first entry."""
    content = json.loads((bundle.folder / FRONTIER).read_text(encoding="utf-8"))
    size, hashes = content["size"], [bytes.fromhex(hashed) for hashed in content["hashes"]]
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    if len(hashes) != len(levels) or any(len(hashed) != 32 for hashed in hashes):
        raise BrokenError("the frontier does not fit the size that it is of")
    return Subtrees(size, list(zip(levels, hashes, strict=True)))


class Row(NamedTuple):
    """One line of the entries: its position in the log, the exact bytes that are hashed, opening, path."""

    position: int
    leaf: bytes
    opening: bytes
    path: bytes


MAKE_ROW = Row._make  # these few functions see every entry, so they are written for speed


class Part(NamedTuple):
    """The lines of the entries that begin at these bytes."""

    path: Path
    begin: int
    end: int


def split(bundle: Bundle, count: int) -> list[Part]:
    """The entries in so many parts of about the same length."""
    path = bundle.folder / ENTRIES
    size = path.stat().st_size
    return [Part(path, size * number // count, size * (number + 1) // count) for number in range(count)]


def read_lines(part: Part) -> Iterator[bytes]:
    """Whole lines; one that crosses the end belongs to this part, one that crosses the beginning does not."""
    with part.path.open("rb", buffering=1 << 20) as file:
        offset = part.begin
        if offset:
            file.seek(offset - 1)
            offset += len(file.readline()) - 1
        for line in file:
            if offset >= part.end:
                return
            offset += len(line)
            yield line


def read_row(line: bytes) -> Row:
    """The four fields of a line, with tabs between them."""
    try:
        position, leaf, opening, path = line.split(b"\t")
        if path[-1:] == b"\n":
            return MAKE_ROW((int(position), leaf, opening, path[:-1]))
    except ValueError:
        pass
    raise BrokenError(f"a line of {ENTRIES} is not an entry: {line[:40]!r}")


# 5. The log: every entry is in the tree that the checkpoints sign, and none was changed or taken out.


class Hashed(NamedTuple):
    """A part as subtrees: where it begins, and a piece up to each checkpoint and one up to the end."""

    begin: int
    pieces: list[Subtrees]


Map = Callable[..., Iterable["Hashed | None"]]  # as the built-in one, in this process or in several


def hash_part(part: Part, sizes: frozenset[int]) -> Hashed | None:
    """Hash the entries of a part; None if there are none. `sizes`: where checkpoints are."""
    pieces: list[Subtrees] = []
    begin, tree = -1, Subtrees()
    for line in read_lines(part):
        position, leaf, _, path = read_row(line)
        if not pieces:
            begin, tree = position, Subtrees(position)
            pieces = [tree]
        if position != tree.end:
            raise BrokenError(f"entry {tree.end} is missing: {position} stands in its place")
        if path:
            raise BrokenError(f"entry {tree.end} has a path, which only the entries of one contact have")
        tree.append(0, hashlib.sha256(b"\x00" + leaf).digest())
        if tree.end in sizes:
            tree = Subtrees(tree.end)
            pieces.append(tree)
    return Hashed(begin, pieces) if pieces else None


def check_log(bundle: Bundle, parts: int = 1, run: Map = map) -> list[str]:
    """Checkpoints are signed and continue each other; every entry is in the log that they sign. A whole log is hashed
    in so many parts, which `run` may share out.
    """
    checkpoints = load_checkpoints(bundle)
    if bundle.scope == "contact":
        count = check_paths(bundle, checkpoints)
    else:
        sizes = frozenset(checkpoint.size for checkpoint in checkpoints)
        count = check_tree(bundle, checkpoints, run(hash_part, split(bundle, parts), [sizes] * parts))
    last = checkpoints[-1]
    return [
        f"all {len(checkpoints):,} checkpoints are signed by the log, the last over {last.size:,} entries",
        f"all {count:,} entries are in the log that the checkpoints sign",
    ]


def check_tree(bundle: Bundle, checkpoints: list[Checkpoint], hashed: Iterable[Hashed | None]) -> int:
    """Build the tree again from the entries: it must have every checkpoint's root on the way.

    This proves both that each checkpoint continues the one before and that each entry is where it says.
    """
    tree = load_frontier(bundle)
    begins_at = tree.end
    if bundle.scope == "whole" and begins_at:
        raise BrokenError("a whole log does not begin in the middle")
    if begins_at and checkpoints[0].size != begins_at:
        raise BrokenError("what came before these entries is vouched for by no checkpoint")
    pending = iter(checkpoints)
    awaited = meet(tree, next(pending), pending)
    for part in hashed:
        if part is not None and part.begin != tree.end:
            raise BrokenError(f"entry {tree.end} is missing: {part.begin} stands in its place")
        for piece in part.pieces if part is not None else []:
            for level, subtree in piece.nodes:
                tree.append(level, subtree)
            awaited = meet(tree, awaited, pending)
    if awaited is not None:
        raise BrokenError(f"a checkpoint signs {awaited.size:,} entries, but only {tree.end:,} are here")
    if tree.end != checkpoints[-1].size:
        raise BrokenError("the last entries are signed by no checkpoint")
    return tree.end - begins_at


def meet(tree: Subtrees, awaited: Checkpoint | None, pending: Iterator[Checkpoint]) -> Checkpoint | None:
    """Compare with every checkpoint of this size; the next that is still to come."""
    while awaited is not None and awaited.size == tree.end:
        if awaited.root != tree.root():
            raise BrokenError(f"the first {awaited.size:,} entries are not those that the log signed")
        awaited = next(pending, None)
    return awaited


def check_paths(bundle: Bundle, checkpoints: list[Checkpoint]) -> int:
    """Each entry of one contact is proved by its own path to the last checkpoint."""
    last, count = checkpoints[-1], 0
    for line in read_lines(split(bundle, 1)[0]):
        row, count = read_row(line), count + 1
        path = [decode_base64(hashed) for hashed in row.path.decode().split()]
        if row.position >= last.size or root_by_path(hash_leaf(row.leaf), row.position, last.size, path) != last.root:
            raise BrokenError(f"entry {row.position} is not in the log that the checkpoint signs")
    return count


# 6. What is known of a customer, entry by entry. Instants and spans are microseconds.


@dataclass(frozen=True)
class Terms:
    """What a message is judged by. Microseconds."""

    window: int = 24 * HOUR
    send_allowance: int = 0
    cool_down: int = 24 * HOUR
    cap: int = 0
    cap_period: int = 7 * 24 * HOUR
    ignored_cap: int = 0
    anchor: str = "latest"
    basis: str = "implied"
    conversion_voids: str = "conversation"
    answer_voids: str = "silence"
    day: int = 24 * HOUR


class Count(NamedTuple):
    """What is counted over many contacts: what a rule with a budget, or a page with a daily cap, began since then."""

    account: int
    rule: str  # empty: all of the page
    since: int

    def __str__(self) -> str:
        what = f"the rule {self.rule}" if self.rule else "all rules"
        return f"page {self.account}, {what}, since {written_instant(self.since)}"


@dataclass(slots=True)
class Claim:
    """A message that was begun."""

    at: int
    closes_at: int
    silence_at: int | None  # the interaction whose silence it was to end
    rule: str | None  # by which it was begun
    is_taken_up: bool = False
    is_refused: bool = False  # certain that the customer never saw it
    counted: list[tuple[Count, int]] = field(default_factory=list)  # where, and how many there had been before it


@dataclass(slots=True)
class Scope:
    """One way of saying no: when it was last said, until when it holds, when it was last taken back."""

    set_at: int | None = None
    until: int | None = None
    lifted_at: int | None = None

    def holds(self, now: int) -> bool:
        """A no wins over a yes of the same instant."""
        if self.set_at is None or (self.lifted_at is not None and self.lifted_at > self.set_at):
            return False
        return self.until is None or now < self.until


@dataclass(slots=True)
class Standing:
    """All that the events of one contact have come to so far."""

    sequence: int = 0  # of the last entry
    is_whole: bool = True  # from its first entry on
    last_at: int | None = None
    started_at: int | None = None  # the conversation that goes on
    before_at: int | None = None  # the last interaction before it
    scopes: dict[str, Scope] | None = None
    consent: tuple[int, bool] | None = None  # when, and whether it was a no
    said_yes: bool = False  # to a question, ever
    converted_at: int | None = None
    answered_at: int | None = None  # by somebody else than the bot
    chosen: dict[str, tuple[int, str]] | None = None  # by the customer: what, when, and how
    person: int | None = None  # as whom they drew a variant
    is_linked: bool = False  # since then they were found to be somebody whom we knew
    is_of_the_team: bool = False  # a staff member's own contact
    claims: list[Claim] = field(default_factory=list)
    in_flight: Claim | None = None  # nothing is known of it yet

    def scope(self, name: str) -> Scope:
        if self.scopes is None:
            self.scopes = {}
        return self.scopes.setdefault(name, Scope())


@dataclass
class Figures:
    """What a replay counted."""

    contacts: int = 0
    opened: int = 0
    not_judged: int = 0
    first_at: int | None = None
    last_at: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    begun: dict[Count, array[int]] = field(default_factory=dict)  # of each message its number and when, in turn
    given_back: Counter[Count] = field(default_factory=Counter)

    def add(self, other: Figures) -> None:
        self.contacts += other.contacts
        self.opened += other.opened
        self.not_judged += other.not_judged
        self.counts += other.counts
        self.reasons += other.reasons
        self.given_back += other.given_back
        for count, numbers in other.begun.items():
            self.begun.setdefault(count, array("q")).extend(numbers)
        self.first_at = min((at for at in (self.first_at, other.first_at) if at is not None), default=None)
        self.last_at = max((at for at in (self.last_at, other.last_at) if at is not None), default=None)


@dataclass
class Replay:
    """Replays the events of contacts, entry after entry."""

    is_whole_log: bool = True
    figures: Figures = field(default_factory=Figures)
    contacts: dict[tuple[int, int], Standing] = field(default_factory=dict)
    terms: dict[int, Terms] = field(default_factory=dict)  # of each page, the last ones
    terms_by_number: dict[tuple[int, int], Terms] = field(default_factory=dict)

    def learn_terms(self, entry: dict[str, Any]) -> None:
        """An entry that holds a page's terms, to be known wherever contacts of that page are replayed."""
        terms = Terms(**entry["details"])
        self.terms[entry["account"]] = self.terms_by_number[entry["account"], entry["sequence"]] = terms

    def terms_of(self, entry: dict[str, Any]) -> Terms | None:
        """Those that a message names; else the page's last ones."""
        number = entry["details"].get("terms")
        if number is None:
            return self.terms.get(entry["account"])
        return self.terms_by_number.get((entry["account"], number))

    def window_of(self, entry: dict[str, Any]) -> int:
        """How long the page's windows are by its last terms."""
        terms = self.terms.get(entry["account"])
        return HOURS_24 if terms is None else terms.window

    def take(self, entry: dict[str, Any]) -> None:
        """One entry. BrokenError if a number is missing before it, or a promise was broken there."""
        kind, key, at, figures = entry["kind"], (entry["account"], entry["contact"]), entry["recorded_at"], self.figures
        figures.counts[kind] += 1
        figures.first_at = at if figures.first_at is None else min(at, figures.first_at)
        figures.last_at = later(figures.last_at, at)
        if kind in UNSENT and "reason" in entry:
            figures.reasons[entry["reason"]] += 1
        standing = self.contacts.get(key)
        if standing is None:
            standing = self.contacts[key] = Standing()
        self.check_sequence(standing, key, entry["sequence"])
        step = STEPS.get(kind)
        if step is not None and key[1]:
            step(self, standing, entry)

    def check_sequence(self, standing: Standing, key: tuple[int, int], number: int) -> None:
        """A contact's entries are numbered from 1 without a gap; in a part of a log the first may be outside."""
        if number != standing.sequence + 1:
            if standing.sequence:
                raise BrokenError(f"contact {key[1]} of page {key[0]} has number {number} after {standing.sequence}")
            if self.is_whole_log:
                raise BrokenError(f"contact {key[1]} of page {key[0]} begins with number {number}")
            standing.is_whole = False  # what came before is not in this bundle
        standing.sequence = number


def happened_at(entry: dict[str, Any]) -> int:
    """When it happened; where nobody can tell, when it was written down."""
    at: int = entry.get("occurred_at", entry["recorded_at"])
    return at


def later(known: int | None, at: int) -> int:
    """The later of two instants, of which one may not be known yet."""
    return at if known is None or at > known else known


def read_instant(written: object) -> int | None:
    """Microseconds from either form in which entries have them."""
    if written is None or isinstance(written, int):
        return written
    return (datetime.fromisoformat(str(written)) - EPOCH) // timedelta(microseconds=1)


# 7. What each kind of entry changes.


def take_interaction(replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """The customer wrote or acted: the window opens anew, and messages before it are taken up."""
    at = entry.get("occurred_at")
    if at is None:
        return  # nobody knows when: it opens nothing
    length = replay.window_of(entry)
    if standing.last_at is None or standing.started_at is None or at >= standing.last_at + length:
        standing.before_at, standing.started_at = standing.last_at, at
    elif at <= standing.started_at - length:  # late, of a conversation before
        standing.before_at = later(standing.before_at, at)
    elif at < standing.started_at:  # late, and of this one; perhaps it joins it to the one before
        is_joint = standing.before_at is not None and at < standing.before_at + length
        standing.started_at, standing.before_at = (standing.before_at, None) if is_joint else (at, standing.before_at)
    standing.last_at = later(standing.last_at, at)
    for claim in standing.claims:
        claim.is_taken_up = claim.is_taken_up or claim.at < at < claim.closes_at


def take_correction(replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """The platform said that the window is closed."""
    closed = happened_at(entry) - replay.window_of(entry)
    standing.last_at = closed if standing.last_at is None else min(standing.last_at, closed)
    standing.started_at = closed if standing.started_at is None else min(standing.started_at, closed)


def take_suppression(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """A no of one kind; the latest counts, of two at the same instant the longer."""
    scope, at = standing.scope(entry["details"]["scope"]), happened_at(entry)
    until = read_instant(entry["details"].get("until"))
    if scope.set_at is not None and at < scope.set_at:
        return
    if at == scope.set_at:
        until = None if until is None or scope.until is None else max(until, scope.until)
    scope.set_at, scope.until = at, until


def take_lift(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """A no of one kind was taken back."""
    scope = standing.scope(entry["details"]["scope"])
    scope.lifted_at = later(scope.lifted_at, entry["occurred_at"])


def take_consent(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """A yes or a no; the latest counts, of two at the same instant the no."""
    is_no, at = entry["kind"] != "consent_given", happened_at(entry)
    standing.consent = (at, is_no) if standing.consent is None else max(standing.consent, (at, is_no))
    standing.said_yes = standing.said_yes or (not is_no and entry["details"].get("wording_version") is not None)


def take_preference(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """What the customer chose; the last choice counts."""
    at, details = happened_at(entry), entry["details"]
    standing.chosen = standing.chosen or {}
    if at >= standing.chosen.get(details["name"], (at, ""))[0]:
        standing.chosen[details["name"]] = (at, details["value"])


def take_conversion(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """They bought, or did what the business counts as much."""
    standing.converted_at = later(standing.converted_at, happened_at(entry))


def take_answer(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """Somebody else than the bot answered them."""
    standing.answered_at = later(standing.answered_at, happened_at(entry))


def take_team(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """From here on this is, or is no longer, a staff member's own contact."""
    standing.is_of_the_team = entry["kind"] == "staff_linked"


def take_link(_replay: Replay, standing: Standing, _entry: dict[str, Any]) -> None:
    """From here on they are known as another person of ours."""
    standing.is_linked = True


def take_claim(replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """A message was begun. The heart of it: whether it may have been."""
    terms, now, silence_at = replay.terms_of(entry), entry["occurred_at"], entry.get("subject_at")
    if terms is None and replay.is_whole_log:
        raise BrokenError("promise 5, on the record: it was begun under terms that are not in the log")
    if terms is None or not standing.is_whole:
        replay.figures.not_judged += 1
    else:
        for promise, fault in faults_of_claim(standing, terms, now, silence_at, entry):
            raise BrokenError(f"promise {promise}: {fault}")
    length = (terms or Terms()).window
    claim = Claim(now, (standing.last_at or now) + length, silence_at, entry["details"].get("rule"))
    claim.counted += counts_of(entry)
    for count, number in claim.counted:
        replay.figures.begun.setdefault(count, array("q")).extend((number, now))
    standing.claims.append(claim)
    standing.in_flight = claim


def counts_of(entry: dict[str, Any]) -> Iterator[tuple[Count, int]]:
    """Where a message is counted, and how many there had been before it."""
    account, details, rule = entry["account"], entry["details"], entry["details"].get("rule")
    budget, daily = details.get("budgets", {}).get(rule), details.get("daily_cap")
    if budget:
        yield Count(account, rule, budget["period"][0]), budget["spent"]
    if daily:
        yield Count(account, "", daily["day"][0]), daily["begun"]


def take_release(replay: Replay, standing: Standing, _entry: dict[str, Any]) -> None:
    """It is certain that nothing was delivered: as if it had not been begun."""
    if standing.in_flight is None:
        if standing.is_whole:
            raise BrokenError("promise 5, on the record: a message was taken back that had not been begun")
        return
    for count, _ in standing.in_flight.counted:
        replay.figures.given_back[count] += 1
    standing.claims.remove(standing.in_flight)
    standing.in_flight = None


def take_outcome(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """What came of the message that was begun: sent, refused, or nobody knows."""
    if standing.in_flight is None and standing.is_whole:
        raise BrokenError("promise 5, on the record: an outcome of a message that had not been begun")
    if standing.in_flight is not None:
        standing.in_flight.is_refused = entry["kind"] == "failed"
    standing.in_flight = None


def take_expiry(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """Of a plan, or of a message that was begun and not written in time."""
    claim = standing.in_flight
    if claim is not None and claim.silence_at == entry.get("subject_at"):
        claim.is_refused, standing.in_flight = True, None


def take_reconciliation(_replay: Replay, standing: Standing, entry: dict[str, Any]) -> None:
    """The platform's copy of a message came before its answer, or instead of it."""
    claim = standing.in_flight
    if claim is not None and claim.silence_at == entry.get("subject_at"):
        standing.in_flight = None


STEPS: dict[str, Callable[[Replay, Standing, dict[str, Any]], None]] = {
    "interaction": take_interaction,
    "window_corrected": take_correction,
    "suppression_set": take_suppression,
    "suppression_lifted": take_lift,
    "consent_given": take_consent,
    "consent_refused": take_consent,
    "consent_withdrawn": take_consent,
    "converted": take_conversion,
    "answered": take_answer,
    "preference": take_preference,
    "linked": take_link,
    "staff_linked": take_team,
    "staff_unlinked": take_team,
    "claimed": take_claim,
    "released": take_release,
    "sent": take_outcome,
    "failed": take_outcome,
    "unknown": take_outcome,
    "expired": take_expiry,
    "reconciled": take_reconciliation,
}


# 8. The promises: whether one message may have been begun.


def faults_of_claim(
    standing: Standing, terms: Terms, now: int, silence_at: int | None, entry: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Every promise that this message breaks, and how."""
    opened_at = standing.started_at if terms.anchor == "initial" else standing.last_at
    if standing.last_at is None or opened_at is None:
        yield "1, only when spoken to", "something was begun to be sent to someone who had not written"
        return
    if not now + terms.send_allowance < opened_at + terms.window:
        yield "3, in time", f"begun {written_span(now - opened_at)} after the window was opened"
    for fault in repetitions(standing, terms, now, silence_at):
        yield "2, once", fault
    topic = entry["details"].get("topic")
    stop = next(
        (name for name, scope in (standing.scopes or {}).items() if is_against(name, topic) and scope.holds(now)), None
    )
    if stop is not None:
        yield "4, never after no", f"there was a {stop} in force"
    is_no = standing.consent[1] if standing.consent else None
    if is_no or (terms.basis == "explicit" and (is_no is None or not standing.said_yes)):
        yield "4, never after no", "there was no consent"
    for fault in against_wishes(standing, terms, now, entry):
        yield "4, never after no", fault
    for fault in faults_of_draw(standing, entry):
        yield "5, on the record", fault
    for fault in over_limits(standing, now, entry["details"]):
        yield "2, once, and not more often than the rule allows", fault
    if is_held_out(entry):
        yield "5, on the record", "it went to one of those who are held out of the rule"
    if entry["details"].get("team_mode") and not standing.is_of_the_team:
        yield "5, on the record", "the page was in team mode, and nothing says that this is a contact of the team"
    daily = entry["details"].get("daily_cap")
    if daily and daily["begun"] >= daily["most"]:
        yield "5, on the record", f"the page had begun {daily['begun']} that day, and its daily cap was {daily['most']}"
    for fault in voidings(standing, terms):
        yield "2, once, and not where nobody needs it", fault


def repetitions(standing: Standing, terms: Terms, now: int, silence_at: int | None) -> Iterator[str]:
    """What the messages before it forbid."""
    claims = standing.claims
    if standing.in_flight is not None:
        yield "a second message was begun while the first was on its way"
    if silence_at != standing.last_at or any(claim.silence_at == silence_at for claim in claims):
        yield "a message was begun for a silence that had its message, or was over"
    if claims and now - claims[-1].at < terms.cool_down:
        yield f"the one before was begun only {written_span(now - claims[-1].at)} earlier"
    seen = [claim for claim in claims if not claim.is_refused]
    if terms.cap and len(seen) >= terms.cap and now - seen[-terms.cap].at < terms.cap_period:
        yield f"more than {terms.cap} within {written_span(terms.cap_period)}"
    ignored = seen[-terms.ignored_cap :] if terms.ignored_cap and len(seen) >= terms.ignored_cap else []
    asked_at = standing.scope("stop").lifted_at or 0
    if ignored and all(not claim.is_taken_up and claim.at > asked_at for claim in ignored):
        yield f"the last {terms.ignored_cap} had been ignored"


def is_against(scope: str, topic: str | None) -> bool:
    """Whether a no concerns this message: one to another topic does not."""
    return not scope.startswith("topic:") or topic is None or scope == f"topic:{topic}"


def against_wishes(standing: Standing, terms: Terms, now: int, entry: dict[str, Any]) -> Iterator[str]:
    """What the customer had chosen: how often, and the hours of quiet where the entry shows in which zone."""
    chosen = {name: value for name, (_, value) in (standing.chosen or {}).items()}
    days = {"weekly": 7, "monthly": 30}.get(chosen.get("frequency", ""), 0)
    seen = [claim for claim in standing.claims if not claim.is_refused]
    if days and seen and now - seen[-1].at < days * terms.day:
        yield f"the customer had chosen one in {days} days at most"
    hours, wall = chosen.get("quiet_hours", "none"), wall_time(now, entry.get("zone"))
    if hours != "none" and wall is not None:
        start, end = (time.fromisoformat(shown) for shown in hours.split("-"))
        if (start <= wall < end) if start < end else (wall >= start or wall < end):
            yield f"the customer had chosen quiet from {hours}"


def wall_time(now: int, zone: str | None) -> time | None:
    """What the customer's clock showed; None where their zone is not shown, or not known here."""
    try:
        return (EPOCH + timedelta(microseconds=now)).astimezone(ZoneInfo(zone)).time() if zone else None
    except (KeyError, ValueError, OSError):
        return None


def over_limits(standing: Standing, now: int, details: dict[str, Any]) -> Iterator[str]:
    """The limits that the rule had of its own: what was spent by all is in the entry, what this customer had is not."""
    rule = details.get("rule", "")
    budget, cap = details.get("budgets", {}).get(rule), details.get("caps", {}).get(rule)
    if budget and budget["spent"] >= budget["most"]:
        yield f"the budget of the rule {rule} was spent"
    if cap:
        own = [claim for claim in standing.claims if claim.rule == rule and not claim.is_refused]
        if len(own) >= cap["most"] and now - own[-cap["most"]].at < cap["within"]:
            yield f"the customer had had {cap['most']} by the rule {rule} within {written_span(cap['within'])}"


def voidings(standing: Standing, terms: Terms) -> Iterator[str]:
    """What had made it void by then."""
    since = {"conversation": standing.started_at, "silence": standing.last_at}.get(terms.conversion_voids)
    if since is not None and standing.converted_at is not None and standing.converted_at >= since:
        yield "the customer had done already what it would have been about"
    since = standing.last_at if terms.answer_voids == "silence" else None
    if since is not None and standing.answered_at is not None and standing.answered_at >= since:
        yield "somebody else had answered the customer since they last wrote"


# 9. Draws: which text a customer gets, and who gets none, can be drawn again from what the entry says.


def faults_of_draw(standing: Standing, entry: dict[str, Any]) -> Iterator[str]:
    """Whether the variant is the one that this person draws; of what the draw saw, all is in the entry."""
    details = entry["details"]
    draw = details.get("draw")
    if draw is None:
        if "variant" in details:
            yield "a variant was sent without the draw that chose it"
        return
    if standing.person is not None and draw["person"] != standing.person and not standing.is_linked:
        yield "the same customer drew a variant as somebody else"
    standing.person, standing.is_linked = draw["person"], False
    experiment = f"{entry['account']}/{details.get('rule')}"
    found = drawn(draw["method"], experiment, draw["person"], draw["arms"])
    if found != details.get("variant"):
        yield f"the variant {details.get('variant')!r} was sent where the draw gives {found!r}"


def is_held_out(entry: dict[str, Any]) -> bool:
    """Whether the person was to get nothing of this rule, by what the decision recorded."""
    held = entry["details"].get("hold_out")
    if held is None:
        return False
    drawn_from = ["hold_out", f"{entry['account']}/{entry['details'].get('rule')}", held["person"]]
    return bool(point_of(drawn_from) * 100 < held["percent"] << 64)


def drawn(method: str, experiment: str, person: int, arms: list[list[Any]]) -> str | None:
    """The variant that a draw gives; arms are [name, weight, successes, failures]. None for an unknown method."""
    if method == "thompson":
        seed = written_compactly(["thompson", experiment, person, [[name, *counts] for name, _, *counts in arms]])
        return str(max((beta_draw(seed, name, *counts), name) for name, _, *counts in arms)[1])
    if method != "split":
        return None
    point = point_of(["split", experiment, person]) * sum(weight for _, weight, *_ in arms)
    reached = 0
    for name, weight, *_ in arms:
        reached += weight << 64
        if point < reached:
            return str(name)
    return None


def beta_draw(seed: str, name: str, successes: int, failures: int) -> int:
    """Of so many uniform numbers the one that, in their order, stands where a Beta distribution wants it."""
    total = successes + failures
    if total > 1000:
        successes, failures = successes * 1000 // total, failures * 1000 // total
    drawn_bytes = hashlib.shake_256((seed + name).encode()).digest(8 * (successes + failures + 1))
    numbers = sorted(int.from_bytes(drawn_bytes[at : at + 8], "big") for at in range(0, len(drawn_bytes), 8))
    return numbers[successes]


def point_of(drawn_from: list[Any]) -> int:
    """Where these values come to lie below 2 to the power of 64, as by chance and always the same."""
    return int.from_bytes(hashlib.sha256(written_compactly(drawn_from).encode()).digest()[:8], "big")


def written_compactly(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


# 10. All entries: no number is missing, what is shown is what was hidden, the replay, and what all customers share.


class Told(NamedTuple):
    """What a replay came to: its figures, and the first entry that does not hold, with the fault."""

    figures: Figures
    fault: tuple[int, str] | None = None


TERMS = b'"kind":"terms"'


def replay_share(bundle: Bundle, share: int, shares: int) -> Told:
    """Replay the entries of one of so many shares of the contacts; of the others' lines only the beginning is read."""
    gc.disable()  # many objects that live long and refer to each other in one direction: there is nothing to find
    replay = Replay(bundle.scope == "whole")
    with (bundle.folder / ENTRIES).open("rb", buffering=1 << 20) as file:
        for line in file:
            contact = contact_of(line)
            is_own = contact < 0 or contact % shares == share
            if not is_own and (contact or TERMS not in line):
                continue
            row = read_row(line)
            try:
                entry = read_leaf(row, contact)
                if bundle.scope == "contact":
                    check_subject(bundle, row, entry)
                if is_own:
                    replay_entry(replay, row, entry)
                if entry["kind"] == "terms" and not entry["contact"]:
                    replay.learn_terms(entry)
            except BrokenError as fault:
                return Told(replay.figures, (row.position, str(fault)))
    replay.figures.contacts = len(replay.contacts)
    return Told(replay.figures)


def contact_of(line: bytes) -> int:
    """Whose entry a line holds, without reading all of it; -1 if it does not say. What is read must say the same."""
    begin = line.find(b'"contact":') + 10
    try:
        return int(line[begin : line.find(b",", begin)])
    except ValueError:
        return -1


def read_leaf(row: Row, contact: int) -> dict[str, Any]:
    """The entry's public part, which must be of the contact that its line was found to be of."""
    try:
        entry, end = READ_JSON(row.leaf.decode("ascii"))
        is_as_found = contact >= 0 and entry["contact"] == contact and entry["account"] >= 0
    except (ValueError, TypeError, KeyError):
        raise BrokenError(f"entry {row.position} cannot be read") from None
    if not is_as_found or end != len(row.leaf):
        raise BrokenError(f"entry {row.position} is not written as entries are")
    known: dict[str, Any] = entry
    known.setdefault("details", {})
    return known


def check_subject(bundle: Bundle, row: Row, entry: dict[str, Any]) -> None:
    """In the bundle of one contact there is nothing of others, except what concerns the page itself."""
    account, _, contact = bundle.subject.partition(" ")
    if str(entry["account"]) != account or str(entry["contact"]) not in ("0", contact):
        whose = f"contact {entry['contact']} of page {entry['account']}"
        raise BrokenError(f"entry {row.position} is of {whose}, and the bundle of contact {contact} of page {account}")


def replay_entry(replay: Replay, row: Row, entry: dict[str, Any]) -> None:
    """Check what is shown of it, and take it. BrokenError names the entry."""
    if row.opening:
        check_opening(row, entry)
        replay.figures.opened += 1
        if entry["kind"] == "claimed":
            entry["zone"] = json.loads(row.opening.partition(b" ")[2]).get("zone")
    try:
        replay.take(entry)
    except BrokenError as fault:
        who = f"{entry['kind']} of contact {entry['contact']} of page {entry['account']}"
        when = written_instant(entry["recorded_at"])
        raise BrokenError(f"{fault}: entry {row.position}, {who}, recorded {when}") from None


def check_opening(row: Row, entry: dict[str, Any]) -> None:
    """The key of this entry and what it hides, as it was written when the commitment was made."""
    key, _, private = row.opening.partition(b" ")
    commitment = hmac.digest(bytes.fromhex(key.decode()), private, "sha256").hex()
    if commitment != entry.get("commitment"):
        raise BrokenError(f"what is shown of entry {row.position} is not what was committed to")


def check_entries(tellings: Iterable[Told]) -> tuple[list[str], Figures]:
    """Sequence numbers without gaps, openings that fit their commitments, and the replay: what all shares came to."""
    figures, faults = Figures(), []
    for told in tellings:
        figures.add(told.figures)
        faults += [told.fault] if told.fault else []
    if faults:
        raise BrokenError(min(faults)[1])
    said = [f"no entry is missing: the numbers of all {figures.contacts:,} contacts and pages have no gap"]
    if figures.opened:
        said.append(f"all {figures.opened:,} openings are what was committed to")
    sends = figures.counts["claimed"]
    judged = f"{sends - figures.not_judged:,} of {sends:,} messages begun"
    said.append(f"no promise was broken in the {judged} that could be judged from the events")
    return said, figures


def check_counts(bundle: Bundle, figures: Figures | None) -> list[str]:
    """Limits that hold for many contacts together, in a log that is here from its first entry on."""
    if figures is None or bundle.scope != "whole" or not figures.begun:
        return []
    for fault in faults_of_counts(figures, (figures.last_at or 0) - HOUR):
        raise BrokenError(f"promise 5, on the record: {fault}")
    return [f"the {len(figures.begun):,} counts of budgets and daily caps are those of the messages begun"]


def faults_of_counts(figures: Figures, before: int) -> Iterator[str]:
    """Over all contacts of a whole log: each number was given once, or again after one was given back, and none is
    missing. With each message below its limit by its own number, no limit was exceeded then. Of what was begun since
    `before`, perhaps not all is here: processes write at the same time.
    """
    for count, begun in figures.begun.items():
        numbers = begun[::2]
        settled = [number for number, at in zip(numbers, begun[1::2], strict=True) if at < before]
        more = len(settled) - len(set(settled)) - figures.given_back[count]
        if more > 0:
            yield f"{more} begun beyond what was counted: {count}"
        missing = set(range(max(settled, default=0))).difference(numbers)
        if missing:
            yield f"{len(missing)} were counted, the first as number {min(missing) + 1}, that are not here: {count}"


# 11. The report, and the command.


def written_instant(microseconds: int) -> str:
    instant = EPOCH + timedelta(microseconds=microseconds)
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")


def written_span(microseconds: int) -> str:
    return str(timedelta(seconds=round(microseconds / SECOND)))


@dataclass
class Report:
    """What holds, what does not, and the figures."""

    holds: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    figures: Figures | None = None


def verify(bundle: Bundle) -> Report:
    """All checks, with as many processes as there are processors: each hashes a part of the log and replays a share
    of the contacts.
    """
    report = Report()
    entries = bundle.folder / ENTRIES
    size = entries.stat().st_size if entries.exists() else 0
    processes = max(1, min(os.cpu_count() or 1, MOST_PROCESSES, size // LEAST_SHARE_BYTES))
    with ProcessPoolExecutor(processes) as pool:
        shares = [pool.submit(replay_share, bundle, share, processes) for share in range(processes)]

        def check_shares() -> list[str]:
            said, report.figures = check_entries(share.result() for share in shares)
            return said

        checks: tuple[Callable[[], list[str]], ...] = (
            lambda: [check_files(bundle)],
            lambda: check_log(bundle, processes, pool.map),
            check_shares,
            lambda: check_counts(bundle, report.figures),
        )
        for check in checks:
            try:
                report.holds += check()
            except (BrokenError, ValueError, KeyError, TypeError, OSError) as fault:
                report.broken.append(str(fault) if isinstance(fault, BrokenError) else f"cannot be read: {fault!r}")
    return report


def in_words(bundle: Bundle, report: Report, *, key_was_given: bool) -> str:
    scope = f"{bundle.scope} {bundle.subject.replace(' ', '/')}".strip()
    lines = [f"Log of {bundle.origin}, {scope}, exported {bundle.made_at}", ""]
    lines += [f"  holds   {said}" for said in report.holds]
    lines += [f"  BROKEN  {said}" for said in report.broken]
    if report.figures is not None:
        lines += ["", *in_figures(report.figures)]
    if not key_was_given:
        lines += ["", "The key was taken from the bundle itself. Compare it with the one you got elsewhere:"]
        lines += [f"  {key.written}" for key in bundle.keys]
    lines += ["", "Everything holds." if not report.broken else "NOT everything holds."]
    return "\n".join(lines)


def in_figures(figures: Figures) -> Iterator[str]:
    if figures.first_at is not None and figures.last_at is not None:
        yield f"From {written_instant(figures.first_at)} to {written_instant(figures.last_at)}:"
    names = {"interaction": "times customers wrote or acted", "claimed": "messages begun", "sent": "sent"}
    names |= {"unknown": "of unknown outcome, never repeated", "failed": "refused by the platform"}
    names |= {"crossed": "where a no came while the message was already on its way"}
    for kind, words in names.items():
        yield f"  {figures.counts[kind]:>12,}  {words}"
    for reason, number in figures.reasons.most_common():
        yield f"  {number:>12,}  not sent: {reason}"
    if figures.not_judged:
        why = "the terms or the events before them are not in this bundle"
        yield f"  {figures.not_judged:>12,}  messages not judged: {why}"


def main(arguments: list[str] | None = None) -> int:
    """The command. 0 holds, 1 does not, 2 used wrongly."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", help="the log's public key, from somewhere else than the bundle")
    parser.add_argument("--json", action="store_true", help="the stable form for scripts")
    wanted = parser.parse_args(arguments)
    try:
        bundle = open_bundle(wanted.bundle, wanted.key)
        report = verify(bundle)
    except NotABundleError as error:
        print(error, file=sys.stderr)
        return 2
    except (BrokenError, ValueError, KeyError, TypeError, OSError) as fault:
        print(json.dumps({"holds": [], "broken": [str(fault)]}) if wanted.json else f"BROKEN  {fault}")
        return 1
    if wanted.json:
        counts = report.figures.counts if report.figures else {}
        print(json.dumps({"holds": report.holds, "broken": report.broken, "entries": counts}))
    else:
        print(in_words(bundle, report, key_was_given=wanted.key is not None))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
