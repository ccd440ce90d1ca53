"""Calls for service travel the same road as incidents, into a table of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from peelian.city.extracts import CALL_COUNTS, CALL_KEYS, COUNTS
from peelian.city.intake.call_table import CALL
from peelian.city.intake.shape import handed_out
from peelian.city.mapping.source import Columns, Offences, SourceMapping
from peelian.city.service import LoadReport, load
from peelian.domain.errors import BadInput
from tests.city.drawn import DRAWN, cleaned, column, reasons
from tests.houses import PURPOSE, TestHouse, charter, found

CALLS = replace(
    DRAWN,
    id="drawn-calls",
    kind="call",
    columns=Columns(
        occurred_start="received", dispatched="sent", arrived="there", cleared="free", x="lon", y="lat", key="no",
        offence="nature", priority="prio", disposition="end",
    ),
    offences=Offences(groups={"459": "burglary alarm", "10-50": "crash"}),
)  # fmt: skip

LOG = """
    no  received          sent              there             free              lon    lat   nature  prio  end
    C1  2024-01-02 10:00  2024-01-02 10:04  2024-01-02 10:11  2024-01-02 10:40  -87.6  41.9  459     2     FALSE ALARM
    C2  2024-01-02 11:00  .                 .                 .                 -87.6  41.9  10-50   1     .
    C3  2024-01-02 12:00  .                 .                 2024-01-02 11:00  -87.6  41.9  459     .     .
    C4  2024-01-02 12:00  soon              .                 .                 -87.6  41.9  459     .     .
"""


def test_calls_have_the_columns_of_calls() -> None:
    result = cleaned(LOG, CALLS)
    assert result.accepted.schema.equals(CALL.accepted)
    assert reasons(result) == [(3, "end-before-start"), (4, "time-unreadable")]
    first, second = (
        {name: value for name, value in row.items() if not name.endswith(("hash", "hmac", "_m"))}
        for row in result.accepted.to_pylist()
    )
    assert first == {
        "received": datetime(2024, 1, 2, 16, 0, tzinfo=UTC),
        "dispatched": datetime(2024, 1, 2, 16, 4, tzinfo=UTC),
        "arrived": datetime(2024, 1, 2, 16, 11, tzinfo=UTC),
        "cleared": datetime(2024, 1, 2, 16, 40, tzinfo=UTC),
        "recorded": None,
        "revised": None,
        "local_date": date(2024, 1, 2),
        "local_hour": 10,
        "time_note": "plain",
        "lon": -87.6,
        "lat": 41.9,
        "call_type_published": "459",
        "call_type": "burglary alarm",
        "priority": "2",
        "disposition": "FALSE ALARM",
        "origin": "victim-reported",
        "source": "drawn-calls",
        "withdrawn": False,
    }
    assert (second["priority"], second["disposition"], second["dispatched"]) == ("1", None, None)


@pytest.mark.parametrize(
    ("told", "later"), [("10:04", "10:05"), ("FALSE ALARM", "REPORT TAKEN"), ("2     FALSE", "3     FALSE")]
)
def test_a_reclassification_is_another_content_of_the_same_call(told: str, later: str) -> None:
    before, after = cleaned(LOG, CALLS), cleaned(LOG.replace(told, later), CALLS)
    assert column(before, "key_hmac") == column(after, "key_hmac")
    same = [
        a == b for a, b in zip(column(before, "content_hash"), column(after, "content_hash"), strict=True)
    ]
    assert same == [False, True]


def test_a_call_and_an_incident_with_one_number_are_not_one_thing() -> None:
    drawing = "no  received  lon  lat  nature\nA1  2024-01-02 10:00  -87.6  41.9  459"
    columns = Columns(occurred_start="received", x="lon", y="lat", key="no", offence="nature")
    call = replace(CALLS, columns=columns)
    assert column(cleaned(drawing, call), "key_hmac") != column(
        cleaned(drawing, replace(call, kind="incident")), "key_hmac"
    )


def test_a_time_that_calls_do_not_have_is_refused() -> None:
    strange = replace(CALLS, columns=replace(CALLS.columns, reported="free"))
    with pytest.raises(BadInput, match="a call has no reported"):
        cleaned(LOG, strange)


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def load_calls(house: TestHouse, rows: list[str], mapping: SourceMapping = CALLS) -> LoadReport:
    path = house.home.parent / "calls.csv"
    path.write_text("\n".join(["no,received,sent,there,free,lon,lat,nature,prio,end", *rows]) + "\n")
    with house.open() as opened:
        return load(
            opened.desk(opened.signer("Ann")), file=path, mapping=mapping, purpose=PURPOSE,
            naming_key=opened.naming_key, epsg=32616, progress=lambda done, total: None,
        )  # fmt: skip


def test_calls_are_loaded_corrected_and_counted_beside_the_incidents(house: TestHouse) -> None:
    house.load(["K1|2026-02-02 12:00:00|2026-02-02 18:00:00|-87.65|41.85|burglary"])
    row = "C1,2026-02-02 10:00,,,,-87.6,41.9,459,3,"
    assert load_calls(house, [row, row.replace("C1", "C2")]).new == 2
    again = load_calls(house, [row.replace(",,,,", ",2026-02-02 10:05,,,"), row.replace("C1", "C2")])
    assert (again.corrected, again.unchanged) == (1, 1)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        keys, counts = sitting.read(CALL_KEYS), sitting.read(CALL_COUNTS)
        incidents = sitting.read(COUNTS)
    assert sorted(keys["version"].to_pylist()) == [1, 1, 2]
    assert counts.num_rows == 2
    assert sorted(counts["dispatched"].to_pylist(), key=str)[0] == datetime(2026, 2, 2, 16, 5, tzinfo=UTC)
    assert incidents.num_rows == 1
    with house.open() as opened:
        parts = [part for part, _ in opened.kit.store.parts("call")]
    assert [part.label for part in parts] == ["2026-02", "2026-02"]


def test_a_house_without_calls_answers_with_none(house: TestHouse) -> None:
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        nothing = sitting.read(CALL_COUNTS)
    assert nothing.schema.names == list(CALL_COUNTS.columns)
    assert nothing.schema.field("priority").type == handed_out(CALL.schema).field("priority").type
