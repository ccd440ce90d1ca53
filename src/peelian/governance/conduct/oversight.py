"""What the oversight body does: keeps its lists, looks for misuse, and reads how vague reasons are, unit by unit.

Everything here is an auditor's, and entered. Flags go to the oversight body alone; nothing in the house acts on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.act import authorise, carry_out, enter
from peelian.governance.circumstances.case_records import KIND as CASE
from peelian.governance.circumstances.case_records import RecordedCases
from peelian.governance.circumstances.own_records import new_record, own_records
from peelian.governance.circumstances.roles_today import unit_of
from peelian.governance.conduct.misuse import Flag, Lookup, Rule, flags
from peelian.governance.conduct.said import RULE as EMPTY_WORDS
from peelian.governance.conduct.said import note_said
from peelian.governance.conduct.tails import Interval, Share, wilson
from peelian.governance.conduct.watch_lists import WatchLists, tags_of, watch_tag
from peelian.governance.conduct.worn_words import WITHIN, Note, worn_out
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import people
from peelian.governance.persons.asides import open_aside
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.principals import Signer
from peelian.governance.reasons import vague_codes
from peelian.storage.rows import Writes

PURPOSE, CAPABILITY = "oversight", "governance.misuse"
FLAG, LIST = "misuse-flag", "watch-list"
NO_UNIT = "no unit"
SOUGHT, NOTED = "subject.sought", "reason.noted"
_ENTRIES_NAMED = 100

Named = Callable[[Entry], Identifier | None]
"""Opens what was looked up in an entry; None where it tells of no identifier, or its person was erased."""


@dataclass(frozen=True)
class VagueShare:
    """Of the look-ups and attempts of a unit, how many gave a reason that says little or nothing, with its interval."""

    unit: str
    looked: int
    vague: int
    share: Interval


def keep_list(kit: Kit, *, actor: Signer, name: str, key: bytes, identifiers: Sequence[Identifier]) -> Entry:
    """Put a list of the oversight body in place of the one it had under this name."""
    if not name.strip() or not identifiers:
        raise BadInput("A list has a name and at least one identifier on it, as KIND=TEXT.")
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="audit", resource=LIST)
    body: Document = {"tags": tags_of(key, identifiers)}
    writes = Writes(records=(new_record(kit, LIST, subject=name, body=body),))
    return carry_out(kit, standing, "watch.kept", decision=decision, facts={}, writes=writes)


def look_for_misuse(
    kit: Kit, *, actor: Signer, since: datetime, until: datetime, key: bytes
) -> tuple[Flag, ...]:
    """Look through the look-ups entered in `since <= time < until`, and keep what is worth a question.

    That it was looked for is an entry, with how many look-ups there were; so is each flag, which is kept once.
    """
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="audit", resource=FLAG)
    book = RecordedCases(own_records(kit, CASE))
    tagged = {tag: case for case in book.all() if (tag := book.tag(case.case_id)) is not None}
    looked = tuple(
        lookups(_between(kit, since, until), lists=_lists(kit), key=key, named=partial(_looked_up, kit))
    )
    zone = kit.store.workspace.settings.zone
    facts: Document = {"kind": "ledger", "records": len(looked)}
    enter(kit, standing, "record.read", decision=decision, facts=facts)
    found = flags(looked, cases=tagged, vague=vague_codes(), zone=zone)
    known = {(r.body["rule"], r.subject, tuple(r.body["entries"])) for r in own_records(kit, FLAG)}
    for flag in found:
        if (flag.rule, flag.officer, flag.entries[:_ENTRIES_NAMED]) not in known:
            body = _body(flag)
            writes = Writes(records=(new_record(kit, FLAG, subject=flag.officer, body=body),))
            carry_out(kit, standing, "misuse.flagged", decision=decision, facts={}, writes=writes)
    return found


def misuse_flags(kit: Kit, *, actor: Signer) -> tuple[Flag, ...]:
    """Return every flag on record to an auditor; that they looked is entered first, once for each flag."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=FLAG)
    found = own_records(kit, FLAG)
    for record in found:
        facts: Document = {"kind": FLAG, "record": record.record_id, "of_entry": record.entry_index}
        enter(kit, standing, "record.read", decision=decision, facts=facts)
    return tuple(
        Flag(Rule(r.body["rule"]), r.subject, tuple(r.body["entries"]), r.body["says"], r.body["false_alarm"])
        for r in found
    )


