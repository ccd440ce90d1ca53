"""The door of open release: count, protect, audit against all earlier releases, enter, and only then write.

The ledger entry and the record come before the files. When the files cannot be written the release still counts as
published, since the auditor must rather remember too much than too little; `write_release` writes them again.
The witness is shown the entry before there are files, so that an older copy of the house cannot write any beside
them unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from peelian.city.environment.service import dwellings
from peelian.city.extracts import COUNTS
from peelian.city.mapping.grouping import groupings_of
from peelian.city.release.audit import check_release
from peelian.city.release.features import counted
from peelian.city.release.figures import Figure, Slice, standing
from peelian.city.release.homes import fewest_told
from peelian.city.release.lattice import CoarseCells, NamedAreas, Step, cells_over
from peelian.city.release.past import (
    Edition,
    body_of,
    cells_of,
    check_lattice,
    edition_of,
    heed_grouping,
    in_order,
)
from peelian.city.release.protect import Counts, protect
from peelian.city.release.spec import ReleaseSpec, check_spec, tabulate
from peelian.city.release.spec_file import AskedRelease, parse_release
from peelian.city.release.stated import (
    PROOF,
    StatedEdition,
    StatedReleases,
    check_named,
    not_as_published,
    parse_edition,
    stated_edition,
    with_proof,
)
from peelian.city.release.table import File, files_of
from peelian.city.release.wording import Published
from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.governance.desk import Condition, Desk, Kept, NewRecord, Operator, Sitting

__all__ = [
    "AskedRelease",
    "CoarseCells",
    "KeptRelease",
    "NamedAreas",
    "ReleaseSpec",
    "StatedEdition",
    "StatedReleases",
    "Step",
    "approve_releases",
    "cells_over",
    "parse_release",
    "publish_release",
    "state_releases",
    "stated_releases",
    "write_release",
]

CAPABILITY = "city.release"
STATEMENT = "release-statement"
STATED_SCHEMA = 2
"""Of a statement; since 2 each edition comes with its proof. What was approved before counts as it did."""


@dataclass(frozen=True)
class KeptRelease:
    """A published release: its figures, the ledger entry it stands on, and its files as they were written."""

    release_id: str
    edition: int
    k: int
    figures: tuple[Figure, ...]
    entry_index: int
    files: tuple[File, ...]


def publish_release(desk: Desk, *, purpose: str, spec: ReleaseSpec, folder: Path, zone: str) -> KeptRelease:
    """Publish what `spec` asks for in a new folder `folder`, or refuse; `zone` says which day it is.

    Raises
    ------
    BadInput : the days are not settled, the charter does not name an offence or origin, the folder exists.
    Refused : other places or periods than an earlier release used, codes grouped otherwise since then, an earlier
        release is missing or may be, the auditor found that a small number would be given away, or what is told or
        named has a few dwellings.
    Tampered, NotCosigned : the witness knows another history of this house; it is entered, and no file written.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        charter, k = sitting.charter, sitting.charter.limits.small_number_k
        today = sitting.now().astimezone(ZoneInfo(zone)).date()
        _check_nothing_forgotten(sitting)
        check_spec(
            spec, today=today, offences=charter.offences, origins=charter.origins, charter=str(charter)
        )
        _check_folder(folder)
        past = _past(sitting)
        check_lattice(spec, past)
        edition = len(past) + 1
        said = _said(past, spec)
        loads = [kept.body for kept in sitting.records("load")]
        groupings = groupings_of(loads)
        news = protect(_counts(sitting, spec), history=said, k=k, edition=edition)
        news = heed_grouping(news, said=said, past=past, groupings=groupings)
        check_release(cells_of(said, lattice=spec.lattice), cells_of(news, lattice=spec.lattice), k=k)
        counted = dwellings(sitting, day=today, zone=zone)
        release_id, agency = sitting.new_id(), charter.responsible.agency
        sources = sorted({load["source"] for load in loads})
        body = body_of(spec, news, edition=edition, k=k, agency=agency, sources=sources, groupings=groupings)
        entry = sitting.act(
            "release.published",
            action="publish",
            resource="release",
            facts={
                "release": release_id,
                **{key: body[key] for key in ("edition", "k", "spec", "table")},
                "figures": len(news),
                "withheld": sum(figure.count is None for figure in news),
            },
            records=[NewRecord(release_id, "release", spec.lattice, body)],
            case_facts={
                "offences": spec.offences,
                "origins": tuple(map(str, spec.origins)),
                "cell_m": spec.places.grid.size_m if isinstance(spec.places, CoarseCells) else None,
                "dwellings": None if counted is None else fewest_told(spec.places, news, counted),
            },
        )
        sitting.witness()
        past = (*past, edition_of(body, entry_index=entry.index))
        published = _published(spec, body, past, at=entry.time)
        record = with_proof(body, proof=sitting.proof(entry.index))
        return _write(published, record, release_id=release_id, folder=folder)


