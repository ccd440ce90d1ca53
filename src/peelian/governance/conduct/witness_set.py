"""Which witnesses the ledger has, and how many must have seen a head: changed by two people, and so entered.

`witnesses.toml` says where each witness is reached; which they are, by name and key, the ledger says. The house opens
with what was last entered and nothing else. A witness in a folder is held to the key it was entered with, so that
another one put in its place does not count.
Why: docs/adr/0035-witnesses-and-departures.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.time import iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.circumstances.countersigned import countersigned
from peelian.governance.circumstances.own_records import new_record, own_records
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.verify import Vkey
from peelian.governance.ledger.witnesses import NotCosigned, Witnesses
from peelian.governance.principals import Signer
from peelian.governance.recovery import HOUSE
from peelian.governance.stopping.two_people import APPROVED, Matter, approve, open_proposal, propose
from peelian.storage.parts import write_durably
from peelian.storage.rows import Writes

NAME = "witnesses.toml"
KIND, SUBJECT = "witness-set", "ledger"
FOUND = "found"
RULE = "witnesses-as-entered"
ENTRIES = ("witnesses.found", "witnesses.approved")
CHANGE = Matter(KIND, "governance.witnesses", ("witnesses.proposed", "witnesses.approved"))
SIMULATED = "-simulated"
"""What a simulated clock adds to the name of a witness on this machine."""

Read = Callable[[str | None], Witnesses]
"""Reads witnesses from the text of `witnesses.toml`; from None, where there is no file, the one on this machine."""


@dataclass(frozen=True)
class WitnessSet:
    """The witnesses of a ledger as an entry has them: how many must have seen a head, and the key of each."""

    quorum: int
    vkeys: tuple[Vkey, ...]

    def document(self) -> Document:
        """Return it as entries and records have it."""
        listed: list[Json] = [{"name": key.name, "vkey": str(key)} for key in self.vkeys]
        return {"quorum": self.quorum, "witnesses": listed}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> WitnessSet:
        """Read what `document()` wrote."""
        return cls(told["quorum"], tuple(Vkey.parse(each["vkey"]) for each in told["witnesses"]))

    def names(self, witnesses: Witnesses) -> bool:
        """Return whether these witnesses are this set: the same names, keys as far as told, and quorum."""
        entered = {_plain(key.name): key for key in self.vkeys}
        offered = {_plain(member.name): member.key for member in witnesses.members}
        same = all(key is None or key == entered.get(name) for name, key in offered.items())
        return self.quorum == witnesses.quorum and entered.keys() == offered.keys() and same

    def hold(self, witnesses: Witnesses) -> Witnesses:
        """Return the witnesses, each held to the key with which it was entered."""
        entered = {key.name: key for key in self.vkeys}
        return Witnesses(
            tuple(member.held_to(entered.get(member.name)) for member in witnesses.members), witnesses.quorum
        )


@dataclass(frozen=True)
class Entered:
    """The set last entered: which it is, the text of its file and of the one before it (None: without), its entry."""

    set: WitnessSet
    text: str | None
    text_before: str | None
    entry_index: int
    at: datetime


@dataclass(frozen=True)
class Settled:
    """The witnesses a house opens with, and what is to be said of how they came about, if anything."""

    witnesses: Witnesses
    said: tuple[str, ...] = ()


def settle_witnesses(kit: Kit, *, read: Read) -> Settled:
    """Return the witnesses of a house that is being opened: those last entered.

    Where none were entered yet, those of the file are, as the house's own act; before anybody is enrolled nothing is.
    A file that an approved change never reached, or that is gone, is written again from what was entered.
    Raises `Refused`, entered, where the file names other witnesses.
    """
    text = file_text(kit)
    last = last_entered(kit)
    if last is None:
        return _enter_found(kit, text, read(text))
    said: tuple[str, ...] = ()
    if text != last.text and text in (None, last.text_before):
        _write(kit, last.text)
        said = (f"{NAME} was put right: it is as ledger entry {last.entry_index} has it.",)
        text = last.text
    offered = read(text)
    if not last.set.names(offered):
        raise _refused(kit, last, offered)
    if kit.clock.now() - last.at >= timedelta(days=kit.register.data_kind(KIND).retention_days_max) / 2:
        _enter(kit, last.set, before=last.set, text=text)
    return Settled(last.set.hold(offered), said)


def propose_witnesses(kit: Kit, *, actor: Signer, text: str, read: Read) -> Entry:
    """Put forward that the ledger have the witnesses of this file from now on; each must tell its key, or have one."""
    last = _require_entered(kit)
    after = _asked(read(text))
    if after == last.set and text == last.text:
        raise BadInput("These are the witnesses that the ledger has already; nothing would change.")
    said: Document = {**_change(last.set, after), "text": text, "at": iso(kit.clock.now())}
    return propose(kit, CHANGE, actor=actor, subject=SUBJECT, said=said, facts=_change(last.set, after))


def approve_witnesses(kit: Kit, *, actor: Signer) -> Entry:
    """Approve, as the second person, what another put forward; the house has these witnesses when it is next opened."""
    _require_entered(kit)
    proposal = open_proposal(kit, CHANGE, subject=SUBJECT)
    change: Document = {name: proposal.body[name] for name in ("before", "after")}
    entry = approve(kit, CHANGE, actor=actor, subject=SUBJECT, facts=change)
    _write(kit, proposal.body["text"])
    return entry


def last_entered(kit: Kit) -> Entered | None:
    """Return the set last entered; None where none ever was. Refuses where its record was taken away."""
    entered = [r for r in own_records(kit, KIND, subject=SUBJECT) if r.body["state"] in (FOUND, APPROVED)]
    if entered:
        if entered[-1].body["state"] == APPROVED:
            countersigned(entered[-1], kit)
        newest, *earlier = (record.body for record in reversed(entered))
        text_before = earlier[0]["text"] if earlier else None
        return Entered(
            WitnessSet.of(newest["after"]),
            newest["text"],
            text_before,
            entered[-1].entry_index,
            entered[-1].at,
        )
    if lost := [entry.index for entry in kit.ledger.acts() if entry.kind in ENTRIES and _stands(kit, entry)]:
        raise Tampered(
            f"Ledger entry {lost[-1]} entered the witnesses of this house, but its record is gone; restore the records "
            "from a backup and tell the auditor."
        )
    return None


def waiting(kit: Kit) -> WitnessSet | None:
    """Return the set that somebody put forward and nobody has approved yet; None where nothing waits."""
    try:
        return WitnessSet.of(open_proposal(kit, CHANGE, subject=SUBJECT).body["after"])
    except BadInput:
        return None


def file_text(kit: Kit) -> str | None:
    """Return what stands in the workspace's `witnesses.toml`; None where there is none."""
    path = _path(kit)
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path} is not UTF-8 (byte {error.start}); remove it, and it is written again."
        ) from error


