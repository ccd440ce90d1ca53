"""Backups: whole or refused, without keys, and never a way back for what was erased."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from peelian.city.erasure.service import Reproducible, erasable, reproducibility
from peelian.city.extracts import COUNTS
from peelian.domain.errors import BadInput, Busy, PeelianError, Refused, Tampered
from peelian.domain.time import SimulatedClock
from peelian.forecast.service import commit
from peelian.governance.backups import backup, erasure_list, none_since
from peelian.governance.backups.backup import (
    bring_up_to_date,
    export_erasures,
    make_backup,
    restore_backup,
)
from peelian.governance.backups.none_since import approve_none_since, state_none_since, stated_none_since
from peelian.governance.backups.sealed_keys import open_keys, seal_keys
from peelian.governance.keeping import named_rows
from peelian.governance.keeping.erase import erase_again
from peelian.governance.principals import Role
from peelian.governance.service import enrol, hold_against_ledger
from peelian.storage.backup import check_backup, copy_files
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.sealed_file import open_file, seal_file
from tests.city.erasure.orders import FORECASTS, bytes_of, carry_out, found_town, load_file, order, stored
from tests.houses import MAPPING, PURPOSE, TestHouse, week_of_incidents

PASSPHRASE = "correct horse battery"
HEADER = "id,when,recorded,lon,lat,offence"
MARKER = "-87.612345"
ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    f"A2|2026-02-03 11:00:00|2026-02-04 10:00:00|{MARKER}|41.86|burglary",
    "A3|2026-02-05 12:00:00|2026-02-06 10:00:00|-87.67|41.87|vehicle theft",
]


@dataclass
class Town:
    """A house with a backup of its first state, and where a copy of it would be restored."""

    house: TestHouse
    backup: Path
    list: Path
    copy: TestHouse

    @property
    def keys(self) -> Path:
        """The keys as they were sealed with the backup."""
        return self.backup.with_name(f"{self.backup.name}-keys")

    def export(self) -> None:
        with self.house.open() as opened:
            export_erasures(opened, actor=opened.signer("Adm"), path=self.list)

    def restore(self) -> None:
        restore_backup(self.backup, self.copy.home, keys=self.keys)
        self.copy.clock.advance(timedelta(days=1))

    def bring_up_to_date(self) -> None:
        with self.copy.open() as opened:
            bring_up_to_date(opened, erasures=self.list, erasable=erasable(opened.naming_key))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    folder = tmp_path_factory.mktemp("town")
    house = found_town(folder, ROWS)
    saved(house, folder / "backup")
    return house


@pytest.fixture
def town(founded: TestHouse, tmp_path: Path) -> Town:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    house = TestHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")
    copy = TestHouse(tmp_path / "restored", house.clock, tmp_path / "other-witness")
    return Town(house, tmp_path / "backup", tmp_path / "erasures.json", copy)


def saved(house: TestHouse, folder: Path) -> None:
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder)
    shutil.copytree(house.home / "keys", folder.with_name(f"{folder.name}-keys"))


def test_a_backup_comes_back_as_it_was(town: Town) -> None:
    before = stored(town.house)
    town.export()
    town.restore()
    town.bring_up_to_date()
    assert stored(town.copy) == before
    with town.copy.open() as opened:
        hold_against_ledger(opened.kit)
        charters = {path.name: path.read_bytes() for path in opened.folder("charters").iterdir()}
    assert charters == {path.name: path.read_bytes() for path in (town.house.home / "charters").iterdir()}
    town.copy.load(["A4|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"])
    assert len(stored(town.copy)) == 4
    assert town.copy.home.stat().st_mode & 0o777 == 0o700


def test_that_a_backup_was_made_is_entered_and_stands_in_the_backup_itself(town: Town) -> None:
    with sqlite3.connect(unsealed(town, "ledger/ledger.db")) as ledger:
        (envelope,) = ledger.execute("SELECT envelope FROM entries ORDER BY idx DESC LIMIT 1").fetchone()
    assert json.loads(envelope)["kind"] == "backup.made" == town.house.entries()[-1]


def test_no_key_is_in_a_backup(town: Town) -> None:
    everything = b"".join(path.read_bytes() for path in town.backup.rglob("*") if path.is_file())
    for path in (town.house.home / "keys").iterdir():
        secret = path.read_bytes()
        assert secret not in everything
        assert secret.hex().encode() not in everything


@pytest.mark.parametrize("name", ["Ann", "Abe", "Aud"])
def test_only_who_keeps_the_machine_makes_copies_of_it(town: Town, tmp_path: Path, name: str) -> None:
    with town.house.open() as opened, pytest.raises(Refused, match="export backup"):
        make_backup(opened, actor=opened.signer(name), folder=tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    assert town.house.entries()[-1] == "request.refused"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.fault
@pytest.mark.parametrize(
    "what",
    ["records/*", "ledger/*", "slices/*", "warehouse/**/*.sealed", "charters/*", "peelian.toml.sealed"],
)
@pytest.mark.parametrize("damage", [flip, Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_a_backup_that_is_damaged_or_not_whole_is_refused(town: Town, what: str, damage) -> None:  # type: ignore[no-untyped-def]
    damage(sorted(town.backup.glob(what))[0])
    with pytest.raises(Tampered, match="Use another backup"):
        town.restore()
    assert not town.copy.home.exists()


def test_a_backup_with_something_added_or_without_its_manifest_is_refused(town: Town) -> None:
    (town.backup / "added").touch()
    with pytest.raises(Tampered, match="missing or was added"):
        town.restore()
    (town.backup / "added").unlink()
    (town.backup / "backup.json").unlink()
    with pytest.raises(Tampered, match="which is written last"):
        town.restore()


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname"])
def test_a_manifest_cannot_name_files_elsewhere(town: Town, path: str) -> None:
    manifest = town.backup / "backup.json"
    document = json.loads(manifest.read_bytes())
    document["files"][0][0] = path
    manifest.write_text(json.dumps(document))
    with pytest.raises(Tampered):
        town.restore()


def unsealed(town: Town, path: str) -> Path:
    """Return a file of the backup, opened with the keys that were sealed with it."""
    manifest, keys = check_backup(town.backup), BackupKeys(town.keys).all()
    (key,) = (keys[file.key] for file in manifest.files if file.path == f"{path}.sealed")
    target = town.backup.parent / "opened" / Path(path).name
    open_file(town.backup / f"{path}.sealed", target, key=key, name=f"{manifest.backup_id} {path}")
    return target


def sealed_again(town: Town, path: str, changed: Path) -> None:
    """Put a changed file into the backup, with the right key and manifest."""
    manifest, keys = check_backup(town.backup), BackupKeys(town.keys).all()
    target, name = town.backup / f"{path}.sealed", f"{manifest.backup_id} {path}"
    (key,) = (keys[file.key] for file in manifest.files if file.path == f"{path}.sealed")
    seal_file(changed, target, key=key, name=name, entropy=os.urandom)
    document = json.loads((town.backup / "backup.json").read_bytes())
    for file in document["files"]:
        content = (town.backup / file[0]).read_bytes()
        file[1:3] = [hashlib.sha256(content).hexdigest(), len(content)]
    (town.backup / "backup.json").write_text(json.dumps(document))


def test_a_part_changed_together_with_the_manifests_is_found_against_the_ledger(town: Town) -> None:
    """Whoever has the keys can rewrite the backup and its manifest too; the ledger's signed head they cannot."""
    found = sorted(town.backup.glob("warehouse/incident/2026-02/*.sealed"))[0]
    path = str(found.relative_to(town.backup)).removesuffix(".sealed")
    part, records = unsealed(town, path), unsealed(town, "records/records.db")
    pq.write_table(pq.read_table(part).slice(1), part)
    sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
    with sqlite3.connect(records) as database:
        database.execute("UPDATE parts SET sha256 = ? WHERE part_id = ?", (sha256, part.stem))
    sealed_again(town, path, part)
    sealed_again(town, "records/records.db", records)
    town.export()
    town.restore()
    with pytest.raises(Tampered, match="not the one that ledger entry"):
        town.bring_up_to_date()
    with town.copy.open() as opened, pytest.raises(Refused, match="restored-not-up-to-date"):
        read_something(opened)


