"""Extracts: the only questions that can be put to stored tables.

A room declares its extracts in its card, for people to read, and as these values, for the desk to run;
the desk refuses an extract that the card does not show word for word.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from peelian.domain.errors import BadInput
from peelian.governance.register import Register
from peelian.storage.engine import Expression


@dataclass(frozen=True)
class Extract:
    """A named, versioned view of one data kind.

    Parameters
    ----------
    name, version : as in the room's card.
    kind : the data kind read.
    columns : what the extract may show, nothing else is handed out.
    schema : Arrow schema of the whole kind, so that an empty store answers with an empty table.
    prepare : expression applied before any row is chosen (for versioned kinds: only the newest version).
    charter_scope : whether rows are limited to the charter's offences and origins. Only figures about the
        data themselves and the recognition of rows already stored look wider.
    """

    name: str
    version: int
    kind: str
    columns: tuple[str, ...]
    schema: pa.Schema
    prepare: Expression | None = None
    charter_scope: bool = True

    def check_registered(self, register: Register) -> None:
        """Refuse an extract that asks for anything but what its card shows to the public."""
        declared = register.extract(self.name, version=self.version)
        if (declared.data_kind, tuple(declared.columns)) != (self.kind, self.columns):
            raise BadInput(
                f"The extract {declared} asks for {', '.join(self.columns)} of {self.kind}, but its card shows "
                f"{', '.join(declared.columns)} of {declared.data_kind}; bring the card and the code into line."
            )
