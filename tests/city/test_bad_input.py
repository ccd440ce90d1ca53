"""Bad input, tried and shown: what comes in broken is refused with a sentence, by file or by row, never read askew."""

from __future__ import annotations

import io
import json
import resource
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from peelian.city.findings import LoadHeld
from peelian.city.intake.archive import Archive, Limits
from peelian.city.intake.clean import Cleaned, clean
from peelian.city.intake.csv_blocks import BLOCK_BYTES
from peelian.city.intake.read import open_delivery
from peelian.city.mapping.source import Join, Offences, SourceMapping
from peelian.domain.errors import BadInput
from peelian.domain.place import project
from tests.city.drawn import DRAWN, KEY, KEYED, TODAY, column, reasons, strict

HEADER = "time,lon,lat,offence,narrative\n"
ROW = "2024-01-02 10:00:00,-87.6,41.9,BURG,a man said\n"


def put(folder: Path, content: str | bytes, name: str = "load.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def loaded(path: Path, mapping: SourceMapping = DRAWN) -> Cleaned:
    """Return what becomes of a file, read as a load reads it."""
    return clean(open_delivery(path, mapping=mapping), mapping=mapping, key=KEY, epsg=32616, loaded_on=TODAY)


def sentence(path: Path, mapping: SourceMapping = DRAWN) -> str:
    with pytest.raises(BadInput) as error:
        loaded(path, mapping)
    assert str(error.value).endswith(".")
    return str(error.value)


# Encodings


def test_mixed_encodings_in_one_file_name_byte_and_line_and_suggest_no_encoding(tmp_path: Path) -> None:
    mixed = (HEADER + ROW.replace("a man", "Señora") + ROW).encode() + ROW.replace("a man", "Señor").encode(
        "cp1252"
    )
    said = sentence(put(tmp_path, mixed))
    assert "byte 0xf1 at position 165 (line 4)" in said
    assert "letters before it (line 2)" in said
    assert "mixes encodings" in said
    assert "try `encoding" not in said


def test_mixed_encodings_are_found_blocks_away(tmp_path: Path) -> None:
    rows = 2 * BLOCK_BYTES // len(ROW)
    text = (HEADER + ROW.replace("a man", "Señora") + ROW * rows).encode()
    said = sentence(put(tmp_path, text + ROW.replace("a man", "Señor").encode("cp1252")))
    assert f"(line {rows + 3:,})" in said
    assert "mixes encodings" in said


@pytest.mark.parametrize(("before", "line"), [(0, 2), (700, 702)])
def test_nul_bytes_are_no_text(tmp_path: Path, before: int, line: int) -> None:
    said = sentence(put(tmp_path, HEADER + ROW * before + ROW.replace("a man", "a \0 man")))
    assert f"NUL byte in line {line}" in said


def test_utf_16_without_its_mark_is_told_by_its_nuls(tmp_path: Path) -> None:
    said = sentence(put(tmp_path, (HEADER + ROW).encode("utf-16-le")))
    assert "its `encoding` is utf-16" in said


# Times


ZONES = """time,lon,lat,offence
2024-01-02T10:15:00-06:00,-87.6,41.9,BURG
2024-01-02T16:15:00Z,-87.6,41.9,BURG
2024-01-03T01:15:00+09:00,-87.6,41.9,BURG
2024-01-02T10:15:00,-87.6,41.9,BURG
"""


def test_offsets_are_honoured_and_a_column_that_mixes_them_with_civil_times_is_told(tmp_path: Path) -> None:
    result = loaded(put(tmp_path, ZONES))
    assert len(set(column(result, "occurred_start"))) == 1
    notes = {note.name: note.rows for note in result.findings.notes}
    assert notes["occurred_start with an offset"] == 3
    assert notes["occurred_start without one"] == 1


@pytest.mark.parametrize("kept", [slice(0, 3), slice(3, 4)])
def test_a_column_of_one_kind_has_nothing_to_be_told(tmp_path: Path, kept: slice) -> None:
    header, *rows = ZONES.splitlines(keepends=True)
    notes = loaded(put(tmp_path, header + "".join(rows[kept]))).findings.notes
    assert not [note for note in notes if "offset" in note.name or "without" in note.name]


# Sizes


def test_a_field_of_ten_million_characters_is_refused_by_its_row_and_number(tmp_path: Path) -> None:
    huge = "x" * 10_000_000
    text = "case," + HEADER
    for number, case in enumerate(["A1", huge, "A3"], start=1):
        text += f"{case},2024-01-0{number} 10:00,-87.6,41.9,BURG,\n"
    result = loaded(put(tmp_path, text), KEYED)
    assert reasons(result) == [(2, "field-too-long")]
    (told,) = result.rejected.to_pylist()
    assert len(told["raw_json"]) < 1000
    assert "10,000,000 characters" in told["raw_json"]


def test_a_field_nobody_reads_may_be_as_long_as_it_likes(tmp_path: Path) -> None:
    result = loaded(put(tmp_path, HEADER + ROW + ROW.replace("a man", "x" * 10_000_000)))
    assert result.findings.accepted == 2


def test_a_row_beyond_all_measure_is_refused_with_its_place(tmp_path: Path) -> None:
    said = sentence(put(tmp_path, HEADER + ROW + ROW.replace("a man", "x" * (2 * BLOCK_BYTES + 100)) + ROW))
    assert f"a row of more than {BLOCK_BYTES >> 20} MB" in said


MEASURE = """
import resource, sys
from pathlib import Path
from tests.city.test_bad_input import loaded
loaded(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
loaded(Path(sys.argv[2]))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_long_fields_do_not_add_up_in_memory(tmp_path: Path) -> None:
    """Fields of ten million characters, 240 MB of them: a load holds a few blocks and no more."""
    small = put(tmp_path, HEADER + ROW, "small.csv")
    with (tmp_path / "long.csv").open("w") as file:
        file.write(HEADER)
        for _ in range(24):
            file.write(ROW.replace("a man", "x" * 10_000_000))
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", MEASURE, str(small), str(tmp_path / "long.csv")],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 330


# Quotation marks and cells


@pytest.mark.parametrize(
    "broken",
    [
        '2024-01-02,-87.6,41.9,BURG,"he said\n' + ROW * 3 + '2024-01-02,-87.6,41.9,BURG,"and more"\n',
        '2024-01-02,-87.6,41.9,BURG,a 5" pipe and a 6" pipe\n',
        '2024-01-02,-87.6,41.9,BURG,"a "pipe" of iron"\n',
    ],
)
def test_wrong_quoting_names_its_line_and_swallows_no_row(tmp_path: Path, broken: str) -> None:
    said = sentence(put(tmp_path, HEADER + ROW + broken + ROW))
    assert "quotation mark in line" in said


def test_quoting_that_is_right_is_read_across_blocks(tmp_path: Path) -> None:
    row = '2024-01-02,-87.6,41.9,BURG,"he said ""no"", twice,\nand left"\n'
    rows = BLOCK_BYTES // len(row) + 1000
    blocks = list(open_delivery(put(tmp_path, HEADER + row * rows), mapping=DRAWN).blocks())
    assert [sum(block.table.num_rows for block in blocks), len(blocks)] == [rows, 2]


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]


def test_formula_cells_are_stored_as_published(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-02,-87.6,41.9,{cell},\n" for cell in FORMULAS)
    result = loaded(put(tmp_path, HEADER + rows), replace(DRAWN, offences=Offences()))
    assert column(result, "offence_published") == FORMULAS


# What a publisher changed


def test_a_renamed_column_names_the_nearest(tmp_path: Path) -> None:
    said = sentence(put(tmp_path, HEADER.replace("offence", "offence_type") + ROW))
    assert "no column 'offence'" in said
    assert "the nearest is 'offence_type'" in said


def at(x: float, y: float) -> str:
    return HEADER + f"2024-01-02 10:00:00,{x},{y},BURG,\n" * 3


UTM = replace(DRAWN, crs="EPSG:32616", assertions=strict(outside_bbox=0.05).assertions)


@pytest.mark.parametrize(
    ("came", "mapping"),
    [
        ((1_176_352.0, 1_900_927.0), strict(outside_bbox=0.05)),  # feet where degrees were
        (tuple(float(v[0]) for v in project([-87.6], [41.9], source="EPSG:4326", target="EPSG:32615")), UTM),
        ((-87.6, 41.9), UTM),  # degrees where metres were
    ],
)  # fmt: skip
def test_a_changed_reference_system_holds_the_load_back(
    tmp_path: Path, came: tuple[float, float], mapping: SourceMapping
) -> None:
    with pytest.raises(LoadHeld) as error:
        loaded(put(tmp_path, at(*came)), mapping)
    assert "lie outside the bounding box" in str(error.value)
    assert "`crs`" in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"), [("", "is empty (0 bytes)"), (HEADER, "has a header but no rows")]
)
def test_nothing_and_only_a_header(tmp_path: Path, content: str, words: str) -> None:
    assert words in sentence(put(tmp_path, content))


# Archives

ZIPPED = replace(DRAWN, members="*/*-street.csv")


def zipped(folder: Path, files: Mapping[str, str | bytes], name: str = "load.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in files.items():
            archive.writestr(member, content)
    return path


def test_many_files_are_one_table_and_a_rejection_names_file_and_row(tmp_path: Path) -> None:
    bad = ROW.replace("-87.6,", ",")
    path = zipped(
        tmp_path,
        {
            "2024-02/b-street.csv": HEADER + ROW + bad + "1,2\n",
            "2024-01/a-street.csv": HEADER + ROW * 2,
            "2024-01/a-outcomes.csv": "not,read\n",
        },
    )
    result = loaded(path, ZIPPED)
    assert reasons(result) == [(4, "place-missing"), (5, "wrong-number-of-fields")]
    told = [json.loads(row["raw_json"]) for row in result.rejected.to_pylist()]
    assert [(each["(member)"], each["(row)"]) for each in told] == [
        ("2024-02/b-street.csv", 2),
        ("2024-02/b-street.csv", 3),
    ]
    assert result.findings.read == 5


JOINED = replace(
    DRAWN,
    members="offences.csv",
    joins=(Join("places/*.csv", on="place", take=("lon", "lat")),),
)


def test_a_joined_table_brings_its_columns_over_and_a_row_without_a_partner_is_told(tmp_path: Path) -> None:
    path = zipped(
        tmp_path,
        {
            "offences.csv": "time,offence,place\n2024-01-02,BURG,P1\n2024-01-03,THFT,P9\n2024-01-04,THFT, P2\n,BURG,\n",
            "places/north.csv": "place,lon,lat,owner\nP1,-87.6,41.9,somebody\n",
            "places/south.csv": "place,lon,lat,owner\nP2,-87.7,41.8,somebody\n,1,1,nobody\n",
        },
    )
    result = loaded(path, JOINED)
    assert column(result, "lon") == [-87.6, -87.7]
    assert reasons(result) == [(2, "partner-missing"), (4, "partner-missing")]
    assert "somebody" not in str(result.rejected.to_pylist())


RESOURCE_FORK = (
    bytes.fromhex("00051607 00020000") + b"Mac OS X        " + bytes(26) + b"This resource fork intentionally"
)
"""AppleDouble, version 2 (RFC 1740, appendix A), as the Archive Utility of macOS lays it beside each file."""


class Unseekable(io.RawIOBase):
    """Where the Archive Utility writes to: it goes forward only, so that sizes stand behind the data."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._file.write(data)  # type: ignore[arg-type]

    def close(self) -> None:
        self._file.close()
        super().close()


def made_on_a_mac(folder: Path) -> Path:
    path = folder / "Archive.zip"
    with Unseekable(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("Calls.csv/", b""),
            ("__MACOSX/", b""),
            ("Calls.csv/2024.csv", (HEADER + ROW * 2).encode()),
            ("__MACOSX/Calls.csv/._2024.csv", RESOURCE_FORK),
            ("Calls.csv/.~lock.2024.csv", b"ann,"),
            ("Calls.csv/.DS_Store", b"\0\0\0\1Bud1"),
            ("__MACOSX/._Calls.csv", RESOURCE_FORK),
        ):
            member = zipfile.ZipInfo(name)
            member.create_system, member.compress_type = 3, zipfile.ZIP_DEFLATED
            kind = stat.S_IFDIR | 0o755 if name.endswith("/") else stat.S_IFREG | 0o644
            member.external_attr = kind << 16
            archive.writestr(member, content)
        folder_without_a_stroke = zipfile.ZipInfo("2023.csv")
        folder_without_a_stroke.external_attr = (stat.S_IFDIR | 0o755) << 16 | 0x10
        archive.writestr(folder_without_a_stroke, b"")
    return path


@pytest.mark.parametrize("members", ["*.csv", "*/*.csv", "Calls.csv/*"])
def test_of_an_archive_made_on_a_mac_the_files_that_can_be_seen_are_read(
    tmp_path: Path, members: str
) -> None:
    assert loaded(made_on_a_mac(tmp_path), replace(DRAWN, members=members)).findings.read == 2


@pytest.mark.parametrize(
    ("members", "files"),
    [
        (".hidden/*.csv", {".hidden/a.csv"}),
        (".hidden/.*.csv", {".hidden/.b.csv"}),
        ("__MACOSX/*", {"__MACOSX/c.csv"}),
        ("__MACOSX/._*", {"__MACOSX/._c.csv"}),
        ("*", {"d.csv"}),
    ],
)
def test_a_hidden_file_is_read_only_where_the_pattern_names_it(
    tmp_path: Path, members: str, files: set[str]
) -> None:
    names = (".hidden/a.csv", ".hidden/.b.csv", "__MACOSX/c.csv", "__MACOSX/._c.csv", "d.csv")
    path = zipped(tmp_path, dict.fromkeys(names, HEADER + ROW))
    blocks = open_delivery(path, mapping=replace(DRAWN, members=members)).blocks()
    assert {block.member for block in blocks} == files


def test_a_partner_that_is_there_twice_is_nobody(tmp_path: Path) -> None:
    files = {
        "offences.csv": "time,offence,place\n2024-01-02,BURG,P1\n",
        "places/a.csv": "place,lon,lat\nP1,1,2\nP1,3,4\n",
    }
    assert "1 rows of 'places/*.csv' repeat a value of 'place'" in sentence(zipped(tmp_path, files), JOINED)


def bomb(folder: Path, *, megabytes: int) -> Path:
    return zipped(folder, {"x/x-street.csv": (HEADER + ROW).encode() + b"0" * (megabytes << 20)})


def test_a_zip_bomb_is_refused_before_it_has_gone_off(tmp_path: Path) -> None:
    path = bomb(tmp_path, megabytes=96)
    assert path.stat().st_size < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = sentence(path, ZIPPED)
    assert "200 times its size and is refused as a bomb" in said
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 90


def test_a_bomb_that_lies_about_its_size_is_refused_all_the_same(tmp_path: Path) -> None:
    """The sizes that an archive declares are not what is counted: here they say that the file holds a kilobyte."""
    path = bomb(tmp_path, megabytes=16)
    true = struct.pack("<I", len(HEADER + ROW) + (16 << 20))
    lie = path.read_bytes().replace(true, struct.pack("<I", 1024))
    path.write_bytes(lie)
    assert "damaged ZIP archive" in sentence(path, ZIPPED) or "bomb" in sentence(path, ZIPPED)


def archive(path: Path, limits: Limits) -> Iterator[object]:
    return Archive(path, ZIPPED, lambda _done, _total: None, limits).blocks()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(members=2), "holds 3 files"),
        (Limits(bytes=200), "inflates to more than"),
        (Limits(ratio=1.0, small_bytes=10), "1 times its size"),
    ],
)
def test_every_limit_of_an_archive_holds(tmp_path: Path, limits: Limits, words: str) -> None:
    path = zipped(tmp_path, {f"2024-0{month}/m-street.csv": HEADER + ROW * 9 for month in (1, 2, 3)})
    with pytest.raises(BadInput, match=words):
        list(archive(path, limits))


