"""Mappings as YAML files: read strictly, because a key nobody reads is a rule nobody keeps."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import get_args

from peelian.city.findings import Reason
from peelian.city.mapping.fetch_spec import fetch_spec
from peelian.city.mapping.nibrs import nibrs_offences
from peelian.city.mapping.origin_rules import OriginRule, Origins
from peelian.city.mapping.precision import Snapped
from peelian.city.mapping.source import (
    WGS84,
    Assertions,
    Bbox,
    Columns,
    Correction,
    Dates,
    Format,
    Join,
    Kind,
    Offences,
    Resolution,
    SourceMapping,
)
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.section import Section, schema_one
from peelian.domain.strict import read_yaml

SOURCES = files("peelian.city") / "sources"
NEEDED = (
    *("id", "publisher", "licence", "frequency", "format", "zone"),
    *("columns", "precision_m", "offences"),
)
EVERY_ROW = "*"
AS_PUBLISHED = "as-published"
EVERY_NIBRS = "every NIBRS code"
ITSELF = "itself"

LIMITED: tuple[Reason, ...] = tuple(reason for reason in Reason if reason is not Reason.UNKNOWN_CODE)
"""Reasons that some rows may have; a single unknown code stops a load, so no share of them can be allowed."""

SAME_ROLE = {"time": "occurred_start", "lon": "x", "lat": "y"}
"""Words of the YAML that stand for a role under another name."""


def installed_mappings() -> tuple[SourceMapping, ...]:
    """Return the mappings that come with the house, by id."""
    return tuple(mapping_named(name) for name in _installed())


def mapping_named(name: str) -> SourceMapping:
    """Return the mapping in the YAML file `name`, or the one of that id that comes with the house."""
    if name.endswith((".yaml", ".yml")):
        return read_mapping(Path(name))
    if name not in _installed():
        known = ", ".join(_installed())
        raise BadInput(f"No source is called {name!r}; known are {known}, or give a YAML file.")
    return parse_mapping((SOURCES / f"{name}.yaml").read_text("utf-8"), name=f"{name}.yaml")


def _installed() -> list[str]:
    """Return the ids of the sources of the house, which are the names of their files."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in SOURCES.iterdir() if entry.name.endswith(".yaml")
    )


