"""The door to rights: ask, prove, answer, decide, fulfil, close; every step an act with its ledger entry.

It needs no charter: a right does not depend on the agency's leave. What rooms keep is read through their own doors,
under their charters, and handed in. What each act does stands in the file of its name.
"""

from __future__ import annotations

from peelian.domain.statement import PlaceStatement
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.restricted import Cause
from peelian.governance.persons.silence import Truth
from peelian.governance.rights.answering import answer_person, answer_place
from peelian.governance.rights.asking import ask, case_of, cases, contact_of, contest, prove, withdraw
from peelian.governance.rights.case import RightsCase
from peelian.governance.rights.deciding import Certificate, close, decide, fulfil
from peelian.governance.rights.holding import Holding, SealedKinds
from peelian.governance.rights.letter import Held, Letter
from peelian.governance.rights.notice import Deferral, Notice
from peelian.governance.rights.noticing import defer_notice, give_notice, notices_due
from peelian.governance.rights.reasons import Reasons
from peelian.governance.rights.request import About, Asks, Outcome, Point, Proof
from peelian.governance.rights.restricting import (
    Restricted,
    approve_lifting,
    propose_lifting,
    restrict,
    restrictions,
)
from peelian.governance.rights.restriction import Restriction
from peelian.governance.rights.states import State, Step
from peelian.governance.rights.supervising import ask_to_open, open_truth
from peelian.governance.rights.taking import EVERYBODY

__all__ = [
    "EVERYBODY",
    "About",
    "Asks",
    "Cause",
    "Certificate",
    "Deferral",
    "Held",
    "Holding",
    "Identifier",
    "Letter",
    "Notice",
    "Outcome",
    "PlaceStatement",
    "Point",
    "Proof",
    "Reasons",
    "Restricted",
    "Restriction",
    "RightsCase",
    "SealedKinds",
    "State",
    "Step",
    "Truth",
    "answer_person",
    "answer_place",
    "approve_lifting",
    "ask",
    "ask_to_open",
    "case_of",
    "cases",
    "close",
    "contact_of",
    "contest",
    "decide",
    "defer_notice",
    "fulfil",
    "give_notice",
    "notices_due",
    "open_truth",
    "propose_lifting",
    "prove",
    "restrict",
    "restrictions",
    "withdraw",
]
