"""The house itself: what a workspace may be called, which secrets it is given, what it was and who watches it."""

from __future__ import annotations

from pathlib import Path

import pytest

from peelian.domain.errors import BadInput
from peelian.domain.time import SimulatedClock, SystemClock
from peelian.governance.house import create_workspace, local_witness, open_house
from peelian.governance.principals import Role
from peelian.governance.service import charters_in_force, enrol, receipt
from peelian.storage.workspace import Settings
from tests.houses import PURPOSE, START, TestHouse, charter, found

SECRETS = ("naming.key", "sealing.key", "identifiers.key")


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found(tmp_path)


def create(home: Path, *, name: str = "a/house", cell_m: float = 250.0) -> None:
    create_workspace(home, name=name, zone="Europe/Paris", epsg=32631, cell_m=cell_m, synthetic=False)


@pytest.mark.parametrize("name", ["", "two words", "one+one", "tab\there", " "])
def test_a_name_that_cannot_be_a_ledgers_origin_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="without spaces and plus signs"):
        create(tmp_path / "home", name=name)
    assert not (tmp_path / "home").exists()


def test_a_workspace_is_what_was_decided_with_three_secrets_of_its_own(tmp_path: Path) -> None:
    create(tmp_path / "one")
    create(tmp_path / "two", cell_m=500.0)
    secrets = [(tmp_path / home / "keys" / name) for home in ("one", "two") for name in SECRETS]
    assert all(len(path.read_bytes()) == 32 and path.stat().st_mode & 0o777 == 0o600 for path in secrets)
    assert len({path.read_bytes() for path in secrets}) == len(secrets)
    with open_house(tmp_path / "two", witness_home=None, clock=SystemClock()) as opened:
        assert opened.settings == Settings("a/house", "Europe/Paris", 32631, 500.0, False)
        assert opened.naming_key == (tmp_path / "two" / "keys" / "naming.key").read_bytes()
        assert opened.kit.sealing_key == (tmp_path / "two" / "keys" / "sealing.key").read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_secret_that_anybody_else_can_reach_is_refused(house: TestHouse, mode: int) -> None:
    path = house.home / "keys" / "naming.key"
    path.chmod(mode)
    with pytest.raises(BadInput, match="can be read by others"), house.open():
        pass


def test_a_house_from_before_there_were_subjects_is_given_the_secret_of_names(tmp_path: Path) -> None:
    create(tmp_path / "home")
    path = tmp_path / "home" / "keys" / "identifiers.key"
    path.unlink()
    with open_house(tmp_path / "home", witness_home=None, clock=SystemClock()) as opened:
        assert opened.kit.identifiers_key == path.read_bytes()
    assert (len(path.read_bytes()), path.stat().st_mode & 0o777) == (32, 0o600)


def test_a_simulated_clock_shows_in_the_name_of_the_witness(tmp_path: Path) -> None:
    simulated = local_witness(tmp_path, clock=SimulatedClock(START), name="w.example")
    real = local_witness(tmp_path, clock=SystemClock(), name="w.example")
    assert (simulated.home, real.home) == (tmp_path, tmp_path)
    assert (simulated.name, real.name) == ("w.example-simulated", "w.example")
    assert (simulated.simulated is None, real.simulated is None) == (False, True)


def test_a_witness_inside_the_workspace_is_refused(house: TestHouse) -> None:
    inside = TestHouse(house.home, house.clock, house.home / "witness")
    with pytest.raises(BadInput, match="lies inside the workspace"), inside.open():
        pass


def test_a_head_is_held_by_the_ledger_that_had_it_and_by_no_other(house: TestHouse) -> None:
    with house.open() as opened:
        earlier = opened.head()
        size = opened.kit.ledger.size
        assert earlier == f"{size}-{opened.kit.ledger.root(size).hex()}"
        assert opened.holds(earlier)
    charter(house)
    with house.open() as opened:
        assert opened.holds(earlier)
        assert opened.head() != earlier
        later = opened.kit.ledger.size + 1
        assert not opened.holds(f"{later}-{'0' * 64}")
        assert not opened.holds(f"{size}-{'0' * 64}")
        assert not opened.holds(f"{size - 1}-{earlier.partition('-')[2]}")


def test_heads_are_cosigned_by_the_witness_where_there_is_one(house: TestHouse) -> None:
    with house.open() as opened:
        entered = opened.kit.ledger.size
        opened.cosign()
        assert opened.kit.ledger.first_witnessed(entered - 1) is not None
    with open_house(house.home, witness_home=None, clock=house.clock) as alone:
        with pytest.raises(BadInput, match="has no witness"):
            alone.cosign()


def test_time_never_runs_backward_behind_what_the_ledger_saw(house: TestHouse) -> None:
    with house.open() as opened:
        enrol(
            opened.kit,
            actor=opened.signer("Adm"),
            name="Eve",
            roles=[Role.ANALYST],
            keys=opened.folder("keys"),
        )
        before, last = (opened.kit.ledger.entry(opened.kit.ledger.size - each).time for each in (2, 1))
        assert before < last
    with open_house(house.home, witness_home=None, clock=SimulatedClock(START.replace(year=2020))) as back:
        assert back.kit.clock.now() >= last


def test_a_desk_is_of_one_person_under_the_charters_in_force(house: TestHouse) -> None:
    charter(house)
    with house.open() as opened:
        (standing,) = charters_in_force(opened.kit)
        for name in ("Ann", "Abe"):
            desk = opened.desk(opened.signer(name))
            assert desk.purposes("forecast.place") == (PURPOSE,)
            with desk.open(purpose=PURPOSE, capability="forecast.place") as sitting:
                assert (sitting.charter, sitting.actor.principal.name) == (standing, name)


def test_an_enrolment_says_who_and_what_for(house: TestHouse) -> None:
    with house.open() as opened:
        keys, roles = opened.folder("keys"), [Role.APPROVER, Role.ANALYST]
        signer = enrol(opened.kit, actor=opened.signer("Adm"), name="Eve", roles=roles, keys=keys, demo=True)
        entry = opened.kit.ledger.entry(opened.kit.ledger.size - 1)
        said = {name: entry.facts[name] for name in ("principal", "roles", "demo")}
        who = signer.principal.id
        assert said == {"principal": who, "roles": ["analyst", "approver"], "demo": True}
        assert (entry.kind, entry.purpose) == ("principal.enrolled", "governance")


def test_a_receipt_has_its_proof_once_a_witness_covers_the_entry(house: TestHouse) -> None:
    with house.open() as opened:
        index = opened.kit.ledger.size - 1
        entry = opened.kit.ledger.entry(index)
        before = receipt(opened.kit, index)
        assert (before.index, before.kind, before.time) == (index, entry.kind, entry.time)
        assert (before.leaf_hash, before.proof) == (entry.leaf_hash.hex(), None)
        opened.cosign()
        assert receipt(opened.kit, index).proof == opened.kit.ledger.receipt(index)
