"""What two people tell a rebuilt house of releases it has forgotten: editions as published, each with its proof.

An edition.json is the record of the release with one more key, `proof`: the ledger entry that names the digest of the
whole record, and its receipt. One changed day, place or figure, and the proof no longer fits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peelian.city.release.past import edition_of
from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, Tampered

PROOF = "proof"


@dataclass(frozen=True)
class StatedEdition:
    """One edition of a statement, as who approves it compares it with the page of releases.

    `figures` is how many it said first; `table` is the digest of them, as the ledger entry `entry_index` of the house
    that published it has it.
    """

    number: int
    title: str
    first: date
    end: date
    offences: tuple[str, ...]
    figures: int
    table: str
    entry_index: int


@dataclass(frozen=True)
class StatedReleases:
    """A statement that waits for another person: `digest`, over all of it, is what is approved."""

    statement_id: str
    digest: str
    stated_by: str
    at: datetime
    restored: str
    why: str
    editions: tuple[StatedEdition, ...]


def with_proof(body: Document, *, proof: Document) -> Document:
    """Return what edition.json says: the record of a release, and the proof that the ledger names it."""
    return {**body, PROOF: proof}


def parse_edition(text: str) -> Document:
    """Return what an edition.json says, or refuse what is none; its proof is not checked yet."""
    try:
        stated: Document = json.loads(text)
        edition_of(stated, entry_index=0)
        if stated["schema"] != 1 or PROOF not in stated:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, Tampered) as error:
        raise not_as_published() from error
    return stated


def check_named(stated: Mapping[str, Any], *, kind: str, facts: Mapping[str, Any]) -> None:
    """Refuse an edition unless the proven entry, of this kind and with these facts, names the digest of all of it."""
    record = {key: value for key, value in stated.items() if key != PROOF}
    named = facts.get("records")
    if kind != "release.published" or named != [[facts.get("release"), digest(canonical(record))]]:
        raise not_as_published()


def not_as_published() -> BadInput:
    """Return the refusal of a file that is not what was published."""
    return BadInput(
        "This is not the edition.json of a release of this house, or it was changed; take it from where it was "
        "published."
    )


def stated_edition(stated: Mapping[str, Any]) -> StatedEdition:
    """Return what a checked edition covers."""
    edition = edition_of(stated, entry_index=json.loads(stated[PROOF]["entry"])["index"])
    return StatedEdition(
        edition.number,
        stated["spec"]["title"],
        edition.first,
        edition.end,
        edition.offences,
        len(edition.figures),
        stated["table"],
        edition.entry_index,
    )
