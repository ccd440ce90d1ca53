"""A room's card: what the room can do, what it keeps, and what may be read of it, read from `card.yaml`.

For: turning one card into frozen values, strictly.
Not for: what only several cards together can show (register.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.errors import BadInput
from peelian.domain.section import Section, closed
from peelian.governance.prohibition.prohibited import Mark


class Action(StrEnum):
    """Everything that can be asked of the desk; the same names stand in the Cedar policies."""

    COLLECT = "collect"  # take data in
    READ = "read"  # look at what is kept
    COMMIT = "commit"  # bind oneself to a forecast before its period begins
    SCORE = "score"  # compare a forecast with what was reported later
    PROPOSE = "propose"  # put a plan forward
    APPROVE = "approve"  # agree, as a second person, to what another proposed
    EXPORT = "export"  # hand something out to those who use it
    PUBLISH = "publish"  # show figures to everybody
    ENROLL = "enroll"  # make a principal known
    SUBMIT = "submit"  # put a charter, a mark or an order forward
    ERASE = "erase"  # destroy what another person ordered to be destroyed
    MERGE = "merge"  # put small parts into one with the same rows
    AUDIT = "audit"  # examine the ledger
    JUDGE = "judge"  # say, as a reader, what a finding is worth
    DISPOSE = "dispose"  # act on a finding that was read


class RiskClass(StrEnum):
    """Classes of Regulation (EU) 2024/1689; prohibited ones cannot be registered at all."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH_RISK = "high-risk"


class Target(StrEnum):
    """What a capability is about. There is no person here, and none may be added."""

    PLACE = "place"
    PLAN = "plan"
    DATA = "data"
    SYNTHETIC = "synthetic"


class Store(StrEnum):
    """Where a data kind is kept."""

    PARQUET = "parquet"  # immutable parts in the warehouse: no names, case numbers, addresses, narratives
    RECORDS = "records"  # the records database
    LEDGER = "ledger"
    REPORTS = "reports"  # files that are shown to people


class ClockStart(StrEnum):
    """What starts the retention clock of a record; while that has not happened, it is kept."""

    RECORDED = "recorded"  # it was stored: the end is written beside it then
    EXPIRED = "expired"  # its own last day, which it says itself, has come: a charter's, a hold's
    DEPARTED = (
        "departed"  # the person's enrolment ended; nobody's is ended here, so people are kept (ADR 0028)
    )


class SubjectCategory(StrEnum):
    """Whom records of a kind are about, as Article 6 of Directive (EU) 2016/680 asks to be told apart."""

    NONE = "none"
    SUSPECT = "suspect"
    CONVICTED = "convicted"
    VICTIM = "victim"
    OTHER = "other"
    STAFF = "staff"
    WITNESS = "witness"


@dataclass(frozen=True)
class Capability:
    """One thing a room can do.

    Parameters
    ----------
    id, title : e.g. "forecast.place"; the room is the part before the dot.
    risk_class, annex, citation, mark : how it is classified, by which text, and whose reading that is.
    target : what it is about.
    technology : the technology whose own impact-and-use policy it needs (one charter, one technology); "" where it
        has none and serves any of them.
    identifies : whether it tells who a person is; then nothing is done through it but under an authorisation.
    actions, uses : what it may do at the desk, and to which data kinds.
    """

    id: str
    title: str
    risk_class: RiskClass
    annex: str
    citation: str
    mark: Mark
    target: Target
    actions: tuple[Action, ...]
    uses: tuple[str, ...]
    technology: str = ""
    identifies: bool = False


@dataclass(frozen=True)
class Column:
    """One column of a data kind: what it means, in which unit, and whether it is about a person."""

    name: str
    meaning: str
    unit: str
    personal: bool


