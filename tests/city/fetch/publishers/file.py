"""A web server with one file: versions, ranges, conditions (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Callable

from peelian.city.mapping.fetch_spec import FileFetch
from tests.city.fetch.publishers.office import PERSON, Asked, Office, Reply


class CsvFile(Office):
    columns = ("id", "date", "lon", "lat", "offence")
    offence = "offence"
    counts = False
    typed = False
    ranges = True
    content: bytes | None = None
    extra: dict[str, str]

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.extra = {}

    def spec(self) -> FileFetch:
        return FileFetch(
            address=f"{self.address}/crimes.csv", format="csv", page_bytes=-(-len(self.text()) // 3) + 30,
            requests_per_second=100,
        )  # fmt: skip

    def expected(self) -> list[tuple[str | None, ...]]:
        return [(str(r.number), r.when, r.lon, r.lat, r.offence) for r in self.rows]

    def text(self) -> bytes:
        if self.content is not None:
            return self.content
        header = f'id,date,victim,lon,lat,"{self.offence_now}"'
        rows = (
            f'{r.number},{r.when},"{PERSON},\n""{r.number}""",{r.lon},{r.lat},{r.offence or ""}'
            for r in self.rows
        )
        return "\r\n".join([header, *rows, ""]).encode()

    def rename(self) -> None:
        super().rename()
        self.version += 1

    def is_page(self, asked: Asked) -> bool:
        return asked.headers.get("range") != "bytes=0-0"

    def place(self, asked: Asked) -> str:
        return asked.headers.get("range", "")

    def answer(self, asked: Asked) -> Reply:
        etag, headers = f'"v{self.version}"', {"ETag": f'"v{self.version}"', **self.extra}
        if asked.headers.get("if-none-match") == etag:
            return Reply(304, headers=headers)
        body = self.text()
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
        stale = asked.headers.get("if-range", etag) != etag
        if wanted is None or not self.ranges or stale:
            return Reply(200, body, headers)
        first, last = int(wanted[1]), min(int(wanted[2]), len(body) - 1)
        if first >= len(body):
            return Reply(416, headers={**headers, "Content-Range": f"bytes */{len(body)}"})
        span = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
        return Reply(206, body[first : last + 1], headers | span)


class RangelessFile(CsvFile):
    """A server that sends the whole file whatever range is asked for."""

    ranges = False


def whole(office: Office, asked: Asked, _true: Callable[[], Reply]) -> Reply:
    """The file from its first byte, although a later part was asked for."""
    assert isinstance(office, CsvFile)
    return Reply(200, office.text(), {"ETag": f'"v{office.version}"'})
