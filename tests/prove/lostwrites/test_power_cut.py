"""The disk that forgets: what was synced stays, what was not may go, and a kill comes at the call it is told."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.prove.lostwrites.power_cut import Disk, compiled

pytestmark = pytest.mark.fault

SYNC_FOLDER = "f = os.open('.', os.O_RDONLY); os.fsync(f)"
WRITE = "open('a', 'r+b', buffering=0).write(b'new')"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("library"))


def after(library: Path, folder: Path, code: str, *, seed: int) -> dict[str, bytes]:
    """Run `code` in a folder that holds `a` with "old", cut the power, and return what is in it then."""
    root = folder / f"{seed}"
    root.mkdir()
    (root / "a").write_bytes(b"old")
    disk = Disk(library, root, folder / f"{seed}.journal")
    program = f"import ctypes, os\nkill_at = ctypes.CDLL(None).lostwrites_kill_at\n{code}\n"
    subprocess.run([sys.executable, "-c", program], cwd=root, env=disk.environment(), check=False, timeout=30)
    disk.power_cut(random.Random(seed))
    return {path.name: path.read_bytes() for path in root.iterdir()}


@pytest.mark.parametrize(
    ("code", "outcomes"),
    [
        (WRITE, [{"a": b"old"}, {"a": b"new"}]),
        ("f = open('a', 'r+b', buffering=0); f.write(b'new'); os.fsync(f)", [{"a": b"new"}]),
        ("os.truncate('a', 3); f = open('a', 'r+b'); f.truncate(1)", [{"a": b"old"}, {"a": b"o"}]),
        ("f = open('b', 'wb', buffering=0); f.write(b'x'); os.fsync(f)", [{"a": b"old"}, {"a": b"old", "b": b"x"}]),
        (f"f = open('b', 'wb', buffering=0); f.write(b'x'); os.fsync(f); {SYNC_FOLDER}", [{"a": b"old", "b": b"x"}]),
        ("os.rename('a', 'b')", [{"a": b"old"}, {"b": b"old"}]),
        (f"os.rename('a', 'b'); {SYNC_FOLDER}", [{"b": b"old"}]),
        ("os.unlink('a')", [{"a": b"old"}, {}]),
        (f"os.unlink('a'); {SYNC_FOLDER}", [{}]),
        (f"kill_at(1); {WRITE}", [{"a": b"old"}]),
        ("kill_at(2); f = open('a', 'r+b', buffering=0); f.write(b'new'); os.fsync(f)", [{"a": b"old"}, {"a": b"new"}]),
    ],
    ids=[
        "write", "write and sync", "truncate", "make", "make and sync folder", "rename", "rename and sync", "remove",
        "remove and sync", "killed before", "killed before sync",
    ],
)  # fmt: skip
def test_a_power_cut_leaves_one_of_the_states_that_are_possible(
    library: Path, tmp_path: Path, code: str, outcomes: list[dict[str, bytes]]
) -> None:
    found = [after(library, tmp_path, code, seed=seed) for seed in range(6)]
    assert all(state in outcomes for state in found)
    assert all(outcome in found for outcome in outcomes)
