"""The tree over the entries of a series: RFC 6962 §2.1 with SHA-256.

Leaf number `position − 1` has the 32 bytes of `entry_hash` as its data. Proofs are made from a
function `(level, index) -> hash` of whole subtrees of 2^level leaves, so this knows no store; they
are checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

HASH_BYTES: Final = 32
_SIZE_BYTES: Final = 8
_LARGEST: Final = (1 << 63) - 1
"""The most leaves: their right edge has at most 63 hashes."""

Subtrees = Callable[[int, int], bytes]
"""The hash of the leaves from index × 2^level on, 2^level of them."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of no leaf at all."""


class NotProven(ValueError):
    """A path does not lead from what it begins with to the root that is claimed."""


def leaf_hash(entry_hash: bytes) -> bytes:
    """The hash of the leaf with that data."""
    return hashlib.sha256(b"\0" + entry_hash).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above these two."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: the whole subtrees that it falls into, the largest first.

    There is one for each bit of its size, so it says the root and takes the next leaf.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` when these are not the hashes of so many leaves."""
        if not 0 <= self.size <= _LARGEST:
            raise ValueError(f"a tree of {self.size} leaves")
        if len(self.hashes) != self.size.bit_count():
            raise ValueError(f"{len(self.hashes)} hashes for {self.size} leaves")
        if any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError("a hash has 32 bytes")

    def append(self, entry_hash: bytes) -> "Frontier":
        """The edge with one leaf more; this one stays as it is."""
        above, size = leaf_hash(entry_hash), self.size
        hashes = list(self.hashes)
        while size & 1:
            above = node_hash(hashes.pop(), above)
            size >>= 1
        return Frontier(self.size + 1, (*hashes, above))

    def root(self) -> bytes:
        """The root of the tree of that size."""
        if not self.hashes:
            return EMPTY_ROOT
        *left, above = self.hashes
        for each in reversed(left):
            above = node_hash(each, above)
        return above

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian), then the hashes, the largest subtree first."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Frontier":
        """What `to_bytes` wrote; raises `ValueError` for anything else."""
        size, rest = int.from_bytes(stored[:_SIZE_BYTES], "big"), stored[_SIZE_BYTES:]
        cuts = range(0, len(rest) + HASH_BYTES, HASH_BYTES)
        return cls(size, tuple(rest[start:end] for start, end in pairwise(cuts)))


def inclusion_path(subtrees: Subtrees, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves, leaf first.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root_of(subtrees, middle, end))
            end = middle
        else:
            path.append(_root_of(subtrees, start, middle))
            start = middle
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of `size` leaves, by a path from that leaf's hash (RFC 9162 §2.1.3.2).

    Raises:
        NotProven: there is no such leaf, or the path has another length than its own.
    """
    _hashes([leaf, *path])
    if not 0 <= index < size:
        raise NotProven(f"leaf {index} of {size}")
    node, last, above = index, size - 1, leaf
    for each in path:
        if not last:
            raise NotProven("the path is too long")
        if node & 1 or node == last:
            above = node_hash(each, above)
            node, last = _up_to_a_right_child(node, last)
        else:
            above = node_hash(above, each)
        node, last = node >> 1, last >> 1
    if last:
        raise NotProven("the path is too short")
    return above


def consistency_path(subtrees: Subtrees, old: int, new: int) -> list[bytes]:
    """The hashes that show the first `old` leaves at the beginning of the first `new`.

    Raises:
        ValueError: not 0 < old ≤ new.
    """
    if not 0 < old <= new:
        raise ValueError(f"{old} leaves at the beginning of {new}")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_root_of(subtrees, middle, end))
            end = middle
        else:
            path.append(_root_of(subtrees, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_root_of(subtrees, start, end))
    return path[::-1]


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """The tree of `new` leaves with that root begins with that of `old` (RFC 9162 §2.1.4.2).

    Raises:
        NotProven: the path does not show it.
    """
    _hashes([old_root, new_root, *path])
    if 0 < old == new and not path and old_root == new_root:
        return
    if not 0 < old < new or not path:
        raise NotProven(f"{old} leaves at the beginning of {new}, by {len(path)} hashes")
    nodes = list(path) if old & (old - 1) else [old_root, *path]
    node, last = _up_to_a_left_child(old - 1, new - 1)
    old_above = new_above = nodes[0]
    for each in nodes[1:]:
        if not last:
            raise NotProven("the path is too long")
        if node & 1 or node == last:
            old_above, new_above = node_hash(each, old_above), node_hash(each, new_above)
            node, last = _up_to_a_right_child(node, last)
        else:
            new_above = node_hash(new_above, each)
        node, last = node >> 1, last >> 1
    if last or (old_above, new_above) != (old_root, new_root):
        raise NotProven("the path does not lead to these roots")


def _hashes(claimed: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in claimed):
        raise NotProven("a hash has 32 bytes")


def _split(leaves: int) -> int:
    """How many of them stand left of the root: the largest power of two below their number."""
    return 1 << (leaves - 1).bit_length() - 1


def _root_of(subtrees: Subtrees, start: int, end: int) -> bytes:
    """The root of these leaves; `start` is where a subtree of their size may begin."""
    leaves = end - start
    if not leaves & (leaves - 1):
        level = leaves.bit_length() - 1
        return subtrees(level, start >> level)
    middle = start + _split(leaves)
    return node_hash(_root_of(subtrees, start, middle), _root_of(subtrees, middle, end))


def _up_to_a_right_child(node: int, last: int) -> tuple[int, int]:
    """Above the right edge: levels at which nothing stands beside the node are passed over."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _up_to_a_left_child(node: int, last: int) -> tuple[int, int]:
    while node & 1:
        node, last = node >> 1, last >> 1
    return node, last