def vague_shares(kit: Kit, *, actor: Signer, since: datetime, until: datetime) -> tuple[VagueShare, ...]:
    """Return the share of vague reasons of each unit.

    Attempts with empty words, all refused, count as vague, and looks beside a note that its writer wore out.
    """
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="audit", resource=FLAG)
    enter(
        kit, standing, "record.read", decision=decision, facts={"kind": "ledger", "figure": "vague-reasons"}
    )
    units = {person.id: unit_of(kit, person.id) or NO_UNIT for person in people(kit)}
    notes = (_note(kit, entry) for entry in _between(kit, since - WITHIN, until) if entry.kind == NOTED)
    worn = worn_out(notes)
    return shares_by_unit(_between(kit, since, until), units=units, vague=vague_codes(), worn=worn)


def shares_by_unit(
    entries: Iterable[Entry],
    *,
    units: dict[str, str],
    vague: frozenset[str],
    worn: Container[int] = frozenset(),
) -> tuple[VagueShare, ...]:
    """Return the figure from entries alone, so that whoever has them and the postings can recompute it.

    `worn` are the entries of notes that say nothing any more. A note speaks for its writer's looks for the same reason
    in the same case, until the next note.
    """
    looked: Counter[str] = Counter()
    little: Counter[str] = Counter()
    beside: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind == NOTED:
            beside[entry.actor] = entry
        empty = entry.kind == "request.refused" and entry.rule == EMPTY_WORDS
        reason = entry.facts.get("reason")
        if not empty and (reason is None or entry.kind in ("request.refused", NOTED)):
            continue
        unit = units.get(entry.actor, NO_UNIT)
        looked[unit] += 1
        little[unit] += empty or reason in vague or _under(beside.get(entry.actor), entry, worn)
    return tuple(
        VagueShare(unit, looked[unit], little[unit], wilson(Share(little[unit], looked[unit])))
        for unit in sorted(looked)
    )


def _under(note: Entry | None, look: Entry, worn: Container[int]) -> bool:
    """Return whether a look was made beside a note that is worn out."""
    if note is None or note.index not in worn:
        return False
    return all(note.facts.get(key) == look.facts.get(key) for key in ("reason", "case"))


def lookups(entries: Iterable[Entry], *, lists: WatchLists, key: bytes, named: Named) -> Iterator[Lookup]:
    """Yield the looks at people that entries tell of: those for which a reason had to be given."""
    for entry in entries:
        if "reason" not in entry.facts or entry.kind in ("request.refused", NOTED):
            continue
        facts, identifier = entry.facts, named(entry)
        tag = None if identifier is None else watch_tag(key, identifier)
        stored = facts.get("of_entry")
        yield Lookup(
            entry=entry.index,
            at=entry.time,
            officer=entry.actor,
            thing=tag or str(facts.get("record") or entry.index),
            stored=stored if isinstance(stored, int) else None,
            case=_text(facts.get("case")),
            reason=_text(facts.get("reason")),
            watched=frozenset() if tag is None else lists.hits(tag, officer=entry.actor),
        )


def _between(kit: Kit, since: datetime, until: datetime) -> Iterator[Entry]:
    return (entry for entry in kit.ledger.entries() if since <= entry.time < until)


def _looked_up(kit: Kit, entry: Entry) -> Identifier | None:
    """Return the identifier that the entry of a search keeps aside; None where its person was erased."""
    said = open_aside(kit, entry.index) if entry.kind == SOUGHT else None
    return None if said is None else Identifier(str(said["kind"]), str(said["text"]))


def _note(kit: Kit, entry: Entry) -> Note:
    blob = kit.ledger.blob(entry.index)
    return Note(entry.index, entry.actor, entry.time, None if blob is None else note_said(kit, blob))


def _lists(kit: Kit) -> WatchLists:
    newest = {record.subject: frozenset(record.body["tags"]) for record in own_records(kit, LIST)}
    return WatchLists(newest)


def _body(flag: Flag) -> Document:
    return {
        "rule": flag.rule,
        "entries": list(flag.entries[:_ENTRIES_NAMED]),
        "looks": len(flag.entries),
        "says": flag.says,
        "false_alarm": flag.false_alarm,
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
