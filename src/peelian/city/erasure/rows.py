"""How this room's rows are named for an erasure: stored ones by their hashed key, rejected ones by their text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from peelian.city.erasure.names import names_of_keys, names_of_rows


@dataclass(frozen=True)
class CityRows:
    """Rows of incidents or calls of one source, as governance's `Erasable` wants them named.

    Parameters
    ----------
    kind : data kind, "incident" or "call".
    source : id of the mapping the rows came through.
    key_column : column of the published file that holds the key; None where the source has no keys, and then
        rejected rows cannot be told apart and are left to their short term.
    naming_key : the deployment's secret for naming.
    """

    kind: str
    source: str
    key_column: str | None
    naming_key: bytes = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what of a stored row is needed to name it."""
        return ("key_hmac",)

    def names(self, rows: pa.Table) -> Sequence[str]:
        """Return the erasure name of each stored row."""
        return names_of_rows(rows["key_hmac"], kind=self.kind, key=self.naming_key)

    def name_of_rejected(self, content: str, facts: Mapping[str, Any]) -> str | None:
        """Return the erasure name of a rejected row of this source, read from its sealed text."""
        if facts.get("source") != self.source or self.key_column is None:
            return None
        published = json.loads(content).get(self.key_column)
        if published is None:
            return None
        return names_of_keys([str(published)], source=self.source, kind=self.kind, key=self.naming_key)[0]
