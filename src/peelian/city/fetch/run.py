"""One fetch from beginning to end: pages into the journal, rows reconciled, one delivery out.

Nothing of it touches the warehouse: the load that follows is the act, and it reads the delivery like any file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from peelian.city.fetch import arcgis, ckan, file, police_uk, socrata
from peelian.city.fetch.cells import check_kinds
from peelian.city.fetch.client import Client, Line, opened
from peelian.city.fetch.deliver import deliver, sha256_of
from peelian.city.fetch.journal import Journal, begin, held
from peelian.city.fetch.outcome import Fetched, NotModified, Watermark
from peelian.city.fetch.page import Moved, Page, Pager, Seen, Unsound
from peelian.city.mapping.fetch_spec import (
    ArcgisFetch,
    CkanFetch,
    FetchSpec,
    FileFetch,
    PoliceUkFetch,
    SocrataFetch,
)
from peelian.domain.canonical import canonical, digest
from peelian.domain.errors import BadInput, PeelianError

Progress = Callable[[int, int], None]
"""Called with (rows that are in, rows the publisher counts or 0)."""

STARTS = 3
"""How often a fetch begins while the data move under it."""


SECRET_HEADERS: Mapping[str, str] = {
    SocrataFetch.kind: socrata.SECRET_HEADER,
    ArcgisFetch.kind: arcgis.SECRET_HEADER,
    CkanFetch.kind: ckan.SECRET_HEADER,
    PoliceUkFetch.kind: police_uk.SECRET_HEADER,
    FileFetch.kind: file.SECRET_HEADER,
}
"""Where each kind of publisher wants its secret."""


def _silent(_done: int, _total: int) -> None:
    pass


def fetch(
    spec: FetchSpec,
    *,
    columns: tuple[str, ...],
    folder: Path,
    client: Client,
    since: Watermark | None = None,
    progress: Progress = _silent,
) -> Fetched | NotModified:
    """Fetch one delivery into `folder`.

    Parameters
    ----------
    columns : what the mapping names; nothing else of a row is ever written, except of a ZIP.
    folder : kept for this source alone; a fetch that was cut goes on from what is in it.
    since : of the last fetch that was loaded; then only what is new is fetched where the publisher can tell,
        and nothing where it says that nothing is.

    Raises
    ------
    BadInput : what the publisher sends is not what the mapping or the publisher says.
    PeelianError : the publisher cannot be reached, or wants to be left alone for too long.
    Busy : another fetch holds the folder.
    """
    columns = tuple(dict.fromkeys(columns))
    header, rate = SECRET_HEADERS[spec.kind], spec.requests_per_second
    try:
        with held(folder), opened(client, start=spec.address, per_second=rate, secret_header=header) as line:
            pager = _pager(spec, columns, line, since, now=client.clock.now())
            return _steady(_Job(spec, columns, folder, client, since, progress, line, pager))
    except OSError as error:
        raise PeelianError(
            f"What {_bare(spec.address)} sent could not be written to {folder} ({error.strerror or error}); the pages "
            "that are in are whole. Free some space and fetch again: it goes on from there."
        ) from error


@dataclass(frozen=True)
class _Job:
    """What every step of one fetch needs."""

    spec: FetchSpec
    columns: tuple[str, ...]
    folder: Path
    client: Client
    since: Watermark | None
    progress: Progress
    line: Line
    pager: Pager

    def digest(self) -> str:
        """Return the SHA-256 of what is asked for."""
        since = self.since.document() if self.since else None
        return digest(canonical({"spec": self.spec.digest(), "columns": self.columns, "since": since}))


def _steady(job: _Job) -> Fetched | NotModified:
    """Fetch once, beginning anew a few times where the data move under it."""
    notes: tuple[str, ...] = ()
    for _ in range(STARTS):
        try:
            return _once(job, notes)
        except Moved as moved:
            notes = (*notes, f"began anew: {moved}")
    raise BadInput(
        f"{_bare(job.spec.address)}: the data moved under the fetch {STARTS} times in a row ({notes[-1]}); fetch "
        "again when the publisher is not updating them."
    )


def _once(job: _Job, notes: tuple[str, ...]) -> Fetched | NotModified:
    with _told(job.spec, "before the first page"):
        opening = job.pager.open()
    if opening.first is None:
        mark = job.pager.watermark(updated=None, opening=opening)
        return NotModified(_bare(job.spec.address), mark, job.client.clock.now())
    notes += tuple(f"before the first page: {note}" for note in job.line.notes())
    now = job.client.clock.now()
    journal = begin(job.folder, fetch=job.digest(), opening=opening, now=now, notes=notes)
    try:
        _take(job, journal)
        with _told(job.spec, "after the last page"):
            published = _reconciled(journal, after=job.pager.count())
            path, rows = deliver(journal, spec=job.spec, columns=job.columns, folder=job.folder)
    except (Moved, Unsound):
        journal.discard()
        raise
    fetched = _fetched(job, journal, path=path, rows=rows, published=published)
    journal.discard()
    return fetched


def _take(job: _Job, journal: Journal) -> None:
    """Take every page that is not in yet."""
    seen = Seen(journal.keys())
    while (cursor := journal.state.cursor) is not None:
        number = journal.number
        with _told(job.spec, f"page {number}"):
            page = _new(_delivered(job, journal, seen, cursor), seen)
            kinds = journal.state.kinds
            if page.kinds:
                kinds = check_kinds(page.kinds, before=kinds or ("",) * len(page.kinds), columns=job.columns)
        told = (*job.line.notes(), *page.notes)
        journal.keep(page, kinds=kinds, notes=tuple(f"page {number}: {note}" for note in told))
        if page.keys is not None:
            seen.add(page.keys)
        job.progress(journal.state.rows, journal.state.opening.rows or 0)


def _delivered(job: _Job, journal: Journal, seen: Seen, cursor: str) -> Page:
    """Return the page at `cursor`; where one comes that is already in, ask for it again."""
    for attempt in range(1, job.client.patience.attempts + 1):
        page = job.pager.page(cursor)
        if page.keys is None or not page.rows:
            return page
        if seen.fresh(page.keys).any():
            if page.follows_on:
                return page
            raise Moved("rows were removed or replaced between two pages")
        journal.note(f"page {journal.number}: rows that are already in came again, taken once; asked again")
        job.line.rest(attempt)
    rows, of = journal.state.rows, journal.state.opening.rows
    raise Unsound(
        f"the publisher delivers rows that are already in over and over in its place, so that no more than {rows:,} "
        f"{'' if of is None else f'of {of:,} '}rows can be had; nothing was kept. Fetch again later; if it stays "
        "so, tell the publisher."
    )


def _new(page: Page, seen: Seen) -> Page:
    """Return the page without the rows that are already in."""
    if page.keys is None or isinstance(page.content, bytes):
        return page
    fresh = seen.fresh(page.keys)
    if fresh.all():
        return page
    note = f"{int((~fresh).sum()):,} rows that are already in came again, taken once"
    content = page.content.filter(fresh)
    return replace(page, content=content, keys=page.keys[fresh], notes=(*page.notes, note))


def _reconciled(journal: Journal, *, after: int | None) -> int | None:
    """Return the publisher's count, once the rows that are in agree with it; a count that moved is noted."""
    rows, before = journal.state.rows, journal.state.opening.rows
    if not rows and not any(journal.files(".bin")):
        raise Unsound(
            "no row came; look whether the dataset was emptied, or the condition in the mapping is wrong."
        )
    if before is None or after is None:
        return after
    if before != after:
        journal.note(f"the publisher counted {before:,} rows before and {after:,} after; {rows:,} came")
    if not min(before, after) <= rows <= max(before, after):
        counted = f"{after:,}" if before == after else f"{before:,} and then {after:,}"
        raise Unsound(
            f"the publisher counts {counted} rows, but {rows:,} came; nothing was kept. Fetch again; if it stays so, "
            "tell the publisher."
        )
    return after


