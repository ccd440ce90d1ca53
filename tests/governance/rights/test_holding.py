"""No kind of record about persons without a door that answers for it: by construction, not by somebody's memory."""

from __future__ import annotations

import importlib

from peelian.app.rights import HOLDINGS
from peelian.governance.reasons import needs_reason
from peelian.governance.register import installed_register
from peelian.governance.rights.holding import FILED_OTHERWISE, OWN, Holding, SealedKinds, unanswered
from tests.governance.persons.made import with_files
from tests.house.test_no_act_without_entry import DOORS


def about_persons() -> frozenset[str]:
    kinds = installed_register().data_kinds
    return frozenset(kind.id for kind in kinds if kind.sealed or needs_reason(kind))


def test_every_kind_about_persons_is_answered_for_or_says_why_it_is_filed_under_none() -> None:
    assert unanswered(about_persons(), (OWN, *HOLDINGS)) == ()
    assert set(FILED_OTHERWISE) <= about_persons(), "a reason for a kind that there is not"


def test_app_asks_every_door_that_declares_what_it_holds() -> None:
    doors = [importlib.import_module(f"peelian.{door}.service") for door in DOORS]
    named = [each for door in doors for each in vars(door).values() if not isinstance(each, type)]
    assert {each for each in named if isinstance(each, Holding)} == set(HOLDINGS)
    assert isinstance(OWN, Holding), "or the line above finds nothing"


def test_a_new_kind_about_persons_is_missed_until_somebody_answers_for_it() -> None:
    register, _ = with_files()
    kinds = frozenset(kind.id for kind in register.data_kinds if kind.sealed or needs_reason(kind))
    assert unanswered(kinds, (OWN, *HOLDINGS)) == ("sighting", "statement", "suspicion")
    room = SealedKinds("file.keep", frozenset({"sighting", "suspicion"}))
    assert unanswered(kinds, (OWN, *HOLDINGS, room)) == ("statement",)
