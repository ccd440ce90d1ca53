"""The door for fetching: bring one delivery of a source here, and remember how far it got once it was loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from peelian.city.disk import LOCK, destroy, sync_folder
from peelian.city.fetch.changes import is_past
from peelian.city.fetch.client import Client, Secret
from peelian.city.fetch.deliver import NAME
from peelian.city.fetch.journal import LONGEST_LIFE, discard, held
from peelian.city.fetch.outcome import Fetched, NotModified, Watermark, watermark_from_document
from peelian.city.fetch.run import fetch
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput, Busy
from peelian.domain.time import Clock

__all__ = [
    "Delivered",
    "Fetched",
    "NotModified",
    "fetch_source",
    "let_go",
    "let_go_of_old",
    "letting_go_of_all",
    "remember",
]

WATERMARK = "watermark.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Delivered:
    """A delivery that was fetched, and the mapping to load it by: it is Parquet now, or part of the whole only."""

    fetched: Fetched
    mapping: SourceMapping


def fetch_source(
    mapping: SourceMapping,
    *,
    folder: Path,
    clock: Clock,
    rng: np.random.Generator,
    sleep: Callable[[float], None],
    secret: str | None = None,
    progress: Progress = lambda done, total: None,
) -> Delivered | NotModified:
    """Fetch what is new of a source into `folder`, which is kept for this source alone.

    Nothing is stored but in that folder. `begin_collection` of the room comes before it; the load that follows is
    the act, and after that `remember`, or `let_go` where the load was held. A delivery that a killed process left is
    destroyed first.

    Parameters
    ----------
    secret : the whole value of the header the publisher wants, where it wants one.
    """
    if mapping.fetch is None:
        raise BadInput(
            f"The mapping {mapping.id} does not say where deliveries come from; add `fetch:` to it."
        )
    with held(folder):
        destroy(folder.glob(f"{NAME}.*"))
    since = _remembered(folder, now=clock.now())
    client = Client(clock=clock, rng=rng, sleep=sleep, secret=None if secret is None else Secret(secret))
    columns = mapping.columns_read()
    got = fetch(mapping.fetch, columns=columns, folder=folder, client=client, since=since, progress=progress)
    if isinstance(got, NotModified):
        return got
    return Delivered(got, _as_delivered(mapping, got, increment=since is not None))


def remember(delivered: Delivered, *, folder: Path) -> None:
    """Keep how far a delivery got, so that the next fetch begins there, and destroy the delivery itself.

    Call it once the load is durable: a crash before costs a second fetch and a load that finds nothing new.
    """
    half, target = folder / f".{WATERMARK}.part", folder / WATERMARK
    half.write_text(json.dumps(delivered.fetched.watermark.document()), encoding="utf-8")
    half.replace(target)
    sync_folder(folder)
    let_go(delivered)


def let_go(delivered: Delivered) -> None:
    """Destroy a delivery: no erasure reaches it, and the next fetch brings it anew."""
    destroy([delivered.fetched.path])


def let_go_of_old(staging: Path, *, now: datetime) -> tuple[str, ...]:
    """Destroy what cut fetches and killed loads left, source by source, once it is too old to be gone on with.

    Return the sources of which something was destroyed. A folder in which a fetch is at work is passed over.

    Parameters
    ----------
    staging : where each source has its folder.
    """
    gone = []
    for folder in sorted(path for path in staging.iterdir() if path.is_dir()):
        with suppress(Busy), held(folder):
            if (left := _unloaded(folder)) and now - max(map(_written, left)) > LONGEST_LIFE:
                _let_go_of(folder)
                gone.append(folder.name)
    return tuple(gone)


@contextmanager
def letting_go_of_all(folder: Path) -> Iterator[None]:
    """Destroy, when the erasure inside is done, all that was fetched of a source and not loaded: it may name the rows.

    The next fetch begins anew, where the last loaded one ended. Nothing is erased, and `Busy` is raised, while a fetch
    of the source is at work.
    """
    if not folder.is_dir():
        yield
        return
    with held(folder):
        yield
        _let_go_of(folder)


def _let_go_of(folder: Path) -> None:
    discard(folder)
    destroy(_unloaded(folder))


def _unloaded(folder: Path) -> tuple[Path, ...]:
    """Return the files of a source's folder in which there may be rows, and the journal of them."""
    return tuple(path for path in folder.iterdir() if path.name not in {LOCK, WATERMARK})


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _remembered(folder: Path, *, now: datetime) -> Watermark | None:
    """Return how far the last delivery got; None where it reaches into the future, so that all is fetched again."""
    path = folder / WATERMARK
    if not path.is_file():
        return None
    mark = watermark_from_document(json.loads(path.read_text(encoding="utf-8")))
    return mark if mark.updated is None or is_past(mark.updated, now=now) else None


def _as_delivered(mapping: SourceMapping, got: Fetched, *, increment: bool) -> SourceMapping:
    """Return the mapping for what was brought: an archive as it is, all else as Parquet; an increment may be small."""
    if got.path.suffix != ".zip":
        mapping = replace(mapping, format="parquet")
    if increment and got.watermark.updated is not None:
        mapping = replace(mapping, assertions=replace(mapping.assertions, rows_min=1))
    return mapping
