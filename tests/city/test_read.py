"""Reading real files, among them the broken ones that publishers and networks produce."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.intake.read import RawFile, read
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput
from tests.city.drawn import DRAWN

HEADER = "time,lon,lat,offence,narrative\n"
ROW = "2024-01-02 10:00:00,-87.6,41.9,BURG,a man said\n"
PARQUET = replace(DRAWN, format="parquet")


def put(folder: Path, content: str | bytes, name: str = "load.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sentence(path: Path, *, mapping: SourceMapping = DRAWN) -> str:
    with pytest.raises(BadInput) as error:
        read(path, mapping=mapping)
    return str(error.value)


def test_the_facts_of_a_file(tmp_path: Path) -> None:
    path, told = put(tmp_path, HEADER + ROW * 3), []
    raw = read(path, mapping=DRAWN, progress=lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert (raw.name, raw.rows, raw.size_bytes) == ("load.csv", 3, size)
    assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told == [(size, size)]


def test_columns_nobody_mapped_never_leave_the_file(tmp_path: Path) -> None:
    raw = read(put(tmp_path, HEADER + ROW), mapping=DRAWN)
    assert raw.table.column_names == ["time", "lon", "lat", "offence"]
    assert raw.not_read == ("narrative",)


def test_rows_with_a_wrong_number_of_fields_are_kept_by_number(tmp_path: Path) -> None:
    raw = read(put(tmp_path, HEADER + ROW + "2024,1\n" + ROW + "\n" + "a,b,c,d,e,f,g\n" + ROW), mapping=DRAWN)
    assert [(row.row_number, row.expected, row.found) for row in raw.wrong_fields] == [(2, 5, 2), (4, 5, 7)]
    assert raw.row_numbers.tolist() == [1, 3, 5]
    assert raw.rows == 5


@given(fields=st.lists(st.integers(2, 9), min_size=1, max_size=40))
def test_no_row_of_a_csv_vanishes(fields: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    lines = [",".join(["x"] * count) for count in fields]
    path = put(tmp_path_factory.mktemp("csv"), HEADER + "\n".join(lines) + "\n")
    raw = read(path, mapping=DRAWN)
    assert raw.rows == len(fields)
    numbers = raw.row_numbers.tolist() + [row.row_number for row in raw.wrong_fields]
    assert sorted(numbers) == list(range(1, len(fields) + 1))
    assert raw.row_numbers.tolist() == [number for number, count in enumerate(fields, 1) if count == 5]


def test_a_field_may_hold_commas_quotation_marks_and_line_ends(tmp_path: Path) -> None:
    raw = read(put(tmp_path, HEADER + '2024-01-01,1,2,"BURG, ""night""\nor so",x\n' + ROW), mapping=DRAWN)
    assert raw.table["offence"].to_pylist() == ['BURG, "night"\nor so', "BURG"]
    assert raw.row_numbers.tolist() == [1, 2]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_byte_order_mark_and_either_line_end_are_read(tmp_path: Path, ends: str) -> None:
    text = (HEADER + ROW * 2).replace("\n", ends)
    assert read(put(tmp_path, b"\xef\xbb\xbf" + text.encode()), mapping=DRAWN).rows == 2


def test_a_wrong_encoding_names_byte_line_and_what_to_try(tmp_path: Path) -> None:
    text = HEADER + ROW + ROW.replace("a man", "Señor")
    said = sentence(put(tmp_path, text.encode("cp1252")))
    assert "byte 0xf1" in said
    assert "line 3" in said
    assert "`encoding: cp1252`" in said
    raw = read(put(tmp_path, text.encode("cp1252")), mapping=replace(DRAWN, encoding="cp1252"))
    assert raw.rows == 2


def test_a_file_in_utf_16_is_recognised(tmp_path: Path) -> None:
    path = put(tmp_path, (HEADER + ROW).encode("utf-16"))
    assert "`encoding: utf-16`" in sentence(path)
    assert read(path, mapping=replace(DRAWN, encoding="utf-16")).rows == 1


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    said = sentence(put(tmp_path, "time,Long,lat,offence\n1,2,3,4\n"))
    assert "no column 'lon'" in said
    assert "nearest is 'Long'" in said


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    assert "2 columns called 'lat'" in sentence(put(tmp_path, "time,lon,lat,lat,offence\n1,2,3,3,4\n"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (HEADER.encode(), "has a header but no rows"),
        (b"\x1f\x8b\x08\x00", "is a gzip archive"),
        (b"PK\x03\x04", "is a zip archive or a spreadsheet"),
        (b"PAR1....PAR1", "is Parquet"),
    ],
)
def test_what_is_no_csv_is_said_to_be_so(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in sentence(put(tmp_path, content))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in sentence(tmp_path / "none.csv")


@pytest.mark.parametrize("kept", [len(ROW) // 4, len(ROW) // 2])
def test_half_a_csv_names_the_row_it_stops_in(tmp_path: Path, kept: int) -> None:
    said = sentence(put(tmp_path, HEADER + ROW * 2 + ROW[:kept]))
    assert "half a file" in said
    assert "number 3" in said


def test_a_csv_without_a_last_line_end_is_whole(tmp_path: Path) -> None:
    assert read(put(tmp_path, (HEADER + ROW * 2).rstrip("\n")), mapping=DRAWN).rows == 2


def test_a_csv_cut_inside_quotation_marks_is_refused(tmp_path: Path) -> None:
    said = sentence(put(tmp_path, HEADER + ROW + '2024-01-01,1,2,BURG,"he sa'))
    assert "never closed" in said
    assert "line 3" in said


def parquet(folder: Path, rows: int = 5) -> Path:
    path = folder / "load.parquet"
    values = {name: ["1"] * rows for name in ("time", "lon", "lat", "offence", "name")}
    pq.write_table(pa.table(values, schema=pa.schema([(name, pa.string()) for name in values])), path)
    return path


def test_parquet(tmp_path: Path) -> None:
    raw: RawFile = read(parquet(tmp_path), mapping=PARQUET)
    assert (raw.rows, raw.not_read, raw.table.num_columns) == (5, ("name",), 4)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_parquet_is_refused(tmp_path: Path, share: float) -> None:
    path = parquet(tmp_path, 1000)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "half a file" in sentence(path, mapping=PARQUET)


def test_damaged_and_empty_and_false_parquet(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    assert "no rows" in sentence(parquet(tmp_path, 0), mapping=PARQUET)
    assert "not Parquet" in sentence(put(tmp_path, HEADER), mapping=PARQUET)
    data = parquet(tmp_path).read_bytes()
    path.write_bytes(data[:-12] + b"\xff" * 8 + b"PAR1")
    assert "damaged Parquet" in sentence(path, mapping=PARQUET)
