"""How this room's rows are named for an erasure: stored ones by their hashed key, rejected ones by their text."""

from __future__ import annotations

import json
import re
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
    key_columns : columns of the published file whose texts make up the key, one or those it is combined from;
        none where the source has no keys, and then rejected rows cannot be told apart and are left to their
        short term.
    naming_key : the deployment's secret for naming.
    """

    kind: str
    source: str
    key_columns: tuple[str, ...]
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
        if facts.get("source") != self.source or not self.key_columns:
            return None
        published = json.loads(content)
        key = joined([published.get(column) for column in self.key_columns])
        if key is None:
            return None
        return names_of_keys([key], source=self.source, kind=self.kind, key=self.naming_key)[0]


def joined(words: Sequence[str | None]) -> str | None:
    """Return the key that published words make up, as a load combines them (`city.intake.combine`)."""
    if words[0] is None or len(words) == 1:
        return words[0]
    return re.sub(" +", " ", " ".join(word for word in words if word is not None))