@dataclass(frozen=True)
class DataKind:
    """One kind of thing that is kept.

    Parameters
    ----------
    id, title, columns : its name and its columns.
    retention_days_max : longest retention a charter may give it; the law or need behind it is `legal_source`.
    clock_starts : the event the days are counted from.
    subject_category : whom the records are about.
    store : where it is kept.
    sealed : kept encrypted and read one record at a time.
    chartered : acts on it need a charter; only governance's own records do not.
    suspicion_required : a record needs a documented suspicion, and is not shown once that is five years old.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    retention_days_max: int
    clock_starts: ClockStart
    legal_source: str
    subject_category: SubjectCategory
    store: Store
    sealed: bool
    chartered: bool
    suspicion_required: bool = False

    @property
    def about_people(self) -> bool:
        """Return whether a single record may be about a person: then each look at one is entered by itself."""
        about = self.subject_category is not SubjectCategory.NONE
        return about or self.sealed or any(column.personal for column in self.columns)


@dataclass(frozen=True)
class Extract:
    """A named, versioned cut of one data kind: the only shape in which stored data are read."""

    name: str
    version: int
    data_kind: str
    columns: tuple[str, ...]
    meaning: str

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


@dataclass(frozen=True)
class Card:
    """Everything one room, or one plug-in, declares; `models` are forecasters by name, `endpoints` its commands and
    routes.
    """

    room: str
    summary: str
    capabilities: tuple[Capability, ...]
    data_kinds: tuple[DataKind, ...]
    extracts: tuple[Extract, ...]
    inputs: tuple[str, ...]
    console_pages: tuple[str, ...]
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()


def read_card(section: Section) -> Card:
    """Read a card's keys from `section`; the caller closes the section."""
    room = section.text("room")
    return Card(
        room=room,
        summary=section.text("summary"),
        capabilities=tuple(_capability(part, room) for part in section.sections("capabilities")),
        data_kinds=tuple(_data_kind(part) for part in section.sections("data_kinds")),
        extracts=tuple(_extract(part) for part in section.sections("extracts")),
        inputs=section.texts("inputs"),
        console_pages=section.texts("console_pages"),
        models=section.optional_texts("models"),
        endpoints=section.optional_texts("endpoints"),
    )


def slug(value: str, *, where: str) -> str:
    """Return `value` if it is a plain identifier: lower-case words joined by hyphens, dots or underscores."""
    if not re.fullmatch(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*", value):
        raise BadInput(
            f"{where}: {value!r} is no id; use lower-case words joined by hyphens, dots or underscores."
        )
    return value


def _capability(section: Section, room: str) -> Capability:
    with section:
        where = section.where
        name = slug(section.text("id"), where=where)
        if room != "governance" and not name.startswith(f"{room}."):
            raise BadInput(f"{where} stands on the card of {room}; its id must start with '{room}.'.")
        return Capability(
            id=name,
            title=section.text("title"),
            risk_class=RiskClass(
                closed(section.text("risk_class"), RiskClass, where=where, what="risk class")
            ),
            annex=section.text("annex"),
            citation=section.text("citation"),
            mark=Mark(closed(section.text("mark"), Mark, where=where, what="mark")),
            target=Target(closed(section.text("target"), Target, where=where, what="target")),
            actions=tuple(
                Action(closed(action, Action, where=where, what="action"))
                for action in section.texts("actions")
            ),
            uses=section.texts("uses"),
            technology=section.optional_text("technology"),
            identifies="identifies" in section and section.flag("identifies"),
        )


def _data_kind(section: Section) -> DataKind:
    with section:
        where = section.where
        days = section.integer("retention_days_max")
        if days < 1:
            raise BadInput(f"{where} is kept for {days} days; without a retention nothing may be kept.")
        return DataKind(
            id=slug(section.text("id"), where=where),
            title=section.text("title"),
            columns=tuple(_column(name, part) for name, part in section.named_sections("columns")),
            retention_days_max=days,
            clock_starts=ClockStart(
                closed(
                    section.text("clock_starts"), ClockStart, where=where, what="start of a retention clock"
                )
            ),
            legal_source=section.text("legal_source"),
            subject_category=SubjectCategory(
                closed(
                    section.text("subject_category"), SubjectCategory, where=where, what="subject category"
                )
            ),
            store=Store(closed(section.text("store"), Store, where=where, what="store")),
            sealed=section.flag("sealed"),
            chartered=section.flag("chartered"),
            suspicion_required="suspicion_required" in section and section.flag("suspicion_required"),
        )


def _column(name: str, section: Section) -> Column:
    with section:
        return Column(
            name=slug(name, where=section.where),
            meaning=section.text("meaning"),
            unit=section.optional_text("unit"),
            personal=section.flag("personal"),
        )


def _extract(section: Section) -> Extract:
    with section:
        return Extract(
            name=slug(section.text("name"), where=section.where),
            version=section.integer("version"),
            data_kind=section.text("data_kind"),
            columns=section.texts("columns"),
            meaning=section.text("meaning"),
        )
