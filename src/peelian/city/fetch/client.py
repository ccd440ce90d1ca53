"""The one way of the house to ask the network: patient, slow enough, suspicious, and silent about secrets."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import httpx
import numpy as np

from peelian import __version__
from peelian.city.fetch.cells import Number
from peelian.city.fetch.exchange import Again, Answer, Request
from peelian.city.fetch.reach import Reach, bare, check_peer, reach_of, redirected
from peelian.city.fetch.wait import Patience, backoff_s, retry_after_s
from peelian.domain.errors import BadInput, PeelianError
from peelian.domain.time import Clock

PASSING = frozenset({202, 408, 425, 429, 500, 502, 503, 504})
"""Statuses that asking again may cure; 202 is Socrata's "still working on it" (dev.socrata.com, response codes)."""

MOST_REDIRECTS = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Secret:
    """A token that goes into one header of requests to the spec's own host, and nowhere else.

    It is the header's whole value: for ArcGIS, and for most files, `Bearer ` stands before the token.
    """

    value: str = field(repr=False)


@dataclass(frozen=True)
class Client:
    """How to ask: handed in by whoever fetches.

    Parameters
    ----------
    sleep : waits for so many seconds (`time.sleep`; tests pass one that moves the clock).
    secret : the caller's token for this publisher, where it wants one.
    """

    clock: Clock
    rng: np.random.Generator
    sleep: Callable[[float], None]
    secret: Secret | None = None
    patience: Patience = field(default_factory=Patience)


class Line:
    """An open line to one publisher."""

    def __init__(
        self, http: httpx.Client, *, client: Client, start: str, per_second: float, secret_header: str
    ) -> None:
        self.clock = client.clock
        self._http = http
        self._client = client
        self._start = httpx.URL(start)
        self._secret_header = secret_header
        self._own: Reach | None = None
        self._gap = timedelta(seconds=1 / per_second)
        self._next = client.clock.now()
        self._notes: list[str] = []

    def notes(self) -> tuple[str, ...]:
        """Return what was out of the ordinary since this was last asked."""
        said, self._notes = tuple(self._notes), []
        return said

    def ask(self, request: Request, *, read: Callable[[Answer], T]) -> T:
        """Return what `read` makes of the answer, asking again while it may help.

        `read` sees every answer that is not for asking again, whatever its status, and may raise `Again`.
        """
        patience = self._client.patience
        for attempt in range(1, patience.attempts + 1):
            try:
                with self._sent(request) as response:
                    answer = Answer(response, patience=patience, clock=self.clock)
                    if answer.status in PASSING and not (answer.status in request.telling and attempt > 1):
                        wait_s = retry_after_s(answer.header("Retry-After"), now=self.clock.now())
                        raise Again(f"HTTP {answer.status}", wait_s=wait_s)
                    return read(answer)
            except httpx.RequestError as error:
                last = Again(f"{type(error).__name__}: {error}".rstrip(": "))
            except Again as again:
                last = again
            self._notes.append(f"asked again after {last}")
            if attempt < patience.attempts:
                self._wait(last, attempt=attempt)
        raise PeelianError(
            f"{self._start.host} could not be fetched from: {patience.attempts} attempts ended in {last}; what is "
            "already in is kept, so fetch again later and it goes on from there."
        )

    def document(self, request: Request, *, judge: Callable[[Answer, Any], T]) -> T:
        """Return what `judge` makes of the JSON in the answer; numbers stay the text they were sent as.

        An error answer need not be JSON: `judge` is then given None.
        """

        def read(answer: Answer) -> T:
            body = answer.body()
            try:
                parsed = json.loads(body, parse_float=Number, parse_int=Number, parse_constant=Number)
            except (ValueError, RecursionError):
                if answer.status < 400:
                    raise Again("a body that is no JSON, or only the beginning of one") from None
                parsed = None
            try:
                return judge(answer, parsed)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise BadInput(
                    f"{answer.address} sent an answer of another shape than its interface documents "
                    f"({type(error).__name__}: {error}); the publisher changed it, or the mapping names another kind."
                ) from error

        return self.ask(request, read=read)

    def rest(self, attempt: int) -> None:
        """Wait as after failed attempt number `attempt`: for answers whose fault only their reader can see."""
        self._client.sleep(backoff_s(attempt, patience=self._client.patience, rng=self._client.rng))

    def _wait(self, again: Again, *, attempt: int) -> None:
        patience = self._client.patience
        wish = again.wait_s or 0.0
        if wish > patience.retry_after_s:
            raise PeelianError(
                f"{self._start.host} asks to be left alone for {wish:,.0f} s, and a fetch waits at most "
                f"{patience.retry_after_s:,.0f} s; what is already in is kept, so fetch again after that."
            )
        self._client.sleep(max(wish, backoff_s(attempt, patience=patience, rng=self._client.rng)))

    @contextmanager
    def _sent(self, request: Request) -> Iterator[httpx.Response]:
        """Send the request at its time, through at most a few redirects, and yield the answer's head."""
        url = httpx.URL(request.address).copy_merge_params(request.query)
        for _ in range(MOST_REDIRECTS + 1):
            self._pace()
            response = self._http.send(self._built(request, url), stream=True)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                if request.form is not None:
                    raise BadInput(f"{bare(url)} redirects a POST; correct the address in the mapping.")
                url = redirected(response.headers["Location"], at=url, start=self._start)
            finally:
                response.close()
        raise BadInput(f"{self._start.host} redirects more than {MOST_REDIRECTS} times in a row; refused.")

    def _built(self, request: Request, url: httpx.URL) -> httpx.Request:
        headers = dict(request.headers)
        own = (url.scheme, url.host, url.port) == (self._start.scheme, self._start.host, self._start.port)
        if own and self._client.secret is not None:
            headers[self._secret_header] = self._client.secret.value
        return self._http.build_request(
            "GET" if request.form is None else "POST",
            url,
            headers=headers,
            data=None if request.form is None else dict(request.form),
            extensions={"trace": lambda event, info: self._connected(event, info, host=url.host, own=own)},
        )

    def _connected(self, event: str, info: dict[str, Any], *, host: str, own: bool) -> None:
        """Look at the address of a new connection before a byte is sent over it (httpcore's trace extension)."""
        if event != "connection.connect_tcp.complete":
            return
        stream = info["return_value"]
        peer = reach_of(stream.get_extra_info("server_addr")[0])
        try:
            check_peer(peer, own=None if own else self._own, host=host)
        except BadInput:
            stream.close()
            raise
        if own:
            self._own = peer

    def _pace(self) -> None:
        now = self.clock.now()
        if now < self._next:
            self._client.sleep(min(self._next - now, self._gap).total_seconds())
        self._next = self.clock.now() + self._gap


@contextmanager
def opened(client: Client, *, start: str, per_second: float, secret_header: str) -> Iterator[Line]:
    """Yield a line to the publisher at `start`, and hang up afterwards."""
    patience = client.patience
    # The environment's proxies and netrc are left out: what is asked, of whom, with which secret is said here.
    with httpx.Client(
        verify=_trusted(),
        timeout=httpx.Timeout(patience.read_s, connect=patience.connect_s),
        headers={"User-Agent": f"peelian/{__version__}"},
        trust_env=False,
        follow_redirects=False,
    ) as http:
        yield Line(http, client=client, start=start, per_second=per_second, secret_header=secret_header)


@cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities a publisher's certificate may come from; reading them takes longer than most answers."""
    return httpx.create_ssl_context(trust_env=False)
