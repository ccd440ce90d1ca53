"""Coded columns (offence, origin, withdrawn): a code is known or the load stops; nothing is sorted under "other"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.findings import UnknownCode
from peelian.city.intake.parse import Flags, Parsed
from peelian.city.mapping.source import SourceMapping
from peelian.domain.incident import Origin

TAKEN_BACK = dict.fromkeys(("true", "yes", "y", "1"), "yes") | dict.fromkeys(("false", "no", "n", "0"), "no")
ORIGINS = {origin.value: origin.value for origin in Origin}


@dataclass(frozen=True, eq=False)
class Codes:
    """The coded columns of n rows, understood.

    Parameters
    ----------
    published : the publisher's code; null where blank.
    offence : the group it is counted in; null where the code is blank or unknown.
    origin : words of `domain.incident.Origin`; blank is "unknown".
    withdrawn : blank is False.
    strange : rows with a code that the mapping does not know.
    unknown : those codes, complete, the most frequent first.
    """

    published: pa.StringArray
    offence: pa.StringArray
    origin: pa.StringArray
    withdrawn: Flags
    strange: Flags
    unknown: tuple[UnknownCode, ...]


@dataclass(frozen=True, eq=False)
class _Meaning:
    """What the words of one column mean: null where blank or strange."""

    meaning: pa.StringArray
    strange: Flags
    unknown: tuple[UnknownCode, ...]


def read_codes(parsed: Parsed, *, mapping: SourceMapping) -> Codes:
    """Return the coded columns of `parsed` as `mapping` understands them."""
    blank = pa.nulls(len(parsed.x), pa.string())
    everything = mapping.offences.everything
    published = parsed.words.get("offence", blank if everything is None else pc.fill_null(blank, everything))
    offence = _look_up(published, _groups(published, mapping), role="offence")
    origin = _origin(parsed, published, mapping)
    withdrawn = _look_up(pc.utf8_lower(parsed.words.get("withdrawn", blank)), TAKEN_BACK, role="withdrawn")
    return Codes(
        published=published,
        offence=offence.meaning,
        origin=origin.meaning,
        withdrawn=pc.fill_null(pc.equal(withdrawn.meaning, "yes"), False).to_numpy(zero_copy_only=False),
        strange=offence.strange | origin.strange | withdrawn.strange,
        unknown=offence.unknown + origin.unknown + withdrawn.unknown,
    )


def share_problems(counted: Mapping[str, int], *, mapping: SourceMapping) -> tuple[str, ...]:
    """Return a clause for each offence group whose share is not the expected one; `counted` are the rows by group."""
    rows = max(sum(counted.values()), 1)
    shares = {group: counted.get(group, 0) / rows for group in mapping.assertions.shares}
    return tuple(
        f"{group} is {shares[group]:.1%} of the offences where {least:.1%} to {most:.1%} is expected, so a code may "
        "have changed its meaning"
        for group, (least, most) in mapping.assertions.shares.items()
        if not least <= shares[group] <= most
    )


def _groups(published: pa.StringArray, mapping: SourceMapping) -> Mapping[str, str]:
    """Return the group of every code; where codes stand for themselves or for one offence, of those that came."""
    if mapping.offences.groups is not None:
        return mapping.offences.groups
    return {code: mapping.offences.everything or code for code in pc.unique(published).to_pylist() if code}


def _origin(parsed: Parsed, published: pa.StringArray, mapping: SourceMapping) -> _Meaning:
    """Return the origins: those of the file's own column, else of the first rule, else of the published code."""
    if "origin" in parsed.words:
        read = _look_up(parsed.words["origin"], ORIGINS, role="origin")
        return replace(read, meaning=pc.fill_null(read.meaning, Origin.UNKNOWN.value))
    by_code = {
        code: mapping.origin_of(code).origin.value for code in pc.unique(published).to_pylist() if code
    }
    said = pc.fill_null(_translate(published, by_code), mapping.origins.default.value)
    for rule in reversed(mapping.origins.rules):  # so that the first of them is written last
        hit = pc.is_in(parsed.beside[rule.column], value_set=pa.array(rule.values, pa.string()))
        said = pc.if_else(hit, rule.origin.value, said)
    return _Meaning(said, np.zeros(len(said), dtype=bool), ())


def _translate(words: pa.StringArray, meanings: Mapping[str, str]) -> pa.StringArray:
    place = pc.index_in(words, value_set=pa.array(list(meanings), pa.string()), skip_nulls=True)
    return pa.array(list(meanings.values()), pa.string()).take(place)


def _look_up(words: pa.StringArray, meanings: Mapping[str, str], *, role: str) -> _Meaning:
    meaning = _translate(words, meanings)
    strange = pc.and_(pc.is_valid(words), pc.is_null(meaning))
    counts = [(item["values"], item["counts"]) for item in words.filter(strange).value_counts().to_pylist()]
    counts.sort(key=lambda count: (-count[1], count[0]))
    unknown = tuple(UnknownCode(role, code, rows) for code, rows in counts)
    return _Meaning(meaning, strange.to_numpy(zero_copy_only=False), unknown)
