"""What every sitting works with, and who sits: two values that `app.wiring` and the desk put together."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.domain.identity import Entropy
from peelian.domain.time import Clock
from peelian.governance.charter import Charter
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.witnesses import Witnesses
from peelian.governance.policy import Policy
from peelian.governance.principals import Signer
from peelian.governance.register import Register
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.engine import Engine
from peelian.storage.store import Store
from peelian.storage.subject_keys import SubjectKeys


@dataclass(frozen=True)
class Kit:
    """The tools of the house.

    `sealing_key` (32 bytes) opens what may hold personal data and is filed under no subject; `subject_keys` has a key
    for each subject, and `identifiers_key` is the secret under which identifiers become names. `witnesses` is None
    where a deployment has none yet, and its receipts then say so. `backup_keys` open what backups hold.
    """

    register: Register
    policy: Policy
    ledger: Ledger
    store: Store
    engine: Engine
    clock: Clock
    entropy: Entropy
    sealing_key: bytes
    subject_keys: SubjectKeys
    identifiers_key: bytes
    witnesses: Witnesses | None
    backup_keys: BackupKeys


@dataclass(frozen=True)
class Standing:
    """On what somebody stands when they ask: who they are, for which purpose, under which charter."""

    actor: Signer
    purpose: str
    capability: str
    charter: Charter | None
    case: str | None = None
