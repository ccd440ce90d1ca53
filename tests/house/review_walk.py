"""The doors of review, walked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from peelian.governance.desk import Desk
from peelian.governance.people import people
from peelian.governance.review import service as review
from tests.governance.review.made import CONFIRMED, GROUND, put_forward_at, staffed
from tests.house.stage import Stage
from tests.houses import PURPOSE


def _desk(stage: Stage, name: str) -> Desk:
    return stage.house.desk(stage.house.signer(name))


def _propose(stage: Stage) -> Stage:
    staffed(stage.house)
    return replace(stage, finding_id=put_forward_at(_desk(stage, "Ann")))


def _dispose(stage: Stage) -> None:
    review.dispose(
        _desk(stage, "Col"),
        purpose=PURPOSE,
        finding_id=stage.finding_id,
        ground=GROUND,
        announce=lambda said: None,
    )


def _hand_over(stage: Stage) -> None:
    ruth = next(person for person in people(stage.house.kit) if person.name == "Ruth")
    note = "The camera at the north gate was cleaned at noon; its earlier pictures are blurred."
    review.hand_over(_desk(stage, "Rea"), purpose=PURPOSE, to=ruth, note=note)


def _reading(door: Callable[..., object], **more: object) -> Callable[[Stage], None]:
    def step(stage: Stage) -> None:
        door(_desk(stage, "Rea"), purpose=PURPOSE, finding_id=stage.finding_id, **more)

    return step


REVIEW_WALK: dict[str, Callable[[Stage], Stage | object | None]] = {
    "governance.review.propose_finding": _propose,
    "governance.review.queue": lambda s: void(review.queue(_desk(s, "Rea"), purpose=PURPOSE)),
    "governance.review.open_finding": _reading(review.open_finding),
    "governance.review.judge": _reading(review.judge, opinion=CONFIRMED),
    "governance.review.read_finding": _reading(review.read_finding),
    "governance.review.dispose": _dispose,
    "governance.review.hand_over": _hand_over,
    "governance.review.handovers": lambda s: void(review.handovers(_desk(s, "Rea"), purpose=PURPOSE)),
    "governance.review.figures": lambda s: void(
        review.figures(_desk(s, "Aud"), purpose=PURPOSE, rng=np.random.default_rng(1))
    ),
}


def void(_: object) -> None:
    """Drop what a door returned."""
