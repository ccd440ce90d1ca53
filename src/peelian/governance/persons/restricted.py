"""Restriction: what is kept on a person stays, and is used no more, while its accuracy is contested or it is evidence.

Directive (EU) 2016/680, Article 16(3), with Article 3(3): "the marking of stored personal data with the aim of limiting
their processing in the future"; so too the Data Protection Act 2018 (UK), section 47(2). The mark is a record of the
house's own under the subject's id. It holds until a second person ends it, and goes with the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from peelian.governance.circumstances.own_records import OwnRecord, own_records
from peelian.governance.kit import Kit

RESTRICTION = "restriction"
"""The data kind of the marks."""


class Cause(StrEnum):
    """Why data are restricted instead of erased: Directive (EU) 2016/680, Article 16(3)."""

    CONTESTED = "contested"  # (a) the person contests their accuracy, and it cannot be ascertained
    EVIDENCE = "evidence"  # (b) they must be maintained for the purposes of evidence


class Mark(StrEnum):
    """What a record of this kind says happened."""

    SET = "set"
    LIFTING_PROPOSED = "lifting-proposed"  # the person was told; it still holds
    LIFTED = "lifted"


def standing_mark(kit: Kit, subject_ids: Iterable[str]) -> OwnRecord | None:
    """Return the last mark of a person, given by any of their ids, if they are restricted; None where they are not."""
    ids = frozenset(subject_ids)
    marks = [each for each in own_records(kit, RESTRICTION) if each.subject in ids]
    last = {each.subject: each for each in marks}
    standing = [each for each in last.values() if each.body["mark"] != Mark.LIFTED]
    return max(standing, key=lambda each: each.entry_index, default=None)


def restricted_ids(kit: Kit) -> frozenset[str]:
    """Return the ids under which somebody is restricted now; who was merged with them is restricted too."""
    last = {each.subject: each for each in own_records(kit, RESTRICTION)}
    return frozenset(each.subject for each in last.values() if each.body["mark"] != Mark.LIFTED)


def is_restricted(kit: Kit, subject_ids: Iterable[str]) -> bool:
    """Return whether what is kept on the person of these ids, all of theirs, is restricted; a merger hides nothing."""
    return standing_mark(kit, subject_ids) is not None
