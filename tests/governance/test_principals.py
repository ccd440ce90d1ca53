"""Who may be enrolled, who counts as the same person, and what a signature is worth."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.governance.principals import (
    Principal,
    Role,
    Signature,
    Signer,
    check_not_same_person,
    check_roles,
    check_signature,
    read_key,
    role_named,
    verify,
    write_key,
)
from tests.governance.made import key, person, signer

# who may be what at once:  administrator analyst commander approver auditor
TOGETHER = """
administrator   .  no  no  no  no
analyst        no   . yes yes  no
commander      no yes   . yes  no
approver       no yes yes   .  no
auditor        no  no  no  no   .
"""


@pytest.mark.requirement("S04")
@pytest.mark.parametrize("line", TOGETHER.split("\n")[1:-1])
def test_which_two_roles_one_person_may_hold(line: str) -> None:
    first, *answers = line.split()
    for second, answer in zip(list(Role)[:5], answers, strict=True):
        if answer == "no":
            with pytest.raises(Refused, match="One person cannot be") as refusal:
                check_roles([Role(first), second])
            assert refusal.value.rule == "separation-of-duties"
        else:
            check_roles([Role(first), second])


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.RIGHTS_OFFICER])
def test_who_answers_those_who_ask_does_nothing_else(other: Role) -> None:
    with pytest.raises(Refused, match=r"One person cannot be .*rights-officer"):
        check_roles([Role.RIGHTS_OFFICER, other])


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.REVIEWER])
def test_who_reads_findings_may_also_work_but_neither_audit_nor_keep_the_keys(other: Role) -> None:
    if other in {Role.ANALYST, Role.COMMANDER, Role.APPROVER}:
        check_roles([Role.REVIEWER, other])
        return
    with pytest.raises(Refused, match="One person cannot be"):
        check_roles([Role.REVIEWER, other])


def test_conflicting_roles_cannot_even_be_constructed() -> None:
    for size in range(2, 6):
        for roles in itertools.combinations(Role, size):
            if Role.AUDITOR in roles or Role.ADMINISTRATOR in roles:
                with pytest.raises(Refused):
                    person("Ann", *roles)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "ann"}, "not a UUIDv7"),
        ({"id": "01985A00-0000-7000-8000-000000000001"}, "usual spelling"),
        ({"id": "01985a00-0000-4000-8000-000000000001"}, "not a UUIDv7"),
        ({"name": "  "}, "cannot be shown"),
        ({"name": "\u200b\u200d"}, "cannot be shown"),
        ({"name": "Ann\nAuditor"}, "cannot be shown"),
        ({"name": "A" * 201}, "cannot be shown"),
        ({"roles": frozenset()}, "has no role"),
        ({"public_key": b"short"}, "not a usable"),
        ({"public_key": bytes(32)}, "not a usable"),
        ({"public_key": b"\x01" + bytes(31)}, "not a usable"),
        ({"public_key": b"\x01" + bytes(30) + b"\x80"}, "not a usable"),
    ],
)
def test_who_cannot_be_enrolled(change: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        replace(person("Ann", Role.ANALYST), **change)


def test_a_worthless_key_would_sign_anything() -> None:
    """Why keys of small order are refused: for the neutral point, one signature fits every message."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    neutral = b"\x01" + bytes(31)
    forged = neutral + bytes(32)
    for message in (b"approve", b"refuse"):
        Ed25519PublicKey.from_public_bytes(neutral).verify(forged, message)


def test_a_person_survives_the_record_and_nothing_else_is_read() -> None:
    ann = person("Ann O'Neil", Role.ANALYST, Role.APPROVER)
    assert Principal.from_document(json.loads(canonical(ann.document()))) == ann
    for spoilt in (
        {**ann.document(), "clearance": "high"},
        {**ann.document(), "demo": 1},
        {**ann.document(), "roles": ["analist"]},
        {**ann.document(), "public_key": ann.public_key.hex().upper()},
        {name: value for name, value in ann.document().items() if name != "demo"},
    ):
        with pytest.raises(BadInput):
            Principal.from_document(spoilt)


def test_an_unknown_role_is_refused_with_the_nearest() -> None:
    assert role_named("auditor") is Role.AUDITOR
    with pytest.raises(BadInput, match="did you mean 'auditor'"):
        role_named("auditer")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Bob", 1),  # the same id and key
        ("ANN  LEE", 2),
        ("Ann-Lee", 2),
        ("Änn Lee", 2),
        ("\u0410nn Lee", 2),  # a Cyrillic A
        ("Ａｎｎ Ｌｅｅ", 2),  # full-width letters
    ],
)
def test_nobody_approves_their_own_under_another_guise(name: str, number: int) -> None:
    with pytest.raises(Refused, match="one person") as refusal:
        check_not_same_person(person("Ann Lee", Role.ANALYST), person(name, Role.APPROVER, number=number))
    assert refusal.value.rule == "two-persons"
    assert "14(5)" in refusal.value.citation


