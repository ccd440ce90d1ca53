"""A file at an address: versions, ranges, digests, and of a CSV no row lost and no unmapped cell kept."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.fetch.csv_block import cut, header_of, mapped
from peelian.city.mapping.fetch_spec import FileFetch
from peelian.domain.errors import BadInput, PeelianError
from tests.city.fetch.caller import Caller, rows_of
from tests.city.fetch.publishers.file import CsvFile, RangelessFile
from tests.city.fetch.publishers.office import PERSON, Asked, Reply, open_office, status


class AsSpecified(CsvFile):
    """A file fetched with settings of the test's own."""

    settings: dict[str, object]

    def spec(self) -> FileFetch:
        return replace(super().spec(), **self.settings)  # type: ignore[arg-type]


def published(content: bytes, **settings: object) -> AsSpecified:
    office = AsSpecified()
    office.content, office.settings, office.columns = content, settings, ("id", "offence")
    return office


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path / "file")


@pytest.fixture
def office() -> Iterator[CsvFile]:
    with open_office(CsvFile()) as opened:
        yield opened  # type: ignore[misc]


def sentence(caller: Caller, office: CsvFile) -> str:
    with open_office(office), pytest.raises(BadInput) as error:
        caller.ask(office)
    return str(error.value)


def test_a_server_without_ranges_sends_all_at_once(caller: Caller) -> None:
    with open_office(RangelessFile()) as office:
        done = caller.fetch(office)
        assert rows_of(done) == office.expected()
        assert (done.pages, len(office.pages_asked)) == (1, 1)


def test_ranges_are_asked_for_on_condition_that_the_file_is_the_same(office: CsvFile, caller: Caller) -> None:
    caller.fetch(office)
    pages = [asked for asked in office.everything_asked if office.is_page(asked)]
    assert [asked.headers.get("if-range") for asked in pages] == [None, '"v1"', '"v1"']
    assert {asked.headers["accept-encoding"] for asked in office.everything_asked} == {"identity"}


def test_a_file_that_is_replaced_meanwhile_is_taken_anew(office: CsvFile, caller: Caller) -> None:
    def replaced(opened: object, _asked: Asked, true: object) -> Reply:
        office.version += 1
        office.rows = office.rows[1:]
        return true()  # type: ignore[operator]

    office.faults[3] = replaced  # type: ignore[assignment]
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert "began anew: the publisher replaced the file meanwhile" in done.notes


def test_a_file_that_is_replaced_all_the_time_is_given_up(office: CsvFile, caller: Caller) -> None:
    def replaced(opened: object, _asked: Asked, true: object) -> Reply:
        office.version += 1
        return true()  # type: ignore[operator]

    office.faults = dict.fromkeys(range(1, 99), replaced)  # type: ignore[assignment]
    assert "the data moved under the fetch 3 times in a row" in sentence(caller, office)


class Unversioned(CsvFile):
    """A server that tells no version: the length is all that is known."""

    def spec(self) -> FileFetch:
        return replace(super().spec(), page_bytes=370)

    def answer(self, asked: Asked) -> Reply:
        reply = super().answer(asked)
        return replace(reply, headers={name: text for name, text in reply.headers.items() if name != "ETag"})


def test_without_a_version_a_file_of_another_length_is_another_file(caller: Caller) -> None:
    with open_office(Unversioned()) as office:
        office.faults = dict.fromkeys(range(3, 9), status(502))
        with pytest.raises(PeelianError):
            caller.ask(office)
        office.rows = office.rows[1:]
        done = caller.fetch(office)
        assert rows_of(done) == office.expected()
        assert (
            "the pages of an earlier fetch were not used: the publisher changed the data since" in done.notes
        )


def test_rows_with_a_wrong_number_of_fields_stay_in_their_place(caller: Caller) -> None:
    content = b"id,offence\n1,a\n2\n3,c,d\n4,d\n5,\n"
    for page_bytes in (16, 24, 1000):
        with open_office(published(content, page_bytes=page_bytes)) as office:
            done = caller.fetch(office)
            blank = (None, None)
            assert rows_of(done) == [("1", "a"), blank, blank, ("4", "d"), ("5", None)]
            assert sum("kept blank" in note for note in done.notes) >= 1


@pytest.mark.parametrize(
    ("content", "settings", "why"),
    [
        (b"", {}, "the file is empty (0 bytes)"),
        (b"id,offence\n", {}, "no row came"),
        (b"<!DOCTYPE html><html>", {}, "what came is a web page, not CSV"),
        (b"\x1f\x8b\x08", {}, "what came is a gzip archive, not CSV"),
        (b"id,offence\n1,\xe9\n", {}, "the file is not utf-8: byte 0xe9 at position 13 has no meaning in it"),
        (b'id,offence\n1,"a\n', {}, "a quotation mark is never closed"),
        (b"id,offence,id\n1,a,2\n", {}, "there are 2 columns called 'id'"),
        (
            b"id,offense\n1,a\n",
            {},
            "the column 'offence', which the mapping names, is not there; the nearest is 'offense'",
        ),
        (
            b"id,offence\n" + b"1" * 90 + b",a\n",
            {"page_bytes": 40},
            "a row is longer than a page of 40 bytes",
        ),
        (b"id,offence", {}, "no header ends in the first 10 bytes"),
        (b"id,offence\n1,a\n", {"most_bytes": 5}, "the file has 15 bytes, more than the 5 of 'most_bytes'"),
        (b"id,offence\n1,a\n", {"sha256": "0" * 64}, "but " + "0" * 64 + " was stated; nothing was kept"),
        (b"id,offence\n1,a\n", {"format": "zip"}, "what came is not zip"),
        (b"id,offence\n1,a\n", {"format": "parquet"}, "what came is not parquet"),
        (b"PAR1 and then nothing of it PAR1", {"format": "parquet"}, "what came is damaged Parquet"),
    ],
)
def test_files_that_stop_the_fetch(
    caller: Caller, content: bytes, settings: dict[str, object], why: str
) -> None:
    assert why in sentence(caller, published(content, **{"page_bytes": 1000, **settings}))
    assert not list(caller.folder.glob("delivery*"))


