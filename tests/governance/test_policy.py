"""Who may do what, and that every doubt is a refusal: the table, the traps of Cedar, and the laws."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import replace
from datetime import date, timedelta

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, PeelianError, Refused
from peelian.domain.incident import Origin
from peelian.governance.card import Action
from peelian.governance.cases import CaseStanding
from peelian.governance.charter import permits
from peelian.governance.policy import Policy, Question
from peelian.governance.policy_table import permission_table, permissions
from peelian.governance.principals import Role
from peelian.governance.prohibition.prohibited import Mark, installed_list
from peelian.governance.question import FLAGS
from peelian.governance.reasons import needs_reason
from peelian.governance.register import installed_register, load_register
from peelian.governance.request import request_for
from peelian.governance.rules import FILES, installed_text
from peelian.governance.terms import Mandate
from tests.governance.made import DAY, charter, installed_cards, person, question

REGISTER = installed_register()
POLICY = Policy.load()
KINDS = [kind.id for kind in REGISTER.data_kinds]
CAPABILITIES = [capability.id for capability in REGISTER.capabilities]
TEXT = installed_text(*FILES)

# Everything that anybody may do, all else being in order. What is not in this table is refused.
#                           administrator  analyst  commander  approver  auditor
MAY = """
approve   charter           .              .        .          yes       .
approve   erasure-statement .              .        .          yes       .
approve   plan              .              .        yes        yes       .
approve   release-statement .              .        .          yes       .
audit     ledger            .              .        .          .         yes
collect   boundary          .              yes      .          .         .
collect   call              .              yes      .          .         .
collect   condition         .              yes      .          .         .
collect   incident          .              yes      .          .         .
collect   layer             .              yes      .          .         .
collect   shift             .              yes      .          .         .
collect   street-edge       .              yes      .          .         .
collect   street-node       .              yes      .          .         .
commit    forecast          .              yes      .          .         .
commit    surface           .              yes      .          .         .
enroll    principal         yes            .        .          .         .
erase     call              .              .        .          yes       .
erase     incident          .              .        .          yes       .
export    backup            yes            .        .          .         .
export    ledger            .              .        .          .         yes
export    plan              .              yes      yes        .         .
merge     call              .              yes      .          .         .
merge     incident          .              yes      .          .         .
propose   plan              .              yes      yes        .         .
publish   release           .              yes      .          .         yes
publish   report            .              yes      .          .         yes
read      address-fix       .              yes      .          .         .
read      boundary          .              yes      yes        yes       yes
read      call              .              yes      .          .         .
read      charter           yes            yes      yes        yes       yes
read      condition         .              yes      yes        yes       yes
read      erasure           .              yes      .          yes       yes
read      erasure-order     .              yes      .          yes       yes
read      erasure-statement .              .        .          yes       .
read      forecast          .              yes      yes        yes       yes
read      incident          .              yes      .          .         .
read      layer             .              yes      yes        yes       yes
read      ledger            .              .        .          .         yes
read      load              .              yes      .          .         yes
read      load-held         .              yes      .          .         yes
read      place-set         .              yes      yes        yes       yes
read      plan              .              yes      yes        yes       yes
read      proxy-audit       .              yes      yes        yes       yes
read      principal         yes            yes      yes        yes       yes
read      rejected-row      .              yes      .          .         .
read      release           .              yes      .          yes       yes
read      release-statement .              yes      .          yes       yes
read      report            .              yes      yes        yes       yes
read      score             .              yes      yes        yes       yes
read      shift             .              yes      yes        yes       yes
read      street-edge       .              yes      yes        yes       yes
read      street-node       .              yes      yes        yes       yes
read      surface           .              yes      yes        yes       yes
read      unreliable-window .              yes      .          yes       yes
score     score             .              yes      .          .         .
score     proxy-audit       .              yes      .          .         .
submit    address-fix       .              yes      .          .         .
submit    charter           .              yes      yes        .         .
submit    erasure-order     .              yes      .          .         .
submit    erasure-statement yes            .        .          .         .
submit    release-statement .              yes      .          .         .
submit    unreliable-window .              yes      .          .         yes
collect   contact           .              yes      .          yes       .
collect   subject           .              yes      .          yes       .
erase     subject           .              .        .          yes       .
merge     subject           .              yes      .          .         .
read      contact           .              yes      .          yes       .
read      subject           .              yes      .          yes       .
read      subject-erasure   .              yes      .          yes       yes
read      subject-order     .              yes      .          yes       yes
submit    subject-order     .              yes      .          .         .
submit    legal-hold        .              yes      yes        yes       .
approve   legal-hold        .              .        .          yes       .
read      legal-hold        .              yes      yes        yes       yes
export    erasure-certificate .            yes      .          yes       yes
submit    stop              yes            .        yes        yes       .
approve   stop              .              .        .          yes       .
read      stop              yes            yes      yes        yes       yes
submit    suspension        .              yes      yes        yes       .
approve   suspension        .              .        .          yes       .
read      suspension        yes            yes      yes        yes       yes
submit    case              .              .        yes        .         .
read      case              .              .        yes        .         yes
enroll    training          yes            .        yes        .         .
enroll    posting           yes            .        yes        .         .
audit     misuse-flag       .              .        .          .         yes
read      misuse-flag       .              .        .          .         yes
audit     watch-list        .              .        .          .         yes
read      watch-list        .              .        .          .         yes
submit    break-glass       .              yes      yes        yes       .
audit     break-glass       .              .        .          .         yes
read      break-glass       .              .        .          .         yes
submit    breach            yes            .        yes        yes       .
read      breach            yes            .        .          .         yes
export    breach            yes            .        .          .         yes
submit    authorisation     .              yes      yes        .         .
approve   authorisation     .              .        .          yes       .
read      authorisation     .              yes      yes        yes       yes
"""


# What roles beyond these five may do, a line for each role and act.
MAY_TOO = """
rights-officer  approve  rights-step
rights-officer  collect  subject
rights-officer  read     charter contact forecast notice plan principal score subject surface
rights-officer  read     rights-answer rights-request rights-step
rights-officer  submit   notice rights-request rights-step
auditor         read     rights-answer rights-request rights-step
analyst         propose  finding
reviewer        judge    judgement
reviewer        read     charter disposition finding handover judgement principal review-state
reviewer        submit   handover
commander       dispose  disposition
commander       read     disposition finding handover judgement review-state
auditor         audit    judgement
auditor         read     disposition finding handover judgement review-state
rights-officer  submit   restriction
rights-officer  approve  restriction
rights-officer  read     restriction truth-opening
auditor         read     restriction truth-opening
supervisor      submit   truth-opening
supervisor      approve  truth-opening
supervisor      read     rights-request rights-step truth-opening
approver        enroll   training
auditor         audit    decoy
analyst         propose  sealed-finding
reviewer        judge    sealed-judgement
reviewer        read     sealed-disposition sealed-finding sealed-judgement
commander       dispose  sealed-disposition
commander       read     sealed-disposition sealed-finding sealed-judgement
auditor         read     sealed-disposition sealed-finding sealed-judgement
rights-officer  read     review-state sealed-disposition sealed-finding sealed-judgement
administrator   submit   witness-set
approver        approve  witness-set
administrator   submit   departure
approver        approve  departure
"""
EXPECTED = {
    (role, Action(action), kind)
    for action, kind, *answers in map(str.split, MAY.strip().splitlines())
    for role, answer in zip(list(Role)[:5], answers, strict=True)
    if answer == "yes"
} | {
    (Role(role), Action(action), kind)
    for role, action, *kinds in map(str.split, MAY_TOO.strip().splitlines())
    for kind in kinds
}


def test_the_whole_table_of_who_may_do_what() -> None:
    asked = permissions(POLICY, REGISTER)
    assert {(p.role, p.action, p.data_kind) for p in asked if p.decision.allowed} == EXPECTED
    everything = set(itertools.product(Role, Action, KINDS))
    assert {(p.role, p.action, p.data_kind) for p in asked} == everything
    assert len(asked) == len(everything)


def test_the_permissions_page_shows_every_rule_and_every_permission() -> None:
    page = permission_table(POLICY, REGISTER)
    for action, kind in {(action, kind) for _, action, kind in EXPECTED}:
        cells = " | ".join("yes" if (role, action, kind) in EXPECTED else "" for role in Role)
        assert f"| {action} | {kind} | {cells} |" in page
    prohibited = {rule.id for rule in installed_list().rules}
    for rule in POLICY.rules:
        assert (f"| {rule.id} |" in page) == (rule.id not in prohibited)


# All in order but for one thing; the rule that then refuses.
COLLECT = question(Role.ANALYST, "collect incident", through="city.load")
READ = question(Role.ANALYST, "read incident", through="forecast.place", inputs=("own_7",))
COMMIT = question(Role.ANALYST, "commit forecast", through="forecast.place")
PROPOSE = question(Role.COMMANDER, "propose plan", through="patrol.plan")
APPROVE = question(Role.APPROVER, "approve plan", through="patrol.plan")
EXPORT = question(Role.COMMANDER, "export plan", through="patrol.plan")
PUBLISH = question(Role.ANALYST, "publish report", through="report.publish")
ENROLL = question(Role.ADMINISTRATOR, "enroll principal", through="governance.people", charter=None)
SUBMIT = question(Role.ANALYST, "submit charter", through="governance.charter", charter=None)
CHARTER = question(Role.APPROVER, "approve charter", through="governance.charter", charter=None)
AUDIT = question(Role.AUDITOR, "audit ledger", through="ledger.audit", charter=None)
BACKUP = question(Role.ADMINISTRATOR, "export backup", through="governance.backup", charter=None)
STATE = question(Role.ADMINISTRATOR, "submit erasure-statement", through="governance.backup", charter=None)
AGREE = question(Role.APPROVER, "approve erasure-statement", through="governance.backup", charter=None)
REJECTED = question(Role.ANALYST, "read rejected-row", through="city.load")
TRAIN = question(
    Role.ADMINISTRATOR,
    "enroll training",
    through="governance.staff",
    charter=None,
    trained=False,
    approved=True,
)
OPEN = question(Role.SUPERVISOR, "approve truth-opening", through="governance.supervision", charter=None)
EVIDENCE = replace(REJECTED, restricted=True, court_ordered=True)
CHARTERED = (COLLECT, READ, COMMIT, PROPOSE, APPROVE, EXPORT, PUBLISH, REJECTED, EVIDENCE)
UNCHARTERED = (ENROLL, SUBMIT, CHARTER, AUDIT, BACKUP, STATE, AGREE, TRAIN, OPEN)
REVIEW = replace(
    charter(),
    capabilities=("governance.review",),
    data=("finding", "review-state", "judgement", "disposition", "handover"),
)
FIND = question(Role.ANALYST, "propose finding", through="governance.review", charter=REVIEW)
JUDGE = question(
    Role.REVIEWER, "judge judgement", through="governance.review", charter=REVIEW, read_before=False
)
DISPOSE = question(
    Role.COMMANDER, "dispose disposition", through="governance.review", charter=REVIEW, grounded=True
)
CHARTERED = (COLLECT, READ, COMMIT, PROPOSE, APPROVE, EXPORT, PUBLISH, FIND, JUDGE, DISPOSE)
UNCHARTERED = (ENROLL, SUBMIT, CHARTER, AUDIT, BACKUP, STATE, AGREE)

ENFORCEMENT = Origin.ENFORCEMENT_FOUND
MANDATED = replace(
    charter(), mandate=Mandate(("incident", "call"), "counts side by side", "a concrete danger")
)
RESEARCH = replace(charter(), purpose="research")
VICTIMS = replace(charter(), purpose="victim-protection", admitted_inputs=("age_band",))

SPOILT = [
    # the question, spoilt                                                    the rule that refuses
    (replace(READ, charter=None), "charter-required"),
    (replace(READ, today=date(2025, 12, 31)), "charter-not-yet-valid"),
    (replace(READ, today=date(2027, 1, 1)), "charter-expired"),
    (replace(READ, purpose="violence-prevention"), "purpose-outside-charter"),
    (replace(READ, purpose=None), "purpose-outside-charter"),
    (replace(READ, capability=None), "capability-outside-charter"),
    (replace(READ, offences=("burglary", "robbery")), "offence-outside-charter"),
    (replace(READ, origins=("victim-reported", "enforcement-found")), "origin-outside-charter"),
    (replace(READ, capability="ledger.audit"), "capability-outside-charter"),
    (replace(READ, capability="patrol.plan"), "data-kind-outside-capability"),
    (replace(READ, capability="city.load", action="score"), "action-outside-capability"),
    (replace(READ, resource_kind="incidents"), "unregistered"),
    (replace(READ, capability="forecast.places"), "unregistered"),
    (replace(READ, capability="suspect.score"), "no-person-score"),
    (replace(READ, target="person"), "no-person-score"),
    (replace(READ, inputs=("own_7", "r4ce_pct")), "no-special-category-input"),
    (replace(READ, inputs=("median_income",)), "no-socioeconomic-input"),
    (replace(READ, inputs=("arrests_28",)), "no-enforcement-found-input"),
    (replace(READ, inputs=("feature_17",)), "unregistered"),
    (replace(READ, inputs=("人種",)), "unregistered"),
    (replace(READ, target="vehicle"), "unregistered"),
    (replace(READ, charter=replace(charter(), data=("plan",))), "data-kind-outside-charter"),
    (replace(READ, charter=replace(charter(), capabilities=("patrol.plan",))), "capability-outside-charter"),
    (replace(READ, principal=person("Col", Role.COMMANDER)), "default-deny"),
    (replace(READ, principal=person("Adm", Role.ADMINISTRATOR)), "administrator-sees-no-data"),
    (replace(COMMIT, period_started=True), "forecast-before-its-period"),
    (replace(COMMIT, period_started=None), "forecast-before-its-period"),
    (replace(COMMIT, principal=person("Aud", Role.AUDITOR)), "auditor-does-nothing-audited"),
    (replace(APPROVE, self_approval=True), "no-self-approval"),
    (replace(APPROVE, self_approval=None), "no-self-approval"),
    (replace(CHARTER, self_approval=True), "no-self-approval"),
    (replace(CHARTER, self_approval=None), "no-self-approval"),
    (replace(EXPORT, approved=False), "export-needs-approval"),
    (replace(EXPORT, approved=None), "export-needs-approval"),
    (replace(ENROLL, principal=person("Ann", Role.ANALYST)), "default-deny"),
    (replace(BACKUP, principal=person("Ann", Role.ANALYST)), "default-deny"),
    (replace(BACKUP, principal=person("Aud", Role.AUDITOR)), "default-deny"),
    (replace(BACKUP, capability="ledger.audit"), "data-kind-outside-capability"),
    (replace(STATE, principal=person("Abe", Role.APPROVER)), "default-deny"),
    (replace(STATE, principal=person("Aud", Role.AUDITOR)), "auditor-submits-marks-only"),
    (replace(AGREE, principal=person("Adm", Role.ADMINISTRATOR)), "default-deny"),
    (replace(AGREE, self_approval=True), "no-self-approval"),
    (replace(AGREE, self_approval=None), "no-self-approval"),
    (replace(SUBMIT, capability="report.publish"), "action-outside-capability"),
    (question(Role.ANALYST, "read rejected-row", through="report.publish"), "data-kind-outside-capability"),
    (replace(EXPORT, recipient=None), "recipient-not-listed"),
    (replace(EXPORT, recipient="patrol units of the demonstration agency"), "recipient-not-listed"),
    (replace(EXPORT, recipient="Another agency"), "recipient-not-listed"),
    (replace(EXPORT, charter=replace(charter(), recipients=())), "recipient-not-listed"),
    (replace(READ, charter=replace(charter(), registration=())), "registration-required"),
    (
        replace(READ, charter=replace(charter(), registration=(("patrol.plan", "x"),))),
        "registration-required",
    ),
    (replace(READ, sources=("incident", "call")), "source-outside-mandate"),
    (replace(READ, charter=MANDATED, sources=("incident", "call", "layer")), "source-outside-mandate"),
    (replace(PROPOSE, purpose="research", charter=RESEARCH), "only-prevention-sends-patrols"),
    (replace(EXPORT, purpose="research", charter=RESEARCH), "only-prevention-sends-patrols"),
    (replace(READ, explanations=("pct_black",)), "no-special-category-input"),
    (replace(READ, statistics=("suspect_names",)), "no-person-input"),
    (
        replace(READ, charter=VICTIMS, purpose="victim-protection", inputs=("own_7", "gender")),
        "no-protected-attribute-input",
    ),
    (replace(READ, inputs=("age_band",)), "no-protected-attribute-input"),
    (replace(COMMIT, stopped=True), "stopped"),
    (replace(READ, stopped=None), "stopped"),
    (replace(PROPOSE, suspended=True), "suspended-capability"),
    (replace(PROPOSE, suspended=None), "suspended-capability"),
    (replace(READ, departed=True), "enrolment-ended"),
    (replace(READ, departed=None), "enrolment-ended"),
    (replace(READ, trained=False), "training-expired"),
    (replace(READ, trained=None), "training-expired"),
    (replace(READ, trained=False, approved=True), "training-expired"),
    (replace(TRAIN, approved=False), "training-expired"),
    (replace(TRAIN, approved=None), "training-expired"),
    (replace(READ, frozen=True), "break-glass-unreviewed"),
    (replace(READ, frozen=None), "break-glass-unreviewed"),
    (replace(REJECTED, reason_fits=None), "reason-required"),
    (replace(REJECTED, reason_fits=False), "reason-for-another-kind"),
    (replace(REJECTED, case=None), "case-required"),
    (replace(REJECTED, case="missing"), "case-required"),
    (replace(REJECTED, case="unknown"), "case-unknown"),
    (replace(REJECTED, case="closed"), "case-closed"),
    (replace(REJECTED, case="other-purpose"), "case-for-another-purpose"),
    (replace(REJECTED, case="other-unit"), "case-of-another-unit"),
    (replace(REJECTED, case="not-assigned"), "case-not-yours"),
    (replace(FIND, principal=person("Rea", Role.REVIEWER)), "default-deny"),
    (replace(JUDGE, self_approval=True), "proposer-is-no-reader"),
    (replace(JUDGE, self_approval=None), "proposer-is-no-reader"),
    (replace(JUDGE, read_before=True), "two-readers"),
    (replace(JUDGE, read_before=None), "two-readers"),
    (replace(JUDGE, principal=person("Col", Role.COMMANDER)), "default-deny"),
    (replace(JUDGE, principal=person("Aud", Role.AUDITOR)), "auditor-judges-no-finding"),
    (replace(DISPOSE, grounded=False), "independent-ground"),
    (replace(DISPOSE, grounded=None), "independent-ground"),
    (replace(DISPOSE, approved=False), "acted-on-after-reading"),
    (replace(DISPOSE, approved=None), "acted-on-after-reading"),
    (replace(DISPOSE, principal=person("Rea", Role.REVIEWER)), "default-deny"),
    (replace(DISPOSE, principal=person("Aud", Role.AUDITOR)), "auditor-judges-no-finding"),
    (replace(REJECTED, restricted=True), "restricted-records"),
    (replace(REJECTED, restricted=None), "restricted-records"),
    (replace(REJECTED, restricted=True, court_ordered=False), "restricted-records"),
    (replace(OPEN, principal=person("Rob", Role.RIGHTS_OFFICER)), "supervision-for-its-own-purpose"),
    (replace(OPEN, principal=person("Aud", Role.AUDITOR)), "auditor-does-nothing-audited"),
    (replace(OPEN, purpose="oversight"), "supervision-for-its-own-purpose"),
    (replace(OPEN, purpose=None), "supervision-for-its-own-purpose"),
    (replace(OPEN, self_approval=True), "no-self-approval"),
    (replace(READ, principal=person("Sue", Role.SUPERVISOR)), "supervisor-does-nothing-supervised"),
    (replace(COMMIT, cell_m=99.9), "no-household-place"),
    (replace(PROPOSE, cell_m=10.0), "no-household-place"),
    (replace(PROPOSE, cell_m=float("nan")), "no-household-place"),
    (replace(PROPOSE, dwellings=1), "no-household-place"),
    (replace(PROPOSE, dwellings=9, cell_m=250.0), "no-household-place"),
    (replace(READ, authorised=False, authorisation="refused"), "authorisation-refused"),
    (replace(READ, authorised=False, authorisation="lapsed"), "authorisation-lapsed"),
    (replace(READ, authorised=False, authorisation="missing"), "authorisation-required"),
    (replace(READ, authorised=False, authorisation="waits"), "authorisation-waits"),
    (replace(READ, authorised=False, authorisation="over"), "authorisation-over"),
    (replace(READ, authorised=False, authorisation="another"), "authorisation-for-another-use"),
    (replace(READ, authorised=False, authorisation="anything"), "authorisation-for-another-use"),
    (replace(READ, authorised=False), "authorisation-for-another-use"),
    (replace(READ, authorised=None, authorisation=None), "authorisation-for-another-use"),
]


@pytest.mark.parametrize("asked", [*CHARTERED, *UNCHARTERED], ids=lambda q: f"{q.action}-{q.resource_kind}")
def test_in_order_it_is_allowed(asked: Question) -> None:
    decision = POLICY.require(asked)
    assert decision.allowed
    assert decision.citation
    assert not {rule.id: rule for rule in POLICY.rules}[decision.rule].forbids


@pytest.mark.parametrize(("asked", "rule"), SPOILT)
def test_one_thing_out_of_order_and_it_is_refused_by_its_rule(asked: Question, rule: str) -> None:
    decision = POLICY.decide(asked)
    assert decision.allowed is False
    assert decision.says.endswith(".")
    with pytest.raises(Refused) as refusal:
        POLICY.require(asked)
    assert refusal.value.rule == rule == decision.rule
    assert refusal.value.remedy
    assert asked.principal.name in str(refusal.value)


@pytest.mark.requirement("D06", "S08")
def test_a_mandate_opens_the_sources_it_names_and_a_recipient_is_one_the_charter_names() -> None:
    assert POLICY.decide(replace(READ, charter=MANDATED, sources=("incident",))).allowed
    assert POLICY.decide(EXPORT).allowed


@pytest.mark.parametrize("dwellings", [None, 0, 10, 4000])
def test_a_place_of_ten_dwellings_or_of_none_may_be_planned_for(dwellings: int | None) -> None:
    assert POLICY.decide(replace(PROPOSE, dwellings=dwellings)).allowed


@pytest.mark.parametrize("said", [9.0, "9", True, float("nan")])
def test_dwellings_are_told_in_whole_numbers(said: object) -> None:
    with pytest.raises(BadInput, match="give a whole number"):
        replace(PROPOSE, dwellings=said)  # type: ignore[arg-type]  # what a careless door might tell


@pytest.mark.requirement("D03")
def test_area_figures_may_explain_or_audit_what_they_may_never_make() -> None:
    poor = ("median_income", "unemployment_rate")
    assert POLICY.decide(replace(READ, explanations=poor)).allowed
    assert POLICY.decide(replace(READ, statistics=(*poor, "pct_black"))).allowed
    assert POLICY.decide(replace(READ, inputs=poor)).rule == "no-socioeconomic-input"


def test_age_may_protect_victims_where_their_charter_admits_it_by_name() -> None:
    texts = installed_cards()
    declaring = texts["forecast"].replace("inputs: [", "inputs: [age_band, ")
    with pytest.raises(Refused, match="no-protected-attribute-input"):
        load_register(texts | {"forecast": declaring})
    asked = replace(READ, purpose="victim-protection", charter=VICTIMS, inputs=("age_band",))
    # No card declares it, so the answer is that it is unknown, and no longer that it is prohibited.
    assert POLICY.decide(asked).rule == "unregistered"
    assert POLICY.decide(replace(asked, inputs=("age_band_of_muslims",))).rule == "no-special-category-input"


def test_what_is_not_registered_is_named_with_the_way_out() -> None:
    decision = POLICY.decide(replace(READ, resource_kind="incidents"))
    assert decision.says == "The register does not know the data kind 'incidents'."
    assert decision.remedy == "See the register."


def test_law_is_named_before_the_house() -> None:
    decision = POLICY.decide(replace(READ, inputs=("median_income", "race", "surname")))
    assert (decision.rule, decision.mark) == ("no-special-category-input", Mark.LAW)
    assert decision.also == ("no-person-input", "no-socioeconomic-input")


def test_sealed_rows_open_for_whoever_mends_the_source_and_for_nobody_else() -> None:
    for capability in ("city.load", "city.quality"):
        asked = question(Role.ANALYST, "read rejected-row", through=capability)
        assert POLICY.decide(asked).rule == "analyst-mends-rejected-rows"
        for role in set(Role) - {Role.ANALYST}:
            assert not POLICY.decide(question(role, "read rejected-row", through=capability)).allowed


def test_what_patrols_find_needs_a_card_that_declares_it_and_a_charter_that_admits_it() -> None:
    texts = installed_cards()
    declaring = texts["forecast"].replace("inputs: [", "inputs: [arrests_28, ")
    declared = Policy.load(register=load_register(texts | {"forecast": declaring}))
    admitted = replace(charter(), origins=(Origin.VICTIM_REPORTED, ENFORCEMENT))
    asked = replace(READ, inputs=("arrests_28",), origins=("enforcement-found",))
    assert declared.decide(asked).rule == "no-enforcement-found-input"
    assert POLICY.decide(replace(asked, charter=admitted)).rule == "unregistered"
    assert declared.decide(replace(asked, charter=admitted)).allowed
    assert not declared.decide(replace(asked, charter=admitted, inputs=("race",))).allowed


@pytest.mark.parametrize(
    "spoilt",
    [
        {"action": "arrest"},
        {"origins": ("rumour",)},
        {"today": "2026-07-01"},
        {"self_approval": "no"},
        {"approved": 1},
        {"period_started": 0},
        {"read_before": "never"},
        {"grounded": 1},
    ],
)
def test_a_question_that_is_none_is_not_asked(spoilt: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        replace(READ, **spoilt)


@pytest.mark.parametrize(("what", "said"), [("action", "arrest"), ("origin", "rumour")])
def test_an_act_or_an_origin_that_there_is_not_is_named(what: str, said: str) -> None:
    asked = {"action": {"action": said}, "origin": {"origins": (said,)}}[what]
    with pytest.raises(
        BadInput, match=rf"^the question to the policy: '{said}' is not a known {what}\b.* Known are: "
    ):
        replace(READ, **asked)


def test_what_no_rule_permits_is_refused_with_where_to_look() -> None:
    decision = POLICY.decide(replace(READ, principal=person("Ada", Role.COMMANDER)))
    assert decision.rule == "default-deny"
    assert decision.says == "No rule lets commander read incident."
    assert decision.remedy == "Ask somebody whose role it is; docs/reference/permissions.md lists them."


def test_what_permits_says_no_way_out_because_none_is_needed() -> None:
    decision = POLICY.decide(READ)
    assert decision.allowed
    assert decision.remedy == ""


# --- laws

OPERATING = (Role.ANALYST, Role.COMMANDER, Role.APPROVER, Role.REVIEWER)
PEOPLE = st.sets(st.sampled_from(OPERATING), min_size=1).map(
    lambda roles: person("Ann", *roles)
) | st.sampled_from([Role.ADMINISTRATOR, Role.AUDITOR]).map(lambda role: person("Ann", role))
MAYBE = st.sampled_from([None, True, False])
SOME = lambda names: st.lists(st.sampled_from(names), unique=True, max_size=3).map(tuple)  # noqa: E731
CHARTERS = st.none() | st.builds(
    lambda **terms: replace(charter(), **terms),
    purpose=st.sampled_from(["burglary-prevention", "violence-prevention"]),
    capabilities=st.just(tuple(CAPABILITIES)) | SOME(CAPABILITIES),
    data=st.just(tuple(KINDS)) | SOME(KINDS),
    offences=SOME(["burglary", "robbery"]),
    origins=st.just((Origin.VICTIM_REPORTED,)) | SOME(list(Origin)),
)
ANYTHING = {
    "principal": PEOPLE,
    "action": st.sampled_from(list(Action)),
    "resource_kind": st.sampled_from([*KINDS, "suspect"]),
    "purpose": st.sampled_from(["burglary-prevention", "violence-prevention", "supervision", None]),
    "charter": CHARTERS,
    "today": st.dates(DAY - timedelta(days=400), DAY + timedelta(days=400)),
    "capability": st.sampled_from([*CAPABILITIES, "suspect.score", None]),
    "offences": SOME(["burglary", "robbery"]),
    "origins": SOME([origin.value for origin in Origin]),
    "inputs": SOME(["own_7", "race", "feature_17"]),
    "target": st.sampled_from([None, "place", "person"]),
    "self_approval": MAYBE,
    "period_started": MAYBE,
    "approved": MAYBE,
    "stopped": MAYBE,
    "suspended": MAYBE,
    "trained": MAYBE,
    "frozen": MAYBE,
    "reason_fits": MAYBE,
    "case": st.sampled_from([None, *CaseStanding]),
    "read_before": MAYBE,
    "grounded": MAYBE,
    "restricted": MAYBE,
    "court_ordered": MAYBE,
    "departed": MAYBE,
}


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a question in order, then put anything in place of up to five of its parts."""
    asked = draw(st.sampled_from([*CHARTERED, *UNCHARTERED]))
    spoilt = draw(st.sets(st.sampled_from(sorted(ANYTHING)), max_size=5))
    return replace(asked, **{name: draw(ANYTHING[name]) for name in spoilt})


