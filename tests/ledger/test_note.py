"""Notes, checkpoints, cosignatures, receipts and keys: strict on the way in, one spelling on the way out."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput
from peelian.governance.ledger.note import (
    cosign,
    load_or_create_key,
    log_vkey,
    sign_checkpoint,
    witness_vkey,
    write_durably,
)
from peelian.governance.ledger.verify import (
    EMPTY_ROOT,
    Checkpoint,
    Note,
    Receipt,
    Unproven,
    Vkey,
    open_checkpoint,
    open_cosignature,
    open_witnessed,
)
from tests.ledger.begin import ORIGIN, WITNESS, key

LOG = log_vkey(ORIGIN, key(1))
WITNESS_KEY = witness_vkey(WITNESS, key(2))
HEAD = Checkpoint(ORIGIN, 5, bytes(range(32)))
SIGNED = sign_checkpoint(HEAD, key=key(1))
COSIGNED = SIGNED + cosign(HEAD.text(), name=WITNESS, key=key(2), timestamp=1_700_000_000)


def test_a_checkpoint_is_three_lines_a_gap_and_a_signature() -> None:
    *text, gap, signature, end = SIGNED.split("\n")
    assert text == [ORIGIN, "5", base64.b64encode(HEAD.root).decode()]
    assert (gap, end) == ("", "")
    assert signature.startswith(f"— {ORIGIN} ")
    assert open_checkpoint(SIGNED, log=LOG) == HEAD


def test_a_cosignature_tells_when() -> None:
    head = open_witnessed(COSIGNED, log=LOG, witness=WITNESS_KEY)
    assert (head.size, head.root) == (HEAD.size, HEAD.root)
    assert f"{head.time:%FT%TZ}" == "2023-11-14T22:13:20Z"


def test_unknown_signatures_are_passed_over_but_a_false_known_one_spoils_the_note() -> None:
    stranger = cosign(HEAD.text(), name="stranger.example/w", key=key(9), timestamp=1)
    assert open_checkpoint(SIGNED + stranger, log=LOG) == HEAD
    other = sign_checkpoint(Checkpoint(ORIGIN, 6, HEAD.root), key=key(1)).split("\n")[-2]
    with pytest.raises(Unproven, match="not genuine"):
        open_checkpoint(f"{SIGNED}{other}\n", log=LOG)


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        (SIGNED.replace("\n5\n", "\n6\n"), "not genuine"),
        (sign_checkpoint(HEAD, key=key(9)), "not signed by"),
        (sign_checkpoint(Checkpoint("other.example", 5, HEAD.root), key=key(1)), "not signed by"),
        (SIGNED.replace("\n\n", "\n"), "empty line"),
        (SIGNED[:-1], "empty line"),
        (SIGNED + "\n", "empty line"),
        (SIGNED.replace("\n", "\r\n"), "control characters"),
        (SIGNED.replace("—", "-"), "not a signature line"),
        (SIGNED[:-4] + "!!!\n", "base64"),
        (SIGNED + SIGNED.split("\n")[-2] + "\n" * 2, "empty line"),
        (SIGNED + (SIGNED.split("\n")[-2] + "\n") * 64, "empty line"),
        ("", "empty line"),
    ],
)
def test_a_note_that_is_not_quite_one_is_refused(note: str, sentence: str) -> None:
    with pytest.raises(Unproven, match=sentence):
        open_checkpoint(note, log=LOG)


@pytest.mark.parametrize("body", ["5", "05", "+5", "５", "5 ", "", "1e3", str(2**64)])
def test_a_tree_size_has_one_spelling(body: str) -> None:
    text = f"{ORIGIN}\n{body}\n{base64.b64encode(HEAD.root).decode()}\n"
    if body == "5":
        assert Checkpoint.parse(text) == HEAD
    else:
        with pytest.raises(Unproven):
            Checkpoint.parse(text)


def test_a_head_of_nothing_has_the_empty_root_and_any_root_has_32_bytes() -> None:
    assert Checkpoint.parse(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text()).size == 0
    for size, root in ((0, HEAD.root), (5, HEAD.root[:31]), (5, HEAD.root + b"\x00")):
        with pytest.raises(Unproven):
            Checkpoint.parse(Checkpoint(ORIGIN, size, root).text())


@pytest.mark.parametrize("timestamp", [0, 2**63, 2**62])
def test_impossible_times_of_cosigning_are_refused(timestamp: int) -> None:
    note = SIGNED + cosign(HEAD.text(), name=WITNESS, key=key(2), timestamp=timestamp)
    with pytest.raises(Unproven, match="time"):
        open_witnessed(note, log=LOG, witness=WITNESS_KEY)


@given(st.integers(0, len(COSIGNED) - 1), st.characters(codec="utf-8"))
def test_no_changed_character_keeps_both_signatures(place: int, character: str) -> None:
    changed = COSIGNED[:place] + character + COSIGNED[place + 1 :]
    if changed == COSIGNED:
        return
    with pytest.raises(Unproven):
        open_witnessed(changed, log=LOG, witness=WITNESS_KEY)


def test_a_verifier_key_reads_back_and_its_parts_must_agree() -> None:
    for vkey in (LOG, WITNESS_KEY):
        assert Vkey.parse(str(vkey)) == vkey
    name, key_id, material = str(LOG).split("+", 2)
    for text, sentence in (
        (f"other.example+{key_id}+{material}", "its material gives"),
        (f"{name}+00000000+{material}", "its material gives"),
        (f"{name}+{key_id}+{base64.b64encode(b'short').decode()}", "not an Ed25519 key"),
        (f"{name}+{key_id}+{base64.b64encode(bytes([2]) + LOG.public).decode()}", "not an Ed25519 key"),
        (f"{name}+{key_id}+", "base64"),
        (f"+{key_id}+{material}", "empty"),
        ("nothing", "base64"),
    ):
        with pytest.raises(Unproven, match=sentence):
            Vkey.parse(text)


def test_a_name_with_a_space_or_plus_cannot_be_a_key() -> None:
    for name in ("two words", "a+b", "", "no\u00a0break"):
        with pytest.raises(BadInput, match="key name"):
            log_vkey(name, key())


def test_a_receipt_reads_back() -> None:
    receipt = Receipt(3, (bytes(32), HEAD.root), COSIGNED)
    assert Receipt.parse(receipt.text()) == receipt
    with_extra = receipt.text().replace("\nindex", "\nextra aGVsbG8=\nindex", 1)
    assert Receipt.parse(with_extra) == receipt
    for spoilt in (
        receipt.text().replace("tlog-proof@v1", "tlog-proof@v2"),
        receipt.text().replace("index 3", "index 03"),
        receipt.text().replace("index 3\n", ""),
        receipt.text().partition("\n\n")[0],
        receipt.text().replace("index 3\n", "index 3\n" + "AA==\n" * 64),
    ):
        with pytest.raises(Unproven):
            Receipt.parse(spoilt)


def test_a_cosignature_is_not_a_log_signature_even_with_the_same_key() -> None:
    assert open_cosignature(COSIGNED, witness=WITNESS_KEY) == 1_700_000_000
    with pytest.raises(Unproven, match="not signed by"):
        open_checkpoint(COSIGNED, log=log_vkey(WITNESS, key(2)))
    assert Note.parse(COSIGNED).signatures[1].name == WITNESS


def test_a_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.pem"
    first = load_or_create_key(path)
    assert load_or_create_key(path).private_bytes_raw() == first.private_bytes_raw()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.pem"]
    path.chmod(0o644)
    with pytest.raises(BadInput, match="chmod 600"):
        load_or_create_key(path)


def test_a_file_that_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    path.write_text("not a key")
    path.chmod(0o600)
    with pytest.raises(BadInput, match="PEM"):
        load_or_create_key(path)


@pytest.mark.parametrize("folder_stands", [False, True])
def test_the_folder_of_a_key_is_made_for_its_owner_alone(tmp_path: Path, folder_stands: bool) -> None:
    folder = tmp_path / "home" / "keys"
    if folder_stands:
        folder.mkdir(parents=True, mode=0o700)
    load_or_create_key(folder / "log.key")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == ["log.key"]


class MadeMeanwhile(type(Path())):  # type: ignore[misc]  # the class of this system's paths
    """A path at which somebody else makes a key between the look and the writing."""

    def exists(self) -> bool:
        made = load_or_create_key(Path(self))
        Path(f"{self}.made").write_bytes(made.private_bytes_raw())
        return False


def test_the_key_that_was_there_first_is_used(tmp_path: Path) -> None:
    used = load_or_create_key(MadeMeanwhile(tmp_path / "log.key"))
    assert used.private_bytes_raw() == (tmp_path / "log.key.made").read_bytes()


def test_a_file_is_written_whole_and_replaced_only_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    write_durably(path, b"first", replace=True)
    write_durably(path, b"second", replace=True)
    with pytest.raises(FileExistsError):
        write_durably(path, b"third", replace=False)
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["list.json"]