def test_a_file_in_another_encoding_arrives_as_text(caller: Caller) -> None:
    content = "id,offence\r\n1,dégradation\r\n".encode("cp1252")
    with open_office(published(content, encoding="cp1252")) as office:
        assert rows_of(caller.fetch(office)) == [("1", "dégradation")]


def test_a_byte_order_mark_is_no_part_of_a_name(caller: Caller) -> None:
    with open_office(published(b"\xef\xbb\xbfid,offence\n1,a\n")) as office:
        assert rows_of(caller.fetch(office)) == [("1", "a")]


@pytest.mark.parametrize("stated", ["spec", "Repr-Digest", "Digest"])
@pytest.mark.parametrize("right", [True, False])
def test_the_stated_digest_is_checked(caller: Caller, stated: str, right: bool) -> None:
    content = b"id,offence\n1,a\n2,b\n3,c\n"
    digest = hashlib.sha256(content if right else b"other").digest()
    written = base64.b64encode(digest).decode()
    office = published(content, page_bytes=12, sha256=digest.hex() if stated == "spec" else None)
    if stated != "spec":
        office.extra = {stated: f"sha-256=:{written}:" if stated == "Repr-Digest" else f"SHA-256={written}"}
    if not right:
        assert "was stated; nothing was kept" in sentence(caller, office)
        assert not list(caller.folder.glob("page-*"))
        return
    with open_office(office):
        assert caller.fetch(office).rows == 3


def test_a_digest_in_the_mapping_is_checked_over_the_whole_even_after_a_cut(caller: Caller) -> None:
    content = b"id,offence\n1,a\n2,b\n3,c\n"
    with open_office(published(content, page_bytes=16, sha256=hashlib.sha256(content).hexdigest())) as office:
        office.faults = dict.fromkeys(range(2, 8), status(502))
        with pytest.raises(PeelianError):
            caller.ask(office)
        done = caller.fetch(office)
        assert done.rows == 3
        assert any(note.startswith("began anew: the digest in the mapping") for note in done.notes)


def test_a_zip_is_kept_as_published(caller: Caller) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("2024-01/2024-01-a-street.csv", "x" * 500)
    content = packed.getvalue()
    for stated in (None, hashlib.sha256(content).hexdigest()):
        office = published(content, format="zip", page_bytes=200, sha256=stated)
        with open_office(office):
            office.faults = dict.fromkeys(range(3, 9), status(502))
            with pytest.raises(PeelianError):
                caller.ask(office)
            done = caller.fetch(office)
        assert done.path.name == "delivery.zip"
        assert done.path.read_bytes() == content
        assert (done.rows, done.pages) == (None, len(office.pages_asked) - 6)


def test_of_a_parquet_file_the_mapped_columns_stay_with_their_types(caller: Caller) -> None:
    table = pa.table({"id": [1, 2], "victim": [PERSON, PERSON], "offence": ["a", None]})
    packed = io.BytesIO()
    pq.write_table(table, packed)
    with open_office(published(packed.getvalue(), format="parquet", page_bytes=300)) as office:
        done = caller.fetch(office)
        assert pq.read_table(done.path).equals(table.select(["id", "offence"]))
        assert done.rows == 2
        assert [
            path.name for path in caller.folder.iterdir() if path.name.startswith(("page", "whole"))
        ] == []
        office.columns = ("id", "offense")
        assert "the nearest is 'offence'" in sentence(caller, office)


cells = st.text(st.sampled_from('abé",\n\r '), max_size=6)


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set('",\n\r') & set(text) or not text else text


@settings(deadline=None)
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=20), size=st.integers(30, 200))
def test_wherever_a_csv_is_cut_the_rows_are_the_same(rows: list[tuple[str, str]], size: int) -> None:
    body = "".join(f"{_field(a)},{_field(b)}\n" for a, b in rows).encode()
    whole, _ = mapped(body.decode(), header="a,b", columns=("b",))
    parts, at = [], 0
    while at < len(body):
        # The last part is whole; any other is cut at the end of its last complete row, and grows until there is one.
        end = at + size
        while end < len(body) and not cut(body[at:end]):
            end += size
        length = cut(body[at:end]) if end < len(body) else len(body) - at
        parts.append(mapped(body[at : at + length].decode(), header="a,b", columns=("b",))[0])
        at += length
    assert pa.concat_tables(parts).combine_chunks() == whole.combine_chunks()
    assert whole.num_rows == len(rows)


def test_a_header_may_hold_line_ends_in_quotation_marks() -> None:
    found = header_of(b'\n"a\nb",c\n1,2\n', encoding="utf-8")
    assert found is not None
    assert (found.line.strip(), found.size) == ('"a\nb",c', 9)
