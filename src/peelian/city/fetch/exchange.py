"""One question to a publisher and one answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx

from peelian.city.fetch.reach import bare
from peelian.city.fetch.wait import Patience
from peelian.domain.errors import BadInput
from peelian.domain.time import Clock


@dataclass(frozen=True)
class Request:
    """One question.

    Parameters
    ----------
    query, headers : pairs; `form` None asks by GET, else the pairs are sent by POST.
    telling : statuses that are an answer when they come twice, although they usually mean "ask again".
    """

    address: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] | None = None
    telling: frozenset[int] = frozenset()


class Again(Exception):
    """What came is of no use, but asking again may help; `wait_s` is the publisher's wish."""

    def __init__(self, reason: str, *, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Answer:
    """An answer whose body has not been read yet; `sha256` is that of the body once it was read whole."""

    def __init__(self, response: httpx.Response, *, patience: Patience, clock: Clock) -> None:
        self.status = response.status_code
        self.address = bare(response.url)
        self.sha256 = ""
        self._response = response
        self._patience = patience
        self._clock = clock

    def header(self, name: str) -> str | None:
        """Return a header."""
        value: str | None = self._response.headers.get(name)
        return value

    def chunks(self, *, most: int) -> Iterator[bytes]:
        """Yield the body; one that is longer than `most` bytes or takes too long is refused on the way."""
        until, read = self._clock.now() + timedelta(seconds=self._patience.answer_s), 0
        for chunk in self._response.iter_bytes():
            read += len(chunk)
            if read > most:
                raise BadInput(
                    f"{self.address} sent more than the {most:,} bytes that one answer may have; ask for smaller "
                    "pages in the mapping, or raise the limit."
                )
            if self._clock.now() > until:
                raise Again(f"the answer took longer than {self._patience.answer_s:,.0f} s")
            yield chunk

    def body(self) -> bytes:
        """Return the whole body."""
        body = b"".join(self.chunks(most=self._patience.body_bytes))
        self.sha256 = hashlib.sha256(body).hexdigest()
        return body

    def refusal(self, said: str = "", *, status: int | None = None) -> BadInput:
        """Return the sentence for a status that asking again does not cure.

        `said`: the publisher's own words; `status`: where it stands inside the answer.
        """
        status = status or self.status
        words = f" ({' '.join(said.split())[:200]})" if said else ""
        remedy = {
            401: "it wants a token, or does not know the one it was given",
            403: "it refuses the request: a token may be wanted, or the address blocked",
            404: "nothing is there: the publisher moved or withdrew it",
        }.get(status, "the publisher does not understand the request or changed its service")
        return BadInput(f"{self.address} answered HTTP {status}{words}; {remedy}.")
