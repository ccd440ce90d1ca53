"""Where a deployment lies on disk, unless told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_HOME = Path("peelian-home")


def witness_home(home: Path) -> Path:
    """Return the witness's folder: PEELIAN_WITNESS, else a neighbour of the workspace."""
    return Path(os.environ.get("PEELIAN_WITNESS", f"{home}-witness"))


def fetch_home(home: Path) -> Path:
    """Return where each source has a folder for what is fetched of it and not loaded yet."""
    return home / "staging" / "fetch"


def feeds_home(home: Path) -> Path:
    """Return where the inboxes are noted that the house was ever fed from."""
    return home / "staging" / "feeds"
