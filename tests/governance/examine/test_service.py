"""Whoever looks at the ledger is in it: one entry for each look, for one of four purposes, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.governance.examine.purposes import LogPurpose
from peelian.governance.examine.service import (
    export_ledger,
    list_entries,
    prove_entry,
    show_entry,
    verify_ledger,
)
from peelian.governance.house import House
from peelian.governance.ledger.verify import Trust, verify_bundle
from peelian.governance.policy import Policy
from peelian.governance.principals import Role
from peelian.governance.recovery import HOUSE
from tests.governance.made import question
from tests.houses import TestHouse, found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    made = found(tmp_path_factory.mktemp("examined"))
    with made.open() as opened:
        opened.cosign()
    return made


WHY = LogPurpose.LAWFULNESS
LOOKS: dict[str, Callable[[House, Path], object]] = {
    "list": lambda h, _: list_entries(h.kit, actor=h.signer("Aud"), purpose=WHY),
    "list none": lambda h, _: list_entries(h.kit, actor=h.signer("Aud"), purpose=WHY, kind="rows.erased"),
    "show": lambda h, _: show_entry(h.kit, actor=h.signer("Aud"), purpose=WHY, index=0),
    "prove": lambda h, _: prove_entry(h.kit, actor=h.signer("Aud"), purpose=WHY, index=0),
    "verify": lambda h, _: verify_ledger(h.kit, actor=h.signer("Aud"), purpose=WHY),
    "the house verifies": lambda h, _: verify_ledger(h.kit, actor=None),
    "export": lambda h, to: export_ledger(h.kit, actor=h.signer("Aud"), purpose=WHY, folder=to),
    "tiles": lambda h, to: export_ledger(h.kit, actor=h.signer("Aud"), purpose=WHY, folder=to, tiles=True),
}


def said(look: str, size: int) -> tuple[str, Document]:
    """Return kind and facts of the entry that a look at a ledger of `size` entries leaves."""
    part: Document = {"from": 0, "to": 1}
    found: dict[str, tuple[str, Document]] = {
        "list": ("ledger.read", {"look": "list", "from": 0, "to": size, "kind": None, "seen": size}),
        "list none": (
            "ledger.read",
            {"look": "list", "from": 0, "to": size, "kind": "rows.erased", "seen": 0},
        ),
        "show": ("ledger.read", {"look": "show", **part, "kind": None, "seen": 1}),
        "prove": ("ledger.read", {"look": "prove", **part}),
        "export": ("ledger.exported", {"entries": size + 1, "as": "lines"}),
        "tiles": ("ledger.exported", {"entries": size + 1, "as": "tiles"}),
    }
    return found.get(look, ("ledger.read", {"look": "verify", "from": 0, "to": size}))


@pytest.mark.requirement("L04")
@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_the_ledger_adds_exactly_one_entry_and_so_does_a_look_at_that(
    house: TestHouse, tmp_path: Path, look: str
) -> None:
    with house.open() as opened:
        for number in range(3):
            before = opened.kit.ledger.size
            LOOKS[look](opened, tmp_path / str(number))
            assert opened.kit.ledger.size == before + 1
            entry = opened.kit.ledger.entry(before)
            asker = HOUSE if look == "the house verifies" else opened.signer("Aud").principal.id
            assert (entry.actor, entry.kind, entry.facts) == (asker, *said(look, before))
            assert entry.purpose == (LogPurpose.INTEGRITY if asker == HOUSE else WHY)


@pytest.mark.requirement("L04", "L08")
def test_the_entry_says_what_was_seen_none_included(house: TestHouse) -> None:
    with house.open() as opened:
        actor, ledger = opened.signer("Aud"), opened.kit.ledger
        look = list_entries(opened.kit, actor=actor, purpose=WHY, start=1, stop=9, kind="principal.enrolled")
        assert [entry.kind for entry in look.entries] == ["principal.enrolled"] * 5
        assert look.entry.facts == {
            "look": "list",
            "from": 1,
            "to": 9,
            "kind": "principal.enrolled",
            "seen": 5,
        }
        shown = show_entry(opened.kit, actor=actor, purpose=WHY, index=look.entry.index)
        assert shown.entries == (look.entry,)
        assert shown.entry == ledger.entry(look.entry.index + 1)
        assert list_entries(opened.kit, actor=actor, purpose=WHY, start=2, stop=4).entries == tuple(
            ledger.entries(2, 4)
        )
        none = list_entries(opened.kit, actor=actor, purpose=WHY, kind="rows.erased")
        assert (none.entries, none.entry.facts["seen"]) == ((), 0)
        assert ledger.entry(none.entry.index).actor == actor.principal.id


@pytest.mark.requirement("L04")
def test_a_fifth_purpose_is_refused_by_the_law_s_own_rule_and_shows_nothing(house: TestHouse) -> None:
    policy = Policy.load()
    for act in ("read ledger", "audit ledger", "export ledger"):
        for purpose in LogPurpose:
            asked = question(Role.AUDITOR, act, through="ledger.audit", purpose=purpose, charter=None)
            assert policy.decide(asked).allowed
        for other in ("burglary-prevention", "oversight", "research", "Lawfulness", "", None):
            asked = question(Role.AUDITOR, act, through="ledger.audit", purpose=other, charter=None)
            decision = policy.decide(asked)
            assert (decision.allowed, decision.rule) == (False, "ledger-for-four-purposes")
    with house.open() as opened:
        before = opened.kit.ledger.size
        with pytest.raises(Refused, match="for nothing else"):
            list_entries(opened.kit, actor=opened.signer("Aud"), purpose="curiosity")  # type: ignore[arg-type]
        assert [entry.kind for entry in opened.kit.ledger.entries(before)] == ["request.refused"]


@pytest.mark.parametrize("name", ["Ann", "Abe", "Col", "Adm"])
def test_only_an_auditor_looks(house: TestHouse, name: str) -> None:
    with house.open() as opened:
        for look in (list_entries, verify_ledger):
            with pytest.raises(Refused, match="No rule lets"):
                look(opened.kit, actor=opened.signer(name), purpose=WHY)  # type: ignore[operator]


@pytest.mark.parametrize("asked", [{"start": -1}, {"start": 5, "stop": 2}, {"kind": "gossip"}])
def test_what_is_no_part_of_the_ledger_is_said(house: TestHouse, asked: dict[str, object]) -> None:
    with house.open() as opened:
        with pytest.raises(BadInput):
            list_entries(opened.kit, actor=opened.signer("Aud"), purpose=WHY, **asked)  # type: ignore[arg-type]


@pytest.mark.requirement("L10")
def test_an_exported_copy_is_verified_without_the_house_and_without_an_entry(
    house: TestHouse, tmp_path: Path
) -> None:
    with house.open() as opened:
        export_ledger(
            opened.kit, actor=opened.signer("Aud"), purpose=WHY, folder=tmp_path / "tiles", tiles=True
        )
        trust = Trust(opened.kit.ledger.vkey, opened.kit.ledger.witnesses(), 1)
        size = opened.kit.ledger.size
    (tmp_path / "away").mkdir()
    house.home.rename(tmp_path / "away" / "home")
    try:
        assert verify_bundle(tmp_path / "tiles", trust).entries == size
    finally:
        (tmp_path / "away" / "home").rename(house.home)
