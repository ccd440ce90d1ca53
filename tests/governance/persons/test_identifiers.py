"""One spelling of each identifier, and the keyed names made of it, worked by other means."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from peelian.domain.errors import BadInput
from peelian.governance.persons.identifiers import LONGEST, Identifier, barred_name, name_of

SECRET = b"s" * 32


@pytest.mark.parametrize(
    ("kind", "text", "spelled"),
    [
        ("plate", "qx19 zzt", "qx19zzt"),
        ("plate", "QX-19·ZZT", "qx19zzt"),
        ("document", "No. 12/A", "no12a"),
        ("account", "DE 00 1234", "de001234"),
        ("phone", "+1 (312) 555-0100", "13125550100"),
        ("phone", "ext. 7", "7"),
        ("email", " Ann@Example.ORG ", "ann@example.org"),
        ("email", "ann.b+c@example.org", "ann.b+c@example.org"),
        ("name+birth", "Ann  Example|1980-02-29", "annexample|1980-02-29"),
        ("name+birth", "Ann|Example | 1980-02-29 ", "annexample|1980-02-29"),
    ],
)
def test_an_identifier_is_compared_in_one_spelling(kind: str, text: str, spelled: str) -> None:
    assert Identifier(kind, text).spelled == spelled


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("plates", "QX19", r"^An identifier: 'plates' is not a known kind of identifier"),
        ("plate", "- -", r"^The plate given says nothing, or has more than 200 characters; give the ident"),
        ("phone", "none", r"^The phone given says nothing"),
        ("email", " ", r"^The email given says nothing"),
        ("name+birth", "|1980-02-29", r"^The name\+birth given says nothing"),
        ("name+birth", "Ann Example", r"^A name\+birth is written as the name, a bar, and the day of birth"),
        ("name+birth", "Ann Example|29.2.1980", r"^A name\+birth is written as"),
        ("plate", "Q" * (LONGEST + 1), r"^The plate given says nothing, or has more than 200"),
    ],
)
def test_what_is_no_identifier_is_refused_in_one_sentence(kind: str, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Identifier(kind, text)


def test_the_longest_identifier_is_taken() -> None:
    assert Identifier("plate", "Q" * LONGEST).spelled == "q" * LONGEST


def test_a_name_is_the_documented_one() -> None:
    """HMAC-SHA256 under the deployment's secret, over the kind and the spelling."""
    name = hmac.new(SECRET, b"name\0plate\0qx19zzt", hashlib.sha256).digest()
    assert name_of(Identifier("plate", "QX19 ZZT"), secret=SECRET) == name
    assert (
        barred_name(name, secret=SECRET) == hmac.new(SECRET, b"barred\0" + name, hashlib.sha256).hexdigest()
    )
