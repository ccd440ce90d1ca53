"""The house: a workspace opened for work, with its keys, ledger, records, policy and witness in place.

Opening takes the one writer's lock, reconciles acts with entries, destroys what has fallen due, and only then lets
anybody in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from peelian.domain.errors import BadInput, Tampered
from peelian.domain.identity import Entropy
from peelian.domain.time import Clock, SimulatedClock
from peelian.governance.clocks import SteadyClock
from peelian.governance.conduct.break_glass import escalate
from peelian.governance.conduct.witness_set import Read, settle_witnesses
from peelian.governance.desk import Desk
from peelian.governance.keeping.lacking import account_for_lacking
from peelian.governance.keeping.sweep import Sweeper
from peelian.governance.kit import Kit
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import load_or_create_key
from peelian.governance.ledger.witness import DEFAULT_NAME, WitnessProcess
from peelian.governance.ledger.witnesses import Cosigned, Witness, Witnesses
from peelian.governance.persons.lapse import let_lapsed_go
from peelian.governance.persons.subject_erasure import finish_all
from peelian.governance.policy import Policy
from peelian.governance.principals import Signer, read_key
from peelian.governance.prohibition.households import check_cell
from peelian.governance.recovery import reconcile
from peelian.governance.register import installed_register
from peelian.governance.service import charters_in_force, person_named, signer_for
from peelian.governance.stopping.stop import settle
from peelian.governance.watch import watched
from peelian.storage.backup import awaiting
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.embedded import EmbeddedEngine
from peelian.storage.engine import Engine
from peelian.storage.store import Store
from peelian.storage.subject_keys import FILE, SubjectKeys
from peelian.storage.workspace import Settings, Workspace

EMBEDDED, SPARK = "embedded", "spark"
IDENTIFIERS = "identifiers.key"


@dataclass(frozen=True)
class House:
    """An open workspace.

    `abandoned` are the ledger entries that start-up found without their act and answered; `naming_key` is
    the deployment's secret for naming incidents (HMAC); `sweeper` destroys what falls due while it is open.
    `said` is what whoever opened it is to be told.
    """

    workspace: Workspace
    kit: Kit
    naming_key: bytes
    abandoned: tuple[int, ...]
    sweeper: Sweeper
    said: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        """Return what the deployment decided once."""
        return self.workspace.settings

    def folder(self, name: str) -> Path:
        """Return one of the workspace's folders."""
        return self.workspace.folder(name)

    def signer(self, name: str) -> Signer:
        """Return the enrolled person `name` with the key that lies in `keys/`."""
        person = person_named(self.kit, name)
        return signer_for(person, read_key(self.folder("keys") / f"{person.id}.pem"))

    def cosign(self) -> Cosigned:
        """Have the witnesses cosign the ledger's present head."""
        if self.kit.witnesses is None:
            raise BadInput("This house has no witness; set PEELIAN_WITNESS to the folder of one.")
        return self.kit.witnesses.cosign(self.kit.ledger)

    def head(self) -> str:
        """Return the ledger's present head, its size and its root, as one word that others can keep."""
        return self._head(self.kit.ledger.size)

    def holds(self, head: str) -> bool:
        """Return whether this ledger ever had that head; one restored from an earlier backup has not."""
        size = int(head.partition("-")[0])
        return size <= self.kit.ledger.size and head == self._head(size)

    def _head(self, size: int) -> str:
        return f"{size}-{self.kit.ledger.root(size).hex()}"

    def desk(self, actor: Signer) -> Desk:
        """Return the desk of one person, with the charters in force today."""
        return Desk(self.kit, actor=actor, charters=charters_in_force(self.kit), sweeper=self.sweeper)


def create_workspace(home: Path, *, name: str, zone: str, epsg: int, cell_m: float, synthetic: bool) -> None:
    """Make a new workspace at `home`, with the three secrets that it can never replace."""
    if any(character.isspace() or character == "+" for character in name) or not name:
        raise BadInput(
            f"The name {name!r} is also the ledger's origin; give one without spaces and plus signs."
        )
    check_cell(cell_m)
    workspace = Workspace.create(home, Settings(name, zone, epsg, cell_m, synthetic))
    for secret in ("naming.key", "sealing.key", IDENTIFIERS):
        _make_secret(workspace.folder("keys") / secret, entropy=os.urandom)


