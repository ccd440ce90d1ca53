"""What was found while a file was cleaned: every row counted, every reason named; and the error that holds a load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.plural import plural


class Reason(StrEnum):
    """Why a row was turned away; where several apply, the first in this order is given."""

    ERASED = "erased"  # what it names was erased for good by order, so nothing of it is kept, not even here
    FIELDS = "wrong-number-of-fields"
    FIELD_TOO_LONG = "field-too-long"  # a mapped field longer than any code, time or address can be
    PARTNER_MISSING = "partner-missing"  # the other table of the archive has no row to join
    KEY_MISSING = "key-missing"
    TIME_MISSING = "time-missing"
    TIME_UNREADABLE = "time-unreadable"  # in any mapped time column: what is not understood is not guessed
    OUTSIDE_DATES = (
        "outside-dates"  # before the source's first day, after its last, or recorded in the future
    )
    END_BEFORE_START = "end-before-start"
    PLACE_MISSING = "place-missing"  # blank or unreadable coordinates, and no address to look up
    PLACE_UNKNOWN = "place-unknown"  # no coordinates, and the address was not found on the city's streets
    AT_ZERO = "at-zero"  # the pile at (0, 0), where geocoders put what they could not find
    SWAPPED = "swapped"  # outside the bounding box, inside it once the two coordinates change places
    OUTSIDE_BBOX = "outside-bbox"
    OFFENCE_MISSING = "offence-missing"
    UNKNOWN_CODE = "unknown-code"  # seen in the account of a held load only: such a load never stands
    KEY_CONFLICT = "key-conflict"  # one key, several contents, in one file: nobody can say which is right
    DUPLICATE = "duplicate"  # one key, one content, again: the first copy stands


@dataclass(frozen=True)
class Count:
    """How many rows a finding concerns."""

    name: str
    rows: int


@dataclass(frozen=True)
class UnknownCode:
    """A value of a coded column that the mapping does not know."""

    role: str
    code: str
    rows: int


MOST_CODES = 20
LONGEST_CODE = 40
MOST_CODES_SEEN_ONCE = 100
"""How many codes a sentence lists, how many characters of each, and beyond how many a column may be no codes."""


def columns_without_codes(codes: Sequence[UnknownCode]) -> dict[str, int]:
    """Return roles whose column holds texts rather than codes, with how many: over a hundred, most of them seen once.

    Texts may be names of persons, so none of them is quoted where an account of the load is kept.
    """
    different, once = (
        Counter(code.role for code in chosen)
        for chosen in (codes, [code for code in codes if code.rows == 1])
    )
    return {
        role: count
        for role, count in different.items()
        if count > MOST_CODES_SEEN_ONCE and once[role] * 2 > count
    }


def told_codes(codes: Sequence[UnknownCode]) -> tuple[UnknownCode, ...]:
    """Return the codes that a sentence or a record may quote, each cut to a code's length."""
    no_codes = columns_without_codes(codes)
    quotable = [code for code in codes if code.role not in no_codes]
    return tuple(replace(code, code=_short(code.code)) for code in quotable[:MOST_CODES])


def _short(code: str) -> str:
    return code if len(code) <= LONGEST_CODE else code[: LONGEST_CODE - 3] + "..."


@dataclass(frozen=True)
class Findings:
    """The account of one file; `read == accepted + sum(rejected)`, always.

    Parameters
    ----------
    source : id of the mapping.
    read, accepted : rows; of a held load, `accepted` are those nothing was found against.
    rejected : rows by reason, in the order of `Reason`; reasons without rows are absent.
    notes : rows that were kept but deserve a word: ambiguous, gap, equal rows, placed by their address, times with
        an offset among others without one, corrections applied.
    unknown_codes : complete; any one of them holds the load.
    problems : why the load must be held, one clause each; empty for a load that stands.
    """

    source: str
    read: int
    accepted: int
    rejected: tuple[Count, ...] = ()
    notes: tuple[Count, ...] = ()
    unknown_codes: tuple[UnknownCode, ...] = ()
    problems: tuple[str, ...] = ()

    def document(self) -> Document:
        """Return the account as a plain document; of the unknown codes, those that may be quoted."""
        return {
            "source": self.source,
            "read": self.read,
            "accepted": self.accepted,
            "rejected": {count.name: count.rows for count in self.rejected},
            "notes": {count.name: count.rows for count in self.notes},
            "unknown_codes": [dict(vars(code)) for code in told_codes(self.unknown_codes)],
            "problems": list(self.problems),
        }


class LoadHeld(BadInput):
    """The file as a whole cannot be trusted: nothing of it was loaded; `findings` says what was seen."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(
            f"The load of {findings.source} ({plural(findings.read, 'row')}) is held back and nothing of it was kept: "
            + "; ".join(findings.problems)
            + "."
        )
        self.findings = findings
