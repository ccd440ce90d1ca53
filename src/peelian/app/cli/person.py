"""Commands about the persons whom records are about: registered, found, merged, validated, and erased by two people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json

person = typer.Typer(
    no_args_is_help=True,
    help="Persons whom records are about, under ids that say nothing; each look is entered.",
)
SubjectId = Annotated[str, typer.Argument(metavar="SUBJECT", help="Id of the person.")]
Identifiers = Annotated[
    Path, typer.Option(help="File with one identifier in each line, such as plate: AB12 CDE.")
]
Reason = Annotated[
    str | None, typer.Option("--reason", help="Why you look, as a code of docs/reference/reasons.md.")
]
Case = Annotated[str | None, typer.Option("--case", help="Number of the case it belongs to.")]
Note = Annotated[str | None, typer.Option("--note", help="Words beside the reason; kept sealed.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(person, name="person")


@person.command("register")
def register(
    identifiers: Identifiers,
    category: Annotated[str, typer.Option(help="suspect, convicted, victim, witness, other or staff.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Register a person under an id that says nothing; no identifier is kept in the clear."""
    from peelian.app import persons
    from peelian.app.rights import identifiers_in
    from peelian.app.wiring import house, text_of

    named, kind = identifiers_in(text_of(identifiers)), persons.category_named(category)
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        subject = persons.register(desk, purpose=purpose, category=kind, identifiers=named)
    say(f"Registered as {subject.subject_id}, {subject.category}.", json_path=json_path)
    write_json({"subject": subject.subject_id, "category": subject.category.value}, json_path)


@person.command("find")
def find(
    identifiers: Identifiers,
    who: Who,
    purpose: Purpose,
    category: Annotated[
        list[str] | None,
        typer.Option(help="Category to look in; repeat. Victims and witnesses are found only where named."),
    ] = None,
    reason: Reason = None,
    case: Case = None,
    note: Note = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Find a person by an identifier, for a reason and in a case; each look has its ledger entry."""
    from peelian.app import persons
    from peelian.app.rights import identifiers_in
    from peelian.app.wiring import house, text_of
    from peelian.governance.persons.subjects import ORDINARY

    named = identifiers_in(text_of(identifiers))
    asked = frozenset(map(persons.category_named, category or ())) or ORDINARY
    look = persons.Look(purpose, reason, case, note)
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        found = persons.find(desk, look=look, identifiers=named, categories=asked)
    rows = [[s.subject_id, s.category.value, "restricted" if s.restricted else ""] for s in found]
    if rows:
        table("Persons", ["id", "category", ""], rows, json_path=json_path)
    else:
        say("Nobody is known here by these identifiers in these categories.", json_path=json_path)
    write_json(
        {
            "found": [
                {"subject": s.subject_id, "category": s.category.value, "restricted": s.restricted}
                for s in found
            ]
        },
        json_path,
    )


@person.command("merge")
def merge(
    subject_id: SubjectId,
    into: Annotated[str, typer.Option(help="Id under which the person is found from now on.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Enter that two ids are one person; erasing the one then erases both."""
    from peelian.app import persons
    from peelian.app.wiring import house

    with house(home) as opened:
        persons.merge(opened.desk(opened.signer(who)), purpose=purpose, subject_id=subject_id, into=into)
    say(f"{subject_id} is found under {into} from now on.", json_path=json_path)
    write_json({"subject": subject_id, "into": into}, json_path)


@person.command("order-erasure")
def order_erasure(
    subject_id: SubjectId,
    ground: Annotated[
        str,
        typer.Option(
            help="term-over, asked-for-by-the-person, kept-unlawfully, kept-by-mistake or ordered-by-a-court."
        ),
    ],
    who: Who,
    purpose: Purpose,
    permanent: Annotated[
        bool, typer.Option("--permanent", help="The person may not be registered here again.")
    ] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Order that everything about a person be erased; another person carries it out."""
    from peelian.app import persons
    from peelian.app.wiring import house
    from peelian.domain.section import closed
    from peelian.governance.persons.subject_erasure import Ground

    why = Ground(closed(ground, Ground, where="--ground", what="ground"))
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        order_id = persons.order_erasure(
            desk, purpose=purpose, subject_id=subject_id, ground=why, permanent=permanent
        )
    say(f"Ordered; another person carries out {order_id}.", json_path=json_path)
    write_json({"order": order_id}, json_path)


@person.command("erase")
def erase(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Id of the order.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Erase the person whom another ordered to be erased: records, identifiers and key."""
    from peelian.app import persons
    from peelian.app.wiring import house

    with house(home) as opened:
        entries = persons.erase(opened.desk(opened.signer(who)), purpose=purpose, order_id=order_id)
        opened.cosign()
    indices = [entry.index for entry in entries]
    done = f"Erased; ledger entry {indices[-1]}." if indices else "That was carried out before."
    say(done, "Make a new backup and seal the keys with it.", json_path=json_path)
    write_json({"entries": indices}, json_path)


@person.command("orders")
def list_orders(who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show every order to erase a person, and whether it was carried out."""
    from peelian.app import persons
    from peelian.app.wiring import house
    from peelian.domain.time import iso

    with house(home) as opened:
        found = persons.orders(opened.desk(opened.signer(who)), purpose=purpose)
    rows = [[o.order_id, o.subject_id, o.ground, "done" if o.done else "to be carried out"] for o in found]
    table("Orders", ["order", "person", "ground", ""], rows, json_path=json_path)
    write_json({"orders": [{**vars(o), "given": iso(o.given)} for o in found]}, json_path)


@person.command("validate")
def validate(
    kind: Annotated[str, typer.Argument(help="Data kind of the record.")],
    record_id: Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record.")],
    basis: Annotated[str, typer.Option(help="On what the suspicion still rests; kept sealed.")],
    capability: Annotated[str, typer.Option(help="The capability through which the record is kept.")],
    who: Who,
    purpose: Purpose,
    reason: Reason = None,
    case: Case = None,
    note: Note = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Enter that you examined another person's suspicion and that it stands, for five more years."""
    from peelian.app import persons
    from peelian.app.wiring import house

    look = persons.Look(purpose, reason, case, note)
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        fresh = persons.validate(
            desk, look=look, capability=capability, kind=kind, record_id=record_id, basis=basis
        )
    say(f"It stands, now as the record {fresh}; {record_id} is gone.", json_path=json_path)
    write_json({"record": fresh, "replaces": record_id}, json_path)
