"""What to fetch from where: the `fetch:` section of a source mapping, as one frozen value for each kind of publisher.

```yaml
fetch: {kind: socrata, address: "https://data.example.gov", dataset: abcd-1234}
fetch: {kind: arcgis, address: "https://gis.example.gov/arcgis/rest/services/Crime/FeatureServer/0"}
fetch: {kind: ckan, address: "https://data.example.gov", resource: 6220d948-eae2-4e4b-8723-2dc8e67722a3}
fetch: {kind: police-uk-api, address: "https://data.police.uk/api", months: {first: 2024-01, last: 2024-06},
        area: [[-1.2, 52.6], [-1.0, 52.6], [-1.0, 52.7]]}
fetch: {kind: file, address: "https://example.gov/crimes.csv", format: csv, encoding: cp1252}
```

A mapped column may name a part of a nested value by a path, `location.latitude`; the point of an ArcGIS feature
is `geometry.x` and `geometry.y`, in WGS 84. Secrets are never part of a spec: whoever fetches hands them over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from ipaddress import ip_address
from typing import Any, Literal, TypeAlias, get_args

from peelian.domain.canonical import canonical, digest
from peelian.domain.errors import BadInput

FileFormat = Literal["csv", "parquet", "zip"]

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[^/?#@:\s\[\]]+)(:\d+)?(?P<rest>/[^#\s]*)?"
)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SECRET = re.compile(
    r"[?&][^=&]*(token|key|secret|password|sig|signature|credential|auth)[^=&]*=", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class _Fetch:
    """What every kind has: where it is, how often it may be asked, how many rows or bytes make one page.

    Parameters
    ----------
    address : https address without secrets; plain http only on this very machine.
    requests_per_second : the most requests the publisher allows, on average.
    """

    address: str
    requests_per_second: float = 4.0

    def __post_init__(self) -> None:
        _check_address(self.address)
        if not 0 < self.requests_per_second <= 100:
            raise BadInput(
                f"fetch: 'requests_per_second' must be above 0 and at most 100, not {self.requests_per_second:g}."
            )

    def digest(self) -> str:
        """Return the SHA-256 of the spec: pages of another spec are never mixed with this one's."""
        return digest(canonical(asdict(self)))


@dataclass(frozen=True, kw_only=True)
class SocrataFetch(_Fetch):
    """A dataset behind the Socrata Open Data API 2.1 (dev.socrata.com).

    Parameters
    ----------
    address : the site, without a path.
    dataset : four-by-four id, such as `ijzp-q8t2`.
    where : SoQL condition on the rows wanted; None for all.
    page_rows : rows asked for at once; the publisher caps the old endpoints at 50,000.
    """

    dataset: str
    where: str | None = None
    page_rows: int = 50_000
    kind: Literal["socrata"] = "socrata"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rows(self.page_rows, most=50_000)
        if not re.fullmatch(r"[a-z0-9]{4}-[a-z0-9]{4}", self.dataset):
            raise BadInput(
                f"fetch: 'dataset' must be a four-by-four id such as ijzp-q8t2, not {self.dataset!r}."
            )


@dataclass(frozen=True, kw_only=True)
class ArcgisFetch(_Fetch):
    """A layer of an ArcGIS FeatureServer or MapServer (developers.arcgis.com, "Query (Feature Service/Layer)").

    Parameters
    ----------
    address : the layer, ending in its number.
    where : SQL condition on the features wanted.
    updated : date field that tells when a feature was last edited, for fetches of what is new; None where
        the layer has none: then every fetch takes all.
    page_rows : features asked for at once; the layer's own `maxRecordCount` caps it.
    """

    where: str = "1=1"
    updated: str | None = None
    page_rows: int = 2_000
    kind: Literal["arcgis"] = "arcgis"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rows(self.page_rows, most=50_000)
        if not re.search(r"/(Feature|Map)Server/\d+$", self.address):
            raise BadInput(
                f"fetch: 'address' of an ArcGIS layer ends in FeatureServer/<number> or MapServer/<number>; "
                f"{self.address} does not."
            )


