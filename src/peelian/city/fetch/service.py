"""The door for fetching: bring one delivery of a source here, and remember how far it got once it was loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from peelian.city.fetch.client import Client, Secret
from peelian.city.fetch.journal import sync_folder
from peelian.city.fetch.outcome import Fetched, NotModified, Watermark, watermark_from_document
from peelian.city.fetch.run import fetch
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput
from peelian.domain.time import Clock

__all__ = ["Delivered", "Fetched", "NotModified", "fetch_source", "remember"]

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

    Nothing is stored but in that folder; the load that follows is the act, and `remember` comes after it.

    Parameters
    ----------
    secret : the whole value of the header the publisher wants, where it wants one.
    """
    if mapping.fetch is None:
        raise BadInput(
            f"The mapping {mapping.id} does not say where deliveries come from; add `fetch:` to it."
        )
    since = _remembered(folder)
    client = Client(clock=clock, rng=rng, sleep=sleep, secret=None if secret is None else Secret(secret))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    columns = mapping.columns_read()
    got = fetch(mapping.fetch, columns=columns, folder=folder, client=client, since=since, progress=progress)
    if isinstance(got, NotModified):
        return got
    return Delivered(got, _as_delivered(mapping, got, increment=since is not None))


def remember(delivered: Delivered, *, folder: Path) -> None:
    """Keep how far a delivery got, so that the next fetch begins there, and let go of the delivery itself.

    Call it once the load is durable: a crash before costs a second fetch and a load that finds nothing new.
    """
    half, target = folder / f".{WATERMARK}.part", folder / WATERMARK
    half.write_text(json.dumps(delivered.fetched.watermark.document()), encoding="utf-8")
    half.replace(target)
    delivered.fetched.path.unlink(missing_ok=True)
    sync_folder(folder)


def _remembered(folder: Path) -> Watermark | None:
    path = folder / WATERMARK
    return watermark_from_document(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _as_delivered(mapping: SourceMapping, got: Fetched, *, increment: bool) -> SourceMapping:
    """Return the mapping for what was brought: an archive as it is, all else as Parquet; an increment may be small."""
    if got.path.suffix != ".zip":
        mapping = replace(mapping, format="parquet")
    if increment and got.watermark.updated is not None:
        mapping = replace(mapping, assertions=replace(mapping.assertions, rows_min=1))
    return mapping
