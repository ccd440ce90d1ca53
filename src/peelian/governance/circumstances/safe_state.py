"""The safe state: what still goes on once the stop button is pressed or a capability is suspended.

For: one table that says it, act by act, with the reason. What the table does not name halts; so a new act is
halted until somebody has thought about it.
Source: Regulation (EU) 2024/1689, Article 14(4)(e): to "interrupt the system through a 'stop' button or a
similar procedure that allows the system to come to a halt in a safe state".
"""

from __future__ import annotations

from dataclasses import dataclass

from peelian.governance.card import Action

EVERYTHING = "*"


@dataclass(frozen=True)
class GoesOn:
    """An act that the safe state leaves standing: on which data kinds (`EVERYTHING`, or by name), and why."""

    action: Action
    kinds: tuple[str, ...]
    why: str


GOES_ON: tuple[GoesOn, ...] = (
    GoesOn(Action.READ, (EVERYTHING,), "Whoever answers for what was done must be able to look at it."),
    GoesOn(Action.COLLECT, (EVERYTHING,), "A delivery turned away may be lost, and nothing is made of it."),
    GoesOn(Action.SCORE, (EVERYTHING,), "What was forecast before is still held against what happened."),
    GoesOn(Action.ERASE, (EVERYTHING,), "A right to erasure does not wait for a machine."),
    GoesOn(Action.MERGE, (EVERYTHING,), "The same rows, in fewer files."),
    GoesOn(Action.AUDIT, (EVERYTHING,), "Oversight is what a stop is for."),
    GoesOn(Action.ENROLL, (EVERYTHING,), "Whoever is to put it right may have to be enrolled first."),
    GoesOn(
        Action.JUDGE, (EVERYTHING,), "What was put forward before the stop is still read, and may be refuted."
    ),
    GoesOn(Action.SUBMIT, (EVERYTHING,), "To put something forward decides nothing."),
    GoesOn(
        Action.APPROVE,
        (
            "charter",
            "erasure-statement",
            "release-statement",
            "legal-hold",
            "rights-step",
            "stop",
            "suspension",
            "restriction",
            "truth-opening",
            "authorisation",
        ),
        "A second person decides about the house, or about what somebody is owed, not about the city.",
    ),
    GoesOn(
        Action.EXPORT,
        ("backup", "ledger", "breach"),
        "Copies, proofs and evidence leave for those who keep or examine them.",
    ),
)


def makes_new(action: str, kind: str) -> bool:
    """Return whether this act makes something new of the city's data, which the safe state halts."""
    return not any(row.action == action and (EVERYTHING in row.kinds or kind in row.kinds) for row in GOES_ON)
