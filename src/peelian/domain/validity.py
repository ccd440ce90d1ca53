"""Civil days on which a thing was so: half-open, and open at either end where nobody knows of one."""

from __future__ import annotations

from datetime import date


class Dated:
    """What holds from `valid_from` until the day before `valid_to`; None: it always did, or still does."""

    valid_from: date | None
    valid_to: date | None

    @property
    def first_day(self) -> date:
        """Return `valid_from`, the earliest of all days if it is open."""
        return self.valid_from or date.min

    @property
    def end_day(self) -> date:
        """Return `valid_to`, the latest of all days if it is open."""
        return self.valid_to or date.max
