"""A sealed body opens with one person's key, for one record of that person, and says nothing before."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from peelian.domain.errors import PeelianError, Tampered
from peelian.governance.card import SubjectCategory
from peelian.governance.persons.sealed_body import is_sealed, key_of, new_subject, open_body, seal_body
from peelian.storage.rows import Record
from peelian.storage.subject_keys import SubjectKeys

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
ROW = new_subject("s1", category=SubjectCategory.SUSPECT, key=KEY)
EMPTY = Record("r1", "sighting", "s1", "", "2027-01-01T00:00:00.000Z")
PLAIN = {"seen": "by the harbour", "times": 2}


def sealed() -> Record:
    return replace(EMPTY, body=seal_body(EMPTY, PLAIN, row=ROW, key=KEY, entropy=os.urandom))


def test_what_was_sealed_is_opened() -> None:
    assert open_body(sealed(), row=ROW, key=KEY) == PLAIN


def test_the_stored_form_is_the_one_that_is_documented() -> None:
    """Worked by other means: AES-256-GCM over canonical JSON, bound to record, kind, subject and category."""
    body = seal_body(EMPTY, PLAIN, row=ROW, key=KEY, entropy=lambda size: b"n" * size)
    bound = b'{"category":"suspect","kind":"sighting","record":"r1","subject":"s1"}'
    content = AESGCM(KEY).encrypt(b"n" * 12, b'{"seen":"by the harbour","times":2}', bound)
    assert body == f'{{"nonce":"{(b"n" * 12).hex()}","sealed":"{base64.b64encode(content).decode()}"}}'


@pytest.mark.parametrize(
    ("body", "verdict"),
    [("", False), ("{}", False), ('{"held":"test"}', False), ('{"nonce":"00","sealed":""}', True)],
)
def test_a_sealed_body_is_told_from_a_plain_one(body: str, verdict: bool) -> None:
    assert is_sealed(replace(EMPTY, body=body)) is verdict
    assert is_sealed(sealed())


@pytest.mark.parametrize(
    "moved",
    [{"record_id": "r2"}, {"kind": "suspicion"}],
    ids=["to another record", "to another kind"],
)
def test_a_body_moved_to_another_record_does_not_open(moved: dict[str, str]) -> None:
    record = replace(sealed(), **moved)  # type: ignore[arg-type]  # the fields are texts
    says = f"^The sealed {record.kind} {record.record_id} does not open with its subject's key; it was"
    with pytest.raises(Tampered, match=says):
        open_body(record, row=ROW, key=KEY)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (replace(ROW, subject_id="s2"), KEY),
        (replace(ROW, category="victim"), KEY),
        (ROW, OTHER_KEY),
    ],
    ids=["another person", "another category", "another key"],
)
def test_a_body_does_not_open_for_somebody_else(row: object, key: bytes) -> None:
    with pytest.raises(Tampered, match="does not open with its subject's key"):
        open_body(sealed(), row=row, key=key)  # type: ignore[arg-type]  # a row it is


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "[]",
        '{"nonce":"00"}',
        '{"sealed":"AAAA"}',
        '{"nonce":7,"sealed":"AAAA"}',
        '{"nonce":"zz","sealed":"AAAA"}',
        '{"nonce":"000000000000000000000000","sealed":"%"}',
    ],
)
def test_a_body_that_is_none_is_refused_in_the_same_words(body: str) -> None:
    with pytest.raises(Tampered, match=r"^The sealed sighting r1 does not open with its subject's key"):
        open_body(replace(EMPTY, body=body), row=ROW, key=KEY)


def test_the_same_body_is_sealed_differently_each_time() -> None:
    assert json.loads(sealed().body)["nonce"] != json.loads(sealed().body)["nonce"]


def test_the_seal_of_a_subject_is_the_documented_one() -> None:
    """Worked by other means: HMAC-SHA256 under the subject's key over id and category."""
    mac = HMAC(KEY, hashes.SHA256())
    mac.update(b"subject\0s1\0suspect")
    assert (ROW.subject_id, ROW.category, ROW.seal) == ("s1", "suspect", mac.finalize().hex())


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[SubjectKeys]:
    opened = SubjectKeys(tmp_path / "subjects.db")
    opened.add("s1", key=KEY, names=[])
    yield opened
    opened.close()


def test_the_key_of_a_subject_is_found(keys: SubjectKeys) -> None:
    assert key_of(ROW, keys=keys) == KEY


def test_a_missing_key_names_the_subject_and_the_file(keys: SubjectKeys) -> None:
    with pytest.raises(
        PeelianError, match=r"^The key of the subject s2 is missing from .*subjects\.db; restore"
    ):
        key_of(replace(ROW, subject_id="s2"), keys=keys)


@pytest.mark.parametrize("changed", [{"category": "victim"}, {"seal": "0" * 64}])
def test_a_subject_whose_category_was_changed_past_the_desk_is_refused(
    keys: SubjectKeys, changed: dict[str, str]
) -> None:
    with pytest.raises(
        Tampered, match=r"^The subject s1 is not as it was registered: its category was changed"
    ):
        key_of(replace(ROW, **changed), keys=keys)
