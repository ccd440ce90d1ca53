"""The register: every capability, data kind, extract and purpose of this installation, and their law.

For: start-up (a room that is not classified, or keeps data without a retention, does not start), for the
charter (which may name only what is registered), for the policy and for the public register.
Not for: permission; being registered allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeVar

from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.section import Section, nearest, schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.card import (
    Capability,
    Card,
    DataKind,
    Extract,
    RiskClass,
    Store,
    read_card,
    slug,
)
from peelian.governance.plugins import card_texts, check_offers, installed_plugins
from peelian.governance.prohibition.prohibited import (
    Surface,
    check_capability,
    check_inputs,
    check_names,
    installed_list,
)

T = TypeVar("T")

ROOMS = ("city", "forecast", "patrol", "simulate")
"""Rooms that have a card; governance's own card is `register.yaml`, which also holds the purposes."""


@dataclass(frozen=True)
class Purpose:
    """Why something may be done. `dpv` is the nearest term of the W3C Data Privacy Vocabulary."""

    id: str
    title: str
    meaning: str
    dpv: str


@dataclass(frozen=True)
class Register:
    """All cards together, with the purposes and the version of the prohibited list they were checked against."""

    cards: tuple[Card, ...]
    purposes: tuple[Purpose, ...]
    prohibited_version: str

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """Return every capability, in the order of the cards."""
        return tuple(item for card in self.cards for item in card.capabilities)

    @property
    def data_kinds(self) -> tuple[DataKind, ...]:
        """Return every data kind, in the order of the cards."""
        return tuple(item for card in self.cards for item in card.data_kinds)

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """Return every extract, in the order of the cards."""
        return tuple(item for card in self.cards for item in card.extracts)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the name of every input that any forecast uses."""
        return tuple(item for card in self.cards for item in card.inputs)

    def capability(self, name: str) -> Capability:
        """Return the capability of that id; an unregistered one is refused."""
        return _named(name, {item.id: item for item in self.capabilities}, what="capability")

    def data_kind(self, name: str) -> DataKind:
        """Return the data kind of that id; an unregistered one is refused."""
        return _named(name, {item.id: item for item in self.data_kinds}, what="data kind")

    @property
    def models(self) -> tuple[str, ...]:
        """Return the name of every forecaster that a card shows."""
        return tuple(item for card in self.cards for item in card.models)

    def model(self, name: str) -> str:
        """Return the name of a registered forecaster; code, or a name no card shows, is refused."""
        return _named(name, {item: item for item in self.models}, what="model")

    def purpose(self, name: str) -> Purpose:
        """Return the purpose of that id; an unregistered one is refused."""
        return _named(name, {item.id: item for item in self.purposes}, what="purpose")

    def extract(self, name: str, *, version: int) -> Extract:
        """Return one version of an extract; an unregistered one is refused."""
        return _named(f"{name} v{version}", {str(item): item for item in self.extracts}, what="extract")

    def require_extract(self, name: str, version: int, data_kind: str, columns: tuple[str, ...]) -> None:
        """Refuse an extract that the cards do not show word for word, columns in their order included."""
        shown = self.extract(name, version=version)
        if (shown.data_kind, shown.columns) != (data_kind, columns):
            raise BadInput(
                f"The extract {shown} asks {data_kind!r} for {', '.join(columns)}, but the card shows "
                f"{shown.data_kind!r} with {', '.join(shown.columns)}; make them agree under a new version."
            )


def _named(name: str, known: Mapping[str, T], *, what: str) -> T:
    if name not in known:
        raise BadInput(f"The {what} {name!r} is not in the register{nearest(name, known)} It cannot be used.")
    return known[name]


@cache
def installed_register() -> Register:
    """Return the register of the cards that ship with this version, and of the plug-ins installed beside it."""
    texts = {room: (resources.files(f"peelian.{room}") / "card.yaml").read_text("utf-8") for room in ROOMS}
    own = resources.files("peelian.governance") / "register.yaml"
    plugins = installed_plugins()
    others = card_texts(plugins)
    if ours := sorted({"governance", *ROOMS} & set(others)):
        raise BadInput(f"A plug-in offers a card named {', '.join(ours)}, as a room of ours; uninstall it.")
    register = load_register({"governance": own.read_text("utf-8")} | texts | others)
    check_offers(plugins, {card.room: card for card in register.cards})
    return register


def load_register(card_texts: Mapping[str, str]) -> Register:
    """Read and check the cards of all rooms, given by room; "governance" is `register.yaml` and must be there.

    Raises `BadInput` or `Refused` (a prohibited name) with the sentence that start-up shows.
    """
    if "governance" not in card_texts:
        raise BadInput("The register lacks governance's own card, register.yaml, which holds the purposes.")
    cards = {room: _read(text, room=room) for room, text in card_texts.items() if room != "governance"}
    with read_yaml(card_texts["governance"], where="register.yaml") as top:
        schema_one(top)
        purposes = tuple(_purpose(part) for part in top.sections("purposes"))
        version = top.text("prohibited_version")
        own = read_card(top)
    register = Register((own, *cards.values()), purposes, version)
    _check(register)
    return register


def _read(text: str, *, room: str) -> Card:
    with read_yaml(text, where=f"{room}/card.yaml") as top:
        schema_one(top)
        card = read_card(top)
    if card.room != room:
        raise BadInput(f"{room}/card.yaml says it is the card of {card.room!r}; each room has its own.")
    return card


def _purpose(section: Section) -> Purpose:
    with section:
        return Purpose(
            id=slug(section.text("id"), where=section.where),
            title=section.text("title"),
            meaning=section.text("meaning"),
            dpv=section.text("dpv"),
        )


def _check(register: Register) -> None:
    """Refuse what only all cards together can show."""
    _check_unique((item.id for item in register.capabilities), "capability")
    _check_unique((item.id for item in register.data_kinds), "data kind")
    _check_unique((item.id for item in register.purposes), "purpose")
    _check_unique((str(item) for item in register.extracts), "extract")
    _check_unique(register.models, "model")
    check_names(register.models, surface=Surface.CAPABILITIES)
    check_inputs(register.models)
    check_names((item for card in register.cards for item in card.endpoints), surface=Surface.CAPABILITIES)
    if register.prohibited_version != installed_list().version:
        raise BadInput(
            f"The register was written against the prohibited list of {register.prohibited_version}, but the "
            f"list is of {installed_list().version}; read the list again and set prohibited_version."
        )
    # An input that a charter can admit may be declared; the policy still asks for that charter.
    check_inputs(register.inputs, origins=frozenset(Origin))
    for capability in register.capabilities:
        check_capability(capability.id, target=capability.target)
        check_capability(capability.title)
        if capability.risk_class is RiskClass.HIGH_RISK and not capability.technology:
            raise BadInput(
                f"The capability {capability.id!r} is high-risk and names no technology; say which one it is of, since "
                "each has a charter of its own."
            )
        for kind in capability.uses:
            register.data_kind(kind)
    for card in register.cards:
        for kind_declared in card.data_kinds:
            _check_data_kind(kind_declared, card.room)
    for extract in register.extracts:
        _check_extract(extract, register.data_kind(extract.data_kind))


def _check_unique(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadInput(f"The {what} {name!r} is registered twice; one of the cards must give it up.")
        seen.add(name)


def _check_data_kind(kind: DataKind, room: str) -> None:
    if not kind.chartered and room != "governance":
        raise BadInput(
            f"The data kind {kind.id!r} of {room} says it needs no charter; only governance's own records may."
        )
    if kind.store is Store.PARQUET:
        check_inputs(column.name for column in kind.columns)
        personal = [column.name for column in kind.columns if column.personal]
        if personal:
            raise BadInput(
                f"The data kind {kind.id!r} would keep personal columns in Parquet: {personal}; "
                "personal data belong in the records database, sealed."
            )


def _check_extract(extract: Extract, kind: DataKind) -> None:
    known = {column.name for column in kind.columns}
    for column in extract.columns:
        if column not in known:
            raise BadInput(
                f"The extract {extract} asks {kind.id!r} for the unknown column {column!r}{nearest(column, known)}"
            )
