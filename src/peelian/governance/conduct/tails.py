"""How far out a count or a share lies among others that differ by more than chance.

Counts are taken as negative binomial, shares as beta-binomial, fitted to the others by moments: officers differ in
how much they do and in when they work, and a plain Poisson or binomial law would take each busy one for a suspect.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    count: int
    of: int


@dataclass(frozen=True)
class Interval:
    """A share with the ends of its interval."""

    share: float
    lo: float
    hi: float


def wilson(share: Share, *, z: float = 1.959964) -> Interval:
    """Return a share with its 95 % interval (Wilson 1927); 0 to 1 where there is nothing to go by."""
    if share.of == 0:
        return Interval(math.nan, 0.0, 1.0)
    p, n = share.count / share.of, share.of
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(p, max(0.0, centre - reach), min(1.0, centre + reach))


def count_tail(own: int, peers: Sequence[int]) -> float:
    """Return the chance of a count at least as large as `own` under the law fitted to the peers."""
    mean = math.fsum(peers) / len(peers)
    variance = math.fsum((value - mean) ** 2 for value in peers) / (len(peers) - 1)
    if mean == 0:
        return 1.0 if own == 0 else 0.0
    size = mean * mean / max(variance - mean, mean * 1e-6)
    return _upper(own, lambda k: _negative_binomial(k, mean=mean, size=size))


def share_tail(own: Share, peers: Sequence[Share]) -> float:
    """Return the chance of a count at least as large as `own.count` among `own.of`, under the law of the peers.

    Moments after Kleinman (1973), each peer weighing as much as it has observations.
    """
    told = [peer for peer in peers if peer.of > 0]
    total = sum(peer.of for peer in told)
    if total == 0 or own.of == 0:
        return 1.0
    p = sum(peer.count for peer in told) / total
    if p in (0.0, 1.0):
        return 1.0 if own.count <= p * own.of else _upper_of_nothing_seen(own, total)
    spread = math.fsum(peer.of * (peer.count / peer.of - p) ** 2 for peer in told)
    expected = p * (1 - p) * (len(told) - 1)
    room = p * (1 - p) * (total - sum(peer.of**2 for peer in told) / total - (len(told) - 1))
    rho = min(max((spread - expected) / room, 1e-6) if room > 0 else 1e-6, 0.999)
    a, b = p * (1 / rho - 1), (1 - p) * (1 / rho - 1)
    return _upper(own.count, lambda k: _beta_binomial(k, own.of, a, b))


def _upper_of_nothing_seen(own: Share, total: int) -> float:
    """Return the tail where no peer ever did it: a beta-binomial with the rule-of-succession share 1 in total + 2."""
    return _upper(own.count, lambda k: _beta_binomial(k, own.of, 1.0, total + 1.0))


def _upper(value: int, chance: Callable[[int], float]) -> float:
    return max(0.0, 1.0 - math.fsum(chance(k) for k in range(value)))


def _negative_binomial(k: int, *, mean: float, size: float) -> float:
    log = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
    log += size * math.log(size / (size + mean)) + k * math.log(mean / (size + mean))
    return math.exp(log)


def _beta_binomial(k: int, n: int, a: float, b: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    log += math.lgamma(k + a) + math.lgamma(n - k + b) - math.lgamma(n + a + b)
    log += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log)