@dataclass(frozen=True, kw_only=True)
class CkanFetch(_Fetch):
    """A resource in a CKAN DataStore (docs.ckan.org, `datastore_search`); fetch another resource as a `file`.

    Parameters
    ----------
    address : the site, with the path below which `/api/3/action` lies.
    resource : id of the resource.
    page_rows : records asked for at once; CKAN caps it at 32,000 unless the site says otherwise.
    """

    resource: str
    page_rows: int = 16_000
    kind: Literal["ckan"] = "ckan"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rows(self.page_rows, most=32_000)
        if not re.fullmatch(r"[0-9A-Za-z_-]+", self.resource):
            raise BadInput(f"fetch: 'resource' must be the id of a CKAN resource, not {self.resource!r}.")


@dataclass(frozen=True, kw_only=True)
class PoliceUkFetch(_Fetch):
    """Street-level crimes of an area from the data.police.uk API, a month and a polygon at a time.

    Parameters
    ----------
    address : the API, `https://data.police.uk/api`.
    area : (n, 2) corners as (longitude, latitude) in WGS 84 degrees; closed by itself. It is split where it
        holds more than the 10,000 crimes that one answer may have.
    first, last : months as YYYY-MM, both included; None: as far as the publisher has any.
    category : one of the publisher's categories.
    """

    area: tuple[tuple[float, float], ...]
    first: str | None = None
    last: str | None = None
    category: str = "all-crime"
    requests_per_second: float = 10.0
    kind: Literal["police-uk-api"] = "police-uk-api"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.area)) < 3 or not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in self.area):
            raise BadInput("fetch: 'area' must be three or more corners [longitude, latitude] in degrees.")
        for month in (self.first, self.last):
            if month is not None and not _MONTH.fullmatch(month):
                raise BadInput(f"fetch: 'months' are written as 2024-01, not {month!r}.")
        if self.first and self.last and self.first > self.last:
            raise BadInput(f"fetch: 'months' begin in {self.first} and end before, in {self.last}.")
        if not re.fullmatch(r"[a-z-]+", self.category):
            raise BadInput(
                f"fetch: 'category' is one of the publisher's, such as burglary, not {self.category!r}."
            )


@dataclass(frozen=True, kw_only=True)
class FileFetch(_Fetch):
    """One file at an address.

    Parameters
    ----------
    format : what it is; of CSV only the mapped columns are ever written to disk, a ZIP is kept as published.
    encoding : of the text of a CSV.
    sha256 : where the publisher states it, in lower-case hex.
    page_bytes : bytes of a CSV that are made durable at once.
    most_bytes : a longer file is refused.
    """

    format: FileFormat
    encoding: str = "utf-8"
    sha256: str | None = None
    page_bytes: int = 8 << 20
    most_bytes: int = 16 << 30
    kind: Literal["file"] = "file"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.page_bytes <= 1 << 30 or self.most_bytes < 1:
            raise BadInput("fetch: 'page_bytes' must be from 1 to 1,073,741,824 and 'most_bytes' above 0.")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise BadInput("fetch: 'sha256' must be 64 lower-case hexadecimal digits.")
        if self.format not in get_args(FileFormat):
            raise BadInput(f"fetch: 'format' must be one of csv, parquet, zip, not {self.format!r}.")
        _check_encoding(self.encoding)


FetchSpec: TypeAlias = SocrataFetch | ArcgisFetch | CkanFetch | PoliceUkFetch | FileFetch

_KINDS: Mapping[str, type[FetchSpec]] = {
    "socrata": SocrataFetch,
    "arcgis": ArcgisFetch,
    "ckan": CkanFetch,
    "police-uk-api": PoliceUkFetch,
    "file": FileFetch,
}

_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str,),
    "FileFormat": (str,),
    "int": (int,),
    "float": (int, float),
}
"""Which YAML values a field takes, by its annotation."""