OUTSIDE = [
    "/etc/x-street.csv",
    "../x-street.csv",
    "a/../../x-street.csv",
    "C:/x-street.csv",
    "a\\x-street.csv",
]


@pytest.mark.parametrize("name", OUTSIDE)
def test_paths_that_point_out_of_an_archive_are_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path, {"x/y-street.csv": HEADER + ROW})
    with zipfile.ZipFile(path, "a") as more:
        more.writestr(zipfile.ZipInfo(name), "x")
    assert "points out of the archive" in sentence(path, ZIPPED)


def test_links_doubles_secrets_and_archives_in_archives_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("x/x-street.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(link, "/etc/passwd")
    assert "a link called" in sentence(path, ZIPPED)

    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("y.csv", HEADER)
    path = zipped(tmp_path, {"x/x-street.csv": inner.getvalue()})
    assert "is a zip archive or a spreadsheet, not CSV" in sentence(path, ZIPPED)

    path = zipped(tmp_path, {"x/x-street.csv": HEADER + ROW})
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("x/x-street.csv", HEADER)
    assert "two files of one name" in sentence(path, ZIPPED)

    path = zipped(tmp_path, {"x/x-street.csv": HEADER + ROW})
    marked = bytearray(path.read_bytes())
    for start in (marked.find(b"PK\x03\x04") + 6, marked.find(b"PK\x01\x02") + 8):
        marked[start] |= 1
    path.write_bytes(marked)
    assert "is encrypted" in sentence(path, ZIPPED)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_half_an_archive_and_a_damaged_one_are_refused(tmp_path: Path, share: float) -> None:
    rng = np.random.default_rng(1)
    rows = "".join(ROW.replace("a man", rng.bytes(20).hex()) for _ in range(400))
    path = zipped(tmp_path, {"x/x-street.csv": HEADER + rows})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "damaged ZIP archive" in sentence(path, ZIPPED)
    broken = bytearray(data)
    broken[int(len(data) * share * 0.8)] ^= 0xFF
    path.write_bytes(broken)
    assert "fetch it again" in sentence(path, ZIPPED)


def test_an_archive_without_such_a_file_says_what_it_has(tmp_path: Path) -> None:
    said = sentence(zipped(tmp_path, {"readme.txt": "hello"}), ZIPPED)
    assert "no file that matches '*/*-street.csv'; it has readme.txt" in said