def test_two_files_of_a_backup_cannot_be_exchanged(town: Town) -> None:
    manifest, keys = check_backup(town.backup), BackupKeys(town.keys).all()
    frame = keys[f"frame:{manifest.backup_id}"]
    source, target = town.backup / "records/records.db.sealed", town.backup.parent / "as-ledger"
    with pytest.raises(Tampered, match="does not open under its key"):
        open_file(source, target, key=frame, name=f"{manifest.backup_id} ledger/ledger.db")
    assert not target.exists()


def read_something(opened) -> None:  # type: ignore[no-untyped-def]
    desk = opened.desk(opened.signer("Ann"))
    with desk.open(purpose=PURPOSE, capability="forecast.place") as sitting:
        sitting.read(COUNTS)


def test_a_ledger_cut_back_to_an_older_head_is_refused(town: Town) -> None:
    """The older ledger and records are genuine; the head that the manifest carries is not theirs."""
    saved(town.house, town.backup.parent / "second")
    manifest = json.loads((town.backup.parent / "second" / "backup.json").read_bytes())
    older = json.loads((town.backup / "backup.json").read_bytes())
    (town.backup / "backup.json").write_text(json.dumps({**older, "head": manifest["head"]}))
    with pytest.raises(Tampered, match="not the one whose head was signed"):
        town.restore()


