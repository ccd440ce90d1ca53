"""Writing what a database answered into the inbox, as one file that is read like any delivery."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from peelian.city.feed.asking import Asking, Row
from peelian.city.feed.inbox import Inbox, batch_name


def put_batch(asking: Asking, rows: Sequence[Row], inbox: Inbox) -> Path:
    """Lay the rows in the inbox as one file, durably, and return where it lies."""
    content = _csv(asking.columns, rows)
    name = batch_name(source=asking.source, at=asking.now, digest=sha256(content).hexdigest())
    return inbox.put(name, content)


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(row.words for row in rows)
    return text.getvalue().encode()
