"""The pages that are already in, durable and listed, so that a fetch that was killed goes on where it stopped.

A page's file is on the disk before the journal names it, and the journal is replaced whole: whatever moment the
machine stops at, the journal names complete pages only. No secret and no unmapped column is ever in the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from peelian.city.disk import alone_in, destroy, sync_folder
from peelian.city.fetch.page import Opening, Page
from peelian.domain.time import iso

SCHEMA = 1
NAME = "journal.json"
KEY = ":key"
"""Column of a kept page with the hash of each row's key; it does not go into the delivery."""

LONGEST_LIFE = timedelta(hours=24)
"""Pages older than that are not mixed with new ones, even where the publisher calls its state nothing."""


@dataclass(frozen=True)
class Kept:
    """One page on the disk: its file and digest, the digest of the body it came in, its rows."""

    file: str
    file_sha256: str
    body_sha256: str
    rows: int


@dataclass(frozen=True)
class State:
    """What the journal says.

    Parameters
    ----------
    fetch : digest of what is fetched: spec, columns and watermark.
    begun : instant of the first request.
    opening : what the publisher said then.
    cursor : where the next page begins; None when all are in.
    kinds : what each mapped column holds, as far as is known.
    """

    fetch: str
    begun: str
    opening: Opening
    cursor: str | None
    pages: tuple[Kept, ...] = ()
    kinds: tuple[str, ...] = ()
    updated: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the rows that are in."""
        return sum(page.rows for page in self.pages)


class Journal:
    """The journal of one folder. `state` is always what is on the disk."""

    def __init__(self, folder: Path, state: State) -> None:
        self._folder = folder
        self.state = state

    @property
    def number(self) -> int:
        """Return the number of the page that comes next, from 1."""
        return len(self.state.pages) + 1

    def note(self, *notes: str) -> None:
        """Keep notes."""
        self._write(replace(self.state, notes=self.state.notes + notes))

    def keep(self, page: Page, *, kinds: tuple[str, ...], notes: tuple[str, ...]) -> None:
        """Make a page durable and step to the one after it; a page without content is only stepped over."""
        state = self.state
        full = page.rows or isinstance(page.content, bytes)
        self._write(
            replace(
                state,
                pages=(*state.pages, self._kept(page)) if full else state.pages,
                cursor=page.following,
                kinds=kinds,
                updated=max(filter(None, (state.updated, page.updated)), default=None),
                notes=state.notes + notes,
            )
        )

    def keys(self) -> NDArray[np.uint64]:
        """Return the hashes of the keys of every row that is in."""
        columns = [pq.read_table(path, columns=[KEY])[KEY].to_numpy() for path in self.files(".parquet")]
        return np.concatenate([np.empty(0, np.uint64), *columns]).astype(np.uint64)

    def files(self, suffix: str) -> Iterator[Path]:
        """Yield the files of the pages in order."""
        return (self._folder / page.file for page in self.state.pages if page.file.endswith(suffix))

    def discard(self) -> None:
        """Forget everything."""
        discard(self._folder)

    def _kept(self, page: Page) -> Kept:
        """Write the file of a page."""
        content, suffix = page.content, "bin"
        if not isinstance(content, bytes):
            keys = page.keys if page.keys is not None else np.zeros(page.rows, np.uint64)
            sink = pa.BufferOutputStream()
            pq.write_table(content.append_column(KEY, pa.array(keys)), sink, compression="zstd")
            content, suffix = sink.getvalue().to_pybytes(), "parquet"
        path = self._folder / f"page-{self.number:06d}.{suffix}"
        _write_durably(path, content)
        return Kept(path.name, _digest(content), page.sha256, page.rows)

    def _write(self, state: State) -> None:
        text = json.dumps({"schema": SCHEMA, **asdict(state)}, indent=1)
        _write_durably(self._folder / NAME, text.encode())
        self.state = state


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold `folder` for one fetch, making it if need be; the lock of one that was killed is free again."""
    with alone_in(folder, busy=f"Another fetch is writing to {folder}; wait for it, or give another folder."):
        yield


def begin(
    folder: Path, *, fetch: str, opening: Opening, now: datetime, notes: tuple[str, ...] = ()
) -> Journal:
    """Return the journal to go on with: the one in `folder` if it is of this very fetch and fit, else a new one."""
    found, why = _found(folder, fetch=fetch, opening=opening, now=now)
    if found is not None:
        journal = Journal(folder, found)
        journal.note(*notes, f"went on after the {len(found.pages)} pages of an earlier fetch that was cut")
        return journal
    discard(folder)
    journal = Journal(folder, State(fetch=fetch, begun=iso(now), opening=opening, cursor=opening.first))
    journal.note(*notes, *([f"the pages of an earlier fetch were not used: {why}"] if why else []))
    return journal


def _found(folder: Path, *, fetch: str, opening: Opening, now: datetime) -> tuple[State | None, str]:
    """Return the state on the disk if it can be gone on with, else why not ("" where there is none)."""
    try:
        raw = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        return None, ""
    except ValueError:
        return None, "its journal cannot be read"
    if not isinstance(raw, dict) or raw.pop("schema", None) != SCHEMA:
        return None, "its journal is of another version"
    try:
        state = _state(raw)
    except (LookupError, TypeError):
        return None, "its journal cannot be read"
    whole = all(_is_whole(folder / page.file, page.file_sha256) for page in state.pages)
    misfits = (
        (state.fetch != fetch, "it fetched something else"),
        (state.opening.snapshot != opening.snapshot, "the publisher changed the data since"),
        (now - datetime.fromisoformat(state.begun) > LONGEST_LIFE, "they are more than a day old"),
        (not whole, "they are damaged"),
    )
    why = next((reason for misfit, reason in misfits if misfit), "")
    return (None if why else state), why


def _state(raw: dict[str, Any]) -> State:
    """Return the state that was written as `raw`."""
    values: dict[str, Any] = {
        k: tuple(value) if isinstance(value, list) else value for k, value in raw.items()
    }
    values["pages"] = tuple(Kept(**page) for page in raw["pages"])
    values["opening"] = Opening(**raw["opening"])
    return State(**values)


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and _digest(path.read_bytes()) == sha256


def discard(folder: Path) -> None:
    """Destroy journal and pages; the journal first, for it must never name a page that is gone."""
    destroy((folder / NAME, *folder.glob("page-*"), *folder.glob("*.part")))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    """Write a file so that it is on the disk, whole, when this returns."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
