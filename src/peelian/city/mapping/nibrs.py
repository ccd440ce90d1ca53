"""The offences of NIBRS, the common language between agencies' own codes (facts: FBI, NIBRS User Manual 2021.1).

The table is `nibrs.yaml` beside this file. It also says which offences police activity finds, and why: records of
those say where police looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from peelian.domain.errors import BadInput

Group = Literal["A", "B"]
Against = Literal["person", "property", "society", "any", "none"]


@dataclass(frozen=True)
class NibrsOffence:
    """One offence of NIBRS.

    Parameters
    ----------
    code, name : as in the manual; the code is three characters.
    word : short name, which is the offence group where a source has none of its own.
    group : "A" (reported as an incident) or "B" (reported only with an arrest).
    against : whom the offence is against; "none" where the manual says that it is no crime.
    also : other names that agencies give it.
    found_by_police : why records of it exist mostly where police looked; None where people report it.
    """

    code: str
    name: str
    word: str
    group: Group
    against: Against
    also: tuple[str, ...] = ()
    found_by_police: str | None = None


TABLES: tuple[tuple[Group, str], ...] = (("A", "group_a"), ("B", "group_b"))


@cache
def nibrs_offences() -> dict[str, NibrsOffence]:
    """Return every offence by code, in the order of the table."""
    raw = yaml.safe_load((files("peelian.city.mapping") / "nibrs.yaml").read_text("utf-8"))
    return {
        code: NibrsOffence(
            code=code,
            name=row["name"],
            word=row["word"],
            group=group,
            against=row["against"],
            also=tuple(row.get("also", ())),
            found_by_police=raw["reasons"][row["found"]] if "found" in row else None,
        )
        for group, table in TABLES
        for code, row in raw[table].items()
    }


def nibrs_offence(code: str) -> NibrsOffence:
    """Return the offence of that code."""
    if code not in nibrs_offences():
        raise BadInput(
            f"{code!r} is no NIBRS offence code; give three characters such as '220' (burglary) or '13B' (simple "
            "assault), in quotation marks, or leave the code out."
        )
    return nibrs_offences()[code]
