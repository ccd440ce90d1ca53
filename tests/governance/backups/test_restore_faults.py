"""Whatever happens to a restore, it ends where it was to end when it is done again, and nothing erased comes back.

Kills at a random call and full disks, half of each. `PEELIAN_KILLS` sets how many of each (1 in a normal run).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.app.erasing import restore
from peelian.app.wiring import house as opened_house
from peelian.domain.errors import BadInput, PeelianError
from peelian.governance.backups.backup import export_erasures, make_backup
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import holds, set_hold
from peelian.governance.service import hold_against_ledger
from peelian.storage.workspace import Workspace
from tests.city.erasure.orders import bytes_of, carry_out, found_town, order
from tests.city.striking import Strike, arrange
from tests.houses import TestHouse

pytestmark = pytest.mark.fault

EACH = int(os.environ.get("PEELIAN_KILLS", "1"))
MARKER = "-87.612345"
ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    f"A2|2026-02-03 11:00:00|2026-02-04 10:00:00|{MARKER}|41.86|burglary",
    "A3|2026-02-05 12:00:00|2026-02-06 10:00:00|-87.67|41.87|vehicle theft",
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    """A house of which a row was erased, and a hold set, after its backup; keys and list lie beside that."""
    folder = tmp_path_factory.mktemp("restored")
    made = found_town(folder, ROWS)
    with made.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder / "backup")
    shutil.copytree(made.home / "keys", folder / "keys")
    carry_out(made, order(made, "A2").order_id)
    with made.open() as opened:
        ends = made.clock.now() + timedelta(days=9)
        said = {"scope": Scope(kind="plan"), "authority": "Circuit Court", "why": "Evidence."}
        set_hold(opened.kit, actor=opened.signer("Ann"), ends=ends, **said)
        export_erasures(opened, actor=opened.signer("Adm"), path=folder / "list.json")
    return made


def restore_under(strike: Strike, home: str, folder: str, told: str) -> None:
    """Restore the backup that lies in `folder`; `told` is where the number of calls is written, or the refusal."""
    beside, counted = Path(folder), arrange(strike)
    try:
        again(Path(home), beside)
        said = str(counted())
    except PeelianError as error:
        said = str(error)
    finally:
        sys.setprofile(None)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    Path(told).write_text(said)


def again(home: Path, beside: Path) -> None:
    """Restore with the keys of the backup's day: they open the erased row, so that the list must erase it."""
    restore(
        beside / "backup",
        home,
        keys=beside / "keys",
        erasures=beside / "list.json",
        who=None,
        none_since=None,
    )


def struck(strike: Strike, home: Path, house: TestHouse) -> tuple[int | None, str]:
    """Return how the process ended, and what it said."""
    told = home.with_name("told")
    told.unlink(missing_ok=True)
    named = (strike, str(home), str(house.home.parent), str(told))
    worker = multiprocessing.get_context("spawn").Process(target=restore_under, args=named)
    worker.start()
    worker.join()
    return worker.exitcode, told.read_text() if told.is_file() else ""


def looked_at(home: Path) -> None:
    """Hold a restored copy against its ledger; the erased row is nowhere, and the hold is known."""
    with opened_house(home) as opened:
        hold_against_ledger(opened.kit)
        assert sum(part.rows for part, _ in opened.kit.store.parts()) == 2
        assert len(holds(opened.kit)) == 1
    assert MARKER.encode() not in bytes_of(home)


def test_a_restore_that_is_cut_off_anywhere_is_done_again_and_forgets_what_was_erased(
    house: TestHouse, tmp_path: Path
) -> None:
    home, rng, seen = tmp_path / "copy", random.Random(1829), Counter[str]()
    code, calls = struck(Strike("kill", 0, since="restore"), home, house)
    assert code == 0, calls
    looked_at(home)
    for number in range(2 * EACH):
        shutil.rmtree(home)
        kind = "full" if number % 2 else "kill"
        at = rng.randrange(20_000, 220_000) if kind == "full" else rng.randrange(1, int(calls))
        code, said = struck(Strike(kind, at, since="restore"), home, house)
        assert code == (0 if kind == "full" else -signal.SIGKILL), (at, said)
        seen[f"{kind}, {'laid out' if (home / 'peelian.toml').is_file() else 'begun anew'}"] += 1
        with suppress(BadInput):  # where it was done already, it waits for nothing
            again(home, house.home.parent)
        looked_at(home)
    print(f"{2 * EACH} restores cut off: {dict(seen)}")


def test_a_folder_that_is_half_laid_out_is_no_workspace_and_somebody_elses_is_not_touched(
    house: TestHouse, tmp_path: Path
) -> None:
    theirs = tmp_path / "copy" / "theirs.txt"
    theirs.parent.mkdir()
    theirs.write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        again(theirs.parent, house.home.parent)
    with pytest.raises(BadInput, match="no workspace"):
        Workspace.open(theirs.parent)
    assert theirs.read_text() == "mine"
