"""What goes over the desk: what an act stores, and what a read hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from peelian.domain.canonical import Document
from peelian.governance.stated import Stated, Suspicion


@dataclass(frozen=True)
class NewTable:
    """A table an act stores: its data kind and the label (a month, a forecast) it is filed under."""

    kind: str
    label: str
    table: pa.Table


@dataclass(frozen=True)
class NewRecord:
    """A decision or report an act stores; `subject` is what it is about.

    Of a kind whose card says `sealed`, `subject` is the id of a registered subject, under whose key the desk seals
    the body, and `stated` is how sure the record is. `suspicion` is why this person is suspected, where the card asks.
    """

    record_id: str
    kind: str
    subject: str
    body: Document
    stated: Stated | None = None
    suspicion: str | None = None


@dataclass(frozen=True)
class NewRejection:
    """A row an act keeps without accepting it; the desk seals its content, which may be personal."""

    row_number: int
    reason: str
    content: str


@dataclass(frozen=True)
class Kept:
    """A stored record as the desk hands it out, with the entry it stands on.

    `stated` and `suspicion` are given for sealed records, whose body was opened. `restricted`: what is kept on the
    person stays, and is shown for evidence, to the person or to those who oversee, and for nothing else.
    """

    record_id: str
    kind: str
    subject: str
    body: Mapping[str, Any]
    entry_index: int
    written: datetime
    stated: Stated | None = None
    suspicion: Suspicion | None = None
    restricted: bool = False
