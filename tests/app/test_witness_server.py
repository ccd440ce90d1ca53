"""A witness over HTTP: the statuses of C2SP tlog-witness, and one in another process and network namespace."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from peelian.app.network_witness import NetworkWitness
from peelian.app.witness_server import LARGEST_BYTES, SIZE_TYPE, WitnessServer
from peelian.app.witnesses_file import read_witnesses
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.time import SystemClock
from peelian.governance.ledger.cosigner import Request
from peelian.governance.ledger.export import export
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import sign_checkpoint
from peelian.governance.ledger.verify import (
    EMPTY_ROOT,
    Checkpoint,
    Trust,
    Vkey,
    open_witnessed,
    verify_bundle,
)
from peelian.governance.ledger.witness import WitnessProcess
from peelian.governance.ledger.witnesses import NotCosigned, OtherHistory, Witnesses
from tests.ledger import begin

NAME = "witness.example/w1"


@contextmanager
def serving(home: Path, log: Ledger) -> Iterator[WitnessServer]:
    server = WitnessServer(begin.witness(home, log), address=("127.0.0.1", 0))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def post(server: WitnessServer, body: bytes, *, path: str = "/add-checkpoint") -> tuple[int, str, str]:
    line = http.client.HTTPConnection(*server.server_address[:2], timeout=20)
    line.request("POST", path, body=body)
    answer = line.getresponse()
    said = answer.read().decode()
    line.close()
    return answer.status, answer.headers["Content-Type"], said


def request(
    log: Ledger, old: int, *, proof: tuple[bytes, ...] | None = None, note: str | None = None
) -> bytes:
    return Request(
        old, log.prove_consistency(old) if proof is None else proof, note or log.checkpoint()
    ).body()


@pytest.mark.requirement("L09")
def test_every_answer_has_the_status_that_the_specification_gives_it(tmp_path: Path) -> None:
    with begin.ledger(tmp_path / "a.db") as log, begin.ledger(tmp_path / "b.db") as fork:
        log.append_all(begin.drafts(6))
        fork.append_all(begin.drafts(9, start=50))
        small = log.checkpoint()
        with serving(tmp_path / "witness", log) as server:
            status, kind, line = post(server, request(log, 0))
            assert (status, kind) == (200, "text/plain; charset=utf-8")
            witness = server.cosigner.vkey
            assert open_witnessed(log.checkpoint() + line, log=log.vkey, witness=witness).size == 6
            log.append_all(begin.drafts(4))
            empty = sign_checkpoint(Checkpoint(begin.ORIGIN, 0, bytes(32)), key=begin.key())
            stranger = sign_checkpoint(Checkpoint("other.example", 1, bytes(32)), key=begin.key())
            forged = sign_checkpoint(Checkpoint(begin.ORIGIN, 7, log.root(7)), key=begin.key(9))
            altered = log.checkpoint().replace("\n10\n", "\n11\n")
            table = [
                (400, b"nonsense"),
                (400, request(log, 0, note="no note")),
                (404, request(log, 6, note=stranger)),
                (403, request(log, 6, note=forged)),
                (403, request(log, 6, note=altered)),
                (400, request(log, 9, proof=(), note=small)),  # from 9 to 6
                (409, request(log, 3)),
                (409, request(log, 0)),
                (422, request(log, 0, note=empty)),
                (422, request(log, 6, proof=())),
                (422, request(log, 6, proof=log.prove_consistency(5))),
                (422, request(fork, 6)),
                (422, request(fork, 6, proof=(), note=_head(fork, 6))),
                (200, request(log, 6)),
                (200, request(log, 10)),
            ]
            assert [post(server, body)[0] for _, body in table] == [status for status, _ in table]
            assert post(server, request(log, 3))[1:] == (SIZE_TYPE, "10\n")
            assert post(server, b"x", path="/elsewhere")[0] == 404
            assert post(server, b"x" * (LARGEST_BYTES + 1))[0] == 413


def _head(log: Ledger, size: int) -> str:
    return sign_checkpoint(Checkpoint(begin.ORIGIN, size, log.root(size)), key=begin.key())


def test_nothing_is_asked_from_an_empty_log_but_that_its_proof_is_empty(tmp_path: Path) -> None:
    with begin.ledger(tmp_path / "a.db") as log:
        with serving(tmp_path / "witness", log) as server:
            assert post(server, request(log, 0, proof=(EMPTY_ROOT,)))[0] == 422
            assert post(server, request(log, 0))[0] == 200


def test_monitors_are_shown_the_last_head_cosigned(tmp_path: Path) -> None:
    with begin.ledger(tmp_path / "a.db") as log:
        log.append_all(begin.drafts(3))
        with serving(tmp_path / "witness", log) as server:
            place = f"/{hashlib.sha256(begin.ORIGIN.encode()).hexdigest()}/checkpoint"
            assert _get(server, place)[0] == 404
            post(server, request(log, 0))
            status, note = _get(server, place)
            assert status == 200
            assert open_witnessed(note, log=log.vkey, witness=server.cosigner.vkey).size == 3
            assert _get(server, "/../witness.pem")[0] == 404


def _get(server: WitnessServer, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection(*server.server_address[:2], timeout=20)
    line.request("GET", path)
    answer = line.getresponse()
    said = answer.read().decode()
    line.close()
    return answer.status, said


# --- in another process and another network namespace


@dataclass(frozen=True)
class Elsewhere:
    """A network of its own, joined to ours by a pair of virtual cables."""

    name: str
    address: str

    def run(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *command]


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=30)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace needs root and the command ip")
    number = os.getpid() % 16_000
    name, ours, theirs = f"peelian-{number}", f"pla{number}", f"plb{number}"
    third, fourth = divmod(number * 4, 256)
    here, there = f"198.18.{third}.{fourth + 1}", f"198.18.{third}.{fourth + 2}"
    ip("netns", "add", name)
    try:
        ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        ip("addr", "add", f"{here}/30", "dev", ours)
        ip("link", "set", ours, "up")
        ip("-n", name, "addr", "add", f"{there}/30", "dev", theirs)
        ip("-n", name, "link", "set", theirs, "up")
        yield Elsewhere(name, there)
    finally:
        ip("netns", "del", name)


@contextmanager
def kept_elsewhere(place: Elsewhere, home: Path, log: Vkey) -> Iterator[NetworkWitness]:
    """Run `peelian witness serve` over there, and tell its address and key."""
    command = [sys.executable, "-m", "peelian", "witness", "serve", "--folder", str(home), "--name", NAME]
    arguments = ["--log", str(log), "--host", place.address, "--port", "0"]
    with subprocess.Popen(place.run(*command, *arguments), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().partition(" at ")[2].removesuffix("; its key is:\n")
        key = Vkey.parse(process.stdout.readline())
        try:
            yield NetworkWitness(address, key)
        finally:
            process.terminate()


@pytest.mark.requirement("L09")
def test_a_witness_in_another_network_cosigns_growth_and_refuses_a_fork(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    path, clock = tmp_path / "ledger.db", SystemClock()
    with begin.ledger(path, time=clock) as log:
        log.append_all(begin.drafts(5))
    shutil.copy(path, tmp_path / "old.db")
    with begin.ledger(path, time=clock) as log, begin.ledger(tmp_path / "fork.db", time=clock) as fork:
        with kept_elsewhere(elsewhere, tmp_path / "witness", log.vkey) as witness:
            assert elsewhere.address in witness.address
            assert begin.cosign(log, witness).size == 5
            log.append_all(begin.drafts(3))
            assert begin.cosign(log, witness).size == 8
            fork.append_all(begin.drafts(9, start=70))
            with pytest.raises(OtherHistory, match="history was changed"):
                begin.cosign(fork, witness)
            with begin.ledger(tmp_path / "old.db", time=clock) as old:
                with pytest.raises(Tampered, match="has seen 8 entries, but the ledger holds 5"):
                    begin.cosign(old, witness)
            log.append(begin.draft(1))
            assert begin.cosign(log, witness).size == 9
            export(log, tmp_path / "bundle")
            assert verify_bundle(tmp_path / "bundle", Trust(log.vkey, (witness.key,), 1)).entries == 9
        with pytest.raises(NotCosigned, match="could not be reached"):
            begin.cosign(log, witness)


# --- several


def test_one_witness_away_is_said_and_stops_nothing_until_the_quorum_is_missed(tmp_path: Path) -> None:
    clock = begin.clock()
    one = WitnessProcess(tmp_path / "one", name="a.example/simulated", simulated=clock)
    with begin.ledger(tmp_path / "a.db", time=clock) as log:
        log.append_all(begin.drafts(4))
        away = NetworkWitness("http://127.0.0.1:9", begin.witness(tmp_path / "away", log).vkey)
        with serving(tmp_path / "two", log) as server:
            two = NetworkWitness(server.url, server.cosigner.vkey)
            head = Witnesses((one, two), 2).cosign(log)
            keys = (one.vkey(), two.key)
            assert head.missing == ()
            assert verify(log, tmp_path / "both", Trust(log.vkey, keys, 2)) == 4
            three = Witnesses((one, two, NetworkWitness(away.address, _other(tmp_path, log))), 2)
            head = three.cosign(log)
            assert [sentence.partition(":")[0] for sentence in head.missing] == [
                "The witness other.example/simulated could not be reached"
            ]
            missed = log.entry(log.size - 1)
            assert (missed.kind, missed.facts["why"]) == ("witness.missed", head.missing[0])
            with pytest.raises(NotCosigned, match="2 of 3 witnesses cosigned, 3 must"):
                Witnesses(three.members, 3).cosign(log)
            log.verify_all()
            with pytest.raises(BadInput, match="quorum of 0"):
                Witnesses(three.members, 0)


def _other(folder: Path, log: Ledger) -> Vkey:
    from peelian.governance.ledger.cosigner import Cosigner

    return Cosigner(folder / "other", "other.example/simulated", (log.vkey,), begin.clock()).vkey


def verify(log: Ledger, folder: Path, trust: Trust) -> int:
    export(log, folder)
    verdict = verify_bundle(folder, trust)
    assert verdict.witnessed is not None
    return verdict.witnessed.size


def test_a_witness_that_knows_another_history_stops_everything_whatever_the_quorum(tmp_path: Path) -> None:
    clock = begin.clock()
    one = WitnessProcess(tmp_path / "one", name="a.example/simulated", simulated=clock)
    two = WitnessProcess(tmp_path / "two", name="b.example/simulated", simulated=clock)
    with (
        begin.ledger(tmp_path / "a.db", time=clock) as log,
        begin.ledger(tmp_path / "b.db", time=clock) as fork,
    ):
        log.append_all(begin.drafts(4))
        begin.cosign(log, two)
        fork.append_all(begin.drafts(6, start=80))
        with pytest.raises(OtherHistory):
            begin.cosign(fork, one, two, quorum=1)


FILE = """
schema = 1
quorum = {quorum}
[[witness]]
folder = "{folder}"
name = "a.example/w"
[[witness]]
address = "{address}"
key = "{key}"
"""


def test_a_workspace_names_its_witnesses_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEELIAN_WITNESS", raising=False)
    home, key = tmp_path / "home", Vkey(NAME, 4, bytes(range(32)))
    fields = {"quorum": 2, "folder": tmp_path / "w", "address": "https://witness.example/p", "key": key}

    def read(text: str | None) -> Witnesses:
        return read_witnesses(text, home=home, clock=begin.clock())

    (beside,) = read(None).members
    assert isinstance(beside, WitnessProcess)
    assert (beside.home, beside.key) == (tmp_path / "home-witness", None)
    found = read(FILE.format(**fields))
    assert (found.quorum, found.named) == (2, f"a.example/w-simulated, {NAME}")
    assert [member.key for member in found.members] == [None, key]
    for changed, sentence in (
        ({"quorum": 3}, "quorum of 3 among 2"),
        ({"key": "nonsense"}, "key"),
        ({"key": ""}, "is empty"),
        ({"address": "ftp://x"}, "is not like https"),
        ({"folder": home / "inside"}, "lies inside the workspace"),
    ):
        with pytest.raises(BadInput, match=sentence):
            read(FILE.format(**fields | changed))
    with pytest.raises(BadInput, match="either a folder, or an address and the key"):
        read('schema = 1\nquorum = 1\n[[witness]]\naddress = "https://a.b"\n')
    with pytest.raises(BadInput, match="cannot be read as TOML"):
        read("quorum")
