"""What review holds on a person, told to them: each finding about them, how it was read, and what was done on it.

After Directive (EU) 2016/680, Article 14. Readers are not named: what they said is data on the person, who they are is
not. Of the ground of an act its kind is told; its words and its number speak of whoever rang or saw, and are withheld
for the rights of others (Article 15(1)(e)). Where a person may not know yet that there is a finding, the request is
answered neither yes nor no (`rights/answering.py`), and none of this is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peelian.domain.errors import BadInput
from peelian.domain.finding import finding_from_document
from peelian.governance.desk import Desk, Sitting
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.subjects import Subject
from peelian.governance.review.filing import Filed, Told
from peelian.governance.review.grounds import ground_from_document
from peelian.governance.review.state_row import Happened, row_from
from peelian.governance.review.verdict import opinion_from_document
from peelian.governance.rights.letter import Held
from peelian.governance.rights.taking import CAPABILITY as RIGHTS
from peelian.governance.rights.taking import EVERYBODY, PURPOSE, REASON
from peelian.governance.standing import KIND

CAPABILITY = "governance.review"
_OVER = "where it stood is kept no longer"
WITHHELD = (
    "the words and the number of that ground speak of others and are withheld "
    "(Directive (EU) 2016/680, Article 15(1)(e))"
)


@dataclass(frozen=True)
class FindingsHeld:
    """The findings about a person, read for whoever answers them."""

    kinds: frozenset[str] = frozenset(Filed("somebody").kind(told) for told in Told)

    def about(self, desk: Desk, *, identifiers: Sequence[Identifier]) -> tuple[Held, ...]:
        """Return all that review keeps on whoever has these identifiers, in all categories and for every purpose.

        Where findings about persons are kept, but no charter lets them be looked at any more, it says so.
        """
        with desk.open(purpose=PURPOSE, capability=RIGHTS, reason=REASON) as sitting:
            if not sitting.keeps(self.kinds):
                return ()
        purposes = desk.purposes(CAPABILITY)
        if not purposes:
            raise BadInput(
                f"No charter in force permits {CAPABILITY}, so findings cannot be looked at for this person; have one "
                "approved, for an answer without them would be wrong."
            )
        with desk.open(purpose=purposes[0], capability=CAPABILITY, reason=REASON) as sitting:
            found = {
                subject.subject_id: subject
                for identifier in identifiers
                for subject in sitting.find_subjects(identifier, categories=EVERYBODY)
            }
            return tuple(held for subject in found.values() for held in _held(sitting, subject))


def _held(sitting: Sitting, subject: Subject) -> Iterator[Held]:
    for told in Told:
        for kept in sitting.records(Filed(subject.subject_id).kind(told), subject=subject.subject_id):
            says = _SAYS[told](sitting, kept.body)
            yield Held(kept.kind, subject.category.value, kept.written, says, restricted=kept.restricted)


def _finding(sitting: Sitting, body: Mapping[str, Any]) -> str:
    found = finding_from_document(body["finding"])
    rows = map(row_from, sitting.records(KIND, subject=found.finding_id))
    states = [row.state.value for row in rows if row.happened is not Happened.OPENED]
    stands = states[-1] if states else _OVER
    shown = "; ".join(f"{item.shows} ({item.assertion}, graded {item.grade})" for item in found.evidence)
    return (
        f"Finding {found.finding_id}, {stands}. An assessment, not a fact: {found.says} {found.explanation} "
        f"By {found.model_version}, which gave the claim {found.score:.2f} of 1. It rested on: {shown} Legal effect: "
        f"{found.document()['grounds']}."
    )


def _judgement(_: Sitting, body: Mapping[str, Any]) -> str:
    said = body["signed"]
    opinion = opinion_from_document(said["opinion"])
    return f"A reader of finding {said['finding']}: {opinion.verdict}, because {opinion.why}. {opinion.words}"


def _disposition(_: Sitting, body: Mapping[str, Any]) -> str:
    said = body["signed"]
    urgently = ", urgently, on one reading" if said["urgent"] else ""
    ground = ground_from_document(said["ground"])
    return f"Finding {said['finding']} was acted on{urgently}; the ground was: {ground.kind}; {WITHHELD}."


_SAYS: dict[Told, Callable[[Sitting, Mapping[str, Any]], str]] = {
    Told.FINDING: _finding,
    Told.JUDGEMENT: _judgement,
    Told.DISPOSITION: _disposition,
}
