"""The `fetch:` section of a mapping, read strictly."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from peelian.city.mapping.fetch_spec import (
    ArcgisFetch,
    CkanFetch,
    FileFetch,
    PoliceUkFetch,
    SocrataFetch,
    fetch_spec,
)
from peelian.domain.errors import BadInput

READ = [
    (
        'kind: socrata\naddress: "https://data.example.gov"\ndataset: ijzp-q8t2\nrequests_per_second: 2',
        SocrataFetch(address="https://data.example.gov", dataset="ijzp-q8t2", requests_per_second=2.0),
    ),
    (
        'kind: arcgis\naddress: "https://gis.example.gov/a/rest/services/C/MapServer/8"\nupdated: EditDate',
        ArcgisFetch(address="https://gis.example.gov/a/rest/services/C/MapServer/8", updated="EditDate"),
    ),
    (
        'kind: ckan\naddress: "https://data.example.gov/site"\nresource: b973d8cb-eeb2\npage_rows: 500',
        CkanFetch(address="https://data.example.gov/site", resource="b973d8cb-eeb2", page_rows=500),
    ),
    (
        'kind: police-uk-api\naddress: "https://data.police.uk/api"\narea: [[0, 52], [0.5, 52], [0, 53]]\n'
        "months: {first: 2024-01}",
        PoliceUkFetch(
            address="https://data.police.uk/api",
            area=((0.0, 52.0), (0.5, 52.0), (0.0, 53.0)),
            first="2024-01",
        ),
    ),
    (
        'kind: file\naddress: "https://example.gov/c.csv?year=2024"\nformat: csv\nencoding: cp1252',
        FileFetch(address="https://example.gov/c.csv?year=2024", format="csv", encoding="cp1252"),
    ),
]


@pytest.mark.parametrize(("text", "spec"), READ, ids=lambda value: type(value).__name__)
def test_what_is_written_is_what_is_fetched(text: str, spec: object) -> None:
    assert fetch_spec(yaml.safe_load(text), where="m.yaml: fetch") == spec


SOCRATA = {"kind": "socrata", "address": "https://data.example.gov", "dataset": "ijzp-q8t2"}
POLICE = {"kind": "police-uk-api", "address": "https://p.uk/api", "area": [[0, 52], [0.5, 52], [0, 53]]}
FILE = {"kind": "file", "address": "https://example.gov/c.csv", "format": "csv"}

REFUSED = [
    ({"kind": "ftp"}, "'kind' must be one of socrata, arcgis, ckan, police-uk-api, file, not 'ftp'"),
    ({}, "'kind' must be one of"),
    (SOCRATA | {"datset": "x"}, "socrata has no key 'datset'; it has address, requests_per_second, dataset"),
    ({"kind": "socrata", "dataset": "ijzp-q8t2"}, "the key 'address' is missing"),
    ({"kind": "socrata", "address": "https://data.example.gov"}, "the key 'dataset' is missing"),
    (SOCRATA | {"dataset": "crimes"}, "four-by-four id such as ijzp-q8t2, not 'crimes'"),
    (SOCRATA | {"page_rows": "500"}, "'page_rows' must be a whole number, not '500'"),
    (SOCRATA | {"page_rows": True}, "'page_rows' must be a whole number, not True"),
    (SOCRATA | {"page_rows": 0}, "'page_rows' must be from 1 to 50,000, not 0"),
    (SOCRATA | {"requests_per_second": 0}, "'requests_per_second' must be above 0"),
    (SOCRATA | {"address": "http://data.example.gov"}, "is plain http"),
    (SOCRATA | {"address": "http://localhost.example.gov"}, "is plain http"),
    (SOCRATA | {"address": "https://me:pw@data.example.gov"}, "an https address without a user name"),
    (SOCRATA | {"address": "ftp://data.example.gov"}, "an https address"),
    (SOCRATA | {"address": "data.example.gov"}, "an https address"),
    (FILE | {"address": "https://e.gov/c.csv?sig=abc"}, "seems to carry a secret"),
    (FILE | {"address": "https://e.gov/c.csv?a=1&API_KEY=abc"}, "seems to carry a secret"),
    (FILE | {"format": "xlsx"}, "'format' must be one of csv, parquet, zip, not 'xlsx'"),
    (FILE | {"encoding": "utf-16"}, "a CSV in utf-16 cannot be fetched in pages"),
    (FILE | {"encoding": "utf-9"}, "'utf-9' is no text encoding"),
    (FILE | {"sha256": "abc"}, "'sha256' must be 64 lower-case hexadecimal digits"),
    (FILE | {"page_bytes": 0}, "'page_bytes' must be from 1"),
    (POLICE | {"area": [[0, 52], [0.5, 52]]}, "'area' must be three or more corners"),
    (POLICE | {"area": [[0, 520], [0.5, 52], [0, 53]]}, "'area' must be three or more corners"),
    (POLICE | {"area": [["a", 52]]}, "'area' is a list of corners"),
    (POLICE | {"months": "2024-01"}, "'months' has the keys first and last"),
    (POLICE | {"months": {"first": "2024-1"}}, "'months' are written as 2024-01, not '2024-1'"),
    (POLICE | {"months": {"first": "2024-02", "last": "2024-01"}}, "begin in 2024-02 and end before"),
    (POLICE | {"first": "2024-02"}, "write 'first' below 'months'"),
    (POLICE | {"category": "a/../b"}, "'category' is one of the publisher's"),
    ({"kind": "arcgis", "address": "https://g.gov/rest/C/FeatureServer"}, "ends in FeatureServer/<number>"),
    ({"kind": "ckan", "address": "https://c.gov", "resource": "a/b"}, "the id of a CKAN resource, not 'a/b'"),
]


@pytest.mark.parametrize(("raw", "why"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_anything_else_is_refused_in_one_sentence(raw: dict[str, object], why: str) -> None:
    with pytest.raises(BadInput) as error:
        fetch_spec(raw, where="m.yaml: fetch")
    assert why in str(error.value)
    assert str(error.value).startswith("m.yaml: fetch: ")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "LOCALHOST"])
def test_this_machine_may_be_asked_without_https(host: str) -> None:
    assert (
        fetch_spec(SOCRATA | {"address": f"http://{host}:8080"}, where="m").address == f"http://{host}:8080"
    )


def test_another_spec_has_another_digest() -> None:
    specs = [spec for _, spec in READ]
    other = fetch_spec(SOCRATA | {"page_rows": 7}, where="m")
    assert len({spec.digest() for spec in (*specs, other)}) == 6  # type: ignore[attr-defined]


def test_reading_a_mapping_loads_no_network_and_no_tables() -> None:
    heavy = "{m.partition('.')[0] for m in sys.modules} & {'httpx', 'pyarrow', 'numpy', 'shapely'}"
    code = f"import sys, peelian.city.mapping.fetch_spec; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
