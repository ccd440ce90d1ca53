"""The witness: it cosigns growth and nothing else, remembers before it answers, and shows simulated time."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.domain.time import SystemClock
from peelian.governance.ledger.cosigner import Conflict, Cosigner, Request
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import sign_checkpoint
from peelian.governance.ledger.verify import (
    EMPTY_ROOT,
    Checkpoint,
    Receipt,
    Vkey,
    open_witnessed,
    verify_receipt,
)
from peelian.governance.ledger.witness import MODULE, OTHER_HISTORY, WitnessProcess, main
from peelian.governance.ledger.witnesses import NotCosigned
from tests.ledger import begin


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "ledger.db"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "witness"


def request(log: Ledger, old: int) -> bytes:
    return Request(old, log.prove_consistency(old), log.checkpoint()).body()


# --- as a process


@pytest.mark.requirement("L09")
def test_a_process_with_another_key_cosigns_a_growing_log_and_gives_receipts(path: Path, home: Path) -> None:
    clock = begin.clock()
    process = WitnessProcess(home, name=begin.WITNESS, simulated=clock)
    with begin.ledger(path, time=clock) as log:
        log.append_all(begin.drafts(3))
        with pytest.raises(BadInput, match="No witness has seen entry 2 yet"):
            log.receipt(2)
        first = begin.cosign(log, process)
        assert (first.size, first.root, first.time) == (3, log.root(), begin.START)
        clock.advance(timedelta(hours=1))
        log.append_all(begin.drafts(4, start=3))
        second = begin.cosign(log, process)
        log.append(begin.draft(7))
        assert [head.note for head in log.heads()] == [first.note, second.note]
        newest = log.newest_witnessed()
        assert newest is not None
        assert (newest.note, newest.time) == (second.note, second.time)
        assert [log.witnessed_at(i, witness=process.vkey()) for i in (2, 3, 7)] == [
            first.time,
            second.time,
            None,
        ]
        (witness,) = log.witnesses()
        for index, earliest, size in ((2, False, 7), (2, True, 3), (6, True, 7)):
            receipt = Receipt.parse(log.receipt(index, earliest=earliest))
            leaf = log.entry(index).leaf_hash
            assert verify_receipt(receipt, leaf=leaf, log=log.vkey, witnesses=[witness]).size == size
        with pytest.raises(BadInput, match="No witness has seen entry 7 yet"):
            log.receipt(7)
        assert log.verify_all().witnessed == 2
    assert home not in path.parents
    assert sorted(file.name for file in home.iterdir()) == ["heads", "lock", "name", "witness.pem"]


class Run(Protocol):
    """Asks a witness once, as its command does."""

    def __call__(
        self, home: Path, *arguments: str, body: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]: ...


def in_a_process(home: Path, *arguments: str, body: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", MODULE, "--home", str(home), *arguments]
    return subprocess.run(command, input=body, capture_output=True, timeout=30, check=False)


def here(home: Path, *arguments: str, body: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        code = main(["--home", str(home), *arguments])
    return subprocess.CompletedProcess(arguments, code, out.getvalue().encode(), err.getvalue().encode())


@pytest.mark.parametrize("run", [in_a_process, here])
def test_the_command_speaks_the_bytes_of_a_network_witness(path: Path, home: Path, run: Run) -> None:
    name = "test.example/witness"
    with begin.ledger(path, time=SystemClock()) as log:
        log.append_all(begin.drafts(5))
        known = ("--name", name, "--log", str(log.vkey))
        done = run(home, *known, body=request(log, 0))
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode().startswith(f"— {name} ")
        assert done.stdout.count(b"\n") == 1
        stale = run(home, *known, body=request(log, 3))
        assert (stale.returncode, stale.stdout) == (1, b"5\n")  # as the body of status 409
        assert b"last saw 5" in stale.stderr
        unknown = run(home, "--name", name, body=request(log, 5))
        assert (unknown.returncode, unknown.stdout) == (1, b"")
        assert b"does not know the log" in unknown.stderr
        asked = run(home, "--name", name, "--print-vkey")
        assert (asked.returncode, asked.stderr) == (0, b"")
        assert re.fullmatch(rf"{name}\+[0-9a-f]{{8}}\+[A-Za-z0-9+/=]+\n", asked.stdout.decode())
        with begin.ledger(path.with_name("other.db"), time=SystemClock()) as fork:
            fork.append_all(begin.drafts(5, start=100))
            other = run(home, *known, body=request(fork, 5))
        assert (other.returncode, other.stdout) == (OTHER_HISTORY, b"")  # as status 422
        assert b"different histories" in other.stderr


@pytest.mark.parametrize("run", [in_a_process, here])
def test_the_command_takes_a_simulated_time_only_under_a_name_that_says_so(
    path: Path, home: Path, run: Run
) -> None:
    at = "2025-01-01T00:00:00Z"
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(5))
        known = ("--log", str(log.vkey), "--simulated-time")
        hidden = run(home, *known, at, body=request(log, 0))
        assert (hidden.returncode, hidden.stdout) == (1, b"")
        assert b"simulated" in hidden.stderr
        wrong = run(home, "--name", begin.WITNESS, *known, "noon", body=request(log, 0))
        assert wrong.returncode == 1
        assert wrong.stderr == b"The simulated time noon is not an ISO 8601 instant.\n"
        assert not home.exists()
        shown = run(home, "--name", begin.WITNESS, *known, at, body=request(log, 0))
        key = Vkey.parse(run(home, "--name", begin.WITNESS, *known, at, "--print-vkey").stdout.decode())
        head = open_witnessed(log.checkpoint() + shown.stdout.decode(), log=log.vkey, witness=key)
        assert head.time == datetime(2025, 1, 1, tzinfo=UTC)


def test_a_witness_without_a_name_has_one_of_this_machine(home: Path) -> None:
    assert here(home, "--print-vkey").stdout.startswith(b"peelian.local/witness+")


def test_an_answer_lost_after_the_witness_remembered_is_simply_asked_for_again(
    path: Path, home: Path
) -> None:
    clock = begin.clock()
    process = WitnessProcess(home, name=begin.WITNESS, simulated=clock)
    with begin.ledger(path, time=clock) as log:
        log.append_all(begin.drafts(4))
        known = ["--name", begin.WITNESS, "--log", str(log.vkey), "--simulated-time", "2025-03-01T06:00:00Z"]
        reader, writer = os.pipe()
        os.close(reader)  # nobody will ever hear the answer
        with subprocess.Popen(
            [sys.executable, "-m", MODULE, "--home", str(home), *known],
            stdin=subprocess.PIPE,
            stdout=writer,
            stderr=subprocess.PIPE,
        ) as deaf:
            os.close(writer)
            deaf.communicate(request(log, 0), timeout=30)
        assert deaf.returncode != 0
        assert len(list((home / "heads").iterdir())) == 1  # it has remembered
        assert log.heads() == ()
        clock.advance(timedelta(minutes=1))
        assert begin.cosign(log, process).size == 4
        log.append(begin.draft(4))
        assert begin.cosign(log, process).size == 5


@pytest.mark.requirement("S07")
def test_a_restored_old_copy_is_noticed_by_the_process(path: Path, home: Path) -> None:
    clock = begin.clock()
    process = WitnessProcess(home, name=begin.WITNESS, simulated=clock)
    with begin.ledger(path, time=clock) as log:
        log.append_all(begin.drafts(3))
        begin.cosign(log, process)
    shutil.copy(path, path.with_suffix(".old"))
    with begin.ledger(path, time=clock) as log:
        log.append_all(begin.drafts(3, start=3))
        begin.cosign(log, process)
    shutil.copy(path.with_suffix(".old"), path)
    with begin.ledger(path, time=clock) as log:
        log.verify_all()  # the copy is sound in itself
        with pytest.raises(Tampered, match="has seen 6 entries, but the ledger holds 3"):
            begin.cosign(log, process)
        log.append_all(begin.drafts(5, start=50))
        with pytest.raises(NotCosigned, match="history was changed"):
            begin.cosign(log, process)


# --- what it refuses


def test_it_refuses_another_history_of_the_same_or_a_larger_size(path: Path, home: Path) -> None:
    with begin.ledger(path) as log, begin.ledger(path.with_name("other.db")) as fork:
        log.append_all(begin.drafts(6))
        witness = begin.witness(home, log)
        begin.cosigned(log, witness)
        fork.append_all(begin.drafts(6, start=100))
        with pytest.raises(Tampered, match="different histories"):
            witness.add_checkpoint(request(fork, 6))
        fork.append_all(begin.drafts(3))
        with pytest.raises(Tampered, match="history was changed"):
            witness.add_checkpoint(request(fork, 6))
        log.append(begin.draft(6))
        assert begin.cosigned(log, witness).size == 7  # and goes on serving the log it knows


def test_it_refuses_a_shrunken_log_and_a_stale_old_size(path: Path, home: Path) -> None:
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(4))
        small = log.checkpoint()
        log.append_all(begin.drafts(4))
        witness = begin.witness(home, log)
        begin.cosigned(log, witness)
        with pytest.raises(BadInput, match="entries are missing"):
            witness.add_checkpoint(Request(8, (), small).body())
        for old in (0, 4, 7):
            with pytest.raises(Conflict) as conflict:
                witness.add_checkpoint(Request(old, (), log.checkpoint()).body())
            assert conflict.value.size == 8


def test_it_refuses_a_head_the_log_did_not_sign(path: Path, home: Path) -> None:
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        witness = begin.witness(home, log)
        head = Checkpoint(begin.ORIGIN, 1, log.root())
        forged = sign_checkpoint(head, key=begin.key(9))
        with pytest.raises(Tampered, match="not signed by"):
            witness.add_checkpoint(Request(0, (), forged).body())
        changed = log.checkpoint().replace("\n1\n", "\n2\n")
        with pytest.raises(Tampered, match="not genuine"):
            witness.add_checkpoint(Request(0, (), changed).body())
        elsewhere = sign_checkpoint(Checkpoint("other.example", 1, log.root()), key=begin.key(1))
        with pytest.raises(BadInput, match=r"does not know the log other\.example"):
            witness.add_checkpoint(Request(0, (), elsewhere).body())


def test_it_refuses_a_proof_that_is_wrong_missing_or_not_asked_for(path: Path, home: Path) -> None:
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(5))
        witness = begin.witness(home, log)
        with pytest.raises(Tampered, match="Nothing needs to be proven"):
            witness.add_checkpoint(Request(0, (EMPTY_ROOT,), log.checkpoint()).body())
        begin.cosigned(log, witness)
        log.append_all(begin.drafts(5))
        for proof in ((), log.prove_consistency(4), log.prove_consistency(5)[:-1]):
            with pytest.raises(Tampered):
                witness.add_checkpoint(Request(5, proof, log.checkpoint()).body())
        assert begin.cosigned(log, witness).size == 10


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0",
        b"old 00\n\nx",
        b"old -1\n\nx",
        b"old x\n\nx",
        b"new 0\n\nx",
        b"old 0\n!\n\nx",
        b"old 1\n" + b"AA==\n" * 64 + b"\nx",
        b"\xff",
    ],
)
def test_a_request_that_is_none_is_refused_in_a_sentence(path: Path, home: Path, body: bytes) -> None:
    with begin.ledger(path) as log, pytest.raises(BadInput, match="'old N'"):
        begin.witness(home, log).add_checkpoint(body)


def test_it_never_remembers_what_it_could_not_read_back(path: Path, home: Path) -> None:
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        witness = begin.witness(home, log)
        note = log.checkpoint()
        crowded = note + (note.split("\n")[-2] + "\n") * 63  # the 64 lines a note may have, and none left
        with pytest.raises(Tampered, match="signature lines"):
            witness.add_checkpoint(Request(0, (), crowded).body())
        assert begin.cosigned(log, witness).size == 1


def test_its_time_never_goes_back_and_simulated_time_is_in_its_name(path: Path, home: Path) -> None:
    clock = begin.clock()
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        witness = begin.witness(home, log, time=clock)
        begin.cosigned(log, witness)
        clock.advance(timedelta(seconds=-1))
        with pytest.raises(PeelianError, match="signs nothing until the clock is right"):
            witness.add_checkpoint(request(log, 1))
        for name, simulated in (("a.example/w", clock), ("a.example/simulated", None)):
            with pytest.raises(NotCosigned, match="its name must say so"):
                begin.cosign(log, WitnessProcess(home.with_name("w2"), name=name, simulated=simulated))


def test_a_home_keeps_its_name_and_a_ledger_keeps_to_the_key_it_knows(path: Path, home: Path) -> None:
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        begin.cosigned(log, begin.witness(home, log))
        with pytest.raises(BadInput, match="use its own name"):
            _ = Cosigner(home, "test.example/simulated-2", (log.vkey,), begin.clock()).vkey
        log.append(begin.draft(1))
        stranger = begin.witness(home.with_name("other"), log)
        line = stranger.add_checkpoint(request(log, 0))
        with pytest.raises(Tampered, match="another key than before"):
            log.witnessed(log.checkpoint() + line, witness=stranger.vkey)


def test_the_first_cosignature_of_a_size_stays_because_it_proves_the_most(path: Path, home: Path) -> None:
    clock = begin.clock()
    with begin.ledger(path) as log:
        log.append(begin.draft(0))
        witness = begin.witness(home, log, time=clock)
        begin.cosigned(log, witness)
        clock.advance(timedelta(days=1))
        again = begin.cosigned(log, witness)
        assert again.time == begin.START + timedelta(days=1)
        assert log.witnessed_at(0, witness=witness.vkey) == begin.START
        log.checkpoint()
        assert log.witnessed_at(0, witness=witness.vkey) == begin.START


def test_a_ledger_takes_no_cosignature_of_a_head_that_is_not_its_own(path: Path, home: Path) -> None:
    with begin.ledger(path) as log, begin.ledger(path.with_name("other.db")) as fork:
        log.append(begin.draft(0))
        fork.append(begin.draft(1))
        witness = begin.witness(home, log)
        note = fork.checkpoint()
        note += witness.add_checkpoint(Request(0, (), note).body())
        open_witnessed(note, log=log.vkey, witness=witness.vkey)
        with pytest.raises(Tampered, match="not ours"):
            log.witnessed(note, witness=witness.vkey)
        with pytest.raises(Tampered, match="not signed by"):
            log.witnessed(log.checkpoint(), witness=witness.vkey)
