"""Small real houses for tests: a workspace on disk with people, a charter in force, and a few incidents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.city.mapping.file import parse_mapping
from peelian.city.service import LoadReport, load
from peelian.domain.time import SimulatedClock
from peelian.governance.charter import example_text
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.departures import has_left
from peelian.governance.circumstances.roles_today import active_roles
from peelian.governance.conduct.staffing import record_training
from peelian.governance.desk import Desk
from peelian.governance.house import House, create_workspace, open_house
from peelian.governance.people import people
from peelian.governance.principals import Role
from peelian.governance.service import approve_charter, enrol, submit_charter

PURPOSE = "burglary-prevention"
ZONE = "America/Chicago"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
PEOPLE = {"Ann": Role.ANALYST, "Abe": Role.APPROVER, "Col": Role.COMMANDER, "Aud": Role.AUDITOR}

MAPPING = """
schema: 1
id: test-source
publisher: tests
licence: none
frequency: weekly
format: csv
zone: America/Chicago
columns: {occurred_start: when, recorded: recorded, key: id, lon: lon, lat: lat, offence: offence}
precision_m: 1
offences: [burglary, vehicle theft]
bbox: {west: -88, south: 41, east: -87, north: 42}
dates: {earliest: 2020-01-01, latest_days_after_load: 1}
assertions: {rows: {min: 1, max: 10000}, at_most: {outside-bbox: 0.5, time-unreadable: 0.5, key-conflict: 0.5}}
"""


@dataclass
class TestHouse:
    """Where the house stands and its clock; every `open` moves the clock on a minute, as life does.

    With `schooled`, whoever's training has run out was trained again when the house is opened, as at a good employer's.
    """

    __test__ = False

    home: Path
    clock: SimulatedClock
    witness_home: Path
    schooled: bool = True

    @contextmanager
    def open(self) -> Iterator[House]:
        self.clock.advance(timedelta(minutes=1))
        with open_house(self.home, witness_home=self.witness_home, clock=self.clock) as house:
            if self.schooled:
                _school(house)
            yield house

    @contextmanager
    def desk(self, name: str = "Ann") -> Iterator[Desk]:
        with self.open() as house:
            yield house.desk(house.signer(name))

    def entries(self) -> tuple[str, ...]:
        """Return the kinds of all ledger entries, oldest first."""
        with self.open() as house:
            return tuple(entry.kind for entry in house.kit.ledger.entries())

    def load(self, rows: Sequence[str], *, name: str = "Ann", revised: bool = False) -> LoadReport:
        """Load rows of "id when recorded lon lat offence" with | between, and behind them when they were revised."""
        path = self.home.parent / "delivery.csv"
        header = "id,when,recorded,lon,lat,offence" + ",changed" * revised
        lines = [header, *(row.replace("|", ",") for row in rows)]
        mapping = MAPPING.replace("key: id", "key: id, revised: changed") if revised else MAPPING
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with self.open() as house:
            return load(
                house.desk(house.signer(name)),
                file=path,
                mapping=parse_mapping(mapping, name="test.yaml"),
                purpose=PURPOSE,
                naming_key=house.naming_key,
                epsg=house.settings.epsg,
                progress=lambda done, total: None,
            )


def _school(house: House) -> None:
    """Have everybody trained again whose role is no longer in date."""
    today = local_day(house.kit)
    everybody = [p for p in people(house.kit) if not has_left(house.kit, p.id, today=today)]
    for person in everybody:
        for role in person.roles - active_roles(house.kit, person, today=today):
            other = next(
                p for p in everybody if p != person and p.roles & {Role.ADMINISTRATOR, Role.COMMANDER}
            )
            third = next(p for p in everybody if p not in (person, other))
            record_training(
                house.kit,
                actor=house.signer(other.name),
                person=person,
                role=role,
                course="Refresher",
                until=today + timedelta(days=365),
                beside=house.signer(third.name),
            )


def found(folder: Path, *, start: datetime = START) -> TestHouse:
    """Found a house with its people, and nothing chartered yet."""
    home = folder / "home"
    create_workspace(home, name="test/house", zone=ZONE, epsg=32616, cell_m=250.0, synthetic=True)
    house = TestHouse(home, SimulatedClock(start), folder / "witness")
    with house.open() as opened:
        keys = opened.folder("keys")
        admin = enrol(opened.kit, actor=None, name="Adm", roles=[Role.ADMINISTRATOR], keys=keys)
        for name, role in PEOPLE.items():
            enrol(opened.kit, actor=admin, name=name, roles=[role], keys=keys)
    return house


def civil_day(now: datetime | None = None) -> date:
    """Return the civil day where these houses stand: in the first hours of a UTC day it is the one before."""
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(ZONE)).date()


def charter(house: TestHouse, *, text: str | None = None, valid_from: date | None = None) -> str:
    """Have the demonstration's charter submitted by Ann and approved by Abe; return its digest."""
    first = valid_from or civil_day(house.clock.now())
    content = text or example_text(valid_from=first, expires=first + timedelta(days=365))
    with house.open() as opened:
        submitted = submit_charter(opened.kit, actor=opened.signer("Ann"), text=content)
        approve_charter(opened.kit, actor=opened.signer("Abe"), charter_digest=submitted.digest)
    return submitted.digest


def week_of_incidents(*, first: date = date(2026, 2, 2), days: int = 28) -> list[str]:
    """Return a few weeks of incidents: one place that repeats, some others, two offences."""
    rows = []
    for day in range(days):
        when = first + timedelta(days=day)
        places = [(-87.65, 41.85), (-87.65 + 0.004 * (day % 7), 41.85 + 0.003 * (day % 5))]
        for number, (lon, lat) in enumerate(places):
            offence = "burglary" if number == 0 or day % 2 else "vehicle theft"
            key = f"K{day:03d}-{number}"
            rows.append(f"{key}|{when} 12:{number:02d}:00|{when} 18:00:00|{lon:.4f}|{lat:.4f}|{offence}")
    return rows
