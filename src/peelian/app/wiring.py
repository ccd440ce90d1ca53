"""Where commands get an open house from: which workspace, which clock, which witness."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from peelian.app.places import feeds_home, fetch_home
from peelian.app.witnesses_file import read_witnesses
from peelian.domain.errors import BadInput, PeelianError
from peelian.domain.time import Clock, SystemClock
from peelian.governance.charter import Charter, read_charter, template
from peelian.governance.conduct.witness_set import approve_witnesses, propose_witnesses, settle_witnesses
from peelian.governance.house import EMBEDDED, House, create_workspace, open_house
from peelian.governance.keeping.sweep import enter_discarded
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Role, Signer
from peelian.governance.register import installed_register
from peelian.governance.service import charters_in_force, enrol


@contextmanager
def house(home: Path, *, clock: Clock | None = None, inbox: Path | None = None) -> Iterator[House]:
    """Open the workspace at `home`, with its witness next door and the machine's clock unless told otherwise.

    PEELIAN_ENGINE chooses what computes over stored tables. What a fetch left long ago is let go of first, and what is
    over of what lies unread in the inboxes of its feeds; but `inbox`, which the caller sees to and tells of.
    """
    engine, clock = os.environ.get("PEELIAN_ENGINE", EMBEDDED), clock or SystemClock()
    reading = partial(read_witnesses, home=home, clock=clock)
    with open_house(home, witness_home=None, clock=clock, engine=engine, read_witnesses=reading) as opened:
        for sentence in opened.said:
            print(sentence, file=sys.stderr)
        if (staging := fetch_home(home)).is_dir():
            from peelian.city.fetch.service import let_go_of_old  # noqa: PLC0415  # only a house that fetches pays

            let_go_of_old(staging, now=clock.now())
        if (feeds := feeds_home(home)).is_dir():
            _let_go_of_unread(opened, feeds, but=inbox)
        yield opened


def _let_go_of_unread(opened: House, feeds: Path, *, but: Path | None) -> None:
    from peelian.city.feed.service import REJECTED, let_go_of_unread  # noqa: PLC0415  # only a house that is fed pays

    given = (dict(charter.retention).get(REJECTED) for charter in charters_in_force(opened.kit))
    let_go_of_unread(
        feeds,
        but=but,
        now=opened.kit.clock.now(),
        days=min((days for days in given if days is not None), default=None),
        enter=partial(enter_discarded, opened.kit),
        naming_key=opened.naming_key,
    )


def create(
    home: Path,
    *,
    name: str,
    zone: str,
    epsg: int,
    cell_m: float,
    admin: str,
    clock: Clock | None = None,
    synthetic: bool = False,
) -> Signer:
    """Make a workspace and enrol its first administrator, whose key will lie in `keys/`."""
    create_workspace(home, name=name, zone=zone, epsg=epsg, cell_m=cell_m, synthetic=synthetic)
    clock = clock or SystemClock()
    with house(home, clock=clock) as opened:
        keys = opened.folder("keys")
        first = enrol(
            opened.kit, actor=None, name=admin, roles=[Role.ADMINISTRATOR], keys=keys, demo=synthetic
        )
        settle_witnesses(opened.kit, read=partial(read_witnesses, home=home, clock=clock))
    return first


def propose_set(opened: House, *, actor: Signer, file: Path) -> Entry:
    """Put forward that a house have the witnesses of this file."""
    reading = partial(read_witnesses, home=opened.workspace.home, clock=opened.kit.clock)
    return propose_witnesses(opened.kit, actor=actor, text=text_of(file), read=reading)


def approve_set(opened: House, *, actor: Signer) -> Entry:
    """Change the witnesses as the second person; those that go are shown the change, where they can be asked."""
    entry = approve_witnesses(opened.kit, actor=actor)
    try:
        opened.cosign()
    except PeelianError as problem:  # what was changed stands; why they did not see it is said
        print(problem, file=sys.stderr)
    return entry


def charter_template() -> str:
    """Return the charter file a person fills in."""
    return template()


def charter_from(path: Path) -> Charter:
    """Read a charter file strictly, without submitting it."""
    return read_charter(text_of(path), register=installed_register())


def text_of(path: Path) -> str:
    """Return a text file's content, or say why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again."
        ) from error
