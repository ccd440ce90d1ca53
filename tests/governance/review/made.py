"""Findings, readers and a house with a charter for review: everything in order, so that each test spoils one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from peelian.domain.finding import About, Assertion, Evidence, Finding, Severity
from peelian.governance.charter import example_text
from peelian.governance.desk import Desk
from peelian.governance.house import House
from peelian.governance.principals import Role
from peelian.governance.review.decoys import Decoy
from peelian.governance.review.filing import Concerned
from peelian.governance.review.grounds import Ground, GroundKind
from peelian.governance.review.service import REASON, _place, propose_finding
from peelian.governance.review.stock import Stocked
from peelian.governance.review.verdict import Opinion, Verdict, Why
from peelian.governance.service import approve_charter, enrol, submit_charter
from tests.governance.made import NOON
from tests.houses import PURPOSE, TestHouse, civil_day, found

CAPABILITY = "governance.review"
REVIEWERS = ("Rea", "Ruth")
KINDS = (
    *("finding", "review-state", "judgement", "disposition", "handover"),
    *("sealed-finding", "sealed-judgement", "sealed-disposition"),
)

EVIDENCE = (
    Evidence("clip 4711", "A pane breaks and somebody climbs in.", Assertion.FACT, "B2"),
    Evidence("clip 4712", "The same yard ten minutes before.", Assertion.FACT, "B2"),
    Evidence("note 9", "The shop was closed that night.", Assertion.ASSESSMENT, "C3"),
)

CONFIRMED = Opinion(
    Verdict.CONFIRMED,
    Why.SHOWN,
    "Both clips show the pane breaking inwards and a figure climbing through the frame afterwards.",
)
UNFOUNDED = Opinion(
    Verdict.UNFOUNDED,
    Why.OTHER_THING,
    "What breaks is a bottle in the glass container beside the wall; the pane stays whole throughout.",
)
GROUND = Ground(
    GroundKind.CALL,
    "CAD 2026-118",
    "The shop's neighbour rang and said that she saw the pane broken from her own window.",
)


def finding(**changes: object) -> Finding:
    """Return a finding about a place, or one changed."""
    made = Finding(
        finding_id="01985a00-0000-7000-8000-00000000000f",
        capability=CAPABILITY,
        about=About.PLACE,
        severity=Severity.HIGH,
        says="A shop window was broken at the north gate.",
        score=0.87,
        explanation="The sound fits breaking glass at 0.87 and the picture a moving pane.",
        model_version="glass 1.2",
        area_prior=0.31,
        evidence=EVIDENCE,
        proposer="microphone 7",
        made_at=NOON,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # tests spoil the types on purpose


def decoy(*, holds: bool = False, **changes: object) -> Decoy:
    """Return a decoy."""
    return Decoy(finding(says="A shutter was forced at the south gate.", **changes), holds=holds)


def review_charter(*, first: date, approvals: int = 1) -> str:
    """Return a charter for review and nothing else."""
    text = example_text(valid_from=first, expires=first + timedelta(days=365))
    lines = [line for line in text.split("\n") if not line.startswith(("capabilities =", "data ="))]
    head, _, tail = "\n".join(lines).partition("[retention]")
    kept = tail[tail.index("[review]") :].replace("approvals = 1", f"approvals = {approvals}")
    quoted = ", ".join(f'"{kind}"' for kind in KINDS)
    named = f'capabilities = ["{CAPABILITY}"]\ndata = [{quoted}]\n'
    terms = "\n".join(f"{kind} = 365" for kind in KINDS)
    head = head.replace('id = "demo-burglary"', 'id = "demo-review"').replace("[area]", f"{named}\n[area]")
    return f"{head}[retention]\n{terms}\n\n{kept}"


def reviewing(folder: Path, *, approvals: int = 1) -> TestHouse:
    """Found a house with two reviewers and a charter for review."""
    house = found(folder)
    with house.open() as opened:
        staffed(opened, approvals=approvals)
    return house


def staffed(opened: House, *, approvals: int = 1, names: Sequence[str] = REVIEWERS) -> None:
    """Enrol the reviewers and have a charter for review approved."""
    kit, keys = opened.kit, opened.folder("keys")
    for name in names:
        enrol(kit, actor=opened.signer("Adm"), name=name, roles=[Role.REVIEWER], keys=keys)
    text = review_charter(first=civil_day(kit.clock.now()), approvals=approvals)
    submitted = submit_charter(kit, actor=opened.signer("Ann"), text=text)
    approve_charter(kit, actor=opened.signer("Abe"), charter_digest=submitted.digest)


def put_forward(house: TestHouse, *, concerned: Concerned | None = None, **changes: object) -> str:
    """Have Ann put a finding forward; return its id."""
    with house.desk("Ann") as desk:
        return put_forward_at(desk, concerned=concerned, **changes)


def put_forward_at(desk: Desk, *, concerned: Concerned | None = None, **changes: object) -> str:
    """Put a finding forward at a desk, made a minute ago, with an id drawn there; return the id."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
        named = {"finding_id": sitting.new_id(), "made_at": sitting.now() - timedelta(minutes=1)} | changes
    made = finding(**named)
    propose_finding(desk, purpose=PURPOSE, finding=made, concerned=concerned)
    return made.finding_id


def place_decoy(desk: Desk, made: Decoy) -> str:
    """Have the house place a decoy now, where its own draw would have come sooner or later; return the finding id."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        stocked = Stocked(sitting.new_id(), made)
        _place(sitting, stocked, timedelta(minutes=1))
    return stocked.finding_id