@pytest.mark.requirement("S07")
def test_what_was_erased_since_a_backup_never_comes_back_by_it(town: Town) -> None:
    ordered = order(town.house, "A2")
    carry_out(town.house, ordered.order_id)
    town.export()
    town.restore()
    assert MARKER.encode() in bytes_of(town.copy.home), "the backup is older than the erasure"

    with town.copy.open() as opened:
        with pytest.raises(Refused, match="restored-not-up-to-date"):
            read_something(opened)
        with pytest.raises(Refused, match="restored-not-up-to-date"):
            enrol(
                opened.kit,
                actor=opened.signer("Adm"),
                name="New",
                roles=[Role.ANALYST],
                keys=opened.folder("keys"),
            )
    assert town.copy.entries()[-1] == "request.refused"

    town.bring_up_to_date()
    assert stored(town.copy) == stored(town.house)
    assert MARKER.encode() not in bytes_of(town.copy.home)
    with town.copy.open() as opened:
        read_something(opened)
        hold_against_ledger(opened.kit)
        (erasure, closing) = (entry for entry in opened.kit.ledger.entries() if entry.kind == "rows.erased")
        assert (erasure.facts["order"], erasure.facts["rows"]) == (ordered.order_id, 1)
        assert closing.facts["erasures"] == 1
    town.copy.load(ROWS)
    assert stored(town.copy) == stored(town.house), "the tombstone came along"
    anew = MAPPING.replace("id: test-source", "id: mapped-anew")
    load_file(town.copy, "\n".join([HEADER, ROWS[1].replace("|", ",")]), mapping=anew)
    assert stored(town.copy) == stored(town.house), "the lasting one too"


def test_an_order_carried_out_again_since_a_backup_is_carried_out_in_it(town: Town, tmp_path: Path) -> None:
    """Not for good, so the row came again; a backup was made; then the same order was carried out once more."""
    ordered = order(town.house, "A2", permanent=False)
    carry_out(town.house, ordered.order_id)
    town.house.load(ROWS)
    town.backup = tmp_path / "second"
    saved(town.house, town.backup)
    carry_out(town.house, ordered.order_id)
    assert [day for day, _, _ in stored(town.house)] == ["2026-01-30", "2026-02-05"]
    town.export()
    town.restore()
    town.bring_up_to_date()
    assert stored(town.copy) == stored(town.house)
    assert MARKER.encode() not in bytes_of(town.copy.home)


def test_an_order_from_after_a_backup_is_an_order_in_the_copy_too(town: Town) -> None:
    """Ordered and carried out after the backup by people enrolled after it; the copy knows who it was and verifies."""
    for name, role in (("Nan", Role.ANALYST), ("Ned", Role.APPROVER)):
        with town.house.open() as opened:
            keys = opened.folder("keys")
            enrol(opened.kit, actor=opened.signer("Adm"), name=name, roles=[role], keys=keys)
    ordered = order(town.house, "A2", permanent=False, name="Nan")
    carry_out(town.house, ordered.order_id, name="Ned")
    town.export()
    town.restore()
    town.bring_up_to_date()
    (copied,) = carry_out(town.copy, ordered.order_id)
    assert copied.rows == 1, "what the copy did when it was brought up to date"
    town.copy.load(ROWS)
    assert [done.rows for done in carry_out(town.copy, ordered.order_id)] == [1, 1]
    assert MARKER.encode() not in bytes_of(town.copy.home)
    with town.copy.open() as opened:
        hold_against_ledger(opened.kit)


