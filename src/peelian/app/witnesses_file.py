"""`witnesses.toml` in a workspace: which witnesses its ledger has, and how many must have seen a head.

    schema = 1
    quorum = 2

    [[witness]]
    folder = "/srv/witness"                 # a witness on this machine, in a process of its own
    name = "police.example/audit"           # its key name; fixed when its folder is first used

    [[witness]]
    address = "https://witness.example"     # one elsewhere: its address and key, as its operator told them
    key = "witness.example/w1+0a1b2c3d+BA..."

Without the file there is one witness, on this machine (PEELIAN_WITNESS, else beside the workspace). Two people change
it (`peelian witness set`); a file that differs from what they entered is refused (conduct/witness_set.py).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from peelian.app.network_witness import NetworkWitness
from peelian.app.places import witness_home
from peelian.domain.errors import BadInput
from peelian.domain.section import Section, schema_one
from peelian.domain.time import Clock
from peelian.governance.conduct.witness_set import NAME
from peelian.governance.house import check_outside, local_witness
from peelian.governance.ledger.verify import Unproven, Vkey
from peelian.governance.ledger.witness import DEFAULT_NAME
from peelian.governance.ledger.witnesses import Witness, Witnesses


def read_witnesses(text: str | None, *, home: Path, clock: Clock) -> Witnesses:
    """Return the witnesses that the text of the file names, strictly read; without a file the one on this machine.

    None of them may lie inside the workspace at `home`.
    """
    if text is None:
        found = Witnesses((local_witness(witness_home(home), clock=clock),), 1)
    else:
        found = _named_in(text, clock=clock)
    for member in found.members:
        check_outside(member, home)
    return found


def _named_in(text: str, *, clock: Clock) -> Witnesses:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{NAME} cannot be read as TOML ({error}); correct it.") from error
    with Section(document, where=NAME) as top:
        schema_one(top)
        quorum = top.integer("quorum")
        members = tuple(_member(part, clock=clock) for part in top.sections("witness"))
    if len({member.name for member in members}) < len(members):
        raise BadInput(f"{NAME} names a witness twice; each counts once, so give each its own name and key.")
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
