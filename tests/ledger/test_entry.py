"""Entries: a total table of kinds, one spelling of an envelope, nothing odd read back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.canonical import Json, canonical
from peelian.domain.errors import BadInput, Tampered
from peelian.governance.ledger.entry import FACTS_LIMIT_BYTES, Blob, Draft, Entry
from peelian.governance.ledger.kinds import KINDS, Operation
from tests.ledger.begin import START, draft

KIND_TABLE = """
    workspace.opened    admin         -
    principal.enrolled  admin         act
    charter.submitted   admin         act
    charter.approved    review        act
    collection.begun    collection    -
    load.accepted       collection    act
    load.held           collection    act
    held.discarded      erasure       -
    places.loaded       collection    act
    address.fixed       alteration    act
    window.marked       decision      act
    erasure.ordered     decision      act
    rows.erased         erasure       act
    parts.merged        admin         act
    release.published   disclosure    act
    backup.made         disclosure    -
    statement.made      decision      act
    statement.approved  review        act
    extract.read        consultation  -
    request.refused     consultation  -
    forecast.committed  decision      act
    forecast.scored     decision      act
    plan.proposed       decision      act
    plan.approved       review        act
    plan.exported       disclosure    -
    report.published    disclosure    -
    ledger.exported     disclosure    -
    record.read         consultation  -
    subject.registered  collection    act
    subject.sought      consultation  -
    subjects.merged     combination   act
    subject.erased      erasure       act
    record.kept         collection    act
    record.validated    review        act
    proxies.measured    decision      act
    act.abandoned       admin         -
    ledger.read         consultation  -
    witness.missed      admin         -
    rights.requested    admin         act
    rights.identified   admin         act
    rights.answered     disclosure    act
    rights.decided      review        act
    rights.fulfilled    alteration    act
    rights.closed       disclosure    act
    rights.contested    admin         act
    rights.withdrawn    admin         act
    retention.swept     erasure       act
    backup.lacks        erasure       act
    certificate.issued  disclosure    -
    hold.set            decision      act
    hold.approved       review        act
    hold.lifted         decision      act
    reason.noted        consultation  -
    stop.pressed        decision      act
    resumption.proposed decision      act
    resumption.approved review        act
    capability.suspended decision     act
    capability.proposed decision      act
    capability.approved review        act
    case.opened         decision      act
    case.assigned       decision      act
    case.closed         decision      act
    training.recorded   admin         act
    person.posted       admin         act
    watch.kept          admin         act
    misuse.flagged      review        act
    glass.broken        decision      act
    glass.reviewed      review        act
    glass.escalated     admin         act
    breach.recorded     decision      act
    breach.notified     disclosure    act
    breach.exported     disclosure    -
    finding.proposed    decision      act
    finding.opened      consultation  act
    finding.judged      review        act
    finding.acted       decision      act
    finding.urgent      decision      act
    shift.handed        review        act
    rights.searched     consultation  -
    notice.given        disclosure    act
    notice.deferred     decision      act
    subject.lapsed      erasure       act
    record.corrected    alteration    act
    subject.restricted  decision      act
    lifting.proposed    decision      act
    lifting.approved    review        act
    opening.asked       decision      act
    truth.opened        disclosure    act
    authorisation.requested decision  act
    authorisation.ruled     decision  act
    authorisation.rejected  erasure   act
    authorisation.cleared   erasure   act
    file.written        admin         act
    hold.restored       decision      act
    file.destroyed      erasure       act
    decoy.stocked       admin         act
    witnesses.found     admin         act
    witnesses.proposed  decision      act
    witnesses.approved  review        act
    departure.proposed  decision      act
    departure.approved  review        act
