"""What is registered, and which cards stop the start."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.domain.strict import read_yaml
from peelian.governance.card import Action, RiskClass, Store, Target
from peelian.governance.register import ROOMS, installed_register, load_register
from tests.governance.made import installed_cards

REGISTER = installed_register()


CARDS = installed_cards()


def test_what_every_capability_is_and_may_do() -> None:
    found = {
        item.id: f"{item.risk_class}, {item.target}: {' '.join(item.actions) or 'nothing stored'}"
        for item in REGISTER.capabilities
    }
    assert found == {
        "governance.people": "minimal, data: enroll read submit approve",
        "governance.charter": "minimal, data: submit approve read",
        "governance.backup": "minimal, data: export submit approve read",
        "governance.retention": "minimal, data: submit approve read export",
        "ledger.audit": "minimal, data: audit read export",
        "governance.subjects": "minimal, data: collect read merge submit erase",
        "report.publish": "minimal, place: read publish",
        "city.load": "minimal, data: collect read merge",
        "city.quality": "minimal, data: read submit",
        "city.places": "minimal, place: collect read",
        "city.geocode": "minimal, place: read submit",
        "city.erase": "minimal, data: submit erase read",
        "city.release": "minimal, data: read publish submit approve",
        "forecast.place": "high-risk, place: read commit",
        "forecast.score": "minimal, place: read score",
        "forecast.audit-proxies": "minimal, place: read score",
        "patrol.plan": "high-risk, plan: read propose approve export",
        "simulate.city": "minimal, synthetic: nothing stored",
        "governance.stop": "minimal, data: submit approve read",
        "governance.cases": "minimal, data: submit read",
        "governance.staff": "minimal, data: enroll",
        "governance.misuse": "minimal, data: audit read",
        "governance.break-glass": "minimal, data: submit audit read",
        "governance.breach": "minimal, data: submit read export",
        "governance.review": "minimal, data: propose read judge dispose submit audit collect",
        "governance.rights": "minimal, data: submit approve read collect",
        "governance.supervision": "minimal, data: submit approve read",
        "governance.authorisation": "minimal, data: submit approve read",
        "governance.decoys": "minimal, data: audit",
        "governance.witnesses": "minimal, data: submit approve",
    }


def test_what_is_kept_where_and_for_how_long_at_most() -> None:
    found = {
        item.id: (item.store.value, item.retention_days_max, item.chartered) for item in REGISTER.data_kinds
    }
    assert found == {
        "incident": ("parquet", 3653, True),
        "rejected-row": ("records", 365, True),
        "load": ("records", 3653, True),
        "load-held": ("records", 3653, True),
        "call": ("parquet", 3653, True),
        "boundary": ("parquet", 3653, True),
        "shift": ("parquet", 3653, True),
        "street-node": ("parquet", 3653, True),
        "street-edge": ("parquet", 3653, True),
        "layer": ("parquet", 3653, True),
        "condition": ("parquet", 3653, True),
        "place-set": ("records", 3653, True),
        "address-fix": ("records", 3653, True),
        "unreliable-window": ("records", 3653, True),
        "erasure-order": ("records", 3653, True),
        "erasure": ("records", 3653, True),
        "release": ("records", 36525, True),
        "release-statement": ("records", 36525, True),
        "surface": ("parquet", 3653, True),
        "forecast": ("records", 3653, True),
        "score": ("records", 3653, True),
        "plan": ("records", 3653, True),
        "proxy-audit": ("records", 3653, True),
        "report": ("reports", 3653, True),
        "principal": ("records", 3653, False),
        "charter": ("records", 3653, False),
        "ledger": ("ledger", 3653, False),
        "backup": ("reports", 3653, False),
        "erasure-statement": ("records", 3653, False),
        "subject": ("records", 3653, False),
        "contact": ("records", 1096, False),
        "subject-order": ("records", 3653, False),
        "subject-erasure": ("records", 3653, False),
        "rights-request": ("records", 1827, False),
        "rights-step": ("records", 1827, False),
        "rights-answer": ("records", 1827, False),
        "erasure-certificate": ("reports", 183, False),
        "legal-hold": ("records", 3653, False),
        **dict.fromkeys(
            ("stop", "suspension", "case", "training", "posting", "break-glass", "breach"),
            ("records", 3653, False),
        ),
        **dict.fromkeys(("watch-list", "misuse-flag"), ("records", 1096, False)),
        "finding": ("records", 1096, True),
        "review-state": ("records", 1096, True),
        "judgement": ("records", 1096, True),
        "disposition": ("records", 1096, True),
        "handover": ("records", 1096, True),
        "notice": ("records", 1827, False),
        "restriction": ("records", 36525, False),
        "truth-opening": ("records", 1827, False),
        "authorisation": ("records", 3653, False),
        "written-file": ("records", 366, False),
        "decoy": ("records", 1096, False),
        **dict.fromkeys(
            ("sealed-finding", "sealed-judgement", "sealed-disposition"), ("records", 1096, True)
        ),
        "witness-set": ("records", 3653, False),
        "departure": ("records", 36525, False),
    }
    sealed = [item.id for item in REGISTER.data_kinds if item.sealed]
    assert sealed == [
        *("contact", "notice", "sealed-finding", "sealed-judgement", "sealed-disposition"),
        "rejected-row",
    ]


def test_every_entry_carries_its_law() -> None:
    for capability in REGISTER.capabilities:
        assert capability.citation
        assert capability.annex
    for kind in REGISTER.data_kinds:
        assert kind.legal_source
        assert kind.retention_days_max >= 183 or kind.store is not Store.LEDGER
        assert all(column.meaning for column in kind.columns)


def test_no_target_is_a_person_and_none_can_be_named() -> None:
    assert {target.value for target in Target} == {"place", "plan", "data", "synthetic"}


def test_every_action_is_declared_by_some_capability() -> None:
    assert {action for item in REGISTER.capabilities for action in item.actions} == set(Action)


def test_an_extract_is_what_the_card_shows_word_for_word() -> None:
    columns = ("incident_id", "version", "key_hmac", "content_hash", "revised")
    REGISTER.require_extract("incident-keys", 2, "incident", columns)
    for name, version, kind, asked in (
        ("incident-keys", 1, "incident", columns),
        ("incident-key", 2, "incident", columns),
        ("incident-keys", 2, "surface", columns),
        ("incident-keys", 2, "incident", (*columns, "lon")),
        ("incident-keys", 2, "incident", columns[::-1]),
    ):
        with pytest.raises(BadInput, match="extract"):
            REGISTER.require_extract(name, version, kind, asked)


@pytest.mark.parametrize(
    ("look_up", "says"),
    [
        (lambda: REGISTER.capability("forecast.person"), "^The capability .*; did you mean 'forecast."),
        (lambda: REGISTER.data_kind("incidents"), "^The data kind .*; did you mean 'incident'"),
        (lambda: REGISTER.model("recensy"), "^The model .*; did you mean 'recency'"),
        (
            lambda: REGISTER.purpose("burglery-prevention"),
            "^The purpose .*; did you mean 'burglary-prevention'",
        ),
        (lambda: REGISTER.extract("surface", version=9), "^The extract .*; did you mean 'surface v1'"),
    ],
)
def test_what_is_not_registered_cannot_be_used(look_up: object, says: str) -> None:
    assert callable(look_up)
    with pytest.raises(BadInput, match=says):
        look_up()


def test_the_columns_of_incidents_are_those_that_are_stored() -> None:
    from peelian.city.intake.incident_table import SCHEMA

    assert [column.name for column in REGISTER.data_kind("incident").columns] == SCHEMA.names


STOPS = [
    # card       the change                                                     error     what the sentence says
    ("forecast", "risk_class: high-risk", "", BadInput, "lacks the key 'risk_class'"),
    ("forecast", "risk_class: high-risk", "risk_class: unknown", BadInput, "not a known risk class"),
    ("forecast", "risk_class: high-risk", "risk_class: prohibited", BadInput, "not a known risk class"),
    ("simulate", "citation: Regulation (EU) 2024/1689, Article 6(2) and Annex III, our reading", "", BadInput,
     "lacks the key 'citation'"),
    ("simulate", "citation: Regulation (EU) 2024/1689, Article 6(2) and Annex III, our reading", 'citation: ""',
     BadInput, "'citation' is empty"),
    ("patrol", "target: plan", "target: person", BadInput, "not a known target"),
    ("patrol", "target: plan", "target: vehicle", BadInput, "not a known target"),
    ("patrol", "retention_days_max: 3653", "", BadInput, "lacks the key 'retention_days_max'"),
    ("patrol", "retention_days_max: 3653", "retention_days_max: 0", BadInput, "without a retention"),
    ("patrol", "retention_days_max: 3653", "retention_days_max: ten years", BadInput, "must be a whole number"),
    ("patrol", "id: patrol.plan", "id: city.plan", BadInput, "must start with 'patrol.'"),
    ("patrol", "id: patrol.plan", "id: patrol.suspect-score", Refused, "no-person-score"),
    ("patrol", "id: patrol.plan", "id: patrol.live-facial-watch", Refused, "no-real-time-identification"),
    ("patrol", "id: plan\n", "id: incident\n", BadInput, "registered twice"),
    ("patrol", "uses: [surface, forecast, plan,", "uses: [surface, person,", BadInput, "not in the register"),
    ("patrol", "[read, propose, approve, export]", "[read, arrest]", BadInput, "not a known action"),
    ("patrol", "chartered: true", "chartered: false", BadInput, "needs no charter"),
    ("simulate", "room: simulate", "room: patrol", BadInput, "stands on the card of patrol"),
    ("governance", "room: governance", "room: city", BadInput, "stands on the card of city"),
    ("patrol", "mark: house", "mark: habit", BadInput, "'habit' is not a known mark. Known are: house, law"),
    ("governance", "mark: house", "mark: habit", BadInput, "'habit' is not a known mark. Known are: house, law"),
    ("patrol", "clock_starts: recorded", "clock_starts: never", BadInput,
     "'never' is not a known start of a retention clock. Known are: "),
    ("patrol", "subject_category: none", "subject_category: everybody", BadInput,
     "'everybody' is not a known subject category"),
    ("patrol", "store: records", "store: desk", BadInput, "'desk' is not a known store"),
    ("patrol", "schema: 1", "schema: 2", BadInput, "schema 2"),
    ("governance", "schema: 1", "schema: 2", BadInput, "schema 2"),
    ("patrol", "summary:", "sumary:", BadInput, "did you mean 'sumary'"),
    ("patrol", "store: records", "store: records\n    note: x", BadInput, "unknown key 'note'"),
    ("patrol", "store: records", "store: records\n    store: records", BadInput, "'store' stands twice"),
    ("patrol", "extracts: []", "extracts: [1]", BadInput, "must be a section"),
    ("city", "columns: [local_date, time_note,", "columns: [locale_date, time_note,", BadInput,
     "unknown column 'locale_date'; did you mean 'local_date'"),
    ("city", "columns: [incident_id, version,", "columns: [incident_id, incident_id,", BadInput, "twice"),
    ("city", "data_kind: incident\n    columns: [incident_id", "data_kind: crime\n    columns: [incident_id",
     BadInput, "not in the register"),
    ("city", "unit: m, personal: false}\n      offence_published", "unit: m, personal: true}\n      offence_published",
     BadInput, "personal columns in Parquet"),
    ("city", "      withdrawn:", "      victim_ethnicity: {meaning: x, personal: false}\n      withdrawn:", Refused,
     "no-special-category-input"),
    ("city", "      withdrawn:", "      suspect_name: {meaning: x, personal: false}\n      withdrawn:", Refused,
     "no-person-input"),
    ("city", "name: incident-quality", "name: call-counts", BadInput, "registered twice"),
    ("forecast", "inputs: [cell_day_counts,", "inputs: [median_income, cell_day_counts,", Refused,
     "no-socioeconomic-input"),
    ("governance", "id: theft-prevention", "id: burglary-prevention", BadInput, "registered twice"),
    ("governance", 'prohibited_version: "2026-11-22"', 'prohibited_version: "2025-01-01"', BadInput,
     "read the list again"),
    ("governance", "purposes:", "porpoises:", BadInput, "did you mean 'porpoises'"),
]  # fmt: skip


@pytest.mark.parametrize(("card", "old", "new", "error", "says"), STOPS)
def test_which_cards_stop_the_start(card: str, old: str, new: str, error: type[Exception], says: str) -> None:
    assert old in CARDS[card]
    with pytest.raises(error, match=says) as stopped:
        load_register(CARDS | {card: CARDS[card].replace(old, new, 1)})
    if any(
        word in says
        for word in ("not a known", "lacks the key", "schema", "must be", "unknown key", "stands")
    ):
        assert str(stopped.value).startswith("register.yaml" if card == "governance" else f"{card}/card.yaml")


def test_without_governances_card_there_is_no_register() -> None:
    with pytest.raises(BadInput, match=r"register\.yaml"):
        load_register({room: CARDS[room] for room in ROOMS})


def test_every_risk_class_but_prohibited_can_be_registered() -> None:
    assert {item.value for item in RiskClass} == {"minimal", "limited", "high-risk"}
    for risk_class in RiskClass:
        text = CARDS["patrol"].replace("high-risk\n", f"{risk_class}\n", 1)
        assert load_register(CARDS | {"patrol": text}).capability("patrol.plan").risk_class is risk_class


KEYS = sorted({(card, key) for card, text in CARDS.items() for key in yaml.safe_load(text)})


@given(st.sampled_from(KEYS), st.sampled_from([None, 1, True, "x", [], {}, [[]], {"a": {}}]))
def test_a_value_of_the_wrong_kind_stops_the_start(place: tuple[str, str], value: object) -> None:
    card, key = place
    content = yaml.safe_load(CARDS[card])
    assume(type(content[key]) is not type(value))
    with pytest.raises(BadInput, match=key):
        load_register(CARDS | {card: yaml.safe_dump(content | {key: value})})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "'a' stands twice"),
        ("b: {c: 1, c: 1}\n", "'c' stands twice"),
        ("- 1\n", "does not hold keys"),
        ("", "does not hold keys"),
        ("a: [1", "not readable as YAML"),
        ("a: !!python/object:os.system {}\n", "not readable as YAML"),
    ],
)
def test_yaml_that_hides_something_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_yaml(text, where="card.yaml")
