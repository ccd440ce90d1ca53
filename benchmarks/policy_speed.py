"""How long the policy takes to decide, with every rule that ships: allowed, refused, and prohibited questions.

`python -m benchmarks.policy_speed [--json PATH]`; `--quick` asks less often. Times are of one process, wall clock.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import report
from peelian.domain.errors import PeelianError
from peelian.governance.charter import example_text, read_charter
from peelian.governance.policy import Policy, Question
from peelian.governance.principals import Principal, Role
from peelian.governance.prohibition.prohibited import Surface, rules_against
from peelian.governance.register import installed_register

DAY, DAYS = date(2026, 7, 1), 100
ALLOWED = "allowed"
Times = np.ndarray[Any, np.dtype[np.float64]]


def questions() -> dict[str, Callable[[int], Question]]:
    """Return makers of questions by what they are; the day differs from one to the next."""
    charter = read_charter(example_text(), register=installed_register())
    key = Ed25519PrivateKey.generate().public_key()
    analyst = Principal(
        "01985a00-0000-7000-8000-000000000001", "Ann", frozenset({Role.ANALYST}), key.public_bytes_raw()
    )
    read = Question(
        principal=analyst,
        action="read",
        resource_kind="incident",
        purpose=charter.purpose,
        capability="forecast.place",
        charter=charter,
        today=DAY,
        offences=charter.offences[:1],
        inputs=("own_7", "ring_28"),
        stopped=False,
        suspended=False,
        trained=True,
        departed=False,
        frozen=False,
        authorised=True,
    )

    def on(question: Question) -> Callable[[int], Question]:
        return lambda k: replace(question, today=DAY + timedelta(days=k % DAYS))

    commander = replace(analyst, roles=frozenset({Role.COMMANDER}))
    asked = {
        ALLOWED: read,
        "refused by the charter": replace(read, purpose="theft-prevention"),
        "refused by default": replace(read, principal=commander),
        "prohibited input": replace(read, inputs=("own_7", "r4ce")),
    }
    for what, question in asked.items():
        if Policy.load().decide(question).allowed is not (what == ALLOWED):
            raise PeelianError(f"The question {what!r} is answered otherwise; ask another one.")
    return {what: on(question) for what, question in asked.items()}


def times_us(work: Callable[[int], object], *, count: int) -> Times:
    """Return how long each of `count` calls took, in microseconds."""
    taken = np.empty(count)
    for k in range(count):
        began = perf_counter()
        work(k)
        taken[k] = 1e6 * (perf_counter() - began)
    return taken


def measured(*, quick: bool) -> list[dict[str, Any]]:
    """Return a row for each kind of question, and one for judging a name that was never seen before."""
    count = 500 if quick else 5_000
    rows = []
    for what, make in questions().items():
        first: list[Times] = []
        again: list[Times] = []
        for _ in range(count // DAYS):
            policy, asked = Policy.load(), [make(k) for k in range(DAYS)]
            for taken in (first, again):
                taken.append(times_us(lambda k: policy.decide(asked[k]), count=DAYS))  # noqa: B023  # called at once
        rows.append(_row(f"{what}, asked for the first time", np.concatenate(first), rules=len(policy.rules)))
        rows.append(_row(f"{what}, asked again", np.concatenate(again), rules=len(policy.rules)))
    judged = times_us(
        lambda k: rules_against(f"street_lights_{k}", surface=Surface.INPUTS), count=count // 10
    )
    return [*rows, _row("judge a new name", judged, rules=len(policy.rules))]


def _row(what: str, taken: Times, *, rules: int) -> dict[str, Any]:
    p50, p99 = np.quantile(taken, [0.5, 0.99]).tolist()
    return {"what": what, "rules": rules, "asked": len(taken), "p50_us": p50, "p99_us": p99}


def main() -> int:
    options = report.parser("policy_speed", data=False).parse_args()
    notes = [
        "For the first time: its names are judged, its entities made (both remembered) and Cedar asked; each question "
        "is of another day. Again: the same question of the same person on the same day, whose answer is remembered.",
        "A name that was never seen is judged once; no decision at the desk waits for it twice.",
    ]
    report.write("policy_speed", measured(quick=options.quick), notes=notes, json_path=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