def test_a_second_key_under_a_first_persons_id_or_the_reverse_is_one_person() -> None:
    ann, bob = person("Ann", Role.ANALYST), person("Bob", Role.APPROVER, number=2)
    check_not_same_person(ann, bob)
    for same in (replace(bob, id=ann.id), replace(bob, public_key=ann.public_key)):
        with pytest.raises(Refused):
            check_not_same_person(ann, same)


DOCUMENTS = st.dictionaries(st.text(max_size=5), st.integers(-5, 5) | st.text(max_size=5), max_size=4)
CONTEXTS = st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True)


@given(DOCUMENTS, DOCUMENTS, CONTEXTS, CONTEXTS)
def test_a_signature_fits_one_document_in_one_context(
    document: Document, other: Document, context: str, elsewhere: str
) -> None:
    ann = signer("Ann", Role.APPROVER)
    given_ = ann.sign(document, context=context)
    assert verify(ann.principal, document, given_, context=context)
    assert verify(ann.principal, other, given_, context=elsewhere) == (
        (other, elsewhere) == (document, context)
    )


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_signature_with_any_byte_changed_is_nobodys(place: int, change: int) -> None:
    ann = signer("Ann", Role.APPROVER)
    raw = bytearray.fromhex(ann.sign({"plan": 1}, context="plan").hex)
    raw[place] ^= change
    forged = Signature(ann.principal.id, raw.hex())
    assert not verify(ann.principal, {"plan": 1}, forged, context="plan")
    with pytest.raises(Tampered, match="not Ann's"):
        check_signature(ann.principal, {"plan": 1}, forged, context="plan")


def test_a_signature_of_another_person_or_under_another_name_does_not_count() -> None:
    ann, bob = signer("Ann", Role.APPROVER), signer("Bob", Role.APPROVER, number=2)
    theirs = bob.sign({"plan": 1}, context="plan")
    assert not verify(ann.principal, {"plan": 1}, theirs, context="plan")
    assert not verify(
        ann.principal, {"plan": 1}, replace(theirs, principal_id=ann.principal.id), context="plan"
    )
    assert not verify(
        bob.principal, {"plan": 1}, replace(theirs, principal_id=ann.principal.id), context="plan"
    )
    assert not verify(bob.principal, {"plan": 1}, replace(theirs, hex=theirs.hex.upper()), context="plan")
    check_signature(bob.principal, {"plan": 1}, theirs, context="plan")


@pytest.mark.parametrize("context", ["", "Plan", "plan\n", "plan/v1", "1plan"])
def test_a_context_that_could_run_into_the_document_is_refused(context: str) -> None:
    with pytest.raises(BadInput, match="cannot name what is signed"):
        signer("Ann", Role.APPROVER).sign({}, context=context)


def test_a_signer_needs_the_enrolled_key() -> None:
    with pytest.raises(BadInput, match="not the one Ann is enrolled with"):
        Signer(person("Ann", Role.APPROVER), key(2))
    assert "Ed25519PrivateKey" not in repr(signer("Ann", Role.APPROVER))


def test_a_key_file_is_for_its_owner_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ann.pem"
    write_key(path, key(1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path).private_bytes_raw() == key(1).private_bytes_raw()
    with pytest.raises(BadInput, match="never overwritten"):
        write_key(path, key(2))
    assert read_key(path).private_bytes_raw() == key(1).private_bytes_raw()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644, 0o602])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ann.pem"
    write_key(path, key(1))
    path.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        read_key(path)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    other = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content, says in ((b"not a key", "does not hold"), (other, "another kind")):
        path = tmp_path / f"{len(content)}.pem"
        path.touch(mode=0o600)
        path.write_bytes(content)
        with pytest.raises(BadInput, match=says):
            read_key(path)
    (tmp_path / "link.pem").symlink_to(path)
    for name in ("link.pem", "absent.pem"):
        with pytest.raises(BadInput, match="No key can be read"):
            read_key(tmp_path / name)


def test_what_is_signed_is_the_documented_message() -> None:
    """Signatures outlive versions: a changed prefix would make worthless what was signed before."""
    ann = signer("Ann", Role.ANALYST)
    signature = ann.sign({"a": 1}, context="charter-approval")
    assert signature.hex == key(1).sign(b'peelian/charter-approval/v1\n{"a":1}').hex()


def test_the_longest_name_is_taken() -> None:
    assert person("A" * 200, Role.ANALYST).name == "A" * 200
    with pytest.raises(BadInput, match="cannot be shown; give letters, at most 200 of them"):
        person("A" * 201, Role.ANALYST)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"public_key": "AB" * 32}, r"^A public key is 64 lower-case hex digits; this one is not\.$"),
        ({"roles": ["boss"]}, r"^enrolment: 'boss' is not a known role"),
        ({"demo": "yes"}, r"^the record of a principal\b"),
    ],
)
def test_a_record_of_a_principal_that_is_none_says_what_is_wrong(changed: Document, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Principal.from_document({**person("Ann", Role.ANALYST).document(), **changed})
