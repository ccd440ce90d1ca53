"""Who may push: whoever signs with the secret that the feed shares, just now."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

SKEW = timedelta(minutes=5)
"""How old, or how far ahead, a signed moment may be: a delivery that was overheard cannot be sent again for ever."""

HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True)
class Signature:
    """What the header `Peelian-Signature` says: when it was signed, in seconds since 1970, and the HMAC in hex."""

    at_s: int
    mac: str

    def is_fresh(self, *, now: datetime) -> bool:
        """Return whether it was made just now."""
        return abs(now.timestamp() - self.at_s) <= SKEW.total_seconds()

    def is_of(self, content: bytes, *, secret: bytes) -> bool:
        """Return whether whoever knows the secret signed this content."""
        return hmac.compare_digest(_mac(content, secret=secret, at_s=self.at_s), self.mac)


def signature_from(header: str) -> Signature | None:
    """Return what a header says; None where it is no signature."""
    told = HEADER.fullmatch(header)
    return None if told is None else Signature(int(told[1]), told[2])


def sign(content: bytes, *, secret: bytes, at_s: int) -> str:
    """Return the header `Peelian-Signature` of a push made at `at_s` seconds since 1970.

    HMAC-SHA256 over the decimal seconds, a full stop, and the body.
    """
    return f"t={at_s},v1={_mac(content, secret=secret, at_s=at_s)}"


def _mac(content: bytes, *, secret: bytes, at_s: int) -> str:
    mac = hmac.new(secret, f"{at_s}.".encode(), sha256)
    mac.update(content)
    return mac.hexdigest()
