"""The tree: roots and proofs out of stored nodes are those of RFC 6962, and no altered proof passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput
from peelian.governance.ledger import tree
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.verify import (
    EMPTY_ROOT,
    Frontier,
    Unproven,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger import begin, naive

LARGEST = 130
SMALL = 17


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with begin.ledger(tmp_path_factory.mktemp("tree") / "ledger.db") as ledger:
        ledger.append_all(begin.drafts(LARGEST))
        yield ledger


@pytest.fixture(scope="module")
def entries(log: Ledger) -> tuple[bytes, ...]:
    return tuple(entry.envelope for entry in log.entries())


def test_every_root_up_to_130_is_that_of_the_rfc(log: Ledger, entries: tuple[bytes, ...]) -> None:
    assert log.root(0) == EMPTY_ROOT
    assert [log.root(n) for n in range(LARGEST + 1)] == [naive.mth(entries[:n]) for n in range(LARGEST + 1)]


def test_every_inclusion_proof_is_that_of_the_rfc_and_verifies(
    log: Ledger, entries: tuple[bytes, ...]
) -> None:
    for size in (*range(1, 34), 63, 64, 65, 127, 128, 129, 130):
        for index in range(size):
            path = log.prove_inclusion(index, size)
            assert list(path) == naive.path(index, entries[:size])
            leaf = leaf_hash(entries[index])
            verify_inclusion(index=index, size=size, leaf=leaf, path=path, root=log.root(size))


def test_every_consistency_proof_is_that_of_the_rfc_and_verifies(
    log: Ledger, entries: tuple[bytes, ...]
) -> None:
    for new in (*range(2, 34), 63, 64, 65, 127, 128, 129, 130):
        for old in range(1, new):
            proof = log.prove_consistency(old, new)
            assert list(proof) == naive.proof(old, entries[:new])
            verify_consistency(old=old, new=new, old_root=log.root(old), new_root=log.root(new), proof=proof)


def altered(path: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """Every way to spoil a proof by one hash: flipped, cut short, left out, put in, said twice."""
    for i, node in enumerate(path):
        yield (*path[:i], bytes([node[0] ^ 1]) + node[1:], *path[i + 1 :])
        yield (*path[:i], node[:-1] + bytes([node[-1] ^ 0x80]), *path[i + 1 :])
        yield (*path[:i], node[:31], *path[i + 1 :])
        yield (*path[:i], node + b"\x00", *path[i + 1 :])
        yield (*path[:i], b"", *path[i + 1 :])
        yield path[:i] + path[i + 1 :]
        yield (*path[: i + 1], node, *path[i + 1 :])
    for i in range(len(path) + 1):
        yield (*path[:i], b"\x00" * 32, *path[i:])
    yield from ((*path[:i], path[i + 1], path[i], *path[i + 2 :]) for i in range(len(path) - 1))


def test_no_altered_inclusion_proof_verifies(log: Ledger, entries: tuple[bytes, ...]) -> None:
    for size in range(1, SMALL):
        root = log.root(size)
        for index in range(size):
            leaf, path = leaf_hash(entries[index]), log.prove_inclusion(index, size)
            for other in altered(path):
                with pytest.raises(Unproven):
                    verify_inclusion(index=index, size=size, leaf=leaf, path=other, root=root)
            for place in (*range(index), *range(index + 1, size + 2), -1, 2**64 + index):
                with pytest.raises(Unproven):
                    verify_inclusion(index=place, size=size, leaf=leaf, path=path, root=root)
            with pytest.raises(Unproven):
                verify_inclusion(index=index, size=size, leaf=root[::-1], path=path, root=root)


def test_no_altered_consistency_proof_verifies(log: Ledger) -> None:
    roots = [log.root(size) for size in range(SMALL)]
    for new in range(2, SMALL):
        for old in range(1, new):
            proof = log.prove_consistency(old, new)
            claim = {"old": old, "new": new, "old_root": roots[old], "new_root": roots[new]}
            for other in altered(proof):
                with pytest.raises(Unproven):
                    verify_consistency(**claim, proof=other)
            for wrong in (
                {"old_root": roots[old - 1]},
                {"new_root": roots[new - 1]},
                {"old_root": roots[new], "new_root": roots[old]},
                {"new_root": roots[new][:31]},
            ):
                with pytest.raises(Unproven):
                    verify_consistency(**{**claim, **wrong}, proof=proof)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (0, 1, "no proof"),  # everything continues nothing, so there is nothing to prove
        (2, 1, "entries are missing"),
        (1, 2, "no proof"),
        (1, 2**64, "64 bits"),
        (-1, 1, "64 bits"),
    ],
)
def test_what_can_never_be_proven_is_refused(old: int, new: int, sentence: str) -> None:
    with pytest.raises(Unproven, match=sentence):
        verify_consistency(old=old, new=new, old_root=EMPTY_ROOT, new_root=EMPTY_ROOT, proof=None)


def test_equal_sizes_need_equal_roots_and_no_proof() -> None:
    verify_consistency(old=3, new=3, old_root=EMPTY_ROOT, new_root=EMPTY_ROOT, proof=None)
    for new_root, proof in ((bytes(32), ()), (EMPTY_ROOT, (EMPTY_ROOT,))):
        with pytest.raises(Unproven, match="different histories"):
            verify_consistency(old=3, new=3, old_root=EMPTY_ROOT, new_root=new_root, proof=proof)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=200), st.data())
def test_any_tree_proves_any_part_of_itself(leaves: list[bytes], data: st.DataObject) -> None:
    frontier, nodes = Frontier(), {}
    for index, leaf in enumerate(leaves):
        nodes[0, index] = leaf_hash(leaf)
        for level, node in enumerate(frontier.add(leaf_hash(leaf)), start=1):
            nodes[level, index >> level] = node

    def stored(level: int, position: int) -> bytes:
        return nodes[level, position]

    new = data.draw(st.integers(1, len(leaves)))
    old = data.draw(st.integers(1, new))
    index = data.draw(st.integers(0, new - 1))
    root = tree.root(new, nodes=stored)
    assert root == naive.mth(leaves[:new]) == tree.frontier(new, nodes=stored).root()
    path = tree.inclusion(index, new, nodes=stored)
    verify_inclusion(index=index, size=new, leaf=nodes[0, index], path=path, root=root)
    proof = tree.consistency(old, new, nodes=stored)
    old_root = tree.root(old, nodes=stored)
    verify_consistency(old=old, new=new, old_root=old_root, new_root=root, proof=proof)


def test_proofs_ask_for_few_nodes_only(log: Ledger) -> None:
    asked: list[tuple[int, int]] = []

    def counted(level: int, position: int) -> bytes:
        asked.append((level, position))
        return b"\x00" * 32

    size = 10_000_019
    for prove in (
        lambda: tree.root(size, nodes=counted),
        lambda: tree.inclusion(7_654_321, size, nodes=counted),
        lambda: tree.consistency(7_654_321, size, nodes=counted),
    ):
        asked.clear()
        prove()
        assert len(asked) <= 2 * size.bit_length()


def test_proofs_beyond_the_log_are_refused_in_a_sentence(log: Ledger) -> None:
    with pytest.raises(BadInput, match="no entry 130 in a tree of 130"):
        log.prove_inclusion(130)
    with pytest.raises(BadInput, match="no tree of 131"):
        log.root(131)
    with pytest.raises(BadInput, match="cannot be shown to continue"):
        log.prove_consistency(5, 4)
