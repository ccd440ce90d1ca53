"""`peelian demo`: the whole line of work, offline, on a synthetic city with a simulated clock and demo people.

Everything runs through the same doors as in a real deployment. What is made up is labelled so: the city
(SYNTHETIC), the people (demo), the clock and with it the witness (simulated).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.app import journey
from peelian.app.compose import WEEKS, evaluate_weeks, publish
from peelian.app.say import say, table
from peelian.app.wiring import create, house
from peelian.app.words import (
    COLUMNS,
    forecast_lines,
    headline,
    judged_rows,
    plan_lines,
    price_lines,
    score_sentence,
)
from peelian.city import service as city
from peelian.domain.canonical import Document
from peelian.domain.time import SimulatedClock, iso, utc
from peelian.forecast import service as forecasting
from peelian.governance.charter import example_text
from peelian.governance.house import House
from peelian.governance.principals import Role
from peelian.governance.service import approve_charter, enrol, hold_against_ledger, submit_charter
from peelian.patrol.service import KeptPlan
from peelian.simulate.service import Simulation, simulate

ADMIN = "Demo administrator"
ANALYST = "Ada (demo analyst)"
APPROVER = "Ben (demo approver)"
AUDITOR = "Cy (demo auditor)"
PURPOSE = "burglary-prevention"
RECIPIENT = "Patrol units of the demonstration agency"
OFFENCE = "burglary"
PLACES = 8


def run_demo(*, home: Path | None, seed: int, json_path: str | None) -> Document:
    """Run the demonstration in a new folder and return what it did, as a plain document."""
    folder = home or Path(tempfile.mkdtemp(prefix="peelian-demo-")) / "home"
    simulation = simulate(seed=seed)
    demo = _Demo(folder, simulation, json_path=json_path)
    return demo.run()


class _Demo:
    """The steps, in the order in which a city would take them; each opens the house anew, as commands do."""

    def __init__(self, home: Path, simulation: Simulation, *, json_path: str | None) -> None:
        self.home = home
        self.simulation = simulation
        self.json_path = json_path
        self.zone = ZoneInfo(simulation.spec.zone)
        first_monday = simulation.last_day - timedelta(days=simulation.last_day.weekday() + 7)
        self.week = first_monday
        self.clock = SimulatedClock(self._at(first_monday - timedelta(days=1), 18))

    def run(self) -> Document:
        """Walk the line."""
        self._say(
            f"SYNTHETIC city {self.simulation.spec.name}, seed {self.simulation.seed}; simulated clock; demo people."
        )
        self._found()
        self._load("first delivery")
        self._quality()
        evaluation = self._evaluate()
        forecast = self._forecast()
        plan = self._plan(forecast.forecast_id)
        self.clock.set(self._at(self.week + timedelta(days=9), 9))
        self._load("delivery nine days later")
        self._score(forecast.forecast_id)
        report = self._report(forecast.forecast_id, plan.plan.plan_id, evaluation)
        with self._open() as opened:
            found = hold_against_ledger(opened.kit)
        approval = plan.approvals[0]
        self._say(
            f"Ledger: {found.entries} entries recomputed, root {found.root[:16]}; {found.acts} acts, {found.parts} "
            f"parts and {found.records} records agree with it; the approval is entry {approval.entry_index}.",
            f"Report: {report}",
            f"See it: peelian serve --home {self.home} --as '{ANALYST}' --purpose {PURPOSE}",
        )
        return {
            "home": str(self.home),
            "ended_at": iso(self.clock.now()),
            "report": str(report),
            "forecast": forecast.document(),
            "plan": plan.plan.document(),
            "plan_entries": {"proposed": plan.entry_index, "approved": approval.entry_index},
            "ledger": dict(vars(found)),
        }

    def _found(self) -> None:
        create(
            self.home,
            name="peelian.local/demo",
            zone=self.simulation.spec.zone,
            epsg=self.simulation.spec.epsg,
            cell_m=250.0,
            admin=ADMIN,
            clock=self.clock,
            synthetic=True,
        )
        people = ((ANALYST, [Role.ANALYST]), (APPROVER, [Role.APPROVER]), (AUDITOR, [Role.AUDITOR]))
        with self._open() as opened:
            for name, roles in people:
                admin, keys = opened.signer(ADMIN), opened.folder("keys")
                enrol(opened.kit, actor=admin, name=name, roles=roles, keys=keys, demo=True)
            today = self.clock.now().astimezone(self.zone).date()
            text = example_text(valid_from=today, expires=today + timedelta(days=365))
            charter = submit_charter(opened.kit, actor=opened.signer(ANALYST), text=text)
            approve_charter(opened.kit, actor=opened.signer(APPROVER), charter_digest=charter.digest)
        self._say(f"Charter {charter.id} v{charter.version}: submitted by {ANALYST}, approved by {APPROVER}.")

    def _load(self, what: str) -> None:
        with tempfile.TemporaryDirectory() as folder, self._open() as opened:
            delivery = Path(folder) / "delivery.csv"
            self.simulation.deliver(delivery, recorded_before=self.clock.now())
            done = city.load(
                opened.desk(opened.signer(ANALYST)),
                file=delivery,
                mapping=city.mapping_named("synthetic"),
                purpose=PURPOSE,
                naming_key=opened.naming_key,
                epsg=opened.settings.epsg,
                progress=lambda done, total: None,
            )
        self._say(
            f"Loaded the {what}: read {done.read:,} = accepted {done.accepted:,} ({done.new:,} new, {done.corrected:,} "
            f"corrected, {done.unchanged:,} unchanged) + rejected {done.rejected:,}; entry {done.entry_index}."
        )

    def _quality(self) -> None:
        with self._open() as opened:
            desk, zone = opened.desk(opened.signer(ANALYST)), opened.settings.zone
            figures = city.quality(desk, purpose=PURPOSE, zone=zone).figures
        told: tuple[city.Share | city.Lag, ...] = (*figures.times, *figures.lags)
        lines = "; ".join(f"{line.label} {line.text}" for line in told)
        self._say(f"Quality of {figures.incidents:,} current incidents: {lines}.")

    def _evaluate(self) -> tuple[forecasting.EvaluationRow, ...]:
        with self._open() as opened:
            rows = evaluate_weeks(opened, actor=opened.signer(ANALYST), purpose=PURPOSE)
        title = f"Forecasts beside plain counts, {WEEKS} past weeks, hit rate at 1 % of the area (SYNTHETIC)"
        table(title, COLUMNS, judged_rows(headline(rows)), json_path=self.json_path)
        return rows

    def _forecast(self) -> forecasting.KeptForecast:
        with self._open() as opened:
            kept = forecasting.commit(
                opened.desk(opened.signer(ANALYST)),
                purpose=PURPOSE,
                grid=opened.settings.grid,
                zone=opened.settings.zone,
                start=self.week,
            )
        self._say(*forecast_lines(kept))
        return kept

    def _plan(self, forecast_id: str) -> KeptPlan:
        with self._open() as opened:
            proposed = journey.propose(
                opened,
                actor=opened.signer(ANALYST),
                purpose=PURPOSE,
                forecast_id=forecast_id,
                offence=OFFENCE,
                shift_start=datetime.combine(self.week, time(16)),
                places=PLACES,
                seed=self.simulation.seed,
            )
        with self._open() as opened:
            actor = opened.signer(APPROVER)
            kept = journey.approve(opened, actor=actor, purpose=PURPOSE, plan_id=proposed.plan.plan_id)
            out = opened.folder("reports") / "plan.geojson"
            analyst = opened.signer(ANALYST)
            journey.export(
                opened,
                actor=analyst,
                purpose=PURPOSE,
                plan_id=kept.plan.plan_id,
                path=out,
                recipient=RECIPIENT,
            )
        self._say(*plan_lines(kept), *self._prices(forecast_id), f"GeoJSON: {out}")
        return kept

    def _prices(self, forecast_id: str) -> tuple[str, ...]:
        with self._open() as opened:
            prices = journey.prices(
                opened,
                actor=opened.signer(ANALYST),
                purpose=PURPOSE,
                forecast_id=forecast_id,
                offence=OFFENCE,
                places=PLACES,
            )
        return price_lines(prices)

    def _score(self, forecast_id: str) -> None:
        with self._open() as opened:
            desk = opened.desk(opened.signer(ANALYST))
            kept = forecasting.score(desk, purpose=PURPOSE, forecast_id=forecast_id)
        table(
            f"Score of {kept.period} (SYNTHETIC)",
            COLUMNS,
            judged_rows(headline(kept.rows)),
            json_path=self.json_path,
        )
        self._say(score_sentence(kept))

    def _report(
        self, forecast_id: str, plan_id: str, evaluation: tuple[forecasting.EvaluationRow, ...]
    ) -> Path:
        with self._open() as opened:
            return publish(
                opened,
                actor=opened.signer(ANALYST),
                purpose=PURPOSE,
                forecast_id=forecast_id,
                offence=OFFENCE,
                evaluation=evaluation,
                plan_id=plan_id,
                streets=self.simulation.streets_m,
            )

    @contextmanager
    def _open(self) -> Iterator[House]:
        self.clock.advance(timedelta(minutes=1))
        with house(self.home, clock=self.clock) as opened:
            yield opened

    def _at(self, day: date, hour: int) -> datetime:
        return utc(datetime.combine(day, time(hour), self.zone))

    def _say(self, *lines: str) -> None:
        say(*lines, json_path=self.json_path)
