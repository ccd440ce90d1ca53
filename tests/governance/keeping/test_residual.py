"""Nothing is left: distinctive values in every place of a deployment, all due on one clock, and then looked for."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.city.erasure.service import erasable
from peelian.city.extracts import COUNTS
from peelian.city.feed.service import merge_parts
from peelian.domain.errors import BadInput
from peelian.domain.time import SimulatedClock
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import set_hold
from peelian.governance.service import hold_against_ledger
from peelian.storage.backup import MANIFEST
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.sealed_file import NONCE_BYTES
from tests.city.erasure.orders import bytes_of, carry_out, order, stored
from tests.houses import PURPOSE, TestHouse, charter, found

LON, LAT = "-87.6123456", "41.8654321"
ADDRESS = "1729 Ramanujan Street"
ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    f"A2|2026-02-03 11:00:00|2026-02-04 10:00:00|{LON}|{LAT}|burglary",
    "A3|2026-02-05 12:00:00|2026-02-06 10:00:00|-87.67|41.87|burglary",
    f"bad|{ADDRESS}|2026-02-04 10:00:00|-87.6|41.86|burglary",
]


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    """A house with rows, a rejected row, a read with its salt, a file in staging, and a backup of it all."""
    made = found(tmp_path)
    charter(made)
    made.load(ROWS)
    with made.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        sitting.read(COUNTS)
    (made.home / "staging" / "left.parquet").write_text(ADDRESS)
    saved(made, tmp_path / "backup")
    return made


def saved(house: TestHouse, folder: Path) -> None:
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder)


def planted(house: TestHouse) -> dict[str, bytes]:
    """Return the values to look for: what rows say, and the salts, nonces, keys and sealed bytes that guard them."""
    with house.open() as opened:
        ledger = opened.kit.ledger
        blobs = [blob for index in range(ledger.size) if (blob := ledger._store.blob(index)) is not None]
        rejected = [
            r for index in opened.kit.store.rejected_counts() for r in opened.kit.store.rejected(index)
        ]
    salts = {
        f"{name} {n}": value
        for n, blob in enumerate(blobs)
        for name, value in zip(("nonce", "salt"), blob, strict=True)
    }
    keys = {
        name: key
        for name, key in BackupKeys(house.home / "keys").all().items()
        if not name.startswith(("frame", "charter"))
    }
    assert len(blobs) >= 2
    assert len(rejected) == 1
    assert {name.partition(":")[0] for name in keys} == {"part", "records", "rejected_rows", "blobs"}
    rows = {
        "longitude": LON.encode(),
        "latitude": LAT.encode(),
        "address": ADDRESS.encode(),
        "sealed": rejected[0].sealed,
    }
    return {**rows, **salts, **keys}


def everything(folder: Path) -> bytes:
    """Return every byte below a folder, raw and laid open, that a clear value could stand in."""
    delivery = folder / "delivery.csv"  # the publisher's own file, which the house never kept
    delivery.unlink(missing_ok=True)
    return bytes_of(folder)


def opens(folder: Path, keys: dict[str, bytes]) -> dict[str, bytes]:
    """Try every key on every file of a backup, with every name; return what opened."""
    manifest_id = json.loads((folder / MANIFEST).read_bytes())["backup_id"]
    opened = {}
    for path in sorted(folder.rglob("*.sealed")):
        content, name = path.read_bytes(), str(path.relative_to(folder)).removesuffix(".sealed")
        for key in keys.values():
            try:
                plain = AESGCM(key).decrypt(
                    content[:NONCE_BYTES], content[NONCE_BYTES:], f"{manifest_id} {name}".encode()
                )
            except InvalidTag:
                continue
            opened[name] = plain
    return opened


@pytest.mark.requirement("R01", "R03", "L06")
def test_when_everything_is_over_no_byte_of_it_is_left_in_any_file_and_all_proofs_verify(
    house: TestHouse, tmp_path: Path
) -> None:
    values = planted(house)
    with house.open() as opened:
        opened.cosign()
        size = opened.kit.ledger.size
        proofs = [opened.kit.ledger.receipt(index, earliest=True) for index in range(size)]
    before = everything(tmp_path) + b"".join(
        opens(tmp_path / "backup", BackupKeys(house.home / "keys").all()).values()
    )
    missing = [
        name for name, value in values.items() if value not in before and value.hex().encode() not in before
    ]
    assert missing == ["address"], (
        "sealed, so it is looked for by its sealed bytes; everything else is there to be found"
    )

    house.clock.advance(timedelta(days=1096))
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        assert [opened.kit.ledger.receipt(index, earliest=True) for index in range(size)] == proofs
        assert opened.kit.ledger.verify_all().entries > size
    left = everything(tmp_path) + b"".join(
        opens(tmp_path / "backup", BackupKeys(house.home / "keys").all()).values()
    )
    residual = [name for name, value in values.items() if value in left or value.hex().encode() in left]
    assert residual == []


@pytest.mark.requirement("R03", "S07")
def test_a_backup_older_than_a_sweep_stays_swept_and_verifies(house: TestHouse, tmp_path: Path) -> None:
    house.clock.advance(timedelta(days=91))
    with house.open() as opened:
        assert opened.kit.store.rejected_counts() == {}
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "list.json")
    copy = restored(house, tmp_path / "backup", tmp_path / "copy")
    with copy.open() as opened:
        assert opened.kit.store.rejected_counts() == {}
        (lacks,) = (entry for entry in opened.kit.ledger.entries() if entry.kind == "backup.lacks")
        assert lacks.facts["ended"] == {"rejected": [[9, 1]]}
        bring_up_to_date(opened, erasures=tmp_path / "list.json", erasable=erasable(opened.naming_key))
        hold_against_ledger(opened.kit)
    assert len(stored(copy)) == len(stored(house)) == 3
    assert ADDRESS.encode() not in bytes_of(copy.home)


@pytest.mark.requirement("R05", "S07")
def test_a_hold_set_after_the_backup_is_set_in_the_copy_before_it_is_brought_up_to_date(
    house: TestHouse, tmp_path: Path
) -> None:
    keys = tmp_path / "keys-then"
    shutil.copytree(house.home / "keys", keys)
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "list.json")
    restore_backup(tmp_path / "backup", tmp_path / "copy", keys=keys)
    clock = SimulatedClock(house.clock.now() + timedelta(days=1100))
    copy = TestHouse(tmp_path / "copy", clock, tmp_path / "copy-witness")
    with copy.open() as opened:
        ann, ends, why = opened.signer("Ann"), clock.now() + timedelta(days=9), "Evidence in a case."
        set_hold(opened.kit, actor=ann, scope=Scope(kind="incident"), authority="A court", why=why, ends=ends)
        bring_up_to_date(opened, erasures=tmp_path / "list.json", erasable=erasable(opened.naming_key))
    assert len(stored(copy)) == 3
    clock.advance(timedelta(days=9))
    assert stored(copy) == []


def restored(house: TestHouse, backup: Path, home: Path) -> TestHouse:
    restore_backup(backup, home, keys=house.home / "keys")
    return TestHouse(home, SimulatedClock(house.clock.now()), home.with_name(f"{home.name}-witness"))


@pytest.mark.requirement("R03", "S07")
def test_an_ordered_erasure_makes_the_part_unreadable_in_every_backup_and_the_copy_says_what_it_lacks(
    house: TestHouse, tmp_path: Path
) -> None:
    """The whole month is lost to the old backup, with the row that stays: so a backup is made anew after an erasure."""
    ordered = order(house, "A2")
    carry_out(house, ordered.order_id)
    saved(house, tmp_path / "second")
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "list.json")
    keys = BackupKeys(house.home / "keys").all()
    assert LON.encode() not in b"".join(opens(tmp_path / "backup", keys).values())
    days = {}
    for name in ("backup", "second"):
        copy = restored(house, tmp_path / name, tmp_path / f"{name}-copy")
        with copy.open() as opened:
            bring_up_to_date(opened, erasures=tmp_path / "list.json", erasable=erasable(opened.naming_key))
            hold_against_ledger(opened.kit)
        assert LON.encode() not in bytes_of(copy.home)
        days[name] = [day for day, _, _ in stored(copy)]
    assert days == {"backup": ["2026-01-30"], "second": ["2026-01-30", "2026-02-05"]}


def test_the_keys_of_parts_that_were_merged_go_with_the_merged_part(house: TestHouse, tmp_path: Path) -> None:
    house.load(["A4|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"])
    with house.desk() as desk:
        merge_parts(desk, purpose=PURPOSE)
    february = "part:incident/2026-02/"
    assert [name for name in BackupKeys(house.home / "keys").all() if name.startswith(february)], (
        "a merge loses nothing"
    )
    carry_out(house, order(house, "A2").order_id)
    assert not [name for name in BackupKeys(house.home / "keys").all() if name.startswith(february)]


def test_without_the_key_of_its_frame_a_backup_is_refused(house: TestHouse, tmp_path: Path) -> None:
    keys = tmp_path / "keys-before"
    shutil.copytree(house.home / "keys", keys)
    (keys / "backups.db").unlink()
    with pytest.raises(BadInput, match="do not open the backup"):
        restore_backup(tmp_path / "backup", tmp_path / "copy", keys=keys)
    assert not (tmp_path / "copy").exists()


def test_nothing_of_a_backup_in_the_making_stays_in_the_clear(house: TestHouse, tmp_path: Path) -> None:
    assert not list((house.home / "staging").iterdir())
    raw = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    for clear in (b"burglary", b"SQLite format 3", b"PAR1", b"Preventing", LON.encode()):
        assert clear not in raw
