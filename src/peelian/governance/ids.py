"""Fresh ids for whole columns: the UUIDv7 of `domain.identity`, many at a time, as bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from peelian.domain.identity import Entropy
from peelian.domain.time import Clock

BYTES = 16
RANDOM_BYTES = 10


def uuid7_column(count: int, *, clock: Clock, entropy: Entropy) -> pa.FixedSizeBinaryArray:
    """Return `count` fresh UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, the same for all, and 74 random bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    raw = np.empty((count, BYTES), dtype=np.uint8)
    raw[:, :6] = np.frombuffer(milliseconds.to_bytes(6, "big"), dtype=np.uint8)
    raw[:, 6:] = np.frombuffer(entropy(count * RANDOM_BYTES), dtype=np.uint8).reshape(count, RANDOM_BYTES)
    raw[:, 6] = 0x70 | raw[:, 6] & 0x0F
    raw[:, 8] = 0x80 | raw[:, 8] & 0x3F
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(BYTES), count, [None, pa.py_buffer(raw)])
