"""Asks a witness on another machine to cosign (C2SP tlog-witness, the client's half).

Its address and its key come from its operator, by another way than the network: `witnesses.toml` keeps both. What is
sent is public to begin with, and what comes back counts only with that key, so that plain HTTP endangers nothing but
the answer itself.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from peelian.domain.errors import BadInput
from peelian.governance.ledger.cosigner import Conflict, Request
from peelian.governance.ledger.verify import Vkey
from peelian.governance.ledger.witnesses import NotCosigned, OtherHistory

PATIENCE_S = 10.0
LARGEST_ANSWER_BYTES = 16_384
SAID_CHARACTERS = 200


@dataclass(frozen=True)
class NetworkWitness:
    """A witness at an address.

    Parameters
    ----------
    address : its submission prefix, for instance https://witness.example/police
    key : its verifier key, as its operator told it.
    patience_s : how long it may take to answer, in seconds.
    """

    address: str
    key: Vkey
    patience_s: float = PATIENCE_S

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BadInput(
                f"The witness's address {self.address!r} is not like https://witness.example/prefix; correct it."
            )

    @property
    def name(self) -> str:
        """Return its key name."""
        return self.key.name

    def vkey(self) -> Vkey:
        """Return its verifier key."""
        return self.key

    def held_to(self, key: Vkey | None) -> NetworkWitness:
        """Return it as it is: its key was told with its address, and nothing else is taken for it."""
        return self

    def ask(self, request: Request, *, log: Vkey) -> str:
        """Return its answer to an add-checkpoint request; how it refuses is told apart by the status."""
        try:
            status, answer = self._post(request.body())
        except (OSError, http.client.HTTPException) as problem:
            why = str(problem) or type(problem).__name__
            raise NotCosigned(f"The witness {self.name} could not be reached: {why}.") from problem
        if status == http.client.OK:
            return answer
        said = " ".join(answer.split())[:SAID_CHARACTERS]
        if status == http.client.CONFLICT and said.isascii() and said.isdigit():
            raise Conflict(f"The witness {self.name} remembers another size.", size=int(said))
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise OtherHistory(f"The witness {self.name} knows another history of this ledger: {said}")
        raise NotCosigned(f"The witness {self.name} did not cosign (status {status}): {said}")

    def _post(self, body: bytes) -> tuple[int, str]:
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        line = (
            http.client.HTTPSConnection(host, parts.port, timeout=self.patience_s)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=self.patience_s)
        )
        try:
            line.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body=body)
            response = line.getresponse()
            return response.status, response.read(LARGEST_ANSWER_BYTES).decode(errors="replace")
        finally:
            line.close()
