"""Mappings as YAML files: read strictly, because a key nobody reads is a rule nobody keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml

from peelian.city.findings import Reason
from peelian.city.mapping import (
    WGS84,
    Assertions,
    Bbox,
    Columns,
    Correction,
    Dates,
    Format,
    Kind,
    Offences,
    Origins,
    Resolution,
    SourceMapping,
)
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin

SCHEMA = 1
EVERY_ROW = "*"
AS_PUBLISHED = "as-published"

LIMITED: tuple[Reason, ...] = tuple(reason for reason in Reason if reason is not Reason.UNKNOWN_CODE)
"""Reasons that some rows may have; a single unknown code stops a load, so no share of them can be allowed."""

SAME_ROLE = {"time": "occurred_start", "lon": "x", "lat": "y"}
"""Words of the YAML that stand for a role under another name."""

KINDS = {
    str: "text (in quotation marks where YAML would read it otherwise)",
    int: "a whole number",
    date: "a date such as 2024-01-31",
    list: "a list",
}

T = TypeVar("T")


def installed_mappings() -> tuple[SourceMapping, ...]:
    """Return the mappings that come with the house, by id."""
    folder = files("peelian.city") / "sources"
    found = [
        parse_mapping(entry.read_text("utf-8"), name=entry.name)
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda mapping: mapping.id))


def mapping_named(name: str) -> SourceMapping:
    """Return the mapping in the YAML file `name`, or the one of that id that comes with the house."""
    if name.endswith((".yaml", ".yml")):
        return read_mapping(Path(name))
    known = {mapping.id: mapping for mapping in installed_mappings()}
    if name not in known:
        raise BadInput(f"No source is called {name!r}; known are {', '.join(known)}, or give a YAML file.")
    return known[name]


def read_mapping(path: Path) -> SourceMapping:
    """Return the mapping in the YAML file at `path`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping {path} cannot be read: {error}.") from None
    return parse_mapping(text, name=path.name)


def parse_mapping(text: str, *, name: str) -> SourceMapping:
    """Return the mapping written in `text`; `name` is how sentences call it."""
    try:
        raw = yaml.load(text, Loader=_NoDoubles)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        raise BadInput(
            f"The mapping {name} is not well-formed YAML: {' '.join(str(error).split())}."
        ) from None
    top = _Keys(raw, where=name)
    if (version := top.take("schema", int)) != SCHEMA:
        raise BadInput(f"The mapping {name} has schema {version}; this version reads schema {SCHEMA}.")
    columns, crs = _columns(top.keys("columns"))
    mapping = SourceMapping(
        id=top.take("id", str),
        publisher=top.take("publisher", str),
        licence=top.take("licence", str),
        frequency=top.take("frequency", str),
        format=top.one_of("format", get_args(Format)),
        encoding=top.take("encoding", str, "utf-8"),
        zone=top.take("zone", str),
        columns=columns,
        crs=crs,
        time_format=top.take("time_format", str, None),
        time_resolution=top.one_of("time_resolution", get_args(Resolution), "second"),
        precision_m=top.number("precision_m"),
        kind=top.one_of("kind", get_args(Kind), "incident"),
        offences=_offences(top.take("offences", object), where=name),
        origins=_origins(top.keys("origin")),
        bbox=_bbox(top.keys("bbox")),
        dates=_dates(top.keys("dates")),
        assertions=_assertions(top.keys("assertions")),
        corrections=tuple(_correction(keys) for keys in top.list_of_keys("corrections")),
    )
    top.finish()
    return mapping


