"""What is handed from door to door when the house is walked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from peelian.governance.house import House


@dataclass(frozen=True)
class Stage:
    """What earlier doors left for later ones."""

    house: House
    folder: Path
    forecast_id: str = ""
    plan_id: str = ""
    load_id: str = ""
    mark_id: str = ""
    order_id: str = ""
    release_id: str = ""
    request_id: str = ""