def write_release(
    desk: Desk, *, purpose: str, release_id: str, spec: ReleaseSpec, folder: Path
) -> KeptRelease:
    """Write the files of a release again, byte for byte, into a new folder; `spec` as it was published."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        _check_folder(folder)
        kept = sitting.record("release", release_id)
        if kept.body["spec"] != spec.document():
            raise BadInput(
                f"Release {release_id} was published with other terms than these; give the same ones."
            )
        past = _past(sitting)[: kept.body["edition"]]
        published = _published(spec, kept.body, past, at=kept.written)
        sitting.witness()
        record = with_proof(dict(kept.body), proof=sitting.proof(kept.entry_index))
        return _write(published, record, release_id=release_id, folder=folder)


def state_releases(desk: Desk, *, purpose: str, editions: Sequence[str], why: str) -> str:
    """State which releases the public has that these restored records lack, and return the statement's id.

    Parameters
    ----------
    editions : the texts of their edition.json as published, all of them since the backup; none where there were none.
    why : how it is known that there were no others.

    They count as released once another person has approved the statement; until then nothing can be released.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        backup = next(iter(_unaccounted(sitting)), None)
        if backup is None:
            raise BadInput(
                "These records were not restored from a backup, or it was stated before; none is asked."
            )
        if not 10 <= len(why.strip()) <= 500:
            raise BadInput("Say in 10 to 500 characters how it is known that there were no other releases.")
        bodies = [_proven(sitting, parse_edition(text)) for text in editions]
        in_order([*_past(sitting), *(edition_of(body, entry_index=0) for body in bodies)])
        statement_id = sitting.new_id()
        body: Document = {
            "schema": STATED_SCHEMA,
            "restored": backup,
            "why": why.strip(),
            "editions": list(bodies),
        }
        facts: Document = {
            "statement": statement_id,
            "restored": backup,
            "why": why.strip(),
            "editions": [each["edition"] for each in bodies],
        }
        record = NewRecord(statement_id, STATEMENT, backup, body)
        sitting.act("statement.made", action="submit", resource=STATEMENT, facts=facts, records=[record])
        return statement_id


def stated_releases(desk: Desk, *, purpose: str) -> tuple[StatedReleases, ...]:
    """Return the statements that wait for another person: all that they say, and the digest to approve them by."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return tuple(
            StatedReleases(
                kept.record_id,
                _digest(kept),
                sitting.author_of(kept).name,
                kept.written,
                kept.body["restored"],
                kept.body["why"],
                tuple(map(stated_edition, kept.body["editions"])),
            )
            for kept in _waiting(sitting)
        )


def approve_releases(desk: Desk, *, purpose: str, statement_digest: str) -> int:
    """Approve with a signature what another person stated about releases; return the ledger entry.

    `statement_digest` is that of `stated_releases`: who gives it has the whole statement before them, and no other.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        kept = next((kept for kept in _waiting(sitting) if _digest(kept) == statement_digest), None)
        if kept is None:
            raise BadInput(
                f"No statement about releases that waits for approval has the digest {statement_digest}; see `peelian "
                "backup stated-releases`."
            )
        author = sitting.author_of(kept)
        sitting.require_other_person(author)
        for edition in kept.body["editions"]:
            _proven(sitting, edition)
        signature = sitting.actor.sign({"digest": statement_digest}, context=STATEMENT)
        return sitting.act(
            "statement.approved",
            action="approve",
            resource=STATEMENT,
            facts={"statement": kept.record_id, "restored": kept.body["restored"]},
            approval=(statement_digest, signature.hex),
            case_facts={"self_approval": author.id == sitting.actor.principal.id},
        ).index