class _NoDoubles(yaml.SafeLoader):
    """YAML lets the second of two equal keys win in silence; here it is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        pairs = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, (key_node, _) in zip(pairs, node.value, strict=True):
            if pairs.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
        return super().construct_mapping(node, deep=deep)


_MISSING = object()


class _Keys:
    """The keys of one YAML mapping, taken out one by one; what is left at the end is unknown."""

    def __init__(self, raw: object, *, where: str) -> None:
        if not isinstance(raw, dict):
            raise BadInput(f"{where} must be a mapping of keys to values.")
        if wrong := [key for key in raw if not isinstance(key, str)]:
            raise BadInput(f"{where}: the key {wrong[0]!r} is no text; put it in quotation marks.")
        self._left: dict[str, Any] = dict(raw)
        self._where = where

    def take(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """Return the value of `key`, of type `kind`."""
        if key not in self._left:
            if default is _MISSING:
                raise BadInput(f"{self._where}: the key {key!r} is missing.")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise BadInput(f"{self._where}: {key!r} must be {KINDS[kind]}, not {value!r}.")
        return value

    def has(self, key: str) -> bool:
        """Return whether `key` is there to be taken."""
        return key in self._left

    def number(self, key: str, default: Any = _MISSING) -> float:
        """Return the number at `key`."""
        value = self.take(key, object, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput(f"{self._where}: {key!r} must be a number, not {value!r}.")
        return float(value)

    def share(self, key: str) -> float:
        """Return the share at `key`, in [0, 1]."""
        if not 0 <= (value := self.number(key)) <= 1:
            raise BadInput(f"{self._where}: {key!r} is a share of the rows, in [0, 1], not {value}.")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: Any = _MISSING) -> Any:
        """Return the word at `key`, one of `allowed`."""
        if (value := self.take(key, str, default)) not in allowed:
            raise BadInput(f"{self._where}: {key!r} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

    def keys(self, key: str) -> _Keys:
        """Return the keys below `key`; none where it is absent."""
        return _Keys(self.take(key, object, {}), where=f"{self._where}: {key}")

    def list_of_keys(self, key: str) -> list[_Keys]:
        """Return the keys of each item of the list at `key`."""
        items = enumerate(self.take(key, list, []), start=1)
        return [_Keys(item, where=f"{self._where}: {key} {number}") for number, item in items]

    def rest(self, read: Callable[[str], T]) -> dict[str, T]:
        """Return every key that is left with what `read` makes of it: for maps whose keys are data."""
        return {key: read(key) for key in list(self._left)}

    def finish(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            raise BadInput(
                f"{self._where}: unknown key {', '.join(map(repr, self._left))}; "
                "correct the spelling or take it out, for nothing would read it."
            )


def _columns(keys: _Keys) -> tuple[Columns, str]:
    """Return the columns by role and the reference system of the coordinates."""
    crs = keys.take("crs", str, None)
    start = "time" if keys.has("time") else "occurred_start"
    x, y = ("lon", "lat") if crs is None else ("x", "y")
    obligatory = {SAME_ROLE.get(word, word): keys.take(word, str) for word in (start, x, y)}
    others = [role for role in Columns.roles() if keys.has(role) and role not in obligatory]
    optional = {role: keys.take(role, str) for role in others}
    keys.finish()
    return Columns(**obligatory, **optional), crs or WGS84


def _offences(raw: object, *, where: str) -> Offences:
    """Return the offences: `as-published`, a list of codes that stand as they are, or code -> group."""
    where = f"{where}: offences"
    if raw == AS_PUBLISHED:
        return Offences()
    if isinstance(raw, list):
        raw = {code: code for code in raw}
    keys = _Keys(raw, where=where)
    groups = keys.rest(lambda code: str(keys.take(code, str)))
    if set(groups) == {EVERY_ROW}:
        return Offences(everything=groups[EVERY_ROW])
    if not groups or EVERY_ROW in groups:
        raise BadInput(f"{where}: name the published codes, or {EVERY_ROW!r} alone for every row.")
    return Offences(groups=groups)


def _origins(keys: _Keys) -> Origins:
    words = tuple(Origin)
    default = Origin(keys.one_of("default", words, Origin.VICTIM_REPORTED))
    by_offence = keys.keys("by_offence")
    keys.finish()
    return Origins(default, by_offence.rest(lambda group: Origin(by_offence.one_of(group, words))))


def _bbox(keys: _Keys) -> Bbox:
    bbox = Bbox(*(keys.number(edge) for edge in ("west", "south", "east", "north")))
    keys.finish()
    return bbox


def _dates(keys: _Keys) -> Dates:
    """Return the span of days; `latest` and `latest_days_after_load` exclude each other."""
    earliest, latest = keys.take("earliest", date), keys.take("latest", date, None)
    after_load = keys.take("latest_days_after_load", int) if latest is None else 0
    keys.finish()
    return Dates(earliest, latest, after_load)


def _assertions(keys: _Keys) -> Assertions:
    rows, filled, at_most = keys.keys("rows"), keys.keys("filled"), keys.keys("at_most")
    keys.finish()
    smallest, largest = rows.take("min", int), rows.take("max", int)
    rows.finish()
    words = [word for word in (*Columns.roles(), *SAME_ROLE) if filled.has(word)]
    least = {SAME_ROLE.get(word, word): filled.share(word) for word in words}
    filled.finish()
    most: dict[Reason, float] = {reason: at_most.share(reason) for reason in LIMITED if at_most.has(reason)}
    at_most.finish()
    return Assertions(smallest, largest, least, most)


def _correction(keys: _Keys) -> Correction:
    column, old, new, reason = (keys.take(key, str) for key in ("column", "from", "to", "reason"))
    keys.finish()
    return Correction(column, old, new, reason)
