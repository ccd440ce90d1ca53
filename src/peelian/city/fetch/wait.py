"""How long to wait before a publisher is asked again: back-off, its own wish, and the rate it allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import numpy as np

from peelian.domain.time import utc


@dataclass(frozen=True)
class Patience:
    """How long and how often a publisher is asked before the fetch gives up.

    Parameters
    ----------
    attempts : requests for the same thing, the first included.
    first_s, longest_s : bound of the first wait, and of any.
    retry_after_s : longest wish of the publisher (`Retry-After`) that is granted.
    connect_s, read_s : waiting for a connection, and for the next bytes of an answer.
    answer_s : for one answer as a whole, however steadily it drips.
    body_bytes : longest body of one page, unpacked.
    """

    attempts: int = 6
    first_s: float = 1.0
    longest_s: float = 60.0
    retry_after_s: float = 300.0
    connect_s: float = 15.0
    read_s: float = 120.0
    answer_s: float = 1800.0
    body_bytes: int = 512 << 20


def backoff_s(attempt: int, *, patience: Patience, rng: np.random.Generator) -> float:
    """Return the seconds to wait after failed attempt number `attempt`, from 1.

    Uniform between zero and a bound that doubles each time ("full jitter", M. Brooker, "Exponential Backoff
    And Jitter", AWS Architecture Blog, 2015): many clients that were cut together do not come back together.
    """
    bound = min(patience.longest_s, patience.first_s * 2.0 ** (attempt - 1))
    return float(rng.uniform(0.0, bound))


def retry_after_s(header: str | None, *, now: datetime) -> float | None:
    """Return the seconds a `Retry-After` header asks for (RFC 9110, section 10.2.3), None where it says nothing."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (utc(until) - now).total_seconds()) if until.tzinfo else None
