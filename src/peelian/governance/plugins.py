"""Plug-ins: packages of others that offer something here, judged by their card before any of their code runs.

For: start-up. A package that offers anything in an entry-point group `peelian.*` must ship a card, named by the group
`peelian.cards`: `name = "package"`, with `card.yaml` in that package. The card is found through the package's
metadata and read as data; nothing of the package is imported until every card was accepted.
Not for: using what a plug-in offers; a charter has to name it like our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

from peelian.domain.errors import BadInput, Refused
from peelian.governance.card import Card
from peelian.governance.prohibition.prohibited import Surface, check_names

_FAMILY = "peelian."
CARDS = "peelian.cards"
FORECASTERS = "peelian.forecasters"
GROUPS = frozenset({CARDS, FORECASTERS})


@dataclass(frozen=True)
class PlugIn:
    """A package that offers something: its name, what it offers, and the text of its card."""

    package: str
    offers: tuple[EntryPoint, ...]
    card_text: str


def installed_plugins(path: Iterable[str] | None = None) -> tuple[PlugIn, ...]:
    """Return every installed package that offers anything here, in order of name.

    `path` is where packages are looked for; by default where Python looks for them. A package without a card, with
    two, or with an offer in a group that is not known, is refused.
    """
    found = distributions() if path is None else distributions(path=list(path))
    by_name: dict[str, Distribution] = {}
    for each in found:
        by_name.setdefault(each.metadata["Name"], each)  # as Python does: the first on the path counts
    return tuple(_plugin(name, by_name[name]) for name in sorted(by_name) if _offers(by_name[name]))


def card_texts(plugins: Iterable[PlugIn]) -> dict[str, str]:
    """Return the text of each plug-in's card by the name it is registered under."""
    texts: dict[str, str] = {}
    for plugin in plugins:
        (name,) = (offer.name for offer in plugin.offers if offer.group == CARDS)
        if name in texts:
            raise BadInput(
                f"Two packages offer the card {name!r}, the second is {plugin.package}; uninstall one."
            )
        texts[name] = plugin.card_text
    return texts


def check_offers(plugins: Iterable[PlugIn], cards: Mapping[str, Card]) -> None:
    """Refuse a plug-in that offers what its card does not show, or names its code after what is prohibited."""
    for plugin in plugins:
        check_names(
            (text for offer in plugin.offers for text in (offer.name, offer.value)),
            surface=Surface.CAPABILITIES,
        )
        (card,) = (cards[offer.name] for offer in plugin.offers if offer.group == CARDS)
        offered = {offer.name for offer in plugin.offers if offer.group == FORECASTERS}
        if offered != set(card.models):
            raise Refused(
                f"The plug-in {plugin.package} offers the forecasters {sorted(offered)}, but its card shows "
                f"{sorted(card.models)}.",
                rule="plug-in-as-its-card",
                citation="house rule, requirement C01: what runs is what is declared",
                remedy="Uninstall it, or ask its author for a card that shows what it offers.",
            )


def _offers(package: Distribution) -> tuple[EntryPoint, ...]:
    return tuple(offer for offer in package.entry_points if offer.group.startswith(_FAMILY))


def _plugin(name: str, package: Distribution) -> PlugIn:
    offers = _offers(package)
    if unknown := sorted({offer.group for offer in offers} - GROUPS):
        _refuse(f"The plug-in {name} offers something in {', '.join(unknown)}, which is not known here.")
    cards = [offer for offer in offers if offer.group == CARDS]
    if len(cards) != 1:
        _refuse(f"The plug-in {name} names {len(cards)} cards; it must name one.")
    path = Path(str(package.locate_file(cards[0].value.replace(".", "/")))) / "card.yaml"
    if not path.is_file():
        _refuse(f"The plug-in {name} has no card at {path}.")
    return PlugIn(name, offers, path.read_text("utf-8"))


def _refuse(sentence: str) -> None:
    raise Refused(
        sentence,
        rule="plug-in-without-card",
        citation="house rule, requirement C01, after Regulation (EU) 2024/1689, Article 6",
        remedy="Uninstall it, or ask its author for a card: docs/plug-ins.md says what stands on it.",
    )
