"""Fetch what is new of a source and load it, in the order that loses nothing: enter, fetch, load, remember."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from peelian.app.loading import loader
from peelian.app.places import fetch_home
from peelian.app.progress import progress_bar
from peelian.app.wiring import house
from peelian.city.fetch.service import Delivered, Fetched, NotModified, fetch_source, let_go, remember
from peelian.city.service import LoadReport, SourceMapping, begin_collection
from peelian.domain.time import Clock, SystemClock

SECRET = "PEELIAN_FETCH_SECRET"  # noqa: S105  # the name of a variable


@dataclass(frozen=True)
class Brought:
    """What a fetch brought, and what became of it; both None where nothing was new."""

    fetched: Fetched | None
    load: LoadReport | None


def bring(
    home: Path,
    mapping: SourceMapping,
    *,
    who: str,
    purpose: str,
    clock: Clock | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Brought:
    """Fetch what is new of a source and load it for the person `who`.

    Nobody is asked before the ledger says so. A delivery that is held back is destroyed, for no erasure would reach
    it; the record of the held load says why, and the next fetch begins where the last *loaded* one ended.
    """
    with house(home, clock=clock) as opened:
        begin_collection(opened.desk(opened.signer(who)), purpose=purpose, mapping=mapping)
    folder = fetch_home(home) / mapping.id
    with progress_bar("fetching") as progress:
        got = fetch_source(
            mapping,
            folder=folder,
            clock=clock or SystemClock(),
            rng=np.random.default_rng(),
            sleep=sleep,
            secret=os.environ.get(SECRET),
            progress=progress,
        )
    if isinstance(got, NotModified):
        return Brought(None, None)
    try:
        done = _loaded(home, got, who=who, purpose=purpose, clock=clock)
    except BaseException:
        let_go(got)
        raise
    remember(got, folder=folder)
    return Brought(got.fetched, done)


def _loaded(home: Path, delivered: Delivered, *, who: str, purpose: str, clock: Clock | None) -> LoadReport:
    with house(home, clock=clock) as opened, progress_bar("reading") as progress:
        desk = opened.desk(opened.signer(who))
        load_file = loader(opened, desk, mapping=delivered.mapping, purpose=purpose, progress=progress)
        return load_file(delivered.fetched.path)
