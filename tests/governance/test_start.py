"""A house whose ledger cannot be written does not open: not even to look at what it holds."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.houses import found

pytestmark = pytest.mark.fault

OPEN = """
import sys
from pathlib import Path
from peelian.domain.errors import PeelianError
from peelian.domain.time import SystemClock
from peelian.governance.house import open_house

try:
    with open_house(Path(sys.argv[1]), witness_home=None, clock=SystemClock()):
        print("open")
except PeelianError as error:
    print(error)
"""


def opened(home: Path, *, largest_file: int | None) -> str:
    """Open the house in a process that may write files of so many bytes, as on a full disk; return what it says."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    command = [sys.executable, "-c", OPEN, str(home)]
    done = subprocess.run(
        command,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    return done.stdout.strip()


@pytest.mark.requirement("L01")
@pytest.mark.parametrize("largest_file", [0, 4096])  # a page of the log needs 56 bytes more
def test_without_room_for_one_more_entry_nothing_opens(tmp_path: Path, largest_file: int) -> None:
    house = found(tmp_path)
    assert opened(house.home, largest_file=None) == "open"
    (house.home / "ledger" / "ledger.db-wal").unlink(missing_ok=True)
    said = opened(house.home, largest_file=largest_file)
    assert said.startswith("The ledger ")
    assert "could not be" in said