QUESTIONS = questions()


@given(QUESTIONS)
def test_what_is_allowed_satisfies_every_rule_written_out_by_hand(asked: Question) -> None:
    """An independent reading of the rules in Python: whatever Cedar allows, all of it holds."""
    if not POLICY.decide(asked).allowed:
        return
    roles, may = asked.principal.roles, (asked.action, asked.resource_kind)
    assert any((role, Action(asked.action), asked.resource_kind) in EXPECTED for role in roles)
    assert asked.target != "person"
    assert set(asked.inputs) <= {"own_7"}
    assert asked.action != "approve" or asked.self_approval is False
    assert asked.action != "commit" or asked.period_started is False
    assert may != ("export", "plan") or asked.approved is True
    assert (asked.stopped, asked.suspended, asked.frozen, asked.departed) == (False,) * 4
    assert asked.trained is True or (asked.resource_kind == "training" and asked.approved is True)
    if needs_reason(REGISTER.data_kind(asked.resource_kind)) and asked.action in (
        "read",
        "export",
        "publish",
    ):
        assert asked.reason_fits is True
        assert asked.case in (CaseStanding.FITS, CaseStanding.NOT_NEEDED)
    if REGISTER.data_kind(asked.resource_kind).sealed and asked.action == "read":
        overseeing = roles & {Role.RIGHTS_OFFICER, Role.AUDITOR}
        assert asked.restricted is False or asked.court_ordered is True or overseeing
    if asked.resource_kind == "truth-opening" and asked.action in ("submit", "approve"):
        assert (asked.purpose, roles) == ("supervision", {Role.SUPERVISOR})
    assert asked.action != "judge" or (asked.self_approval is False and asked.read_before is False)
    assert asked.action != "dispose" or (asked.grounded is True and asked.approved is True)
    if not REGISTER.data_kind(asked.resource_kind).chartered:
        return
    assert asked.charter is not None
    assert asked.capability is not None
    assert asked.charter.valid_from <= asked.today < asked.charter.expires
    assert asked.purpose == asked.charter.purpose
    permits(
        asked.charter,
        capability=asked.capability,
        purpose=asked.purpose,
        data_kind=asked.resource_kind,
        offences=asked.offences,
    )
    assert set(asked.origins) <= set(asked.charter.origins)
    declared = REGISTER.capability(asked.capability)
    assert asked.action in declared.actions
    assert asked.resource_kind in declared.uses


