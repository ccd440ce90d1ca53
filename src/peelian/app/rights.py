"""Answering who asks about a place: what every room said of it is put together here, and handed to the rights door."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TextIO

from peelian.domain.errors import BadInput
from peelian.domain.place import cell_holding
from peelian.domain.section import Section
from peelian.forecast import service as forecasting
from peelian.governance.house import House
from peelian.governance.keeping.written import note_written
from peelian.governance.principals import Signer
from peelian.governance.review import service as reviewing
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import (
    About,
    Asks,
    Certificate,
    Holding,
    Identifier,
    Letter,
    Notice,
    PlaceStatement,
    Point,
    RightsCase,
)
from peelian.governance.service import charters_in_force
from peelian.patrol import service as patrol

HOLDINGS: tuple[Holding, ...] = (reviewing.HOLDING,)
"""What the rooms' doors declare that they hold on persons. A test holds it against the register."""


def ask(
    opened: House, *, actor: Signer, about: About, asks: Asks, point: Point | None, contact: str | None
) -> RightsCase:
    """Take in a request; a place must be one that this city's grid can have."""
    if point is not None:
        cell_holding(opened.settings.grid, lon_deg=point.lon_deg, lat_deg=point.lat_deg)
    return rights.ask(
        opened.desk(actor), about=about, asks=asks, point=point, zone=opened.settings.zone, contact=contact
    )


def answer_person(
    opened: House, *, actor: Signer, request_id: str, identifiers: Sequence[Identifier], path: Path
) -> RightsCase:
    """Answer a request about a person and write the letter to a new file; every room that keeps any is asked."""
    with _new_file(path) as file:
        case, letter = rights.answer_person(
            opened.desk(actor),
            request_id=request_id,
            identifiers=identifiers,
            remedy=remedy(opened),
            rooms=HOLDINGS,
        )
        opened.cosign()
        file.write(letter.text())
    note_written(opened.kit, path, of=request_id)
    return case


def identifiers_in(text: str) -> tuple[Identifier, ...]:
    """Return the identifiers of a file with one in each line: its kind, a colon, and the identifier."""
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return tuple(Identifier(kind.strip(), told.strip()) for kind, _, told in pairs)


def said_of_place(opened: House, *, actor: Signer, point: Point) -> tuple[PlaceStatement, ...]:
    """Return what was forecast and planned for a place under every charter in force, in the order of the ledger."""
    desk = opened.desk(actor)
    told: list[PlaceStatement] = []
    for purpose in sorted({charter.purpose for charter in charters_in_force(opened.kit)}):
        for door in (forecasting.about_place, patrol.about_place):
            told += door(desk, purpose=purpose, lon_deg=point.lon_deg, lat_deg=point.lat_deg)
    return tuple(sorted(told, key=lambda each: each.entry_index))


def remedy(opened: House) -> str:
    """Return where people complain, as the charters in force say, and how they contest an answer here."""
    named = sorted({charter.responsible.redress for charter in charters_in_force(opened.kit)})
    contest = "You may contest this answer: then other people answer and decide anew."
    return " ".join([contest, *named])


def answer_place(opened: House, *, actor: Signer, request_id: str, path: Path) -> tuple[RightsCase, Letter]:
    """Answer a request about a place and write the letter to a new file."""
    desk = opened.desk(actor)
    point = rights.case_of(desk, request_id=request_id).request.point
    if point is None:
        raise BadInput(f"The request {request_id} is about a person; a place was not asked about.")
    statements = said_of_place(opened, actor=actor, point=point)
    with _new_file(path) as file:
        case, letter = rights.answer_place(
            desk, request_id=request_id, statements=statements, remedy=remedy(opened)
        )
        opened.cosign()
        file.write(letter.text())
    note_written(opened.kit, path, of=request_id)
    return case, letter


def fulfil(
    opened: House, *, actor: Signer, request_id: str, entries: Sequence[int], forecast: str | None
) -> RightsCase:
    """Record by which acts an order was carried out, and beside which earlier forecast a new one now stands.

    `forecast` is the id of the forecast that was made after them; compared is the last one before them that speaks of
    the place, for the same period if there is one.
    """
    desk = opened.desk(actor)
    point = rights.case_of(desk, request_id=request_id).request.point
    if forecast is None or point is None:
        return rights.fulfil(desk, request_id=request_id, entries=entries)
    told = [each for each in said_of_place(opened, actor=actor, point=point) if each.work == "forecast"]
    after = [each for each in told if each.work_id == forecast]
    if not after:
        raise BadInput(f"No forecast {forecast} speaks of this place; forecast anew and name that.")
    earlier = [each for each in told if each.entry_index < min(entries, default=0)]
    same = [each for each in earlier if each.period == after[0].period] or earlier
    before = [each for each in same if each.work_id == same[-1].work_id]
    return rights.fulfil(desk, request_id=request_id, entries=entries, before=before, after=after)


def close(opened: House, *, actor: Signer, request_id: str, path: Path) -> Certificate:
    """Close a request and write its certificate, with the proof of its last entry, to a new file."""
    with _new_file(path) as file:
        _, certificate = rights.close(opened.desk(actor), request_id=request_id)
        file.write(certificate.text())
    note_written(opened.kit, path, of=request_id)
    return certificate


def notice_from(text: str, *, name: str) -> Notice:
    """Read a notice from TOML with every point of it and no other key."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name} is not TOML: {error}.") from None
    with Section(content, where=name) as section:
        return Notice(**{field.name: section.text(field.name) for field in fields(Notice)})


def give_notice(opened: House, *, actor: Signer, subject_id: str, notice: Notice, path: Path) -> None:
    """Enter that a person is told, and write the letter to a new file."""
    with _new_file(path) as file:
        told = rights.give_notice(opened.desk(actor), subject_id=subject_id, notice=notice)
        file.write(told.letter.text())
    note_written(opened.kit, path, of=told.notice_id)


def propose_lifting(opened: House, *, actor: Signer, subject_id: str, why: str, path: Path) -> None:
    """Put forward that a restriction end, and write the notice to the person to a new file."""
    with _new_file(path) as file:
        told = rights.propose_lifting(
            opened.desk(actor), subject_id=subject_id, why=why, remedy=remedy(opened)
        )
        file.write(told.letter.text())
    note_written(opened.kit, path, of=told.notice_id)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """Open a new file that only its owner reads, before anything is entered; nothing is left of it after an error."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(f"{path} exists already; a letter is never overwritten. Give a new name.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink()
        raise
