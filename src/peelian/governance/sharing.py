"""To whom a charter lets something be handed, and what an analysis under it may draw on.

For: the recipients and the mandate of a charter. Nobody who is not named receives anything, and nobody outside the
charter's jurisdictions without the law that allows the transfer (requirement S08, after 1,484,353 searches of one
city's plate data by agencies of other states, 2025). An analysis across sources names them all (requirement D06).
Not for: the act of handing out; the desk does that, and the policy asks for the recipient.
"""

from __future__ import annotations

from peelian.domain.errors import BadInput, Refused
from peelian.domain.section import Section, closed
from peelian.governance.prohibition.prohibited import JURISDICTIONS
from peelian.governance.register import Register
from peelian.governance.terms import Charter, Mandate, Recipient
from peelian.governance.wording import check_reason

_WHERE = "charter"


def recipient_from(section: Section) -> Recipient:
    """Read one of the charter's `[[recipients]]`."""
    with section:
        where = section.where
        return Recipient(
            name=section.text("name"),
            jurisdiction=closed(
                section.text("jurisdiction"), JURISDICTIONS, where=where, what="jurisdiction"
            ),
            kinds=section.texts("kinds", least=1),
            legal_basis=section.text("legal_basis"),
            transfer_basis=section.optional_text("transfer_basis"),
        )


def mandate_from(section: Section) -> Mandate:
    """Read the charter's `[mandate]`."""
    with section:
        return Mandate(section.texts("sources", least=1), section.text("method"), section.text("threshold"))


def check_recipients(charter: Charter) -> None:
    """Refuse recipients of kinds the charter does not hold, named twice, or abroad without a basis for it."""
    names = [recipient.name.casefold() for recipient in charter.recipients]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"The {_WHERE} names the recipient {', '.join(doubled)} twice; name each once.")
    for recipient in charter.recipients:
        if outside := sorted(set(recipient.kinds) - set(charter.data)):
            raise BadInput(
                f"The {_WHERE} would hand {', '.join(outside)} to {recipient.name}, which is not among its data; "
                "name it there, or take it out."
            )
        if recipient.jurisdiction not in charter.law and not recipient.transfer_basis:
            raise Refused(
                f"The charter {charter} hands something to {recipient.name} under the law of {recipient.jurisdiction}, "
                f"but holds under that of {', '.join(charter.law)}.",
                rule="recipient-out-of-jurisdiction",
                citation="house rule, requirement S08, after Directive (EU) 2016/680, Article 35(1)",
                remedy="Give the law that allows the transfer as its 'transfer_basis', or take the recipient out.",
            )


def check_mandate(charter: Charter, register: Register) -> None:
    """Refuse a mandate that draws on what the charter does not hold, or that names no danger to begin from."""
    mandate = charter.mandate
    if mandate is None:
        return
    for source in mandate.sources:
        register.data_kind(source)
    if outside := sorted(set(mandate.sources) - set(charter.data)):
        raise BadInput(
            f"The {_WHERE} lets an analysis draw on {', '.join(outside)}, which is not among its data; name it "
            "there, or take it out: a mandate does not extend itself."
        )
    check_reason(mandate.method, where=_WHERE, key="mandate.method")
    check_reason(mandate.threshold, where=_WHERE, key="mandate.threshold")