def _enter_found(kit: Kit, text: str | None, found: Witnesses) -> Settled:
    """Enter, as the house's own, what it is first opened with; where a witness does not tell its key, another time."""
    if not kit.ledger.size:
        return Settled(found)
    try:
        after = _asked(_with_known_keys(kit, found))
    except NotCosigned as problem:
        return Settled(found, (f"The witnesses of this house are not entered yet: {problem}",))
    entry = _enter(kit, after, before=None, text=text)
    said = f"The witnesses of this house are entered ({found.named}; ledger entry {entry.index})."
    return Settled(after.hold(found), (said, "From now on two people change them: `peelian witness set`."))


def _enter(kit: Kit, after: WitnessSet, *, before: WitnessSet | None, text: str | None) -> Entry:
    """Enter a set as the house's own act: what was found, or what stands, before its record is over."""
    change: Document = {"before": None if before is None else before.document(), "after": after.document()}
    body: Document = {"state": FOUND, **change, "text": text, "at": iso(kit.clock.now())}
    writes = Writes(records=(new_record(kit, KIND, subject=SUBJECT, body=body),))
    return carry_out_as_house(kit, ENTRIES[0], rule=RULE, facts=change, writes=writes)


def _with_known_keys(kit: Kit, found: Witnesses) -> Witnesses:
    """Hold each witness that ever cosigned to the key it did it with, so that nobody needs to be asked."""
    return WitnessSet(found.quorum, tuple(kit.ledger.witnesses())).hold(found)


def _asked(witnesses: Witnesses) -> WitnessSet:
    keys = sorted((member.vkey() for member in witnesses.members), key=str)
    if len({_plain(key.name) for key in keys}) < len(keys):
        raise BadInput(
            "Two of these witnesses have one name; each counts once, so give each a name of its own."
        )
    return WitnessSet(witnesses.quorum, tuple(keys))


def _require_entered(kit: Kit) -> Entered:
    last = last_entered(kit)
    if last is None:
        raise BadInput(
            "The witnesses of this house are not entered yet; open it while each of them is there."
        )
    return last


def _change(before: WitnessSet, after: WitnessSet) -> Document:
    return {"before": before.document(), "after": after.document()}


def _stands(kit: Kit, entry: Entry) -> bool:
    """Return whether an entry was not answered as abandoned."""
    later = kit.ledger.entries(entry.index + 1)
    return not any(e.kind == "act.abandoned" and e.facts.get("entry") == entry.index for e in later)


def _refused(kit: Kit, last: Entered, offered: Witnesses) -> Refused:
    entered = ", ".join(key.name for key in last.set.vkeys)
    refusal = Refused(
        f"This house has the witnesses {entered} with a quorum of {last.set.quorum} (ledger entry "
        f"{last.entry_index}), but {_path(kit)} or PEELIAN_WITNESS would have {offered.named} with "
        f"{offered.quorum}, or another key.",
        rule=RULE,
        citation="house rule, requirement L09, after C2SP tlog-witness",
        remedy=f"Remove {NAME}, and it is written again as entered; two people change it with `peelian witness set`.",
    )
    kit.ledger.append(Draft("request.refused", actor=HOUSE, rule=RULE, facts={"entered": last.entry_index}))
    return refusal


def _plain(name: str) -> str:
    return name.removesuffix(SIMULATED)


def _path(kit: Kit) -> Path:
    return kit.store.workspace.home / NAME


def _write(kit: Kit, text: str | None) -> None:
    """Put the file right, durably; without a text there is to be none."""
    if text is None:
        _path(kit).unlink(missing_ok=True)
    else:
        write_durably(_path(kit), text.encode())
