"""An address after reading: what kind it is, its number, and the streets it may name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from peelian.city.geocode.street_name import StreetName


class Form(StrEnum):
    """What an address names."""

    HOUSE = "house"
    BLOCK = "block"
    CROSSING = "crossing"
    STREET = "street"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Address:
    """One address as read.

    Parameters
    ----------
    form : what it names.
    number : house number, or the hundred a block begins with; None for the other forms.
    streets : for each street it names (a crossing names two) the names the words may mean, likeliest first.
    area : postal code, empty where none is given.
    by_library : whether the statistical parser was needed, because the words follow none of the plain forms.
    """

    form: Form
    number: int | None = None
    streets: tuple[tuple[StreetName, ...], ...] = ()
    area: str = ""
    by_library: bool = False

    def __str__(self) -> str:
        """Write the address in one way, so that two spellings of it are equal text; reading it gives it again."""
        names = [str(readings[0]) for readings in self.streets]
        start = {Form.HOUSE: f"{self.number} ", Form.BLOCK: f"{self.number} block of "}.get(self.form, "")
        if self.form is Form.CROSSING:
            names.sort()
        return start + " & ".join(names) + (f", {self.area}" if self.area else "")


UNREADABLE = Address(Form.UNREADABLE)
