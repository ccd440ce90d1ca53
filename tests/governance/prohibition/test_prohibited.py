"""What is forbidden above every charter, under whatever name it comes, and what is not mistaken for it."""

from __future__ import annotations

import csv
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.domain.incident import Origin
from peelian.governance.prohibition.prohibited import (
    Mark,
    Surface,
    check_capability,
    check_inputs,
    installed_list,
    read_list,
    rules_against,
)
from tests.data import DATA, data_folder

# the rule, and names of inputs that fall under it, in the guises in which they come
REFUSED_INPUTS = """
no-special-category-input     race RACE raceRatio race_2016 race2 r4ce rac3 r_a_c_e r.a.c.e ra_ce raceethnicity
no-special-category-input     pct_black pctblack PercentBlack blackpop black_share share_white nonwhite_pct raza_pct
no-special-category-input     ethnicity 3thnicity ethnic_group EthnicOrigin ethnicité Ethnizität_pct eth_ethnicgroup
no-special-category-input     religion religious_affiliation muslim_pct mosques_within_500m churches church_density
no-special-category-input     political_party party_membership vote_share_left trade_union_members sexual_orientation
no-special-category-input     sexualOrientation disability disabilities_pct mental_health_visits hispanic_latino
no-special-category-input     minority_share pct_disabled african_american_pct roma_households halal_butchers
no-protected-attribute-input  gender Gender_Ratio sex pct_male n_female age age_group AGE18 median_age medianage
no-protected-attribute-input  nationality nationalities_pct foreign_born foreignborn country_of_birth immigrants
no-protected-attribute-input  migration_background citizenship_status year_of_birth language_spoken mother_tongue
no-protected-attribute-input  surname_origin refugee_centres single_parent_families marital_status under_18 over65_pct
no-socioeconomic-input        income median_income MedianIncome medianincome in_come benefits social_benefits_pct
no-socioeconomic-input        unemployment_rate poverty_index deprivation IMD_decile welfare_recipients eviction_count
no-socioeconomic-input        public_housing free_school_meals credit_score rent_arrears homeless_count ses_index
no-socioeconomic-input        socio_economic_status house_price_median uitkeringen_pct
no-socioeconomic-input        food_stamps homeownership home_ownership
no-person-input               suspect_count known_offenders offender_density parolees_per_cell gang_members
no-person-input               gang_territory person_id PersonID victim_name surname licence_plate social_media_posts
no-person-input               criminal_history prior_offences recidivists household_id phone_number watchlist_hits
no-enforcement-found-input    arrests arrest_count narcotics_arrests stop_and_search stopAndSearch stops_last_30_days
no-enforcement-found-input    traffic_stops police_stops field_interviews frisks parking_tickets enforcement_actions
no-face-scraping              face_count facial_features face_embedding faceprint_hash mugshots
no-emotion-inference          emotion crowd_emotion sentiment_score mood tweet_sentiment
no-biometric-category         gait skin_tone skincolour_skin fingerprint_hits biometric_id dna_profile
"""

DISGUISED = [
    ("no-special-category-input", "r\u0430ce"),  # Cyrillic a
    ("no-special-category-input", "\u0433\u0430\u0441\u0435"),  # all four Cyrillic
    ("no-special-category-input", "r\u200bace"),  # a zero-width space
    ("no-special-category-input", "\uff52\uff41\uff43\uff45"),  # full width
    ("no-special-category-input", "\U0001d42b\U0001d41a\U0001d41c\U0001d41e"),  # mathematical bold
    ("no-special-category-input", "ra\u0301ce"),  # a combining accent
    ("no-special-category-input", "ra\u00adce"),  # a soft hyphen
    ("no-special-category-input", "\u202eerace\u202c race"),  # a turned direction
    ("no-special-category-input", "r@ce"),
    ("no-special-category-input", "e\u0442hni\u0441ity"),  # Cyrillic t and s
    ("no-special-category-input", "reli\u0261ion"),  # a script g
    ("no-protected-attribute-input", "\u0430ge"),
    ("no-protected-attribute-input", "g\u0435nd\u0435r"),
    ("no-protected-attribute-input", "$ex"),
    ("no-socioeconomic-input", "inc0me"),
    ("no-socioeconomic-input", "1ncome"),
    ("no-socioeconomic-input", "p0verty"),
    ("no-enforcement-found-input", "arr3sts"),
    ("no-person-input", "su\u0455pect"),
]