"""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def written(number: int = 0, **changes: Json) -> bytes:
    """An envelope with some fields replaced."""
    entry = Entry.write(draft(number), index=number, time=START, blob=None)
    return canonical({**json.loads(entry.envelope), **changes})


def test_the_table_of_kinds_is_this_one() -> None:
    drawn = [line.split() for line in KIND_TABLE.split("\n") if line.strip()]
    assert drawn == [[k.name, k.operation.value, "act" if k.act else "-"] for k in KINDS.values()]


@pytest.mark.requirement("L02")
def test_each_operation_that_the_statutes_name_has_a_kind_of_entry() -> None:
    statutory = {"collection", "alteration", "consultation", "disclosure", "combination", "erasure"}
    assert statutory < {kind.operation.value for kind in KINDS.values()} == set(Operation)


def test_every_kind_is_well_formed_and_explained() -> None:
    for name, kind in KINDS.items():
        assert name == kind.name
        assert re.fullmatch(r"[a-z]+\.[a-z]+", name)
        assert kind.meaning.endswith(".")
        assert kind.meaning.count(".") == 1
        assert kind.operation in Operation


def test_an_envelope_reads_back_as_what_was_written() -> None:
    entry = Entry.write(draft(7), index=7, time=START, blob="ab" * 32)
    assert Entry.read(entry.envelope) == entry
    assert entry.envelope == canonical(json.loads(entry.envelope))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    return [leaf for part in value for leaf in _leaves(part)] if isinstance(value, list) else [value]


def _unsafe(value: Any) -> bool:
    """A float that is spelled like an integer too large for every JSON reader to agree on."""
    return isinstance(value, float) and 2**53 <= abs(value) < 1e21


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_any_facts_survive_or_are_refused_at_once(facts: dict[str, Any]) -> None:
    try:
        made = Draft("extract.read", actor="a", facts=facts)
    except BadInput:
        assert any(_unsafe(value) for value in _leaves(facts))
        return
    entry = Entry.write(made, index=0, time=START, blob=None)
    assert Entry.read(entry.envelope) == entry


@given(st.text(min_size=1), st.none() | st.text(), st.none() | st.text())
def test_any_words_are_spelled_canonically(actor: str, purpose: str | None, rule: str | None) -> None:
    made = Draft("extract.read", actor=actor, purpose=purpose, charter=rule, rule=rule)
    entry = Entry.write(made, index=3, time=START, blob=None)
    assert Entry.read(entry.envelope) == entry
    assert (entry.actor, entry.purpose, entry.rule) == (actor, purpose, rule)


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        (written(v=2), "version 2"),
        (written(mood="good"), "unknown or missing fields: mood"),
        (canonical({k: v for k, v in json.loads(written()).items() if k != "rule"}), "missing fields: rule"),
        (written(kind="extract.burned"), "impossible kind"),
        (written(actor=""), "impossible actor"),
        (written(actor=5), "impossible actor"),
        (written(index=-1), "impossible index"),
        (written(index=True), "impossible index"),
        (written().replace(b'"index":0', b'"index":9007199254740992'), "impossible index"),
        (written(v=True), "not canonical"),
        (written().replace(b'"v":1', b'"v":1.0'), "not canonical"),
        (written().decode().encode("utf-16"), "not canonical"),
        (written().replace(b'"rows":0', b'"rows":9007199254740993'), "not canonical"),
        (written().replace(b'"rows":0', b'"rows":-0'), "not canonical"),
        (written(time="2025-03-01T06:00:00Z"), "impossible time"),  # without milliseconds: a second spelling
        (written(time="2025-03-01T07:00:00.000+01:00"), "impossible time"),
        (written(time="yesterday"), "impossible time"),
        (written(time="2025-03-01T06:00:00.000"), "impossible time"),  # of no zone
        (written(time="2025-02-29T07:00:00.000Z"), "impossible time"),  # no leap year
        (written(time="2025-03-01T07:00:00.000Z "), "impossible time"),
        (written(time="2025-03-01T07:00:00.00\u0663Z"), "impossible time"),  # a digit, but not ours
        (written(blob="AB" * 32), "impossible blob"),
        (written(blob="X" * 64), "impossible blob"),
        (written(facts=["list"]), "impossible facts"),
        (written(purpose=1), "impossible purpose"),
        (b" " + written(), "not canonical"),
        (written()[:-1] + b',"v":1}', "not canonical"),  # a field given twice
        (b"[1]", "not canonical"),
        (b"\xff", "not canonical"),
        (b"[" * 100_000, "not canonical"),
        (b"", "not canonical"),
    ],
)
def test_anything_but_one_strict_envelope_is_refused(envelope: bytes, sentence: str) -> None:
    with pytest.raises(Tampered, match=sentence):
        Entry.read(envelope)


@pytest.mark.parametrize(
    ("kind", "actor", "facts", "sentence"),
    [
        ("extract.dreamt", "a", {}, "no ledger entry of kind"),
        ("extract.read", "", {}, "needs an actor"),
        ("extract.read", "a", {"x": float("nan")}, "canonical JSON"),
        ("extract.read", "a", {"x": 2**60}, "canonical JSON"),
        ("extract.read", "a", {"x": 2.0**53}, "canonical JSON"),  # would read back as an unsafe integer
        ("extract.read", "a", {"x": b"bytes"}, "canonical JSON"),
        ("extract.read", "\ud800", {}, "canonical JSON"),
        ("extract.read", "a", {"x": "y" * FACTS_LIMIT_BYTES}, "sealed blob"),
    ],
)
def test_a_draft_that_could_not_be_written_is_refused_when_it_is_made(
    kind: str, actor: str, facts: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        Draft(kind, actor=actor, facts=facts)


def test_facts_may_take_all_the_room_there_is() -> None:
    room = FACTS_LIMIT_BYTES - len(canonical({"a": ""}))
    assert "x" * room in "".join(Draft("extract.read", actor="a", facts={"a": "x" * room}).wording)
    with pytest.raises(
        BadInput, match=f"take {FACTS_LIMIT_BYTES + 1} bytes; at most {FACTS_LIMIT_BYTES} are kept"
    ):
        Draft("extract.read", actor="a", facts={"a": "x" * (room + 1)})


def test_nobody_can_alter_the_facts_of_a_draft_afterwards() -> None:
    facts = {"rows": [1]}
    made = Draft("extract.read", actor="a", facts=facts)
    facts["rows"].append(2)
    assert made.facts == {"rows": [1]}


def test_a_blob_commitment_hides_what_could_be_guessed() -> None:
    plate = b"AB12 CDE"
    assert Blob(b"\x01" * 32, plate).commitment() != Blob(b"\x02" * 32, plate).commitment()