@given(QUESTIONS, st.data())
def test_nothing_that_is_told_besides_turns_a_self_approval_into_a_yes(
    asked: Question, data: st.DataObject
) -> None:
    own = replace(asked, action="approve", self_approval=True)
    told = {
        "purpose": "burglary-prevention",
        "capability": data.draw(st.sampled_from(CAPABILITIES)),
        "charter": charter(),
        "approved": True,
        "period_started": False,
        "today": DAY,
    }
    more = data.draw(st.sets(st.sampled_from(sorted(told))))
    assert not POLICY.decide(replace(own, **{name: told[name] for name in more})).allowed


@given(QUESTIONS, st.sampled_from(["race", "gender", "median_income", "suspect_count", "face_embedding"]))
def test_a_prohibited_input_is_refused_whatever_else_is_in_order(asked: Question, name: str) -> None:
    assert not POLICY.decide(replace(asked, inputs=(*asked.inputs, name))).allowed


@given(
    QUESTIONS,
    st.sampled_from([*FLAGS, "case", "charter", "purpose", "capability"]),
)
def test_leaving_something_unsaid_never_turns_a_no_into_a_yes(asked: Question, unsaid: str) -> None:
    """One exception: governance's own records need no charter and no capability, so a wrong one cannot hurt."""
    silent = POLICY.decide(replace(asked, **{unsaid: None}))
    if asked.capability is not None and unsaid == "capability" and asked.resource_kind in UNBOUND:
        return
    assert POLICY.decide(asked).allowed or not silent.allowed