_WORDS = {(str,): "text", (int,): "a whole number", (int, float): "a number"}


def fetch_spec(raw: Mapping[str, object], *, where: str) -> FetchSpec:
    """Return the spec written in the plain YAML values `raw`; `where` is how sentences call the place."""
    given = dict(raw)
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BadInput(f"{where}: 'kind' must be one of {', '.join(_KINDS)}, not {kind!r}.")
    if kind == PoliceUkFetch.kind:
        given = _by_field(given, where=where)
    known = {field.name: field for field in fields(_KINDS[kind]) if field.name != "kind"}
    if strangers := [key for key in given if key not in known]:
        raise BadInput(f"{where}: {kind} has no key {strangers[0]!r}; it has {', '.join(known)}.")
    for key, field in known.items():
        if key not in given and field.default is MISSING:
            raise BadInput(f"{where}: the key {key!r} is missing.")
    values: dict[str, Any] = {
        key: _checked(value, str(known[key].type), key=key, where=where) for key, value in given.items()
    }
    try:
        return _KINDS[kind](**values)
    except BadInput as error:
        raise BadInput(f"{where}: {str(error).removeprefix('fetch: ')}") from None


def _checked(value: object, annotation: str, *, key: str, where: str) -> object:
    """Return `value` if it is what the field takes."""
    kinds = _TYPES.get(annotation, (object,))
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise BadInput(f"{where}: {key!r} must be {_WORDS[kinds]}, not {value!r}.")
    return float(value) if annotation == "float" and isinstance(value, int) else value


def _by_field(given: dict[str, object], *, where: str) -> dict[str, object]:
    """Return the keys of a data.police.uk spec as its fields: `months` in two, `area` as corners."""
    months = given.pop("months", {})
    if not isinstance(months, dict) or set(months) - {"first", "last"}:
        raise BadInput(f"{where}: 'months' has the keys first and last, such as 2024-01, not {months!r}.")
    if "area" in given:
        given["area"] = _corners(given["area"], where=where)
    if twice := {"first", "last"} & set(given):
        raise BadInput(f"{where}: write {min(twice)!r} below 'months'.")
    return given | months


def _corners(raw: object, *, where: str) -> tuple[tuple[float, float], ...]:
    corners = []
    for each in raw if isinstance(raw, list) else [raw]:
        match each:
            case [int() | float() as lon, int() | float() as lat]:
                corners.append((float(lon), float(lat)))
            case _:
                raise BadInput(f"{where}: 'area' is a list of corners [longitude, latitude], not {raw!r}.")
    return tuple(corners)


def _check_address(address: str) -> None:
    """Refuse an address that is no plain https one, or that carries a secret into a file people share."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise BadInput(
            f"fetch: 'address' must be an https address without a user name and fragment, not {address!r}."
        )
    if parts["scheme"] == "http" and not is_loopback(parts["host"]):
        raise BadInput(
            f"fetch: {address} is plain http, where anybody on the way could change what is delivered; "
            "give the https address."
        )
    if _SECRET.search(parts["rest"] or ""):
        raise BadInput(
            "fetch: 'address' seems to carry a secret in its query; secrets are handed over when fetching, "
            "never written in a mapping."
        )


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or a literal address, is this very machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _check_rows(rows: int, *, most: int) -> None:
    if not 1 <= rows <= most:
        raise BadInput(f"fetch: 'page_rows' must be from 1 to {most:,}, not {rows:,}.")


def _check_encoding(encoding: str) -> None:
    """Refuse an encoding in which a line end is not the byte it is in ASCII: pages are cut at line ends."""
    try:
        plain = ',"\r\n'.encode(encoding) == b',"\r\n'
    except LookupError:
        raise BadInput(f"fetch: {encoding!r} is no text encoding such as utf-8.") from None
    if not plain:
        raise BadInput(f"fetch: a CSV in {encoding} cannot be fetched in pages; ask for it in UTF-8.")
