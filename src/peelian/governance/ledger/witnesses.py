"""Asking the witnesses: any number of them, each with a key of its own, and how many must have seen a head.

A witness that is away or refuses for a reason of its own is said, in the result and in the ledger, and stops nothing
while the quorum is met. One that remembers another history of this log always stops everything: that is what
witnesses are for.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.governance.ledger.cosigner import Conflict, Request
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import proving
from peelian.governance.ledger.verify import Trust, Vkey, WitnessedHead, open_checkpoint, open_quorum

HOUSE = "house"
WHY_CHARACTERS = 300


class NotCosigned(PeelianError):
    """A witness refused or could not be asked, or too few cosigned; the sentence is its own."""


class OtherHistory(NotCosigned):
    """The witness remembers a head that this one does not continue: history was changed, here or there."""


class Witness(Protocol):
    """How a ledger reaches one witness, on this machine or another."""

    @property
    def name(self) -> str:
        """Return its key name."""
        ...

    @property
    def key(self) -> Vkey | None:
        """Return its verifier key as the house was told it; None where the witness itself is asked."""
        ...

    def vkey(self) -> Vkey:
        """Return its verifier key."""
        ...

    def held_to(self, key: Vkey | None) -> Witness:
        """Return it with the key it is held to; whatever another key signs does not count. None leaves it as it is."""
        ...

    def ask(self, request: Request, *, log: Vkey) -> str:
        """Return its answer, signature lines, to an add-checkpoint request.

        Raises `Conflict` where it remembers another size, `OtherHistory` where the head does not continue the one
        it remembers, `NotCosigned` where it refuses otherwise or cannot be reached.
        """
        ...


@dataclass(frozen=True)
class Cosigned(WitnessedHead):
    """A head that enough witnesses cosigned; `missing` says, in sentences, which others did not and why."""

    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Witnesses:
    """The witnesses of a house, and how many of them make a head a witnessed one."""

    members: tuple[Witness, ...]
    quorum: int

    def __post_init__(self) -> None:
        if not 1 <= self.quorum <= len(self.members):
            raise BadInput(
                f"A quorum of {self.quorum} among {len(self.members)} witnesses is none; name at least as many "
                "witnesses as must have seen a head, and at least one."
            )

    @property
    def named(self) -> str:
        """Return their names in words."""
        return ", ".join(member.name for member in self.members)

    def cosign(self, ledger: Ledger) -> Cosigned:
        """Sign the present head, have every witness cosign it, and keep every cosignature.

        Raises `Tampered` where a witness has seen a longer history than this one, `OtherHistory` where one has seen
        another, `NotCosigned` where fewer than the quorum cosigned.
        """
        note = ledger.checkpoint()
        with ThreadPoolExecutor(len(self.members)) as asking:
            asked = [asking.submit(_cosign, ledger, note, member) for member in self.members]
        failures = [error for each in asked if (error := each.exception()) is not None]
        for failure in sorted(failures, key=lambda error: not isinstance(error, Tampered)):
            if not isinstance(failure, NotCosigned) or isinstance(failure, OtherHistory):
                raise failure
        if len(self.members) - len(failures) < self.quorum:
            raise self._too_few(failures)
        missing = tuple(str(failure) for failure in failures)
        for sentence in missing:
            ledger.append(_missed(sentence))
        return self._cosigned(ledger, note, missing=missing)

    def witnessed_at(self, ledger: Ledger, index: int) -> datetime | None:
        """Return when the quorum first vouched for a head that holds entry `index`, if it has."""
        found = (ledger.witnessed_at(index, witness=member.vkey()) for member in self.members)
        times = sorted(time for time in found if time is not None)
        return times[self.quorum - 1] if len(times) >= self.quorum else None

    def _too_few(self, failures: list[BaseException]) -> BaseException:
        if len(self.members) == 1:
            return failures[0]
        came = len(self.members) - len(failures)
        reasons = " ".join(str(failure) for failure in failures)
        return NotCosigned(f"{came} of {len(self.members)} witnesses cosigned, {self.quorum} must: {reasons}")

    def _cosigned(self, ledger: Ledger, note: str, *, missing: tuple[str, ...]) -> Cosigned:
        with proving():
            size = open_checkpoint(note, log=ledger.vkey).size
            kept = next(head.note for head in ledger.checkpoints() if head.size == size)
            keys = {member.vkey() for member in self.members} & set(ledger.witnesses())
            head = open_quorum(kept, Trust(ledger.vkey, tuple(keys), self.quorum))
        return Cosigned(head.size, head.root, head.time, head.note, missing)


def _missed(sentence: str) -> Draft:
    return Draft("witness.missed", actor=HOUSE, rule="quorum", facts={"why": sentence[:WHY_CHARACTERS]})


def _cosign(ledger: Ledger, note: str, witness: Witness) -> WitnessedHead:
    """Have one witness cosign the head in `note`, and keep its cosignature in the ledger."""
    key = witness.vkey()
    with proving():
        size = open_checkpoint(note, log=ledger.vkey).size
    last = ledger.newest_witnessed(by=key)
    ask: Callable[[int], str] = partial(_ask, ledger, note, witness, size)
    try:
        answer = ask(last.size if last else 0)
    except Conflict as conflict:
        if conflict.size > size:
            raise Tampered(
                f"The witness {witness.name} has seen {conflict.size} entries, but the ledger holds {size}: "
                "it was cut back or an old copy was restored."
            ) from None
        answer = ask(conflict.size)
    return ledger.witnessed(note + _lines_of(answer, key), witness=key)


def _ask(ledger: Ledger, note: str, witness: Witness, size: int, old: int) -> str:
    return witness.ask(Request(old, ledger.prove_consistency(old, size), note), log=ledger.vkey)


def _lines_of(answer: str, key: Vkey) -> str:
    """Return the lines in the witness's own name: what others may have signed is not taken from it."""
    return "".join(line for line in answer.splitlines(keepends=True) if line.startswith(f"— {key.name} "))
