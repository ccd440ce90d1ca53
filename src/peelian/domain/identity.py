"""Names of things inside the house: UUIDv7 (RFC 9562), which sort by the time they were given."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from peelian.domain.time import Clock

Entropy = Callable[[int], bytes]
"""Returns that many random bytes; `os.urandom` outside tests and simulations."""


def given_at(name: str) -> datetime | None:
    """Return the instant at which a name was given, to the millisecond; None for a text that is no UUIDv7."""
    try:
        found = uuid.UUID(name)
    except ValueError:
        return None
    milliseconds = timedelta(milliseconds=found.int >> 80)
    return datetime(1970, 1, 1, tzinfo=UTC) + milliseconds if found.version == 7 else None


def first_at(instant: datetime) -> str:
    """Return the least UUIDv7 of an instant, as text: every name given from then on sorts at or after it."""
    milliseconds = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62))


def uuid7(*, clock: Clock, entropy: Entropy) -> str:
    """Return a fresh UUIDv7 as text: 48 bits of Unix milliseconds, 74 random bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    raw = bytearray(milliseconds.to_bytes(6, "big") + entropy(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))
