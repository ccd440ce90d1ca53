"""Where the shared real data are. A stranger's clone has none: such tests skip, and `.ci/run` fails if they did."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("PEELIAN_DATA", ROOT.parent / "shared" / "data"))


def data_folder(name: str) -> pytest.MarkDecorator:
    """Return the mark for tests that read `DATA / name`: they skip, with the reason, where it is absent."""
    folder = DATA / name
    return pytest.mark.skipif(not folder.is_dir(), reason=f"shared data absent: {name} (set PEELIAN_DATA)")
