"""People, a charter and questions for these tests: everything in order, so that each test spoils one thing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from importlib import resources

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.governance.charter import Charter, example_text, read_charter
from peelian.governance.policy import Question
from peelian.governance.principals import Principal, Role, Signer
from peelian.governance.register import ROOMS, installed_register

DAY = date(2026, 7, 1)
RECIPIENT = "Patrol units of the demonstration agency"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def key(number: int) -> Ed25519PrivateKey:
    """Return the same key for the same number."""
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


def person(name: str, *roles: Role, number: int = 1) -> Principal:
    """Return a person whose id and key follow from `number`."""
    return Principal(
        id=f"01985a00-0000-7000-8000-{number:012d}",
        name=name,
        roles=frozenset(roles),
        public_key=key(number).public_key().public_bytes_raw(),
    )


def signer(name: str, *roles: Role, number: int = 1) -> Signer:
    """Return the person together with the key."""
    return Signer(person(name, *roles, number=number), key(number))


@cache
def charter() -> Charter:
    """Return the demonstration's charter."""
    return read_charter(example_text(), register=installed_register())


def question(role: Role, act: str, *, through: str | None, **told: object) -> Question:
    """Return a question in which everything else is in order; `act` is e.g. "read incident"."""
    action, _, kind = act.partition(" ")
    asked = {
        "principal": person("Ann", role),
        "action": action,
        "resource_kind": kind,
        "purpose": {"ledger": "lawfulness", "truth-opening": "supervision"}.get(kind, "burglary-prevention"),
        "capability": through,
        "charter": charter(),
        "today": DAY,
        "self_approval": False,
        "period_started": False,
        "approved": True,
        "recipient": RECIPIENT,
        "stopped": False,
        "suspended": False,
        "trained": True,
        "frozen": False,
        "departed": False,
        "reason_fits": True,
        "case": "fits",
        "restricted": False,
        "authorised": True,
        "authorisation": "not-needed",
    }
    return Question(**(asked | told))  # type: ignore[arg-type]  # the tests spoil the types on purpose


def installed_cards() -> dict[str, str]:
    """Return the texts of all cards, by room."""
    texts = {room: (resources.files(f"peelian.{room}") / "card.yaml").read_text("utf-8") for room in ROOMS}
    return texts | {
        "governance": (resources.files("peelian.governance") / "register.yaml").read_text("utf-8")
    }
