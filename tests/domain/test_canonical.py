"""Canonical JSON: whichever way it is spelled, the bytes are those of RFC 8785."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.canonical import Json, canonical

ASCII = st.text(st.characters(max_codepoint=0x7F))
PLAIN = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | ASCII
ANY = PLAIN | st.floats(allow_nan=False, allow_infinity=False) | st.text()


def documents(leaves: st.SearchStrategy[Json], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Json]:
    nested = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    )
    return st.dictionaries(keys, nested, max_size=4)


@settings(deadline=None)
@given(documents(PLAIN, ASCII) | documents(ANY, st.text()))
def test_the_bytes_are_those_of_the_standard(document: dict[str, Json]) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@pytest.mark.parametrize(
    ("document", "spelled"),
    [
        ({"b": 1, "a": [True, None]}, b'{"a":[true,null],"b":1}'),
        ({"a": 1.0, "b": 1e21}, b'{"a":1,"b":1e+21}'),
        ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'.encode()),  # sorted by UTF-16
        ({"a": '\x00\x1f\x7f\n"\\/'}, b'{"a":"\\u0000\\u001f\x7f\\n\\"\\\\/"}'),
        ({"a": {}, "": ()}, b'{"":[],"a":{}}'),
    ],
)
def test_some_documents_worked_by_hand(document: dict[str, Json], spelled: bytes) -> None:
    assert canonical(document) == spelled


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800"])
def test_what_has_no_spelling_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical({"a": [value]})
