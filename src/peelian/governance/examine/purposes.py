"""For what the ledger may be read: four purposes, and the law has no fifth."""

from __future__ import annotations

from enum import StrEnum


class LogPurpose(StrEnum):
    """The purposes of Directive (EU) 2016/680, Article 25(2), and of the UK DPA 2018, section 62(4)."""

    LAWFULNESS = "lawfulness"  # to verify that what was done was lawful
    SELF_MONITORING = "self-monitoring"  # the agency's own supervision, disciplinary proceedings included
    INTEGRITY = "integrity"  # the integrity and security of the data, this ledger's own proofs among it
    CRIMINAL_PROCEEDINGS = "criminal-proceedings"
