"""Windows of unreliable days: what they concern, and what is kept of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from peelian.city.quality.window import UnreliableWindow, window_from_document
from peelian.domain.errors import BadInput
from peelian.domain.time import Period

ZONE = "America/Chicago"
FIRST = date(2024, 3, 1)


def window(
    start: int, end: int, *, areas: tuple[str, ...] = (), offences: tuple[str, ...] = ()
) -> UnreliableWindow:
    days = Period(FIRST + timedelta(days=start), FIRST + timedelta(days=end), ZONE)
    return UnreliableWindow(
        "w1", days, "beat" if areas else "", areas, offences, "records system was changed", "p1"
    )


CONCERNS = """
marked             burglary  robbery
-                  x         x
robbery            .         x
burglary,robbery   x         x
"""


@pytest.mark.parametrize("line", CONCERNS.strip().splitlines()[1:])
def test_a_mark_without_offences_concerns_all(line: str) -> None:
    offences, burglary, robbery = line.split()
    marked = window(1, 3, offences=() if offences == "-" else tuple(offences.split(",")))
    assert [marked.concerns(each) for each in ("burglary", "robbery")] == [burglary == "x", robbery == "x"]


def test_a_window_survives_its_document() -> None:
    marked = window(1, 3, areas=("A",), offences=("robbery",))
    assert window_from_document(marked.document()) == marked


def test_a_window_of_before_layers_were_named_is_still_read() -> None:
    document = window(1, 3).document()
    del document["layer"]
    assert window_from_document(document) == window(1, 3)


def test_a_reason_says_something() -> None:
    with pytest.raises(BadInput, match="too short"):
        UnreliableWindow("w1", window(1, 3).period, "", (), (), "bad", "p1")
