"""The door: what is entered, what is written, and what is refused, in a real house on disk."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import shapely

from peelian.city.release import service
from peelian.city.release.figures import Figure, Slice
from peelian.city.release.past import edition_of, in_order
from peelian.city.release.protect import Counts
from peelian.city.release.service import (
    KeptRelease,
    NamedAreas,
    ReleaseSpec,
    Step,
    cells_over,
    publish_release,
    write_release,
)
from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput, Refused
from peelian.domain.incident import Origin
from tests.data import DATA, data_folder
from tests.houses import PURPOSE, TestHouse, charter, found, week_of_incidents

ZONE = "America/Chicago"
SPEC = ReleaseSpec(
    title="Recorded burglaries and vehicle thefts",
    licence="https://creativecommons.org/licenses/by/4.0/",
    url="https://example.org/releases",
    places=cells_over((-87.70, 41.80, -87.60, 41.90), epsg=32616, size_m=1000),
    step=Step.WEEK,
    first=date(2026, 2, 2),
    end=date(2026, 3, 2),
    offences=("burglary", "vehicle theft"),
    parquet=True,
)


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    """A house with 28 days of incidents, and a clock at which they are settled."""
    house = found(tmp_path)
    charter(house)
    house.load(week_of_incidents())
    house.clock.advance(timedelta(days=70))
    return house


def publish(house: TestHouse, name: str, spec: ReleaseSpec = SPEC, who: str = "Ann") -> KeptRelease:
    with house.desk(who) as desk:
        return publish_release(desk, purpose=PURPOSE, spec=spec, folder=house.home.parent / name, zone=ZONE)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "counts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def more(count: int, *, first: int = 0, when: str = "2026-02-03") -> Sequence[str]:
    """Return late reports of burglary, all at one place and day."""
    return [
        f"L{key}|{when} 13:00:00|2026-03-01 18:00:00|-87.65|41.85|burglary"
        for key in range(first, first + count)
    ]


def test_the_entry_comes_with_the_record_and_the_files_tell_of_it(house: TestHouse) -> None:
    kept = publish(house, "one")
    with house.open() as opened:
        entry = opened.kit.ledger.entry(kept.entry_index)
    assert entry.kind == "release.published"
    assert entry.facts["edition"] == kept.edition == 1
    assert entry.facts["figures"] == len(kept.figures)
    folder = house.home.parent / "one"
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.txt",
        "counts.csv",
        "counts.parquet",
        "croissant.json",
        "places.csv",
    ]
    assert {row["ledger_entry"] for row in rows(folder)} == {str(kept.entry_index)}
    assert f"ledger entry {kept.entry_index}" in (folder / "README.txt").read_text(encoding="utf-8")


def test_every_incident_is_counted_or_its_slice_is_withheld(house: TestHouse) -> None:
    publish(house, "one")
    found_rows = rows(house.home.parent / "one")
    burglaries = sum(int(row["incidents"]) for row in found_rows if row["offence"] == "burglary")
    assert burglaries == 28 + 14
    thefts = [row for row in found_rows if row["offence"] == "vehicle theft"]
    assert [(row["incidents"], row["fewer_than"]) for row in thefts] == [("", "10")] * 4
    assert all(int(row["incidents"]) >= 10 for row in found_rows if row["incidents"])


def test_three_late_reports_are_not_seen_and_ten_are(house: TestHouse) -> None:
    publish(house, "one")
    first = rows(house.home.parent / "one")
    house.load(more(3))
    second = publish(house, "two")
    assert rows(house.home.parent / "two")[0] == first[0]
    house.load(more(7, first=3))
    third = publish(house, "three")
    now = rows(house.home.parent / "three")[0]
    assert int(now["incidents"]) == int(first[0]["incidents"]) + 10
    assert now["ledger_entry"] == str(third.entry_index)
    assert second.entry_index < third.entry_index


def test_the_files_can_be_written_again_byte_for_byte(house: TestHouse) -> None:
    kept = publish(house, "one")
    house.load(more(30))
    publish(house, "two")
    with house.desk("Ann") as desk:
        folder = house.home.parent / "again"
        again = write_release(desk, purpose=PURPOSE, release_id=kept.release_id, spec=SPEC, folder=folder)
    assert again == kept
    assert all((folder / file.name).read_bytes() == file.content for file in kept.files)


def test_other_places_or_periods_over_the_same_incidents_are_refused(house: TestHouse) -> None:
    publish(house, "one")
    beat = NamedAreas("beat", ("0111",), (shapely.box(440_000, 4_620_000, 460_000, 4_650_000),), epsg=32616)
    for other in (
        replace(SPEC, places=beat),
        replace(SPEC, step=Step.MONTH, first=date(2026, 2, 1), end=date(2026, 3, 1)),
    ):
        with pytest.raises(Refused, match="other places or periods") as refused:
            publish(house, "two", other)
        assert refused.value.rule == "one-lattice"
    before = replace(SPEC, places=beat, first=date(2026, 1, 5), end=date(2026, 2, 2))
    assert publish(house, "two", before).edition == 2
    assert not (house.home.parent / "three").exists()


def test_an_edition_missing_from_the_records_stops_all_further_releases(house: TestHouse) -> None:
    publish(house, "one")
    publish(house, "two", replace(SPEC, first=date(2026, 1, 5), end=date(2026, 2, 2)))
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.release") as sitting:
        editions = [
            edition_of(each.body, entry_index=each.entry_index) for each in sitting.records("release")
        ]
    assert [edition.number for edition in in_order(editions[::-1])] == [1, 2]
    with pytest.raises(Refused, match="missing from the records"):
        in_order(editions[1:])


def test_the_auditor_stands_between_a_faulty_protection_and_the_public(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(
        counts: dict[Slice, Counts], *, history: tuple[Figure, ...], k: int, edition: int
    ) -> tuple[Figure, ...]:
        return tuple(
            Figure(each, place, place + 1, count=int(count), k=k, edition=edition)
            for each, row in counts.items()
            for place, count in enumerate(row)
        )

    monkeypatch.setattr(service, "protect", careless)
    with pytest.raises(Refused, match="would give away a small number: 'burglary, victim-reported"):
        publish(house, "one")
    assert "release.published" not in house.entries()
    assert not (house.home.parent / "one").exists()


@pytest.mark.fault
def test_a_release_whose_files_could_not_be_written_is_remembered_and_written_later(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as fault, pytest.raises(OSError, match="No space left"):
        fault.setattr(Path, "write_bytes", full)
        publish(house, "one")
    assert house.entries()[-1] == "release.published"
    with house.desk() as desk:
        with desk.open(purpose=PURPOSE, capability="city.release") as sitting:
            (kept,) = sitting.records("release")
        folder = house.home.parent / "again"
        again = write_release(desk, purpose=PURPOSE, release_id=kept.record_id, spec=SPEC, folder=folder)
    assert again.entry_index == kept.entry_index
    assert publish(house, "two").edition == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"end": date(2026, 5, 11)}, "are settled 60 days later"),
        ({"offences": ("burglary", "arson")}, "does not name arson"),
        ({"origins": (Origin.ENFORCEMENT_FOUND,)}, "does not name enforcement-found"),
        ({"offences": ()}, "at least one offence"),
        ({"first": date(2026, 2, 3)}, "not whole weeks"),
    ],
)
def test_what_cannot_be_released_is_said_before_anything_is_read(
    house: TestHouse, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        publish(house, "one", replace(SPEC, **change))  # type: ignore[arg-type]
    assert "release.published" not in house.entries()


def test_an_offence_named_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="named twice"):
        replace(SPEC, offences=("burglary", "burglary"))


def test_a_folder_that_is_there_is_not_written_into(house: TestHouse) -> None:
    (house.home.parent / "one").mkdir()
    with pytest.raises(BadInput, match="new folder"):
        publish(house, "one")
    assert "release.published" not in house.entries()


def test_a_commander_may_not_publish(house: TestHouse) -> None:
    with pytest.raises(Refused):
        publish(house, "one", who="Col")
    assert not (house.home.parent / "one").exists()


def test_parquet_says_what_the_csv_says(house: TestHouse) -> None:
    publish(house, "one")
    folder = house.home.parent / "one"
    table = pq.read_table(folder / "counts.parquet").to_pylist()
    spelt = [{key: "" if value is None else str(value) for key, value in row.items()} for row in table]
    assert spelt == rows(folder)


def test_a_beat_that_is_called_like_a_formula_is_none_in_the_file(house: TestHouse) -> None:
    shape = shapely.box(440_000, 4_620_000, 460_000, 4_650_000)
    places = NamedAreas("beat", ('=HYPERLINK("x")',), (shape,), epsg=32616)
    publish(house, "one", replace(SPEC, places=places))
    text = (house.home.parent / "one" / "places.csv").read_text(encoding="utf-8")
    written = list(csv.DictReader(text.splitlines()))
    assert written[0]["place"] == '\'=HYPERLINK("x")'


def sheet(house: TestHouse) -> dict[str, object]:
    publish(house, "one")
    document: dict[str, object] = json.loads(
        (house.home.parent / "one" / "croissant.json").read_text("utf-8")
    )
    return document


def test_the_datasheet_describes_the_files_that_lie_beside_it(house: TestHouse) -> None:
    document, folder = sheet(house), house.home.parent / "one"
    required = "@context @type conformsTo description license name url creator datePublished distribution"
    recommended = "version dateModified publisher keywords inLanguage citeAs"
    assert set(f"{required} {recommended}".split()) <= set(document)
    assert "http://mlcommons.org/croissant/1.0" in document["conformsTo"]  # type: ignore[operator]
    files = {each["@id"]: each for each in document["distribution"]}  # type: ignore[attr-defined]
    assert set(files) == {path.name for path in folder.iterdir()} - {"croissant.json"}
    for name, file in files.items():
        content = (folder / name).read_bytes()
        assert file["sha256"] == digest(content)
        assert file["contentSize"] == f"{len(content)} B"
    identifiers = [*files]
    for records in document["recordSet"]:  # type: ignore[attr-defined]
        header = (folder / f"{records['name']}.csv").read_text("utf-8").splitlines()[0].split(",")
        assert [field["source"]["extract"]["column"] for field in records["field"]] == header
        assert {field["source"]["fileObject"]["@id"] for field in records["field"]} <= set(files)
        identifiers += [records["@id"], *(field["@id"] for field in records["field"])]
    assert len(identifiers) == len(set(identifiers))


def test_the_datasheet_tells_limits_biases_and_the_rule(house: TestHouse) -> None:
    text = json.dumps(sheet(house))
    for words in (
        "Recorded crime is not crime",
        "victim-reported",
        "hold 10 incidents or more",
        "Computed from ledger entries 0 to",
        "test-source",
    ):
        assert words in text


@data_folder("governance")
def test_the_datasheet_uses_only_words_of_the_vocabulary(house: TestHouse) -> None:
    folder = DATA / "governance" / "croissant"
    known = {
        f"{prefix}:{word}"
        for prefix, file in (("cr", "croissant.ttl"), ("rai", "croissant_rai.ttl"))
        for word in re.findall(
            r"^(?:croissant|rai):(\w+) a ", (folder / file).read_text("utf-8"), flags=re.MULTILINE
        )
    }
    document = sheet(house)
    document.pop("@context")
    used = set(re.findall(r'"((?:cr|rai):\w+)"', json.dumps(document)))
    assert used
    assert used <= known
