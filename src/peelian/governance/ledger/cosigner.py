"""What a witness does: cosign a log's head if, and only if, it continues the last head it saw.

The request and answer are those of C2SP tlog-witness `add-checkpoint`, byte for byte, so that a witness on
another machine can take the local one's place. The home folder holds `witness.pem`, `name`, and per log
`heads/<sha256 of origin>.txt`, the last cosigned checkpoint: all a witness needs to remember.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.domain.time import Clock
from peelian.governance.ledger.note import (
    cosign,
    load_or_create_key,
    proving,
    witness_vkey,
    write_durably,
)
from peelian.governance.ledger.verify import (
    EMPTY_ROOT,
    MAX_PATH,
    Checkpoint,
    Note,
    Unproven,
    Vkey,
    WitnessedHead,
    decimal,
    open_checkpoint,
    open_witnessed,
    unbase64,
    verify_consistency,
)

SIMULATED = "simulated"


class UnknownLog(BadInput):
    """The witness was not told the key of this log."""


class Unsigned(Tampered):
    """The checkpoint does not bear a genuine signature of the log it names."""


class Conflict(PeelianError):
    """The log starts from another size than the witness remembers; `size` is the one it remembers."""

    def __init__(self, sentence: str, *, size: int) -> None:
        super().__init__(sentence)
        self.size = size


@dataclass(frozen=True)
class Request:
    """An add-checkpoint request: from which size, the consistency proof, the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """Read `old N`, proof lines, an empty line and the checkpoint."""
        try:
            head, gap, note = body.decode().partition("\n\n")
            first, *lines = head.split("\n")
            word, _, size = first.partition(" ")
            request = cls(decimal(size, "old size"), tuple(unbase64(line, "proof") for line in lines), note)
        except (UnicodeDecodeError, Unproven):
            word = ""
        if word != "old" or not gap or len(lines) > MAX_PATH:
            raise BadInput("The request to the witness is not 'old N', base64 lines and a checkpoint.")
        return request

    def body(self) -> bytes:
        """Return the bytes a witness is sent."""
        lines = "".join(base64.b64encode(node).decode() + "\n" for node in self.proof)
        return f"old {self.old}\n{lines}\n{self.note}".encode()


@dataclass(frozen=True)
class Cosigner:
    """A witness at home.

    Parameters
    ----------
    home : its own folder, outside any workspace.
    name : its key name; fixed when the home is first used. A witness whose time is simulated has the word
        "simulated" in its name, and only such a one, so that every cosignature shows it.
    logs : the logs it knows.
    clock : its own time, aware UTC.
    """

    home: Path
    name: str
    logs: tuple[Vkey, ...]
    clock: Clock

    @property
    def key(self) -> Ed25519PrivateKey:
        """Return the witness's key, made when the home is first used."""
        self._settle_in()
        return load_or_create_key(self.home / "witness.pem")

    @property
    def vkey(self) -> Vkey:
        """Return the verifier key that logs and auditors need."""
        return witness_vkey(self.name, self.key)

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature line for a request; what was cosigned is durable before it is returned.

        Raises `BadInput` for what is no request, `UnknownLog`, `Unsigned`; `Conflict` where the log starts from
        another size than the last one cosigned; `Tampered` where the new head does not continue that one;
        `PeelianError` where the witness's own clock has gone back.
        """
        request = Request.parse(body)
        log = self._known(request.note)
        with proving():
            head = open_checkpoint(request.note, log=log)
        if request.old > head.size:
            raise BadInput(
                f"The request goes from {request.old} entries to {head.size}: entries are missing."
            )
        with self._alone():
            last = self._last(log)
            _check(request, head, last)
            timestamp = self._timestamp(last)
            text = Note.parse(request.note).text
            line = cosign(text, name=self.name, key=self.key, timestamp=timestamp)
            remembered = f"{request.note}{line}"
            with proving():  # never remember what could not be read back
                open_witnessed(remembered, log=log, witness=self.vkey)
            write_durably(self._file(log), remembered.encode(), replace=True)
        return line

    def checkpoint(self, origin_hash: str) -> str | None:
        """Return the last checkpoint cosigned for the log whose origin has this SHA-256, if there is one."""
        file = next((self._file(log) for log in self.logs if _hashed(log) == origin_hash), None)
        return file.read_bytes().decode() if file is not None and file.is_file() else None

    def _known(self, text: str) -> Vkey:
        """Return the key of the log that the checkpoint names, if its signature is genuine."""
        try:
            note = Note.parse(text)
        except Unproven as problem:
            raise BadInput(f"The request to the witness holds no signed checkpoint. {problem}") from None
        origin = note.text.partition("\n")[0]
        log = next((log for log in self.logs if log.name == origin), None)
        if log is None:
            raise UnknownLog(
                f"The witness {self.name} does not know the log {origin}; tell it the log's key."
            )
        try:
            for signature in note.by(log):
                log.check(signature, note.text.encode())
        except Unproven as problem:
            raise Unsigned(str(problem)) from None
        return log

    def _last(self, log: Vkey) -> WitnessedHead | None:
        file = self._file(log)
        if not file.exists():
            return None
        with proving():
            return open_witnessed(file.read_bytes().decode(), log=log, witness=self.vkey)

    def _timestamp(self, last: WitnessedHead | None) -> int:
        now = self.clock.now()
        if last and int(now.timestamp()) < last.time.timestamp():
            raise PeelianError(
                f"The clock of the witness {self.name} says {now:%FT%TZ}, before its last cosignature of "
                f"{last.time:%FT%TZ}; it signs nothing until the clock is right again."
            )
        return int(now.timestamp())

    def _file(self, log: Vkey) -> Path:
        return self.home / "heads" / f"{_hashed(log)}.txt"

    def _settle_in(self) -> None:
        (self.home / "heads").mkdir(parents=True, exist_ok=True, mode=0o700)
        plate = self.home / "name"
        if not plate.exists():
            write_durably(plate, self.name.encode(), replace=True)
        name = plate.read_text(encoding="utf-8")
        if name != self.name:
            raise BadInput(f"The witness in {self.home} is called {name}, not {self.name}; use its own name.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one request at a time compare and replace the remembered head (tlog-witness, last paragraph)."""
        self._settle_in()
        with (self.home / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _hashed(log: Vkey) -> str:
    return hashlib.sha256(log.name.encode()).hexdigest()


def check_time_is_shown(name: str, *, simulated: bool) -> None:
    """Refuse a witness whose name does not say truly whether its time is simulated."""
    if (SIMULATED in name) != simulated:
        truth = "is simulated" if simulated else "is real"
        raise BadInput(
            f"The time of the witness {name} {truth}, and its name must say so: "
            f"the word '{SIMULATED}' belongs in it if and only if its time is."
        )


def _check(request: Request, head: Checkpoint, last: WitnessedHead | None) -> None:
    """Refuse anything but growth from the last head seen."""
    size, root = (last.size, last.root) if last else (0, EMPTY_ROOT)
    if request.old != size:
        raise Conflict(
            f"The log {head.origin} starts from {request.old} entries, but this witness last saw {size}; "
            f"prove growth from {size}.",
            size=size,
        )
    if size == 0:
        if request.proof:
            raise Tampered("Nothing needs to be proven from an empty log, yet a proof was sent.")
        return
    with proving():
        verify_consistency(old=size, new=head.size, old_root=root, new_root=head.root, proof=request.proof)