UNBOUND = {kind.id for kind in REGISTER.data_kinds if not kind.chartered}


# --- Cedar's traps


def test_reasons_name_the_right_rule_in_whatever_order_the_policies_stand() -> None:
    """Cedar calls policies by their place in the text; a map that went wrong would cite the wrong law."""
    parts = re.findall(r"@id\(.*?\n(?:permit|forbid).*?;\n", TEXT, flags=re.DOTALL)
    assert len(parts) == len(POLICY.rules)
    questions = [*CHARTERED, *UNCHARTERED, *(asked for asked, _ in SPOILT)]
    answers = [POLICY.decide(asked) for asked in questions]
    for seed in range(3):
        random.Random(seed).shuffle(parts)
        shuffled = Policy.load("\n".join(parts))
        assert [shuffled.decide(asked) for asked in questions] == answers
        assert shuffled.rules == POLICY.rules


def test_a_forbid_that_cannot_be_evaluated_refuses_although_cedar_says_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The trap itself, sprung: without the schema Cedar skips the broken forbid and answers Allow."""
    broken = (
        "permit (principal, action, resource);\nforbid (principal, action, resource) when { context.absent };"
    )
    policies = cedarpy.PolicySet.from_str(broken)
    request = request_for(READ, frozenset())
    request["context"] = {}
    real = cedarpy.is_authorized(request, policies, [])
    assert real.decision is cedarpy.Decision.Allow
    assert real.diagnostics.errors
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_: real)
    decision = Policy.load().decide(READ)
    assert (decision.allowed, decision.rule) == (False, "policy-unclear")


@pytest.mark.parametrize("answer", ["NoDecision", "Allow", "Deny"])
def test_an_answer_without_reasons_or_with_strange_ones_refuses(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    for reasons in ([], ["policy0"], ["no-self-approval"] if answer == "Allow" else ["analyst-collects"]):
        strange = cedarpy.AuthzResult({"decision": answer, "diagnostics": {"reason": reasons, "errors": []}})
        monkeypatch.setattr(cedarpy, "is_authorized", lambda *_, s=strange: s)
        decision = Policy.load().decide(READ)
        assert not decision.allowed
        if reasons == ["policy0"]:
            assert "(it named an unknown rule)" in decision.says


def test_an_answer_is_remembered_for_its_question_alone() -> None:
    policy = Policy.load()
    asked = (READ, replace(READ, today=READ.today.replace(year=2099)), replace(READ, stopped=True), READ)
    assert [policy.decide(question).rule for question in asked] == [
        POLICY.decide(READ).rule,
        "charter-expired",
        "stopped",
        POLICY.decide(READ).rule,
    ]


def test_a_request_that_does_not_fit_the_schema_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    from peelian.governance import policy

    def misspelt(asked: Question, prohibited: frozenset[str], **told: object) -> dict[str, object]:
        request = request_for(asked, prohibited, **told)
        request["context"]["self_aproval"] = False
        return request

    monkeypatch.setattr(policy, "request_for", misspelt)
    assert Policy.load().decide(READ).rule == "policy-unclear"


ONE = '@id("x")\n@says("s")\n@citation("c")\n@mark("house")\n@remedy("r")\nforbid (principal, action, resource);\n'

UNLOADABLE = [
    # what is added or changed                                                what the sentence says
    (TEXT + ONE.replace('@id("x")\n', ""), "has no @id"),
    (TEXT + ONE.replace('@id("x")', "@id"), "has no @id"),
    (TEXT + ONE.replace('@says("s")\n', ""), r"'x' is not fully annotated: missing \['says'\]"),
    (TEXT + ONE.replace('@citation("c")', '@citation(" ")'), r"missing \['citation'\]"),
    (TEXT + ONE.replace('@mark("house")\n', ""), r"missing \['mark'\]"),
    (TEXT + ONE.replace('@mark("house")', '@mark("both")'), "mark 'both'"),
    (TEXT + ONE.replace('@remedy("r")\n', ""), r"missing \['remedy'\]"),
    (TEXT + ONE.replace('@remedy("r")', '@remedy("r")\n@note("n")'), r"unknown \['note'\]"),
    (TEXT + ONE + ONE, "Two policies have the @id 'x'"),
    (TEXT + "permit (principal, action", "cannot be read"),
    (TEXT + ONE.replace("resource);", "resource) when { context.absent };"), "do not fit their schema"),
    (TEXT + ONE.replace("resource);", "resource) when { context.approved };"), "do not fit their schema"),
    (
        TEXT + ONE.replace("resource);", 'resource) when { context.today == "now" };'),
        "do not fit their schema",
    ),
    (TEXT + ONE.replace("action,", 'action == Action::"arrest",'), "do not fit their schema"),
    (TEXT + ONE.replace("principal,", "principal == ?principal,"), "template"),
    (TEXT.replace('@id("no-person-score")', '@id("no-person-scores")'), "'no-person-score' has no forbid"),
    (
        TEXT.replace('contains("no-person-score")', 'contains("no-person-scores")'),
        "'no-person-score' has no forbid",
    ),
    (TEXT.replace('@says("No score, forecast', '@says("No forecast'), "'no-person-score' has no forbid"),
]


@pytest.mark.parametrize(("text", "says"), UNLOADABLE)
def test_which_policies_do_not_load(text: str, says: str) -> None:
    assert text != TEXT
    with pytest.raises(PeelianError, match=says):
        Policy.load(text)


@pytest.mark.parametrize("rule", [rule.id for rule in installed_list().rules])
def test_a_prohibited_rule_without_its_whole_forbid_does_not_load(rule: str) -> None:
    body = re.search(rf'@id\("{rule}"\).*?;\n', TEXT, flags=re.DOTALL)
    assert body is not None
    gone = TEXT.replace(body[0], "")
    loosened = [
        body[0].replace("\nforbid (", "\npermit ("),
        body[0].replace("(principal, action", '(principal in Role::"analyst", action'),
        body[0].replace("action, resource", 'action == Action::"read", resource'),
        body[0].replace("resource)", 'resource == Kind::"incident")'),
        body[0].replace("};\n", '} unless { principal in Role::"administrator" };\n'),
        body[0].replace("when {", "unless {"),
    ]
    for text in (gone, *(TEXT.replace(body[0], loose) for loose in loosened)):
        with pytest.raises(PeelianError, match=rule):
            Policy.load(text)


def test_the_schema_must_be_readable_too() -> None:
    with pytest.raises(PeelianError, match="cannot be read"):
        Policy.load(schema_text="entity ;")
    with pytest.raises(PeelianError, match="do not fit their schema"):
        Policy.load(schema_text="entity Principal; entity Kind;")


def test_policy_files_swapped_while_it_runs_change_nothing_until_they_are_read_and_judged_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A running house decides by what it read at its start; what lies there by then must load, or nothing does."""
    from peelian.governance import rules

    running = Policy.load()
    monkeypatch.setattr(rules, "installed_text", lambda *names: "permit (principal, action, resource);")
    assert running.decide(replace(READ, charter=None)).rule == "charter-required"
    with pytest.raises(PeelianError):
        Policy.load()
