"""The Merkle tree of RFC 6962, section 2: leaves in their order, nothing else.

A *node* is named by its level (0: leaves) and its position in the level; it covers the 2**level leaves from
position * 2**level on. Only nodes whose leaves are all there exist; they never change. Everything else is made of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()

NodeSource = Callable[[int, int], bytes]  # the hash of the node at a level and position


def leaf_hash(content: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The complete nodes that a growing tree's root is made of, the largest first: all it takes to append."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> Iterable[tuple[int, int, bytes]]:
        """Add the hash of the next leaf; the nodes above it that are complete now: level, position, hash."""
        position, level, hashed = self.size, 0, leaf
        self.size += 1
        completed = []
        while position % 2 == 1:
            hashed = node_hash(self.hashes.pop(), hashed)
            position, level = position // 2, level + 1
            completed.append((level, position, hashed))
        self.hashes.append(hashed)
        return completed

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT


def frontier_of(size: int, node: NodeSource) -> Frontier:
    """The frontier of a tree of that size, from its nodes."""
    return Frontier(size, [node(level, position) for level, position in _complete_nodes(0, size)])


def inclusion_path(index: int, size: int, node: NodeSource) -> list[bytes]:
    """RFC 6962, 2.1.1: what proves the leaf at `index` in the tree of `size`. ValueError if it is not in there."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return _path(index, 0, size, node)


def consistency_path(old_size: int, size: int, node: NodeSource) -> list[bytes]:
    """RFC 6962, 2.1.2: what proves that the tree of `size` continues the one of `old_size`."""
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} does not continue one of {old_size}")
    if old_size in (0, size):
        return []
    return _continuation(old_size, 0, size, node, is_whole=True)


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves the leaf's hash at that index of the tree with that size and root."""
    if not 0 <= index < size:
        return False
    hashed, last = leaf, size - 1
    for neighbour in path:
        if last == 0:
            return False  # longer than the tree is high
        if index % 2 == 1 or index == last:
            hashed = node_hash(neighbour, hashed)
            while index % 2 == 0 and index != 0:
                index, last = index >> 1, last >> 1  # alone on these levels: passed up as it is
        else:
            hashed = node_hash(hashed, neighbour)
        index, last = index >> 1, last >> 1
    return last == 0 and hashed == root


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree with the second size and root continues the first."""
    if not 0 <= old_size <= size:
        return False
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT and (size > 0 or root == EMPTY_ROOT)
    if old_size == size:
        return not path and old_root == root
    return _continues(old_size, old_root, size, root, list(path))


def _continues(old_size: int, old_root: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
    position, last = old_size - 1, size - 1
    while position % 2 == 1:
        position, last = position >> 1, last >> 1
    if position == 0:
        path.insert(0, old_root)  # the old tree is one node of the new one
    if not path:
        return False
    old_hash = new_hash = path[0]
    for neighbour in path[1:]:
        if last == 0:
            return False
        if position % 2 == 1 or position == last:
            old_hash, new_hash = node_hash(neighbour, old_hash), node_hash(neighbour, new_hash)
            while position % 2 == 0 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, neighbour)
        position, last = position >> 1, last >> 1
    return last == 0 and old_hash == old_root and new_hash == root


def _path(index: int, begin: int, end: int, node: NodeSource) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle, node), _hash_of(middle, end, node)]
    return [*_path(index, middle, end, node), _hash_of(begin, middle, node)]


def _continuation(old_size: int, begin: int, end: int, node: NodeSource, *, is_whole: bool) -> list[bytes]:
    if old_size == end:
        return [] if is_whole else [_hash_of(begin, end, node)]
    middle = begin + _split(end - begin)
    if old_size <= middle:
        return [*_continuation(old_size, begin, middle, node, is_whole=is_whole), _hash_of(middle, end, node)]
    return [*_continuation(old_size, middle, end, node, is_whole=False), _hash_of(begin, middle, node)]


def _hash_of(begin: int, end: int, node: NodeSource) -> bytes:
    return _fold([node(level, position) for level, position in _complete_nodes(begin, end)])


def _complete_nodes(begin: int, end: int) -> Iterable[tuple[int, int]]:
    """The largest nodes that together cover the leaves from `begin` to `end`; `begin` is a multiple of the first."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The smaller nodes on the right are joined first."""
    folded = hashes[-1]
    for hashed in reversed(hashes[:-1]):
        folded = node_hash(hashed, folded)
    return folded


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