ACCEPTED_INPUTS = """
street_lights_out street_lights bus_stops bus_stops_within_200m tramStops stop_signs lag_7_days lag_1 own_7 ring_364
weather temperature_c rainfall_mm wind_speed daylight_hours school_term school_distance licensed_premises
alcohol_outlets average_speed race_track racecourse_distance building_age age_of_housing days_since_last_incident
coverage_share percentage_lit average drainage garage_count storage_units village_centre managed_parking
population_density footfall land_use land_use_code vacant_lots vacancy_rate graffiti_reports abandoned_vehicles
h3_cell grid_ix x_m y_m lon lat hour_of_day week_of_year is_holiday national_holiday nightlife_events match_day
noise_complaints construction_permits tree_canopy parking_spaces atm_count distance_to_station_m union_station_distance
black_ice_days black_spots white_goods_thefts surface_area street_facing_doors interface page_count message_count
sexual_assault_reports sex_offences_lag_7 near_repeat_7_days victim_reported_burglary calls_for_service cell_day_counts
truck_stops hotel_bookings parking_disabled_bays phone_boxes health_centres church_street_lights stage_area
neighbour_count_7_days one_way_street road_class bike_theft_lag_28 cctv_maintenance_days origin offence_published
"""


def words(table: str) -> list[str]:
    return table.split()


REFUSED = [
    (line.split()[0], name) for line in REFUSED_INPUTS.strip().splitlines() for name in line.split()[1:]
]


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len(REFUSED) + len(DISGUISED) >= 140
    assert len(words(ACCEPTED_INPUTS)) >= 80


