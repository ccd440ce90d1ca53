"""`witnesses.toml` in a workspace: which witnesses its ledger has, and how many must have seen a head.

    schema = 1
    quorum = 2

    [[witness]]
    folder = "/srv/witness"                 # a witness on this machine, in a process of its own
    name = "police.example/audit"           # its key name; fixed when its folder is first used

    [[witness]]
    address = "https://witness.example"     # one elsewhere: its address and key, as its operator told them
    key = "witness.example/w1+0a1b2c3d+BA..."

Without the file there is one witness, on this machine (PEELIAN_WITNESS, else beside the workspace).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from peelian.app.network_witness import NetworkWitness
from peelian.domain.errors import BadInput
from peelian.domain.section import Section, schema_one
from peelian.domain.time import Clock
from peelian.governance.house import local_witness
from peelian.governance.ledger.verify import Unproven, Vkey
from peelian.governance.ledger.witness import DEFAULT_NAME
from peelian.governance.ledger.witnesses import Witness, Witnesses

NAME = "witnesses.toml"


def witnesses_in(home: Path, *, clock: Clock) -> Witnesses | None:
    """Return the witnesses that the workspace's file names, strictly read; None where there is no file."""
    path = home / NAME
    if not path.is_file():
        return None
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as TOML ({error}); correct it.") from error
    with Section(document, where=str(path)) as top:
        schema_one(top)
        quorum = top.integer("quorum")
        members = tuple(_member(part, clock=clock) for part in top.sections("witness"))
    if len({member.name for member in members}) < len(members):
        raise BadInput(f"{path} names a witness twice; each counts once, so give each its own name and key.")
    return Witnesses(members, quorum)


def _member(section: Section, *, clock: Clock) -> Witness:
    with section:
        folder, name = section.optional_text("folder"), section.optional_text("name")
        address, key = section.optional_text("address"), section.optional_text("key")
        if bool(folder) == bool(address) or bool(address) != bool(key):
            raise BadInput(
                f"{section.where} needs either a folder, or an address and the key that its operator told you."
            )
        if folder:
            return local_witness(Path(folder), clock=clock, name=name or DEFAULT_NAME)
        try:
            return NetworkWitness(address, Vkey.parse(key))
        except Unproven as problem:
            raise BadInput(f"{section.where}: {problem}") from None