@contextmanager
def open_house(
    home: Path,
    *,
    witness_home: Path | None,
    clock: Clock,
    entropy: Entropy = os.urandom,
    engine: str = EMBEDDED,
    read_witnesses: Read | None = None,
) -> Iterator[House]:
    """Open the workspace at `home` for work.

    Parameters
    ----------
    witness_home : the folder of a witness on this machine, outside of the workspace, of a house whose witnesses are
        not entered: benchmarks and tests have such. No command opens a house so.
    read_witnesses : reads `witnesses.toml`, whose witnesses are held against those that the ledger entered last.
    engine : what computes over stored tables: `embedded` (DuckDB), `spark` for a Spark on this machine, or the
        address of a Spark master such as `spark://host:7077`. The same expressions run on each (ADR 0011).
    """
    workspace = Workspace.open(home)
    witnesses = None
    if witness_home is not None:
        witnesses = Witnesses((local_witness(witness_home, clock=clock),), 1)
        check_outside(witnesses.members[0], home)
    keys = workspace.folder("keys")
    key = load_or_create_key(keys / "ledger.pem")
    path = workspace.folder("ledger") / "ledger.db"
    with Ledger.open(path, origin=workspace.settings.name, key=key, clock=clock, entropy=entropy) as ledger:
        store, computing = Store(workspace), _engine(engine)
        subject_keys = SubjectKeys(keys / FILE)
        try:
            _check_settings(workspace, ledger)
            abandoned = reconcile(ledger, store, finish=partial(finish_all, ledger, store, subject_keys))
            kit = Kit(
                register=installed_register(),
                policy=Policy.load(),
                ledger=ledger,
                store=store,
                engine=computing,
                clock=SteadyClock(clock, seen=_last_seen(ledger, clock=clock)),
                entropy=entropy,
                sealing_key=_secret(keys / "sealing.key"),
                subject_keys=subject_keys,
                identifiers_key=_identifiers_key(
                    keys, known=bool(subject_keys.subjects() or store.subjects())
                ),
                witnesses=witnesses,
                backup_keys=BackupKeys(keys),
            )
            account_for_lacking(kit)
            said: tuple[str, ...] = ()
            if read_witnesses is not None:
                settled = settle_witnesses(kit, read=read_witnesses)
                kit, said = replace(kit, witnesses=settled.witnesses), settled.said
            settle(kit)
            escalate(kit)
            opened = House(
                workspace,
                kit,
                _secret(keys / "naming.key"),
                abandoned,
                Sweeper(kit, also=let_lapsed_go),
                said,
            )
            if awaiting(workspace) is None:
                opened.sweeper.sweep()
            with watched(kit):
                yield opened
        finally:
            store.close()
            subject_keys.close()
            computing.close()


def _last_seen(ledger: Ledger, *, clock: Clock) -> datetime:
    """Return the latest instant the house knows of: no term runs backward where the machine's clock was put back."""
    return ledger.entry(ledger.size - 1).time if ledger.size else clock.now()


def _engine(name: str) -> Engine:
    """Return the engine of that name; Spark is imported only where it is asked for."""
    if name == EMBEDDED:
        return EmbeddedEngine()
    if name == SPARK or name.startswith(("spark://", "local[")):
        from peelian.storage.spark import SparkEngine  # noqa: PLC0415

        return SparkEngine() if name == SPARK else SparkEngine(master=name)
    raise BadInput(
        f"There is no engine {name!r}; PEELIAN_ENGINE is embedded, spark, or the address of a Spark master."
    )


def _check_settings(workspace: Workspace, ledger: Ledger) -> None:
    """Refuse settings other than those the ledger began with: zone, grid and the SYNTHETIC label stay."""
    if ledger.size and ledger.proven(0).facts.get("settings") != dict(vars(workspace.settings)):
        raise Tampered(
            f"{workspace.home / 'peelian.toml'} is not what this workspace was opened with (ledger entry 0); what "
            "it decides is decided once. Restore the file from a backup."
        )


def check_outside(witness: Witness, home: Path) -> None:
    """Refuse a witness whose folder lies inside the workspace that it watches."""
    if isinstance(witness, WitnessProcess) and witness.home.resolve().is_relative_to(home.resolve()):
        raise BadInput(
            f"The witness's folder {witness.home} lies inside the workspace, where whoever can rewrite the "
            "ledger can rewrite the witness too; give it a folder elsewhere, best on another machine."
        )


def local_witness(home: Path, *, clock: Clock, name: str = DEFAULT_NAME) -> WitnessProcess:
    """Return the witness on this machine whose own folder is `home`; its name shows a simulated clock."""
    simulated = clock if isinstance(clock, SimulatedClock) else None
    return WitnessProcess(home=home, name=f"{name}-simulated" if simulated else name, simulated=simulated)


def _make_secret(path: Path, *, entropy: Entropy) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(entropy(32))
        file.flush()
        os.fsync(file.fileno())


def _identifiers_key(keys: Path, *, known: bool) -> bytes:
    """Return the secret of names; a workspace from before there were subjects is given one when it is first opened."""
    path = keys / IDENTIFIERS
    if not known and not path.exists():
        _make_secret(path, entropy=os.urandom)
    return _secret(path)


def _secret(path: Path) -> bytes:
    """Return the 32 secret bytes at `path`, which were made with the workspace and only then.

    A new naming key would count every incident twice, a new sealing key could open nothing.
    """
    content = path.read_bytes() if path.is_file() else b""
    if len(content) != 32:
        raise BadInput(f"The secret key {path} is missing or damaged; restore it from a backup.")
    if path.stat().st_mode & 0o077:
        raise BadInput(f"{path} can be read by others than its owner; run `chmod 600 {path}`.")
    return content
