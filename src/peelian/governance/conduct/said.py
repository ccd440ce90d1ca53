"""What somebody says when they ask to look somebody up: checked, sealed for the oversight body, and counted if empty.

Source: requirement H05; audits of plate readers in 2025 found agencies more than half of whose reasons were vague.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.governance.act import enter_note, refuse
from peelian.governance.kit import Kit, Standing
from peelian.governance.reasons import reason_named
from peelian.governance.wording import check_note

RULE = "reason-says-nothing"


def require_words(kit: Kit, standing: Standing, *, note: str | None) -> None:
    """Enter the note beside a reason, sealed; refuse a reason that is not of the vocabulary, or empty words."""
    try:
        vague = standing.reason is not None and reason_named(standing.reason).vague
        if note is not None or vague:
            check_note(note or "", where="the note beside the reason")
    except BadInput as problem:
        refusal = Refused(
            str(problem),
            rule=RULE,
            citation="house rule, after Directive (EU) 2016/680, Article 25(1)",
            remedy="Give one of the reasons in docs/reference/reasons.md, and say in plain words what is the case.",
        )
        facts: Document = {"capability": standing.capability}
        refuse(kit, replace(standing, reason=None), refusal, facts=facts)
        raise refusal from None
    if note is not None:
        enter_note(kit, standing, sealed=_sealed(kit, note))


def note_said(kit: Kit, sealed: bytes) -> str:
    """Return the words that an entry's side blob seals."""
    return AESGCM(kit.sealing_key).decrypt(sealed[:12], sealed[12:], None).decode()


def _sealed(kit: Kit, note: str) -> bytes:
    """Return the note sealed with the house's key; nonce first."""
    nonce = kit.entropy(12)
    return nonce + AESGCM(kit.sealing_key).encrypt(nonce, note.encode(), None)
