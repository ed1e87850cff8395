"""The tree over the entries of a series: roots, right edges, paths, and what they do not prove."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from app.fiscal.merkle import (
    EMPTY_ROOT,
    Frontier,
    NotProven,
    check_consistency,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_from_inclusion,
)

if TYPE_CHECKING:
    from app.fiscal.merkle import Subtrees

SIZES = st.integers(1, 70)


def data(size: int) -> list[bytes]:
    """The data of so many leaves: hashes, as those of entries."""
    return [hashlib.sha256(b"entry %d" % number).digest() for number in range(size)]


def edge_of(leaves: list[bytes]) -> Frontier:
    """The right edge of a tree, grown leaf by leaf."""
    edge = Frontier()
    for each in leaves:
        edge = edge.append(each)
    return edge


def subtrees_of(leaves: list[bytes]) -> Subtrees:
    """The hashes of whole subtrees, each from its own leaves."""

    def subtree(level: int, index: int) -> bytes:
        own = leaves[index << level : (index + 1) << level]
        assert len(own) == 1 << level, "not a whole subtree of this tree"
        return edge_of(own).root()

    return subtree


def oracle(leaves: list[bytes]) -> InmemoryTree:
    """The same tree by other people's hands."""
    tree = InmemoryTree(algorithm="sha256")
    for each in leaves:
        tree.append_entry(each)
    return tree


@given(SIZES)
def test_the_root_is_the_one_that_another_library_finds(size: int) -> None:
    leaves = data(size)
    assert edge_of(leaves).root() == oracle(leaves).get_root()


def test_no_leaf_at_all_has_the_hash_of_nothing_as_its_root() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256().digest()


@given(SIZES, st.data())
def test_a_path_leads_from_a_leaf_to_the_root_and_is_the_one_another_library_makes(
    size: int, draw: st.DataObject
) -> None:
    index = draw.draw(st.integers(0, size - 1))
    leaves = data(size)
    path = inclusion_path(subtrees_of(leaves), index, size)
    leaf = leaf_hash(leaves[index])
    assert root_from_inclusion(leaf, index, size, path) == edge_of(leaves).root()
    assert [leaf, *path] == oracle(leaves).prove_inclusion(index + 1, size).path


@given(SIZES, st.data())
def test_a_longer_tree_is_shown_to_begin_with_the_shorter_one(
    size: int, draw: st.DataObject
) -> None:
    old = draw.draw(st.integers(1, size))
    leaves = data(size)
    path = consistency_path(subtrees_of(leaves), old, size)
    roots = edge_of(leaves[:old]).root(), edge_of(leaves).root()
    check_consistency(old, size, *roots, path)
    for wrong in (roots[::-1] if old < size else (roots[0], EMPTY_ROOT), (EMPTY_ROOT, roots[1])):
        with pytest.raises(NotProven):
            check_consistency(old, size, *wrong, path)


@given(SIZES, st.data())
def test_one_bit_another_way_anywhere_is_no_proof(size: int, draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, size - 1))
    leaves = data(size)
    path = inclusion_path(subtrees_of(leaves), index, size)
    hashes = [leaf_hash(leaves[index]), *path]
    spot = draw.draw(st.integers(0, len(hashes) - 1))
    hashes[spot] = bytes([hashes[spot][0] ^ 1, *hashes[spot][1:]])
    leaf, *altered = hashes
    assert root_from_inclusion(leaf, index, size, altered) != edge_of(leaves).root()


@pytest.mark.parametrize(
    ("index", "size", "hashes"),
    [
        pytest.param(0, 0, 0, id="a leaf of nothing"),
        pytest.param(3, 3, 2, id="a leaf behind the last"),
        pytest.param(-1, 3, 2, id="a leaf before the first"),
        pytest.param(0, 3, 1, id="too short"),
        pytest.param(0, 3, 3, id="too long"),
        pytest.param(2, 3, 2, id="longer than the edge needs"),
    ],
)
def test_a_path_that_fits_no_such_leaf_is_none(index: int, size: int, hashes: int) -> None:
    with pytest.raises(NotProven):
        root_from_inclusion(EMPTY_ROOT, index, size, [EMPTY_ROOT] * hashes)


def test_what_is_no_hash_proves_nothing() -> None:
    with pytest.raises(NotProven, match="32 bytes"):
        root_from_inclusion(b"", 0, 1, [])


@pytest.mark.parametrize(
    ("old", "new", "hashes"),
    [
        pytest.param(0, 0, 0, id="two empty trees"),
        pytest.param(0, 3, 0, id="from nothing"),
        pytest.param(3, 2, 1, id="backwards"),
        pytest.param(2, 4, 0, id="without a path"),
        pytest.param(4, 4, 1, id="a path between equals"),
        pytest.param(4, 8, 3, id="too long"),
        pytest.param(3, 7, 2, id="too short"),
    ],
)
def test_trees_that_no_path_joins(old: int, new: int, hashes: int) -> None:
    with pytest.raises(NotProven):
        check_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT] * hashes)


def test_no_path_is_made_of_leaves_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="leaf 2 of 2"):
        inclusion_path(subtrees_of(data(2)), 2, 2)
    with pytest.raises(ValueError, match="3 leaves"):
        consistency_path(subtrees_of(data(2)), 3, 2)


@given(st.integers(0, 300))
def test_an_edge_is_stored_and_read_again(size: int) -> None:
    edge = edge_of(data(size))
    assert len(edge.to_bytes()) == 8 + 32 * size.bit_count()
    assert Frontier.from_bytes(edge.to_bytes()) == edge


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(b"\0" * 7 + b"\1", id="a hash is missing"),
        pytest.param(b"\0" * 7 + b"\1" + b"x" * 31, id="a hash is short"),
        pytest.param(b"\0" * 8 + b"x" * 32, id="a hash too many"),
        pytest.param(b"\xff" * 8 + b"x" * 32 * 64, id="more leaves than there may be"),
    ],
)
def test_bytes_that_are_no_edge(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"hash|leaves"):
        Frontier.from_bytes(stored)