def _fetched(job: _Job, journal: Journal, *, path: Path, rows: int | None, published: int | None) -> Fetched:
    state = journal.state
    return Fetched(
        path=path,
        sha256=sha256_of(path),
        rows=rows,
        pages=len(state.pages),
        page_sha256=tuple(page.body_sha256 for page in state.pages),
        published_rows=published,
        started=datetime.fromisoformat(state.begun),
        finished=job.client.clock.now(),
        address=_bare(job.spec.address),
        watermark=job.pager.watermark(updated=state.updated, opening=state.opening),
        notes=(*state.notes, *job.line.notes()),
    )


def _pager(
    spec: FetchSpec, columns: tuple[str, ...], line: Line, since: Watermark | None, *, now: datetime
) -> Pager:
    """Return the pager for the kind of publisher."""
    if isinstance(spec, SocrataFetch):
        return socrata.SocrataPager(spec, columns=columns, line=line, since=since, now=now)
    if isinstance(spec, ArcgisFetch):
        return arcgis.ArcgisPager(spec, columns=columns, line=line, since=since, now=now)
    if isinstance(spec, CkanFetch):
        return ckan.CkanPager(spec, columns=columns, line=line, since=since)
    if isinstance(spec, PoliceUkFetch):
        return police_uk.PoliceUkPager(spec, columns=columns, line=line, since=since)
    return file.FilePager(spec, columns=columns, line=line, since=since)


@contextmanager
def _told(spec: FetchSpec, place: str) -> Iterator[None]:
    """Say where it happened in front of every sentence about what came."""
    try:
        yield
    except BadInput as error:
        raise type(error)(f"{_bare(spec.address)}, {place}: {error}") from None


def _bare(address: str) -> str:
    return address.partition("?")[0]
