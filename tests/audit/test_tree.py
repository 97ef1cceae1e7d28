"""The tree against the vectors of Certificate Transparency's reference, against RFC 6962's definition, and liars."""

import itertools
from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    NodeSource,
    consistency_path,
    frontier_of,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
)

# The eight leaves and roots that implementations of Certificate Transparency test each other with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes_of(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """The root as the RFC defines it, by recursion over the list of leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256().digest()
    split = max(1 << power for power in range(len(leaves).bit_length()) if 1 << power < len(leaves))
    return sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def nodes_of(leaves: Sequence[bytes]) -> NodeSource:
    """Stored nodes: only those whose leaves are all there can be had."""
    known = {(0, position): leaf for position, leaf in enumerate(leaves)}
    frontier = Frontier()
    for leaf in leaves:
        known |= {(level, position): hashed for level, position, hashed in frontier.append(leaf)}
    return lambda level, position: known[level, position]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf_hash(leaf))
    assert frontier.root().hex() == ROOTS[size]
    assert frontier_of(size, nodes_of([leaf_hash(leaf) for leaf in LEAVES])).root().hex() == ROOTS[size]


@given(size=st.integers(0, 300))
def test_a_growing_tree_has_the_root_that_the_definition_gives_it(size: int) -> None:
    leaves = hashes_of(size)
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert frontier.root() == defined_root(leaves)


@given(size=st.integers(0, 300), more=st.integers(0, 50))
def test_a_frontier_read_back_goes_on_as_if_it_had_never_been_away(size: int, more: int) -> None:
    leaves = hashes_of(size + more)
    frontier = frontier_of(size, nodes_of(leaves))
    for leaf in leaves[size:]:
        frontier.append(leaf)
    assert frontier.root() == defined_root(leaves)


def test_every_leaf_of_every_small_tree_is_proved_and_no_other_at_its_place() -> None:
    for size in range(1, 34):
        leaves = hashes_of(size)
        node, root = nodes_of(leaves), defined_root(leaves)
        for index, claimed in itertools.product(range(size), repeat=2):
            path = inclusion_path(index, size, node)
            assert is_included(leaves[claimed], index, size, path, root) == (claimed == index)


def test_every_small_tree_continues_every_smaller_one() -> None:
    leaves = hashes_of(40)
    node = nodes_of(leaves)
    roots = [defined_root(leaves[:size]) for size in range(41)]
    for size, old_size in ((s, o) for s in range(41) for o in range(s + 1)):
        path = consistency_path(old_size, size, node)
        assert is_consistent(old_size, roots[old_size], size, roots[size], path)
        if old_size not in (0, size):
            assert not is_consistent(old_size, roots[old_size - 1], size, roots[size], path)
            assert not is_consistent(old_size, roots[old_size], size, roots[size - 1], path)


@given(data=st.data(), size=st.integers(2, 200))
def test_a_path_with_a_flipped_bit_or_a_hash_too_many_or_too_few_proves_nothing(data: st.DataObject, size: int) -> None:
    leaves = hashes_of(size)
    node, root = nodes_of(leaves), defined_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, node)
    for wrong in spoiled(data, path):
        assert not is_included(leaves[index], index, size, wrong, root)
    old_size = data.draw(st.integers(1, size - 1))
    path = consistency_path(old_size, size, node)
    for wrong in spoiled(data, path):
        assert not is_consistent(old_size, defined_root(leaves[:old_size]), size, root, wrong)


def spoiled(data: st.DataObject, path: list[bytes]) -> list[list[bytes]]:
    place = data.draw(st.integers(0, len(path) - 1))
    flipped = bytes([path[place][0] ^ 1 << data.draw(st.integers(0, 7))]) + path[place][1:]
    return [
        [*path[:place], flipped, *path[place + 1 :]],
        [*path, leaf_hash(b"one more")],
        [leaf_hash(b"one more"), *path],
        path[:-1],
        path[1:],
    ]


@given(size=st.integers(1, 100), index=st.integers(-5, 105))
def test_what_is_not_in_the_tree_has_no_path(size: int, index: int) -> None:
    node = nodes_of(hashes_of(size))
    if 0 <= index < size:
        assert len(inclusion_path(index, size, node)) <= size.bit_length()
    else:
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_path(index, size, node)
        assert not is_included(leaf_hash(b"0"), index, size, [], leaf_hash(b"0"))


def test_a_tree_does_not_continue_a_greater_one() -> None:
    node = nodes_of(hashes_of(5))
    with pytest.raises(ValueError, match="does not continue"):
        consistency_path(6, 5, node)
    assert not is_consistent(6, b"", 5, b"", [])
    assert not is_consistent(0, leaf_hash(b"not empty"), 5, frontier_of(5, node).root(), [])
    assert is_consistent(0, EMPTY_ROOT, 5, frontier_of(5, node).root(), [])
