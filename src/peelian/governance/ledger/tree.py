"""Roots and proofs out of stored subtree hashes: O(log n) look-ups each, whatever the size of the log.

A node is named (level, position): the root of the complete subtree over leaves
[position * 2^level, (position + 1) * 2^level). Level 0 are the leaf hashes. Source: RFC 6962 section 2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from peelian.domain.errors import BadInput
from peelian.governance.ledger.verify import EMPTY_ROOT, Frontier, node_hash

Nodes = Callable[[int, int], bytes]
"""Returns the stored hash of the complete subtree (level, position)."""


def root(size: int, *, nodes: Nodes) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return _span(0, size, nodes) if size else EMPTY_ROOT


def frontier(size: int, *, nodes: Nodes) -> Frontier:
    """Return the frontier from which the tree of `size` leaves goes on growing."""
    return Frontier(size, [nodes(level, position) for level, position in complete(size)])


def complete(size: int) -> Iterator[tuple[int, int]]:
    """Yield the largest complete subtrees that cover the first `size` leaves, left to right."""
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, (size >> level) - 1


def inclusion(index: int, size: int, *, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the inclusion path of leaf `index` in the tree of `size` leaves, leaf's sibling first."""
    if not 0 <= index < size:
        raise BadInput(f"There is no entry {index} in a tree of {size} entries, so none can be proven.")
    return tuple(_path(index, size, nodes))


def consistency(old: int, new: int, *, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the proof that the tree of `old` leaves begins the tree of `new` leaves.

    Equal sizes and old size 0 need no proof and give an empty one (C2SP tlog-witness).
    """
    if not 0 <= old <= new:
        raise BadInput(f"A tree of {new} entries cannot be shown to continue one of {old}.")
    if old in (0, new):
        return ()
    return tuple(_growth(old, new, nodes))


def _span(start: int, stop: int, nodes: Nodes) -> bytes:
    """Hash of leaves [start, stop); `start` is a multiple of the largest power of two in the span."""
    level = (stop - start).bit_length() - 1
    left = nodes(level, start >> level)
    middle = start + (1 << level)
    return left if middle == stop else node_hash(left, _span(middle, stop, nodes))


def _split(start: int, stop: int) -> int:
    return start + (1 << ((stop - start - 1).bit_length() - 1))


def _path(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """RFC 6962 PATH, from the leaf's sibling upwards; on a level where the right edge has no sibling nothing stands."""
    path = []
    for level in range((size - 1).bit_length()):
        sibling = index >> level ^ 1
        if sibling + 1 << level <= size:
            path.append(nodes(level, sibling))
        elif sibling << level < size:
            path.append(_span(sibling << level, size, nodes))
    return path


def _growth(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """RFC 6962 PROOF; the first hash is left out where it is the old root, which the verifier holds already."""
    proof, start, stop, known = [], 0, new, True
    while old != stop:
        middle = _split(start, stop)
        if old <= middle:
            proof.append(_span(middle, stop, nodes))
            stop = middle
        else:
            proof.append(_span(start, middle, nodes))
            start, known = middle, False
    if not known:
        proof.append(_span(start, stop, nodes))
    return proof[::-1]
