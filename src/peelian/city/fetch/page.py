"""What every kind of publisher is made to look like: an opening, then pages, each telling where the next begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.fetch.outcome import Watermark
from peelian.domain.errors import BadInput


class Moved(Exception):
    """The data changed under the fetch so that earlier and later pages do not fit together: begin anew."""


class Unsound(BadInput):
    """What came is not what the publisher says it sent, so none of it is kept."""


@dataclass(frozen=True)
class Opening:
    """What a publisher says before the first page.

    Parameters
    ----------
    first : cursor of the first page; None where nothing is new.
    rows : its own count of the rows wanted; None where it tells none.
    snapshot : what it calls the present state of the data; None where it calls it nothing.
    etag, last_modified : headers of a file, for conditional requests.
    sha256 : of a file as a whole, where the spec or the publisher states it.
    """

    first: str | None
    rows: int | None = None
    snapshot: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, eq=False)
class Page:
    """One page as it came.

    Parameters
    ----------
    content : the mapped columns as text; bytes of a file that is kept as published.
    sha256 : of the body.
    following : cursor of the page after it; None after the last.
    keys : (n,) hash of the publisher's own row keys; None where rows have none and equal rows are rows of their own.
    kinds : what each mapped column holds, "" where unknown.
    updated : greatest instant of an update in it.
    follows_on : False where it does not continue the page before: it is a repetition, or the data moved.
    notes : what was out of the ordinary in it.
    """

    content: pa.Table | bytes
    sha256: str
    following: str | None
    keys: NDArray[np.uint64] | None = None
    kinds: tuple[str, ...] = ()
    updated: str | None = None
    follows_on: bool = True
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the number of rows; of bytes none is known."""
        return 0 if isinstance(self.content, bytes) else int(self.content.num_rows)


class Pager(Protocol):
    """One kind of publisher. Every question it asks goes through the line it was made with."""

    def open(self) -> Opening:
        """Ask for the columns, the count and the state of the data; a mapped column that is not there is `BadInput`."""
        ...

    def page(self, cursor: str) -> Page:
        """Return the page at `cursor`; asking twice gives the same rows as long as the data stand still."""
        ...

    def count(self) -> int | None:
        """Return the publisher's own count of the rows wanted, as it is now."""
        ...

    def watermark(self, *, updated: str | None, opening: Opening) -> Watermark:
        """Return what the next fetch starts from."""
        ...


def key_hashes(keys: Iterable[str]) -> NDArray[np.uint64]:
    """Return 64-bit hashes of row keys: enough to tell millions of rows apart, and a clash would miss the count."""
    digests = b"".join(blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, dtype=np.uint64)


class Seen:
    """The rows that are already in, by hash of their key."""

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self._sorted = np.unique(keys)

    def fresh(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return (n,) whether each row is seen for the first time, within the page too."""
        first = np.zeros(len(keys), dtype=np.bool_)
        first[np.unique(keys, return_index=True)[1]] = True
        if not len(self._sorted):
            return first
        nearest = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        new: NDArray[np.bool_] = self._sorted[nearest] != keys
        return first & new

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Take the keys of a page in."""
        # Two sorted runs: a stable sort merges them in one pass.
        self._sorted = np.sort(np.concatenate([self._sorted, np.unique(keys)]), kind="stable")
