"""Proofs ask the store for few nodes one by one: the low siblings come at once, the others are remembered."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from peelian.governance.ledger import tree
from peelian.governance.ledger.node_cache import LOW_LEVELS, NodeCache
from peelian.governance.ledger.verify import leaf_hash, verify_inclusion
from peelian.storage.ledger_store import LedgerStore
from tests.ledger import begin

SIZE = 3 * (1 << LOW_LEVELS) // 2
"""A tree with two levels above the low ones, so that both ways of asking are needed."""


class Counting:
    """A store that notes what it is asked for."""

    def __init__(self, store: LedgerStore) -> None:
        self.store = store
        self.asked: list[tuple[int, ...]] = []

    def node(self, level: int, position: int) -> bytes:
        self.asked.append((level, position))
        return self.store.node(level, position)

    def siblings(self, index: int, *, levels: int) -> dict[tuple[int, int], bytes]:
        self.asked.append((index,))
        return self.store.siblings(index, levels=levels)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nodes") / "ledger.db"
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(SIZE))
    return path


def test_the_low_siblings_come_with_one_query_and_the_upper_nodes_once(path: Path) -> None:
    with begin.ledger(path) as log:
        envelopes = [entry.envelope for entry in log.entries(0, SIZE)]
        root = log.root()
    store = Counting(LedgerStore.reading(path))
    cache = NodeCache(cast(LedgerStore, store))
    for index in (0, 5, 700):
        proof = tree.inclusion(index, SIZE, nodes=cache.around(index))
        verify_inclusion(index=index, size=SIZE, leaf=leaf_hash(envelopes[index]), path=proof, root=root)
    one_by_one = [asked for asked in store.asked if len(asked) == 2]
    assert [asked for asked in store.asked if len(asked) == 1] == [(0,), (5,), (700,)]
    assert len(one_by_one) == len(set(one_by_one)), "each is asked for once"
    assert min(level for level, _ in one_by_one) >= LOW_LEVELS - 1
    assert tree.root(SIZE, nodes=cache) == root
