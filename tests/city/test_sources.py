"""The sources of the house: each reads a row as its publisher writes it, and says what its places can carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet
import pytest

from peelian.city.intake.clean import Cleaned, clean
from peelian.city.intake.read import open_delivery
from peelian.city.mapping.file import installed_mappings, mapping_named, parse_mapping
from peelian.city.mapping.nibrs import nibrs_offence
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from tests.data import DATA, data_folder

TODAY = date(2026, 11, 22)

PUBLISHED = {
    "chicago": """
        id                    13650000
        date                  2024-11-15T21:30:00.000
        fbi_code              05
        primary_type          BURGLARY
        longitude             -87.63
        latitude              41.88
        updated_on            2025-01-01T00:00:00.000
    """,
    "new-york-historic": """
        cmplnt_num            24034571
        cmplnt_fr_dt          2024-03-09T00:00:00.000
        cmplnt_fr_tm          23:15:00
        cmplnt_to_dt          2024-03-10T00:00:00.000
        cmplnt_to_tm          00:05:00
        rpt_dt                2024-03-10T00:00:00.000
        ofns_desc             DANGEROUS DRUGS
        longitude             -73.98928
        latitude              40.750423
        susp_race             UNKNOWN
    """,
    "new-york": """
        cmplnt_num            300000001
        cmplnt_fr_dt          2026-03-09T00:00:00.000
        cmplnt_fr_tm          23:15:00
        cmplnt_to_dt          .
        cmplnt_to_tm          (null)
        rpt_dt                2026-03-10T00:00:00.000
        ofns_desc             OFFENSES AGAINST PUBLIC ADMINI
        longitude             -73.98928
        latitude              40.750423
    """,
    "seattle": """
        offense_id            69762952251
        report_number         2026-906790
        offense_date          2026-04-17T18:42:00.000
        report_date_time      2026-04-20T08:28:24.000
        nibrs_offense_code    23F
        longitude             -122.349303
        latitude              47.662874
    """,
    "los-angeles": """
        uniquenibrno          26010000123A
        date_occ              2026-02-01T00:00:00.000
        time_occ              2230
        nibr_code             35A
        hndrdth_lon           -118.3406
        hndrdth_lat           34.1016
    """,
    "los-angeles-2020": """
        dr_no                 10304468
        date_rptd             2020-01-08T00:00:00.000
        date_occ              2020-01-08T00:00:00.000
        time_occ              2230
        crm_cd                753
        lon                   -118.2978
        lat                   34.0141
        vict_age              36
    """,
    "san-francisco": """
        row_id                130000012345
        incident_datetime     2025-05-01T13:45:00.000
        report_datetime       2025-05-01T14:00:00.000
        incident_category     Warrant
        report_type_description   Initial
        longitude             -122.4194
        latitude              37.7749
    """,
    "washington-dc": """
        CCN                   26012345
        START_DATE            2026-03-01T04:30:00+00:00
        REPORT_DAT            2026-03-01T05:00:00+00:00
        OFFENSE               THEFT F/AUTO
        LONGITUDE             -77.0369
        LATITUDE              38.9072
    """,
    "boston": """
        INCIDENT_NUMBER       I262000001
        OCCURRED_ON_DATE      2026-01-27 22:44:00+00
        OFFENSE_DESCRIPTION   LARCENY THEFT FROM MV - NON-ACCESSORY
        Long                  -71.06
        Lat                   42.36
    """,
    "police-uk-api": """
        id                    116208998
        month                 2025-04
        category              burglary
        location.longitude    -1.131592
        location.latitude     52.629729
    """,
    "open-policing-stops": """
        raw_row_number        17
        date                  2015-06-01
        time                  14:05:00
        lat                   34.05
        lng                   -118.24
        type                  vehicular
        subject_race          white
    """,
    "cad-export": """
        call_number           C1
        received              2026-06-01T12:00:00
        dispatched            2026-06-01T12:03:00
        arrived               2026-06-01T12:09:00
        cleared               2026-06-01T12:40:00
        priority              2
        disposition           REPORT
        nature                NOISE
        call_source           TRAFFIC STOP
        longitude             -71.0
        latitude              42.0
        address               1 MAIN ST
    """,
    "rms-export": """
        offence_number        O-1
        occurred_from         2026-06-01T12:00:00
        occurred_to           2026-06-01T18:00:00
        reported              2026-06-01T19:00:00
        entered               2026-06-02T08:00:00
        unfounded             no
        nibrs_code            220
        reported_by           RESIDENT
        longitude             -71.0
        latitude              42.0
        address               1 MAIN ST
    """,
    "police-uk-archive": """
        Crime ID              .
        Month                 2025-04
        Reported by           Leicestershire Police
        Longitude             -1.131592
        Latitude              52.629729
        Crime type            Possession of weapons
    """,
    "police-uk-stops": """
        Type                  Person search
        Date                  2026-05-01T23:15:00+00:00
        Latitude              52.629729
        Longitude             -1.131592
        Gender                Male
    """,
}
"""One row as each publisher writes it, columns that nobody maps among them; `.` is blank."""

READ = """
source             group                 origin             day         hour
chicago            burglary              victim-reported    2024-11-15  21
new-york-historic  drugs                 enforcement-found  2024-03-09  23
new-york           public-administration  unknown           2026-03-09  23
seattle            theft-from-vehicle    victim-reported    2026-04-17  18
los-angeles        drugs                 enforcement-found  2026-02-01  22
los-angeles-2020   shots-fired           victim-reported    2020-01-08  22
san-francisco      warrant               enforcement-found  2025-05-01  13
washington-dc      theft-from-vehicle    victim-reported    2026-02-28  23
boston             theft-from-vehicle    victim-reported    2026-01-27  22
police-uk-api      burglary              victim-reported    2025-04-01  None
open-policing-stops  stop-vehicle        enforcement-found  2015-06-01  14
rms-export         burglary              victim-reported    2026-06-01  12
police-uk-archive  weapons               enforcement-found  2025-04-01  None
police-uk-stops    stop-person           enforcement-found  2026-05-02  0
"""

MEMBERS = {
    "police-uk-archive": "2025-04/2025-04-leicestershire-street.csv",
    "police-uk-stops": "2026-05/2026-05-leicestershire-stop-and-search.csv",
}


def row_of(source: str) -> pa.Table:
    fields = [line.strip().split("  ", 1) for line in PUBLISHED[source].strip().splitlines()]
    return pa.table(
        {name: pa.array([None if text.strip() == "." else text.strip()]) for name, text in fields}
    )


def delivered(folder: Path, source: str, mapping: SourceMapping) -> Path:
    """Write the row as the source delivers it."""
    path = folder / f"{source}.{'zip' if mapping.members else mapping.format}"
    if mapping.format == "parquet":
        arrow_parquet.write_table(row_of(source), path)
        return path
    arrow_csv.write_csv(row_of(source), folder / "rows.csv")
    if mapping.members is None:
        return folder / "rows.csv"
    with ZipFile(path, "w") as archive:
        archive.write(folder / "rows.csv", MEMBERS[source])
        archive.writestr(
            MEMBERS[source].rsplit("-", 1)[0] + "-outcomes.csv", "Crime ID,Name\nx,nobody maps this\n"
        )
    return path


def loaded(path: Path, mapping: SourceMapping) -> Cleaned:
    few = replace(mapping, assertions=replace(mapping.assertions, rows_min=1))
    return clean(open_delivery(path, mapping=few), mapping=few, key=b"k" * 32, epsg=32616, loaded_on=TODAY)


@pytest.mark.parametrize("line", READ.strip().splitlines()[1:], ids=lambda line: line.split()[0])
def test_a_row_is_read_as_its_publisher_means_it(line: str, tmp_path: Path) -> None:
    source, group, origin, day, hour = line.split()
    mapping = mapping_named(source)
    accepted = loaded(delivered(tmp_path, source, mapping), mapping).accepted
    assert accepted.num_rows == 1
    row = accepted.to_pylist()[0]
    assert (row["offence"], row["origin"], str(row["local_date"]), str(row["local_hour"])) == (
        group,
        origin,
        day,
        hour,
    )


def test_a_call_that_an_officer_opened_is_enforcement_found(tmp_path: Path) -> None:
    mapping = mapping_named("cad-export")
    row = loaded(delivered(tmp_path, "cad-export", mapping), mapping).accepted.to_pylist()[0]
    assert (row["call_type"], row["origin"], row["priority"]) == ("NOISE", "enforcement-found", "2")


def test_every_source_of_the_house_is_drawn_here_or_tried_on_its_real_file() -> None:
    real = {"chicago-2016", "nyc-2014", "portland-burglary", "portland-theft-of-auto", "synthetic", "pole"}
    archives = {"nibrs-state"}
    assert {mapping.id for mapping in installed_mappings()} == set(PUBLISHED) | real | archives


@data_folder("investigate")
def test_the_pole_export_loads_whole_and_opens_nothing_about_people() -> None:
    mapping = mapping_named("pole")
    result = clean(
        open_delivery(DATA / "investigate" / "pole" / "pole-data-importer.zip", mapping=mapping),
        mapping=mapping, key=b"k" * 32, epsg=32630, loaded_on=TODAY,
    )  # fmt: skip
    assert (result.findings.read, result.accepted.num_rows) == (28762, 28761)
    assert [(count.name, count.rows) for count in result.findings.rejected] == [("offence-missing", 1)]
    globs = {mapping.members, *(join.members for join in mapping.joins)}
    assert globs == {"*.nodes.Crime.csv", "*.relationships.OCCURRED_AT.csv", "*.nodes.Location.csv"}


def test_a_state_of_nibrs_is_joined_from_three_tables(tmp_path: Path) -> None:
    path = tmp_path / "RI-2024.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("RI/NIBRS_OFFENSE.csv", "offense_id,incident_id,offense_code\n1,10,220\n2,10,35A\n")
        archive.writestr("RI/NIBRS_incident.csv", "incident_id,agency_id,incident_date\n10,7,2024-05-06\n")
        archive.writestr("RI/agencies.csv", "agency_id,ori,icpsr_lat,icpsr_lng\n7,RI001,41.8,-71.4\n")
        archive.writestr("RI/NIBRS_OFFENDER.csv", "offender_id,age_num\n1,30\n")
    rows = loaded(path, mapping_named("nibrs-state")).accepted.to_pylist()
    assert [(row["offence"], row["origin"], str(row["local_date"]), row["local_hour"]) for row in rows] == [
        ("burglary", "victim-reported", "2024-05-06", None),
        ("drugs", "enforcement-found", "2024-05-06", None),
    ]


ABOUT_PEOPLE = (
    "race ethnic descent sex gender age dob birth victim vict suspect susp offender arrest officer name"
)


@pytest.mark.parametrize("mapping", installed_mappings(), ids=lambda mapping: mapping.id)
def test_no_source_reads_a_column_about_people(mapping: SourceMapping) -> None:
    taken = [*mapping.columns_read(), *(column for join in mapping.joins for column in join.take)]
    words = {word for column in taken for word in column.lower().replace("_", " ").replace(".", " ").split()}
    assert not words & set(ABOUT_PEOPLE.split())


@pytest.mark.parametrize("mapping", installed_mappings(), ids=lambda mapping: mapping.id)
def test_what_police_activity_finds_is_no_forecast_input_unless_the_source_says_so(
    mapping: SourceMapping,
) -> None:
    for code, nibrs in mapping.offences.nibrs.items():
        group = mapping.offences.group(code)
        if nibrs_offence(nibrs).found_by_police and group not in mapping.origins.by_offence:
            assert mapping.origin_of(code).origin is Origin.ENFORCEMENT_FOUND
            assert len(mapping.origin_of(code).why) > 60


def test_the_file_of_a_source_is_called_as_its_id() -> None:
    names = {
        entry.name for entry in (files("peelian.city") / "sources").iterdir() if entry.name.endswith(".yaml")
    }
    assert names == {f"{mapping.id}.yaml" for mapping in installed_mappings()}


CELLS = """
source             cell_m  said
chicago            250     .
chicago            150     exact to 100 m
police-uk-archive  250     anonymised points, each for 8 or more addresses
police-uk-archive  1000    take cells of 1,520 m or more
police-uk-archive  1520    .
police-uk-api      250     take cells of 460 m or more
police-uk-api      500     .
pole               250     anonymised points
nibrs-state        1000    take cells of 40,000 m or more
"""


@pytest.mark.parametrize("line", CELLS.strip().splitlines()[1:])
def test_a_cell_finer_than_the_places_is_refused(line: str) -> None:
    source, cell_m, said = line.split(maxsplit=2)
    sentence = mapping_named(source).refuse_cell(float(cell_m))
    assert (sentence is None) if said == "." else (sentence is not None and said in sentence)


def test_a_month_carries_no_claim_on_days() -> None:
    assert mapping_named("chicago").refuse_period(1) is None
    assert mapping_named("police-uk-archive").refuse_period(31) is None
    assert "tells the month of an incident and not the day" in str(
        mapping_named("police-uk-archive").refuse_period(7)
    )


def test_snap_points_without_addresses_are_not_possible() -> None:
    text = (files("peelian.city") / "sources" / "pole.yaml").read_text("utf-8")
    with pytest.raises(BadInput, match="give both above 0"):
        parse_mapping(text.replace("addresses_per_km2: 960", "addresses_per_km2: 0"), name="pole.yaml")