def test_who_ordered_it_before_the_copy_was_made_does_not_carry_it_out_there(town: Town) -> None:
    both = town.house
    with both.open() as opened:
        keys, roles = opened.folder("keys"), [Role.ANALYST, Role.APPROVER]
        enrol(opened.kit, actor=opened.signer("Adm"), name="Bo", roles=roles, keys=keys)
    town.backup = town.backup.parent / "second"
    saved(both, town.backup)
    ordered = order(both, "A2", permanent=False, name="Bo")
    carry_out(both, ordered.order_id)
    town.export()
    town.restore()
    town.bring_up_to_date()
    town.copy.load(ROWS)
    with pytest.raises(Refused, match="two-persons"):
        carry_out(town.copy, ordered.order_id, name="Bo")
    assert len(stored(town.copy)) == 3


def test_a_row_that_came_again_after_the_only_erasure_stays_in_its_backup(town: Town, tmp_path: Path) -> None:
    carry_out(town.house, order(town.house, "A2", permanent=False).order_id)
    town.house.load(ROWS)
    town.backup = tmp_path / "second"
    saved(town.house, town.backup)
    town.export()
    town.restore()
    town.bring_up_to_date()
    assert len(stored(town.copy)) == len(stored(town.house)) == 3


def test_what_was_revised_too_often_for_one_entry_before_the_backup_is_erased_in_its_copy(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Merged and erased where people work, but the backup is of before, and in its copy nobody may merge."""
    for number in range(5):
        town.house.load([ROWS[1].replace("burglary", ("vehicle theft", "burglary")[number % 2])])
    town.backup = tmp_path / "second"
    saved(town.house, town.backup)
    monkeypatch.setattr(named_rows, "PARTS_IN_ONE_ENTRY", 3)
    carry_out(town.house, order(town.house, "A2").order_id)
    town.export()
    town.restore()
    town.bring_up_to_date()
    assert stored(town.copy) == stored(town.house)
    with town.copy.open() as opened:
        hold_against_ledger(opened.kit)
        (merge,) = (each for each in opened.kit.ledger.entries() if each.kind == "parts.merged")
    assert (merge.actor, merge.rule) == ("house", "restored-copy")


def test_a_forecast_that_read_erased_rows_is_marked_in_a_restored_copy_too(tmp_path: Path) -> None:
    """Two forecasts read the row; the second came after the backup, so the copy has only the first."""
    house = found_town(tmp_path, week_of_incidents())
    town = Town(house, tmp_path / "b", tmp_path / "l", TestHouse(tmp_path / "c", house.clock, tmp_path / "w"))
    first = forecast(house)
    ordered = order(house, "K003-0")
    saved(house, town.backup)
    second = forecast(house)
    (certificate,) = carry_out(house, ordered.order_id)
    assert [work.work_id for work in certificate.works] == [first, second]
    town.export()
    town.restore()
    town.bring_up_to_date()
    with town.copy.desk() as desk:
        (left,) = reproducibility(desk, purpose=PURPOSE, work_ids=[first], derivations=(FORECASTS,))
    assert left.says is Reproducible.FROM_AGGREGATES
    (copied,) = carry_out(town.copy, ordered.order_id)
    assert (copied.rows, copied.beyond) == (1, certificate.beyond), "what the copy itself certified"
    assert copied.works == certificate.works[:1]
    with town.copy.open() as opened:
        hold_against_ledger(opened.kit)


def forecast(house: TestHouse) -> str:
    with house.open() as opened:
        desk, grid = opened.desk(opened.signer("Ann")), opened.settings.grid
        return commit(desk, purpose=PURPOSE, grid=grid, zone="America/Chicago").forecast_id


def test_a_list_of_an_older_format_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(erasure_list, "SCHEMA", 1)
        town.export()
    town.restore()
    with pytest.raises(BadInput, match="export one of format 6"):
        town.bring_up_to_date()


def test_a_copy_that_was_restored_hands_the_erasures_on(town: Town) -> None:
    """Backup, erasure, restored copy; then the first backup again, with the list of the copy."""
    carry_out(town.house, order(town.house, "A2").order_id)
    town.export()
    town.restore()
    town.bring_up_to_date()
    with town.copy.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=town.list)
    again = Town(
        town.house,
        town.backup,
        town.list,
        TestHouse(town.copy.home.parent / "again", town.copy.clock, town.copy.witness_home),
    )
    again.restore()
    again.bring_up_to_date()
    assert MARKER.encode() not in bytes_of(again.copy.home)


@pytest.mark.fault
def test_a_restored_copy_that_was_cut_off_while_it_was_brought_up_to_date_waits_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("A2", "A3"):
        carry_out(town.house, order(town.house, key).order_id)
    town.export()
    town.restore()
    done: list[int] = []

    def once(*arguments, **named):  # type: ignore[no-untyped-def]
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return erase_again(*arguments, **named)

    with monkeypatch.context() as cut:
        cut.setattr(backup, "erase_again", once)
        with pytest.raises(KeyboardInterrupt):
            town.bring_up_to_date()
    with town.copy.open() as opened, pytest.raises(Refused, match="restored-not-up-to-date"):
        read_something(opened)
    town.bring_up_to_date()
    assert stored(town.copy) == stored(town.house)


@pytest.mark.fault
def test_a_workspace_half_restored_is_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("peelian.storage.backup.write_durably", full)
        with pytest.raises(PeelianError, match="could not be laid out"):
            town.restore()
    with pytest.raises(BadInput, match="There is no workspace"), town.copy.open():
        pass


@pytest.mark.parametrize("change", [{"erasures": []}, {"ledger_size": 999}, {"log": "other/house"}])
def test_a_list_that_the_log_did_not_sign_is_refused(town: Town, change: dict[str, object]) -> None:
    carry_out(town.house, order(town.house, "A2").order_id)
    town.export()
    town.list.write_text(json.dumps({**json.loads(town.list.read_bytes()), **change}))
    town.restore()
    with pytest.raises(Tampered, match="not one that the log"):
        town.bring_up_to_date()


def test_a_list_older_than_the_backup_is_refused(town: Town, tmp_path: Path) -> None:
    town.export()
    town.backup = tmp_path / "second"
    saved(town.house, town.backup)
    town.restore()
    with pytest.raises(BadInput, match="older than the backup"):
        town.bring_up_to_date()


WHY = "The paper register of orders has none since 2 March."


def test_that_nothing_was_erased_is_stated_by_one_person_and_approved_by_another(town: Town) -> None:
    town.restore()
    with town.copy.open() as opened:
        adm, abe = opened.signer("Adm"), opened.signer("Abe")
        with pytest.raises(BadInput, match="Say in 10 to 500"):
            state_none_since(opened, actor=adm, why="no")
        statement = state_none_since(opened, actor=adm, why=WHY)
        with pytest.raises(Refused, match="restored-not-up-to-date"):
            read_something(opened)
        (shown,) = stated_none_since(opened, actor=abe)
        assert (shown.statement_id, shown.stated_by, shown.why) == (statement, "Adm", WHY)
        assert opened.kit.ledger.entry(opened.kit.ledger.size - 1).kind == "record.read"
        with pytest.raises(Refused, match="two-persons"):
            approve_none_since(opened, actor=adm, statement_digest=shown.digest)
        with pytest.raises(BadInput, match="Nobody made a statement with the digest"):
            approve_none_since(opened, actor=abe, statement_digest=statement)
        with pytest.raises(BadInput, match="about the backup another that"):
            none_since._statement(opened, shown.digest, backup_id="another")
        approve_none_since(opened, actor=abe, statement_digest=shown.digest)
        entries = {entry.kind: entry for entry in opened.kit.ledger.entries()}
        made, approved, closing = (
            entries[kind] for kind in ("statement.made", "statement.approved", "rows.erased")
        )
        assert (made.actor, approved.actor) == (adm.principal.id, abe.principal.id)
        assert (made.facts["why"], closing.facts["statement"]) == (WHY, statement)
        read_something(opened)
        hold_against_ledger(opened.kit)
        with pytest.raises(BadInput, match="waits for nothing"):
            state_none_since(opened, actor=adm, why=WHY)


def test_a_statement_that_its_author_did_not_sign_is_approved_by_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.restore()
    with town.copy.open() as opened:
        with monkeypatch.context() as other:
            other.setattr(none_since, "CONTEXT", "something-else")
            state_none_since(opened, actor=opened.signer("Adm"), why=WHY)
        (shown,) = stated_none_since(opened, actor=opened.signer("Abe"))
        with pytest.raises(Tampered, match="is not Adm's"):
            approve_none_since(opened, actor=opened.signer("Abe"), statement_digest=shown.digest)


def test_an_approval_that_was_cut_off_before_the_copy_opened_is_given_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.restore()
    with town.copy.open() as opened:
        state_none_since(opened, actor=opened.signer("Adm"), why=WHY)
        (shown,) = stated_none_since(opened, actor=opened.signer("Abe"))

    def cut(*arguments, **named):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    with town.copy.open() as opened, monkeypatch.context() as fault, pytest.raises(KeyboardInterrupt):
        fault.setattr(none_since, "open_for_work", cut)
        approve_none_since(opened, actor=opened.signer("Abe"), statement_digest=shown.digest)
    with town.copy.open() as opened:
        approve_none_since(opened, actor=opened.signer("Abe"), statement_digest=shown.digest)
        read_something(opened)
    assert town.copy.entries().count("statement.approved") == 1


@pytest.mark.parametrize(
    ("states", "approves"), [("Ann", "Abe"), ("Abe", "Abe"), ("Adm", "Ann"), ("Adm", "Aud")]
)
def test_only_who_keeps_the_machine_states_and_only_who_erases_approves(
    town: Town, states: str, approves: str
) -> None:
    town.restore()
    with town.copy.open() as opened:
        with pytest.raises(Refused, match=r"erasure-statement"):
            state_none_since(opened, actor=opened.signer(states), why=WHY)
            (shown,) = stated_none_since(opened, actor=opened.signer("Abe"))
            approve_none_since(opened, actor=opened.signer(approves), statement_digest=shown.digest)
        with pytest.raises(Refused, match="restored-not-up-to-date"):
            read_something(opened)
    assert "request.refused" in town.copy.entries()


def test_a_copy_that_is_not_up_to_date_is_not_backed_up(town: Town, tmp_path: Path) -> None:
    town.restore()
    with town.copy.open() as opened, pytest.raises(Refused, match="restored-not-up-to-date"):
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "of-the-copy")


@pytest.mark.fault
def test_a_backup_made_while_somebody_works_is_given_up(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town.house.open() as opened:

        def working(*arguments, **named):  # type: ignore[no-untyped-def]
            files = copy_files(*arguments, **named)
            read_something(opened)
            return files

        monkeypatch.setattr(backup, "copy_files", working)
        with pytest.raises(Busy, match="make it again"):
            make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "second")
    assert not (tmp_path / "second").exists()


@pytest.mark.fault
def test_a_disk_that_fills_up_leaves_no_backup(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("peelian.storage.sealed_file.sync", full)
    with town.house.open() as opened, pytest.raises(PeelianError, match="No space left on device"):
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "second")
    assert not (tmp_path / "second").exists()


def test_keys_are_kept_apart_under_a_passphrase(town: Town, tmp_path: Path) -> None:
    keys, sealed, opened = town.house.home / "keys", tmp_path / "keys.sealed", tmp_path / "opened"
    with pytest.raises(BadInput, match="is guessed"):
        seal_keys(keys, sealed, passphrase="short")
    seal_keys(keys, sealed, passphrase=PASSPHRASE)
    assert sealed.stat().st_mode & 0o777 == 0o600
    for path in keys.iterdir():
        assert not path.stat().st_size or path.read_bytes()[:40] not in sealed.read_bytes()
    with pytest.raises(BadInput, match="cannot be opened"):
        open_keys(sealed, opened, passphrase="another passphrase")
    open_keys(sealed, opened, passphrase=PASSPHRASE)
    assert {path.name: path.read_bytes() for path in opened.iterdir()} == {
        path.name: path.read_bytes() for path in keys.iterdir() if path.suffix in (".pem", ".key", ".db")
    }
    restore_backup(town.backup, town.copy.home, keys=opened)
    flip(sealed)
    with pytest.raises(BadInput, match="cannot be opened"):
        open_keys(sealed, tmp_path / "again", passphrase=PASSPHRASE)


def test_without_the_logs_own_key_nothing_is_restored(town: Town, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(BadInput, match=r"holds no ledger\.pem"):
        restore_backup(town.backup, town.copy.home, keys=tmp_path / "none")
    assert not town.copy.home.exists()
