"""Errors are one sentence for a human: what was wrong, where, which rule, what to do."""

from __future__ import annotations


class PeelianError(Exception):
    """The root of everything this house raises on purpose; `str()` of it is shown to people as it is."""


class BadInput(PeelianError):
    """What came in is not usable: a file, a setting, an argument. Nothing of it was kept half-written."""


class Refused(PeelianError):
    """A rule forbids the act.

    Parameters
    ----------
    sentence : what was asked and why it is refused, for the person who asked.
    rule : id of the rule that refused (a policy id, or the id of a house rule).
    citation : the law or the decision the rule stands on.
    remedy : what the person can do instead.
    """

    def __init__(self, sentence: str, *, rule: str, citation: str, remedy: str) -> None:
        super().__init__(f"{sentence} [{rule}: {citation}] {remedy}")
        self.sentence = sentence
        self.rule = rule
        self.citation = citation
        self.remedy = remedy


class Tampered(PeelianError):
    """Stored or exported material does not agree with what was committed to."""


class Busy(PeelianError):
    """Somebody else holds the one writer's lock."""