def _proven(sitting: Sitting, stated: Document) -> Document:
    """Return a stated edition, or refuse one that is not, in every letter, what this house's ledger once named."""
    try:
        entry = sitting.proven(stated[PROOF])
    except (BadInput, Tampered) as error:
        raise not_as_published() from error
    check_named(stated, kind=entry.kind, facts=entry.facts)
    return stated


def _waiting(sitting: Sitting) -> tuple[Kept, ...]:
    """Return the statements about backups of which nothing is approved yet."""
    unaccounted = _unaccounted(sitting)
    found = sitting.records(STATEMENT) if unaccounted else ()
    waiting = (kept for kept in found if kept.body["restored"] in unaccounted)
    return tuple(kept for kept in waiting if kept.body["schema"] == STATED_SCHEMA)


def _digest(kept: Kept) -> str:
    return digest(canonical(dict(kept.body)))


def _past(sitting: Sitting) -> tuple[Edition, ...]:
    """Return all editions of these records, and those that two people stated to be missing from them."""
    own = [edition_of(kept.body, entry_index=kept.entry_index) for kept in sitting.records("release")]
    stated = [
        edition_of(body, entry_index=kept.entry_index)
        for kept in _approved_statements(sitting)
        for body in kept.body["editions"]
    ]
    return in_order([*own, *stated])


def _approved_statements(sitting: Sitting) -> tuple[Kept, ...]:
    """Return the statements that another person approved; records that were never restored need none."""
    found = sitting.records(STATEMENT) if sitting.restored() else ()
    return tuple(kept for kept in found if _approved(sitting, kept))


def _approved(sitting: Sitting, kept: Kept) -> bool:
    subject, author = _digest(kept), sitting.author_of(kept)
    return bool(sitting.approvals(subject, document={"digest": subject}, context=STATEMENT, author=author))


def _unaccounted(sitting: Sitting) -> tuple[str, ...]:
    """Return the backups these records came from of which nobody said what was released after them."""
    accounted = {kept.body["restored"] for kept in _approved_statements(sitting)}
    return tuple(backup for backup in sitting.restored() if backup not in accounted)


def _said(past: Sequence[Edition], spec: ReleaseSpec) -> tuple[Figure, ...]:
    """Return every figure said so far in the lattice of `spec`; those of others share no incident with it."""
    return tuple(figure for each in past if each.lattice == spec.lattice for figure in each.figures)


def _counts(sitting: Sitting, spec: ReleaseSpec) -> dict[Slice, Counts]:
    where = (
        Condition("local_date", Operator.GE, spec.first),
        Condition("local_date", Operator.LT, spec.end),
        Condition("offence", Operator.IN, spec.offences),
        Condition("origin", Operator.IN, tuple(str(origin) for origin in spec.origins)),
    )
    return tabulate(sitting.read(COUNTS, where=where, expression=counted), spec=spec)


def _published(
    spec: ReleaseSpec, body: Mapping[str, Any], past: Sequence[Edition], *, at: datetime
) -> Published:
    wanted = set(spec.slices())
    figures = standing(tuple(figure for figure in _said(past, spec) if figure.slice in wanted))
    return Published(
        spec,
        edition=body["edition"],
        k=body["k"],
        figures=figures,
        entries=tuple(each.entry_index for each in past),
        at=at,
        agency=body["agency"],
        sources=tuple(body["sources"]),
    )


def _check_nothing_forgotten(sitting: Sitting) -> None:
    """Refuse in a copy from a backup: its editions are in order, but the last of them may be missing."""
    if _unaccounted(sitting):
        raise Refused(
            "These records were restored from a backup, so later editions may be missing from them, and nobody can "
            "tell what a new one would give away beside those.",
            rule="releases-are-remembered",
            citation="house rule: what the public knows is not forgotten by the house",
            remedy="State what was released since with `peelian backup releases`, and have another person approve it.",
        )


def _check_folder(folder: Path) -> None:
    if folder.exists() or not folder.parent.is_dir():
        raise BadInput(f"A release is written into a new folder; {folder} exists, or its parent does not.")


def _write(published: Published, body: Document, *, release_id: str, folder: Path) -> KeptRelease:
    files = files_of(published, record=body)
    folder.mkdir()
    for file in files:
        (folder / file.name).write_bytes(file.content)
    return KeptRelease(
        release_id, published.edition, published.k, published.figures, published.entry_index, files
    )
