"""The terms of a charter, as frozen values, and the two questions put to them: in force? permitted?

For: everybody who acts under a charter. For reading one from its file see charter.py.
Not for: who approved it (the records know) and who may act under it (policy.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from peelian.domain.errors import Refused
from peelian.domain.incident import Origin

LEAST_DECOYS, MOST_DECOYS = 0.02, 0.05
"""Decoys among what is read, as the requirement bounds them (H04)."""


@dataclass(frozen=True)
class Area:
    """Where: a name, and optionally west, south, east, north in degrees (WGS 84)."""

    name: str
    bbox: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class Review:
    """How many other people approve, what they look at before they do, and the share of decoys among findings."""

    approvals: int
    rule: str
    decoy_share: float = MOST_DECOYS


@dataclass(frozen=True)
class CharterLimits:
    """Bounds that no plan or figure under the charter may pass. Minutes as Koper (1995) found them useful."""

    places_max: int
    dwell_min_minutes: int
    dwell_max_minutes: int
    revisit_gap_minutes: int
    small_number_k: int


@dataclass(frozen=True)
class Responsible:
    """Who answers for it, to whom, and where a person complains."""

    vendor: str
    agency: str
    operator: str
    answers_to: str
    redress: str


@dataclass(frozen=True)
class Recipient:
    """Somebody outside the desk who may be handed something, and on which basis.

    `transfer_basis` is the law for handing it to another jurisdiction than the charter's; empty within it.
    """

    name: str
    jurisdiction: str
    kinds: tuple[str, ...]
    legal_basis: str
    transfer_basis: str


@dataclass(frozen=True)
class Mandate:
    """What an analysis across sources may use: the sources by data kind, the method, and from which danger on
    (BVerfG, 16 February 2023, 1 BvR 1547/19: the weightier the intrusion, the more concrete the danger).
    """

    sources: tuple[str, ...]
    method: str
    threshold: str


@dataclass(frozen=True)
class Charter:
    """One version of one charter, as its file says. `digest` is the SHA-256 of the file's exact bytes.

    It holds on every day with `valid_from <= day < expires`; `retention` is (data kind, days), `registration` is
    (high-risk capability, its id in the register that law asks for), `admitted_inputs` are inputs on the prohibited
    list that its purpose may admit by name.
    """

    id: str
    version: int
    title: str
    owner: str
    valid_from: date
    expires: date
    law: tuple[str, ...]
    capabilities: tuple[str, ...]
    purpose: str
    legal_basis: str
    necessity: str
    proportionality: str
    data: tuple[str, ...]
    offences: tuple[str, ...]
    origins: tuple[Origin, ...]
    origins_reason: str
    models: tuple[str, ...]
    area: Area
    retention: tuple[tuple[str, int], ...]
    review: Review
    limits: CharterLimits
    responsible: Responsible
    digest: str
    registration: tuple[tuple[str, str], ...] = ()
    recipients: tuple[Recipient, ...] = ()
    mandate: Mandate | None = None
    admitted_inputs: tuple[str, ...] = ()
    admitted_inputs_reason: str = ""

    def __str__(self) -> str:
        return f"{self.id} v{self.version}"


def in_force(charter: Charter, *, on: date) -> None:
    """Refuse on a day on which the charter does not hold."""
    if on < charter.valid_from:
        _refuse(
            f"The charter {charter} holds from {charter.valid_from} on, not yet on {on}.",
            rule="charter-not-yet-valid",
            remedy=f"Wait until {charter.valid_from}, or have a charter approved that holds now.",
        )
    if on >= charter.expires:
        _refuse(
            f"The charter {charter} expired on {charter.expires}; this is {on}.",
            rule="charter-expired",
            remedy="Write a new version that says why it is still needed, and have it approved.",
        )


def permits(
    charter: Charter, *, capability: str, purpose: str, data_kind: str, offences: Iterable[str] = ()
) -> None:
    """Refuse what the charter does not name: another capability, purpose, data kind or offence."""
    asked = {
        "capability": ((capability,), charter.capabilities),
        "purpose": ((purpose,), (charter.purpose,)),
        "data-kind": ((data_kind,), charter.data),
        "offence": (tuple(offences), charter.offences),
    }
    for what, (wanted, named) in asked.items():
        outside = [item for item in wanted if item not in named]
        if outside:
            word = what.replace("-", " ")
            _refuse(
                f"The charter {charter} does not name the {word} {', '.join(map(repr, outside))}.",
                rule=f"{what}-outside-charter",
                remedy=f"It names: {', '.join(named)}. For another {word}, have another charter approved.",
            )


def _refuse(sentence: str, *, rule: str, remedy: str) -> None:
    raise Refused(
        sentence,
        rule=rule,
        citation="house rule: nothing without a charter; after Directive (EU) 2016/680, Article 4(1)(b)",
        remedy=remedy,
    )