def read_mapping(path: Path) -> SourceMapping:
    """Return the mapping in the YAML file at `path`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping {path} cannot be read: {error}.") from None
    return parse_mapping(text, name=path.name)


def parse_mapping(text: str, *, name: str) -> SourceMapping:
    """Return the mapping written in `text`; `name` is how sentences call it."""
    top = read_yaml(text, where=name)
    schema_one(top, needs=NEEDED)
    columns, crs = _columns(top.optional_section("columns"))
    default_format, formats = _time_formats(top)
    combine = top.optional_section("combine")
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
        time_format=default_format,
        time_formats=formats,
        time_resolution=top.one_of("time_resolution", get_args(Resolution), "second"),
        precision_m=top.number("precision_m"),
        kind=top.one_of("kind", get_args(Kind), "incident"),
        offences=_offences(top.take("offences", object), where=name),
        origins=_origins(top.optional_section("origin")),
        bbox=_bbox(top.optional_section("bbox")),
        dates=_dates(top.optional_section("dates")),
        assertions=_assertions(top.optional_section("assertions")),
        corrections=tuple(_correction(keys) for keys in top.optional_sections("corrections")),
        snapped=_snapped(top.section("snapped")) if "snapped" in top else None,
        members=top.take("members", str, None),
        joins=tuple(_join(keys) for keys in top.optional_sections("joins")),
        combine=combine.rest(lambda name: combine.texts(name, least=1)),
        fetch=fetch_spec(top.take("fetch", dict), where=f"{name}: fetch") if "fetch" in top else None,
    )
    top.finish()
    return mapping


def _columns(keys: Section) -> tuple[Columns, str]:
    """Return the columns by role and the reference system of the coordinates."""
    crs = keys.take("crs", str, None)
    start = "time" if "time" in keys else "occurred_start"
    x, y = ("lon", "lat") if crs is None else ("x", "y")
    obligatory = {SAME_ROLE.get(word, word): keys.take(word, str) for word in (start, x, y)}
    others = [role for role in Columns.roles() if role in keys and role not in obligatory]
    optional = {role: keys.take(role, str) for role in others}
    keys.finish()
    return Columns(**obligatory, **optional), crs or WGS84


def _time_formats(top: Section) -> tuple[str | None, dict[str, str]]:
    """Return the format of every time, and those of single roles (`time_format` may be a text, or one by role)."""
    if not top.holds_section("time_format"):
        return top.take("time_format", str, None), {}
    keys = top.section("time_format")
    return None, {
        SAME_ROLE.get(word, word): form for word, form in keys.rest(lambda w: str(keys.take(w, str))).items()
    }


def _offences(raw: object, *, where: str) -> Offences:
    """Return the offences: `as-published`, a list of codes that stand as they are, or code -> group (and NIBRS).

    `every NIBRS code: itself` stands for them all; codes beside it are the publisher's own, and go before it.
    """
    where = f"{where}: offences"
    if raw == AS_PUBLISHED:
        return Offences()
    if isinstance(raw, list):
        raw = {code: code for code in raw}
    keys = Section(raw, where=where)
    meanings: dict[str, tuple[str, str | None]] = {}
    if EVERY_NIBRS in keys:
        keys.one_of(EVERY_NIBRS, (ITSELF,))
        meanings = {code: (offence.word, code) for code, offence in nibrs_offences().items()}
    meanings |= keys.rest(lambda code: _meaning(keys, code))
    groups = {code: group for code, (group, _) in meanings.items()}
    nibrs = {code: known for code, (_, known) in meanings.items() if known is not None}
    if set(groups) == {EVERY_ROW}:
        group = groups[EVERY_ROW]
        return Offences(everything=group, nibrs={group: nibrs[EVERY_ROW]} if nibrs else {})
    if not groups or EVERY_ROW in groups:
        raise BadInput(f"{where}: name the published codes, or {EVERY_ROW!r} alone for every row.")
    return Offences(groups=groups, nibrs=nibrs)


def _meaning(keys: Section, code: str) -> tuple[str, str | None]:
    """Return the group of the published `code`, and its NIBRS code where the mapping gives one."""
    if not keys.holds_section(code):
        return str(keys.take(code, str)), None
    both = keys.section(code)
    group, nibrs = both.take("group", str), both.take("nibrs", str, None)
    both.finish()
    return group, nibrs


def _origins(keys: Section) -> Origins:
    words = tuple(Origin)
    default = Origin(keys.one_of("default", words, Origin.VICTIM_REPORTED))
    by_offence, rules = keys.optional_section("by_offence"), keys.optional_sections("rules")
    keys.finish()
    return Origins(
        default,
        by_offence.rest(lambda group: Origin(by_offence.one_of(group, words))),
        tuple(_origin_rule(rule) for rule in rules),
    )


def _origin_rule(keys: Section) -> OriginRule:
    """Return a rule such as `{where: source, in: [PATROL], origin: enforcement-found, because: ...}`."""
    column, values = keys.take("where", str), keys.texts("in", least=1)
    origin, because = keys.one_of("origin", tuple(Origin)), keys.take("because", str)
    keys.finish()
    return OriginRule(column, values, Origin(origin), because)


def _snapped(keys: Section) -> Snapped:
    snapped = Snapped(keys.take("addresses", int), keys.number("addresses_per_km2"))
    keys.finish()
    return snapped


def _join(keys: Section) -> Join:
    members, on, equals = keys.take("members", str), keys.take("by", str), keys.take("equals", str, None)
    join = Join(members, on, keys.texts("take", least=1), equals)
    keys.finish()
    return join


def _bbox(keys: Section) -> Bbox:
    bbox = Bbox(*(keys.number(edge) for edge in ("west", "south", "east", "north")))
    keys.finish()
    return bbox


def _dates(keys: Section) -> Dates:
    """Return the span of days; `latest` and `latest_days_after_load` exclude each other."""
    earliest, latest = keys.take("earliest", date), keys.take("latest", date, None)
    after_load = keys.take("latest_days_after_load", int) if latest is None else 0
    keys.finish()
    return Dates(earliest, latest, after_load)


def _assertions(keys: Section) -> Assertions:
    words = ("rows", "filled", "at_most", "shares")
    rows, filled, at_most, shares = (keys.optional_section(word) for word in words)
    keys.finish()
    smallest, largest = rows.take("min", int), rows.take("max", int)
    roles = [word for word in (*Columns.roles(), *SAME_ROLE) if word in filled]
    least = {SAME_ROLE.get(word, word): filled.share(word) for word in roles}
    most: dict[Reason, float] = {reason: at_most.share(reason) for reason in LIMITED if reason in at_most}
    between = shares.rest(lambda group: _between(shares.section(group)))
    for each in (rows, filled, at_most):
        each.finish()
    return Assertions(smallest, largest, least, most, between)


def _between(keys: Section) -> tuple[float, float]:
    least, most = keys.share("min"), keys.share("max")
    keys.finish()
    return least, most


def _correction(keys: Section) -> Correction:
    column, old, new, reason = (keys.take(key, str) for key in ("column", "from", "to", "reason"))
    keys.finish()
    return Correction(column, old, new, reason)
