"""Files written out of the house on somebody's command: where each was put, its hash, and until when it may be kept.

A plan, a letter or the evidence of a breach is handed to people as a file, and what was handed on is theirs to keep or
destroy. But the file itself still lies where the house was told to put it. So each is noted, with the end of the
record it was made from. When that comes the house destroys the file by itself where it lies in `reports/`; where it
lies elsewhere it is listed, and destroyed there when somebody asks for it. A file that is no longer what was written
is never touched: it has become somebody's own.

The note is a record, because a path may tell a name; the entry says only what kind of thing was written and its end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.committed import committed_record
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import holds_in_force
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.storage.destroy import destroy
from peelian.storage.hashes import sha256_of
from peelian.storage.rows import Record, Writes

KIND = "written-file"
WRITTEN, DESTROYED = "file.written", "file.destroyed"
RULE = "retention-term"
_NOTE = "written"


class Found(StrEnum):
    """What lies where a file was put."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class WrittenFile:
    """One file as it was written: where, with which hash, of which record, and when that record is over."""

    file_id: str
    path: Path
    sha256: str
    kind: str
    of: str
    due: datetime
    entry_index: int

    def found(self) -> Found:
        """Return what lies there now; a link has taken its place where there is one."""
        if self.path.is_symlink():
            return Found.CHANGED
        if not self.path.is_file():
            return Found.GONE
        return Found.UNCHANGED if sha256_of(self.path) == self.sha256 else Found.CHANGED

    def sentence(self) -> str:
        """Return where it was put and what lies there now, in one sentence."""
        said = {
            Found.UNCHANGED: "it lies there unchanged; `peelian keep --files` destroys it",
            Found.CHANGED: "what lies there now is another file, which nobody touches; see to it yourself",
            Found.GONE: "it is not there any more; whoever moved it sees to it",
        }
        return (
            f"The {self.kind} written to {self.path} was over on {self.due:%Y-%m-%d}: {said[self.found()]}."
        )


def note_written(kit: Kit, path: Path, *, of: str) -> Entry:
    """Note a file that was just written, made from the record `of`, whose end is its end too."""
    known = kit.store.records(record_id=of)
    if not known:
        raise BadInput(f"There is no record {of} that the file {path} could have been made from.")
    ((record, _),) = known
    return carry_out_as_house(
        kit,
        WRITTEN,
        rule=RULE,
        facts={"of": record.kind, "due": record.keep_until},
        writes=Writes(records=(_note(kit, path, record),)),
    )


def written_over(kit: Kit, *, at: datetime) -> tuple[WrittenFile, ...]:
    """Return the files whose end has come, oldest first, that no hold keeps and that were not destroyed yet."""
    records = kit.store.records(KIND)
    destroyed = {record.subject for record, _ in records}
    scopes = [hold.scope for hold in holds_in_force(kit, at=at)]
    due = (
        _read(kit, record, index)
        for record, index in records
        if record.subject == _NOTE and json.loads(record.body)["due"] <= iso(at)
    )
    return tuple(
        file
        for file in due
        if not _held(kit, file, scopes) and (file.file_id not in destroyed or file.found() is Found.UNCHANGED)
    )


def _held(kit: Kit, file: WrittenFile, scopes: Iterable[Scope]) -> bool:
    """Return whether a hold keeps what a file was made from; whom that is about is known for as long as it is kept."""
    subject = next((record.subject for record, _ in kit.store.records(record_id=file.of)), None)
    return any(scope.keeps_record(kind=file.kind, record_id=file.of, subject=subject) for scope in scopes)


def destroy_written(kit: Kit, files: Iterable[WrittenFile]) -> tuple[WrittenFile, ...]:
    """Destroy those files that lie unchanged where they were put, each after its entry, and return them.

    Cut off between the two, a file is still listed, and destroyed by another entry.
    """
    done = tuple(file for file in files if file.found() is Found.UNCHANGED)
    for file in done:
        body: Document = {"destroyed": file.file_id}
        record = _record(kit, file.file_id, body=body, due=file.due)
        facts: Document = {"of": file.kind, "of_entry": file.entry_index}
        carry_out_as_house(kit, DESTROYED, rule=RULE, facts=facts, writes=Writes(records=(record,)))
        destroy([file.path])
    return done


def destroy_own(kit: Kit, *, at: datetime) -> None:
    """Destroy the files that are over and lie in the house's own folder."""
    own = kit.store.workspace.folder("reports").resolve()
    destroy_written(kit, (file for file in written_over(kit, at=at) if file.path.is_relative_to(own)))


def _note(kit: Kit, path: Path, record: Record) -> Record:
    due = datetime.fromisoformat(record.keep_until)
    body: Document = {
        "path": str(path.resolve()),
        "sha256": sha256_of(path),
        "kind": record.kind,
        "of": record.record_id,
        "due": record.keep_until,
        "salt": kit.entropy(
            16
        ).hex(),  # the entry has a digest of this, and outlives it: it must not be guessed
    }
    return _record(kit, _NOTE, body=body, due=due)


def _record(kit: Kit, subject: str, *, body: Document, due: datetime) -> Record:
    days = timedelta(days=kit.register.data_kind(KIND).retention_days_max)
    record_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    return Record(record_id, KIND, subject, canonical(body).decode(), keep_until=iso(due + days))


def _read(kit: Kit, record: Record, index: int) -> WrittenFile:
    committed_record(kit, record, index)
    body = json.loads(record.body)
    return WrittenFile(
        file_id=record.record_id,
        path=Path(body["path"]),
        sha256=body["sha256"],
        kind=body["kind"],
        of=body["of"],
        due=datetime.fromisoformat(body["due"]),
        entry_index=index,
    )
