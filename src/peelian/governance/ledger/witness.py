"""The witness as a process of its own, and the ledger's way to ask it.

    python -m peelian.governance.ledger.witness --home DIR --log VKEY [--name NAME] [--simulated-time ISO]

reads a C2SP tlog-witness add-checkpoint request on standard input and writes the cosignature line on standard
output. A refusal exits with 1 and a sentence on standard error; where the witness only remembers another
size, standard output holds that size, as a network witness would answer with status 409; a head that does not
continue the one it remembers exits with 3, as status 422.

A witness on the operator's machine keeps an honest operator honest about mistakes, restored backups and
edited files. Against the operator itself, run it where the operator cannot reach its key.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.domain.time import Clock, SimulatedClock, SystemClock, iso
from peelian.governance.ledger.cosigner import Conflict, Cosigner, Request, check_time_is_shown
from peelian.governance.ledger.note import proving
from peelian.governance.ledger.verify import Unproven, Vkey
from peelian.governance.ledger.witnesses import NotCosigned, OtherHistory

MODULE = "peelian.governance.ledger.witness"
DEFAULT_NAME = "peelian.local/witness"
PATIENCE_SECONDS = 60
OTHER_HISTORY = 3
_VKEYS: dict[tuple[Path, str], Vkey] = {}


@dataclass(frozen=True)
class WitnessProcess:
    """How a ledger reaches a witness on this machine.

    Parameters
    ----------
    home : the witness's own folder, outside the workspace.
    name : its key name; with a simulated clock it must contain "simulated".
    simulated : the simulated clock of demonstrations and tests; None means the witness's own real time.
    key : the verifier key it is held to; without one, what it says of itself.
    """

    home: Path
    name: str = DEFAULT_NAME
    simulated: SimulatedClock | None = None
    key: Vkey | None = None

    def held_to(self, key: Vkey | None) -> WitnessProcess:
        """Return it held to this key: it is not asked for its own."""
        return self if key is None else replace(self, key=key)

    def vkey(self) -> Vkey:
        """Return the key it is held to, else as the witness itself prints it; it is asked once per process."""
        if self.key is not None:
            return self.key
        known = (self.home, self.name)
        if known not in _VKEYS:
            with proving():
                _VKEYS[known] = Vkey.parse(self._run(["--print-vkey"], b"").stdout.decode())
        return _VKEYS[known]

    def ask(self, request: Request, *, log: Vkey) -> str:
        """Return the cosignature line for a request, in the witness's own process."""
        return self._run(["--log", str(log)], request.body()).stdout.decode()

    def _run(self, arguments: list[str], body: bytes) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-P", "-m", MODULE, "--home", str(self.home), "--name", self.name]
        if self.simulated is not None:
            command += ["--simulated-time", iso(self.simulated.now())]
        try:
            answer = subprocess.run(
                [*command, *arguments], input=body, capture_output=True, timeout=PATIENCE_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise NotCosigned(f"The witness {self.name} could not be asked: {problem}.") from problem
        if answer.returncode:
            raise _refusal(answer)
        return answer


def _refusal(answer: subprocess.CompletedProcess[bytes]) -> PeelianError:
    sentence = answer.stderr.decode(errors="replace").strip() or "The witness gave no answer."
    if answer.returncode == OTHER_HISTORY:
        return OtherHistory(sentence)
    size = answer.stdout.strip()
    return Conflict(sentence, size=int(size)) if size.isdigit() else NotCosigned(sentence)


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one request; 0 if it was cosigned, else 1 or 3 with a sentence."""
    options = _options().parse_args(arguments)
    try:
        print(_answer(options), end="", flush=True)
    except Conflict as conflict:
        print(conflict.size)
        print(conflict, file=sys.stderr)
        return 1
    except (PeelianError, Unproven) as problem:
        print(problem, file=sys.stderr)
        return OTHER_HISTORY if type(problem) is Tampered else 1
    return 0


def _answer(options: argparse.Namespace) -> str:
    logs = tuple(Vkey.parse(text) for text in options.log)
    check_time_is_shown(
        options.name, simulated=options.simulated_time is not None
    )  # before a home gets its name
    cosigner = Cosigner(options.home, options.name, logs, _clock(options.simulated_time))
    if options.print_vkey:
        return f"{cosigner.vkey}\n"
    return cosigner.add_checkpoint(sys.stdin.buffer.read())


def _clock(simulated_time: str | None) -> Clock:
    if simulated_time is None:
        return SystemClock()
    try:
        return SimulatedClock(datetime.fromisoformat(simulated_time))
    except ValueError:
        raise BadInput(f"The simulated time {simulated_time} is not an ISO 8601 instant.") from None


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}")
    parser.add_argument("--home", type=Path, required=True, help="the witness's own folder")
    parser.add_argument("--log", action="append", default=[], metavar="VKEY", help="a log it knows")
    parser.add_argument("--name", default=DEFAULT_NAME, help="its key name")
    parser.add_argument("--simulated-time", metavar="ISO", help="for demonstrations; shows in the name")
    parser.add_argument(
        "--print-vkey", action="store_true", help="print its verifier key and do nothing else"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
