"""Proofs that stand alone, and pymerkle as a second opinion on the tree."""

from collections.abc import Callable
from typing import Any

import pytest
from pymerkle import InmemoryTree

from botapp.audit.checkpoint import Checkpoint, sign_checkpoint
from botapp.audit.note import NoteError, SigningKey
from botapp.audit.proof import Proof
from botapp.audit.tree import Frontier, inclusion_path, leaf_hash

KEY = SigningKey.of("botapp.example/log", bytes(range(32)))
LEAVES = [str(number).encode() for number in range(11)]


def grown(count: int) -> tuple[Frontier, Callable[[int, int], bytes]]:
    frontier, nodes = Frontier(), {}
    for position, leaf in enumerate(LEAVES[:count]):
        nodes[0, position] = leaf_hash(leaf)
        nodes |= {(level, place): hashed for level, place, hashed in frontier.append(leaf_hash(leaf))}
    return frontier, lambda level, position: nodes[level, position]


def proof_of(index: int) -> Proof:
    frontier, node = grown(len(LEAVES))
    note = sign_checkpoint(Checkpoint(KEY.name, frontier.size, frontier.root()), [KEY])
    return Proof(index, inclusion_path(index, frontier.size, node), note)


def test_a_proof_read_back_proves_its_entry_and_no_other() -> None:
    for index, leaf in enumerate(LEAVES):
        read = Proof.parse(str(proof_of(index)))
        assert read.verify(leaf_hash(leaf), KEY.name, [KEY.public]).size == len(LEAVES)
        with pytest.raises(NoteError, match="does not lead"):
            read.verify(leaf_hash(LEAVES[index - 1]), KEY.name, [KEY.public])


def test_any_byte_of_a_proof_that_is_changed_is_noticed() -> None:
    written = str(proof_of(6)).encode()
    for place in range(len(written)):
        changed = bytearray(written)
        changed[place] ^= 1
        with pytest.raises((NoteError, UnicodeDecodeError)):
            Proof.parse(bytes(changed).decode()).verify(leaf_hash(LEAVES[6]), KEY.name, [KEY.public])


def test_rubbish_is_no_proof() -> None:
    whole = str(proof_of(0))
    for rubbish in ("", "c2sp.org/tlog-proof@v1", whole.replace("index 0", "index -1"), whole.replace("@v1", "@v2")):
        with pytest.raises(NoteError):
            Proof.parse(rubbish)


def test_pymerkle_finds_the_same_roots() -> None:
    tree: Any = InmemoryTree(algorithm="sha256")
    for count, leaf in enumerate(LEAVES, 1):
        tree.append_entry(leaf)
        assert grown(count)[0].root() == tree.get_root()
