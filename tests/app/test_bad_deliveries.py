"""Bad deliveries: one clear sentence each, nothing half-written, nothing vanished."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.city.mapping.file import parse_mapping
from peelian.city.mapping.source import SourceMapping
from peelian.city.service import LoadReport, load, quality
from peelian.domain.errors import BadInput, PeelianError
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found

HEADER = "id,when,recorded,lon,lat,offence"
GOOD = [
    f"K{n},2026-02-{n + 1:02d} 10:00:00,2026-02-{n + 1:02d} 12:00:00,-87.65,41.85,burglary" for n in range(20)
]
STRICT = parse_mapping(MAPPING, name="test.yaml")


def csv(*rows: str) -> bytes:
    return ("\n".join([HEADER, *rows]) + "\n").encode()


def parquet_without_its_end() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": ["K1"], "when": ["x"]}), sink)
    return sink.getvalue().to_pybytes()[:-20]


def swapped(row: str) -> str:
    key, when, recorded, lon, lat, offence = row.split(",")
    return ",".join([key, when, recorded, lat, lon, offence])


def at(row: str, *, lon: str = "-87.65", lat: str = "41.85", when: str | None = None) -> str:
    key, day, recorded, _, _, offence = row.split(",")
    return ",".join([key, when or day, recorded, lon, lat, offence])


HELD = {
    "wrong encoding": (
        csv(*GOOD, "K99,2026-02-01 10:00:00,,-87.65,41.85,caf") + b"\xe9\n",
        "byte 0xe9 at position .*line 23",
    ),
    "half a CSV file": (csv(*GOOD)[:-30], "is half a file: its last row, number 20"),
    "no rows": (csv(), "no rows"),
    "empty": (b"", "is empty"),
    "a column missing": (csv(*GOOD).replace(b"offence", b"ofence", 1), "offence"),
    "swapped lat/lon": (csv(*map(swapped, GOOD)), "swapped|exchanged|changed places"),
    "a pile at (0, 0)": (
        csv(*GOOD[:10], *(at(r, lon="0", lat="0") for r in GOOD[10:])),
        r"\(0, 0\)|0, 0|zero",
    ),
    "dates 50 years off": (
        csv(*GOOD[:10], *(at(r, when="1976-02-01 10:00:00") for r in GOOD[10:])),
        "1976|outside",
    ),
    "unknown offence codes": (
        csv(
            *GOOD,
            *(
                row.replace("burglary", code).replace("K", code)
                for row in GOOD[:2]
                for code in ("arson", "fraud")
            ),
        ),
        "arson.*fraud",
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    founded = found(tmp_path)
    charter(founded)
    return founded


def deliver(
    house: TestHouse, content: bytes, *, mapping: SourceMapping = STRICT, name: str = "d.csv"
) -> LoadReport:
    path = house.home.parent / name
    path.write_bytes(content)
    with house.open() as opened:
        return load(
            opened.desk(opened.signer("Ann")),
            file=path,
            mapping=mapping,
            purpose=PURPOSE,
            naming_key=opened.naming_key,
            epsg=32616,
            progress=lambda done, total: None,
        )


def stored(house: TestHouse) -> int:
    return len(list((house.home / "warehouse").rglob("*"))) + len(list((house.home / "staging").iterdir()))


@pytest.mark.parametrize("case", HELD)
def test_the_load_is_held_back_whole_with_a_sentence(house: TestHouse, case: str) -> None:
    content, sentence = HELD[case]
    with pytest.raises(BadInput, match=f"(?s){sentence}") as held:
        deliver(house, content)
    assert "\n" not in str(held.value)
    assert stored(house) == 0
    assert house.entries()[-1] in ("load.held", "charter.approved")


def test_half_a_parquet_file_is_held_back(house: TestHouse) -> None:
    mapping = parse_mapping(MAPPING.replace("format: csv", "format: parquet"), name="test.yaml")
    with pytest.raises(BadInput, match="Parquet"):
        deliver(house, parquet_without_its_end(), mapping=mapping, name="d.parquet")
    assert stored(house) == 0


def test_one_key_with_two_contents_keeps_both_rows_out_and_on_record(house: TestHouse) -> None:
    report = deliver(house, csv(*GOOD, GOOD[0].replace("burglary", "vehicle theft")))
    assert report.reasons == (("key-conflict", 2),)
    assert report.accepted + report.rejected == report.read == 21
    assert report.new == 19


def test_a_time_that_did_not_exist_that_night_is_kept_and_counted(house: TestHouse) -> None:
    house.clock.set(house.clock.now().replace(month=11, day=20))
    spring = "G1,2026-03-08 02:30:00,2026-03-09 10:00:00,-87.65,41.85,burglary"
    autumn = "A1,2026-11-01 01:30:00,2026-11-02 10:00:00,-87.65,41.85,burglary"
    report = deliver(house, csv(*GOOD, spring, autumn))
    assert (report.new, report.rejected) == (22, 0)
    with house.desk() as desk:
        figures = quality(desk, purpose=PURPOSE, zone="America/Chicago").figures
    shares = {share.name: share.n for share in figures.times}
    assert (shares["gap"], shares["ambiguous"]) == (1, 1)


@contextmanager
def no_room_beyond(size_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: what a full disk looks like to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("room_bytes", [1_000, 4_000])
def test_a_disk_that_fills_up_keeps_nothing_of_the_load(house: TestHouse, room_bytes: int) -> None:
    path = house.home.parent / "d.csv"
    path.write_bytes(csv(*GOOD))
    before = len(house.entries())
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ann"))
        with no_room_beyond(room_bytes), pytest.raises(PeelianError) as full:
            load(
                desk,
                file=path,
                mapping=STRICT,
                purpose=PURPOSE,
                naming_key=opened.naming_key,
                epsg=32616,
                progress=lambda done, total: None,
            )
    assert "\n" not in str(full.value)
    assert stored(house) == 0
    assert "load.accepted" not in house.entries()[before:]
    assert deliver(house, csv(*GOOD)).new == 20
