"""What an act writes and takes away, as values: rows of the records database, each frozen."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.storage.parts import Part


@dataclass(frozen=True)
class Record:
    """A decision or report that is kept as it was made; `body` is canonical JSON."""

    record_id: str
    kind: str
    subject: str
    body: str
    keep_until: str


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not accepted, sealed because it may hold what the warehouse must not."""

    row_number: int
    reason: str
    nonce: bytes
    sealed: bytes
    keep_until: str


@dataclass(frozen=True)
class PrincipalRow:
    """A principal; `body` is canonical JSON."""

    principal_id: str
    name: str
    body: str


@dataclass(frozen=True)
class CharterRow:
    """A submitted charter; its text lies in `charters/` under its digest."""

    digest: str
    charter_id: str
    version: int
    author: str


@dataclass(frozen=True)
class ApprovalRow:
    """One person's signed approval of what `subject` (a digest) names."""

    subject: str
    principal_id: str
    signature: str
    at: str


@dataclass(frozen=True)
class RejectedAt:
    """Where a sealed rejected row stands: the entry of its load, and its number in the delivery."""

    entry_index: int
    row_number: int


@dataclass(frozen=True)
class RejectedOf:
    """All sealed rows that are left of those the load of this entry rejected."""

    entry_index: int
    rows: int


@dataclass(frozen=True)
class Ended:
    """What an act destroys because its term is over: records, rejected rows by load, approvals by entry, charters and
    principals, these last with the entry they stand on.
    """

    records: tuple[tuple[Record, int], ...] = ()
    rejected: tuple[RejectedOf, ...] = ()
    approvals: tuple[int, ...] = ()
    charters: tuple[tuple[str, int], ...] = ()
    principals: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.rejected or self.approvals or self.charters or self.principals)


@dataclass(frozen=True)
class TombstoneRow:
    """An erased row that may not come back: the keyed hash it is recognised by, its data kind, the order."""

    name: str
    kind: str
    order_id: str


@dataclass(frozen=True)
class SubjectRow:
    """A person whom sealed records are about: an id that says nothing, the category, and a seal that binds both."""

    subject_id: str
    category: str
    seal: str


@dataclass(frozen=True)
class SubjectMergeRow:
    """Two subjects that turned out to be one person: the first is found under the id `into` from then on."""

    subject_id: str
    into: str


@dataclass(frozen=True)
class RecordAt:
    """Where a stored record stands: its entry, and its position among the records which that entry names."""

    record_id: str
    entry_index: int
    position: int


@dataclass(frozen=True)
class Writes:
    """All that one act writes, together or not at all; the last five are what it takes away.

    Parameters
    ----------
    removed : parts that leave the manifest; their files are destroyed afterwards by `forget`.
    discarded : sealed rejected rows that are destroyed.
    dropped : records that are destroyed.
    gone : subjects that are no more, with what they were merged into or from.
    ended : what else is destroyed, its term being over.
    """

    parts: tuple[Part, ...] = ()
    records: tuple[Record, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    principals: tuple[PrincipalRow, ...] = ()
    charters: tuple[CharterRow, ...] = ()
    approvals: tuple[ApprovalRow, ...] = ()
    tombstones: tuple[TombstoneRow, ...] = ()
    subjects: tuple[SubjectRow, ...] = ()
    merges: tuple[SubjectMergeRow, ...] = ()
    removed: tuple[Part, ...] = ()
    discarded: tuple[RejectedAt, ...] = ()
    dropped: tuple[RecordAt, ...] = ()
    gone: tuple[str, ...] = ()
    ended: Ended = Ended()

    @property
    def takes_away(self) -> bool:
        """Return whether bytes must be destroyed once the act is done."""
        return bool(self.removed or self.discarded or self.dropped or self.gone or self.ended)
