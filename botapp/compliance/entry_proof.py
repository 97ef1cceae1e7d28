"""Proves one entry: the path from its leaf to the root of the newest checkpoint."""

from sqlalchemy import Connection

from botapp.audit.proof import Proof
from botapp.audit.tree import inclusion_path
from botapp.storage import tree
from botapp.storage.tree import SignedCheckpoint


def prove(connection: Connection, leaf_index: int) -> tuple[Proof, SignedCheckpoint] | None:
    """The proof of the entry at that place, and what it leads to; None while no checkpoint covers it.

    LookupError if entries that were sealed are gone.
    """
    last = tree.last_checkpoint(connection)
    if last is None or last.size <= leaf_index:
        return None
    path = inclusion_path(leaf_index, last.size, tree.node_source(connection))
    return Proof(leaf_index, path, last.note), last
