"""The bundle: strangers check it with one file and two keys, and every sort of tampering is told."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput
from peelian.governance.ledger import verify
from peelian.governance.ledger.export import export
from peelian.governance.ledger.verify import Trust, Unproven, Vkey, main, verify_bundle
from tests.ledger import begin


class Case:
    """An exported ledger of 20 entries: heads of 5, 12 (both witnessed), 20; a receipt; a fork of it."""

    def __init__(self, folder: Path) -> None:
        clock = begin.clock()
        self.bundle, self.receipt = folder / "bundle", folder / "mine.tlog-proof"
        self.fork, self.old = folder / "fork", folder / "old"
        with begin.ledger(folder / "ledger.db", time=clock) as log:
            witness = begin.witness(folder / "witness", log, time=clock)
            self.log, self.witness = log.vkey, witness.vkey
            self.alone, self.trust = Trust(log.vkey), Trust(log.vkey, (witness.vkey,), 1)
            log.append_all([begin.draft(number, sealed=b"the secret body") for number in range(5)])
            begin.cosigned(log, witness)
            export(log, self.old)
            clock.advance(timedelta(days=1))
            log.append_all(begin.drafts(7))
            begin.cosigned(log, witness)
            self.receipt.write_text(log.receipt(3), encoding="utf-8")
            log.append_all(begin.drafts(8))
            assert export(log, self.bundle) == 20
        with begin.ledger(folder / "fork.db", time=clock) as fork:
            fork.append_all(begin.drafts(20, start=500))
            begin.cosigned(fork, begin.witness(folder / "bribed", fork, time=clock))
            export(fork, self.fork)
        self.held = self.bundle / "checkpoints" / f"{12:012d}.txt"

    def arguments(self, bundle: Path) -> list[str]:
        return [str(bundle), "--log", str(self.log), "--witness", str(self.witness)]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("bundle"))


def test_the_bundle_is_what_a_stranger_needs_and_nothing_secret(case: Case) -> None:
    names = sorted(str(file.relative_to(case.bundle)) for file in case.bundle.rglob("*") if file.is_file())
    heads = [f"checkpoints/{size:012d}.txt" for size in (5, 12, 20)]
    assert names == ["README", *heads, "entries.jsonl", "verify.py", "vkeys.txt"]
    content = b"".join(file.read_bytes() for file in case.bundle.rglob("*") if file.is_file())
    assert b"the secret body" not in content
    assert (case.bundle / "vkeys.txt").read_text(encoding="utf-8") == f"{case.log}\n{case.witness}\n"
    told = (case.bundle / "README").read_text(encoding="utf-8")
    assert told.startswith(f"An export of the ledger {case.log.name}: 20 entries.\n")
    with pytest.raises(BadInput, match="not empty"), begin.ledger(case.bundle.parent / "ledger.db") as log:
        export(log, case.bundle)


@pytest.mark.requirement("L09", "L10")
def test_the_copied_file_alone_proves_the_bundle(case: Case) -> None:
    modules = {name for name in _imports(case.bundle / "verify.py") if name not in sys.stdlib_module_names}
    assert modules == {"cryptography"}
    command = [sys.executable, "-I", str(case.bundle / "verify.py"), *case.arguments(case.bundle)]
    done = subprocess.run(
        [*command, "--receipt", str(case.receipt)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "20 entries recomputed from entries.jsonl: every leaf and the root.",
        f"4 signed heads of {begin.ORIGIN} reproduced: the log only grew from each to the next.",
        "1 receipt checked: the log holds what they name.",
        f"{begin.WITNESS} saw the first 12 entries at 2025-03-02T06:00:00Z: if nobody holds both keys, "
        "they were not replaced since.",
        "8 entries have no witness yet: only the operator vouches.",
        "PROVEN.",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def _imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {name.partition(".")[0] for name in (*named, *plain)}


def test_without_a_witness_the_verdict_says_what_is_missing(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(case.fork), "--log", str(case.log)]) == 0  # the operator's other history looks as good
    assert "except against an operator who signed two histories" in capsys.readouterr().out


def lines(bundle: Path) -> list[bytes]:
    return (bundle / "entries.jsonl").read_bytes().splitlines(keepends=True)


def edit(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], object]:
    return lambda bundle: (bundle / "entries.jsonl").write_bytes(b"".join(change(lines(bundle))))


def head(size: int, change: Callable[[str], str]) -> Callable[[Path], object]:
    def spoil(bundle: Path) -> None:
        file = bundle / "checkpoints" / f"{size:012d}.txt"
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")

    return spoil


def drop(*sizes: int) -> Callable[[Path], object]:
    return lambda bundle: [(bundle / "checkpoints" / f"{size:012d}.txt").unlink() for size in sizes]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (edit(lambda e: [e[0].replace(b"analyst-1", b"analyst-2"), *e[1:]]), "do not give the root"),
        (edit(lambda e: e[:-1]), "entries are missing"),
        (edit(lambda e: [*e, e[-1].replace(b'"index":19', b'"index":20')]), "covers 20 entries, not all 21"),
        (edit(lambda e: [*e[:3], e[4], e[3], *e[5:]]), "out of order"),
        (edit(lambda e: e[1:]), "out of order"),
        (edit(lambda e: [*e[:3], *e[4:]]), "out of order"),
        (edit(lambda e: [*e[:-1], e[-1].rstrip(b"\n")]), "cut off"),
        (edit(lambda e: [*e[:-1], e[-1][: len(e[-1]) // 2]]), "cut off"),
        (edit(lambda e: [*e[:-1], e[-1][: len(e[-1]) // 2] + b"\n"]), "not an entry"),
        (edit(lambda e: [e[0].replace(b'"v":1', b'"v":1,"v":1'), *e[1:]]), "not an entry"),
        (edit(lambda e: [b"\n", *e]), "not an entry"),
        (edit(lambda e: [b"[" * 100_000 + b"\n", *e[1:]]), "not an entry"),
        (edit(lambda e: [b'"index"\n', *e[1:]]), "not an entry"),
        (edit(lambda e: [*e[:-1], e[-1].replace(b"2025-03-02", b"2025-02-02")]), "out of order"),
        (edit(lambda _: []), "entries are missing"),
        (head(12, lambda note: note.replace("\n12\n", "\n13\n")), "not genuine"),
        (head(12, lambda note: note[:-8] + "AAAA\n"), "base64|not genuine"),
        (head(20, lambda note: note.replace(begin.ORIGIN, "other.example")), "not signed by"),
        (drop(20), "covers 12 entries, not all 20"),
        (drop(5, 12), "No checkpoint in the bundle is cosigned"),
        (drop(5, 12, 20), "holds no checkpoint"),
        (lambda bundle: (bundle / "entries.jsonl").unlink(), "entries.jsonl"),
    ],
)
def test_a_spoilt_bundle_is_not_proven(
    case: Case,
    tmp_path: Path,
    spoil: Callable[[Path], object],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(case.bundle, bundle)
    spoil(bundle)
    assert main(case.arguments(bundle)) == 1
    said = capsys.readouterr().out
    assert said.startswith("NOT PROVEN. ")
    assert re.search(sentence, said)


@pytest.mark.parametrize("other", ["fork", "old"])
def test_another_history_or_an_old_one_does_not_reproduce_a_head_or_receipt_one_holds(
    case: Case, other: str
) -> None:
    bundle: Path = getattr(case, other)
    verify_bundle(bundle, case.alone)  # by itself it looks sound: that is the point
    for evidence in ({"held": [case.held]}, {"receipts": [case.receipt]}):
        with pytest.raises(Unproven, match=r"do not give the root|entries are missing"):
            verify_bundle(bundle, case.alone, **evidence)


def test_a_history_cosigned_by_somebody_else_is_not_cosigned(case: Case) -> None:
    with pytest.raises(Unproven, match="cosigned by"):
        verify_bundle(case.fork, case.trust)


def test_a_receipt_for_an_entry_that_is_not_there_or_not_that_one_is_refused(
    case: Case, tmp_path: Path
) -> None:
    text = case.receipt.read_text(encoding="utf-8")
    for index in (4, 12, 500):
        wrong = tmp_path / f"{index}.tlog-proof"
        wrong.write_text(text.replace("index 3\n", f"index {index}\n"), encoding="utf-8")
        with pytest.raises(Unproven):
            verify_bundle(case.bundle, case.trust, receipts=[wrong])


def test_keys_that_are_none_are_told(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(case.bundle), "--log", "nonsense"]) == 1
    assert "NOT PROVEN" in capsys.readouterr().out
    with pytest.raises(Unproven, match="not signed by"):
        verify_bundle(case.bundle, Trust(Vkey(case.log.name, 1, bytes(32))))


def test_the_verifier_is_copied_byte_for_byte(case: Case) -> None:
    assert (case.bundle / "verify.py").read_bytes() == Path(verify.__file__).read_bytes()
