"""Plug-ins as real packages in a real folder: which of them start, and which sentence stops the others."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CARD = """\
schema: 1
room: tides
summary: Forecasts by the tide tables.
capabilities:
  - id: tides.forecast
    title: Forecast harbour thefts by the tide
    risk_class: high-risk
    annex: Not listed; treated as Annex III, point 6
    citation: Regulation (EU) 2024/1689, Annex III, our reading
    mark: house
    target: place
    technology: place-forecasting
    actions: [read]
    uses: [incident]
data_kinds:
  - id: tide
    title: Heights of the tide
    columns:
      height_m: {meaning: height above datum, unit: m, personal: false}
    retention_days_max: 365
    clock_starts: recorded
    legal_source: house rule
    subject_category: none
    store: parquet
    sealed: false
    chartered: true
extracts: []
inputs: [tide_height]
models: [tides]
endpoints: [/tides]
console_pages: []
"""
OFFERS = """\
[peelian.forecasters]
tides = tides.model:Tides

[peelian.cards]
tides = tides
"""
RAN = "the code of the plug-in ran"


@dataclass(frozen=True)
class Site:
    """A folder of installed packages."""

    folder: Path

    def install(self, *, card: str | None = CARD, offers: str = OFFERS) -> Site:
        """Lay the package out as an installer does; its code says so if it is ever run."""
        package, metadata = self.folder / "tides", self.folder / "tides-1.0.dist-info"
        for folder in (package, metadata):
            folder.mkdir()
        (package / "__init__.py").write_text(f"raise SystemExit({RAN!r})\n", encoding="utf-8")
        if card is not None:
            (package / "card.yaml").write_text(card, encoding="utf-8")
        (metadata / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: tides\nVersion: 1.0\n", encoding="utf-8"
        )
        (metadata / "entry_points.txt").write_text(offers, encoding="utf-8")
        return self

    def peelian(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own that finds the package."""
        return subprocess.run(
            [sys.executable, "-m", "peelian", *words],
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.requirement("C01")
def test_a_plug_in_with_its_card_starts_and_its_model_can_be_named(site: Site, tmp_path: Path) -> None:
    from peelian.governance.charter import example_text

    text = example_text().replace('models = ["recency",', 'models = ["tides", "recency",')
    charter = tmp_path / "charter.toml"
    charter.write_text(text, encoding="utf-8")
    unknown = site.peelian("charter", "check", str(charter))
    assert unknown.returncode == 1
    assert "'tides' is not in the register" in unknown.stderr
    checked = site.install().peelian("charter", "check", str(charter))
    assert checked.returncode == 0, checked.stderr
    assert RAN not in checked.stderr + checked.stdout


def test_a_card_may_lie_in_a_package_of_its_own_below(site: Site) -> None:
    from peelian.governance.plugins import card_texts, installed_plugins

    site.install(card=None, offers=OFFERS.replace("tides = tides\n", "tides = tides.cards.newest\n"))
    folder = site.folder / "tides" / "cards" / "newest"
    folder.mkdir(parents=True)
    (folder / "card.yaml").write_text(CARD, encoding="utf-8")
    (found,) = installed_plugins([str(site.folder)])
    assert found.package == "tides"
    assert [(offer.group, offer.name) for offer in found.offers] == [
        ("peelian.forecasters", "tides"),
        ("peelian.cards", "tides"),
    ]
    assert card_texts([found]) == {"tides": CARD}


STOPPED = [
    # what is changed on the card                                        what the sentence names
    ("id: tides.forecast", "id: tides.recidivism-forecast", "no-person-score"),
    ("title: Forecast harbour thefts by the tide", "title: Rank the crew members by risk", "no-person-score"),
    ("target: place", "target: person", "not a known target"),
    ("risk_class: high-risk\n    ", "", "lacks the key 'risk_class'"),
    ("risk_class: high-risk", "risk_class: prohibited", "not a known risk class"),
    ("technology: place-forecasting\n    ", "", "names no technology"),
    ("inputs: [tide_height]", "inputs: [tide_height, median_income]", "no-socioeconomic-input"),
    ("inputs: [tide_height]", "inputs: [tide_height, r4ce]", "no-special-category-input"),
    ("inputs: [tide_height]", "inputs: [tide_height, stops_28]", None),
    ("height_m:", "face_template:", "no-face-scraping"),
    ("height_m:", "emotion:", "no-emotion-inference"),
    ("height_m:", "gait_signature:", "no-biometric-category"),
    ("models: [tides]", "models: [tides, ethnicity-kde]", "no-special-category-input"),
    ("models: [tides]", "models: [tides, other]", "plug-in-as-its-card"),
    ("models: [tides]", "models: []", "plug-in-as-its-card"),
    ("endpoints: [/tides]", "endpoints: [/live-face/match]", "no-face-scraping"),
    ("endpoints: [/tides]", "endpoints: [/person/risk]", "no-person-score"),
    ("id: tides.forecast", "id: forecast.tides", "must start with 'tides.'"),
    ("retention_days_max: 365", "retention_days_max: 0", "without a retention"),
    ("chartered: true", "chartered: false", "needs no charter"),
    ("room: tides", "room: forecast", "stands on the card of forecast"),
]


@pytest.mark.requirement("P01", "P02", "P03", "P05", "C01")
@pytest.mark.parametrize(("old", "new", "says"), STOPPED)
def test_which_cards_of_plug_ins_stop_the_start(site: Site, old: str, new: str, says: str | None) -> None:
    """In this process, through the same door as at start-up."""
    from peelian.domain.errors import PeelianError
    from peelian.governance.plugins import card_texts, check_offers, installed_plugins
    from peelian.governance.register import load_register
    from tests.governance.made import installed_cards

    assert old in CARD
    found = installed_plugins([str(site.install(card=CARD.replace(old, new, 1)).folder)])

    def start() -> None:
        register = load_register(installed_cards() | card_texts(found))
        check_offers(found, {card.room: card for card in register.cards})

    if says is None:  # a charter may admit it, and the policy asks for that charter
        start()
        return
    with pytest.raises(PeelianError, match=says):
        start()


WITHOUT = [
    # the card    the offers                                              what the sentence says
    (None, OFFERS, "has no card at"),
    (CARD, "[peelian.forecasters]\ntides = tides.model:Tides\n", "names 0 cards"),
    (CARD, f"{OFFERS}more = tides\n", "names 2 cards"),
    (CARD, f"{OFFERS}\n[peelian.doors]\ntides = tides:door\n", "peelian.doors"),
    (CARD, OFFERS.replace("tides.model:Tides", "tides.suspect_score:Rank"), "no-person-score"),
    (CARD, OFFERS.replace("[peelian.cards]\ntides", "[peelian.cards]\nforecast"), "as a room of ours"),
]


@pytest.mark.requirement("C01")
@pytest.mark.parametrize(("card", "offers", "says"), WITHOUT)
def test_a_plug_in_without_a_card_of_its_own_stops_the_start(
    site: Site, card: str | None, offers: str, says: str
) -> None:
    refused = site.install(card=card, offers=offers).peelian("charter", "new", str(site.folder / "new.toml"))
    assert refused.returncode == 1
    assert says in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert RAN not in refused.stderr
