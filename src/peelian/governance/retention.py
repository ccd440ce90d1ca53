"""How long each kind of data may be kept: the charter says, within what the register allows.

For: the date written beside everything that is stored, and the check of a charter's schedule.
Not for: erasing; whoever erases asks here when it is due.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import utc
from peelian.governance.register import Register


class Scheduled(Protocol):
    """What a charter says about keeping: the data kinds it names, and (kind, days) for each of them."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def retention(self) -> tuple[tuple[str, int], ...]: ...  # noqa: D102


def keep_until(kind: str, *, charter: Scheduled, recorded: datetime) -> datetime:
    """Return until when a thing of this kind, recorded at that instant, may be kept: days of 24 hours, UTC.

    Raises `Refused` where the charter gives the kind no retention: what has no end is not begun.
    """
    days = dict(charter.retention).get(kind)
    if days is None:
        raise Refused(
            f"The charter {charter.id!r} does not say how long {kind!r} may be kept, so none may be stored.",
            rule="retention-required",
            citation="Directive (EU) 2016/680, Article 5",
            remedy=f"Name {kind!r} under `data` and [retention] in a new version of the charter.",
        )
    return utc(recorded) + timedelta(days=days)


def check_schedule(charter: Scheduled, register: Register) -> None:
    """Refuse a schedule that forgets a data kind, names one too many, or keeps longer than the register allows."""
    days = dict(charter.retention)
    missing = [kind for kind in charter.data if kind not in days]
    if missing:
        raise BadInput(
            f"The charter {charter.id!r} gives no retention for {', '.join(missing)}; add the days under [retention]."
        )
    for kind, kept in charter.retention:
        longest = register.data_kind(kind).retention_days_max
        if kind not in charter.data:
            raise BadInput(
                f"The charter {charter.id!r} keeps {kind!r}, which is not among its data; remove one."
            )
        if not 1 <= kept <= longest:
            raise BadInput(
                f"The charter {charter.id!r} keeps {kind!r} for {kept} days; give 1 to {longest} days."
            )


def since_departure(day: date, *, days: int) -> datetime:
    """Return when a person is over whose enrolment ended on that day: so many days of 24 hours later, UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=days)
