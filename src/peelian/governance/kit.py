"""What every sitting works with, and who sits: two values that `app.wiring` and the desk put together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, TypeVar

from peelian.domain.identity import Entropy
from peelian.domain.time import Clock
from peelian.governance.cases import CaseBook
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

Chore = TypeVar("Chore", bound=Callable[[], None])


class Remembered:
    """What was read of governance's own records, each under its name, good for as long as its stamp stands."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Hashable, Any]] = {}

    def recall(self, name: str, *, stamp: Hashable, read: Callable[[], Any]) -> Any:
        """Return what was read under this name at this stamp, reading it anew where the stamp has moved on."""
        if self._known.get(name, (None,))[0] != stamp:
            self._known[name] = (stamp, read())
        return self._known[name][1]


class Chores:
    """What the house does by itself between acts, each under its name; `watch.py` comes round to them."""

    def __init__(self) -> None:
        self._by_name: dict[str, Callable[[], None]] = {}

    def __iter__(self) -> Iterator[Callable[[], None]]:
        return iter(tuple(self._by_name.values()))

    def keep(self, name: str, make: Callable[[], Chore]) -> Chore:
        """Return the chore of this name, making it where there was none."""
        if name not in self._by_name:
            self._by_name[name] = make()
        return self._by_name[name]  # type: ignore[return-value]  # a name has one type


@dataclass(frozen=True)
class Kit:
    """The tools of the house.

    `sealing_key` (32 bytes) opens what may hold personal data and is filed under no subject; `subject_keys` has a key
    for each subject, and `identifiers_key` is the secret under which identifiers become names. `witnesses` is None
    where a deployment has none yet, and its receipts then say so. `backup_keys` open what backups hold.
    `cases` is where cases are looked up; without one, in governance's own records. `acting` is held by whoever carries
    out an act, so that acts are done one after another, the house's own from `chores` among them.
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
    cases: CaseBook | None = None
    remembered: Remembered = field(default_factory=Remembered, compare=False)
    acting: AbstractContextManager[object] = field(default_factory=RLock, compare=False)
    chores: Chores = field(default_factory=Chores, compare=False)


@dataclass(frozen=True)
class Standing:
    """On what somebody stands when they ask: who they are, for which purpose, under which charter.

    `case` and `reason` (a code of the closed vocabulary) are why records about people are looked at. `authorisation` is
    the id of the authorisation under which persons are identified: all that is stored on this standing goes with it.
    """

    actor: Signer
    purpose: str
    capability: str
    charter: Charter | None
    case: str | None = None
    reason: str | None = None
    authorisation: str | None = None
