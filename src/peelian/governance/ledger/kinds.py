"""The total table of entry kinds: what can be written into the ledger, as data.

Operations are the six that LED Art. 25 and UK DPA 2018 s.62 require to be logged, and three of governance.
A kind with `act` announces something that is done next, so an entry without its act is answered at start-up
by `act.abandoned`; a kind without it is complete in itself (what is read or sent cannot be taken back).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Operation(StrEnum):
    """What was done, in the words of the statutes where they have one."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    DECISION = "decision"
    REVIEW = "review"
    ADMIN = "admin"


@dataclass(frozen=True)
class Kind:
    """One kind of entry: its name, its operation, whether an act row must follow, what it means."""

    name: str
    operation: Operation
    act: bool
    meaning: str


_TABLE = (
    Kind("workspace.opened", Operation.ADMIN, False, "The ledger of a new workspace begins."),
    Kind("principal.enrolled", Operation.ADMIN, True, "A person or service received a key and a role."),
    Kind("charter.submitted", Operation.ADMIN, True, "A charter was handed in for approval."),
    Kind("charter.approved", Operation.REVIEW, True, "A second person approved a charter."),
    Kind(
        "collection.begun",
        Operation.COLLECTION,
        False,
        "A publisher or a foreign database was asked for rows, or pushes began to be received.",
    ),
    Kind("load.accepted", Operation.COLLECTION, True, "A batch of incidents was taken in."),
    Kind("load.held", Operation.COLLECTION, True, "A batch failed its assertions and was held back."),
    Kind(
        "held.discarded",
        Operation.ERASURE,
        False,
        "Deliveries of a feed that could not be taken in are destroyed, their term being over.",
    ),
    Kind("places.loaded", Operation.COLLECTION, True, "Boundaries, streets or a layer were taken in."),
    Kind("address.fixed", Operation.ALTERATION, True, "A person said where an unplaced address lies."),
    Kind("window.marked", Operation.DECISION, True, "Days were marked as unreliable, or a mark was lifted."),
    Kind("erasure.ordered", Operation.DECISION, True, "A person asked for rows to be erased, and why."),
    Kind("rows.erased", Operation.ERASURE, True, "Rows were erased from every stored part and copy."),
    Kind("parts.merged", Operation.ADMIN, True, "Small parts were replaced by one part with the same rows."),
    Kind("release.published", Operation.DISCLOSURE, True, "An aggregated table was given to the public."),
    Kind("backup.made", Operation.DISCLOSURE, False, "A copy of the workspace was written elsewhere."),
    Kind("statement.made", Operation.DECISION, True, "A person stated what came after a backup."),
    Kind("statement.approved", Operation.REVIEW, True, "A second person approved such a statement."),
    Kind("extract.read", Operation.CONSULTATION, False, "Stored data were read through a named extract."),
    Kind("request.refused", Operation.CONSULTATION, False, "A request for data was refused by a rule."),
    Kind("forecast.committed", Operation.DECISION, True, "A forecast was fixed before its period began."),
    Kind(
        "forecast.scored", Operation.DECISION, True, "A committed forecast was compared with what happened."
    ),
    Kind("plan.proposed", Operation.DECISION, True, "A patrol plan was proposed and awaits approval."),
    Kind("plan.approved", Operation.REVIEW, True, "A second person approved a patrol plan."),
    Kind("plan.exported", Operation.DISCLOSURE, False, "An approved plan left the workspace."),
    Kind("report.published", Operation.DISCLOSURE, False, "A report was written for the public, or opened."),
    Kind("ledger.exported", Operation.DISCLOSURE, False, "A bundle of the ledger was handed out."),
    Kind(
        "record.read",
        Operation.CONSULTATION,
        False,
        "A record was read, or several of a kind that is about nobody.",
    ),
    Kind(
        "subject.registered", Operation.COLLECTION, True, "A person was given an id and a key of their own."
    ),
    Kind("subject.sought", Operation.CONSULTATION, False, "A person was looked for by an identifier."),
    Kind("subjects.merged", Operation.COMBINATION, True, "Two subjects turned out to be one person."),
    Kind("subject.erased", Operation.ERASURE, True, "A person's key, names and records were destroyed."),
    Kind("record.kept", Operation.COLLECTION, True, "A record about a person was taken in, sealed."),
    Kind("record.validated", Operation.REVIEW, True, "A documented suspicion was examined again and stands."),
    Kind(
        "proxies.measured",
        Operation.DECISION,
        True,
        "What the inputs of forecasts tell of groups was measured.",
    ),
    Kind("act.abandoned", Operation.ADMIN, False, "An announced act was found not to have been carried out."),
    Kind(
        "ledger.read", Operation.CONSULTATION, False, "The ledger was searched, shown, proven or recomputed."
    ),
    Kind(
        "witness.missed",
        Operation.ADMIN,
        False,
        "A witness was away or refused; the quorum was met without it.",
    ),
    Kind(
        "rights.requested", Operation.ADMIN, True, "Somebody asked about a place or about data on a person."
    ),
    Kind("rights.identified", Operation.ADMIN, True, "It was shown who asks about a person."),
    Kind("rights.answered", Operation.DISCLOSURE, True, "A request was answered."),
    Kind(
        "rights.decided",
        Operation.REVIEW,
        True,
        "Somebody independent decided about a request, with reasons.",
    ),
    Kind("rights.fulfilled", Operation.ALTERATION, True, "What was ordered upon a request was done."),
    Kind("rights.closed", Operation.DISCLOSURE, True, "A request was closed with a certificate."),
    Kind("rights.contested", Operation.ADMIN, True, "What was decided about a request was contested."),
    Kind("rights.withdrawn", Operation.ADMIN, True, "A request was taken back by whoever made it."),
    Kind("retention.swept", Operation.ERASURE, True, "The house destroyed what had fallen due."),
    Kind(
        "backup.lacks",
        Operation.ERASURE,
        True,
        "A restored copy lacks what was destroyed since its backup, which does not open it any more.",
    ),
    Kind("certificate.issued", Operation.DISCLOSURE, False, "A certificate of erasure was handed out."),
    Kind(
        "hold.set",
        Operation.DECISION,
        True,
        "A person ordered, for an authority, that things be kept for a time.",
    ),
    Kind("hold.approved", Operation.REVIEW, True, "A second person approved such a hold."),
    Kind("hold.lifted", Operation.DECISION, True, "A second person lifted a hold before its day."),
    Kind("reason.noted", Operation.CONSULTATION, False, "Somebody said beside a reason what is the case."),
    Kind("stop.pressed", Operation.DECISION, True, "The stop button was pressed; nothing new is made."),
    Kind("resumption.proposed", Operation.DECISION, True, "A person put forward that a stop be lifted."),
    Kind("resumption.approved", Operation.REVIEW, True, "A second person lifted a stop."),
    Kind("capability.suspended", Operation.DECISION, True, "A capability suspended itself, with the ground."),
    Kind(
        "capability.proposed",
        Operation.DECISION,
        True,
        "A person put forward that a capability be restored or withdrawn.",
    ),
    Kind("capability.approved", Operation.REVIEW, True, "A second person restored or withdrew a capability."),
    Kind("case.opened", Operation.DECISION, True, "A case was opened."),
    Kind("case.assigned", Operation.DECISION, True, "Officers were assigned to a case."),
    Kind("case.closed", Operation.DECISION, True, "A case was closed."),
    Kind("training.recorded", Operation.ADMIN, True, "Somebody's training for a role was recorded."),
    Kind("person.posted", Operation.ADMIN, True, "Somebody was posted to a unit."),
    Kind("watch.kept", Operation.ADMIN, True, "The oversight body changed a list it finds misuse with."),
    Kind("misuse.flagged", Operation.REVIEW, True, "Look-ups were flagged to the oversight body."),
    Kind("glass.broken", Operation.DECISION, True, "Somebody took another role for hours, and said why."),
    Kind("glass.reviewed", Operation.REVIEW, True, "An auditor reviewed an elevation."),
    Kind("glass.escalated", Operation.ADMIN, True, "An elevation was not reviewed in time."),
    Kind("breach.recorded", Operation.DECISION, True, "A personal data breach was recorded."),
    Kind(
        "breach.notified", Operation.DISCLOSURE, True, "A breach was notified to an authority or to people."
    ),
    Kind("breach.exported", Operation.DISCLOSURE, False, "The evidence of a breach was handed out."),
    Kind("finding.proposed", Operation.DECISION, True, "A finding was put forward for people to read."),
    Kind("finding.opened", Operation.CONSULTATION, True, "A reader opened a finding, blind."),
    Kind(
        "finding.judged", Operation.REVIEW, True, "A reader said, over a signature, what a finding is worth."
    ),
    Kind(
        "finding.acted", Operation.DECISION, True, "Somebody acted on a confirmed finding, on another ground."
    ),
    Kind(
        "finding.urgent",
        Operation.DECISION,
        True,
        "Somebody acted on one reading, life being at risk; a second reading is due.",
    ),
    Kind("shift.handed", Operation.REVIEW, True, "A reviewer handed the queue over to the next."),
    Kind(
        "rights.searched",
        Operation.CONSULTATION,
        False,
        "All that may be held on a person was searched for them.",
    ),
    Kind("notice.given", Operation.DISCLOSURE, True, "A person was told that data on them are processed."),
    Kind(
        "notice.deferred", Operation.DECISION, True, "Telling a person was put off, with a ground and an end."
    ),
    # persons: let go, corrected, restricted; what the supervisory authority opens
    Kind("subject.lapsed", Operation.ERASURE, True, "Persons of whom nothing is kept any more were let go."),
    Kind(
        "record.corrected", Operation.ALTERATION, True, "A record about a person was put right, as decided."
    ),
    Kind(
        "subject.restricted", Operation.DECISION, True, "What is kept on a person is used no more, but stays."
    ),
    Kind("lifting.proposed", Operation.DECISION, True, "A person was told that a restriction is to end."),
    Kind("lifting.approved", Operation.REVIEW, True, "A second person ended the restriction of a person."),
    Kind(
        "opening.asked", Operation.DECISION, True, "The supervisory authority asked to see what was sealed."
    ),
    Kind(
        "truth.opened",
        Operation.DISCLOSURE,
        True,
        "It was shown what an answer neither confirmed nor denied.",
    ),
    Kind(
        "authorisation.requested",
        Operation.DECISION,
        True,
        "Somebody asked for leave to identify persons; where it is urgent, the use begins.",
    ),
    Kind(
        "authorisation.ruled",
        Operation.DECISION,
        True,
        "Somebody entered what the authority decided on such a request.",
    ),
    Kind(
        "authorisation.rejected",
        Operation.ERASURE,
        True,
        "The house destroyed what came of an identification that was refused, or not decided in time.",
    ),
    Kind(
        "authorisation.cleared",
        Operation.ERASURE,
        True,
        "All that came of it is destroyed; how much that was, and what had left the house.",
    ),
    Kind(
        "file.written", Operation.ADMIN, True, "Where a file was put that somebody had written, and its end."
    ),
    Kind(
        "hold.restored",
        Operation.DECISION,
        True,
        "A restored copy took over a hold as it stood in the house.",
    ),
    Kind("file.destroyed", Operation.ERASURE, True, "A file that had been written was destroyed at its end."),
    Kind("decoy.stocked", Operation.ADMIN, True, "The oversight body laid a decoy in, sealed."),
    # people: the witnesses of the ledger, and enrolments that end
    Kind("witnesses.found", Operation.ADMIN, True, "The witnesses that a house opens with were entered."),
    Kind("witnesses.proposed", Operation.DECISION, True, "A person put other witnesses forward."),
    Kind(
        "witnesses.approved", Operation.REVIEW, True, "A second person changed the witnesses or the quorum."
    ),
    Kind("departure.proposed", Operation.DECISION, True, "A person put forward that an enrolment end."),
    Kind("departure.approved", Operation.REVIEW, True, "A second person ended somebody's enrolment."),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
"""Every kind there is, by name."""
