"""Records and persons that acts took away, accounted for: each was announced before, and none is back.

An entry names the records it takes by the entry that announced them and their positions in it, and persons by id.
What may take any is closed: an order to erase, a validation or correction that puts one record in the place of one, and
the house, of a person of whom nothing is kept any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from peelian.domain.errors import Tampered
from peelian.governance.clocks import Term, due, term
from peelian.governance.ledger.entry import Entry
from peelian.governance.recovery import HOUSE
from peelian.governance.retention import since_departure
from peelian.storage.store import Store

VALIDATED = "record.validated"
CORRECTED = "record.corrected"
LAPSED = "subject.lapsed"
DECIDED = "rights.decided"
DEPARTED = "departure.approved"


def lapse_term() -> Term:
    """Return how long a person stays of whom nothing is kept: as long as the log of who looked for them, at least."""
    return term("log-deployer")


def require_rightly_taken(acts: Sequence[Entry], *, zone: str) -> None:
    """Refuse replacements that replace more than one record, corrections nobody decided on, and lapses before time."""
    decisions = {entry.index: entry for entry in acts if entry.kind == DECIDED}
    born = {subject: entry for entry in acts for subject, _ in _listed(entry, "subjects")}
    for entry in acts:
        if entry.kind in (VALIDATED, CORRECTED):
            _require_one_for_one(entry)
        if entry.kind == CORRECTED:
            _require_decided(entry, decisions)
        if entry.kind == LAPSED:
            _require_lapsed(entry, born, zone=zone)


def _require_one_for_one(entry: Entry) -> None:
    facts: Mapping[str, Any] = entry.facts
    dropped = sum(len(positions) for _, *positions in facts.get("dropped") or ())
    if (dropped, len(_listed(entry, "records")), facts.get("gone")) != (1, 1, []):
        raise Tampered(
            f"Ledger entry {entry.index} calls itself {entry.kind}, but does more than put one record in the place of "
            "one; tell the auditor."
        )


def _require_decided(correction: Entry, decisions: Mapping[int, Entry]) -> None:
    """Refuse a correction that another person did not decide on before."""
    facts: Mapping[str, Any] = correction.facts
    decision = decisions.get(facts.get("decision", -1))
    rightly = (
        decision is not None
        and decision.index < correction.index
        and decision.facts.get("outcome") == "correct"
        and decision.facts.get("request") == facts.get("request")
        and decision.actor != correction.actor
    )
    if not rightly:
        raise Tampered(
            f"Ledger entry {correction.index} corrected a record without another person's decision to correct it; tell "
            "the auditor."
        )


def _require_lapsed(lapse: Entry, born: Mapping[str, Entry], *, zone: str) -> None:
    """Refuse what calls itself a lapse and is none of the house's own, or came before the term was over."""
    facts: Mapping[str, Any] = lapse.facts
    persons = [born[each] for each in facts.get("gone") or () if each in born]
    early = any(due(lapse_term(), start=person.time, zone=zone) > lapse.time for person in persons)
    if early or lapse.actor != HOUSE or facts.get("tombstones"):
        raise Tampered(
            f"Ledger entry {lapse.index} let somebody go before their term was over, or is none of the house's own; "
            "tell the auditor."
        )


def dropped_and_gone(acts: Sequence[Entry], *, by: frozenset[str]) -> dict[str, Counter[int]]:
    """Return how many records, subjects and merges of each entry were taken away later.

    `by` are the kinds of entry that may take any. Raises `Tampered` for another, and for what was not announced before.
    """
    announced = {entry.index: entry for entry in acts}
    born = {subject: entry.index for entry in acts for subject, _ in _listed(entry, "subjects")}
    gone = {subject for act in acts for subject in _gone(act, born, by=by)}
    merged = [(entry.index, subject) for entry in acts for subject, _ in _listed(entry, "merges")]
    return {
        "records": Counter(index for act in acts for index, _ in _dropped(act, announced, by=by)),
        "subjects": Counter(born[subject] for subject in gone),
        "merges": Counter(index for index, subject in merged if subject in gone),
    }


def require_none_back(store: Store, acts: Sequence[Entry], *, by: frozenset[str]) -> None:
    """Refuse a record or a subject that was taken away and stands in the records again."""
    announced = {entry.index: entry for entry in acts}
    records = {(index, record.record_id) for record, index in store.records()}
    subjects = {row.subject_id for row, _ in store.subjects()}
    for act in acts:
        facts: Mapping[str, Any] = act.facts
        back = [
            f"the record {name}"
            for index, name in _dropped(act, announced, by=by)
            if (index, name) in records
        ]
        back += [f"the subject {name}" for name in facts.get("gone") or () if name in subjects]
        if back:
            raise Tampered(
                f"What ledger entry {act.index} took away is back past the desk: {back[0]}. Open the workspace with "
                "the newest records and tell the auditor."
            )


def _dropped(act: Entry, announced: Mapping[int, Entry], *, by: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Return entry and id of each record that an act took away."""
    facts: Mapping[str, Any] = act.facts
    for index, *positions in facts.get("dropped") or ():
        entry = announced.get(index)
        listed = _listed(entry, "records") if entry is not None and index < act.index else ()
        if (
            act.kind not in by
            or len(set(positions)) != len(positions)
            or not set(positions) <= set(range(len(listed)))
        ):
            raise _unaccounted(act)
        yield from ((index, listed[position][0]) for position in positions)


def _gone(act: Entry, born: Mapping[str, int], *, by: frozenset[str]) -> Sequence[str]:
    """Return the persons that an act took away; `born` is the entry by which each was registered."""
    facts: Mapping[str, Any] = act.facts
    gone: Sequence[str] = facts.get("gone") or ()
    if gone and (act.kind not in by or any(born.get(subject, act.index) >= act.index for subject in gone)):
        raise _unaccounted(act)
    return gone


def _listed(entry: Entry, key: str) -> tuple[tuple[str, str], ...]:
    facts: Mapping[str, Any] = entry.facts
    return tuple((first, second) for first, second in facts.get(key) or ())


def _unaccounted(act: Entry) -> Tampered:
    return Tampered(
        f"Ledger entry {act.index} ({act.kind}) took away a record or a person that no entry before it announced, or "
        "that it may not take; tell the auditor."
    )


def require_left_before(acts: Sequence[Entry], *, days: int) -> None:
    """Refuse sweeps that erased people whose departure no entry before says, or who had not left so many days ago."""
    left: dict[str, date] = {}
    for entry in acts:
        facts: Mapping[str, Any] = entry.facts
        if entry.kind == DEPARTED:
            left[facts["departure"]] = date.fromisoformat(facts["day"])
        for _, person in (facts.get("ended") or {}).get("principals", ()):
            if person not in left or since_departure(left[person], days=days) > entry.time:
                raise Tampered(
                    f"Ledger entry {entry.index} erased a person who had not left, or not long enough ago; restore the "
                    "records from a backup and tell the auditor."
                )