@pytest.mark.parametrize(("rule", "name"), [*REFUSED, *DISGUISED])
def test_a_prohibited_input_is_refused_with_its_rule(rule: str, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_inputs(["lag_7_days", name])
    assert rule in {found.id for found in rules_against(name, surface=Surface.INPUTS)}
    assert repr(name) in str(refusal.value)
    assert refusal.value.remedy


@pytest.mark.parametrize("name", words(ACCEPTED_INPUTS))
def test_a_harmless_input_is_not_mistaken_for_one(name: str) -> None:
    check_inputs([name])


def test_every_prohibited_name_is_named_in_one_sentence() -> None:
    with pytest.raises(Refused) as refusal:
        check_inputs(["race", "lag_7_days", "median_income"])
    assert "'race' under no-special-category-input; 'median_income' under no-socioeconomic-input" in str(
        refusal.value
    )
    assert "lag_7_days" not in str(refusal.value)


@pytest.mark.parametrize("name", ["人種", "этничность", "עדה", "", "123", "_", "\u200b"])
def test_a_name_that_cannot_be_read_cannot_be_judged(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_inputs([name])
    assert refusal.value.rule == "plain-names"


def test_what_patrols_find_is_an_input_only_where_a_charter_says_so() -> None:
    both = frozenset({Origin.VICTIM_REPORTED, Origin.ENFORCEMENT_FOUND})
    with pytest.raises(Refused, match="no-enforcement-found-input"):
        check_inputs(["arrests_28_days"])
    check_inputs(["arrests_28_days"], origins=both)
    with pytest.raises(Refused, match="no-special-category-input"):
        check_inputs(["race"], origins=both)


CAPABILITIES = """
no-person-score               suspect.score person.risk patrol.offender-risk forecast.person-score heat-list
no-person-score               chronic_offenders strategicSubjectList
no-person-score               recidivism.predict reoffending forecast.individual-risk youth_risk_index
no-person-score               gangMemberRanking resident.threat-level pre_crime victim_risk_score
no-person-score               household_risk propensity_of_persons
no-social-score               social_score citizen.score socialCredit trustworthiness
no-face-scraping              face_database facial.scraping face-gallery mugshot.collect faceRecognition
no-emotion-inference          emotion.detect crowd-mood sentiment lie_detection
no-biometric-category         biometric.categorise skin_tone gait.classify
no-real-time-identification   live_facial_recognition lfr real-time-identification
no-real-time-identification   remote_biometric_id person.reidentification
"""


@pytest.mark.parametrize(
    ("rule", "name"),
    [(line.split()[0], name) for line in CAPABILITIES.strip().splitlines() for name in line.split()[1:]],
)
def test_a_prohibited_capability_is_refused_under_any_name(rule: str, name: str) -> None:
    with pytest.raises(Refused):
        check_capability(name)
    assert rule in {found.id for found in rules_against(name, surface=Surface.CAPABILITIES)}


LAWFUL = """
city.load city.quality forecast.place forecast.score patrol.plan simulate.city ledger.audit report.publish
governance.people governance.charter review.list traffic.count plates.read acoustic.locate investigate.series
evidence.index missing-person.search surface.compare place.risk cell.ranking
"""


@pytest.mark.parametrize("name", words(LAWFUL))
def test_a_lawful_capability_is_not_mistaken_for_one(name: str) -> None:
    check_capability(name, target="place")


PERSONS = "person Person PERSONS suspects offender natural_person household p3rson реrson"


@pytest.mark.parametrize("target", words(PERSONS))
def test_no_capability_is_about_persons(target: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_capability("forecast.place", target=target)
    assert refusal.value.rule == "no-person-score"
    assert "5(1)(d)" in refusal.value.citation


CASES = st.sampled_from([str.lower, str.upper, str.title])
JOINTS = st.sampled_from(["_", "-", ".", " ", "__", "/"])
HARMLESS = st.lists(st.sampled_from(["lag", "cell", "weeks", "street", "count", "27"]), max_size=3)


@given(
    st.sampled_from(["race", "ethnicity", "gender", "religion", "income", "suspect"]),
    HARMLESS,
    HARMLESS,
    JOINTS,
    CASES,
)
def test_no_company_makes_a_prohibited_word_harmless(
    word: str, before: list[str], after: list[str], joint: str, case: object
) -> None:
    assert callable(case)
    with pytest.raises(Refused):
        check_inputs([joint.join([*before, case(word), *after])])


def test_every_rule_says_whose_it_is_and_where_it_stands() -> None:
    rules = installed_list().rules
    assert len(rules) >= 11
    for rule in rules:
        assert rule.citation.startswith("House rule") == (rule.mark is Mark.HOUSE)
        assert rule.effective <= date.fromisoformat(installed_list().version)
        assert rule.exceptions
        assert rule.beyond
    effective = {rule.id: rule.effective for rule in rules if "AI Act), Article 5" in rule.citation}
    assert len(effective) == 6
    assert set(effective.values()) == {date(2025, 2, 2)}


@data_folder("governance")
def test_the_words_of_article_5_are_its_words() -> None:
    """The DPV lists Article 5(1) in its own words; what we quote must stand there."""
    path = DATA / "governance" / "dpv" / "2.3_legal_eu_aiact_modules_prohibited-systems.csv"
    with path.open(encoding="utf-8", newline="") as file:
        law = {row["term"][-1]: _plain(row["definition"]) for row in csv.DictReader(file)}
    quoted = [
        rule for rule in installed_list().rules if "Article 5(1)(" in rule.citation and rule.mark is Mark.LAW
    ]
    assert len(quoted) == 6
    for rule in quoted:
        point = re.search(r"5\(1\)\((\w)\)", rule.citation)
        assert point is not None
        # The DPV opens point (c) in words of its own ("evaluate or classify of"); the rest is the law's.
        said = rule.words.removeprefix("evaluation or classification of ")
        assert _plain(said) in law[point[1]], rule.id


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[‘’']", "'", text).split())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema: 1", "schema: 2", "schema 2"),
        ("    mark: law", "    mark: both", "not a known mark"),
        ("    jurisdiction: EU", "    jurisdiction: Mars", "not a known jurisdiction"),
        ("    effective: 2025-02-02", "", "lacks the key 'effective'"),
        ("      targets:", "      goals:", "not a known surface"),
        ("  - id: no-social-score", "  - id: no-person-score", "one id"),
        ("    remedy: Ask about", "    advice: x\n    remedy: Ask about", "unknown key 'advice'"),
    ],
)
def test_a_list_that_is_not_whole_is_no_list(old: str, new: str, says: str) -> None:
    from importlib import resources

    text = (resources.files("peelian.governance") / "policies" / "prohibited.yaml").read_text("utf-8")
    assert old in text
    with pytest.raises(BadInput, match=says) as stopped:
        read_list(text.replace(old, new, 1))
    assert str(stopped.value).startswith(("prohibited.yaml", "The prohibited list"))
